"""Scenes as plain lists, for tests that compare them whole, and a reader of what is sent to the browser."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np
import pytest

from deconv_helpers.scenes.scene import Changes, Panel, Scene

TYPES = {"i1": np.int8, "i2": np.int16, "i4": np.int32}


def products(scene: Scene, *names: str) -> np.ndarray:
    """The taps as rows, one for each product, with a column for each of the named panels."""
    return np.stack([scene.taps[name] for name in names], axis=1)


def plain(scene: Scene) -> dict[str, Any]:
    """All that a scene says but its summary; None stands for what is no number."""
    return {
        "rows": {title: [panel.name for panel in panels] for title, panels in scene.layout.items()},
        "panels": {panel.name: plain_panel(panel) for panel in scene.panels},
        "taps": {name: column.tolist() for name, column in scene.taps.items()},
        "sums": [[one.result, *one.factors, one.term, one.empty] for one in scene.sums],
        "steps": [
            {
                "caption": step.caption,
                "label": step.label,
                "taps": step.taps.tolist(),
                "changes": plain_changes(step.changes),
            }
            for step in scene.steps
        ],
        "start": plain_changes(scene.start),
        "notes": [[note.kind, note.text] for note in scene.notes],
        "whole": scene.whole,
    }


def plain_panel(panel: Panel) -> dict[str, Any]:
    wrong = None
    if panel.expected is not None:
        wrong = [[cell, number(panel.expected.flat[cell])] for cell in panel.wrong.tolist()]
    return {
        "title": panel.heading,
        "role": panel.role,
        "sign": panel.sign,
        "values": [[number(v) for v in row] for row in panel.values.tolist()],
        "marks": None if panel.marks is None else panel.marks.tolist(),
        "weights": None if panel.weights is None else panel.weights.tolist(),
        "origin": list(panel.origin),
        "wrong": wrong,
        "editable": panel.editable,
        "image": panel.image and [panel.image.black, panel.image.white, panel.image.decades],
    }


def plain_changes(changes: Changes) -> list[list[Any]]:
    return [
        [name, cell, number(value)]
        for name, (cells, values) in changes.items()
        for cell, value in zip(np.asarray(cells).tolist(), np.asarray(values).tolist(), strict=True)
    ]


def number(value: float) -> float | None:
    return value if isfinite(value) else None


def unpack(payload: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The header and the arrays, read as the docstring of `pack` says."""
    raw = gzip.decompress(payload)
    length = int.from_bytes(raw[:4], "little")
    head = json.loads(raw[8 : 8 + length], parse_constant=pytest.fail)
    arrays = [
        np.frombuffer(
            raw, dtype=np.dtype(TYPES[code]).newbyteorder("<"), count=size, offset=8 + length + first
        )
        for code, first, size in head["arrays"]
    ]
    return head, arrays


def read(payload: bytes) -> list[dict[str, Any]]:
    """All scenes of a payload, each as `plain` has it."""
    head, arrays = unpack(payload)
    return [read_scene(found, arrays, head["numbers"]) for found in head["scenes"]]


def read_scene(found: Mapping[str, Any], arrays: list[np.ndarray], table: list[Any]) -> dict[str, Any]:
    def integers(name: str) -> list[int]:
        taken: list[int] = arrays[found[name]].tolist()
        return taken

    def numbers(at: int) -> list[Any]:
        return [table[i] for i in arrays[at].tolist()]

    def shaped(values: list[Any], shape: list[int]) -> list[list[Any]]:
        rows, columns = shape
        assert len(values) == rows * columns
        return [values[row * columns : (row + 1) * columns] for row in range(rows)]

    def panel(one: dict[str, Any]) -> dict[str, Any]:
        same = ("title", "role", "sign", "origin", "editable", "image")
        wrong = one["wrong"] and [arrays[one["wrong"][0]].tolist(), numbers(one["wrong"][1])]
        return {key: one[key] for key in same} | {
            "values": shaped(numbers(one["values"]), one["shape"]),
            "wrong": wrong and [list(pair) for pair in zip(*wrong, strict=True)],
            **{
                key: None if one[key] is None else shaped(arrays[one[key]].tolist(), one["shape"])
                for key in ("marks", "weights")
            },
        }

    names = [one["name"] for one in found["panels"]]
    assert len(set(names)) == len(names)
    changes = [
        [names[at], cell, value]
        for at, cell, value in zip(
            integers("changePanels"), integers("changeCells"), numbers(found["changeValues"]), strict=True
        )
    ]
    taps, tap_ends, ends = integers("stepTaps"), [0, *integers("stepEnds")], integers("changeEnds")
    count = len(found["captions"])
    labels = found["labels"] or [""] * count
    assert len(tap_ends) == len(ends) == len(labels) + 1 == count + 1
    return {
        "rows": {title: [names[at] for at in panels] for title, panels in found["rows"]},
        "panels": {one["name"]: panel(one) for one in found["panels"]},
        "taps": {names[at]: arrays[column].tolist() for at, column in found["taps"]},
        "sums": [[*(names[at] for at in ats), term, empty] for *ats, term, empty in found["sums"]],
        "steps": [
            {
                "caption": found["captions"][i],
                "label": labels[i],
                "taps": taps[tap_ends[i] : tap_ends[i + 1]],
                "changes": changes[ends[i] : ends[i + 1]],
            }
            for i in range(count)
        ],
        "start": changes[: ends[0]],
        "notes": found["notes"],
        "whole": found["whole"],
    }
