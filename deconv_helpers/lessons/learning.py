"""Lesson 07: the kernel that doubles a letter is learned, step by step."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_matrix
from ..operators.convolution import conv2d, conv_transpose2d
from ..operators.geometry import Axes, Geometry, checked_int
from ..operators.learning import descend, quadratic_loss
from ..operators.upsampling import bilinear_kernel
from ..scenes.explorer import Explorer
from ..scenes.scene import Floats, Grey, Ints, Note, Panel, Scene, Step, blank, format_number, size, stacked
from ..scenes.topic import Topic
from .connections import connect_transposed, readable_matrix
from .glyphs import HELD_OUT, TRAINING, glyph, glyphs

SNAPSHOTS = (0, 1, 2, 3, 5, 8, 12, 20, 30, 50)
"""The steps of training whose kernels are shown."""

FIRST_KERNELS = ("bilinear", "zeros", "random")
"""What training may begin with."""

HALF = np.full((2, 2), 0.25)
"""The kernel that makes, with stride 2, one pixel of four: their mean."""


def learning_scene(
    target: npt.ArrayLike, *, kernel_size: int = 4, first_kernel: str = "bilinear", rate: float = 5.0
) -> Scene:
    """The scene of a kernel in training: a halved picture, the kernel, what it makes of it, and the target.

    target        (rows, columns) of grey levels from 0 to 1, both even; its halved picture is the input
    kernel_size   even, at least 4; stride is 2 and the padding keeps the result as large as the target
    first_kernel  one of FIRST_KERNELS
    rate          how far a step of gradient descent goes: rate times the gradient

    The kernel learns from the letters in TRAINING, never from the target. Each step shows one of SNAPSHOTS,
    with the error so far in percent of white. Raises ValueError for a bad argument.

    >>> scene = learning_scene(np.eye(8, 6))
    >>> [scene[name].values.shape for name in ("input", "kernel", "output")]
    [(4, 3), (4, 4), (8, 6)]
    """
    target = checked_matrix("target", target)
    if target.shape[0] % 2 or target.shape[1] % 2:
        raise ValueError(f"target must have an even number of rows and columns, got shape {target.shape}")
    kernels, errors = trained(kernel_size, first_kernel, rate)
    axis = Geometry(kernel_size, stride=2, padding=kernel_size // 2 - 1)
    x = conv2d(target, HALF, stride=2)
    outputs = conv_transpose2d(x[None], kernels[None], stride=2, padding=axis.padding_before)
    error = round(100 * float(np.sqrt(np.mean((outputs[-1] - target) ** 2))), 1)
    fell = errors[-1] < errors[0]
    said = [f"{format_number(value)}% of white on the training letters" for value in errors]
    text = f"{format_number(errors[0])}% to {said[-1]}"
    settings = f"kernel {size(kernels[-1].shape)}, {first_kernel} at first, rate {format_number(rate)}"
    said_of = {
        "kernel": f"kernel {size(kernels[-1].shape)}",
        "error": f"error in % of white, after {_counts()} steps",
    }
    products = _taps(axis, (x.shape[0], x.shape[1]))
    cells = {name: np.arange(n) for name, n in (("kernel", kernels[0].size), ("output", target.size))}
    return Scene(
        {
            "": (
                _picture("input", x, "input", f"input {size(x.shape)}"),
                Panel("kernel", _rounded(kernels[-1]), role="kernel", title=said_of["kernel"]),
                _picture("output", outputs[-1], "output", f"output {size(target.shape)}", sign="→"),
                _picture("target", target, "matrix", f"target {size(target.shape)}"),
            ),
            "training": (
                Panel(
                    "error",
                    errors[None],
                    role="matrix",
                    title=said_of["error"],
                ),
            ),
        },
        taps=stacked(products, {"error": np.arange(len(SNAPSHOTS))}),
        steps=tuple(
            Step(
                np.array([products["output"].size + n]),
                f"after {count} {'step' if count == 1 else 'steps'}: error {said[n]}",
                changes={
                    "kernel": (cells["kernel"], _rounded(kernels[n]).ravel()),
                    "output": (cells["output"], _rounded(outputs[n]).ravel()),
                    "error": (np.array([n]), errors[n : n + 1]),
                },
                label=str(count),
            )
            for n, count in enumerate(SNAPSHOTS)
        ),
        start={"error": blank(np.arange(len(SNAPSHOTS)))},
        whole=False,
        notes=(
            Note("equal", f"the error fell from {text}")
            if fell
            else Note("differs", f"the error grew from {text}: the steps are too long"),
            Note(
                "count", f"this picture was not learned from; its error is {format_number(error)}% of white"
            ),
        ),
        summary=f"{settings}: after {SNAPSHOTS[-1]} steps the error {'fell' if fell else 'grew'} from {text}",
    )


@cache
def trained(kernel_size: int, first_kernel: str, rate: float) -> tuple[Floats, Floats]:
    """The kernels at SNAPSHOTS, (snapshots, k, k), and their errors on the training letters.

    An error is the root of the mean squared difference, in percent of white, to one place. Raises ValueError
    for a bad argument.

    >>> kernels, errors = trained(4, "zeros", 5.0)
    >>> kernels.shape, bool(errors[-1] < errors[0])
    ((10, 4, 4), True)
    """
    if checked_int("kernel_size", kernel_size, minimum=4) % 2:
        raise ValueError(f"kernel_size must be even, got {kernel_size}")
    if first_kernel not in FIRST_KERNELS:
        raise ValueError(f"first_kernel must be one of {', '.join(FIRST_KERNELS)}, got {first_kernel!r}")
    first: Array = np.zeros((kernel_size, kernel_size))
    if first_kernel == "bilinear":
        first = np.pad(bilinear_kernel(4), kernel_size // 2 - 2)
    if first_kernel == "random":
        first = np.random.default_rng(0).normal(0, 0.3, first.shape)
    kernels, losses = descend(_loss(kernel_size), first, rate=rate, steps=SNAPSHOTS[-1])
    shown = list(SNAPSHOTS)
    return kernels[shown], np.round(100 * np.sqrt(np.array(losses)[shown]), 1)


@cache
def _loss(kernel_size: int) -> tuple[Array, Array, float]:
    """The loss of doubling the training letters, halved before."""
    letters = glyphs(TRAINING)[:, None]
    halves = conv2d(letters, HALF[None, None], stride=2)
    return quadratic_loss(halves, letters, kernel_size, stride=2, padding=kernel_size // 2 - 1)


def _taps(axis: Geometry, shape: tuple[int, int]) -> dict[str, Ints]:
    """The products that make the output: input, kernel, output, and the target's pixel there."""
    products = connect_transposed(Axes(axis, axis), shape)
    row, column = (cells - axis.padding_before for cells in divmod(products.large, products.frame[1]))
    rows, columns = (axis.transposed_size(n) for n in shape)
    kept = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    pixel = (row * columns + column)[kept]
    return {
        "input": products.small[kept],
        "kernel": products.weight[kept],
        "output": pixel,
        "target": pixel,
    }


def _picture(name: str, values: Floats, role: str, title: str, sign: str = "") -> Panel:
    """A picture in parts of white; what lies beyond black and white is drawn so, and read as it is."""
    return Panel(name, _rounded(values), role=role, title=title, sign=sign, image=Grey())


def _rounded(values: Floats) -> Floats:
    """Values to two places, as a reader sees them, without a minus before 0."""
    return np.round(values, 2) + 0.0


def _counts() -> str:
    return f"{', '.join(map(str, SNAPSHOTS[:-1]))} and {SNAPSHOTS[-1]}"


LEARNING = Topic(
    "learning",
    lambda letter, **settings: learning_scene(letter, **settings),
    sources={"letter": {letter: glyph(letter) for letter in (*HELD_OUT, *HELD_OUT.upper())}},
    listed={"first_kernel": FIRST_KERNELS, "kernel_size": range(4, 7, 2), "rate": (1.0, 5.0, 20.0)},
    start={"rate": 5.0},
)
"""What the explorer of this topic is made of, and what its questions are about."""


def explore_learning(x: npt.ArrayLike | None = None, **start: Any) -> Explorer:
    """The explorer of lesson 07: a kernel learns to double letters; its steps are steps of training.

    x is a picture (H, W) of grey levels from 0 to 1 of your own, at most 64x64, with an even number of rows
    and columns, on which the kernel is tried; left out, there are letters that it does not learn from.
    Further keywords (first_kernel, kernel_size, rate) say where the controls begin.

    >>> explorer = explore_learning(rate=20.0)
    >>> explorer.scene(rate=1.0).notes[0].kind, explorer.scene().notes[0].kind
    ('equal', 'differs')
    """
    own = LEARNING.using(letter=None if x is None else readable_matrix("x", x, largest=64))
    return Explorer(own.begun(**start))
