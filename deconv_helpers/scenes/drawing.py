"""Pictures for a notebook: scenes and matrices as SVG that follows the theme, or as matplotlib figures."""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from .canvas import Paper, Vector
from .page import Page
from .scene import Floats, Grey, Ints, Panel, Scene, checked_cells, format_matrix, format_number, size

CELLS_IN_WORDS = 600
"""The largest matrix that is written out in the text beside a picture."""


class Picture:
    """A scene at one step, drawn; a notebook shows it in the colours of its theme, with its summary as text.

    footer  a last line under the picture, in small letters

    >>> panel = Panel("x", np.array([[1.0, 2.0, 3.0]]), role="input")
    >>> Picture(Scene((panel,), summary="One row: 1, 2, 3."))
    One row: 1, 2, 3.
    """

    def __init__(self, scene: Scene, step: int = 0, footer: str = "") -> None:
        self._drawn = scene, scene.values_at(step), step, footer
        self.summary = _in_words(scene, step)

    def figure(self, *, dark: bool = False) -> Figure:
        """The picture as a matplotlib figure of one theme."""
        paper = Paper(dark=dark)
        Page(paper, *self._drawn)
        return paper.figure

    def svg(self, *, dark: bool | None = None) -> str:
        """The picture as SVG of one theme; left out, of the theme of the page that shows it."""
        vector = Vector(dark=dark)
        Page(vector, *self._drawn)
        return str(vector)

    def png(self, *, dark: bool = False) -> bytes:
        """The picture as PNG of one theme."""
        return figure_png(self.figure(dark=dark))

    def __repr__(self) -> str:
        return self.summary

    def _repr_html_(self) -> str:
        # An <img> stays in a notebook that is not trusted, and learns the theme from its page.
        data = base64.b64encode(self.svg().encode()).decode()
        return f'<img alt="{escape(self.summary)}" src="{EMBEDDED}{data}">'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {"text/html": self._repr_html_(), "text/plain": self.summary}


EMBEDDED = "data:image/svg+xml;base64,"


def embedded_svg(html: str) -> str | None:
    """The SVG of a picture as a notebook has it; None where `html` is anything else."""
    found = re.fullmatch(rf'<img alt="[^"]*" src="{re.escape(EMBEDDED)}([^"]*)">', html)
    return base64.b64decode(found[1]).decode() if found else None


def show_scene(scene: Scene, step: int = 0, *, footer: str = "", notes: bool = True) -> Picture:
    """Draw all panels of `scene` as they stand at `step`, with the cells of that step outlined.

    step    0 for the finished picture, up to len(scene.steps)
    footer  a last line under the picture
    notes   whether the scene's notes stand under the picture

    >>> x = Panel("x", np.array([[1.0, 2.0]]), role="input")
    >>> show_scene(Scene((x,), summary="A row of two."))
    A row of two.
    """
    return Picture(scene if notes else replace(scene, notes=()), step, footer)


def show_matrix(
    values: npt.ArrayLike,
    title: str = "",
    *,
    role: str = "matrix",
    marks: Ints | None = None,
    weights: Ints | None = None,
) -> Picture:
    """Draw one matrix of numbers, (rows, cols), or one row of them, (cols,); NaN leaves a cell blank.

    role, marks and weights are those of `Panel`. Raises ValueError for any other number of axes and for an
    array without a cell, TypeError for anything but real numbers.

    >>> show_matrix([[1, 2, 3], [4, 5, 6]], "input 2x3", role="input")
    input 2x3
    1  2  3
    4  5  6
    """
    cells = checked_cells("values", values)
    return show_panels(Panel("values", cells, role=role, title=title, marks=marks, weights=weights))


def show_panels(*panels: Panel, hues: str = Scene.hues) -> Picture:
    """Draw panels side by side, each after its sign; they may come from different scenes and share names.

    hues  what the hues of `Panel.weights` tell apart

    >>> x = Panel("x", np.array([[1.0, 2.0, 3.0]]), role="input", title="input 1x3")
    >>> show_panels(x, Panel("y", np.array([[3.0, 5.0]]), role="output", title="output 1x2", sign="="))
    input 1x3
    1  2  3
    output 1x2
    3  5
    """
    if not panels:
        raise ValueError("panels: give at least one")
    own = (replace(panel, name=str(n), title=panel.heading) for n, panel in enumerate(panels))
    return Picture(Scene(tuple(own), hues=hues))


def show_image(values: npt.ArrayLike, title: str = "", *, peak: float | None = None) -> Picture:
    """Draw an array of grey levels, (rows, cols), as `show_images` does."""
    return show_images({title: values}, peak=peak)


def show_images(images: Mapping[str, npt.ArrayLike], *, peak: float | None = None) -> Picture:
    """Draw arrays of grey levels, {title: (rows, cols)}, side by side, their pixels all of one size.

    Black is 0 and white is `peak`. A picture with values below a tenth of -peak is signed: black is -peak,
    grey is 0, white is peak. Values beyond are drawn black or white.

    peak  left out, each picture has its own: its largest magnitude

    >>> show_images({"ramp": [[0, 0.5, 1], [0, 0.5, 1]], "edges": [[-1, 0, 1], [-1, 0, 1]]})
    ramp: 2x3, values from 0 to 1
    edges: 2x3, values from -1 to 1
    """
    if not images:
        raise ValueError("images: give at least one")
    if peak is not None and not peak > 0:
        raise ValueError(f"peak must be positive, got {peak}")
    panels, summary = [], []
    for title, image in images.items():
        values = checked_cells("values", image)
        panels.append(Panel(title, values, role="matrix", image=_grey(values, peak)))
        summary.append(f"{title or 'image'}: {_extent(values)}")
    return Picture(Scene(tuple(panels), summary="\n".join(summary)))


def write_frames(
    scene: Scene, folder: str | os.PathLike[str], *, dark: bool = False, seconds: float = 0.9
) -> list[Path]:
    """Draw the steps of `scene` into `folder`, all of one size: each as PNG and SVG, and all as a GIF.

    The files are `00.png` (the finished picture, unless the scene has none beside its last step), `01.png`
    and so on, the same as `.svg`, and `steps.gif`, which shows each step for `seconds`, without end. From a
    hundred steps on, numbers have three digits.

    dark     whether they have the colours of the dark theme
    seconds  from 0.01 to 655, which is as long as a GIF can say

    Returns their paths. Raises ValueError for other `seconds`, OSError for a folder that cannot be written.

    >>> import tempfile
    >>> x = Panel("x", np.array([[1.0, 2.0, 3.0]]), role="input")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_frames(Scene((x,)), folder)]
    ['00.png', '00.svg', 'steps.gif']
    """
    if not isinstance(seconds, (int, float, np.number)) or not 0.01 <= seconds <= 655:
        raise ValueError(f"seconds must be a number from 0.01 to 655, got {seconds!r}")
    last = len(scene.steps)
    steps = range(0 if scene.whole or not last else 1, last + 1)
    vectors = []
    for step in steps:
        vectors.append(Vector(dark=dark))
        Page(vectors[-1], scene, scene.values_at(step), step, "")
    width, height = (max(side) for side in zip(*(vector.size for vector in vectors), strict=True))
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    written, images = [], []
    for step, vector in zip(steps, vectors, strict=True):
        paper = Paper(dark=dark)  # a figure takes megabytes: one at a time
        Page(paper, scene, scene.values_at(step), step, "")
        paper.cut(width, height)
        vector.cut(width, height)
        png, svg = (place / f"{step:0{max(2, len(str(last)))}}.{kind}" for kind in ("png", "svg"))
        picture = figure_png(paper.figure)
        png.write_bytes(picture)
        svg.write_text(str(vector), encoding="utf-8", newline="\n")
        images.append(Image.open(io.BytesIO(picture)).convert("RGB").quantize(128))
        written += [png, svg]
    moving = place / "steps.gif"
    images[0].save(
        moving, save_all=True, append_images=images[1:], duration=round(1000 * seconds), loop=0, disposal=2
    )
    return [*written, moving]


def figure_png(figure: Figure) -> bytes:
    """The figure as PNG: the same bytes for the same picture.

    A palette of 256 colours keeps the file small.

    >>> figure_png(show_matrix([[1, 2, 3]]).figure())[1:4]
    b'PNG'
    """
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = Image.fromarray(np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3]))
    target = io.BytesIO()
    pixels.quantize(256, dither=Image.Dither.NONE).save(target, "PNG", optimize=True)
    return target.getvalue()


def _grey(values: Floats, peak: float | None) -> Grey:
    finite = values[np.isfinite(values)]
    top = peak or float(np.abs(finite).max(initial=0)) or 1.0
    return Grey(-top if finite.min(initial=0) < -0.1 * top else 0.0, top)


def _extent(values: Floats) -> str:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return f"{size(values.shape)}, no numbers"
    return f"{size(values.shape)}, values from {format_number(finite.min())} to {format_number(finite.max())}"


def _in_words(scene: Scene, step: int) -> str:
    words = [scene.summary] if scene.summary else []
    for panel in () if words else scene.panels:
        matrix = format_matrix(panel.values) if panel.values.size <= CELLS_IN_WORDS else _extent(panel.values)
        words += [panel.heading, matrix]
    if step:
        words.append(scene.steps[step - 1].caption)
    return "\n".join(filter(None, words))
