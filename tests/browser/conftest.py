"""A real JupyterLab and a real Chromium, and what a learner does in them."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

import deconv_helpers
from deconv_helpers import explore_convolution
from deconv_helpers.scenes.controls import Control
from deconv_helpers.scenes.explorer import Explorer as Made
from deconv_helpers.scenes.palette import LEVELS, WEIGHTS
from deconv_helpers.scenes.scene import MARKS, Floats, Panel, Scene, format_number

try:
    from playwright.sync_api import Browser, Locator, Page, sync_playwright
except ImportError:
    sync_playwright = None

PROJECT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
NAMES = [name for name in deconv_helpers.__all__ if name.startswith("explore_")]
"""The ready-made explorers."""

PATIENCE = 30.0
"""Seconds to wait for what takes one: a machine may be slow, and waiting ends when the condition holds."""

READ_BOARD = """root => ({
    step: Number(root.dataset.step),
    steps: Number(root.querySelector(".dcv-step input").max),
    caption: root.querySelector(".dcv-caption").textContent,
    notes: [...root.querySelectorAll(".dcv-note:not(.dcv-note-advice)")].map((note) => note.textContent),
    panels: [...root.querySelectorAll(".dcv-panel")].map((panel) => {
        const cells = [...panel.querySelectorAll(".dcv-cell")];
        const svg = panel.querySelector(".dcv-tiles > svg"), tiles = {};
        const box = panel.querySelector(".dcv-outlines").viewBox.baseVal;
        for (const path of svg?.querySelectorAll("path:not(.dcv-lines)") ?? [])
            tiles[path.getAttribute("class")] = [...new Set([...path.getAttribute("d").matchAll(STROKE)].map(
                ([, x, y, dx, dy]) => box.width * Math.floor(+y + (dy ?? 0) / 2)
                    + Math.floor(+x + (dx ?? 0) / 2)))];
        // The cells inside a border: between its upright edges, two by two in each row.
        const inside = (name) => {
            const edges = new Map(), path = panel.querySelector(name).getAttribute("d") ?? "";
            for (const [, x, y] of path.matchAll(/M(\\d+) (\\d+)l0 1/g))
                edges.set(+y, [...(edges.get(+y) ?? []), +x]);
            const found = [];
            for (const [row, columns] of edges) {
                columns.sort((a, b) => a - b);
                for (let i = 0; i < columns.length; i += 2)
                    for (let column = columns[i]; column < columns[i + 1]; column++)
                        found.push(row * box.width + column);
            }
            return found.sort((a, b) => a - b);
        };
        const canvas = panel.querySelector("canvas");
        const pixels = canvas?.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return {
            title: panel.querySelector(".dcv-title").textContent,
            texts: cells.length ? cells.map((cell) => cell.textContent) : null,
            tiles: svg && tiles, // fills and marks of cells without numbers
            pixels: pixels ? [...pixels].filter((_, i) => i % 4 === 0) : null,
            lit: inside(".dcv-lit-border"),
            pointed: inside(".dcv-point-border"),
            wrong: cells.flatMap((cell, i) => cell.classList.contains("dcv-wrong") ? [i] : []),
        };
    }),
})""".replace("STROKE", r"/M([\d.]+) ([\d.]+)(?:l([-\d.]+),([-\d.]+))?/g").replace("\\\\d", r"\d")

CONTRASTS = """root => {
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgb = (colour) => {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => [[r, 0.2126], [g, 0.7152], [b, 0.0722]].map(([v, share]) => {
        const part = v / 255;
        return share * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    }).reduce((a, b) => a + b);
    const behind = (element) => {
        const colour = rgb(getComputedStyle(element).backgroundColor);
        return colour[3] === 255 || !element.parentElement ? colour : behind(element.parentElement);
    };
    return [...root.querySelectorAll("*")]
        .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        .map((element) => {
            const pair = [light(rgb(getComputedStyle(element).color)), light(behind(element))];
            return [element.textContent, (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)];
        });
}"""


def until(condition: Callable[[], Any], what: str, page: Page) -> None:
    """Wait for a condition; playwright's own events are served meanwhile."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"waited {PATIENCE:.0f} s in vain for {what}")
        page.wait_for_timeout(20)


def box(cells: list[int], columns: int) -> list[int]:
    """What an image shows of lit cells: all cells of the box around them."""
    if not cells:
        return []
    rows, across = zip(*(divmod(cell, columns) for cell in cells), strict=True)
    inside = product(range(min(rows), max(rows) + 1), range(min(across), max(across) + 1))
    return [row * columns + column for row, column in inside]


def tiles(panel: Panel, values: Floats) -> dict[str, list[int]]:
    """What a panel of cells without numbers must show: for each class of the page the cells that have it."""
    if panel.weights is not None:
        fills = [f"w{weight % WEIGHTS}" if weight >= 0 else "" for weight in panel.weights.ravel().tolist()]
    else:
        peak = np.nan_to_num(np.abs(panel.values)).max() or 1
        shares = np.floor(LEVELS * np.nan_to_num(values.ravel()) / peak + 0.5).astype(int)
        fills = [f"l{share}" if share else "" for share in np.clip(shares, -LEVELS, LEVELS).tolist()]
    found: dict[str, list[int]] = {}
    for cell, name in enumerate(fills):
        if name:
            found.setdefault(f"dcv-{name}", []).append(cell)
    for mark in ("padding", "cropped", "inserted zero", "unread"):
        cells = [] if panel.marks is None else np.flatnonzero(panel.marks == MARKS.index(mark)).tolist()
        if cells:
            found[f"dcv-{mark.replace(' ', '-')}"] = cells
    return found


def picture(scene: Scene, step: int = 0, pointed: tuple[str, int] | None = None) -> list[dict[str, Any]]:
    """What a board must show of a scene's panels, in the form in which `Explorer.read` gives them.

    A board shows texts where a panel has numbers, tiles where it has none, and pixels where it is an image.
    """
    step = step or (0 if scene.whole else len(scene.steps))
    lit = scene.partners(*pointed) if pointed else {n: c.tolist() for n, c in scene.lit(step).items()}
    found = []
    for panel in scene.panels:
        values = scene.values_at(step)[panel.name]
        cells = lit.get(panel.name, [])
        at = [pointed[1]] if pointed and pointed[0] == panel.name else []
        found.append(
            {
                "title": panel.heading,
                "texts": [format_number(value) for value in values.ravel().tolist()],
                "tiles": tiles(panel, values),
                "pixels": panel.image.levels(values).ravel().tolist() if panel.image else None,
                "lit": box(cells + at, values.shape[1]) if panel.image else cells,
                "pointed": [] if panel.image else at,
                "wrong": panel.wrong.tolist(),
            }
        )
    return found


@dataclass
class Explorer:
    """One explorer on a page."""

    root: Locator

    @property
    def board(self) -> Locator:
        return self.root

    def read(self) -> dict[str, Any]:
        """The picture as it stands: step and last step, caption, notes, each panel's texts and lit cells."""
        found: dict[str, Any] = self.root.evaluate(READ_BOARD)
        return found

    def slider(self, name: str) -> Locator:
        return self.root.get_by_role("slider", name=name, exact=True)

    def press(self, name: str, *keys: str) -> None:
        """Press keys on a slider; it has to hold the focus by itself from one to the next."""
        self.slider(name).focus()
        for key in keys:
            self.root.page.keyboard.press(key)

    def move(self, control: Control, before: Any, value: Any) -> None:
        """Move a control from one of its values to another."""
        label, places = control.name.replace("_", " "), list(control.values)
        if control.kind == "slider":
            by = places.index(value) - places.index(before)
            self.press(label, *["ArrowRight" if by > 0 else "ArrowLeft"] * abs(by))
        elif control.kind == "check":
            self.root.get_by_label(label, exact=True).set_checked(value)
        else:
            self.root.get_by_label(label, exact=True).select_option(index=places.index(value))

    def cell(self, panel: int, number: int) -> Locator:
        return self.root.locator(".dcv-panel").nth(panel).locator(".dcv-cell").nth(number)

    def point(self, panel: int, number: int) -> None:
        """Point at a cell, with its number or without."""
        squares = self.root.locator(".dcv-panel").nth(panel).locator(".dcv-tiles, .dcv-image")
        if squares.count():
            columns, width = squares.evaluate(
                """root => [root.lastChild.viewBox.baseVal.width,
                    root.firstChild.getBoundingClientRect().width]"""
            )
            (row, column), side = divmod(number, columns), width / columns
            squares.hover(position={"x": (column + 0.5) * side + 1, "y": (row + 0.5) * side + 1})
        else:
            self.cell(panel, number).hover()

    def type_into(self, panel: int, number: int, text: str) -> None:
        self.point(panel, number)
        self.root.page.mouse.down()
        self.root.page.mouse.up()
        self.root.locator(".dcv-editor").fill(text)
        self.root.page.keyboard.press("Enter")

    def is_readable(self) -> None:
        """Every text has a contrast of at least 4.5 to 1 with what is behind it."""
        contrasts = self.board.evaluate(CONTRASTS)
        assert contrasts
        assert [found for found in contrasts if found[1] < 4.5] == []

    def shows(self, scene: Scene, step: int = 0, pointed: tuple[str, int] | None = None) -> None:
        """Wait until the picture is that of the scene: texts, lit cells, notes, and how far its steps go."""
        notes = [note.text for note in scene.notes if note.kind != "advice"]

        def differs() -> tuple[Any, Any] | None:
            board, wanted = self.read(), picture(scene, step, pointed)
            for found, panel in zip(board["panels"], wanted, strict=False):
                for kind in ("texts", "tiles", "pixels", "wrong"):
                    if kind != "wrong" or not found["texts"]:
                        panel[kind] = found[kind] and panel[kind]
            pair = (
                (board["panels"], board["notes"], board["steps"] or 0),
                (wanted, notes, len(scene.steps)),
            )
            return None if pair[0] == pair[1] else pair

        end = time.monotonic() + PATIENCE
        while (pair := differs()) and time.monotonic() < end:
            self.root.page.wait_for_timeout(20)
        if pair:
            assert pair[0] == pair[1]


@dataclass
class Lesson:
    """A notebook open in JupyterLab, in the tab in front."""

    window: Window
    path: Path

    @property
    def page(self) -> Page:
        return self.window.page

    @property
    def front(self) -> Locator:
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def do(self, script: str, argument: Any = None) -> Any:
        """What `script` returns, in which `lesson` is JupyterLab's notebook panel; it may await promises."""
        return self.page.evaluate(
            f"async (argument) => {{ const lesson = jupyterapp.shell.currentWidget; {script} }}", argument
        )

    def run(self, cell: int) -> None:
        self.start(cell)
        self.do("await lesson.context.sessionContext.session.kernel.requestKernelInfo()")

    def start(self, cell: int) -> None:
        """Run a cell without waiting for its end."""
        self.do(
            "lesson.content.activeCellIndex = argument; jupyterapp.commands.execute('notebook:run-cell')",
            cell,
        )

    def run_all(self) -> None:
        self.do("await jupyterapp.commands.execute('notebook:run-all-cells')")

    def save(self) -> nbformat.NotebookNode:
        self.do("await lesson.context.save()")
        return nbformat.read(self.path, as_version=4)

    def ask(self, expression: str) -> str:
        """The repr of an expression, from the notebook's kernel."""
        found: str = self.do(
            """const request = { code: "", silent: true, user_expressions: { found: argument } };
            const reply = await lesson.sessionContext.session.kernel.requestExecute(request).done;
            const { found } = reply.content.user_expressions;
            return found.data?.["text/plain"] ?? found.evalue;""",
            expression,
        )
        return found

    def cell(self, number: int) -> Locator:
        """The cell, scrolled into view: JupyterLab draws only what is near."""
        self.do("await lesson.content.scrollToItem(argument)", number)
        return self.front.locator(f".jp-Cell[data-windowed-list-index='{number}']")

    def explorers(self, count: int) -> list[Explorer]:
        """The explorers of the notebook, once there are `count` of them and each has drawn a scene."""
        roots = self.front.locator(".dcv-explorer[data-step]")
        until(lambda: roots.count() == count, f"{count} explorers", self.page)
        return [Explorer(roots.nth(i)) for i in range(count)]

    def close(self) -> None:
        """Shut the kernel down and close the tab; nothing may have gone wrong on the page meanwhile."""
        self.do("await lesson.sessionContext.shutdown(); await lesson.context.save(); lesson.close()")
        faults, self.window.faults = self.window.faults, []  # which the next notebook does not share
        assert faults == []


@dataclass
class Window:
    """JupyterLab in a browser window; every request and every error is watched."""

    lab: Lab
    page: Page
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("pageerror", lambda error: self.faults.append(f"JavaScript error: {error}"))
        self.page.on("request", lambda request: self._watch(request.url))

    def _watch(self, url: str) -> None:
        if url.startswith("http") and not url.startswith(self.lab.home):
            self.faults.append(f"request that leaves the machine: {url}")

    def open(self, path: Path) -> Lesson:
        """Open a notebook in a tab and wait for its kernel."""
        self.page.evaluate(
            "path => jupyterapp.commands.execute('docmanager:open', { path }).then(() => null)",
            path.relative_to(self.lab.root).as_posix(),
        )
        self.page.wait_for_function(
            """path => {
                const context = window.jupyterapp.shell.currentWidget?.context;
                return context?.path === path && context.sessionContext.session?.kernel?.status === "idle";
            }""",
            arg=path.relative_to(self.lab.root).as_posix(),
        )
        return Lesson(self, path)

    def theme(self, name: str) -> None:
        """Change to the "Light" or the "Dark" theme."""
        self.page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", f"JupyterLab {name}"
        )
        light = json.dumps(name == "Light")
        self.page.wait_for_selector(f"[data-jp-theme-light='{light}']", state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")


@dataclass
class Lab:
    """A running JupyterLab with its own folders, on the loopback address."""

    root: Path
    port: int
    token: str
    browser: Browser | None = None

    @property
    def home(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def write(self, name: str, *cells: str) -> Path:
        """A notebook of these code cells."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        path = self.root / name
        nbformat.write(notebook, path)
        return path

    def window(self, width: int = 1400) -> Window:
        """JupyterLab in a new window with nothing open."""
        assert self.browser is not None
        page = self.browser.new_context(viewport={"width": width, "height": 1000}).new_page()
        window = Window(self, page)
        page.goto(f"{self.home}lab?token={self.token}&reset")
        page.wait_for_function("() => window.jupyterapp?.shell.currentWidget")
        return window


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lacking = "playwright" if sync_playwright is None else "Chromium" if CHROMIUM is None else None
    if lacking:
        reason = f"the browser tests need {lacking}, which is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@contextmanager
def running_lab(home: Path) -> Iterator[Lab]:
    """JupyterLab with a copy of the lessons and all of its own folders in `home`; it ends with the block."""
    root = home / "root"
    shutil.copytree(PROJECT / "notebooks", root / "notebooks")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        lab = Lab(root, probe.getsockname()[1], secrets.token_hex(16))
    folders = {
        name: str(home / name)
        for name in (
            "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR",
        )
    }  # fmt: skip
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    with open(home / "log.txt", "w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1",
                f"--config={PROJECT / 'tools' / 'jupyter_server_config.py'}",
                f"--ServerApp.port={lab.port}", "--ServerApp.port_retries=0",
                f"--IdentityProvider.token={lab.token}", f"--ServerApp.root_dir={root}",
                "--LabApp.expose_app_in_browser=True",
            ],
            env={**os.environ, **folders, "PYTHONPATH": path, "JUPYTER_PREFER_ENV_PATH": "1"},
            stdout=output,
            stderr=output,
        )  # fmt: skip
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(f"{lab.home}api?token={lab.token}"):
            if process.poll() is not None or time.monotonic() > end:
                log = (home / "log.txt").read_text(encoding="utf-8")
                raise RuntimeError(f"JupyterLab did not start:\n{log}")
            time.sleep(0.1)
        yield lab
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(root: Path) -> Iterator[int]:
    """The port of a server on the loopback address that gives out files and does nothing else."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as reply:
            return "version" in json.load(reply)
    except OSError:
        return False


@pytest.fixture(scope="module")
def lab(server: Lab) -> Iterator[Lab]:
    """The running JupyterLab with a browser. The browser lasts for a module only, since playwright keeps an
    event loop running in this thread, which other tests may want for themselves."""
    with sync_playwright() as playwright:
        server.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield server
        server.browser.close()


@pytest.fixture(scope="module")
def window(lab: Lab) -> Iterator[Window]:
    """JupyterLab in a window for the tests of a module."""
    window = lab.window()
    yield window
    window.page.context.close()


@pytest.fixture(scope="module")
def made() -> Iterator[Made]:
    """The explorer of lesson 01 here: what the board must show."""
    explorer = explore_convolution()
    yield explorer
    explorer.close()
