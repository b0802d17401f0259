"""Questions of lesson 10: a network that labels."""

from __future__ import annotations

import numpy as np

from ..operators.convolution import conv2d
from ..scenes.question import Ask, Cells, Choice, Draw, Fields, Place, Size, Trap, question
from ..scenes.scene import format_number
from ..scenes.topic import State
from .plain import plain

STRENGTH, ENERGY = (0.15, 8.01), (0.65, 0.07)
"""The checkerboard in the scores of the lesson's network on an empty page, before and after training: its
standard deviation, and its energy, a share. The lesson computes them; training takes longer than asking."""


@question("10 A")
def size_after_several_layers(d: Draw) -> Ask:
    layers = d.pick(3, 4, 2)
    rows, columns = d.pick((4, 6), (3, 5), (5, 4), (2, 3))
    high, wide = rows * 2**layers, columns * 2**layers
    unpadded = [rows, columns]
    for _ in range(layers):
        unpadded = [(n - 1) * 2 + 4 for n in unpadded]
    return Ask(
        plain({"input": d.digits(rows, columns)}, {"output": np.zeros((high, wide))}),
        f"{layers} transposed convolutions in a row, each with kernel 4x4, stride 2, padding 1, from"
        f" {rows}x{columns}. Which size comes out?",
        Size("output"),
        f"Each layer doubles: {rows}*2^{layers} = {high}, {columns}*2^{layers} = {wide}.",
        [
            Trap(
                (rows * 2 * layers, columns * 2 * layers),
                "Doubling repeats: take 2 to the power of the number of layers, not times it.",
            )
            if layers > 2
            else Trap((rows * 2, columns * 2), "That is one layer. Each of them doubles."),
            Trap(unpadded, "You left the padding out."),
            Trap((wide, high), "Rows and columns are exchanged."),
        ],
    )


@question("10 B")
def what_training_does_to_the_pattern(d: Draw) -> Ask:
    (before, after), (first, last) = STRENGTH, ENERGY
    weaker, grows, stays = (
        "falls: the loss punishes the pattern",
        "grows, as the scores grow",
        "stays: the loss does not see it",
    )
    return Ask(
        plain({"pattern of some network": np.outer([3, 2, 3, 1], [3, 2, 3, 1])}, pattern="output"),
        "Training changes the strength of the checkerboard (its standard deviation, in the units of the"
        " scores). From before to after training it",
        Choice(
            {
                weaker: after < before / 1.1,
                grows: after > 1.1 * before,
                stays: before / 1.1 <= after <= 1.1 * before,
            }
        ),
        f"{before:.2f} before, {after:.2f} after. The energy, a share, fell from {first:.2f} to"
        f" {last:.2f}: the scores grew more.",
        [
            Trap(
                weaker,
                "Where the right score is far ahead, a pattern in it costs almost nothing. The energy falls,"
                " a share of growing scores, but the strength grows.",
            ),
            Trap(stays, "The loss hardly sees it, but the scores grow, and the pattern grows with them."),
        ],
    )


@question("10 C")
def unpooling_with_switches(d: Draw) -> Ask:
    x = d.kernel(4, 4, [[2, 9, 1, 5], [4, 3, 8, 6], [1, 5, 3, 4], [2, 7, 9, 6]], high=16)
    kept = np.zeros_like(x)
    for i, j in np.ndindex(2, 2):
        block = np.s_[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        kept[block] = np.where(x[block] == x[block].max(), x[block], 0)

    def stored(at: State) -> list[Place]:
        return [(int(i), int(j)) for i, j in np.argwhere(at.values("output"))]

    return Ask(
        plain({"input": x, "output": kept}),
        "Largest of each 2x2 block is kept, then unpooled with its switches. Click the cells that are not 0"
        " in the result.",
        Cells("output", stored),
        "Four cells, each where its block had its largest value. The other twelve are lost.",
        [
            Trap(
                list(np.ndindex(4, 4)),
                "Unpooling does not bring the other twelve back: they were never stored.",
            ),
            Trap(
                [(i, j) for i in (0, 2) for j in (0, 2)],
                "That is without switches. With them each value returns to its own place.",
            ),
        ],
    )


@question("10 D")
def weights_after_a_skip(d: Draw) -> Ask:
    up, skip, outputs = d.pick((8, 4, 4), (6, 3, 5), (16, 8, 4), (4, 2, 6), (8, 8, 3))
    return Ask(
        plain({"kernel": np.arange(1, 10).reshape(3, 3)}),
        f"{up} channels come up, {skip} come over a skip connection and are stacked onto them. A 3x3"
        f" convolution makes {outputs} channels of them. How many weights has it, without bias?",
        Fields({"weights": outputs * (up + skip) * 9}),
        f"{outputs}*({up} + {skip})*9 = {outputs * (up + skip) * 9}.",
        [
            Trap(outputs * up * 9, "The channels of the skip connection need weights too."),
            Trap(outputs * up * skip * 9, "Stacked channels add up, they do not multiply."),
            Trap((up + skip) * 9, "That is for one output channel."),
        ],
    )


@question("10 E")
def a_page_of_zeros(d: Draw) -> Ask:
    rows, columns = d.pick((4, 5), (3, 5), (4, 6))
    bias = d.pick(0, 1, 0)
    page = d.pick(0, 0, 1)
    d.unless(page and bias)
    x, w = np.full((rows, columns), page), d.kernel(3, 3)
    y = conv2d(x, w, padding=1) + bias
    inside, border = y[1:-1, 1:-1], y[0]
    zeros, ones, edged = (
        "zeros, whatever the weights",
        "the number 1 everywhere",
        "other numbers at the border than inside",
    )
    uneven = bool(inside.flat[0] != border[0])
    what = "ones" if page else "zeros"
    why = "Sums of zeros are 0; a bias is added to each."
    if page:
        why = (
            f"Inside, all nine weights meet a 1: {format_number(float(inside.flat[0]))}."
            " At the border some meet the frame of zeros."
        )
    return Ask(
        plain({"input": x, "kernel": w}, {"output": y}),
        f"A page of {what} goes into a convolution with padding 1 and"
        f" {'a bias of 1' if bias else 'no bias'}. What comes out?",
        Choice({zeros: not y.any(), ones: bool((y == 1).all()), edged: uneven}),
        why,
        [
            Trap(
                zeros,
                "The bias is added to each sum, to those of zeros too."
                if bias
                else "The weights meet ones: a sum is that of the weights that lie on the page.",
            ),
            Trap(
                ones,
                "Each sum adds up all the weights that lie on the page, not one."
                if page
                else "Without a bias a sum of zeros is 0, whatever was learned.",
            ),
            Trap(edged, "On a page of zeros the frame is no border: it is zero too."),
        ],
        cover=("output",),
    )


@question("10 H")
def receptive_field_by_hand(d: Draw) -> Ask:
    layers = d.pick(
        ((3, 1), (3, 2), (3, 1)),
        ((3, 2), (3, 2), (3, 1)),
        ((3, 2), (3, 1), (3, 1)),
        ((5, 2), (3, 1), (3, 1)),
        ((3, 1), (2, 2), (3, 1)),
    )
    field, step, terms = 1, 1, []
    for k, s in layers:
        terms.append(f"{k - 1}*{step}")
        field, step = field + (k - 1) * step, step * s
    sizes = [k for k, _ in layers]
    return Ask(
        plain({"layers": layers}, layers="matrix"),
        f"By hand: convolutions with (kernel, stride) {', '.join(map(str, layers))}. How many input pixels"
        " along one axis does one number at the end see?",
        Fields({"pixels": field}),
        f"1 + {' + '.join(terms)} = {field}: each step of a later layer is as long as all strides before it.",
        [
            Trap(
                1 + sum(k - 1 for k in sizes), "That is with stride 1: after a stride the steps are longer."
            ),
            Trap(sum(sizes) + 1, "Add k - 1 for each layer, not k, and then one."),
            Trap(int(np.prod(sizes)), "Kernel sizes do not multiply: windows overlap."),
        ],
        tries=2,
    )
