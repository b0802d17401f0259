"""Which cells meet: the elementary products of a convolution as index arrays, and sums of them as text.

A convolution and its transpose have the same connections, read in opposite directions. One side of them is
large (the input of the convolution), the other small (its output).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..arrays import Array, checked_array
from ..geometry import Geometry
from ..scene import Floats, Ints, format_number

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


def connect(height: Geometry, width: Geometry, large_shape: tuple[int, int]) -> Connections:
    """All products between a large side of `large_shape` (rows, columns) and the small side it shrinks to.

    >>> found = connect(Geometry(1), Geometry(2, padding=1), (1, 2))
    >>> found.frame, found.large.tolist(), found.small.tolist()
    ((1, 4), [0, 1, 1, 2, 2, 3], [0, 0, 1, 1, 2, 2])
    """
    lines = [
        g.input_index(np.arange(g.output_size(n))[:, None], np.arange(g.kernel_size)) + g.padding_before
        for g, n in zip((height, width), large_shape, strict=True)
    ]
    rows, columns = (
        n + g.padding_before + g.padding_after for g, n in zip((height, width), large_shape, strict=True)
    )
    large = lines[0][:, None, :, None] * columns + lines[1][None, :, None, :]
    cells, weights = lines[0].shape[0] * lines[1].shape[0], height.kernel_size * width.kernel_size
    return Connections(
        frame=(rows, columns),
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


def texts(values: npt.ArrayLike) -> list[str]:
    """The texts of all values, row-major, negative numbers in brackets: what stands in a product."""
    found = (format_number(v) for v in np.asarray(values, dtype=float).ravel().tolist())
    return [f"({text})" if text.startswith("-") else text for text in found]


def sum_text(products: Iterable[tuple[str, str]]) -> str:
    """A sum of products as text, shortened in its middle where it is long.

    >>> sum_text([("3", "1"), ("2", "(-1)")])
    '3*1 + 2*(-1)'
    """
    terms = [f"{left}*{right}" for left, right in products]
    if len(terms) > LONGEST_SUM:
        terms = [*terms[: LONGEST_SUM - 2], f"... ({len(terms)} products)", terms[-1]]
    return " + ".join(terms)
