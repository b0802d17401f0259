"""`python tools/lock.py`: lock every package with its hashes, within the ranges of pyproject.toml.

It needs uv (`pip install uv`). What is locked already stays, unless `--upgrade` or `--upgrade-package NAME`
asks for newer versions. The locks hold for each Python and each system that the course runs on.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVERYTHING = "requirements-all.txt"
LOCKS = {
    EVERYTHING: ("lab", "test", "classroom", "teach"),
    "requirements-classroom.txt": ("lab", "classroom"),
    "requirements.txt": ("lab",),
}
"""The locks, and the extras of each: for those who work on the course, for the hub, for a learner."""
GROUPS = {"tools/lite/requirements.txt": "lite"}
"""Locks of tools that are installed beside the course, not with it, and the dependency group of each."""

OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--fork-strategy=fewest",  # one version for every Python, if there is one
    "--only-binary=:all:",  # nothing is built where it is installed
    "--generate-hashes",
    "--no-annotate",
    "--no-header",
)
HEAD = "# {} of pyproject.toml, locked by tools/lock.py. Change the ranges there, not this file.\n"


def lock(name: str, options: list[str]) -> str:
    """The text of a lock file; the smaller ones have the versions of the one for everything."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    command = ["uv", "pip", "compile", "--quiet", *OPTIONS]
    if name in GROUPS:
        what = GROUPS[name]
        command += [f"--group={what}"]
    else:
        what = ", ".join(LOCKS[name])
        command += ["pyproject.toml", "-", *(f"--extra={extra}" for extra in LOCKS[name])]
    command += options if name == EVERYTHING else [f"--constraint={EVERYTHING}"]
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, Path(name).name)
        if name == EVERYTHING and (ROOT / name).exists():
            shutil.copy(ROOT / name, made)  # uv keeps the versions that it finds in its output
        subprocess.run(
            [*command, f"--output-file={made}"],
            input="\n".join(build),  # what installs the project itself
            cwd=ROOT,
            check=True,
            text=True,
            stdout=subprocess.DEVNULL,
        )
        return HEAD.format(what) + re.sub(r"^#.*\n", "", made.read_text(), flags=re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    """The version of each package in a lock file; the first, where systems or Pythons have others."""
    return dict(reversed(re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)))


def main(options: list[str]) -> int:
    if not shutil.which("uv"):
        print("This needs uv, which is not installed. To install it: pip install uv", file=sys.stderr)
        return 1
    for name in (*LOCKS, *GROUPS):
        try:
            text = lock(name, options)
        except subprocess.CalledProcessError as failure:
            return int(failure.returncode)  # uv has said why
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {len(pins(text))} packages")
    conda = ROOT / "environment.yml"
    locked = pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    lines = re.sub(
        r"(?<=  - )([\w-]+)=[\d.]+(?=\n)",
        lambda line: f"{line[1]}={locked[line[1]]}" if line[1] in locked else line[0],
        conda.read_text(encoding="utf-8"),
    )
    conda.write_text(lines, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
