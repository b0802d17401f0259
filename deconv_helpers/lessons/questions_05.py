"""Questions of lesson 05: zero insertion."""

from __future__ import annotations

import numpy as np

from ..operators.geometry import Geometry
from ..scenes.question import Ask, Cells, Choice, Draw, Fields, Numbers, Place, Size, Trap, question
from ..scenes.topic import State
from .presets import KERNEL_A
from .zero_insertion import ZERO_INSERTION

PICTURE = ("input", "kernel", "inserted", "output")


@question("05 A")
def weights_that_meet_an_input(d: Draw) -> Ask:
    row, column = d.pick((1, 1), (0, 0), (0, 1), (1, 0), (1, 2), (2, 1))
    at = ZERO_INSERTION.at(input=d.digits(2, 2), kernel=d.kernel(3, 3), stride=2, padding=1)

    def met(place: Place) -> list[Place]:
        return sorted(at.meets("output", place, "kernel"))

    true = met((row, column))
    groups = {tuple(met((i, j))) for i in range(2) for j in range(2)} - {tuple(true)}
    count = "1 weight of 9" if len(true) == 1 else f"{len(true)} weights of 9"
    return Ask(
        at,
        "Stride 2, padding 1. Click the weights of the kernel that meet an input, not a zero, in"
        f" output[{row}, {column}].",
        Cells("kernel", lambda at: at.meets("output", (row, column), "kernel")),
        f"{count}. With stride 2 an output cell meets every other weight, in each direction.",
        [
            Trap(
                list(np.ndindex(3, 3)),
                "All nine lie over the zero-inserted input, but most of them lie over zeros.",
            ),
            *(
                Trap(
                    list(group),
                    "Those are the weights of a neighbouring output cell: with stride 2 four groups take"
                    " turns.",
                )
                for group in sorted(groups)
            ),
        ],
        show=PICTURE,
        mark={"output": [(row, column)]},
    )


@question("05 B")
def size_with_zeros_and_frame(d: Draw) -> Ask:
    rows, columns = d.pick((2, 4), (3, 4), (2, 3), (3, 2))
    k, s, p, dilation = d.pick(
        (2, 2, 1, 2), (2, 2, 0, 1), (3, 3, 1, 1), (3, 2, 0, 1), (3, 2, 1, 1), (4, 2, 1, 1)
    )
    at = ZERO_INSERTION.at(
        input=d.digits(rows, columns), kernel=d.kernel(k, k), stride=s, padding=p, dilation=dilation
    )
    frame = dilation * (k - 1) - p
    spread = [(n - 1) * s + 1 for n in (rows, columns)]
    high, wide = (n + 2 * frame for n in spread)
    traps = [
        Trap(
            [n + (n - 1) * s + 2 * frame for n in (rows, columns)],
            f"Between two inputs stands s - 1 = 1 zero, not {s}."
            if s == 2
            else f"Between two inputs stand s - 1 = {s - 1} zeros, not {s}.",
        ),
        Trap(
            [n * s + 2 * frame for n in (rows, columns)],
            "Zeros go between inputs only, none after the last one.",
        ),
        Trap(
            spread,
            "The dilation counts: without it the frame would be 0 wide."
            if k - 1 == p
            else "The frame is missing.",
        ),
    ]
    if p:
        traps.append(Trap(at.but(padding=0), "The padding makes the frame narrower: take it off."))
    return Ask(
        at,
        f"Input {rows}x{columns}, kernel {k}x{k}, stride {s}, padding {p}, dilation {dilation}. How large is"
        " the zero-inserted input with its frame?",
        Size("inserted", frame=True),
        f"{rows} inputs with {s - 1} zero{'s' if s > 2 else ''} between two of them and {frame} on each side"
        f" make {high} rows; the columns are {wide} in the same way.",
        traps,
        show=("input", "kernel"),
    )


@question("05 C")
def outputs_without_the_flip(d: Draw) -> Ask:
    x = d.digits(2, 2, [[2, 1], [4, 4]])
    at = ZERO_INSERTION.at(
        input=x, kernel=d.kernel(3, 3, KERNEL_A), stride=2, padding=1, forget_the_flip=True
    )
    edges = {(0, 1): (x[0, 0], x[0, 1]), (1, 0): (x[0, 0], x[1, 0])}
    edges |= {(1, 2): (x[0, 1], x[1, 1]), (2, 1): (x[1, 0], x[1, 1])}

    def wrong(at: State) -> list[Place]:
        return [at.place("output", cell) for cell in at.scene["output"].wrong.tolist()]

    found = wrong(at)
    d.unless((1, 1) not in found)
    lucky = [place for place in edges if place not in found]
    d.unless(any(edges[place][0] != edges[place][1] for place in lucky))
    luck = "".join(f" output{list(place)} is right by luck: its two inputs are equal." for place in lucky)
    also = f"{luck.strip()} And the" if luck else "The"
    return Ask(
        at,
        "Stride 2, padding 1. Someone forgot to flip the kernel. Click the output cells that are wrong now.",
        Cells("output", wrong),
        f"The corners meet the middle weight alone, which a flip leaves where it is.{luck}",
        [
            Trap(
                list(np.ndindex(3, 3)),
                "Not all: the four corners meet only the middle weight, and the flip leaves it in its place.",
            ),
            Trap(list(edges), f"{also} middle cell shows the mistake too."),
            Trap([(1, 1)], "Cells between two inputs are wrong too."),
        ],
        show=PICTURE,
    )


@question("05 D")
def a_kernel_that_hides_the_mistake(d: Draw) -> Ask:
    a, b, c, e, f = d.pick((1, 2, 3, 4, 5), (2, 1, 4, 3, 6), (1, 3, 2, 5, 4), (3, 1, 2, 5, 7))
    hiding = [[a, b, a], [b, e, b], [a, b, a]] if d.example else [[a, b, c], [f, e, f], [c, b, a]]
    mirrored = [[a, b, a], [a, b, a], [c, e, c]]
    symmetric = [[a, b, c], [b, e, f], [c, f, f + 1]]
    different = np.arange(1, 10).reshape(3, 3).tolist()
    x = d.digits(2, 3)
    at = ZERO_INSERTION.at(input=x, kernel=hiding, stride=2, padding=1, forget_the_flip=True)

    def text(kernel: list[list[int]]) -> str:
        return " / ".join(" ".join(map(str, row)) for row in kernel)

    kernels = (hiding, mirrored, symmetric, different)
    return Ask(
        at,
        "You test your zero insertion against the stamps and forgot the flip. With which kernel does the"
        " test pass all the same? (A slash ends a row.)",
        Choice({text(kernel): not at.but(kernel=kernel).scene["output"].wrong.size for kernel in kernels}),
        "A kernel that a half turn leaves as it is hides the mistake. Test with a kernel that changes when it"
        " is turned.",
        [
            Trap(text(mirrored), "It equals its mirror image left and right, but not up and down."),
            Trap(text(symmetric), "It equals its transpose. A flip is a half turn, not a transpose."),
            Trap(text(different), "Turned by 180 degrees it reads 9 8 7 first."),
        ],
        show=("input",),
    )


@question("05 E")
def width_of_the_frame(d: Draw) -> Ask:
    k, dilation = d.pick((2, 1), (2, 2), (3, 1), (3, 2))
    reach = dilation * (k - 1)
    frames = [Geometry(k, stride=2, padding=p, dilation=dilation).frame[0] for p in range(3)]
    traps = [
        Trap((0, 1, 2), "The frame is d(k - 1) less the padding: more padding, less frame."),
        Trap((reach, reach, reach), "The padding takes from the frame."),
    ]
    if min(frames) < 0:
        traps.append(
            Trap([max(frame, 0) for frame in frames], "It goes on below 0: then inputs are cropped.")
        )
    return Ask(
        ZERO_INSERTION.at(
            input=d.digits(3, 4), kernel=d.kernel(k, k), stride=2, padding=0, dilation=dilation
        ),
        f"Kernel {k}x{k}, dilation {dilation}. How wide is the frame with padding 0, 1 and 2? (Below 0: it"
        " crops.)",
        Fields({f"padding {p}": frame for p, frame in enumerate(frames)}),
        f"d(k - 1) - p = {', '.join(map(str, frames))}.",
        traps,
        show=("input", "kernel"),
    )


@question("05 H")
def one_number_by_zero_insertion(d: Draw) -> Ask:
    columns = d.pick(2, 3)
    x = d.digits(2, columns, [[2, 3], [5, 4]])
    w = d.kernel(3, 3, [[1, 2, 3], [8, 9, 4], [7, 5, 6]])
    first = d.pick(*range(columns - 1))  # the columns of the four inputs that meet here
    place = (1, 2 * first + 1)
    at = ZERO_INSERTION.at(input=x, kernel=w, stride=2, padding=1)
    corners = list(np.ndindex(2, 2))
    products = " + ".join(f"{x[i, first + j]}*{w[2 - 2 * i, 2 - 2 * j]}" for i, j in corners)
    return Ask(
        at,
        f"By hand, by zero insertion: stride 2, padding 1. What is output{list(place)}?",
        Numbers("output", [place]),
        f"output{list(place)} = {products} = {int(at.value('output', place))}, and 5 products with a zero.",
        [
            Trap(at.but(forget_the_flip=True), "You forgot to flip the kernel."),
            *([Trap(at.but(stride=1), "You put no zeros between the inputs.")] if columns == 2 else []),
            Trap(
                at.but(kernel=w[::-1]),
                "You exchanged left and right only. A flip exchanges up and down too.",
            ),
        ],
        show=PICTURE,
        tries=2,
    )
