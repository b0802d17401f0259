"""Questions of lesson 04: which size a transposed convolution makes, and how channels go through it."""

from __future__ import annotations

import numpy as np

from ..operators.geometry import Geometry
from ..scenes.question import Ask, Cells, Choice, Draw, Fields, Numbers, Size, Trap, question
from ..scenes.topic import State
from .plain import plain
from .sizes import ONE_AXIS
from .transposed import SIZES

PICTURE = ("input", "kernel", "output")


def one_axis(at: State, row: int = 0) -> State:
    """What the explorer of one axis shows of a state: the columns, of one row of the input and the kernel."""
    x, w = at.arrays["input"], at.arrays["kernel"]
    return ONE_AXIS.at(**at.settings, input=x[row : row + 1], kernel=w[:1])


@question("04 A")
def size_with_stride(d: Draw) -> Ask:
    rows, columns = d.pick((3, 4), (3, 5), (2, 4), (4, 3), (2, 5))
    k, s = d.pick((3, 2), (2, 3), (4, 2), (4, 3), (5, 2))
    at = SIZES.at(input=d.digits(rows, columns), kernel=d.kernel(k, k), stride=s)
    high, wide = (rows - 1) * s + k, (columns - 1) * s + k
    traps = [
        Trap(
            (rows * s, columns * s),
            'Size times stride is what Keras "same" gives. Here the first stamp ends after k cells, and each'
            " further one begins s later.",
        ),
        Trap(at.but(stride=1), "That is the size with stride 1. The stamps now begin further apart."),
        Trap(
            (rows * k, columns * k),
            "You laid the stamps side by side: that is so only where the stride equals the kernel size.",
        ),
        Trap((wide, high), "Rows and columns are exchanged."),
    ]
    if min(rows, columns) >= k:
        traps.append(
            Trap(
                ((rows - k) // s + 1, (columns - k) // s + 1),
                "That is the convolution. Here the output grows.",
            )
        )
    return Ask(
        at,
        f"Transposed: input {rows}x{columns}, kernel {k}x{k}, stride {s}. Which size has the output?",
        Size("output"),
        f"({rows} - 1)*{s} + {k} = {high} rows, ({columns} - 1)*{s} + {k} = {wide} columns.",
        traps,
        show=("input", "kernel"),
        play=one_axis(at),
    )


@question("04 B")
def size_with_padding(d: Draw) -> Ask:
    rows, columns = d.pick((3, 4), (3, 5), (2, 4), (4, 3), (2, 5))
    k, s, p = d.pick((3, 2, 1), (4, 2, 1), (5, 2, 2), (4, 3, 1), (5, 3, 2))
    at = SIZES.at(input=d.digits(rows, columns), kernel=d.kernel(k, k), stride=s, padding=p)
    uncropped = [(n - 1) * s + k for n in (rows, columns)]
    high, wide = (n - 2 * p for n in uncropped)
    return Ask(
        at,
        f"Transposed: input {rows}x{columns}, kernel {k}x{k}, stride {s}, padding {p}. Which size has the"
        " output?",
        Size("output"),
        f"({rows} - 1)*{s} + {k} - 2*{p} = {high} rows, and {wide} columns.",
        [
            Trap(
                [n + 2 * p for n in uncropped],
                "Padding is named after the convolution, where it adds. Backwards it crops, on both sides.",
            ),
            Trap([n - p for n in uncropped], "Padding crops on both sides: take it off twice."),
            Trap(at.but(padding=0), "You left the padding out."),
        ],
        show=("input", "kernel"),
        play=one_axis(at),
    )


@question("04 C")
def what_output_padding_shows(d: Draw) -> Ask:
    p = d.pick(0, 1)
    rows, columns = d.pick((2, 2), (2, 3), (3, 2))
    at = SIZES.at(input=d.digits(rows, columns), kernel=d.kernel(3, 3), stride=2, padding=p, output_padding=1)
    values = at.values("output")
    canvas = at.but(padding=0, output_padding=0).values("output")
    last = values[-1]
    empty = not last.any()
    zeros, stamped, copied = (
        "zeros: no stamp reaches it",
        "the last row of the lower stamps",
        "a copy of the row above it",
    )
    return Ask(
        at,
        f"Kernel 3x3, stride 2, padding {p}, output padding 1. What stands in the last row of the output?",
        Choice(
            {
                zeros: empty,
                stamped: not empty and np.array_equal(last, canvas[-1, p : p + len(last)]),
                copied: np.array_equal(last, values[-2]),
            }
        ),
        "Output padding moves the far cut by one. There was nothing cropped, so a row of zeros is added."
        if empty
        else "Output padding moves the far cut by one. A row had been cropped there, and now it is kept.",
        [
            Trap(
                zeros,
                "With padding 1 a row was cropped there. Output padding keeps it, with all that the stamps"
                " left in it.",
            ),
            Trap(
                stamped,
                "Without padding nothing was cropped there: beyond the last stamp there is nothing to show.",
            ),
            Trap(
                copied,
                "Nothing is repeated: output padding only moves the line where the canvas is cut.",
            ),
        ],
        show=PICTURE,
        cover=("output",),
        play=one_axis(at),
    )


@question("04 D")
def stamp_with_gaps(d: Draw) -> Ask:
    stride, dilation = d.pick((1, 2), (2, 3), (1, 3), (2, 2))
    row, column = d.pick((1, 1), (0, 1), (1, 2))
    at = SIZES.at(input=d.digits(2, 3), kernel=d.kernel(2, 2), stride=stride, dilation=dilation)
    corner = (stride * row, stride * column)
    between = range(dilation + 1)
    return Ask(
        at,
        f"Kernel 2x2, stride {stride}, dilation {dilation}. Click the output cells that the stamp of"
        f" input[{row}, {column}] changes.",
        Cells("output", lambda at: at.meets("input", (row, column), "output")),
        f"Four cells, {dilation} apart, from output{list(corner)} on. What lies between is left as it is.",
        [
            Trap(
                at.but(dilation=1), "That is the stamp without dilation. Its weights now lie further apart."
            ),
            Trap(
                [(corner[0] + i, corner[1] + j) for i in between for j in between],
                "The gaps of a dilated stamp are not filled: it still has four weights.",
            ),
            Trap([corner], "That is its corner alone."),
        ],
        show=PICTURE,
        mark={"input": [(row, column)]},
        play=one_axis(at, row),
    )


@question("04 E")
def sizes_that_shrink_alike(d: Draw) -> Ask:
    k, s, p, n = d.pick((3, 2, 1, 3), (3, 2, 0, 4), (4, 2, 1, 3), (3, 3, 1, 3), (5, 3, 2, 4), (4, 3, 0, 3))
    sizes = list(Geometry(k, stride=s, padding=p).input_sizes(n))
    least, most = sizes[0], sizes[-1]
    traps = [
        Trap((least, least), f"The floor drops up to {s - 1} row{'s' if s > 2 else ''}: {s} sizes give {n}."),
        Trap((least, most + 1), "One too many: that size gives one row more."),
        Trap((n * s, n * s + s - 1), "Size times stride leaves out kernel and padding."),
    ]
    if p:
        traps.append(Trap((least + 2 * p, most + 2 * p), "You counted the frame as input."))
    return Ask(
        plain({"output": np.arange(1, n + 1)[:, None]}),
        f"A convolution with kernel {k}, stride {s}, padding {p} gave {n} rows. How many rows can its input"
        " have had: at least, at most?",
        Fields({"at least": least, "at most": most}),
        f"{', '.join(map(str, sizes))}: {s} sizes shrink to {n}, because the floor drops up to {s - 1}.",
        traps,
        play=ONE_AXIS.at(
            input=np.arange(1, n + 1)[None], kernel=np.arange(1, k + 1)[None], stride=s, padding=p
        ),
    )


@question("04 F")
def channels_backwards(d: Draw) -> Ask:
    outputs, inputs = d.pick((4, 2), (6, 4), (3, 5), (8, 3), (2, 6))
    return Ask(
        plain({"w00": np.arange(1, 10).reshape(3, 3)}, w00="kernel"),
        f"The array of a convolution has shape ({outputs}, {inputs}, 3, 3). Used backwards, how many"
        " channels does it take, how many does it give?",
        Fields({"takes": outputs, "gives": inputs}),
        f"It takes {outputs} and gives {inputs}: the same array, read from the other side. PyTorch calls the"
        ' first axis of ConvTranspose2d "in" for this reason.',
        [
            Trap((inputs, outputs), "That is the convolution. Backwards its outputs go in."),
            Trap(
                (outputs, outputs),
                "Channels change too: each of those that go in stamps onto each that comes out.",
            ),
            Trap((inputs, inputs), f"It must take what the convolution gave: {outputs} channels."),
        ],
    )


@question("04 H")
def two_channels_by_hand(d: Draw) -> Ask:
    x = [d.kernel(1, 2, first) for first in ([[1, 2]], [[3, 5]])]
    # w[a][b] stamps channel a of the input onto channel b of the output.
    w = [
        [d.kernel(1, 2, [[2, 7]]), d.kernel(1, 2, [[3, 1]])],
        [d.kernel(1, 2, [[7, 4]]), d.kernel(1, 2, [[6, 8]])],
    ]

    def stamped(a: int, b: int) -> int:
        """What channel a stamps onto cell 1 of channel b: the end of one stamp, the beginning of the next."""
        return int(x[a][0, 0] * w[a][b][0, 1] + x[a][0, 1] * w[a][b][0, 0])

    y = [np.zeros((1, 3)), np.zeros((1, 3))]
    for a, b, i, j in np.ndindex(2, 2, 2, 2):
        y[b][0, i + j] += x[a][0, i] * w[a][b][0, j]
    first, second = stamped(0, 0), stamped(1, 0)
    forward = int(sum((x[a] * w[a][0]).sum() for a in range(2)))
    at = plain(
        {"in0": x[0], "w00": w[0][0], "w01": w[0][1]},
        {"in1": x[1], "w10": w[1][0], "w11": w[1][1]},
        {"out0": y[0], "out1": y[1]},
        **dict.fromkeys(("w00", "w01", "w10", "w11"), "kernel"),
        **dict.fromkeys(("out0", "out1"), "output"),
    )
    return Ask(
        at,
        "By hand: a transposed convolution, two channels in and out, kernels 1x2, stride 1. wAB goes from inA"
        " to outB. What is out0[0, 1]?",
        Numbers("out0", [(0, 1)]),
        f"Channel 0 brings {first}, channel 1 brings {second}: together {first + second}.",
        [
            Trap(first, "Channel 1 stamps onto this output too."),
            Trap(second, "Channel 0 stamps onto this output too."),
            Trap(
                first + int(x[1][0, 0] * w[0][1][0, 1] + x[1][0, 1] * w[0][1][0, 0]),
                "You took the two kernels of one input channel. An output takes one kernel from each input"
                " channel.",
            ),
            Trap(
                forward, "That is the convolution: here the last weight of a stamp meets the earlier input."
            ),
        ],
        show=("in0", "in1", "w00", "w01", "w10", "w11", "out0"),
        tries=2,
    )
