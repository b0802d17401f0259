"""The descriptions of the environment agree: ranges in pyproject.toml, locks for pip, pins for conda."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import course
from tools.lock import EVERYTHING, GROUPS, LOCKS, pins

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in LOCKS}
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]


def ranges(lock: str) -> list[Requirement]:
    """What a lock has to hold, and the tool that installs the project itself."""
    wanted = chain(PROJECT["dependencies"], *(EXTRAS[extra] for extra in LOCKS[lock]))
    return [*map(Requirement, wanted), *map(Requirement, PYPROJECT["build-system"]["requires"])]


@pytest.mark.parametrize("lock", LOCKS)
def test_what_a_lock_has_to_hold_lies_in_its_range(lock: str) -> None:
    for wanted in ranges(lock):
        versions = re.findall(rf"^{wanted.name}==([^\s;]+)", TEXTS[lock], re.MULTILINE)
        assert versions, f"{wanted.name} is not locked; to lock anew: python tools/lock.py"
        assert [version for version in versions if version not in wanted.specifier] == []


@pytest.mark.parametrize("lock", [*LOCKS, *GROUPS])
def test_every_line_of_a_lock_is_a_version_with_hashes_and_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())[1:]  # without the first, which says what it is
    form = r"[\w.-]+==[\w.]+( ; [\w .'<>=!()]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+"
    assert [entry for entry in entries if not re.fullmatch(form, entry)] == []
    assert len(entries) > (50 if lock in LOCKS else 5)


def needs(requirement: Requirement, seen: set[tuple[str, frozenset[str]]]) -> Iterator[str]:
    """The names of the packages that an installed one needs on this system, all the way down."""
    key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
    if key in seen:
        return
    seen.add(key)
    yield key[0]
    try:
        below = map(Requirement, requires(requirement.name) or [])
    except PackageNotFoundError:
        return
    for one in below:
        if one.marker is None or any(one.marker.evaluate({"extra": e}) for e in ["", *requirement.extras]):
            yield from needs(one, seen)


@pytest.mark.parametrize("lock", GROUPS)
def test_what_is_installed_beside_the_course_is_locked_in_its_range(lock: str) -> None:
    locked = pins((ROOT / lock).read_text(encoding="utf-8"))
    for wanted in map(Requirement, PYPROJECT["dependency-groups"][GROUPS[lock]]):
        assert locked[wanted.name] in wanted.specifier
    everything = pins(TEXTS[EVERYTHING])
    assert {name: locked[name] for name in locked.keys() & everything.keys()}.items() <= everything.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_leaves_out_nothing_that_is_needed_here(lock: str) -> None:
    seen: set[tuple[str, frozenset[str]]] = set()
    needed = {name for requirement in ranges(lock) for name in needs(requirement, seen)}
    assert needed - {canonicalize_name(name) for name in pins(TEXTS[lock])} == set()


def test_the_smaller_locks_have_the_versions_of_the_one_for_everything() -> None:
    lines = {name: set(re.findall(r"^[^\s#].*", text, re.MULTILINE)) for name, text in TEXTS.items()}
    assert [sorted(wanted - lines[EVERYTHING]) for wanted in lines.values()] == [[]] * len(LOCKS)


def test_course_py_installs_from_the_locks() -> None:
    assert {lock: ",".join(LOCKS[lock]) for lock in course.LOCKS.values()} == {
        lock: extras for extras, lock in course.LOCKS.items()
    }


def test_conda_gets_the_same_pins_and_the_package() -> None:
    python, pip, *packages, by_pip = CONDA
    wanted = [Requirement(r).name for r in PROJECT["dependencies"] + EXTRAS["lab"]]
    locked = pins(TEXTS["requirements.txt"])
    assert dict(package.split("=") for package in packages) == {name: locked[name] for name in wanted}
    assert (pip, by_pip) == ("pip", {"pip": ["-e ."]})
    assert Requirement("python" + PROJECT["requires-python"]).specifier.contains(
        python.removeprefix("python=")
    )


@pytest.mark.parametrize("requirement", [*PROJECT["dependencies"], *chain(*EXTRAS.values())])
def test_ranges_have_the_form_that_course_py_reads(requirement: str) -> None:
    assert re.fullmatch(r"[a-z-]+>=[\d.]+,<[\d.]+", requirement)
