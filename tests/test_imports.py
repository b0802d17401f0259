"""The package runs one way, and keeps what belongs in one place in that place. Read from the sources."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.colors import CSS4_COLORS

import deconv_helpers

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "deconv_helpers"

WINGS = {
    "operators": (  # what values
        "geometry",
        "arrays",
        "convolution deblurring",
        "upsampling artifacts frameworks learning",
        "conversion diagnosis",
    ),
    "scenes": (  # what a picture says, and how it is drawn, moved and asked about
        "scene palette",
        "canvas packing controls",
        "page",
        "drawing topic",
        "exercises saving",
        "explorer",
        "question",
    ),
    "lessons": (  # the topics
        "presets images glyphs connections",
        "words",
        "interpolation convolution transposed deblurring learning plain clinic channels",
        "matrix sizes",
        "zero_insertion checkerboard frameworks",
        "course_map",
        "questions_00 questions_01 questions_02 questions_03 questions_04 questions_05 questions_06"
        " questions_07 questions_08 questions_09 questions_10",
        "questions",
    ),
}
"""The modules of each wing in their order: one may import those of the rows above it."""

MAY_IMPORT = {"operators": {"operators"}, "scenes": {"scenes"}, "lessons": {"operators", "scenes", "lessons"}}
"""Lessons join the two other wings, which know nothing of each other."""

OUTSIDE = {"IPython", "PIL", "anywidget", "ipywidgets", "matplotlib", "numpy", "traitlets"}
"""What the package needs beside the standard library."""

ROW_OF = {
    (wing, name): number
    for wing, rows in WINGS.items()
    for number, row in enumerate(rows)
    for name in row.split()
}
OUTSIDERS = ("notebooks", "tools", "benchmarks", "classroom", "tests")
"""The folders that use the package."""

SOURCES = sorted(PACKAGE.rglob("*.py"))
MODULES = [path for path in SOURCES if path.stem != "__init__"]


def sources_in(folder: str) -> list[Path]:
    """The modules in a folder beside the package, and its notebooks."""
    return sorted(path for kind in ("py", "ipynb") for path in (ROOT / folder).rglob(f"*.{kind}"))


def module_of(path: Path) -> tuple[str, ...]:
    """The wing and the module of a file."""
    return path.relative_to(PACKAGE).with_suffix("").parts


def code_of(path: Path) -> str:
    """The Python in a module, or in the cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def imports(path: Path) -> set[str]:
    """The full names of everything that a file imports, relative ones resolved, inside functions too."""
    found = set()
    package = list(path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(code_of(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *filter(None, [node.module])])
            found |= {f"{start}.{alias.name}" for alias in node.names}
    return found


def inner(path: Path) -> set[tuple[str, ...]]:
    """The wing and the module of everything in the package that a file imports."""
    return {tuple(name.split(".")[1:3]) for name in imports(path) if name.startswith("deconv_helpers.")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    mine = module_of(path)
    assert mine in ROW_OF, f"{mine} has no place in WINGS: put it into the first row below all it imports"
    for other in sorted(inner(path)):
        assert other in ROW_OF, f"{path.name} imports {other}, which is no module in WINGS"
        assert other[0] in MAY_IMPORT[mine[0]], f"{path.name} of {mine[0]} imports from {other[0]}"
        assert other[0] != mine[0] or ROW_OF[other] < ROW_OF[mine], (
            f"{path.name} imports {other[1]}, which does not stand above {mine[1]} in WINGS:"
            " move what both need to a row above"
        )


def test_every_module_has_its_place() -> None:
    assert set(ROW_OF) == {module_of(path) for path in MODULES}
    assert not [path for path in PACKAGE.glob("*.py") if path.stem != "__init__"], "every module has a wing"


def test_the_map_is_the_import_graph() -> None:
    """What CONTRIBUTING.md says of who imports whom."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    map_of = dict(re.findall(r"^ {4}(\w+(?:, \w+)*) +-> (\w+(?:, \w+)*)$", text, re.MULTILINE))
    said = {who: set(whom.split(", ")) for all_who, whom in map_of.items() for who in all_who.split(", ")}
    places = {path: path.relative_to(ROOT).parts[0] for name in OUTSIDERS for path in sources_in(name)}
    places |= {path: "deconv_helpers" if path.parent == PACKAGE else module_of(path)[0] for path in SOURCES}
    found: dict[str, set[str]] = {}
    for path, place in places.items():
        for name in imports(path):
            first, *inside = name.split(".")
            if first == "deconv_helpers":
                found.setdefault(place, set()).add(inside[0] if inside and inside[0] in WINGS else first)
    assert said == {place: whom - {place} for place, whom in found.items() if whom - {place}}


def test_what_a_notebook_imports_is_importable_from_the_package_itself() -> None:
    names = {name for path in sources_in("notebooks") for name in imports(path)}
    ours = {name for name in names if name.startswith("deconv_helpers.")}
    assert {f"deconv_helpers.{name}" for name in deconv_helpers.__all__} >= ours


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_needs_nothing_else_and_no_pyplot(path: Path) -> None:
    outside = (
        {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names) - {"deconv_helpers"}
    )
    assert outside <= OUTSIDE, f"{path.name} imports {outside - OUTSIDE}, which a learner need not have"
    for name in imports(path):
        assert not re.match(r"matplotlib\.pyplot|pylab|matplotlib\.pylab", name), (
            f"{path.name} imports {name}"
        )
        assert name not in ("matplotlib.use", "matplotlib.rcParams"), f"{path.name} sets what is the reader's"


def test_importing_and_exploring_is_quiet_and_leaves_matplotlib_alone() -> None:
    code = """
import sys, pkgutil, importlib
import deconv_helpers
for found in pkgutil.walk_packages(deconv_helpers.__path__, "deconv_helpers."):
    importlib.import_module(found.name)
assert "matplotlib.pyplot" not in sys.modules, "import"
deconv_helpers.explore_convolution()._repr_mimebundle_()
assert "matplotlib.pyplot" not in sys.modules, "an explorer"
import matplotlib
backend = dict.__getitem__(matplotlib.rcParams, "backend")
assert not isinstance(backend, str), backend
"""
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    environment["PYTHONPATH"] = str(PACKAGE.parent)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


BROWSER_CODE = sorted(path for path in PACKAGE.rglob("*") if path.suffix in (".js", ".css"))


@pytest.mark.parametrize("path", [p for p in BROWSER_CODE if p.suffix == ".js"], ids=lambda path: path.name)
def test_browser_code_knows_nothing_of_the_topic(path: Path) -> None:
    found = re.findall(r".*(?:stride|dilat|convol).*", path.read_text(encoding="utf-8"), re.IGNORECASE)
    assert not found, f"{path.name} draws scenes; what they mean is said in Python: {found}"


@pytest.mark.parametrize("path", BROWSER_CODE, ids=lambda path: path.name)
def test_browser_code_fetches_nothing(path: Path) -> None:
    """But for what lies beside a page without Python. The name of SVG's namespace looks like an address."""
    asks = r"https?:(?!//www\.w3\.org/)|@import|\bimport\b.*\bfrom\b" + (
        r"" if path.name == "host.js" else r"|\bfetch\("
    )
    found = re.findall(asks, path.read_text(encoding="utf-8"))
    assert not found


@pytest.mark.parametrize(
    "path",
    [path for path in [*SOURCES, *BROWSER_CODE] if path.name != "palette.py"],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_colours_are_in_the_palette_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    colours = re.findall(r"#(?:[0-9a-fA-F]{3,4}){1,2}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(", text)
    if path.suffix == ".py":
        constants = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
        colours += sorted(constants & set(CSS4_COLORS) - {"gray"})  # also the name of a colour map
    else:
        names = "|".join(CSS4_COLORS)
        colours += re.findall(rf"[:,\s]({names})(?=[\s;,)])", re.sub(r"/\*.*?\*/|//.*", "", text, flags=re.S))
    assert not colours, f"{path.name} has colours of its own: {colours}; palette.py is the place for them"
