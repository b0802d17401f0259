"""The pages without a kernel, built from the lessons and served on loopback under a sub-path."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest

from deconv_helpers import ask, explore_convolution, explore_transposed
from deconv_helpers.scenes.question import pose
from tools.live_views import MARK
from tools.site import build

from .conftest import CHROMIUM, CONTRASTS, FLAGS, PATIENCE, PROJECT, Explorer, serving, until
from .test_lessons import moves_with_its_sliders

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page, Request, Route, sync_playwright
except ImportError:
    sync_playwright = None

pytestmark = pytest.mark.browser

LESSONS = sorted(path.stem for path in (PROJECT / "notebooks").glob("*.ipynb"))
HEAVIEST = 400 * 1024
"""Bytes of a page, and all that is loaded until the first explorer of lesson 01 has drawn."""
PAYLOADS = re.compile(r"\.bin$")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@dataclass
class Site:
    """The built pages, and a browser to read them with."""

    folder: Path
    home: str
    browser: Browser

    @staticmethod
    def failed(request: Request) -> list[str]:
        """What is wrong with a request that failed; what a page asks for and is left before is not."""
        return [] if request.failure == "net::ERR_ABORTED" else [f"request that failed: {request.url}"]

    @contextmanager
    def page(self, name: str, **options: Any) -> Iterator[Page]:
        """A page in a new window; nothing may go wrong on it, and it asks nobody but its own server."""
        faults: list[str] = []
        page = self.browser.new_context(**options).new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: faults.append(f"JavaScript error: {error}"))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("requestfailed", lambda request: faults.extend(self.failed(request)))
        page.on("request", lambda request: faults.extend(self.outside(request.url)))
        page.goto(f"{self.home}{name}.html")
        yield page
        page.context.close()
        assert faults == []

    def outside(self, url: str) -> list[str]:
        return [] if url.startswith((self.home, "data:", "blob:")) else [f"request to elsewhere: {url}"]


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
    with serving(root) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield Site(root / "course", f"http://127.0.0.1:{port}/course/", browser)
        browser.close()


def explorers(page: Page) -> list[Explorer]:
    """The explorers of a page; a reader has come to each and to each question, and each has drawn."""
    found = []
    for place in page.locator(".live").all():
        place.scroll_into_view_if_needed()
        place.locator(".dcv-explorer[data-step], .dcv-question[data-state]").wait_for()
        assert not place.locator("> img").is_visible()
        if place.locator(".dcv-explorer").count():
            found.append(Explorer(place.locator(".dcv-explorer")))
    return found


def stored(name: str) -> tuple[int, int]:
    """How many explorers and how many exercises a notebook has."""
    notebook = nbformat.read(PROJECT / "notebooks" / f"{name}.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    views = [output.get("metadata", {}).get(MARK, {}).get("view") for output in outputs]
    tags = [tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])]
    return views.count("explorer"), tags.count("exercise")


class Links(HTMLParser):
    """What a page refers to, and the places in it that others may refer to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.places: list[str] = []
        self.pictures: list[dict[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        self.targets += [found[key] for key in ("href", "src") if key in found]
        self.places += [found["id"]] if "id" in found else []
        self.pictures += [found] if tag == "img" else []


def test_no_page_is_heavy_and_no_link_is_broken(site: Site) -> None:
    pages = {path.name: Links(path.read_text(encoding="utf-8")) for path in site.folder.glob("*.html")}
    assert set(pages) == {"index.html", *(f"{name}.html" for name in LESSONS)}
    assert [path.name for path in site.folder.glob("*.html") if path.stat().st_size > HEAVIEST] == []
    for name, page in pages.items():
        assert len(page.places) == len(set(page.places))
        assert all({"width", "height", "alt"} <= set(picture) for picture in page.pictures), name
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


EVERY_KIND = ["index", "01_convolution", "09_true_deconvolution", "11_the_clinic"]
"""The front page, a lesson, one with photographs, the clinic: what other pages are made of is in these."""
EVERY_KIND += [pytest.param(name, marks=pytest.mark.long) for name in LESSONS if name not in EVERY_KIND]


@pytest.mark.parametrize("name", LESSONS)
def test_page(site: Site, name: str) -> None:
    """Every slider, menu and box moves the pictures; what needs Python says so."""
    with site.page(name) as page:
        made = explorers(page)
        exercises = page.locator(".exercise").all()
        assert (len(made), len(exercises)) == stored(name)
        for explorer in made:
            moves_with_its_sliders(explorer)
            moves_with_its_other_controls(explorer)
            points_and_steps(explorer)
            assert "Python" not in explorer.root.inner_text()
        assert all("needs Python" in exercise.inner_text() for exercise in exercises)


def points_and_steps(explorer: Explorer) -> None:
    page, begin = explorer.root.page, explorer.read()
    explorer.root.locator(".dcv-cell, .dcv-tiles, .dcv-image").last.hover()
    until(lambda: explorer.read()["caption"], "what the pointed cell is", page)
    page.mouse.move(0, 0)
    until(lambda: explorer.read() == begin, "the end of pointing", page)
    if explorer.slider("step").is_visible():
        explorer.press("step", "Home", "ArrowRight")
        until(lambda: explorer.read()["caption"], "the caption of a step", page)
        explorer.root.get_by_role("button", name="Reset").click()
        until(lambda: explorer.read() == begin, "the first picture", page)


def moves_with_its_other_controls(explorer: Explorer) -> None:
    row, page = explorer.root.locator(".dcv-controls"), explorer.root.page
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
        made.stride, made.padding = 2, 2
        for name, value in (("input", "6x8, digits"), ("kernel", "counting")):
            explorer.root.get_by_role("combobox", name=name).select_option(value)
            setattr(made, name, value)
        scene = made.scene()
        explorer.shows(scene)
        explorer.press("step", "End")
        explorer.shows(scene, len(scene.steps))
        explorer.press("step", "Home")
        explorer.root.get_by_role("button", name="Play").click()
        until(lambda: explorer.read()["step"] >= 2, "the second step of Play", page)
        explorer.root.get_by_role("button", name="Pause").click()
        explorer.root.get_by_role("button", name="Reset").click()
        made.close()
        made = explore_convolution()
        explorer.shows(made.scene())
    made.close()


def test_typing_says_that_it_needs_python(site: Site) -> None:
    with site.page("01_convolution") as page:
        (explorer,) = explorers(page)
        grid = explorer.root.locator(".dcv-grid").first
        grid.press("ArrowRight")
        grid.press("7")
        assert "needs Python" in explorer.root.locator(".dcv-error").inner_text()
        assert page.locator(".dcv-editor").count() == 0


def test_a_choice_that_cannot_be_loaded_is_taken_back(site: Site) -> None:
    page = site.browser.new_page()
    page.goto(f"{site.home}01_convolution.html")
    (explorer,) = explorers(page)
    begin = explorer.read()
    page.route("**/payload-*", lambda route: route.abort())
    menu = explorer.root.get_by_role("combobox", name="input")
    menu.select_option(index=2)
    explorer.root.get_by_text("could not be loaded").wait_for()
    assert menu.evaluate("menu => menu.selectedIndex") == 0
    assert explorer.read() == begin
    page.unroute("**/payload-*")
    menu.select_option(index=2)
    until(lambda: explorer.read() != begin, "another picture", page)
    assert not explorer.root.get_by_text("could not be loaded").is_visible()
    page.context.close()


def test_a_state_is_a_link(site: Site) -> None:
    """An address opens its state and goes there; a copied link is such an address; history stays short."""
    made = explore_convolution(stride=2, padding=1)
    made.input = "5x7, digits"
    permissions = {"permissions": ["clipboard-read", "clipboard-write"]}
    with site.page("01_convolution", **permissions) as page:
        page.goto("about:blank")  # a change of what follows # alone would load nothing
        page.goto(f"{site.home}01_convolution.html#stride=2&input=5x7,+digits&padding=1&dilation=99")
        place = page.locator("#convolution")
        place.locator(".dcv-explorer[data-step]").wait_for()
        explorer = Explorer(place.locator(".dcv-explorer"))
        explorer.shows(made.scene())
        assert explorer.slider("stride").is_visible()
        assert abs(place.bounding_box()["y"]) < 300  # type: ignore[index]

        long = page.evaluate("history.length")
        explorer.move(made.options["dilation"], 1, 2)
        page.get_by_role("button", name="Copy link").click()
        page.get_by_text("Copied").wait_for()
        link = page.evaluate("navigator.clipboard.readText()")
        assert (
            link
            == page.url
            == f"{site.home}01_convolution.html#input=5x7,+digits&stride=2&padding=1&dilation=2"
        )
        assert page.evaluate("history.length") == long

        page.evaluate("location.hash = '#convolution:stride=3'")
        explorer.shows(explore_convolution(stride=3).scene())
        page.go_back()
        explorer.shows(made.scene(dilation=2))
        explorer.root.get_by_role("button", name="Reset").click()
        page.wait_for_url("**#convolution")
    made.close()


def test_a_saved_explorer_is_one_file(site: Site, tmp_path: Path) -> None:
    made = explore_transposed(stride=3)
    made.input = "2x3, digits"
    made.save(tmp_path / "stamps.html", input="3x4, digits")
    asked: list[str] = []
    page = site.browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: asked.append(said.text))
    page.goto((tmp_path / "stamps.html").as_uri())
    (explorer,) = explorers(page)
    explorer.shows(made.scene())
    menus = explorer.root.get_by_role("combobox").all()
    assert [menu.locator("option:not([hidden])").all_inner_texts() for menu in menus] == [
        ["2x3, digits", "3x4, digits"]
    ]
    menus[0].select_option(index=1)
    made.input = "3x4, digits"
    explorer.shows(made.scene())
    explorer.move(made.options["stride"], 3, 1)
    explorer.shows(made.scene(stride=1))
    page.wait_for_url("**#input=3x4,+digits&stride=1")
    explorer.root.get_by_role("button", name="Reset").click()
    made.input = "2x3, digits"
    explorer.shows(made.scene())
    assert [url for url in asked if not url.startswith("data:")] == [(tmp_path / "stamps.html").as_uri()]
    page.context.close()
    made.close()


def test_a_saved_question_is_one_file(site: Site, tmp_path: Path) -> None:
    posed, made = pose("01 A", 3), ask("01 A", seed=3)
    made.save(tmp_path / "size.html")
    made.close()
    asked: list[str] = []
    page = site.browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: asked.append(said.text))
    page.goto((tmp_path / "size.html").as_uri())
    question = page.locator(".dcv-question[data-state=asked]")
    assert posed.ask.prompt in question.inner_text()
    for field, value in zip(question.locator(".dcv-field input").all(), posed.true, strict=True):
        field.fill(f"{value}")
    question.get_by_role("button", name="I am sure").click()
    page.locator(".dcv-question[data-verdict=right]").wait_for()
    page.get_by_role("button", name="Try another").click()
    question.wait_for()
    page.reload()
    page.locator(".dcv-question[data-verdict=right]").wait_for()
    assert {url for url in asked if not url.startswith("data:")} == {(tmp_path / "size.html").as_uri()}
    page.context.close()


def test_from_the_disk_pages_say_that_they_need_a_server(site: Site) -> None:
    page = site.browser.new_page()
    page.goto((site.folder / "01_convolution.html").as_uri())
    assert page.get_by_text("python -m http.server").is_visible()
    assert page.locator(".live > img").first.is_visible()
    page.goto(f"{site.home}01_convolution.html")
    assert not page.get_by_text("python -m http.server").is_visible()
    page.context.close()


def test_lesson_01_is_soon_alive(site: Site) -> None:
    """Few bytes come until its explorer has drawn, from the page's own to those of pictures on the way."""
    with site.page("01_convolution") as page:
        bytes_: list[int] = []
        line = page.context.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.wait_for_load_state("networkidle")  # a page that is left while it loads asks in vain
        page.goto("about:blank")
        line.on("Network.dataReceived", lambda got: bytes_.append(got["dataLength"]))
        page.goto(f"{site.home}01_convolution.html#step=1")
        page.locator(".live .dcv-explorer[data-step]").wait_for()
        loaded = sum(bytes_)
        page.wait_for_load_state("networkidle")  # what comes later ends, too, before the page is left
        assert 100 * 1024 < loaded < HEAVIEST


def test_a_question_and_two_explorers_on_a_page(site: Site, tmp_path: Path) -> None:
    """A question is answered without Python and plays on; each explorer has an address of its own."""
    cells = ["from deconv_helpers import *", "explore_transposed()", 'ask("01 A")', "explore_convolution()"]
    cells = ["# 01 Small", *cells]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(cells[0]), *map(nbformat.v4.new_code_cell, cells[1:])]
    )
    nbformat.write(notebook, tmp_path / "01_small.ipynb")
    build(site.folder / "small", tmp_path)
    with site.page("small/01_small") as page:
        late: list[Route] = []  # what the last one asks for, kept back until the question is answered
        question = page.locator(".dcv-question")
        page.route(
            PAYLOADS, lambda route: late.append(route) if "/2/" in route.request.url else route.continue_()
        )
        page.reload()
        page.locator("#question-01-A").scroll_into_view_if_needed()
        question.get_by_label("rows").fill("1")
        question.get_by_label("columns").fill("99")
        question.get_by_role("button", name="I guess").click()
        question.locator(".dcv-why").wait_for()
        assert not page.locator("#question-01-A > img").is_visible()
        assert not question.get_by_role("button", name="Play on").is_visible()
        for route in late:
            route.continue_()
        page.unroute(PAYLOADS)
        question.get_by_role("button", name="Play on").click()
        page.wait_for_url("**#convolution:*")
        page.goto("about:blank")
        page.goto(f"{site.home}small/01_small.html#convolution:stride=3")
        made = explore_convolution(stride=3)
        page.locator("#convolution .dcv-explorer[data-step]").wait_for()
        Explorer(page.locator("#convolution .dcv-explorer")).shows(made.scene())
        made.close()


def answer(page: Page, name: str, values: list[str]) -> None:
    """Type what a question asks for, and commit to it."""
    question = page.locator(f"#question-{name.replace(' ', '-')}")
    question.scroll_into_view_if_needed()
    question.locator(".dcv-field").first.wait_for()
    for field, value in zip(question.locator(".dcv-field input").all(), values, strict=True):
        field.fill(value)
    question.get_by_role("button", name="I guess").click()
    question.locator(".dcv-why").wait_for()


def test_what_was_answered_is_counted_and_forgotten(site: Site) -> None:
    right, wrong = pose("01 A"), pose("02 C")
    with site.page("index", **PHONE) as page:
        page.evaluate("localStorage.setItem('deconv-course other', '1')")
        box = page.locator(".progress")
        row = page.locator("tr", has=page.locator("a[href='01_convolution.html']"))
        assert "none answered" in box.inner_text()
        assert not box.get_by_role("button").is_visible()
        before = row.inner_text()

        page.goto(f"{site.home}01_convolution.html")
        answer(page, "01 A", [str(n) for n in right.true])
        page.goto(f"{site.home}02_convolution_matrix.html")
        answer(page, "02 C", ["99" for _ in wrong.true])
        page.goto(f"{site.home}01_convolution.html")
        question = page.locator("#question-01-H")
        question.scroll_into_view_if_needed()
        question.get_by_role("button", name="Show me").click()  # is no answer

        page.goto(f"{site.home}index.html")
        asked = len(page.locator("[data-asked*='01 A 0']").get_attribute("data-asked").split(","))
        assert f"1 of {asked} questions answered, 1 right" in row.inner_text()
        total = sum(
            len(place.get_attribute("data-asked").split(",")) for place in page.locator("[data-asked]").all()
        )
        assert f"2 of {total} questions answered, 1 right." in box.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert {rule["id"] for rule in Axe().run(page).response["violations"]} <= {"empty-table-header"}

        kept = page.evaluate("Object.keys(localStorage).sort()")
        box.get_by_role("button", name="Forget my answers").press("Enter")
        page.keyboard.press("Escape")
        box.get_by_role("button", name="Forget my answers").press("Enter")
        page.keyboard.press("Enter")  # a second press keeps them
        assert page.evaluate("Object.keys(localStorage).sort()") == kept
        box.get_by_role("button", name="Forget my answers").tap()
        box.get_by_role("button", name="Yes, forget").tap()
        assert page.evaluate("Object.keys(localStorage)") == ["deconv-course other"]
        assert "none answered" in box.inner_text()
        assert row.inner_text() == before
        assert not box.get_by_role("button").is_visible()


def test_where_the_browser_keeps_nothing(site: Site) -> None:
    page = site.browser.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    refuses = "{ get() { throw new DOMException('', 'SecurityError'); } }"
    page.add_init_script(f"Object.defineProperty(window, 'localStorage', {refuses})")
    page.goto(f"{site.home}index.html")
    page.get_by_text("This browser keeps no answers").wait_for()
    assert not page.get_by_role("button", name="Forget").is_visible()
    assert "questions" in page.locator("[data-asked]").first.inner_text()
    page.context.close()


@pytest.mark.parametrize("name", EVERY_KIND)
def test_axe_finds_but_empty_headings_of_tables(site: Site, name: str) -> None:
    with site.page(name) as page:
        explorers(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page).response["violations"]
            assert {rule["id"] for rule in found} <= {"empty-table-header"}


@pytest.mark.parametrize("name", EVERY_KIND)
def test_on_a_phone(site: Site, name: str) -> None:
    """No page is wider than the screen, no control is beyond it; a tap lights, a finger drags a slider."""
    with site.page(name, **PHONE) as page:
        made = explorers(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for explorer in made:
            sizes = explorer.root.evaluate("root => [root.scrollWidth, root.clientWidth]")
            assert sizes[0] <= sizes[1]
            right = explorer.root.evaluate("root => root.getBoundingClientRect().right")
            for control in explorer.root.locator("input, select, button").all():
                box = control.bounding_box()
                assert box is None or box["x"] + box["width"] <= right
        if name != "01_convolution":
            return
        (explorer,) = made
        controls_stay_while_the_picture_scrolls(page, explorer)
        cell = explorer.cell(2, 0)
        cell.scroll_into_view_if_needed()
        cell.tap()
        until(lambda: len(explorer.read()["panels"][0]["lit"]) == 9, "the window of the tapped cell", page)
        assert explorer.root.locator(".dcv-error").inner_text() == ""
        begin = explorer.read()
        drag(page, explorer, "stride", 40)
        until(lambda: explorer.read() != begin, "another picture", page)


def controls_stay_while_the_picture_scrolls(page: Page, explorer: Explorer) -> None:
    explorer.root.evaluate("root => root.scrollIntoView()")
    explorer.root.locator(".dcv-stage").evaluate("stage => stage.scrollTo(0, stage.scrollHeight)")
    for part in (explorer.slider("stride"), explorer.cell(2, 0)):
        box = part.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 844


def drag(page: Page, explorer: Explorer, name: str, by: int) -> None:
    """Put a finger on a slider's thumb and move it to the right."""
    slider = explorer.slider(name)
    slider.scroll_into_view_if_needed()
    place = slider.bounding_box()
    assert place
    x, y = place["x"] + 8, place["y"] + place["height"] / 2
    finger = page.context.new_cdp_session(page)
    for kind, at in (("touchStart", x), ("touchMove", x + by / 2), ("touchMove", x + by)):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def headings(page: Page) -> list[str]:
    """The headings that are seen."""
    return [h.inner_text() for h in page.locator("main :is(h1, h2)").all() if h.is_visible()]


def test_a_lecture_shows_one_section_a_screen(site: Site) -> None:
    with site.page("03_transposed_matrix", viewport={"width": 1280, "height": 720}) as page:
        (explorer,) = explorers(page)
        explorer.press("stride", "ArrowRight")
        before, every = explorer.read(), headings(page)
        page.get_by_role("link", name="Lecture view").click()
        bar = page.get_by_role("navigation", name="lecture")
        assert headings(page) == every[:1]
        assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('main')).fontSize)") > 20

        for heading in every[1 : every.index("5. Explore")]:
            page.keyboard.press("ArrowRight")
            assert headings(page) == [heading]
        bar.get_by_role("button", name="Next").click()
        assert headings(page) == ["5. Explore"]
        assert explorer.read() == before
        explorer.press("stride", "ArrowLeft")  # the slider's own key
        assert headings(page) == ["5. Explore"]
        assert explorer.read() != before
        seen = [page.evaluate("scrollY")]
        while headings(page) == ["5. Explore"]:  # from the slider, a screen at a time, nothing left out
            assert len(seen) < 20
            page.keyboard.press("PageDown")
            seen.append(page.evaluate("scrollY"))
        assert headings(page) == ["6. There and back"]
        assert len(seen) > 2
        page.keyboard.press("PageUp")
        assert headings(page) == ["5. Explore"]
        until(
            lambda: page.url.endswith(".html?lecture=7#transposed"), "the address of section and state", page
        )

        page.reload()
        assert headings(page) == ["5. Explore"]
        page.emulate_media(media="print")
        assert headings(page) == every
        assert not bar.is_visible()
        page.emulate_media(media="screen")
        page.locator("#transposed .dcv-grid, #transposed .dcv-explorer").first.focus()
        page.keyboard.press("Escape")
        assert headings(page) == ["5. Explore"]
        page.keyboard.press("Escape")
        assert headings(page) == every
        assert "lecture" not in page.url
        place = page.get_by_role("heading", name="5. Explore").bounding_box()
        assert place
        assert 0 <= place["y"] < 200
        page.goto(f"{site.home}03_transposed_matrix.html?lecture=2.5")
        assert headings(page) == every[1:2]
        assert bar.is_visible()


def test_a_lecture_by_touch_from_a_question_to_its_explorer(site: Site) -> None:
    with site.page("01_convolution", **PHONE) as page:
        page.goto(f"{site.home}01_convolution.html?lecture")
        bar = page.get_by_role("navigation", name="lecture")
        assert bar.get_by_role("button", name="Back").is_disabled()
        question = page.locator("#question-01-A")
        while not question.is_visible():
            bar.get_by_role("button", name="Next").tap()
        assert not page.locator(".dcv-explorer").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        question.locator(".dcv-field").first.wait_for()
        late: list[Route] = []  # what the explorer asks for, kept back until the question is answered
        page.route(PAYLOADS, lambda route: late.append(route))
        answer(page, "01 A", ["1", "99"])
        assert not question.get_by_role("button", name="Play on").is_visible()
        for route in late:
            route.continue_()
        page.unroute(PAYLOADS)
        found = {rule["id"] for rule in Axe().run(page).response["violations"]}
        assert found <= {"empty-table-header", "page-has-heading-one"}  # which the first section has
        question.get_by_role("button", name="Play on").tap()
        page.locator("#convolution .dcv-explorer[data-step]").wait_for()
        assert not question.is_visible()
        until(lambda: "#" in page.url and "?lecture=" in page.url, "the address of section and state", page)
        bar.get_by_role("button", name="Leave").tap()
        assert question.is_visible()


def test_what_was_said_of_a_mistake_goes_with_the_next_act(site: Site) -> None:
    with site.page("08_reading_the_frameworks") as page:
        place = page.locator("#frameworks")
        place.scroll_into_view_if_needed()
        explorer = Explorer(place.locator(".dcv-explorer[data-step]"))
        error = explorer.root.locator(".dcv-error")
        for act in (lambda: explorer.press("stride", "ArrowRight"), lambda: page.keyboard.press("ArrowDown")):
            explorer.root.get_by_role("application").first.focus()
            page.keyboard.press("ArrowRight")
            page.keyboard.press("Enter")
            assert "needs Python" in error.inner_text()
            act()
            assert error.inner_text() == ""


def test_an_explorer_fits_its_window_when_that_is_made_lower_and_higher(site: Site) -> None:
    with site.page("09_true_deconvolution", viewport={"width": 1366, "height": 1000}) as page:
        place = page.locator("#deconvolution")
        place.scroll_into_view_if_needed()
        board = place.locator(".dcv-explorer[data-step]")
        board.wait_for()
        high = board.bounding_box()["height"]
        for height, fits in (
            (660, lambda: board.bounding_box()["height"] <= 660),
            (1000, lambda: board.bounding_box()["height"] == high),
        ):
            page.set_viewport_size({"width": 1366, "height": height})
            until(fits, "another height", page)


def test_a_step_that_no_scene_has_is_not_passed_on(site: Site) -> None:
    with site.page("01_convolution") as page:
        page.goto(f"{site.home}01_convolution.html#stride=2&step=99999")
        page.locator("#convolution .dcv-explorer[data-step]").wait_for()
        made = explore_convolution()
        most = max(len(made.scene(**settings).steps) for settings in made.states)
        made.close()
        until(lambda: page.url.endswith(f"step={most}"), "an address that is true", page)
        page.evaluate("location.hash = 'stride=2&step=88888'")
        until(lambda: page.url.endswith(f"step={most}"), "the same, of an address typed later", page)


def test_on_a_phone_a_step_brings_its_result_into_sight_and_the_sign_goes_at_the_end(site: Site) -> None:
    with site.page("05_zero_insertion", **PHONE) as page:
        place = page.locator("#zero-insertion")
        place.scroll_into_view_if_needed()
        board = place.locator(".dcv-explorer[data-step]")
        board.wait_for()
        stage = board.locator(".dcv-stage")
        shown = (
            "node => getComputedStyle(node, '::after').visibility + getComputedStyle(node, '::after').content"
        )
        assert re.match("visible.*goes on", board.evaluate(shown))
        board.get_by_role("button", name="Play").tap()
        inside = """stage => { const [view, result] = [stage, stage.querySelectorAll(".dcv-panel")[5]]
            .map((node) => node.getBoundingClientRect()); return result.bottom <= view.bottom + 1; }"""
        until(lambda: stage.evaluate(inside), "the output, in sight", page)
        stage.evaluate("node => { node.scrollTop = node.scrollHeight; }")
        until(lambda: "hidden" in board.evaluate(shown), "the end", page)


def test_where_scripts_are_off_the_pictures_stay(site: Site) -> None:
    with site.page("03_transposed_matrix", java_script_enabled=False) as page:
        pictures = page.locator(".live > img").all()
        assert pictures
        for picture in pictures:
            place = picture.bounding_box()
            assert place
            assert min(place["width"], place["height"]) > 100
        assert page.locator(".formula svg").first.is_visible()


@pytest.mark.parametrize("name", ["index", "01_convolution", "09_true_deconvolution"])
def test_light_dark_and_on_paper(site: Site, name: str) -> None:
    backgrounds = []
    for scheme in ("light", "dark"):
        with site.page(name, color_scheme=scheme) as page:
            for explorer in explorers(page):
                explorer.is_readable()
            faint = [found for found in page.locator("main").evaluate(CONTRASTS) if found[1] < 4.5]
            assert faint == []
            backgrounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            page.emulate_media(media="print")
            backgrounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    light, on_paper, dark, on_paper_too = backgrounds
    assert light == on_paper == on_paper_too != dark
