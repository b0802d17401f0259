"""Questions of lesson 07: a kernel learns to up-sample."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..operators.convolution import conv2d, conv_transpose2d
from ..operators.upsampling import upsample
from ..scenes.question import Ask, Cells, Choice, Draw, Fields, Trap, question
from ..scenes.scene import format_number
from .glyphs import HELD_OUT, glyphs
from .learning import HALF, LEARNING, SNAPSHOTS, trained
from .plain import plain

STEPS = SNAPSHOTS[-1]


@question("07 A")
def learning_from_zeros(d: Draw) -> Ask:
    other, rate = d.pick(("bilinear", 5.0), ("random", 5.0), ("bilinear", 1.0), ("random", 1.0))
    k = 4
    at = LEARNING.at(letter=d.pick(*HELD_OUT), kernel_size=k, first_kernel="zeros", rate=rate)
    zeros, errors = (trained(k, first, rate)[1] for first in ("zeros", other))
    ratio = zeros[-1] / errors[-1]
    still, same, twice = (
        "unchanged: zeros make nothing to learn from",
        "about the same",
        "at least twice as large",
    )
    start, end, beside = (format_number(float(v)) for v in (errors[0], zeros[-1], errors[-1]))
    return Ask(
        at,
        f"Kernel {k}x{k}, rate {format_number(rate)}. One training begins with zeros, one with the {other}"
        f" kernel ({start}% error). After {STEPS} steps, the error from zeros is",
        Choice({still: zeros[-1] == zeros[0], same: abs(ratio - 1) < 0.2, twice: ratio >= 2}),
        f"{end}% against {beside}%: the loss of one kernel has a single lowest point.",
        [
            Trap(
                still,
                "The output is black at first, but the gradient asks how each weight would change it, and"
                " that is not 0.",
            ),
            Trap(
                twice,
                "The loss of one kernel has one lowest point. Every start goes down to it; a good start"
                " is only nearer.",
            ),
            Trap(same, "The two have not come near each other yet."),
        ],
        show=("input", "target"),
    )


@question("07 B")
def a_rate_that_is_too_large(d: Draw) -> Ask:
    first, rate = d.pick(
        ("bilinear", 20.0), ("bilinear", 5.0), ("zeros", 20.0), ("random", 1.0), ("random", 20.0)
    )
    k = 4
    at = LEARNING.at(letter=d.pick(*HELD_OUT), kernel_size=k, first_kernel=first, rate=rate)
    errors = trained(k, first, rate)[1]
    grows_at_once, falls = bool(errors[1] > errors[0]), bool(errors[-1] <= errors.min())
    begun = ", ".join(format_number(float(error)) for error in errors[:5])
    all_the_way, turning, growing = (
        "fall all the way",
        "fall at first, then grow",
        "grow from the first step on",
    )
    if falls:
        why = "every step is short enough, even in the steepest direction"
    elif grows_at_once:
        why = "this start is far off in the steepest directions, where each step goes too far"
    else:
        why = "in the steepest directions each step goes too far, ever further; the others gain at first"
    return Ask(
        at,
        f"Kernel {k}x{k}, begun {first}, rate {format_number(rate)}. What will the error do in {STEPS}"
        " steps?",
        Choice(
            {
                all_the_way: falls,
                turning: not falls and not grows_at_once,
                growing: not falls and grows_at_once,
            }
        ),
        f"{begun} ... {format_number(float(errors[-1]))}%: {why}.",
        [
            Trap(
                all_the_way,
                "The steps are too long: they go over the lowest point and up the other side.",
            ),
            Trap(
                turning,
                "With this rate the steps are short enough: each goes down."
                if falls
                else "The steps are too long from the start: even the first goes over the lowest point.",
            ),
            Trap(
                growing,
                "With this rate the steps are short enough: each goes down."
                if falls
                else "The first step still helps. Then each goes further over the lowest point.",
            ),
        ],
        show=("input", "target"),
    )


@question("07 C")
def weights_of_one_output(d: Draw) -> Ask:
    row, column = d.pick((9, 6), (9, 7), (10, 6), (10, 7), (7, 12), (12, 9))
    at = LEARNING.at(letter=d.pick(*HELD_OUT), kernel_size=4)

    def every_other(i: int, j: int) -> list[tuple[int, int]]:
        return [(a, b) for a in range(i, 4, 2) for b in range(j, 4, 2)]

    true = sorted(at.meets("output", (row, column), "kernel"))
    others = [every_other(i, j) for i in (0, 1) for j in (0, 1)]
    return Ask(
        at,
        f"Kernel 4x4, stride 2, padding 1. Click the weights that make output[{row}, {column}].",
        Cells("kernel", lambda at: at.meets("output", (row, column), "kernel")),
        f"{len(true)}: every other one in each direction. Its neighbour has the others, so four small"
        " kernels are learned.",
        [
            Trap(
                list(np.ndindex(4, 4)),
                "Only every other weight lands on this cell: stamps lie 2 apart.",
            ),
            Trap(
                list(np.ndindex(2, 2)),
                "Weights side by side land on neighbouring outputs. Those of one output lie 2 apart.",
            ),
            *(
                Trap(group, "These weights make a neighbour of this output, one row or one column further.")
                for group in others
                if group != true
            ),
        ],
        show=("input", "kernel", "output"),
        mark={"output": [(row, column)]},
    )


@question("07 D")
def a_bilinear_beginning(d: Draw) -> Ask:
    s = d.pick(3, 2, 4, 5)
    k = 2 * s - s % 2
    p = (k - s) // 2
    reason = f"k = 2s - 1 = {k}" if s % 2 else f"k = 2s = {k}"
    return Ask(
        plain({"input": [[3, 1, 4, 1, 5, 9, 2]]}),
        f"A transposed convolution with stride {s} shall begin as bilinear up-sampling by {s}. Which kernel"
        " size and padding?",
        Fields({"kernel size": k, "padding": p}),
        f"{reason}, p = {p}: the size is (n - 1)*{s} + {k} - 2*{p} = {s}n, and the centre of a stamp lies on"
        " the centre of its input.",
        [
            Trap((s, 0), "Stamps side by side only repeat: that is nearest."),
            Trap((k, 0), "The size is right only when the padding crops what sticks out."),
            Trap((k, p + 1), "One too much is cropped: the result is smaller than s*n."),
        ],
    )


@cache
def _held_out_errors() -> dict[str, float]:
    """The errors, in percent of white, of doubling the letters that no kernel has learned from."""
    large = glyphs(HELD_OUT)[:, None]
    small = conv2d(large, HALF[None, None], stride=2)
    results = {method: upsample(small, 2, method.lower()) for method in ("bilinear", "bicubic", "Lanczos")}
    for k in (4, 8):
        kernel = trained(k, "bilinear", 5.0)[0][-1]
        results[f"learned, {k}x{k}"] = conv_transpose2d(
            small, kernel[None, None], stride=2, padding=k // 2 - 1
        )
    return {name: 100 * float(np.sqrt(np.mean((result - large) ** 2))) for name, result in results.items()}


@question("07 E")
def the_smallest_error(d: Draw) -> Ask:
    errors = _held_out_errors()
    least = min(errors, key=lambda name: errors[name])
    listed = "; ".join(f"{name} {error:.1f}%" for name, error in errors.items())
    return Ask(
        LEARNING.at(letter=HELD_OUT[0], kernel_size=4),
        "Doubling letters that the kernel has not learned from: which has the smallest error?",
        Choice({name: name == least for name in errors}),
        f"{listed}. The 8x8 kernel looks at 4x4 cells, as bicubic does, and beats even Lanczos.",
        [
            Trap("bilinear", "It blurs strokes most: the largest error of these."),
            Trap(
                "bicubic",
                "It is good for a fixed method, but a kernel that learned as many weights beats it.",
            ),
            Trap(
                "Lanczos", "It is the best fixed one here, but the 8x8 kernel has learned what strokes are."
            ),
            Trap(
                "learned, 4x4",
                "Four weights for each cell see less than the sixteen of bicubic: it loses to bicubic.",
            ),
        ],
        show=("input", "target"),
    )


@question("07 H")
def one_step_of_descent(d: Draw) -> Ask:
    x, target = d.pick((3, 4), (4, 9), (2, 6), (5, 7), (3, 9), (2, 5))
    g = 2 * (x - target)
    moved = round(1 - 0.1 * g * x, 10)
    return Ask(
        plain({"input": [[x]], "kernel": [[1]], "target": [[target]]}, target="output"),
        f"By hand: one input {x}, one weight 1, target {target}, rate 0.1. What is the weight after one step"
        " of gradient descent on (result - target)**2?",
        Fields({"weight": moved}),
        f"g = 2*({x} - {target}) = {g}; the gradient of the weight is g*{x} = {g * x}; 1 - 0.1*{g * x} ="
        f" {format_number(moved)}.",
        [
            Trap(1 + 0.1 * g * x, "You went up. The step goes against the gradient."),
            Trap(1 - 0.1 * g, "The gradient of the weight is g times the input."),
            Trap(1 - 0.1 * g * x / 2, "The 2 of the square is missing."),
            Trap(target / x, "That is where it will end. One step goes part of the way."),
        ],
        tries=2,
    )
