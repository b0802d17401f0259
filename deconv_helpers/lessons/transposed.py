"""Lesson 03: each input value stamps the kernel, stamps add up, and C.T does the same at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_matrix
from ..operators.geometry import Axes, Padding, Pair
from ..scenes.explorer import Explorer
from ..scenes.scene import (
    DATA,
    STRUCTURAL,
    Floats,
    Ints,
    Note,
    Panel,
    Scene,
    Step,
    Sum,
    blank,
    format_matrix,
    size,
)
from ..scenes.topic import Topic
from .connections import (
    Connections,
    connect_transposed,
    crop_marks,
    readable_matrix,
    texts,
)
from .presets import KERNELS, SMALL_INPUTS
from .words import kernel_title, pair, settings, transposed_axes, transposed_notes

STAMPS = Sum("output", ("input", "kernel"), term="stamp", empty="no stamp reaches it")
"""An output of a transposed convolution as a sum."""


def transposed_scene(
    x: npt.ArrayLike,
    w: npt.ArrayLike,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
    matrix: bool = True,
) -> Scene:
    """The scene of a transposed convolution: input, kernel, output and C.T; each step is one stamp.

    x is (H, W), w is (kh, kw); matrix says whether C.T is shown. The output is drawn before the padding crops
    it. Where nothing is left of it, or output_padding is too large, the scene is a message that says what to
    change. Raises what `checked_matrix` and `conv_transpose2d` raise for other bad arguments.

    >>> scene = transposed_scene([[1, 2, 3]], [[1, 1], [5, 5]], stride=2)
    >>> scene.steps[1].caption
    'input[0, 1] = 2 stamps 2*kernel, its top left corner on output[0, 2]'
    """
    x, w = checked_matrix("x", x), checked_matrix("w", w)
    axes = transposed_axes(w.shape, x.shape, stride, padding, output_padding, dilation)
    if isinstance(axes, Scene):
        return axes
    marks = crop_marks(axes, x.shape)
    products = connect_transposed(axes, x.shape)
    running = _running_sums(x, w, products)
    canvas = running[-1].reshape(marks.shape)
    kept = marks.ravel() == DATA
    shape = axes.transposed_shape(x.shape)
    output = canvas.ravel()[kept].reshape(shape)
    panels = stamp_panels(axes, x, w, canvas)
    taps = {"input": products.small, "kernel": products.weight, "output": products.large}
    if matrix:
        panel, taps["C.T"] = transposed_matrix(w, products, kept, x.size)
        panels = (*panels, panel)
    reached = np.unique(products.large)
    return Scene(
        panels,
        taps=taps,
        steps=_stamp_steps(x, axes, products.large.reshape(x.size, w.size), running),
        start={"output": blank(reached)},
        sums=(STAMPS,),
        notes=(*transposed_notes(axes, x.shape), *_counts(kept, reached)),
        summary=f"input {size(x.shape)} stamps kernel {size(w.shape)}, {settings(axes)},"
        f" output padding {pair(*(axis.output_padding for axis in axes))}: output {size(shape)}\n"
        f"{format_matrix(output)}",
    )


def stamp_panels(axes: Axes, x: Array, w: Array, canvas: Floats, name: str = "output") -> tuple[Panel, ...]:
    """Input, kernel, and the canvas that the stamps make, with what the padding crops marked."""
    marks = crop_marks(axes, (x.shape[0], x.shape[1]))
    shape = axes.transposed_shape(x.shape)
    title = f"{name} {size(shape)}"
    if shape != canvas.shape:
        title += f", cropped from {size(canvas.shape)}"
    counted = np.arange(w.size, dtype=np.int32).reshape(w.shape)
    return (
        Panel("input", x, role="input", title=f"input {size(x.shape)}", editable=True),
        Panel("kernel", w, role="kernel", title=kernel_title(axes), weights=counted, editable=True),
        Panel(name, canvas, role="output", title=title, sign="→", marks=marks),
    )


def _running_sums(x: Array, w: Array, products: Connections) -> Floats:
    """The canvas after each stamp, (stamps, cells)."""
    sums = np.zeros((x.size, products.frame[0] * products.frame[1]))
    rows = products.small
    sums[rows, products.large] = (x.ravel()[:, None] * w.ravel().astype(float)).ravel()
    return sums.cumsum(axis=0)


def _stamp_steps(x: Array, axes: Axes, stamps: Ints, running: Floats) -> tuple[Step, ...]:
    taps = np.arange(stamps.size, dtype=np.int32).reshape(stamps.shape)
    steps = []
    for number, (value, cells) in enumerate(zip(texts(x), stamps, strict=True)):
        row, column = divmod(number, x.shape[1])
        at = [axis.input_index(place, 0) for axis, place in zip(axes, (row, column), strict=True)]
        caption = (
            f"input[{row}, {column}] = {value.strip('()')} stamps {value}*kernel,"
            f" its top left corner on output{at}"
        )
        steps.append(Step(taps[number], caption, changes={"output": (cells, running[number, cells])}))
    return tuple(steps)


def transposed_matrix(
    w: Array, products: Connections, kept: npt.NDArray[np.bool_], inputs: int
) -> tuple[Panel, Ints]:
    """The panel of C.T, and its cell in each product, -1 in products that are cropped.

    kept says of each cell of the canvas whether the padding leaves it; inputs counts the cells of the input.
    """
    # A canvas of 4 cells of which the padding keeps the middle two: their rows of C.T are -1, 0, 1, -1. With
    # 3 inputs the product that input 2 brings to canvas cell 1 stands in row 0, column 2: cell 0*3 + 2.
    rows = np.where(kept, np.cumsum(kept) - 1, -1)[products.large]
    cells = np.where(rows >= 0, rows * inputs + products.small, -1).astype(np.int32)
    weights = np.full((int(kept.sum()), inputs), -1, dtype=np.int32)
    weights.flat[cells[rows >= 0]] = products.weight[rows >= 0]
    values = np.where(weights >= 0, w.ravel()[weights], 0)
    marks = np.where(weights >= 0, DATA, STRUCTURAL).astype(np.int32)
    title = f"C.T {size(weights.shape)}"
    return Panel("C.T", values, role="matrix", title=title, marks=marks, weights=weights), cells


def _counts(kept: npt.NDArray[np.bool_], reached: Ints) -> tuple[Note, ...]:
    """How much the padding cuts off, and how much of the rest no stamp reaches."""
    cropped, empty = int((~kept).sum()), int(kept.sum() - kept[reached].sum())
    notes = []
    if cropped:
        notes.append(Note("count", f"the padding cuts off {cropped} of {kept.size} cells"))
    if empty:
        verb = "cells are" if empty > 1 else "cell is"
        notes.append(Note("count", f"{empty} output {verb} 0 because no stamp reaches there"))
    return tuple(notes)


TRANSPOSED = Topic(
    "transposed",
    lambda input, kernel, kernel_size=None, **settings: transposed_scene(input, kernel, **settings),
    sources={"input": SMALL_INPUTS, "kernel": KERNELS},
    listed={"kernel_size": range(1, 5), "stride": range(1, 4)},
    start={"kernel": "counting", "kernel_size": 2},
    shapes={"kernel": "kernel_size"},
)
"""What the explorer of this topic is made of, and what its questions are about."""


SIZES = Topic(
    "sizes",
    lambda input, kernel, kernel_size=None, **settings: transposed_scene(
        input, kernel, matrix=False, **settings
    ),
    sources=TRANSPOSED.sources,
    listed={**TRANSPOSED.listed, "padding": range(3), "output_padding": range(3), "dilation": range(1, 4)},
    start=TRANSPOSED.start,
    shapes=TRANSPOSED.shapes,
)
"""The same without C.T, with all that sets the size: what questions about the output are about."""


def explore_transposed(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int
) -> Explorer:
    """The explorer of lesson 03: the stamps of the input, their sum and C.T.

    x is an input (H, W) of at most 6x6 and w a kernel (kh, kw) of at most 7x7, both your own; left out, there
    are presets. Further keywords (kernel_size, stride) say where the sliders begin.

    >>> explorer = explore_transposed(x=[[1, 2, 3]], w=[[1, 1]])
    >>> explorer.scene(stride=2)["output"].values.tolist()
    [[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]]
    """
    own = TRANSPOSED.using(
        input=None if x is None else readable_matrix("x", x, largest=6),
        kernel=None if w is None else readable_matrix("w", w, largest=7),
    )
    return Explorer(own.begun(**start))
