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
    explore_matrix,
    explore_transposed,
    explore_zero_insertion,
)
from .geometry import Geometry
from .images import sample_image
from .scene import Note, Panel, Scene, Step
from .upsampling import bilinear_kernel, pixel_shuffle, tied_kernel, upsample

__all__ = [
    "Geometry",
    "Note",
    "Panel",
    "Scene",
    "Step",
    "artifact_energy",
    "bilinear_kernel",
    "check",
    "conv2d",
    "conv_matrix",
    "conv_transpose2d",
    "conv_transpose2d_by_zero_insertion",
    "explore",
    "explore_checkerboard",
    "explore_convolution",
    "explore_deconvolution",
    "explore_frameworks",
    "explore_interpolation",
    "explore_matrix",
    "explore_transposed",
    "explore_zero_insertion",
    "insert_zeros",
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
    "tied_kernel",
    "upsample",
]
