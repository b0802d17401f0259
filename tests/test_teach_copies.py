"""The copies of a lesson: nothing that gives an answer away is handed out, and all the rest is."""

import re

import nbformat
import pytest

from tools.exercises import exercises, solution, solved, verdict
from tools.notebooks import FOLDER, lesson_paths
from tools.teach.copies import finished, handout

LESSONS = lesson_paths(FOLDER)
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@each_lesson
def test_a_handout_has_the_stubs_and_neither_solutions_nor_answers(path) -> None:  # type: ignore[no-untyped-def]
    whole = nbformat.read(path, as_version=4)
    copy = handout(whole)
    text = "\n".join(cell.source for cell in copy.cells)
    assert "## Answers" not in text
    assert "<summary>" not in text
    for place in exercises(whole):
        assert solution(whole, place) not in text
        assert whole.cells[place].source in text
    assert len(exercises(copy)) == len(exercises(whole))
    assert all(verdict(copy, place).startswith("Not attempted yet") for place in exercises(copy))
    code = [cell.source for cell in whole.cells if cell.cell_type == "code"]
    assert [cell.source for cell in copy.cells if cell.cell_type == "code"] == code
    nbformat.validate(copy)
    headings = {title.replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings, "no link leads to what was left out"


def test_prose_beside_a_solution_stays_and_another_details_block_is_refused() -> None:
    block = "<details>\n<summary>Solution</summary>\n\n```python\nx = 1\n```\n\nWhy.\n\n</details>"
    beside = f"Before.\n\n{block}\n\nAfter."
    cells = [
        nbformat.v4.new_markdown_cell(beside),
        nbformat.v4.new_markdown_cell("## Answers\n\n- **A**: 3."),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    assert [cell.source for cell in handout(notebook).cells] == ["Before.\n\n\n\nAfter."]
    notebook.cells[0].source = "<details><summary>Hint</summary>\n\n84\n\n</details>"
    with pytest.raises(ValueError, match="a details block is left"):
        handout(notebook)


def test_a_solved_copy_is_run_and_right() -> None:
    """One lesson; that every solution is right, test_notebooks.py shows."""
    (path,) = (path for path in LESSONS if path.stem.startswith("03"))
    whole = nbformat.read(path, as_version=4)
    copy = finished(whole, path.stem)
    assert [cell.source for cell in copy.cells] == [cell.source for cell in solved(whole).cells]
    assert [verdict(copy, place) for place in exercises(copy)] == ["Correct."] * len(exercises(whole))
