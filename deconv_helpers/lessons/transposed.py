"""Lesson 03: each input value stamps the kernel, stamps add up, and C.T does the same at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array
from ..operators.geometry import Geometry, Padding, Pair
from ..scenes.explorer import Explorer, explore
from ..scenes.scene import MARKS, Floats, Ints, Note, Panel, Scene, Step, format_matrix, message_scene, size
from .connections import (
    Connections,
    blanked,
    checked_matrix,
    connect_transposed,
    crop_marks,
    readable_matrix,
    texts,
)
from .presets import KERNELS, SMALL_INPUTS
from .words import kernel_title, pair, settings, transposed_axes, transposed_notes


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
    if isinstance(axes, str):
        return message_scene(axes)
    height, width = axes
    marks = crop_marks(height, width, x.shape)
    products = connect_transposed(height, width, x.shape)
    running = _running_sums(x, w, products)
    canvas = running[-1].reshape(marks.shape)
    kept = marks.ravel() == 0
    shape = (height.transposed_size(x.shape[0]), width.transposed_size(x.shape[1]))
    output = canvas.ravel()[kept].reshape(shape)
    panels = [
        Panel("input", x, "input", f"input {size(x.shape)}", editable=True),
        Panel("kernel", w, "kernel", kernel_title(height, width), weights=_counted(w), editable=True),
        Panel("output", canvas, "output", _output_title(shape, marks.shape), sign="→", marks=marks),
    ]
    taps = [products.small, products.weight, products.large]
    if matrix:
        panel, cells = transposed_matrix(w, products, kept, x.size)
        panels, taps = [*panels, panel], [*taps, cells]
    reached = np.unique(products.large)
    return Scene(
        panels=tuple(panels),
        taps=np.stack(taps, axis=1),
        steps=_stamp_steps(x, height, width, products.large.reshape(x.size, w.size), running),
        start=blanked(2, reached),
        notes=(*transposed_notes(height, width, x.shape), *_counts(kept, reached)),
        summary=f"input {size(x.shape)} stamps kernel {size(w.shape)}, {settings(height, width)},"
        f" output padding {pair(height.output_padding, width.output_padding)}: output {size(shape)}\n"
        f"{format_matrix(output)}",
    )


def _running_sums(x: Array, w: Array, products: Connections) -> Floats:
    """The canvas after each stamp, (stamps, cells)."""
    sums = np.zeros((x.size, products.frame[0] * products.frame[1]))
    rows = products.small
    sums[rows, products.large] = (x.ravel()[:, None] * w.ravel().astype(float)).ravel()
    return sums.cumsum(axis=0)


def _stamp_steps(
    x: Array, height: Geometry, width: Geometry, stamps: Ints, running: Floats
) -> tuple[Step, ...]:
    taps = np.arange(stamps.size, dtype=np.int32).reshape(stamps.shape)
    panel = np.full(stamps.shape[1], 2)
    steps = []
    for number, (value, cells) in enumerate(zip(texts(x), stamps, strict=True)):
        row, column = divmod(number, x.shape[1])
        corner = f"output[{height.input_index(row, 0)}, {width.input_index(column, 0)}]"
        caption = (
            f"input[{row}, {column}] = {value.strip('()')} stamps {value}*kernel,"
            f" its top left corner on {corner}"
        )
        steps.append(Step(taps[number], caption, np.column_stack([panel, cells, running[number, cells]])))
    return tuple(steps)


def transposed_matrix(
    w: Array, products: Connections, kept: npt.NDArray[np.bool_], inputs: int
) -> tuple[Panel, Ints]:
    """The panel of C.T, and its cell in each product, -1 in products that are cropped.

    kept says of each cell of the canvas whether the padding leaves it; inputs counts the cells of the input.
    """
    rows = np.where(kept, np.cumsum(kept) - 1, -1)[products.large]
    cells = np.where(rows >= 0, rows * inputs + products.small, -1).astype(np.int32)
    weights = np.full((int(kept.sum()), inputs), -1, dtype=np.int32)
    weights.flat[cells[rows >= 0]] = products.weight[rows >= 0]
    values = np.where(weights >= 0, w.ravel()[weights], 0)
    marks = np.where(weights >= 0, 0, MARKS.index("structural zero")).astype(np.int32)
    return Panel("C.T", values, "matrix", f"C.T {size(weights.shape)}", marks=marks, weights=weights), cells


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


def _counted(w: Array) -> Ints:
    return np.arange(w.size, dtype=np.int32).reshape(w.shape)


def _output_title(shape: tuple[int, int], canvas: tuple[int, ...]) -> str:
    return f"output {size(shape)}" + ("" if shape == canvas else f", cropped from {size(canvas)}")


def explore_transposed(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int
) -> Explorer:
    """The explorer of lesson 03: the stamps of the input, their sum and C.T.

    x is an input (H, W) of at most 6x6 and w a kernel (kh, kw) of at most 7x7, both your own; left out, there
    are presets. Further keywords (kernel_size, stride, padding, output_padding) say where the sliders begin.

    >>> explorer = explore_transposed(x=[[1, 2, 3]], w=[[1, 1]])
    >>> explorer.scene(stride=2)["output"].values.tolist()
    [[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]]
    """
    sizes = {"kernel_size": range(1, 5)} if w is None else {}
    return explore(
        lambda input, kernel, kernel_size=None, **geometry: transposed_scene(input, kernel, **geometry),
        start={"kernel_size": 3, **start} if w is None else start,
        input=SMALL_INPUTS if x is None else {"yours": readable_matrix("x", x, largest=6)},
        kernel=KERNELS if w is None else {"yours": readable_matrix("w", w, largest=7)},
        **sizes,
        stride=range(1, 4),
        padding=range(3),
        output_padding=range(3),
    )
