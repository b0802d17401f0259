"""Time the operators side by side with what else computes them.

Run `python benchmarks/operators.py`. A row names the work and gives, for each way to do it, the median of
alternating repetitions in milliseconds and its ratio to ours. PyTorch appears where it is installed, on one
thread.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
from scipy.signal import convolve2d, correlate2d

from deconv_helpers.convolution import (
    Array,
    conv2d,
    conv_transpose2d,
    conv_transpose2d_by_zero_insertion,
)

Ways = dict[str, Callable[[], object]]
REPETITIONS = 15


def race(ways: Ways) -> dict[str, float]:
    """Return the median seconds of each way, run in turn so that a slow moment hits all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for repetition in range(REPETITIONS + 1):
        for name, run in ways.items():
            start = perf_counter()
            run()
            if repetition:  # the first round warms up
                seconds[name].append(perf_counter() - start)
    return {name: median(times) for name, times in seconds.items()}


def pytorch(operator: str, image: Array, w: Array, stride: int = 1) -> Ways:
    """Return PyTorch's way, if it is installed."""
    if importlib.util.find_spec("torch") is None:
        return {}
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    images, kernel = (
        torch.from_numpy(array.reshape((1,) * (4 - array.ndim) + array.shape)) for array in (image, w)
    )
    return {"pytorch": lambda: getattr(functional, operator)(images, kernel, stride=stride)}


def rows() -> dict[str, Ways]:
    """Return what is compared: the work, and the ways to do it, ours first."""
    rng = np.random.default_rng(0)
    table: dict[str, Ways] = {}
    w = rng.normal(size=(5, 5))
    for size in (8, 64, 1024):
        x = rng.normal(size=(size, size))
        table[f"conv2d {size}x{size}, 5x5"] = {
            "ours": lambda x=x: conv2d(x, w),
            "scipy": lambda x=x: correlate2d(x, w, mode="valid"),
            **pytorch("conv2d", x, w),
        }
        table[f"conv_transpose2d {size}x{size}, 5x5"] = {
            "ours": lambda x=x: conv_transpose2d(x, w),
            "scipy": lambda x=x: convolve2d(x, w, mode="full"),
            **pytorch("conv_transpose2d", x, w),
        }
    x = rng.integers(0, 256, (512, 512))
    whole = rng.integers(-9, 9, (5, 5))
    table["conv2d 512x512, 5x5, int64"] = {
        "ours": lambda: conv2d(x, whole),
        "scipy": lambda: correlate2d(x, whole, mode="valid"),
    }
    y = rng.normal(size=(256, 256))
    table["conv_transpose2d 256x256, 5x5, stride 2"] = {
        "ours": lambda: conv_transpose2d(y, w, stride=2),
        "zero insertion": lambda: conv_transpose2d_by_zero_insertion(y, w, stride=2),
        **pytorch("conv_transpose2d", y, w, stride=2),
    }
    for dtype in ("float64", "float32"):  # PyTorch has its fastest routines for float32
        single, small = rng.normal(size=(512, 512)).astype(dtype), w.astype(dtype)
        many, deep = (rng.normal(size=size).astype(dtype) for size in ((16, 128, 128), (16, 16, 4, 4)))
        table[f"conv2d 512x512, 5x5, {dtype}"] = {
            "ours": lambda x=single, w=small: conv2d(x, w),
            "scipy": lambda x=single, w=small: correlate2d(x, w, mode="valid"),
            **pytorch("conv2d", single, small),
        }
        table[f"conv2d 16 to 16 channels, 128x128, 4x4, {dtype}"] = {
            "ours": lambda x=many, w=deep: conv2d(x, w),
            **pytorch("conv2d", many, deep),
        }
        table[f"conv_transpose2d the same, stride 2, {dtype}"] = {
            "ours": lambda x=many, w=deep: conv_transpose2d(x, w, stride=2),
            "zero insertion": lambda x=many, w=deep: conv_transpose2d_by_zero_insertion(x, w, stride=2),
            **pytorch("conv_transpose2d", many, deep, stride=2),
        }
    return table


def main() -> None:
    """Print the table."""
    for work, ways in rows().items():
        seconds = race(ways)
        columns = [f"{name} {s * 1e3:.3f} ms ({s / seconds['ours']:.2f}x)" for name, s in seconds.items()]
        print(f"{work:48}", " | ".join(columns))


if __name__ == "__main__":
    main()
