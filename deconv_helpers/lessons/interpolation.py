"""Lesson 00: fixed interpolation, cell by cell: which input cells make an output cell, with what weights."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import isclose
from typing import Any

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_matrix
from ..operators.geometry import Pair, checked_int, per_axis
from ..operators.upsampling import upsample
from ..scenes.explorer import Explorer
from ..scenes.scene import Floats, Ints, Note, Panel, Scene, Step, blank, format_matrix, format_number, size
from ..scenes.topic import Topic
from .connections import readable_matrix, sum_text, texts
from .presets import PIXELS
from .words import AXES

DIGITS = 4
"""Digits behind the point in a caption; a sum that needs more is written with ≈."""

WRITTEN_OUT = 4
"""Products that a caption writes out: those of bilinear interpolation."""

LARGE = 1e4
"""From here on a caption gives a value as a cell does, with few digits."""


def interpolation_scene(x: npt.ArrayLike, *, factor: Pair = 2, method: str = "bilinear") -> Scene:
    """The scene of fixed interpolation: input, column weights, row weights, output; a step is an output cell.

    x is (H, W); factor is one for both axes or (height, width); method is one of `upsample`. The column
    weights C are (W, factor W), the row weights R (factor H, H), and the output is the matrix product R x C:
    in that order the wide panels share a row of a narrow page, and the tall ones the next. Raises what
    `checked_matrix` and `upsample` raise for bad arguments.

    >>> scene = interpolation_scene([[0, 4, 8]], factor=(1, 2))
    >>> scene.steps[1].caption
    'output[0, 1] = 0.75*0 + 0.25*4 = 1'
    """
    x = checked_matrix("x", x)
    y = upsample(x, factor, method).astype(float)
    rows, columns = per_axis("factor", factor)
    down, across = axis_weights(x.shape[0], rows, method), axis_weights(x.shape[1], columns, method).T
    taps = _taps(down, across, x.shape)
    return Scene(
        {
            "": (
                Panel("input", x, role="input", title=f"input {size(x.shape)}", editable=True),
                Panel("column weights", across, role="kernel", title=f"column weights {size(across.shape)}"),
            ),
            "result": (
                Panel("row weights", down, role="kernel", title=f"row weights {size(down.shape)}"),
                Panel("output", y, role="output", title=f"output {size(y.shape)}", sign="→"),
            ),
        },
        taps=taps,
        steps=_cell_steps(x, down, across, y, taps),
        start={"output": blank(np.arange(y.size))},
        notes=_notes(x, (rows, columns), (down, across), y, taps["output"]),
        summary=f"input {size(x.shape)}, {method} by {factor}: output {size(y.shape)}\n{format_matrix(y)}",
    )


def axis_weights(n: int, factor: int, method: str) -> Floats:
    """The weights of n cells along one axis in each of factor * n output cells, (factor n, n).

    They are what `upsample` makes of n cells of which one is 1 and the rest 0, for each cell in turn.

    >>> axis_weights(2, 2, "bilinear").tolist()
    [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]]
    """
    weights: Floats = upsample(np.eye(checked_int("n", n, minimum=1)), (factor, 1), method).astype(float)
    return weights


def _taps(down: Floats, across: Floats, shape: tuple[int, ...]) -> dict[str, Ints]:
    """Input cell, column weight, row weight and output cell of each product, ordered by output cell."""
    # Nearest by 2 of a 1x2 input: each of the four columns (0, 1, 2, 3) takes one input (0, 0, 1, 1), each of
    # the two rows takes row 0, so there are 2*4 products; that of output[1, 3] joins input cell 0*2 + 1,
    # column weight 1*4 + 3, row weight 1*1 + 0 and output cell 1*4 + 3.
    row, above = np.nonzero(down)
    left, column = np.nonzero(across)
    grid = np.ones((len(row), len(column)), dtype=np.int64)
    cells = {
        "input": above[:, None] * shape[1] + left,
        "column weights": (left * across.shape[1] + column) * grid,
        "row weights": (row * down.shape[1] + above)[:, None] * grid,
        "output": row[:, None] * across.shape[1] + column,
    }
    order = np.lexsort((cells["input"].ravel(), cells["output"].ravel()))
    return {name: found.ravel()[order].astype(np.int32) for name, found in cells.items()}


def _cell_steps(
    x: Array, down: Floats, across: Floats, y: Floats, taps: Mapping[str, Ints]
) -> tuple[Step, ...]:
    weights = (across.ravel()[taps["column weights"]] * down.ravel()[taps["row weights"]]).tolist()
    written = {weight: _in_product(weight) for weight in set(weights)}
    rounded = {weight for weight, text in written.items() if not _is(text, weight)}
    cells, inputs, results = texts(x), taps["input"].tolist(), y.ravel().tolist()
    inexact = {cell for cell, value in enumerate(x.ravel().tolist()) if not _is(cells[cell], value)}
    bounds = np.searchsorted(taps["output"], np.arange(y.size + 1)).tolist()
    steps = []
    for number, (begin, end) in enumerate(pairwise(bounds)):
        row, column = divmod(number, y.shape[1])
        mine, met, result = weights[begin:end], inputs[begin:end], _text(results[number])
        exact = rounded.isdisjoint(mine) and inexact.isdisjoint(met) and _is(result, results[number])
        equals = "=" if exact else "≈"
        products = sum_text(((written[w], cells[i]) for w, i in zip(mine, met, strict=True)), WRITTEN_OUT)
        caption = f"output[{row}, {column}] {equals} {products} {equals} {result}"
        change = np.array([number]), np.array([results[number]])
        steps.append(Step(np.arange(begin, end), caption, changes={"output": change}))
    return tuple(steps)


def _notes(
    x: Array, factors: tuple[int, ...], weights: tuple[Floats, Floats], y: Floats, outputs: Ints
) -> tuple[Note, ...]:
    """The size of the output, how many cells make one, and whether it leaves the range of the input."""
    sizes = ", ".join(f"{axis}: {n}*{f} = {n * f}" for axis, n, f in zip(AXES, x.shape, factors, strict=True))
    made = np.bincount(outputs, minlength=y.size)
    low, high = made.min(), made.max()
    cells = f"{low} to {high} input cells" if low < high else f"{low} input cell{'s' if low > 1 else ''}"
    notes = [Note("code", sizes), Note("count", f"each output cell is made of {cells}; its weights sum to 1")]
    if min(w.min() for w in weights) < 0:
        reach = (f"from {format_number(v.min())} to {format_number(v.max())}" for v in (x, y))
        notes.append(Note("count", "some weights are negative: input {}, output {}".format(*reach)))
    return tuple(notes)


def _text(value: float) -> str:
    """A number with more digits than fit a cell."""
    if abs(value) >= LARGE:
        return format_number(value)
    return f"{round(value, DIGITS) + 0:.{DIGITS}f}".rstrip("0").rstrip(".")


def _in_product(weight: float) -> str:
    return f"({_text(weight)})" if weight < 0 else _text(weight)


def _is(text: str, value: float) -> bool:
    """Whether a text gives the number without rounding it, but for the last bits of float32."""
    return isclose(float(text.strip("()")), value, rel_tol=1e-6)


INTERPOLATION = Topic(
    "interpolation",
    lambda input, **settings: interpolation_scene(input, **settings),
    sources={"input": PIXELS},
    listed={"method": ("nearest", "bilinear", "bicubic"), "factor": range(2, 5)},
    start={"method": "bilinear"},
)
"""What the explorer of this topic is made of, and what its questions are about."""


def explore_interpolation(x: npt.ArrayLike | None = None, **start: Any) -> Explorer:
    """The explorer of lesson 00: which input cells make an output cell of a fixed up-sampling, and how.

    x is an input (H, W) of at most 5x5 of your own; left out, there are presets. Further keywords (method,
    factor) say where the controls begin.

    >>> explorer = explore_interpolation(x=[[0, 4, 8]])
    >>> explorer.scene(method="nearest", factor=2)["output"].values[0].tolist()
    [0.0, 0.0, 4.0, 4.0, 8.0, 8.0]
    """
    own = INTERPOLATION.using(input=None if x is None else readable_matrix("x", x, largest=5))
    return Explorer(own.begun(**start))
