"""Before the first slider moves: imports, kernels, explorers and what they ship."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
from jupyter_client.manager import start_new_kernel

from benchmarks.classic import draw
from benchmarks.lessons import EXPLORERS, largest, made
from benchmarks.measuring import Effort, Table, ms, race, times

OTHERS_IMPORT = "import numpy, matplotlib, ipywidgets"
FIGURES_IMPORT = "import numpy, matplotlib.figure, matplotlib.backends.backend_agg, ipywidgets, anywidget"
"""What any picture in a notebook needs, and what an explorer needs beside it."""

FIRST = {
    "ours": "from deconv_helpers import explore_convolution\nexplore_convolution()",
    "classic": "from benchmarks.classic import classic\n"
    "classic('explore_convolution', dict(kernel_size=3, stride=1, padding=0, dilation=1))",
}
BUILD, WIRE = 0.050, 600 * 1024


def tables(effort: Effort, explorers: tuple[str, ...] = EXPLORERS) -> list[Table]:
    """Measure imports, the way to a first explorer, and the building of every explorer."""
    return [_imports(effort), _first_explorer(effort), _builds(effort, explorers)]


def _imports(effort: Effort) -> Table:
    table = Table(
        "Import, with the start of Python: what others import, what an explorer needs, and ours",
        ("what", "time (ms)", "ratio"),
    )
    ways = {
        f"`{code}`": lambda code=code: subprocess.run([sys.executable, "-c", code], check=True)
        for code in (OTHERS_IMPORT, FIGURES_IMPORT, "import deconv_helpers")
    }
    _add_all(table, race(ways, Effort(effort.seconds * 10, effort.repetitions)))
    return table


def _first_explorer(effort: Effort) -> Table:
    def first(code: str) -> None:
        manager, client = start_new_kernel(kernel_name="python3", stderr=subprocess.DEVNULL)
        try:
            reply = client.execute_interactive(code, timeout=60, output_hook=lambda message: None)
            assert reply["content"]["status"] == "ok", reply["content"]
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)

    table = Table("From the start of a kernel to its first explorer", ("who", "time (ms)", "ratio"))
    ways = {name: lambda code=code: first(code) for name, code in FIRST.items()}
    few = Effort(effort.seconds * 10, effort.few + 2 if effort.repetitions > 1 else 1)
    _add_all(table, race(ways, few))
    return table


def _builds(effort: Effort, explorers: tuple[str, ...]) -> Table:
    matplotlib.use("agg")
    table = Table(
        "Building an explorer with all its scenes",
        ("explorer", "states", "build (ms)", "one pyplot picture (ms)", "build in pictures", "shipped (KiB)"),
        aim="about 50 ms, and at most 600 KiB on the wire",
        reason="A state takes 0.5 to 1 ms: its arrays, its products, its sentences, and packing them. "
        "explore_sizes has 243 states, explore_matrix and explore_frameworks 144; explore_deconvolution and "
        "explore_descent restore a photograph in each of theirs.",
    )
    for name in explorers:
        explorer = made(name)
        scene = explorer.scene(**largest(explorer))

        def picture(scene: Any = scene) -> None:
            draw(scene)
            plt.gcf().canvas.draw()
            plt.close("all")

        ways = {"build": lambda name=name: made(name).close(), "picture": picture}
        seconds = race(ways, effort)
        shipped = len(explorer.payload)
        misses = [f"{ms(seconds['build'])} ms"] if seconds["build"] > 1.2 * BUILD else []
        misses += [f"{shipped // 1024} KiB"] if shipped > WIRE else []
        table.add(
            name,
            str(len(explorer.states)),
            ms(seconds["build"]),
            ms(seconds["picture"]),
            times(seconds["build"] / seconds["picture"]),
            f"{shipped / 1024:.0f}",
            missed=", ".join(misses),
        )
    return table


def _add_all(table: Table, seconds: dict[str, float]) -> None:
    first = next(iter(seconds.values()))
    for name, value in seconds.items():
        table.add(name, ms(value), times(value / first))
