"""What thirty students do to an explorer: kernels restarted and dead, cells run again, two windows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deconv_helpers.scenes.explorer import Explorer as Made

from .conftest import Explorer, Lab, Lesson, Window, until

pytestmark = pytest.mark.browser

CELLS = ["import ipywidgets\nfrom deconv_helpers import explore_convolution", "explore_convolution()"]
EXPLORER = 1
YES = ".jp-Dialog button.jp-mod-accept"


JUPYTERLABS = ("Canceled future for", "Cannot send")
"""What JupyterLab itself throws when the kernel it waits for goes away."""


@pytest.fixture
def lesson(lab: Lab, window: Window, request: pytest.FixtureRequest) -> Iterator[Lesson]:
    lesson = window.open(lab.write(f"{request.node.name}.ipynb", *CELLS))
    lesson.run_all()
    yield lesson
    window.faults = [fault for fault in window.faults if not any(text in fault for text in JUPYTERLABS)]
    lesson.close()


def restart(lesson: Lesson) -> None:
    lesson.do("await lesson.sessionContext.session.kernel.restart()")


def run_again(lesson: Lesson) -> Explorer:
    """Run all cells once more; the explorer that takes the place of the one before."""
    before = lesson.front.locator(".dcv").element_handle()
    lesson.run_all()
    until(lambda: not before.evaluate("old => old.isConnected"), "the new explorer", lesson.page)
    return lesson.explorers(1)[0]


@pytest.mark.long
def test_a_kernel_restarted_while_a_slider_moves(lesson: Lesson, made: Made) -> None:
    """The picture follows the slider before, during and after; the cell run again asks Python as ever."""
    (explorer,) = lesson.explorers(1)
    lesson.page.evaluate(
        "() => { window.restarted = jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }"
    )
    for _ in range(5):
        for key, value in (("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("ArrowLeft", 1)):
            explorer.press("stride", key)
            explorer.shows(made.scene(stride=value))
    lesson.page.evaluate("() => window.restarted")  # Jupyter's server fails at two restarts at once
    restart(lesson)
    explorer.press("padding", "ArrowRight")
    explorer.shows(made.scene(padding=1))
    explorer = run_again(lesson)
    explorer.type_into(0, 0, "9")
    made.edit("input", 0, "9")
    explorer.shows(made.scene(), pointed=("input", 0))
    made.undo_edits()


def restart_and_run_all(lesson: Lesson) -> Explorer:
    """The menu entry, with a yes to what JupyterLab asks; the explorer in place of the one before."""
    before = lesson.front.locator(".dcv").element_handle()
    lesson.page.evaluate("() => { jupyterapp.commands.execute('notebook:restart-run-all'); }")
    yes = lesson.page.locator(YES)

    def replaced() -> bool:
        if yes.count():
            yes.last.click()
        return not before.evaluate("old => old.isConnected")

    until(replaced, "the new explorer", lesson.page)
    return lesson.explorers(1)[0]


SHUT_DOWN = "await lesson.sessionContext.shutdown()"
KILL = """const code = "import os; os.kill(os.getpid(), 9)";
lesson.sessionContext.session.kernel.requestExecute({ code });"""


@pytest.mark.parametrize("end", [SHUT_DOWN, KILL], ids=["shut down", "killed"])
def test_a_dead_kernel_leaves_the_sliders_and_says_what_to_do(lesson: Lesson, made: Made, end: str) -> None:
    """Sliders move on, typing waits; restarted with all cells run, everything is as at first."""
    (explorer,) = lesson.explorers(1)
    lesson.do(end)
    if end == KILL:
        lesson.page.locator(YES).click()  # JupyterLab says that it restarts the kernel
    explorer.press("stride", "ArrowRight")
    explorer.shows(made.scene(stride=2))
    explorer.type_into(0, 0, "9")
    waiting = explorer.board.locator("xpath=self::*[contains(@class, 'dcv-waiting')]")
    waiting.wait_for()
    said = waiting.locator(".dcv-waits")
    until(lambda: said.is_visible(), "the sentence", lesson.page)
    assert "Run All Cells" in said.inner_text()
    lesson.page.mouse.move(0, 0)
    explorer.press("stride", "ArrowLeft")
    explorer.shows(made.scene())
    explorer = restart_and_run_all(lesson)
    explorer.shows(made.scene())
    explorer.press("padding", "ArrowRight")
    explorer.shows(made.scene(padding=1))
    explorer.type_into(0, 8, "9")
    made.edit("input", 8, "9", padding=1)
    explorer.shows(made.scene(padding=1), pointed=("input", 8))
    made.undo_edits()


def counts(lesson: Lesson) -> dict[str, int]:
    """What a page and a kernel hold, once garbage is collected."""
    session = lesson.page.context.new_cdp_session(lesson.page)
    session.send("Performance.enable")
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    found = {m["name"]: int(m["value"]) for m in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return {
        "DOM nodes": found["Nodes"],
        "listeners": found["JSEventListeners"],
        "widgets": int(lesson.ask("len(ipywidgets.widgets.widget._instances)")),
        "comms": int(lesson.ask("len(__import__('comm').get_comm_manager().comms)")),
    }


@pytest.mark.long
def test_a_cell_run_fifty_times_leaves_nothing_behind(lesson: Lesson) -> None:
    """Nothing in the kernel, and on the page a few nodes, as a lone `HTML` widget leaves."""

    def run(times: int) -> dict[str, int]:
        for _ in range(times):
            lesson.run(EXPLORER)
        lesson.explorers(1)
        return counts(lesson)

    before, after = run(5), run(45)
    grown = {name: (after[name] - before[name]) / 45 for name in before}
    assert (grown["widgets"], grown["comms"]) == (0, 0)
    assert grown["DOM nodes"] < 10
    assert grown["listeners"] < 5


@pytest.mark.long
def test_a_notebook_closed_and_opened_again(lesson: Lesson, lab: Lab, window: Window, made: Made) -> None:
    """With its kernel running on: a live explorer as it was left, or its picture. Run again, it is live."""
    (explorer,) = lesson.explorers(1)
    explorer.press("stride", "ArrowRight")
    lesson.save()
    lesson.do("lesson.close()")
    lesson = window.open(lesson.path)
    output = lesson.cell(EXPLORER).locator(".jp-OutputArea-output")
    output.locator("img, .dcv[data-step]").first.wait_for()
    assert "Error" not in output.inner_text()
    lesson.run_all()
    (explorer,) = lesson.explorers(1)
    explorer.press("padding", "ArrowRight")
    explorer.shows(made.scene(padding=1))


@pytest.mark.long
def test_a_page_loaded_again(lab: Lab, made: Made) -> None:
    window = lab.window()
    lesson = window.open(lab.write("reloaded.ipynb", *CELLS))
    lesson.run_all()
    lesson.explorers(1)
    lesson.save()
    window.page.reload()
    window.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget")
    lesson = window.open(lesson.path)
    lesson.cell(EXPLORER).locator(".jp-OutputArea-output").locator("img, .dcv[data-step]").first.wait_for()
    lesson.run_all()
    (explorer,) = lesson.explorers(1)
    explorer.press("padding", "ArrowRight")
    explorer.shows(made.scene(padding=1))
    lesson.close()
    window.page.context.close()


@pytest.mark.long
def test_two_windows_on_one_notebook(lab: Lab, lesson: Lesson, made: Made) -> None:
    """The same kernel: each window shows the picture, and either may move, type and run the cell again."""
    (first,) = lesson.explorers(1)
    lesson.save()
    window = lab.window()
    other = window.open(lesson.path)
    other.run_all()
    (second,) = other.explorers(1)
    second.press("stride", "ArrowRight")
    second.shows(made.scene(stride=2))
    second.type_into(0, 0, "9")
    made.edit("input", 0, "9")
    second.shows(made.scene(stride=2), pointed=("input", 0))
    made.undo_edits()
    lesson.run_all()
    (first,) = lesson.explorers(1)
    first.press("padding", "ArrowRight")
    first.shows(made.scene(padding=1))
    assert window.faults == []
    window.page.context.close()
