"""Python in the browser: what a first visit loads, and how long it takes, without and with a slow line."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.line import LINES, slow_line
from benchmarks.measuring import Table
from tests.browser.conftest import CHROMIUM, FLAGS, serving, sync_playwright
from tools import lite
from tools.notebooks import FOLDER, lesson_paths
from tools.site import SiteError, installed

TITLE = "A first visit to lesson 01 with Python in the browser, from a server that compresses nothing"
PATIENCE = 900_000
RUN = """async () => {
    const { content } = jupyterapp.shell.currentWidget;
    for (const cell of content.widgets) cell.model.clearExecution?.();
    window.ran = false;
    jupyterapp.commands.execute("notebook:run-all-cells").then(() => { window.ran = true; });
}"""
FIRST = "() => jupyterapp.shell.currentWidget.content.widgets.some((cell) => cell.model.executionCount)"


def tables(lines: tuple[str, ...] = tuple(LINES)) -> list[Table]:
    """Write JupyterLite and visit it over each line, each time with a new browser."""
    try:
        kit = lite.gather(installed(lite.PARTS), load=False)
    except (lite.LiteError, SiteError) as failure:
        return [Table(TITLE, (f"not measured: {failure}",))]
    if sync_playwright is None or CHROMIUM is None:
        return [Table(TITLE, ("not measured: no browser was found",))]
    columns = (
        "line",
        "lesson shown (s)",
        "Python ready (s)",
        "first cell run (s)",
        "all run (s)",
        "loaded (MB)",
    )
    table = Table(TITLE, columns)
    with TemporaryDirectory() as work:
        start = perf_counter()
        lite.write(kit, Path(work, "lab"), lesson_paths(FOLDER))
        written = perf_counter() - start
        size = sum(path.stat().st_size for path in Path(work).rglob("*") if path.is_file())
        for name in lines:
            table.add(name, *_visit(Path(work), *LINES[name]))
    about = Table("JupyterLite with all lessons", ("", "written in (s)", "on the disk (MB)"))
    about.add("site/lab/", f"{written:.1f}", f"{size / 1e6:.0f}")
    return [about, table]


def _visit(root: Path, rate: float, round_trip: float) -> list[str]:
    """Open lesson 01 and run it; seconds from the first request, and megabytes."""
    with serving(root) as port, slow_line(port) as line, sync_playwright() as playwright:
        line.delay, line.rate = round_trip / 2, rate
        page = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS).new_page()
        page.set_default_timeout(PATIENCE)
        start, found = perf_counter(), []

        def passed() -> None:
            found.append(f"{perf_counter() - start:.1f}")

        page.goto(f"http://127.0.0.1:{line.port}/{lite.LAB}01_convolution.ipynb")
        page.locator(".jp-MarkdownOutput h1").first.wait_for()
        passed()
        page.get_by_text("Python is ready").wait_for()
        passed()
        loaded = f"{line.carried / 1e6:.1f}"
        page.evaluate(RUN)
        page.wait_for_function(FIRST)
        passed()
        page.wait_for_function("() => window.ran")
        passed()
        page.context.browser.close()  # type: ignore[union-attr]
        return [*found, loaded]
