"""Sheets of paper and their keys, the test before and after, and the command that writes them."""

import re
import sys
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import deconv_helpers.lessons.questions  # noqa: F401 - registers them
from deconv_helpers.scenes.page import MARGIN
from deconv_helpers.scenes.question import names, pose
from tools.notebooks import FOLDER, lesson_paths
from tools.teach import sheets
from tools.teach.__main__ import Kit, main
from tools.teach.blocks import Block
from tools.teach.codes import code, link
from tools.teach.page import page
from tools.teach.sheets import BOTTOM, DOWN, PAPER, SHRUNK, SIDE, TOP, Head, write_sheets
from tools.teach.twelve import BELIEFS, FORMS, form


def texts(block: Block) -> list[str]:
    return [text.get_text() for text in block.axes.texts]


SOME = ("00 C", "01 A", "01 D", "02 D", "04 E", "04 H", "06 A", "07 C")
"""Every kind of answer, and the largest pictures."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in SOME else pytest.mark.long) for n in names()]
)
def test_a_block_fits_a_page_and_its_key_alone_has_the_answer(name: str) -> None:
    posed = pose(name)
    sheet, key = (Block(Figure(), posed, key=key) for key in (False, True))
    assert max(sheet.height, key.height) < DOWN - TOP - BOTTOM
    told = " ".join(texts(sheet))
    assert posed.ask.prompt.split()[:5] == told.split()[2:7]
    reason = posed.ask.why.split(". ")[0][:30]
    assert reason in " ".join(texts(key))
    assert reason not in told
    assert set(texts(key)) - set(texts(sheet)), "the key says more"
    assert "☒" not in told


def test_the_key_has_crosses_and_numbers_in_their_cells() -> None:
    cells = pose("01 B")
    crosses = [text for text in Block(Figure(), cells, key=True).axes.texts if text.get_text() == "×"]
    assert len(crosses) == len(cells.true) == 9
    columns = sorted({round(cross.get_position()[0]) for cross in crosses})
    assert {b - a for a, b in pairwise(columns)} == {42}, "three neighbouring columns"
    numbers = texts(Block(Figure(), pose("01 C"), key=True))
    assert "9, 8, 7" in numbers
    blank = texts(Block(Figure(), pose("01 C"), key=False))
    assert [numbers.count(n) - blank.count(n) for n in "987"] == [1, 1, 1]


def drawn(path: Path) -> list[bytes]:
    """What is drawn on each page that has anything on it."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", path.read_bytes(), re.DOTALL)
    return [zlib.decompress(stream) for stream in streams if stream[:1] == b"x"]


def test_sheets_differ_by_their_numbers_and_the_same_give_the_same_bytes(tmp_path: Path) -> None:
    sheets = [(f"sheet {seed}", [pose("01 H", seed), pose("01 F", seed)]) for seed in (1, 2, 3)]
    for name in ("one", "other"):
        write_sheets(tmp_path / f"{name}.pdf", "01", sheets)
    one = (tmp_path / "one.pdf").read_bytes()
    assert one == (tmp_path / "other.pdf").read_bytes()
    assert b"CreationDate" not in one
    assert one.count(b"/Type /Page ") == 6, "each sheet begins on the front of a leaf"
    assert len({page for page in drawn(tmp_path / "one.pdf") if len(page) > 2000}) >= 3


@pytest.mark.parametrize("number", [*(path.stem[:2] for path in lesson_paths(FOLDER)), "long"])
def test_what_stands_above_and_below_fits_the_page(
    number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    title = "W" * 60 if number == "long" else Kit(tmp_path).title(number)
    heads: list[Head] = []

    class Kept(Head):
        def __init__(self, *given: Any, **how: Any) -> None:
            super().__init__(*given, **how)
            heads.append(self)

    monkeypatch.setattr(sheets, "Head", Kept)
    write_sheets(tmp_path / "key.pdf", title, [("sheet 1000", [pose("01 A")])], key=True)
    (head,) = heads
    figure = Figure(PAPER, dpi=600)  # of an inch, 30 are a twentieth
    whole = Head(figure, *(text.get_text() for text in head.axes.texts), named=False)
    drawn: Any = FigureCanvasAgg(figure)
    margin = (SIDE + MARGIN) * SHRUNK * figure.dpi / 100
    for text in whole.axes.texts:
        box = text.get_window_extent(drawn.get_renderer())
        assert margin - 30 <= box.x0 < box.x1 <= figure.bbox.width - margin + 30, text.get_text()
    assert "sheet 1000, key" in head.axes.texts[0].get_text()


def test_every_page_of_a_sheet_has_a_place_for_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[bool] = []

    class Kept(Head):
        def __init__(self, *given: Any, **how: Any) -> None:
            super().__init__(*given, **how)
            named.append("Name" in [text.get_text() for text in self.axes.texts])

    monkeypatch.setattr(sheets, "Head", Kept)
    for key in (False, True):
        write_sheets(tmp_path / "some.pdf", "02", [("", [pose(name) for name in names("02")])], key=key)
        assert named == [not key] * len(named)
        assert len(named) > 1
        named.clear()


def test_a_code_leads_to_the_question_on_the_pages(tmp_path: Path) -> None:
    lessons = {path.stem[:2]: path.stem for path in lesson_paths(FOLDER)}
    assert (
        link("https://e.org/c/", lessons["01"], "01 A") == "https://e.org/c/01_convolution.html#question-01-A"
    )
    dark = code("https://e.org/c/", lessons, "01 A")
    assert len(dark) == len(dark[0]) > 20
    finder = [
        [row in (0, 6) or column in (0, 6) or (1 < row < 5 and 1 < column < 5) for column in range(7)]
        for row in range(7)
    ]
    assert [list(row[:7]) for row in dark[:7]] == finder
    assert dark != code("https://e.org/c/", lessons, "01 B")
    assert code("", lessons, "01 A") == ()
    beside, plain = (Block(Figure(), pose("01 A"), key=False, code=one) for one in (dark, ()))
    assert len(beside.axes.images) == len(plain.axes.images) + 1
    drawn = beside.axes.images[0]
    write_sheets(tmp_path / "with.pdf", "01", [("", [pose("01 A")])], code=lambda _: dark)
    assert f"/Width {len(dark)}".encode() in (tmp_path / "with.pdf").read_bytes(), "every module is one pixel"
    left, right, low, high = drawn.get_extent()
    module = (right - left) / len(dark)
    assert low - high == right - left
    assert high >= 4 * module, "as white above as a reader needs, below the line at 0"


def test_the_two_forms_are_parallel_and_each_leaves_the_belief_as_an_answer() -> None:
    before, after = map(form, FORMS)
    assert [posed.name for posed in before] == [posed.name for posed in after] == list(BELIEFS)
    assert len(BELIEFS) == 12
    for one, other in zip(before, after, strict=True):
        assert 0 != one.seed != other.seed != 0
        for posed in (one, other):
            assert any(BELIEFS[posed.name] in said for _, said, _ in posed.wrong)
        assert type(one.ask.answer) is type(other.ask.answer)


def test_the_page_has_each_question_once_and_asks_nobody(tmp_path: Path) -> None:
    html = page("A <test>", form("pre")[:2])
    assert html.count('class="live"') == 2
    assert "<title>A &lt;test&gt;</title>" in html
    assert "default-src 'none'" in html
    assert not re.search(r'(?:src|href)="https?:', html)
    assert "of 2 answered" in html
    assert page("Empty", []).count('class="live"') == 0


def test_the_command_writes_what_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = [f"--only={part}" for part in ("sheets", "platform", "handout")]
    assert main(["10", *parts], tmp_path) == 0
    assert sorted(str(path.relative_to(tmp_path).as_posix()) for path in tmp_path.rglob("*.*")) == [
        "handout/10_a_network_that_labels.ipynb",
        "platform/10-canvas.zip",
        "platform/10-moodle.txt",
        "sheets/10-key.pdf",
        "sheets/10.pdf",
    ]
    assert capsys.readouterr().out == "".join(
        f"{tmp_path.name}/{p} 10\n" for p in ("sheets", "platform", "handout")
    )
    assert main(["--collect", str(tmp_path / "handout")], tmp_path) == 0
    table = (tmp_path / "collected.csv").read_text(encoding="utf-8-sig")
    assert table.count('"not attempted"') > 4
    capsys.readouterr()
    for wrong, said in (
        (["12"], "no such lesson: 12"),
        (["01_nonsense"], "no such lesson: 01_nonsense"),
        (["10_a_network_that_labels_not"], "no such lesson: 10_a_network_that_labels_not"),
        (["--collect=nowhere", "01"], "--collect goes alone"),
        (["--collect=nowhere", "--only=test"], "--collect goes alone"),
        (["--collect=nowhere", "--seeds=3"], "--collect goes alone"),
        (["--collect=nowhere", "--address=https://e.org"], "--collect goes alone"),
        (["--seeds=3", "--only=platform"], "--seeds and --address are for sheets"),
        (["--address=https://e.org", "--only=test"], "--seeds and --address are for sheets"),
        (["--seeds=-1"], "--seeds must be from 0 to 1000, got -1"),
        (["--address=javascript:1"], "--address must begin with"),
        (["--collect=nowhere"], "--collect must name a folder, got nowhere"),
    ):
        with pytest.raises(SystemExit):
            main(wrong, tmp_path)
        assert said in capsys.readouterr().err


def test_of_the_clinic_which_asks_nothing_no_sheet_is_written_or_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["11", "--only=sheets", "--only=platform", "--only=handout"], tmp_path) == 0
    assert [path.name for path in tmp_path.rglob("*.*")] == ["11_the_clinic.ipynb"]
    here = tmp_path.name
    assert capsys.readouterr().out == f"{here}/sheets\n{here}/platform\n{here}/handout 11\n"


def test_a_lesson_is_named_by_its_number_or_its_whole_name(tmp_path: Path) -> None:
    for n, name in enumerate(("10", "10_a_network_that_labels")):
        assert main([name, "--only=handout"], tmp_path / str(n)) == 0
        assert (tmp_path / str(n) / "handout" / "10_a_network_that_labels.ipynb").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="sets a limit of the system for the size of a file")
def test_a_write_that_fails_leaves_the_earlier_table_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import resource

    assert main(["10", "--only=handout"], tmp_path / "in") == 0
    assert main([f"--collect={tmp_path / 'in'}"], tmp_path / "teach") == 0
    (table,) = (tmp_path / "teach").iterdir()
    before, (soft, hard) = table.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9, hard))
    try:
        assert main([f"--collect={tmp_path / 'in'}"], tmp_path / "teach") == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "cannot be written (File too large)" in capsys.readouterr().err
    assert list((tmp_path / "teach").iterdir()) == [table]
    assert table.read_bytes() == before


def test_a_table_that_cannot_be_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handed_in, folder = tmp_path / "in", tmp_path / "new" / "teach"
    assert main(["10", "--only=handout"], handed_in) == 0
    assert main([f"--collect={handed_in}"], folder) == 0, "the folder is made, with those above it"
    table = folder / "collected.csv"
    table.unlink()
    table.mkdir()  # where nobody can write, as in a table that Excel has open
    capsys.readouterr()
    assert main([f"--collect={handed_in}"], folder) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{table} cannot be written (")
    assert "close it there" in said
