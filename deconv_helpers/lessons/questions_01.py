"""Questions of lesson 01: a window slides over the input."""

from __future__ import annotations

import numpy as np

from ..scenes.question import Ask, Cells, Draw, Fields, Numbers, Place, Size, Trap, question
from ..scenes.scene import UNREAD, size
from ..scenes.topic import State
from .convolution import CONVOLUTION
from .plain import plain
from .presets import DIGITS


@question("01 A")
def output_size(d: Draw) -> Ask:
    rows, columns = d.pick((6, 8), (6, 9), (5, 8), (7, 9), (8, 6), (7, 10))
    k, s = d.pick((3, 2), (4, 2), (2, 3), (3, 3), (2, 2))
    at = CONVOLUTION.at(input=d.digits(rows, columns), kernel=d.kernel(k, k), stride=s)
    steps = [(rows - k) / s, (columns - k) / s]
    d.unless(min(steps) < 1)
    down, across = (int(step) + 1 for step in steps)
    return Ask(
        at,
        f"Input {rows}x{columns}, kernel {k}x{k}, stride {s}. How many rows and columns will the output"
        " have?",
        Size("output"),
        f"floor(({rows} - {k})/{s}) + 1 = {down} rows, floor(({columns} - {k})/{s}) + 1 = {across} columns.",
        [
            Trap(
                at.but(stride=1),
                "That is the size with stride 1. With a larger stride the window leaves out places.",
            ),
            Trap((across, down), "Rows and columns are exchanged: rows come first."),
            Trap(
                [int(np.ceil(step)) + 1 for step in steps],
                "You rounded up. A window that sticks out is left out: take the floor.",
            ),
            Trap(
                (down - 1, across - 1),
                "One is missing: the first window stands there before the first step, hence the + 1.",
            ),
        ],
    )


@question("01 B")
def outputs_that_read_an_input(d: Draw) -> Ask:
    rows, columns = d.pick((6, 8), (5, 7), (6, 7), (7, 6))
    k = d.pick(3, 2)
    # Far enough inside for k*k windows, and for an output cell of the same row and column.
    inner = d.place(rows - 2 * k + 2, columns - 2 * k + 2, (0, 1))
    row, column = inner[0] + k - 1, inner[1] + k - 1
    at = CONVOLUTION.at(input=d.digits(rows, columns), kernel=d.kernel(k, k))

    def block(first: Place) -> list[Place]:
        high, wide = rows - k + 1, columns - k + 1
        cells = [(first[0] + i, first[1] + j) for i in range(k) for j in range(k)]
        return [(i, j) for i, j in cells if 0 <= i < high and 0 <= j < wide]

    traps = [
        Trap(
            [(row, column)],
            "An output cell has the row and column in which its window begins. But more than one window"
            " covers this input cell: each of them reads it.",
        ),
        Trap(
            block((row, column)),
            "You went down and right. An output cell has the row and column in which its window begins, so"
            " the windows that read this cell begin above it and to its left.",
        ),
    ]
    if k == 3:
        traps.append(
            Trap(
                block((row - 1, column - 1)),
                "You put the windows around the cell. Without padding an output cell has the row and column"
                " of its window's top left cell.",
            )
        )
    return Ask(
        at,
        f"Kernel {k}x{k}, stride 1. Click every output cell that reads input[{row}, {column}].",
        Cells("output", lambda at: at.meets("input", (row, column), "output")),
        f"{k * k} cells: a cell far enough from the border is read by {k * k} windows, once by each weight,"
        " and a corner by one.",
        traps,
        show=("input", "output"),
        mark={"input": [(row, column)]},
    )


@question("01 C")
def what_a_single_one_shows(d: Draw) -> Ask:
    w = d.kernel(3, 3, np.arange(1, 10).reshape(3, 3))
    line = d.pick(0, 2)  # of the three rows that the 1 makes
    row, column = d.pick((2, 3), (1, 4), (3, 2))
    x = np.zeros((5, 7), dtype=int)
    x[row, column] = 1
    places = [(row - 1 + line, column - 1 + j) for j in range(3)]
    kernel = "the kernel counts from 1 to 9" if d.example else "the kernel is shown"
    first, *others = [f"[{i}, {j}]" for i, j in places]
    return Ask(
        CONVOLUTION.at(input=x, kernel=w, padding=1),
        f"The input is a single 1 at [{row}, {column}], padding 1; {kernel}. What will stand in"
        f" output{first}, {', '.join(others)}?",
        Numbers("output", places),
        f"Row {2 - line} of the kernel, backwards: the later a window begins, the earlier the weight that it"
        " lays on the 1. The whole kernel appears turned by 180 degrees.",
        [
            Trap(
                w[line],
                "That is the kernel as it stands. The first window that meets the 1 meets it with its last"
                " weight.",
            ),
            Trap(w[2 - line], "You turned the kernel upside down only: left and right are exchanged too."),
            Trap(w[line, ::-1], "You exchanged left and right only: up and down are exchanged too."),
            Trap(w[:, line], "That is the kernel transposed. A turn by 180 degrees is no transpose."),
            Trap((0, 0, 0), "Nine windows see the 1, one for each weight."),
        ],
    )


@question("01 D")
def a_kernel_with_gaps(d: Draw) -> Ask:
    rows, columns, k, dilation = d.pick(
        (4, 7, 3, 2), (3, 6, 2, 3), (5, 8, 3, 2), (4, 9, 3, 3), (6, 9, 3, 3), (7, 9, 3, 3)
    )
    at = CONVOLUTION.at(input=d.digits(rows, columns), kernel=d.kernel(k, k), dilation=dilation)
    reach = dilation * (k - 1) + 1
    why = f"The kernel reaches over {dilation}*({k} - 1) + 1 = {reach} cells"
    fits = rows >= reach
    high, wide = rows - reach + 1, columns - reach + 1
    result = f": {rows} - {reach} + 1 = {high} rows, {columns} - {reach} + 1 = {wide} columns."
    return Ask(
        at,
        f"Input {rows}x{columns}, kernel {k}x{k}, dilation {dilation}, no padding. Which size has the"
        " output?",
        Size("output"),
        why + (result if fits else f", and the input has only {rows} rows."),
        [
            Trap(at.but(dilation=1), "You left the dilation out: the weights lie further apart."),
            Trap(None, "The kernel fits: it reaches over fewer cells than you took it to.")
            if fits
            else Trap((1, wide), "One axis does not fit, so there is no place at all for the window."),
        ],
    )


@question("01 E")
def inputs_that_no_window_reads(d: Draw) -> Ask:
    rows, columns = d.pick((6, 8), (6, 9), (5, 8), (8, 6), (7, 9))
    k, s = d.pick((3, 2), (2, 3), (3, 3), (2, 2))
    at = CONVOLUTION.at(input=d.digits(rows, columns), kernel=d.kernel(k, k), stride=s)
    left = (rows - k) % s
    d.unless(not left or not (columns - k) % s)
    every = [(i, j) for i in range(rows) for j in range(columns)]

    def unread(at: State) -> list[Place]:
        marks = at.scene["input"].marks
        return (
            [] if marks is None else [at.place("input", c) for c in np.flatnonzero(marks == UNREAD).tolist()]
        )

    count = len(unread(at))
    return Ask(
        at,
        f"Input {rows}x{columns}, kernel {k}x{k}, stride {s}. Click every input cell that no window reads,"
        " or press None.",
        Cells("input", unread),
        f"{count} cells: what is left over at the far ends, where the floor drops a step.",
        [
            Trap(
                [(i, j) for i, j in every if i % s or j % s],
                "Stride leaves out places of the window, not cells: a window also reads the cells between.",
            ),
            Trap([(i, j) for i, j in every if i >= rows - left], "The columns have an end too."),
            Trap([], "The next step would stick out at the end, so what lies there is never read."),
        ],
        show=("input", "kernel"),
    )


@question("01 F")
def weights_of_several_channels(d: Draw) -> Ask:
    channels, outputs, k = d.pick((3, 8, 3), (4, 10, 2), (2, 6, 3), (3, 5, 2), (4, 6, 3))
    one = k * k
    return Ask(
        plain({"kernel": np.arange(1, one + 1).reshape(k, k)}),
        f"{channels} channels in, {outputs} channels out, kernel {k}x{k}. How many weights does the"
        " convolution have?",
        Fields({"weights": outputs * channels * one}),
        f"{outputs}*{channels} kernels of {k}*{k} weights: one kernel for every pair of an output channel"
        " and an input channel.",
        [
            Trap(
                outputs * one,
                "You gave each output channel one kernel. It has one for each input channel, and their"
                " results are added up.",
            ),
            Trap(channels * one, "Those are the kernels of one output channel."),
            Trap(
                (channels + outputs) * one, "Channels in and out multiply: each pair has a kernel of its own."
            ),
            Trap(one, "That is one kernel."),
        ],
    )


@question("01 H")
def one_number_with_dilation(d: Draw) -> Ask:
    x = d.digits(4, 5, DIGITS[:4, :5])
    w = d.kernel(2, 2, [[1, 2], [3, 5]])
    row, column = d.place(2, 3, (1, 1))
    at = CONVOLUTION.at(input=x, kernel=w, dilation=2)
    met = x[row::2, column::2][:2, :2]
    products = " + ".join(f"{a}*{b}" for a, b in zip(met.ravel(), w.ravel(), strict=True))
    return Ask(
        at,
        f"By hand: kernel {size(w.shape)}, dilation 2, stride 1, no padding. What is output[{row},"
        f" {column}]?",
        Numbers("output", [(row, column)]),
        f"Four products, two rows and two columns apart: {products} = {int((met * w).sum())}.",
        [
            Trap(
                at.but(dilation=1),
                "You took neighbours. With dilation 2 the weights meet cells that lie two apart.",
            ),
            Trap(at.but(kernel=w[::-1, ::-1]), "You turned the kernel. It slides as it is."),
            Trap(at.but(kernel=w.T), "Rows and columns of the kernel are exchanged."),
            Trap(x[row, column], "That is the input at the same place."),
        ],
        tries=2,
    )
