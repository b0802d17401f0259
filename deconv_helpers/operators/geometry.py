"""How big: the sizes of a convolution and of its transpose.

Everything here is integer arithmetic along one axis. An image has two axes, so an operator builds
two geometries, one for the height and one for the width (`geometry_2d`).
"""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, NamedTuple

Pair = int | Sequence[int]
"""An int for both axes, or (height, width)."""

Padding = int | Sequence[int | Sequence[int]]
"""An int for all four sides, (height, width), or ((top, bottom), (left, right))."""


MAX_PIXELS = 1_000_000
"""The largest size, in pixels, that an argument may have."""


def checked_int(name: str, value: object, minimum: int) -> int:
    """Return `value` as an int, or say by name what is wrong with it.

    Raises TypeError unless `value` is an int or a NumPy integer (1.0 and True are not), ValueError if
    it is below `minimum` or above `MAX_PIXELS`.

    >>> checked_int("stride", 2, minimum=1)
    2
    """
    if type(value) is not int and (isinstance(value, bool) or not isinstance(value, Integral)):
        raise TypeError(f"{name} must be an int, got {reprlib.repr(value)}")
    number = int(value)
    if number < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {reprlib.repr(number)}")
    if number > MAX_PIXELS:
        raise ValueError(f"{name} must be at most {MAX_PIXELS}, got {reprlib.repr(number)}")
    return number


@dataclass(frozen=True)
class Geometry:
    """The sizes along one axis of a convolution, and of the transposed convolution named after it.

    kernel_size, stride and dilation are at least 1; padding, an int or (before, after), and
    output_padding are at least 0, all in pixels; output_padding is smaller than max(stride, dilation).
    A padding that is the same on both sides is stored as an int. Raises TypeError for what is not an
    int and ValueError for what is out of bounds.

    The sizes follow Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016),
    section 2.4, 4.6 and 5.1, with padding that may differ between the sides.

    >>> Geometry(kernel_size=3, stride=2, padding=(0, 1)).output_size(6)
    3
    """

    kernel_size: int
    stride: int = 1
    padding: int | tuple[int, int] = 0
    dilation: int = 1
    output_padding: int = 0

    def __post_init__(self) -> None:
        checked: dict[str, int | tuple[int, int]] = {
            "kernel_size": checked_int("kernel_size", self.kernel_size, minimum=1),
            "stride": checked_int("stride", self.stride, minimum=1),
            "padding": _checked_padding(self.padding),
            "dilation": checked_int("dilation", self.dilation, minimum=1),
            "output_padding": checked_int("output_padding", self.output_padding, minimum=0),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        bound = max(self.stride, self.dilation)
        if self.output_padding >= bound:
            raise ValueError(
                f"output_padding must be smaller than max(stride, dilation) = {bound}, "
                f"got {self.output_padding}"
            )

    @property
    def padding_before(self) -> int:
        """Pixels of padding before the first pixel: at the top or the left."""
        return self.padding if isinstance(self.padding, int) else self.padding[0]

    @property
    def padding_after(self) -> int:
        """Pixels of padding after the last pixel: at the bottom or the right."""
        return self.padding if isinstance(self.padding, int) else self.padding[1]

    @property
    def extent(self) -> int:
        """Pixels from the first to the last weight of the dilated kernel: d(k-1) + 1.

        >>> Geometry(kernel_size=3, dilation=2).extent
        5
        """
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def frame(self) -> tuple[int, int]:
        """Pixels of zeros (before, after) that zero insertion puts around: d(k-1) - p.

        Output padding makes the far side wider. A negative number of pixels is cropped instead.

        >>> Geometry(kernel_size=3, stride=2, padding=1, output_padding=1).frame
        (1, 2)
        """
        full = self.extent - 1
        return full - self.padding_before, full - self.padding_after + self.output_padding

    def input_index(self, output_index: Any, tap: Any) -> Any:
        """Return the input pixel that output pixel o reads through weight j of the kernel: so + dj - p.

        Takes ints or integer arrays, counted from 0. A result below 0, or not below the input size,
        lies in the padding. The transposed convolution carries values along the same connections from
        o to this pixel.

        >>> [Geometry(kernel_size=3, stride=2, padding=1).input_index(1, tap) for tap in range(3)]
        [1, 2, 3]
        """
        return self.stride * output_index + self.dilation * tap - self.padding_before

    def fits(self, n: int) -> bool:
        """Return whether the dilated kernel fits into n pixels and their padding.

        >>> Geometry(kernel_size=3, dilation=2).fits(4)
        False
        """
        return self.padded_size(n) >= self.extent

    def padded_size(self, n: int) -> int:
        """Return n pixels with their padding: n + p_before + p_after.

        >>> Geometry(kernel_size=3, padding=(0, 2)).padded_size(4)
        6
        """
        return checked_int("n", n, minimum=1) + self.padding_before + self.padding_after

    def output_size(self, n: int) -> int:
        """Return how many pixels a convolution makes of n: floor((n + p_before + p_after - extent) / s) + 1.

        Raises ValueError if the kernel does not fit.

        >>> Geometry(kernel_size=3, stride=2).output_size(8)
        3
        """
        return output_sizes((self,), (n,))[0]

    def transposed_size(self, n: int) -> int:
        """Return how many pixels a transposed convolution makes of n.

        That is s(n-1) + extent - p_before - p_after + output_padding. Raises ValueError if the padding
        crops everything away.

        >>> Geometry(kernel_size=3, stride=2, padding=1, output_padding=1).transposed_size(3)
        6
        """
        return transposed_sizes((self,), (n,))[0]

    def input_sizes(self, output_size: int) -> range:
        """Return all the input sizes of which a convolution makes output_size pixels.

        The range is empty where the padding alone makes the output larger.

        >>> list(Geometry(kernel_size=3, stride=2, padding=1).input_sizes(3))
        [5, 6]
        """
        steps = self.stride * (checked_int("output_size", output_size, minimum=1) - 1)
        smallest = steps + self.extent - self.padding_before - self.padding_after
        return range(max(smallest, 1), max(smallest + self.stride, 1))


class Axes(NamedTuple):
    """The geometries of the two axes of an image, height first, and the shapes that follow from both.

    >>> axes = geometry_2d((3, 5), stride=(1, 2), padding=((0, 1), (2, 2)))
    >>> axes.output_shape((4, 9)), axes.kernel_shape
    ((3, 5), (3, 5))
    """

    height: Geometry
    width: Geometry

    @property
    def kernel_shape(self) -> tuple[int, int]:
        """Rows and columns of the kernel."""
        return self.height.kernel_size, self.width.kernel_size

    @property
    def extent(self) -> tuple[int, int]:
        """Rows and columns that the dilated kernel reaches over."""
        return self.height.extent, self.width.extent

    def padded_shape(self, shape: Sequence[int]) -> tuple[int, int]:
        """Rows and columns of an input of `shape` with its padding."""
        rows, columns = shape
        return self.height.padded_size(rows), self.width.padded_size(columns)

    def fits(self, shape: Sequence[int]) -> bool:
        """Whether the kernel fits into an input of `shape` and its padding."""
        rows, columns = shape
        return self.height.fits(rows) and self.width.fits(columns)

    def output_shape(self, shape: Sequence[int]) -> tuple[int, int]:
        """Return the shape that a convolution makes of `shape` (rows, columns).

        Raises ValueError if the kernel does not fit.

        >>> geometry_2d(3, stride=(1, 2)).output_shape((4, 9))
        (2, 4)
        """
        rows, columns = output_sizes(self, shape)
        return rows, columns

    def transposed_shape(self, shape: Sequence[int]) -> tuple[int, int]:
        """Return the shape that a transposed convolution makes of `shape` (rows, columns).

        Raises ValueError if the padding crops everything away.

        >>> geometry_2d(3, stride=(1, 2)).transposed_shape((2, 4))
        (4, 9)
        """
        rows, columns = transposed_sizes(self, shape)
        return rows, columns


def geometry_2d(
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    output_padding: Pair = 0,
) -> Axes:
    """Return the geometries of the two axes of an image, height first.

    Each argument is an int for both axes or a pair (height, width); padding also
    ((top, bottom), (left, right)). Raises what `Geometry` raises, and ValueError for a pair of three.

    >>> height, width = geometry_2d((3, 5), stride=(1, 2), padding=((0, 1), (2, 2)))
    >>> height.output_size(4), width.output_size(9)
    (3, 5)
    """
    by_axis = zip(
        *(
            per_axis(name, value)
            for name, value in (
                ("kernel_size", kernel_size),
                ("stride", stride),
                ("padding", padding),
                ("dilation", dilation),
                ("output_padding", output_padding),
            )
        ),
        strict=True,
    )
    return Axes(*(Geometry(*arguments) for arguments in by_axis))


def per_axis(name: str, value: Any) -> tuple[Any, Any]:
    """Return what `value`, one for both axes or a pair (height, width), says of each axis.

    Raises ValueError for a list or tuple that is not a pair.

    >>> per_axis("stride", 2)
    (2, 2)
    """
    if not isinstance(value, (tuple, list)):
        return value, value
    if len(value) != 2:
        forms = "an int or a pair (height, width)"
        if name == "padding":
            forms = "an int, a pair (height, width) or ((top, bottom), (left, right))"
        raise ValueError(f"{name} must be {forms}, got {reprlib.repr(value)}")
    return value[0], value[1]


def output_sizes(axes: Sequence[Geometry], shape: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes that a convolution makes of the given ones, axis by axis.

    Raises ValueError if the kernel does not fit.

    >>> output_sizes(geometry_2d(3, stride=(1, 2)), (4, 9))
    (2, 4)
    """
    if not all(axis.fits(n) for axis, n in zip(axes, shape, strict=True)):
        kernel = _by([axis.kernel_size for axis in axes])
        extent = _by([axis.extent for axis in axes])
        dilated = f" (dilated: {extent})" if extent != kernel else ""
        padded = _by([axis.padded_size(n) for axis, n in zip(axes, shape, strict=True)])
        raise ValueError(f"kernel {kernel}{dilated} does not fit the padded input {padded}")
    return tuple(
        (axis.padded_size(n) - axis.extent) // axis.stride + 1 for axis, n in zip(axes, shape, strict=True)
    )


def transposed_sizes(axes: Sequence[Geometry], shape: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes that a transposed convolution makes of the given ones, axis by axis.

    Raises ValueError if the padding crops everything away.

    >>> transposed_sizes(geometry_2d(3, stride=(1, 2)), (2, 4))
    (4, 9)
    """
    sizes = tuple(
        axis.stride * (checked_int("n", n, minimum=1) - 1)
        + axis.extent
        - axis.padding_before
        - axis.padding_after
        + axis.output_padding
        for axis, n in zip(axes, shape, strict=True)
    )
    if min(sizes) < 1:
        raise ValueError(
            f"padding must leave at least 1 pixel of the transposed result, got {_by(sizes)}; "
            f"lower padding, or raise kernel_size, stride, dilation or output_padding"
        )
    return sizes


def _by(sizes: Sequence[int]) -> str:
    return "x".join(str(size) for size in sizes)


def _checked_padding(padding: object) -> int | tuple[int, int]:
    if not isinstance(padding, (tuple, list)):
        return checked_int("padding", padding, minimum=0)
    if len(padding) != 2:
        raise ValueError(f"padding must be an int or a pair (before, after), got {reprlib.repr(padding)}")
    before, after = (checked_int("padding", side, minimum=0) for side in padding)
    return before if before == after else (before, after)
