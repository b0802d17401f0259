"""Lesson 04: one axis of a transposed convolution, what sets its size, and whether that size shrinks back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_matrix
from ..operators.geometry import Axes, Geometry, checked_int
from ..scenes.explorer import Explorer
from ..scenes.scene import (
    DATA,
    PADDING,
    STRUCTURAL,
    UNREAD,
    Floats,
    Ints,
    Note,
    Panel,
    Scene,
    Step,
    blank,
    format_matrix,
    size,
)
from ..scenes.topic import Topic
from .connections import connect_transposed, crop_marks, readable_matrix, texts
from .presets import KERNEL_ROWS, ROWS
from .transposed import STAMPS, stamp_panels
from .words import transposed_misfit, transposed_sum


def sizes_scene(
    x: npt.ArrayLike,
    w: npt.ArrayLike,
    *,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> Scene:
    """The scene of one axis: each stamp in a row of its own, their sum, and how the sum shrinks back.

    x is (1, W), w is (1, kw). The last panel is the output in the frame that a convolution with the same
    settings puts around it; what that convolution never reads is marked. A note says whether it shrinks the
    output back to W cells. Each step is one stamp. Where nothing is left of the output, or output_padding is
    too large, the scene is a message that says what to change. Raises ValueError where x or w has more rows
    than one, and what `checked_matrix` and `Geometry` raise for other bad arguments.
    Source: Dumoulin and Visin (2016), section 4.6.

    >>> scene = sizes_scene([[2, 7, 1]], [[1, 2, 3]], stride=2, padding=1, output_padding=1)
    >>> scene.notes[0].text
    'a convolution with these settings shrinks 6 cells back to 3'
    """
    x, w = checked_row("x", x), checked_row("w", w)
    n, added = x.size, checked_int("output_padding", output_padding, minimum=0)
    axis = Geometry(w.size, stride, padding, dilation)
    message = transposed_misfit([axis], [added], [n])
    if message:
        return message
    axis = replace(axis, output_padding=added)
    axes = Axes(Geometry(1), axis)
    products = connect_transposed(axes, (1, n))
    places = products.small * products.frame[1] + products.large
    stamps = np.zeros((n, products.frame[1]))
    stamps.flat[places] = x.ravel()[products.small] * w.ravel().astype(float)[products.weight]
    running = stamps.cumsum(axis=0)
    canvas = running[-1:]
    kept = crop_marks(axes, (1, n)) == DATA
    output = canvas[kept]
    given, kernel, summed = stamp_panels(axes, x, w, canvas)
    reached = np.unique(products.large)
    return Scene(
        {
            "": (given, kernel),
            "stamps": (stamps_panel(stamps, places, products.weight),),
            "added up": (replace(summed, sign=""),),
            "shrunk again": (_framed_panel(axis, output),),
        },
        taps={
            "input": products.small,
            "kernel": products.weight,
            "stamps": places.astype(np.int32),
            "output": products.large,
            "framed": products.large,
        },
        steps=_stamp_steps(x, axis, products.large.reshape(n, -1), running, kept.ravel()),
        start={"output": blank(reached), "framed": blank(reached[kept.ravel()[reached]])},
        sums=(STAMPS,),
        notes=_notes(axis, n),
        summary=f"input {size(x.shape)} stamps kernel {size(w.shape)}, stride {axis.stride}, padding"
        f" {axis.padding}, output padding {added}, dilation {axis.dilation}: output {size((1, output.size))}"
        f"\n{format_matrix(output[None])}",
    )


def checked_row(name: str, values: npt.ArrayLike) -> Array:
    """A new array (1, columns) of the finite numbers in `values`.

    Raises what `checked_matrix` raises, and ValueError for more rows than one.

    >>> checked_row("x", [[1, 2, 3]]).shape
    (1, 3)
    """
    row = checked_matrix(name, values)
    if len(row) != 1:
        raise ValueError(f"{name} must be one row (1, columns), got shape {row.shape}")
    return row


def stamps_panel(stamps: Floats, places: Ints, weights: Ints) -> Panel:
    """The stamps (stamps, columns), one in each row; `weights` says which weight stands in which of `places`.

    >>> stamps_panel(np.array([[3.0, 5.0, 0.0]]), np.array([0, 1]), np.array([0, 1])).weights.tolist()
    [[0, 1, -1]]
    """
    held = np.full(stamps.shape, -1, dtype=np.int32)
    held.flat[places] = weights
    marks = np.where(held < 0, STRUCTURAL, DATA).astype(np.int32)
    title = f"stamps {size(stamps.shape)}: one in each row"
    return Panel("stamps", stamps, role="matrix", title=title, marks=marks, weights=held)


def _framed_panel(axis: Geometry, output: Floats) -> Panel:
    """The output in the frame of the convolution, and behind its last window what it never reads."""
    values = np.zeros((1, axis.padded_size(output.size)))
    marks = np.full(values.shape, PADDING, dtype=np.int32)
    inside = slice(axis.padding_before, axis.padding_before + output.size)
    values[0, inside], marks[0, inside] = output, DATA
    windows = axis.output_size(output.size)
    marks[0, axis.stride * (windows - 1) + axis.extent :] = UNREAD
    title = f"framed {size(values.shape)}: {windows} window{'s' if windows > 1 else ''}"
    return Panel("framed", values, role="input", title=title, marks=marks)


def _stamp_steps(
    x: Array, axis: Geometry, stamps: Ints, running: Floats, kept: npt.NDArray[np.bool_]
) -> tuple[Step, ...]:
    taps = np.arange(stamps.size, dtype=np.int32).reshape(stamps.shape)
    steps = []
    for number, (value, cells) in enumerate(zip(texts(x), stamps, strict=True)):
        begin = _cell(axis.input_index(number, 0), int(kept.sum()))
        caption = (
            f"input[0, {number}] = {value.strip('()')} stamps {value}*kernel from {begin};"
            f" window {number} begins there too"
        )
        changes = {
            name: (found, running[number, found])
            for name, found in (("output", cells), ("framed", cells[kept[cells]]))
        }
        steps.append(Step(taps[number], caption, changes=changes))
    return tuple(steps)


def _cell(begin: int, size: int) -> str:
    """Where a stamp begins: an index of the output, or how far outside, since output[0, -1] is its last cell.

    >>> _cell(2, size=5), _cell(-1, size=5)
    ('output[0, 2] on', '1 cell before output[0, 0] on, where the padding crops')
    """
    if 0 <= begin < size:
        return f"output[0, {begin}] on"
    away, side, end = (-begin, "before", 0) if begin < 0 else (begin - size + 1, "after", size - 1)
    return f"{away} cell{'s' if away > 1 else ''} {side} output[0, {end}] on, where the padding crops"


def _notes(axis: Geometry, n: int) -> tuple[Note, ...]:
    """Whether the output shrinks back to n cells, its size worked out, and all sizes that shrink to n."""
    made, added = axis.transposed_size(n), axis.output_padding
    again = axis.output_size(made)
    sizes = list(axis.input_sizes(n))
    if again == n:
        verdict = Note("equal", f"a convolution with these settings shrinks {made} cells back to {n}")
    else:
        verdict = Note(
            "differs",
            f"a convolution with these settings shrinks {made} cells to {again}, not to {n}: output padding"
            f" {added} is not smaller than the stride",
        )
    listed = " or ".join(map(str, sizes))
    return (
        verdict,
        Note("code", transposed_sum(axis, n)),
        Note(
            "count",
            f"{listed} cells shrink to {n}" if len(sizes) > 1 else f"only {listed} cells shrink to {n}",
        ),
    )


ONE_AXIS = Topic(
    "one axis",
    lambda input, kernel, kernel_size=None, **settings: sizes_scene(input, kernel, **settings),
    sources={"input": ROWS, "kernel": KERNEL_ROWS},
    listed={
        "kernel_size": range(2, 5),
        "stride": range(1, 4),
        "padding": range(3),
        "output_padding": range(3),
        "dilation": range(1, 4),
    },
    start={"kernel_size": 3, "stride": 2, "padding": 1},
    shapes={"kernel": "kernel_size"},
)
"""What the explorer of this topic is made of."""


def explore_sizes(x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int) -> Explorer:
    """The explorer of lesson 04: one axis, its stamps, what is cropped, and which sizes shrink back.

    x is an input (1, W) of at most 6 cells and w a kernel (1, kw) of at most 6 weights, both your own; left
    out, there are presets. Further keywords (kernel_size, stride, padding, output_padding, dilation) say
    where the sliders begin.

    >>> explorer = explore_sizes(x=[[1, 2, 3]], w=[[1, 5]], padding=0)
    >>> explorer.scene(stride=3)["output"].values.tolist()
    [[1.0, 5.0, 0.0, 2.0, 10.0, 0.0, 3.0, 15.0]]
    """
    own = ONE_AXIS.using(
        input=None if x is None else checked_row("x", readable_matrix("x", x, largest=6)),
        kernel=None if w is None else checked_row("w", readable_matrix("w", w, largest=6)),
    )
    return Explorer(own.begun(**start))
