"""`--collect FOLDER`: what `check` said in the notebooks that students handed in, as a table.

Nothing of a student is run or shown: a file is read as JSON, and of each exercise one word is kept. A file
says what its owner left in it; who edits the output of a cell can make it say "Correct".
"""

import csv
import io
import json
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from tools.exercises import exercises, verdict
from tools.whole import write_whole

LARGEST = 8 * 2**20
"""Bytes of a notebook that is read; a lesson with its pictures has at most 400 KiB."""

MOST = 5000
"""Cells of a notebook, and outputs of all its cells; a lesson has fewer than 100."""

LONGEST = 80
"""Letters of a name in the table."""

SHOWN = 3
"""Files that are named where there is no notebook among them."""

CORRECT, NOT_YET, UNTOUCHED, SILENT, MISSING = "correct", "not yet", "not attempted", "not run", "missing"
"""What the table says of an exercise, the best first. `missing`: its cell is not there."""

BEST = (CORRECT, NOT_YET, UNTOUCHED, SILENT, MISSING)


class Unreadable(Exception):  # noqa: N818 - no error of ours
    """A file that nothing can be read from; the message says why."""


@dataclass(frozen=True)
class Lesson:
    """A lesson as it was handed out: its name, and the id and the stub of each exercise."""

    name: str
    stubs: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> list[str]:
        """The headings of its exercises in the table."""
        return [f"{self.name[:2]} exercise {number}" for number in range(1, len(self.stubs) + 1)]


def lesson_of(path: Path) -> Lesson:
    """A lesson of the course."""
    notebook = nbformat.read(path, as_version=4)
    cells = [notebook.cells[place] for place in exercises(notebook)]
    return Lesson(path.stem, tuple((cell.id, cell.source) for cell in cells))


def handed_in(folder: Path, refused: Callable[[OSError], object] | None = None) -> Iterator[Path]:
    """Every file in a folder and those in it, in order, but for hidden ones; links are not followed.

    refused  is told of each folder that cannot be listed
    """
    for place, folders, files in os.walk(folder, onerror=refused):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(files) if not name.startswith("."))


def read(path: Path) -> dict[str, Any]:
    """A notebook as JSON.

    Raises Unreadable for what is no file, is too large, or is no notebook.
    """
    quick = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)  # a pipe would wait for ever
    try:
        if path.is_symlink():
            raise Unreadable("a link, which is not followed")
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | quick), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("no file")
            if status.st_size > LARGEST:
                raise Unreadable(f"more than {LARGEST // 2**20} MB")
            text = file.read(LARGEST + 1)
        found = json.loads(text)
    except OSError as error:
        raise Unreadable(f"cannot be opened ({error.strerror})") from error
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, a number or a depth beyond all bounds
        raise Unreadable("broken: no JSON in it") from error
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise Unreadable("no notebook of this kind: it has no list of cells")
    return found


def tame(found: Mapping[str, Any]) -> NotebookNode:
    """A notebook with what is looked at, and nothing else, each of the type that it must have.

    Raises Unreadable for more than MOST cells or outputs, before anything is made of them.
    """
    if len(found["cells"]) > MOST:
        raise Unreadable(f"more than {MOST} cells")
    given = [cell if isinstance(cell, dict) else {} for cell in found["cells"]]
    shown = [cell["outputs"] if isinstance(cell.get("outputs"), list) else [] for cell in given]
    if sum(map(len, shown)) > MOST:
        raise Unreadable(f"more than {MOST} outputs")
    cells = []
    for cell, outputs in zip(given, shown, strict=True):
        metadata = cell.get("metadata")
        tags = metadata.get("tags") if isinstance(metadata, dict) else None
        made = nbformat.from_dict(
            {
                "id": cell.get("id") if isinstance(cell.get("id"), str) else "",
                "cell_type": "code" if cell.get("cell_type") == "code" else "markdown",
                "source": _text(cell.get("source")),
                "metadata": {"tags": ["exercise"] if isinstance(tags, list) and "exercise" in tags else []},
            }
        )
        made.outputs = [_shown(one) for one in outputs]
        cells.append(made)
    return NotebookNode(cells=cells)


def _shown(output: Any) -> NotebookNode:
    """What an output shows in plain words; what was printed is left out."""
    data = output.get("data") if isinstance(output, dict) else None
    plain = data.get("text/plain") if isinstance(data, dict) else None
    return NotebookNode(data={"text/plain": _text(plain)})


def _text(value: Any) -> str:
    """Text as notebooks hold it: whole, or as a list of lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def which(path: Path, notebook: NotebookNode, lessons: Sequence[Lesson]) -> Lesson:
    """The lesson of a notebook, by its file's name or by its first heading.

    Raises Unreadable where neither names one.
    """
    heading = re.match(r"# (\d\d) ", notebook.cells[0].source) if notebook.cells else None
    for lesson in lessons:
        if lesson.name in path.name:
            return lesson
    for lesson in lessons:
        if heading and lesson.name.startswith(f"{heading[1]}_"):
            return lesson
    raise Unreadable("neither its name nor its first heading is that of a lesson with exercises")


def marks(notebook: NotebookNode, lesson: Lesson) -> list[str]:
    """What `check` said of each exercise of the lesson.

    Cells are known by their order where all are there, otherwise by their ids. A stub that nobody touched is
    not attempted, whatever stands under it.
    """
    places = exercises(notebook)
    if len(places) != len(lesson.stubs):
        by_id = {notebook.cells[place].id: place for place in reversed(places)}
        places = [by_id.get(name, -1) for name, _ in lesson.stubs]
    found = []
    for place, (_, stub) in zip(places, lesson.stubs, strict=True):
        said = verdict(notebook, place) if place >= 0 else ""
        if place < 0:
            found.append(MISSING)
        elif notebook.cells[place].source.split() == stub.split() or said.startswith("Not attempted"):
            found.append(UNTOUCHED)
        elif said.startswith("Correct"):
            found.append(CORRECT)
        else:
            found.append(NOT_YET if said.startswith("Not yet") else SILENT)
    return found


def whose(path: Path, folder: Path, lessons: Sequence[Lesson]) -> str:
    """Who handed a file in: the folder in which it lies, or what its name says beside the lesson's.

    What platforms and browsers add to a name is left out: Moodle's `_assignsubmission_file`, Canvas's number
    of the file, "(1)", "-Copy1". The number of a person stays: two may have one name.
    """
    below = path.relative_to(folder).parts
    if len(below) > 1:
        return below[0].removesuffix("_").removesuffix("_assignsubmission_file")
    for lesson in lessons:
        before, found, after = path.stem.partition(lesson.name)
        if found:
            before = before.strip(" _-").removesuffix("_assignsubmission_file")
            before = re.sub(r"(?:_LATE)?(_\d+)_\d{4,}$", r"\1", before)
            after = re.sub(r"(?:\(\d+\)|[-_](?:Copy)?\d+)$", "", after.strip()).strip(" _-")
            return before or after or path.stem
    return path.stem


def harmless(text: str) -> str:
    """A name that a spreadsheet takes for text, whatever it splits lines at, of LONGEST letters at most.

    >>> harmless('=HYPERLINK("http://example.org";"marks")')
    "'_HYPERLINK(_http___example.org___marks_)"
    >>> harmless("Søren O'Neil-Ng")
    "Søren O'Neil-Ng"
    """
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LMN" or letter in " .'()-" else "_" for letter in text
    )
    kept = kept.strip()[:LONGEST]
    return kept if kept[:1].isalnum() else f"'{kept}"


def table(folder: Path, lessons: Sequence[Lesson]) -> list[list[str]]:
    """The table: a row for each student, by name, a column for each exercise of the lessons that came, sums.

    Of two notebooks of one lesson, the better counts for each exercise. The last column says what could not
    be read; who handed in no notebook has a row that says so. Raises ValueError where the folder is none,
    cannot be listed, or holds no notebook.
    """
    if not folder.is_dir():
        raise ValueError(f"--collect must name a folder, got {folder}")
    lessons = [lesson for lesson in lessons if lesson.stubs]
    students: dict[str, dict[str, str]] = {}
    trouble: dict[str, list[str]] = {}

    def row(path: Path) -> tuple[dict[str, str], list[str]]:
        name = whose(path, folder, lessons)
        return students.setdefault(name, {}), trouble.setdefault(name, [])

    closed: list[OSError] = []
    others: dict[str, list[str]] = {}
    for path in handed_in(folder, closed.append):
        if path.suffix.lower() != ".ipynb":
            others.setdefault(whose(path, folder, lessons), []).append(harmless(path.name))
            continue
        known, problems = row(path)
        try:
            notebook = tame(read(path))
            lesson = which(path, notebook, lessons)
        except Unreadable as why:
            problems.append(f"{harmless(path.name)}: {why}")
            continue
        for column, mark in zip(lesson.columns, marks(notebook, lesson), strict=True):
            known[column] = min(mark, known.get(column, MISSING), key=BEST.index)
    for error in closed:
        place = Path(error.filename)
        why = f"cannot be opened ({error.strerror})"
        if place == folder:
            raise ValueError(f"{folder} {why}")
        _, problems = row(place / "all")
        problems.append(f"{harmless(place.name)}: {why}")
    if not students:
        raise ValueError(f"there is no notebook in {folder}, outside of archives such as .zip")
    for place in sorted(folder.iterdir()):
        if place.is_dir() and not place.is_symlink() and not place.name.startswith("."):
            others.setdefault(whose(place / "all", folder, lessons), [])
    for name, files in others.items():
        if name not in students:
            students[name] = {}
            trouble[name] = [f"no notebook: {', '.join(files[:SHOWN]) or 'an empty folder'}"]
    came = {column for known in students.values() for column in known}
    columns = [column for lesson in lessons for column in lesson.columns if column in came]
    rows = [["student", *columns, CORRECT, UNTOUCHED, "not read"]]
    for name, known in sorted(students.items(), key=lambda one: one[0].casefold()):
        found = [known.get(column, "") for column in columns]
        sums = [str(found.count(mark)) for mark in (CORRECT, UNTOUCHED)]
        rows.append([harmless(name), *found, *sums, "; ".join(trouble[name])])
    for mark in (CORRECT, UNTOUCHED):
        counts = [sum(known.get(column) == mark for known in students.values()) for column in columns]
        rows.append([f"all: {mark}", *map(str, counts), "", "", ""])
    return rows


def write(rows: Sequence[Sequence[str]], path: Path) -> None:
    """Write the table as CSV that spreadsheets open: UTF-8 with its mark, every cell in quotes."""
    table = io.StringIO()
    csv.writer(table, quoting=csv.QUOTE_ALL).writerows(rows)
    write_whole(path, table.getvalue(), encoding="utf-8-sig")
