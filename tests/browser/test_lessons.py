"""The stored notebooks, opened and run as a learner does."""

from __future__ import annotations

import io
import json
from functools import partial

import nbformat
import pytest
from PIL import Image

from deconv_helpers.scenes.explorer import MARK
from deconv_helpers.scenes.palette import DARK, LIGHT

from .conftest import PROJECT, Explorer, Lab, Lesson, Window, until

pytestmark = pytest.mark.browser

EVERY_TIME = ("01_convolution", "09_true_deconvolution")
"""What is opened in every run: all others are made of the same parts, and nbval runs them, too."""

NOTEBOOKS = [
    pytest.param(path.name, marks=[] if path.stem in EVERY_TIME else pytest.mark.long)
    for path in sorted((PROJECT / "notebooks").glob("*.ipynb"))
]
LIVE = "application/vnd.jupyter.widget-view+json"


def outputs(notebook: nbformat.NotebookNode) -> list[tuple[int, nbformat.NotebookNode]]:
    return [(i, output) for i, cell in enumerate(notebook.cells) for output in cell.get("outputs", [])]


def shows_its_pictures(lesson: Lesson, notebook: nbformat.NotebookNode) -> None:
    """Every picture of the notebook is seen, and nothing speaks of an error."""
    with_pictures = [i for i, output in outputs(notebook) if "text/html" in output.get("data", {})]
    for number in sorted(set(with_pictures)):
        pictures = lesson.cell(number).locator(".jp-OutputArea-output img")
        until(
            lambda pictures=pictures, number=number: (
                pictures.evaluate_all("all => all.filter((one) => one.naturalWidth > 100).length")
                == with_pictures.count(number)
            ),
            f"the pictures of cell {number}",
            lesson.page,
        )
        assert "Error displaying widget" not in "".join(
            lesson.cell(number).locator(".jp-OutputArea-output").all_inner_texts()
        )


def is_saved_with_pictures(notebook: nbformat.NotebookNode) -> list[int]:
    """The cells that hold an explorer; each of these, and each question, has its picture and no live view."""
    ours = [(i, output) for i, output in outputs(notebook) if MARK in output.get("metadata", {})]
    assert all("text/html" in output.data and LIVE not in output.data for _, output in ours)
    assert "widgets" not in notebook.metadata
    return [i for i, output in ours if output.metadata[MARK]["view"] == "explorer"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_lesson(window: Window, lab: Lab, name: str) -> None:
    """Cold it shows its pictures; Run All passes; sliders move; saved and opened again, it shows pictures."""
    path = lab.root / "notebooks" / name
    lesson = window.open(path)
    assert not lesson.do("return lesson.content.widgets.every((cell) => cell.model.trusted ?? true)")
    shows_its_pictures(lesson, nbformat.read(path, as_version=4))

    lesson.run_all()
    saved = lesson.save()
    wrong = [o for _, o in outputs(saved) if o.output_type == "error" or o.get("name") == "stderr"]
    assert wrong == []
    for number in is_saved_with_pictures(saved):
        moves_with_its_sliders(Explorer(lesson.cell(number).locator(".dcv-explorer")))
    lesson.close()

    lesson = window.open(path)
    shows_its_pictures(lesson, saved)
    lesson.close()


def moves_with_its_sliders(explorer: Explorer) -> None:
    """A key on each slider of the first row changes the picture, and another key changes it back."""
    explorer.root.and_(explorer.root.page.locator("[data-step]")).wait_for()
    begin = explorer.read()
    assert begin["panels"] or begin["notes"]
    for handle in explorer.root.locator(".dcv-controls").get_by_role("slider").all():
        last = handle.evaluate("range => range.value === range.max")
        there, back = ("ArrowLeft", "ArrowRight") if last else ("ArrowRight", "ArrowLeft")
        handle.press(there)
        until(lambda: explorer.read() != begin, "another picture", explorer.root.page)
        handle.press(back)
        until(lambda: explorer.read() == begin, "the first picture", explorer.root.page)


def ground(lesson: Lesson) -> str:
    """The colour of the first picture near its upper edge."""
    png = lesson.cell(0).locator(".jp-OutputArea-output img").first.screenshot()
    red, green, blue = Image.open(io.BytesIO(png)).convert("RGB").getpixel((40, 4))
    return f"#{red:02x}{green:02x}{blue:02x}"


def test_a_saved_explorer_shows_its_picture_trusted_or_not(window: Window, lab: Lab) -> None:
    path = lab.write("saved.ipynb", "from deconv_helpers import explore_convolution\nexplore_convolution()")
    lesson = window.open(path)
    lesson.run_all()
    lesson.explorers(1)
    saved = lesson.save()
    assert is_saved_with_pictures(saved) == [0]
    lesson.explorers(1)  # saving leaves the live one alone
    lesson.close()
    for trusted in (True, False):
        if not trusted:  # what another hand has changed is not trusted
            saved.metadata["other"] = "hand"
            path.write_text(json.dumps(saved), encoding="utf-8")
        lesson = window.open(path)
        assert lesson.do("return lesson.content.widgets[0].model.trusted") is trusted
        shows_its_pictures(lesson, saved)
        for name, theme in (("Dark", DARK), ("Light", LIGHT)):
            window.theme(name)
            shown = partial(ground, lesson)
            until(lambda theme=theme, shown=shown: shown() == theme.base, f"a {name} picture", lesson.page)
        lesson.close()
