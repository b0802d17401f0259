"""Python for the browser: which files are taken and which are not, and what is written of them."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import zipfile
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from deconv_helpers.lessons.glyphs import FONTS
from tools import lite, site

LISTED: dict[str, Any] = {"info": {"python": "3.14.0", "arch": "wasm32"}, "packages": {}}


def wheel(folder: Path, name: str, *needs: str, files: tuple[str, ...] = (), version: str = "1.0") -> Path:
    """A small wheel that says what it needs; it holds a package of its own name, and these files."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: MIT\n"
    with zipfile.ZipFile(path, "w") as packed:
        about = f"{name}-{version}.dist-info"
        for file in (f"{name}/__init__.py", *files):
            packed.writestr(file, f"# {file}")
        packed.writestr(f"{about}/METADATA", said + "".join(f"Requires-Dist: {need}\n" for need in needs))
        packed.writestr(f"{about}/RECORD", "".join(f"{file},,\n" for file in packed.namelist()))
    return path


def wish(path: Path) -> lite.Wanted:
    name, version = path.name.split("-")[:2]
    return lite.Wanted(name, version, frozenset([hashlib.sha256(path.read_bytes()).hexdigest()]))


def test_a_file_with_the_right_name_and_another_content_is_left_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = wheel(tmp_path / "good", "numpy")
    wanted = wish(good)
    hostile = wheel(tmp_path / "given", "numpy", files=("numpy/evil.py",))
    assert hostile.name == good.name
    assert wanted.among([tmp_path / "given"]) is None
    assert f"{hostile} is not the file that was locked" in capsys.readouterr().err
    assert wanted.among([tmp_path / "given", tmp_path / "good"]) == good
    assert wanted.among([tmp_path / "nowhere"]) is None


def test_names_are_read_as_wheels_write_them(tmp_path: Path) -> None:
    made = wheel(tmp_path, "stack_data")
    hashes = frozenset([lite.sha256(made)])
    assert lite.Wanted("stack-data", "1.0", hashes).among([tmp_path]) == made
    assert lite.Wanted("stack", "1.0", hashes).among([tmp_path]) is None
    assert lite.Wanted("stack-data", "1.1", hashes).among([tmp_path]) is None


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, Pyodide's list with one wheel, one pure wheel in the lock, and no network."""
    numpy, comm = wheel(tmp_path / "given", "numpy"), wheel(tmp_path / "given", "comm")
    record = {"version": "1.0", "sha256": lite.sha256(numpy), "imports": ["numpy"], "file_name": numpy.name}
    packages = tmp_path / "node"
    (packages / "node_modules" / "pyodide").mkdir(parents=True)
    listed = {**LISTED, "packages": {"numpy": record}}
    (packages / "node_modules" / "pyodide" / "pyodide-lock.json").write_text(json.dumps(listed))
    (tmp_path / "requirements.txt").write_text(f"comm==1.0 \\\n    --hash=sha256:{lite.sha256(comm)}\n")
    monkeypatch.setattr(lite, "ROOT", tmp_path)
    monkeypatch.setattr(lite, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(lite, "COMPILED", ("numpy",))
    monkeypatch.setattr(lite, "ROOTS", ("comm",))
    monkeypatch.setattr(lite, "tools", lambda load: tmp_path)
    monkeypatch.setattr(lite, "pip", lambda *_: "no answer")
    monkeypatch.delenv(lite.WHEELS, raising=False)

    def no_answer(*_: Any, **__: Any) -> None:
        raise OSError("no route")

    monkeypatch.setattr(lite.urllib.request, "urlopen", no_answer)
    return packages


def test_a_folder_that_is_named_is_enough(
    offline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "given"
    assert set(lite.gather(offline, given).wheels) == {"numpy", "comm"}
    monkeypatch.setenv(lite.WHEELS, str(given))
    assert set(lite.gather(offline, load=False).wheels) == {"numpy", "comm"}
    with pytest.raises(lite.LiteError, match="is no folder"):
        lite.gather(offline, tmp_path / "nowhere")


def test_out_of_reach_is_said_with_what_to_do(
    offline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(lite.LiteError, match=r"no answer\nWheels for the browser could not be loaded"):
        lite.gather(offline)
    (tmp_path / "given" / "numpy-1.0-py3-none-any.whl").unlink()
    with pytest.raises(lite.LiteError) as failure:
        lite.gather(offline, tmp_path / "given")
    assert "Check the network" in str(failure.value)
    assert "--wheels FOLDER. They are: numpy-1.0-py3-none-any.whl" in str(failure.value)
    assert "(106 MB)" in capsys.readouterr().out  # the size is said before it is loaded
    with pytest.raises(lite.LiteError, match=r"not at hand: numpy-1\.0"):
        lite.gather(offline, tmp_path / "given", load=False)


def carries(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pip bring a carrier with this content in the place of numpy's wheel."""

    def pip(*arguments: str) -> str:
        to = next(Path(a.partition("=")[2]) for a in arguments if a.startswith("--dest"))
        to.mkdir(parents=True)
        with zipfile.ZipFile(to / "carrier-1.0-py3-none-any.whl", "w") as packed:
            packed.writestr(f"{lite.CARRIED}numpy-1.0-py3-none-any.whl", content)
        return ""

    monkeypatch.setattr(lite, "pip", pip)


def test_of_a_carrier_only_what_has_the_right_hash_is_kept(
    offline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numpy = tmp_path / "given" / "numpy-1.0-py3-none-any.whl"
    good = numpy.read_bytes()
    numpy.unlink()
    carries(b"something else", monkeypatch)
    with pytest.raises(lite.LiteError, match=r"not at hand: numpy-1\.0"):
        lite.gather(offline, tmp_path / "given")
    assert list((tmp_path / "cache" / "wheels").iterdir()) == []
    carries(good, monkeypatch)
    kept = lite.gather(offline, tmp_path / "given").wheels["numpy"]
    assert kept.parent == tmp_path / "cache" / "wheels"
    assert kept.read_bytes() == good


@pytest.mark.parametrize("sent", ["a page that asks to sign in", "half of the file"])
def test_where_the_release_sends_something_else_the_carrier_is_tried(
    offline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    numpy = tmp_path / "given" / "numpy-1.0-py3-none-any.whl"
    good = numpy.read_bytes()
    numpy.unlink()

    class Answer(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            if sent == "half of the file":
                raise IncompleteRead(good[:100], len(good) - 100)
            return b"<!DOCTYPE html><title>Sign in</title>"

    monkeypatch.setattr(lite.urllib.request, "urlopen", lambda *_, **__: Answer())
    carries(good, monkeypatch)
    assert lite.gather(offline, tmp_path / "given").wheels["numpy"].read_bytes() == good
    monkeypatch.setattr(lite, "pip", lambda *_: "no answer")
    shutil.rmtree(tmp_path / "cache")
    with pytest.raises(lite.LiteError, match=r"no answer\nThe wheels of Pyodide are out of reach"):
        lite.gather(offline, tmp_path / "given")


def test_the_list_for_the_browser_names_files_imports_and_what_each_needs(tmp_path: Path) -> None:
    first = wheel(
        tmp_path,
        "first",
        "Second-Part>=1",
        "psutil; sys_platform != 'emscripten'",
        "tomli; python_version < '3.11'",
        "pytest; extra == 'test'",
        "widgetsnbextension~=4.0",
        files=("single.py", "first/below/deep.py", "first-1.0.data/data/share/x.json"),
    )
    second = wheel(tmp_path, "second_part", version="2.0")
    made = lite.lock(LISTED, [first, second])
    assert made["info"] == LISTED["info"]
    assert set(made["packages"]) == {"first", "second-part"}
    one = made["packages"]["first"]
    assert (one["imports"], one["depends"]) == (["first", "single"], ["second-part"])
    assert (one["file_name"], one["sha256"]) == (first.name, lite.sha256(first))
    assert made["packages"]["second-part"]["version"] == "2.0"
    with pytest.raises(lite.LiteError, match="first needs second-part, which is not among"):
        lite.lock(LISTED, [first])


def test_what_is_not_used_is_left_out_of_a_wheel_and_of_its_record(tmp_path: Path) -> None:
    full = wheel(tmp_path, "full", files=("full/data/large.bin", "full/database.py"))
    less = tmp_path / "less.whl"
    lite.trimmed(full, "full/data/", less)
    with zipfile.ZipFile(less) as packed:
        assert {n for n in packed.namelist() if "dist-info" not in n} == {
            "full/__init__.py",
            "full/database.py",
        }
        assert b"large" not in packed.read("full-1.0.dist-info/RECORD")
        assert b"full/database.py" in packed.read("full-1.0.dist-info/RECORD")
        assert packed.read("full/database.py") == b"# full/database.py"


@pytest.mark.parametrize(
    "file", [*map("fonts/ttf/{}".format, FONTS.values()), "sample_data/grace_hopper.jpg"]
)
def test_what_the_lessons_draw_with_is_not_left_out(file: str) -> None:
    assert (Path(matplotlib.get_data_path()) / file).is_file()
    assert not re.match(lite.UNUSED["matplotlib"], f"matplotlib/mpl-data/{file}")
    assert re.match(lite.UNUSED["matplotlib"], "matplotlib/mpl-data/fonts/ttf/DejaVuSerif-BoldItalic.ttf")


def test_the_course_is_a_wheel_with_its_browser_code(tmp_path: Path) -> None:
    lite.own_wheel(tmp_path)
    made = tmp_path / "deconv_helpers-0.1.0-py3-none-any.whl"
    assert lite.imports(made) == ["deconv_helpers"]
    assert "numpy" in lite.needed(lite.metadata(made).get_all("Requires-Dist"), lite.browser(LISTED))
    with zipfile.ZipFile(made) as packed:
        names = packed.namelist()
        assert b"MIT" in packed.read("deconv_helpers-0.1.0.dist-info/licenses/LICENSE")
    here = (lite.ROOT / "deconv_helpers").rglob("*")
    wanted = {
        p.relative_to(lite.ROOT).as_posix() for p in here if p.is_file() and "__pycache__" not in p.parts
    }
    assert wanted == {name for name in names if "dist-info" not in name}


def test_each_pure_wheel_is_locked_with_hashes_and_with_what_it_needs() -> None:
    record = {"version": "1", "sha256": "0" * 64, "imports": [], "file_name": "x.whl"}
    listed = {**LISTED, "packages": dict.fromkeys(lite.COMPILED, record)}
    locked = (lite.ROOT / "requirements.txt").read_text(encoding="utf-8")
    of_pyodide, pure = lite.wanted(listed, locked)
    assert [one.name for one in of_pyodide] == list(lite.COMPILED)
    names = {one.name for one in pure}
    assert {"ipython", "comm", "traitlets", "jedi", "parso", "cycler"} <= names
    assert not names & {"psutil", "pexpect", "widgetsnbextension", *lite.COMPILED}
    assert len(names) == len(pure)
    assert all(one.hashes for one in pure)
    without = re.sub(r"^parso==(.+\n)+?(?=\S)", "", locked, flags=re.MULTILINE)
    with pytest.raises(lite.LiteError, match=r"does not lock parso\."):
        lite.wanted(listed, without)


def test_pyodide_is_pinned_and_its_lock_names_no_registry() -> None:
    lock = (lite.PARTS / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    pinned = json.loads((lite.PARTS / "package.json").read_text(encoding="utf-8"))["dependencies"]["pyodide"]
    locked = json.loads(lock)["packages"]["node_modules/pyodide"]
    assert locked["version"] == pinned
    assert locked["integrity"].startswith("sha512-")


def test_without_the_wheels_the_earlier_site_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site, "SITE", tmp_path)
    monkeypatch.setattr(site, "installed", lambda parts: tmp_path)

    def lacks(*_: Any) -> None:
        raise lite.LiteError("No wheels.")

    monkeypatch.setattr(lite, "gather", lacks)
    assert site.main(["--python"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("No wheels.")
    assert "stays as it was" in said
