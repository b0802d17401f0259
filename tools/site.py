"""`python course.py site`: the lessons as web pages whose explorers move without a kernel, into `site/`.

The notebooks are run, and each becomes a page with its pictures, its live views and their state. What moves
them (the widget manager, require.js, anywidget) is copied beside the pages; formulas are drawn here by
MathJax. Nothing is fetched from another host when a page is read.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path

import anywidget
import nbformat
from jupyter_core.utils import ensure_event_loop
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

from deconv_helpers.scenes.palette import DARK, LIGHT
from tools.notebooks import FOLDER, CellError, execute

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
PARTS = ROOT / "tools" / "site"
CACHE = ROOT / "build" / "site"
WIDGETS = Path("node_modules", "@jupyter-widgets", "html-manager", "dist")
FONTS = {".eot", ".svg", ".ttf", ".woff", ".woff2"}

REWORDED = {
    "First open the menu **Run** and choose **Run All Cells**. Then **Ctrl+Home** brings you back to the "
    "top. The pictures and the questions are then alive.": (
        "The pictures on this page move and the questions answer: drag the sliders, point at a cell or tap "
        "it. Typing numbers and solving the exercises needs Python: open the lesson in JupyterLab."
    ),
    "First open the menu **Run** and choose the entry that runs all cells. "
    "The pictures below then come alive.": (
        "The pictures on this page move: drag the sliders, point at a cell or tap it. "
        "Typing numbers and solving the exercises needs Python: open the lesson in JupyterLab."
    ),
    "If nothing answers, choose **Run All Cells** in the menu **Run**. Then **Ctrl+Home** brings you back to "
    "the top.": "Without Python, as on this page, only the sliders and the pointer answer.",
    "There the pictures stand still. To make them move, download": (
        "There the pictures move, but nobody answers what you type. For that, download"
    ),
}
"""What the notebooks say to a reader in JupyterLab, and what the pages say in its place."""


class SiteError(Exception):
    """The site cannot be built; the message says why and what to do."""


@dataclass
class Lesson:
    """A notebook on its way to a page, with its neighbours."""

    name: str
    notebook: NotebookNode
    before: Lesson | None = None
    after: Lesson | None = None

    @property
    def title(self) -> str:
        """The notebook's heading up to its colon."""
        return str(self.notebook.cells[0].source).splitlines()[0].lstrip("# ").split(":")[0]


class Renderer(IPythonRenderer):
    """Markdown to HTML, with a place kept for each formula."""

    def __init__(self, formulas: list[tuple[str, bool]]) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self.formulas = formulas

    def _place(self, tex: str, alone: bool) -> str:
        self.formulas.append((tex, alone))
        return f"<formula-{len(self.formulas) - 1}>"

    def inline_math(self, body: str) -> str:
        return self._place(body, False)

    def block_math(self, body: str) -> str:
        return self._place(body, True)


def installed() -> Path:
    """The folder with Node's packages as the lock file has them, installed if need be."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not (npm and node):
        raise SiteError(
            "The pages need Node.js with npm, which is not installed. Install it from https://nodejs.org (on "
            "Debian and Ubuntu: sudo apt install npm) and run the same command again."
        )
    lock = (PARTS / "package-lock.json").read_bytes()
    stamp = CACHE / "installed-lock.json"
    if not stamp.exists() or stamp.read_bytes() != lock:
        CACHE.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(PARTS / name, CACHE)
        print("Installing Node's packages.", flush=True)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=CACHE, capture_output=True, text=True, errors="replace")
        if done.returncode:
            raise SiteError(
                f"{done.stderr}\nNode's packages could not be installed, for the reason above. Check the "
                "network, and run the same command again."
            )
        stamp.write_bytes(lock)
    return CACHE


def run(paths: Sequence[Path]) -> list[Lesson]:
    """Run notebooks, some at a time, and keep the state of their widgets."""

    def run_one(path: Path) -> Lesson:
        with closing(ensure_event_loop(prefer_selector_loop=True)):  # each thread's kernel answers in its own
            notebook = execute(nbformat.read(path, as_version=4), path.stem, path.parent, live=True)
        print(f"{path.stem}: run", flush=True)
        return Lesson(path.stem, notebook)

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        lessons = list(pool.map(run_one, paths))
    for before, after in pairwise(lessons):
        before.after, after.before = after, before
    return lessons


def draw(formulas: Sequence[tuple[str, bool]], packages: Path) -> list[str]:
    """Each formula as HTML that needs no script."""
    done = subprocess.run(
        ["node", str(PARTS / "formulas.cjs")],
        input=json.dumps(formulas),
        env={**os.environ, "NODE_PATH": str(packages / "node_modules")},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise SiteError(f"{done.stderr}\nThe formulas could not be drawn, for the reason above.")
    drawn = [svg.replace('role="img"', 'aria-hidden="true"', 1) for svg in json.loads(done.stdout)]
    return [
        f'<{kind} class="formula" role="img" aria-label="{escape(tex)}">{svg}</{kind}>'
        for (tex, alone), svg in zip(formulas, drawn, strict=True)
        for kind in ["div" if alone else "span"]
    ]


def pages(lessons: Sequence[Lesson], packages: Path) -> dict[str, str]:
    """The HTML of every page, by its file name."""
    formulas: list[tuple[str, bool]] = []
    renderer = Renderer(formulas)

    def markdown(source: str) -> str:
        for said, instead in REWORDED.items():
            source = source.replace(said, instead)
        return str(MarkdownWithMath(renderer=renderer).render(source))

    exporter = HTMLExporter(template_name="lesson", extra_template_basedirs=[str(PARTS)])
    exporter.register_filter("markdown2html", markdown)
    written = {}
    for lesson in (first_page(), *lessons):
        exporter.environment.globals["page"] = lesson
        html, _ = exporter.from_notebook_node(lesson.notebook)
        written[f"{lesson.name}.html"] = html
    drawn = draw(formulas, packages)
    for name, html in written.items():
        html = re.sub(r"<formula-(\d+)>", lambda found: drawn[int(found[1])], html)
        html = re.sub(r'href="(?:notebooks/)?(\w+)\.ipynb', r'href="\1.html', html)
        written[name] = html.replace('src="docs/', 'src="assets/pictures/')
    return written


def first_page() -> Lesson:
    """The first page, from what README.md says of the course, its lessons and its commands."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    head, *sections = re.split(r"^(?=## )", readme, flags=re.MULTILINE)
    chosen = [s for name in ("The lessons", "Two commands") for s in sections if s.startswith(f"## {name}\n")]
    cells = [nbformat.v4.new_markdown_cell(text) for text in (head, *chosen)]
    return Lesson("index", nbformat.v4.new_notebook(cells=cells))


def style() -> str:
    """The style sheet of all pages: the palette's colours, those of code, and how things are laid out."""
    names = ("base", "ink", "quiet", "line", "lit")
    colours = "".join(f"--{n}: light-dark({getattr(LIGHT, n)}, {getattr(DARK, n)}); " for n in names)
    colours += f"--paper: {LIGHT.base}; "
    colours += "--soft: color-mix(in srgb, var(--line) 10%, var(--base)); "
    code = "\n".join(
        f"@media {medium} {{\n{HtmlFormatter(style=name).get_style_defs('.highlight')}\n}}"
        for name, medium in (("default", "all"), ("github-dark", "screen and (prefers-color-scheme: dark)"))
    )
    own = (PARTS / "page.css").read_text(encoding="utf-8")
    return f":root {{ {colours}}}\n{code}\n.highlight {{ background: none; }}\n{own}"


def write_assets(folder: Path, packages: Path) -> None:
    """Everything that pages share."""
    widgets = folder / "widgets"
    widgets.mkdir(parents=True)
    for path in (packages / WIDGETS).iterdir():
        if path.name == "embed-amd.js" or path.suffix in FONTS:
            shutil.copy(path, widgets)
    shutil.copy(packages / "node_modules" / "requirejs" / "require.js", folder)
    shutil.copy(Path(anywidget.__file__).parent / "nbextension" / "index.js", folder / "anywidget.js")
    shutil.copy(PARTS / "page.js", folder)
    (folder / "page.css").write_text(style(), encoding="utf-8")
    shutil.copytree(
        ROOT / "docs",
        folder / "pictures",
        ignore=lambda _, names: {n for n in names if not n.endswith(".png")},
    )


def build(site: Path, notebooks: Path = FOLDER) -> None:
    """Build the whole site and then put it in the place of an earlier one, which stays where that fails.

    Raise SiteError where Node or its packages are missing, CellError for a notebook that does not run.
    """
    packages = installed()
    paths = sorted(notebooks.glob("*.ipynb"))
    if not paths:
        raise SiteError(f"There are no notebooks in {notebooks}.")
    written = pages(run(paths), packages)
    with tempfile.TemporaryDirectory(dir=site.parent, prefix=".site-") as work:
        fresh = Path(work, "fresh")
        write_assets(fresh / "assets", packages)
        for name, html in written.items():
            (fresh / name).write_text(html, encoding="utf-8", newline="\n")
        if site.exists():
            site.rename(Path(work, "old"))
        fresh.rename(site)


def main(arguments: list[str]) -> int:
    if arguments:
        print(f"python course.py site takes no arguments, got {' '.join(arguments)}.", file=sys.stderr)
        return 2
    try:
        build(SITE)
    except (SiteError, CellError) as failure:
        stays = f"{SITE.name}/ stays as it was." if SITE.exists() else f"No {SITE.name}/ was written."
        print(f"{failure}\n\n{stays}", file=sys.stderr)
        return 1
    print(f"The pages are in {SITE}. To read them: {Path(sys.executable).name} -m http.server -d {SITE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
