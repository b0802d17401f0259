"""Which cells meet: the elementary products of a convolution as index arrays, and sums of them as text.

A convolution and its transpose have the same connections, read in opposite directions. One side of them is
large (the input of the convolution), the other small (its output).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_matrix
from ..operators.geometry import Axes, Geometry
from ..scenes.scene import CROPPED, DATA, PADDING, UNREAD, Floats, Ints, format_number

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


def connect(axes: Axes, large_shape: tuple[int, int]) -> Connections:
    """All products between a large side of `large_shape` (rows, columns) and the small side it shrinks to.

    >>> from deconv_helpers.operators.geometry import geometry_2d
    >>> found = connect(geometry_2d((1, 2), padding=(0, 1)), (1, 2))
    >>> found.frame, found.large.tolist(), found.small.tolist()
    ((1, 4), [0, 1, 1, 2, 2, 3], [0, 0, 1, 1, 2, 2])
    """
    return _connections(axes, axes.output_shape(large_shape), axes.padded_shape(large_shape))


def connect_transposed(axes: Axes, small_shape: tuple[int, int]) -> Connections:
    """All products between a small side of `small_shape` and the canvas that its stamps cover.

    The frame is that canvas, before the padding crops it. Raises what `Axes.transposed_shape` raises.

    >>> from deconv_helpers.operators.geometry import geometry_2d
    >>> found = connect_transposed(geometry_2d((1, 2), stride=(1, 2)), (1, 2))
    >>> found.frame, found.large.tolist(), found.small.tolist()
    ((1, 4), [0, 1, 2, 3], [0, 0, 1, 1])
    """
    rows, columns = crop_marks(axes, small_shape).shape
    return _connections(axes, small_shape, (rows, columns))


def crop_marks(axes: Axes, small_shape: tuple[int, int]) -> Ints:
    """The marks of the canvas of a transposed convolution: what is kept is data, the rest is cropped.

    Output padding crops less at the far side, and makes the canvas longer where nothing is left to crop.

    >>> from deconv_helpers.operators.geometry import geometry_2d
    >>> axes = geometry_2d((1, 3), stride=(1, 2), padding=(0, 1), output_padding=(0, 1))
    >>> crop_marks(axes, (1, 2)).tolist()
    [[4, 0, 0, 0, 0]]
    """
    sizes = axes.transposed_shape(small_shape)
    before = [g.padding_before for g in axes]
    after = [max(g.padding_after - g.output_padding, 0) for g in axes]
    marks = np.full(np.add(np.add(sizes, before), after), CROPPED, dtype=np.int32)
    marks[before[0] : before[0] + sizes[0], before[1] : before[1] + sizes[1]] = DATA
    return marks


def _connections(axes: Axes, small_shape: tuple[int, int], frame: tuple[int, int]) -> Connections:
    # One axis, k = 2, s = 2, two outputs: the lines are [[0, 1], [2, 3]], a row for each output, a column for
    # each weight. The cell of the large side is the line of its row times the frame's width plus that of its
    # column, for all four of (output row, output column, weight row, weight column).
    lines = [_lines(g, n) for g, n in zip(axes, small_shape, strict=True)]
    large = lines[0][:, None, :, None] * frame[1] + lines[1][None, :, None, :]
    cells, weights = small_shape[0] * small_shape[1], prod(axes.kernel_shape)
    return Connections(
        frame=frame,
        large=large.ravel().astype(np.int32),
        weight=np.tile(np.arange(weights, dtype=np.int32), cells),
        small=np.repeat(np.arange(cells, dtype=np.int32), weights),
    )


def _lines(axis: Geometry, n: int) -> Ints:
    """The lines of the padded large side along one axis that meet each of n small ones, (n, kernel_size)."""
    lines: Ints = axis.input_index(np.arange(n)[:, None], np.arange(axis.kernel_size)) + axis.padding_before
    return lines


def pad_marked(x: Floats, axes: Axes) -> tuple[Floats, Ints]:
    """`x` with its padding around, and the marks that tell apart data, padding and what no window reads.

    >>> from deconv_helpers.operators.geometry import geometry_2d
    >>> pad_marked(np.ones((1, 4)), geometry_2d((1, 2), stride=(1, 2), padding=((0, 0), (1, 0))))[1].tolist()
    [[1, 0, 0, 0, 5]]
    """
    shape = axes.padded_shape(x.shape)
    inside = tuple(slice(g.padding_before, g.padding_before + n) for g, n in zip(axes, x.shape, strict=True))
    rows, columns = (np.zeros(n, dtype=bool) for n in shape)
    for read, g, n in zip((rows, columns), axes, axes.output_shape(x.shape), strict=True):
        read[_lines(g, n)] = True
    padded, marks = np.zeros(shape), np.full(shape, PADDING, dtype=np.int32)
    padded[inside], marks[inside] = x, np.where(rows[:, None] & columns, DATA, UNREAD)[inside]
    return padded, marks


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
