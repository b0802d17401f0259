"""What a picture says: panels of numbers, the products that connect their cells, and steps through them.

A scene holds no colour and no pixel. `drawing` puts it on paper, `packing` sends it to the screen, and tests
compare scenes instead of pictures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]

Taps = Mapping[str, Ints]
"""For each panel that takes part, by name, the cell (row-major) in each elementary product."""

Changes = Mapping[str, tuple[Ints, Floats]]
"""For each panel that changes, by name, the cells (row-major) and their new values."""

ROLES = ("input", "kernel", "output", "matrix")
"""What a panel is for; the palette gives each role its colour."""

MARKS = ("data", "padding", "inserted zero", "structural zero", "cropped", "unread")
"""What a cell is, by its code in `Panel.marks`."""

DATA, PADDING, INSERTED, STRUCTURAL, CROPPED, UNREAD = range(len(MARKS))

LEGEND = {
    "padding": "a frame of zeros",
    "inserted zero": "inserted zero",
    "structural zero": "structural zero: no weight reaches this cell",
    "cropped": "cropped: cut off by the padding",
    "unread": "never read",
}
"""What the marks mean, for a reader."""

NOTE_KINDS = ("equal", "differs", "count", "code", "message", "advice")
"""What a note is for; the style sheet gives each kind its look."""

MAX_CELLS = 2**22
"""The most cells of a panel: far more pixels than a screen has, and some 350 MiB of work to draw them."""

NO_CELLS: Ints = np.empty(0, dtype=np.int32)


@dataclass(frozen=True)
class Grey:
    """How values are drawn as pixels: black at `black` or below, white at `white` or above.

    decades  whether equal ratios, not equal differences, are equal steps of grey

    >>> Grey(0, 2).levels(np.array([[-1.0, 1.0, 5.0]])).tolist()
    [[0, 128, 255]]
    """

    black: float = 0.0
    white: float = 1.0
    decades: bool = False

    def levels(self, values: Floats) -> Ints:
        """The grey level of each value, 0 to 255; NaN is black."""
        black, white = self.black, self.white
        if self.decades:
            black, white = math.log(black), math.log(white)
            values = np.log(np.maximum(values, self.black))
        share = np.clip((np.nan_to_num(values, nan=black) - black) / ((white - black) or 1.0), 0, 1)
        levels: Ints = np.floor(255 * share + 0.5).astype(np.int32)
        return levels


@dataclass(frozen=True, eq=False)
class Panel:
    """One matrix of a scene.

    values   (rows, columns) numbers; NaN leaves a cell blank
    role     one of ROLES
    title    what stands above it; left out, its name
    sign     what stands between the panel before and this one, such as "=" or "∗"
    marks    (rows, columns) codes into MARKS; left out, every cell is data
    weights  (rows, columns) index of the kernel weight that stands in the cell, -1 for none
    expected (rows, columns) what the values should be; a cell that differs is marked, NaN asks nothing
    editable whether a reader may type a number into a data cell
    image    how the values are drawn as pixels; left out, they are numbers to read
    first    row and column of the cell from which a reader counts; left out, the corner of what is neither
             padding nor cropped

    >>> Panel("input", np.ones((2, 3)), role="input").values.shape
    (2, 3)
    """

    name: str
    values: Floats
    _: KW_ONLY
    role: str
    title: str | None = None
    sign: str = ""
    marks: Ints | None = None
    weights: Ints | None = None
    expected: Floats | None = None
    editable: bool = False
    image: Grey | None = None
    first: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 2:
            raise ValueError(f"panel {self.name!r}: values must have 2 axes, got shape {self.values.shape}")
        if self.values.size > MAX_CELLS:
            raise ValueError(
                f"panel {self.name!r}: values must be at most {MAX_CELLS} cells, got {size(self.shape)}; "
                "show a part, or every eighth row and column: values[::8, ::8]"
            )
        if self.role not in ROLES:
            raise ValueError(
                f"panel {self.name!r}: role must be one of {', '.join(ROLES)}, got {self.role!r}"
            )
        for what in ("marks", "weights", "expected"):
            array = getattr(self, what)
            if array is not None and array.shape != self.values.shape:
                raise ValueError(
                    f"panel {self.name!r}: {what} must have the shape of values {self.values.shape},"
                    f" got {array.shape}"
                )

    @property
    def heading(self) -> str:
        """Its title, or its name where it has none."""
        return self.name if self.title is None else self.title

    @property
    def shape(self) -> tuple[int, int]:
        """Its rows and columns."""
        return self.values.shape[0], self.values.shape[1]

    @cached_property
    def origin(self) -> tuple[int, int]:
        """Row and column of the cell from which a reader counts.

        >>> Panel("x", np.zeros((1, 3)), role="input", marks=np.array([[1, 0, 0]])).origin
        (0, 1)
        """
        if self.first is not None:
            return self.first
        rows, columns = self.inside()
        return rows.start, columns.start

    def inside(self, without: Sequence[int] = (PADDING, CROPPED)) -> tuple[slice, slice]:
        """The rows and the columns that hold anything but marks of `without`."""
        if self.marks is None:
            return slice(0, self.shape[0]), slice(0, self.shape[1])
        outside = np.zeros(len(MARKS), dtype=bool)
        outside[list(without)] = True
        kept = ~outside[self.marks]
        rows, columns = (np.flatnonzero(kept.any(axis=axis)).tolist() for axis in (1, 0))
        if not rows:
            return slice(0, 0), slice(0, 0)
        return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)

    @property
    def data(self) -> Ints:
        """The numbers of its data cells, row-major, read or not."""
        if self.marks is None:
            return np.arange(self.values.size)
        return np.flatnonzero((self.marks == DATA) | (self.marks == UNREAD))

    @property
    def wrong(self) -> Ints:
        """The numbers of the cells that are not what they should be."""
        if self.expected is None:
            return NO_CELLS
        asked = np.isfinite(self.expected)
        bound = 1e-9 * np.abs(self.expected[asked]).max(initial=0.0)
        apart = ~(np.abs(self.values - np.where(asked, self.expected, 0)) <= bound)
        return np.flatnonzero(asked & apart)


@dataclass(frozen=True)
class Sum:
    """Says that each cell of `result` is the sum, over its taps, of the products of two other panels' cells.

    Pointing then shows the sum, and how often a cell goes into it.

    result   the name of the panel of sums
    factors  the names of the two panels whose cells are multiplied
    term     what one product is called, such as "stamp"; left out, products are not counted
    empty    what is said of a cell without a product
    """

    result: str
    factors: tuple[str, str]
    term: str = ""
    empty: str = ""


@dataclass(frozen=True, eq=False)
class Step:
    """One step of Play: the taps that take part, the sentence for it, and the values that change.

    taps     (n,) row numbers of the scene's tap table
    changes  what differs from here on, for this step and those that follow
    label    what the slider shows for it; left out, its number

    >>> Step(np.array([0, 1]), "the first window", changes={"output": (np.array([0]), np.array([3.0]))}).label
    ''
    """

    taps: Ints
    caption: str
    _: KW_ONLY
    changes: Changes = field(default_factory=dict)
    label: str = ""


@dataclass(frozen=True)
class Note:
    """A short text beside the picture. kind is one of NOTE_KINDS; equal and differs are verdicts."""

    kind: str
    text: str

    def __post_init__(self) -> None:
        if self.kind not in NOTE_KINDS:
            raise ValueError(f"kind must be one of {', '.join(NOTE_KINDS)}, got {self.kind!r}")


@dataclass(frozen=True, eq=False, repr=False)
class Scene:
    """A whole picture.

    rows     the panels, from left to right; or {title: panels} for several rows, which never mix
    taps     one column for each panel that takes part, by name, one entry for each elementary product: the
             cell (row-major) that takes part in it, -1 where this product has no cell in the panel
    steps    what Play goes through; step 0 is the finished picture, step k shows steps[k - 1]
    start    how the picture differs from the finished one before the first step
    sums     which panels are sums of products
    notes    texts beside the picture
    summary  the picture in words and numbers, for a reader who sees no picture
    hues     what the hues of `Panel.weights` tell apart
    whole    whether step 0, the finished picture, is other than the last step

    >>> x = Panel("input", np.array([[1.0, 2.0, 3.0]]), role="input")
    >>> y = Panel("output", np.array([[3.0, 5.0]]), role="output", sign="=")
    >>> scene = Scene((x, y), taps={"input": np.array([0, 1, 1, 2]), "output": np.array([0, 0, 1, 1])})
    >>> scene.partners("input", 1)
    {'output': [0, 1]}
    """

    rows: Sequence[Panel] | Mapping[str, Sequence[Panel]] = ()
    _: KW_ONLY
    taps: Taps = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    start: Changes = field(default_factory=dict)
    sums: tuple[Sum, ...] = ()
    notes: tuple[Note, ...] = ()
    summary: str = ""
    hues: str = "one hue for each weight of the kernel"
    whole: bool = True

    def __post_init__(self) -> None:
        names = [panel.name for panel in self.panels]
        if not names and not self.notes:
            raise ValueError("a scene needs a panel or a note that says why there is none")
        if len(set(names)) < len(names):
            raise ValueError(f"panels must have different names, got {', '.join(names)}")
        named = [*self.taps, *self.start, *(name for step in self.steps for name in step.changes)]
        for one in self.sums:
            named += [one.result, *one.factors]
        for name in named:
            if name not in names:
                raise ValueError(f"taps, changes and sums must name one of {', '.join(names)}, got {name!r}")
        if len({column.shape for column in self.taps.values()}) > 1:
            sizes = ", ".join(f"{name} {column.shape}" for name, column in self.taps.items())
            raise ValueError(f"the columns of taps must be of one length, got {sizes}")

    def __repr__(self) -> str:
        return f"Scene of {', '.join(p.heading for p in self.panels) or 'a message'}\n{self.summary}".rstrip()

    @cached_property
    def layout(self) -> dict[str, tuple[Panel, ...]]:
        """The panels of each row, by the row's title."""
        rows = self.rows if isinstance(self.rows, Mapping) else {"": self.rows}
        return {title: tuple(panels) for title, panels in rows.items() if panels}

    @cached_property
    def panels(self) -> tuple[Panel, ...]:
        """The panels of all rows."""
        return tuple(panel for panels in self.layout.values() for panel in panels)

    def __getitem__(self, name: str) -> Panel:
        for panel in self.panels:
            if panel.name == name:
                return panel
        raise ValueError(f"panel must be one of {', '.join(p.name for p in self.panels)}, got {name!r}")

    def __contains__(self, name: str) -> bool:
        return any(panel.name == name for panel in self.panels)

    def partners(self, panel: str, cell: int) -> dict[str, list[int]]:
        """The cells of the other panels that share a tap with `cell` of `panel`: what pointing lights."""
        mine = self.taps.get(self[panel].name, NO_CELLS) == cell
        found = {
            name: np.unique(column[mine])
            for name, column in self.taps.items()
            if name != panel and mine.any()
        }
        return {name: cells[cells >= 0].tolist() for name, cells in found.items() if (cells >= 0).any()}

    def only(self, *names: str) -> Scene:
        """The scene with the named panels alone, in one row, in the order given.

        >>> x = Panel("input", np.array([[1.0, 2.0, 3.0]]), role="input")
        >>> Scene((x, replace(x, name="again")), taps={"again": np.array([2, 1])}).only("again").taps
        {'again': array([2, 1])}
        """

        def kept(found: Mapping[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in found.items() if name in names}

        return replace(
            self,
            rows=tuple(self[name] for name in names),
            taps=kept(self.taps),
            steps=tuple(replace(step, changes=kept(step.changes)) for step in self.steps),
            start=kept(self.start),
            sums=tuple(one for one in self.sums if {one.result, *one.factors} <= set(names)),
        )

    def values_at(self, step: int) -> dict[str, Floats]:
        """The values of all panels at `step`, from 0 (finished) to len(steps), by name."""
        if not 0 <= step <= len(self.steps):
            raise ValueError(f"step must be from 0 to {len(self.steps)}, got {step}")
        shown = {panel.name: panel.values.astype(float) for panel in self.panels}
        if step:
            for changes in (self.start, *(s.changes for s in self.steps[:step])):
                for name, (cells, values) in changes.items():
                    shown[name].flat[cells] = values
        return shown

    def lit(self, step: int) -> dict[str, Ints]:
        """The cells that take part in `step`, by the name of their panel."""
        if not step:
            return {}
        found = {name: np.unique(column[self.steps[step - 1].taps]) for name, column in self.taps.items()}
        return {name: cells[cells >= 0] for name, cells in found.items()}


def message_scene(text: str, advice: str = "") -> Scene:
    """A scene without a picture: `text` says why there is none, `advice` what to change to get one.

    An explorer gives advice of its own, of what its controls can reach.
    """
    notes = (Note("message", text), *([Note("advice", advice)] if advice else []))
    return Scene(notes=notes, summary=f"{text} {advice}".rstrip())


def stacked(*tables: Taps) -> dict[str, Ints]:
    """One table of taps below the other; a table that does not name a panel leaves it out of its products.

    >>> stacked({"x": np.array([4, 5])}, {"y": np.array([7])})["x"].tolist()
    [4, 5, -1]
    """
    lengths = [len(next(iter(table.values()), NO_CELLS)) for table in tables]
    names = dict.fromkeys(name for table in tables for name in table)
    return {
        name: np.concatenate(
            [table.get(name, np.full(n, -1)) for table, n in zip(tables, lengths, strict=True)]
        ).astype(np.int32)
        for name in names
    }


def blank(cells: npt.ArrayLike) -> tuple[Ints, Floats]:
    """The change that leaves `cells` of a panel blank: a result before its first step.

    >>> blank([0, 3])
    (array([0, 3]), array([nan, nan]))
    """
    numbers = np.asarray(cells)
    return numbers, np.full(numbers.size, np.nan)


def hides_values(value: object) -> bool:
    """Whether an array, or one in a nest of lists, has masked values: NumPy would bring them back.

    >>> hides_values([np.ma.masked_equal([1, 2, 3], 2)])
    True
    """
    parts, opened = [value], set()
    while parts:
        part = parts.pop()
        if isinstance(part, (list, tuple)) and id(part) not in opened:  # a list may hold itself
            opened.add(id(part))
            parts += part
        elif isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part):
            return True
    return False


def checked_cells(name: str, values: npt.ArrayLike) -> Floats:
    """`values` as a matrix (rows, columns) of real numbers; a row of numbers is one row.

    Raises ValueError for any other number of axes and for an array without a cell, TypeError for anything
    but real numbers. NaN and infinity pass: a picture can show them.

    >>> checked_cells("values", [1, 2, 3]).shape
    (1, 3)
    """
    if hides_values(values):
        raise ValueError(f"{name} must have no masked cells; fill them first, as in {name}.filled(0)")
    try:
        array = np.atleast_2d(np.asarray(values))
    except ValueError:
        raise ValueError(f"{name} must be a matrix, got rows of unequal length") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be real numbers, got dtype {array.dtype}")
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{name} must be a matrix of at least one cell, got shape {np.shape(values)}")
    return array.astype(float)


@lru_cache(maxsize=65536)
def format_number(value: float) -> str:
    """`value` in the few characters that fit a cell; NaN is blank.

    >>> [format_number(v) for v in (3.0, -0.5, 2 / 3, 1e30, 0.0004, 123456.0)]
    ['3', '-0.5', '0.67', '1e30', '4e-4', '1.2e5']
    """
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if 0.005 <= abs(value) < 99999.5:
        text = (
            f"{value:.2f}"
            if abs(value) < 99.995
            else f"{value:.1f}"
            if abs(value) < 999.95
            else f"{value:.0f}"
        )
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def format_matrix(values: npt.ArrayLike) -> str:
    """A matrix as aligned text, numbers as `format_number` writes them, one row a line.

    >>> print(format_matrix([[1, 20, 3], [0.5, 5, 6]]))
      1   20    3
    0.5    5    6
    """
    rows = [[format_number(v) or "." for v in row] for row in np.asarray(values, dtype=float)]
    width = max((len(text) for row in rows for text in row), default=0)
    return "\n".join("  ".join(text.rjust(width) for text in row) for row in rows)


def size(shape: Sequence[int]) -> str:
    """A shape as the course writes it.

    >>> size((5, 7))
    '5x7'
    """
    return "x".join(map(str, shape))
