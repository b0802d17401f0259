"""A question as learning platforms ask it: a choice, or one number, with a sentence for each wrong answer.

They have no board. What is seen stands in the text: matrices as rows of numbers, images as pictures. Where
cells would be clicked, several numbers typed or a size given, one chooses among the truth and the traps.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from zlib import crc32

import numpy as np
from PIL import Image

from deconv_helpers.scenes.question import Cells, Choice, Fields, Numbers, Posed, picture
from deconv_helpers.scenes.scene import CROPPED, PADDING, Panel, format_number
from tools.teach.blocks import unseen

SIDE = 6
"""Pixels of a picture for each of an image."""


@dataclass(frozen=True)
class Option:
    """One answer to choose, or to expect: HTML of it, whether it is right, and what is said of it."""

    html: str
    right: bool
    said: str


@dataclass(frozen=True)
class Item:
    """A question for a platform.

    name      such as "01 A"
    html      the prompt
    panels    what is seen: HTML, or a picture as PNG with its title
    options   what to choose among; empty where a number is asked for
    number    the right number, how far one may be off, and wrong numbers with what is said of them
    why       the reason of the right answer

    What is said is HTML, too.
    """

    name: str
    html: str
    panels: tuple[str | tuple[str, bytes], ...]
    options: tuple[Option, ...]
    number: float | None
    within: float
    traps: tuple[tuple[float, str], ...]
    why: str


def item(posed: Posed) -> Item:
    """The question as an item."""
    answer = posed.ask.answer
    single = isinstance(answer, (Numbers, Fields)) and len(posed.true) == 1
    options = () if single else _options(posed)
    advice = "Choose the grid in which an X marks each of these cells." if isinstance(answer, Cells) else ""
    html = "".join(f"<p>{_plain(line)}</p>" for line in (posed.ask.prompt, advice) if line)
    return Item(
        posed.name,
        html,
        tuple(_panels(posed)),
        options,
        float(posed.true[0]) if single else None,
        answer.within,
        tuple((float(wrong[0]), _plain(said)) for wrong, said, _ in posed.wrong) if single else (),
        _plain(posed.ask.why),
    )


def _options(posed: Posed) -> tuple[Option, ...]:
    """The truth and the traps, in an order that is drawn."""
    said = {_key(wrong): sentence for wrong, sentence, _ in posed.wrong}
    true = _key(posed.true)
    if isinstance(posed.ask.answer, Choice):
        answers = list(range(len(posed.options)))
    else:
        answers = [posed.true, *(wrong for wrong, _, _ in posed.wrong)]
    said[true] = posed.ask.why
    options = [
        Option(_written(posed, one), _key(one) == true, _plain(said.get(_key(one), ""))) for one in answers
    ]
    rng = np.random.default_rng([crc32(posed.name.encode()), posed.seed])
    return tuple(options[place] for place in rng.permutation(len(options)))


def _key(answer: object) -> str:
    return repr(answer)


def _written(posed: Posed, answer: object) -> str:
    """An answer as HTML: cells as a grid."""
    if not isinstance(posed.ask.answer, Cells) or not isinstance(answer, list) or not answer:
        return _plain(posed.written(answer))
    shown = posed.ask.state.scene[posed.ask.answer.panel]
    marks = np.zeros(shown.values.size) if shown.marks is None else shown.marks.ravel()
    signs = np.where(np.isin(marks, (PADDING, CROPPED)), "/", ".")
    signs[answer] = "X"
    return _pre(signs.reshape(shown.shape).tolist())


def _plain(text: str) -> str:
    return escape(text, quote=False)


def _pre(rows: Sequence[Sequence[str]]) -> str:
    """Rows of texts, one under the other."""
    width = max(len(text) for row in rows for text in row)
    return f"<pre>{escape(chr(10).join(' '.join(text.rjust(width) for text in row) for row in rows))}</pre>"


def _panels(posed: Posed) -> list[str | tuple[str, bytes]]:
    """What is seen of the question; a covered panel of which not even the size is known is left out."""
    scene = picture(posed)
    lit = scene.lit(1)
    found: list[str | tuple[str, bytes]] = []
    outlined = framed = False
    for panel in scene.panels:
        blank = bool(np.isnan(panel.values).all())
        if unseen(posed, panel):
            continue
        if panel.image and not blank:
            found.append((panel.heading, _png(panel)))
            continue
        cells = set(np.asarray(lit.get(panel.name, ())).tolist())
        if blank and not cells:
            found.append(f"<p>{escape(panel.heading)}: {panel.shape[0]}x{panel.shape[1]}, covered</p>")
            continue
        outlined |= bool(cells)
        framed |= panel.marks is not None and bool(np.isin(panel.marks, (PADDING, CROPPED)).any())
        found.append(f"<p>{escape(panel.heading)}</p>{_pre(_rows(panel, cells))}")
    notes = [
        "[ ] marks the cells that the question speaks of." if outlined else "",
        "/ is the frame." if framed else "",
    ]
    if any(notes):
        found.append(f"<p><em>{' '.join(filter(None, notes))}</em></p>")
    return found


def _rows(panel: Panel, lit: set[int]) -> list[list[str]]:
    rows = []
    for row in range(panel.shape[0]):
        texts = []
        for column in range(panel.shape[1]):
            value = panel.values[row, column]
            frame = panel.marks is not None and panel.marks[row, column] in (PADDING, CROPPED)
            text = "/" if frame else "?" if np.isnan(value) else format_number(float(value))
            texts.append(f"[{text}]" if row * panel.shape[1] + column in lit else f"{text} " if lit else text)
        rows.append(texts)
    return rows


def _png(panel: Panel) -> bytes:
    """An image panel as PNG."""
    assert panel.image is not None
    pixels = np.asarray(panel.image.levels(panel.values)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels.repeat(SIDE, axis=0).repeat(SIDE, axis=1)).save(file, "PNG", optimize=True)
    return file.getvalue()


def inline(title: str, png: bytes) -> str:
    """A picture as HTML that needs no file."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return f'<p>{escape(title)}</p><p><img alt="{escape(title)}" src="{source}"></p>'
