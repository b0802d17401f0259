"""Two copies of a lesson: one to hand out, without solutions, answers and reasons, and one that is solved."""

import copy
import re

from nbformat import NotebookNode

from tools.exercises import SOLUTION, solved
from tools.notebooks import execute, normalise

ANSWERS = "## Answers"
"""The heading of the last cell of a lesson: what is right in each question, and why."""


def handout(notebook: NotebookNode) -> NotebookNode:
    """A copy without solutions and answers; every stub, and what was printed beside it, is in place."""
    kept = normalise(copy.deepcopy(notebook))
    for cell in kept.cells:
        if cell.cell_type == "markdown":
            cell.source = SOLUTION.sub("", cell.source).strip()
    kept.cells = [cell for cell in kept.cells if cell.source and not _answers(cell)]
    text = "\n".join(cell.source for cell in kept.cells)
    if "<details" in text or "Solution</summary>" in text:
        raise ValueError("a details block is left that is not written as a solution is: see CONTRIBUTING.md")
    if re.search(r"\]\(#Answers\)", text):
        raise ValueError("a link leads to the answers, which a handout lacks")
    return kept


def _answers(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "markdown" and cell.source.startswith(ANSWERS))


def finished(notebook: NotebookNode, name: str) -> NotebookNode:
    """A copy with all solutions in place, run from top to bottom.

    Raises CellError where it does not run.
    """
    return execute(solved(notebook), name)
