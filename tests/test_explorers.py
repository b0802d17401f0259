"""Every ready-made explorer, in every state that its controls and menus can reach.

What is asked of a scene is asked of all of them. A new `explore_...` is tested as soon as it exists.
"""

from __future__ import annotations

import gc
import inspect
import re
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from scenes import plain, read, unpack

import deconv_helpers
from deconv_helpers.scenes.explorer import Explorer
from deconv_helpers.scenes.scene import MARKS, Scene

READY_MADE = {name: make for name, make in vars(deconv_helpers).items() if name.startswith("explore_")}
LARGEST_PAYLOAD = 600 * 1024


def menus(explorer: Explorer) -> dict[str, Any]:
    """The names of the arrays in each menu of arrays."""
    return {name: control.values for name, control in explorer.options.items() if control.source}


def choose(explorer: Explorer, presets: dict[str, str]) -> None:
    """Set the menus to the presets, and those left out as the explorer opens."""
    for name, values in menus(explorer).items():
        setattr(explorer, name, presets.get(name, values[0]))


def states(explorer: Explorer) -> list[tuple[dict[str, Any], Scene]]:
    """All settings that the listed controls can take, and their scenes."""
    return [(settings, explorer.scene(**settings)) for settings in explorer.states]


EXPLORERS = {name: make() for name, make in READY_MADE.items()}
CASES: list[tuple[str, dict[str, str]]] = [
    (name, presets)
    for name, explorer in EXPLORERS.items()
    for presets in [{}, *({menu: p} for menu, values in menus(explorer).items() for p in values[1:])]
]
"""Each explorer as it opens, and with each other preset of each menu."""


def case_id(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(value.values()) or "as it opens"


@pytest.mark.parametrize(("name", "presets"), CASES, ids=case_id)
def test_every_state_has_a_sound_picture_or_a_way_to_one(name: str, presets: dict[str, str]) -> None:
    """All states of an explorer as it opens; of the other presets every third, the first and the last."""
    explorer = EXPLORERS[name]
    choose(explorer, presets)
    found = states(explorer)
    pictures = [settings for settings, scene in found if scene.panels]
    assert pictures, "no state shows anything"
    for settings, scene in [found[0], *found[1::3], found[-1]] if presets else found:
        check_state(scene, settings, pictures)


def check_state(scene: Scene, settings: dict[str, Any], pictures: list[dict[str, Any]]) -> None:
    assert scene.summary.strip(), settings
    if scene.panels:
        check_picture(scene)
    else:
        check_message(scene, settings, pictures)


def check_picture(scene: Scene) -> None:
    sizes = {panel.name: panel.values.size for panel in scene.panels}
    for panel in scene.panels:
        assert panel.values.size
        assert np.isfinite(panel.values).all(), f"{panel.name} has cells that are no numbers"
        assert panel.heading.strip()
        if panel.marks is not None:
            assert np.isin(panel.marks, range(len(MARKS))).all()
    counts = {len(column) for column in scene.taps.values()} or {0}
    assert len(counts) == 1
    for name, column in scene.taps.items():
        assert not column.size or (column.min() >= -1 and column.max() < sizes[name])
    for step in scene.steps:
        assert step.caption.strip()
        assert "nan" not in step.caption
        assert not step.taps.size or (step.taps.min() >= 0 and step.taps.max() < max(counts))
    for changes in (scene.start, *(step.changes for step in scene.steps)):
        for name, (cells, values) in changes.items():
            assert len(cells) == len(values)
            assert ((cells >= 0) & (cells < sizes[name])).all()
    last, finished = scene.values_at(len(scene.steps)), scene.values_at(0)
    for name, shown in last.items():
        np.testing.assert_allclose(
            shown, finished[name], rtol=1e-12, err_msg="Play must end in the finished picture"
        )
    check_sums(scene)


def check_sums(scene: Scene) -> None:
    """A panel of sums holds the sums of the products that its taps name, in a plain loop over the table."""
    for one in scene.sums:
        values = {name: scene[name].values.ravel().tolist() for name in (one.result, *one.factors)}
        columns = [scene.taps[name].tolist() for name in (one.result, *one.factors)]
        sums, sizes = [0.0] * len(values[one.result]), [0.0] * len(values[one.result])
        for result, first, second in zip(*columns, strict=True):
            if min(result, first, second) >= 0:
                product = values[one.factors[0]][first] * values[one.factors[1]][second]
                sums[result] += product
                sizes[result] += abs(product)
        for total, size, shown in zip(sums, sizes, values[one.result], strict=True):
            assert abs(total - shown) <= 1e-9 * size, f"{one.result} is no sum of {one.factors}"


def check_message(scene: Scene, settings: dict[str, Any], pictures: list[dict[str, Any]]) -> None:
    """A message and its advice are sentences; the advice names controls, and one of these alone helps."""
    message, advice = scene.notes
    assert (message.kind, advice.kind) == ("message", "advice")
    for note in scene.notes:
        assert re.fullmatch(r"[A-Z].*\.", note.text), f"not a sentence: {note.text!r}"
    named = [name for name in settings if re.search(rf"\b{name.replace('_', ' ')}\b", advice.text)]
    assert named, f"{settings}: the advice names no control: {advice.text}"
    helps = [
        name
        for name in named
        if any(all(other[k] == v for k, v in settings.items() if k != name) for other in pictures)
    ]
    assert helps, f"{settings}: moving {' or '.join(named)} alone shows nothing: {advice.text}"


@pytest.mark.parametrize("name", READY_MADE)
def test_a_page_reads_every_state_from_what_is_sent(name: str) -> None:
    explorer = EXPLORERS[name]
    choose(explorer, {})
    sent = read(explorer.payload)
    assert len(sent) == len(explorer.states)
    for found, (settings, scene) in zip(sent, states(explorer), strict=True):
        assert found == plain(scene), settings
    head, _ = unpack(explorer.payload)
    assert head["chosen"] == {menu: values[0] for menu, values in menus(explorer).items()}


@pytest.mark.long
@pytest.mark.parametrize("name", READY_MADE)
def test_the_heaviest_presets_together_are_light_on_the_wire(name: str) -> None:
    explorer, heaviest = EXPLORERS[name], {}
    for menu, values in menus(explorer).items():
        weight = {}
        for preset in values:
            choose(explorer, {menu: preset})
            weight[preset] = len(explorer.payload)
        heaviest[menu] = max(weight, key=lambda preset: weight[preset])
    choose(explorer, heaviest)
    assert len(explorer.payload) <= LARGEST_PAYLOAD


@pytest.mark.parametrize("name", READY_MADE)
def test_an_edit_of_the_first_cell_leaves_every_state_sound(name: str) -> None:
    explorer = EXPLORERS[name]
    choose(explorer, {})
    for panel in [panel for panel in explorer.scene().panels if panel.editable]:
        cell = int(panel.data[0])
        for text in ("", "1e30"):
            explorer.edit(panel.name, cell, text)
            assert explorer.scene()[panel.name].values.ravel()[cell] == float(text or 0)
    for _, scene in states(explorer):
        if scene.panels:
            check_picture(scene)
    explorer.undo_edits()


@pytest.mark.parametrize("name", READY_MADE)
def test_the_package_offers_it_with_a_word_and_an_example(name: str) -> None:
    assert name in deconv_helpers.__all__
    assert ">>>" in (inspect.getdoc(READY_MADE[name]) or "")


@pytest.mark.parametrize("name", READY_MADE)
def test_it_is_one_widget_and_its_layout_and_nothing_holds_it_when_it_is_closed(name: str) -> None:
    before = len(_instances)
    explorer = READY_MADE[name]()
    explorer._repr_mimebundle_()
    assert len(_instances) == before + 2
    held = weakref.ref(explorer)
    explorer.close()
    del explorer
    gc.collect()
    assert held() is None
    assert len(_instances) == before


MATRICES: list[tuple[Any, type[Exception], str]] = [
    (5, ValueError, r"must be a matrix \(rows, columns\), got the single number 5"),
    ([1, 2], ValueError, r"got shape \(2,\)"),
    (np.ones((1, 2, 3)), ValueError, r"got shape \(1, 2, 3\)"),
    ([[1, 2], [3]], ValueError, "must have rows of equal length"),
    ([[]], ValueError, "must not be empty"),
    ([[1, np.nan]], ValueError, "must be finite, got nan"),
    ([[1j]], TypeError, "must hold ints or floats"),
    ({}, TypeError, "must hold ints or floats"),
    (np.ones((17, 2)), ValueError, r"at most 16x16 .* got shape \(17, 2\)"),
]


@pytest.mark.parametrize("name", ["x", "w"])
@pytest.mark.parametrize(("value", "error", "message"), MATRICES)
def test_arrays_of_your_own_are_checked_by_name(
    name: str, value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{name} .*{message}"):
        deconv_helpers.explore_convolution(**{name: value})


def test_arrays_of_your_own_may_be_rectangles() -> None:
    explorer = deconv_helpers.explore_convolution(x=[[1, 2, 3, 4], [5, 6, 7, 8]], w=[[1, -1]], stride=2)
    assert explorer.settings == {"stride": 2, "padding": 0, "dilation": 1}
    assert explorer.scene()["output"].values.tolist() == [[-1, -1]]
    assert menus(explorer) == {"input": ("yours",), "kernel": ("yours",)}
    explorer.close()


def test_a_kernel_of_your_own_that_nowhere_fits_says_so() -> None:
    explorer = deconv_helpers.explore_convolution(w=np.ones((16, 16)))
    assert "a padding of at least 6" in explorer.scene().summary
    explorer.close()


WRONG_STARTS: list[tuple[dict[str, Any], str]] = [
    (
        {"strid": 2},
        "strid is no control here; there are: input, kernel, kernel_size, stride, padding, dilation",
    ),
    ({"stride": 0}, "stride must be one of 1, 2, 3, got 0"),
    ({"padding": "1"}, "padding must be one of 0, 1, 2, got '1'"),
    ({"kernel_size": [3]}, r"kernel_size must be one of .*, got \[3\]"),
    ({"input": "9x9"}, "input must be one of .*, got '9x9'"),
]


@pytest.mark.parametrize(("start", "message"), WRONG_STARTS)
def test_a_start_that_no_control_has_is_refused(start: dict[str, Any], message: str) -> None:
    before = len(_instances)
    with pytest.raises(ValueError, match=message):
        deconv_helpers.explore_convolution(**start)
    assert len(_instances) == before


def test_an_explorer_may_begin_with_any_preset() -> None:
    make: Callable[..., Explorer] = deconv_helpers.explore_matrix
    explorer = make(input="4x4, example B", kernel="example B")
    assert explorer.scene()["output"].values.tolist() == [[84, 84], [87, 60]]
    assert explorer.initial["input"] == explorer.input == "4x4, example B"
    explorer.close()
