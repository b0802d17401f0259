"""Random geometries and arrays that the operators must accept, for hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from hypothesis import strategies as st

DTYPES = ("int64", "int8", "uint8", "bool", "float64", "float32", "float16")


@dataclass(frozen=True)
class Axis:
    """One axis: its parameters, an input size the kernel fits, and a size to transpose from."""

    kernel: int
    stride: int
    padding: tuple[int, int]
    dilation: int
    output_padding: int
    size: int
    transposed_from: int


@dataclass(frozen=True)
class Case:
    """Both axes, the number of images and channels, and the values."""

    axes: tuple[Axis, Axis]
    n: int
    c_in: int
    c_out: int
    dtype: str
    seed: int

    def array(self, *shape: int) -> np.ndarray:
        values = np.random.default_rng(self.seed).integers(0, 9, shape)
        return (
            values.astype(self.dtype) if self.dtype in ("bool", "uint8") else (values - 4).astype(self.dtype)
        )

    @property
    def w(self) -> np.ndarray:
        return self.array(self.c_out, self.c_in, *(axis.kernel for axis in self.axes))

    @property
    def x(self) -> np.ndarray:
        return self.array(self.n, self.c_in, *(axis.size for axis in self.axes))

    @property
    def y(self) -> np.ndarray:
        return self.array(self.n, self.c_out, *(axis.transposed_from for axis in self.axes))

    def pairs(self, *names: str) -> dict[str, Any]:
        return {name: tuple(getattr(axis, name) for axis in self.axes) for name in names}

    @property
    def forward(self) -> dict[str, Any]:
        return self.pairs("stride", "padding", "dilation")

    @property
    def backward(self) -> dict[str, Any]:
        return self.pairs("stride", "padding", "dilation", "output_padding")


@st.composite
def an_axis(draw: st.DrawFn, symmetric: bool) -> Axis:
    kernel, stride, dilation = (draw(st.integers(1, largest)) for largest in (4, 3, 3))
    before = draw(st.integers(0, 5))
    after = before if symmetric else draw(st.integers(0, 5))
    output_padding = draw(st.integers(0, max(stride, dilation) - 1))
    extent = dilation * (kernel - 1) + 1
    smallest = max(1, extent - before - after)
    smallest_back = next(
        n for n in count(1) if (n - 1) * stride + extent + output_padding - before - after >= 1
    )
    return Axis(
        kernel,
        stride,
        (before, after),
        dilation,
        output_padding,
        smallest + draw(st.integers(0, 4)),
        smallest_back + draw(st.integers(0, 4)),
    )


@st.composite
def a_case(draw: st.DrawFn, symmetric: bool = False, dtypes: tuple[str, ...] = DTYPES) -> Case:
    return Case(
        (draw(an_axis(symmetric)), draw(an_axis(symmetric))),
        *(draw(st.integers(1, 3)) for _ in range(3)),
        draw(st.sampled_from(dtypes)),
        draw(st.integers(0, 99)),
    )
