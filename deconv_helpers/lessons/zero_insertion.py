"""Lesson 05: zeros go between the inputs, and a flipped kernel slides over them with stride 1.

The same output comes by three routes: stamps, the transposed matrix, and zero insertion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_matrix
from ..operators.geometry import Axes, Geometry, Padding, Pair
from ..scenes.explorer import Explorer
from ..scenes.scene import (
    CROPPED,
    DATA,
    INSERTED,
    MARKS,
    PADDING,
    STRUCTURAL,
    Floats,
    Ints,
    Note,
    Panel,
    Scene,
    Step,
    Sum,
    Taps,
    blank,
    format_matrix,
    format_number,
    size,
    stacked,
)
from ..scenes.topic import Topic
from .connections import (
    Connections,
    connect_transposed,
    crop_marks,
    readable_matrix,
    sum_text,
    texts,
)
from .presets import SIZED_KERNELS, SMALL_INPUTS
from .sizes import checked_row, stamps_panel
from .transposed import STAMPS, stamp_panels, transposed_matrix
from .words import AXES, pair, settings, transposed_axes

ROUNDING = 1e-9
"""How far two routes may be apart, relative to the largest output: they add in different orders."""


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


def framed_input(axes: Axes, shape: tuple[int, int]) -> FramedInput:
    """What zero insertion makes of an input of `shape` (rows, columns), without its values.

    Raises what `Geometry.transposed_size` raises.

    >>> from deconv_helpers.operators.geometry import geometry_2d
    >>> framed_input(geometry_2d((1, 2), stride=(1, 2)), (1, 2)).marks.tolist()
    [[1, 0, 2, 0, 1]]
    """
    sides = list(zip(axes, shape, strict=True))
    (row_marks, row_source), (column_marks, column_source) = (_line(g, n) for g, n in sides)
    # Where a row and a column cross, the later of these beats the earlier: an inserted row crosses a data
    # column in inserted zeros, and the frame in padding.
    order = np.array([DATA, INSERTED, PADDING, STRUCTURAL, CROPPED], dtype=np.int32)
    rank = np.argsort(order)
    marks = order[np.maximum(rank[row_marks][:, None], rank[column_marks])]
    held = (row_source >= 0)[:, None] & (column_source >= 0)
    rows, columns = (
        max(-g.frame[0], 0) + np.arange(g.transposed_size(n))[:, None] + g.dilation * np.arange(g.kernel_size)
        for g, n in sides
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
    matrix: bool = False,
) -> Scene:
    """The scene of a transposed convolution by stamps and by zero insertion; a step is a place of the kernel.

    x is (H, W), w is (kh, kw). One row of panels stamps, the other slides the flipped kernel over the input
    with inserted zeros and a frame; `forget_the_flip` slides it as it is, and what comes out wrong is marked.
    With `matrix` a third row has C.T. A note says whether the routes agree. Where nothing is left of the
    output, or output_padding is too large, the scene is a message that says what to change. Raises what
    `checked_matrix` and `conv_transpose2d` raise for other bad arguments.

    >>> scene = zero_insertion_scene([[1, 2, 3]], [[1, 5]], stride=(1, 2))
    >>> scene["inserted"].values.tolist(), scene["sliding"].values.tolist()
    ([[0.0, 1.0, 0.0, 2.0, 0.0, 3.0, 0.0]], [[5.0, 1.0]])
    >>> scene.steps[3].caption
    'output[0, 3] = 2*5 = 10, and 1 product with a zero'
    """
    x, w = (checked_matrix(name, array).astype(float) for name, array in (("x", x), ("w", w)))
    axes = transposed_axes(w.shape, x.shape, stride, padding, output_padding, dilation)
    if isinstance(axes, Scene):
        return axes

    stamps, crop = connect_transposed(axes, x.shape), crop_marks(axes, x.shape)
    kept = np.flatnonzero(crop == DATA)
    terms = x.flat[stamps.small] * w.flat[stamps.weight]
    stamped = np.bincount(stamps.large, terms, crop.size).astype(float)
    framed = framed_input(axes, x.shape)
    # slid[i] is the weight that stands at place i of the sliding kernel: of four, 3 2 1 0 when flipped.
    flipped = np.arange(w.size)[::-1]
    slid = flipped[::-1] if forget_the_flip else flipped
    inserted = np.where(framed.source < 0, 0.0, x.take(framed.source)).astype(float)
    output = inserted.flat[framed.windows] @ w.flat[slid]
    by_matrix, entries = transposed_matrix(w, stamps, crop.ravel() == DATA, x.size)

    verdict = _verdict(stamped[kept], by_matrix.values @ x.ravel(), output, framed.shape[1], forget_the_flip)
    should: Floats = stamped[kept].reshape(framed.shape)
    rows: dict[str, tuple[Panel, ...]] = {
        "by stamps": stamp_panels(axes, x, w, stamped.reshape(crop.shape), "stamped"),
        "by zero insertion": _sliding_panels(framed, inserted, w, slid, output, should, forget_the_flip),
    }
    tables = _tables(framed, stamps, entries, kept, slid, flipped)
    if matrix:
        rows["by C.T"] = (by_matrix,)
    else:
        tables = [{name: cells for name, cells in table.items() if name != "C.T"} for table in tables]
    taps = stacked(*tables)
    held = framed.source.flat[framed.windows]
    return Scene(
        rows,
        taps=taps,
        steps=_slide_steps(texts(x), texts(w.flat[slid]), output, held, taps["output"], framed.shape[1]),
        start={"output": blank(np.arange(output.size))},
        sums=(replace(STAMPS, result="stamped"), Sum("output", ("inserted", "sliding"))),
        notes=(verdict, *_frame_notes(axes), *_counts(framed, crop)),
        summary=f"input {size(x.shape)} with kernel {size(w.shape)} by stamps, by C.T and by zero insertion,"
        f" {settings(axes)}, output padding {pair(*(axis.output_padding for axis in axes))}:"
        f" output {size(framed.shape)}\n{verdict.text}\n{format_matrix(output.reshape(framed.shape))}",
    )


def _sliding_panels(
    framed: FramedInput,
    inserted: Floats,
    w: Floats,
    slid: Ints,
    output: Floats,
    should: Floats,
    forgotten: bool,
) -> tuple[Panel, ...]:
    """The input with its zeros and frame, the kernel that slides over it, and what comes out."""
    kept = framed.marks != CROPPED
    used = int(kept.any(axis=1).sum()), int(kept.any(axis=0).sum())
    title = f"zeros inserted {size(used)}"
    if used != inserted.shape:
        title += f", cropped from {size(inserted.shape)}"
    kernel = "sliding, not flipped" if forgotten else "sliding, flipped"
    held = slid.reshape(w.shape)
    result = f"output {size(framed.shape)}"
    first = divmod(int(np.flatnonzero(framed.source == 0)[0]), inserted.shape[1])  # cropped or not
    return (
        Panel("inserted", inserted, role="input", title=title, marks=framed.marks, first=first),
        Panel("sliding", w.flat[held], role="kernel", title=kernel, sign="∗", weights=held),
        Panel("output", output.reshape(framed.shape), role="output", title=result, sign="=", expected=should),
    )


def _tables(
    framed: FramedInput, stamps: Connections, entries: Ints, kept: Ints, slid: Ints, flipped: Ints
) -> list[Taps]:
    """The products of every place of the kernel, ordered by output, and then those that are cropped.

    A product of the flipped kernel with an input is one of the stamps and of C.T too. A kernel that was not
    flipped makes other products, so each route then has its own.
    """
    # With two weights and one input x0 between two zeros, output 0 slides over cells 0 and 1, of which cell 1
    # holds x0: held is [-1, 0]. Place 1 of the flipped kernel holds weight 0: that product is the stamp of x0
    # with weight 0, and the product with the zero in cell 0 has neither input nor weight.
    held = framed.source.flat[framed.windows]
    place, tap = (index.ravel() for index in np.indices(held.shape))
    held = held.ravel()
    data = held >= 0
    sliding = {
        "input": np.where(data, held, -1),
        "kernel": np.where(data, slid[tap], -1),
        "inserted": framed.windows.ravel(),
        "sliding": tap,
        "output": place,
    }
    numbers = np.full(stamps.frame[0] * stamps.frame[1], -1)  # of the outputs, on the canvas
    numbers[kept] = np.arange(kept.size)
    stamping = {
        "input": stamps.small,
        "kernel": stamps.weight,
        "stamped": stamps.large,
        "output": numbers[stamps.large],
        "C.T": entries,
    }
    cut = stamping["output"] < 0
    cropped = {name: stamping[name][cut] for name in ("input", "kernel", "stamped")}
    if slid is flipped:
        sliding["stamped"] = np.where(data, kept[place], -1)
        sliding["C.T"] = np.where(data, place * (int(stamps.small.max()) + 1) + held, -1)
        return [sliding, cropped]
    both = stacked(sliding, {name: cells[~cut] for name, cells in stamping.items()})
    order = np.argsort(both["output"], kind="stable")
    return [{name: cells[order] for name, cells in both.items()}, cropped]


def _slide_steps(
    cells: list[str], weights: list[str], output: Floats, held: Ints, places: Ints, columns: int
) -> tuple[Step, ...]:
    taps = np.arange(places.size, dtype=np.int32)
    shown = places[: np.count_nonzero(places >= 0)]  # those that are cropped stand at the end
    ends = np.searchsorted(shown, np.arange(output.size + 1)).tolist()
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
        change = np.array([number]), output[number : number + 1]
        steps.append(Step(taps[ends[number] : ends[number + 1]], caption, changes={"output": change}))
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


def _frame_notes(axes: Axes) -> tuple[Note, ...]:
    """The frame worked out, for each axis where they differ."""
    texts = []
    for g in axes:
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


def collecting_scene(x: npt.ArrayLike, w: npt.ArrayLike, *, stride: int = 1) -> Scene:
    """The scene of a transposed convolution along one row; each step is one output cell.

    x is (1, W) and w (1, kw). Each input stands where its stamp begins, above the stamps, one in each row,
    and their sum: what an output cell collects is a window of that input. Raises what `checked_row` and
    `Geometry` raise.

    >>> scene = collecting_scene([[2, 5, 3]], [[1, 4]], stride=2)
    >>> scene["input"].values.tolist()
    [[2.0, nan, 5.0, nan, 3.0, nan]]
    >>> scene.steps[3].caption
    'output[0, 3] = 5*4 = 20'
    """
    x, w = checked_row("x", x).astype(float), checked_row("w", w).astype(float)
    axis = Geometry(w.size, stride)
    products = connect_transposed(Axes(Geometry(1), axis), (1, x.size))
    cells = axis.transposed_size(x.size)
    stamps = np.full((x.size, cells), np.nan)
    places = products.small * cells + products.large
    stamps.flat[places] = x.ravel()[products.small] * w.ravel()[products.weight]
    output = np.nansum(stamps, axis=0, keepdims=True)
    inputs = np.full((1, cells), np.nan)
    inputs[0, : axis.stride * x.size : axis.stride] = x[0]
    # A place of the window where no stamp begins is in no product, and is lit with the output cell too.
    windows = [(out, place) for out in range(cells) for place in range(max(out - w.size + 1, 0), out + 1)]
    taps = stacked(
        {
            "input": axis.stride * products.small,
            "kernel": products.weight,
            "stamps": places,
            "output": products.large,
        },
        {"output": np.array(windows)[:, 0], "input": np.array(windows)[:, 1]},
    )
    return Scene(
        {
            "kernel": (Panel("kernel", w, role="kernel", weights=np.arange(w.size)[None]),),
            "input": (Panel("input", inputs, role="input", title="input, where its stamps begin"),),
            "stamps": (replace(stamps_panel(stamps, places, products.weight), marks=None),),
            "output": (Panel("output", output, role="output", title="output, their sum"),),
        },
        taps=taps,
        steps=tuple(_collecting_steps(texts(x), texts(w), output[0], products, taps["output"])),
        summary=f"input {size(x.shape)}, kernel {size(w.shape)}, stride {axis.stride}: the stamps and their"
        f" sum\n{format_matrix(np.concatenate([stamps, output]))}",
    )


def _collecting_steps(
    cells: list[str], weights: list[str], output: Floats, products: Connections, places: Ints
) -> Iterator[Step]:
    for number, value in enumerate(output.tolist()):
        reached = np.flatnonzero(products.large == number)
        total = sum_text((cells[products.small[n]], weights[products.weight[n]]) for n in reached)
        text = f"{total} = {format_number(value)}" if total else "0: no stamp reaches it"
        yield Step(np.flatnonzero(places == number), f"output[0, {number}] = {text}")


ZERO_INSERTION = Topic(
    "zero insertion",
    lambda input, kernel, **settings: zero_insertion_scene(input, kernel, **settings),
    sources={"input": SMALL_INPUTS, "kernel": SIZED_KERNELS},
    listed={
        "stride": range(1, 4),
        "padding": range(3),
        "output_padding": range(2),
        "dilation": range(1, 3),
        "forget_the_flip": (False, True),
    },
    start={"stride": 2, "padding": 1},
)
"""What the explorer of this topic is made of, and what its questions are about."""


def explore_zero_insertion(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int
) -> Explorer:
    """The explorer of lesson 05: stamps, C.T and zero insertion side by side, and whether they agree.

    x is an input (H, W) of at most 4x4 and w a kernel (kh, kw) of at most 4x4, both your own; left out, there
    are presets. Further keywords (stride, padding, output_padding, dilation, forget_the_flip) say where the
    controls begin.

    >>> explorer = explore_zero_insertion(x=[[1, 2, 3]], w=[[1, 5]])
    >>> explorer.scene(stride=2, forget_the_flip=True).notes[0].text
    '6 of 6 cells differ from the stamps and from C.T, the first at output[0, 0]: 5, not 1'
    """
    own = ZERO_INSERTION.using(
        input=None if x is None else readable_matrix("x", x, largest=4),
        kernel=None if w is None else readable_matrix("w", w, largest=4),
    )
    begins = {} if w is None else {"stride": 1, "padding": 0}
    return Explorer(own.begun(**{**begins, **start}))
