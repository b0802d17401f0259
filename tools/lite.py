"""JupyterLite: the lessons with Python in the browser, beside the pages, in `site/lab/`; no server runs it.

Wheels are gathered from a folder, the cache, Pyodide's release or a package that holds them. Each is checked
against a SHA-256 of the repository or of Pyodide's own list, so that its source does not matter. What was
checked is written, with a list of what it is. What is compiled comes from Pyodide. What is pure Python is the
course's own, in the versions of requirements.txt.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from http.client import HTTPException
from importlib.metadata import requires
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_path
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from platformdirs import user_cache_path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ROOT / "tools" / "lite"
CACHE = user_cache_path("deconv_helpers") / "lite"
"""Beside all checkouts: what is loaded once is large."""

WHEELS = "DECONV_WHEELS"
"""The variable of the environment that may name a folder with wheels."""

COMPILED = ("contourpy", "kiwisolver", "matplotlib", "micropip", "numpy", "pillow")
"""What comes from Pyodide: compiled for the browser, or of use in it alone."""

RELEASE = "https://cdn.jsdelivr.net/pyodide/v{}/full/{}"
CARRIER = "open-webui==0.12.4"
"""A package that holds the wheels of the same Pyodide, for networks that reach a package index alone."""
CARRIED = "open_webui/frontend/pyodide/"

ROOTS = ("anywidget", "ipython", "ipywidgets", "jedi", "matplotlib")
"""What the kernel and the course import; the rest follows."""

ELSEWHERE = {"fonttools", "jupyterlab-widgets", "widgetsnbextension"}
"""Needed by the words of a package, not by the course: fonts in PDFs; what is part of JupyterLab's page."""

WASM = "pyodide.asm.wasm"
CORE = ("pyodide.asm.mjs", WASM, "pyodide.mjs", "python_stdlib.zip")
EXTENSION = "@jupyterlite/pyodide-kernel-extension"
WIDGETS = ("@jupyter-widgets/jupyterlab-manager", "anywidget")
"""What draws widgets in JupyterLab's page."""

KERNEL = ("ipykernel", "comm", "pyodide-kernel", "jedi", "ipython", "micropip", "piplite")
"""What the kernel would look for at an index if it were not loaded from the start."""

UNUSED = {
    "jedi": r"jedi/third_party/(django-stubs|typeshed/stubs)/",
    "matplotlib": (
        r"matplotlib/(testing/|mpl-data/(sample_data/(?!grace_hopper)|"
        r"fonts/(afm|pdfcorefonts|ttf/DejaVuS(erif|ansMono)-\w*(Italic|Oblique))))"
    ),
}
"""Files of wheels, by the beginning of their names, that nothing here reads: they are not shipped."""

LAB = "lab/lab/index.html?path="
"""Where JupyterLite opens a notebook, from the pages."""

PYODIDE = "./python/loading.mjs"
"""Where the kernel finds Pyodide, from JupyterLite's folder."""

BROWSER = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "platform_system": "Emscripten",
    "sys_platform": "emscripten",
}


AGAIN = "Check the network, and run the same command again."


class LiteError(Exception):
    """Python for the browser cannot be had or written; the message says why and what to do."""


@dataclass(frozen=True)
class Wanted:
    """A wheel as it has to be: each of its hashes is a SHA-256, any of them will do."""

    name: str
    version: str
    hashes: frozenset[str]
    imports: tuple[str, ...] = ()
    file: str = ""

    def among(self, folders: Iterable[Path]) -> Path | None:
        """The first file in the folders that has its name and one of its hashes."""
        start = f"{self.name}-{self.version}-".replace("-", "_")
        for path in (path for folder in folders for path in sorted(folder.glob("*.whl"))):
            if re.sub(r"[-.]+", "_", path.name).lower().startswith(start.replace(".", "_").lower()):
                if sha256(path) in self.hashes:
                    return path
                print(f"{path} is not the file that was locked; it is left aside.", file=sys.stderr)
        return None


@dataclass(frozen=True)
class Kit:
    """All that a build needs, checked.

    packages  Node's packages, with Pyodide's core
    tools     the packages that write JupyterLite
    wheels    by the name of the package
    """

    packages: Path
    tools: Path
    wheels: dict[str, Path]

    @property
    def pyodide(self) -> Path:
        return self.packages / "node_modules" / "pyodide"

    @property
    def extension(self) -> Path:
        """The part of JupyterLab's page that runs Pyodide as a kernel."""
        return self.tools / "share" / "jupyter" / "labextensions" / EXTENSION


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- gather and check ---


def pyodide_list(packages: Path) -> dict[str, Any]:
    """Pyodide's own list of its wheels, from the package whose hash npm has checked."""
    path = packages / "node_modules" / "pyodide" / "pyodide-lock.json"
    listed: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return listed


def browser(listed: dict[str, Any]) -> dict[str, str]:
    """What markers of requirements ask of a system, for Python in the browser."""
    version = listed["info"]["python"]
    return {**BROWSER, "python_full_version": version, "python_version": version.rpartition(".")[0]}


def needed(requirements: Iterable[str], system: dict[str, str]) -> list[str]:
    """The names of those that hold on the system and that are loaded there."""
    found = [Requirement(text) for text in requirements]
    held = [one for one in found if one.marker is None or one.marker.evaluate({**system, "extra": ""})]
    return sorted({canonicalize_name(one.name) for one in held} - ELSEWHERE)


def wanted(listed: dict[str, Any], locked: str) -> tuple[list[Wanted], list[Wanted]]:
    """The wheels from Pyodide, and the pure ones of the text of a lock with all that they need."""
    system = browser(listed)
    names, left = set(COMPILED), list(ROOTS)
    while left:
        name = left.pop()
        new = set(needed(requires(name) or [], system)) | {name}
        left += new - names - {name}
        names |= new
    of_pyodide = [
        Wanted(name, one["version"], frozenset([one["sha256"]]), tuple(one["imports"]), one["file_name"])
        for name in COMPILED
        for one in [listed["packages"][name]]
    ]
    pure = [
        Wanted(name, version, frozenset(re.findall("sha256:([0-9a-f]{64})", hashes)))
        for name, version, marker, hashes in re.findall(
            r"^([\w.-]+)==([^\s;]+)(?: ; (.+?))? \\\n((?:    --hash=.+\n?)+)", locked, re.MULTILINE
        )
        if name in names.difference(COMPILED) and (not marker or Marker(marker).evaluate(system))
    ]
    missing = names.difference(one.name for one in of_pyodide + pure)
    if missing:
        raise LiteError(f"requirements.txt does not lock {', '.join(sorted(missing))}.")
    return of_pyodide, pure


def gather(packages: Path, folder: Path | None = None, *, load: bool = True) -> Kit:
    """Find every wheel and every tool, and load into the cache what is not there, unless `load` is False.

    folder  looked into first; without it, the one that the environment names
    """
    listed = pyodide_list(packages)
    of_pyodide, pure = wanted(listed, (ROOT / "requirements.txt").read_text(encoding="utf-8"))
    folder = folder or (Path(os.environ[WHEELS]) if os.environ.get(WHEELS) else None)
    if folder and not folder.is_dir():
        raise LiteError(f"{folder} is no folder. Wheels for the browser are looked for in a folder.")
    store = CACHE / "wheels"
    folders = [*([folder] if folder else []), store]

    def found(some: list[Wanted]) -> dict[str, Path]:
        return {one.name: path for one in some if (path := one.among(folders))}

    for some, fetch in ((pure, fetch_pure), (of_pyodide, fetch_compiled)):
        have = found(some)
        lack = [one for one in some if one.name not in have]
        if lack and load:
            store.mkdir(parents=True, exist_ok=True)
            fetch(lack, store, listed)
    wheels = found(pure + of_pyodide)
    lack = [one for one in pure + of_pyodide if one.name not in wheels]
    if lack:
        names = ", ".join(one.file or f"{one.name} {one.version}" for one in lack)
        raise LiteError(
            f"Of the wheels for Python in the browser these are not at hand: {names}. Check the network and "
            f"run the same command again, or put them into a folder and name it: --wheels FOLDER."
        )
    return Kit(packages, tools(load), wheels)


def pip(*arguments: str) -> str:
    """Run pip; return what went wrong, or nothing."""
    command = [
        sys.executable,
        "-m",
        "pip",
        *arguments,
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    return done.stderr if done.returncode else ""


def fetch_pure(some: list[Wanted], store: Path, listed: dict[str, Any]) -> None:
    """Load pure wheels from the package index."""
    print(f"Loading {len(some)} wheels of pure Python for the browser (5 MB).", flush=True)
    lines = [f"{w.name}=={w.version} " + " ".join(f"--hash=sha256:{h}" for h in w.hashes) for w in some]
    with tempfile.TemporaryDirectory() as work:
        asked = Path(work, "asked.txt")
        asked.write_text("\n".join(lines), encoding="utf-8")
        python = browser(listed)["python_version"]
        target = f"--python-version={python} --implementation=py --abi=none --platform=any".split()
        errors = pip(
            "download", "--no-deps", "--only-binary=:all:", "--require-hashes", *target,
            f"--requirement={asked}", f"--dest={work}",
        )  # fmt: skip
        if errors:
            raise LiteError(
                f"{errors}\nWheels for the browser could not be loaded, for the reason above. {AGAIN}"
            )
        keep(Path(work).glob("*.whl"), store)


def fetch_compiled(some: list[Wanted], store: Path, _: dict[str, Any]) -> None:
    """Load wheels that Pyodide compiled: from its release, or else from inside a package that holds them."""
    version = json.loads((PARTS / "package.json").read_text(encoding="utf-8"))["dependencies"]["pyodide"]
    print(f"Loading {len(some)} wheels of Pyodide {version} (11 MB).", flush=True)
    with tempfile.TemporaryDirectory() as work:
        try:
            for one in some:
                with urllib.request.urlopen(RELEASE.format(version, one.file), timeout=30) as answer:
                    Path(work, one.file).write_bytes(answer.read())
                if sha256(Path(work, one.file)) not in one.hashes:  # such as a page that asks to sign in
                    raise OSError(f"{one.file} came, and is not the file that was locked")
        except (OSError, HTTPException) as error:
            print(
                f"Pyodide's release is out of reach ({error}). Loading {CARRIER}, which holds them (106 MB)."
            )
            sys.stdout.flush()
            errors = pip("download", "--no-deps", "--only-binary=:all:", f"--dest={work}/carrier", CARRIER)
            if errors:
                raise LiteError(
                    f"{errors}\nThe wheels of Pyodide are out of reach, at its release and in {CARRIER}. "
                    "Check the network and run the same command again, or put them into a folder and name "
                    f"it: --wheels FOLDER. They are: {', '.join(one.file for one in some)}."
                ) from error
            for package in Path(work, "carrier").glob("*.whl"):
                with zipfile.ZipFile(package) as packed:
                    for one in some:
                        with suppress(KeyError):  # what it lacks is said by gather
                            Path(work, one.file).write_bytes(packed.read(CARRIED + one.file))
        keep((Path(work, one.file) for one in some if one.among([Path(work)])), store)


def keep(paths: Iterable[Path], store: Path) -> None:
    """Put files into the cache; another run may do the same."""
    for path in paths:
        with tempfile.TemporaryDirectory(dir=store) as work:
            os.replace(shutil.copy(path, work), store / path.name)


def tools(load: bool = True) -> Path:
    """The folder with the packages that write JupyterLite, as their lock has them, installed if need be."""
    lock = PARTS / "requirements.txt"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = CACHE / f"tools-{version}-{sha256(lock)[:16]}"
    if folder.exists():
        return folder
    if not load:
        raise LiteError(f"JupyterLite's tools are not at hand: {folder} is not there.")
    CACHE.mkdir(parents=True, exist_ok=True)
    print("Installing JupyterLite (15 MB).", flush=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        fresh = Path(work, "fresh")
        errors = pip(
            "install", "--require-hashes", "--only-binary=:all:", "--no-deps",
            f"--requirement={lock}", f"--target={fresh}",
        )  # fmt: skip
        if errors:
            raise LiteError(f"{errors}\nJupyterLite could not be installed, for the reason above. {AGAIN}")
        if not folder.exists():
            fresh.rename(folder)
    return folder


# --- write ---


def metadata(wheel: Path) -> Message:
    """What a wheel says of itself."""
    with zipfile.ZipFile(wheel) as packed:
        name = next(n for n in packed.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
        return Parser().parsestr(packed.read(name).decode("utf-8"))


def imports(wheel: Path) -> list[str]:
    """The names that can be imported from a wheel."""
    with zipfile.ZipFile(wheel) as packed:
        names = [re.match(r"(\w+)(?:\.py$|/)", name) for name in packed.namelist()]
    return sorted({name[1] for name in names if name})


def trimmed(wheel: Path, unused: str, target: Path) -> None:
    """Write a wheel without the files whose names begin with what matches `unused`."""
    with (
        zipfile.ZipFile(wheel) as full,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as less,
    ):
        for entry in full.infolist():
            if re.match(unused, entry.filename):
                continue
            content = full.read(entry)
            if entry.filename.endswith(".dist-info/RECORD"):
                lines = content.decode("utf-8").splitlines(keepends=True)
                content = "".join(line for line in lines if not re.match(unused, line)).encode()
            less.writestr(zipfile.ZipInfo(entry.filename), content, zipfile.ZIP_DEFLATED, 9)


def lock(listed: dict[str, Any], wheels: Iterable[Path]) -> dict[str, Any]:
    """Pyodide's list with these wheels alone: where each lies, what is imported from it, what it needs.

    Raise LiteError where one needs what is not among them.
    """
    found, system = {}, browser(listed)
    for wheel in wheels:
        said = metadata(wheel)
        name = canonicalize_name(said["Name"])
        known = listed["packages"].get(name, {}) if name in COMPILED else {}
        found[name] = {
            "name": name,
            "version": said["Version"],
            "file_name": wheel.name,
            "install_dir": "site",
            "sha256": sha256(wheel),
            "package_type": "package",
            "imports": known.get("imports") or imports(wheel),
            "depends": needed(said.get_all("Requires-Dist") or [], system),
            "unvendored_tests": False,
        }
    for name, one in found.items():
        lack = set(one["depends"]) - set(found)
        if lack:
            raise LiteError(f"{name} needs {', '.join(sorted(lack))}, which is not among the wheels.")
    return {**listed, "packages": dict(sorted(found.items()))}


def own_wheel(folder: Path) -> None:
    """Write the package of the course as a wheel, from the files as they stand here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = project["name"], project["version"]
    said = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", f"License: {project['license']}"]
    said += [f"Requires-Dist: {requirement}" for requirement in project["dependencies"]]
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted((ROOT / name).rglob("*")):
            if path.is_file() and path.parent.name != "__pycache__":
                packed.write(path, path.relative_to(ROOT))
        packed.write(ROOT / "LICENSE", f"{about}/licenses/LICENSE")
        packed.writestr(f"{about}/METADATA", "\n".join(said) + "\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{about}/RECORD", "".join(f"{entry},,\n" for entry in packed.namelist()))


def licence(wheel: Path) -> str:
    """The licence of a wheel in a few words; the text of most lies in the wheel."""
    said = metadata(wheel)
    kinds = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier") or [] if "License ::" in line]
    with zipfile.ZipFile(wheel) as packed:
        texts = [
            n
            for n in packed.namelist()
            if re.search(r"dist-info/.*(licen[sc]e|copying|notice)", n, re.IGNORECASE)
        ]
    short = (
        said["License-Expression"] or ", ".join(kinds) or (said["License"] or "").strip().partition("\n")[0]
    )
    return f"{short}; {', '.join(texts)}" if texts else short


def licences(kit: Kit, folder: Path) -> str:
    """What is shipped, each file with its licence; of a checked one the SHA-256 it was checked against."""
    version = json.loads((kit.pyodide / "package.json").read_text(encoding="utf-8"))["version"]
    lines = [
        f"Pyodide {version} ({', '.join(CORE)}): MPL-2.0, https://www.mozilla.org/MPL/2.0/; its source:",
        f"  https://github.com/pyodide/pyodide/tree/{version}. In it is CPython: PSF-2.0,",
        "  https://docs.python.org/3/license.html.",
        "The licences of JupyterLab's page: ../build/third-party-licenses.json",
        "",
    ]
    checked = {wheel.name: (name, wheel) for name, wheel in kit.wheels.items()}
    for path in sorted(folder.glob("*.whl")):
        lines.append(f"{path.name}: {licence(path)}")
        if path.name in checked:
            name, wheel = checked[path.name]
            lines.append(
                f"  made from the file with SHA-256 {sha256(wheel)}"
                + " without what is not used" * (name in UNUSED)
            )
    return "\n".join(lines) + "\n"


def write_python(kit: Kit, folder: Path) -> None:
    """Pyodide with its list and the wheels, into one folder."""
    folder.mkdir(parents=True)
    for name in CORE:
        shutil.copy(kit.pyodide / name, folder)
    packed = gzip.compress((folder / WASM).read_bytes(), mtime=0)
    (folder / WASM).with_suffix(".wasm-gz").write_bytes(packed)  # no server takes this ending for an encoding
    (folder / WASM).unlink()
    shutil.copy(PARTS / "loading.mjs", folder)
    for name, wheel in kit.wheels.items():
        if name in UNUSED:
            trimmed(wheel, UNUSED[name], folder / wheel.name)
        else:
            shutil.copy(wheel, folder)
    for name in ("ipykernel", "piplite", "pyodide_kernel"):
        for wheel in (kit.extension / "static" / "pypi").glob(f"{name}-*.whl"):
            shutil.copy(wheel, folder)
    own_wheel(folder)
    made = lock(pyodide_list(kit.packages), sorted(folder.glob("*.whl")))
    (folder / "licences.txt").write_text(licences(kit, folder), encoding="utf-8")
    (folder / "pyodide-lock.json").write_text(json.dumps(made), encoding="utf-8")


def settings(python: Path) -> dict[str, Any]:
    """What JupyterLite is told: where Python is, what it loads at once, and whom it never asks."""
    loaded = json.loads((python / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    kernel = {
        "pyodideUrl": PYODIDE,
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"packages": sorted({*KERNEL, "deconv-helpers"} & set(loaded))},
    }
    said = {
        "appName": "See transposed convolution",
        "exposeAppInBrowser": True,
        "litePluginSettings": {f"{EXTENSION}:kernel": kernel},
    }
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": said}


def labextension(name: str) -> Path:
    """The folder with what an installed package adds to JupyterLab's page."""
    for folder in jupyter_path("labextensions"):
        if Path(folder, name).is_dir():
            return Path(folder, name)
    raise LiteError(f"The part of JupyterLab's page that {name} brings along is not installed.")


def build(kit: Kit, lite: Path, site: Path) -> None:
    """Let JupyterLite write itself from the folder `lite` into `site`, with the widgets' part of its page."""
    extensions = [kit.extension, *(labextension(name) for name in WIDGETS)]
    asked = {
        "apps": ["lab"],
        "contents": ["files"],
        "lite_dir": str(lite),
        "output_dir": str(site.resolve()),
        "cache_dir": str(lite.parent / "cache"),
        "federated_extensions": [str(folder) for folder in extensions],
        "ignore_sys_prefix": ["federated_extensions"],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }
    (lite / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": asked}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "jupyterlite_core", "build"],
        cwd=lite,
        env={**os.environ, "PYTHONPATH": str(kit.tools)},
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise LiteError(
            f"{done.stdout}{done.stderr}\nJupyterLite could not be written, for the reason above."
        )


def write(kit: Kit, site: Path, notebooks: Sequence[Path]) -> None:
    """Write JupyterLite with the notebooks into the folder `site`, which is made."""
    with tempfile.TemporaryDirectory() as work:  # a new one: an old one's database would leave steps out
        lite = Path(work, "lite")
        python = Path(work, "python")
        write_python(kit, python)
        (lite / "files").mkdir(parents=True)
        for path in notebooks:
            shutil.copy(path, lite / "files")
        shutil.copy(ROOT / "tools" / "lab_settings" / "overrides.json", lite)
        (lite / "jupyter-lite.json").write_text(json.dumps(settings(python)), encoding="utf-8")
        build(kit, lite, site)
        shutil.move(python, site)
    made = json.loads((site / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]
    address = made["litePluginSettings"][f"{EXTENSION}:kernel"].get("pyodideUrl")
    if address != PYODIDE or not (site / PYODIDE).is_file():
        raise LiteError(f"JupyterLite was written with Pyodide at {address}, not at {PYODIDE}.")
    tell(site)


def tell(site: Path) -> None:
    """Let JupyterLite's page say what is loading and where what is typed is kept, in the course's style."""
    styles = [ROOT / "tools" / "lab_custom" / "custom.css", PARTS / "lab.css"]
    (site / "lab.css").write_text(
        "\n".join(path.read_text(encoding="utf-8") for path in styles), encoding="utf-8"
    )
    shutil.copy(PARTS / "lab.js", site)
    size = sum(
        path.stat().st_size for path in (site / "python").iterdir() if path.suffix not in (".mjs", ".txt")
    )
    page = site / "lab" / "index.html"
    before, end, after = page.read_text(encoding="utf-8").rpartition("</body>")
    ours = '<link rel="stylesheet" href="../lab.css">\n'
    ours += f'<script type="module" src="../lab.js?bytes={size}"></script>\n'
    page.write_text(before + ours + end + after, encoding="utf-8")
