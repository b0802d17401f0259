"""Executing, normalising and comparing notebooks, on small ones made here."""

import base64
import copy
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image, ImageDraw

from tools import notebooks
from tools.live_views import VIEW, after_reading, before_save, drop_live_views
from tools.notebooks import METADATA, CellError, differences, execute, faults, normalise, pictures_differ

VIEW_DATA = {"version_major": 2, "version_minor": 0, "model_id": "gone"}


def png(text: str = "84", at: float = 20, size: tuple[int, int] = (64, 48), back: str = "white") -> bytes:
    image = Image.new("RGB", size, back)
    ImageDraw.Draw(image).text((at, 20), text, fill="black", font_size=14)
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


def stored() -> NotebookNode:
    """A notebook as it should be stored: a heading, a printed line, an explorer's picture."""
    picture = {"text/html": "<img>", "image/png": base64.b64encode(png()).decode(), "text/plain": "explorer"}
    cells = [
        new_markdown_cell("# Lesson", id="title"),
        new_code_cell("print(1)", id="a", execution_count=1, outputs=[new_output("stream", text="1\n")]),
        new_code_cell(
            "explore()", id="b", execution_count=2, outputs=[new_output("execute_result", picture)]
        ),
    ]
    cells[2].outputs[0].metadata = nbformat.from_dict({"deconv_helpers": True})
    return new_notebook(cells=cells, metadata=nbformat.from_dict(METADATA))


def write(notebook: NotebookNode, path: Path) -> Path:
    nbformat.write(notebook, path)
    return path


def as_saved_live(notebook: NotebookNode) -> None:
    notebook.cells[2].outputs[0].data[VIEW] = VIEW_DATA
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}


def test_a_clean_notebook_has_no_faults(tmp_path: Path) -> None:
    assert list(faults(write(stored(), tmp_path / "a.ipynb"))) == []


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda n: n.metadata.pop("kernelspec"), "kernelspec"),
        (lambda n: n.cells[1].update(execution_count=None), "not executed: 'print\\(1\\)'"),
        (lambda n: n.cells[1].update(execution_count=3), "not executed in order.*\\[3, 2\\]"),
        (lambda n: n.cells[1].update(source="#" * notebooks.LARGEST), "more than 400"),
        (lambda n: n.cells[1].metadata.update(execution={"iopub.status.busy": "2026"}), "not normalised"),
        (as_saved_live, "not normalised"),
    ],
)
def test_faults(tmp_path: Path, spoil: Callable[[NotebookNode], Any], sentence: str) -> None:
    notebook = stored()
    spoil(notebook)
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError("\n".join(faults(write(notebook, tmp_path / "a.ipynb"))))


def test_normalising_twice_is_normalising_once() -> None:
    notebook = stored()
    as_saved_live(notebook)
    assert normalise(notebook) == normalise(normalise(notebook)) == stored()


def test_only_marked_outputs_with_a_picture_lose_their_live_view() -> None:
    notebook = stored()
    as_saved_live(notebook)
    unmarked, pictureless = copy.deepcopy(notebook), copy.deepcopy(notebook)
    unmarked.cells[2].outputs[0].metadata = {}
    del pictureless.cells[2].outputs[0].data["text/html"]
    for kept in (unmarked, pictureless):
        drop_live_views(kept)
        assert kept.cells[2].outputs[0].data[VIEW] == VIEW_DATA


@pytest.mark.parametrize(
    "content", [None, {}, {"cells": None}, {"cells": [{"outputs": [{"data": None}]}]}, "text"]
)
def test_the_save_hook_survives_odd_notebooks(content: object) -> None:
    model = {"type": "notebook", "content": content}
    before_save(model=model, path="odd.ipynb", contents_manager=None)
    assert model == {"type": "notebook", "content": content}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda n: n.cells[1].outputs[0].update(text="2\n"), "another stdout: '2"),
        (lambda n: n.cells[1].outputs.clear(), "other outputs"),
        (lambda n: n.cells[2].outputs[0].data.update({"text/html": "<p>"}), "cell 3 gives another picture"),
        (lambda n: n.cells[2].outputs[0].data.update({"text/plain": "other"}), "another text/plain"),
        (
            lambda n: n.cells[2].outputs[0].data.update({"image/png": base64.b64encode(png("89")).decode()}),
            "cell 3 gives another picture",
        ),
    ],
)
def test_differences(change: Callable[[NotebookNode], Any], sentence: str) -> None:
    fresh = stored()
    assert not list(differences(stored(), fresh))
    change(fresh)
    (difference,) = differences(stored(), fresh)
    assert sentence in difference


def test_an_output_that_says_what_is_installed_is_not_compared() -> None:
    old, fresh = stored(), stored()
    old.cells[1].metadata["tags"] = ["nbval-ignore-output"]
    fresh.cells[1].outputs.clear()
    fresh.cells[2].outputs[0].data["text/plain"] = "other"
    (difference,) = differences(old, fresh)
    assert "cell 3" in difference


def test_the_same_pixels_in_another_packing_are_the_same_picture() -> None:
    def shown(pixels: Image.Image, level: int) -> NotebookNode:
        file = io.BytesIO()
        pixels.save(file, "png", compress_level=level)
        svg = f'<svg><image href="data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"/></svg>'
        notebook = stored()
        picture = base64.b64encode(svg.encode()).decode()
        notebook.cells[2].outputs[0].data["text/html"] = (
            f'<img alt="explorer" src="data:image/svg+xml;base64,{picture}">'
        )
        return notebook

    pixels = Image.new("L", (9, 5), 200)
    one, other = shown(pixels, 0), shown(pixels, 9)
    assert one != other
    assert not list(differences(one, other))
    pixels.putpixel((8, 4), 199)
    assert list(differences(one, shown(pixels, 9))) == ["cell 3 gives another picture"]


def test_pictures() -> None:
    assert not pictures_differ(png(), png(size=(65, 47)))
    assert not pictures_differ(png(back="#e8eef8"), png(back="#e9eef6"))
    assert pictures_differ(png("6"), png("8"))
    assert pictures_differ(png(), png(at=24))
    assert pictures_differ(png(), png(size=(80, 48)))
    assert pictures_differ(png(back="#e8eef8"), png(back="#d0e0f8"))


def test_execute_gives_a_normalised_notebook_and_leaves_the_given_one(tmp_path: Path) -> None:
    source = "for i in range(2):\n    print(i, flush=True)\nimport os\nos.path.basename(os.getcwd())"
    notebook = new_notebook(cells=[new_code_cell(source, id="a", metadata={"tags": ["x"], "scrolled": True})])
    fresh = execute(notebook, "lesson", tmp_path)
    (cell,) = fresh.cells
    assert (cell.id, cell.execution_count, cell.metadata) == ("a", 1, {"tags": ["x"]})
    assert [output.get("text") for output in cell.outputs] == ["0\n1\n", None]
    assert cell.outputs[1].data["text/plain"] == repr(tmp_path.name)
    assert fresh.metadata == METADATA
    assert notebook.cells[0].execution_count is None


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("1 / 0", "01_lesson, cell 1: ZeroDivisionError: division by zero"),
        ("import warnings; warnings.warn('old')", "01_lesson, cell 1 writes to stderr"),
    ],
)
def test_a_failing_notebook_stays_as_it_was(
    source: str,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = write(new_notebook(cells=[new_code_cell(source)]), tmp_path / "01_lesson.ipynb")
    before = path.read_bytes()
    monkeypatch.setattr(notebooks, "FOLDER", tmp_path)
    assert notebooks.main(["01_lesson"]) == 1
    assert path.read_bytes() == before
    assert sentence in capsys.readouterr().err


def test_a_notebook_is_stored_anew_and_then_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(new_notebook(cells=[new_code_cell("1 + 1")]), tmp_path / "01_lesson.ipynb")
    monkeypatch.setattr(notebooks, "FOLDER", tmp_path)
    assert notebooks.main([]) == 0
    assert list(faults(path)) == []
    before = path.read_bytes()
    assert notebooks.main(["notebooks/01_lesson.ipynb"]) == 0
    assert path.read_bytes() == before
    assert "01_lesson: unchanged" in capsys.readouterr().out


def test_a_write_that_fails_leaves_the_stored_lesson_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(new_notebook(cells=[new_code_cell("1 + 1")]), tmp_path / "01_lesson.ipynb")
    before = path.read_bytes()
    monkeypatch.setattr(notebooks, "FOLDER", tmp_path)
    whole = Path.write_text

    def full(self: Path, text: str, **options: Any) -> int:
        whole(self, text[:9], **options)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    assert notebooks.main([]) == 1
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    assert "No space left on device\n\n01_lesson stays as it was." in capsys.readouterr().err


def test_copies_and_untitled_notebooks_are_no_lessons(tmp_path: Path) -> None:
    for name in ("00_first-Copy1", "Untitled", "01_second", "00_first", "00_first-checkpoint"):
        write(new_notebook(), tmp_path / f"{name}.ipynb")
    assert [path.stem for path in notebooks.lesson_paths(tmp_path)] == ["00_first", "01_second"]


@pytest.mark.parametrize(
    "content", [None, {"metadata": {"widgets": {}}, "cells": [{"outputs": None}]}, stored()]
)
def test_a_notebook_is_opened_without_widgets(content: Any) -> None:
    if content:
        content = copy.deepcopy(content)
        content["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    model = {"type": "notebook", "content": content}
    after_reading(model)
    assert not content or "widgets" not in content["metadata"]


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert notebooks.main(["nowhere"]) == 2
    assert "No such notebook: nowhere" in capsys.readouterr().out


def test_a_cell_that_takes_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "LONGEST", 1)
    with pytest.raises(CellError, match="lesson, cell 1"):
        execute(new_notebook(cells=[new_code_cell("import time; time.sleep(30)")]), "lesson", tmp_path)
