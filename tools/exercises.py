"""The exercises of a notebook: where they are, their solutions, and what `check` said of them.

An exercise is a code cell with the tag `exercise`; a markdown cell after it holds its solution in a details
block. It calls `check` itself, or the code cell after it does.
"""

import copy
import re

from nbformat import NotebookNode

SOLUTION = re.compile(
    r"<details>\s*<summary>Solution</summary>\n\n.*?^```python\n(.*?)^```.*?</details>",
    re.DOTALL | re.MULTILINE,
)

VERDICT = re.compile(r"Correct\.\Z|Not yet\. |Not attempted yet\.")
"""How the text of each verdict of `check` begins."""


def exercises(notebook: NotebookNode) -> list[int]:
    """The places of the exercises among the cells."""
    return [n for n, cell in enumerate(notebook.cells) if is_exercise(cell)]


def is_exercise(cell: NotebookNode) -> bool:
    """Whether a cell is an exercise: code with the tag `exercise`."""
    return cell.cell_type == "code" and "exercise" in cell.metadata.get("tags", [])


def solution(notebook: NotebookNode, exercise: int) -> str:
    """The code in the details block of the next markdown cell that has one, before the next exercise.

    Raises ValueError where there is none.
    """
    for cell in notebook.cells[exercise + 1 :]:
        if is_exercise(cell):
            break
        found = SOLUTION.search(cell.source) if cell.cell_type == "markdown" else None
        if found:
            return found[1]
    raise ValueError(f"no solution follows the exercise in cell {exercise + 1}")


def solved(notebook: NotebookNode) -> NotebookNode:
    """A copy with every solution in the place of its stub; it has yet to be run."""
    filled = copy.deepcopy(notebook)
    for place in exercises(notebook):
        filled.cells[place].source = solution(notebook, place)
    return filled


def attempt(notebook: NotebookNode, exercise: int) -> list[NotebookNode]:
    """The exercise's cell, and the code cell after it where the check stands there."""
    asked, *after = (cell for cell in notebook.cells[exercise:] if cell.cell_type == "code")
    return [asked] if said(asked) else [asked, *(cell for cell in after[:1] if not is_exercise(cell))]


def said(cell: NotebookNode) -> str:
    """What a check said in this cell, the last one where there are several; "" where none said anything.

    A check's verdict is a value that is shown. What a learner prints is none, whatever it says.
    """
    texts = [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return next((text for text in reversed(texts) if VERDICT.match(text)), "")


def verdict(notebook: NotebookNode, exercise: int) -> str:
    """What the check said of an exercise; "" where it said nothing."""
    return said(attempt(notebook, exercise)[-1])
