"""The pages without a kernel, built from the lessons and served on loopback under a sub-path."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from deconv_helpers import explore_convolution
from tools.site import build

from .conftest import CHROMIUM, CONTRASTS, FLAGS, PATIENCE, PROJECT, Explorer, until
from .test_lessons import moves_with_its_sliders

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page, sync_playwright
except ImportError:
    sync_playwright = None

pytestmark = pytest.mark.browser

LESSONS = sorted(path.stem for path in (PROJECT / "notebooks").glob("*.ipynb"))
HEAVIEST = 3 * 1024 * 1024
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@dataclass
class Site:
    """The built pages, and a browser to read them with."""

    folder: Path
    home: str
    browser: Browser

    @contextmanager
    def page(self, name: str, **options: Any) -> Iterator[Page]:
        """A page in a new window; nothing may go wrong on it, and it asks nobody but its own server."""
        faults: list[str] = []
        page = self.browser.new_context(**options).new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: faults.append(f"JavaScript error: {error}"))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("requestfailed", lambda request: faults.append(f"request that failed: {request.url}"))
        page.on("request", lambda request: faults.extend(self.outside(request.url)))
        page.goto(f"{self.home}{name}.html")
        yield page
        page.context.close()
        assert faults == []

    def outside(self, url: str) -> list[str]:
        return [] if url.startswith((self.home, "data:", "blob:")) else [f"request to elsewhere: {url}"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    needs = {"playwright": sync_playwright, "Chromium": CHROMIUM, "Node.js": shutil.which("npm")}
    lacking = [name for name, found in needs.items() if not found]
    if lacking:
        reason = f"the tests of the pages need {lacking[0]}, which is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    root = tmp_path_factory.mktemp("web root")
    build(root / "course")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            yield Site(root / "course", f"http://127.0.0.1:{server.server_port}/course/", browser)
            browser.close()
    finally:
        server.shutdown()
        server.server_close()


def explorers(page: Page) -> list[Explorer]:
    """The explorers of a page, once each has drawn and replaced its picture."""
    outputs = page.locator(".output.live")
    drawn = page.locator(".output.live:has(.dcv[data-step])")
    until(lambda: drawn.count() == outputs.count() > 0, "the explorers", page)
    assert not any(picture.is_visible() for picture in page.locator(".output.live > img").all())
    return [Explorer(drawn.nth(i).locator(".dcv-explorer")) for i in range(drawn.count())]


class Links(HTMLParser):
    """What a page refers to, and the places in it that others may refer to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.places: set[str] = set()
        self.feed(html)

    def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        self.targets += [found[key] for key in ("href", "src") if key in found]
        self.places |= {found["id"]} if "id" in found else set()


def test_no_page_is_heavy_and_no_link_is_broken(site: Site) -> None:
    pages = {path.name: Links(path.read_text(encoding="utf-8")) for path in site.folder.glob("*.html")}
    assert set(pages) == {"index.html", *(f"{name}.html" for name in LESSONS)}
    assert [path.name for path in site.folder.glob("*.html") if path.stat().st_size > HEAVIEST] == []
    for name, page in pages.items():
        assert (
            set(LESSONS) <= {target.removesuffix(".html") for target in page.targets} or name != "index.html"
        )
        for target in page.targets:
            if re.match(r"https?://|data:", target):
                continue
            file, _, place = target.partition("#")
            assert (site.folder / (file or name)).is_file(), f"{name}: {target}"
            assert not place or place in pages[file or name].places, f"{name}: {target}"
    for before, after in pairwise(LESSONS):
        assert f"{after}.html" in pages[f"{before}.html"].targets
        assert f"{before}.html" in pages[f"{after}.html"].targets


@pytest.mark.parametrize("name", LESSONS)
def test_page(site: Site, name: str) -> None:
    """Every slider, menu and box moves the pictures; what needs Python says so."""
    with site.page(name) as page:
        for explorer in explorers(page):
            moves_with_its_sliders(explorer)
            moves_with_its_other_controls(explorer)
            points_and_steps(explorer)
            assert explorer.root.locator(".dcv-asking").evaluate("row => row.inert")
            assert "needs Python" in explorer.root.locator(".dcv-needs").inner_text()
        exercises = page.locator(".exercise").all()
        assert exercises
        assert all("needs Python" in exercise.inner_text() for exercise in exercises)


def points_and_steps(explorer: Explorer) -> None:
    page, begin = explorer.root.page, explorer.read()
    explorer.root.locator(".dcv-cell, .dcv-tiles, .dcv-image").last.hover()
    until(lambda: explorer.read()["caption"], "what the pointed cell is", page)
    page.mouse.move(0, 0)
    until(lambda: explorer.read() == begin, "the end of pointing", page)
    if explorer.slider("step").count():
        explorer.board.press("ArrowRight")
        until(lambda: explorer.read()["step"] == 1, "the first step", page)
        explorer.press("step", "Home")
        until(lambda: explorer.read() == begin, "the picture without steps", page)


def moves_with_its_other_controls(explorer: Explorer) -> None:
    row, page = explorer.root.locator(".dcv-controls").nth(1), explorer.root.page
    begin = explorer.read()
    for box in row.get_by_role("checkbox").all():
        box.click()
        until(lambda: explorer.read() != begin, "another picture", page)
        box.click()
        until(lambda: explorer.read() == begin, "the first picture", page)
    for menu in row.get_by_role("combobox").all():
        chosen = menu.evaluate("menu => menu.selectedIndex")
        menu.select_option(index=0 if chosen else 1)
        until(lambda: explorer.read() != begin, "another picture", page)
        menu.select_option(index=chosen)
        until(lambda: explorer.read() == begin, "the first picture", page)


def test_the_pictures_are_those_that_python_gives(site: Site) -> None:
    made = explore_convolution()
    with site.page("01_convolution") as page:
        (explorer,) = explorers(page)
        explorer.press("stride", "ArrowRight")
        explorer.press("padding", "ArrowRight", "ArrowRight")
        scene = made.scene(stride=2, padding=2)
        explorer.shows(scene)
        explorer.go_to_the_last_step()
        explorer.shows(scene, len(scene.steps))
        explorer.press("step", "Home")
        explorer.root.locator(".widget-play button").first.click()
        until(lambda: explorer.read()["step"] == 2, "the second step of Play", page)
        explorer.root.locator(".widget-play button").nth(1).click()
        until(lambda: explorer.read()["step"] == 0, "the end of Play", page)
        explorer.cell(0, 30).click()
        explorer.shows(scene, pointed=("input", 30))
        assert page.locator(".dcv-editor").count() == 0
        page.keyboard.press("7")
        page.keyboard.press("Escape")
        page.mouse.move(0, 0)
        explorer.press("padding", "Home")
        explorer.press("dilation", "End")
        explorer.shows(made.scene(stride=2, padding=0, dilation=3))  # a sentence in place of a picture
    made.close()


def test_typing_says_that_it_needs_python(site: Site) -> None:
    with site.page("01_convolution") as page:
        (explorer,) = explorers(page)
        grid = explorer.root.locator(".dcv-grid").first
        grid.press("ArrowRight")
        grid.press("7")
        assert "needs Python" in explorer.root.locator(".dcv-error").inner_text()
        assert page.locator(".dcv-editor").count() == 0


@pytest.mark.parametrize("name", ["index", *LESSONS])
def test_axe_finds_but_empty_headings_of_tables(site: Site, name: str) -> None:
    with site.page(name) as page:
        for explorer in explorers(page) if name != "index" else []:
            explorer.root.locator(".noUi-handle[aria-label]").first.wait_for()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page).response["violations"]
            assert {rule["id"] for rule in found} <= {"empty-table-header"}


@pytest.mark.parametrize("name", ["index", *LESSONS])
def test_on_a_phone(site: Site, name: str) -> None:
    """No page is wider than the screen; a tap lights, a finger drags a slider."""
    with site.page(name, **PHONE) as page:
        made = explorers(page) if name != "index" else []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for explorer in made:
            sizes = explorer.root.evaluate("root => [root.scrollWidth, root.clientWidth]")
            assert sizes[0] <= sizes[1]
        if name != "01_convolution":
            return
        (explorer,) = made
        cell = explorer.cell(2, 0)
        cell.scroll_into_view_if_needed()
        cell.tap()
        until(lambda: len(explorer.read()["panels"][0]["lit"]) == 9, "the window of the tapped cell", page)
        assert explorer.root.locator(".dcv-error").inner_text() == ""
        begin = explorer.read()
        drag(page, explorer, "stride", 40)
        until(lambda: explorer.read() != begin, "another picture", page)


def drag(page: Page, explorer: Explorer, name: str, by: int) -> None:
    """Put a finger on a slider's handle and move it to the right."""
    handle = explorer.slider(name)
    handle.scroll_into_view_if_needed()
    place = handle.bounding_box()
    assert place
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    finger = page.context.new_cdp_session(page)
    for kind, at in (("touchStart", x), ("touchMove", x + by / 2), ("touchMove", x + by)):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_where_scripts_are_off_the_pictures_stay(site: Site) -> None:
    with site.page("03_transposed_matrix", java_script_enabled=False) as page:
        pictures = page.locator(".output.live > img").all()
        assert pictures
        for picture in pictures:
            place = picture.bounding_box()
            assert place
            assert min(place["width"], place["height"]) > 100
        assert page.locator(".formula svg").first.is_visible()


@pytest.mark.parametrize("name", ["index", "01_convolution", "07_true_deconvolution"])
def test_light_dark_and_on_paper(site: Site, name: str) -> None:
    backgrounds = []
    for scheme in ("light", "dark"):
        with site.page(name, color_scheme=scheme) as page:
            if name != "index":
                for explorer in explorers(page):
                    explorer.is_readable()
            faint = [found for found in page.locator("main").evaluate(CONTRASTS) if found[1] < 4.5]
            assert faint == []
            backgrounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            page.emulate_media(media="print")
            backgrounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    light, on_paper, dark, on_paper_too = backgrounds
    assert light == on_paper == on_paper_too != dark
