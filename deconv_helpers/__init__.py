"""Pictures and explorers for a course on transposed convolution."""

from .lessons import questions as questions  # registers them
from .lessons.channels import channels_scene, explore_channels
from .lessons.checkerboard import checkerboard_scene, explore_checkerboard
from .lessons.clinic import Diagnosis, clinic_scene, diagnose
from .lessons.convolution import convolution_scene, explore_convolution
from .lessons.course_map import course_map
from .lessons.deblurring import deblurring_scene, descent_scene, explore_deconvolution, explore_descent
from .lessons.frameworks import explore_frameworks, frameworks_scene
from .lessons.glyphs import HELD_OUT, TRAINING, glyph, glyphs, labelled_pages
from .lessons.images import sample_image, stars
from .lessons.interpolation import explore_interpolation, interpolation_scene
from .lessons.learning import explore_learning, learning_scene
from .lessons.matrix import explore_matrix, matrix_scene
from .lessons.sizes import explore_sizes, sizes_scene
from .lessons.transposed import explore_transposed, transposed_scene
from .lessons.zero_insertion import collecting_scene, explore_zero_insertion, zero_insertion_scene
from .operators.artifacts import artifact_energy, overlap_pattern, phase_means
from .operators.conversion import translate
from .operators.convolution import (
    conv2d,
    conv_matrix,
    conv_transpose2d,
    conv_transpose2d_by_zero_insertion,
    insert_zeros,
    overlap_count,
)
from .operators.deblurring import (
    LAPLACIAN,
    blur,
    box_kernel,
    gaussian_kernel,
    inverse_filter,
    regularised_filter,
    richardson_lucy,
    rms_error,
    transfer_function,
    wiener_filter,
)
from .operators.diagnosis import doubling
from .operators.frameworks import keras_call, onnx_call, pytorch_call
from .operators.geometry import Geometry
from .operators.learning import (
    Adam,
    conv2d_gradients,
    conv_transpose2d_gradients,
    cross_entropy,
    kernel_gradient,
    quadratic_loss,
    squared_error,
    tied_kernel_gradient,
)
from .operators.upsampling import bilinear_kernel, pixel_shuffle, tied_kernel, upsample
from .scenes.drawing import show_image, show_images, show_matrix, show_panels, show_scene
from .scenes.exercises import check
from .scenes.explorer import explore
from .scenes.question import ask
from .scenes.scene import Note, Panel, Scene, Step

__all__ = [
    "HELD_OUT",
    "LAPLACIAN",
    "TRAINING",
    "Adam",
    "Diagnosis",
    "Geometry",
    "Note",
    "Panel",
    "Scene",
    "Step",
    "artifact_energy",
    "ask",
    "bilinear_kernel",
    "blur",
    "box_kernel",
    "channels_scene",
    "check",
    "checkerboard_scene",
    "clinic_scene",
    "collecting_scene",
    "conv2d",
    "conv2d_gradients",
    "conv_matrix",
    "conv_transpose2d",
    "conv_transpose2d_by_zero_insertion",
    "conv_transpose2d_gradients",
    "convolution_scene",
    "course_map",
    "cross_entropy",
    "deblurring_scene",
    "descent_scene",
    "diagnose",
    "doubling",
    "explore",
    "explore_channels",
    "explore_checkerboard",
    "explore_convolution",
    "explore_deconvolution",
    "explore_descent",
    "explore_frameworks",
    "explore_interpolation",
    "explore_learning",
    "explore_matrix",
    "explore_sizes",
    "explore_transposed",
    "explore_zero_insertion",
    "frameworks_scene",
    "gaussian_kernel",
    "glyph",
    "glyphs",
    "insert_zeros",
    "interpolation_scene",
    "inverse_filter",
    "keras_call",
    "kernel_gradient",
    "labelled_pages",
    "learning_scene",
    "matrix_scene",
    "onnx_call",
    "overlap_count",
    "overlap_pattern",
    "phase_means",
    "pixel_shuffle",
    "pytorch_call",
    "quadratic_loss",
    "regularised_filter",
    "richardson_lucy",
    "rms_error",
    "sample_image",
    "show_image",
    "show_images",
    "show_matrix",
    "show_panels",
    "show_scene",
    "sizes_scene",
    "squared_error",
    "stars",
    "tied_kernel",
    "tied_kernel_gradient",
    "transfer_function",
    "translate",
    "transposed_scene",
    "upsample",
    "wiener_filter",
    "zero_insertion_scene",
]
