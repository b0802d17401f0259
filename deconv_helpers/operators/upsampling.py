"""Up-sampling: fixed interpolation by Pillow, and what ties it to transposed convolution."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from .arrays import Array, allocate, checked_image, checked_kernel, with_channels
from .convolution import conv_transpose2d
from .geometry import Pair, checked_int, per_axis

METHODS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
"""The methods of interpolation by name."""

LARGEST = 2.0**126
"""The largest magnitude that is interpolated: float32 holds it, and what bicubic makes of it."""


def upsample(x: ArrayLike, factor: Pair, method: str = "nearest") -> Array:
    """Interpolate images to `factor` times their size.

    x       (H, W), (C, H, W) or (N, C, H, W)
    factor  one for both axes or (height, width), at least 1
    method  "nearest", "bilinear", "bicubic" or "lanczos"

    The result is in float32, as Pillow's mode F computes it, whatever the type of x. All but nearest leave
    out what lies beyond the border and scale the other weights to a sum of 1; the cubic has the constant -0.5
    (Keys 1981), and Lanczos mixes six pixels along each axis (Duchon 1979). Raises TypeError or ValueError
    for a bad argument.

    >>> upsample([[0, 4, 8]], (1, 2), "bilinear").tolist()
    [[0.0, 1.0, 3.0, 5.0, 7.0, 8.0]]
    """
    images = checked_image("x", x)
    rows, columns = (checked_int("factor", f, minimum=1) for f in per_axis("factor", factor))
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    if np.abs(images).max() > LARGEST:
        raise ValueError(f"x must hold numbers up to {LARGEST:.1e}, got {np.abs(images).max():.1e}")
    *others, height, width = images.shape
    result = allocate("the up-sampled image", (*others, height * rows, width * columns), np.float32)
    size = (width * columns, height * rows)
    planes = images.astype(np.float32).reshape(-1, height, width)
    for plane, out in zip(planes, result.reshape(-1, *size[::-1]), strict=True):
        out[...] = Image.fromarray(plane).resize(size, METHODS[method])
    return result


def pixel_shuffle(y: ArrayLike, factor: Pair) -> Array:
    """Interleave channels to pixels: every r_h x r_w channels become one that is as many times larger.

    y is (C r_h r_w, H, W) or (N, C r_h r_w, H, W), the result (C, r_h H, r_w W), with N in front if y has
    it. Raises ValueError where the channels do not divide. Source: Shi et al., "Real-time single image and
    video super-resolution using an efficient sub-pixel convolutional neural network" (2016), equation 4.

    >>> pixel_shuffle([[[1, 2, 3]], [[7, 8, 9]]], factor=(1, 2)).tolist()
    [[[1, 7, 2, 8, 3, 9]]]
    """
    image = checked_image("y", y)
    rows, columns = (checked_int("factor", f, minimum=1) for f in per_axis("factor", factor))
    if image.ndim == 2 or image.shape[-3] % (rows * columns):
        raise ValueError(
            f"y must have channels in multiples of {rows} x {columns} = {rows * columns}, "
            f"got shape {image.shape}"
        )
    n, channels, height, width = with_channels(image).shape
    blocks = image.reshape(n, channels // (rows * columns), rows, columns, height, width)
    shuffled = blocks.transpose(0, 1, 4, 2, 5, 3)
    return shuffled.reshape(*image.shape[:-3], -1, height * rows, width * columns)


def bilinear_kernel(size: int) -> Array:
    """Return the (size, size) kernel with which a transposed convolution interpolates bilinearly.

    It does so at stride s for the sizes 2s and 2s - 1, inside, where no stamp is missing.
    Source: Long, Shelhamer and Darrell, "Fully convolutional networks" (2015), section 3.3.

    >>> bilinear_kernel(4)[0] * 16
    array([1., 3., 3., 1.])
    """
    size = checked_int("size", size, minimum=1)
    factor = (size + 1) // 2
    line = 1 - np.abs(np.arange(size) - (size - 1) / 2) / factor
    kernel = allocate("the kernel", (size, size), float)
    return np.multiply.outer(line, line, out=kernel)


def tied_kernel(w: ArrayLike, factor: int) -> Array:
    """Return the one kernel that does nearest up-sampling by s = `factor` and then a convolution with w.

    w is (kh, kw) or (C_out, C_in, kh, kw). The result is the kernel of a transposed convolution with stride
    s, larger by s - 1 along each axis; with channels it is (C_in, C_out, ...), as that goes the other way:

        conv2d(upsample(x, s), w, padding=p) == conv_transpose2d(x, tied_kernel(w, s), stride=s,
                                                                 padding=k - 1 - p)

    Its weights are tied: they are sums of only kh x kw different ones. Nearest up-sampling is itself a
    transposed convolution with s x s ones, and a convolution is a transposed one with the kernel turned.

    >>> tied_kernel([[1, 10, 100]], 2).tolist()
    [[100, 110, 11, 1], [100, 110, 11, 1]]
    """
    kernel = checked_kernel(w)
    factor = checked_int("factor", factor, minimum=1)
    turned = with_channels(kernel).swapaxes(0, 1)[:, :, ::-1, ::-1]
    kh, kw = turned.shape[2:]
    ones = allocate("the stamps", (1, factor, factor), turned.dtype)
    ones += 1
    tied = conv_transpose2d(ones, turned.reshape(1, -1, kh, kw))
    return tied.reshape(*turned.shape[: kernel.ndim - 2], *tied.shape[1:])
