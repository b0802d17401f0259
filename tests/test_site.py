"""The pages of the lessons, as far as no browser and no Node are needed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from deconv_helpers.scenes.drawing import show_matrix
from tools import lite, site
from tools.live_views import VIEW
from tools.notebooks import FOLDER


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an earlier site and one notebook that fails, where the site is built."""
    monkeypatch.setattr(site, "SITE", tmp_path / "site")
    monkeypatch.setattr(site, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(site.build, "__defaults__", (tmp_path, "", None))
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("earlier")
    notebook = new_notebook(cells=[new_code_cell("1 / 0")])
    nbformat.write(notebook, tmp_path / "01_broken.ipynb")
    return tmp_path


def refusal(course: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What is said instead of building; the earlier site stays."""
    before = sorted(course.iterdir())
    assert site.main([]) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "site/ stays as it was" in said
    assert (course / "site" / "index.html").read_text() == "earlier"
    assert set(course.iterdir()) - set(before) <= {course / "cache"}
    return said


def test_without_node_it_says_what_to_install(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site.shutil, "which", lambda name: None)
    assert "need Node.js with npm" in refusal(course, capsys)


def test_packages_that_cannot_be_installed(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site.shutil, "which", lambda name: name)

    def fails(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "no answer")

    monkeypatch.setattr(site.subprocess, "run", fails)
    said = refusal(course, capsys)
    assert "no answer" in said
    assert "Check the network" in said
    assert "Node's packages" in refusal(course, capsys)  # the second time too: nothing half-made is used


def test_a_notebook_that_fails(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site, "installed", lambda: course)
    said = refusal(course, capsys)
    assert "01_broken, cell 1: ZeroDivisionError" in said


def test_no_notebooks_and_no_other_arguments(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site, "installed", lambda: course)
    (course / "01_broken.ipynb").unlink()
    assert "There are no notebooks in" in refusal(course, capsys)
    with pytest.raises(SystemExit, match="2"):
        site.main(["elsewhere"])
    assert "unrecognized arguments: elsewhere" in capsys.readouterr().err


PICTURE = show_matrix([[1, 2, 3]], 'a "b" <c>')


def shown(model: str) -> NotebookNode:
    data = {VIEW: {"model_id": model}, **PICTURE._repr_mimebundle_()}
    return new_code_cell("explore()", execution_count=1, outputs=[new_output("execute_result", data)])


def test_an_untitled_notebook_is_no_lesson(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site, "installed", lambda: course)
    (course / "01_broken.ipynb").unlink()
    nbformat.write(new_notebook(), course / "Untitled.ipynb")
    assert "There are no notebooks in" in refusal(course, capsys)


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_what_fails_at_the_very_end_brings_the_earlier_site_back(
    course: Path, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException]
) -> None:
    rename = Path.rename

    def fails(path: Path, target: Path) -> Path:
        if path.name == "fresh":
            raise failure
        return rename(path, target)

    (course / "work" / "fresh").mkdir(parents=True)
    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises((KeyboardInterrupt, site.SiteError)):
        site.put_in_place(course / "work" / "fresh", course / "site")
    assert (course / "site" / "index.html").read_text() == "earlier"


def test_of_two_runs_at_once_one_site_is_there(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other run puts its own in place between our two moves: it stays, and nothing is half there."""
    rename = Path.rename

    def second_run(path: Path, target: Path) -> Path:
        moved = rename(path, target)
        if target.name == "old":
            (course / "site").mkdir()
            (course / "site" / "index.html").write_text("of the other run")
        return moved

    (course / "work" / "fresh").mkdir(parents=True)
    monkeypatch.setattr(Path, "rename", second_run)
    with pytest.raises(site.SiteError, match="another run"):
        site.put_in_place(course / "work" / "fresh", course / "site")
    assert (course / "site" / "index.html").read_text() == "of the other run"


def test_a_page_holds_its_pictures_its_views_and_what_needs_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "draw", lambda formulas, _: [f"[drawn {tex}]" for tex, _ in formulas])
    cells = [
        new_markdown_cell(
            '# 01 First: it begins\n\n| | |\n|---|---|\n| You will | say "a" & b |\n\n'
            "As in [02](02_second.ipynb), $n < 3$ and\n\n$$m$$"
        ),
        *[shown(model) for model in ("ours", "foreign", "ours")],
        new_code_cell("print(1 < 2)", outputs=[new_output("stream", text="True & <so on>\n")]),
        new_code_cell("answer = ...", metadata={"tags": ["exercise"]}),
    ]
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "traits.json").write_text(
        '{"topic": "two words", "controls": [], "title": "</script>"}'
    )
    (tmp_path / "ours" / "payload-0.bin").write_bytes(b"all of it")
    (tmp_path / "ours" / "preview.png").write_bytes(b"PNG")
    first = site.gathered(site.Lesson("01_first", new_notebook(cells=cells)), tmp_path)
    second = site.Lesson("02_second", new_notebook(cells=[new_markdown_cell("# 02 Second")]), before=first)
    first.after = second
    written = site.pages([first, second], Path(), "https://example.org/")
    assert set(written) == {"index.html", "01_first.html", "02_second.html"}
    html = written["01_first.html"]
    page = BeautifulSoup(html, "html.parser")
    assert page.title.text == "01 First"
    said = {meta["property"]: meta["content"] for meta in page.select("meta[property]")}
    assert said["og:description"] == 'You will say "a" & b.'
    assert said["og:image"] == "https://example.org/assets/01_first/0.png"
    assert 'href="02_second.html">02</a>' in html
    assert '<a href="02_second.html" rel="next">02 Second →</a>' in html
    assert "[drawn n < 3]" in html
    assert "[drawn m]" in html
    assert html.count("needs Python: open this lesson") == 1
    pictures = page.select("img")
    assert [picture["src"] for picture in pictures] == [f"assets/01_first/{n}.svg" for n in range(3)]
    assert {first.files[picture["src"]] for picture in pictures} == {PICTURE.svg().encode()}
    drawn = BeautifulSoup(PICTURE.svg(), "html.parser").svg
    size = [drawn["width"], drawn["height"]]
    assert all([p["width"], p["height"]] == size and p["alt"] == PICTURE.summary for p in pictures)
    assert first.files["assets/01_first/0.png"] == b"PNG"
    live = page.select(".live")
    assert [place["id"] for place in live] == ["two-words", "two-words-2"]
    record = json.loads(live[0].script.string)
    assert record["traits"]["title"] == "</script>"
    assert first.files[f"{record['folder']}/payload-0.bin"] == b"all of it"
    assert "True &amp; &lt;so on&gt;" in html
    assert ".ipynb" not in "".join(written.values())
    assert "with Python" not in html


def test_where_python_is_beside_the_pages_they_lead_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "draw", lambda formulas, _: [])
    exercise = new_code_cell("answer = ...", metadata={"tags": ["exercise"]})
    lesson = site.Lesson("01_first", new_notebook(cells=[new_markdown_cell("# 01 First"), exercise]))
    page = BeautifulSoup(site.pages([lesson], Path(), python=True)["01_first.html"], "html.parser")
    links = page.select(f'a[href="{lite.LAB}01_first.ipynb"]')
    assert [link.text for link in links] == ["Open this lesson with Python", "open this lesson with Python"]
    assert "clearing its data clears it" in page.text


def test_a_section_begins_with_its_heading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "draw", lambda formulas, _: [""] * len(formulas))
    cells = [new_markdown_cell(text) for text in ("# 01", "## A\n\ntext", "end of A\n\n## B\n\ntext")]
    html = site.pages([site.Lesson("01", new_notebook(cells=cells))], Path())["01.html"]
    sections = BeautifulSoup(html, "html.parser").select("main > section")
    assert [" ".join(part.text.split()) for part in sections] == ["01", "A text", "end of A", "B text"]


def test_the_first_page_begins_with_a_live_explorer() -> None:
    output = new_output("execute_result", {"text/html": ""}, metadata={"id": "convolution"})
    lesson = site.Lesson(
        "01", new_notebook(cells=[new_markdown_cell("# 01"), new_code_cell(outputs=[output])])
    )
    assert site.first_page([lesson]).outputs == [output]
    assert site.COVER in site.first_page([]).notebook.cells[1].source


def test_the_first_page_leads_to_every_symptom_of_the_clinic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "draw", lambda formulas, _: [""] * len(formulas))
    clinic, other = (
        site.Lesson(name, nbformat.read(FOLDER / f"{name}.ipynb", as_version=4))
        for name in ("11_the_clinic", "01_convolution")
    )
    written = site.pages([other, clinic], Path())
    first, page = (BeautifulSoup(written[f"{name}.html"], "html.parser") for name in ("index", clinic.name))
    entries = [(h["id"], h.text) for h in page.select("h3") if h.text.partition(" ")[0][1:].isdigit()]
    assert len(entries) > 30
    links = first.select(f"main a[href^='{clinic.name}.html#']")
    assert [a["href"].partition("#")[2] for a in links] == [place for place, _ in entries]
    assert [a.text for a in links] == [text.partition(" ")[2] for _, text in entries]
    begin = [a["href"] for a in first.select("main > section:first-child a")]
    assert begin == ["01_convolution.html", "#By-symptom"]
    groups = [h.text.partition(" ")[2] for h in page.select("h2") if h.text[1] == " "]
    assert [h.text for h in first.select("h3")] == groups
    assert "By symptom" not in BeautifulSoup(site.pages([other], Path())["index.html"], "html.parser").text


def test_the_first_page_knows_what_each_lesson_asks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(site, "draw", lambda formulas, _: [""] * len(formulas))
    for model, name, seed in (("a", "00 B", 101), ("b", "01 A", 0)):
        (tmp_path / model).mkdir()
        (tmp_path / model / "traits.json").write_text(json.dumps({"name": name, "seed": seed}))
    cells = [new_markdown_cell("# 01"), shown("a"), shown("b"), shown("none")]
    lesson = site.gathered(site.Lesson("01_convolution", new_notebook(cells=cells)), tmp_path)
    first = BeautifulSoup(site.pages([lesson], Path())["index.html"], "html.parser")
    (row,) = [row for row in first.select("tr") if row.select("[data-asked]")]
    assert row.a["href"] == "01_convolution.html"
    (asked,) = row.select("[data-asked]")
    assert (asked["data-asked"], asked.text) == ("00 B 101,01 A 0", "2 questions")


def test_what_the_pages_say_in_other_words_is_still_in_the_sources() -> None:
    sources = [
        cell.source for path in FOLDER.glob("*.ipynb") for cell in nbformat.read(path, as_version=4).cells
    ]
    sources.append((site.ROOT / "README.md").read_text(encoding="utf-8"))
    for sentence in site.REWORDED:
        assert any(sentence in source for source in sources), sentence


def test_the_lock_file_names_no_registry() -> None:
    assert "resolved" not in (site.PARTS / "package-lock.json").read_text(encoding="utf-8")
