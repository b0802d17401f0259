"""Whether the running Python's packages fit the course: what `python course.py --here` asks."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def numbers(text: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", text)]


def lacking(extras: str) -> list[str]:
    """The requirements, such as "numpy>=2.0,<3", that no installed package meets; extras: "lab,test", say."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    optional = [project["optional-dependencies"][extra] for extra in extras.split(",")]
    return [requirement for requirement in sum(optional, project["dependencies"]) if not met(requirement)]


def met(requirement: str) -> bool:
    name, low, high = re.split(">=|,<", requirement)
    try:
        return numbers(low) <= numbers(version(name)) < numbers(high)
    except PackageNotFoundError:
        return False
