"""`python course.py bench`: measure everything, print it, and write benchmarks/RESULTS.md."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import course, lite, operators, pages, slider, startup
from benchmarks.measuring import Effort, Table, machine
from tests.browser.conftest import CHROMIUM, FLAGS, Lab, running_lab, sync_playwright

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
HEAD = """\
# Numbers

Written by `python course.py bench`. Every ratio was measured within one run, from medians of repetitions that
take turns. Among the operators a ratio is the other's time divided by ours: 2x takes twice as long as ours.
Times in milliseconds depend on the machine and on what else it does; ratios less so.
"""


def main(names: list[str]) -> int:
    """Measure the parts that are named, or all; only a whole run is written down."""
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
    start = perf_counter()
    text = [HEAD, machine() + "\n"]
    print(machine() + "\n", flush=True)
    for name, measure in parts.items():
        if not names or name in names:
            for table in measure():
                text.append(table.markdown())
                print(text[-1], flush=True)
    if not names:
        text.append(f"The run took {(perf_counter() - start) / 60:.0f} minutes.\n")
        RESULTS.write_text("\n".join(text), encoding="utf-8", newline="\n")
    return 0


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
