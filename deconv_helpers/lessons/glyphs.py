"""Letters as small pictures, drawn from the fonts that matplotlib ships, to learn from and to be tested on.

Ink is 1 and paper is 0. A pixel is the mean of 8x8 smaller ones, so it is grey where an outline crosses it.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ..operators.arrays import allocate
from ..operators.geometry import checked_int

Floats = npt.NDArray[np.float64]

FONTS = {
    "sans": "DejaVuSans.ttf",
    "serif": "DejaVuSerif.ttf",
    "mono": "DejaVuSansMono.ttf",
    "sans bold": "DejaVuSans-Bold.ttf",
    "serif bold": "DejaVuSerif-Bold.ttf",
    "mono bold": "DejaVuSansMono-Bold.ttf",
}
"""The files of the fonts by name."""

HELD_OUT = ascii_lowercase[3::4]
"""Letters to be tested on: every fourth, in lower and upper case, so that no shape of theirs is learned."""

TRAINING = "".join(letter for letter in ascii_lowercase if letter not in HELD_OUT)
"""Letters to learn from."""

KINDS = "OXT"
"""The letters on `labelled_pages`: label 1, 2 and 3. Paper has label 0."""

FINER = 8
"""Pixels along each axis that are drawn for one."""

PLACE = 12
"""The side of the square in which a letter stands on a page, in pixels."""


@cache
def glyph(character: str, font: str = "sans", *, rows: int = 24, columns: int = 20) -> Floats:
    """One character in the middle of a picture (rows, columns), from 0 (paper) to 1 (ink); read-only.

    font           a name in FONTS
    rows, columns  8 to 256 pixels; the line of text is 0.8 rows high, and M and W may touch the sides

    Raises TypeError or ValueError for a bad argument.

    >>> glyph("T", rows=12, columns=9)[3].round().tolist()[::4]
    [0.0, 1.0, 0.0]
    """
    if not isinstance(character, str) or len(character) != 1:
        raise ValueError(f"character must be a single character, got {character!r}")
    if font not in FONTS:
        raise ValueError(f"font must be one of {', '.join(FONTS)}, got {font!r}")
    for name, value in (("rows", rows), ("columns", columns)):
        if checked_int(name, value, minimum=8) > 256:
            raise ValueError(f"{name} must be at most 256, got {value}")
    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / FONTS[font]
    drawn = Image.new("L", (FINER * columns, FINER * rows))
    ImageDraw.Draw(drawn).text(
        (FINER * columns / 2, FINER * rows / 2),
        character,
        fill=255,
        font=ImageFont.truetype(str(file), round(0.8 * FINER * rows), layout_engine=ImageFont.Layout.BASIC),
        anchor="mm",
    )
    fine = np.asarray(drawn, dtype=np.float64) / 255
    picture: Floats = fine.reshape(rows, FINER, columns, FINER).mean(axis=(1, 3))
    picture.flags.writeable = False
    return picture


def glyphs(letters: str, fonts: tuple[str, ...] = ("sans", "serif", "mono bold"), **size: int) -> Floats:
    """All letters in lower and upper case and in all fonts: (N, rows, columns), from 0 (paper) to 1 (ink).

    Further keywords (rows, columns) are those of `glyph`. Raises what `glyph` raises, and ValueError for no
    letter or no font, and for more than 1 GiB.

    >>> glyphs("dx", ("sans",), rows=12, columns=10).shape
    (4, 12, 10)
    """
    if not letters or not fonts:
        raise ValueError(f"letters and fonts must not be empty, got {letters!r} and {fonts!r}")
    cases = [case for letter in letters for case in (letter.lower(), letter.upper())]
    shape = glyph(cases[0], fonts[0], **size).shape
    drawn: Floats = allocate("the letters", (len(fonts) * len(cases), *shape), np.float64)
    for picture, (font, case) in zip(drawn, product(fonts, cases), strict=True):
        picture[...] = glyph(case, font, **size)
    return drawn


def labelled_pages(n: int, *, seed: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Pages with up to six of the letters in KINDS, and a label for each pixel.

    The pages are (n, 24, 36), from 0 (paper) to 1 (ink). The labels, of the same shape, are 0 where there is
    less than half ink, else 1, 2 or 3 for the letter. Each of 2x3 places has one of the letters or none, in
    one of three bold fonts, shifted by up to a pixel each way. The same seed gives the same pages. Raises
    ValueError for more than 1 GiB of them.

    >>> pages, labels = labelled_pages(5, seed=1)
    >>> pages.shape, np.unique(labels).tolist()
    ((5, 24, 36), [0, 1, 2, 3])
    """
    rng = np.random.default_rng(checked_int("seed", seed, minimum=0))
    pages = allocate("the pages", (checked_int("n", n, minimum=1), 2 * PLACE, 3 * PLACE), np.float64)
    labels = allocate("the labels", pages.shape, np.int64)
    bold = [font for font in FONTS if font.endswith("bold")]
    for page, label in zip(pages, labels, strict=True):
        for top, left in np.ndindex(2, 3):
            kind, font, *shift = rng.integers([0, 0, -1, -1], [len(KINDS) + 1, len(bold), 2, 2])
            if kind == len(KINDS):
                continue
            letter: npt.NDArray[Any] = glyph(KINDS[kind], bold[font], rows=PLACE, columns=PLACE)
            place = np.s_[PLACE * top : PLACE * (top + 1), PLACE * left : PLACE * (left + 1)]
            page[place] = np.roll(letter, shift, axis=(0, 1))
            label[place] = np.where(page[place] > 0.5, kind + 1, 0)
    return pages, labels
