"""Lesson 00: the weights of fixed interpolation are Pillow's, its links are right, and so are the facts."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from scenes import products

from deconv_helpers import Geometry, explore_interpolation, interpolation_scene, sample_image, upsample
from deconv_helpers.lessons.interpolation import axis_weights
from deconv_helpers.lessons.presets import INPUT_A, PIXELS, random_digits
from deconv_helpers.operators.upsampling import LARGEST, METHODS
from deconv_helpers.scenes.scene import Note

a_method = st.sampled_from(sorted(METHODS))
a_factor = st.tuples(st.integers(1, 4), st.integers(1, 4))
an_input = arrays.arrays(
    np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(-9, 9)
)
PYTORCH = [-0.10546875, 0.87890625, 0.26171875, -0.03515625]
"""What output cell 7 takes of cells 2 to 5 in PyTorch's bicubic interpolation by 2 (computed by 2.13)."""

FEW = settings(max_examples=40, deadline=None)


def keys(t: float, a: float) -> float:
    """The cubic of Keys (1981) with the constant a."""
    t = abs(t)
    if t < 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * (t**3 - 5 * t**2 + 8 * t - 4) if t < 2 else 0


def slow_weights(n: int, factor: int, method: str) -> Any:
    """What each output cell takes of each of n cells, written down from the definitions."""
    weights = np.zeros((n * factor, n))
    for out in range(n * factor):
        at = (out + 0.5) / factor - 0.5
        for cell in range(n):
            if method == "nearest":
                weights[out, cell] = cell == out // factor
            elif method == "bilinear":
                weights[out, cell] = max(1 - abs(at - cell), 0)
            elif method == "lanczos":
                weights[out, cell] = np.sinc(at - cell) * np.sinc((at - cell) / 3) * (abs(at - cell) < 3)
            else:
                weights[out, cell] = keys(at - cell, -0.5)
        weights[out] /= weights[out].sum()
    return weights


def test_the_scene_of_the_course_s_array() -> None:
    scene = interpolation_scene(INPUT_A)
    assert [p.name for p in scene.panels] == ["input", "column weights", "row weights", "output"]
    assert [p.title for p in scene.panels] == [
        "input 4x4",
        "column weights 4x8",
        "row weights 8x4",
        "output 8x8",
    ]
    assert [p.editable for p in scene.panels] == [True, False, False, False]
    assert scene["row weights"].values[:4].tolist() == [
        [1, 0, 0, 0],
        [0.75, 0.25, 0, 0],
        [0.25, 0.75, 0, 0],
        [0, 0.75, 0.25, 0],
    ]
    assert scene["output"].values[1].tolist() == [3.25, 3.875, 5.125, 6.3125, 7.4375, 7.8125, 7.4375, 7.25]
    assert scene.steps[10].caption == "output[1, 2] = 0.1875*4 + 0.5625*5 + 0.0625*1 + 0.1875*8 = 5.125"
    assert scene.notes == (
        Note("code", "rows: 4*2 = 8, columns: 4*2 = 8"),
        Note("count", "each output cell is made of 1 to 4 input cells; its weights sum to 1"),
    )
    assert scene.summary.startswith("input 4x4, bilinear by 2: output 8x8\n")


def test_what_pointing_lights() -> None:
    scene = interpolation_scene(random_digits(3, 5), method="nearest")
    assert scene.partners("output", 29) == {"input": [9], "column weights": [49], "row weights": [7]}
    assert scene.partners("input", 7)["output"] == [24, 25, 34, 35]
    scene = interpolation_scene(random_digits(3, 5), method="bilinear")
    assert scene.partners("output", 11) == {
        "input": [0, 1, 5, 6],
        "column weights": [1, 11],
        "row weights": [3, 4],
    }
    assert scene.partners("output", 0) == {"input": [0], "column weights": [0], "row weights": [0]}


@pytest.mark.parametrize("method", METHODS)
def test_the_weights_are_those_of_the_definitions(method: str) -> None:
    for n, factor in product((1, 2, 3, 4, 7), (1, 2, 3, 4)):
        found, expected = axis_weights(n, factor, method), slow_weights(n, factor, method)
        np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=f"{n} pixels, factor {factor}")


@FEW
@given(an_input, a_factor, a_method)
def test_rows_times_input_times_columns_is_what_pillow_gives(x: Any, factor: Any, method: str) -> None:
    scene = interpolation_scene(x, factor=factor, method=method)
    shape = (x.shape[1] * factor[1], x.shape[0] * factor[0])
    theirs = np.asarray(Image.fromarray(x.astype(np.float32)).resize(shape, METHODS[method]))
    assert np.array_equal(scene["output"].values, theirs)
    product = scene["row weights"].values @ x @ scene["column weights"].values
    np.testing.assert_allclose(scene["output"].values, product, atol=1e-5)


@FEW
@given(an_input, a_factor, a_method)
def test_taps_and_sums_against_a_slow_loop(x: Any, factor: Any, method: str) -> None:
    scene = interpolation_scene(x, factor=factor, method=method)
    across, down = scene["column weights"].values, scene["row weights"].values
    rows, columns = scene["output"].values.shape
    taps = []
    for row, column, i, j in product(range(rows), range(columns), range(x.shape[0]), range(x.shape[1])):
        if down[row, i] != 0 and across[j, column] != 0:
            cells = i * x.shape[1] + j, j * columns + column, row * x.shape[0] + i, row * columns + column
            taps.append(list(cells))
    table = products(scene, "input", "column weights", "row weights", "output")
    assert table.tolist() == taps
    assert len(scene.steps) == rows * columns
    for number, step in enumerate(scene.steps):
        mine = table[step.taps]
        assert (mine[:, 3] == number).all()
        total = sum(x.flat[i] * across.flat[c] * down.flat[r] for i, c, r, _ in mine.tolist())
        assert total == pytest.approx(scene["output"].values.flat[number], abs=1e-5)
        shown = scene.values_at(number + 1)["output"].ravel()
        assert np.isnan(shown[number + 1 :]).all()
        assert not np.isnan(shown[: number + 1]).any()


def test_a_caption_says_equal_only_where_its_digits_are_all_there() -> None:
    for x, factor, method in product(PIXELS.values(), (2, 3, 4), METHODS):
        for step in interpolation_scene(x, factor=factor, method=method).steps:
            assert len(step.caption) <= 95
            _, products, result = re.split(" = | ≈ ", step.caption)
            if " = " in step.caption:
                assert "≈" not in step.caption
                assert eval(products) == pytest.approx(float(result), abs=1e-9)
    captions = [s.caption for s in interpolation_scene([[0.5, -1 / 3], [1e30, 2]], method="nearest").steps]
    assert captions[0] == "output[0, 0] = 1*0.5 = 0.5"
    assert captions[2] == "output[0, 2] ≈ 1*(-0.33) ≈ -0.3333"
    assert captions[8] == "output[2, 0] = 1*1e30 = 1e30"


def test_notes_tell_where_the_range_is_left() -> None:
    scene = interpolation_scene(PIXELS["4x4, an edge"], method="bicubic")
    assert scene.notes[-1] == Note(
        "count", "some weights are negative: input from 1 to 8, output from 0.52 to 8.48"
    )
    assert interpolation_scene([[1, 2, 3]], method="nearest", factor=3).notes[1] == Note(
        "count", "each output cell is made of 1 input cell; its weights sum to 1"
    )
    assert interpolation_scene([[1, 2, 3]], factor=(2, 1)).notes[0] == Note(
        "code", "rows: 1*2 = 2, columns: 3*1 = 3"
    )


def test_the_constant_of_bicubic_is_minus_a_half() -> None:
    inside = axis_weights(8, 2, "bicubic")[7, 2:6]
    at = [1.25, 0.25, -0.75, -1.75]  # of output cell 7, which lies at 3.25, from cells 2 to 5
    np.testing.assert_allclose(inside, [keys(t, -0.5) for t in at], atol=1e-7)
    assert np.abs(inside - [keys(t, -0.75) for t in at]).min() > 0.01
    np.testing.assert_allclose([keys(t, -0.75) for t in at], PYTORCH)


def test_pytorch_has_another_constant() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    impulses = torch.eye(8)[None, None]
    theirs = torch.nn.functional.interpolate(impulses, size=(16, 8), mode="bicubic")[0, 0, 7].numpy()
    np.testing.assert_allclose(theirs, [0, 0, *PYTORCH, 0, 0], atol=1e-7)


def test_the_answers_to_the_questions() -> None:
    def made_of_one(factor: int) -> Any:
        """Output cell and input cell where a single input cell makes the output cell."""
        taps = products(interpolation_scene(INPUT_A, factor=factor), "output", "input")
        return taps[np.bincount(taps[:, 0])[taps[:, 0]] == 1]

    nearest = interpolation_scene(INPUT_A, factor=3, method="nearest")
    assert [len(nearest.partners("input", cell)["output"]) for cell in range(16)] == [9] * 16
    assert made_of_one(2).tolist() == [[0, 0], [7, 3], [56, 12], [63, 15]]
    assert set(made_of_one(3)[:, 1]) == set(range(16))


def test_sizes_of_the_ladder() -> None:
    axis = Geometry(kernel_size=4, stride=2, padding=1)
    down = [80]
    while len(down) < 4:
        down.append(axis.output_size(down[-1]))
    assert down == [80, 40, 20, 10]
    assert [axis.transposed_size(n) for n in down[:0:-1]] == [20, 40, 80]


def test_on_a_real_image_the_smoother_method_is_closer() -> None:
    truth = sample_image(80)
    small = truth.reshape(20, 4, 16, 4).mean(axis=(1, 3))
    off = [np.sqrt(np.mean((upsample(small, 4, method) - truth) ** 2)) for method in METHODS]
    assert off[0] > 1.02 * off[1] > 1.02 * off[2]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": [1, 2]}, ValueError, r"x must be a matrix \(rows, columns\), got shape \(2,\)"),
        ({"x": []}, ValueError, "x must not be empty"),
        ({"x": [[np.nan]]}, ValueError, "x must be finite, got nan"),
        ({"x": "abc"}, TypeError, "x must hold ints or floats"),
        ({"x": [[4 * LARGEST]]}, ValueError, r"x must hold numbers up to 8.5e\+37, got 3.4e\+38"),
        ({"factor": 0}, ValueError, "factor must be at least 1, got 0"),
        ({"factor": 1.5}, TypeError, "factor must be an int"),
        ({"factor": None}, TypeError, "factor must be an int"),
        ({"factor": (1, 2, 3)}, ValueError, "factor must be"),
        (
            {"method": "cubic"},
            ValueError,
            "method must be one of nearest, bilinear, bicubic, lanczos, got 'cubic'",
        ),
        ({"method": None}, ValueError, "method must be one of nearest, bilinear, bicubic, lanczos, got None"),
        ({"method": ["nearest"]}, ValueError, "method must be one of"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        interpolation_scene(**{"x": [[1, 2, 3]], **arguments})


def test_the_explorer() -> None:
    explorer = explore_interpolation()
    assert explorer.settings == {"method": "bilinear", "factor": 2}
    assert explorer.scene(method="nearest", factor=4)["output"].values.shape == (16, 16)
    explorer.input = "3x5, digits"
    assert explorer.scene(factor=3)["output"].values.shape == (9, 15)
    explorer.edit("input", 0, "-2.5")
    assert explorer.scene()["output"].values[0, 0] == -2.5
    explorer.close()


def test_the_explorer_takes_an_array_of_one_s_own() -> None:
    explorer = explore_interpolation(x=[[0, 4, 8]], method="bicubic", factor=3)
    assert explorer.settings == {"method": "bicubic", "factor": 3}
    assert explorer.scene(method="bilinear", factor=2)["output"].values[1].tolist() == [0, 1, 3, 5, 7, 8]
    explorer.close()
    with pytest.raises(ValueError, match="x must be at most 5x5"):
        explore_interpolation(x=np.ones((2, 6)))
