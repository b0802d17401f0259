"""The stored lessons: clean, fresh, and solved by their own solutions. (nbval runs them as they are.)"""

import itertools
import re
from pathlib import Path

import nbformat
import pytest

from tools.exercises import attempt, exercises, solved, verdict
from tools.notebooks import FOLDER, differences, execute, faults

LESSONS = sorted(FOLDER.glob("*.ipynb"))
LOOKED_UP = ("11_the_clinic",)  # a page to look things up in: its cures are asserted, it has no exercises
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def test_there_are_lessons() -> None:
    assert LESSONS


@each_lesson
def test_a_stored_lesson_is_clean(path: Path) -> None:
    assert list(faults(path)) == []


@each_lesson
def test_solutions_are_accepted_and_nothing_else_is_stale(path: Path) -> None:
    """One run with the solutions pasted in: `check` takes them, and all other cells give what is stored."""
    notebook = nbformat.read(path, as_version=4)
    places = exercises(notebook)
    assert places or path.stem in LOOKED_UP, "a lesson has an exercise: a code cell with the tag exercise"
    assert [verdict(notebook, n)[:17] for n in places] == ["Not attempted yet"] * len(places)
    notebook = solved(notebook)
    run = execute(notebook, path.stem)
    assert [verdict(run, n)[:7] for n in places] == ["Correct"] * len(places)
    for cell in itertools.chain(*(attempt(one, n) for one in (notebook, run) for n in places)):
        cell.outputs = []
    stale = list(differences(notebook, run))
    assert not stale, "\n".join([*stale, f"To store it anew: python course.py notebooks {path.stem}"])


@each_lesson
def test_links_lead_somewhere_and_to_both_neighbours(path: Path) -> None:
    cells = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown"]
    targets = set(re.findall(r"\]\(([^)#\s]+)", "\n".join(cells)))
    assert [t for t in targets if "://" not in t and not (FOLDER / t).exists()] == []
    place = LESSONS.index(path)
    neighbours = [LESSONS[n].name for n in (place - 1, place + 1) if 0 <= n < len(LESSONS)]
    assert targets.issuperset(neighbours)
    assert all(f"]({name})" in cells[0] for name in neighbours), "the first cell links to the neighbours"
    assert "menu **Run**" in cells[0], "the first cell says how to begin"


@each_lesson
def test_links_within_a_lesson_lead_to_a_heading(path: Path) -> None:
    text = "\n".join(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown")
    headings = {title.replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    assert [anchor for anchor in re.findall(r"\]\(#([^)]+)\)", text) if anchor not in headings] == []
