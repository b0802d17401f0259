"""Controls: what each argument of a scene function may be, and what may be typed into a cell."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, log10, prod
from typing import Any

import numpy.typing as npt
import traitlets

from .scene import format_number

Array = npt.NDArray[Any]
Preset = Array | Callable[[dict[str, Any]], Array]
"""An array, or a function that makes it from the settings of the listed controls."""

LARGEST = 1e30
"""The largest number that may be typed into a cell."""

MOST_STATES = 2000
"""Combinations of listed values that are computed at once, at most."""

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Control:
    """What a reader may set: a name, and the values it may have.

    kind  "source" (a menu of arrays), "menu" (of words), "slider" (numbers in a row) or "check" (no, yes)

    >>> Control("kernel_size", range(1, 4)).kind, Control("beside", ("one", "other")).kind
    ('slider', 'menu')
    """

    name: str
    values: Sequence[Any]
    source: bool = False

    @property
    def kind(self) -> str:
        """How it is shown."""
        if self.source:
            return "source"
        if all(isinstance(value, bool) for value in self.values):
            return "check"
        return "slider" if all(isinstance(value, (int, float)) for value in self.values) else "menu"

    @property
    def texts(self) -> list[str]:
        """How its values are written: powers of ten as powers, where all are.

        >>> Control("regularisation", (0.001, 0.01)).texts
        ['10⁻³', '10⁻²']
        """
        if self.kind != "slider":
            return [str(value) for value in self.values]
        if len(self.values) > 1 and all(value > 0 for value in self.values):
            exponents = [log10(value) for value in self.values]
            if all(abs(e - round(e)) < 1e-9 for e in exponents) and any(e < 0 for e in exponents):
                return [f"10{str(round(e)).translate(SUPERSCRIPT)}" for e in exponents]
        return [f"{value:g}" for value in self.values]

    def describe(self) -> dict[str, Any]:
        """What the browser is told."""
        return {
            "name": self.name,
            "label": self.name.replace("_", " "),
            "kind": self.kind,
            "values": list(self.values),
            "texts": self.texts,
        }

    def trait(self, start: Any) -> Listed:
        """A trait that takes the listed values alone, and begins with `start`."""
        return Listed(self, default_value=start)

    def listed(self, value: object) -> Any:
        """The listed value that equals `value`.

        Raises ValueError where there is none.

        >>> Control("stride", range(1, 4)).listed(7)
        Traceback (most recent call last):
        ValueError: stride must be one of 1, 2, 3, got 7
        """
        for known in self.values:
            if (
                isinstance(value, Hashable)
                and value == known
                and isinstance(value, bool) == isinstance(known, bool)
            ):
                return known
        raise ValueError(f"{self.name} must be one of {', '.join(map(_written, self.values))}, got {value!r}")


class Listed(traitlets.TraitType[Any, Any]):
    """A trait that takes the values of a control; a page's value that is not listed leaves it as it is."""

    def __init__(self, control: Control, default_value: Any) -> None:
        super().__init__(default_value)
        self.control = control
        self.tag(sync=True, echo_update=False, from_json=self._kept)

    def validate(self, obj: Any, value: Any) -> Any:
        """The listed value, or TraitError."""
        try:
            return self.control.listed(value)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None

    def _kept(self, value: Any, owner: Any) -> Any:
        try:
            return self.control.listed(value)
        except ValueError:
            return getattr(owner, self.control.name)


def checked_controls(
    controls: Mapping[str, Any], taken: Callable[[str], bool] = lambda name: False
) -> tuple[dict[str, Mapping[str, Preset]], dict[str, Sequence[Any]]]:
    """The controls sorted into sources (dicts of arrays) and listed ones (ranges and tuples).

    taken  whether a name is in use already. Raises TypeError for a control that is neither, ValueError for
    one without values, for a name that is taken or begins with an underscore, and for more than MOST_STATES
    combinations.

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
        if name.startswith("_") or taken(name):
            raise ValueError(f"{name} is a name that explorers have in use: call this control something else")
        check_values(name, values)
    sources = {name: values for name, values in controls.items() if isinstance(values, Mapping)}
    listed = {name: values for name, values in controls.items() if name not in sources}
    states = prod(len(values) for values in listed.values())
    if states > MOST_STATES:
        names = ", ".join(listed)
        raise ValueError(f"{names} must have at most {MOST_STATES} combinations, got {states}: list fewer")
    return sources, listed


def check_values(name: str, values: Iterable[Any]) -> None:
    """Raise TypeError unless every value is an int, a float, a bool or a str: what a page can send back."""
    for value in values:
        if not isinstance(value, (int, float, str)):
            raise TypeError(f"{name} must list numbers, words or (False, True), got {value!r:.80}")


def parse_number(text: str) -> float:
    """The number that a reader typed; nothing at all is 0.

    A comma, a minus sign and a fraction are read. Raises ValueError for what is not a number from -1e30 to
    1e30, TypeError for what is not a text.

    >>> parse_number(" -0.5 "), parse_number(""), parse_number("−1,5"), parse_number("3/4")
    (-0.5, 0.0, -1.5, 0.75)
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, got {text!r}")
    shown = repr(text if len(text) <= 20 else text[:20] + "…")
    above, _, below = text.strip().replace("−", "-").replace(",", ".").partition("/")
    try:
        value = float(above or 0) / (float(below) if below else 1)
    except (ValueError, ZeroDivisionError):
        value = float("nan")
    if isnan(value):
        raise ValueError(f"{shown} is not a number. Type digits, such as 2 or -0.5.")
    if abs(value) > LARGEST:
        raise ValueError(f"{shown} is too large for a cell. Type a number from -1e30 to 1e30.")
    return value


def _written(value: Any) -> str:
    return (
        repr(value)
        if isinstance(value, str)
        else format_number(value)
        if isinstance(value, float)
        else str(value)
    )
