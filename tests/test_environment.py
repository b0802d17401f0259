"""The three descriptions of the environment agree: pyproject.toml, requirements.txt and environment.yml."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
RANGES = {r.name: r.specifier for r in map(Requirement, PROJECT["dependencies"] + EXTRAS["lab"])}
LINES = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
PINS = dict(line.split("==") for line in LINES if not line.startswith("#"))
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]


def test_requirements_pin_what_the_package_and_jupyterlab_need() -> None:
    assert set(PINS) == set(RANGES)


@pytest.mark.parametrize("name", PINS)
def test_a_pin_lies_in_its_range(name: str) -> None:
    assert PINS[name] in RANGES[name]


def test_conda_gets_the_same_pins_and_the_package() -> None:
    python, pip, *packages, by_pip = CONDA
    assert dict(package.split("=") for package in packages) == PINS
    assert (pip, by_pip) == ("pip", {"pip": ["-e ."]})
    assert Requirement("python" + PROJECT["requires-python"]).specifier.contains(
        python.removeprefix("python=")
    )


@pytest.mark.parametrize("requirement", [*PROJECT["dependencies"], *chain(*EXTRAS.values())])
def test_ranges_have_the_form_that_course_py_reads(requirement: str) -> None:
    assert re.fullmatch(r"[a-z-]+>=[\d.]+,<[\d.]+", requirement)
