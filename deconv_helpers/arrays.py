"""Arrays as callers pass them, checked before anything is computed."""

from __future__ import annotations

import reprlib
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array = NDArray[Any]

MAX_BYTES = 2**30
"""The largest array, in bytes, that this package makes."""


def checked_array(name: str, value: ArrayLike) -> Array:
    """Return `value` as an array of finite numbers, or say by name what is wrong with it.

    Takes arrays and nested lists of any shape that is not empty. Integers and booleans become int64,
    float16 becomes float32. Raises TypeError for what are not real numbers, and ValueError for rows of
    unequal length, an empty array, NaN, infinity, and integers beyond 64 bits.

    >>> checked_array("x", [[True, False, True], [False, True, False]])
    array([[1, 0, 1],
           [0, 1, 0]])
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must have rows of equal length, got {reprlib.repr(value)}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold ints or floats, got {_first_non_number(value)}")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    if array.dtype.kind == "f":
        _refuse_cell(name, array, np.isfinite(array), "be finite")
        return array.astype(np.result_type(array.dtype, np.float32), copy=False)
    if array.dtype == np.uint64:
        _refuse_cell(name, array, array < 2**63, "fit 64-bit signed integers")
    return array.astype(np.int64, copy=False)


def allocate(what: str, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return zeros of the given shape, or raise ValueError if they take more than `MAX_BYTES`.

    `what` names the array in the error.

    >>> allocate("the result", (2, 3), int)
    array([[0, 0, 0],
           [0, 0, 0]])
    """
    size = prod(shape) * np.dtype(dtype).itemsize
    if size > MAX_BYTES:
        sides = "x".join(str(side) for side in shape)
        raise ValueError(
            f"{what} would be {sides}, {size / 2**30:.1f} GiB; the limit is {MAX_BYTES // 2**30} GiB"
        )
    return np.zeros(shape, dtype)


def _refuse_cell(name: str, array: Array, good: NDArray[np.bool_], demand: str) -> None:
    if not good.all():
        cell = tuple(int(index) for index in np.argwhere(~good)[0])
        raise ValueError(f"{name} must {demand}, got {array[cell]} at {cell}")


def _first_non_number(value: ArrayLike) -> str:
    for cell, element in np.ndenumerate(np.array(value, dtype=object)):
        if np.asarray(element).dtype.kind not in "biuf":
            return f"{reprlib.repr(element)} at {cell}" if cell else reprlib.repr(element)
    return "an array of objects"
