"""Sliders over scenes: any function that returns a `Scene` becomes something to explore.

Every state that the listed controls can reach is computed up front and sent to the browser once. Sources
(arrays to choose from, or to type into) are asked of Python.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from threading import RLock
from typing import Any

import ipywidgets as widgets
import numpy as np
import numpy.typing as npt
from IPython.core.getipython import get_ipython

from .board import Board, pack
from .drawing import figure_png, show_scene
from .scene import Scene

Array = npt.NDArray[Any]
Preset = Array | Callable[[dict[str, Any]], Array]
"""An array, or a function that makes it from the settings of the listed controls."""

MARK = "deconv_helpers"
"""The key in an output's metadata by which the save hook knows a live view of ours."""

LARGEST = 1e30
"""The largest number that may be typed into a cell."""


class Explorer(widgets.VBox):
    """Controls over a board; made by `explore`.

    `scene(stride=2)` gives the scene of any state. Displayed, it is a live view; where no kernel runs, a
    picture and a summary of the state at display stand in its place.
    """

    def __init__(
        self,
        build: Callable[..., Scene],
        sources: Mapping[str, Mapping[str, Preset]],
        listed: Mapping[str, Sequence[Any]],
        start: Mapping[str, Any],
    ) -> None:
        self._build, self._sources, self._listed = build, sources, listed
        self._chosen = {name: next(iter(presets)) for name, presets in sources.items()}
        self._edits: dict[tuple[str, tuple[int, ...]], Array] = {}
        self._lock = RLock()
        self._settings = [dict(zip(listed, values, strict=True)) for values in product(*listed.values())]
        self._scenes = self._build_all()
        self._board = Board([_numbered(name, values) for name, values in listed.items()])
        self._board.payload = pack(self._scenes)
        self._board.on_msg(self._on_message)
        self._controls = {name: _control(name, values) for name, values in listed.items()}
        self._links: list[Any] = []
        for name, control in self._controls.items():
            trait = "index" if isinstance(control, widgets.Dropdown) else "value"
            self._link(control, trait, name)
            control.value = start.get(name, listed[name][0])
        super().__init__([self._source_row(), self._slider_row(), self._step_row(), self._board])
        self.add_class("dcv-explorer")
        _replace_earlier(self)

    @property
    def settings(self) -> dict[str, Any]:
        """The values of the listed controls, by name."""
        return {name: control.value for name, control in self._controls.items()}

    def scene(self, **settings: Any) -> Scene:
        """The scene of the given settings; those left out are as the controls stand.

        Raises TypeError for a name that is no control, ValueError for a value that it does not have.
        """
        wanted = self.settings
        for name, value in settings.items():
            if name not in self._listed:
                raise TypeError(f"{name} is no control of this explorer; it has {', '.join(self._listed)}")
            if value not in self._listed[name]:
                known = ", ".join(map(str, self._listed[name]))
                raise ValueError(f"{name} must be one of {known}, got {value!r}")
            wanted[name] = value
        return self._scenes[self._settings.index(wanted)]

    def choose(self, **presets: str) -> None:
        """Choose presets by name, as the menus do; what was typed into these sources is dropped.

        Raises ValueError for a source or a preset that does not exist.
        """
        for source, preset in presets.items():
            if source not in self._sources:
                raise ValueError(f"{source} is no source of this explorer; it has {', '.join(self._sources)}")
            if preset not in self._sources[source]:
                known = ", ".join(map(repr, self._sources[source]))
                raise ValueError(f"{source} must be one of {known}, got {preset!r}")
        edits = {key: array for key, array in self._edits.items() if key[0] not in presets}
        self._rebuild({**self._chosen, **presets}, edits)

    def edit(self, panel: str, cell: int, text: str, **settings: Any) -> None:
        """Put the number in `text` into data cell number `cell` (row-major) of `panel`, as typing does.

        Raises ValueError for what is not a number, or not a cell to type into.
        """
        shown = self.scene(**settings)[panel]
        data = np.zeros(shown.values.shape, int) if shown.marks is None else shown.marks
        if not shown.editable or not 0 <= cell < data.size or data.flat[cell]:
            raise ValueError(f"cell {cell} of {panel} is not one to type into")
        array = self._array(panel, {**self.settings, **settings}).astype(float)
        array.flat[int((data.flat[:cell] == 0).sum())] = parse_number(text)
        self._rebuild(self._chosen, {**self._edits, (panel, array.shape): array})

    def undo_edits(self) -> None:
        """Drop everything that was typed."""
        self._rebuild(self._chosen, {})

    def close(self) -> None:
        """Close the explorer and every widget it made."""
        made = [w for w in _descendants(self) if w is not self]
        for widget in [*self._links, *made]:
            for part in ("layout", "style"):
                if widget.has_trait(part):
                    getattr(widget, part).close()
            widget.close()
        self.layout.close()
        super().close()

    def __repr__(self) -> str:
        return self.scene().summary

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = dict(super()._repr_mimebundle_(**kwargs))
        figure = show_scene(self.scene(), footer="Run this cell to move the sliders.")
        data["image/png"] = base64.b64encode(figure_png(figure)).decode()
        data["text/plain"] = repr(self)
        return data, {MARK: {"view": "explorer"}}

    def _array(self, source: str, settings: dict[str, Any]) -> Array:
        preset = self._sources[source][self._chosen[source]]
        array = np.asarray(preset(settings) if callable(preset) else preset)
        return self._edits.get((source, array.shape), array)

    def _build_all(self) -> list[Scene]:
        return [
            self._build(**{name: self._array(name, settings) for name in self._sources}, **settings)
            for settings in self._settings
        ]

    def _rebuild(self, chosen: dict[str, str], edits: dict[tuple[str, tuple[int, ...]], Array]) -> None:
        """Compute all scenes for new arrays and send them; when that fails, everything stays as it was."""
        with self._lock:
            before = self._chosen, self._edits
            self._chosen, self._edits = chosen, edits
            try:
                self._scenes = self._build_all()
            except Exception:
                self._chosen, self._edits = before
                raise
            self._board.payload = pack(self._scenes)
            for name, menu in self._menus.items():
                menu.value = self._chosen[name]
            self._undo.disabled = not edits

    def _guarded(self, action: Callable[[], None]) -> None:
        """Run what a reader asked for; what goes wrong becomes the board's message."""
        with self._lock:
            self._board.message = ""
            try:
                action()
            except Exception as error:
                self._board.message = str(error) or type(error).__name__

    def _on_message(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("kind") == "edit":
            settings = self._settings[content["scene"]]
            self._guarded(lambda: self.edit(content["panel"], content["cell"], content["text"], **settings))

    def _source_row(self) -> widgets.HBox:
        self._menus = {
            name: widgets.Dropdown(options=list(presets), description=name, style=_LABEL)
            for name, presets in self._sources.items()
            if len(presets) > 1
        }
        for name, menu in self._menus.items():
            menu.observe(lambda change, name=name: self._on_menu(name, change["new"]), "value")
        self._undo = widgets.Button(description="Undo edits", disabled=True, layout={"width": "auto"})
        self._undo.on_click(lambda _: self._guarded(self.undo_edits))
        return _row([*self._menus.values(), self._undo])

    def _slider_row(self) -> widgets.HBox:
        return _row(list(self._controls.values()))

    def _on_menu(self, name: str, preset: str) -> None:
        if preset != self._chosen[name]:
            self._guarded(lambda: self.choose(**{name: preset}))

    def _step_row(self) -> widgets.HBox:
        play = widgets.Play(interval=900, show_repeat=False)
        slider = widgets.IntSlider(description="step", style=_LABEL, layout={"width": "360px"})
        self._board.n_steps = max(1, len(self.scene().steps))
        for control in (play, slider):
            self._links.append(widgets.jsdlink((self._board, "n_steps"), (control, "max")))
            self._link(control, "value", "step")
            control.max = self._board.n_steps
        large = widgets.Checkbox(description="large", indent=False, layout={"width": "auto"})
        self._link(large, "value", "large")
        return _row([play, slider, large])

    def _link(self, control: widgets.Widget, trait: str, name: str) -> None:
        self._links.append(widgets.jslink((control, trait), (self._board, name)))


def explore(
    build: Callable[..., Scene], *, start: Mapping[str, Any] | None = None, **controls: Any
) -> Explorer:
    """An explorer of the scenes that `build` returns, with a control for each of its arguments.

    Each keyword names an argument of `build` and lists what it may be:

    - a dict of name -> array is a source: a menu, and cells to type into where a panel of the same name
      is editable. In place of an array, a function makes it from the dict of the other settings;
    - a range of ints is a slider, the tuple (False, True) a checkbox, a tuple of strings a menu.

    All combinations of the latter are computed at once, so keep them to a few hundred. `start` gives the
    values to begin with. Raises TypeError for a control that is none of these, ValueError for an empty one.

    >>> from deconv_helpers.scene import Panel
    >>> def powers(x, power):
    ...     values = np.asarray(x, float) ** power
    ...     return Scene((Panel("x", values, "input", f"x to the power {power}"),))
    >>> explorer = explore(powers, x={"2x3": np.array([[1, 2, 3], [4, 5, 6]])}, power=range(1, 4))
    >>> explorer.scene(power=2)["x"].values[1].tolist()
    [16.0, 25.0, 36.0]
    """
    for name, values in controls.items():
        if not isinstance(values, (Mapping, range, tuple)):
            raise TypeError(
                f"{name} must be a dict of arrays, a range or a tuple, got {type(values).__name__}"
            )
        if not values:
            raise ValueError(f"{name} must list at least one value, got {values!r}")
    sources = {name: values for name, values in controls.items() if isinstance(values, Mapping)}
    listed = {name: values for name, values in controls.items() if name not in sources}
    for name, value in (start or {}).items():
        if name not in listed or value not in listed[name]:
            raise ValueError(f"start must give values of the listed controls, got {name}={value!r}")
    return Explorer(build, sources, listed, start or {})


def parse_number(text: str) -> float:
    """The number that a reader typed; nothing at all is 0.

    Raises ValueError for what is not a finite number of at most 1e30.

    >>> parse_number(" -0.5 "), parse_number("")
    (-0.5, 0.0)
    """
    shown = repr(text if len(text) <= 20 else text[:20] + "…")
    try:
        value = float(text.strip() or 0)
    except ValueError:
        raise ValueError(f"{shown} is not a number. Type digits, such as 2 or -0.5.") from None
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise ValueError(f"{shown} is too large for a cell. Type a number from -1e30 to 1e30.")
    return value


_LABEL = {"description_width": "initial"}


def _numbered(name: str, values: Sequence[Any]) -> tuple[str, int, int]:
    """The trait that stands for a control: ints count from the lowest, everything else from 0."""
    return name, values[0] if isinstance(values, range) else 0, len(values)


def _control(name: str, values: Sequence[Any]) -> widgets.Widget:
    label = name.replace("_", " ")
    if isinstance(values, range):
        return widgets.IntSlider(
            min=values[0],
            max=values[-1],
            step=values.step,
            description=label,
            style=_LABEL,
            layout={"width": "220px"},
        )
    if values == (False, True):
        return widgets.Checkbox(description=label, indent=False, layout={"width": "auto"})
    return widgets.Dropdown(options=values, description=label, style=_LABEL)


def _row(controls: list[widgets.Widget]) -> widgets.HBox:
    row = widgets.HBox(controls)
    row.add_class("dcv-controls")
    return row


def _descendants(widget: widgets.Widget) -> Iterable[widgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _descendants(child)


_SHOWN: dict[str, tuple[str, list[Explorer]]] = {}


def _replace_earlier(explorer: Explorer) -> None:
    """Close what an earlier run of the same cell made: nothing else would, and its widgets would pile up."""
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell, run = parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")
    if cell is None:
        return
    earlier, explorers = _SHOWN.get(cell, (run, []))
    if earlier != run:
        for old in explorers:
            old.close()
        explorers = []
    _SHOWN[cell] = (run, [*explorers, explorer])
