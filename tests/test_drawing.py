"""Pictures on paper: what stands on the page, that it fits, and that a notebook shows it."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbclient
import nbformat
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from deconv_helpers.scenes.drawing import (
    Picture,
    embedded_svg,
    show_image,
    show_images,
    show_matrix,
    show_panels,
    show_scene,
    write_frames,
)
from deconv_helpers.scenes.palette import DARK, LIGHT, contrast, fill, weight_fill
from deconv_helpers.scenes.scene import (
    LEGEND,
    ROLES,
    UNREAD,
    Grey,
    Note,
    Panel,
    Scene,
    Step,
    blank,
    message_scene,
)

ROOT = Path(__file__).parents[1]
SVG = "{http://www.w3.org/2000/svg}"


def window_scene(rows: int = 5, cols: int = 7, k: int = 3) -> Scene:
    """A k x k window that slides over a matrix; each step lights one window."""
    values = np.arange(float(rows * cols)).reshape(rows, cols)
    x = Panel("x", values, role="input", title=f"input {rows}x{cols}")
    steps: list[Step] = []
    taps: list[int] = []
    for i in range(rows - k + 1):
        for j in range(cols - k + 1):
            steps.append(Step(np.arange(k * k) + len(taps), f"window at row {i}, column {j}"))
            taps += [(i + a) * cols + j + b for a in range(k) for b in range(k)]
    return Scene((x,), taps={"x": np.array(taps)}, steps=tuple(steps), summary="a sliding window")


def linked_scene(rows: int, cols: int, entries: int = 9) -> Scene:
    """Four panels, the last a matrix of weights with structural zeros."""
    weights = -np.ones((rows, cols), dtype=int)
    for row in range(rows):
        weights[row, [(row + 3 * e) % cols for e in range(entries)]] = range(entries)
    marks = np.where(weights < 0, 3, 0)
    frame = np.pad(np.zeros((4, 6), dtype=int), 1, constant_values=1)
    spread = np.where(np.indices((3, 5)).sum(0) % 2, 2, 0)
    panels = (
        Panel("x", np.where(frame, 0, 7.0), role="input", title="input 4x6, padding 1", marks=frame),
        Panel("w", np.arange(9.0).reshape(3, 3) - 4, role="kernel", title="kernel 3x3", sign="∗"),
        Panel("y", np.where(spread, 0, 123.0), role="output", title="zeros between", sign="=", marks=spread),
    )
    C = Panel("C", np.maximum(weights, 0).astype(float), role="matrix", marks=marks, weights=weights)
    taps = {"x": [8, 9], "w": [0, 1], "y": [0, 0], "C": [0, 3]}
    return Scene(
        {"": panels, "the same as one matrix": (C,)},
        taps={name: np.array(cells) for name, cells in taps.items()},
        steps=(Step(np.array([0, 1]), "3*1 + 3*2 = 9"),),
    )


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.figure().axes[0].texts]


def pixels(picture: Picture, *, dark: bool = False) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture.png(dark=dark))).convert("RGB")).astype(int)


def near(picture: np.ndarray, colour: str) -> np.ndarray:
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return np.abs(picture - wanted).max(axis=2) <= 6


def box(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, cols = np.nonzero(mask)
    return rows.min(), cols.min(), rows.max() + 1, cols.max() + 1


LONG = "a sentence that is much longer than the page is wide and has to be broken into lines " * 3
NOTES = (Note("equal", "three routes, one result"), Note("differs", LONG), Note("code", "conv2d(x, w)"))
GREY = np.linspace(0, 1, 96 * 77).reshape(96, 77)
FLOATS = np.random.default_rng(0).normal(size=(5, 7))
FIGURES: dict[str, Callable[[], Picture]] = {
    "window": lambda: show_scene(window_scene(), 3, footer="Run this cell to move the sliders."),
    "notes": lambda: show_scene(Scene(window_scene().panels, notes=NOTES), footer=LONG),
    "message": lambda: show_scene(message_scene(LONG)),
    "four panels": lambda: show_scene(linked_scene(9, 25), 1),
    "large": lambda: show_scene(linked_scene(36, 64), 1),
    "tall": lambda: show_scene(linked_scene(64, 36), 1),
    "one cell": lambda: show_matrix([[5]], "the one cell of the output, with a title wider than it"),
    "row": lambda: show_matrix(np.arange(16), "a row of 16"),
    "floats": lambda: show_matrix(FLOATS, "floats", role="output"),
    "extremes": lambda: show_matrix([[1e308, -1e-300, np.nan], [np.inf, -np.inf, -123456]], "extremes"),
    "word": lambda: show_matrix([[1, 2]], "w" * 400),
    "glyphs": lambda: show_matrix([[1, 2]], "$x$ 画像 \U0001f600 \t $\\frac$"),
    "many": lambda: show_panels(*[Panel(f"panel {n}", FLOATS, role="output", sign="=") for n in range(5)]),
    "images": lambda: show_images(
        {"portrait": GREY, "edges": np.diff(GREY), "half": GREY[::2, ::2], "": GREY.T}
    ),
    "large image": lambda: show_image(np.zeros((300, 1400)), "wider than the page"),
    "many cells": lambda: show_matrix(np.zeros((300, 1400)), "more columns than pixels"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_everything_fits_and_nothing_overlaps(name: str) -> None:
    picture = FIGURES[name]()
    figure = picture.figure()
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = canvas.get_width_height()
    assert width <= 1000
    boxes = [t.get_window_extent(canvas.get_renderer()) for t in figure.axes[0].texts if t.get_text()]
    for one in boxes:
        assert one.x0 >= 0
        assert one.y0 >= 0
        assert one.x1 <= width
        assert one.y1 <= height
    for one, other in combinations(boxes[:300], 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        down = min(one.y1, other.y1) - max(one.y0, other.y0)
        # Descenders of one line and accents of the next may share a few pixels.
        assert across <= 0 or down <= 4, (one, other)
    assert len(picture.png()) <= 40_000
    assert len(picture._repr_html_()) <= 60_000


@pytest.mark.parametrize("name", FIGURES)
def test_svg_says_what_the_figure_does(name: str) -> None:
    """The same words in the same places, on a page of the same size."""
    picture = FIGURES[name]()
    svg = ElementTree.fromstring(picture.svg())
    placed = [(text.get_text(), *text.get_position()) for text in picture.figure().axes[0].texts]
    found = [(e.text, float(e.attrib["x"]), float(e.attrib["y"])) for e in svg.iter(f"{SVG}text")]
    assert found == [(text, pytest.approx(x, abs=0.1), pytest.approx(y, abs=0.1)) for text, x, y in placed]
    rows, columns, _ = pixels(picture).shape
    assert (float(svg.attrib["width"]), float(svg.attrib["height"])) == (columns, rows)


def test_svg_follows_the_theme_or_has_one() -> None:
    picture = show_scene(Scene(linked_scene(9, 25).panels, notes=NOTES), footer="quiet")
    follows, light, dark = picture.svg(), picture.svg(dark=False), picture.svg(dark=True)
    for theme, mine, others in ((LIGHT, light, dark), (DARK, dark, light)):
        for colour in (theme.base, theme.ink, theme.quiet, theme.good, theme.bad, theme.full["kernel"]):
            assert colour in follows
            assert colour in mine
            assert colour not in others
    assert "prefers-color-scheme" not in light + dark
    assert embedded_svg(picture._repr_html_()) == follows
    assert embedded_svg("<p>") is None


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_reads_on_what_is_under_it(dark: bool) -> None:
    """In the picture: the ink of each number against the fill of its cell, of words against the base."""
    theme = DARK if dark else LIGHT
    marks = np.array([[0, 1, 2, 3, 4, UNREAD]] * 2)
    values = np.array([[9.0, 0, 0, 0, -5, 0], [-9.0, 0, 0, 0, 5, 3]])
    panels = [Panel(role, values, role=role, marks=marks) for role in ROLES]
    picture = show_scene(Scene(panels, notes=NOTES), footer="quiet")
    shown = pixels(picture, dark=dark)
    for text in picture.figure(dark=dark).axes[0].texts:
        column, row = (int(at) for at in text.get_position())
        red, green, blue = shown[row - 6, column - 14]  # beside the number, within its cell
        number = len(text.get_text()) <= 2
        under = f"#{red:02x}{green:02x}{blue:02x}" if number else theme.base
        assert contrast(str(text.get_color()), under) >= 4.5, text.get_text()


def test_the_window_of_each_step_is_outlined() -> None:
    scene = window_scene()
    frames = [near(pixels(show_scene(scene, step)), LIGHT.lit) for step in (1, 2, 6)]
    first, right, below = (box(frame) for frame in frames)
    assert np.ptp([first[0], first[2]]) == pytest.approx(3 * 42, abs=5)
    assert np.ptp([first[1], first[3]]) == pytest.approx(3 * 42, abs=5)
    assert np.subtract(right, first).tolist() == [0, 42, 0, 42]
    assert np.subtract(below, first).tolist() == [42, 0, 42, 0]
    assert not near(pixels(show_scene(scene)), LIGHT.lit).any()


def test_lit_cells_are_outlined_in_every_panel() -> None:
    lit = near(pixels(show_scene(linked_scene(9, 25), 1)), LIGHT.lit)
    plain = near(pixels(show_scene(linked_scene(9, 25), 0)), LIGHT.lit)
    assert not plain.any()
    columns = np.flatnonzero(lit.any(axis=0))
    assert np.count_nonzero(np.diff(columns) > 20) >= 2, "outlines in the three panels of the first row"
    rows = np.flatnonzero(lit.any(axis=1))
    assert np.count_nonzero(np.diff(rows) > 20) >= 1, "and in the matrix of the second"


def test_a_step_shows_its_values_and_its_caption() -> None:
    y = Panel("output", np.array([[5.0, 7.0]]), role="output")
    changes = {"output": (np.array([0]), np.array([2.0]))}
    step = Step(np.array([0]), "first product", changes=changes)
    scene = Scene((y,), taps={"output": np.array([0])}, steps=(step,), start={"output": blank([1])})
    assert texts(show_scene(scene, 0)) == ["output", "5", "7"]
    assert texts(show_scene(scene, 1)) == ["output", "2", "first product"]
    with pytest.raises(ValueError, match="step must be from 0 to 1, got 2"):
        show_scene(scene, 2)


def test_the_notes_can_be_left_out() -> None:
    scene = Scene(window_scene().panels, notes=NOTES)
    assert "conv2d(x, w)" in texts(show_scene(scene))
    assert texts(show_scene(scene, notes=False)) == texts(show_panels(*scene.panels))


def test_a_step_without_taps_lights_nothing() -> None:
    scene = Scene((Panel("x", np.ones((2, 3)), role="input"),), steps=(Step(np.empty(0, int), "wait"),))
    assert texts(show_scene(scene, 1))[-1] == "wait"


def test_hues_say_what_they_tell_apart() -> None:
    panel = Panel("w", np.array([[3.0, 5.0]]), role="kernel", weights=np.array([[0, 1]]))
    assert texts(show_panels(panel))[-1] == "one hue for each weight of the kernel"
    assert texts(show_panels(panel, hues="one hue for each group"))[-1] == "one hue for each group"


def test_cells_carry_the_colour_of_role_sign_and_weight() -> None:
    picture = pixels(show_matrix([[0, 4, -4]], role="kernel"))
    assert near(picture, fill("kernel", 8)).sum() > 1000
    assert near(picture, fill("kernel", -8)).sum() > 1000
    picture = pixels(show_matrix([[3, 0, 5]], weights=np.array([[0, -1, 1]])))
    assert near(picture, weight_fill(0)).sum() > 1000
    assert near(picture, weight_fill(1)).sum() > 1000


def test_a_cell_that_is_not_what_it_should_be_is_outlined_and_corrected() -> None:
    values, should = np.array([[3.0, 5.0, 7.0]]), np.array([[3.0, 6.0, np.nan]])
    figure = show_panels(Panel("y", values, role="output", expected=should))
    assert texts(figure) == ["y", "3", "5", "7", "≠ 6"]
    outlined = near(pixels(figure), LIGHT.bad)
    assert np.ptp(np.flatnonzero(outlined.any(axis=0))) == pytest.approx(42, abs=5), "one cell of three"
    assert not near(pixels(show_panels(Panel("y", values, role="output", expected=values))), LIGHT.bad).any()


def test_rows_of_a_scene_stand_below_each_other() -> None:
    def top(scene: Scene) -> dict[str, float]:
        return {t.get_text(): t.get_position()[1] for t in show_scene(scene).figure().axes[0].texts}

    panels = [Panel(name, np.array([[value]]), role="input") for name, value in (("x", 1.5), ("z", 2.5))]
    apart, beside = top(Scene({"": panels[:1], "below": panels[1:]})), top(Scene(panels))
    assert apart["z"] > apart["1.5"]
    assert beside["z"] == beside["x"]


def test_panels_of_different_scenes_may_share_a_name() -> None:
    one, other = (Panel("C", np.array([[value]]), role="matrix") for value in (1, 2))
    figure = show_panels(one, other)
    assert texts(figure) == ["C", "C", "1", "2"]
    assert repr(figure) == "C\n1\nC\n2"


def test_an_image_is_drawn_as_its_grey_says() -> None:
    values = np.array([[-3.0, 1.0, 2.0, 9.0]])
    picture = pixels(show_panels(Panel("x", values, role="input", image=Grey(0, 4))))
    greys = [near(picture, colour).sum() for colour in ("#000000", "#404040", "#808080")]
    np.testing.assert_allclose(greys, 72 * 72, rtol=0.05)


def test_the_legend_names_the_marks_present_and_no_others() -> None:
    marks = np.array([[0, 1, 0]])
    assert [t for t in texts(show_matrix([[1, 0, 2]], marks=marks)) if len(t) > 1] == [LEGEND["padding"]]
    assert "inserted zero" in texts(show_matrix([[1, 0, 2]], marks=2 * marks))
    assert any("structural" in t for t in texts(show_matrix([[1, 0, 2]], marks=3 * marks)))
    assert any("cropped" in t for t in texts(show_matrix([[1, 5, 2]], marks=4 * marks)))
    assert LEGEND["unread"] in texts(show_matrix([[1, 5, 2]], marks=UNREAD * marks))
    assert texts(show_matrix([[1, 0, 2]], marks=0 * marks)) == ["1", "0", "2"]


def test_hatching_leaves_the_middle_of_a_cell_to_its_number() -> None:
    for code in (1, 4):
        picture = pixels(show_matrix([[np.nan]], marks=np.array([[code]])))
        cell = picture[22:64, 16:58]
        assert near(cell[18:24, 14:28], LIGHT.base).all()
        assert not near(cell[4:10, 4:38], LIGHT.base).all()


def test_numbers_are_dropped_where_cells_get_too_small_and_the_legend_says_so() -> None:
    written = texts(show_matrix(np.full((36, 64), 88.0)))
    assert written == ["numbers left out where cells are too small"]
    fits = show_matrix(np.full((4, 16), 8.0))
    assert texts(fits) == ["8"] * 64
    assert min(t.get_fontsize() for t in fits.figure().axes[0].texts) >= 11


def test_pictures_of_one_scale_compare() -> None:
    dim = pixels(show_images({"": np.full((20, 30), 0.5)}, peak=1))
    assert near(dim, "#808080").sum() > 20 * 30 * 50
    signed = pixels(show_image(np.array([[-2.0, 0.0], [0.0, 1.0]])))
    assert near(signed, "#000000").any()
    assert near(signed, "#808080").any()
    assert near(signed, "#c0c0c0").any()


def test_equal_scenes_give_equal_bytes_in_another_process_without_pyplot() -> None:
    script = """
import hashlib, sys
import matplotlib
import numpy as np
from deconv_helpers.lessons import images
from deconv_helpers.scenes import drawing, exercises
matplotlib.rcParams.update({"figure.facecolor": "black", "font.size": 30, "savefig.bbox": "tight"})
marks = np.array([[0, 1, 2], [3, 0, 0]])
figure = drawing.show_matrix([[1, 0, 0], [0, 5, 6]], "a matrix", role="input", marks=marks)
print(hashlib.sha256(figure.png() + figure.svg().encode()).hexdigest())
assert "matplotlib.pyplot" not in sys.modules
assert matplotlib.get_backend(auto_select=False) is None
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"}
    environment.pop("MPLBACKEND", None)
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    marks = np.array([[0, 1, 2], [3, 0, 0]])
    here = show_matrix([[1, 0, 0], [0, 5, 6]], "a matrix", role="input", marks=marks)
    assert done.stdout == hashlib.sha256(here.png() + here.svg().encode()).hexdigest() + "\n"


def test_a_notebook_shows_one_picture_and_its_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    show = "show_matrix([[1, 2, 3]], 'a row')"
    sources = [
        f"from deconv_helpers.scenes.drawing import *\n{show}",
        f"import matplotlib.pyplot\n{show}",
        f"display({show})",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    assert len(outputs) == 3
    for output in outputs:
        assert output.data["text/plain"] == "a row\n1  2  3"
        assert output.data["text/html"] == outputs[0].data["text/html"]
        assert embedded_svg(output.data["text/html"])


def test_what_stands_beside_the_picture() -> None:
    assert repr(show_scene(window_scene(), 2)) == "a sliding window\nwindow at row 0, column 1"
    assert repr(show_matrix(np.zeros((36, 64)), "C")) == "C\n36x64, values from 0 to 0"
    assert repr(show_image(np.full((2, 3), np.nan))) == "image: 2x3, no numbers"


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (np.zeros((2, 2, 2)), ValueError, r"matrix of at least one cell, got shape \(2, 2, 2\)"),
        ([], ValueError, r"matrix of at least one cell, got shape \(0,\)"),
        ([[1, 2], [3]], ValueError, "values must be a matrix, got rows of unequal length"),
        ("abc", TypeError, "values must be real numbers, got dtype <U3"),
        (np.array([[1j]]), TypeError, "values must be real numbers, got dtype complex128"),
        (None, TypeError, "values must be real numbers, got dtype object"),
        (np.ma.masked_equal([[1, 2, 3]], 2), ValueError, "values must have no masked cells"),
        ([np.ma.masked_equal([1, 2, 3], 2)], ValueError, "values must have no masked cells"),
        (np.zeros((4096, 2048)), ValueError, "at most 4194304 cells, got 4096x2048; show a part"),
    ],
)
def test_what_cannot_be_drawn(values: Any, error: type[Exception], message: str) -> None:
    for show in (show_matrix, show_image):
        with pytest.raises(error, match=message):
            show(values)


def test_wrong_options() -> None:
    with pytest.raises(ValueError, match="role must be one of input, kernel, output, matrix, got 'in'"):
        show_matrix([[1]], role="in")
    with pytest.raises(ValueError, match=r"marks must have the shape of values \(1, 2\), got \(2, 1\)"):
        show_matrix([[1, 2]], marks=np.zeros((2, 1), int))
    with pytest.raises(ValueError, match=r"at most 4194304 cells, got 4096x1025; .* values\[::8, ::8\]"):
        show_image(np.zeros((4096, 1025), bool))
    with pytest.raises(ValueError, match="peak must be positive, got 0"):
        show_image([[1]], peak=0)
    with pytest.raises(ValueError, match="give at least one"):
        show_images({})
    with pytest.raises(ValueError, match="give at least one"):
        show_panels()


def test_frames_are_the_steps_all_of_one_size(tmp_path: Path) -> None:
    scene = window_scene(3, 5)
    long = replace(scene.steps[1], caption=LONG)
    scene = replace(scene, steps=(scene.steps[0], long, scene.steps[2]))
    written = write_frames(scene, tmp_path / "new" / "out", dark=True, seconds=0.5)
    kinds = ("png", "svg")
    names = [*(f"{step:02d}.{kind}" for step in range(4) for kind in kinds), "steps.gif"]
    assert [path.name for path in written] == names
    frames = [np.asarray(Image.open(path).convert("RGB")).astype(int) for path in written[:-1:2]]
    assert len({frame.shape for frame in frames}) == 1
    assert [bool(near(frame, DARK.lit).any()) for frame in frames] == [False, True, True, True]
    sizes = [ElementTree.parse(path).getroot() for path in written[1:-1:2]]
    assert {(s.attrib["height"], s.attrib["width"]) for s in sizes} == {
        tuple(map(str, frames[0].shape[:2])),
    }
    with Image.open(written[-1]) as moving:
        assert (moving.n_frames, moving.info["duration"], moving.info["loop"]) == (4, 500, 0)
        moving.seek(2)
        assert np.abs(np.asarray(moving.convert("RGB")).astype(int) - frames[2]).mean() <= 1
    trained = replace(scene, whole=False)
    assert [path.name for path in write_frames(trained, tmp_path)][::2] == [
        "01.png",
        "02.png",
        "03.png",
        "steps.gif",
    ]


@pytest.mark.long
def test_a_hundred_frames_stand_in_their_order(tmp_path: Path) -> None:
    x = Panel("x", np.array([[1.0, 2.0]]), role="input")
    scene = Scene((x,), steps=[Step(np.empty(0, int), str(n)) for n in range(100)])
    written = [path.name for path in write_frames(scene, tmp_path)]
    assert written[::2] == [*(f"{n:03}.png" for n in range(101)), "steps.gif"]
    assert written == sorted(written)


@pytest.mark.parametrize("seconds", [0, 0.009, -1, 656, float("nan"), float("inf"), "2", None])
def test_frames_are_shown_as_long_as_a_gif_can_say(tmp_path: Path, seconds: float) -> None:
    place = tmp_path / "out"
    with pytest.raises(ValueError, match=rf"seconds must be a number from 0\.01 to 655, got {seconds!r}"):
        write_frames(window_scene(), place, seconds=seconds)
    assert not place.exists()


@pytest.mark.parametrize("seconds", [0.01, 655])
def test_the_bounds_of_a_gif_are_kept(tmp_path: Path, seconds: float) -> None:
    scene = Scene((Panel("x", np.array([[1.0, 2.0]]), role="input"),))
    with Image.open(write_frames(scene, tmp_path, seconds=seconds)[-1]) as moving:
        assert moving.info.get("duration", 0) == 1000 * seconds
