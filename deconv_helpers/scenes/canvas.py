"""What a page is drawn with: matplotlib for paper and PNG, or SVG that follows the theme of whoever shows it.

Lengths are pixels, y goes down, and sizes of letters and strokes are points of a 100 dpi page.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from PIL import Image

from .palette import Colour
from .palette import colour as both
from .scene import Ints

DPI = 100

SANS, MONO = FontProperties(family="DejaVu Sans"), FontProperties(family="DejaVu Sans Mono")

BASE = both(lambda theme: theme.base)

FONTS = "system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif"
MONOSPACED = "ui-monospace,'SF Mono',Menlo,Consolas,monospace"
"""What SVG is written with: as the board is. DejaVu, in which lines are measured, is wider than these."""

MOST_CELLS = 4000
"""Cells of one panel that SVG draws as shapes; more are pixels of two images, one for each theme."""

Segments = Sequence[Sequence[tuple[float, float]]] | npt.NDArray[np.float64]


class Canvas(Protocol):
    """What a page needs to be drawn."""

    def text(
        self, text: str, x: float, y: float, points: float, colour: Colour, font: FontProperties, anchor: str
    ) -> None:
        """One line of text, its baseline at y; x is its "left", "center" or "right"."""

    def lines(
        self, lines: Segments, points: float, colour: Colour, *, sharp: bool = True, square: bool = False
    ) -> None:
        """Straight lines; sharp ones fill whole pixels, square ones reach half their width further."""

    def cells(
        self, left: float, top: float, side: float, which: npt.ArrayLike, colours: Sequence[Colour]
    ) -> None:
        """Squares filled with the colours whose numbers `which` has, (rows, columns)."""

    def image(self, left: float, top: float, side: float, levels: Ints) -> None:
        """Pixels of grey, 0 to 255, as squares."""

    def dots(self, centres: npt.NDArray[np.float64], points: float, colour: Colour) -> None:
        """Round dots, (number, 2), of this diameter."""

    def cut(self, width: int, height: int) -> None:
        """The size of the page, said last."""


class Paper:
    """A canvas that is a matplotlib figure of its own, or axes of another one, in one theme."""

    def __init__(self, *, dark: bool = False, figure: Figure | None = None) -> None:
        self.theme = int(dark)
        self.figure = figure or Figure(dpi=DPI, facecolor=BASE[self.theme])
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.axis("off")

    def text(
        self, text: str, x: float, y: float, points: float, colour: Colour, font: FontProperties, anchor: str
    ) -> None:
        how: dict[str, Any] = {
            "ha": anchor,
            "va": "baseline",
            "color": colour[self.theme],
            "parse_math": False,
        }
        self.axes.text(x, y, text, fontproperties=font, fontsize=points, **how)

    def lines(
        self, lines: Segments, points: float, colour: Colour, *, sharp: bool = True, square: bool = False
    ) -> None:
        ends = "projecting" if square else "butt"
        drawn: Any = lines
        collection = LineCollection(drawn, linewidths=points, colors=colour[self.theme], capstyle=ends)
        collection.set_snap(sharp)
        self.axes.add_collection(collection, autolim=False)

    def cells(
        self, left: float, top: float, side: float, which: npt.ArrayLike, colours: Sequence[Colour]
    ) -> None:
        shown = np.array([to_rgb(colour[self.theme]) for colour in colours])[np.asarray(which)]
        self._pixels(left, top, side, shown)

    def image(self, left: float, top: float, side: float, levels: Ints) -> None:
        self._pixels(left, top, side, levels, cmap="gray", vmin=0, vmax=255)

    def _pixels(self, left: float, top: float, side: float, pixels: Any, **how: Any) -> None:
        rows, columns = pixels.shape[:2]
        extent = (left, left + columns * side, top + rows * side, top)
        self.axes.imshow(pixels, interpolation="nearest", aspect="auto", extent=extent, **how)

    def dots(self, centres: npt.NDArray[np.float64], points: float, colour: Colour) -> None:
        how: dict[str, Any] = {"ms": points, "mew": 0, "color": colour[self.theme], "scalex": False}
        self.axes.plot(*centres.T, "o", **how)

    def cut(self, width: int, height: int) -> None:
        self.figure.set_size_inches(width / DPI, height / DPI)
        self.axes.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)


class Vector:
    """A canvas that is SVG text, with a rounded base under what is drawn.

    dark  whether it has the dark theme; None for the theme of the page that shows it: a browser tells a
          picture in an <img> element the `color-scheme` of that element, which in JupyterLab is the theme's
    """

    size = (0, 0)

    def __init__(self, *, dark: bool | None = None) -> None:
        self.theme = int(bool(dark))
        self.follows = dark is None
        self.classes: dict[tuple[str, Colour], str] = {}
        self.parts: list[str] = []
        self.group = ""  # what the elements that are being written have in common

    def text(
        self, text: str, x: float, y: float, points: float, colour: Colour, font: FontProperties, anchor: str
    ) -> None:
        start = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}[anchor]
        family = ' class="m"' if font is MONO else ""
        size = f' font-size="{_length(pixels(points))}"{start}'
        self._put(
            f"<g{self._paint('fill', colour)}{size}>",
            f'<text{family} x="{_length(x)}" y="{_length(y)}">{escape(text)}</text>',
        )

    def lines(
        self, lines: Segments, points: float, colour: Colour, *, sharp: bool = True, square: bool = False
    ) -> None:
        path, pen = [], (-1.0, -1.0)
        for (x0, y0), (x1, y1) in np.asarray(lines, dtype=float):
            if (x0, y0) != pen:
                path.append(f"M{_length(x0)} {_length(y0)}")
            across, down = _length(x1 - x0), _length(y1 - y0)
            path.append(f"h{across}" if y0 == y1 else f"v{down}" if x0 == x1 else f"l{across} {down}")
            pen = (x1, y1)
        how = ' shape-rendering="crispEdges"' if sharp else ""
        how += ' stroke-linecap="square"' if square else ""
        width = f' stroke-width="{max(1, round(pixels(points))) if sharp else _length(pixels(points))}"'
        self._put(
            f'<g fill="none"{how}>', f'<path{self._paint("stroke", colour)}{width} d="{"".join(path)}"/>'
        )

    def cells(
        self, left: float, top: float, side: float, which: npt.ArrayLike, colours: Sequence[Colour]
    ) -> None:
        numbers = np.asarray(which)
        if numbers.size > MOST_CELLS:
            for theme in (0, 1) if self.follows else (self.theme,):
                shown = np.array([to_rgb(colour[theme]) for colour in colours])[numbers]
                name = f' class="{"ld"[theme]}"' if self.follows else ""
                self._pixels(left, top, side, np.round(255 * shown).astype(np.uint8), name)
            return
        paths: dict[Colour, list[str]] = {}
        for i, row in enumerate(numbers.tolist()):
            begin = 0
            for j in range(1, len(row) + 1):  # cells of one colour in a row are one rectangle
                if j == len(row) or row[j] != row[begin]:
                    corner = f"M{_length(left + begin * side)} {_length(top + i * side)}"
                    width = _length((j - begin) * side)
                    path = f"{corner}h{width}v{_length(side)}h-{width}z"
                    paths.setdefault(colours[row[begin]], []).append(path)
                    begin = j
        for colour, rectangles in paths.items():
            if colour != BASE:
                shape = f'<path{self._paint("fill", colour)} d="{"".join(rectangles)}"/>'
                self._put('<g shape-rendering="crispEdges">', shape)

    def image(self, left: float, top: float, side: float, levels: Ints) -> None:
        self._pixels(left, top, side, levels.astype(np.uint8))

    def _pixels(self, left: float, top: float, side: float, pixels: Any, name: str = "") -> None:
        rows, columns = pixels.shape[:2]
        target = io.BytesIO()
        Image.fromarray(pixels).save(target, "PNG", optimize=True)
        place = f'x="{_length(left)}" y="{_length(top)}"'
        size = f'width="{_length(columns * side)}" height="{_length(rows * side)}"'
        data = base64.b64encode(target.getvalue()).decode()
        self._put(
            '<g image-rendering="pixelated">',
            f'<image{name} {place} {size} preserveAspectRatio="none" href="data:image/png;base64,{data}"/>',
        )

    def dots(self, centres: npt.NDArray[np.float64], points: float, colour: Colour) -> None:
        path = "".join(f"M{_length(x)} {_length(y)}h0" for x, y in centres)
        width = f' stroke-width="{_length(pixels(points))}"'
        self._put('<g stroke-linecap="round">', f'<path{self._paint("stroke", colour)}{width} d="{path}"/>')

    def cut(self, width: int, height: int) -> None:
        self.size = width, height

    def __str__(self) -> str:
        width, height = self.size
        ground = f'<rect{self._paint("fill", BASE)} width="{width}" height="{height}" rx="6"/>'
        dark = "".join(f".{name}{{{what}:{colour.dark}}}" for (what, colour), name in self.classes.items())
        rules = f".l{{display:none}}.d{{display:inline}}{dark}"
        follow = f".d{{display:none}}@media (prefers-color-scheme:dark){{{rules}}}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="{FONTS}"><style>text{{white-space:pre}}'
            f".m{{font-family:{MONOSPACED}}}{follow if self.follows else ''}</style>"
            f"{ground}{''.join(self.parts)}{'</g>' if self.group else ''}</svg>"
        )

    def _paint(self, what: str, colour: Colour) -> str:
        """The colour of the light theme as an attribute, which the rule of a class overrides in the dark."""
        attribute = f' {what}="{colour[self.theme]}"'
        if not self.follows:
            return attribute
        name = self.classes.setdefault((what, colour), f"c{len(self.classes)}")
        return f'{attribute} class="{name}"'

    def _put(self, group: str, element: str) -> None:
        if group != self.group:
            self.parts.append(f"{'</g>' if self.group else ''}{group}")
            self.group = group
        self.parts.append(element)


def pixels(points: float) -> float:
    """A length in points of the page, in pixels."""
    return points * DPI / 72


def _length(value: float) -> str:
    """A length to a tenth of a pixel, without what says nothing."""
    return f"{round(float(value), 1) + 0:.10g}"
