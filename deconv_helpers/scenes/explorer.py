"""Sliders over scenes: any function that returns a `Scene` becomes something to explore.

Every state that the listed controls can reach is computed up front and sent to the browser once. Sources
(arrays to choose from, or to type into) are asked of Python.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from threading import RLock
from typing import Any

import ipywidgets as widgets
import numpy as np
from IPython.core.getipython import get_ipython

from .board import Board, pack
from .controls import LABEL, Array, Preset, checked_controls, has, made_control, numbered, parse_number
from .drawing import figure_png, show_scene
from .scene import Scene

MARK = "deconv_helpers"
"""The key in an output's metadata by which the save hook knows a live view of ours."""


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
        self._controls: dict[str, widgets.Widget] = {}
        traits = {}
        for name, values in listed.items():
            self._controls[name], traits[name] = made_control(name, values, start.get(name, values[0]))
        # Every widget is made in the state it is to have: JupyterLab, while it connects to a kernel, may take
        # what a widget was made with and lose what is sent after it.
        self._board = Board(
            [numbered(name, values) for name, values in listed.items()],
            payload=pack(self._scenes),
            n_steps=max(1, len(self.scene().steps)),
            **{name: getattr(self._controls[name], trait) for name, trait in traits.items()},
        )
        self._board.on_msg(self._on_message)
        self._links: list[Any] = []
        for name, trait in traits.items():
            self._link(self._controls[name], trait, name)
        rows = [self._source_row(), self._slider_row(), self._step_row(), self._board]
        super().__init__(rows, _dom_classes=("dcv-explorer",))
        _replace_earlier(self)

    @property
    def settings(self) -> dict[str, Any]:
        """The values of the listed controls, by name."""
        return {name: control.value for name, control in self._controls.items()}

    def scene(self, /, **settings: Any) -> Scene:
        """The scene of the given settings; those left out are as the controls stand.

        Raises TypeError for a name that is no control, ValueError for a value that it does not have.
        """
        wanted = self.settings
        for name, value in settings.items():
            if name not in self._listed:
                raise TypeError(f"{name} is no control of this explorer; it has {', '.join(self._listed)}")
            if not has(self._listed[name], value):
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
            if not has(self._sources[source], preset):
                known = ", ".join(map(repr, self._sources[source]))
                raise ValueError(f"{source} must be one of {known}, got {preset!r}")
        edits = {key: array for key, array in self._edits.items() if key[0] not in presets}
        self._rebuild({**self._chosen, **presets}, edits)

    def edit(self, panel: str, cell: int, text: str, /, **settings: Any) -> None:
        """Put the number in `text` into data cell number `cell` (row-major) of `panel`, as typing does.

        Raises ValueError for what is not a number, or not a cell to type into.
        """
        shown = {p.name: p for p in self.scene(**settings).panels if p.editable and p.name in self._sources}
        if not has(shown, panel):
            known = ", ".join(shown) or "none here"
            raise ValueError(f"panel must be one to type into ({known}), got {panel!r}")
        marks = shown[panel].marks
        cells = (
            list(range(shown[panel].values.size)) if marks is None else np.flatnonzero(marks == 0).tolist()
        )
        if cell not in cells:
            raise ValueError(f"cell must be one of the {len(cells)} data cells of {panel}, got {cell!r}")
        array = self._array(panel, {**self.settings, **settings}).astype(float)
        array.flat[cells.index(cell)] = parse_number(text)
        self._rebuild(self._chosen, {**self._edits, (panel, array.shape): array})

    def undo_edits(self) -> None:
        """Drop everything that was typed."""
        self._rebuild(self._chosen, {})

    def close(self) -> None:
        """Close the explorer and every widget it made; where there is nothing to close, do nothing."""
        if self.comm is None:
            return
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
        scenes = []
        for settings in self._settings:
            arrays = {name: self._array(name, settings) for name in self._sources}
            scene = self._build(**arrays, **settings)
            if not isinstance(scene, Scene):
                raise TypeError(f"build must return a Scene, got {scene!r:.80} for {settings}")
            scenes.append(scene)
        return scenes

    def _rebuild(self, chosen: dict[str, str], edits: dict[tuple[str, tuple[int, ...]], Array]) -> None:
        """Compute all scenes for new arrays and send them; when that fails, everything stays as it was."""
        with self._lock:
            before = self._chosen, self._edits
            self._chosen, self._edits = chosen, edits
            try:
                scenes = self._build_all()
                payload = pack(scenes)
            except Exception:
                self._chosen, self._edits = before
                raise
            self._scenes, self._board.payload = scenes, payload
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
            self._guarded(
                lambda: self.edit(
                    content["panel"], content["cell"], content["text"], **self._settings[content["scene"]]
                )
            )
            self._board.send({"kind": "answered"})

    def _source_row(self) -> widgets.HBox:
        self._menus = {
            name: widgets.Dropdown(options=list(presets), description=name, style=LABEL)
            for name, presets in self._sources.items()
            if len(presets) > 1
        }
        for name, menu in self._menus.items():
            menu.observe(lambda change, name=name: self._on_menu(name, change["new"]), "value")
        self._undo = widgets.Button(description="Undo edits", disabled=True, layout={"width": "auto"})
        self._undo.on_click(lambda _: self._guarded(self.undo_edits))
        # Where no kernel runs, the board says that these ask Python.
        return _row([*self._menus.values(), self._undo], "dcv-asking")

    def _slider_row(self) -> widgets.HBox:
        return _row(list(self._controls.values()))

    def _on_menu(self, name: str, preset: str) -> None:
        if preset != self._chosen[name]:
            self._guarded(lambda: self.choose(**{name: preset}))
            self._menus[name].value = self._chosen[name]

    def _step_row(self) -> widgets.HBox:
        large = widgets.Checkbox(description="large", indent=False, layout={"width": "auto"})
        self._link(large, "value", "large")
        if not any(scene.steps for scene in self._scenes):
            return _row([large])
        most = self._board.n_steps
        play = widgets.Play(max=most, interval=900, show_repeat=False)
        slider = widgets.IntSlider(max=most, description="step", style=LABEL, layout={"width": "360px"})
        for control in (play, slider):
            self._links.append(widgets.jsdlink((self._board, "n_steps"), (control, "max")))
            self._link(control, "value", "step")
        self._link(play, "playing", "playing")
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
    values to begin with. Raises TypeError for a control that is none of these and for a `build` that does
    not return a scene, ValueError for an empty control, for a name that the board has in use, and for more
    than 2000 combinations.

    >>> from deconv_helpers.scenes.scene import Panel
    >>> def powers(x, power):
    ...     values = np.asarray(x, float) ** power
    ...     return Scene((Panel("x", values, "input", f"x to the power {power}"),))
    >>> explorer = explore(powers, x={"2x3": np.array([[1, 2, 3], [4, 5, 6]])}, power=range(1, 4))
    >>> explorer.scene(power=2)["x"].values[1].tolist()
    [16.0, 25.0, 36.0]
    """
    if not callable(build):
        raise TypeError(f"build must be a function that returns a Scene, got {build!r:.80}")
    if start is not None and not isinstance(start, Mapping):
        raise TypeError(f"start must be a dict of values to begin with, got {start!r:.80}")
    sources, listed = checked_controls(controls)
    for name, value in (start or {}).items():
        if name not in listed:
            known = ", ".join(listed) or "none here"
            raise ValueError(f"start must name listed controls ({known}), got {name!r}")
        if not has(listed[name], value):
            known = ", ".join(map(str, listed[name]))
            raise ValueError(f"start must give {name} one of {known}, got {value!r}")
    return Explorer(build, sources, listed, start or {})


def _row(controls: list[widgets.Widget], *classes: str) -> widgets.HBox:
    return widgets.HBox(controls, _dom_classes=("dcv-controls", *classes))


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
