"""A question as it stands on paper: to be answered, or with its answer, in one block of a sheet.

A block is drawn with the pictures of the notebooks, in their pixels; the sheet makes it fit its paper.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from deconv_helpers.scenes.canvas import SANS, Paper
from deconv_helpers.scenes.page import (
    GOOD,
    INK,
    LINE,
    LIT,
    MARGIN,
    PAGE_WIDTH,
    QUIET,
    SMALL,
    TEXT,
    Page,
    Spot,
)
from deconv_helpers.scenes.question import Cells, Choice, Fields, Numbers, Posed, Size, picture
from deconv_helpers.scenes.scene import Panel

BOLD = FontProperties(family="DejaVu Sans", weight="bold")
WIDTH = PAGE_WIDTH - 2 * MARGIN
CODE = 96
"""The side of a code with its address, in pixels."""

QUIET_ZONE = 10
"""White above a code, in pixels: with what is there, four modules, which readers of codes need."""

BLANK = "_" * 12
SCRATCH = 150
"""Room to compute in, in pixels, below a question that is answered by hand."""

Code = Sequence[Sequence[bool]]


class Block(Page):
    """One question, drawn into axes of its own; `height` says how many pixels it takes.

    key   whether the answer, its reason and the traps are in it
    code  the modules of a code that leads to the question on the pages, (rows, columns)
    """

    def __init__(self, figure: Figure, posed: Posed, *, key: bool, code: Code = ()) -> None:
        paper = Paper(figure=figure)
        self.canvas, self.axes = paper, paper.axes
        self.y, self.right = 6.0, float(MARGIN + WIDTH)
        self.posed, self.key = posed, key
        self.canvas.lines([[(MARGIN, 0), (MARGIN + WIDTH, 0)]], 0.72, LINE)
        self.ask(code)
        self.draw()
        self.answer()
        if key:
            self.explain()
        self.height = self.y + 14

    def ask(self, code: Code) -> None:
        """The name and the prompt, beside the code."""
        begin = self.y
        self.write(self.posed.name, TEXT, WIDTH, font=BOLD)
        self.write(self.posed.ask.prompt, TEXT, WIDTH - (CODE + 40 if len(code) else 0))
        if len(code):
            high, right = begin + QUIET_ZONE, MARGIN + WIDTH
            low = high + CODE
            self.axes.imshow(
                ~np.array(code),
                cmap="gray",
                interpolation="none",  # "nearest" would make modules of two widths
                aspect="auto",
                extent=(right - CODE, right, low, high),
            )
            self.y = max(self.y, low + 6)

    def draw(self) -> None:
        """The panels that are in sight, and those to be filled in."""
        answer, scene = self.posed.ask.answer, picture(self.posed)
        lit = scene.lit(1)
        seen = {title: [p for p in row if not unseen(self.posed, p)] for title, row in scene.layout.items()}
        scene = replace(scene, rows={title: row for title, row in seen.items() if row}, taps={}, steps=())
        if not scene.panels:
            return
        values = scene.values_at(0)
        spots = self.place(scene, values)
        self.right = float(MARGIN + WIDTH)
        for spot in spots:
            name = spot.panel.name
            self.draw_panel(spot, values[name])
            if name in lit:
                self.outline(spot, lit[name], LIT)
            if self.key and name == answer.panel:
                self.fill(spot)
        self.legend(spots, WIDTH, scene.hues)

    def fill(self, spot: Spot) -> None:
        """Write the answer into its panel: a cross in each cell, or the numbers."""
        answer, true = self.posed.ask.answer, self.posed.true
        columns = spot.panel.shape[1]
        texts: dict[int, str] = {}
        if isinstance(answer, Cells):
            texts = dict.fromkeys(true, "×")
        elif isinstance(answer, Numbers):
            cells = [self.posed.ask.state.cell(answer.panel, place) for place in answer.places]
            texts = {
                cell: answer.written(self.posed.ask.state, [one])
                for cell, one in zip(cells, true, strict=True)
            }
        for cell, text in texts.items():
            row, column = divmod(cell, columns)
            points = min(15.0 if text == "×" else 11.0, 0.45 * spot.cell)
            x, y = spot.left + (column + 0.5) * spot.cell, spot.top + (row + 0.5) * spot.cell
            self.put(text, x, y + 0.5 * points, points, GOOD, BOLD, ha="center")

    def answer(self) -> None:
        """Where the answer is written; in a key it is there."""
        posed, key = self.posed, self.key
        answer, true = posed.ask.answer, posed.true
        if isinstance(answer, Choice):
            for option in posed.options:
                chosen = key and option == posed.written(true)
                self.tick(option, chosen)
        elif isinstance(answer, Size):
            rows, columns = (true or ("", "")) if key else (BLANK, BLANK)
            if not key or true:
                self.say(f"{rows} rows, {columns} columns")
            if not key or not true:
                self.tick("no output", key)
        elif isinstance(answer, Fields):
            parts = zip(answer.true, true, strict=True)
            written = (
                [answer.written(posed.ask.state, true)] if key else [f"{name}: {BLANK}" for name, _ in parts]
            )
            self.say("      ".join(written))
        elif isinstance(answer, Cells):
            if not key or not true:
                self.tick("none of the cells", key)
        elif isinstance(answer, Numbers) and key:
            self.say(posed.written(true))
        if posed.name.endswith("H") and not key:
            self.y += SCRATCH

    def say(self, text: str) -> None:
        """What is to be written, or in a key the answer, as a paragraph of its own."""
        self.y += 6
        self.write(text, TEXT, WIDTH, GOOD if self.key else INK, BOLD if self.key else SANS)

    def tick(self, text: str, chosen: bool) -> None:
        """A sentence to be ticked."""
        colour, font = (GOOD, BOLD) if chosen else (INK, SANS)
        self.write(f"{'☒' if chosen else '☐'}  {text}", TEXT, WIDTH, colour, font)

    def explain(self) -> None:
        """The reason, and what wrong answers mean."""
        self.write(self.posed.ask.why, TEXT, WIDTH)
        for wrong, sentence, _ in self.posed.wrong:
            self.write(f"{self.posed.told(wrong)}: {sentence}", SMALL, WIDTH, QUIET)


def unseen(posed: Posed, panel: Panel) -> bool:
    """Whether a panel is covered so that not even its size is seen: on paper it is left out."""
    asked = panel.name == posed.ask.answer.panel and not isinstance(posed.ask.answer, Size)
    return panel.values.size == 1 and bool(np.isnan(panel.values).all()) and not asked


def artists(axes: Axes) -> list[Any]:
    """What is drawn in the axes."""
    return [*axes.texts, *axes.collections, *axes.lines]
