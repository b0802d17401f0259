"""How everything here is measured, and how it is written down."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

Ways = Mapping[str, Callable[[], Any]]
PACKAGES = ("numpy", "scipy", "matplotlib", "ipywidgets", "anywidget", "jupyterlab", "playwright", "torch")

TURN = 0.002
"""Seconds, about, that one way takes before the next has its turn."""


@dataclass(frozen=True)
class Effort:
    """How long to measure: seconds and repetitions for one row, at most."""

    seconds: float = 0.4
    repetitions: int = 15

    @property
    def few(self) -> int:
        """Repetitions of what takes seconds each time."""
        return max(1, self.repetitions // 5)


@dataclass
class Table:
    """Rows of one kind, what was aimed at, and where that was missed.

    reason  why the aim is missed where it is, shown only then
    """

    title: str
    columns: tuple[str, ...]
    aim: str = ""
    reason: str = ""
    rows: list[tuple[str, ...]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, name: str, *cells: str, missed: str = "") -> None:
        """Add a row; `missed` says what of the aim it misses, if it does."""
        self.rows.append((name, *cells))
        if missed:
            self.missed.append(f"{name} ({missed})")

    def markdown(self) -> str:
        """The table in Markdown, with its aim and what became of it."""
        lines = [f"## {self.title}", ""]
        if self.aim:
            verdict = f"missed by {', '.join(self.missed)}. {self.reason}" if self.missed else "reached."
            lines += [f"Aim: {self.aim}. In this run: {verdict.strip()}", ""]
        lines += [_line(self.columns), _line(["---"] + ["---:"] * (len(self.columns) - 1))]
        return "\n".join([*lines, *map(_line, self.rows), ""])


def race(ways: Ways, effort: Effort) -> dict[str, float]:
    """Return the median seconds of each way, run in turn so that a slow moment hits all of them.

    What takes less than a turn is called several times in a row, so that it finds its data in the cache.
    """
    calls: dict[str, int] = {}
    for name, run in ways.items():  # the first round warms up
        run()
        start = perf_counter()
        run()
        calls[name] = max(1, round(TURN / (perf_counter() - start)))
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    end = perf_counter() + effort.seconds
    for turns in range(1, effort.repetitions + 1):
        for name, run in ways.items():
            start = perf_counter()
            for _ in range(calls[name]):
                run()
            seconds[name].append((perf_counter() - start) / calls[name])
        if turns >= effort.few and perf_counter() > end:
            break
    return {name: median(times) for name, times in seconds.items()}


def percentile(values: list[float], share: float) -> float:
    """Return the smallest of the values that `share` of them do not exceed."""
    return sorted(values)[max(0, -int(-share * len(values) // 1) - 1)]


def ms(seconds: float) -> str:
    """Return a time in milliseconds with three digits at the least."""
    value = seconds * 1e3
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def times(ratio: float) -> str:
    """Return a ratio, such as 3.4x."""
    return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:,.0f}x"


def machine() -> str:
    """Return the machine, without its name, and the versions, as lines of Markdown."""
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    memory = ""
    if hasattr(os, "sysconf"):
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    load = f" Load when the run began: {os.getloadavg()[0]:.1f}." if hasattr(os, "getloadavg") else ""
    return (
        f"Machine: {_processor()}, {os.cpu_count()} cores{memory}, {platform.system()}.{load}\n"
        f"Versions: Python {platform.python_version()}, {', '.join(found)}."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"
