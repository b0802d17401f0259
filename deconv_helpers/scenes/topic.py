"""Topics: a scene function, the arrays it may begin with, and the values that its settings may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from .controls import Array, Control, Preset, checked_controls
from .scene import CROPPED, PADDING, Floats, Scene


@dataclass(frozen=True, eq=False)
class Topic:
    """What an explorer is made of, and what questions ask about.

    name     what it is called, in a page's address too
    build    the function that makes a scene of one array for each source and one value for each setting
    sources  for each source its arrays by name; in place of an array, a function makes it of the settings
    listed   for each setting the values that an explorer offers
    start    the values an explorer begins with; left out, the first ones
    shapes   for a source the setting that only shapes its presets, and has no meaning for an array of yours

    >>> def powers(x, power):
    ...     return Scene((Panel("x", np.asarray(x, float) ** power, role="input"),))
    >>> from deconv_helpers.scenes.scene import Panel
    >>> topic = Topic("powers", powers, {"x": {"2x3": np.ones((2, 3))}}, {"power": range(1, 4)})
    >>> topic.at(x=[[1, 2, 3]], power=2).values("x").tolist()
    [[1.0, 4.0, 9.0]]
    """

    name: str
    build: Callable[..., Scene]
    sources: Mapping[str, Mapping[str, Preset]] = field(default_factory=dict)
    listed: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    start: Mapping[str, Any] = field(default_factory=dict)
    shapes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checked_controls({**self.sources, **self.listed})
        for name, value in self.start.items():
            self.control(name).listed(value)

    def control(self, name: str) -> Control:
        """The control called `name`.

        Raises ValueError where there is none.
        """
        if name in self.sources:
            return Control(name, tuple(self.sources[name]), source=True)
        if name not in self.listed:
            known = ", ".join([*self.sources, *self.listed]) or "none here"
            raise ValueError(f"{name} is no control here; there are: {known}")
        return Control(name, self.listed[name])

    @property
    def controls(self) -> list[Control]:
        """All controls, sources first."""
        return [self.control(name) for name in (*self.sources, *self.listed)]

    @property
    def states(self) -> list[dict[str, Any]]:
        """Every combination of the listed values, the last setting varying fastest."""
        return [dict(zip(self.listed, values, strict=True)) for values in product(*self.listed.values())]

    def begun(self, **start: Any) -> Topic:
        """The same topic, beginning with other values.

        Raises ValueError for a name that is no control and a value that it does not list.
        """
        return replace(self, start={**self.start, **start})

    def using(self, **arrays: npt.ArrayLike | None) -> Topic:
        """The same topic with your own arrays in place of presets; None leaves the presets of that source."""
        own = {name: {"yours": np.asarray(array)} for name, array in arrays.items() if array is not None}
        gone = {*own, *(self.shapes[name] for name in own if name in self.shapes)}
        return replace(
            self,
            sources={**self.sources, **own},
            listed={name: values for name, values in self.listed.items() if name not in gone},
            start={name: value for name, value in self.start.items() if name not in gone},
        )

    def array(self, source: str, preset: str, settings: Mapping[str, Any]) -> Array:
        """The array that a source has by the name of `preset`, at these settings."""
        found = self.sources[source][preset]
        return np.asarray(found(dict(settings)) if callable(found) else found)

    def at(self, **settings: Any) -> State:
        """The state with these settings; what is left out is as an explorer begins.

        A source is given by the name of a preset or as an array. A setting need not be listed.
        """
        return State(self, settings)


@dataclass(frozen=True, eq=False)
class State:
    """A topic at certain settings, and the scene that it has there.

    given  the settings that were given by name; sources may be arrays
    """

    topic: Topic
    given: Mapping[str, Any]

    def but(self, **settings: Any) -> State:
        """The same state but for these settings."""
        return State(self.topic, {**self.given, **settings})

    @property
    def settings(self) -> dict[str, Any]:
        """The values of all settings that are no sources."""
        topic = self.topic
        begun = {name: topic.start.get(name, values[0]) for name, values in topic.listed.items()}
        return {**begun, **{name: value for name, value in self.given.items() if name not in topic.sources}}

    @property
    def arrays(self) -> dict[str, Array]:
        """The arrays of all sources."""
        found = {}
        for source, presets in self.topic.sources.items():
            given = self.given.get(source, self.topic.start.get(source, next(iter(presets))))
            found[source] = (
                self.topic.array(source, given, self.settings)
                if isinstance(given, str)
                else np.asarray(given)
            )
        return found

    @cached_property
    def scene(self) -> Scene:
        """Its scene."""
        scene = self.topic.build(**self.arrays, **self.settings)
        if not isinstance(scene, Scene):
            raise TypeError(f"build must return a Scene, got {scene!r:.80} for {dict(self.given)}")
        return scene

    def size(self, panel: str, *, frame: bool = False) -> tuple[int, int] | None:
        """Rows and columns of a panel as a reader counts them; None where the scene has no such panel.

        Cropped cells never count, and padding only as part of the frame.
        """
        if panel not in self.scene:
            return None
        rows, columns = self._box(panel, (CROPPED,) if frame else (PADDING, CROPPED))
        return rows.stop - rows.start, columns.stop - columns.start

    def values(self, panel: str) -> Floats:
        """The cells of a panel without padding and what is cropped, (rows, columns)."""
        return self.scene[panel].values[self._box(panel)].astype(float)

    def value(self, panel: str, place: tuple[int, int]) -> float:
        """The number that stands at (row, column) of a panel, as captions count them."""
        return float(self.scene[panel].values.flat[self.cell(panel, place)])

    def cell(self, panel: str, place: tuple[int, int]) -> int:
        """The cell (row-major) that captions call (row, column)."""
        shown = self.scene[panel]
        row, column = (at + first for at, first in zip(place, shown.origin, strict=True))
        if not (0 <= row < shown.shape[0] and 0 <= column < shown.shape[1]):
            raise ValueError(f"{panel} has no cell {list(place)}: it is {shown.shape[0]}x{shown.shape[1]}")
        return int(row * shown.shape[1] + column)

    def place(self, panel: str, cell: int) -> tuple[int, int]:
        """What captions call a cell: (row, column), counted from the panel's origin."""
        shown = self.scene[panel]
        row, column = divmod(cell, shown.shape[1])
        return row - shown.origin[0], column - shown.origin[1]

    def meets(self, panel: str, place: tuple[int, int], other: str) -> list[tuple[int, int]]:
        """The (row, column) of the data cells of `other` that share a tap with a cell of `panel`."""
        partners = self.scene.partners(panel, self.cell(panel, place)).get(other, [])
        data = set(self.scene[other].data.tolist())
        return [self.place(other, cell) for cell in partners if cell in data]

    @cached_property
    def _boxes(self) -> dict[tuple[str, tuple[int, ...]], tuple[slice, slice]]:
        return {}

    def _box(self, panel: str, without: tuple[int, ...] = (PADDING, CROPPED)) -> tuple[slice, slice]:
        """The rows and the columns that hold anything but marks of `without`."""
        if (panel, without) not in self._boxes:
            self._boxes[panel, without] = self.scene[panel].inside(without)
        return self._boxes[panel, without]
