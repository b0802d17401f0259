"""How strong a checkerboard is: the pattern that repeats inside a result, and its share of the energy.

Two things make the cells of an up-sampled result differ although the input is constant. In the interior it is
the checkerboard, which repeats with the stride. At the border stamps are missing, because the input ends
there. Everything here takes the border off before it looks for a pattern.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Array, checked_image
from .geometry import Geometry, Pair, checked_int, per_axis

LEAST_PERIODS = 2
"""Periods that the interior must hold: what occurs once does not repeat."""

MAX_LAYERS = 100
"""The most layers, one after the other, whose sizes are followed."""


def artifact_energy(y: ArrayLike, period: Pair, *, border: Pair = 0) -> float:
    """Return the energy at period s: the share of the energy of y that is in a repeating pattern.

    y is (H, W), (C, H, W) or (N, C, H, W); period and border, in pixels, are those of `phase_means`. With P
    the s x s phase means of a channel and m the mean of P, the result is

        sum over channels of mean((P - m)^2)  /  sum over channels of mean(y^2)

    taken over the interior. It has no unit and lies between 0, no pattern, and 1, nothing but a pattern of
    mean 0; where y is 0 it is 0. The mean square contains the mean of y: a constant added to y lowers the
    energy, though the pattern is the same. To compare images, `phase_means(y, s).std()` has their unit. By
    Parseval's theorem the numerator is the power of the discrete Fourier transform of y at the multiples of
    the frequency 1/s, without the constant part. So period s also sees the divisors of s; for L layers of
    stride s the period is s^L. A constant in shows a layer's own pattern:
    it is 0 exactly if every phase of the kernel has the same sum of weights (Sugawara, Shiota and Kiya,
    "Super-resolution using convolutional neural networks without any checkerboard artifacts", 2018).

    >>> artifact_energy([[2, 0, 2, 0, 2, 0]], period=(1, 2))
    0.5
    """
    interior, height, width = _interior(y, period, border)
    scale = float(np.abs(interior).max())
    if scale == 0:
        return 0.0
    tiles = _tiled(interior / scale, height, width)
    phases = tiles.mean(axis=(2, 4))
    pattern = float(phases.var(axis=(2, 3)).sum())
    total = float((tiles**2).mean(axis=(2, 3, 4, 5)).sum())
    return pattern / total


def phase_means(y: ArrayLike, period: Pair, *, border: Pair = 0) -> Array:
    """Return the tile that repeats in y: the mean over all pixels a whole number of periods apart.

    y       (H, W), (C, H, W) or (N, C, H, W)
    period  pixels, one for both axes or (height, width)
    border  pixels to leave out on each side, one for both axes or (height, width)

    The result has the sides of period for its last two axes; its first pixel is the first of the interior.
    Rows and columns that fill no whole period are left out. Raises TypeError or ValueError for a bad
    argument, and ValueError for an interior of less than two periods along an axis.

    >>> phase_means([[9, 1, 2, 1, 2, 9], [9, 3, 4, 3, 4, 9]], period=(1, 2), border=(0, 1))
    array([[2., 3.]])
    """
    interior, height, width = _interior(y, period, border)
    means: Array = _tiled(interior, height, width).mean(axis=(2, 4))
    return means.reshape(*np.shape(y)[:-2], height, width)


def overlap_pattern(kernel_size: int, stride: int, *, dilation: int = 1, layers: int = 1) -> Array:
    """Return how many stamps reach the pixels of one period, along one axis of the interior.

    A weight j reaches the pixels o with o = d*j modulo s. The result has s^layers numbers: with d = 1 some
    are floor(k/s) and some ceil(k/s), and layers multiply them. Pixel 0 is one that the first weight reaches.
    Raises TypeError or ValueError for a bad argument, and for a period of more than a million pixels or
    counts beyond 64 bits.
    Source: Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts" (2016).

    >>> overlap_pattern(3, stride=2), overlap_pattern(4, stride=2, dilation=2)
    (array([2, 1]), array([4, 0]))
    """
    axis = Geometry(kernel_size, stride=stride, dilation=dilation)
    counts: Array = np.ones(1, dtype=np.int64)
    checked_int("stride ** layers", axis.stride ** _checked_layers(layers), minimum=1)
    if axis.kernel_size**layers >= 2**63:
        raise ValueError(f"counts of up to {axis.kernel_size}**{layers} must fit 64-bit integers")
    for _ in range(layers):
        inserted = np.zeros(len(counts) * axis.stride, dtype=np.int64)
        inserted[:: axis.stride] = counts
        counts = np.zeros_like(inserted)
        for tap in range(axis.kernel_size):
            counts += np.roll(inserted, axis.dilation * tap)
    return counts


def border_width(axis: Geometry, layers: int = 1) -> int:
    """Return the pixels next to an end of the axis that miss stamps, after layers of transposed convolution.

    One layer: d(k-1) + 1 - s - p, never below 0. The next layer spreads it by its stride and adds its own.
    Output padding counts at the far side; the wider side is returned.

    >>> [border_width(Geometry(3, stride=2), layers=n) for n in (1, 2, 3)]
    [1, 3, 7]
    """
    added: int = (
        axis.extent - axis.stride - min(axis.padding_before, axis.padding_after - axis.output_padding)
    )
    width = 0
    for _ in range(_checked_layers(layers)):
        width = max(axis.stride * width + added, 0)
    return width


def smallest_input(kernel_size: int, stride: int, *, layers: int = 1, periods: int = LEAST_PERIODS) -> int:
    """Return the fewest input pixels from which layers without padding make so many periods of interior.

    >>> smallest_input(3, stride=2), smallest_input(3, stride=2, layers=2)
    (3, 3)
    """
    axis = Geometry(kernel_size, stride=stride)
    layers, needed = _checked_layers(layers), checked_int("periods", periods, minimum=1)
    for _ in range(layers):
        needed *= axis.stride
    for _ in range(layers):
        needed = -(-(needed + abs(axis.extent - axis.stride)) // axis.stride)
    return needed


def _checked_layers(layers: int) -> int:
    if checked_int("layers", layers, minimum=1) > MAX_LAYERS:
        raise ValueError(f"layers must be at most {MAX_LAYERS}, got {layers}")
    return layers


def _interior(y: ArrayLike, period: Pair, border: Pair) -> tuple[Array, int, int]:
    """Return the whole periods inside the border as (N, C, H, W) floats, and both periods."""
    image = checked_image("y", y).astype(float)
    image = image.reshape((1,) * (4 - image.ndim) + image.shape)
    periods = [checked_int("period", p, minimum=1) for p in per_axis("period", period)]
    borders = [checked_int("border", b, minimum=0) for b in per_axis("border", border)]
    cut = []
    for axis, n, p, b in zip(("rows", "columns"), image.shape[2:], periods, borders, strict=True):
        whole = (n - 2 * b) // p
        least = LEAST_PERIODS if p > 1 else 1
        if whole < least:
            raise ValueError(
                f"y must have at least {least * p + 2 * b} {axis} for period {p} and border {b}, got {n}"
            )
        cut.append(slice(b, b + whole * p))
    return image[:, :, cut[0], cut[1]], periods[0], periods[1]


def _tiled(image: Array, height: int, width: int) -> Array:
    """Return (N, C, H, W) as (N, C, tiles down, height, tiles across, width)."""
    n, channels, rows, columns = image.shape
    return image.reshape(n, channels, rows // height, height, columns // width, width)
