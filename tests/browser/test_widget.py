"""An explorer as a widget among others: Python sets it, others are tied to it, two views are one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deconv_helpers.scenes.explorer import Explorer as Made

from .conftest import Explorer, Lab, Lesson, until

pytestmark = pytest.mark.browser

README = Path(__file__).resolve().parent.parent.parent / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)

VIEWS = (1, 2)
CELLS = (
    "import ipywidgets\nfrom deconv_helpers import explore_convolution\nexplorer = explore_convolution()",
    "explorer",
    "explorer",
    "slider = ipywidgets.IntSlider(min=1, max=9)\n"
    "link = ipywidgets.jslink((slider, 'value'), (explorer, 'stride'))\n"
    "ipywidgets.VBox([slider, explorer])",
    "explorer.stride = 2",
)


@pytest.fixture(scope="module")
def lesson(lab: Lab) -> Iterator[Lesson]:
    lesson = lab.window().open(lab.write("widget.ipynb", *CELLS))
    for cell in (0, *VIEWS):
        lesson.run(cell)
    yield lesson
    lesson.close()


@pytest.fixture
def views(lesson: Lesson) -> list[Explorer]:
    both = [Explorer(lesson.cell(cell).locator(".dcv-explorer")) for cell in VIEWS]
    for view in both:
        view.root.and_(lesson.page.locator("[data-step]")).wait_for()
    both[0].root.get_by_role("button", name="Reset").click()
    return both


def test_what_python_sets_is_seen_in_both_views_and_either_leads(
    lesson: Lesson, views: list[Explorer], made: Made
) -> None:
    lesson.run(4)
    for view in views:
        view.shows(made.scene(stride=2))
    views[1].press("padding", "ArrowRight")
    for view in views:
        view.shows(made.scene(stride=2, padding=1))
    until(lambda: lesson.ask("explorer.padding") == "1", "Python to follow", lesson.page)


def test_play_in_two_views_goes_at_one_speed(lesson: Lesson, views: list[Explorer], made: Made) -> None:
    lesson.page.evaluate(
        """() => {
            window.seen = [];
            const board = document.querySelectorAll(".dcv-explorer")[0];
            new MutationObserver(() => window.seen.push([Number(board.dataset.step), performance.now()]))
                .observe(board, { attributeFilter: ["data-step"] });
        }"""
    )
    steps = len(made.scene().steps)
    views[0].root.locator(".dcv-play").click()
    for view in views:
        view.shows(made.scene(), steps)
    seen = [(step, at) for step, at in lesson.page.evaluate("window.seen") if step]
    firsts = dict(reversed(seen))
    assert list(dict.fromkeys(step for step, _ in seen)) == list(range(1, steps + 1))
    assert min(firsts[k + 1] - firsts[k] for k in range(1, steps)) > 600  # one timer a step, not two


def test_a_linked_slider_beyond_what_is_listed_springs_back(lesson: Lesson, views: list[Explorer]) -> None:
    lesson.run(3)
    view = Explorer(lesson.cell(3).locator(".dcv-explorer"))
    view.root.and_(lesson.page.locator("[data-step]")).wait_for()
    handle = lesson.cell(3).locator(".widget-slider [role=slider]")
    handle.focus()
    lesson.page.keyboard.press("ArrowRight")
    until(lambda: lesson.ask("explorer.stride") == "2", "the link", lesson.page)
    lesson.page.keyboard.press("End")

    def agree() -> bool:
        shown, known = view.slider("stride").input_value(), lesson.ask("explorer.stride")
        return shown == known == (handle.get_attribute("aria-valuenow") or "").partition(".")[0]

    until(agree, "page, slider and Python to agree", lesson.page)


def test_jupyterlabs_keys_stay_out_of_the_controls_but_saving_works(
    lesson: Lesson, views: list[Explorer]
) -> None:
    state = "return [lesson.content.widgets.length, lesson.content.activeCellIndex]"
    before = lesson.do(state)
    controls = views[0].root.locator("select, input, button, .dcv-grid")
    for control in controls.all():
        if control.is_visible():
            control.focus()
            for key in ("x", "a", "d", "d", "ArrowDown", "ArrowUp"):
                lesson.page.keyboard.press(key)
    assert lesson.do(state) == before
    lesson.do("lesson.context.model.sharedModel.setMetadata('touched', 1)")
    assert lesson.do("return lesson.context.model.dirty")
    views[0].slider("stride").focus()
    lesson.page.keyboard.press("Control+s")
    until(lambda: not lesson.do("return lesson.context.model.dirty"), "the file to be saved", lesson.page)


def test_the_examples_of_the_readme_move(lab: Lab, made: Made) -> None:
    """An explorer of one's own, one in a box with a slider tied to it, and `interact` over `show_scene`."""
    making, using = EXAMPLES
    tied, rest = using.partition("VBox([slider, explorer])\n")[::2]
    lesson = lab.window().open(lab.write("readme.ipynb", making, f"{tied}VBox([slider, explorer])", rest))
    page = lesson.page
    lesson.run(0)
    lesson.explorers(1)[0].press("by", "ArrowRight")
    until(lambda: "moved by 1" in lesson.cell(0).inner_text(), "an explorer of one's own to move", page)
    lesson.run(1)
    view = Explorer(lesson.cell(1).locator(".dcv-explorer"))
    view.root.and_(page.locator("[data-step]")).wait_for()
    view.shows(made.scene(stride=2))
    lesson.cell(1).locator(".widget-slider [role=slider]").focus()
    page.keyboard.press("ArrowRight")
    view.shows(made.scene(stride=3))
    lesson.run(2)
    picture = lesson.cell(2).locator("img[alt^='moved by 1']")
    picture.wait_for()
    lesson.cell(2).locator(".widget-slider [role=slider]").focus()
    page.keyboard.press("ArrowRight")
    lesson.cell(2).locator("img[alt^='moved by 2']").wait_for()
    assert picture.count() == 0
    lesson.close()
    page.context.close()


@pytest.mark.long
def test_forty_runs_of_a_cell_leave_the_kernel_as_large_as_it_was(lab: Lab) -> None:
    lesson = lab.window().open(
        lab.write("forty.ipynb", "import gc\nfrom deconv_helpers import explore_deconvolution\n"
                                 "explore_deconvolution()")
    )  # fmt: skip

    def mebibytes() -> float:
        pages = "__import__('gc').collect() and 0 or int(open('/proc/self/statm').read().split()[1])"
        return int(lesson.ask(pages)) * 4096 / 2**20

    for _ in range(3):
        lesson.run(0)
    before = mebibytes()
    for _ in range(40):
        lesson.run(0)
    assert mebibytes() - before < 40
    lesson.close()


def test_a_menu_chosen_while_python_is_dead_says_so(
    lesson: Lesson, views: list[Explorer], made: Made
) -> None:
    lesson.do("await lesson.sessionContext.shutdown()")
    menu = made.options["input"]
    views[0].move(menu, menu.values[0], menu.values[1])
    said = views[0].root.locator(".dcv-waits")
    until(lambda: said.is_visible(), "the sentence", lesson.page)
    views[0].press("stride", "ArrowRight")
    views[0].shows(made.scene(stride=2))
