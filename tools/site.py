"""`python course.py site`: the lessons as web pages whose explorers move without a kernel, into `site/`.

The notebooks are run, and each becomes a page with its pictures and its explorers. What an explorer shows is
written to files beside the page, one for each choice of its menus; `host.js` mounts `board.js` on them.
Formulas are drawn here by MathJax. Nothing is fetched from another host when a page is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
from jupyter_core.utils import ensure_event_loop
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

from deconv_helpers.scenes import explorer, saving
from deconv_helpers.scenes.drawing import embedded_svg
from deconv_helpers.scenes.palette import DARK, LIGHT
from tools import lite
from tools.live_views import VIEW
from tools.notebooks import FOLDER, CellError, execute, lesson_paths

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
PARTS = ROOT / "tools" / "site"
CACHE = ROOT / "build" / "site"
COVER = "docs/explore_convolution.png"
"""The picture at the head of README.md; the first page has that explorer in its place."""

FROM_DISK = 'if (location.protocol === "file:") document.documentElement.className = "disk";'
"""From the disk a browser loads no module: this alone runs, and lets the page say so."""

POLICY = (
    f"default-src 'none'; script-src 'self' '{saving.digest(FROM_DISK)}'; style-src 'self'; style-src-attr"
    " 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
"""What a page may load: what lies beside it. Formulas have styles of their own."""

REWORDED = {
    "First open the menu **Run** and choose **Run All Cells**. Then **Ctrl+Home** brings you back to the "
    "top. The pictures and the questions are then alive.": (
        "The pictures on this page move and the questions answer: drag the sliders, point at a cell or tap "
        "it. Typing numbers and solving the exercises needs Python: open the lesson in JupyterLab."
    ),
    "A new input from the menu, or a number typed into a cell, asks Python. If nothing answers, choose **Run "
    "All Cells** in the menu **Run**.": "Typing a number into a cell needs Python, which this page has not.",
    "There the pictures stand still. To make them move, download": (
        "There the pictures move and the questions answer. To type numbers into a picture and to solve the "
        "exercises, download"
    ),
    "Click a number to change it. The pictures move even while Python is busy.": (
        "In JupyterLab, click a number to change it."
    ),
    "## Two commands": "## On your own computer",
    "You need Python 3.11 or newer, and a network for the first start. Nothing else. In the folder of the "
    "course, say": (
        "There you can type numbers into the pictures and solve the exercises. You need the folder of the "
        "course, and Python 3.11 or newer."
    ),
}
"""What notebooks and README say to a reader in JupyterLab, and what the pages say in its place."""


SYMPTOMS = """## By symptom

A layer does not fit, or its output looks wrong? Each entry shows the trouble with small numbers, what decides
it, and what mends it."""
"""What the first page says before the entries of the clinic."""


PROGRESS = """

<div class="progress" hidden></div>
"""
"""Where `progress.js` says what was answered in all lessons, and forgets it."""


class SiteError(Exception):
    """The site cannot be built; the message says why and what to do."""


@dataclass
class Lesson:
    """A notebook on its way to a page, with its neighbours.

    files    what stands beside the page, by its path in the site
    picture  the one that stands for the page
    asked    its questions, each by its name and seed, as the browser keeps their answers
    """

    name: str
    notebook: NotebookNode
    before: Lesson | None = None
    after: Lesson | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    picture: str = COVER
    asked: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The notebook's heading up to its colon."""
        return str(self.notebook.cells[0].source).splitlines()[0].lstrip("# ").split(":")[0]

    @property
    def description(self) -> str:
        """What a reader will do, or else the first paragraph."""
        source = str(self.notebook.cells[0].source)
        found = re.search(r"^\| You will \| (.+?) \|$", source, re.MULTILINE)
        paragraphs = [text for text in source.split("\n\n") if not text.startswith("#")]
        return f"You will {found[1]}." if found else " ".join(paragraphs[:1]).replace("\n", " ")

    @property
    def outputs(self) -> list[NotebookNode]:
        """What its cells display."""
        code = [cell for cell in self.notebook.cells if cell.cell_type == "code"]
        return [output for cell in code for output in cell.outputs if "data" in output]


def anchor(heading: str) -> str:
    """The id by which JupyterLab, too, links to a heading."""
    return re.sub(r"<[^>]*>", "", heading).replace(" ", "-")


def sized(path: str, picture: bytes, alt: str) -> str:
    """A picture, PNG or SVG, that is loaded when it comes near, and whose place is kept until then."""
    if picture.startswith(b"<svg"):
        width, height = re.findall(r'(?:width|height)="(\d+)"', picture.decode())[:2]
    else:
        width, height = struct.unpack(">II", picture[16:24])
    return (
        f'<img src="{path}" alt="{escape(alt)}" width="{width}" height="{height}" loading="lazy"'
        ' decoding="async">'
    )


class Renderer(IPythonRenderer):
    """Markdown to HTML, with a place kept for each formula."""

    def __init__(self, formulas: list[tuple[str, bool]]) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self.formulas = formulas

    def image(self, text: str, url: str, title: str | None = None) -> str:
        file = ROOT / url
        return sized(url, file.read_bytes(), text) if file.is_file() else super().image(text, url, title)

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return f'<h{level} id="{escape(anchor(text))}">{text}</h{level}>\n'

    def _place(self, tex: str, alone: bool) -> str:
        self.formulas.append((tex, alone))
        return f"<formula-{len(self.formulas) - 1}>"

    def inline_math(self, body: str) -> str:
        return self._place(body, False)

    def block_math(self, body: str) -> str:
        return self._place(body, True)


def installed(parts: Path = PARTS) -> Path:
    """The folder with Node's packages as the lock file in `parts` has them, installed if need be."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not (npm and node):
        raise SiteError(
            "The pages need Node.js with npm, which is not installed. Install it from https://nodejs.org (on "
            "Debian and Ubuntu: sudo apt install npm) and run the same command again."
        )
    lock = (parts / "package-lock.json").read_bytes()
    folder = CACHE / hashlib.sha256(lock).hexdigest()[:16]
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as fresh:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(parts / name, fresh)
        print("Installing Node's packages.", flush=True)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=fresh, capture_output=True, text=True, errors="replace")
        if done.returncode:
            raise SiteError(
                f"{done.stderr}\nNode's packages could not be installed, for the reason above. Check the "
                "network, and run the same command again."
            )
        with suppress(OSError):  # another run was quicker
            made = Path(fresh) / "made"
            made.mkdir()
            (Path(fresh) / "node_modules").rename(made / "node_modules")
            made.rename(folder)
    return folder


def run(paths: Sequence[Path]) -> list[Lesson]:
    """Run notebooks, some at a time, with what their live views need."""

    def run_one(path: Path) -> Lesson:
        with (
            tempfile.TemporaryDirectory() as views,
            closing(ensure_event_loop(prefer_selector_loop=True)),  # each thread's kernel answers in its own
        ):
            notebook = nbformat.read(path, as_version=4)
            notebook = execute(notebook, path.stem, path.parent, live=partial(writing, Path(views)))
            lesson = gathered(Lesson(path.stem, notebook), Path(views))
        print(f"{path.stem}: run", flush=True)
        return lesson

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        lessons = list(pool.map(run_one, paths))
    for before, after in pairwise(lessons):
        before.after, after.before = after, before
    return lessons


def writing(views: Path, notebook: NotebookNode) -> str:
    """Code that writes what the live views of a notebook need into `views`, a folder for each."""
    shown = [output.data[VIEW]["model_id"] for output in Lesson("", notebook).outputs if VIEW in output.data]
    return (
        "from pathlib import Path\n"
        "from ipywidgets.widgets.widget import _instances\n"
        "from deconv_helpers.scenes.saving import write_folder\n"
        f"for model in {shown!r}:\n"
        "    board = _instances.get(model)\n"
        "    if hasattr(board, 'payload_at'):\n"
        f"        write_folder(board, folder := Path({str(views)!r}, model))\n"
        "        if hasattr(board, 'controls'):\n"
        "            (folder / 'preview.png').write_bytes(board.picture().png())\n"
    )


def gathered(lesson: Lesson, views: Path) -> Lesson:
    """The lesson with its pictures as files, and with what its live views need; other widgets stand still."""
    names: list[str] = []
    for number, output in enumerate(lesson.outputs):
        place = f"assets/{lesson.name}/{number}"
        svg = embedded_svg(output.data.get("text/html", ""))
        if svg:
            lesson.files[f"{place}.svg"] = svg.encode()
            output.metadata["picture"] = sized(f"{place}.svg", svg.encode(), output.data["text/plain"])
        view = views / output.data.pop(VIEW, {}).get("model_id", "none")
        if not view.exists():
            continue
        traits = json.loads((view / "traits.json").read_text(encoding="utf-8"))
        for path in view.glob("*.bin"):
            lesson.files[f"{place}/{path.name}"] = path.read_bytes()
        if "controls" not in traits:
            lesson.asked.append(f"{traits['name']} {traits['seed']}")
        name = saving.anchor(traits)
        names.append(name)
        again = names.count(name)
        output.metadata["id"] = name if again == 1 else f"{name}-{again}"
        output.metadata["shown"] = saving.embedded({"traits": traits, "folder": place})
        if "controls" in traits and lesson.picture == COVER:
            lesson.picture = f"{place}.png"  # those who preview a link take no SVG
            lesson.files[lesson.picture] = (view / "preview.png").read_bytes()
    return lesson


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


def pages(
    lessons: Sequence[Lesson], packages: Path, address: str = "", python: bool = False
) -> dict[str, str]:
    """The HTML of every page, by its file name.

    address  where the site will be
    python   whether the lessons are there with Python, too
    """
    formulas: list[tuple[str, bool]] = []
    renderer = Renderer(formulas)

    def markdown(source: str) -> str:
        for said, instead in REWORDED.items():
            source = source.replace(said, instead)
        html = str(MarkdownWithMath(renderer=renderer).render(source))
        return re.sub("(?<!^)<h2 ", "</section>\n<section><h2 ", html)  # a section begins with its heading

    exporter = HTMLExporter(template_name="lesson", extra_template_basedirs=[str(PARTS)])
    exporter.register_filter("markdown2html", markdown)
    exporter.environment.globals.update(
        policy=POLICY, from_disk=FROM_DISK, address=address, lab=lite.LAB if python else ""
    )
    written = {}
    for lesson in (first_page(lessons), *lessons):
        exporter.environment.globals["page"] = lesson
        html, _ = exporter.from_notebook_node(lesson.notebook)
        written[f"{lesson.name}.html"] = html
    drawn = draw(formulas, packages)
    for name, html in written.items():
        html = re.sub(r"<formula-(\d+)>", lambda found: drawn[int(found[1])], html)
        written[name] = re.sub(r'href="(?:notebooks/)?(\w+)\.ipynb', r'href="\1.html', html)
    return written


def first_page(lessons: Sequence[Lesson]) -> Lesson:
    """The first page: what README.md says of the course, a live explorer, lessons, symptoms and commands."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    head, *sections = re.split(r"^(?=## )", readme, flags=re.MULTILINE)
    listed, commands = (
        s for name in ("The lessons", "Two commands") for s in sections if s.startswith(f"## {name}\n")
    )
    for lesson in lessons:
        listed = re.sub(
            rf"^(\| .*?/{lesson.name}\.ipynb\))", rf"\1{counted(lesson)}", listed, flags=re.MULTILINE
        )
    texts = [head, listed + PROGRESS, *map(symptoms, lessons), commands]
    cells = [nbformat.v4.new_markdown_cell(text) for text in texts if text]
    before, cover, after = re.split(rf"^(!\[.*\]\({COVER}\))$", head, flags=re.MULTILINE)
    topic = Path(COVER).stem.removeprefix("explore_")
    live = [o for lesson in lessons for o in lesson.outputs if o.metadata.get("id") == topic]
    cells[:1] = [
        nbformat.v4.new_markdown_cell(before + beginning(lessons)),
        nbformat.v4.new_code_cell(outputs=live[:1]) if live else nbformat.v4.new_markdown_cell(cover),
        nbformat.v4.new_markdown_cell(after),
    ]
    return Lesson("index", nbformat.v4.new_notebook(cells=cells))


def beginning(lessons: Sequence[Lesson]) -> str:
    """Where a newcomer begins, and where someone with a trouble does."""
    begin = [f"Begin with [{lesson.title}]({lesson.name}.ipynb)." for lesson in lessons[:1]]
    if any(map(symptoms, lessons)):
        begin.append(
            "A layer that does not fit, or an output that looks wrong, is found [by symptom](#By-symptom)."
        )
    return " ".join(begin)


def counted(lesson: Lesson) -> str:
    """How many questions a lesson asks; `progress.js` says beside it how many were answered."""
    number = len(lesson.asked)
    words = f"{number} question{'s' * (number > 1)}"
    return (
        f' <span class="asked" data-asked="{escape(",".join(lesson.asked))}">{words}</span>' if number else ""
    )


def symptoms(lesson: Lesson) -> str:
    """The entries of a lesson that is ordered by symptom, as links in groups; empty for other lessons.

    An entry's heading is such as "### B3 Dark borders", and its group's "## B Values".
    """
    text = "\n".join(cell.source for cell in lesson.notebook.cells if cell.cell_type == "markdown")
    entries = []
    for line in text.splitlines():
        if found := re.match(r"(##) [A-Z] (.+)|(###) ([A-Z]\d+ (.+))", line):
            group, name, _, heading, entry = found.groups()
            link = f"- [{entry}]({lesson.name}.ipynb#{anchor(heading or '')})"
            entries.append(f"\n### {name}\n" if group else link)
    if not any(entry.startswith("-") for entry in entries):
        return ""
    listed = "\n".join(entries)
    return f'{SYMPTOMS}\n\n<div class="symptoms">\n{listed}\n\n</div>'


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


def write_assets(folder: Path) -> None:
    """Everything that pages share."""
    folder.mkdir(parents=True)
    for script in PARTS.glob("*.js"):
        shutil.copy(script, folder)
    for name in ("board.js", "host.js"):
        source = (explorer.STATIC / name).read_text(encoding="utf-8")
        plain = re.sub(
            r"^[ ]*/\*\*.*?\*/\n", "", source, flags=re.MULTILINE | re.DOTALL
        )  # types are for readers
        (folder / name).write_text(plain, encoding="utf-8")
    (folder / "board.css").write_text(explorer.STYLE, encoding="utf-8")
    (folder / "page.css").write_text(style(), encoding="utf-8")
    shutil.copytree(
        ROOT / "docs",
        folder.parent / "docs",
        ignore=lambda _, names: {n for n in names if not n.endswith(".png")},
    )


def build(site: Path, notebooks: Path = FOLDER, address: str = "", python: lite.Kit | None = None) -> None:
    """Build the whole site and then put it in the place of an earlier one, which stays where that fails.

    address  where it will be, such as https://example.org/course/: previews of links need it
    python   what puts the lessons with Python beside the pages

    Raise SiteError where Node or its packages are missing, CellError for a notebook that does not run,
    LiteError where Python for the browser cannot be written.
    """
    packages = installed()
    paths = lesson_paths(notebooks)
    if not paths:
        raise SiteError(f"There are no notebooks in {notebooks}.")
    lessons = run(paths)
    written = pages(lessons, packages, address, python is not None)
    with tempfile.TemporaryDirectory(dir=site.parent, prefix=".site-") as work:
        fresh = Path(work, "fresh")
        write_assets(fresh / "assets")
        for name, html in written.items():
            (fresh / name).write_text(html, encoding="utf-8", newline="\n")
        for name, content in (pair for lesson in lessons for pair in lesson.files.items()):
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).write_bytes(content)
        if python:
            print("Writing JupyterLite.", flush=True)
            lite.write(python, fresh / "lab", paths)
        put_in_place(fresh, site)


def put_in_place(fresh: Path, site: Path) -> None:
    """Put a finished folder in the place of an earlier one, which comes back where that fails."""
    old = fresh.with_name("old")
    try:
        if site.exists():
            site.rename(old)
        fresh.rename(site)
    except OSError as error:
        raise SiteError(
            f"{error}\nThe pages were not put in place; another run may have done that."
        ) from error
    finally:
        if old.exists() and not site.exists():
            old.rename(site)


def main(arguments: list[str]) -> int:
    parser = ArgumentParser("python course.py site", description="Write the lessons as web pages.")
    parser.add_argument("--address", default="", help="where they will be: https://example.org/course/")
    parser.add_argument("--python", action="store_true", help="the lessons with Python, too, in JupyterLite")
    parser.add_argument("--wheels", type=Path, metavar="FOLDER", help="where wheels for the browser lie")
    parser.add_argument("--fetch", action="store_true", help="load what --python needs, and write nothing")
    asked = parser.parse_args(arguments)
    if asked.wheels and not (asked.python or asked.fetch):
        parser.error("--wheels goes with --python or --fetch")
    address = asked.address and asked.address.rstrip("/") + "/"
    try:
        kit = lite.gather(installed(lite.PARTS), asked.wheels) if asked.python or asked.fetch else None
        if asked.fetch:
            print(f"All that Python in the browser needs is in {lite.CACHE}.")
            return 0
        build(SITE, address=address, python=kit)
    except (SiteError, CellError, lite.LiteError) as failure:
        stays = f"{SITE.name}/ stays as it was." if SITE.exists() else f"No {SITE.name}/ was written."
        print(f"{failure}\n\n{stays}", file=sys.stderr)
        return 1
    print(f"The pages are in {SITE}. To read them: {Path(sys.executable).name} -m http.server -d {SITE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
