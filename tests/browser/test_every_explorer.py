"""Each ready-made explorer against the scenes that Python gives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import deconv_helpers

from .conftest import Lab, Window

pytestmark = pytest.mark.browser

NAMES = [name for name in deconv_helpers.__all__ if name.startswith("explore_")]


@pytest.fixture(scope="module")
def window(lab: Lab) -> Iterator[Window]:
    window = lab.window()
    yield window
    window.page.context.close()


@pytest.mark.parametrize("name", NAMES)
def test_explorer(window: Window, lab: Lab, name: str) -> None:
    """For each control, each panel pointed at, the last step and the first: the scene that Python gives."""
    made = getattr(deconv_helpers, name)()
    lesson = window.open(lab.write(f"{name}.ipynb", f"from deconv_helpers import {name}\n{name}()"))
    lesson.run_all()
    (explorer,) = lesson.explorers(1)
    settings = dict(made.settings)
    explorer.shows(made.scene())
    for control, value in made.settings.items():
        label = control.replace("_", " ")
        if isinstance(value, bool):
            explorer.root.get_by_label(label).click()
            settings[control] = not value
        elif isinstance(value, int):
            last = explorer.slider(label).get_attribute("aria-valuemax") == f"{value:.1f}"
            explorer.press(label, "ArrowLeft" if last else "ArrowRight")
            settings[control] = value - 1 if last else value + 1
        scene = made.scene(**settings)
        explorer.shows(scene)
        for number, panel in enumerate(scene.panels):
            if not panel.image:
                cell = panel.values.size // 2
                explorer.cell(number, cell).hover()
                explorer.shows(scene, pointed=(panel.name, cell))
        window.page.mouse.move(0, 0)
        explorer.go_to_the_last_step()
        explorer.shows(scene, len(scene.steps))
        explorer.press("step", "Home")
        explorer.shows(scene)
    for theme in ("Dark", "Light"):
        window.theme(theme)
        explorer.is_readable()
    made.close()
    lesson.close()
