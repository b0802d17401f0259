"""The map of the course: a small picture for each lesson, on one page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..operators.convolution import conv_transpose2d, overlap_count
from ..operators.upsampling import upsample
from ..scenes.drawing import Picture, show_scene
from ..scenes.scene import Floats, Grey, Panel, Scene, Step
from .convolution import convolution_scene
from .deblurring import deblurring_scene
from .frameworks import frameworks_scene
from .glyphs import glyph, labelled_pages
from .images import sample_image
from .learning import learning_scene
from .matrix import matrix_scene
from .presets import KERNEL_A, random_digits
from .transposed import transposed_scene
from .zero_insertion import zero_insertion_scene

ROWS, COLUMNS = 84, 105
"""Pixels of a small picture: drawn two to a pixel, they are as wide as five cells with numbers."""

ACROSS = 4
"""Small pictures in a row of the map."""

WIDE = 5
"""Columns of a part that is made of numbers."""


def course_map() -> Picture:
    """A picture with a part for each lesson, 00 to 11, four in a row, each under the title of its lesson.

    >>> course_map()
    A map: 00 Why go back up?; 01 Convolution; 02 The convolution matrix; 03 The transposed matrix; \
04 Which size?; 05 Zero insertion; 06 Checkerboard artifacts; 07 Learning to up-sample; \
08 Reading the frameworks; 09 Deconvolution, the real one; 10 A network that labels; 11 The clinic
    """
    parts = [replace(part, name=title, title=title, sign="") for title, part in lesson_panels().items()]
    corner = (np.arange(3)[:, None] * WIDE + np.arange(3)).ravel()
    scene = Scene(
        {str(n): parts[n : n + ACROSS] for n in range(0, len(parts), ACROSS)},
        # Outlined are the first window of lesson 01 and the last stamp of lesson 03.
        taps={parts[1].name: corner, parts[3].name: corner + WIDE + 2},
        steps=(Step(np.arange(corner.size), ""),),
        summary="A map: " + "; ".join(part.name for part in parts),
    )
    return show_scene(scene, 1)


def lesson_panels() -> dict[str, Panel]:
    """What stands for each lesson, by its title."""
    digits, few, two = random_digits(4, WIDE, low=1), random_digits(2, 3, low=1), np.array([[2, 1], [4, 4]])
    face = sample_image(131)[8 : 8 + ROWS, :COLUMNS]
    blocks = face.reshape(ROWS // 7, 7, COLUMNS // 7, 7).mean(axis=(1, 3))
    blurred = deblurring_scene(face, np.ones((5, 5)) / 25)
    letter = learning_scene(glyph("R", "serif", rows=ROWS // 2, columns=COLUMNS // 2))
    stamps = transposed_scene(few, KERNEL_A)["output"]
    count = overlap_count((5, 6), 3, stride=2)[2:6, 3 : 3 + WIDE]
    pytorch = frameworks_scene(two, KERNEL_A, stride=2, padding=1, output_padding=1)["PyTorch"]
    _, labels = labelled_pages(1, seed=5)
    return {
        "00 Why go back up?": _halves(face, blocks),
        "01 Convolution": convolution_scene(digits, KERNEL_A)["input"],
        "02 The convolution matrix": replace(matrix_scene(digits[:1], [[3, 1]])["C"], marks=None),
        "03 The transposed matrix": stamps,
        "04 Which size?": transposed_scene(two, KERNEL_A, stride=2, padding=1)["output"],
        "05 Zero insertion": zero_insertion_scene(few, KERNEL_A, stride=2, padding=2)["inserted"],
        "06 Checkerboard artifacts": Panel("count", count, role="output"),
        "07 Learning to up-sample": _halves(letter["input"].values, letter["output"].values),
        "08 Reading the frameworks": pytorch,
        "09 Deconvolution, the real one": _halves(blurred["blurred"].values, blurred["regularised"].values),
        "10 A network that labels": _picture(upsample(labels[0, :, : COLUMNS // 3] / 3, 3)),
        "11 The clinic": replace(stamps, expected=conv_transpose2d(few, KERNEL_A[::-1, ::-1])),
    }


def _picture(values: Floats) -> Panel:
    return Panel("picture", values, role="matrix", image=Grey())


def _halves(left: Floats, right: Floats) -> Panel:
    """The left half of one picture beside the right half of another, both as large as the map has them."""
    one, other = (upsample(values, ROWS // len(values)) for values in (left, right))
    middle = one.shape[1] // 2
    return _picture(np.hstack([one[:, :middle], other[:, middle:]]))
