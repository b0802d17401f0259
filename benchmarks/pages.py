"""The pages without Python: what a first visit loads, and how long it takes, without and with a slow line."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.line import LINES, slow_line
from benchmarks.measuring import Table
from tests.browser.conftest import CHROMIUM, FLAGS, serving, sync_playwright
from tools.site import SiteError, build

TITLE = "A first visit to the pages, from a server that compresses nothing"
PAGES = {"front page": "index", "lesson 01": "01_convolution", "lesson 09": "09_true_deconvolution"}
SOON = 5.0
"""Seconds in which an explorer is alive on the slow line."""


def tables(lines: tuple[str, ...] = tuple(LINES)) -> list[Table]:
    """Build the pages and visit some of them over each line, each time with a new browser."""
    if sync_playwright is None or CHROMIUM is None:
        return [Table(TITLE, ("not measured: no browser was found",))]
    table = Table(
        TITLE,
        ("page, line", "text shown (s)", "explorer alive (s)", "loaded until then (KB)", "and in all (KB)"),
        aim="the explorer of lesson 01 alive in 5 s on the slow line, after at most 400 KB",
    )
    with TemporaryDirectory() as work:
        try:
            build(Path(work, "course"))
        except SiteError as failure:
            return [Table(TITLE, (f"not measured: {failure}",))]
        for page, name in PAGES.items():
            for line in lines:
                rate, round_trip = LINES[line]
                shown, alive, until_then, loaded = _visit(Path(work), f"course/{name}.html", rate, round_trip)
                late = name == "01_convolution" and (alive > SOON or until_then > 400_000)
                table.add(
                    f"{page}, {line}",
                    f"{shown:.1f}",
                    f"{alive:.1f}",
                    f"{until_then / 1e3:.0f}",
                    f"{loaded / 1e3:.0f}",
                    missed=f"{alive:.1f} s, {until_then / 1e3:.0f} KB" if late else "",
                )
    return [table]


def _visit(root: Path, address: str, rate: float, round_trip: float) -> tuple[float, float, int, int]:
    """Go to a page's first explorer: seconds from the first request, and the bytes that the line carried.

    Whoever reads comes to the explorer late; here it is in the view as soon as the page has it.
    """
    with serving(root) as port, slow_line(port) as line, sync_playwright() as playwright:
        line.delay, line.rate = round_trip / 2, rate
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        start = perf_counter()
        page.goto(f"http://127.0.0.1:{line.port}/{address}", wait_until="commit")
        page.locator("main h1").first.wait_for()
        shown = perf_counter() - start
        page.locator(".live:not([id^=question])").first.scroll_into_view_if_needed()
        page.locator(".live .dcv-explorer[data-step]").first.wait_for()
        alive, until_then = perf_counter() - start, line.carried
        page.wait_for_load_state("networkidle")
        browser.close()
        return shown, alive, until_then, line.carried
