"""Questions of lesson 02: the convolution as a matrix."""

from __future__ import annotations

import numpy as np

from ..scenes.question import Ask, Cells, Choice, Draw, Fields, Numbers, Size, Trap, question
from .matrix import MATRIX


@question("02 A")
def a_row_of_the_matrix(d: Draw) -> Ask:
    columns = d.pick(4, 5)
    wide = columns - 1
    row, column = d.place(2, wide, (1, 0))
    number = row * wide + column
    first = row * columns + column
    d.unless(first == 0)
    cells = [first, first + 1, first + columns, first + columns + 1]
    by_columns = column * 2 + row
    traps = [
        Trap(
            [(number, first + i) for i in range(4)],
            f"You put four in a row. The second line of the window lies one row of the image, {columns}"
            " columns, further.",
        ),
        Trap(
            [(number, cell - first) for cell in cells],
            "The row is right, but these are the columns of the first window: the window of this output"
            " begins further on.",
        ),
        Trap(
            [(cell, number) for cell in cells if cell < 2 * wide],
            "Rows and columns of C are exchanged: a row belongs to an output cell.",
        ),
    ]
    if by_columns != number:
        traps.append(
            Trap(
                [(by_columns, cell) for cell in cells],
                "You counted the outputs column by column. The output is flattened row by row.",
            )
        )
    return Ask(
        MATRIX.at(input=d.digits(3, columns), kernel=d.kernel(2, 2)),
        f"Input 3x{columns}, kernel 2x2. In C, click the cells that hold the weights of output[{row},"
        f" {column}].",
        Cells("C", lambda at: at.meets("output", (row, column), "C")),
        f"Row {row}*{wide} + {column} = {number}, columns {', '.join(map(str, cells))}: two rows of the"
        " image, two cells in each.",
        traps,
        show=("input", "kernel", "output", "C"),
        mark={"output": [(row, column)]},
    )


@question("02 B")
def weights_in_a_column(d: Draw) -> Ask:
    rows, columns, k = d.pick((4, 4, 3), (4, 5, 2), (4, 5, 3), (5, 4, 3), (3, 5, 2))
    corner = d.pick((0, 0), (rows - 1, columns - 1), (0, columns - 1), (rows - 1, 0))
    inner = d.pick((1, 1), (1, 2), (1, columns - 2))
    at = MATRIX.at(input=d.digits(rows, columns), kernel=d.kernel(k, k))
    counts = [len(at.meets("input", place, "C")) for place in (corner, inner)]
    one, other = f"input{list(corner)}", f"input{list(inner)}"
    return Ask(
        at,
        f"Input {rows}x{columns}, kernel {k}x{k}, stride 1. How many weights stand in the column of C that"
        f" belongs to {one}, and in that of {other}?",
        Fields({one: counts[0], other: counts[1]}),
        "A column counts the windows that read the cell: a corner is read once, inner cells more often.",
        [
            Trap(
                (k * k, k * k),
                f"{k * k} weights stand in each row. A column has as many as there are windows that read its"
                " input cell.",
            ),
            Trap(counts[::-1], "It is the other way round: a corner is read by fewest windows."),
            Trap((1, 1), "An inner cell lies under several windows."),
        ],
        show=("input", "C"),
        cover=("C",),
        mark={"input": [corner, inner]},
    )


@question("02 C")
def size_of_the_matrix(d: Draw) -> Ask:
    rows, columns, k, s = d.pick((6, 8, 3, 2), (5, 8, 3, 3), (5, 7, 2, 2), (4, 6, 3, 2), (4, 7, 3, 3))
    at = MATRIX.at(input=d.digits(rows, columns), kernel=d.kernel(k, k), stride=s)
    high, wide = (rows - k) // s + 1, (columns - k) // s + 1
    read = ((high - 1) * s + k) * ((wide - 1) * s + k)
    traps = [
        Trap(
            (rows * columns, high * wide),
            "Rows and columns are exchanged: C has a row for each output, a column for each input.",
        ),
        Trap(at.but(stride=1), "That is the size with stride 1. Stride leaves out rows of C."),
        Trap((high * wide, k * k), f"A row holds {k}*{k} weights, but it is as long as the input."),
    ]
    if read < rows * columns:
        traps.append(
            Trap((high * wide, read), "Inputs that no window reads keep their column of C: it is empty.")
        )
    return Ask(
        at,
        f"Input {rows}x{columns}, kernel {k}x{k}, stride {s}. Which size has C?",
        Size("C"),
        f"{high}*{wide} = {high * wide} rows, one for each output; {rows}*{columns} = {rows * columns}"
        " columns, one for each input, read or not.",
        traps,
        show=("input", "kernel"),
    )


@question("02 D")
def weights_on_the_frame(d: Draw) -> Ask:
    columns = d.pick(4, 5)
    row, column = d.pick((0, 0), (2, 0), (0, columns - 1), (2, columns - 1))
    number = row * columns + column
    at = MATRIX.at(input=d.digits(3, columns), kernel=d.kernel(3, 3), padding=1)
    beside = column - 2 if column else 0  # three columns of the image that end at the cell, or begin at it
    held = at.meets("output", (row, column), "C")
    return Ask(
        at,
        f"Input 3x{columns}, kernel 3x3, padding 1. In C, click the weights in the row of output[{row},"
        f" {column}].",
        Cells("C", lambda at: at.meets("output", (row, column), "C")),
        "4 weights. The other 5 fall on the frame, and the frame is not part of the input: it has no column.",
        [
            Trap(
                [(number, i * columns + beside + j) for i in range(3) for j in range(3)],
                "You placed all nine weights. Five of them lie on the frame, which has no columns.",
            ),
            Trap([(j, i) for i, j in held], "Rows and columns of C are exchanged."),
        ],
        show=("input", "kernel", "output", "C"),
        mark={"output": [(row, column)]},
    )


@question("02 E")
def matrix_of_a_single_one(d: Draw) -> Ask:
    row, column = d.pick((1, 1), (2, 1), (1, 0), (0, 1), (1, 2))
    w = np.zeros((3, 3), dtype=int)
    w[row, column] = 1
    rows, columns = d.pick((3, 4), (3, 5), (4, 3))
    at = MATRIX.at(input=d.digits(rows, columns), kernel=w, padding=1)
    C = at.values("C")
    identity = np.array_equal(C, np.eye(len(C)))
    same, shifted = (
        "the identity: every output is the input at its place",
        "ones beside the diagonal: the image is shifted",
    )
    alone = "one 1, and 0 everywhere else"
    return Ask(
        at,
        f"The kernel is a single 1 at [{row}, {column}], padding 1. What are the numbers of C?",
        Choice({same: identity, shifted: not identity and C.sum() > 1, alone: C.sum() == 1}),
        "Each row of C has the 1 in the column of the input cell that its window lays under the 1."
        + (
            " Here that is the cell at its own place: the diagonal."
            if identity
            else " Here that is a neighbour of the cell at its own place."
        ),
        [
            Trap(
                same,
                "The 1 is not in the middle of the kernel: each window takes a neighbour of the cell at its"
                " own place.",
            ),
            Trap(
                shifted,
                "The 1 is in the middle of the kernel: each window takes the cell at its own place.",
            ),
            Trap(
                alone,
                "The kernel has one 1, but every window uses it once: each row of C has a 1 of its own.",
            ),
        ],
        show=("input", "kernel", "C"),
        cover=("C",),
    )


@question("02 F")
def different_weights(d: Draw) -> Ask:
    rows, columns, k = d.pick((5, 7, 3), (4, 6, 2), (4, 6, 3), (3, 6, 2), (5, 6, 3))
    at = MATRIX.at(input=d.digits(rows, columns), kernel=d.kernel(k, k))
    high, wide = at.size("C") or (0, 0)
    different = len(set(at.scene.taps["kernel"].tolist()))
    return Ask(
        at,
        f"C of a {rows}x{columns} input and a {k}x{k} kernel is {high}x{wide}. How many different weights"
        " stand in it?",
        Fields({"weights": different}),
        f"The {different} weights of the kernel return in every row. A network learns and stores them alone.",
        [
            Trap(
                high * k * k,
                f"That is how often a weight stands in C. It is the same {k * k} weights again and again.",
            ),
            Trap(high * wide, "That is the number of entries. Most of them are structural zeros."),
            Trap(
                high, f"That is one for each output. Each row holds {k * k} weights, and all rows share them."
            ),
        ],
        show=("input", "kernel"),
    )


@question("02 H")
def a_row_by_hand(d: Draw) -> Ask:
    w = d.kernel(1, 2, [[2, 5]])
    row = d.pick(2, 3)
    # Two windows in each row of the image: output[1, 0] begins at input[1, 0], which is column 3.
    first = 3 + row - 2
    a, b = w[0].tolist()

    def line(at: int, *weights: int) -> list[int]:
        return [0] * at + list(weights) + [0] * (6 - at - len(weights))

    return Ask(
        MATRIX.at(input=d.digits(2, 3), kernel=w),
        f"By hand: input 2x3, kernel 1x2 with the weights {a} and {b}. C is 4x6. Type its row {row}, six"
        " numbers.",
        Numbers("C", [(row, column) for column in range(6)]),
        f"Row {row} is output[1, {row - 2}]: its window begins at input[1, {row - 2}], which is column"
        f" {first}.",
        [
            Trap(
                line(row, a, b),
                "You went on by one cell for each row. At the end of a row of the image the window jumps to"
                " the next one: no window lies across the edge.",
            ),
            Trap(line(first, b, a), "The weights are in the wrong order: the kernel is not turned."),
        ],
        tries=2,
    )
