"""Lesson 02: the whole sliding as one matrix, a row for each output cell and a column for each input cell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_matrix
from ..operators.convolution import conv2d
from ..operators.geometry import Padding, Pair, geometry_2d
from ..scenes.explorer import Explorer
from ..scenes.scene import (
    DATA,
    PADDING,
    STRUCTURAL,
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
    connect,
    pad_marked,
    readable_matrix,
    sum_text,
    texts,
)
from .convolution import convolution_panels
from .presets import KERNELS, MATRIX_INPUTS
from .words import misfit, settings


def matrix_scene(
    x: npt.ArrayLike,
    w: npt.ArrayLike,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    flattened: bool = False,
) -> Scene:
    """The scene of a convolution and its matrix: input, kernel, output, C; each step is one row of C.

    x is (H, W), w is (kh, kw). C has no column for the padding: products with it touch no cell of C.
    flattened adds the columns x (H*W, 1) and y, the product C x. Where the kernel does not fit, the scene is
    a message that says what to change. Raises what `checked_matrix` and `conv2d` raise for other bad
    arguments. Source: Dumoulin and Visin (2016), section 4.1.

    >>> scene = matrix_scene([[1, 2, 3], [4, 5, 6]], [[1, 7]])
    >>> scene["C"].values.tolist()[1]
    [0, 1, 7, 0, 0, 0]
    >>> scene.steps[1].caption
    'row 1 of C: output[0, 1] = 2*1 + 3*7 = 23'
    """
    x, w = checked_matrix("x", x), checked_matrix("w", w)
    axes = geometry_2d(w.shape, stride=stride, padding=padding, dilation=dilation)
    if not axes.fits(x.shape):
        return misfit(axes, x.shape)
    y = conv2d(x, w, stride=stride, padding=padding, dilation=dilation)
    products = connect(axes, x.shape)
    panels = convolution_panels(axes, x, w, y)
    padded, marks = pad_marked(x, axes)
    entries, held = matrix_entries(products, marks)
    values = np.where(held < 0, 0, w.ravel()[held])
    zeros = np.where(held < 0, STRUCTURAL, DATA)
    matrix = Panel("C", values, role="matrix", title=f"C {size(held.shape)}", marks=zeros, weights=held)
    taps = {"input": products.large, "kernel": products.weight, "output": products.small, "C": entries}
    sums, results = [Sum("output", ("input", "kernel"))], ["output"]
    product = [matrix]
    if flattened:
        product += [_column("x", x, "input", "·"), _column("y", y, "output", "=")]
        taps |= {"x": np.where(entries < 0, -1, entries % x.size).astype(np.int32), "y": products.small}
        sums.append(Sum("y", ("C", "x")))
        results.append("y")
    windows = products.large.reshape(y.size, w.size)
    return Scene(
        {"": panels, "the same as one matrix": product},
        taps=taps,
        steps=_row_steps(texts(padded), texts(w), y, windows, entries, results),
        start={name: blank(np.arange(y.size)) for name in results},
        sums=tuple(sums),
        notes=_notes(x.shape, y.shape, held),
        summary=f"C {size(held.shape)} of input {size(x.shape)} ∗ kernel {size(w.shape)},"
        f" {settings(axes)} = output {size(y.shape)}\n{format_matrix(y)}",
    )


def matrix_entries(products: Connections, marks: Ints) -> tuple[Ints, Ints]:
    """Where the products of a convolution stand in its matrix C, and which weight each cell of C holds.

    marks are those of the padded large side. Returns for each product its cell of C, row-major, -1 where it
    takes no data; and the weights (outputs, inputs), -1 in the structural zeros.

    >>> from deconv_helpers.operators.geometry import geometry_2d
    >>> products = connect(geometry_2d((1, 2), padding=(0, (1, 0))), (1, 2))
    >>> entries, held = matrix_entries(products, np.array([[1, 0, 0]]))
    >>> entries.tolist(), held.tolist()
    ([-1, 0, 2, 3], [[1, -1], [0, 1]])
    """
    # Padded 0 x0 x1: the data are cells 1 and 2, their columns 0 and 1. The product of output 1 with x1
    # stands in row 1, column 1 of the 2x2 C, which is its cell 1*2 + 1 = 3.
    data = marks.ravel() != PADDING
    column = np.where(data, np.cumsum(data) - 1, -1)[products.large]
    shape = (int(products.small[-1]) + 1, int(data.sum()))
    inside = column >= 0
    entries = np.where(inside, products.small * shape[1] + column, -1).astype(np.int32)
    held = np.full(shape, -1, dtype=np.int32)
    held.flat[entries[inside]] = products.weight[inside]
    return entries, held


def _column(name: str, values: Array, role: str, sign: str) -> Panel:
    """A side of the convolution, row after row, as one column."""
    return Panel(name, values.reshape(-1, 1), role=role, sign=sign)


def _row_steps(
    cells: list[str], weights: list[str], y: Array, windows: Ints, entries: Ints, filled: list[str]
) -> tuple[Step, ...]:
    results, taps = texts(y), np.arange(windows.size, dtype=np.int32).reshape(windows.shape)
    rows = zip(windows.tolist(), (entries.reshape(windows.shape) >= 0).tolist(), strict=True)
    steps = []
    for number, (window, inside) in enumerate(rows):
        taken = [(cells[i], w) for i, w, held in zip(window, weights, inside, strict=True) if held]
        total = f"{sum_text(taken)} = {results[number].strip('()')}" if taken else "0, for the row is empty"
        row, column = divmod(number, y.shape[1])
        caption = f"row {number} of C: output[{row}, {column}] = {total}"
        change = np.array([number]), y.ravel()[number : number + 1]
        steps.append(Step(taps[number], caption, changes=dict.fromkeys(filled, change)))
    return tuple(steps)


def _notes(x: tuple[int, ...], y: tuple[int, ...], held: Ints) -> tuple[Note, ...]:
    """The shape of C worked out, how much of it is zeros, and which lines of it are empty."""
    zeros = int((held < 0).sum())
    rows, columns = held.shape
    notes = [
        Note("code", f"C: {y[0]}*{y[1]} outputs x {x[0]}*{x[1]} inputs = {rows}x{columns}"),
        Note(
            "count",
            f"{held.size - zeros} of {held.size} entries hold a weight,"
            f" {zeros} are structural zeros ({100 * zeros / held.size:.0f}%)",
        ),
    ]
    empty_columns, empty_rows = (int((held < 0).all(axis=axis).sum()) for axis in (0, 1))
    if empty_columns:
        notes.append(
            Note("count", f"empty columns: {empty_columns} of {columns}, for inputs that no window reads")
        )
    if empty_rows:
        notes.append(Note("count", f"empty rows: {empty_rows} of {rows}, for windows that read only padding"))
    return tuple(notes)


MATRIX = Topic(
    "matrix",
    lambda input, kernel, kernel_size=None, **settings: matrix_scene(input, kernel, **settings),
    sources={"input": MATRIX_INPUTS, "kernel": KERNELS},
    listed={
        "kernel_size": range(1, 5),
        "stride": range(1, 4),
        "padding": range(3),
        "dilation": range(1, 3),
        "flattened": (False, True),
    },
    start={"kernel_size": 3},
    shapes={"kernel": "kernel_size"},
)
"""What the explorer of this topic is made of, and what its questions are about."""


def explore_matrix(x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int) -> Explorer:
    """The explorer of lesson 02: input, kernel, output and the matrix C that takes one to the other.

    x is an input (H, W) of at most 8x8 and w a kernel (kh, kw) of your own; left out, there are presets.
    Further keywords (kernel_size, stride, padding, dilation, flattened) say where the controls begin.

    >>> explorer = explore_matrix(x=[[1, 2, 3, 4]], w=[[1, 7]])
    >>> explorer.scene(stride=2)["C"].values.tolist()
    [[1, 7, 0, 0], [0, 0, 1, 7]]
    """
    own = MATRIX.using(
        input=None if x is None else readable_matrix("x", x, largest=8),
        kernel=None if w is None else readable_matrix("w", w),
    )
    return Explorer(own.begun(**start))
