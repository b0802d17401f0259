"""The operators: time, peak memory, and how both grow, beside what else computes the same."""

from __future__ import annotations

import importlib.util
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.signal import convolve2d, correlate2d

from benchmarks.measuring import Effort, Table, Ways, ms, race, times
from deconv_helpers import conv2d, conv_matrix, conv_transpose2d, conv_transpose2d_by_zero_insertion
from deconv_helpers.operators.arrays import Array

TITLES = {"conv2d": "Convolution", "conv_transpose2d": "Transposed convolution"}
OTHERS = ("scipy", "zero insertion", "by C", "loop", "pytorch")
CASES = (
    *((size, 5, 1) for size in (8, 16, 64, 256, 512, 1024)),
    *((size, kernel, 1) for kernel in (3, 7) for size in (8, 64, 512)),
    *((size, 3, channels) for channels in (4, 16) for size in (8, 32, 128)),
)
"""Side of the image, side of the kernel, channels in and out."""

BLOCK = 2**19
"""Bytes that the operators gather at a time."""

LARGEST = {"by C": 2**24, "loop": 2**21, "scipy": 2**28}
"""Entries of C, and products of the others, up to which a way is tried: beyond, a row would take seconds."""


def tables(effort: Effort, cases: tuple[tuple[int, int, int], ...] = CASES) -> list[Table]:
    """Measure both operators over all cases."""
    return [table for operator in TITLES for table in _tables(operator, effort, cases)]


def _tables(operator: str, effort: Effort, cases: tuple[tuple[int, int, int], ...]) -> list[Table]:
    found = Table(
        f"{TITLES[operator]}, float64, stride 1",
        ("image, kernel, channels", "ours (ms)", *OTHERS, "memory, ours", "memory, scipy"),
        aim="never slower than scipy; within three times PyTorch on one thread; memory at most 3 times input "
        "and output, where these are larger than one block of work",
        reason="On the smallest images the time is that of checking the arguments and of a dozen NumPy "
        "calls, some 40 to 90 microseconds for a convolution and 50 to 110 for its transpose, whatever the "
        "image; scipy's loop in C starts at once.",
    )
    seconds: dict[str, list[tuple[int, float]]] = {}
    for size, kernel, channels in cases:
        rng = np.random.default_rng(0)
        image = rng.normal(size=(channels, size, size) if channels > 1 else (size, size))
        w = rng.normal(size=(channels, channels, kernel, kernel) if channels > 1 else (kernel, kernel))
        ways = _ways(operator, image, w)
        found_seconds = race(ways, effort)
        ours = found_seconds["ours"]
        memory = {name: _memory(ways[name], image) for name in ("ours", "scipy") if name in ways}
        bounds = {"scipy": 1, "pytorch": 3}
        misses = [
            f"{times(ours / found_seconds[other])} {other}"
            for other, bound in bounds.items()
            if other in found_seconds and ours > bound * found_seconds[other]
        ]
        misses += (
            [f"{memory['ours']:.1f} times memory"] if memory["ours"] > 3 and image.nbytes > BLOCK else []
        )
        found.add(
            f"{size}x{size}, {kernel}x{kernel}, {channels}",
            ms(ours),
            *(times(found_seconds[other] / ours) if other in found_seconds else "" for other in OTHERS),
            *(f"{memory[name]:.1f}" if name in memory else "" for name in ("ours", "scipy")),
            missed=", ".join(misses),
        )
        if (kernel, channels) == (5, 1):
            for name, value in found_seconds.items():
                seconds.setdefault(name, []).append((size, value))
    if not has_torch():
        found.columns = tuple("pytorch (not installed)" if c == "pytorch" else c for c in found.columns)
    return [found, _growth(operator, seconds)]


def _growth(operator: str, seconds: dict[str, list[tuple[int, float]]]) -> Table:
    """The exponent e of time ~ pixels^e, between the two largest images that each way was given."""
    growth = Table(
        f"{TITLES[operator]}: how its time grows with the number of pixels, 5x5, one channel",
        ("way", "exponent", "between sides"),
    )
    for name, measured in seconds.items():
        if len(measured) >= 2:
            (small, before), (large, after) = measured[-2:]
            exponent = np.log(after / before) / (2 * np.log(large / small))
            growth.add(name, f"{exponent:.2f}", f"{small} and {large}")
    return growth


def _ways(operator: str, image: Array, w: Array) -> Ways:
    transposed = operator == "conv_transpose2d"
    products = image.size * w.size // (w.shape[0] if w.ndim == 4 else 1)
    ours: Callable[..., Array] = conv_transpose2d if transposed else conv2d
    ways: dict[str, Callable[[], Any]] = {"ours": lambda: ours(image, w)}
    if products <= LARGEST["scipy"]:
        ways["scipy"] = lambda: by_scipy(image, w, transposed)
    if transposed:
        ways["zero insertion"] = lambda: conv_transpose2d_by_zero_insertion(image, w)
    shape = ours(image, w).shape if transposed else image.shape
    if np.prod(shape) * image.size <= LARGEST["by C"]:
        if transposed:
            ways["by C"] = lambda: conv_matrix(w, shape).T @ image.ravel()
        else:
            ways["by C"] = lambda: conv_matrix(w, shape) @ image.ravel()
    if products <= LARGEST["loop"] and image.ndim == 2:
        ways["loop"] = lambda: (stamped if transposed else slid)(image, w)
    if has_torch():
        ways["pytorch"] = _by_torch(operator, image, w)
    return ways


def slid(x: Array, w: Array) -> Array:
    """Slide the kernel over the image, as lesson 01 does by hand."""
    rows, columns = w.shape
    out = np.zeros((x.shape[0] - rows + 1, x.shape[1] - columns + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (x[i : i + rows, j : j + columns] * w).sum()
    return out


def stamped(y: Array, w: Array) -> Array:
    """Stamp the kernel for every value, as lesson 03 does by hand."""
    rows, columns = w.shape
    out = np.zeros((y.shape[0] + rows - 1, y.shape[1] + columns - 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            out[i : i + rows, j : j + columns] += y[i, j] * w
    return out


def by_scipy(image: Array, w: Array, transposed: bool) -> Array:
    """Compute it with `scipy.signal`, a call for each pair of channels."""
    call, mode = (convolve2d, "full") if transposed else (correlate2d, "valid")
    if image.ndim == 2:
        return np.asarray(call(image, w, mode=mode))
    pairs = w.swapaxes(0, 1) if transposed else w
    return np.stack([sum(call(x, k, mode=mode) for x, k in zip(image, row, strict=True)) for row in pairs])


def has_torch() -> bool:
    """Whether PyTorch is installed."""
    return importlib.util.find_spec("torch") is not None


def _by_torch(operator: str, image: Array, w: Array) -> Callable[[], Any]:
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    images, kernel = (
        torch.from_numpy(array.reshape((1,) * (4 - array.ndim) + array.shape)) for array in (image, w)
    )
    return lambda: getattr(functional, operator)(images, kernel)


def _memory(way: Callable[[], Any], image: Array) -> float:
    """The peak of what a way allocates, result included, in multiples of its input and output."""
    tracemalloc.start()
    try:
        result = way()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return float((peak + image.nbytes) / (image.nbytes + result.nbytes))
