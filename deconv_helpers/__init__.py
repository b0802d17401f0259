"""Pictures and explorers for a course on transposed convolution."""

from .convolution import (
    conv2d,
    conv_matrix,
    conv_transpose2d,
    conv_transpose2d_by_zero_insertion,
    insert_zeros,
    overlap_count,
)
from .drawing import show_image, show_images, show_matrix, show_panels, show_scene
from .exercises import check
from .explorer import explore
from .explorers import explore_convolution, explore_matrix, explore_transposed, explore_zero_insertion
from .geometry import Geometry
from .images import sample_image
from .scene import Note, Panel, Scene, Step

__all__ = [
    "Geometry",
    "Note",
    "Panel",
    "Scene",
    "Step",
    "check",
    "conv2d",
    "conv_matrix",
    "conv_transpose2d",
    "conv_transpose2d_by_zero_insertion",
    "explore",
    "explore_convolution",
    "explore_matrix",
    "explore_transposed",
    "explore_zero_insertion",
    "insert_zeros",
    "overlap_count",
    "sample_image",
    "show_image",
    "show_images",
    "show_matrix",
    "show_panels",
    "show_scene",
]
