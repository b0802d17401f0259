"""What happens, lesson by lesson: whole scenes of small cases, connections against slow loops, captions."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from geometries import a_case
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import plain, products

from deconv_helpers import convolution_scene
from deconv_helpers.lessons.connections import LONGEST_SUM, sum_text, texts
from deconv_helpers.lessons.presets import INPUT_A, INPUT_B, KERNEL_A, KERNEL_B
from deconv_helpers.operators.convolution import conv2d
from deconv_helpers.scenes.scene import UNREAD, Note, Scene

GEOMETRIES = settings(max_examples=60)


def panel(role: str, values: Any, title: str, sign: str = "", **more: Any) -> Any:
    """A panel of numbers as `plain` has it."""
    plainest = {"marks": None, "weights": None, "origin": [0, 0], "wrong": None, "image": None}
    return {
        "values": values,
        "role": role,
        "title": title,
        "sign": sign,
        "editable": role != "output",
        **plainest,
        **more,
    }


SUMS = [["output", "input", "kernel", "", ""]]


def test_the_scene_of_example_a_whole() -> None:
    window = [0, 1, 2, 4, 5, 6, 8, 9, 10]
    captions = [
        "output[0, 0] = 4*1 + 5*4 + 8*1 + 1*1 + 8*4 + 8*3 + 3*3 + 6*3 + 6*1 = 122",
        "output[0, 1] = 5*1 + 8*4 + 7*1 + 8*1 + 8*4 + 8*3 + 6*3 + 6*3 + 4*1 = 148",
        "output[1, 0] = 1*1 + 8*4 + 8*1 + 3*1 + 6*4 + 6*3 + 6*3 + 5*3 + 7*1 = 126",
        "output[1, 1] = 8*1 + 8*4 + 8*1 + 6*1 + 6*4 + 4*3 + 5*3 + 7*3 + 8*1 = 134",
    ]
    scene = convolution_scene(INPUT_A, KERNEL_A)
    assert plain(scene) == {
        "rows": {"": ["input", "kernel", "output"]},
        "panels": {
            "input": panel("input", INPUT_A.tolist(), "input 4x4", marks=[[0] * 4] * 4),
            "kernel": panel(
                *("kernel", KERNEL_A.tolist(), "kernel 3x3", "∗"), weights=[[0, 1, 2], [3, 4, 5], [6, 7, 8]]
            ),
            "output": panel("output", [[122, 148], [126, 134]], "output 2x2", "="),
        },
        "taps": {
            "input": [cell + corner for corner in (0, 1, 4, 5) for cell in window],
            "kernel": [*range(9)] * 4,
            "output": [place for place in range(4) for _ in window],
        },
        "sums": SUMS,
        "steps": [
            {
                "taps": list(range(9 * place, 9 * place + 9)),
                "caption": captions[place],
                "label": "",
                "changes": [["output", place, [122, 148, 126, 134][place]]],
            }
            for place in range(4)
        ],
        "start": [["output", place, None] for place in range(4)],
        "notes": [
            ["code", "rows: floor((4 + 0 + 0 - 3) / 1) + 1 = 2"],
            ["code", "columns: floor((4 + 0 + 0 - 3) / 1) + 1 = 2"],
        ],
        "whole": True,
    }
    assert scene.summary == (
        "input 4x4 ∗ kernel 3x3, stride 1, padding 0, dilation 1 = output 2x2\n122  148\n126  134"
    )


def test_a_rectangle_with_another_geometry_on_each_side_whole() -> None:
    scene = convolution_scene(
        [[1, 2, 3, 4], [5, 6, 7, 8]],
        [[1, -1], [0, 2]],
        stride=(1, 2),
        padding=((1, 0), (0, 2)),
        dilation=(2, 1),
    )
    assert plain(scene) == {
        "rows": {"": ["input", "kernel", "output"]},
        "panels": {
            "input": panel(
                "input",
                [[0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 0, 0], [5, 6, 7, 8, 0, 0]],
                "input 2x4, padded to 3x6",
                marks=[[1] * 6, [UNREAD, UNREAD, UNREAD, UNREAD, 1, 1], [0, 0, 0, 0, 1, 1]],
                origin=[1, 0],
            ),
            "kernel": panel(
                *("kernel", [[1, -1], [0, 2]], "kernel 2x2, reaching over 3x2", "∗"),
                weights=[[0, 1], [2, 3]],
            ),
            "output": panel("output", [[12, 16, 0]], "output 1x3", "="),
        },
        "taps": {
            "input": [*(0, 1, 12, 13), *(2, 3, 14, 15), *(4, 5, 16, 17)],
            "kernel": [0, 1, 2, 3] * 3,
            "output": [*[0] * 4, *[1] * 4, *[2] * 4],
        },
        "sums": SUMS,
        "steps": [
            {
                "taps": [0, 1, 2, 3],
                "caption": "output[0, 0] = 0*1 + 0*(-1) + 5*0 + 6*2 = 12",
                "label": "",
                "changes": [["output", 0, 12]],
            },
            {
                "taps": [4, 5, 6, 7],
                "caption": "output[0, 1] = 0*1 + 0*(-1) + 7*0 + 8*2 = 16",
                "label": "",
                "changes": [["output", 1, 16]],
            },
            {
                "taps": [8, 9, 10, 11],
                "caption": "output[0, 2] = 0*1 + 0*(-1) + 0*0 + 0*2 = 0",
                "label": "",
                "changes": [["output", 2, 0]],
            },
        ],
        "start": [["output", 0, None], ["output", 1, None], ["output", 2, None]],
        "notes": [
            ["code", "rows: floor((2 + 1 + 0 - 3) / 1) + 1 = 1"],
            ["code", "columns: floor((4 + 0 + 2 - 2) / 2) + 1 = 3"],
        ],
        "whole": True,
    }
    assert scene.summary == (
        "input 2x4 ∗ kernel 2x2, stride (1, 2), padding ((1, 0), (0, 2)), dilation (2, 1)"
        " = output 1x3\n12  16   0"
    )


def test_a_message_whole() -> None:
    scene = convolution_scene(np.ones((4, 7)), np.ones((5, 5)), dilation=3)
    assert scene.panels == scene.steps == ()
    assert scene.notes == (
        Note(
            "message",
            "The kernel reaches over 13x13 cells (a 5x5 kernel with dilation 3), but the input has only 4x7:"
            " there is no place to put it.",
        ),
        Note("advice", "Choose a kernel size of at most 2 or a padding of at least 5."),
    )
    assert scene.summary == " ".join(note.text for note in scene.notes)


def test_example_b() -> None:
    scene = convolution_scene(INPUT_B, KERNEL_B)
    assert scene["output"].values.tolist() == [[84, 84], [87, 60]]


@GEOMETRIES
@given(a_case(dtypes=("int64", "float64")))
def test_taps_against_a_slow_loop(case: Any) -> None:
    """Output, kernel, dilation, stride and padding, in loops that a learner could write."""
    height, width = case.axes
    x, w = case.x[0, 0], case.w[0, 0]
    scene = convolution_scene(x, w, **case.forward)
    columns = width.size + sum(width.padding)
    taps, y = [], conv2d(x, w, **case.forward)
    for row in range(y.shape[0]):
        for column in range(y.shape[1]):
            for i in range(height.kernel):
                for j in range(width.kernel):
                    at = (row * height.stride + i * height.dilation) * columns
                    at += column * width.stride + j * width.dilation
                    taps.append([at, i * width.kernel + j, row * y.shape[1] + column])
    assert products(scene, "input", "kernel", "output").tolist() == taps
    assert scene["output"].values.tolist() == y.tolist()
    padded = np.pad(x, [a.padding for a in case.axes])
    assert scene["input"].values.tolist() == padded.tolist()
    marks = np.pad(np.full(x.shape, UNREAD), [a.padding for a in case.axes], constant_values=1)
    for cell in {cell for cell, _, _ in taps}:
        marks.flat[cell] = 1 if marks.flat[cell] == 1 else 0
    assert np.asarray(scene["input"].marks).tolist() == marks.tolist()


@GEOMETRIES
@given(a_case(dtypes=("int64",)))
def test_captions_calculate_right(case: Any) -> None:
    scene = convolution_scene(case.x[0, 0], case.w[0, 0], **case.forward)
    for (place, value), step in zip(np.ndenumerate(scene["output"].values), scene.steps, strict=True):
        head, products, result = re.fullmatch(r"output(\[.*\]) = (.*) = (-?\d+)", step.caption).groups()
        assert head == str(list(place))
        assert int(result) == value
        ((cells, values),) = step.changes.values()
        assert (cells.tolist(), values.tolist()) == (
            [np.ravel_multi_index(place, scene["output"].shape)],
            [value],
        )
        if len(step.taps) > LONGEST_SUM:
            assert f"... ({len(step.taps)} products)" in products
        else:
            assert len(products.split(" + ")) == len(step.taps)
            assert sum(written(product) for product in products.split(" + ")) == value


def written(product: str) -> int:
    left, right = (int(factor.strip("()")) for factor in product.split("*"))
    return left * right


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=30))
def test_a_long_sum_keeps_its_beginning_its_end_and_its_count(numbers: list[int]) -> None:
    shown = texts(numbers)
    text = sum_text(zip(shown, shown, strict=True))
    assert text.startswith(f"{shown[0]}*{shown[0]}")
    assert text.endswith(f"{shown[-1]}*{shown[-1]}")
    assert len(text.split(" + ")) == min(len(numbers), LONGEST_SUM)
    assert ("..." in text) == (len(numbers) > LONGEST_SUM)
    assert "--" not in text
    assert "+ -" not in text


@GEOMETRIES
@given(a_case(dtypes=("int64",)))
def test_the_sum_is_seen_to_grow_place_by_place(case: Any) -> None:
    scene = convolution_scene(case.x[0, 0], case.w[0, 0], **case.forward)
    y = scene["output"].values.ravel()
    for step in range(1, len(scene.steps) + 1):
        shown = scene.values_at(step)["output"].ravel()
        assert shown[:step].tolist() == y[:step].tolist()
        assert np.isnan(shown[step:]).all()


REMEDY = re.compile(r"a (kernel size|dilation|padding) of at (?:most|least) (\(\d+, \d+\)|\d+)")


@settings(max_examples=300)
@given(
    *(st.tuples(st.integers(1, 6), st.integers(1, 6)) for _ in range(3)),
    st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2),
)
def test_the_advice_of_a_message_gives_a_picture(
    shape: tuple[int, int], kernel: tuple[int, int], dilation: tuple[int, int], padding: Any
) -> None:
    x = np.ones(shape)
    scene = convolution_scene(x, np.ones(kernel), padding=padding, dilation=dilation)
    if scene.panels:
        return
    remedies = dict(REMEDY.findall(scene.summary))
    assert {"kernel size", "padding"} <= set(remedies)
    before = {"kernel size": kernel, "padding": padding, "dilation": dilation}
    for name, text in remedies.items():
        change = tuple(map(int, re.findall(r"\d+", text)))
        now = {**before, name: change if len(change) == 2 else change * 2}
        after = convolution_scene(
            x, np.ones(now["kernel size"]), padding=now["padding"], dilation=now["dilation"]
        )
        assert after.panels, f"{scene.summary} {name} = {text} still gives: {after.summary}"


@GEOMETRIES
@given(a_case(dtypes=("int64",)))
def test_notes_on_what_is_never_read(case: Any) -> None:
    scene = convolution_scene(case.x[0, 0], case.w[0, 0], **case.forward)
    shape = scene["input"].values.shape
    cells = np.array(np.unravel_index(scene.taps["input"], shape))
    unread = [n - 1 - int(line.max()) for n, line in zip(shape, cells, strict=True)]
    counts = [note.text for note in scene.notes if note.kind == "count"]
    expected = [
        rf"the last {f'{count} ' if count > 1 else ''}{axis}{'s' if count > 1 else ''} of the (padded )?input"
        for axis, count in zip(("row", "column"), unread, strict=True)
        if count
    ]
    assert len(counts) == len(expected)
    assert all(re.match(*pair) for pair in zip(expected, counts, strict=True))


def test_codes_of_the_output_size_calculate_right() -> None:
    scene = convolution_scene(np.ones((5, 8)), np.ones((2, 3)), stride=(2, 3), padding=((1, 0), (2, 1)))
    rows, columns = (note.text for note in scene.notes if note.kind == "code")
    assert rows == "rows: floor((5 + 1 + 0 - 2) / 2) + 1 = 3"
    assert columns == "columns: floor((8 + 2 + 1 - 3) / 3) + 1 = 3"
    unread = "the last 2 columns of the padded input are never read: the next window would stick out"
    assert Note("count", unread) in scene.notes
    assert scene["output"].values.shape == (3, 3)


def test_the_scene_shares_no_memory_with_what_it_was_given() -> None:
    x, w = INPUT_A.copy(), KERNEL_A.copy()
    scene = convolution_scene(x, w)
    before = plain(scene)
    x[:], w[:] = 0, 0
    assert plain(scene) == before


@pytest.mark.parametrize(
    ("x", "w", "error", "message"),
    [
        ([1, 2, 3], [[1]], ValueError, r"x must be a matrix \(rows, columns\), got shape \(3,\)"),
        (np.ones((1, 2, 3)), [[1]], ValueError, r"x must be a matrix .* \(1, 2, 3\)"),
        ([[1, 2]], [1], ValueError, r"w must be a matrix \(rows, columns\), got shape \(1,\)"),
        ([[1, 2]], np.ones((1, 1, 1, 2)), ValueError, r"w must be a matrix"),
        (5, [[1]], ValueError, "x must be a matrix .* the single number 5"),
        ([], [[1]], ValueError, "x must not be empty"),
        ([[1, 2], [3]], [[1]], ValueError, "x must have rows of equal length"),
        ([[np.nan]], [[1]], ValueError, r"x must be finite, got nan at \(0, 0\)"),
        ([[1.0]], [[np.inf]], ValueError, r"w must be finite, got inf"),
        ("picture", [[1]], TypeError, "x must hold ints or floats"),
        ([[1]], [["a"]], TypeError, "w must hold ints or floats, got 'a'"),
        (None, [[1]], TypeError, "x must hold ints or floats, got None"),
    ],
)
def test_what_is_no_matrix_is_refused_by_name(x: Any, w: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        convolution_scene(x, w)


@pytest.mark.parametrize("name", ["stride", "padding", "dilation"])
@pytest.mark.parametrize("value", [-1, 1.5, "2", None, (1, 2, 3)])
def test_bad_geometry_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=name):
        convolution_scene([[1, 2, 3]], [[1]], **{name: value})


def test_repr_is_the_summary() -> None:
    scene: Scene = convolution_scene([[1, 2, 3]], [[1, 1]])
    assert repr(scene).startswith("Scene of input 1x3, kernel 1x2, output 1x2\ninput 1x3 ∗ kernel 1x2")
