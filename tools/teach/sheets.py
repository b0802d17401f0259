"""Sheets of paper as PDF: blocks below each other, and as many pages as they need.

The same questions give the same bytes: no date is in the file.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from deconv_helpers.scenes.canvas import SANS, Paper
from deconv_helpers.scenes.page import MARGIN, PAGE_WIDTH, QUIET, SMALL, TEXT, Page, extent
from deconv_helpers.scenes.question import Posed
from tools.teach.blocks import BOLD, WIDTH, Block, Code, artists

Leads = Callable[[Posed], Code]
"""What gives the code that stands beside a question, if one does."""

PAPER = (8.27, 11.69)
"""A4, in inches."""

SIDE, TOP, BOTTOM = 75, 150, 90
"""Margins of a page, in pixels of its blocks."""

ACROSS = PAGE_WIDTH + 2 * SIDE
DOWN = ACROSS * PAPER[1] / PAPER[0]
SHRUNK = PAPER[0] * 100 / ACROSS
"""How much smaller a block is on paper than in a notebook, where an inch has 100 pixels."""

ON_PAPER = (
    "To click is to put a cross into the cell; for None, tick its box. A question speaks of outlined cells."
)


class Head(Page):
    """What stands above and below the blocks of a page."""

    def __init__(self, figure: Figure, title: str, place: str, *, named: bool) -> None:
        paper = Paper(figure=figure)
        self.canvas, self.axes = paper, paper.axes
        self.y, self.right = 0.0, 0.0
        left, right = SIDE + MARGIN, SIDE + MARGIN + WIDTH
        self.fit(title, left, 72, TEXT + 3, font=BOLD)
        if named:
            self.put("Name", right - 310, 104, TEXT)
            self.canvas.lines([[(right - 250, 107), (right, 107)]], 0.72, QUIET)
            self.put(ON_PAPER, left, 132, SMALL, QUIET)
        self.fit(place, right, DOWN - 60, SMALL, colour=QUIET, ha="right")
        spread(self, 0, DOWN, ACROSS, 0)

    def fit(
        self, text: str, x: float, y: float, points: float, font: FontProperties = SANS, **how: Any
    ) -> None:
        """Write one line of text, in smaller letters where it would be wider than the blocks."""
        self.put(text, x, y, points * min(1, WIDTH / max(1, extent(text, points, font))), font=font, **how)


def spread(page: Block | Head, top: float, height: float, width: float, left: float) -> None:
    """Put what a page has drawn so many pixels below the top of the paper, everything smaller alike."""
    page.axes.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    page.axes.set_position((left / ACROSS, 1 - (top + height) / DOWN, width / ACROSS, height / DOWN))
    for artist in artists(page.axes):
        for size in ("fontsize", "linewidth", "markersize"):
            if hasattr(artist, f"set_{size}"):
                now = getattr(artist, f"get_{size}")()
                getattr(artist, f"set_{size}")(now * SHRUNK)


def pages(heights: Sequence[float]) -> list[list[int]]:
    """Which blocks stand on which page: as many as fit, in order.

    >>> pages([500, 500, 900, 300])
    [[0, 1], [2, 3]]
    """
    found: list[list[int]] = []
    used = DOWN
    for number, height in enumerate(heights):
        if used + height > DOWN - TOP - BOTTOM:
            found.append([])
            used = 0
        found[-1].append(number)
        used += height
    return found


def write_sheet(pdf: PdfPages, title: str, asked: Iterable[Posed], *, key: bool, code: Leads) -> int:
    """Write one sheet, or its key; return the number of its pages."""
    figure = Figure(figsize=PAPER, facecolor="white")
    blocks = [Block(figure, posed, key=key, code=() if key else code(posed)) for posed in asked]
    laid = pages([block.height for block in blocks])
    for number, those in enumerate(laid, start=1):
        top = float(TOP)
        for block in blocks:
            block.axes.set_visible(False)
        for place in those:
            block = blocks[place]
            block.axes.set_visible(True)
            spread(block, top, block.height, PAGE_WIDTH, SIDE)
            top += block.height
        head = Head(figure, title, f"{title}, page {number} of {len(laid)}", named=not key)
        pdf.savefig(figure)
        head.axes.remove()
    return len(laid)


def no_code(posed: Posed) -> Code:
    """No code beside a question."""
    return ()


def write_sheets(
    path: Path,
    title: str,
    sheets: Sequence[tuple[str, Sequence[Posed]]],
    *,
    key: bool = False,
    code: Leads = no_code,
) -> None:
    """Write sheets one after the other into one PDF, each with its own name, such as "sheet 7".

    A page has the title up to its colon, the file all of it.
    Where there are several, each begins on the front of a leaf, also when both sides are printed.
    """
    with PdfPages(path, metadata={"Title": title, "CreationDate": None}) as pdf:
        for name, asked in sheets:
            whole = ", ".join(filter(None, [title.partition(":")[0], name, "key" if key else ""]))
            count = write_sheet(pdf, whole, asked, key=key, code=code)
            if len(sheets) > 1 and count % 2:
                pdf.savefig(Figure(figsize=PAPER))
