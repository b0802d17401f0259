"""Scenes: what they refuse, what pointing lights, what Play shows, what is wrong, and how numbers read."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deconv_helpers.scenes.scene import (
    LEGEND,
    MARKS,
    STRUCTURAL,
    UNREAD,
    Grey,
    Note,
    Panel,
    Scene,
    Step,
    Sum,
    blank,
    format_matrix,
    format_number,
    message_scene,
    stacked,
)


def panel(name: str, rows: int, cols: int, **more: object) -> Panel:
    values = np.arange(float(rows * cols)).reshape(rows, cols)
    return Panel(name, values, role="input", title=f"{name} {rows}x{cols}", **more)


@pytest.fixture
def running_sum() -> Scene:
    output = Panel("y", np.array([[5.0, 7.0]]), role="output", title="output 1x2", sign="=")
    steps = tuple(
        Step(np.array([number]), caption, changes={"y": (np.array([cell]), np.array([value]))})
        for number, (caption, cell, value) in enumerate(
            [("first product", 0, 2.0), ("second product", 0, 5.0), ("third product", 1, 7.0)]
        )
    )
    return Scene(
        {"": (panel("x", 2, 3), output), "alone": (panel("z", 1, 2),)},
        taps={"x": np.array([0, 1, 5]), "y": np.array([0, 0, 1])},
        steps=steps,
        start={"y": blank([0, 1])},
        sums=(Sum("y", ("x", "x")),),
    )


@given(
    st.integers(1, 3).flatmap(
        lambda n: st.lists(st.tuples(*[st.integers(-1, 5)] * n), min_size=1, max_size=20)
    )
)
def test_partners_against_a_slow_loop(rows: list[tuple[int, ...]]) -> None:
    count = len(rows[0])
    names = [f"p{i}" for i in range(count)]
    columns = np.array(rows, dtype=int).T
    panels = (*(panel(name, 2, 3) for name in names), panel("aside", 2, 3))
    scene = Scene(panels, taps=dict(zip(names, columns, strict=True)))
    for i, name in enumerate(names):
        for cell in range(6):
            slow: dict[str, set[int]] = {}
            for row in rows:
                if row[i] == cell:
                    for j in range(count):
                        if j != i and row[j] >= 0:
                            slow.setdefault(names[j], set()).add(row[j])
            assert scene.partners(name, cell) == {other: sorted(cells) for other, cells in slow.items()}
            assert scene.partners("aside", cell) == {}, "it takes no part in any product"


def test_values_and_lit_cells_at_each_step(running_sum: Scene) -> None:
    shown = [running_sum.values_at(step)["y"].tolist()[0] for step in range(4)]
    np.testing.assert_equal(shown, [[5, 7], [2, np.nan], [5, np.nan], [5, 7]])
    assert running_sum["y"].values.tolist() == [[5, 7]], "the finished picture must stay as it is"
    assert running_sum.values_at(2)["z"].tolist() == [[0, 1]]
    lit = [{name: cells.tolist() for name, cells in running_sum.lit(step).items()} for step in range(4)]
    assert lit == [{}, {"x": [0], "y": [0]}, {"x": [1], "y": [0]}, {"x": [5], "y": [1]}]
    for step in (-1, 4):
        with pytest.raises(ValueError, match=f"step must be from 0 to 3, got {step}"):
            running_sum.values_at(step)


def test_rows_keep_their_panels_together(running_sum: Scene) -> None:
    assert {title: [p.name for p in row] for title, row in running_sum.layout.items()} == {
        "": ["x", "y"],
        "alone": ["z"],
    }
    assert [p.name for p in running_sum.panels] == ["x", "y", "z"]
    assert Scene({"empty": (), "full": [panel("x", 1, 2)]}).layout.keys() == {"full"}


def test_a_message_stands_for_a_picture() -> None:
    scene = message_scene("There is no place.", "Move padding up to 1.")
    assert scene.notes == (Note("message", "There is no place."), Note("advice", "Move padding up to 1."))
    assert scene.summary == "There is no place. Move padding up to 1."
    assert (scene.values_at(0), scene.layout, scene.panels) == ({}, {}, ())
    assert message_scene("Wait.").notes == (Note("message", "Wait."),)


def test_panels_are_found_by_name(running_sum: Scene) -> None:
    assert running_sum["y"] is running_sum.panels[1]
    assert "z" in running_sum
    assert "w" not in running_sum
    with pytest.raises(ValueError, match="panel must be one of x, y, z, got 'w'"):
        running_sum["w"]


def test_some_panels_alone_keep_what_is_theirs(running_sum: Scene) -> None:
    alone = running_sum.only("z", "y")
    assert [p.name for p in alone.panels] == ["z", "y"]
    assert alone.taps.keys() == {"y"}
    assert alone.sums == (), "a factor is gone"
    np.testing.assert_equal(alone.values_at(1)["y"], [[2, np.nan]])
    assert running_sum.only("y", "x").sums == running_sum.sums
    assert running_sum.only("x").start == {}


def test_heading_is_the_title_or_the_name() -> None:
    assert [Panel("x", np.ones((1, 2)), role="input", title=t).heading for t in (None, "", "X")] == [
        *("x", "", "X")
    ]


def test_a_reader_counts_from_the_first_data_cell_and_types_into_what_no_window_reads() -> None:
    marks = np.array([[1, 1, 1, 1], [1, 0, 0, UNREAD]])
    framed = panel("x", 2, 4, marks=marks)
    assert framed.origin == (1, 1)
    assert framed.data.tolist() == [5, 6, 7]
    assert panel("x", 2, 3).data.tolist() == list(range(6))
    assert panel("x", 1, 2, marks=np.ones((1, 2), int)).origin == (0, 0), "no data at all"
    assert panel("x", 2, 2, marks=np.array([[STRUCTURAL, 0], [0, 0]])).origin == (0, 0), (
        "a matrix is counted whole"
    )
    assert panel("x", 2, 4, marks=marks, first=(0, 2)).origin == (0, 2)


def test_what_the_marks_mean_is_said_of_each_but_data() -> None:
    assert set(LEGEND) == set(MARKS) - {"data"}


def test_what_is_not_as_it_should_be() -> None:
    nan = np.nan
    should = np.array([[1.0, 2.0, nan], [0.0, -4.0, 1e10]])
    values = np.array([[1.0, 3.0, 7.0], [1.0, nan, 1e10 + 1]])

    def wrong(scale: float, values: np.ndarray = values) -> list[int]:
        asked = Panel("y", scale * values, role="output", expected=scale * should)
        return asked.wrong.tolist()

    assert wrong(1) == [4], "nothing is asked of cell 2; beside 1e10 a difference of 1 is rounding"
    assert wrong(1, np.where(should == 1e10, 0, values)) == [4, 5]
    assert Panel("y", np.array([[0.1 + 0.2, 0.5]]), role="output", expected=np.array([[0.3, 0]])).wrong == [1]
    assert Panel("y", values, role="output", expected=np.full((2, 3), nan)).wrong.size == 0
    assert Panel("y", values, role="output").wrong.size == 0
    zeros = np.zeros((1, 2))
    assert Panel("y", np.array([[0, 1e-30]]), role="output", expected=zeros).wrong.tolist() == [1]


@given(st.floats(-5, 5), st.floats(0.01, 5), st.lists(st.floats(-20, 20) | st.just(np.nan), min_size=1))
def test_levels_of_grey_against_a_slow_loop(black: float, reach: float, values: list[float]) -> None:
    white = black + reach
    found = Grey(black, white).levels(np.array([values]))[0].tolist()
    for value, level in zip(values, found, strict=True):
        share = 0 if math.isnan(value) else (value - black) / (white - black)
        assert abs(level - 255 * min(max(share, 0), 1)) <= 0.5 + 1e-9


def test_equal_ratios_are_equal_steps_of_grey_in_decades() -> None:
    grey = Grey(0.01, 100, decades=True)
    values = np.array([[0.01, 0.1, 1, 10, 100], [0, -1, 1e-9, 1e9, np.nan]])
    np.testing.assert_allclose(grey.levels(values)[0], [0, 63.75, 127.5, 191.25, 255], atol=0.51)
    assert grey.levels(values)[1].tolist() == [0, 0, 0, 255, 0]
    assert Grey(2, 2).levels(np.array([[1.0, 2.0, 5.0]])).tolist() == [[0, 0, 255]], "one colour for all"


def test_tables_of_taps_below_each_other() -> None:
    one = {"x": np.array([4, 5]), "y": np.array([1, 2])}
    other = {"z": np.array([7, 8, 9]), "y": np.array([3, -1, 4])}
    found = {name: column.tolist() for name, column in stacked(one, other).items()}
    assert found == {"x": [4, 5, -1, -1, -1], "y": [1, 2, 3, -1, 4], "z": [-1, -1, 7, 8, 9]}
    assert stacked() == {}
    assert stacked(one).keys() == one.keys()
    assert {column.dtype for column in stacked(one, other).values()} == {np.dtype(np.int32)}


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: Panel("x", np.ones(3), role="input"), r"'x': values must have 2 axes, got shape \(3,\)"),
    (
        lambda: panel("x", 2, 3, marks=np.zeros((3, 2), int)),
        r"marks must have the shape .*2, 3.*got \(3, 2\)",
    ),
    (lambda: panel("x", 2, 3, weights=np.zeros((3, 2), int)), r"weights must have .*got \(3, 2\)"),
    (lambda: panel("x", 2, 3, expected=np.zeros((3, 2))), r"expected must have .*got \(3, 2\)"),
    (lambda: Panel("x", np.ones((1, 2)), role="in"), "'x': role must be one of input, .*, got 'in'"),
    (lambda: Note("hint", "?"), "kind must be one of equal, .*, got 'hint'"),
    (lambda: Scene(), "a panel or a note"),
    (lambda: Scene((panel("x", 1, 2), panel("x", 2, 1))), "different names, got x, x"),
    (lambda: Scene((panel("x", 1, 2),), taps={"y": np.array([0])}), "one of x, got 'y'"),
    (lambda: Scene((panel("x", 1, 2),), start={"y": blank([0])}), "one of x, got 'y'"),
    (
        lambda: Scene((panel("x", 1, 2),), steps=(Step(np.array([0]), "", changes={"y": blank([0])}),)),
        "one of x, got 'y'",
    ),
    (lambda: Scene((panel("x", 1, 2),), sums=(Sum("x", ("x", "w")),)), "one of x, got 'w'"),
    (
        lambda: Scene((panel("x", 1, 2), panel("y", 1, 2)), taps={"x": np.array([0]), "y": np.array([0, 1])}),
        r"of one length, got x \(1,\), y \(2,\)",
    ),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_is_no_scene_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


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
