"""--collect: thirty notebooks as a class hands them in, hostile and broken ones among them."""

import csv
import json
import os
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tools.exercises import exercises
from tools.notebooks import FOLDER, lesson_paths
from tools.teach import collect

LESSONS = [collect.lesson_of(path) for path in lesson_paths(FOLDER)]
FIRST, SECOND = "01_convolution", "02_convolution_matrix"
CORRECT, WRONG, STUB = "Correct.", "Not yet. Yours is 3, which is too small.", "Not attempted yet."


def made(name: str, *said: str, touched: bool = True) -> dict[str, Any]:
    """A lesson as a student leaves it, with what `check` said of the first exercises ("" where not run)."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    for place, text in zip(exercises(notebook), said, strict=False):
        cell = notebook.cells[place]
        if touched and text != STUB:
            cell.source = f"value = 7  # mine\n{cell.source}"
        output = nbformat.v4.new_output("execute_result", {"text/plain": text}, execution_count=1)
        cell.outputs = [output] if text else []
    whole: dict[str, Any] = json.loads(nbformat.writes(notebook))
    return whole


def put(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def exercise_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if "exercise" in cell["metadata"].get("tags", [])]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The written table, by student, of thirty notebooks and of what else lies in the folder."""
    folder = tmp_path_factory.mktemp("class")
    for number in range(12):  # a dozen plain ones, in a folder each
        said = [CORRECT] * (number % 5) + [WRONG] * (4 - number % 5)
        put(folder / f"student{number:02}" / f"{FIRST}.ipynb", made(FIRST, *said))
    # As platforms name them, and two lessons of one student.
    put(folder / f"ng_anna_331_{FIRST}-2.ipynb", made(FIRST, CORRECT, STUB, "", WRONG))
    put(folder / f"ng_anna_331_{SECOND}.ipynb", made(SECOND, CORRECT))
    put(folder / f"ngbea_LATE_332_90002_{FIRST}-1.ipynb", made(FIRST, CORRECT))
    put(folder / f"ngbea_332_90017_{SECOND}.ipynb", made(SECOND, CORRECT))
    put(folder / f"Cy Ng_501_assignsubmission_file_{FIRST}.ipynb", made(FIRST, CORRECT))
    put(folder / "Cy Ng_502_assignsubmission_file" / f"{FIRST}.ipynb", made(FIRST, WRONG))
    put(folder / f"{FIRST} (1).ipynb", made(FIRST, CORRECT))  # which says nothing of its owner
    put(folder / f"{FIRST}_Emmy (2).ipynb", made(FIRST, CORRECT))
    put(folder / "Søren O'Neil" / "homework.ipynb", made(FIRST, CORRECT, CORRECT))  # known by its heading
    put(folder / "twice" / f"{FIRST}.ipynb", made(FIRST, WRONG, CORRECT))
    put(folder / "twice" / f"{FIRST}-Copy1.ipynb", made(FIRST, CORRECT, WRONG))
    # Who says "Correct" under an untouched stub has solved nothing.
    put(folder / "forger" / f"{FIRST}.ipynb", made(FIRST, *[CORRECT] * 4, touched=False))
    torn = made(FIRST, CORRECT, CORRECT, CORRECT, CORRECT)
    torn["cells"].remove(exercise_cells(torn)[1])
    put(folder / "torn" / f"{FIRST}.ipynb", torn)
    crowded = made(FIRST, CORRECT, WRONG)
    crowded["cells"].insert(0, {**exercise_cells(crowded)[1], "id": "another"})
    put(folder / "crowded" / f"{FIRST}.ipynb", crowded)
    # Hostile names and markup.
    put(folder / "=cmd|' ∕C calc'!A0" / f"{FIRST}.ipynb", made(FIRST, CORRECT))
    put(folder / f"a;=1+1;,=2+2\t@x-{FIRST}.ipynb", made(FIRST, CORRECT))
    put(folder / "<script>alert(1)</script>".replace("/", "∕") / f"{FIRST}.ipynb", made(FIRST, "Correct=1+1"))
    odd = made(FIRST, CORRECT)
    for cell, broken in zip(
        odd["cells"][:6], ({"metadata": 3}, {"source": {}}, {"outputs": "x"}, {"id": []}, {}, 7), strict=True
    ):
        cell.clear()
        cell.update(broken if isinstance(broken, dict) else {})
    odd["cells"] += [
        None,
        7,
        "cell",
        [],
        {"cell_type": "code", "metadata": {"tags": "exercise"}, "outputs": [3]},
    ]
    odd["metadata"] = {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": "x" * 1000}}}
    put(folder / "odd" / f"{FIRST}.ipynb", odd)
    markup = made(FIRST, CORRECT, WRONG)
    exercise_cells(markup)[1]["outputs"] = [
        {
            "output_type": "display_data",
            "data": {"text/html": "Correct <img src=x>", "text/plain": [3, None]},
        },
        {"output_type": "error", "ename": "Correct", "evalue": "Correct", "traceback": ["Correct"]},
    ]
    put(folder / "markup" / f"{FIRST}.ipynb", markup)
    # What a student prints is no verdict, whatever it begins with.
    noisy = made(FIRST, CORRECT, WRONG, "", "")
    for cell, printed in zip(
        exercise_cells(noisy),
        ("Note: (5, 8)\n", "Correct shape\n", "Correct.\n", "Not yet. No.\n"),
        strict=True,
    ):
        cell["source"] = f"print(7)\n{cell['source']}"
        cell["outputs"].insert(0, {"output_type": "stream", "name": "stdout", "text": [printed]})
    put(folder / "noisy" / f"{FIRST}.ipynb", noisy)
    # Broken files.
    put(folder / "broken" / f"{FIRST}.ipynb", '{"cells": [')
    put(folder / "empty" / f"{FIRST}.ipynb", "")
    put(folder / "deep" / f"{FIRST}.ipynb", "[" * 200_000 + "]" * 200_000)
    put(folder / "broad" / f"{FIRST}.ipynb", {"cells": [0] * 200_000})
    many = made(FIRST, CORRECT)
    for cell in exercise_cells(many)[:2]:
        cell["outputs"] *= 3_000
        cell["outputs"] += [0] * 3_000
    put(folder / "many" / f"{FIRST}.ipynb", many)
    put(folder / "digits" / f"{FIRST}.ipynb", '{"cells": ' + "9" * 20_000 + "}")
    put(folder / "list" / f"{FIRST}.ipynb", "[1, 2]")
    put(folder / "other" / "shopping.ipynb", {"cells": [], "metadata": {}})
    (folder / "bytes").mkdir()
    (folder / "bytes" / f"{FIRST}.ipynb").write_bytes(b"\xff\xfe\x00{")
    (folder / "huge").mkdir()
    with (folder / "huge" / f"{FIRST}.ipynb").open("wb") as file:
        file.truncate(5 * 2**30)  # a file with a hole
    if sys.platform != "win32":
        for name, target in (("linked", "/etc/passwd"), ("endless", folder)):
            (folder / name).mkdir()
            (folder / name / f"{FIRST}.ipynb").symlink_to(target)
        (folder / "loop").mkdir()
        (folder / "loop" / "again").symlink_to(folder, target_is_directory=True)
        (folder / "pipe").mkdir()
        os.mkfifo(folder / "pipe" / f"{FIRST}.ipynb")
    # Who handed in something else, or nothing.
    put(folder / "Zoe.zip", "PK")
    put(folder / "Ng_=1+1" / "a" / f"{FIRST}.ipynb.txt", made(FIRST, CORRECT))
    put(folder / "Ng_=1+1" / "b.pdf", "%PDF")
    (folder / "nothing").mkdir()
    put(folder / "student00" / "notes.txt", "beside a notebook")
    put(folder / ".ipynb_checkpoints" / f"hidden_{FIRST}.ipynb", made(FIRST, CORRECT))
    put(folder / f"._{FIRST}.ipynb", "not one")
    assert sum(path.suffix == ".ipynb" for path in collect.handed_in(folder)) >= 30
    path = folder / "table.csv"
    collect.write(collect.table(folder, LESSONS), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.DictReader(file))
    assert len({row["student"] for row in read}) == len(read)
    return {row["student"]: row for row in read}


def marks(row: dict[str, str], lesson: str = "01") -> list[str]:
    return [value for column, value in row.items() if column.startswith(f"{lesson} exercise")]


def test_each_student_has_a_row_with_what_check_said(rows: dict[str, dict[str, str]]) -> None:
    for number in range(12):
        right = number % 5
        row = rows[f"student{number:02}"]
        assert marks(row) == ["correct"] * right + ["not yet"] * (4 - right)
        assert (row["correct"], row["not attempted"], row["not read"]) == (str(right), "0", "")
    anna = rows["ng_anna_331"]
    assert marks(anna) == ["correct", "not attempted", "not run", "not yet"]
    assert marks(anna, "02") == ["correct", *["not attempted"] * 3]
    plain = [name for name in rows if name.isalnum()]
    assert plain == sorted(plain, key=str.casefold)
    late = rows["ngbea_332"]
    assert [marks(late)[0], marks(late, "02")[0]] == ["correct", "correct"], "the number of a file is no name"
    assert [marks(rows[f"Cy Ng_{number}"])[0] for number in (501, 502)] == ["correct", "not yet"]
    assert marks(rows["01_convolution (1)"])[0] == marks(rows["Emmy"])[0] == "correct"
    assert marks(rows["student00"], "02") == [""] * 4, "not handed in"
    assert marks(rows["Søren O'Neil"])[:2] == ["correct", "correct"]
    assert marks(rows["twice"])[:2] == ["correct", "correct"], "the better of two counts"


def test_the_last_rows_count_for_each_exercise(rows: dict[str, dict[str, str]]) -> None:
    students = [row for name, row in rows.items() if not name.startswith("all")]
    for column in ("01 exercise 1", "01 exercise 4", "02 exercise 2"):
        for mark in ("correct", "not attempted"):
            assert rows[f"all: {mark}"][column] == str(sum(row[column] == mark for row in students))
    assert int(rows["all: correct"]["01 exercise 1"]) > 10


def test_an_untouched_stub_is_not_attempted_and_a_lost_cell_is_missing(
    rows: dict[str, dict[str, str]],
) -> None:
    assert marks(rows["forger"]) == ["not attempted"] * 4
    assert marks(rows["torn"]) == ["correct", "missing", "correct", "correct"]
    assert marks(rows["crowded"])[:2] == ["correct", "not yet"]
    assert marks(rows["odd"])[0] == "correct"
    assert marks(rows["noisy"]) == ["correct", "not yet", "not run", "not run"]
    assert marks(rows["markup"])[:2] == ["correct", "not run"], "only plain text of an output counts"


@pytest.mark.parametrize(
    ("student", "why"),
    [
        ("broken", "no JSON"),
        ("empty", "no JSON"),
        ("deep", "no JSON"),
        ("digits", "no JSON"),
        ("broad", "more than 5000 cells"),
        ("many", "more than 5000 outputs"),
        ("bytes", "no JSON"),
        ("list", "no list of cells"),
        ("other", "neither its name nor"),
        ("Zoe", "no notebook: Zoe.zip"),
        ("Ng__1_1", "no notebook: b.pdf, 01_convolution.ipynb.txt"),
        ("nothing", "no notebook: an empty folder"),
        ("huge", "more than 8 MB"),
        *([("linked", "a link"), ("pipe", "no file")] if sys.platform != "win32" else []),
    ],
)
def test_what_cannot_be_read_is_said_and_stops_nothing(
    rows: dict[str, dict[str, str]], student: str, why: str
) -> None:
    assert why in rows[student]["not read"]
    assert set(marks(rows[student])) == {""}


def test_a_folder_that_cannot_be_listed_has_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "Ng, Anna J. B" / f"{FIRST}.ipynb", made(FIRST, CORRECT))
    put(tmp_path / "open" / f"{FIRST}.ipynb", made(FIRST, CORRECT))
    put(tmp_path / "open" / "below" / f"{SECOND}.ipynb", made(SECOND, CORRECT))
    listed = os.scandir

    def closing(*names: str) -> None:
        def scandir(path: Any) -> Any:
            if Path(path).name in names:
                raise PermissionError(13, "Permission denied", str(path))
            return listed(path)

        monkeypatch.setattr(os, "scandir", scandir)

    closing("Ng, Anna J. B", "below")
    head, *students = collect.table(tmp_path, LESSONS)[:-2]
    found = {row[0]: dict(zip(head, row, strict=True)) for row in students}
    assert set(found) == {"Ng_ Anna J. B", "open"}
    assert found["Ng_ Anna J. B"]["not read"] == "Ng_ Anna J. B: cannot be opened (Permission denied)"
    assert found["open"]["not read"] == "below: cannot be opened (Permission denied)"
    assert found["open"]["01 exercise 1"] == "correct"
    closing(tmp_path.name)
    with pytest.raises(ValueError, match=r"cannot be opened \(Permission denied\)"):
        collect.table(tmp_path, LESSONS)


def test_no_cell_is_a_formula_wherever_a_spreadsheet_splits_the_line(rows: dict[str, dict[str, str]]) -> None:
    cells = [cell for row in rows.values() for cell in row.values()]
    for separator in (",", ";", "\t", "\n"):
        parts = [part.strip().strip('"').strip() for cell in cells for part in cell.split(separator)]
        assert [part for part in parts if part.startswith(("=", "+", "-", "@", "|", "\r"))] == []
    assert not any(set(cell) & set('<>=|\t\n"') for cell in cells)


def test_the_folder_must_be_one_and_hold_something(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--collect must name a folder, got"):
        collect.table(tmp_path / "none", LESSONS)
    with pytest.raises(ValueError, match="there is no notebook in"):
        collect.table(tmp_path, LESSONS)
