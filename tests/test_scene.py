"""Scenes: what they refuse, what pointing lights, what Play shows, and how they cross to the browser."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deconv_helpers.scenes.scene import (
    Note,
    Panel,
    Scene,
    Step,
    format_matrix,
    format_number,
    message_scene,
)


def panel(name: str, rows: int, cols: int, **more: object) -> Panel:
    return Panel(
        name, np.arange(float(rows * cols)).reshape(rows, cols), "input", f"{name} {rows}x{cols}", **more
    )


@pytest.fixture
def running_sum() -> Scene:
    output = Panel("y", np.array([[5.0, 7.0]]), "output", "output 1x2", sign="=")
    steps = (
        Step(np.array([0]), "first product", np.array([[1, 0, 2.0]])),
        Step(np.array([1]), "second product", np.array([[1, 0, 5.0]])),
        Step(np.array([2]), "third product", np.array([[1, 1, 7.0]])),
    )
    start = np.array([[1, 0, np.nan], [1, 1, np.nan]])
    return Scene((panel("x", 2, 3), output), np.array([[0, 0], [1, 0], [5, 1]]), steps, start)


@given(st.integers(1, 3).flatmap(lambda n: st.lists(st.tuples(*[st.integers(-1, 5)] * n), max_size=20)))
def test_partners_against_a_slow_loop(rows: list[tuple[int, ...]]) -> None:
    count = len(rows[0]) if rows else 2
    scene = Scene(
        tuple(panel(f"p{i}", 2, 3) for i in range(count)), np.array(rows, dtype=int).reshape(-1, count)
    )
    for i in range(count):
        for cell in range(6):
            slow: dict[str, set[int]] = {}
            for row in rows:
                if row[i] == cell:
                    for j in range(count):
                        if j != i and row[j] >= 0:
                            slow.setdefault(f"p{j}", set()).add(row[j])
            assert scene.partners(f"p{i}", cell) == {name: sorted(cells) for name, cells in slow.items()}


def test_values_at_each_step(running_sum: Scene) -> None:
    shown = [running_sum.values_at(step)[1].tolist()[0] for step in range(4)]
    np.testing.assert_equal(shown, [[5, 7], [2, np.nan], [5, np.nan], [5, 7]])
    assert running_sum.panels[1].values.tolist() == [[5, 7]], "the finished picture must stay as it is"
    for step in (-1, 4):
        with pytest.raises(ValueError, match=f"step must be from 0 to 3, got {step}"):
            running_sum.values_at(step)


def test_to_dict_is_plain_json(running_sum: Scene) -> None:
    plain = running_sum.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["start"] == [[1, 0, None], [1, 1, None]]
    assert plain["taps"] == [[0, 0], [1, 0], [5, 1]]
    assert [p["title"] for p in plain["panels"]] == ["x 2x3", "output 1x2"]
    assert np.array(plain["panels"][0]["values"]).shape == (2, 3)


def test_a_message_stands_for_a_picture() -> None:
    scene = message_scene("Move padding up to 1.")
    assert scene.notes == (Note("message", "Move padding up to 1."),)
    assert scene.summary == "Move padding up to 1."
    assert scene.values_at(0) == []


def test_panels_are_found_by_name(running_sum: Scene) -> None:
    assert running_sum["y"] is running_sum.panels[1]
    with pytest.raises(ValueError, match="panel must be one of x, y, got 'z'"):
        running_sum["z"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Panel("x", np.ones(3), "input", ""), r"values must have 2 axes, got shape \(3,\)"),
        (
            lambda: panel("x", 2, 3, marks=np.zeros((3, 2), int)),
            r"marks must have the shape .*2, 3.*got \(3, 2\)",
        ),
        (
            lambda: panel("x", 2, 3, weights=np.zeros((3, 2), int)),
            r"weights must have the shape .*got \(3, 2\)",
        ),
        (lambda: Panel("x", np.ones((1, 2)), "in", ""), "role must be one of input, .*, got 'in'"),
        (lambda: Note("hint", "?"), "kind must be one of equal, .*, got 'hint'"),
        (lambda: Scene(), "a panel or a note"),
        (lambda: Scene((panel("x", 1, 2),), np.array([[0, 1]])), "a column for each of the 1 panels"),
    ],
)
def test_what_is_no_scene_is_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]


@given(st.floats(-1e300, 1e300))
def test_numbers_stay_short_and_near(value: float) -> None:
    text = format_number(value)
    assert len(text) <= 9
    assert float(text) == pytest.approx(value, rel=0.05, abs=0.00501)


def test_special_numbers() -> None:
    assert [format_number(v) for v in (np.nan, np.inf, -np.inf, -0.0, 99.996, 100000)] == [
        *("", "∞", "-∞", "0", "100", "1e5")
    ]
    assert format_matrix([[1, np.nan, -2.5]]) == "   1     .  -2.5"
