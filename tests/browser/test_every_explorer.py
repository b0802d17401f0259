"""Each ready-made explorer against the scenes that Python gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import deconv_helpers
from deconv_helpers.scenes.explorer import Explorer as Made
from deconv_helpers.scenes.scene import format_number

from .conftest import NAMES, Explorer, Lab, Window, until

pytestmark = pytest.mark.browser

NARROW = 560
"""A page, in pixels, on which the larger panels have no room for their numbers."""


@pytest.fixture(scope="module")
def narrow_window(lab: Lab) -> Iterator[Window]:
    """JupyterLab in a narrow window for the tests of this module."""
    window = lab.window(width=NARROW)
    yield window
    window.page.context.close()


@contextmanager
def narrow(window: Window, call: str, width: int = NARROW) -> Iterator[Explorer]:
    """The explorer that `call` makes, alone in a narrow page; nothing may go wrong there."""
    window.page.set_viewport_size({"width": width, "height": 1000})
    lesson = window.open(window.lab.write("narrow.ipynb", f"from deconv_helpers import *\n{call}"))
    lesson.run_all()
    (explorer,) = lesson.explorers(1)
    yield explorer
    lesson.close()


@pytest.mark.parametrize(
    ("name", "settings", "squares"),
    [
        ("explore_matrix", {"kernel_size": 1, "padding": 2}, {"C": {"dcv-w0"}}),
        ("explore_checkerboard", {"kernel_size": 5, "stride": 1, "layers": 2}, {"count": {"dcv-l8"}}),
        (
            "explore_zero_insertion",
            {"stride": 3, "dilation": 2},
            {"stamped": {"dcv-cropped"}, "inserted": {"dcv-padding", "dcv-inserted-zero"}},
        ),
    ],
)
def test_cells_without_numbers(
    narrow_window: Window, name: str, settings: dict[str, Any], squares: dict[str, set[str]]
) -> None:
    """In a narrow page panels are squares: fills, marks and what is lit are those of the scene."""
    made = getattr(deconv_helpers, name)(**settings)
    scene = made.scene()
    with narrow(narrow_window, f"{name}(**{settings!r})") as explorer:
        explorer.shows(scene)
        for panel, classes in squares.items():
            number = [p.name for p in scene.panels].index(panel)
            shown = explorer.read()["panels"][number]
            assert shown["texts"] is None
            assert classes <= set(shown["tiles"])
            columns = scene[panel].values.shape[1]
            for cell in (0, columns - 1, columns, scene[panel].values.size - 1):
                explorer.point(number, cell)
                explorer.shows(scene, pointed=(panel, cell))
        explorer.root.page.mouse.down()  # dragged from one cell to another
        explorer.point(number, 0)
        explorer.root.page.mouse.up()
        assert explorer.root.locator(".dcv-editor").count() == 0
        explorer.root.page.mouse.move(0, 0)
        explorer.press("step", "ArrowRight")
        explorer.shows(scene, 1)
        marks = scene["input"].marks
        cell = 1 if marks is None else marks.ravel().tolist().index(0)
        explorer.type_into(0, cell, "-3")
        made.edit("input", cell, "-3", **made.settings)
        explorer.shows(made.scene(), 1, pointed=("input", cell))
    made.close()


def test_nothing_moves_where_captions_and_notes_wrap(narrow_window: Window, made: Made) -> None:
    """Whatever is said above the picture, in any state: the picture stays where it is."""
    with narrow(narrow_window, "explore_convolution()") as explorer:
        stage = explorer.board.locator(".dcv-stage")
        top = stage.evaluate("stage => stage.offsetTop")
        explorer.press("step", "ArrowRight")
        for name, key in (
            ("padding", "ArrowRight"),
            ("stride", "End"),
            ("dilation", "End"),
            ("stride", "Home"),
        ):
            explorer.press(name, key)
            assert stage.evaluate("stage => stage.offsetTop") == top
        explorer.press("dilation", "Home")
        explorer.shows(made.scene(padding=1), 1)
        caption = explorer.board.locator(".dcv-caption")
        assert caption.evaluate(
            "caption => caption.scrollHeight > 1.8 * parseFloat(getComputedStyle(caption).fontSize)"
        )
        for panel, cell in ((1, 0), (0, 0), (1, 4)):
            explorer.point(panel, cell)
            until(lambda: "[" in caption.inner_text(), "a caption", explorer.root.page)
            assert stage.evaluate("stage => stage.offsetTop") == top


def test_keys_and_editor_stay_with_a_panel_whose_numbers_no_longer_fit(
    narrow_window: Window, made: Made
) -> None:
    with narrow(narrow_window, "explore_convolution(padding=2)", width=740) as explorer:
        page = explorer.root.page
        explorer.shows(made.scene(padding=2))
        assert explorer.read()["panels"][0]["texts"]
        explorer.type_into(0, 18, "-77.77")
        until(lambda: explorer.read()["panels"][0]["tiles"], "squares without numbers", page)
        page.keyboard.press("ArrowRight")
        until(lambda: explorer.read()["panels"][0]["pointed"] == [19], "the next cell", page)
        page.keyboard.press("7")
        page.set_viewport_size({"width": 1900, "height": 1000})
        until(lambda: explorer.read()["panels"][0]["texts"], "numbers in the wider page", page)
        cell = explorer.cell(0, 19).bounding_box()
        editor = explorer.root.locator(".dcv-editor").bounding_box()
        assert cell
        assert editor
        assert (round(editor["x"]), round(editor["y"])) == (round(cell["x"]), round(cell["y"]))
        page.keyboard.press("Escape")


OF_EACH_KIND = ("convolution", "deconvolution", "learning", "sizes", "zero_insertion")
"""A window, photographs, steps alone, one axis, and the most panels."""

EXPLORERS = [
    pytest.param(name, marks=[] if name.removeprefix("explore_") in OF_EACH_KIND else pytest.mark.long)
    for name in NAMES
]


@pytest.mark.parametrize("name", EXPLORERS)
def test_explorer(window: Window, lab: Lab, name: str) -> None:
    """For each control, each panel pointed at, the last step and the first: the scene that Python gives."""
    made = getattr(deconv_helpers, name)()
    lesson = window.open(lab.write(f"{name}.ipynb", f"from deconv_helpers import {name}\n{name}()"))
    lesson.run_all()
    (explorer,) = lesson.explorers(1)
    settings, step = dict(made.settings), 0
    explorer.shows(made.scene())
    for control in (one for one in made.options.values() if one.kind != "source"):
        now = list(control.values).index(settings[control.name])
        other = control.values[now + 1 if now + 1 < len(control.values) else now - 1]
        explorer.move(control, settings[control.name], other)
        settings[control.name] = other
        scene = made.scene(**settings)
        explorer.shows(scene, step)
        for number, panel in enumerate(scene.panels):
            cell = panel.values.size // 2
            explorer.point(number, cell)
            if not panel.image:
                explorer.shows(scene, step, pointed=(panel.name, cell))
                continue
            # A pixel is a few pixels of the screen: whichever was met, its number is the scene's.
            found = re.compile(rf"{re.escape(panel.name)}\[(-?\d+), (-?\d+)\] = (\S+)")
            until(lambda found=found: found.match(explorer.read()["caption"]), "the number", window.page)
            row, column, read = found.match(explorer.read()["caption"]).groups()
            values = scene.values_at(step or (0 if scene.whole else len(scene.steps)))[panel.name]
            assert read.rstrip(",.:") == format_number(
                float(values[int(row) + panel.origin[0], int(column) + panel.origin[1]])
            )
        window.page.mouse.move(0, 0)
        if scene.steps:
            explorer.press("step", "End")
            explorer.shows(scene, len(scene.steps))
            explorer.press("step", "Home")
            step = 0 if scene.whole else 1
            explorer.shows(scene, step)
    for theme in ("Dark", "Light"):
        window.theme(theme)
        explorer.is_readable()
    made.close()
    lesson.close()
