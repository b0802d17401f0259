"""The lessons with Python in the browser: run whole, asked, typed into, solved, and no other host is reached.

What they need is loaded by `python course.py site --fetch`, never by a test: without it they are skipped.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from deconv_helpers import explore_convolution
from tools import lite
from tools.exercises import attempt, exercises, solution, verdict
from tools.notebooks import FOLDER
from tools.site import installed

from .conftest import CHROMIUM, FLAGS, Explorer, Lab, Lesson, Window, serving, until
from .test_lessons import moves_with_its_sliders, outputs

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright = None

pytestmark = pytest.mark.browser

LESSONS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
BLOCKED = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
LONG = 600_000
"""Milliseconds to wait for what takes ten seconds: Python starts on a machine that may be busy."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLite with all lessons on a server for files alone, and a browser that reaches no other host."""
    needs = {"playwright": sync_playwright, "Chromium": CHROMIUM, "Node.js": shutil.which("npm")}
    lacking = [name for name, found in needs.items() if not found]
    if lacking and os.environ.get("CI") == "true":
        pytest.fail(f"the tests of Python in the browser need {lacking[0]}, which is not installed")
    if lacking:
        pytest.skip(f"the tests of Python in the browser need {lacking[0]}, which is not installed")
    try:
        kit = lite.gather(installed(lite.PARTS), load=False)
    except lite.LiteError as failure:
        pytest.skip(f"not run, since what it needs is not at hand (python course.py site --fetch): {failure}")
    root = tmp_path_factory.mktemp("web root")
    lite.write(kit, root / "lab", [FOLDER / f"{name}.ipynb" for name in LESSONS])
    with serving(root) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, BLOCKED])
        yield Lab(root, port, "", browser)
        browser.close()


def opened(site: Lab, name: str) -> Lesson:
    """A lesson as the link on its page opens it in a new browser, with Python ready."""
    assert site.browser is not None
    page = site.browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    window = Window(site, page)
    page.goto(f"{site.home}{lite.LAB}{name}.ipynb")
    page.get_by_role("status").get_by_text(re.compile("Python is ready|Python comes|comes first")).wait_for()
    page.get_by_text("Python is ready").wait_for(timeout=LONG)
    page.get_by_text("clearing the browser's data clears it").wait_for()
    page.get_by_role("button", name="Close", exact=True).click()
    return Lesson(window, Path(f"{name}.ipynb"))


def ran(lesson: Lesson) -> nbformat.NotebookNode:
    """The notebook as it stands in the page."""
    return nbformat.from_dict(lesson.do("return lesson.content.model.toJSON()"))


def runs_without_an_error(lesson: Lesson) -> nbformat.NotebookNode:
    lesson.do("for (const cell of lesson.content.widgets) cell.model.clearExecution?.()")
    lesson.run_all()
    notebook = ran(lesson)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    wrong = [o for _, o in outputs(notebook) if o.output_type == "error" or o.get("name") == "stderr"]
    assert wrong == []
    return notebook


def shows_what_it_has(lesson: Lesson, notebook: nbformat.NotebookNode) -> None:
    """Of each cell that displays something, a picture, an explorer or a question stands in the page."""
    shown = sorted({n for n, output in outputs(notebook) if "text/html" in output.get("data", {})})
    assert shown
    for number in shown:
        area = lesson.cell(number).locator(".jp-OutputArea-output")
        live = area.locator(".dcv-explorer[data-step], .dcv-question[data-state]")
        until(
            lambda area=area, live=live: (
                live.count()
                or area.locator("img").evaluate_all("all => all.some((i) => i.naturalWidth > 100)")
            ),
            f"what cell {number} displays",
            lesson.page,
        )
        assert "Error displaying widget" not in "".join(area.all_inner_texts())


def accepts_its_solution(lesson: Lesson, notebook: nbformat.NotebookNode, exercise: int) -> None:
    """Type the solution into the cell of an exercise, and run it and the cell that checks it."""
    source = solution(notebook, exercise)
    lesson.do(
        "lesson.content.widgets[argument[0]].model.sharedModel.setSource(argument[1])", [exercise, source]
    )
    after = [n for n, cell in enumerate(notebook.cells) if n >= exercise and cell.cell_type == "code"]
    for number in after[: len(attempt(notebook, exercise))]:
        lesson.run(number)
    assert verdict(ran(lesson), exercise).startswith("Correct")


def close(lesson: Lesson) -> None:
    lesson.page.context.close()
    assert lesson.window.faults == []


def test_lesson_01_with_python_in_the_browser(site: Lab) -> None:
    """Run whole; a menu asks Python, a number is typed, an exercise solved; a reload brings it back."""
    lesson = opened(site, "01_convolution")
    notebook = runs_without_an_error(lesson)
    shows_what_it_has(lesson, notebook)

    made = explore_convolution()
    place = next(n for n, c in enumerate(notebook.cells) if c.source.startswith("explore_convolution()"))
    explorer = Explorer(lesson.cell(place).locator(".dcv-explorer"))
    explorer.root.get_by_role("combobox", name="input").select_option("6x8, digits")
    made.input = "6x8, digits"
    explorer.shows(made.scene())
    made.edit("input", 7, "-0.5")
    explorer.type_into(0, 7, "-0.5")
    explorer.shows(made.scene(), pointed=("input", 7))
    made.close()

    accepts_its_solution(lesson, notebook, exercises(notebook)[0])
    lesson.do("await lesson.context.save()")
    lesson.page.reload()
    lesson.page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady")
    assert solution(notebook, exercises(notebook)[0]) in [cell.source for cell in ran(lesson).cells]
    close(lesson)


@pytest.mark.long
@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_with_python_in_the_browser(site: Lab, name: str) -> None:
    lesson = opened(site, name)
    notebook = runs_without_an_error(lesson)
    shows_what_it_has(lesson, notebook)
    for number, output in outputs(notebook):
        if "text/html" in output.get("data", {}) and lesson.cell(number).locator(".dcv-explorer").count():
            moves_with_its_sliders(Explorer(lesson.cell(number).locator(".dcv-explorer")))
    for exercise in exercises(notebook):
        accepts_its_solution(lesson, notebook, exercise)
    close(lesson)
