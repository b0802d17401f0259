"""Questions of lesson 08: reading the frameworks."""

from __future__ import annotations

from collections.abc import Callable

from ..operators.conversion import translate
from ..operators.frameworks import Call, keras_call, onnx_call, pytorch_call
from ..scenes.question import Ask, Choice, Draw, Fields, Size, Trap, question
from .frameworks import BESIDE, TRANSLATION
from .plain import plain
from .transposed import SIZES


@question("08 A")
def where_a_cell_is_in_keras(d: Draw) -> Ask:
    k, p, added = d.pick((3, 1, 1), (5, 2, 1))
    row, column = d.place(2, 2, (0, 0))
    settings = {"stride": 2, "padding": p, "output_padding": added}
    at = TRANSLATION.at(
        input=d.digits(2, 2), kernel=d.kernel(k, k), dilation=1, beside="Keras same", **settings
    )
    theirs, ours = BESIDE["Keras same"](k, stride=2), pytorch_call(k, **settings)
    shift = ours.crop[0][0] - theirs.crop[0][0]
    return Ask(
        at,
        f"Kernel {k}x{k}, stride 2, PyTorch with padding {p} and output padding {added}. At which row and"
        " column is"
        f' PyTorch[{row}, {column}] in Keras "same", which has the same size?',
        Fields({"row": row + shift, "column": column + shift}),
        f"At [{row + shift}, {column + shift}]. PyTorch crops {ours.crop[0][0]} at the near side, Keras"
        f" {theirs.crop[0][0]}.",
        [
            Trap((row, column), "Equal sizes are not equal pictures: the two crop at other sides."),
            Trap(
                (row - shift, column - shift),
                "It is the other way round: Keras crops less at the near side, so its picture begins"
                " earlier.",
            ),
            Trap((row + shift, column), "Rows and columns are shifted alike."),
            Trap((row, column + shift), "Rows and columns are shifted alike."),
        ],
        show=("input", "kernel", "PyTorch"),
        mark={"PyTorch": [(row, column)]},
    )


@question("08 B")
def what_the_badge_says(d: Draw) -> Ask:
    k, p, added, beside = d.pick(
        (3, 1, 1, "ONNX SAME_LOWER"),
        (3, 1, 0, "Keras same"),
        (3, 1, 1, "Keras same"),
        (3, 1, 1, "ONNX SAME_UPPER"),
        (4, 1, 0, "Keras same"),
        (3, 0, 0, "Keras valid"),
    )
    at = TRANSLATION.at(
        input=d.digits(2, 3),
        kernel=d.kernel(k, k),
        stride=2,
        padding=p,
        output_padding=added,
        dilation=1,
        beside=beside,
    )
    verdict = at.scene.notes[0].text
    equal, shifted, other = "equal", "the same size, but shifted", "another size"
    why = verdict[0].upper() + verdict[1:]
    return Ask(
        at,
        f"Kernel {k}x{k}, stride 2, padding {p}, output padding {added}. What will the badge say beside"
        f" {beside}?",
        Choice(
            {
                equal: verdict.startswith("equal"),
                shifted: verdict.startswith("same size"),
                other: verdict.startswith("another size"),
            }
        ),
        f"{why}.",
        [
            Trap(
                equal,
                "The sums of their crops differ, so the sizes do."
                if verdict.startswith("another")
                else "The sizes are equal, but the two crop at other sides.",
            ),
            Trap(
                shifted,
                "The sums of their crops differ, so the sizes do."
                if verdict.startswith("another")
                else "They crop alike here.",
            ),
            Trap(other, "The sums of their crops are equal, so the sizes are."),
        ],
        show=("input", "kernel", "PyTorch", beside),
        cover=(beside,),
    )


@question("08 C")
def which_call_crops_alike(d: Draw) -> Ask:
    k, p, added = d.pick((3, 1, 0), (4, 1, 0), (3, 0, 0), (3, 1, 1), (5, 2, 0))
    ours = pytorch_call(k, stride=2, padding=p, output_padding=added)
    calls = {
        'padding="same"': keras_call(k, stride=2, padding="same"),
        'padding="same", output_padding=0': keras_call(k, stride=2, padding="same", output_padding=0),
        'padding="valid"': keras_call(k, stride=2, padding="valid"),
    }
    alike = {text: call.axes == ours.axes for text, call in calls.items()}
    try:
        why, none = f"In Keras it is {translate(ours, 'Keras').text}.", False
    except ValueError as error:
        why, none = f"{error}.", True
    d.unless(sum(alike.values()) + none != 1)
    same, zero, valid = calls
    at = TRANSLATION.at(
        input=d.digits(2, 3), kernel=d.kernel(k, k), stride=2, padding=p, output_padding=added, dilation=1
    )
    return Ask(
        at,
        f"PyTorch: kernel {k}, stride 2, padding {p}, output padding {added}. Which Keras call crops alike?",
        Choice({**alike, "there is none": none}),
        why,
        [
            Trap(
                same,
                "With output_padding=None Keras makes the size n*s. This size, or this side of the crop, is"
                " another.",
            ),
            Trap(
                zero,
                "With output_padding=0 Keras makes (n - 1)*s + k % 2. This size, or its crop, is another.",
            ),
            Trap(valid, '"valid" crops nothing.'),
            Trap("there is none", "There is one: compare near and far crops."),
        ],
        show=("input", "kernel", "PyTorch"),
    )


@question("08 D")
def size_of_keras_valid(d: Draw) -> Ask:
    rows, columns = d.pick((2, 3), (2, 4), (3, 2), (3, 4))
    k, s = d.pick((2, 3), (1, 2), (1, 3))
    at = TRANSLATION.at(
        input=d.digits(rows, columns),
        kernel=d.kernel(k, k),
        stride=s,
        padding=0,
        output_padding=0,
        dilation=1,
        beside="Keras valid",
    )
    high, wide = ((n - 1) * s + max(k, s) for n in (rows, columns))
    ours = at.size("PyTorch") or (0, 0)
    return Ask(
        at,
        f'Input {rows}x{columns}, kernel {k}x{k}, stride {s}. Which size has Keras "valid"?',
        Size("Keras valid"),
        f"({rows} - 1)*{s} + max({k}, {s}) = {high} rows, {wide} columns. PyTorch gives {ours[0]}x{ours[1]};"
        f" output padding {s - k} makes them equal.",
        [
            Trap(
                ours,
                "That is the size in PyTorch. Where the stride is larger than the kernel, Keras adds zeros"
                " at the far side.",
            ),
            Trap((wide, high), "Rows and columns are exchanged."),
            Trap((rows, columns), '"valid" is no crop; the stride still spreads the stamps.'),
        ],
        show=("input", "kernel"),
    )


def _refuses(call: Callable[..., Call], k: int, s: int, dilation: int) -> bool:
    try:
        call(k, stride=s, dilation=dilation)
    except ValueError:
        return True
    return False


@question("08 E")
def which_framework_refuses(d: Draw) -> Ask:
    k, s, dilation = d.pick((3, 2, 2), (3, 2, 1), (3, 1, 2), (2, 3, 2), (2, 2, 1))
    calls: dict[str, Callable[..., Call]] = {"PyTorch": pytorch_call, "Keras": keras_call, "ONNX": onnx_call}
    refused = {name: _refuses(call, k, s, dilation) for name, call in calls.items()}
    takes = "Keras refuses a stride above 1 together with a dilation above 1"
    return Ask(
        TRANSLATION.at(
            input=d.digits(2, 3),
            kernel=d.kernel(k, k),
            stride=s,
            dilation=dilation,
            padding=1,
            output_padding=0,
        ),
        f"Kernel {k}x{k}, stride {s}, dilation {dilation}. Which framework refuses?",
        Choice({**refused, "none of them": not any(refused.values())}),
        f"{takes}; the others take it." if refused["Keras"] else f"{takes}. Here one of the two is 1.",
        [
            Trap("PyTorch", "PyTorch takes any stride with any dilation."),
            Trap("ONNX", "ONNX takes any stride with any dilation."),
            Trap("Keras", f"{takes}, and here one of the two is 1."),
            Trap("none of them", f"{takes}."),
        ],
        show=("input", "kernel"),
    )


@question("08 F")
def what_dilation_counts(d: Draw) -> Ask:
    n, k, dilation = d.pick((2, 3, 2), (3, 3, 2), (2, 3, 3), (3, 2, 3), (4, 2, 2))
    at = SIZES.at(input=d.digits(1, n), kernel=d.kernel(1, k), stride=1, dilation=dilation)
    _, outputs = at.size("output") or (0, 0)
    return Ask(
        at,
        f"PyTorch, {n} inputs in a row, kernel of {k}, dilation={dilation}, stride 1. How many outputs?",
        Fields({"outputs": outputs}),
        f"{n} - 1 + {dilation}*({k} - 1) + 1 = {outputs}: the dilation of PyTorch is the distance between"
        " weights.",
        [
            Trap(
                n - 1 + (dilation + 1) * (k - 1) + 1,
                f"You took {dilation} for the number of cells in a gap. It is the distance between two"
                " weights.",
            ),
            Trap(n - 1 + k, "That is dilation 1."),
            Trap(
                n - 1 + dilation * k,
                f"The kernel reaches over k - 1 steps of d, plus one cell: {dilation}*({k} - 1) + 1, not"
                f" {dilation}*{k}.",
            ),
        ],
        show=("input", "kernel"),
    )


@question("08 H")
def where_the_centre_lies(d: Draw) -> Ask:
    k, s, p = d.pick((3, 2, 1), (5, 2, 2), (4, 2, 0), (4, 3, 1), (5, 2, 1), (6, 2, 1))
    off = (k - s) / 2 - p
    return Ask(
        plain({"kernel": d.kernel(1, k)}),
        f"By hand: kernel {k}, stride {s}, padding {p}. How far does a stamp's centre lie from where the"
        " half-pixel rule of lesson 00 puts it? (Right of it counts above 0.)",
        Fields({"cells": off}),
        f"(k - s)/2 - p = ({k} - {s})/2 - {p} = {off:g}.",
        [
            Trap((k - s) / 2, "The crop at the near side moves everything to the left: take it off.")
            if p
            else Trap(
                off + s / 2, "The place of the input itself moves with the stride: take half of it off."
            ),
            Trap(
                (k - 1) / 2 - p,
                "That is the centre of the stamp, counted from cell 0. The place of the input itself is (s -"
                " 1)/2.",
            ),
        ],
        tries=2,
    )
