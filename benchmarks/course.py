"""The whole course: under nbval, under nbclient alone, and the memory of a kernel after a lesson, and of one
in which a cell was run many times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter

import nbformat
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

from benchmarks.lessons import EXPLORERS
from benchmarks.measuring import Table, times
from tools.notebooks import FOLDER, lesson_paths

BARE = "import numpy, matplotlib.pyplot, ipywidgets"
MEMORY = "import psutil; print(psutil.Process().memory_info().rss)"


GROWTH = 40
"""MiB that a kernel may grow while a cell is run many times."""


def tables(
    names: tuple[str, ...] | None = None, explorers: tuple[str, ...] = EXPLORERS, runs: int = 40
) -> list[Table]:
    """Run every lesson once in each way, lesson by lesson, and each explorer's cell many times."""
    paths = [path for path in lesson_paths(FOLDER) if names is None or path.stem in names]
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
    growth = Table(
        f"Memory of a kernel while one cell is run {runs} times",
        ("cell", "after the first run (MiB)", "after the last (MiB)", "grown by (MiB)"),
        aim=f"below {GROWTH} MiB",
    )
    for name in explorers:
        first, last = _again(name, runs)
        missed = f"{last - first:.0f} MiB" if last - first >= GROWTH else ""
        growth.add(name, f"{first:.0f}", f"{last:.0f}", f"{last - first:.0f}", missed=missed)
    return [course, memory, growth]


def _again(explorer: str, runs: int) -> tuple[float, float]:
    """MiB that a kernel holds after a cell showed an explorer for the first and for the last time."""
    manager, client = start_new_kernel(kernel_name="python3", stderr=subprocess.DEVNULL)
    held = []
    try:
        _ask(client, "imports", f"import gc\nfrom deconv_helpers import {explorer}")
        for count in (1, runs - 1):
            for _ in range(count):
                _ask(client, "explorer", f"{explorer}()")
            held.append(int(_ask(client, "memory", f"gc.collect(); {MEMORY}")) / 2**20)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return held[0], held[1]


def _ask(client: BlockingKernelClient, cell: str, code: str) -> str:
    """Run code as JupyterLab does, which says which cell it is of, and return what it prints."""
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
    content |= {"allow_stdin": False, "stop_on_error": True}
    asked = client.session.msg("execute_request", content, metadata={"cellId": cell})
    client.shell_channel.send(asked)
    printed = []
    while (said := client.get_iopub_msg(timeout=60))["content"].get("execution_state") != "idle" or (
        said["parent_header"].get("msg_id") != asked["header"]["msg_id"]
    ):
        if said["msg_type"] == "error":
            raise RuntimeError(f"{code}: {said['content']['evalue']}")
        printed.append(said["content"].get("text", ""))
    return "".join(printed)


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
    command += " --nbval-sanitize-with=tests/nbval.cfg"
    done = subprocess.run(
        [sys.executable, *command.split(), str(path)], cwd=FOLDER.parent, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"nbval fails on {path.stem}:\n{done.stdout}")
    return perf_counter() - start
