"""A seeded random walk through each explorer: after every move the picture is that of the scene in Python."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

import deconv_helpers
from deconv_helpers.scenes.explorer import Explorer as Made

from .conftest import NAMES, Explorer, Lab, Window

pytestmark = pytest.mark.browser

TYPED = ("7", "-0.5", "", "1e30", " 2 ", "0.125")


class Walker:
    """An explorer on the page and the same one here, moved alike."""

    def __init__(self, explorer: Explorer, made: Made, seed: str) -> None:
        self.explorer, self.made, self.random = explorer, made, random.Random(seed)
        self.settings = dict(made.settings)
        self.step = 0
        self.pointed: tuple[str, int] | None = None

    def control(self) -> None:
        """Move a listed control to any of its values, its ends as likely as the rest."""
        name, values = self.random.choice(list(self.made._listed.items()))
        now, wanted = values.index(self.settings[name]), self.random.randrange(len(values))
        label = name.replace("_", " ")
        if values == (False, True):
            if now != wanted:
                self.explorer.root.get_by_label(label, exact=True).click()
        elif isinstance(values, tuple):
            self.explorer.root.get_by_label(label, exact=True).select_option(index=wanted)
        elif wanted in (0, len(values) - 1) and self.random.random() < 0.5:
            self.explorer.press(label, "End" if wanted else "Home")
        else:
            key = "ArrowRight" if wanted > now else "ArrowLeft"
            self.explorer.press(label, *[key] * abs(wanted - now))
        self.settings[name] = values[wanted]
        self.moved()

    def preset(self) -> None:
        """Choose from a menu of arrays."""
        menus = {name: list(presets) for name, presets in self.made._sources.items() if len(presets) > 1}
        name, presets = self.random.choice(list(menus.items()))
        preset = self.random.choice(presets)
        if preset == self.made._chosen[name]:
            return
        self.explorer.root.get_by_label(name, exact=True).select_option(preset)
        self.made.choose(**{name: preset})
        self.moved()

    def go(self) -> None:
        """A step on or back, or the finished picture."""
        steps = len(self.made.scene(**self.settings).steps)
        key = self.random.choice(("ArrowRight", "ArrowRight", "ArrowLeft", "Home"))
        if steps:
            self.explorer.press("step", key)
            change, before = {"ArrowRight": 1, "ArrowLeft": -1, "Home": -steps}[key], self.step
            self.step = max(0, min(steps, self.step + change))
            if self.step != before:
                self.pointed = None

    def point(self) -> None:
        """Point at a cell, or away."""
        panels = [(i, p) for i, p in enumerate(self.made.scene(**self.settings).panels) if not p.image]
        if not panels or self.random.random() < 0.3:
            self.away()
            return
        number, panel = self.random.choice(panels)
        cell = self.random.randrange(panel.values.size)
        self.explorer.point(number, cell)
        self.pointed = (panel.name, cell)

    def type(self) -> None:
        """Type a number into a data cell."""
        panels = [
            (i, p)
            for i, p in enumerate(self.made.scene(**self.settings).panels)
            if p.editable and p.name in self.made._sources and not p.image
        ]
        if not panels:
            return
        number, panel = self.random.choice(panels)
        cells = [c for c in range(panel.values.size) if panel.marks is None or panel.marks.flat[c] == 0]
        cell, text = self.random.choice(cells), self.random.choice(TYPED)
        self.made.edit(panel.name, cell, text, **self.settings)
        self.explorer.type_into(number, cell, text)
        self.pointed = (panel.name, cell)
        self.clamp()

    def undo(self) -> None:
        """Drop what was typed."""
        if not self.made._undo.disabled:
            self.explorer.root.get_by_role("button", name="Undo edits").click()
            self.made.undo_edits()
            self.moved()

    def large(self) -> None:
        """Everything twice as large, or as before."""
        self.explorer.root.get_by_label("large", exact=True).click()
        self.away()

    def moved(self) -> None:
        """After another scene: the pointer is away from the picture, and the step within it."""
        self.away()
        self.clamp()

    def away(self) -> None:
        self.explorer.root.page.mouse.move(0, 0)
        self.pointed = None

    def clamp(self) -> None:
        self.step = min(self.step, len(self.made.scene(**self.settings).steps))

    def walk(self, moves: int) -> None:
        choices: list[Callable[[], None]] = [self.control] * 4
        choices += [self.point] * 2 + [self.go] * 2 + [self.preset, self.type, self.undo, self.large]
        path = []
        for _ in range(moves):
            move = self.random.choice(choices)
            move()
            path.append(move.__name__)
            try:
                self.explorer.shows(self.made.scene(**self.settings), self.step, self.pointed)
            except AssertionError as error:
                error.add_note(f"after {len(path)} moves, {path[-6:]}: {self.settings}, step {self.step}")
                raise
            assert self.explorer.board.locator(".dcv-error").text_content() == ""


def walk(window: Window, lab: Lab, name: str, moves: int) -> None:
    made = getattr(deconv_helpers, name)()
    lesson = window.open(lab.write(f"walk_{name}.ipynb", f"from deconv_helpers import {name}\n{name}()"))
    lesson.run_all()
    (explorer,) = lesson.explorers(1)
    window.page.mouse.move(0, 0)
    try:
        Walker(explorer, made, name).walk(moves)
    finally:
        made.close()
    lesson.close()


def test_a_short_walk(window: Window, lab: Lab) -> None:
    walk(window, lab, "explore_convolution", moves=15)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_three_hundred_moves(window: Window, lab: Lab, name: str) -> None:
    walk(window, lab, name, moves=300)
