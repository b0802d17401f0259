"""The README tells the truth: its examples run, its links and pictures are there, no lesson is missing."""

import re
from pathlib import Path
from typing import Any

import pytest
import traitlets
from ipywidgets.widgets.widget import _instances

from deconv_helpers.scenes.explorer import Explorer

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def run(code: str, names: dict[str, Any], *shown: str) -> None:
    """Run an example; what the lines that begin with `shown` would show is kept by these names."""
    for name in shown:
        assert code.count(f"\n{name}(") == 1
        code = code.replace(f"\n{name}(", f"\n{name}_shown = {name}(")
    exec(code, names)


def test_the_examples_of_an_explorer_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(_instances.values())
    making, using = EXAMPLES
    names: dict[str, Any] = {}
    run(making, names, "explore")
    explorer = names["explore_shown"]
    assert isinstance(explorer, Explorer)
    scene = explorer.scene(by=1)
    assert scene["output"].values.tolist() == [[3, 0, 1, 2], [7, 4, 5, 6]]
    for cell in range(8):
        (partner,) = scene.partners("input", cell)["output"]
        assert scene["input"].values.flat[cell] == scene["output"].values.flat[partner]

    run(using, names, "VBox")
    explorer = names["explorer"]
    assert explorer.scene()["output"].values.tolist() == [[122]]
    with pytest.raises(traitlets.TraitError, match="stride must be one of 1, 2, 3, got 7"):
        explorer.stride = 7
    assert names["VBox_shown"].children == (names["slider"], explorer)
    assert "moved by 1: [[0.0, 1.0" in capsys.readouterr().out, "what interact shows without a notebook"
    assert (tmp_path / "out" / "steps.gif").is_file()
    for made in set(_instances.values()) - before:
        made.close()


def test_links_and_pictures_are_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert [t for t in targets if "://" not in t and not (ROOT / t).exists()] == []


def test_every_lesson_is_listed_with_a_picture() -> None:
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        rows = [line for line in README.splitlines() if f"(notebooks/{notebook.name})" in line]
        assert len(rows) == 1, f"README.md lists {notebook.name} {len(rows)} times"
        assert "![" in rows[0], f"README.md shows no picture of {notebook.name}"
