"""Lesson 06: where more stamps fall than elsewhere, what the weights make of it, and what repeats."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_matrix
from ..operators.artifacts import LEAST_PERIODS, artifact_energy, border_width, overlap_pattern, phase_means
from ..operators.convolution import conv_transpose2d
from ..operators.geometry import Axes, Pair, checked_int, geometry_2d
from ..scenes.explorer import Explorer
from ..scenes.scene import (
    Floats,
    Grey,
    Ints,
    Note,
    Panel,
    Scene,
    Step,
    Taps,
    format_matrix,
    format_number,
    size,
    stacked,
)
from ..scenes.topic import Topic
from .connections import connect_transposed, readable_matrix
from .presets import CHECKERBOARD_KERNELS, checkerboard_inputs
from .transposed import STAMPS
from .words import AXES, kernel_title, pair

LARGEST_CELLS = 32
"""Rows or columns of cells; a larger result is drawn as an image."""

LONGEST_PATTERN = 9
"""Numbers of stamps that a note writes out."""

NOTHING = 1e-9
"""An energy below it is rounding."""


@dataclass(frozen=True, eq=False)
class _Interior:
    """What of a result is interior.

    inside  (rows, columns) whether all stamps that can reach a cell do
    phase   (rows, columns) the cell of the pattern, row-major, that a cell counts for, or -1
    period  rows and columns of the pattern
    border  rows and columns outside, on each side
    """

    inside: npt.NDArray[np.bool_]
    phase: Ints
    period: tuple[int, int]
    border: tuple[int, int]


def checkerboard_scene(x: npt.ArrayLike, w: npt.ArrayLike, *, stride: Pair = 2, layers: int = 1) -> Scene:
    """The scene of transposed convolutions in a row: input, kernel, count of stamps, output, pattern.

    x is (H, W), w is (kh, kw) and serves every layer. The pattern is the mean of the interior for each
    position in a period (`phase_means`); where the interior is too small for it, a note says so in its place.
    The verdict is about kernel and stride, with a constant input: means of a picture differ by themselves.
    One step lights the interior, one the border. Results beyond 32x32 are drawn as images. Raises what
    `checked_matrix` and `conv_transpose2d` raise for bad arguments.

    >>> scene = checkerboard_scene(np.ones((3, 4)), np.ones((3, 3)))
    >>> scene["pattern"].values.tolist()
    [[1.0, 2.0], [2.0, 4.0]]
    >>> scene.notes[0].text
    'energy at period 2: 0.19, a pattern repeats in the output'
    """
    x, w = checked_matrix("x", x), checked_matrix("w", w)
    layers = checked_int("layers", layers, minimum=1)
    axes = geometry_2d(w.shape, stride=stride)
    count = _stacked(np.ones(x.shape), np.ones(w.shape), axes, layers)
    output = _stacked(x.astype(float), w.astype(float), axes, layers)
    interior = _interior(axes, layers, output.shape)
    image = max(output.shape) > LARGEST_CELLS
    constant = bool(x.flat[0] and (x == x.flat[0]).all())  # a picture of zeros shows no pattern
    even = output if constant else _stacked(np.ones(x.shape), w.astype(float), axes, layers)
    notes = _notes(axes, layers, interior, count, even, None if constant else output)
    settings = f"stride {pair(*(axis.stride for axis in axes))}, layers {layers}"
    summary = f"input {size(x.shape)}, kernel {size(w.shape)}, {settings}: output {size(output.shape)}"
    summary += f", {notes[0].text}"
    above = [
        Panel("input", x, role="input", title=f"input {size(x.shape)}", editable=True),
        Panel("kernel", w, role="kernel", title=kernel_title(axes), editable=True),
    ]
    if (interior.phase >= 0).any():
        pattern = phase_means(output, interior.period, border=interior.border)
        title = f"pattern {size(pattern.shape)}"
        above.append(Panel("pattern", pattern, role="output", title=title, sign="→"))
        summary += f"\npattern {size(pattern.shape)}\n{format_matrix(pattern)}"
    rows = {
        "": tuple(above),
        "results": (
            _result("count", count, "matrix", "count of stamps", image),
            _result("output", output, "output", "output", image),
        ),
    }
    taps, steps = _taps_and_steps(axes, x.shape, interior, image, products=layers == 1)
    if len(above) == 2:
        taps.pop("pattern")
    sums = (STAMPS,) if layers == 1 and not image else ()
    return Scene(rows, taps=taps, steps=steps, sums=sums, notes=notes, summary=summary)


def _stacked(x: Array, w: Array, axes: Axes, layers: int) -> Array:
    for _ in range(layers):
        x = conv_transpose2d(x, w, stride=[axis.stride for axis in axes])
    return x


def _interior(axes: Axes, layers: int, shape: tuple[int, ...]) -> _Interior:
    period = (axes[0].stride ** layers, axes[1].stride ** layers)
    border = (border_width(axes[0], layers), border_width(axes[1], layers))
    inside, phase = [], []
    for n, p, b in zip(shape, period, border, strict=True):
        at = np.arange(n) - b
        whole = (n - 2 * b) // p * p
        inside.append((at >= 0) & (at < n - 2 * b))
        enough = whole >= (LEAST_PERIODS if p > 1 else 1) * p
        phase.append(np.where((at >= 0) & (at < whole) & enough, at % p, -1))
    counted = (phase[0] >= 0)[:, None] & (phase[1] >= 0)
    return _Interior(
        inside=inside[0][:, None] & inside[1],
        phase=np.where(counted, phase[0][:, None] * period[1] + phase[1], -1),
        period=period,
        border=border,
    )


def _result(name: str, values: Floats, role: str, title: str, image: bool) -> Panel:
    """A panel of cells, or of pixels with black for 0 or, below it, the least value."""
    title = f"{title} {size(values.shape)}"
    if not image:
        return Panel(name, values, role=role, title=title)
    grey = Grey(min(float(values.min()), 0.0), max(float(values.max()), 0.0))
    title += f", black {format_number(grey.black)}, white {format_number(grey.white)}"
    return Panel(name, values, role=role, title=title, image=grey)


def _taps_and_steps(
    axes: Axes, shape: tuple[int, int], interior: _Interior, image: bool, products: bool
) -> tuple[dict[str, Ints], tuple[Step, ...]]:
    """Taps that join count, output and pattern, those of all products, and the steps interior and border.

    An image shows what is lit as one box, so the rim stands for the interior. Its border is no box.
    """
    phase, inside = interior.phase.ravel(), interior.inside.ravel()
    cells = np.arange(phase.size)
    if image:
        cells, phase = np.flatnonzero(_rim(interior.inside)), np.full(phase.size, -1)
    tables: list[Taps] = [{"count": cells, "output": cells, "pattern": phase[cells]}]
    if products and not image:
        found = connect_transposed(axes, shape)
        tables.append(
            {
                "input": found.small,
                "kernel": found.weight,
                "count": found.large,
                "output": found.large,
                "pattern": phase[found.large],
            }
        )
    wide = pair(*interior.border)
    named = [
        (np.flatnonzero(inside[cells]), "interior: every stamp that can reach these cells does"),
        (np.flatnonzero(~inside[cells]), f"border, {wide} wide: the input ends here, so stamps are missing"),
    ]
    return stacked(*tables), tuple(Step(taps, caption) for taps, caption in named if len(taps))


def _rim(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The cells of a rectangle that lie at its edges."""
    rim = inside.copy()
    rim[1:-1, 1:-1] &= ~(inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:])
    return rim


def _notes(
    axes: Axes, layers: int, interior: _Interior, count: Array, even: Array, output: Array | None
) -> tuple[Note, ...]:
    """The measure, the stamps along each axis, and how many fall on the interior and on the border.

    even is the output of a constant input, whose means differ by the kernel alone; output is the one shown
    where it is another.
    """
    period, inside = pair(*interior.period), interior.inside
    notes = []
    if (interior.phase < 0).all():
        notes.append(
            Note("count", f"the interior is smaller than two periods of {period}: too small to measure")
        )
    else:
        stamps, energy = _energy(count, interior), _energy(even, interior)
        repeats = energy >= NOTHING
        kind, said = ("differs", "a pattern repeats") if repeats else ("equal", "nothing repeats")
        measured = f"energy of the stamps at period {period}: {_number(stamps)}"
        if output is None:
            verdict = f"energy at period {period}: {_number(energy)}, {said} in the output"
        else:
            verdict = f"energy at period {period} with a constant input: {_number(energy)}, {said}"
            measured += f", of this output: {_number(_energy(output, interior))}"
        notes += [Note(kind, verdict), Note("count", measured)]
    same = axes[0] == axes[1]
    for name, axis, border in list(zip(AXES, axes, interior.border, strict=True))[: 1 if same else 2]:
        along = np.roll(overlap_pattern(axis.kernel_size, axis.stride, layers=layers), -border)
        text = f"from {along.min()} to {along.max()}"
        if len(along) <= LONGEST_PATTERN:
            text = ", ".join(map(str, np.resize(along, max(4, len(along))))) + ", ..."
        rest = f"{axis.kernel_size} mod {axis.stride} = {axis.kernel_size % axis.stride}"
        notes.append(Note("code", f"{'each axis' if same else name}: {rest}, stamps {text}"))
    for name, cells in (("interior", inside), ("border", ~inside)):
        if cells.any():
            reach = _reach(float(count[cells].min()), float(count[cells].max()))
            notes.append(Note("count", f"{name}: {reach} each cell"))
    return tuple(notes)


def _reach(low: float, high: float) -> str:
    """How many stamps reach a cell, from low to high.

    >>> _reach(1, 1), _reach(0, 1), _reach(1, 4)
    ('1 stamp reaches', 'at most 1 stamp reaches', '1 to 4 stamps reach')
    """
    if high == 1:
        return "1 stamp reaches" if low == 1 else "at most 1 stamp reaches"
    return (_number(low) if low == high else f"{_number(low)} to {_number(high)}") + " stamps reach"


def _energy(values: Array, interior: _Interior) -> float:
    return artifact_energy(values, interior.period, border=interior.border)


def _number(value: float) -> str:
    return format_number(0.0 if abs(value) < NOTHING else float(value))


CHECKERBOARD = Topic(
    "checkerboard",
    lambda input, kernel, kernel_size=None, **settings: checkerboard_scene(input, kernel, **settings),
    sources={"input": checkerboard_inputs(), "kernel": CHECKERBOARD_KERNELS},
    listed={"kernel_size": range(1, 6), "stride": range(1, 4), "layers": range(1, 4)},
    start={"kernel_size": 3, "stride": 2},
    shapes={"kernel": "kernel_size"},
)
"""What the explorer of this topic is made of, and what its questions are about."""


def explore_checkerboard(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int
) -> Explorer:
    """The explorer of lesson 06: how many stamps reach each cell, what comes out, and what repeats in it.

    x is an input (H, W) of at most 8x8 and w a kernel (kh, kw) of at most 5x5, both your own; left out, there
    are presets, and the input is as large as its interior needs. Further keywords (kernel_size, stride,
    layers) say where the sliders begin.

    >>> explorer = explore_checkerboard(w=[[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    >>> explorer.scene(stride=2, layers=1)["pattern"].values.tolist()
    [[4.0, 4.0], [4.0, 4.0]]
    """
    own = None if w is None else readable_matrix("w", w, largest=5)
    topic = CHECKERBOARD
    if own is not None:  # the presets of the input are as large as the kernel asks
        topic = replace(topic, sources={**topic.sources, "input": checkerboard_inputs(own.shape)})
    return Explorer(
        topic.using(
            input=None if x is None else readable_matrix("x", x, largest=8),
            kernel=own,
        ).begun(**start)
    )
