"""`python course.py bench [PARTS]`: measure everything, or some parts, and write benchmarks/RESULTS.md."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import course, lite, operators, pages, slider, startup
from benchmarks.measuring import Effort, Table, machine
from tests.browser.conftest import CHROMIUM, FLAGS, Lab, running_lab, sync_playwright
from tools.whole import write_whole

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
HEAD = """\
# Numbers

Written by `python course.py bench`; each part says when it was measured, and on what. Every ratio was
measured within one run, from medians of repetitions that take turns. Among the operators a ratio is the
other's time divided by ours: 2x takes twice as long as ours. Times in milliseconds depend on the machine and
on what else it does; ratios less so.
"""


def main(names: list[str]) -> int:
    """Measure the parts that are named, or all, and write them down; other parts stay as they were."""
    effort = Effort()
    parts: dict[str, Callable[[], list[Table]]] = {
        "slider": lambda: _in_browser(effort),
        "operators": lambda: operators.tables(effort),
        "startup": lambda: startup.tables(effort),
        "course": course.tables,
        "pages": pages.tables,
        "lite": lite.tables,
    }
    unknown = [name for name in names if name not in parts]
    if unknown:
        print(f"No such part: {', '.join(unknown)}. There are: {', '.join(parts)}.", file=sys.stderr)
        return 2
    for name in names or parts:
        about, start = machine(), perf_counter()
        print(about + "\n", flush=True)
        tables = [table.markdown() for table in parts[name]()]
        print("\n".join(tables), flush=True)
        minutes = (perf_counter() - start) / 60
        about = f"Measured on {date.today()}, in {max(1, round(minutes))} min. {about}"
        write({name: "\n".join([about + "\n", *tables])}, list(parts))
    return 0


def write(measured: dict[str, str], order: list[str]) -> None:
    """Put what was measured in the place of its parts in RESULTS."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    found = (
        dict(re.findall(r"^<!-- (\w+) -->\n(.*?)(?=^<!-- |\Z)", text, re.MULTILINE | re.DOTALL)) | measured
    )
    written = [f"<!-- {name} -->\n{found[name].rstrip()}\n" for name in order if name in found]
    write_whole(RESULTS, "\n".join([HEAD, *written]))


def _in_browser(effort: Effort) -> list[Table]:
    if sync_playwright is None or CHROMIUM is None:
        return [Table("Slider to paint", ("not measured: no browser was found",))]
    with browsing() as lab:
        return slider.tables(lab, effort)


@contextmanager
def browsing() -> Iterator[Lab]:
    """A running JupyterLab and a browser, for the block."""
    with TemporaryDirectory() as home, running_lab(Path(home)) as lab, sync_playwright() as playwright:
        lab.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield lab
        lab.browser.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
