"""Topics and their states: what a question reads of a scene, counted as captions count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from geometries import Case, a_case
from hypothesis import given, settings

from deconv_helpers.lessons.convolution import CONVOLUTION
from deconv_helpers.lessons.presets import INPUT_A, INPUT_B, KERNEL_A, KERNEL_B
from deconv_helpers.lessons.transposed import TRANSPOSED
from deconv_helpers.lessons.zero_insertion import ZERO_INSERTION
from deconv_helpers.operators.convolution import conv2d, conv_transpose2d
from deconv_helpers.scenes.explorer import Explorer
from deconv_helpers.scenes.scene import message_scene
from deconv_helpers.scenes.topic import Topic

X = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])
W = np.array([[1, -1, 2]])


def test_what_is_left_out_is_as_an_explorer_begins() -> None:
    state = CONVOLUTION.at()
    assert state.settings == {"kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1}
    assert state.values("output").tolist() == conv2d(INPUT_A, KERNEL_A).tolist()
    other = state.but(input="4x4, example B", kernel="example B", stride=2)
    assert other.values("output").tolist() == conv2d(INPUT_B, KERNEL_B, stride=2).tolist()
    assert other.but(stride=1).values("output").tolist() == conv2d(INPUT_B, KERNEL_B).tolist()
    assert state.settings["stride"] == 1, "the state that it was made of stays"


@settings(max_examples=40)
@given(a_case(dtypes=("int64",)))
def test_data_cells_are_those_of_the_operators_whatever_stands_around(case: Case) -> None:
    """A setting need not be listed: padding may differ on each side, and the kernel be a rectangle."""
    x, y, w = case.x[0, 0], case.y[0, 0], case.w[0, 0]
    state = CONVOLUTION.at(input=x, kernel=w, **case.forward)
    assert state.values("input").tolist() == x.tolist()
    assert state.values("output").tolist() == conv2d(x, w, **case.forward).tolist()
    back = TRANSPOSED.at(input=y, kernel=w, **case.backward)
    expected = conv_transpose2d(y, w, **case.backward)
    assert back.size("output") == expected.shape
    assert back.values("output").tolist() == expected.tolist()
    last = (expected.shape[0] - 1, expected.shape[1] - 1)
    assert back.value("output", last) == expected[last]
    assert back.place("output", back.cell("output", last)) == last


def test_which_data_cells_meet() -> None:
    state = CONVOLUTION.at(input=X, kernel=W, padding=((0, 0), (1, 0)), stride=(1, 2))
    assert state.size("output") == (2, 2)
    assert state.meets("output", (1, 0), "input") == [(1, 0), (1, 1)], "padding is no data"
    assert state.meets("input", (0, 1), "output") == [(0, 0), (0, 1)]
    assert state.meets("kernel", (0, 0), "input") == [(0, 1), (1, 1)]
    assert state.cell("input", (0, -1)) == 0, "captions count padding down from 0"
    with pytest.raises(ValueError, match=r"output has no cell \[2, 0\]: it is 2x2"):
        state.cell("output", (2, 0))


def test_places_are_counted_as_captions_count_them() -> None:
    state = ZERO_INSERTION.at(input=X, kernel=np.ones((2, 2)), stride=3, padding=2)
    assert state.size("inserted", frame=True) == (2, 8), "what a negative frame cuts off has no size"
    assert state.place("inserted", 0) == (0, 0)
    assert state.value("inserted", (3, 9)) == 8
    framed = ZERO_INSERTION.at(input=X, kernel=np.ones((2, 2)), stride=1, padding=0)
    assert framed.cell("inserted", (0, 0)) == 7
    assert framed.value("inserted", (-1, -1)) == 0


def test_no_output_has_no_size() -> None:
    state = CONVOLUTION.at(input=X, kernel=np.ones((3, 3)))
    assert state.size("output") is None
    assert state.scene.notes[0].kind == "message"


def test_arrays_of_your_own_take_the_place_of_presets_and_of_what_shapes_them() -> None:
    own = CONVOLUTION.using(input=X, kernel=None)
    assert {name: list(presets) for name, presets in own.sources.items() if name == "input"} == {
        "input": ["yours"]
    }
    assert own.sources["kernel"] == CONVOLUTION.sources["kernel"]
    assert "kernel_size" in own.listed
    both = own.using(kernel=W).begun(stride=2)
    assert (list(both.listed), dict(both.start)) == (["stride", "padding", "dilation"], {"stride": 2})
    assert both.at().values("output").tolist() == conv2d(X, W, stride=2).tolist()
    assert CONVOLUTION.listed["kernel_size"] == range(1, 6), "the topic stays as it was"


WRONG: list[tuple[Any, type[Exception], str]] = [
    (lambda: CONVOLUTION.begun(stride=7), ValueError, "stride must be one of 1, 2, 3, got 7"),
    (lambda: CONVOLUTION.begun(input="mine"), ValueError, "input must be one of .*, got 'mine'"),
    (lambda: CONVOLUTION.begun(strid=1), ValueError, "strid is no control here; there are: input, kernel, "),
    (lambda: Topic("t", message_scene).begun(a=1), ValueError, "a is no control here; there are: none here"),
    (lambda: Topic("t", message_scene, listed={"a": ()}), ValueError, "a must list at least one value"),
    (lambda: Topic("t", lambda: 3).at().scene, TypeError, "build must return a Scene, got 3"),
]


@pytest.mark.parametrize(("make", "error", "message"), WRONG)
def test_a_wrong_topic_is_refused(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_an_explorer_is_made_of_a_topic() -> None:
    explorer = Explorer(TRANSPOSED.using(input=X, kernel=W))
    for setting in explorer.states:
        assert explorer.scene(**setting).summary == TRANSPOSED.at(input=X, kernel=W, **setting).scene.summary
    assert explorer.topic == "transposed"
    explorer.close()
