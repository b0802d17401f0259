"""What happens: functions that turn arrays and geometry into scenes, a module for each idea."""

from .checkerboard import checkerboard_scene
from .convolution import convolution_scene
from .deblurring import deblurring_scene
from .frameworks import frameworks_scene
from .interpolation import interpolation_scene
from .learning import learning_scene
from .matrix import matrix_scene
from .transposed import transposed_scene
from .zero_insertion import zero_insertion_scene

__all__ = [
    "checkerboard_scene",
    "convolution_scene",
    "deblurring_scene",
    "frameworks_scene",
    "interpolation_scene",
    "learning_scene",
    "matrix_scene",
    "transposed_scene",
    "zero_insertion_scene",
]
