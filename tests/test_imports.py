"""The package runs one way, and keeps what belongs in one place in that place. Read from the sources."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.colors import CSS4_COLORS

PACKAGE = Path(__file__).resolve().parent.parent / "deconv_helpers"

ROWS = (
    "geometry",  # how big
    "arrays",
    "convolution deblurring",  # what values
    "upsampling artifacts frameworks learning",
    "translation",
    "scene palette presets images glyphs",  # what a picture says, its colours, what it starts from
    "storyboard",  # what happens
    "page",
    "drawing board",  # paper, screen
    "controls exercises",
    "explorer",  # sliders
    "explorers",
    "__init__",
)
"""The modules in their order: one may import those of the rows above it, and nothing else of the package."""

OUTSIDE = {"IPython", "PIL", "anywidget", "ipywidgets", "matplotlib", "numpy", "traitlets"}
"""What the package needs beside the standard library."""

ROW_OF = {name: number for number, row in enumerate(ROWS) for name in row.split()}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    """The module, or the folder of modules, that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> set[str]:
    """The full names of everything that a file imports, relative ones resolved, inside functions too."""
    found = set()
    package = ["deconv_helpers", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *filter(None, [node.module])])
            found |= {f"{start}.{alias.name}" for alias in node.names}
    return found


def inner(path: Path) -> set[str]:
    """The modules of the package that a file imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("deconv_helpers.")}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    module = module_of(path)
    assert module in ROW_OF, (
        f"{module} has no place in ROWS yet: put it into the first row that stands below all it imports"
    )
    for other in sorted(inner(path) - {module if path.parent != PACKAGE else ""}):
        assert other in ROW_OF, f"{path.name} imports {other} from deconv_helpers, which is no module in ROWS"
        assert ROW_OF[other] < ROW_OF[module], (
            f"{path.name} imports {other}, which does not stand above {module} in ROWS:"
            " move what both need to a row above"
        )


def test_every_module_in_the_table_exists() -> None:
    assert set(ROW_OF) == {module_of(path) for path in SOURCES}


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
    found = re.findall(r"https?:|@import|\bimport\b.*\bfrom\b|\bfetch\(", path.read_text(encoding="utf-8"))
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
