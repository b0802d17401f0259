"""What a picture says: panels of numbers, the products that connect their cells, and steps through them.

A scene holds no colour and no pixel. `drawing` puts it on paper, `board` puts it on the screen, and tests
compare scenes instead of pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]

ROLES = ("input", "kernel", "output", "matrix")
"""What a panel is for; the palette gives each role its colour."""

MARKS = ("data", "padding", "inserted zero", "structural zero", "cropped")
"""What a cell is, by its code in `Panel.marks`."""

LEGEND = {
    "padding": "a frame of zeros around the data",
    "inserted zero": "inserted zero",
    "structural zero": "structural zero: no weight reaches this cell",
    "cropped": "cropped: computed, then cut off by the padding",
}
"""What the marks mean, for a reader."""

NOTE_KINDS = ("equal", "differs", "count", "code", "message")
"""What a note is for; the style sheet gives each kind its look."""

NO_CHANGES: Floats = np.empty((0, 3))
NO_TAPS: Ints = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Panel:
    """One matrix of a scene.

    values   (rows, cols) numbers; NaN leaves a cell blank. For an image: 0 to 255.
    role     one of ROLES
    sign     what stands between the panel before and this one, such as "=" or "∗"
    marks    (rows, cols) codes into MARKS; left out, every cell is data
    weights  (rows, cols) index of the kernel weight that stands in the cell, -1 for none
    editable whether a reader may type a number into a data cell
    image    whether the values are grey levels of pixels rather than numbers to read

    >>> Panel("input", np.ones((2, 3)), "input", "input 2x3").values.shape
    (2, 3)
    """

    name: str
    values: Floats
    role: str
    title: str
    sign: str = ""
    marks: Ints | None = None
    weights: Ints | None = None
    editable: bool = False
    image: bool = False

    def __post_init__(self) -> None:
        if self.values.ndim != 2:
            raise ValueError(f"panel {self.name!r}: values must have 2 axes, got shape {self.values.shape}")
        if self.role not in ROLES:
            raise ValueError(
                f"panel {self.name!r}: role must be one of {', '.join(ROLES)}, got {self.role!r}"
            )
        for what, array in (("marks", self.marks), ("weights", self.weights)):
            if array is not None and array.shape != self.values.shape:
                raise ValueError(
                    f"panel {self.name!r}: {what} must have the shape of values {self.values.shape},"
                    f" got {array.shape}"
                )


@dataclass(frozen=True, eq=False)
class Step:
    """One step of Play: the taps that take part, the sentence for it, and the values that change.

    taps     (n,) row numbers of the scene's tap table
    changes  (n, 3) rows of panel number, cell number, new value; they stay for the steps that follow
    """

    taps: Ints
    caption: str
    changes: Floats = field(default_factory=lambda: NO_CHANGES)


@dataclass(frozen=True)
class Note:
    """A short text under the picture. kind is one of NOTE_KINDS."""

    kind: str
    text: str

    def __post_init__(self) -> None:
        if self.kind not in NOTE_KINDS:
            raise ValueError(f"kind must be one of {', '.join(NOTE_KINDS)}, got {self.kind!r}")


@dataclass(frozen=True, eq=False, repr=False)
class Scene:
    """A whole picture.

    panels   the matrices, from left to right
    taps     (n, panels) one row for each elementary product: in every panel the number of the cell
             (row-major) that takes part, -1 where the panel has no part in it
    steps    what Play goes through; step 0 is the finished picture, step k shows steps[k - 1]
    start    (n, 3) like Step.changes: how the picture differs from the finished one before the first step
    notes    texts under the picture
    summary  the picture in words and numbers, for a reader who sees no picture

    >>> x = Panel("input", np.array([[1.0, 2.0, 3.0]]), "input", "input 1x3")
    >>> y = Panel("output", np.array([[3.0, 5.0]]), "output", "output 1x2", sign="=")
    >>> scene = Scene((x, y), taps=np.array([[0, 0], [1, 0], [1, 1], [2, 1]]))
    >>> scene.partners("input", 1)
    {'output': [0, 1]}
    """

    panels: tuple[Panel, ...] = ()
    taps: Ints = field(default_factory=lambda: np.empty((0, 0), dtype=np.int32))
    steps: tuple[Step, ...] = ()
    start: Floats = field(default_factory=lambda: NO_CHANGES)
    notes: tuple[Note, ...] = ()
    summary: str = ""

    def __post_init__(self) -> None:
        if not self.panels and not self.notes:
            raise ValueError("a scene needs a panel or a note that says why there is none")
        if self.taps.size and self.taps.shape[1] != len(self.panels):
            raise ValueError(
                f"taps must have a column for each of the {len(self.panels)} panels,"
                f" got shape {self.taps.shape}"
            )

    def __repr__(self) -> str:
        return f"Scene of {', '.join(p.title for p in self.panels) or 'a message'}\n{self.summary}".rstrip()

    def number(self, panel: str) -> int:
        """The number of the panel called `panel`."""
        names = [p.name for p in self.panels]
        if panel not in names:
            raise ValueError(f"panel must be one of {', '.join(names)}, got {panel!r}")
        return names.index(panel)

    def __getitem__(self, panel: str) -> Panel:
        return self.panels[self.number(panel)]

    def partners(self, panel: str, cell: int) -> dict[str, list[int]]:
        """The cells of the other panels that share a tap with `cell` of `panel`: what pointing lights."""
        column = self.number(panel)
        if not self.taps.size:
            return {}
        rows = self.taps[self.taps[:, column] == cell]
        found = {p.name: np.unique(rows[:, i]) for i, p in enumerate(self.panels) if i != column}
        return {name: cells[cells >= 0].tolist() for name, cells in found.items() if (cells >= 0).any()}

    def only(self, *names: str) -> Scene:
        """The scene with the named panels alone, in the order given.

        >>> x = Panel("input", np.array([[1.0, 2.0, 3.0]]), "input", "input 1x3")
        >>> Scene((x, replace(x, name="again")), taps=np.array([[0, 2], [1, 1]])).only("again").taps.tolist()
        [[2], [1]]
        """
        columns = [self.number(name) for name in names]

        def kept(changes: Floats) -> Floats:
            order, rows = np.nonzero(np.array(columns)[:, None] == changes[:, 0])
            return np.column_stack([order, changes[rows, 1:]])

        return replace(
            self,
            panels=tuple(self.panels[column] for column in columns),
            taps=self.taps[:, columns] if self.taps.size else NO_TAPS.reshape(0, len(columns)),
            steps=tuple(replace(step, changes=kept(step.changes)) for step in self.steps),
            start=kept(self.start),
        )

    def values_at(self, step: int) -> list[Floats]:
        """The values of all panels at `step`, from 0 (finished) to len(steps)."""
        if not 0 <= step <= len(self.steps):
            raise ValueError(f"step must be from 0 to {len(self.steps)}, got {step}")
        shown = [panel.values.astype(float) for panel in self.panels]
        if step:
            for changes in (self.start, *(s.changes for s in self.steps[:step])):
                for number, cell, value in changes:
                    shown[int(number)].flat[int(cell)] = value
        return shown

    def to_dict(self) -> dict[str, Any]:
        """The scene as plain lists, strings and numbers (NaN as None)."""
        return {
            "panels": [_panel_dict(panel) for panel in self.panels],
            "taps": self.taps.tolist(),
            "steps": [
                {"taps": s.taps.tolist(), "caption": s.caption, "changes": _plain(s.changes)}
                for s in self.steps
            ],
            "start": _plain(self.start),
            "notes": [{"kind": note.kind, "text": note.text} for note in self.notes],
            "summary": self.summary,
        }


def message_scene(text: str) -> Scene:
    """A scene without a picture: `text` says, in a learner's words, what to change to get one."""
    return Scene(notes=(Note("message", text),), summary=text)


@cache
def format_number(value: float) -> str:
    """`value` in the few characters that fit a cell; NaN is blank.

    >>> [format_number(v) for v in (3.0, -0.5, 2 / 3, 1e30, 0.0004, 123456.0)]
    ['3', '-0.5', '0.67', '1e30', '4e-4', '1.2e5']
    """
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if 0.005 <= abs(value) < 99999.5:
        text = (
            f"{value:.2f}"
            if abs(value) < 99.995
            else f"{value:.1f}"
            if abs(value) < 999.95
            else f"{value:.0f}"
        )
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def format_matrix(values: npt.ArrayLike) -> str:
    """A matrix as aligned text, numbers as `format_number` writes them, one row a line.

    >>> print(format_matrix([[1, 20, 3], [0.5, 5, 6]]))
      1   20    3
    0.5    5    6
    """
    rows = [[format_number(v) or "." for v in row] for row in np.asarray(values, dtype=float)]
    width = max((len(text) for row in rows for text in row), default=0)
    return "\n".join("  ".join(text.rjust(width) for text in row) for row in rows)


def size(shape: Sequence[int]) -> str:
    """A shape as the course writes it.

    >>> size((5, 7))
    '5x7'
    """
    return "x".join(map(str, shape))


def _plain(array: Floats) -> list[Any]:
    return [[None if np.isnan(v) else v for v in row] for row in array.tolist()]


def _panel_dict(panel: Panel) -> dict[str, Any]:
    return {
        "name": panel.name,
        "values": _plain(panel.values),
        "role": panel.role,
        "title": panel.title,
        "sign": panel.sign,
        "marks": None if panel.marks is None else panel.marks.tolist(),
        "weights": None if panel.weights is None else panel.weights.tolist(),
        "editable": panel.editable,
        "image": panel.image,
    }
