"""The board: what crosses to the browser can be read back, value for value."""

from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deconv_helpers import convolution_scene
from deconv_helpers.scenes.board import Board, pack
from deconv_helpers.scenes.scene import (
    MARKS,
    NOTE_KINDS,
    ROLES,
    Note,
    Panel,
    Scene,
    Step,
    format_number,
    message_scene,
)

TYPES = {"i1": np.int8, "i2": np.int16, "i4": np.int32}


def unpack(payload: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The header and the arrays, read as the docstring of `pack` says."""
    raw = gzip.decompress(payload)
    length = int.from_bytes(raw[:4], "little")
    head = json.loads(raw[8 : 8 + length], parse_constant=pytest.fail)
    arrays = [
        np.frombuffer(
            raw, dtype=np.dtype(TYPES[code]).newbyteorder("<"), count=size, offset=8 + length + first
        )
        for code, first, size in head["arrays"]
    ]
    return head, arrays


def read(payload: bytes) -> list[dict[str, Any]]:
    """All scenes as `Scene.to_dict` has them; the summary stays in Python."""
    head, arrays = unpack(payload)

    def numbers(indices: np.ndarray) -> list[Any]:
        return [head["numbers"][i] for i in indices]

    def panel(found: dict[str, Any]) -> dict[str, Any]:
        shape = found["shape"]
        shaped = {
            key: None if found[key] is None else arrays[found[key]].reshape(shape).tolist()
            for key in ("marks", "weights")
        }
        return {**found, "values": [numbers(row) for row in arrays[found["values"]].reshape(shape)], **shaped}

    scenes = []
    for found in head["scenes"]:
        panels = [panel(p) for p in found["panels"]]
        triples = [
            list(triple)
            for triple in zip(
                arrays[found["changePanels"]].tolist(),
                arrays[found["changeCells"]].tolist(),
                numbers(arrays[found["changeValues"]]),
                strict=True,
            )
        ]
        ends, tap_ends = arrays[found["changeEnds"]], [0, *arrays[found["stepEnds"]]]
        step_taps = arrays[found["stepTaps"]].tolist()
        assert len(found["captions"]) == len(tap_ends) - 1 == len(ends) - 1
        scenes.append(
            {
                "panels": [{k: v for k, v in p.items() if k != "shape"} for p in panels],
                "taps": np.transpose([arrays[column] for column in found["taps"]]).tolist(),
                "steps": [
                    {
                        "caption": caption,
                        "taps": step_taps[tap_ends[i] : tap_ends[i + 1]],
                        "changes": triples[ends[i] : ends[i + 1]],
                    }
                    for i, caption in enumerate(found["captions"])
                ],
                "start": triples[: ends[0]],
                "notes": [{"kind": kind, "text": text} for kind, text in found["notes"]],
            }
        )
    return scenes


def sent(scene: Scene) -> dict[str, Any]:
    plain = scene.to_dict()
    del plain["summary"]
    return plain


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
            draw(st.sampled_from(ROLES)),
            draw(st.text(max_size=5)),
            sign=draw(st.sampled_from(["", "=", "∗"])),
            marks=cells(shape, st.integers(0, len(MARKS) - 1), int) if draw(st.booleans()) else None,
            weights=cells(shape, st.integers(-1, 300), int) if draw(st.booleans()) else None,
            editable=draw(st.booleans()),
            image=draw(st.booleans()),
        )
        for number, shape in enumerate(shapes)
    )
    row = st.tuples(*(st.integers(-1, rows * columns - 1) for rows, columns in shapes))
    taps = np.array(draw(st.lists(row, min_size=1, max_size=9)), dtype=np.int32)

    def changes() -> np.ndarray:
        panel = st.integers(0, len(panels) - 1)
        found = draw(st.lists(st.tuples(panel, st.just(0), VALUES), max_size=3))
        return np.array(found, dtype=float).reshape(-1, 3)

    some_taps = st.lists(st.integers(0, len(taps) - 1), max_size=4)
    steps = tuple(
        Step(np.array(draw(some_taps), dtype=np.int32), draw(st.text(max_size=8)), changes())
        for _ in range(draw(st.integers(0, 3)))
    )
    notes = tuple(Note(draw(st.sampled_from(NOTE_KINDS)), draw(st.text(max_size=8))) for _ in range(2))
    return Scene(panels, taps, steps, changes(), notes)


@settings(max_examples=60)
@given(st.lists(a_scene(), min_size=1, max_size=3))
def test_everything_comes_back(scenes: list[Scene]) -> None:
    assert read(pack(scenes)) == [sent(scene) for scene in scenes]


def test_the_worked_example_comes_back() -> None:
    scenes = [
        convolution_scene(np.arange(15).reshape(3, 5), [[1, -1]], stride=stride, padding=((0, 1), (2, 0)))
        for stride in (1, 2)
    ]
    assert read(pack(scenes)) == [sent(scene) for scene in scenes]


def test_a_message_and_a_picture_without_taps_or_steps() -> None:
    bare = Scene((Panel("input", np.array([[1.0, np.nan, 3.0]]), "input", "input 1x3"),))
    scenes = [message_scene("Move padding to 1."), bare]
    assert read(pack(scenes)) == [sent(scene) for scene in scenes]


def test_nothing_at_all() -> None:
    assert read(pack([])) == []


def test_an_image_of_128x96() -> None:
    pixels = np.add.outer(np.arange(128), np.arange(96)) % 256
    scene = Scene((Panel("input", pixels, "input", "input 128x96", image=True),))
    payload = pack([scene] * 20)
    assert read(payload)[19] == sent(scene)
    head, _ = unpack(payload)
    assert len(head["numbers"]) == len(np.unique(pixels))


def test_texts_are_those_of_the_numbers() -> None:
    values = np.array([[np.nan, 2 / 3, 1e30], [-0.5, 0.0, 123456.0]])
    head, _ = unpack(pack([Scene((Panel("input", values, "input", "input 2x3"),))]))
    finite = [(number, text) for number, text in zip(head["numbers"], head["texts"], strict=True)]
    assert sorted(finite, key=str) == sorted(
        ((None if np.isnan(v) else v, format_number(v)) for v in values.ravel().tolist()), key=str
    )


def test_infinity_is_a_text_and_no_number() -> None:
    values = np.array([[np.inf, 1.0, -np.inf]])
    head, arrays = unpack(pack([Scene((Panel("input", values, "input", "input 1x3"),))]))
    cells = arrays[head["scenes"][0]["panels"][0]["values"]]
    assert [head["texts"][i] for i in cells] == ["∞", "1", "-∞"]
    assert [head["numbers"][i] for i in cells] == [None, 1.0, None]


def test_equal_arrays_are_stored_once() -> None:
    def scenes(count: int) -> list[Scene]:
        return [convolution_scene(np.arange(35).reshape(5, 7), np.ones((2, 3))) for _ in range(count)]

    one, many = (unpack(pack(scenes(count))) for count in (1, 50))
    assert len(one[1]) == len(many[1])
    contents = [(array.dtype, array.tobytes()) for array in many[1]]
    values = {scene[key] for scene in many[0]["scenes"] for key in ("changeValues",)}
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
    head, arrays = unpack(pack([Scene((Panel("C", weights, "matrix", "C 1x3", weights=weights),))]))
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
    scene = Scene((Panel("input", np.ones((1, 2)), "input", nasty),), notes=(Note("message", nasty),))
    assert read(pack([scene])) == [sent(scene)]


def test_controls_become_traits_of_one_board_alone() -> None:
    board, other = Board([("stride", 1, 3), ("padding", 0, 2)]), Board()
    try:
        assert board.controls == [["stride", 1, 3], ["padding", 0, 2]]
        assert (board.stride, board.padding) == (1, 0)
        assert {"stride", "padding"} <= set(board.keys)
        assert not hasattr(other, "stride")
    finally:
        board.close()
        other.close()


def test_the_style_sheet_brings_its_colours() -> None:
    assert "--dcv-input: light-dark(" in str(Board._css)
    assert ".dcv-cell" in str(Board._css)
