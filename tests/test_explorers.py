"""Every ready-made explorer, in every state that its controls and menus can reach.

What is asked of a scene is asked of all of them. A new `explore_...` is tested as soon as it exists.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets
import numpy as np
import pytest

import deconv_helpers
from deconv_helpers.scenes.board import Board
from deconv_helpers.scenes.explorer import Explorer
from deconv_helpers.scenes.scene import MARKS, Scene

READY_MADE = {name: make for name, make in vars(deconv_helpers).items() if name.startswith("explore_")}
LARGEST_PAYLOAD = 600 * 1024


def menus(explorer: Explorer) -> list[ipywidgets.Dropdown]:
    return [widget for widget in explorer.children[0].children if isinstance(widget, ipywidgets.Dropdown)]


def states(explorer: Explorer) -> Iterator[tuple[dict[str, Any], Scene]]:
    """All settings that the listed controls can take, and their scenes."""
    for settings in explorer._settings:
        yield settings, explorer.scene(**settings)


EXPLORERS = {name: make() for name, make in READY_MADE.items()}
CASES: list[tuple[str, dict[str, str]]] = [
    (name, presets)
    for name, explorer in EXPLORERS.items()
    for presets in [{}, *({menu.description: p} for menu in menus(explorer) for p in menu.options[1:])]
]
"""Each explorer as it opens, and with each other preset of each menu."""


@pytest.fixture
def choose() -> Callable[..., Explorer]:
    """An explorer as it opens, but for the given presets."""

    def choose(name: str, **presets: str) -> Explorer:
        explorer = EXPLORERS[name]
        explorer.choose(**{menu.description: menu.options[0] for menu in menus(explorer)} | presets)
        return explorer

    return choose


def case_id(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(value.values()) or "as it opens"


@pytest.mark.parametrize(("name", "presets"), CASES, ids=case_id)
def test_every_state_has_a_sound_picture_or_a_way_to_one(
    name: str, presets: dict[str, str], choose: Callable[..., Explorer]
) -> None:
    """All states of an explorer as it opens; of the other presets every third, the first and the last."""
    explorer = choose(name, **presets)
    found = list(states(explorer))
    pictures = [settings for settings, scene in found if scene.panels]
    assert pictures, "no state shows anything"
    for settings, scene in [found[0], *found[1::3], found[-1]] if presets else found:
        assert scene.summary.strip(), settings
        json.dumps(scene.to_dict(), allow_nan=False)
        if scene.panels:
            check_picture(scene)
        else:
            check_message(scene, settings, pictures)


def check_picture(scene: Scene) -> None:
    sizes = np.array([panel.values.size for panel in scene.panels])
    assert (sizes > 0).all()
    for panel in scene.panels:
        assert np.isfinite(panel.values).all(), f"{panel.name} has cells that are no numbers"
        assert panel.title.strip()
        if panel.marks is not None:
            assert np.isin(panel.marks, range(len(MARKS))).all()
    if scene.taps.size:
        assert scene.taps.min() >= -1
        assert (scene.taps.max(axis=0) < sizes).all()
    for step in scene.steps:
        assert step.caption.strip()
        assert "nan" not in step.caption
        assert not step.taps.size or (step.taps.min() >= 0 and step.taps.max() < len(scene.taps))
    changes = np.concatenate([scene.start, *(step.changes for step in scene.steps)])
    if len(changes):
        assert np.isin(changes[:, 0], range(len(sizes))).all()
        assert (changes[:, 1] >= 0).all()
        assert (changes[:, 1] < sizes[changes[:, 0].astype(int)]).all()
    for shown, finished in zip(scene.values_at(len(scene.steps)), scene.values_at(0), strict=True):
        np.testing.assert_allclose(
            shown, finished, rtol=1e-12, err_msg="Play must end in the finished picture"
        )


def check_message(scene: Scene, settings: dict[str, Any], pictures: list[dict[str, Any]]) -> None:
    """The message names controls, and moving one of these alone leads to a picture."""
    text = " ".join(note.text for note in scene.notes if note.kind == "message")
    assert re.fullmatch(r"[A-Z].*\.", text), f"not a sentence: {text!r}"
    named = [name for name in settings if re.search(rf"\b{name.replace('_', ' ')}\b", text)]
    assert named, f"{settings}: the message names no control: {text}"
    helps = [
        name
        for name in named
        if any(all(other[k] == v for k, v in settings.items() if k != name) for other in pictures)
    ]
    assert helps, f"{settings}: moving {' or '.join(named)} alone shows nothing: {text}"


@pytest.mark.parametrize("name", READY_MADE)
def test_the_heaviest_presets_together_are_light_on_the_wire(
    name: str, choose: Callable[..., Explorer]
) -> None:
    heaviest = {}
    for menu in menus(EXPLORERS[name]):
        weight = {preset: payload(choose(name, **{menu.description: preset})) for preset in menu.options}
        heaviest[menu.description] = max(weight, key=lambda preset: weight[preset])
    assert payload(choose(name, **heaviest)) <= LARGEST_PAYLOAD


def payload(explorer: Explorer) -> int:
    board = explorer.children[-1]
    assert isinstance(board, Board)
    return len(board.payload)


@pytest.mark.parametrize("name", READY_MADE)
def test_an_edit_of_the_first_cell_leaves_every_state_sound(
    name: str, choose: Callable[..., Explorer]
) -> None:
    explorer = choose(name)
    editable = [panel for panel in explorer.scene().panels if panel.editable]
    for panel in editable:
        cell = 0 if panel.marks is None else int(np.flatnonzero(panel.marks == 0)[0])
        for text in ("-0.5", "", "1e30"):
            explorer.edit(panel.name, cell, text)
            shown = explorer.scene()[panel.name].values.ravel()[cell]
            assert shown == float(text or 0)
    for _, scene in states(explorer):
        json.dumps(scene.to_dict(), allow_nan=False)
        if scene.panels:
            check_picture(scene)
    explorer.undo_edits()


@pytest.mark.parametrize("name", READY_MADE)
def test_the_package_offers_it_with_a_word_and_an_example(name: str) -> None:
    import deconv_helpers

    assert name in deconv_helpers.__all__
    assert ">>>" in (inspect.getdoc(READY_MADE[name]) or "")


MATRICES: list[tuple[Any, type[Exception], str]] = [
    (5, ValueError, r"must be a matrix \(rows, columns\), got shape \(\)"),
    ([1, 2], ValueError, r"got shape \(2,\)"),
    (np.ones((1, 2, 3)), ValueError, r"got shape \(1, 2, 3\)"),
    ([[1, 2], [3]], ValueError, "must have rows of equal length"),
    ([[]], ValueError, "must not be empty"),
    ([[np.nan]], ValueError, "must be finite, got nan"),
    ([[1, np.inf]], ValueError, "must be finite, got inf"),
    ("abc", TypeError, "must hold ints or floats, got 'abc'"),
    ([[1j]], TypeError, "must hold ints or floats"),
    ({}, TypeError, "must hold ints or floats"),
    (np.ones((17, 2)), ValueError, r"at most 16x16 .* got shape \(17, 2\)"),
]


@pytest.mark.parametrize("name", ["x", "w"])
@pytest.mark.parametrize(("value", "error", "message"), MATRICES)
def test_arrays_of_your_own_are_checked_by_name(
    name: str, value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(
        error, match=f"^{name} {message}" if message.startswith("must") else f"^{name} .*{message}"
    ):
        deconv_helpers.explore_convolution(**{name: value})


def test_arrays_of_your_own_may_be_rectangles() -> None:
    explorer = deconv_helpers.explore_convolution(x=[[1, 2, 3, 4], [5, 6, 7, 8]], w=[[1, -1]], stride=2)
    assert explorer.settings == {"stride": 2, "padding": 0, "dilation": 1}
    assert explorer.scene()["output"].values.tolist() == [[-1, -1]]
    assert menus(explorer) == []
    explorer.close()


def test_a_kernel_of_your_own_that_nowhere_fits_says_so() -> None:
    explorer = deconv_helpers.explore_convolution(w=np.ones((16, 16)))
    assert "a padding of at least 6" in explorer.scene().summary
    explorer.close()


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (
            {"strid": 2},
            r"start must name listed controls \(kernel_size, stride, padding, dilation\), got 'strid'",
        ),
        ({"stride": 0}, "start must give stride one of 1, 2, 3, got 0"),
        ({"padding": "1"}, "start must give padding one of 0, 1, 2, got '1'"),
        ({"kernel_size": [3]}, r"start must give kernel_size one of .*, got \[3\]"),
    ],
)
def test_a_start_that_no_slider_has_is_refused(start: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        deconv_helpers.explore_convolution(**start)
