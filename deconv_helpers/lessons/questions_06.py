"""Questions of lesson 06: checkerboard artifacts."""

from __future__ import annotations

import numpy as np

from ..scenes.question import Ask, Cells, Choice, Draw, Fields, Numbers, Place, Trap, question
from ..scenes.scene import format_number
from ..scenes.topic import State
from .checkerboard import CHECKERBOARD


def _flat(at: State) -> bool:
    """Whether nothing repeats in the interior of the output."""
    return bool(np.ptp(at.values("pattern")) < 1e-9)


@question("06 A")
def kernel_size_without_a_pattern(d: Draw) -> Ask:
    stride, *sizes = d.pick((2, 3, 4, 5), (3, 2, 3, 4), (2, 1, 2, 3), (3, 3, 4, 5), (2, 2, 3, 5))
    ones = {k: np.ones((k, k), dtype=int) for k in sizes}
    at = CHECKERBOARD.at(input=np.ones((6, 7), dtype=int), kernel=ones[sizes[0]], stride=stride, layers=1)
    judged = {k: _flat(at.but(kernel=ones[k])) for k in sizes}
    true = next(k for k in sizes if judged[k])
    return Ask(
        at.but(kernel=ones[true]),
        f"Stride {stride}, all weights 1. Which kernel size gives an output without a pattern?",
        Choice({str(k): judged[k] for k in sizes}),
        "The size must be a multiple of the stride: then every cell gets equally many stamps.",
        [
            Trap(str(k), f"{k} mod {stride} = {k % stride}: some cells get one stamp more than others.")
            for k in sizes
        ],
        show=("input",),
    )


@question("06 B")
def an_even_count_and_a_pattern(d: Draw) -> Ask:
    k, kind = d.pick((4, "random weights"), (4, "of ones"), (3, "of ones"), (4, "random weights"))
    x = np.ones((5, 6), dtype=int)
    w = np.ones((k, k), dtype=int) if kind == "of ones" else d.digits(k, k, low=-2, high=4)
    at = CHECKERBOARD.at(input=x, kernel=w, stride=2, layers=1)
    if d.example:
        at = CHECKERBOARD.at(input=x, kernel="random", kernel_size=4, stride=2, layers=1)
    sums = at.values("pattern").ravel().tolist()
    flat, even = _flat(at), k % 2 == 0
    four, unlike, uneven = (
        "flat: every cell gets four stamps",
        "a pattern, though every cell gets four stamps",
        "a pattern, since some cells get more stamps",
    )
    said = ", ".join(map(format_number, sums))
    kernel = f"Kernel {k}x{k} of ones" if kind == "of ones" else f"Kernel {k}x{k} with random weights"
    return Ask(
        at,
        f"{kernel}, stride 2, constant input. What will the inside of the output look like?",
        Choice({four: flat, unlike: not flat and even, uneven: not flat and not even}),
        f"The count is {'even' if even else 'uneven'}. The four sums are {said}.",
        [
            Trap(
                four,
                "Four stamps each, but each kind of cell meets four other weights, and their sums differ."
                if even
                else f"{k} is no multiple of 2: some cells get more stamps than others.",
            ),
            Trap(
                unlike,
                "Every cell adds up four ones: where all weights are equal, an even count leaves no pattern."
                if even
                else f"{k} is no multiple of 2: the cells do not get equally many stamps.",
            ),
            Trap(uneven, f"{k} is a multiple of 2: inside, every cell gets four stamps."),
        ],
        show=("input", "kernel", "output"),
        cover=("output",),
    )


@question("06 C")
def a_stride_that_moves(d: Draw) -> Ask:
    line, before, after = d.pick(
        ((1, 2, 1), 2, 3), ((1, 2, 1), 3, 2), ((1, 2, 1), 1, 2), ((1, 3, 2), 2, 1), ((1, 3, 2), 1, 2)
    )
    at = CHECKERBOARD.at(
        input=np.ones((5, 6), dtype=int), kernel=np.outer(line, line), stride=after, layers=1
    )
    was, now = _flat(at.but(stride=before)), _flat(at)
    appears, disappears, never = "it appears", "it disappears", "there is none before or after"

    def sums(stride: int) -> str:
        found = [" + ".join(str(n) for n in line[i::stride]) for i in range(stride)]
        return f"with stride {stride} the sums along a line are {', '.join(found)}"

    why = f"{sums(before).capitalize()}; {sums(after)}."
    return Ask(
        at,
        f"Weights {', '.join(map(str, line))} along each axis, constant input. The stride goes from {before}"
        f" to {after}. What happens to the pattern?",
        Choice({appears: was and not now, disappears: now and not was, never: was and now}),
        f"{why} Equal sums make a flat output, whatever the count of stamps.",
        [
            Trap(appears, f"{sums(after).capitalize()}: they are equal, so the output is flat."),
            Trap(disappears, f"{sums(before).capitalize()}: there was no pattern that could disappear.")
            if was
            else Trap(disappears, f"{sums(after).capitalize()}: they are not equal."),
            Trap(
                never,
                f"{sums(before if not was else after).capitalize()}: they are not equal, and that is a"
                " pattern.",
            ),
        ],
        show=("input", "kernel"),
    )


@question("06 D")
def width_of_a_spot(d: Draw) -> Ask:
    layers, k, s = d.pick((3, 3, 2), (2, 4, 2), (2, 3, 2), (2, 5, 2), (3, 4, 2), (2, 4, 3))
    widths = [1]
    for _ in range(layers):
        widths.append(s * (widths[-1] - 1) + k)
    at = CHECKERBOARD.at(input=[[0, 1, 0]], kernel=np.ones((1, k), dtype=int), stride=s, layers=1)
    spots = " to ".join(map(str, widths))
    return Ask(
        at,
        f"{layers} layers, kernel size {k}, stride {s}. How many cells wide is the spot that a single 1"
        " leaves, along one axis?",
        Fields({"cells": widths[-1]}),
        f"From n cells a layer makes {s}(n - 1) + {k}: {spots}.",
        [
            Trap(k**layers, f"That is as if stamps lay side by side. They overlap: {s}(n - 1) + {k}."),
            Trap(k * layers, "Each layer also spreads what is there by its stride."),
            Trap(1 + layers * (k - 1), "That is stride 1."),
        ],
        show=("input", "kernel"),
    )


@question("06 E")
def border_of_the_count(d: Draw) -> Ask:
    n, k, s = d.pick((5, 3, 2), (5, 5, 2), (6, 3, 2), (6, 5, 2), (5, 4, 3), (5, 5, 3))
    at = CHECKERBOARD.at(
        input=np.ones((1, n), dtype=int), kernel=np.ones((1, k), dtype=int), stride=s, layers=1
    )

    def border(at: State) -> list[Place]:
        step = next(i for i, one in enumerate(at.scene.steps, 1) if one.caption.startswith("border"))
        return [at.place("count", cell) for cell in at.scene.lit(step)["count"].tolist()]

    count = at.values("count")[0]
    return Ask(
        at,
        f"{n} inputs of 1 in a row, kernel of {k} ones, stride {s}. Click the cells where stamps are missing"
        " because the input ends: the border.",
        Cells("count", border),
        f"{len(border(at)) // 2} on each side. The unevenness inside repeats and stays with any input: that"
        " is the artifact.",
        [
            Trap(
                [(0, i) for i in np.flatnonzero(count < count.max()).tolist()],
                "Inside, some of these cells have fewer stamps too. That is the pattern, not the border.",
            ),
            Trap([], "At both ends stamps are missing that would come from further inputs."),
        ],
        show=("input", "kernel", "count"),
    )


@question("06 H")
def two_numbers_that_take_turns(d: Draw) -> Ask:
    constant = d.pick(1, 2, 3)
    w = d.kernel(1, 5, [[1, 4, 2, 6, 3]])
    line = w[0].tolist()
    even, odd = constant * sum(line[::2]), constant * sum(line[1::2])
    total = constant * sum(line)
    return Ask(
        CHECKERBOARD.at(input=np.full((1, 6), constant), kernel=w, stride=2, layers=1),
        f"By hand: a constant {constant}, kernel {' '.join(map(str, line))}, stride 2. Which two numbers"
        " take turns inside? First that of output[0, 4], then [0, 5].",
        Numbers("output", [(0, 4), (0, 5)]),
        f"{constant} times the weights 0, 2, 4 is {even}; {constant} times the weights 1, 3 is {odd}.",
        [
            Trap((total, total), "Not all weights meet in one cell: with stride 2 every other one does."),
            Trap((odd, even), "Exchanged: even cells meet the even weights."),
            Trap((3, 2), "That is the count of stamps. The weights count too."),
        ],
        show=("input", "kernel", "output"),
        tries=2,
    )
