"""Sliders over scenes: any function that returns a `Scene` becomes something to explore.

Every state that the listed controls can reach is computed up front and sent to the browser once. Sources
(arrays to choose from, or to type into) are asked of Python.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any
from weakref import WeakSet

import anywidget
import ipywidgets
import numpy as np
import numpy.typing as npt
import traitlets
from IPython.core.getipython import get_ipython

from . import palette, saving
from .controls import Array, Control, checked_controls, parse_number
from .drawing import Picture, write_frames
from .packing import pack
from .scene import Scene
from .topic import Topic

MARK = "deconv_helpers"
"""The key in an output's metadata by which the save hook knows a live view of ours."""

STATIC = Path(__file__).parent / "static"
MODULE = (STATIC / "board.js").read_text(encoding="utf-8")
STYLE = palette.stylesheet() + (STATIC / "board.css").read_text(encoding="utf-8")


Edits = dict[tuple[str, tuple[int, ...] | None], Array]
"""What was typed, by source and shape; with None for a shape, an array in place of the source's presets."""


class Board(anywidget.AnyWidget):
    """What every widget of ours has: the browser's code, and what is told to it once.

    payload  scenes, as `pack` writes them
    message  what went wrong with the last thing a reader did; empty when nothing did
    """

    _esm = MODULE
    _css = STYLE

    payload = traitlets.Bytes().tag(sync=True, echo_update=False)
    message = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **state: Any) -> None:
        self._lock = RLock()  # what a page sends arrives on another thread while a cell runs
        super().__init__(**state)
        self.on_msg(self._on_message)

    def picture(self) -> Picture | None:
        """What readers without a kernel see; None where nothing is left to draw."""
        raise NotImplementedError

    def payload_at(self, **sources: str) -> bytes:
        """The payload for other choices of its menus of arrays, where it has any."""
        payload: bytes = self.payload
        return payload

    def save(self, path: str | os.PathLike[str], **offered: str | Sequence[str]) -> None:
        """Write the widget as it stands into one web page that needs no Python and no other file.

        Its menus of arrays offer everything, or what is named: `save("stamps.html", input=["3x4, digits"])`.
        Raises ValueError for more than 2 MB, and for a choice that a menu lacks; TypeError for other names.
        """
        saving.save(self, path, **offered)

    def _asked(self, content: dict[str, Any]) -> None:
        """Do what a page asks for; what is raised becomes the message."""

    def _on_message(self, _: Any, content: dict[str, Any], __: Any) -> None:
        self._guarded(lambda: self._asked(content))
        self.send({"kind": "answered"})

    def _guarded(self, action: Callable[[], None]) -> None:
        with self._lock:
            self.message = ""
            try:
                action()
            except Exception as error:
                self.message = str(error) or type(error).__name__

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, _ = super()._repr_mimebundle_(**kwargs)
        picture = self.picture()
        still = {**picture._repr_mimebundle_(), "text/plain": repr(self)} if picture else {}
        return {**data, "text/plain": repr(self), **still}, {MARK: {"view": type(self).__name__.lower()}}

    def close(self) -> None:
        """Close the widget and let go of all that it holds; where there is nothing to close, do nothing."""
        if self.comm is None:
            return
        layout = self.layout
        super().close()
        layout.close()
        self.unobserve_all()
        self._trait_values["payload"] = b""
        self._msg_callbacks = self._display_callbacks = ipywidgets.CallbackDispatcher()


class Explorer(Board):
    """Controls over a board; made by `explore`, or of a topic.

    Every control is a trait: `explorer.stride = 2` moves the picture, and raises for a value that is not
    listed; `observe`, `link` and `jslink` work as with any widget. `scene(stride=2)` gives the scene of any
    state. Displayed, it is a live view; where no kernel runs, a picture and a summary stand in its place.

    step     0 is the finished picture, k the k-th step of the scene
    playing  whether Play is running
    large    whether everything is drawn as large as fits
    """

    controls = traitlets.List().tag(sync=True, echo_update=False)
    initial = traitlets.Dict().tag(sync=True, echo_update=False)
    topic = traitlets.Unicode("").tag(sync=True, echo_update=False)
    step = traitlets.Int(0, min=0).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    large = traitlets.Bool(False).tag(sync=True)

    def __init__(self, made_of: Topic) -> None:
        self._scenes: list[Scene] = []  # what `close` asks for, even where nothing more was made
        checked_controls({**made_of.sources, **made_of.listed}, taken=dir(Explorer).__contains__)
        self._made_of = made_of
        self._edits: Edits = {}
        start = {c.name: made_of.start.get(c.name, c.values[0]) for c in made_of.controls}
        self._chosen = {name: start[name] for name in made_of.sources}
        self._scenes = self._build_all()
        # The widget is made in its final state: JupyterLab, while it connects to a kernel, may take what a
        # widget was made with and lose what is sent after it.
        self.add_traits(**{c.name: c.trait(start[c.name]) for c in made_of.controls})
        super().__init__(
            payload=self._packed(),
            controls=[control.describe() for control in made_of.controls],
            initial=start,
            topic=made_of.name,
        )
        if made_of.sources:
            self.observe(self._on_source, list(made_of.sources))
        replace_earlier(self)

    @property
    def options(self) -> dict[str, Control]:
        """What the controls offer, by name."""
        return {control.name: control for control in self._made_of.controls}

    @property
    def states(self) -> list[dict[str, Any]]:
        """Every combination of listed values."""
        return self._made_of.states

    @property
    def settings(self) -> dict[str, Any]:
        """The values of the listed controls, by name."""
        return {name: getattr(self, name) for name in self._made_of.listed}

    def scene(self, /, **settings: Any) -> Scene:
        """The scene of the given settings; those left out are as the controls stand.

        Raises TypeError for a name that is no control, ValueError for a value that it does not have, or where
        the explorer was closed.
        """
        if not self._scenes:
            raise ValueError("this explorer was closed, and has no scenes any more: make it again")
        wanted = self.settings
        for name, value in settings.items():
            if name not in self._made_of.listed:
                known = ", ".join(self._made_of.listed)
                raise TypeError(f"{name} is no control of this explorer; it has {known}")
            wanted[name] = self._made_of.control(name).listed(value)
        return self._scenes[self.states.index(wanted)]

    def edit(self, panel: str, cell: int, text: str, /, **settings: Any) -> None:
        """Put the number in `text` into data cell number `cell` (row-major) of `panel`, as typing does.

        Raises ValueError for what is not a number, or not a cell to type into.
        """
        shown = {p.name: p for p in self.scene(**settings).panels if p.editable and p.name in self._chosen}
        if not isinstance(panel, str) or panel not in shown:
            known = ", ".join(shown) or "none here"
            raise ValueError(f"panel must be one to type into ({known}), got {panel!r}")
        cells = shown[panel].data.tolist()
        if cell not in cells:
            raise ValueError(f"cell must be one of the {len(cells)} data cells of {panel}, got {cell!r}")
        array = self._array(panel, {**self.settings, **settings}).astype(float)
        array.flat[cells.index(cell)] = parse_number(text)
        self._rebuild(self._chosen, {**self._edits, (panel, array.shape): array})

    def take(self, **arrays: npt.ArrayLike) -> None:
        """Take arrays in place of the presets of these sources, until `undo_edits` or another preset.

        Raises ValueError for a source that is not there, and what the scene function raises.
        """
        for name in arrays:
            if name not in self._chosen:
                known = ", ".join(self._chosen) or "none here"
                raise ValueError(f"arrays must name sources ({known}), got {name!r}")
        kept: Edits = {key: array for key, array in self._edits.items() if key[0] not in arrays}
        self._rebuild(self._chosen, {**kept, **{(n, None): np.asarray(a) for n, a in arrays.items()}})

    def undo_edits(self) -> None:
        """Drop everything that was typed."""
        self._rebuild(self._chosen, {})

    def payload_at(self, **sources: str) -> bytes:
        chosen = {**self._chosen, **sources}
        scenes = (
            self._scenes
            if chosen == self._chosen
            else [self._made_of.at(**chosen, **settings).scene for settings in self.states]
        )
        return pack(scenes, chosen=chosen, edited=False, given=[])

    def frames(
        self, folder: str | os.PathLike[str], *, dark: bool = False, seconds: float = 0.9
    ) -> list[Path]:
        """Write the steps of the scene as it stands into a folder, for slides: PNG, SVG and one GIF.

        `explorer.frames("out/")` makes the folder and writes `out/00.png` (the finished picture, unless the
        scene has none beside its last step), `out/00.svg`, `out/01.png` and so on, all of one size, and
        `out/steps.gif`, which shows them without end. From a hundred steps on, numbers have three digits.

        dark     whether they have the colours of the dark theme
        seconds  how long the GIF shows each step, from 0.01 to 655

        Returns their paths. Raises ValueError for other `seconds`, OSError for a folder that cannot be
        written.
        """
        return write_frames(self.scene(), folder, dark=dark, seconds=seconds)

    def picture(self) -> Picture | None:
        if not self._scenes:
            return None
        scene = self.scene()
        last = len(scene.steps)
        step = min(self.step, last) or (0 if scene.whole else last)  # as the board shows it
        return Picture(scene, step, footer="Run > Run All Cells makes this picture move.")

    def close(self) -> None:
        super().close()
        if self._scenes:
            self._husk = self.scene().summary  # what is left to show of it
        self._scenes = []
        self._edits = {}
        self._made_of = Topic("", lambda: Scene())

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what a page sends. A value that is not listed is sent back as it was."""
        self._guarded(lambda: super(Explorer, self).set_state(sync_data))
        for name, value in sync_data.items():
            if name in self.options and getattr(self, name) != value:
                self.send_state(name)

    def __repr__(self) -> str:
        return self.scene().summary if self._scenes else self._husk

    def _asked(self, content: dict[str, Any]) -> None:
        if content.get("kind") == "edit":
            state = self.states[content["scene"]]
            self.edit(content["panel"], content["cell"], content["text"], **state)
        if content.get("kind") == "undo":
            self.undo_edits()
        if content.get("kind") == "arrays":
            self.take(**content["arrays"])

    def _array(self, source: str, settings: Mapping[str, Any]) -> Array:
        array = self._edits.get((source, None))
        if array is None:
            array = self._made_of.array(source, self._chosen[source], settings)
        return self._edits.get((source, array.shape), array)

    def _build_all(self) -> list[Scene]:
        scenes = []
        for settings in self.states:
            arrays = {name: self._array(name, settings) for name in self._chosen}
            scenes.append(self._made_of.at(**arrays, **settings).scene)
        return scenes

    def _packed(self) -> bytes:
        given = [source for source, shape in self._edits if shape is None]
        return pack(self._scenes, chosen=self._chosen, edited=bool(self._edits), given=given)

    def _rebuild(self, chosen: dict[str, str], edits: Edits) -> None:
        """Compute all scenes for new arrays and send them; when that fails, everything stays as it was."""
        with self._lock:
            before = self._chosen, self._edits, self._scenes
            self._chosen, self._edits = chosen, edits
            try:
                self._scenes = self._build_all()
                payload = self._packed()
            except Exception:
                self._chosen, self._edits, self._scenes = before
                raise
            self.payload = payload

    def _on_source(self, change: dict[str, Any]) -> None:
        name = change["name"]
        if change["new"] == self._chosen[name]:
            return
        edits = {key: array for key, array in self._edits.items() if key[0] != name}
        try:
            self._rebuild({**self._chosen, name: change["new"]}, edits)
        except Exception:
            setattr(self, name, self._chosen[name])
            raise


def explore(
    build: Callable[..., Scene], *, start: Mapping[str, Any] | None = None, **controls: Any
) -> Explorer:
    """An explorer of the scenes that `build` returns, with a control for each of its arguments.

    Each keyword names an argument of `build` and lists what it may be:

    - a dict of name -> array is a source: a menu, and cells to type into where a panel of the same name
      is editable. In place of an array, a function makes it from the dict of the other settings;
    - a range or a tuple of numbers is a slider, (False, True) a checkbox, a tuple of strings a menu.

    All combinations of the latter are computed at once, so keep them to a few hundred. `start` gives the
    values to begin with. Raises TypeError for a control that is none of these and for a `build` that does
    not return a scene, ValueError for an empty control, for a name that explorers have in use, and for more
    than 2000 combinations.

    >>> import numpy as np
    >>> from deconv_helpers.scenes.scene import Panel
    >>> def powers(x, power):
    ...     values = np.asarray(x, float) ** power
    ...     return Scene((Panel("x", values, role="input", title=f"x to the power {power}"),))
    >>> explorer = explore(powers, x={"2x3": np.array([[1, 2, 3], [4, 5, 6]])}, power=range(1, 4))
    >>> explorer.power = 2
    >>> explorer.scene()["x"].values[1].tolist()
    [16.0, 25.0, 36.0]
    """
    if not callable(build):
        raise TypeError(f"build must be a function that returns a Scene, got {build!r:.80}")
    if start is not None and not isinstance(start, Mapping):
        raise TypeError(f"start must be a dict of values to begin with, got {start!r:.80}")
    sources, listed = checked_controls(controls)
    return Explorer(Topic("", build, sources, listed, start or {}))


_SHOWN: dict[str, tuple[str, WeakSet[Board]]] = {}


def replace_earlier(board: Board) -> None:
    """Close what an earlier run of the same cell made: nothing else would, and widgets would pile up."""
    shell = get_ipython()
    owner: Any = shell if hasattr(shell, "get_parent") else getattr(shell, "kernel", None)  # in a browser
    parent = owner.get_parent() if hasattr(owner, "get_parent") else {}
    cell, run = parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")
    if cell is None:
        return
    earlier, boards = _SHOWN.get(cell, (run, WeakSet()))
    if earlier != run:
        for old in list(boards):
            old.close()
        boards = WeakSet()
    boards.add(board)
    _SHOWN[cell] = (run, boards)
