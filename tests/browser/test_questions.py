"""A question under a learner's hands: covered, committed to, judged, explained; with a kernel and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator

from deconv_helpers.scenes.question import Posed, covered, pose

from .conftest import Explorer, Lab, Lesson, until
from .test_access import findings

pytestmark = pytest.mark.browser

NAMES = ("01 A", "01 B", "01 H", "01 C", "00 E", "04 E")
"""A size, cells, a number with two tries, several numbers, a choice, labelled fields."""


@pytest.fixture(scope="module")
def lesson(lab: Lab) -> Iterator[Lesson]:
    cells = ["from deconv_helpers import *", *(f'ask("{name}")' for name in NAMES)]
    cells += ["explore_convolution()", "explore_sizes()"]
    lesson = lab.window().open(lab.write("questions.ipynb", *cells))
    lesson.run_all()
    yield lesson
    lesson.close()


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def asked(lesson: Lesson, name: str) -> Locator:
    """The question, asked anew."""
    number = NAMES.index(name) + 1
    old = lesson.cell(number).locator(".dcv-question")
    before = old.element_handle() if old.count() else None
    lesson.run(number)
    if before:
        until(lambda: not before.evaluate("old => old.isConnected"), "the new question", lesson.page)
    found = lesson.cell(number).locator(".dcv-question")
    found.and_(lesson.page.locator("[data-state=asked][data-scene]")).wait_for()
    return found


def answer(root: Locator, posed: Posed, given: Any, button: str = "I am sure") -> None:
    """Fill in an answer as a learner does, and commit to it."""
    kind = posed.ask.answer.kind
    if kind == "cells":
        target = root.locator(".dcv-panel").nth(
            [panel.name for panel in covered(posed).panels].index(posed.ask.answer.panel)
        )
        for cell in given:
            target.locator(".dcv-cell").nth(cell).click()
        if not given:
            root.get_by_role("button", name="None", exact=True).click()
    elif kind == "choice":
        root.locator(".dcv-option input").nth(given).check()
    elif given is None:
        root.get_by_role("button", name="No output").click()
    else:
        for field, value in zip(root.locator(".dcv-field input").all(), given, strict=True):
            field.fill(f"{value:g}".replace("-", "−").replace(".", ","))
    root.get_by_role("button", name=button).click()


def test_right_wrong_by_each_trap_and_shown(lesson: Lesson, name: str) -> None:
    """Before an answer the reason is not in the document; after it the reason is, and a trap's sentence."""
    posed = pose(name)
    root = asked(lesson, name)
    markup = root.evaluate("root => root.outerHTML")
    assert posed.ask.why not in markup
    assert not [said for _, said, _ in posed.wrong if said in markup]
    answer(root, posed, posed.true, "I guess")
    root.and_(lesson.page.locator("[data-verdict=right]")).wait_for()
    assert root.locator(".dcv-why").inner_text() == posed.ask.why
    assert lesson.page.evaluate("document.activeElement.className") == "dcv-verdict"
    for wrong, said, _ in posed.wrong:
        root = asked(lesson, name)
        assert "Last time" in root.locator(".dcv-verdict").inner_text()
        for tries in range(posed.ask.tries):
            answer(root, posed, wrong)
            assert said in root.locator(".dcv-verdict").inner_text()
            last = tries + 1 == posed.ask.tries
            assert root.get_attribute("data-state") == ("answered" if last else "asked")
            assert (root.locator(".dcv-why").count() == 1) is last
        assert root.get_attribute("data-verdict") == "wrong"
    root = asked(lesson, name)
    root.get_by_role("button", name="Show me").click()
    root.and_(lesson.page.locator("[data-state=shown]")).wait_for()
    assert root.get_attribute("data-verdict") is None
    assert root.locator(".dcv-why").inner_text() == posed.ask.why


def test_cells_are_judged_one_by_one(lesson: Lesson) -> None:
    posed = pose("01 B")
    root = asked(lesson, "01 B")
    right, size = posed.true, posed.ask.state.scene["output"].values.size
    extra = next(cell for cell in range(size) if cell not in right)
    answer(root, posed, [*right[:2], extra])
    assert (
        root.locator(".dcv-verdict")
        .inner_text()
        .startswith(f"You were sure. 2 right, 1 too many, {len(right) - 2} missed.")
    )
    cells = root.locator(".dcv-panel").last.locator(".dcv-cell")
    for kind, wanted in (("right", right[:2]), ("missed", right[2:]), ("wrong", [extra])):
        found = cells.evaluate_all(
            "(all, kind) => all.flatMap((cell, i) => cell.classList.contains(`dcv-${kind}`) ? [i] : [])", kind
        )
        assert found == sorted(wanted)


def test_nothing_is_judged_before_it_is_there(lesson: Lesson) -> None:
    root = asked(lesson, "01 A")
    fields = root.locator(".dcv-field input")
    for typed in (("", ""), ("2", ""), ("2", "three")):
        for field, text in zip(fields.all(), typed, strict=True):
            field.fill(text)
        root.get_by_role("button", name="I am sure").click()
        assert "Type both numbers first." in root.locator(".dcv-verdict").inner_text()
        assert root.get_attribute("data-state") == "asked"
    assert fields.last.get_attribute("aria-invalid") == "true"


def test_the_keyboard_alone(lesson: Lesson) -> None:
    """Cells by arrows and Space; committed by Tab and Enter; what was chosen is said."""
    root, keyboard = asked(lesson, "01 B"), lesson.page.keyboard
    before = lesson.do("return lesson.content.widgets.length")
    grid = root.locator(".dcv-choosing")
    grid.focus()
    for key in ("ArrowDown", " ", "ArrowRight", " ", "ArrowRight", " ", " "):
        keyboard.press(key)
    assert "output[0, 2]" in (grid.get_attribute("aria-label") or "")
    assert root.locator(".dcv-count").inner_text() == "2 cells chosen."
    for _ in range(12):
        keyboard.press("Shift+Tab")
        if lesson.page.evaluate("document.activeElement.innerText") == "I am sure":
            break
    keyboard.press("Enter")
    root.and_(lesson.page.locator("[data-verdict=wrong]")).wait_for()
    for key in ("x", "a", "d", "d"):  # JupyterLab's own: cut, insert, delete a cell
        keyboard.press(key)
    assert lesson.do("return lesson.content.widgets.length") == before


def played_on(lesson: Lesson, name: str, explorer: int) -> tuple[Posed, Locator, Explorer]:
    """A question answered rightly and played on, in the explorer so many cells below the last question."""
    posed = pose(name)
    root = asked(lesson, name)
    answer(root, posed, posed.true)
    found = Explorer(lesson.cell(len(NAMES) + explorer).locator(".dcv-explorer"))
    found.root.and_(lesson.page.locator("[data-step]")).wait_for()
    lesson.cell(NAMES.index(name) + 1)
    root.get_by_role("button", name="Play on").click()
    return posed, root, found


def test_another_asks_with_other_numbers_and_play_on_goes_to_the_explorer(lesson: Lesson) -> None:
    posed, root, explorer = played_on(lesson, "01 A", explorer=1)
    until(
        lambda: explorer.read()["panels"] and explorer.slider("stride").input_value() == "2",
        "its state",
        lesson.page,
    )
    wanted = posed.ask.state.scene["output"].values.ravel().tolist()
    until(
        lambda: [float(text) for text in explorer.read()["panels"][2]["texts"]] == wanted,
        "the arrays of the question",
        lesson.page,
    )
    root.get_by_role("button", name="Try another").click()
    assert root.get_attribute("data-state") == "asked"
    assert root.locator(".dcv-prompt").inner_text() != posed.ask.prompt


def test_play_on_where_the_explorer_shows_more_than_the_picture(lesson: Lesson) -> None:
    _, _, explorer = played_on(lesson, "04 E", explorer=2)
    until(
        lambda: explorer.read()["panels"] and explorer.read()["panels"][0]["texts"] == ["1", "2", "3"],
        "the cells of the question",
        lesson.page,
    )
    assert [explorer.slider(name).input_value() for name in ("stride", "padding")] == ["2", "1"]


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_axe_finds_nothing_and_everything_is_readable(lesson: Lesson, theme: str) -> None:
    lesson.window.theme(theme)
    for name in ("01 A", "01 B", "00 E"):
        posed = pose(name)
        root = asked(lesson, name)
        place = f".jp-Cell[data-windowed-list-index='{NAMES.index(name) + 1}'] .dcv-question"
        assert findings(lesson, place) == {}
        Explorer(root).is_readable()
        answer(root, posed, posed.wrong[0][0])
        assert findings(lesson, place) == {}
        Explorer(root).is_readable()


def test_it_answers_while_python_is_gone(lesson: Lesson) -> None:
    posed = pose("01 H")
    root = asked(lesson, "01 H")
    lesson.do("await lesson.sessionContext.shutdown()")
    answer(root, posed, posed.true)
    root.and_(lesson.page.locator("[data-verdict=right]")).wait_for()
