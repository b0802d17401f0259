"""Every colour of the project, for the light and the dark theme.

Input is blue, kernel orange, output green; matrix cells take the hue of their weight. A cell is filled in
LEVELS steps from the base to the full colour of its role, so that the ink on it always reads: each fill keeps
a contrast of at least 4.5 to 1 (WCAG 2.2, success criterion 1.4.3) with the ink of its theme. The roles'
full colours stay apart for readers with a colour-vision deficiency, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

LEVELS = 8
"""Fills between the base colour and the full colour of a role."""

WEIGHTS = 49
"""Kernel weights with a class of their own in the style sheet (a 7x7 kernel); more start over."""


@dataclass(frozen=True, eq=False)
class Theme:
    """The colours of one theme: hex strings. `full` maps a role to its strongest fill."""

    base: str
    ink: str
    quiet: str
    line: str
    lit: str
    focus: str
    good: str
    bad: str
    full: dict[str, str]
    weight_lightness: float
    weight_chroma: float


LIGHT = Theme(
    base="#ffffff",
    ink="#14171c",
    quiet="#5a6370",
    line="#b9c1cc",
    lit="#a8004f",
    focus="#1b5fd6",
    good="#0b6b3a",
    bad="#a81d2f",
    full={
        "input": "#77a9f7",
        "kernel": "#f3a63c",
        "output": "#41cd8b",
        "matrix": "#bfc4c1",
        "negative": "#d491c9",
    },
    weight_lightness=0.83,
    weight_chroma=0.11,
)
DARK = Theme(
    base="#1c2027",
    ink="#f4f6fa",
    quiet="#aab3c0",
    line="#4a5260",
    lit="#ff9ccb",
    focus="#8ab8ff",
    good="#9df5c8",
    bad="#f4737f",
    full={
        "input": "#2f56af",
        "kernel": "#8d5107",
        "output": "#04733d",
        "matrix": "#5c5f63",
        "negative": "#824180",
    },
    weight_lightness=0.45,
    weight_chroma=0.095,
)


class Colour(NamedTuple):
    """One colour of a picture, in both themes."""

    light: str
    dark: str


def colour(of: Callable[[Theme], str]) -> Colour:
    """What `of` gives for each theme.

    >>> colour(lambda theme: theme.base)
    Colour(light='#ffffff', dark='#1c2027')
    """
    return Colour(of(LIGHT), of(DARK))


def levels(values: npt.ArrayLike) -> npt.NDArray[np.int8]:
    """How strongly each cell is filled: -LEVELS to LEVELS, symmetric around zero; blank cells get 0.

    >>> levels([[0, 2, 4], [-4, -1, 1]]).tolist()
    [[0, 4, 8], [-8, -2, 2]]
    """
    array = np.nan_to_num(np.asarray(values, dtype=float), nan=0.0)
    peak = float(np.abs(array).max(initial=0.0))
    if peak == 0:
        return np.zeros(array.shape, dtype=np.int8)
    filled: npt.NDArray[np.int8] = np.rint(LEVELS * (array / peak)).astype(np.int8)
    return filled


@cache
def fill(role: str, level: int, theme: Theme = LIGHT) -> str:
    """The fill of a cell of `role` at `level`; a negative level takes the colour of negative numbers.

    >>> fill("input", 0), fill("input", LEVELS)
    ('#ffffff', '#77a9f7')
    """
    full = theme.full["negative" if level < 0 else role]
    share = abs(level) / LEVELS
    mixed = [round(b + (f - b) * share) for b, f in zip(_rgb(theme.base), _rgb(full), strict=True)]
    return "#" + "".join(f"{c:02x}" for c in mixed)


@cache
def weight_fill(index: int, theme: Theme = LIGHT) -> str:
    """The fill of a matrix cell that holds kernel weight `index`: neighbours differ by the golden angle."""
    hue = math.radians((250 + 137.508 * (index % WEIGHTS)) % 360)
    return _oklch(theme.weight_lightness, theme.weight_chroma, hue)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio).

    >>> contrast("#ffffff", "#000000")
    21.0
    """
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return round((brighter + 0.05) / (darker + 0.05), 2)


def stylesheet() -> str:
    """The colours as CSS: custom properties and one class for each fill, both themes by `light-dark()`."""
    names = ("base", "ink", "quiet", "line", "lit", "focus", "good", "bad")
    lines = [".dcv {"]
    lines += [f"  --dcv-{n}: light-dark({getattr(LIGHT, n)}, {getattr(DARK, n)});" for n in names]
    lines += [f"  --dcv-{role}: light-dark({c}, {DARK.full[role]});" for role, c in LIGHT.full.items()]
    lines += ["}"]
    for role in (r for r in LIGHT.full if r != "negative"):
        for level in range(1, LEVELS + 1):
            pair = f"light-dark({fill(role, level, LIGHT)}, {fill(role, level, DARK)})"
            lines.append(f".dcv-{role} .dcv-l{level} {{ background-color: {pair}; fill: {pair}; }}")
    for level in range(1, LEVELS + 1):
        pair = f"light-dark({fill('negative', -level, LIGHT)}, {fill('negative', -level, DARK)})"
        lines.append(f".dcv .dcv-l-{level} {{ background-color: {pair}; fill: {pair}; }}")
    for index in range(WEIGHTS):
        pair = f"light-dark({weight_fill(index, LIGHT)}, {weight_fill(index, DARK)})"
        lines.append(f".dcv .dcv-w{index} {{ background-color: {pair}; fill: {pair}; }}")
    return "\n".join(lines) + "\n"


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _rgb(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _oklch(lightness: float, chroma: float, hue: float) -> str:
    """OKLCH to sRGB, clipped to its gamut (Ottosson, "A perceptual color space", 2020)."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long, medium, short = (
        (lightness + ka * a + kb * b) ** 3
        for ka, kb in (
            (0.3963377774, 0.2158037573),
            (-0.1055613458, -0.0638541728),
            (-0.0894841775, -1.2914855480),
        )
    )
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    clipped = (min(max(c, 0.0), 1.0) for c in linear)
    encoded = (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in clipped)
    return "#" + "".join(f"{round(255 * c):02x}" for c in encoded)
