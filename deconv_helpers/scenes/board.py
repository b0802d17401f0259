"""The board: scenes on the screen.

All scenes that an explorer can reach are sent to the browser at once, so the picture moves without asking
Python. The browser code in `static/` knows how to draw a scene and nothing of what it means.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import numpy.typing as npt
import traitlets

from . import palette
from .scene import LEGEND, MARKS, Panel, Scene, format_number

STATIC = Path(__file__).parent / "static"


class Board(anywidget.AnyWidget):
    """A picture that shows one of many scenes, chosen by the int traits named in `controls`.

    payload   the scenes, as `pack` writes them
    controls  (trait name, lowest value, number of values) for each listed control; the last varies fastest
    step      0 is the finished picture, k the k-th step of the scene
    n_steps   steps of the scene that is shown, at least 1; the browser keeps it so
    playing   whether Play is running
    large     whether everything is drawn up to twice as large, as far as the page is wide enough
    message   what went wrong with the last thing a reader typed; empty when nothing did

    >>> board = Board([("stride", 1, 3), ("padding", 0, 2)])
    >>> board.stride, board.padding
    (1, 0)
    """

    _esm = STATIC / "board.js"
    _css = palette.stylesheet() + (STATIC / "board.css").read_text(encoding="utf-8")

    payload = traitlets.Bytes().tag(sync=True)
    controls = traitlets.List().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    n_steps = traitlets.Int(1).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    large = traitlets.Bool(False).tag(sync=True)
    message = traitlets.Unicode("").tag(sync=True)

    def __init__(self, controls: Sequence[tuple[str, int, int]] = (), **state: Any) -> None:
        self.add_traits(**{name: traitlets.Int(low).tag(sync=True) for name, low, _ in controls})
        super().__init__(controls=[list(control) for control in controls], **state)


def pack(scenes: Iterable[Scene]) -> bytes:
    """Scenes as gzipped bytes: a JSON header, then the arrays it refers to, each array stored once.

    The header's length stands in the first four bytes (little endian), the header begins at byte 8, and the
    arrays follow it. A scene names an array by its number in `arrays`, which says the array's type, first
    byte and length. Values are numbers of an entry in `numbers` (null: not finite) and `texts`. The tap
    table is an array for each panel. The taps of all steps are one array, and so are all changes: stepEnds
    and changeEnds say where those of each step end, changeEnds beginning with the scene's start.

    >>> scene = Scene((Panel("input", np.ones((2, 3)), "input", "input 2x3"),))
    >>> 0 < len(pack([scene])) < 1000
    True
    """
    pool = _Pool()
    described = [_describe(scene, pool) for scene in scenes]
    table, arrays, blob = pool.finish()
    head = {
        "marks": MARKS,
        "legend": [LEGEND.get(mark, "") for mark in MARKS],
        "texts": [format_number(v) for v in table.tolist()],
        "numbers": [v if np.isfinite(v) else None for v in table.tolist()],
        "scenes": described,
        "arrays": arrays,
    }
    text = json.dumps(head, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 8)
    return gzip.compress(len(text).to_bytes(4, "little") + bytes(4) + text + blob, compresslevel=3, mtime=0)


class _Pool:
    """Arrays by content: equal arrays are kept once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, bytes], int] = {}

    def add(self, array: npt.NDArray[Any], kind: str = "int") -> int:
        """The number of the array. Values ("value") go through the table of numbers; others are integers."""
        stored = np.ascontiguousarray(array, dtype=np.float64 if kind == "value" else np.int32)
        return self._found.setdefault((kind, stored.tobytes()), len(self._found))

    def finish(self) -> tuple[npt.NDArray[np.float64], list[list[Any]], bytes]:
        """The table of numbers, (type, offset, length) for each array, and the bytes of all arrays."""
        values = {
            number: np.frombuffer(raw)
            for number, ((kind, raw), _) in enumerate(self._found.items())
            if kind == "value"
        }
        joined = np.concatenate(list(values.values())) if values else np.empty(0)
        table, inverse = np.unique(joined, return_inverse=True)
        ends = np.cumsum([len(v) for v in values.values()])
        indices = dict(zip(values, np.split(inverse, ends[:-1]), strict=True)) if values else {}
        arrays, chunks, offset = [], [], 0
        for number, (kind, raw) in enumerate(self._found):
            array = indices[number] if kind == "value" else np.frombuffer(raw, dtype=np.int32)
            chunk, code = _smallest(array)
            arrays.append([code, offset, len(array)])
            chunks.append(chunk)
            offset += len(chunk)
        return table, arrays, b"".join(chunks)


def _smallest(array: npt.NDArray[Any]) -> tuple[bytes, str]:
    """An integer array in the smallest type that holds it: its bytes, padded to eight, and the type."""
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    code = "i1" if low >= -128 and high < 128 else "i2" if low >= -32768 and high < 32768 else "i4"
    raw = array.astype("<" + code).tobytes()
    return raw + bytes(-len(raw) % 8), code


def _describe(scene: Scene, pool: _Pool) -> dict[str, Any]:
    changes = [scene.start, *(step.changes for step in scene.steps)]
    all_changes = np.concatenate(changes)
    taps = [step.taps for step in scene.steps]
    return {
        "panels": [_describe_panel(panel, pool) for panel in scene.panels],
        "taps": [pool.add(scene.taps[:, i]) for i in range(scene.taps.shape[1])],
        "captions": [step.caption for step in scene.steps],
        "stepTaps": pool.add(np.concatenate(taps) if taps else np.empty(0)),
        "stepEnds": pool.add(np.cumsum([len(t) for t in taps])),
        "changePanels": pool.add(all_changes[:, 0]),
        "changeCells": pool.add(all_changes[:, 1]),
        "changeValues": pool.add(all_changes[:, 2], "value"),
        "changeEnds": pool.add(np.cumsum([len(c) for c in changes])),
        "notes": [[note.kind, note.text] for note in scene.notes],
    }


def _describe_panel(panel: Panel, pool: _Pool) -> dict[str, Any]:
    return {
        "name": panel.name,
        "title": panel.title,
        "role": panel.role,
        "sign": panel.sign,
        "shape": panel.values.shape,
        "values": pool.add(panel.values, "value"),
        "marks": None if panel.marks is None else pool.add(panel.marks),
        "weights": None if panel.weights is None else pool.add(panel.weights),
        "editable": panel.editable,
        "image": panel.image,
    }
