"""Deconvolution of signal processing: from a blurred, noisy picture back to the sharp one.

The model is g = h * f + noise, with the convolution of signal processing: `h` is turned by 180 degrees before
it slides. Borders are periodic, so that what leaves a picture on one side comes in on the other. Then a blur
multiplies each frequency of the picture by one number, and all filters here are products in the frequency
domain. Frequencies are those of `numpy.fft.fft2`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import Array, allocate, checked_array, checked_matrix, checked_shape, in_floats
from .geometry import checked_int

Floats = NDArray[np.floating[Any]]
Response = NDArray[np.complexfloating[Any, Any]]

WIPED_OUT = 1e-13
"""Responses so small, relative to the largest, are rounding: a blur lets nothing of the frequency through."""

RATE = 1.9
"""How far a step of gradient descent goes where the largest |H| is 1; from 2 on it would not settle."""

LAPLACIAN: Array = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
"""Each pixel four times, minus its four neighbours: 0 where a picture is flat, large where it is rough."""


def gaussian_kernel(width: float) -> Floats:
    """A Gaussian blur kernel (k, k) that sums to 1, cut off three widths from its middle.

    width  standard deviation in pixels, above 0 and at most 50. Raises TypeError or ValueError for others.

    >>> gaussian_kernel(0.5).round(2).shape
    (5, 5)
    """
    width = _checked_number("width", width)
    if not 0 < width <= 50:
        raise ValueError(f"width must be above 0 and at most 50 pixels, got {width}")
    reach = int(np.ceil(3 * width))
    line = np.exp(-((np.arange(-reach, reach + 1) / width) ** 2) / 2)
    line /= line.sum()
    return np.outer(line, line)


def box_kernel(rows: int, columns: int) -> Floats:
    """A blur kernel (rows, columns) of equal weights that sum to 1; one row is the blur of a moving camera.

    Raises TypeError or ValueError where rows or columns is no int of at least 1, and ValueError for more than
    1 GiB.

    >>> box_kernel(1, 4).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    shape = checked_int("rows", rows, minimum=1), checked_int("columns", columns, minimum=1)
    kernel = allocate("the kernel", shape, float)
    kernel += 1 / kernel.size
    return kernel


def transfer_function(h: ArrayLike, shape: tuple[int, int]) -> Response:
    """What the blur h (kh, kw) multiplies each frequency of a picture of `shape` by: complex, of that shape.

    The kernel's middle, at kh // 2 and kw // 2, is placed on pixel (0, 0), so that a blur moves nothing.
    Raises ValueError where h is larger than the picture, and for more than 1 GiB.

    >>> transfer_function([[1, 2, 1]], (1, 4)).real.tolist()
    [[4.0, 2.0, 0.0, 2.0]]
    """
    h, (rows, columns) = checked_array("h", h), checked_shape("shape", shape, ("rows", "columns"))
    if h.ndim != 2 or h.shape[0] > rows or h.shape[1] > columns:
        raise ValueError(f"h must be (kh, kw), at most as large as the picture {shape}, got shape {h.shape}")
    placed = allocate("the kernel", (rows, columns), float)
    placed[: h.shape[0], : h.shape[1]] = h
    return np.fft.fft2(np.roll(placed, (-(h.shape[0] // 2), -(h.shape[1] // 2)), axis=(0, 1)))


def blur(f: ArrayLike, h: ArrayLike) -> Floats:
    """The picture f (rows, columns) blurred by the kernel h (kh, kw), borders periodic: h * f, shaped like f.

    Raises what `checked_array` and `transfer_function` raise.

    >>> blur([[0, 0, 4, 0, 0], [0, 0, 0, 0, 0]], [[1, 2, 3]]).round().astype(int).tolist()
    [[0, 4, 8, 12, 0], [0, 0, 0, 0, 0]]
    """
    f = checked_matrix("f", f)
    return _filtered(f, transfer_function(h, f.shape))


def inverse_filter(g: ArrayLike, h: ArrayLike) -> Floats:
    """The picture f (rows, columns) with h * f = g: division by the transfer function.

    What h wipes out altogether comes back as 0, which makes this the pseudo-inverse. Raises as `blur` does.

    >>> inverse_filter(blur([[5, 1, 4], [2, 8, 3]], [[1, 4, 1]]), [[1, 4, 1]]).round(6).tolist()
    [[5.0, 1.0, 4.0], [2.0, 8.0, 3.0]]
    """
    return wiener_filter(g, h, 0)


def wiener_filter(g: ArrayLike, h: ArrayLike, noise_to_signal: ArrayLike) -> Floats:
    """The estimate of f from g (rows, columns) with the least mean squared error, shaped like g.

    noise_to_signal  the power of the noise over that of the picture: one number, or one for each frequency
                     (rows, columns); at least 0

    In the frequency domain it is conj(H) G / (|H|^2 + noise_to_signal). Raises as `blur` does, and
    ValueError for a ratio of another shape or below 0. Source: N. Wiener,
    Extrapolation, Interpolation, and Smoothing of Stationary Time Series (1949).

    >>> wiener_filter([[4, 8, 4]], [[1]], 1.0).round(6).tolist()
    [[2.0, 4.0, 2.0]]
    """
    g, ratio = checked_matrix("g", g), checked_array("noise_to_signal", noise_to_signal)
    if ratio.shape not in ((), g.shape):
        raise ValueError(f"noise_to_signal must be one number or of shape {g.shape}, got shape {ratio.shape}")
    if ratio.min() < 0:
        raise ValueError(f"noise_to_signal must be at least 0, got {ratio.min()}")
    h, largest = _scaled(h)
    H = transfer_function(h, g.shape)
    with np.errstate(over="ignore"):  # a ratio far above a tiny kernel: nothing comes through
        power = np.abs(H) ** 2 + ratio / largest / largest
    kept = power > (WIPED_OUT * np.abs(H).max()) ** 2
    return _filtered(g, np.divide(H.conj(), power, out=np.zeros_like(H), where=kept)) / largest


def regularised_filter(g: ArrayLike, h: ArrayLike, regularisation: float) -> Floats:
    """The picture f that minimises |h * f - g|^2 + regularisation * |LAPLACIAN * f|^2, shaped like g.

    regularisation  how much smoothness counts, at least 0; 0 is the inverse filter

    In closed form it is a Wiener filter whose ratio grows with the frequency. Raises as `blur` does, and
    ValueError for a picture of less than 3x3 or a negative regularisation. Source: B. R. Hunt, The
    application of constrained least squares estimation to image restoration by digital computer (1973).

    >>> rough = [[0, 0, 0, 9], [0, 0, 9, 0], [0, 9, 0, 0]]
    >>> regularised_filter(rough, [[1]], 1e6).round(2)[0].tolist()
    [2.25, 2.25, 2.25, 2.25]
    """
    g = checked_matrix("g", g)
    if min(g.shape) < 3:
        raise ValueError(f"g must be at least 3x3, got shape {g.shape}")
    strength = _checked_number("regularisation", regularisation)
    if strength < 0:
        raise ValueError(f"regularisation must be at least 0, got {strength}")
    return wiener_filter(g, h, strength * np.abs(transfer_function(LAPLACIAN, g.shape)) ** 2)


def descended(g: ArrayLike, h: ArrayLike, steps: int) -> Floats:
    """What so many steps of gradient descent on |h * f - g|^2 make of a black picture, shaped like g.

    steps  at least 0; more steps sharpen more, and let more of the noise through

    A step adds to f the misfit g - h * f, sent through the transposed blur, times 1.9 over the largest
    |H|^2; from 2 on the steps would not settle. All steps are taken at once, in closed form. Raises as
    `blur` does. Source: L. Landweber, An iteration formula for Fredholm integral equations of the first kind
    (1951).

    >>> descended([[4, 8, 4]], [[1]], 1).round(6).tolist()
    [[7.6, 15.2, 7.6]]
    """
    g = checked_matrix("g", g)
    h, largest = _scaled(h)
    H = transfer_function(h, g.shape)
    size = np.abs(H).max() or 1.0
    H = H / size
    arrived = 1 - (1 - RATE * np.abs(H) ** 2) ** checked_int("steps", steps, minimum=0)
    factor: Response = np.divide(arrived, H, out=np.zeros_like(H), where=np.abs(H) > WIPED_OUT)
    return _filtered(g, factor) / size / largest


def richardson_lucy(g: ArrayLike, h: ArrayLike, rounds: int) -> Floats:
    """The estimate of f after so many rounds of Richardson and Lucy: no pixel ever turns negative.

    g       (rows, columns), at least 0 everywhere
    h       (kh, kw), at least 0 everywhere, not all 0
    rounds  at least 1; more rounds sharpen more, and let more of the noise through

    Raises as `blur` does, and ValueError for negative numbers. Sources: W. H. Richardson, Bayesian-based
    iterative method of image restoration (1972); L. B. Lucy, An iterative technique for the rectification of
    observed distributions (1974).

    >>> richardson_lucy([[0, 2, 4, 2, 0, 0]], [[1, 2, 1]], 200).round(2).tolist()
    [[0.0, 0.0, 2.0, 0.0, 0.0, 0.0]]
    """
    g, h = checked_matrix("g", g).astype(float), checked_array("h", h)
    for name, array in (("g", g), ("h", h)):
        if array.min() < 0:
            raise ValueError(f"{name} must be at least 0 everywhere, got {array.min()}")
    h, largest = _scaled(h)
    H, total = transfer_function(h, g.shape), h.sum()
    if total == 0:
        raise ValueError("h must have a weight above 0, got none")
    estimate = np.full(g.shape, g.mean() / total)
    least = np.finfo(float).tiny + 1e-12 * g.mean()
    for _ in range(checked_int("rounds", rounds, minimum=1)):
        seen = np.maximum(_filtered(estimate, H), least)
        estimate = estimate * np.maximum(_filtered(g / seen, H.conj()), 0) / total
    return estimate / largest


def rms_error(estimate: ArrayLike, f: ArrayLike) -> float:
    """The root mean squared difference of two pictures of one shape, in units of their grey levels.

    Raises ValueError where the shapes differ.

    >>> rms_error([[1, 2, 3]], [[1, 2, 0]])
    1.7320508075688772
    """
    estimate, f = checked_array("estimate", estimate), checked_array("f", f)
    if estimate.shape != f.shape:
        raise ValueError(f"estimate must have the shape of f {f.shape}, got {estimate.shape}")
    difference = in_floats(estimate) - in_floats(f)
    largest = float(np.abs(difference).max())
    return largest * float(np.sqrt(np.mean((difference / (largest or 1)) ** 2)))


def _scaled(h: ArrayLike) -> tuple[Array, float]:
    """The kernel divided by its largest magnitude, and that: squares and sums of such weights fit floats."""
    h = in_floats(checked_array("h", h))
    largest = float(np.abs(h).max()) or 1.0
    return h / largest, largest


def _filtered(picture: Array, response: Response) -> Floats:
    return np.fft.ifft2(np.fft.fft2(picture) * response).real


def _checked_number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not np.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value}")
    return float(value)
