"""Arrays as callers pass them, checked by name before anything is computed."""

from __future__ import annotations

import reprlib
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .geometry import checked_int

Array = NDArray[Any]

MAX_BYTES = 2**30
"""The largest array, in bytes, that this package makes."""


def checked_array(name: str, value: ArrayLike) -> Array:
    """Return `value` as an array of finite numbers, or say by name what is wrong with it.

    Takes arrays and nested lists of any shape that is not empty. Integers and booleans become int64,
    float16 becomes float32. Raises TypeError for what are not real numbers, and ValueError for rows of
    unequal length, an empty array, NaN, infinity, masked values, and integers beyond 64 bits.

    >>> checked_array("x", [[True, False, True], [False, True, False]])
    array([[1, 0, 1],
           [0, 1, 0]])
    """
    if hides_values(value):
        raise ValueError(f"{name} must have no masked values; fill them first, as in x.filled(0)")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must have rows of equal length, got {reprlib.repr(value)}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold ints or floats, got {_first_non_number(value)}")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    if array.dtype.kind == "f":
        _check_cells(name, array, np.isfinite(array), "be finite")
        return array.astype(np.result_type(array.dtype, np.float32), copy=False)
    if array.dtype == np.uint64:
        _check_cells(name, array, array < 2**63, "fit 64-bit signed integers")
    return array.astype(np.int64, copy=False)


def hides_values(value: object) -> bool:
    """Return whether an array, or one in a nest of lists, has masked values: NumPy would bring them back.

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


def in_floats(array: Array) -> Array:
    """Return integers as float64, in which a difference or a sum cannot wrap around; floats as they are.

    >>> in_floats(np.array([[1, 2, 3]])).dtype
    dtype('float64')
    """
    return array.astype(float) if array.dtype.kind != "f" else array


def checked_matrix(name: str, value: ArrayLike) -> Array:
    """Return a new array (rows, columns) of the finite numbers in `value`.

    Raises what `checked_array` raises, and ValueError for another number of axes.

    >>> checked_matrix("x", [[1, 2, 3]]).shape
    (1, 3)
    """
    array = checked_array(name, value).copy()
    if array.ndim != 2:
        raise ValueError(f"{name} must be a matrix (rows, columns), got {_shape_of(array)}")
    return array


def checked_image(name: str, value: ArrayLike) -> Array:
    """Return `value` as a checked array (H, W), (C, H, W) or (N, C, H, W).

    Raises what `checked_array` raises, and ValueError for another number of dimensions.

    >>> checked_image("y", [[1, 2, 3]]).shape
    (1, 3)
    """
    array = checked_array(name, value)
    if array.ndim not in (2, 3, 4):
        raise ValueError(f"{name} must be (H, W), (C, H, W) or (N, C, H, W), got {_shape_of(array)}")
    return array


def checked_kernel(w: ArrayLike) -> Array:
    """Return the kernel w as a checked array (kh, kw) or (C_out, C_in, kh, kw).

    Raises what `checked_array` raises, and ValueError for another number of dimensions.

    >>> checked_kernel([[1, 2, 3]]).shape
    (1, 3)
    """
    kernel = checked_array("w", w)
    if kernel.ndim not in (2, 4):
        raise ValueError(f"w must be (kh, kw) or (C_out, C_in, kh, kw), got {_shape_of(kernel)}")
    return kernel


def checked_operands(name: str, image: ArrayLike, w: ArrayLike, *, channel_axis: int) -> tuple[Array, Array]:
    """Return the image as (N, C, H, W) and the kernel as (C_out, C_in, kh, kw), in a common type.

    The channels of the image belong to the kernel's `channel_axis`. Integer images come back as int64;
    their kernel comes back as float64 where that holds every sum of products exactly, because matrix
    products of floats are fast. Raises what `checked_image` and `checked_kernel` raise, and ValueError
    where channels do not match or sums of integers could exceed 64 bits.

    >>> images, kernel = checked_operands("x", [[1, 2, 3]], [[1, 2]], channel_axis=1)
    >>> images.shape, kernel.shape
    ((1, 1, 1, 3), (1, 1, 1, 2))
    """
    images, kernel = checked_image(name, image), checked_kernel(w)
    if (images.ndim == 2) != (kernel.ndim == 2):
        raise ValueError(
            f"{name} (H, W) goes with w (kh, kw), {name} with channels with w (C_out, C_in, kh, kw); "
            f"got {name} of shape {images.shape} and w of shape {kernel.shape}"
        )
    images, kernel = with_channels(images), with_channels(kernel)
    check_channels(name, images.shape[1], kernel, channel_axis=channel_axis)
    common = factor = np.result_type(images, kernel)
    if common.kind == "i":
        largest_sum = _largest(images) * _largest(kernel) * kernel.size
        if largest_sum >= 2**63:
            raise ValueError(
                f"sums of products of {name} and w must fit 64-bit integers; pass floats instead"
            )
        if largest_sum < 2**53:
            factor = np.dtype(np.float64)
    return images.astype(common, copy=False), kernel.astype(factor, copy=False)


def with_channels(array: Array) -> Array:
    """Return a view with four dimensions, putting axes of length 1 in front.

    >>> with_channels(np.zeros((2, 3))).shape
    (1, 1, 2, 3)
    """
    return array.reshape((1,) * (4 - array.ndim) + array.shape)


def check_channels(name: str, channels: int, kernel: Array, *, channel_axis: int) -> None:
    """Raise ValueError unless the kernel (C_out, C_in, kh, kw) has so many channels on that axis.

    >>> check_channels("x", 2, np.ones((5, 2, 3, 3)), channel_axis=1)
    """
    if channels != kernel.shape[channel_axis]:
        raise ValueError(
            f"{name} must have {kernel.shape[channel_axis]} channels, as many as w of shape {kernel.shape} "
            f"takes, got {channels}"
        )


def checked_shape(name: str, value: object, axes: tuple[str, ...]) -> tuple[int, ...]:
    """Return a shape as a tuple of ints of at least 1, one for each name in axes.

    Raises TypeError for what is not a tuple or list of ints, ValueError for a wrong length or size.

    >>> checked_shape("input_shape", [4, 6], ("H", "W"))
    (4, 6)
    """
    wanted = f"({', '.join(axes)})"
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"{name} must be {wanted}, got {reprlib.repr(value)}")
    if len(value) != len(axes):
        raise ValueError(f"{name} must be {wanted}, got {reprlib.repr(value)}")
    return tuple(checked_int(name, size, minimum=1) for size in value)


def allocate(what: str, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return zeros of the given shape, or raise ValueError if they take more than `MAX_BYTES`.

    `what` names the array in the error.

    >>> allocate("the result", (2, 3), int)
    array([[0, 0, 0],
           [0, 0, 0]])
    """
    size = prod(shape) * np.dtype(dtype).itemsize
    if size > MAX_BYTES:
        raise ValueError(
            f"{what} would be {'x'.join(map(str, shape))}, {size / 2**30:.1f} GiB; "
            f"the limit is {MAX_BYTES // 2**30} GiB"
        )
    return np.zeros(shape, dtype)


def _check_cells(name: str, array: Array, good: NDArray[np.bool_], demand: str) -> None:
    if not good.all():
        cell = tuple(int(index) for index in np.argwhere(~good)[0])
        raise ValueError(f"{name} must {demand}, got {array[cell]} at {cell}")


def _first_non_number(value: ArrayLike) -> str:
    for cell, element in np.ndenumerate(np.array(value, dtype=object)):
        if np.asarray(element).dtype.kind not in "biuf":
            return f"{reprlib.repr(element)} at {cell}" if cell else reprlib.repr(element)
    return "an array of objects"


def _shape_of(array: Array) -> str:
    return f"shape {array.shape}" if array.ndim else f"the single number {array}"


def _largest(array: Array) -> int:
    return max(int(array.max()), -int(array.min()))
