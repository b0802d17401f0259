"""Lesson 04: zeros go between the inputs, and a flipped kernel slides over them with stride 1.

The same output comes by three routes: stamps, the transposed matrix, and zero insertion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array
from ..operators.geometry import Geometry, Padding, Pair
from ..scenes.explorer import Explorer, explore
from ..scenes.scene import (
    MARKS,
    Floats,
    Ints,
    Note,
    Panel,
    Scene,
    Step,
    format_matrix,
    format_number,
    message_scene,
    size,
)
from .connections import (
    blanked,
    checked_matrix,
    connect_transposed,
    crop_marks,
    readable_matrix,
    sum_text,
    texts,
)
from .presets import SIZED_KERNELS, SMALL_INPUTS
from .transposed import transposed_matrix
from .words import AXES, kernel_title, pair, settings, transposed_axes

ROUNDING = 1e-9
"""How far two routes may be apart, relative to the largest output: they add in different orders."""

OUTPUT = 5
"""The number of the output panel."""

DATA, PADDING, INSERTED, STRUCTURAL, CROPPED = range(len(MARKS))


@dataclass(frozen=True, eq=False)
class FramedInput:
    """The zero-inserted input in its frame, and where a kernel slides over it with stride 1.

    marks    (rows, columns) codes into MARKS; a negative frame marks what it cuts off as cropped
    source   (rows, columns) cell of the input that stands there, -1 for a zero
    shape    (rows, columns) of the output
    windows  (outputs, weights) cell under each weight at each place, row-major
    """

    marks: Ints
    source: Ints
    shape: tuple[int, int]
    windows: Ints


def framed_input(height: Geometry, width: Geometry, shape: tuple[int, int]) -> FramedInput:
    """What zero insertion makes of an input of `shape` (rows, columns), without its values.

    Raises what `Geometry.transposed_size` raises.

    >>> framed_input(Geometry(1), Geometry(2, stride=2), (1, 2)).marks.tolist()
    [[1, 0, 2, 0, 1]]
    """
    axes = list(zip((height, width), shape, strict=True))
    (row_marks, row_source), (column_marks, column_source) = (_line(g, n) for g, n in axes)
    # Where a row and a column cross, cropped beats padding, padding beats inserted, inserted beats data.
    rank = np.array([0, 2, 1, 3, 4])
    marks = np.array([DATA, INSERTED, PADDING, STRUCTURAL, CROPPED], dtype=np.int32)[
        np.maximum(rank[row_marks][:, None], rank[column_marks])
    ]
    held = (row_source >= 0)[:, None] & (column_source >= 0)
    rows, columns = (
        max(-g.frame[0], 0) + np.arange(g.transposed_size(n))[:, None] + g.dilation * np.arange(g.kernel_size)
        for g, n in axes
    )
    windows = rows[:, None, :, None] * marks.shape[1] + columns[None, :, None, :]
    return FramedInput(
        marks=marks,
        source=np.where(held, row_source[:, None] * shape[1] + column_source, -1),
        shape=(len(rows), len(columns)),
        windows=windows.reshape(len(rows) * len(columns), -1),
    )


def _line(axis: Geometry, n: int) -> tuple[Ints, Ints]:
    """The marks and the sources of the cells along one axis."""
    before, after = axis.frame
    inner = axis.stride * (n - 1) + 1
    at = np.arange(-max(before, 0), inner + max(after, 0))
    inside = (at >= 0) & (at < inner)
    held = inside & (at % axis.stride == 0)
    marks = np.where(held, DATA, np.where(inside, INSERTED, PADDING))
    marks[(at < -before) | (at >= inner + after)] = CROPPED
    return marks, np.where(held, at // axis.stride, -1)


def zero_insertion_scene(
    x: npt.ArrayLike,
    w: npt.ArrayLike,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
    forget_the_flip: bool = False,
) -> Scene:
    """The scene of a transposed convolution by three routes; each step is one place of the sliding kernel.

    x is (H, W), w is (kh, kw). The routes are the stamped canvas, the matrix C.T, and the input with inserted
    zeros and a frame, over which the flipped kernel slides; `forget_the_flip` slides it as it is. One note
    says whether the routes agree. Where nothing is left of the output, or output_padding is too large, the
    scene is a message that says what to change. Raises what `checked_matrix` and `conv_transpose2d` raise for
    other bad arguments.

    >>> scene = zero_insertion_scene([[1, 2, 3]], [[1, 5]], stride=(1, 2))
    >>> scene["inserted"].values.tolist(), scene["flipped"].values.tolist()
    ([[0.0, 1.0, 0.0, 2.0, 0.0, 3.0, 0.0]], [[5.0, 1.0]])
    >>> scene.steps[3].caption
    'output[0, 3] = 2*5 = 10, and 1 product with a zero'
    """
    x, w = (checked_matrix(name, array).astype(float) for name, array in (("x", x), ("w", w)))
    axes = transposed_axes(w.shape, x.shape, stride, padding, output_padding, dilation)
    if isinstance(axes, str):
        return message_scene(axes)
    height, width = axes

    stamps, crop = connect_transposed(height, width, x.shape), crop_marks(height, width, x.shape)
    kept = np.flatnonzero(crop == DATA)
    stamped = np.bincount(stamps.large, x.flat[stamps.small] * w.flat[stamps.weight], crop.size)
    matrix, _ = transposed_matrix(w, stamps, crop.ravel() == DATA, x.size)

    framed = framed_input(height, width, x.shape)
    flipped = np.arange(w.size)[::-1]
    slid = flipped[::-1] if forget_the_flip else flipped
    inserted = np.where(framed.source < 0, 0, x.flat[framed.source])
    output = inserted.flat[framed.windows] @ w.flat[slid]

    panels = (
        Panel("input", x, "input", f"input {size(x.shape)}", editable=True),
        Panel(
            "kernel", w, "kernel", kernel_title(height, width), weights=_as(w, flipped[::-1]), editable=True
        ),
        Panel("stamped", _as(crop, stamped), "output", f"stamped {size(crop.shape)}", marks=crop),
        Panel("inserted", inserted, "input", f"zeros inserted {size(inserted.shape)}", marks=framed.marks),
        Panel(
            "unflipped" if forget_the_flip else "flipped",
            _as(w, w.flat[slid]),
            "kernel",
            "not flipped" if forget_the_flip else "flipped",
            sign="∗",
            weights=_as(w, slid),
        ),
        Panel("output", output.reshape(framed.shape), "output", f"output {size(framed.shape)}", sign="="),
        matrix,
    )
    held = framed.source.flat[framed.windows]
    taps = _taps(framed.windows, held, kept, slid, flipped, x.size)
    cropped = np.column_stack([stamps.small, stamps.weight, stamps.large])[crop.flat[stamps.large] != DATA]
    unseen = np.full((len(cropped), len(panels) - cropped.shape[1]), -1)
    verdict = _verdict(stamped[kept], matrix.values @ x.ravel(), output, framed.shape[1], forget_the_flip)
    return Scene(
        panels,
        taps=np.concatenate([taps, np.hstack([cropped, unseen])]),
        steps=_slide_steps(texts(x), texts(w.flat[slid]), output, held, taps[:, OUTPUT], framed.shape[1]),
        start=blanked(OUTPUT, np.arange(kept.size)),
        notes=(verdict, *_frame_notes(height, width), *_counts(framed, crop)),
        summary=f"input {size(x.shape)} with kernel {size(w.shape)} by stamps, by C.T and by zero insertion,"
        f" {settings(height, width)}, output padding {pair(height.output_padding, width.output_padding)}:"
        f" output {size(framed.shape)}\n{verdict.text}\n{format_matrix(output.reshape(framed.shape))}",
    )


def _as(like: Array, values: Array) -> Array:
    return values.reshape(like.shape)


def _taps(windows: Ints, held: Ints, kept: Ints, slid: Ints, flipped: Ints, inputs: int) -> Ints:
    """The products of every place of the kernel, those with a zero among them, ordered by output.

    A product of the flipped kernel with an input is one of the stamps and of C.T too. A kernel that was not
    flipped makes other products, so each route then has its own.
    """
    place, tap = (index.ravel() for index in np.indices(held.shape))
    held, data = held.ravel(), held.ravel() >= 0
    sliding = np.full((held.size, OUTPUT + 2), -1)
    sliding[:, 3:OUTPUT] = np.column_stack([windows.ravel(), tap])
    sliding[:, OUTPUT] = place
    sliding[data, :2] = np.column_stack([held, slid[tap]])[data]
    matrix = place * inputs + held
    if slid is flipped:
        sliding[data, 2], sliding[data, OUTPUT + 1] = kept[place[data]], matrix[data]
        return sliding
    none = np.full(held.size, -1)
    stamping = np.column_stack([held, flipped[tap], kept[place], none, none, place, matrix])[data]
    both = np.concatenate([sliding, stamping])
    return both[np.argsort(both[:, OUTPUT], kind="stable")]


def _slide_steps(
    cells: list[str], weights: list[str], output: Floats, held: Ints, places: Ints, columns: int
) -> tuple[Step, ...]:
    taps = np.arange(places.size, dtype=np.int32)
    ends = np.searchsorted(places, np.arange(output.size + 1)).tolist()
    changes = np.column_stack([np.full(output.size, OUTPUT), np.arange(output.size), output])
    steps = []
    for number, (window, value) in enumerate(zip(held.tolist(), output.tolist(), strict=True)):
        products = [(cells[i], weight) for i, weight in zip(window, weights, strict=True) if i >= 0]
        zeros = len(weights) - len(products)
        row, column = divmod(number, columns)
        caption = f"output[{row}, {column}] = {sum_text(products) or 0}"
        if products:
            caption += f" = {format_number(value)}"
        if zeros:
            caption += f", and {zeros} product{'s' if zeros > 1 else ''} with a zero"
        steps.append(Step(taps[ends[number] : ends[number + 1]], caption, changes[number : number + 1]))
    return tuple(steps)


def _verdict(stamped: Array, by_matrix: Array, output: Array, columns: int, forgotten: bool) -> Note:
    """Whether the three routes agree, and where they do not."""
    bound = ROUNDING * np.abs(stamped).max()
    apart = np.flatnonzero((np.abs(output - stamped) > bound) | (np.abs(by_matrix - stamped) > bound))
    if apart.size:
        first = apart[0]
        return Note(
            "differs",
            f"{apart.size} of {output.size} cells differ from the stamps and from C.T, the first at"
            f" output[{first // columns}, {first % columns}]:"
            f" {format_number(output[first])}, not {format_number(stamped[first])}",
        )
    although = ", although the kernel was not flipped" if forgotten else ""
    return Note("equal", f"stamps, C.T and zero insertion agree in all {output.size} cells{although}")


def _frame_notes(height: Geometry, width: Geometry) -> tuple[Note, ...]:
    """The frame worked out, for each axis where they differ."""
    texts = []
    for g in (height, width):
        reach = f"{g.dilation}*({g.kernel_size} - 1)"
        before, after = g.frame
        text = f"{reach} - {g.padding_before} = {before}"
        if before != after:
            added = f" + {g.output_padding}" if g.output_padding else ""
            text += f" before, {reach} - {g.padding_after}{added} = {after} after"
        texts.append(text)
    named = zip(AXES, texts, strict=True) if texts[0] != texts[1] else [("frame", texts[0])]
    return tuple(Note("code", f"{name}: {text}") for name, text in named)


def _counts(framed: FramedInput, crop: Ints) -> tuple[Note, ...]:
    """What the padding takes from both routes, and how many products of the sliding kernel have a zero."""
    notes = []
    cropped, cut = int((crop == CROPPED).sum()), int((framed.marks == CROPPED).sum())
    if cropped:
        notes.append(Note("count", f"the padding crops {cropped} stamped cells, and narrows the frame"))
    if cut:
        notes.append(Note("count", f"the frame is negative: it crops {cut} cells of the zero-inserted input"))
    kinds = np.bincount(framed.marks.flat[framed.windows].ravel(), minlength=len(MARKS)).tolist()
    total = framed.windows.size
    share = f"{100 * kinds[INSERTED] / total:.0f}%"
    notes.append(
        Note(
            "count",
            f"{total} products: {kinds[DATA]} with an input,"
            f" {kinds[INSERTED]} with an inserted zero ({share}), {kinds[PADDING]} in the frame",
        )
    )
    return tuple(notes)


def explore_zero_insertion(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int
) -> Explorer:
    """The explorer of lesson 04: stamps, C.T and zero insertion side by side, and whether they agree.

    x is an input (H, W) of at most 4x4 and w a kernel (kh, kw) of at most 4x4, both your own; left out, there
    are presets. Further keywords (stride, padding, output_padding, dilation, forget_the_flip) say where the
    controls begin.

    >>> explorer = explore_zero_insertion(x=[[1, 2, 3]], w=[[1, 5]])
    >>> explorer.scene(stride=2, forget_the_flip=True).notes[0].text
    '6 of 6 cells differ from the stamps and from C.T, the first at output[0, 0]: 5, not 1'
    """
    return explore(
        lambda input, kernel, **settings: zero_insertion_scene(input, kernel, **settings),
        start={"stride": 2, "padding": 1, **start} if w is None else start,
        input=SMALL_INPUTS if x is None else {"yours": readable_matrix("x", x, largest=4)},
        kernel=SIZED_KERNELS if w is None else {"yours": readable_matrix("w", w, largest=4)},
        stride=range(1, 4),
        padding=range(3),
        output_padding=range(2),
        dilation=range(1, 3),
        forget_the_flip=(False, True),
    )
