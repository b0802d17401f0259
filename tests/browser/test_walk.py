"""A seeded random walk through each explorer: after every move the picture is that of the scene in Python."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

import deconv_helpers
from deconv_helpers.scenes.explorer import Explorer as Made
from deconv_helpers.scenes.scene import format_number

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
        self.typed: set[str] = set()  # the panels with numbers that were typed

    def control(self) -> None:
        """Move a listed control to any of its values, its ends as likely as the rest."""
        listed = [one for one in self.made.options.values() if one.kind != "source"]
        control = self.random.choice(listed)
        before, value = self.settings[control.name], self.random.choice(list(control.values))
        ends = [control.values[0], control.values[-1]]
        if control.kind == "slider" and value in ends and self.random.random() < 0.5:
            self.explorer.press(control.name.replace("_", " "), "Home" if value == ends[0] else "End")
        else:
            self.explorer.move(control, before, value)
        self.settings[control.name] = value
        self.moved()

    def preset(self) -> None:
        """Choose from a menu of arrays."""
        menus = [one for one in self.made.options.values() if one.kind == "source" and len(one.values) > 1]
        menu = self.random.choice(menus)
        before, preset = getattr(self.made, menu.name), self.random.choice(list(menu.values))
        if preset != before:
            self.explorer.move(menu, before, preset)
            setattr(self.made, menu.name, preset)
            self.typed.discard(menu.name)
            self.moved()

    def go(self) -> None:
        """A step on or back, or the finished picture."""
        scene = self.made.scene(**self.settings)
        steps, first = len(scene.steps), 0 if scene.whole else 1
        key = self.random.choice(("ArrowRight", "ArrowRight", "ArrowLeft", "Home"))
        if steps:
            before = self.shown()
            self.explorer.press("step", key)
            change = {"ArrowRight": 1, "ArrowLeft": -1, "Home": -steps}[key]
            after = max(first, min(steps, before + change))
            if after != before:
                self.step, self.pointed = after, None

    def point(self) -> None:
        """Point at a cell, or away."""
        panels = list(enumerate(self.made.scene(**self.settings).panels))
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
            if p.editable and p.name in self.made.options and not p.image
        ]
        if not panels:
            return
        number, panel = self.random.choice(panels)
        cell, text = self.random.choice(panel.data.tolist()), self.random.choice(TYPED)
        if text != format_number(panel.values.flat[cell]):  # else nothing is asked
            self.made.edit(panel.name, cell, text, **self.settings)
            self.typed.add(panel.name)
        self.explorer.type_into(number, cell, text)
        self.pointed = (panel.name, cell)

    def undo(self) -> None:
        """Drop what was typed."""
        if self.typed:
            self.typed.clear()
            self.explorer.root.get_by_role("button", name="Undo edits").click()
            self.made.undo_edits()
            self.moved()

    def reset(self) -> None:
        """Back to how the explorer opened."""
        self.explorer.root.get_by_role("button", name="Reset").click()
        self.made.undo_edits()
        for name, value in self.made.initial.items():
            setattr(self.made, name, value)
        self.settings, self.step = dict(self.made.settings), 0
        self.typed.clear()
        self.moved()

    def large(self) -> None:
        """Everything as large as fits, or as before."""
        self.explorer.root.get_by_label("large", exact=True).click()
        self.away()

    def moved(self) -> None:
        """After another scene the pointer is away from the picture."""
        self.away()

    def away(self) -> None:
        self.explorer.root.page.mouse.move(0, 0)
        self.pointed = None

    def shown(self) -> int:
        """The step that is seen: that of the slider, which outlasts a scene with fewer, or its last one."""
        scene = self.made.scene(**self.settings)
        last = len(scene.steps)
        return min(self.step, last) or (0 if scene.whole else last)

    def walk(self, moves: int) -> None:
        choices: list[Callable[[], None]] = [self.control] * 4
        choices += [self.point] * 2 + [self.go] * 2 + [self.preset, self.type, self.undo, self.large]
        choices += [self.reset]
        path = []
        for _ in range(moves):
            move = self.random.choice(choices)
            move()
            path.append(move.__name__)
            try:
                self.explorer.shows(self.made.scene(**self.settings), self.shown(), self.pointed)
            except AssertionError as error:
                error.add_note(f"after {len(path)} moves, {path[-6:]}: {self.settings}, step {self.shown()}")
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
