"""The whole course: under nbval, under nbclient alone, and the memory of a kernel after a lesson."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter

import nbformat
from nbclient import NotebookClient

from benchmarks.measuring import Table, times

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
BARE = "import numpy, matplotlib.pyplot, ipywidgets"
MEMORY = "import psutil; print(psutil.Process().memory_info().rss)"


def tables(names: tuple[str, ...] | None = None) -> list[Table]:
    """Run every lesson once in each way, lesson by lesson."""
    paths = [path for path in sorted(FOLDER.glob("*.ipynb")) if names is None or path.stem in names]
    course = Table(
        "The course under nbval and under nbclient alone", ("lesson", "nbclient (s)", "nbval (s)", "ratio")
    )
    memory = Table(
        "Memory of a kernel after the whole lesson", ("lesson", "memory (MiB)", f"beside `{BARE}` alone")
    )
    _, bare = _run(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BARE)]))
    memory.add("none: the imports alone", f"{bare:.0f}", "1.00x")
    total = [0.0, 0.0]
    for path in paths:
        alone, used = _run(nbformat.read(path, as_version=4))
        tested = _nbval(path)
        course.add(path.stem, f"{alone:.1f}", f"{tested:.1f}", times(tested / alone))
        memory.add(path.stem, f"{used:.0f}", times(used / bare))
        total = [total[0] + alone, total[1] + tested]
    course.add("all, one after the other", f"{total[0]:.1f}", f"{total[1]:.1f}", times(total[1] / total[0]))
    return [course, memory]


def _run(notebook: nbformat.NotebookNode) -> tuple[float, float]:
    """Seconds to run a notebook in a fresh kernel, and the MiB that the kernel holds at its end."""
    asked = nbformat.v4.new_code_cell(MEMORY)
    client = NotebookClient(
        notebook, kernel_name="python3", timeout=120, resources={"metadata": {"path": str(FOLDER)}}
    )
    start = perf_counter()
    with client.setup_kernel(stderr=subprocess.DEVNULL):
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
        seconds = perf_counter() - start
        notebook.cells.append(asked)
        client.execute_cell(asked, len(notebook.cells) - 1)
    return seconds, int(asked.outputs[0].text) / 2**20


def _nbval(path: Path) -> float:
    start = perf_counter()
    command = "-m pytest --nbval --nbval-current-env --nbval-cell-timeout=120 -q -p no:cacheprovider"
    done = subprocess.run(
        [sys.executable, *command.split(), str(path)], cwd=FOLDER.parent, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"nbval fails on {path.stem}:\n{done.stdout}")
    return perf_counter() - start
