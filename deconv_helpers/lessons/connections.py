"""Which cells meet: the elementary products of a convolution as index arrays, and sums of them as text.

A convolution and its transpose have the same connections, read in opposite directions. One side of them is
large (the input of the convolution), the other small (its output).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_array
from ..operators.geometry import Geometry
from ..scenes.scene import MARKS, Floats, Ints, format_number

LONGEST_SUM = 9
"""Products that a caption writes out; a longer sum is shortened in its middle."""


@dataclass(frozen=True, eq=False)
class Connections:
    """The elementary products, ordered by cell of the small side, then by weight.

    frame   (rows, columns) of the padded large side
    large   (n,) cell of the padded large side, row-major
    weight  (n,) cell of the kernel
    small   (n,) cell of the small side
    """

    frame: tuple[int, int]
    large: Ints
    weight: Ints
    small: Ints


def checked_matrix(name: str, values: npt.ArrayLike) -> Array:
    """A new array (rows, columns) of the finite numbers in `values`.

    Raises what `checked_array` raises, and ValueError for another number of axes.

    >>> checked_matrix("x", [[1, 2, 3]]).shape
    (1, 3)
    """
    array = checked_array(name, values).copy()
    if array.ndim != 2:
        raise ValueError(f"{name} must be a matrix (rows, columns), got shape {array.shape}")
    return array


def readable_matrix(name: str, values: npt.ArrayLike, largest: int = 16) -> Array:
    """`values` as a matrix that a board shows as numbers, at most `largest` long and wide.

    Raises what `checked_matrix` raises, and ValueError for one that is larger.

    >>> readable_matrix("x", [[1, 2, 3]], largest=4).shape
    (1, 3)
    """
    array = checked_matrix(name, values)
    if max(array.shape) > largest:
        most = f"{largest}x{largest}"
        raise ValueError(f"{name} must be at most {most} to be read as numbers, got shape {array.shape}")
    return array


def connect(height: Geometry, width: Geometry, large_shape: tuple[int, int]) -> Connections:
    """All products between a large side of `large_shape` (rows, columns) and the small side it shrinks to.

    >>> found = connect(Geometry(1), Geometry(2, padding=1), (1, 2))
    >>> found.frame, found.large.tolist(), found.small.tolist()
    ((1, 4), [0, 1, 1, 2, 2, 3], [0, 0, 1, 1, 2, 2])
    """
    axes = list(zip((height, width), large_shape, strict=True))
    return _connections(
        height, width, [g.output_size(n) for g, n in axes], [g.padded_size(n) for g, n in axes]
    )


def connect_transposed(height: Geometry, width: Geometry, small_shape: tuple[int, int]) -> Connections:
    """All products between a small side of `small_shape` and the canvas that its stamps cover.

    The frame is that canvas, before the padding crops it. Raises what `Geometry.transposed_size` raises.

    >>> found = connect_transposed(Geometry(1), Geometry(2, stride=2), (1, 2))
    >>> found.frame, found.large.tolist(), found.small.tolist()
    ((1, 4), [0, 1, 2, 3], [0, 0, 1, 1])
    """
    return _connections(height, width, small_shape, crop_marks(height, width, small_shape).shape)


def crop_marks(height: Geometry, width: Geometry, small_shape: tuple[int, int]) -> Ints:
    """The marks of the canvas of a transposed convolution: what is kept is data, the rest is cropped.

    Output padding crops less at the far side, and makes the canvas longer where nothing is left to crop.

    >>> crop_marks(Geometry(1), Geometry(3, stride=2, padding=1, output_padding=1), (1, 2)).tolist()
    [[4, 0, 0, 0, 0]]
    """
    axes = list(zip((height, width), small_shape, strict=True))
    sizes = [g.transposed_size(n) for g, n in axes]
    before = [g.padding_before for g, _ in axes]
    after = [max(g.padding_after - g.output_padding, 0) for g, _ in axes]
    marks = np.full(np.add(np.add(sizes, before), after), MARKS.index("cropped"), dtype=np.int32)
    marks[before[0] : before[0] + sizes[0], before[1] : before[1] + sizes[1]] = 0
    return marks


def _connections(
    height: Geometry, width: Geometry, small_shape: Sequence[int], frame: Sequence[int]
) -> Connections:
    lines = [
        g.input_index(np.arange(n)[:, None], np.arange(g.kernel_size)) + g.padding_before
        for g, n in zip((height, width), small_shape, strict=True)
    ]
    large = lines[0][:, None, :, None] * frame[1] + lines[1][None, :, None, :]
    cells, weights = small_shape[0] * small_shape[1], height.kernel_size * width.kernel_size
    return Connections(
        frame=(frame[0], frame[1]),
        large=large.ravel().astype(np.int32),
        weight=np.tile(np.arange(weights, dtype=np.int32), cells),
        small=np.repeat(np.arange(cells, dtype=np.int32), weights),
    )


def pad_marked(x: Floats, height: Geometry, width: Geometry) -> tuple[Floats, Ints]:
    """`x` with its padding around, and the marks that tell the two apart."""
    sides = ((height.padding_before, height.padding_after), (width.padding_before, width.padding_after))
    rows, columns = (n + sum(side) for n, side in zip(x.shape, sides, strict=True))
    inside = (slice(sides[0][0], rows - sides[0][1]), slice(sides[1][0], columns - sides[1][1]))
    padded, marks = np.zeros((rows, columns)), np.ones((rows, columns), dtype=np.int32)
    padded[inside], marks[inside] = x, 0
    return padded, marks


def blanked(panel: int, cells: npt.ArrayLike) -> Floats:
    """The changes that leave `cells` of panel number `panel` blank: a result before its first step.

    >>> blanked(2, [0, 3]).tolist()
    [[2.0, 0.0, nan], [2.0, 3.0, nan]]
    """
    numbers = np.asarray(cells)
    return np.column_stack([np.full(numbers.size, panel), numbers, np.full(numbers.size, np.nan)])


def texts(values: npt.ArrayLike) -> list[str]:
    """The texts of all values, row-major, negative numbers in brackets: what stands in a product."""
    found = (format_number(v) for v in np.asarray(values, dtype=float).ravel().tolist())
    return [f"({text})" if text.startswith("-") else text for text in found]


def sum_text(products: Iterable[tuple[str, str]], longest: int = LONGEST_SUM) -> str:
    """A sum of products as text, shortened in its middle where it has more than `longest`.

    >>> sum_text([("3", "1"), ("2", "(-1)")])
    '3*1 + 2*(-1)'
    """
    terms = [f"{left}*{right}" for left, right in products]
    if len(terms) > longest:
        terms = [*terms[: longest - 2], f"... ({len(terms)} products)", terms[-1]]
    return " + ".join(terms)
