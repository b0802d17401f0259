"""The scene of one axis against slow loops, what its notes claim, and bad input."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deconv_helpers import conv2d, conv_transpose2d, explore_sizes, sizes_scene
from deconv_helpers.scenes.scene import CROPPED, DATA, PADDING, STRUCTURAL, UNREAD, Scene

X, W = np.array([[2, 5, 3]]), np.array([[1, 2, 3]])


@st.composite
def settings_of_one_axis(draw: st.DrawFn) -> tuple[int, int, dict[str, int]]:
    """Cells, weights and settings of which something is left."""
    n, k, stride, dilation = (draw(st.integers(1, most)) for most in (4, 4, 3, 3))
    added = draw(st.integers(0, max(stride, dilation) - 1))
    most = (stride * (n - 1) + dilation * (k - 1) + added) // 2
    padding = draw(st.integers(0, min(most, 3)))
    return n, k, {"stride": stride, "padding": padding, "output_padding": added, "dilation": dilation}


@given(settings_of_one_axis())
def test_stamps_sum_and_what_is_read_again_against_slow_loops(case: tuple[int, int, dict[str, int]]) -> None:
    n, k, settings = case
    stride, padding, dilation = settings["stride"], settings["padding"], settings["dilation"]
    x, w = np.arange(2, n + 2)[None], np.arange(3, k + 3)[None]
    scene = sizes_scene(x, w, **settings)
    stamps, canvas = scene["stamps"], scene["output"]
    for i in range(n):
        row = [0] * canvas.shape[1]
        for j in range(k):
            row[stride * i + dilation * j] = int(x[0, i] * w[0, j])
        assert stamps.values[i].tolist() == row
        assert stamps.marks is not None
        assert (stamps.marks[i] == STRUCTURAL).tolist() == [value == 0 for value in row]
    assert np.array_equal(canvas.values[0], stamps.values.sum(axis=0))
    assert canvas.marks is not None
    along = {
        name: (least, settings[name])
        for name, least in (("stride", 1), ("padding", 0), ("output_padding", 0), ("dilation", 1))
    }
    expected = conv_transpose2d(x, w, **along)[0]
    assert canvas.values[canvas.marks == DATA].tolist() == expected.tolist()

    framed, windows = scene["framed"], slow_windows(scene["framed"].shape[1], k, stride, dilation)
    assert framed.marks is not None
    length = padding + len(expected) + padding
    assert framed.shape == (1, length)
    end = windows[-1][-1] + 1
    assert (framed.marks[0] == UNREAD).tolist() == [cell >= end for cell in range(length)]
    outside = [cell < padding or cell >= padding + len(expected) for cell in range(end)]
    assert (framed.marks[0, :end] == PADDING).tolist() == outside
    again = len(windows)
    assert (
        again
        == conv2d(expected[None], w, stride=(1, stride), padding=(0, padding), dilation=(1, dilation)).size
    )
    assert f"{again} window" in framed.heading
    assert scene.notes[0].kind == ("equal" if again == n else "differs")
    assert (again == n) == (settings["output_padding"] < stride)
    for i in range(n):
        lit = scene.partners("input", i)
        assert lit["framed"] == lit["output"] == windows[i], "a stamp lies where the window lies"


def slow_windows(length: int, k: int, stride: int, dilation: int) -> list[list[int]]:
    """The cells of each window that fits."""
    found, begin = [], 0
    while begin + dilation * (k - 1) < length:
        found.append([begin + dilation * j for j in range(k)])
        begin += stride
    return found


def test_the_example_of_the_lesson() -> None:
    scene = sizes_scene(X, W, stride=2, padding=1, output_padding=1)
    assert [panel.name for panel in scene.panels] == ["input", "kernel", "stamps", "output", "framed"]
    assert scene["output"].values.tolist() == [[2, 4, 11, 10, 18, 6, 9]]
    assert scene["output"].marks is not None
    assert (scene["output"].marks == CROPPED).tolist() == [[True] + [False] * 6]
    assert scene["framed"].values.tolist() == [[0, 4, 11, 10, 18, 6, 9, 0]]
    assert [note.text for note in scene.notes] == [
        "a convolution with these settings shrinks 6 cells back to 3",
        "(3 - 1)*2 + 3 - 1 - 1 + 1 = 6",
        "5 or 6 cells shrink to 3",
    ]
    assert scene.steps[1].caption == (
        "input[0, 1] = 5 stamps 5*kernel from output[0, 1] on; window 1 begins there too"
    )
    assert scene.steps[0].caption == (
        "input[0, 0] = 2 stamps 2*kernel from 1 cell before output[0, 0] on, where the padding crops;"
        " window 0 begins there too"
    )
    shown = scene.values_at(2)["framed"][0]
    assert shown[:5].tolist() == [0, 4, 11, 10, 15]
    assert np.isnan(shown[5:7]).all(), "the third stamp is still to come"
    assert shown[7] == 0


def begin_of(caption: str, last: int) -> int:
    """The column of the output in which a stamp begins by its caption, below 0 before the output."""
    at = re.search(r"from (?:(\d+) cells? (before|after) )?output\[0, (\d+)\] on", caption)
    assert at, caption
    away, side, column = int(at[1] or 0), at[2], int(at[3])
    assert (away > 0) == ("where the padding crops" in caption)
    assert (f"from {away} cell " in caption) == (away == 1)
    assert column == {"before": 0, "after": last}.get(side, column)
    return column - away if side == "before" else column + away


def test_a_step_says_where_its_stamp_begins_and_whether_that_is_cropped() -> None:
    explorer, sides = explore_sizes(), set()
    for settings in explorer.states:
        scene = explorer.scene(**settings)
        if not scene.panels:
            continue
        assert scene["output"].marks is not None
        kept = np.flatnonzero(scene["output"].marks == DATA)
        for number, step in enumerate(scene.steps):
            begin = begin_of(step.caption, len(kept) - 1)
            assert begin == settings["stride"] * number - kept[0], "as the stamps stand in their rows"
            sides.add("before" if begin < 0 else "after" if begin >= len(kept) else "in")
    explorer.close()
    assert sides == {"before", "after", "in"}


def test_a_caption_calls_a_panel_as_its_title_does() -> None:
    for panel in sizes_scene(X, W, stride=2, padding=1).panels:
        assert panel.name in panel.heading.split(), "the picture names a cell after its panel"


def test_an_output_padding_that_no_size_asks_for_is_told() -> None:
    scene = sizes_scene(X, W, stride=2, dilation=3, output_padding=2)
    assert scene.notes[0].text == (
        "a convolution with these settings shrinks 13 cells to 4, not to 3: output padding 2 is not smaller"
        " than the stride"
    )


MESSAGES: list[tuple[dict[str, int], str]] = [
    (
        {"output_padding": 1},
        "The output padding, 1, must be smaller than the larger of stride 1 and dilation 1. Choose",
    ),
    ({"padding": 3}, "The stamps cover 5 cells, but the padding cuts off 6 of them: nothing is left. Choose"),
]


@pytest.mark.parametrize(("settings", "text"), MESSAGES)
def test_where_there_is_no_output_a_message_says_why(settings: dict[str, int], text: str) -> None:
    scene: Scene = sizes_scene(X, W, **settings)
    assert not scene.panels
    assert scene.summary.startswith(text)


WRONG: list[tuple[Any, Any, dict[str, Any], type[Exception], str]] = [
    ([[1], [2]], W, {}, ValueError, r"x must be one row \(1, columns\), got shape \(2, 1\)"),
    (X, [[1], [2]], {}, ValueError, r"w must be one row \(1, columns\), got shape \(2, 1\)"),
    ([1, 2], W, {}, ValueError, "x must be a matrix"),
    (X, W, {"stride": 0}, ValueError, "stride must be at least 1, got 0"),
    (X, W, {"output_padding": -1}, ValueError, "output_padding must be at least 0, got -1"),
    (X, W, {"stride": (1, 2)}, TypeError, "stride must be an int"),
]


@pytest.mark.parametrize(("x", "w", "settings", "error", "text"), WRONG)
def test_bad_arguments_are_named(x: Any, w: Any, settings: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        sizes_scene(x, w, **settings)


def test_the_explorer_takes_rows_of_the_reader() -> None:
    explorer = explore_sizes(x=np.arange(6)[None], w=[[1, 2, 3, 4, 5, 6]], padding=2)
    assert explorer.settings == {"stride": 2, "padding": 2, "output_padding": 0, "dilation": 1}
    assert len(explorer.payload) < 600 * 1024
    explorer.close()
    for arguments, text in [
        ({"x": np.ones((1, 7))}, "x must be at most 6x6"),
        ({"w": np.ones((2, 2))}, "w must be one row"),
    ]:
        with pytest.raises(ValueError, match=text):
            explore_sizes(**arguments)
