"""Whom an explorer shuts out: what axe-core finds, the keyboard alone, what is announced, reduced motion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deconv_helpers.scenes.explorer import Explorer as Made

from .conftest import NAMES, Explorer, Lab, Lesson, until

pytestmark = pytest.mark.browser

UPSTREAM = {
    "aria-allowed-attr": "JupyterLab: aria-pressed on the jp-button elements of its toolbars",
    "aria-input-field-name": "JupyterLab: the CodeMirror editor of a code cell has no name",
    "aria-required-children": "JupyterLab: the feed of cells holds its skeletons and scrollbar, too",
    "region": "JupyterLab: its skip links lie outside of the landmarks",
}
"""What axe-core finds in JupyterLab around our explorers in any notebook, and where it comes from."""


@pytest.fixture(scope="module")
def lesson(lab: Lab) -> Iterator[Lesson]:
    """One notebook with every explorer, the first of them that of lesson 01."""
    names = sorted(NAMES, key=lambda name: name != "explore_convolution")
    cells = [f"import deconv_helpers\ndeconv_helpers.{name}()" for name in names]
    lesson = lab.window().open(lab.write("access.ipynb", *cells))
    lesson.run_all()
    for cell in range(len(names)):
        lesson.cell(cell).locator(".dcv[data-step]").wait_for()  # what is out of sight is not drawn
    yield lesson
    lesson.close()


@pytest.fixture
def explorer(lesson: Lesson) -> Explorer:
    """A new explorer in the first cell."""
    before = lesson.cell(0).locator(".dcv").element_handle()
    lesson.run(0)
    until(lambda: not before.evaluate("old => old.isConnected"), "the new explorer", lesson.page)
    lesson.page.mouse.move(0, 0)
    found = Explorer(lesson.cell(0).locator(".dcv-explorer"))
    found.root.locator(".dcv-play").wait_for()
    return found


def findings(lesson: Lesson, context: str | None = None) -> dict[str, list[Any]]:
    """What axe-core finds, by rule: impact, then the markup."""
    from axe_playwright_python.sync_playwright import Axe  # needs playwright, which not every machine has

    found = Axe().run(lesson.page, context=context).response["violations"]
    return {rule["id"]: [rule["impact"], *(node["html"] for node in rule["nodes"])] for rule in found}


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_axe_finds_nothing_in_any_explorer(lesson: Lesson, theme: str) -> None:
    lesson.window.theme(theme)
    assert findings(lesson, ".dcv-explorer") == {}


def test_axe_finds_nothing_in_any_state_of_the_picture(lesson: Lesson, explorer: Explorer) -> None:
    """A step, a cell pointed at, the editor open, a text that is no number, and a message for a picture."""
    cell = ".jp-Cell[data-windowed-list-index='0'] .dcv-explorer"
    explorer.press("padding", "ArrowRight")
    explorer.press("step", "ArrowRight")
    assert findings(lesson, cell) == {}
    explorer.cell(0, 8).click()
    explorer.root.locator(".dcv-editor").wait_for()
    assert findings(lesson, cell) == {}
    lesson.page.keyboard.press("Escape")
    explorer.type_into(0, 8, "two")
    explorer.board.locator(".dcv-error", has_text="not a number").wait_for()
    assert findings(lesson, cell) == {}
    explorer.press("padding", "Home")
    explorer.press("dilation", "End")
    explorer.board.locator(".dcv-note-message").wait_for()
    assert findings(lesson, cell) == {}


def test_what_axe_finds_around_the_explorers_is_jupyterlabs(lesson: Lesson) -> None:
    found = findings(lesson)
    assert set(found) <= set(UPSTREAM)
    assert not [html for _, *places in found.values() for html in places if "dcv" in html]


def focused(explorer: Explorer) -> str:
    """The accessible name of what holds the focus, or nothing when that is outside of the explorer."""
    return explorer.root.evaluate(
        """root => {
            const at = document.activeElement;
            if (!root.contains(at)) return "";
            const label = at.labels?.[0];
            const shown = [...label?.querySelectorAll("span") ?? []].filter((one) => !one.ariaHidden);
            const words = shown.map((one) => one.innerText).join(" ") || label?.innerText;
            return at.ariaLabel || words || at.innerText || `unnamed ${at.outerHTML}`;
        }"""
    )


def tab_to(explorer: Explorer, name: str, key: str = "Tab") -> list[str]:
    """Press Tab until what is called `name` holds the focus; what held it on the way."""
    passed = []
    for _ in range(30):
        explorer.root.page.keyboard.press(key)
        passed.append(focused(explorer))
        if passed[-1].startswith(name):
            return passed
    raise AssertionError(f"Tab never comes to {name}: {passed}")


def test_an_explorer_is_used_by_the_keyboard_alone(explorer: Explorer, made: Made) -> None:
    """Menus, sliders, steps, cells, typing and undo, from one to the next by Tab and back by Shift+Tab."""
    keyboard = explorer.root.page.keyboard
    menu = "input"
    explorer.root.get_by_label(menu, exact=True).focus()
    presets = list(made.options[menu].values)
    try:
        keyboard.press("ArrowDown")
        made.input = presets[1]
        explorer.shows(made.scene())
        settings = dict(made.settings)
        for name in ("kernel_size", "stride", "padding", "dilation"):
            tab_to(explorer, name.replace("_", " "))
            keyboard.press("ArrowLeft" if name == "kernel_size" else "ArrowRight")
            settings[name] += -1 if name == "kernel_size" else 1
            explorer.shows(made.scene(**settings))
        scene = made.scene(**settings)
        tab_to(explorer, "Play")
        keyboard.press("Enter")
        explorer.shows(scene, 1)
        keyboard.press("Space")
        tab_to(explorer, "step")
        keyboard.press("Home")
        explorer.shows(scene)
        keyboard.press("ArrowRight")
        explorer.shows(scene, 1)
        tab_to(explorer, "large")
        narrow = explorer.cell(0, 0).bounding_box()
        keyboard.press("Space")
        until(
            lambda: explorer.cell(0, 0).bounding_box()["height"] > 1.2 * narrow["height"],
            "larger cells",
            explorer.root.page,
        )
        tab_to(explorer, "explorer;", "Shift+Tab")
        keyboard.press("ArrowRight")
        explorer.shows(scene, 2)

        tab_to(explorer, scene.panels[0].heading)
        columns = scene.panels[0].values.shape[1]
        for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
            keyboard.press(key)
        at = columns + 1
        explorer.shows(scene, 2, (scene.panels[0].name, at))
        keyboard.press("7")
        keyboard.press("Enter")
        made.edit(scene.panels[0].name, at, "7", **settings)
        scene = made.scene(**settings)
        explorer.shows(scene, 2, (scene.panels[0].name, at))
        keyboard.press("Escape")
        tab_to(explorer, "Undo edits", "Shift+Tab")
        keyboard.press("Enter")
        made.undo_edits()
        explorer.shows(made.scene(**settings), 2)
    finally:
        made.input = presets[0]


def test_every_stop_of_tab_has_a_name_and_tab_leaves_the_explorer(lesson: Lesson, explorer: Explorer) -> None:
    explorer.root.get_by_label("input", exact=True).focus()
    stops = [focused(explorer)]
    while stops[-1]:
        lesson.page.keyboard.press("Tab")
        stops.append(focused(explorer))
        assert len(stops) < 30
    assert not [name for name in stops if name.startswith("unnamed")]
    names = [
        "input",
        "kernel",
        "kernel size",
        "stride",
        "padding",
        "dilation",
        "Play",
        "step",
        "Reset",
        "large",
    ]
    assert [name for name in stops if name in names] == names
    assert len([name for name in stops if name.endswith("arrow keys read its cells")]) == 3


def test_captions_and_mistakes_are_announced(explorer: Explorer, made: Made) -> None:
    """What a screen reader is told: the live region takes the caption of each step, the alert a mistake."""
    explorer.board.evaluate(
        """board => {
            window.told = [];
            const watch = (node) => new MutationObserver(() => window.told.push(node.textContent))
                .observe(node, { childList: true, characterData: true, subtree: true });
            for (const node of board.querySelectorAll("[aria-live=polite], [role=alert]")) watch(node);
        }"""
    )

    def told() -> list[str]:
        return explorer.root.page.evaluate("window.told.splice(0)")

    for step in (1, 2, 3):
        explorer.press("step", "ArrowRight")
        explorer.shows(made.scene(), step)
        assert told() == [made.scene().steps[step - 1].caption]
    explorer.board.focus()
    explorer.root.page.keyboard.press("ArrowRight")
    explorer.shows(made.scene(), 4)
    assert told() == [made.scene().steps[3].caption]
    explorer.type_into(0, 5, "two")
    error = explorer.board.locator(".dcv-error", has_text="'two' is not a number")
    error.wait_for()
    assert told()[-1].startswith("'two' is not a number")


def test_play_goes_one_step_for_each_press_where_less_motion_is_wished_for(
    lesson: Lesson, explorer: Explorer, made: Made
) -> None:
    play = explorer.root.get_by_role("button", name="Play")
    lesson.page.emulate_media(reduced_motion="reduce")
    try:
        for step in (1, 2):
            play.click()
            explorer.shows(made.scene(), step)
            lesson.page.wait_for_timeout(1300)  # Play would have gone on after 900 ms
            explorer.shows(made.scene(), step)
            assert play.text_content() == "Play"
    finally:
        lesson.page.emulate_media(reduced_motion="no-preference")
    play.click()
    explorer.shows(made.scene(), 4)  # without being pressed again
