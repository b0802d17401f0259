"""Pictures and explorers for a course on transposed convolution."""

from .artifacts import artifact_energy, overlap_pattern, phase_means
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
from .explorers import (
    explore_checkerboard,
    explore_convolution,
    explore_deconvolution,
    explore_frameworks,
    explore_interpolation,
    explore_learning,
    explore_matrix,
    explore_transposed,
    explore_zero_insertion,
)
from .geometry import Geometry
from .glyphs import glyph, glyphs, labelled_pages
from .images import sample_image
from .learning import (
    Adam,
    conv2d_gradients,
    conv_transpose2d_gradients,
    cross_entropy,
    kernel_gradient,
    squared_error,
    tied_kernel_gradient,
)
from .scene import Note, Panel, Scene, Step
from .upsampling import bilinear_kernel, pixel_shuffle, tied_kernel, upsample

__all__ = [
    "Adam",
    "Geometry",
    "Note",
    "Panel",
    "Scene",
    "Step",
    "artifact_energy",
    "bilinear_kernel",
    "check",
    "conv2d",
    "conv2d_gradients",
    "conv_matrix",
    "conv_transpose2d",
    "conv_transpose2d_by_zero_insertion",
    "conv_transpose2d_gradients",
    "cross_entropy",
    "explore",
    "explore_checkerboard",
    "explore_convolution",
    "explore_deconvolution",
    "explore_frameworks",
    "explore_interpolation",
    "explore_learning",
    "explore_matrix",
    "explore_transposed",
    "explore_zero_insertion",
    "glyph",
    "glyphs",
    "insert_zeros",
    "kernel_gradient",
    "labelled_pages",
    "overlap_count",
    "overlap_pattern",
    "phase_means",
    "pixel_shuffle",
    "sample_image",
    "show_image",
    "show_images",
    "show_matrix",
    "show_panels",
    "show_scene",
    "squared_error",
    "tied_kernel",
    "tied_kernel_gradient",
    "upsample",
]
