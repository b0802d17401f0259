"""The README tells the truth: its example runs, its links and pictures are there, no lesson is missing."""

import re
from pathlib import Path

import deconv_helpers

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_of_an_explorer_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    lines = code.rstrip().splitlines()
    assert lines[-1].startswith("explore(")
    names: dict[str, object] = {}
    exec("\n".join([*lines[:-1], "explorer = " + lines[-1]]), names)
    explorer = names["explorer"]
    assert isinstance(explorer, deconv_helpers.scenes.explorer.Explorer)
    scene = explorer.scene(by=1)
    assert scene["output"].values.tolist() == [[3, 0, 1, 2], [7, 4, 5, 6]]
    for cell in range(8):
        (partner,) = scene.partners("input", cell)["output"]
        assert scene["input"].values.flat[cell] == scene["output"].values.flat[partner]


def test_links_and_pictures_are_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert [t for t in targets if "://" not in t and not (ROOT / t).exists()] == []


def test_every_lesson_is_listed_with_a_picture() -> None:
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        rows = [line for line in README.splitlines() if f"(notebooks/{notebook.name})" in line]
        assert len(rows) == 1, f"README.md lists {notebook.name} {len(rows)} times"
        assert "![" in rows[0], f"README.md shows no picture of {notebook.name}"
