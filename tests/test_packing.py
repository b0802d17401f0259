"""Packing: what crosses to the browser can be read back, value for value."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import plain, read, unpack

from deconv_helpers import convolution_scene
from deconv_helpers.scenes.packing import pack
from deconv_helpers.scenes.scene import (
    LEGEND,
    MARKS,
    NOTE_KINDS,
    ROLES,
    Grey,
    Note,
    Panel,
    Scene,
    Step,
    Sum,
    format_number,
    message_scene,
)

VALUES = st.one_of(
    st.integers(-9, 9).map(float),
    st.floats(-1e30, 1e30),
    st.sampled_from([np.nan, 0.0, 1e30, -1e30, -0.5, 1e-9]),
)


@st.composite
def a_scene(draw: st.DrawFn) -> Scene:
    shapes = draw(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), min_size=1, max_size=4))

    def cells(shape: tuple[int, int], values: st.SearchStrategy[Any], dtype: Any = float) -> np.ndarray:
        size = shape[0] * shape[1]
        drawn = draw(st.lists(values, min_size=size, max_size=size))
        return np.array(drawn, dtype=dtype).reshape(shape)

    panels = tuple(
        Panel(
            f"panel {number}",
            cells(shape, VALUES),
            role=draw(st.sampled_from(ROLES)),
            title=draw(st.none() | st.text(max_size=5)),
            sign=draw(st.sampled_from(["", "=", "∗"])),
            marks=cells(shape, st.integers(0, len(MARKS) - 1), int) if draw(st.booleans()) else None,
            weights=cells(shape, st.integers(-1, 300), int) if draw(st.booleans()) else None,
            expected=cells(shape, VALUES) if draw(st.booleans()) else None,
            editable=draw(st.booleans()),
            image=draw(st.sampled_from([None, Grey(), Grey(1e-4, 2.5, decades=True)])),
        )
        for number, shape in enumerate(shapes)
    )
    names = st.sampled_from([panel.name for panel in panels])
    sizes = {panel.name: panel.values.size for panel in panels}
    count = draw(st.integers(0, 9))
    taps = {
        name: np.array(draw(st.lists(st.integers(-1, sizes[name] - 1), min_size=count, max_size=count)), int)
        for name in sorted(draw(st.sets(names)))
    }

    def changes() -> dict[str, tuple[np.ndarray, np.ndarray]]:
        found = {}
        for name in sorted(draw(st.sets(names))):
            pairs = draw(st.lists(st.tuples(st.integers(0, sizes[name] - 1), VALUES), max_size=3))
            found[name] = (np.array([c for c, _ in pairs], int), np.array([v for _, v in pairs], float))
        return found

    some_taps = st.lists(st.integers(0, max(count - 1, 0)), max_size=4 if count else 0)
    return Scene(
        {"": panels[:2], "below": panels[2:]},
        taps=taps,
        steps=tuple(
            Step(
                np.array(draw(some_taps), dtype=int),
                draw(st.text(max_size=8)),
                changes=changes(),
                label=draw(st.sampled_from(["", "50"])),
            )
            for _ in range(draw(st.integers(0, 3)))
        ),
        start=changes(),
        sums=tuple(
            Sum(draw(names), (draw(names), draw(names)), term=draw(st.text(max_size=5)))
            for _ in range(draw(st.integers(0, 2)))
        ),
        notes=tuple(Note(draw(st.sampled_from(NOTE_KINDS)), draw(st.text(max_size=8))) for _ in range(2)),
        whole=draw(st.booleans()),
    )


@settings(max_examples=60)
@given(st.lists(a_scene(), max_size=3))
def test_everything_comes_back(scenes: list[Scene]) -> None:
    assert read(pack(scenes)) == [plain(scene) for scene in scenes]


def test_a_message_and_a_picture_without_taps_or_steps() -> None:
    bare = Scene((Panel("input", np.array([[1.0, np.nan, 3.0]]), role="input", title="input 1x3"),))
    scenes = [message_scene("There is no place.", "Move padding to 1."), bare]
    assert read(pack(scenes)) == [plain(scene) for scene in scenes]


def test_the_header_says_what_marks_mean_and_carries_what_else_is_given() -> None:
    head, _ = unpack(pack([], chosen={"input": "4x4"}, edited=True))
    assert dict(zip(head["marks"], head["legend"], strict=True)) == {"data": "", **LEGEND}
    assert (head["chosen"], head["edited"]) == ({"input": "4x4"}, True)


def test_an_image_of_128x96() -> None:
    pixels = np.add.outer(np.arange(128), np.arange(96)) % 256 / 255
    scene = Scene((Panel("input", pixels, role="input", image=Grey()),))
    payload = pack([scene] * 20)
    assert read(payload)[19] == plain(scene)
    head, _ = unpack(payload)
    assert len(head["numbers"]) == len(np.unique(pixels))


def test_texts_are_those_of_the_numbers_and_infinity_is_a_text_alone() -> None:
    values = np.array([[np.nan, 2 / 3, np.inf], [-0.5, -np.inf, 123456.0]])
    head, arrays = unpack(pack([Scene((Panel("input", values, role="input"),))]))
    cells = arrays[head["scenes"][0]["panels"][0]["values"]].tolist()
    assert [head["texts"][i] for i in cells] == [format_number(v) for v in values.ravel().tolist()]
    assert [head["numbers"][i] for i in cells] == [None, 2 / 3, None, -0.5, None, 123456.0]


def test_equal_arrays_are_stored_once() -> None:
    def scenes(count: int) -> list[Scene]:
        return [convolution_scene(np.arange(35).reshape(5, 7), np.ones((2, 3))) for _ in range(count)]

    one, many = (unpack(pack(scenes(count))) for count in (1, 50))
    assert len(one[1]) == len(many[1])
    contents = [(array.dtype, array.tobytes()) for array in many[1]]
    values = {scene["changeValues"] for scene in many[0]["scenes"]}
    values |= {panel["values"] for scene in many[0]["scenes"] for panel in scene["panels"]}
    integers = [content for number, content in enumerate(contents) if number not in values]
    assert len(set(integers)) == len(integers)


def test_arrays_lie_where_a_typed_array_may_begin() -> None:
    """A browser reads 32-bit integers at multiples of four bytes only."""
    payload = pack([convolution_scene(np.arange(35).reshape(5, 7), np.ones((2, 3)))])
    head, arrays = unpack(payload)
    assert int.from_bytes(gzip.decompress(payload)[:4], "little") % 8 == 0
    assert all(first % 8 == 0 for _, first, _ in head["arrays"])
    assert {array.itemsize for array in arrays} <= {1, 2, 4}


@pytest.mark.parametrize(("largest", "code"), [(127, "i1"), (128, "i2"), (32767, "i2"), (32768, "i4")])
def test_integers_take_the_smallest_type_that_holds_them(largest: int, code: str) -> None:
    weights = np.array([[-1, largest, 0]])
    head, arrays = unpack(pack([Scene((Panel("C", weights, role="matrix", weights=weights),))]))
    number = head["scenes"][0]["panels"][0]["weights"]
    assert head["arrays"][number][0] == code
    assert arrays[number].tolist() == weights[0].tolist()


def test_the_same_scenes_give_the_same_bytes() -> None:
    first, second = (
        pack([convolution_scene([[1, 2, 3]], [[1, 0.5]], padding=p) for p in range(3)]) for _ in "ab"
    )
    assert first == second


def test_what_a_learner_could_type_stays_text() -> None:
    nasty = '</script><img src=x onerror=alert(1)>\u2028"\\'
    scene = Scene((Panel("input", np.ones((1, 2)), role="input", title=nasty),), notes=(Note("code", nasty),))
    assert read(pack([scene])) == [plain(scene)]
