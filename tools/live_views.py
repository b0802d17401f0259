"""Stored notebooks show an explorer's picture; its live view lasts only as long as the kernel."""

from typing import Any

MARK = "deconv_helpers"
VIEW = "application/vnd.jupyter.widget-view+json"


def drop_live_views(notebook: dict[str, Any]) -> None:
    """Remove what lasts as long as a kernel: widget state, the kernel's own version, and our live views.

    notebook: a dictionary as nbformat 4 describes it, changed in place. A live view goes from every output
    that has our mark and a picture: of one whose kernel is gone JupyterLab would show an error instead of the
    picture beside it.
    """
    notebook.get("metadata", {}).pop("widgets", None)
    language = notebook.get("metadata", {}).get("language_info", {})
    for kernels in set(language) - {"name", "mimetype", "file_extension"}:
        del language[kernels]  # such as its version: to open a lesson is not to change it
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if MARK in output.get("metadata", {}) and "text/html" in data:
                data.pop(VIEW, None)


def before_save(model: dict[str, Any], **_: Any) -> None:
    """Jupyter's pre_save_hook; an odd notebook is saved as it is, so that no save is lost."""
    _drop_from(model, "saved")


def after_reading(model: dict[str, Any]) -> None:
    """The same for a notebook that is opened; of an odd one, too, the widget state goes first of all."""
    _drop_from(model, "opened")


def _drop_from(model: dict[str, Any], done: str) -> None:
    if model.get("type") == "notebook" and model.get("content"):
        try:
            drop_live_views(model["content"])
        except Exception as error:
            print(f"Live views were kept in the {done} notebook: {error!r}")
