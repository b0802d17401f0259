"""Channels down and back up against loops over every pair, with groups, and bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deconv_helpers import channels_scene, explore_channels
from deconv_helpers.lessons.presets import CHANNELS, KERNELS_OF_CHANNELS

SHAPES = st.tuples(*(st.integers(1, most) for most in (3, 2, 2, 2, 2, 2, 3)))


@given(SHAPES, st.integers(0, 99))
def test_both_ways_against_loops_over_pairs_of_channels(shape: tuple[int, ...], seed: int) -> None:
    groups, outputs, inputs, high, wide, more_rows, more_columns = shape
    outputs, inputs = outputs * groups, inputs * groups
    rng = np.random.default_rng(seed)
    x = rng.integers(-4, 9, (inputs, high + more_rows - 1, wide + more_columns - 1))
    w = rng.integers(-4, 9, (outputs, inputs, high, wide))
    scene = channels_scene(x, w, groups=groups)
    y, back = np.zeros((outputs, more_rows, more_columns)), np.zeros(x.shape)
    together = [
        (o, i)
        for group in range(groups)
        for o in range(group * outputs // groups, (group + 1) * outputs // groups)
        for i in range(group * inputs // groups, (group + 1) * inputs // groups)
    ]
    for o, i in together:
        for row, column, a, b in np.ndindex(more_rows, more_columns, high, wide):
            y[o, row, column] += x[i, row + a, column + b] * w[o, i, a, b]
    for o, i in together:
        for row, column, a, b in np.ndindex(more_rows, more_columns, high, wide):
            back[i, row + a, column + b] += y[o, row, column] * w[o, i, a, b]
    names = [panel.name for panel in scene.layout["the kernels of both ways"]]
    assert names == [f"w{o}{i}" for o, i in sorted(together)]
    for step in (0, len(scene.steps)):
        shown = scene.values_at(step)
        assert np.array_equal([shown[f"y{o}"] for o in range(outputs)], y)
        assert np.array_equal([shown[f"back{i}"] for i in range(inputs)], back)


def example() -> Any:
    x = np.array([[[1, 4, 2], [3, 5, 1]], [[2, 1, 3], [4, 2, 5]]])
    return channels_scene(x, np.arange(1, 9).reshape(2, 2, 1, 2))


def test_a_cell_meets_the_kernels_of_its_channel_alone() -> None:
    scene = example()
    down, up = ["x0", "x1"], ["back0", "back1"]
    lit = scene.partners("y1", 0)
    assert sorted(lit) == sorted([*down, *up, "w10", "w11"])
    assert lit["x0"] == lit["back1"] == [0, 1]
    assert scene.partners("x0", 0) == {"w00": [0], "y0": [0], "w10": [0], "y1": [0]}
    assert scene.partners("back0", 1) == {"w00": [0, 1], "y0": [0, 1], "w10": [0, 1], "y1": [0, 1]}
    assert scene.partners("w01", 1)["back1"] == [1, 2, 4, 5]


def test_steps_go_down_first_and_then_back_up() -> None:
    scene = example()
    assert scene.steps[4].caption == "y1[0, 0] = 1*5 + 4*6 + 2*7 + 1*8 = 51"
    assert scene.steps[12].caption == "y1[0, 0] = 51 stamps 51*w10 onto back0 and 51*w11 onto back1"
    assert sorted(name for name, cells in scene.lit(13).items() if cells.size) == [
        "back0",
        "back1",
        "w10",
        "w11",
        "y1",
    ]
    assert np.isnan(scene.values_at(8)["back0"]).all()
    assert not np.isnan(scene.values_at(8)["y1"]).any()
    assert [note.text for note in scene.notes] == [
        "x (2, 2, 3), kernels (2, 2, 1, 2), y (2, 2, 2), back (2, 2, 3)",
        "2 * 2 * 1 * 2 = 8 weights",
    ]


def test_kernels_that_exchange_the_channels_bring_each_back_to_its_own() -> None:
    x = CHANNELS["two channels, digits"]
    scene = channels_scene(x, KERNELS_OF_CHANNELS["exchange the channels"])
    for i in (0, 1):
        assert np.array_equal(scene[f"y{1 - i}"].values, x[i][:, :2])
        assert np.array_equal(scene[f"back{i}"].values, np.pad(x[i][:, :2], ((0, 0), (0, 1))))


WRONG: list[tuple[Any, Any, Any, type[Exception], str]] = [
    (np.ones((2, 3)), np.ones((2, 2, 1, 2)), 1, ValueError, r"x must be \(C_in, H, W\), got shape \(2, 3\)"),
    (np.ones((2, 3, 3)), np.ones((2, 2)), 1, ValueError, r"w must be \(C_out, C_in, kh, kw\), got shape"),
    (np.ones((3, 3, 3)), np.ones((2, 2, 1, 2)), 1, ValueError, "channels"),
    (
        np.ones((2, 3, 3)),
        np.ones((3, 2, 1, 2)),
        2,
        ValueError,
        "groups must divide both 2 and 3 channels, got 2",
    ),
    (np.ones((2, 3, 3)), np.ones((2, 2, 1, 2)), 0, ValueError, "groups must be at least 1, got 0"),
    (np.ones((2, 3, 3)), np.ones((2, 2, 4, 2)), 1, ValueError, "does not fit"),
]


@pytest.mark.parametrize(("x", "w", "groups", "error", "text"), WRONG)
def test_bad_arguments_are_named(x: Any, w: Any, groups: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        channels_scene(x, w, groups=groups)


def test_the_explorer_takes_arrays_of_the_reader() -> None:
    explorer = explore_channels(x=np.ones((2, 4, 6)), w=np.ones((2, 2, 3, 2)), two_groups=True)
    assert [panel.name for panel in explorer.scene().layout["the kernels of both ways"]] == ["w00", "w11"]
    assert len(explorer.payload) < 600 * 1024
    explorer.close()
    for arguments, text in [
        ({"x": np.ones((3, 2, 2))}, r"x must be \(2, H, W\) of at most 4x6, got shape \(3, 2, 2\)"),
        ({"x": np.ones((2, 5, 2))}, "of at most 4x6"),
        ({"w": np.ones((2, 1, 1, 1))}, r"w must be \(2, 2, kh, kw\)"),
    ]:
        with pytest.raises(ValueError, match=text):
            explore_channels(**arguments)
