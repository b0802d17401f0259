"""Scenes of a transposed convolution against slow loops, the facts of lesson 03, and bad input."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from geometries import Case, a_case
from hypothesis import given
from hypothesis import strategies as st
from scenes import products

from deconv_helpers import (
    Geometry,
    conv2d,
    conv_matrix,
    conv_transpose2d,
    explore_transposed,
    transposed_scene,
)
from deconv_helpers.lessons.connections import connect_transposed, crop_marks
from deconv_helpers.lessons.presets import INPUT_A, KERNEL_A, KERNEL_B
from deconv_helpers.operators.geometry import geometry_2d
from deconv_helpers.scenes.scene import MARKS, Scene

A = np.array([[2, 1], [4, 4]])
B = np.array([[2, 3], [4, 3]])
CROPPED, STRUCTURAL = MARKS.index("cropped"), MARKS.index("structural zero")


def slow_canvas(
    y: np.ndarray, w: np.ndarray, case: Case
) -> tuple[np.ndarray, np.ndarray, set[tuple[int, ...]]]:
    """Stamps by loops over plain indices: the canvas, its marks, and (input, weight, canvas, C.T) cells."""
    (rows, top, row_marks), (columns, left, column_marks) = (
        slow_axis(axis, n) for axis, n in zip(case.axes, y.shape, strict=True)
    )
    kept_columns = column_marks.count(0)
    canvas, taps = np.zeros((rows, columns)), set()
    for i, j in np.ndindex(*y.shape):
        for a, b in np.ndindex(*w.shape):
            r = case.axes[0].stride * i + case.axes[0].dilation * a
            c = case.axes[1].stride * j + case.axes[1].dilation * b
            canvas[r, c] += y[i, j] * w[a, b]
            cell = ((r - top) * kept_columns + c - left) * y.size + i * y.shape[1] + j
            if row_marks[r] or column_marks[c]:
                cell = -1
            taps.add((i * y.shape[1] + j, a * w.shape[1] + b, r * columns + c, cell))
    return canvas, np.maximum.outer(row_marks, column_marks), taps


def slow_axis(axis: Any, n: int) -> tuple[int, int, list[int]]:
    """Length of the canvas, its first kept cell, and the marks along it."""
    stamped = axis.stride * (n - 1) + axis.dilation * (axis.kernel - 1) + 1
    before, after = axis.padding
    end = stamped - after + axis.output_padding
    length = max(stamped, end)
    return length, before, [0 if before <= i < end else CROPPED for i in range(length)]


@given(a_case(dtypes=("int64",)))
def test_canvas_marks_and_taps_against_a_slow_loop(case: Case) -> None:
    y, w = case.y[0, 0], case.w[0, 0]
    canvas, marks, taps = slow_canvas(y, w, case)
    scene = transposed_scene(y, w, **case.backward)
    output = scene["output"]
    assert np.array_equal(output.values, canvas)
    assert np.array_equal(output.marks, marks)
    table = products(scene, "input", "kernel", "output", "C.T")
    assert set(map(tuple, table.tolist())) == taps
    assert len(table) == y.size * w.size
    result = conv_transpose2d(y, w, **case.backward)
    assert np.array_equal(canvas[marks == 0].reshape(result.shape), result)
    assert np.array_equal(scene["C.T"].values @ y.ravel(), result.ravel())


@given(a_case(dtypes=("int64", "float64")), st.booleans())
def test_play_adds_stamp_after_stamp_and_ends_in_the_finished_picture(case: Case, matrix: bool) -> None:
    y, w = case.y[0, 0], case.w[0, 0]
    scene = transposed_scene(y, w, **case.backward, matrix=matrix)
    assert len(scene.steps) == y.size
    for name, finished in scene.values_at(0).items():
        assert np.array_equal(scene.values_at(y.size)[name], finished)
    for step in {1, (y.size + 1) // 2, y.size}:
        first = np.where(np.arange(y.size) < step, y.ravel(), 0).reshape(y.shape)
        expected = slow_canvas(first, w, case)[0]
        shown = scene.values_at(step)["output"]
        assert np.array_equal(np.nan_to_num(shown), expected), "blank cells stand for 0"
        assert scene.lit(step)["input"].tolist() == [step - 1]


def test_example_a_as_a_whole() -> None:
    scene = transposed_scene(A, KERNEL_A)
    assert [panel.name for panel in scene.panels] == ["input", "kernel", "output", "C.T"]
    assert [panel.role for panel in scene.panels] == ["input", "kernel", "output", "matrix"]
    assert [panel.title for panel in scene.panels] == ["input 2x2", "kernel 3x3", "output 4x4", "C.T 16x4"]
    assert [panel.editable for panel in scene.panels] == [True, True, False, False]
    assert scene["output"].values.tolist() == [
        [2, 9, 6, 1],
        [6, 29, 30, 7],
        [10, 29, 33, 13],
        [12, 24, 16, 4],
    ]
    assert np.array_equal(scene["C.T"].values, conv_matrix(KERNEL_A, (4, 4)).T)
    assert [note.text for note in scene.notes] == [
        "rows: (2 - 1)*1 + 3 = 4",
        "columns: (2 - 1)*1 + 3 = 4",
    ]
    assert [step.caption for step in scene.steps] == [
        f"input[{i}, {j}] = {v} stamps {v}*kernel, its top left corner on output[{i}, {j}]"
        for (i, j), v in np.ndenumerate(A)
    ]
    sums = [scene.values_at(step)["output"][1, 1] for step in range(1, 5)]
    assert sums == [8, 9, 25, 29]
    assert scene.summary.splitlines()[0] == (
        "input 2x2 stamps kernel 3x3, stride 1, padding 0, dilation 1, output padding 0: output 4x4"
    )


def test_example_b() -> None:
    scene = transposed_scene(B, KERNEL_B)
    assert scene["output"].values.tolist() == [
        [2, 7, 14, 12],
        [6, 16, 31, 21],
        [6, 14, 29, 21],
        [4, 11, 22, 12],
    ]


def test_pointing_lights_a_stamp_and_its_column_a_window_and_its_row() -> None:
    scene = transposed_scene(A, KERNEL_A)
    stamp = [r * 4 + c for r in (1, 2, 3) for c in (0, 1, 2)]
    assert scene.partners("input", 2) == {
        "kernel": list(range(9)),
        "output": stamp,
        "C.T": [cell * 4 + 2 for cell in stamp],
    }
    assert scene.partners("output", 5) == {
        "input": [0, 1, 2, 3],
        "kernel": [0, 1, 3, 4],
        "C.T": [20, 21, 22, 23],
    }
    assert scene.partners("kernel", 0) == {
        "input": [0, 1, 2, 3],
        "output": [0, 1, 4, 5],
        "C.T": [0, 5, 18, 23],
    }
    assert scene.partners("C.T", 1) == {}, "a structural zero has no part in anything"


def test_hues_and_zeros_of_the_matrix() -> None:
    w = np.array([[0, 2], [3, 0]])
    scene = transposed_scene(A, w, padding=((1, 0), (0, 1)), stride=(1, 2))
    matrix, kernel = scene["C.T"], scene["kernel"]
    assert kernel.weights is not None
    assert matrix.weights is not None
    assert kernel.weights.tolist() == [[0, 1], [2, 3]]
    assert np.array_equal(matrix.weights < 0, matrix.marks == STRUCTURAL)
    held = matrix.weights >= 0
    assert np.array_equal(matrix.values[held], w.ravel()[matrix.weights[held]])
    assert not matrix.values[~held].any()
    assert len(matrix.values) == (scene["output"].marks == 0).sum() == 6


def test_cells_are_counted_from_the_first_that_stays() -> None:
    scene = transposed_scene([[1, 2, 3]], [[1, -1, 1]], stride=(1, 2), padding=(0, 1), dilation=(1, 2))
    assert [re.findall(r"output\[.*\]", step.caption) for step in scene.steps] == [
        ["output[0, -1]"],
        ["output[0, 1]"],
        ["output[0, 3]"],
    ]
    assert scene["output"].title == "output 1x7, cropped from 1x9"
    assert [note.text for note in scene.notes] == [
        "rows: (1 - 1)*1 + 1 = 1",
        "columns: (3 - 1)*2 + 5 - 1 - 1 = 7",
        "the padding cuts off 2 of 9 cells",
        "4 output cells are 0 because no stamp reaches there",
    ]


def test_output_padding_uncovers_values_or_shows_zeros() -> None:
    uncovered = transposed_scene(A, KERNEL_A, stride=2, padding=1, output_padding=1)["output"]
    assert uncovered.marks is not None
    assert uncovered.marks.tolist() == [[4] * 5, *[[4, 0, 0, 0, 0]] * 4]
    assert uncovered.values[4].tolist() == [12, 12, 16, 12, 4]
    beyond = transposed_scene(A, KERNEL_A, stride=2, output_padding=(1, 0))
    assert beyond["output"].values.shape == (6, 5)
    assert not beyond["output"].values[5].any()
    assert beyond.notes[-1].text == "5 output cells are 0 because no stamp reaches there"
    assert not np.isnan(beyond.values_at(1)["output"][5]).any(), (
        "no stamp will come, so nothing is waited for"
    )


def test_the_canvas_of_output_padding_beyond_the_stride() -> None:
    axes = geometry_2d((2, 1), dilation=(3, 1), output_padding=(2, 0), padding=(1, 0))
    assert crop_marks(axes, (2, 3)).tolist() == [[4] * 3, *[[0] * 3] * 5]
    found = connect_transposed(axes, (2, 3))
    assert found.frame == (6, 3)
    assert found.small.max() == 5, "the canvas has room for another stamp, but there is none"


def test_without_the_matrix() -> None:
    scene = transposed_scene(A, KERNEL_A, matrix=False)
    assert [panel.name for panel in scene.panels] == ["input", "kernel", "output"]
    assert scene.partners("output", 0) == {"input": [0], "kernel": [0]}


def test_floats_negatives_and_large_numbers() -> None:
    scene = transposed_scene([[-0.5, 1e30]], [[2, -1]])
    assert scene["output"].values.tolist() == [[-1, 0.5 + 2e30, -1e30]]
    assert scene.steps[0].caption == (
        "input[0, 0] = -0.5 stamps (-0.5)*kernel, its top left corner on output[0, 0]"
    )


MOVES = [
    ({"output_padding": 1}, "output padding, 1, must be smaller than the larger of stride 1 and dilation 1"),
    (
        {"stride": 2, "output_padding": 2},
        "output padding, 2, must be smaller than the larger of stride 2 and dilation 1",
    ),
    (
        {"stride": (2, 3), "output_padding": (2, 2)},
        r"2, must be smaller than the larger of stride \(2, 3\) and dilation 1",
    ),
    ({"dilation": 2, "output_padding": 2}, "the larger of stride 1 and dilation 2"),
    ({"padding": 2}, "cover 4x4 cells, but the padding cuts off 4 rows and 4 columns: nothing is left"),
    ({"padding": (0, 3)}, "cuts off 0 rows and 6 columns"),
    ({"padding": 3, "output_padding": 1}, "output padding, 1, must be smaller"),
    ({"stride": 2, "padding": 9, "output_padding": 1}, "nothing is left"),
]


@pytest.mark.parametrize(("settings", "reason"), MOVES)
def test_every_remedy_of_a_message_helps_by_itself(settings: dict[str, Any], reason: str) -> None:
    text = message(transposed_scene(A, KERNEL_A, **settings))
    assert re.search(reason, text)
    remedies = re.findall(r"an? ([a-z ]+) of at (?:most|least) (\d+)", text.partition("Choose")[2])
    assert remedies
    for name, value in remedies:
        if name == "kernel size":
            scene = transposed_scene(A, np.ones((int(value), int(value))), **settings)
        else:
            scene = transposed_scene(A, KERNEL_A, **{**settings, name.replace(" ", "_"): int(value)})
        assert scene.panels, f"{name} {value} does not help: {message(scene)}"


def test_where_no_single_remedy_helps_two_are_named_together() -> None:
    text = message(transposed_scene([[1]], [[1]], padding=1, output_padding=1))
    assert text.endswith("Choose an output padding of at most 0 and padding 0.")
    assert transposed_scene([[1]], [[1]], padding=0, output_padding=0).panels


def message(scene: Scene) -> str:
    assert not scene.panels
    assert [note.kind for note in scene.notes] == ["message", "advice"]
    return " ".join(note.text for note in scene.notes)


@pytest.mark.parametrize(
    ("arguments", "settings", "error", "text"),
    [
        (([1, 2], [[1]]), {}, ValueError, r"x must be a matrix .* got shape \(2,\)"),
        (([[1]], [[[1]]]), {}, ValueError, "w must be a matrix"),
        (([["a"]], [[1]]), {}, TypeError, "x must hold ints or floats"),
        (([[np.nan]], [[1]]), {}, ValueError, "x must be finite"),
        (([[1]], [[1]]), {"stride": 0}, ValueError, "stride must be at least 1, got 0"),
        (([[1]], [[1]]), {"padding": -1}, ValueError, "padding must be at least 0, got -1"),
        (([[1]], [[1]]), {"output_padding": -1}, ValueError, "output_padding must be at least 0, got -1"),
        (([[1]], [[1]]), {"output_padding": 0.5}, TypeError, "output_padding must be an int, got 0.5"),
        (
            ([[1]], [[1]]),
            {"output_padding": (1, 0, 0)},
            ValueError,
            "output_padding must be an int or a pair",
        ),
    ],
)
def test_bad_arguments_are_named(arguments: Any, settings: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        transposed_scene(*arguments, **settings)


def test_the_explorer_takes_arrays_of_the_reader() -> None:
    explorer = explore_transposed(x=[[1, 2, 3], [4, 5, 6]], w=[[1, 0], [0, 2]], stride=2)
    assert explorer.settings == {"stride": 2}
    assert explorer.scene()["output"].values.shape == (4, 6)
    assert explore_transposed(kernel_size=2).scene(stride=3)["C.T"].values.shape == (25, 4)
    for arguments, text in [
        ({"x": np.ones((7, 2))}, r"x must be at most 6x6 .*got shape \(7, 2\)"),
        ({"w": np.ones((2, 8))}, r"w must be at most 7x7 .*got shape \(2, 8\)"),
    ]:
        with pytest.raises(ValueError, match=text):
            explore_transposed(**arguments)


def test_the_largest_arrays_of_your_own_keep_to_the_budget() -> None:
    explorer = explore_transposed(x=np.arange(36).reshape(6, 6), w=np.arange(49).reshape(7, 7))
    assert len(explorer.payload) < 600 * 1024
    explorer.close()


# The facts of lesson 03.


def test_one_column_is_one_stamp_and_one_row_is_the_window_of_the_inputs() -> None:
    C = conv_matrix(KERNEL_A, (4, 4))
    assert C.T[:, 2].reshape(4, 4).tolist() == [[0] * 4, *([*row, 0] for row in KERNEL_A.tolist())]
    assert [np.count_nonzero(column) for column in C] == [9] * 4
    assert C.T[5] @ A.ravel() == 29
    assert np.array_equal(A.reshape(1, 4) @ C, conv_transpose2d(A, KERNEL_A).reshape(1, 16))


def test_the_shape_comes_back_the_values_do_not() -> None:
    small = conv2d(INPUT_A, KERNEL_A)
    back = conv_transpose2d(small, KERNEL_A)
    assert back.shape == INPUT_A.shape
    assert back[0].tolist() == [122, 636, 714, 148]
    assert np.linalg.matrix_rank(conv_matrix(KERNEL_A, (4, 4))) == 4
    other = INPUT_A.copy()
    other[0] = [0, 6, 8, 6]
    assert np.array_equal(conv2d(other, KERNEL_A), small)


@pytest.mark.parametrize(
    ("n", "settings", "expected"),
    [(3, {"stride": 2, "padding": 1}, 5), (5, {}, 7), (5, {"padding": 1}, 5)],
)
def test_sizes_of_the_lesson(n: int, settings: dict[str, int], expected: int) -> None:
    assert Geometry(3, **settings).transposed_size(n) == expected
    scene = transposed_scene(np.ones((n, n + 1)), KERNEL_A, **settings)
    assert (scene["output"].marks == 0).any(axis=1).sum() == expected


def test_the_floor_makes_the_way_back_ambiguous() -> None:
    axis = Geometry(3, stride=2, padding=1)
    assert [axis.output_size(n) for n in (4, 5, 6, 7)] == [2, 3, 3, 4]
    assert [Geometry(3, 2, 1, output_padding=o).transposed_size(3) for o in (0, 1)] == [5, 6]


def test_a_single_one_spreads_and_ones_repeat() -> None:
    y = np.array([[5, 2, 7], [3, 8, 6]])
    spread = conv_transpose2d(y, [[1, 0], [0, 0]], stride=2)
    assert np.array_equal(spread[::2, ::2], y)
    assert np.count_nonzero(spread) == y.size
    assert np.array_equal(
        conv_transpose2d(y, np.ones((2, 2), int), stride=2), np.kron(y, np.ones((2, 2), int))
    )


def test_the_gradient_of_a_convolution_is_the_transposed_convolution() -> None:
    rng = np.random.default_rng(3)
    x, w, g = rng.random((2, 5, 6)), rng.random((3, 2, 3, 3)), rng.random((3, 3, 3))
    gradient, step = np.zeros(x.shape), 1e-3
    for cell in np.ndindex(*x.shape):
        more, less = x.copy(), x.copy()
        more[cell] += step
        less[cell] -= step
        errors = [(g * conv2d(image, w, stride=2, padding=1)).sum() for image in (more, less)]
        gradient[cell] = (errors[0] - errors[1]) / (2 * step)
    transposed = conv_transpose2d(g, w, stride=2, padding=1, output_padding=(0, 1))
    np.testing.assert_allclose(gradient, transposed, rtol=1e-9)


def test_with_channels_the_matrix_is_a_grid_of_blocks() -> None:
    stack = np.random.default_rng(1).integers(1, 10, (2, 3, 2, 2))
    y = np.random.default_rng(2).integers(0, 10, (2, 2, 3))
    C = conv_matrix(stack, (3, 3, 4))
    assert C.T.shape == (3 * 12, 2 * 6)
    for c, o in np.ndindex(3, 2):
        block = C.T[12 * c : 12 * c + 12, 6 * o : 6 * o + 6]
        assert np.array_equal(block, conv_matrix(stack[o, c], (3, 4)).T)
    assert np.array_equal((C.T @ y.ravel()).reshape(3, 3, 4), conv_transpose2d(y, stack))
