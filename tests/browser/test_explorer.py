"""An explorer under a learner's hands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deconv_helpers.scenes.explorer import Explorer as Made

from .conftest import Explorer, Lab, Lesson, until

pytestmark = pytest.mark.browser

EXPLORER, TWIN, SLEEP = 1, 2, 3


@pytest.fixture(scope="module")
def lesson(lab: Lab) -> Iterator[Lesson]:
    path = lab.write(
        "explorers.ipynb",
        "import time\nimport ipywidgets\nfrom deconv_helpers import explore_convolution",
        "explorer = explore_convolution()\nexplorer",
        "twin = explore_convolution(kernel_size=2, padding=1)\ntwin",
        "print('asleep')\ntime.sleep(4)\nprint('awake')",
    )
    lesson = lab.window().open(path)
    lesson.run(0)
    yield lesson
    lesson.close()


@pytest.fixture
def explorer(lesson: Lesson) -> Explorer:
    """A new explorer in the first cell of the two."""
    old = lesson.page.locator(".dcv").first
    before = old.element_handle() if old.count() else None
    lesson.run(EXPLORER)
    if before:
        until(lambda: not before.evaluate("old => old.isConnected"), "the new explorer", lesson.page)
    lesson.page.mouse.move(0, 0)
    return lesson.explorers(lesson.page.locator(".dcv-explorer").count())[0]


def test_keys_on_each_slider_change_the_picture_to_the_scene_of_its_values(
    lesson: Lesson, explorer: Explorer, made: Made
) -> None:
    settings = dict(made.settings)
    explorer.shows(made.scene())
    active = "return lesson.content.activeCellIndex"
    before = lesson.do(active)
    for name, key, values in (
        ("kernel_size", "ArrowLeft", (2, 1)),
        ("kernel_size", "ArrowRight", (2, 3, 4)),
        ("stride", "ArrowRight", (2, 3)),
        ("padding", "ArrowRight", (1, 2)),
        ("dilation", "ArrowRight", (2, 3)),
        ("kernel_size", "ArrowDown", (3, 2)),
        ("stride", "ArrowDown", (2,)),
        ("padding", "ArrowUp", (2,)),
    ):
        for value in values:
            settings[name] = value
            explorer.press(name.replace("_", " "), key)
            explorer.shows(made.scene(**settings))
    assert lesson.do(active) == before  # JupyterLab's own arrow keys go to another cell


def test_a_kernel_that_does_not_fit_gives_a_sentence_and_the_way_back(explorer: Explorer, made: Made) -> None:
    explorer.press("dilation", "End")
    message = made.scene(dilation=3)
    assert not message.panels
    explorer.shows(message)
    explorer.press("dilation", "Home")
    explorer.shows(made.scene())
    explorer.press("step", "ArrowRight", "ArrowRight", "ArrowRight")
    explorer.shows(made.scene(), 3)


def test_pointing_at_a_cell_lights_exactly_its_partners(explorer: Explorer, made: Made) -> None:
    explorer.press("padding", "ArrowRight")
    explorer.press("stride", "ArrowRight")
    scene = made.scene(padding=1, stride=2)
    for panel, cells in ((2, range(scene["output"].values.size)), (0, (0, 7, 14, 35)), (1, (0, 8))):
        for cell in cells:
            explorer.point(panel, cell)
            explorer.shows(scene, pointed=(scene.panels[panel].name, cell))
            if panel == 2:
                assert explorer.read()["caption"].endswith(scene.steps[cell].caption)
    explorer.root.page.mouse.move(0, 0)
    explorer.shows(scene)


def test_arrow_keys_go_through_the_steps_and_through_the_cells(explorer: Explorer, made: Made) -> None:
    keyboard, scene = explorer.root.page.keyboard, made.scene()
    explorer.board.focus()
    for step in (1, 2, 3, 4):
        keyboard.press("ArrowRight")
        explorer.shows(scene, step)
        assert explorer.read()["caption"] == scene.steps[step - 1].caption
    keyboard.press("ArrowRight")  # the last step stays
    keyboard.press("ArrowLeft")
    explorer.shows(scene, 3)
    explorer.press("step", "Home")
    explorer.board.locator(".dcv-grid").nth(0).focus()
    for key, cell in (
        ("ArrowDown", 0),
        ("ArrowDown", 4),
        ("ArrowRight", 5),
        ("ArrowUp", 1),
        ("ArrowLeft", 0),
    ):
        keyboard.press(key)
        explorer.shows(scene, pointed=("input", cell))
    keyboard.press("Escape")
    explorer.shows(scene)


def test_play_runs_to_the_end_and_can_run_again(explorer: Explorer, made: Made) -> None:
    scene, play = made.scene(), explorer.root.locator(".dcv-play")
    for _ in range(2):
        seen = []

        def ended(seen: list[int] = seen) -> bool:
            seen.append(explorer.read()["step"])
            return seen[-1] == len(scene.steps) and play.text_content() == "Play"

        play.click()
        until(ended, "the end of Play", explorer.root.page)
        assert set(seen) - {0} == set(range(1, len(scene.steps) + 1))
        explorer.shows(scene, len(scene.steps))
        explorer.press("step", "Home")
        explorer.shows(scene)


def test_a_step_is_shown_wherever_the_pointer_rests(explorer: Explorer, made: Made) -> None:
    scene = made.scene()
    explorer.point(2, 3)
    explorer.shows(scene, pointed=("output", 3))
    explorer.press("step", "ArrowRight")
    explorer.shows(scene, 1)
    assert explorer.read()["caption"] == scene.steps[0].caption
    explorer.press("step", "Home")


def test_the_pointed_cell_is_the_same_in_the_next_scene(explorer: Explorer, made: Made) -> None:
    """Row and column as they are read, whatever frame is around them; gone where there is no such cell."""
    keyboard = explorer.root.page.keyboard
    explorer.board.locator(".dcv-grid").nth(1).focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        keyboard.press(key)
    explorer.shows(made.scene(), pointed=("kernel", 4))
    explorer.press("kernel size", "ArrowRight")
    explorer.shows(made.scene(kernel_size=4), pointed=("kernel", 5))
    explorer.press("kernel size", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    explorer.shows(made.scene(kernel_size=1))
    explorer.press("kernel size", "ArrowRight", "ArrowRight")
    explorer.board.locator(".dcv-grid").nth(0).focus()
    keyboard.press("ArrowDown")
    explorer.press("padding", "ArrowRight")
    explorer.shows(made.scene(padding=1), pointed=("input", 7))


def test_an_edited_cell_recomputes_the_picture(explorer: Explorer, made: Made) -> None:
    explorer.press("padding", "ArrowRight")
    try:
        for panel, cell, text in ((0, 7, "-0.5"), (0, 8, ""), (1, 4, "1e30"), (1, 0, " 2 ")):
            made.edit(("input", "kernel")[panel], cell, text, padding=1)
            explorer.type_into(panel, cell, text)
            explorer.shows(made.scene(padding=1), pointed=(("input", "kernel")[panel], cell))
        made.undo_edits()
        explorer.root.get_by_role("button", name="Undo edits").click()
        explorer.root.page.mouse.move(0, 0)
        explorer.shows(made.scene(padding=1))
    finally:
        made.undo_edits()


def test_the_pointer_leaves_an_open_editor_alone(explorer: Explorer, made: Made) -> None:
    explorer.cell(0, 5).click()
    explorer.root.locator(".dcv-editor").fill("7")
    for panel, cell in ((0, 6), (2, 0)):
        explorer.point(panel, cell)
        explorer.shows(made.scene(), pointed=(("input", "kernel", "output")[panel], cell))
    assert explorer.root.locator(".dcv-editor").input_value() == "7"
    explorer.root.page.keyboard.press("Escape")
    explorer.root.page.mouse.move(0, 0)
    explorer.shows(made.scene())


def test_typing_back_the_old_number_while_python_is_busy(
    lesson: Lesson, explorer: Explorer, made: Made
) -> None:
    lesson.start(SLEEP)
    lesson.front.get_by_text("asleep", exact=True).last.wait_for()
    explorer.type_into(0, 5, "41")
    explorer.type_into(0, 5, "8")
    lesson.page.wait_for_function("() => !document.querySelector('.dcv-waiting')")
    lesson.run(0)  # comes after everything that was typed
    explorer.shows(made.scene(), pointed=("input", 5))


def test_keys_go_on_from_the_typed_cell_though_the_mouse_slipped(explorer: Explorer, made: Made) -> None:
    cell = explorer.cell(0, 5).bounding_box()
    assert cell
    explorer.cell(0, 5).click()
    explorer.root.page.mouse.move(cell["x"] + 24, cell["y"] + 20)
    for key in ("Escape", "ArrowRight"):
        explorer.root.page.keyboard.press(key)
    explorer.shows(made.scene(), pointed=("input", 6))


def test_a_menu_for_pasting_leaves_the_editor_open(explorer: Explorer) -> None:
    explorer.cell(0, 5).click()
    editor = explorer.root.locator(".dcv-editor")
    editor.fill("4")
    editor.click(button="right")
    explorer.root.page.wait_for_timeout(200)
    assert editor.input_value() == "4"
    explorer.root.page.keyboard.press("Escape")
    explorer.root.page.keyboard.press("Escape")


def test_typing_goes_on_while_python_answers_what_was_typed_before(explorer: Explorer, made: Made) -> None:
    """The first number widens the cells, and the editor moves with its cell."""
    keyboard, editor = explorer.root.page.keyboard, explorer.root.locator(".dcv-editor")
    explorer.cell(0, 5).click()
    keyboard.type("-11.25")
    explorer.cell(0, 10).click()
    keyboard.type("6")
    try:
        made.edit("input", 5, "-11.25")
        explorer.shows(made.scene(), pointed=("input", 10))
        cell, box = explorer.cell(0, 10).bounding_box(), editor.bounding_box()
        assert cell
        assert box
        assert (round(box["x"]), round(box["y"])) == (round(cell["x"]), round(cell["y"]))
        keyboard.type("2")
        keyboard.press("Enter")
        made.edit("input", 10, "62")
        explorer.shows(made.scene(), pointed=("input", 10))
    finally:
        made.undo_edits()


def test_what_is_no_number_gives_a_sentence_and_leaves_the_picture(explorer: Explorer, made: Made) -> None:
    error = explorer.board.locator(".dcv-error")
    for text, sentence in (
        ("two", "'two' is not a number"),
        ("<img src=x onerror=alert(1)>", "'<img src=x onerror=a…' is not a number"),
        ("1" * 400, "'11111111111111111111…' is too large for a cell"),
        ("nan", "'nan' is not a number"),
        ("7 * 6", "'7 * 6' is not a number"),
    ):
        explorer.type_into(0, 5, text)
        until(lambda sentence=sentence: sentence in error.text_content(), sentence, explorer.root.page)
        assert error.locator("*").count() == 0
        explorer.shows(made.scene(), pointed=("input", 5))
    explorer.root.page.keyboard.press("ArrowRight")  # the focus is back in the picture
    explorer.shows(made.scene(), pointed=("input", 6))


def test_sliders_move_the_picture_while_a_cell_sleeps(lesson: Lesson, explorer: Explorer, made: Made) -> None:
    lesson.start(SLEEP)
    told = lesson.page.locator(".jp-OutputArea-output", has_text="asleep")
    told.wait_for()
    explorer.press("stride", "ArrowRight")
    explorer.shows(made.scene(stride=2))
    explorer.press("padding", "ArrowRight")
    explorer.shows(made.scene(stride=2, padding=1))
    explorer.type_into(0, 10, "9")
    explorer.board.locator("xpath=self::*[contains(@class, 'dcv-waiting')]").wait_for()
    assert "awake" not in told.text_content()
    told.filter(has_text="awake").wait_for()
    explorer.board.locator("xpath=self::*[not(contains(@class, 'dcv-waiting'))]").wait_for()
    assert explorer.cell(0, 10).text_content() == "9"


def test_typing_the_number_that_is_there_ends_the_waiting(explorer: Explorer, made: Made) -> None:
    before = int(made.scene()["input"].values.flat[5])
    explorer.type_into(0, 5, f"{before}.0")
    explorer.board.locator("xpath=self::*[not(contains(@class, 'dcv-waiting'))]").wait_for()
    explorer.shows(made.scene(), pointed=("input", 5))


def test_two_explorers_on_a_page_stay_apart(lesson: Lesson, explorer: Explorer, made: Made) -> None:
    lesson.run(TWIN)
    explorer, twin = lesson.explorers(2)
    twin.press("stride", "ArrowRight")
    twin.shows(made.scene(kernel_size=2, padding=1, stride=2))
    explorer.shows(made.scene())
    explorer.press("step", "ArrowRight")
    explorer.shows(made.scene(), 1)
    twin.shows(made.scene(kernel_size=2, padding=1, stride=2))


def test_a_cell_that_runs_again_leaves_no_widgets_behind(lesson: Lesson, explorer: Explorer) -> None:
    count = "len(ipywidgets.widgets.widget._instances)"
    before = lesson.ask(count)
    for _ in range(10):
        lesson.run(EXPLORER)
    assert lesson.ask(count) == before != "0"


def test_light_and_dark_differ_and_both_are_readable(lesson: Lesson, explorer: Explorer) -> None:
    explorer.press("padding", "ArrowRight")
    explorer.press("step", "ArrowRight")
    seen = []
    for theme in ("Light", "Dark"):
        lesson.window.theme(theme)
        seen.append(explorer.board.screenshot())
        explorer.is_readable()
    assert seen[0] != seen[1]
