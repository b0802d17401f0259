"""A notebook that somebody hands in, with widgets stored in it whose JavaScript runs where it is opened."""

from __future__ import annotations

from typing import Any

import anywidget
import nbformat
import pytest
from ipywidgets import Widget
from nbformat.sign import NotebookNotary

from tests.browser.conftest import Lab, Window
from tools.live_views import VIEW

pytestmark = pytest.mark.browser
STATE = "application/vnd.jupyter.widget-state+json"


@pytest.fixture
def intruder() -> tuple[dict[str, Any], str]:
    """The state of a widget whose code leaves a mark on the page, as a notebook stores it, and its model."""
    widget = anywidget.AnyWidget(_esm="globalThis.intruded = true; export default { render() {} };")
    state, model = Widget.get_manager_state(widgets=[widget, widget.layout]), widget.model_id
    widget.close()
    return state, model


@pytest.mark.parametrize("trusted", [False, True])
def test_a_notebook_that_is_opened_runs_nothing(
    lab: Lab, window: Window, intruder: tuple[dict[str, Any], str], trusted: bool
) -> None:
    path = lab.write(
        f"handed_in_{trusted}.ipynb", "from deconv_helpers import explore_convolution\nexplore_convolution()"
    )
    state, model = intruder
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["widgets"] = {STATE: state}
    view = {VIEW: {"model_id": model, "version_major": 2, "version_minor": 0}, "text/plain": "a widget"}
    notebook.cells.append(
        nbformat.v4.new_code_cell(
            "1", execution_count=1, outputs=[nbformat.v4.new_output("display_data", view)]
        )
    )
    nbformat.write(notebook, path)
    if trusted:
        NotebookNotary(data_dir=str(lab.root.parent / "JUPYTER_DATA_DIR")).sign(
            nbformat.read(path, as_version=4)
        )
    lesson = window.open(path)
    assert lesson.do("return [...lesson.model.cells].every((cell) => cell.trusted)") is trusted
    lesson.cell(1)
    lesson.run(0)
    lesson.explorers(1)  # our own widgets are there by now, and so would be what the notebook brings along
    assert not window.page.evaluate("globalThis.intruded")
    lesson.close()
