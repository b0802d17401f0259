"""Explorers without Python: what is written for a page, and what is refused. The browser tests read it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deconv_helpers import ask
from deconv_helpers.scenes import saving
from deconv_helpers.scenes.explorer import Explorer, explore
from deconv_helpers.scenes.scene import Panel, Scene


def added(x: np.ndarray, y: np.ndarray, times: int) -> Scene:
    values = np.asarray(x, float) + times * np.asarray(y, float)
    return Scene(
        (Panel("x", np.asarray(x), role="input", editable=True), Panel("sum", values, role="output")),
        summary=f"<b>{values.tolist()}</b>",
    )


def head_of(payload: bytes) -> dict[str, Any]:
    raw = gzip.decompress(payload)
    head: dict[str, Any] = json.loads(raw[8 : 8 + int.from_bytes(raw[:4], "little")])
    return head


@pytest.fixture
def explorer() -> Explorer:
    rows = {name: np.arange(3 * k, 3 * k + 3).reshape(1, 3) for k, name in enumerate(("a", "b", "c"))}
    return explore(added, x=rows, y={"p": rows["a"], "q": rows["b"]}, times=range(1, 4))


def choose(explorer: Explorer, x: str, y: str) -> bytes:
    """What Python sends for a choice."""
    explorer.x, explorer.y = x, y
    return gzip.decompress(explorer.payload)


def written(folder: Path, name: str) -> bytes:
    return gzip.decompress((folder / "new" / name).read_bytes())


def test_a_folder_has_what_python_would_send_for_each_choice(explorer: Explorer, tmp_path: Path) -> None:
    explorer.times, explorer.x = 2, "b"
    saving.write_folder(explorer, tmp_path / "new")
    traits = json.loads((tmp_path / "new" / "traits.json").read_text())
    assert (traits["times"], traits["x"], traits["initial"]["x"]) == (2, "b", "b")
    assert not {"payload", "layout", "_esm"} & set(traits)
    assert len(list((tmp_path / "new").glob("*.bin"))) == 6
    for i, x in enumerate("abc"):
        for j, y in enumerate("pq"):
            assert written(tmp_path, f"payload-{i}-{j}.bin") == choose(explorer, x, y)


def test_menus_that_would_be_too_much_are_left_out(
    explorer: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "LARGEST_FOLDER", 4 * len(explorer.payload))
    explorer.y = "q"
    saving.write_folder(explorer, tmp_path / "new")
    traits = json.loads((tmp_path / "new" / "traits.json").read_text())
    assert saving.menus_of(traits) == {"x": ["a", "b", "c"], "y": ["q"]}
    names = {f"payload-{i}-0.bin" for i in range(3)}
    assert {path.name for path in (tmp_path / "new").glob("*.bin")} == names
    assert written(tmp_path, "payload-2-0.bin") == choose(explorer, "c", "q")


def test_what_was_typed_is_saved_and_cannot_be_undone_there(explorer: Explorer) -> None:
    explorer.edit("x", 0, "7")
    sent, saved = (head_of(payload) for payload in (explorer.payload, explorer.payload_at()))
    assert sent.pop("edited") is True
    assert saved.pop("edited") is False
    assert "7" in saved["texts"]
    assert sent == saved
    assert gzip.decompress(explorer.payload_at(x="b")) == choose(explorer, "b", "p")


def test_a_saved_file(explorer: Explorer, tmp_path: Path) -> None:
    explorer.save(tmp_path / "all.html")
    explorer.save(tmp_path / "few.html", y="q")
    whole, few = ((tmp_path / name).read_text(encoding="utf-8") for name in ("all.html", "few.html"))
    assert [page.count('"payload-') for page in (whole, few)] == [6, 2]
    assert "&lt;b&gt;[[0.0, 2.0, 4.0]]" in whole
    assert "<b>" not in whole
    with pytest.raises(ValueError, match=r"y must be of 'p', 'q', got 'z'"):
        explorer.save(tmp_path / "no.html", y=["z"])
    with pytest.raises(TypeError, match=r"times is no menu of arrays; those here: x, y"):
        explorer.save(tmp_path / "no.html", times="1")
    assert not (tmp_path / "no.html").exists()


def test_a_saved_question_has_no_menus(tmp_path: Path) -> None:
    asked = ask("01 A")
    with pytest.raises(TypeError, match=r"input is no menu of arrays; those here: none"):
        asked.save(tmp_path / "size.html", input="digits")
    asked.save(tmp_path / "size.html")
    assert "<title>question 01 A</title>" in (tmp_path / "size.html").read_text(encoding="utf-8")


def test_a_file_that_would_be_too_large_is_refused(
    explorer: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "LARGEST_FILE", 4 * len(explorer.payload))
    with pytest.raises(ValueError, match=r"all 6 choices: name those .* x=\['a'\]"):
        explorer.save(tmp_path / "all.html")
    assert not (tmp_path / "all.html").exists()
    explorer.save(tmp_path / "all.html", x="a")


def test_what_is_embedded_cannot_end_its_script() -> None:
    assert "</" not in saving.embedded({"text": "</script>"})
    assert json.loads(saving.embedded({"text": "</script>"})) == {"text": "</script>"}
