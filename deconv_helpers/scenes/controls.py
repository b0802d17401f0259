"""Controls: what each argument of a scene function gets for a control, and what may be typed into a cell."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import isnan, prod
from typing import Any

import ipywidgets as widgets
import numpy.typing as npt

from .board import Board

Array = npt.NDArray[Any]
Preset = Array | Callable[[dict[str, Any]], Array]
"""An array, or a function that makes it from the settings of the listed controls."""

LARGEST = 1e30
"""The largest number that may be typed into a cell."""

MOST_STATES = 2000
"""Combinations of listed values that are computed at once, at most."""

LABEL = {"description_width": "initial"}
"""The style of a control whose label is as long as its words."""


def checked_controls(
    controls: Mapping[str, Any],
) -> tuple[dict[str, Mapping[str, Preset]], dict[str, Sequence[Any]]]:
    """The controls sorted into sources (dicts of arrays) and listed ones (ranges and tuples).

    Raises TypeError for a control that is neither, ValueError for one without values, for a name that the
    board has in use, and for more than MOST_STATES combinations.

    >>> checked_controls({"stride": range(1, 4)})
    ({}, {'stride': range(1, 4)})
    """
    for name, values in controls.items():
        if not isinstance(values, (Mapping, range, tuple)):
            raise TypeError(
                f"{name} must be a dict of arrays, a range or a tuple, got {type(values).__name__}"
            )
        if not values:
            raise ValueError(f"{name} must list at least one value, got {values!r}")
        if not isinstance(values, Mapping) and hasattr(Board, name):
            raise ValueError(f"{name} is a name that the board has in use: call this control something else")
    sources = {name: values for name, values in controls.items() if isinstance(values, Mapping)}
    listed = {name: values for name, values in controls.items() if name not in sources}
    states = prod(len(values) for values in listed.values())
    if states > MOST_STATES:
        names = ", ".join(listed)
        raise ValueError(f"{names} must have at most {MOST_STATES} combinations, got {states}: list fewer")
    return sources, listed


def has(values: Any, value: object) -> bool:
    """Whether `value` is one of `values`; an array or a list never is."""
    return isinstance(value, Hashable) and value in values


def numbered(name: str, values: Sequence[Any]) -> tuple[str, int, int]:
    """The board's trait for a control: a slider's ints count from the lowest, everything else from 0."""
    return name, values[0] if _is_slider(values) else 0, len(values)


def made_control(name: str, values: Sequence[Any], value: Any) -> tuple[widgets.Widget, str]:
    """The control of the listed `values`, standing at `value`, and its trait that the board follows."""
    state = {"description": name.replace("_", " "), "value": value}
    if _is_slider(values):
        bounds = {"min": values[0], "max": values[-1]}
        return widgets.IntSlider(**bounds, **state, style=LABEL, layout={"width": "220px"}), "value"
    if values == (False, True):
        return widgets.Checkbox(**state, indent=False, layout={"width": "auto"}), "value"
    kind = widgets.SelectionSlider if isinstance(values, range) else widgets.Dropdown
    return kind(options=values, **state, style=LABEL), "index"


def parse_number(text: str) -> float:
    """The number that a reader typed; nothing at all is 0.

    Raises ValueError for what is not a number from -1e30 to 1e30, TypeError for what is not a text.

    >>> parse_number(" -0.5 "), parse_number("")
    (-0.5, 0.0)
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, got {text!r}")
    shown = repr(text if len(text) <= 20 else text[:20] + "…")
    try:
        value = float(text.strip() or 0)
    except ValueError:
        value = float("nan")
    if isnan(value):
        raise ValueError(f"{shown} is not a number. Type digits, such as 2 or -0.5.")
    if abs(value) > LARGEST:
        raise ValueError(f"{shown} is too large for a cell. Type a number from -1e30 to 1e30.")
    return value


def _is_slider(values: Sequence[Any]) -> bool:
    return isinstance(values, range) and values.step == 1
