"""Lesson 02: C against the operators, its links against slow loops, its pattern, its notes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from geometries import a_case
from hypothesis import given, settings
from scenes import products

from deconv_helpers import conv2d, conv_matrix, explore_matrix, matrix_scene
from deconv_helpers.lessons.presets import INPUT_A, INPUT_B, KERNEL_A, KERNEL_B, MATRIX_INPUTS, random_digits
from deconv_helpers.scenes.scene import MARKS, Note

GEOMETRIES = settings(max_examples=60)
STRUCTURAL_ZERO = MARKS.index("structural zero")


def notes(scene: Any) -> list[str]:
    return [note.text for note in scene.notes]


def test_the_scene_of_example_a() -> None:
    scene = matrix_scene(INPUT_A, KERNEL_A)
    assert [panel.name for panel in scene.panels] == ["input", "kernel", "output", "C"]
    assert [panel.title for panel in scene.panels] == ["input 4x4", "kernel 3x3", "output 2x2", "C 4x16"]
    assert [panel.editable for panel in scene.panels] == [True, True, False, False]
    assert scene["C"].values.tolist() == [
        [1, 4, 1, 0, 1, 4, 3, 0, 3, 3, 1, 0, 0, 0, 0, 0],
        [0, 1, 4, 1, 0, 1, 4, 3, 0, 3, 3, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 4, 1, 0, 1, 4, 3, 0, 3, 3, 1, 0],
        [0, 0, 0, 0, 0, 1, 4, 1, 0, 1, 4, 3, 0, 3, 3, 1],
    ]
    assert scene["output"].values.tolist() == [[122, 148], [126, 134]]
    assert scene["kernel"].weights.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert scene.steps[2].caption == (
        "row 2 of C: output[1, 0] = 1*1 + 8*4 + 8*1 + 3*1 + 6*4 + 6*3 + 6*3 + 5*3 + 7*1 = 126"
    )
    assert scene.notes == (
        Note("code", "C: 2*2 outputs x 4*4 inputs = 4x16"),
        Note("count", "36 of 64 entries hold a weight, 28 are structural zeros (44%)"),
    )
    assert scene.summary == (
        "C 4x16 of input 4x4 ∗ kernel 3x3, stride 1, padding 0, dilation 1 = output 2x2\n122  148\n126  134"
    )


def test_what_pointing_lights() -> None:
    scene = matrix_scene(INPUT_A, KERNEL_A)
    window, row = [4, 5, 6, 8, 9, 10, 12, 13, 14], [36, 37, 38, 40, 41, 42, 44, 45, 46]
    assert scene.partners("output", 2) == {"input": window, "kernel": [*range(9)], "C": row}
    column = [1, 17]
    assert scene.partners("input", 1) == {"kernel": [0, 1], "output": [0, 1], "C": column}
    diagonal = [0, 17, 36, 53]
    assert scene.partners("kernel", 0) == {"input": [0, 1, 4, 5], "output": [0, 1, 2, 3], "C": diagonal}
    assert scene.partners("C", 17) == {"input": [1], "kernel": [0], "output": [1]}
    assert scene.partners("C", 3) == {}, "nothing meets in a structural zero"


@GEOMETRIES
@given(a_case(dtypes=("int64", "float64")))
def test_c_is_the_matrix_of_the_convolution(case: Any) -> None:
    x, w = case.x[0, 0], case.w[0, 0]
    scene = matrix_scene(x, w, **case.forward)
    C = scene["C"]
    assert np.array_equal(C.values, conv_matrix(w, x.shape, **case.forward))
    counted = np.arange(1, w.size + 1).reshape(w.shape)
    assert np.array_equal(C.weights, conv_matrix(counted, x.shape, **case.forward) - 1)
    assert np.array_equal(C.marks == STRUCTURAL_ZERO, C.weights == -1)
    y = conv2d(x, w, **case.forward)
    assert np.array_equal(scene["output"].values, y)
    np.testing.assert_allclose(C.values @ x.ravel(), y.ravel())


@GEOMETRIES
@given(a_case(dtypes=("int64",)))
def test_taps_against_a_slow_loop(case: Any) -> None:
    height, width = case.axes
    x, w = case.x[0, 0], case.w[0, 0]
    scene = matrix_scene(x, w, **case.forward)
    rows, columns = scene["output"].values.shape
    taps = []
    for row, column in np.ndindex(rows, columns):
        for i, j in np.ndindex(w.shape):
            at = (row * height.stride + i * height.dilation, column * width.stride + j * width.dilation)
            pixel = (at[0] - height.padding[0], at[1] - width.padding[0])
            inside = 0 <= pixel[0] < x.shape[0] and 0 <= pixel[1] < x.shape[1]
            large = at[0] * scene["input"].values.shape[1] + at[1]
            small = row * columns + column
            entry = small * x.size + pixel[0] * x.shape[1] + pixel[1] if inside else -1
            taps.append([large, i * w.shape[1] + j, small, entry])
    assert products(scene, "input", "kernel", "output", "C").tolist() == taps


@GEOMETRIES
@given(a_case(dtypes=("int64",)))
def test_a_step_is_a_row_of_c_and_its_sum(case: Any) -> None:
    x = case.x[0, 0]
    scene = matrix_scene(x, case.w[0, 0], **case.forward)
    y, C = scene["output"].values, scene["C"]
    assert np.isnan(scene.start["output"][1]).all()
    assert len(scene.steps) == len(C.values) == y.size
    for number, step in enumerate(scene.steps):
        entries = scene.taps["C"][step.taps]
        lit = entries[entries >= 0]
        assert lit.tolist() == (number * x.size + np.flatnonzero(C.weights[number] >= 0)).tolist()
        row, place, result = re.fullmatch(
            r"row (\d+) of C: output\[(.*)\] = .*?(-?\d+)(?:, for the row is empty)?", step.caption
        ).groups()
        assert int(row) == number
        assert place == ", ".join(map(str, np.unravel_index(number, y.shape)))
        assert int(result) == y.flat[number]
        assert step.caption.endswith("empty") == (len(lit) == 0)
        shown = scene.values_at(number + 1)["output"].ravel()
        assert shown[: number + 1].tolist() == y.ravel()[: number + 1].tolist()
        assert np.isnan(shown[number + 1 :]).all()


@GEOMETRIES
@given(a_case(dtypes=("int64", "float64")))
def test_flattened_shows_the_product_and_what_meets_in_it(case: Any) -> None:
    x, w = case.x[0, 0], case.w[0, 0]
    scene, plain = (matrix_scene(x, w, flattened=shown, **case.forward) for shown in (True, False))
    assert [p.name for p in scene.panels] == [*(p.name for p in plain.panels), "x", "y"]
    column, y = scene["x"].values, scene["y"].values
    assert column.tolist() == [[value] for row in x.tolist() for value in row]
    assert y.tolist() == [[value] for row in scene["output"].values.tolist() for value in row]
    np.testing.assert_allclose(scene["C"].values @ column, y)
    for entry, place, result in products(scene, "C", "x", "y").tolist():
        assert (place < 0) == (entry < 0), "what the padding gives is no entry of C and no cell of x"
        if entry >= 0:
            assert (result, place) == divmod(entry, x.size)
    for number in range(y.size + 1):
        shown = scene.values_at(number)
        np.testing.assert_array_equal(shown["y"].ravel(), shown["output"].ravel())
    assert [step.caption for step in scene.steps] == [step.caption for step in plain.steps]


def test_pointing_at_the_flattened_columns() -> None:
    scene = matrix_scene([[1, 2, 6, 3], [4, 1, 5, 2], [7, 3, 2, 8]], [[1, 3], [2, 4]], flattened=True)
    assert scene.lit(2)["x"].tolist() == [1, 2, 5, 6]
    assert scene.partners("y", 1)["C"] == [12 + 1, 12 + 2, 12 + 5, 12 + 6]
    assert scene.partners("x", 6)["output"] == [1, 2, 4, 5]
    assert scene.partners("input", 6)["x"] == [6]


@GEOMETRIES
@given(a_case(dtypes=("int64",)))
def test_notes_count_right(case: Any) -> None:
    """Against the matrix of a kernel of ones, whose zeros are the structural ones."""
    x, w = case.x[0, 0], case.w[0, 0]
    found = notes(matrix_scene(x, w, **case.forward))
    held = conv_matrix(np.ones(w.shape, int), x.shape, **case.forward)
    rows, columns = held.shape
    assert found[0].endswith(f"= {rows}x{columns}")
    left, right = found[0].removeprefix("C: ").split(" inputs")[0].split(" outputs x ")
    assert [np.prod([int(n) for n in side.split("*")]) for side in (left, right)] == [rows, columns]
    share = f"({100 * (held == 0).mean():.0f}%)"
    total = f"{held.sum()} of {held.size} entries hold a weight, {(held == 0).sum()} are structural zeros "
    assert found[1] == total + share
    unread, blind = int((held.sum(0) == 0).sum()), int((held.sum(1) == 0).sum())
    expected = [f"empty columns: {unread} of {columns}, for inputs that no window reads"] if unread else []
    expected += [f"empty rows: {blind} of {rows}, for windows that read only padding"] if blind else []
    assert found[2:] == expected


def test_padding_has_no_column() -> None:
    scene = matrix_scene([[1, 2, 3], [4, 5, 6]], [[1, 2], [3, 4]], padding=((1, 0), (0, 1)))
    assert scene["C"].values.tolist() == [
        [3, 4, 0, 0, 0, 0],
        [0, 3, 4, 0, 0, 0],
        [0, 0, 3, 0, 0, 0],
        [1, 2, 0, 3, 4, 0],
        [0, 1, 2, 0, 3, 4],
        [0, 0, 1, 0, 0, 3],
    ]
    assert scene["input"].values.tolist() == [[0, 0, 0, 0], [1, 2, 3, 0], [4, 5, 6, 0]]
    assert scene.partners("input", 0) == {"kernel": [0], "output": [0]}
    assert scene.steps[2].caption == "row 2 of C: output[0, 2] = 3*3 = 9"


def test_stride_keeps_rows_and_leaves_columns_empty() -> None:
    x, w = MATRIX_INPUTS["6x8, digits"], KERNEL_A
    all_rows = matrix_scene(x, w)["C"].values.reshape(4, 6, 48)
    scene = matrix_scene(x, w, stride=2)
    assert np.array_equal(scene["C"].values, all_rows[::2, ::2].reshape(6, 48))
    assert notes(scene)[2] == "empty columns: 13 of 48, for inputs that no window reads"


def test_weights_that_are_zero_are_no_structural_zeros() -> None:
    scene = matrix_scene(np.ones((3, 5)), [[0, 0, 0], [0, 1, 0], [0, 0, 0]], padding=1)
    assert np.array_equal(scene["C"].values, np.eye(15))
    reads = (2 + 3 + 2) * (2 + 3 + 3 + 3 + 2)  # rows times columns that the windows find inside
    assert (scene["C"].marks == 0).sum() == reads


def test_huge_and_negative_numbers_are_written() -> None:
    scene = matrix_scene([[1e30, -0.5]], [[-1, 2]])
    assert scene.steps[0].caption == "row 0 of C: output[0, 0] = 1e30*(-1) + (-0.5)*2 = -1e30"
    assert scene["C"].values.tolist() == [[-1, 2]]


def test_a_kernel_without_a_place_is_a_message() -> None:
    scene = matrix_scene(INPUT_A, np.ones((3, 3)), dilation=2)
    assert scene.panels == ()
    assert scene.notes[0].kind == "message"
    assert "a dilation of at most 1" in scene.summary


@pytest.mark.parametrize(
    ("x", "w", "error", "message"),
    [
        ([1, 2, 3], [[1]], ValueError, r"x must be a matrix \(rows, columns\)"),
        ([[1, 2]], np.ones((1, 1, 1, 2)), ValueError, r"w must be a matrix"),
        ([[np.inf]], [[1]], ValueError, "x must be finite, got inf"),
        ([[1, 2], [3]], [[1]], ValueError, "x must have rows of equal length"),
        ("picture", [[1]], TypeError, "x must hold ints or floats"),
    ],
)
def test_what_is_no_matrix_is_refused_by_name(x: Any, w: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        matrix_scene(x, w)


@pytest.mark.parametrize("name", ["stride", "padding", "dilation"])
def test_bad_geometry_is_refused_by_name(name: str) -> None:
    with pytest.raises((ValueError, TypeError), match=name):
        matrix_scene([[1, 2, 3]], [[1]], **{name: -1})


def test_the_explorer_takes_arrays_and_typed_numbers() -> None:
    explorer = explore_matrix(x=random_digits(3, 5), w=[[1, 2, 3]], padding=1)
    assert explorer.scene()["C"].values.shape == (5 * 5, 15)
    explorer.edit("kernel", 2, "-0.5")
    assert explorer.scene(padding=0)["C"].values[1].tolist() == [0, 1, 2, -0.5, *[0] * 11]
    explorer.edit("input", 8, "1e30")  # data cell [0, 0] of the padded input
    assert explorer.scene(padding=0)["output"].values[0, 0] == pytest.approx(1e30)


def test_the_explorer_refuses_what_would_not_read() -> None:
    with pytest.raises(ValueError, match=r"x must be at most 8x8 .*\(9, 8\)"):
        explore_matrix(x=np.ones((9, 8)))


def test_example_b_in_the_explorer() -> None:
    explorer = explore_matrix()
    explorer.input, explorer.kernel = "4x4, example B", "example B"
    assert explorer.scene(kernel_size=3)["output"].values.tolist() == [[84, 84], [87, 60]]
    assert np.array_equal(explorer.scene(kernel_size=3)["C"].values @ INPUT_B.ravel(), [84, 84, 87, 60])
    assert np.array_equal(explorer.scene(kernel_size=3)["kernel"].values, KERNEL_B)


def test_the_largest_explorer_stays_small_on_the_wire() -> None:
    explorer = explore_matrix()
    explorer.input = "8x8, digits"
    assert explorer.scene()["C"].values.shape == (36, 64)
    assert len(explorer.payload) < 200 * 1024


# Facts that the lesson states.


def test_the_row_layout_is_the_transpose() -> None:
    D = np.array([[3, 3, 2, 1], [0, 0, 1, 3], [3, 1, 2, 2], [2, 0, 0, 2]])
    mask = np.array([[0, 1, 2], [2, 2, 0], [0, 1, 2]])
    C = conv_matrix(mask, (4, 4))
    assert C.T.shape == (16, 4)
    assert (D.ravel() @ C.T).tolist() == [12, 12, 10, 17]


@pytest.mark.parametrize(("shape", "kernel"), [((4, 4), (3, 3)), ((5, 7), (3, 2)), ((3, 6), (2, 4))])
def test_c_is_toeplitz_in_blocks_only(shape: tuple[int, int], kernel: tuple[int, int]) -> None:
    C = conv_matrix(random_digits(*kernel, low=1), shape)
    rows, columns = (n - k + 1 for n, k in zip(shape, kernel, strict=True))
    blocks = C.reshape(rows, columns, *shape)
    assert not np.array_equal(C[1:, 1:], C[:-1, :-1])
    assert np.array_equal(blocks[:, 1:, :, 1:], blocks[:, :-1, :, :-1]), "diagonals within the blocks"
    assert np.array_equal(blocks[1:, :, 1:], blocks[:-1, :, :-1]), "diagonals of blocks"


def test_channels_make_a_grid_of_blocks() -> None:
    w = random_digits(2, 3, 2, 2)
    C = conv_matrix(w, (3, 3, 4))
    blocks = C.reshape(2, 6, 3, 12)
    for to, out_of in np.ndindex(2, 3):
        assert np.array_equal(blocks[to, :, out_of], conv_matrix(w[to, out_of], (3, 4)))


def test_the_matrix_of_64x64() -> None:
    C = conv_matrix(np.ones((3, 3), np.float32), (64, 64))
    assert C.shape == (3844, 4096)
    assert np.count_nonzero(C) == 3844 * 9
    with pytest.raises(ValueError, match="the matrix would be 260100x262144"):
        conv_matrix(np.ones((3, 3)), (512, 512))
