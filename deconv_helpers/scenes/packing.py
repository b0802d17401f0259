"""Scenes on the wire: all that an explorer can reach, as one piece of gzipped bytes.

They are sent to the browser at once, so the picture moves without asking Python.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from .scene import LEGEND, MARKS, Panel, Scene, format_number


def pack(scenes: Iterable[Scene], **more: Any) -> bytes:
    """Scenes as gzipped bytes: a JSON header, then the arrays it refers to, each array stored once.

    The header's length stands in the first four bytes (little endian), the header begins at byte 8, and the
    arrays follow it. `scenes` in the header are as `describe` says, an array by its number in `arrays`, which
    says the array's type, first byte and length. Values are numbers of an entry in `numbers` (null: not
    finite) and `texts`. Further keywords stand in the header as they are.

    >>> scene = Scene((Panel("input", np.ones((2, 3)), role="input"),))
    >>> 0 < len(pack([scene])) < 1000
    True
    """
    pool = Pool()
    described = [describe(scene, pool) for scene in scenes]
    table, arrays, blob = pool.finish()
    head = {
        "marks": MARKS,
        "legend": [LEGEND.get(mark, "") for mark in MARKS],
        "texts": [format_number(v) for v in table.tolist()],
        "numbers": [v if isfinite(v) else None for v in table.tolist()],
        "scenes": described,
        "arrays": arrays,
        **more,
    }
    text = json.dumps(head, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 8)
    return gzip.compress(len(text).to_bytes(4, "little") + bytes(4) + text + blob, compresslevel=3, mtime=0)


def describe(scene: Scene, pool: Pool) -> dict[str, Any]:
    """A scene as plain JSON whose arrays are in the pool.

    Panels are known by their number. The taps of all steps are one array, and so are all changes: stepEnds
    and changeEnds say where those of each step end, changeEnds beginning with the scene's start.
    """
    number = {panel.name: n for n, panel in enumerate(scene.panels)}
    stages = [scene.start, *(step.changes for step in scene.steps)]
    changes = [(number[name], *change) for stage in stages for name, change in stage.items()]
    taps = [step.taps for step in scene.steps]
    return {
        "rows": [[title, [number[p.name] for p in row]] for title, row in scene.layout.items()],
        "panels": [_describe_panel(panel, pool) for panel in scene.panels],
        "taps": [[number[name], pool.add(column)] for name, column in scene.taps.items()],
        "sums": [
            [number[s.result], *(number[factor] for factor in s.factors), s.term, s.empty] for s in scene.sums
        ],
        "captions": [step.caption for step in scene.steps],
        "labels": [step.label for step in scene.steps] if any(s.label for s in scene.steps) else None,
        "stepTaps": pool.add(_joined(taps)),
        "stepEnds": pool.add(np.cumsum([len(t) for t in taps])),
        "changePanels": pool.add(
            np.repeat([panel for panel, _, _ in changes], [len(cells) for _, cells, _ in changes])
        ),
        "changeCells": pool.add(_joined([cells for _, cells, _ in changes])),
        "changeValues": pool.add(_joined([values for _, _, values in changes]), "value"),
        "changeEnds": pool.add(np.cumsum([sum(len(c) for c, _ in stage.values()) for stage in stages])),
        "notes": [[note.kind, note.text] for note in scene.notes],
        "whole": scene.whole,
    }


def _joined(arrays: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.empty(0)


def _describe_panel(panel: Panel, pool: Pool) -> dict[str, Any]:
    wrong = panel.wrong
    return {
        "name": panel.name,
        "title": panel.heading,
        "role": panel.role,
        "sign": panel.sign,
        "shape": panel.shape,
        "values": pool.add(panel.values, "value"),
        "marks": None if panel.marks is None else pool.add(panel.marks),
        "weights": None if panel.weights is None else pool.add(panel.weights),
        "origin": panel.origin,
        "wrong": None
        if panel.expected is None
        else [pool.add(wrong), pool.add(panel.expected.flat[wrong], "value")],
        "editable": panel.editable,
        "image": panel.image and [panel.image.black, panel.image.white, panel.image.decades],
    }


class Pool:
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
