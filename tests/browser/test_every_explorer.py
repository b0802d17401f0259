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
    for control, values in made._listed.items():
        label, now = control.replace("_", " "), values.index(settings[control])
        other = now + 1 if now + 1 < len(values) else now - 1
        if values == (False, True):
            explorer.root.get_by_label(label, exact=True).click()
        elif isinstance(values, tuple):
            explorer.root.get_by_label(label, exact=True).select_option(index=other)
        else:
            explorer.press(label, "ArrowRight" if other > now else "ArrowLeft")
        settings[control] = values[other]
        scene = made.scene(**settings)
        explorer.shows(scene)
        for number, panel in enumerate(scene.panels):
            if not panel.image:
                cell = panel.values.size // 2
                explorer.cell(number, cell).hover()
                explorer.shows(scene, pointed=(panel.name, cell))
        window.page.mouse.move(0, 0)
        if scene.steps:
            explorer.go_to_the_last_step()
            explorer.shows(scene, len(scene.steps))
            explorer.press("step", "Home")
            explorer.shows(scene)
    for theme in ("Dark", "Light"):
        window.theme(theme)
        explorer.is_readable()
    made.close()
    lesson.close()
