"""Whether the running Python's packages fit the course: what `python course.py --here` asks."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def numbers(text: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", text)]


def lacking(extras: str) -> list[str]:
    """The requirements, such as "numpy>=2.0,<3", that no installed package meets; extras: "lab,test", say.

    The project itself is one of them: kernels find it where it is installed.
    """
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    optional = [project["optional-dependencies"][extra] for extra in extras.split(",")]
    lack = [requirement for requirement in sum(optional, project["dependencies"]) if not met(requirement)]
    return lack if installed(project["name"]) else [project["name"], *lack]


def installed(name: str) -> str | None:
    """The version of a package, if it is installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def met(requirement: str) -> bool:
    name, low, high = re.split(">=|,<", requirement)
    there = installed(name)
    return there is not None and numbers(low) <= numbers(there) < numbers(high)
