"""Inputs and kernels to begin with: the worked examples of the lessons, and rectangles beside them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..operators.artifacts import smallest_input
from ..operators.upsampling import bilinear_kernel

Array = npt.NDArray[Any]

INPUT_A: Array = np.array([[4, 5, 8, 7], [1, 8, 8, 8], [3, 6, 6, 4], [6, 5, 7, 8]])
KERNEL_A: Array = np.array([[1, 4, 1], [1, 4, 3], [3, 3, 1]])
INPUT_B: Array = np.array([[3, 3, 3, 6], [7, 4, 3, 2], [7, 2, 8, 5], [1, 7, 3, 1]])
DIGITS: Array = np.array(
    [
        [3, 1, 4, 1, 5, 9, 2],
        [6, 5, 3, 5, 8, 9, 7],
        [9, 3, 2, 3, 8, 4, 6],
        [2, 6, 4, 3, 3, 8, 3],
        [2, 7, 9, 5, 0, 2, 8],
    ]
)
KERNEL_B: Array = np.array([[1, 2, 4], [1, 1, 3], [1, 2, 4]])


@cache
def random_digits(*shape: int, low: int = 0, high: int = 9, seed: int = 1) -> Array:
    """Whole numbers from `low` to `high`, the same every time, and not to be written to.

    >>> random_digits(2, 3).shape
    (2, 3)
    """
    digits = np.random.default_rng(seed).integers(low, high + 1, shape)
    digits.setflags(write=False)
    return digits


def single_one(rows: int, columns: int) -> Array:
    """Zeros with a single 1 in the middle.

    >>> single_one(2, 3).tolist()
    [[0, 0, 0], [0, 1, 0]]
    """
    values = np.zeros((rows, columns), dtype=int)
    values[rows // 2, columns // 2] = 1
    return values


def step_edge(rows: int, columns: int) -> Array:
    """1 on the left half, 8 on the right half.

    >>> step_edge(2, 4).tolist()
    [[1, 1, 8, 8], [1, 1, 8, 8]]
    """
    return np.where(np.arange(columns) < columns // 2, 1, 8) * np.ones((rows, 1), dtype=int)


def grown(corner: Array, size: int, seed: int) -> Array:
    """A (size, size) kernel: the top left of `corner`, continued with whole numbers from 0 to 4.

    >>> grown(KERNEL_A, 4, seed=0)[:3, :3].tolist() == KERNEL_A.tolist()
    True
    """
    side = max(size, len(corner))
    whole = random_digits(side, side, high=4, seed=seed).copy()
    whole[: len(corner), : len(corner)] = corner
    return whole[:size, :size]


def binomial(size: int) -> Array:
    """The (size, size) binomial kernel, in whole numbers: a blur that weights the middle most.

    >>> binomial(3).tolist()
    [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    """
    line = np.ones(1, dtype=int)
    for _ in range(size - 1):
        line = np.convolve(line, [1, 1])
    return np.outer(line, line)


def vertical_edge(size: int) -> Array:
    """A (size, size) kernel that is -1 on the left and 1 on the right: it answers to vertical edges.

    >>> vertical_edge(3).tolist()
    [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]
    """
    line = np.sign(2 * np.arange(size) - (size - 1))
    return np.tile(line, (size, 1))


def checkerboard_inputs(kernel_shape: tuple[int, ...] | None = None) -> dict[str, Any]:
    """Inputs by name, each made from the settings of an explorer, so that its result has enough interior.

    The interior holds 2 periods of rows and 3 of columns. The settings give stride, layers and, without a
    kernel_shape (kh, kw), kernel_size.

    >>> checkerboard_inputs((3, 3))["constant"]({"stride": 2, "layers": 1}).shape
    (3, 4)
    """

    def sized(make: Callable[..., Array]) -> Callable[[dict[str, Any]], Array]:
        def made(settings: dict[str, Any]) -> Array:
            stride, layers = settings["stride"], settings["layers"]
            high, wide = kernel_shape or (settings["kernel_size"],) * 2
            return make(
                smallest_input(high, stride, layers=layers, periods=2),
                smallest_input(wide, stride, layers=layers, periods=3),
            )

        return made

    makers: dict[str, Callable[..., Array]] = {
        "constant": lambda rows, columns: np.ones((rows, columns), dtype=int),
        "an edge": step_edge,
        "digits": random_digits,
        "a single 1": single_one,
    }
    return {name: sized(make) for name, make in makers.items()}


INPUTS: dict[str, Array] = {
    "4x4, example A": INPUT_A,
    "4x4, example B": INPUT_B,
    "5x7, digits": DIGITS,
    "6x8, digits": random_digits(6, 8, seed=2),
    "6x8, an edge": step_edge(6, 8),
    "5x7, a single 1": single_one(5, 7),
}
"""Inputs by name."""

PIXELS: dict[str, Array] = {
    "4x4, example A": INPUT_A,
    "3x5, digits": random_digits(3, 5),
    "4x4, an edge": step_edge(4, 4),
    "3x5, a single 1": single_one(3, 5),
}
"""Inputs of an interpolation by name, small enough to grow."""

MATRIX_INPUTS: dict[str, Array] = {**INPUTS, "8x8, digits": random_digits(8, 8, seed=5)}
"""Inputs by name, the largest of 64 cells: a matrix with a column for each still reads."""

SMALL_INPUTS: dict[str, Array] = {
    "2x2, example A": np.array([[2, 1], [4, 4]]),
    "2x2, example B": np.array([[2, 3], [4, 3]]),
    "2x3, digits": random_digits(2, 3),
    "3x4, digits": random_digits(3, 4, seed=2),
    "3x4, a single 1": single_one(3, 4),
}
"""Inputs of a transposed convolution by name: it makes them larger."""

ROWS: dict[str, Array] = {
    "3 cells": np.array([[2, 5, 3]]),
    "4 cells": np.array([[2, 5, 3, 4]]),
    "2 cells": np.array([[2, 5]]),
}
"""Inputs of one row by name, for pictures of one axis."""

KERNEL_ROWS: dict[str, Any] = {
    "counting": lambda settings: np.arange(1, settings["kernel_size"] + 1)[None],
    "ones": lambda settings: np.ones((1, settings["kernel_size"]), dtype=int),
}
"""Kernels of one row by name, each made from `kernel_size`."""

CHANNELS: dict[str, Array] = {
    "two channels, digits": random_digits(2, 2, 3, low=1, high=5, seed=3),
    "a single 1 in x0": np.array([[[0, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]]),
}
"""Inputs of two channels by name, (channels, rows, columns)."""

KERNELS_OF_CHANNELS: dict[str, Array] = {
    "counting": np.arange(1, 9).reshape(2, 2, 1, 2),
    "exchange the channels": np.array([[[[0, 0]], [[1, 0]]], [[[1, 0]], [[0, 0]]]]),
}
"""Kernels between two channels and two by name, (output channels, input channels, rows, columns)."""

SIZED_KERNELS: dict[str, Array] = {
    "3x3, example A": KERNEL_A,
    "3x3, example B": KERNEL_B,
    "3x3, blur": binomial(3),
    "2x2, counting": np.arange(1, 5).reshape(2, 2),
    "2x3, counting": np.arange(1, 7).reshape(2, 3),
    "4x4, counting": np.arange(1, 17).reshape(4, 4),
}
"""Kernels by name, each with its size, rectangles and one that a half turn leaves as it is among them."""

KERNELS: dict[str, Any] = {
    "example A": lambda settings: grown(KERNEL_A, settings["kernel_size"], seed=3),
    "example B": lambda settings: grown(KERNEL_B, settings["kernel_size"], seed=4),
    "ones": lambda settings: np.ones((settings["kernel_size"],) * 2, dtype=int),
    "blur": lambda settings: binomial(settings["kernel_size"]),
    "vertical edge": lambda settings: vertical_edge(settings["kernel_size"]),
    "single 1": lambda settings: single_one(settings["kernel_size"], settings["kernel_size"]),
    "counting": lambda settings: np.arange(1, settings["kernel_size"] ** 2 + 1).reshape(
        settings["kernel_size"], -1
    ),
}
"""Kernels by name, each made from the settings of an explorer: `kernel_size` is in pixels."""

CHECKERBOARD_KERNELS: dict[str, Any] = {
    "ones": KERNELS["ones"],
    "random": lambda settings: random_digits(*[settings["kernel_size"]] * 2, low=-2, high=4, seed=6),
    "bilinear": lambda settings: bilinear_kernel(settings["kernel_size"]),
    "1, 0, 1, 0": lambda settings: _crossed(1 - np.arange(settings["kernel_size"]) % 2),
    "1, 2, 1": lambda settings: _crossed(
        np.minimum(np.arange(settings["kernel_size"]), np.arange(settings["kernel_size"])[::-1]) + 1
    ),
}
"""Kernels by name, made from `kernel_size`; the last two are named after one line of them."""


def _crossed(line: Array) -> Array:
    return np.outer(line, line)
