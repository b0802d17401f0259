"""The browser code by itself: its types and its pure functions. On a page it is in tests/browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deconv_helpers.scenes.explorer import STATIC
from tools import site

TESTS = Path(__file__).resolve().parent / "js"


@pytest.fixture
def node() -> str:
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        reason = "the browser code is tested by Node.js, which is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def test_types(node: str, tmp_path: Path) -> None:
    """TypeScript reads the types in the comments, as strictly as it can."""
    options = (
        "--noEmit --allowJs --checkJs --strict --target es2023 --lib es2023,dom,dom.iterable --module esnext"
    )
    command = [node, str(site.installed() / "node_modules" / "typescript" / "bin" / "tsc"), *options.split()]
    files = [shutil.copy(path, tmp_path) for folder in (STATIC, site.PARTS) for path in folder.glob("*.js")]
    assert len(files) > 2
    done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


def test_pure_functions(node: str, tmp_path: Path) -> None:
    copies = {}
    for name in ("board", "host"):
        copies[name.upper()] = (tmp_path / f"{name}.mjs").as_uri()
        shutil.copy(STATIC / f"{name}.js", tmp_path / f"{name}.mjs")
    done = subprocess.run(
        [node, "--test", str(TESTS)],
        env={**os.environ, **copies},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
