"""A page: where the panels of a scene stand on paper, and how their cells, marks and texts are drawn.

A page is measured in pixels and cells are whole pixels, so that grid lines stay sharp. What it is drawn with,
matplotlib or SVG, is the canvas's matter, and so is the theme.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from math import ceil, floor

import numpy as np
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from .canvas import DPI, MONO, SANS, Canvas, pixels
from .palette import LEVELS, WEIGHTS, Colour, fill, levels, weight_fill
from .palette import colour as both
from .scene import (
    CROPPED,
    INSERTED,
    LEGEND,
    MARKS,
    NO_CELLS,
    PADDING,
    ROLES,
    STRUCTURAL,
    UNREAD,
    Floats,
    Ints,
    Panel,
    Scene,
    format_number,
)

PAGE_WIDTH, PANEL_HEIGHT = 980, 720
"""The widest page and the tallest panel, in pixels."""

TITLE_WIDTH = 200
"""Where a title breaks, unless its panel is wider."""

MARGIN, GAP, SWATCH, SQUARE = 16, 26, 22, 11
CELL, SMALLEST, IMAGE = 42, 24, 288
"""The side of a cell, the least that holds a number, and the longer side of an image, in pixels."""

NUMBER, TITLE, TEXT, SMALL, SIGN = 12, 13, 13, 11, 20
"""Font sizes in points."""

INK, QUIET, LINE = (both(of) for of in (lambda t: t.ink, lambda t: t.quiet, lambda t: t.line))
LIT, GOOD, BAD = (both(of) for of in (lambda t: t.lit, lambda t: t.good, lambda t: t.bad))
FAINT = both(lambda theme: fill("matrix", 3, theme))


@dataclass
class Spot:
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

    def __init__(
        self, canvas: Canvas, scene: Scene, values: dict[str, Floats], step: int, footer: str
    ) -> None:
        self.canvas = canvas
        self.y = float(MARGIN)
        self.right = 0.0
        spots = self.place(scene, values)
        lit = scene.lit(step)
        for spot in spots:
            name = spot.panel.name
            self.draw_panel(spot, values[name])
            self.correct(spot)
            self.outline(spot, lit.get(name, NO_CELLS), LIT)
        text_width = max(self.right - MARGIN, 560)
        if step:
            self.write(scene.steps[step - 1].caption, TEXT, text_width)
        for note in scene.notes:
            lead, colour = {"equal": ("✓ ", GOOD), "differs": ("≠ ", BAD)}.get(note.kind, ("", INK))
            self.write(lead + note.text, TEXT, text_width, colour, MONO if note.kind == "code" else SANS)
        self.legend(spots, text_width, scene.hues)
        self.write(footer, SMALL, text_width, QUIET)
        canvas.cut(round(self.right + MARGIN), round(self.y + 6))

    def place(self, scene: Scene, values: dict[str, Floats]) -> list[Spot]:
        """Put the rows of the scene below each other, titles above their panels and signs before them.

        A row that is wider than the page goes on below.
        """
        sizes = _cell_sizes(scene.panels, values)
        rows: list[list[Spot]] = []
        for panels in scene.layout.values():
            x = float(PAGE_WIDTH)
            for panel in panels:
                cell, numbers = sizes[panel.name]
                high, wide = (n * cell for n in panel.shape)
                title = _wrap(panel.heading, TITLE, max(TITLE_WIDTH, wide))
                width = max([wide, *(extent(line, TITLE) + SQUARE + 7 for line in title)])
                lead = extent(panel.sign, SIGN) + 24 if panel.sign else GAP
                if x + lead + width > PAGE_WIDTH - MARGIN:
                    rows.append([])
                    x, lead = float(MARGIN), lead if panel.sign else 0
                rows[-1].append(Spot(panel, cell, numbers, title, width, high, round(x + lead)))
                x += lead + width
                self.right = max(self.right, x)
        for row in rows:
            titles = max(len(spot.title) for spot in row) * _line_height(TITLE) + 6
            for spot in row:
                spot.top = round(self.y + titles)
                self.head(spot)
            self.y += titles + max(spot.height for spot in row) + 14
        return [spot for row in rows for spot in row]

    def head(self, spot: Spot) -> None:
        """Write the title above a panel, after a square of its colour, and its sign before it."""
        for i, line in enumerate(reversed(spot.title)):
            first = i == len(spot.title) - 1
            y = spot.top - 10 - i * _line_height(TITLE)
            self.put(line, spot.left + SQUARE + 7, y, TITLE)
            if first and spot.panel.heading:
                full = both(lambda theme: theme.full[spot.panel.role])
                self.canvas.cells(spot.left, y - SQUARE + 1, SQUARE, [[0]], [full])
        x = spot.left - 12 - extent(spot.panel.sign, SIGN) / 2
        self.put(spot.panel.sign, x, spot.top + 28, SIGN, QUIET, ha="center")

    def correct(self, spot: Spot) -> None:
        """Mark the cells that are not what they should be, with what they should be."""
        cells = spot.panel.wrong
        self.outline(spot, cells, BAD)
        if not spot.numbers or spot.panel.expected is None:
            return
        for number in cells.tolist():
            i, j = divmod(number, spot.panel.shape[1])
            text = f"≠ {format_number(float(spot.panel.expected.flat[number]))}"
            x, y = spot.left + (j + 0.95) * spot.cell, spot.top + (i + 0.94) * spot.cell
            self.put(text, x, y, SMALL - 3, BAD, ha="right")

    def draw_panel(self, spot: Spot, values: Floats) -> None:
        """Fill the cells, mark them, rule the grid and write the numbers."""
        rows, cols = values.shape
        right, bottom = spot.left + cols * spot.cell, spot.top + rows * spot.cell
        if spot.panel.image:
            self.canvas.image(spot.left, spot.top, spot.cell, spot.panel.image.levels(values))
        else:
            fills = _fills(spot.panel, values)
            self.canvas.cells(spot.left, spot.top, spot.cell, fills, FILLS[spot.panel.role])
            if spot.panel.marks is not None:
                self.mark(spot.left, spot.top, spot.cell, spot.panel.marks)
        inner = spot.cell >= 6 and not spot.panel.image
        across = range(rows + 1) if inner else (0, rows)
        down = range(cols + 1) if inner else (0, cols)
        lines = [[(spot.left, y), (right, y)] for y in (spot.top + i * spot.cell for i in across)]
        lines += [[(x, spot.top), (x, bottom)] for x in (spot.left + j * spot.cell for j in down)]
        self.canvas.lines(lines, 0.72, LINE if spot.cell >= 20 else FAINT)
        if spot.numbers:
            self.number(spot, values)

    def number(self, spot: Spot, values: Floats) -> None:
        """Write the values; zeros that stand for no data are small and grey."""
        for (i, j), value in np.ndenumerate(values):
            quiet = value == 0 and spot.panel.marks is not None and spot.panel.marks[i, j] != 0
            points, colour = (SMALL - 1, QUIET) if quiet else (NUMBER, INK)
            x, y = spot.left + (j + 0.5) * spot.cell, spot.top + (i + 0.5) * spot.cell
            self.put(format_number(value), x, y + 0.365 * pixels(points), points, colour, ha="center")

    def mark(self, left: float, top: float, cell: float, marks: Ints) -> None:
        """Hatch padding, hatch what is cropped the other way, dot inserted zeros."""
        corner = np.array([[(0, reach), (reach, 0)] for reach in (0.28, 0.56)])
        rising = np.concatenate([corner, 1 - corner]) * cell  # the middle stays free for the number
        falling = rising * (-1, 1) + (cell, 0)
        for code, strokes, colour in ((PADDING, rising, LINE), (CROPPED, falling, QUIET)):
            corners = np.argwhere(marks == code)[:, None, ::-1] * cell + (left, top)
            if len(corners):
                self.canvas.lines((corners[:, None] + strokes).reshape(-1, 2, 2), 0.8, colour, sharp=False)
        spots = np.array([(x, y) for x in (0.17, 0.5, 0.83) for y in (0.17, 0.83)]) * cell
        dots = np.argwhere(marks == INSERTED)[:, None, ::-1] * cell + (left, top) + spots
        if dots.size:
            self.canvas.dots(dots.reshape(-1, 2), min(2.2, cell / 12), QUIET)

    def outline(self, spot: Spot, cells: Ints, colour: Colour) -> None:
        """Draw the border of the region that the lit cells make."""
        rows, cols = spot.panel.values.shape
        lit = np.zeros((rows + 2, cols + 2), dtype=bool)
        lit[cells // cols + 1, cells % cols + 1] = True
        edges = [((j, i), (j + 1, i)) for i, j in np.argwhere(lit[:-1, 1:-1] != lit[1:, 1:-1])] + [
            ((j, i), (j, i + 1)) for i, j in np.argwhere(lit[1:-1, :-1] != lit[1:-1, 1:])
        ]
        if edges:
            lines = np.array(edges, dtype=float) * spot.cell + (spot.left, spot.top)
            self.canvas.lines(lines, 2.4 if spot.cell >= 16 else 1.5, colour, square=True)

    def legend(self, spots: Sequence[Spot], width: float, hues: str) -> None:
        """Say what the marks and hues that occur mean, and that numbers were left out where they were."""
        cells = [spot for spot in spots if not spot.panel.image]
        present = {int(m) for s in cells if s.panel.marks is not None for m in np.unique(s.panel.marks)}
        x = float(MARGIN)
        for mark, meaning in ((m, LEGEND[MARKS[m]]) for m in sorted(present - {0})):
            step = SWATCH + 8 + extent(meaning, SMALL) + 24
            if x > MARGIN and x + step - 24 > MARGIN + width:
                x, self.y = MARGIN, self.y + SWATCH + 8
            code = np.array([[mark]])
            swatch = Panel("swatch", np.zeros((1, 1)), role="matrix", marks=code)
            spot = Spot(swatch, SWATCH, mark == STRUCTURAL, left=x, top=round(self.y))
            self.draw_panel(spot, swatch.values)
            y = round(self.y) + SWATCH / 2 + 0.365 * pixels(SMALL)
            self.put(meaning, x + SWATCH + 8, y, SMALL, QUIET)
            x += step
            self.right = max(self.right, x - 24)
        if x > MARGIN:
            self.y += SWATCH + 8
        if any(spot.panel.weights is not None for spot in cells):
            self.write(hues, SMALL, width, QUIET)
        if not all(spot.numbers for spot in cells):
            self.write("numbers left out where cells are too small", SMALL, width, QUIET)

    def write(
        self,
        text: str,
        points: float,
        width: float,
        colour: Colour = INK,
        font: FontProperties = SANS,
    ) -> None:
        """Write a paragraph below what stands on the page."""
        if not text:
            return
        for line in _wrap(text, points, width, font):
            self.put(line, MARGIN, self.y + pixels(points), points, colour, font)
            self.right = max(self.right, MARGIN + extent(line, points, font))
            self.y += _line_height(points)
        self.y += 6

    def put(
        self,
        text: str,
        x: float,
        y: float,
        points: float,
        colour: Colour = INK,
        font: FontProperties = SANS,
        ha: str = "left",
    ) -> None:
        """Write one line of text with its baseline at y."""
        if text:
            self.canvas.text(text, x, y, points, colour, font, ha)


def _fills(panel: Panel, values: Floats) -> Ints:
    """The number of each cell's colour in FILLS[its role]."""
    numbers = levels(values).astype(np.int32) + LEVELS
    if panel.weights is not None:
        held = panel.weights >= 0
        numbers[held] = HUES + panel.weights[held] % WEIGHTS
    if panel.marks is not None:
        numbers[panel.marks == UNREAD] = HUES - 1
    return numbers


def _colours(role: str) -> list[Colour]:
    shades = [both(partial(fill, role, n)) for n in range(-LEVELS, LEVELS + 1)]
    unread = both(partial(fill, "matrix", LEVELS // 2))
    return [*shades, unread, *(both(partial(weight_fill, n)) for n in range(WEIGHTS))]


HUES = 2 * LEVELS + 2
FILLS = {role: _colours(role) for role in ROLES}
"""For each role the colours of its levels, of cells that are never read, and from HUES on of weights."""


def _cell_sizes(panels: Sequence[Panel], values: dict[str, Floats]) -> dict[str, tuple[float, bool]]:
    """For each panel the pixels of a cell, and whether its numbers fit: one size for all where that works."""
    needs: dict[str, float] = {}
    fits: dict[str, float] = {}
    for panel in panels:
        rows, cols = panel.shape
        fit = min((PAGE_WIDTH - 4 * MARGIN) / max(cols, 1), PANEL_HEIGHT / max(rows, 1))
        fits[panel.name] = floor(fit) if fit > 1 else fit
        readable = fit >= SMALLEST and not panel.image
        texts = map(format_number, np.unique([panel.values, values[panel.name]])) if readable else ()
        needs[panel.name] = ceil(max([SMALLEST, *(extent(text, NUMBER) + 10 for text in texts)]))
    numbered = [p.name for p in panels if not p.image and fits[p.name] >= needs[p.name]]
    needed = max((needs[name] for name in numbered), default=0)
    common = max(CELL, needed)
    tightest = min((fits[name] for name in numbered), default=common)
    if max(needed, 0.75 * CELL) <= tightest < common:
        common = tightest
    pixel = min((max(1, IMAGE // max(panel.shape)) for panel in panels if panel.image), default=1)
    return {p.name: (min(fits[p.name], pixel if p.image else common), p.name in numbered) for p in panels}


def _line_height(points: float) -> int:
    return round(1.35 * pixels(points))


@lru_cache(maxsize=4096)
def extent(text: str, points: float, font: FontProperties = SANS) -> float:
    """The pixels that `text` takes in a line."""
    sized = font.copy()
    sized.set_size(points)
    return float(text_to_path.get_text_width_height_descent(text, sized, ismath=False)[0]) * DPI / 72


def _wrap(text: str, points: float, width: float, font: FontProperties = SANS) -> list[str]:
    """Break `text` into lines of about `width` pixels, with a box for what the font cannot write."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        plain = "".join(c if ord(c) in _letters(font) else "□" for c in paragraph.expandtabs())
        letters = int(width * len(plain) / max(extent(plain, points, font), 1))
        lines += textwrap.wrap(plain, max(8, letters), break_on_hyphens=False)
    return lines


@cache
def _letters(font: FontProperties) -> frozenset[int]:
    return frozenset(get_font(findfont(font)).get_charmap())
