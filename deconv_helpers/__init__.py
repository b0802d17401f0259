"""Pictures and explorers for a course on transposed convolution."""

from .convolution import (
    conv2d,
    conv_matrix,
    conv_transpose2d,
    conv_transpose2d_by_zero_insertion,
    insert_zeros,
    overlap_count,
)
from .drawing import show_matrix, show_scene
from .explorer import explore
from .explorers import explore_convolution
from .geometry import Geometry
from .scene import Note, Panel, Scene, Step

__all__ = [
    "Geometry",
    "Note",
    "Panel",
    "Scene",
    "Step",
    "conv2d",
    "conv_matrix",
    "conv_transpose2d",
    "conv_transpose2d_by_zero_insertion",
    "explore",
    "explore_convolution",
    "insert_zeros",
    "overlap_count",
    "show_matrix",
    "show_scene",
]
