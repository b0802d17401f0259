"""A page: where the panels of a scene stand on paper, and how their cells, marks and texts are drawn.

A page is measured in pixels of a 100 dpi figure and cells are whole pixels, so that grid lines stay sharp.
It uses the light theme.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import ceil, floor
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from .palette import LEVELS, LIGHT, WEIGHTS, fill, levels, weight_fill
from .scene import LEGEND, MARKS, Floats, Ints, Panel, Scene, format_number

DPI = 100
PAGE_WIDTH, PANEL_HEIGHT = 980, 720
"""The widest page and the tallest panel, in pixels."""

TITLE_WIDTH = 200
"""Where a title breaks, unless its panel is wider."""

MARGIN, GAP, SWATCH = 16, 26, 22
CELL, SMALLEST, IMAGE = 42, 24, 288
"""The side of a cell, the least that holds a number, and the longer side of an image, in pixels."""

NUMBER, TITLE, TEXT, SMALL, SIGN = 12, 13, 13, 11, 20
"""Font sizes in points."""

PADDING, INSERTED, STRUCTURAL, CROPPED = (MARKS.index(mark) for mark in LEGEND)
SANS, MONO = FontProperties(family="DejaVu Sans"), FontProperties(family="DejaVu Sans Mono")


@dataclass
class _Spot:
    """A panel on the page: the side of its cells, its title, the room it takes and where its cells begin."""

    panel: Panel
    cell: float
    numbers: bool
    title: Sequence[str] = ()
    width: float = 0
    height: float = 0
    left: float = 0
    top: float = 0


class Page:
    """Draws a scene from the top of the page to its bottom, then cuts the page to size."""

    def __init__(self, figure: Figure, scene: Scene, values: list[Floats], step: int, footer: str) -> None:
        self.axes: Axes = figure.add_axes((0, 0, 1, 1))
        self.axes.axis("off")
        self.y = float(MARGIN)
        self.right = 0.0
        spots = self.place(scene.panels, values)
        for number, spot in enumerate(spots):
            self.draw_panel(spot, values[number])
            if step and scene.taps.size:
                cells = np.unique(scene.taps[scene.steps[step - 1].taps, number])
                self.outline(spot, cells[cells >= 0])
        text_width = max(self.right - MARGIN, 560)
        if step:
            self.write(scene.steps[step - 1].caption, TEXT, text_width)
        for note in scene.notes:
            lead, colour = {"equal": ("✓ ", LIGHT.good), "differs": ("≠ ", LIGHT.bad)}.get(
                note.kind, ("", LIGHT.ink)
            )
            self.write(lead + note.text, TEXT, text_width, colour, MONO if note.kind == "code" else SANS)
        self.legend(spots, text_width)
        self.write(footer, SMALL, text_width, LIGHT.quiet)
        width, height = round(self.right + MARGIN), round(self.y + 6)
        figure.set_size_inches(width / DPI, height / DPI)
        self.axes.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)

    def place(self, panels: Sequence[Panel], values: list[Floats]) -> list[_Spot]:
        """Put the panels into rows, each centred on a line, titles above them and signs before them."""
        rows: list[list[_Spot]] = []
        x = float(PAGE_WIDTH)
        for panel, (cell, numbers) in zip(panels, _cell_sizes(panels, values), strict=True):
            high, wide = (n * cell for n in panel.values.shape)
            title = _wrap(panel.title, TITLE, max(TITLE_WIDTH, wide))
            width = max([wide, *(_width(line, TITLE) for line in title)])
            lead = _width(panel.sign, SIGN) + 24 if panel.sign else GAP
            if x + lead + width > PAGE_WIDTH - MARGIN:
                rows.append([])
                x, lead = float(MARGIN), lead if panel.sign else 0
            x += lead + width
            left = round(x - (width + wide) / 2)
            rows[-1].append(_Spot(panel, cell, numbers, title, width, high, left))
            self.right = max(self.right, x)
        for row in rows:
            middle = self.y + max(len(s.title) * _line_height(TITLE) + 6 + s.height / 2 for s in row)
            for spot in row:
                spot.top = round(middle - spot.height / 2)
                self.head(spot, middle)
            self.y = middle + max(spot.height for spot in row) / 2 + 14
        return [spot for row in rows for spot in row]

    def head(self, spot: _Spot, middle: float) -> None:
        """Write the title above a panel, and its sign before it."""
        centre = spot.left + spot.panel.values.shape[1] * spot.cell / 2
        for i, line in enumerate(reversed(spot.title)):
            self.put(line, centre, spot.top - 10 - i * _line_height(TITLE), TITLE, ha="center")
        x = centre - spot.width / 2 - 12 - _width(spot.panel.sign, SIGN) / 2
        self.put(spot.panel.sign, x, middle + 0.36 * _pixels(SIGN), SIGN, LIGHT.quiet, ha="center")

    def draw_panel(self, spot: _Spot, values: Floats) -> None:
        """Fill the cells, mark them, rule the grid and write the numbers."""
        rows, cols = values.shape
        right, bottom = spot.left + cols * spot.cell, spot.top + rows * spot.cell
        extent = (spot.left, right, bottom, spot.top)
        style: dict[str, Any] = {"interpolation": "nearest", "aspect": "auto", "extent": extent}
        if spot.panel.image:
            self.axes.imshow(values, cmap="gray", vmin=0, vmax=255, **style)
        else:
            self.axes.imshow(_fills(spot.panel, values), **style)
            if spot.panel.marks is not None:
                self.mark(spot.left, spot.top, spot.cell, spot.panel.marks)
        inner = spot.cell >= 6 and not spot.panel.image
        across = range(rows + 1) if inner else (0, rows)
        down = range(cols + 1) if inner else (0, cols)
        lines = [[(spot.left, y), (right, y)] for y in (spot.top + i * spot.cell for i in across)]
        lines += [[(x, spot.top), (x, bottom)] for x in (spot.left + j * spot.cell for j in down)]
        self.rule(lines, 0.72, LIGHT.line if spot.cell >= 20 else fill("matrix", 3))
        if spot.numbers:
            self.number(spot, values)

    def number(self, spot: _Spot, values: Floats) -> None:
        """Write the values; zeros that stand for no data are small and grey."""
        for (i, j), value in np.ndenumerate(values):
            quiet = value == 0 and spot.panel.marks is not None and spot.panel.marks[i, j] != 0
            points, colour = (SMALL - 1, LIGHT.quiet) if quiet else (NUMBER, LIGHT.ink)
            x, y = spot.left + (j + 0.5) * spot.cell, spot.top + (i + 0.5) * spot.cell
            self.put(format_number(value), x, y + 0.365 * _pixels(points), points, colour, ha="center")

    def mark(self, left: float, top: float, cell: float, marks: Ints) -> None:
        """Hatch padding, hatch what is cropped the other way, dot inserted zeros."""
        corner = np.array([[(0, reach), (reach, 0)] for reach in (0.28, 0.56)])
        rising = np.concatenate([corner, 1 - corner]) * cell  # the middle stays free for the number
        falling = rising * (-1, 1) + (cell, 0)
        for code, strokes, colour in ((PADDING, rising, LIGHT.line), (CROPPED, falling, LIGHT.quiet)):
            corners = np.argwhere(marks == code)[:, None, ::-1] * cell + (left, top)
            if len(corners):
                self.rule((corners[:, None] + strokes).reshape(-1, 2, 2), 0.8, colour, snap=False)
        spots = np.array([(x, y) for x in (0.17, 0.5, 0.83) for y in (0.17, 0.83)]) * cell
        dots = np.argwhere(marks == INSERTED)[:, None, ::-1] * cell + (left, top) + spots
        if dots.size:
            size = min(2.2, cell / 12)
            self.axes.plot(*dots.reshape(-1, 2).T, "o", ms=size, mew=0, color=LIGHT.quiet, scalex=False)

    def outline(self, spot: _Spot, cells: Ints) -> None:
        """Draw the border of the region that the lit cells make."""
        rows, cols = spot.panel.values.shape
        lit = np.zeros((rows + 2, cols + 2), dtype=bool)
        lit[cells // cols + 1, cells % cols + 1] = True
        edges = [((j, i), (j + 1, i)) for i, j in np.argwhere(lit[:-1, 1:-1] != lit[1:, 1:-1])] + [
            ((j, i), (j, i + 1)) for i, j in np.argwhere(lit[1:-1, :-1] != lit[1:-1, 1:])
        ]
        if edges:
            lines = np.array(edges, dtype=float) * spot.cell + (spot.left, spot.top)
            self.rule(lines, 2.4 if spot.cell >= 16 else 1.5, LIGHT.lit, capstyle="projecting")

    def legend(self, spots: Sequence[_Spot], width: float) -> None:
        """Say what the marks that occur mean, and that numbers were left out where they were."""
        cells = [spot for spot in spots if not spot.panel.image]
        present = {int(m) for s in cells if s.panel.marks is not None for m in np.unique(s.panel.marks)}
        x = float(MARGIN)
        for mark, meaning in ((m, LEGEND[MARKS[m]]) for m in sorted(present - {0})):
            step = SWATCH + 8 + _width(meaning, SMALL) + 24
            if x > MARGIN and x + step - 24 > MARGIN + width:
                x, self.y = MARGIN, self.y + SWATCH + 8
            code = np.array([[mark]])
            swatch = Panel("swatch", np.zeros((1, 1)), "matrix", "", marks=code)
            spot = _Spot(swatch, SWATCH, mark == STRUCTURAL, left=x, top=round(self.y))
            self.draw_panel(spot, swatch.values)
            y = round(self.y) + SWATCH / 2 + 0.365 * _pixels(SMALL)
            self.put(meaning, x + SWATCH + 8, y, SMALL, LIGHT.quiet)
            x += step
            self.right = max(self.right, x - 24)
        if x > MARGIN:
            self.y += SWATCH + 8
        if any(spot.panel.weights is not None for spot in cells):
            self.write("one hue for each weight of the kernel", SMALL, width, LIGHT.quiet)
        if not all(spot.numbers for spot in cells):
            self.write("numbers left out where cells are too small", SMALL, width, LIGHT.quiet)

    def write(
        self,
        text: str,
        points: float,
        width: float,
        colour: str = LIGHT.ink,
        font: FontProperties = SANS,
    ) -> None:
        """Write a paragraph below what stands on the page."""
        if not text:
            return
        for line in _wrap(text, points, width, font):
            self.put(line, MARGIN, self.y + _pixels(points), points, colour, font)
            self.right = max(self.right, MARGIN + _width(line, points, font))
            self.y += _line_height(points)
        self.y += 6

    def put(
        self,
        text: str,
        x: float,
        y: float,
        points: float,
        colour: str = LIGHT.ink,
        font: FontProperties = SANS,
        ha: str = "left",
    ) -> None:
        """Write one line of text with its baseline at y."""
        if text:
            self.axes.text(
                x,
                y,
                text,
                fontproperties=font,
                fontsize=points,
                color=colour,
                ha=ha,
                va="baseline",
                parse_math=False,
            )

    def rule(self, lines: Any, width: float, colour: str, snap: bool = True, capstyle: str = "butt") -> None:
        """Draw straight lines, `width` in points."""
        collection = LineCollection(lines, linewidths=width, colors=colour, capstyle=capstyle)
        collection.set_snap(snap)
        self.axes.add_collection(collection, autolim=False)


def _fills(panel: Panel, values: Floats) -> Floats:
    """The colours of all cells, (rows, cols, 3)."""
    steps = np.array([to_rgb(fill(panel.role, level)) for level in range(-LEVELS, LEVELS + 1)])
    colours = steps[levels(values) + LEVELS]
    if panel.weights is not None:
        hues = np.array([to_rgb(weight_fill(index)) for index in range(WEIGHTS)])
        held = panel.weights >= 0
        colours[held] = hues[panel.weights[held] % WEIGHTS]
    return colours


def _cell_sizes(panels: Sequence[Panel], values: list[Floats]) -> list[tuple[float, bool]]:
    """For each panel the pixels of a cell, and whether its numbers fit: one size for all where that works."""
    needs, fits = [], []
    for panel, shown in zip(panels, values, strict=True):
        rows, cols = shown.shape
        fit = min((PAGE_WIDTH - 4 * MARGIN) / max(cols, 1), PANEL_HEIGHT / max(rows, 1))
        fits.append(floor(fit) if fit > 1 else fit)
        readable = fit >= SMALLEST and not panel.image
        texts = map(format_number, np.unique([panel.values, shown])) if readable else ()
        needs.append(ceil(max([SMALLEST, *(_width(text, NUMBER) + 10 for text in texts)])))
    numbered = [n for n, panel in enumerate(panels) if not panel.image and fits[n] >= needs[n]]
    needed = max((needs[n] for n in numbered), default=0)
    common = max(CELL, needed)
    tightest = min((fits[n] for n in numbered), default=common)
    if max(needed, 0.75 * CELL) <= tightest < common:
        common = tightest
    pixel = min((max(1, IMAGE // max(panel.values.shape)) for panel in panels if panel.image), default=1)
    return [(min(fits[n], pixel if panel.image else common), n in numbered) for n, panel in enumerate(panels)]


def _pixels(points: float) -> float:
    return points * DPI / 72


def _line_height(points: float) -> int:
    return round(1.35 * _pixels(points))


@lru_cache(maxsize=4096)
def _width(text: str, points: float, font: FontProperties = SANS) -> float:
    """The pixels that `text` takes in a line."""
    sized = font.copy()
    sized.set_size(points)
    return float(text_to_path.get_text_width_height_descent(text, sized, ismath=False)[0]) * DPI / 72


def _wrap(text: str, points: float, width: float, font: FontProperties = SANS) -> list[str]:
    """Break `text` into lines of about `width` pixels, with a box for what the font cannot write."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        plain = "".join(c if ord(c) in _letters(font) else "□" for c in paragraph.expandtabs())
        letters = int(width * len(plain) / max(_width(plain, points, font), 1))
        lines += textwrap.wrap(plain, max(8, letters), break_on_hyphens=False)
    return lines


@cache
def _letters(font: FontProperties) -> frozenset[int]:
    return frozenset(get_font(findfont(font)).get_charmap())
