"""Questions of lesson 03: stamps, and the transpose of the matrix."""

from __future__ import annotations

import numpy as np

from ..operators.convolution import conv2d, conv_matrix, conv_transpose2d
from ..scenes.question import Ask, Cells, Choice, Draw, Numbers, Size, Trap, question
from ..scenes.scene import format_number
from .matrix import MATRIX
from .presets import INPUT_A, KERNEL_A
from .transposed import TRANSPOSED

PICTURE = ("input", "kernel", "output")
"""The panels of the stamps, without C.T."""


@question("03 A")
def stamps_that_reach_an_output(d: Draw) -> Ask:
    k = d.pick(2, 3)
    row, column = d.pick((1, 1), (1, 2), (2, 2), (2, 1))
    at = TRANSPOSED.at(input=d.digits(3, 4), kernel=d.kernel(k, k))
    reach = f"{k - 1} row{'s' if k > 2 else ''} above and {k - 1} column{'s' if k > 2 else ''} to the left"
    count = len(at.meets("output", (row, column), "input"))
    return Ask(
        at,
        f"Kernel {k}x{k}, stride 1. Click every input cell whose stamp reaches output[{row}, {column}].",
        Cells("input", lambda at: at.meets("output", (row, column), "input")),
        f"{count} stamps: those that begin at most {reach}.",
        [
            Trap(
                [(row, column)],
                "The cell at the same place is one of them. Stamps of cells above it and to its left reach"
                " here too.",
            ),
            Trap(
                [(i, j) for i in range(row, min(row + k, 3)) for j in range(column, min(column + k, 4))],
                "You read forward, as a convolution does. Here stamps spread down and to the right, so"
                " those that arrive come from above and from the left.",
            ),
        ],
        show=PICTURE,
        mark={"output": [(row, column)]},
    )


@question("03 B")
def back_through_the_transpose(d: Draw) -> Ask:
    single = not d.pick(True, False)
    rows, columns = d.pick((4, 4), (4, 5), (3, 5))
    x = d.digits(rows, columns, INPUT_A)
    w = d.kernel(3, 3, KERNEL_A)
    if single:
        w = np.zeros((3, 3), dtype=int)
        w[1, 1] = 1
    back = conv_transpose2d(conv2d(x, w, padding=1), w, padding=1)
    again = np.array_equal(back, x)
    invertible = np.linalg.matrix_rank(conv_matrix(w, x.shape, padding=1)) == x.size
    inner = np.zeros_like(x)
    inner[1:-1, 1:-1] = x[1:-1, 1:-1]
    undone, mixed, bordered = (
        "x: C.T undoes C",
        "as large as x, with other numbers in it",
        "x with a border of zeros",
    )
    begins = [", ".join(format_number(float(v)) for v in one.ravel()[:2]) for one in (back, x)]
    kernel = "a single 1 in its middle" if single else "nine weights"
    return Ask(
        MATRIX.at(input=x, kernel=w, padding=1),
        f"y = C x with a kernel of {kernel}, padding 1. What is C.T y?",
        Choice(
            {
                undone: again,
                mixed: not again and not np.array_equal(back, inner),
                bordered: not again and np.array_equal(back, inner),
            }
        ),
        "C is the identity here, and so is C.T: nothing was mixed, so nothing has to be undone."
        if single
        else f"It begins {begins[0]}; x begins {begins[1]}. C is square and"
        f" {'has an' if invertible else 'here has no'} inverse, but its transpose is not one.",
        [
            Trap(
                undone,
                "C.T writes where C has read. That is not undoing: its numbers are sums of sums.",
            ),
            Trap(
                mixed,
                "A kernel with a single 1 mixes nothing. In its middle the 1 leaves every value where it"
                " is, and so does C.T.",
            ),
            Trap(
                bordered,
                "Zeros would be left where values are dropped. With padding 1 nothing is dropped here.",
            ),
        ],
        show=("input", "kernel"),
    )


@question("03 C")
def stamp_of_a_single_one(d: Draw) -> Ask:
    stride = d.pick(2, 1, 3)
    line = d.pick(0, 2, 1)
    w = d.kernel(3, 3, np.arange(1, 10).reshape(3, 3))
    row, column = d.place(3, 4, (1, 2))
    x = np.zeros((3, 4), dtype=int)
    x[row, column] = 1
    places = [(stride * row + line, stride * column + j) for j in range(3)]
    first, *others = [str(list(place)) for place in places]
    return Ask(
        TRANSPOSED.at(input=x, kernel=w, stride=stride),
        f"The input is a single 1 at [{row}, {column}], stride {stride}. What will stand in output{first},"
        f" {', '.join(others)}?",
        Numbers("output", places),
        f"Row {line} of the kernel as it stands: a stamp of 1 is the kernel.",
        [
            Trap(
                w[::-1, ::-1][line],
                "That is the kernel turned, as a convolution shows a single 1. A stamp is the kernel as it"
                " stands.",
            ),
            Trap(w[:, line], "The matrix is transposed, not the kernel."),
            Trap((0, 0, 0), "The 1 stamps the whole kernel, not a single cell."),
        ],
        show=PICTURE,
    )


@question("03 D")
def where_two_stamps_meet(d: Draw) -> Ask:
    x = d.kernel(1, 3, [[3, 2, 5]])
    w = d.kernel(1, 3, [[1, 4, 2]])
    second = d.pick(1, 2)
    earlier, later = int(x[0, second - 1]), int(x[0, second])
    first, middle, last = w[0].tolist()
    true = earlier * last + later * first
    return Ask(
        TRANSPOSED.at(input=x, kernel=w, stride=2),
        f"Stamps of {' '.join(map(str, x[0]))} with the kernel {first} {middle} {last}, stride 2. What"
        f" stands in output[0, {2 * second}], where two stamps meet?",
        Numbers("output", [(0, 2 * second)]),
        f"{earlier}*{last} + {later}*{first} = {true}: stamps add up.",
        [
            Trap(later * first, "The later stamp does not replace the earlier one: they add up."),
            Trap(earlier * last, "Two stamps reach this cell. That is the earlier one alone."),
            Trap(true / 2, "They are added, not averaged."),
            Trap(
                earlier * first + later * last,
                "You turned the kernel: the earlier stamp ends here, with its last weight.",
            ),
        ],
        show=PICTURE,
    )


@question("03 E")
def size_of_the_transpose(d: Draw) -> Ask:
    rows, columns, k = d.pick((2, 3, 3), (2, 4, 2), (3, 2, 3), (3, 4, 2), (2, 4, 3), (2, 3, 2))
    high, wide = rows + k - 1, columns + k - 1
    return Ask(
        TRANSPOSED.at(input=d.digits(rows, columns), kernel=d.kernel(k, k)),
        f"A {rows}x{columns} input stamps a {k}x{k} kernel, stride 1. Which size has C.T?",
        Size("C.T"),
        f"{high}*{wide} = {high * wide} rows, one for each cell that it makes; {rows}*{columns} ="
        f" {rows * columns} columns, one for each cell that it is given.",
        [
            Trap(
                (rows * columns, high * wide),
                "That is C. Its transpose takes the small side to the large one.",
            ),
            Trap((k, k), "It is not the kernel that is transposed: it is the matrix."),
            Trap(
                (high * wide, k * k),
                f"Each column holds {k * k} weights, but there is a column for each of the {rows * columns}"
                " inputs.",
            ),
            Trap((high, wide), "That is the output as a picture. C.T makes it as one column."),
        ],
        show=("input", "kernel"),
    )


@question("03 H")
def four_stamps(d: Draw) -> Ask:
    x = d.digits(2, 2, [[2, 3], [5, 4]])
    w = d.kernel(3, 3, [[1, 4, 2], [3, 6, 5], [7, 9, 8]])
    row, column = d.pick((1, 1), (1, 2), (2, 1), (2, 2))
    at = TRANSPOSED.at(input=x, kernel=w)
    cells = list(np.ndindex(2, 2))
    products = " + ".join(f"{x[i, j]}*{w[row - i, column - j]}" for i, j in cells)
    true = int(sum(x[i, j] * w[row - i, column - j] for i, j in cells))
    forward = int(sum(x[i, j] * w[row - 1 + i, column - 1 + j] for i, j in cells))
    return Ask(
        at,
        f"By hand: four stamps, stride 1. What is output[{row}, {column}]?",
        Numbers("output", [(row, column)]),
        f"{products} = {true}.",
        [
            Trap(at.but(kernel=w[::-1, ::-1]), "You turned the kernel: a stamp is the kernel as it stands."),
            Trap(at.but(kernel=w.T), "You transposed the kernel. C is transposed, not the kernel."),
            Trap(x[1, 1] * w[row - 1, column - 1], "That is the last stamp alone. Stamps add up."),
            Trap(
                forward,
                "You laid the input over the kernel, as a convolution does. The first input stamps its"
                " later weights here.",
            ),
        ],
        show=PICTURE,
        tries=2,
    )
