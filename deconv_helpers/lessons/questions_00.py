"""Questions of lesson 00: three things it takes for granted, and fixed interpolation."""

from __future__ import annotations

import numpy as np

from ..scenes.question import Ask, Cells, Choice, Draw, Fields, Numbers, Place, Size, Trap, question
from ..scenes.scene import format_number, size
from ..scenes.topic import State
from .interpolation import INTERPOLATION
from .plain import plain


@question("00 X")
def find_a_number(d: Draw) -> Ask:
    a = d.kernel(3, 4, [[8, 3, 5, 1], [2, 9, 7, 4], [6, 11, 10, 12]], high=12)
    row, column = d.place(2, 3, (1, 2))
    d.unless(row == column)
    return Ask(
        plain({"a": a}, a="matrix"),
        f"Which number is a[{row}, {column}]?",
        Fields({f"a[{row}, {column}]": a[row, column]}),
        f"Rows come first and counting begins at 0: row {row}, column {column}.",
        [
            Trap(a[column, row], "Rows and columns are exchanged: the first number counts rows.")
            if column < 3
            else Trap(a[row, column - 1], "Counting begins at 0 for the columns too."),
            Trap(
                a[max(row - 1, 0), max(column - 1, 0)],
                "You counted from 1. Python counts from 0, and so do we.",
            ),
        ],
    )


@question("00 Y")
def one_entry_of_a_product(d: Draw) -> Ask:
    a = d.kernel(2, 3, [[4, 1, 6], [2, 5, 3]])
    v = d.kernel(3, 1, [[2], [3], [7]])
    entry = d.pick(1, 0)
    products = " + ".join(f"{left}*{right}" for left, right in zip(a[entry], v[:, 0], strict=True))
    true = int(a[entry] @ v[:, 0])
    return Ask(
        plain({"A": a, "v": v}, A="matrix"),
        f"A times v has two entries. Which number is entry {entry}, counted from 0?",
        Fields({f"(A v)[{entry}]": true}),
        f"Row {entry} of A times v, product by product: {products} = {true}.",
        [
            Trap(int(a[1 - entry] @ v[:, 0]), "That is the other entry: counting begins at 0."),
            Trap(
                int(a[entry].sum() * v.sum()),
                "Each number of the row meets one number of v, not all of them.",
            ),
            Trap(int(a[entry, 0] * v[0, 0]), "That is the first product. An entry adds up the products."),
        ],
    )


@question("00 Z")
def shape_of_a_transpose(d: Draw) -> Ask:
    rows, columns = d.pick((2, 5), (3, 4), (4, 6), (5, 3), (6, 2))
    a = d.digits(rows, columns)
    return Ask(
        plain({"A": a, "A.T": a.T}, **dict.fromkeys(("A", "A.T"), "matrix")),
        "Which size has A.T, the transpose of A?",
        Size("A.T"),
        f"Rows become columns: {size(a.shape)} becomes {size(a.T.shape)}.",
        [
            Trap(a.shape, "That is A itself. Its rows become columns."),
            Trap((1, a.size), "A transpose keeps two axes. It only exchanges them."),
        ],
    )


def _block(corner: Place, rows: int, columns: int) -> list[Place]:
    return [(corner[0] + i, corner[1] + j) for i in range(rows) for j in range(columns)]


@question("00 A")
def cells_of_one_input(d: Draw) -> Ask:
    factor = d.pick(3, 2)
    rows, columns = d.pick((3, 4), (2, 4), (4, 3), (3, 5))
    row, column = d.place(rows, columns, (1, 2))
    at = INTERPOLATION.at(input=d.digits(rows, columns), method="nearest", factor=factor)
    corner = (factor * row, factor * column)
    return Ask(
        at,
        f"Method nearest, factor {factor}. Click every output cell that becomes a copy of"
        f" input[{row}, {column}].",
        Cells("output", lambda at: at.meets("input", (row, column), "output")),
        f"A block of {factor}x{factor} = {factor * factor} cells that begins at output{list(corner)}:"
        " each of them is a copy.",
        [
            Trap([corner], "One cell is where the value begins. The factor repeats it along both axes."),
            Trap(
                _block(corner, 1, factor),
                f"Those are {factor} cells of one row. The factor counts from top to bottom too: it makes"
                f" {factor} rows of them.",
            ),
            Trap(
                _block((row, column), factor, factor),
                "You began at the input's own place. Everything above and to the left has grown too:"
                f" the block begins at row {factor}*{row}, column {factor}*{column}.",
            ),
        ],
        show=("input", "output"),
        mark={"input": [(row, column)]},
    )


def _of_one_input(at: State) -> list[Place]:
    """The output cells that are made of a single input cell."""
    made = np.bincount(at.scene.taps["output"])
    return [at.place("output", cell) for cell in np.flatnonzero(made == 1).tolist()]


@question("00 B")
def made_of_a_single_input(d: Draw) -> Ask:
    rows, columns = d.pick((3, 5), (3, 4), (2, 5), (4, 3), (2, 4))
    at = INTERPOLATION.at(input=d.digits(rows, columns), method="bilinear", factor=2)
    last_row, last_column = 2 * rows - 1, 2 * columns - 1
    border = [
        p for p in _block((0, 0), 2 * rows, 2 * columns) if p[0] in (0, last_row) or p[1] in (0, last_column)
    ]
    return Ask(
        at,
        "Bilinear, factor 2. Click every output cell that is made of a single input cell.",
        Cells("output", _of_one_input),
        "Only near the four corners is there no second cell to mix with in either direction."
        " With an even factor no output cell lies on an input cell.",
        [
            Trap(
                [(2 * row, 2 * column) for row, column in _block((0, 0), rows, columns)],
                "You took every second cell for a copy. The centres of the cells count: with an even factor"
                " every inner output cell lies between input cells.",
            ),
            Trap(
                border,
                "On a border there is nothing to mix with across the border, but still along it."
                " Only a corner has neither.",
            ),
        ],
        show=("input", "output"),
    )


@question("00 C")
def where_a_value_is_unchanged(d: Draw) -> Ask:
    rows, columns = d.pick((3, 5), (3, 4), (4, 5), (5, 4))
    inner = d.place(rows - 2, columns - 2, (0, 1))
    row, column = inner[0] + 1, inner[1] + 1
    at = INTERPOLATION.at(input=d.digits(rows, columns), method="bilinear", factor=3)
    corner = (3 * row, 3 * column)

    def unchanged(at: State) -> list[Place]:
        value = at.value("input", (row, column))
        met = at.meets("input", (row, column), "output")
        return [place for place in met if abs(at.value("output", place) - value) < 1e-4]

    d.unless(len(unchanged(at)) > 1)  # by accident: neighbours with the same value
    return Ask(
        at,
        f"Bilinear, factor 3. Where does input[{row}, {column}] appear unchanged, with weight 1?"
        " Click the cell or cells.",
        Cells("output", unchanged),
        f"In the middle of its block, output[{corner[0] + 1}, {corner[1] + 1}]: the only cell whose centre"
        f" lies on the centre of input[{row}, {column}].",
        [
            Trap(
                [corner],
                "That is the corner of the block. The positions are those of centres: the centre of the"
                " middle cell lies on the centre of the input cell.",
            ),
            Trap(
                _block(corner, 3, 3),
                "All nine copy the value only with nearest. Bilinear mixes the outer eight with their"
                " neighbours.",
            ),
        ],
        show=("input", "output"),
        mark={"input": [(row, column)]},
    )


@question("00 D")
def range_beside_an_edge(d: Draw) -> Ask:
    method = d.pick("bicubic", "nearest", "bilinear")
    low, high = d.pick((1, 8), (2, 9), (1, 6), (3, 7))
    rows, columns = d.pick((4, 4), (3, 6))
    edge = np.where(np.arange(columns) < columns // 2, low, high) * np.ones((rows, 1))
    at = INTERPOLATION.at(input=edge, method=method, factor=2)
    values = at.values("output")
    least, most = float(values.min()), float(values.max())
    inside, outside = least > low + 1e-3 or most < high - 1e-3, least < low - 1e-3 or most > high + 1e-3
    exactly, narrower = f"exactly from {low} to {high}", f"narrower than {low} to {high}"
    beyond = f"beyond both {low} and {high}"
    reason = "Negative weights overshoot." if outside else "No weight is negative: nothing overshoots."
    return Ask(
        at,
        f"An edge of {low} and {high}, {method}, factor 2. Which range will the output have?",
        Choice({exactly: not inside and not outside, narrower: inside, beyond: outside}),
        f"From {format_number(round(least, 2))} to {format_number(round(most, 2))}. {reason}",
        [
            Trap(exactly, "Bicubic has negative weights: beside an edge its result goes beyond both values."),
            Trap(narrower, "Away from the edge nothing is mixed: both values remain."),
            Trap(
                beyond,
                f"{method.capitalize()} has no negative weights: no result lies beyond the values that it"
                " mixes.",
            ),
        ],
        show=("input", "output"),
        cover=("output",),
    )


@question("00 E")
def what_was_averaged_away(d: Draw) -> Ask:
    one, other = d.pick((2, 6), (4, 8), (1, 5), (3, 9), (2, 8))
    x = np.array([[one, other], [other, one]])
    turned = x[::-1]
    mean = format_number(x.mean())
    return Ask(
        plain({"x": x, "y": [[x.mean()]]}, y="output"),
        f"Four pixels {one} {other} / {other} {one} were averaged to {mean}. Which method of up-sampling can"
        " bring them back?",
        Choice(
            {
                "bicubic: it looks at most neighbours": False,
                "one that is learned from many images": False,
                "none: other pixels have the same mean": bool(
                    turned.mean() == x.mean() and (turned != x).any()
                ),
            }
        ),
        f"The pixels {other} {one} / {one} {other} have the mean {mean} too. From {mean} alone nobody can"
        " tell which four pixels it came from.",
        [
            Trap(
                "bicubic: it looks at most neighbours",
                "More neighbours do not help: none of them knows which of the four pixels was the dark one.",
            ),
            Trap(
                "one that is learned from many images",
                "It can guess what is likely, which is useful. What was averaged away it cannot know.",
            ),
        ],
    )


@question("00 H")
def one_bilinear_number(d: Draw) -> Ask:
    x = d.digits(2, 3, [[4, 8, 16], [12, 20, 8]]) * d.pick(1, 4)
    row, column = d.pick((1, 1), (2, 2), (1, 3), (2, 4), (1, 2), (2, 1))
    # The nearest input cell, the next one along each axis, and the one across: 9, 3, 3 and 1 sixteenths.
    near = (row // 2, column // 2)
    next_row, next_column = near[0] + (1 if row % 2 else -1), near[1] + (1 if column % 2 else -1)
    a, below = x[near], x[next_row, near[1]]
    beside, across = x[near[0], next_column], x[next_row, next_column]
    return Ask(
        INTERPOLATION.at(input=x, method="bilinear", factor=2),
        f"By hand: bilinear, factor 2. What is output[{row}, {column}]?",
        Numbers("output", [(row, column)]),
        f"(9*{a} + 3*{beside} + 3*{below} + {across}) / 16: along each axis the nearer cell has the weight"
        " 3/4 and the other one 1/4.",
        [
            Trap(
                (a + below + beside + across) / 4,
                "That is the mean of the four. The output cell is nearer to one of them:"
                " 3/4 and 1/4 along each axis.",
            ),
            Trap(
                (a + 3 * below + 3 * beside + 9 * across) / 16,
                "You gave the near cell the small weight: near is 3/4.",
            ),
            Trap(a, "That is the nearest cell alone."),
            Trap(
                (3 * a + below) / 4,
                "You mixed from top to bottom only. From left to right there are 3/4 and 1/4 too.",
            ),
        ],
        show=("input", "output"),
        tries=2,
    )
