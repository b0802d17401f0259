"""What values: convolution, its transpose, and its matrix.

As in every deep-learning library, "convolution" is cross-correlation: the kernel is not flipped.

Images are (H, W) with a kernel (kh, kw), or (C, H, W) and (N, C, H, W) with a kernel
(C_out, C_in, kh, kw). `conv2d` takes C_in channels to C_out; `conv_transpose2d` takes C_out to C_in
with the same kernel. Keyword arguments are an int or a pair (height, width); padding also
((top, bottom), (left, right)).

Integers and booleans are computed as int64, floats in NumPy's common type of both arrays, float32 at the
least. What is wrong with an argument is a TypeError or a ValueError that names it; a result of more than
1 GiB is a ValueError too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike

from .arrays import (
    Array,
    allocate,
    check_channels,
    checked_image,
    checked_kernel,
    checked_operands,
    checked_shape,
    with_channels,
)
from .geometry import (
    Axes,
    Geometry,
    Padding,
    Pair,
    checked_int,
    geometry_2d,
    per_axis,
)

PRODUCTS_PER_BLOCK = 2**18
"""Products in one matrix multiplication: so few that its patches stay in the cache, and that OpenBLAS
computes it on one thread. Waiting for a second thread can take a hundred times longer on a busy machine."""


def conv2d(
    x: ArrayLike, w: ArrayLike, *, stride: Pair = 1, padding: Padding = 0, dilation: Pair = 1
) -> Array:
    """Convolve images with a kernel.

    x is (H, W), (C_in, H, W) or (N, C_in, H, W), and w (kh, kw) or (C_out, C_in, kh, kw). The result has
    C_out channels, the sizes of `Geometry.output_size`, and as many dimensions as x. Raises ValueError if
    the kernel does not fit the padded image. Source: Dumoulin and Visin (2016), section 1.1.

    >>> conv2d([[1, 2, 3, 4], [5, 6, 7, 8], [0, 0, 1, 0]], [[1, 0, 0], [0, 0, 1]])
    array([[ 8, 10],
           [ 6,  6]])
    """
    images, kernel = checked_operands("x", x, w, channel_axis=1)
    axes = geometry_2d(kernel.shape[2:], stride=stride, padding=padding, dilation=dilation)
    shape = (len(images), len(kernel), *axes.output_shape(images.shape[2:]))
    out = allocate("the convolution", shape, images.dtype)
    framed = _framed(images, [(a.padding_before, a.padding_after) for a in axes])
    _correlate(framed, kernel, [a.stride for a in axes], [a.dilation for a in axes], out)
    return _with_axes_of(x, out)


def conv_transpose2d(
    y: ArrayLike,
    w: ArrayLike,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
) -> Array:
    """Convolve images backwards: each value stamps the kernel where `conv2d` read its window.

    y is (H, W), (C_out, H, W) or (N, C_out, H, W), and w as for `conv2d`: (kh, kw) or
    (C_out, C_in, kh, kw). The result has C_in channels, the sizes of `Geometry.transposed_size`, and as
    many dimensions as y. Stamps add up where they overlap, padding crops them, output padding crops less at
    the bottom and the right. Raises ValueError if nothing is left.
    Source: Dumoulin and Visin (2016), section 4.2.

    >>> conv_transpose2d([[1, 2, 3]], [[1, 1], [5, 5]], stride=(1, 2))
    array([[ 1,  1,  2,  2,  3,  3],
           [ 5,  5, 10, 10, 15, 15]])
    """
    images, kernel, axes, out = _transposed(y, w, stride, padding, output_padding, dilation)
    # Output pixels a stride apart meet the same weights. So the work splits into one small convolution for
    # each of these phases, and no product has an inserted zero for a factor.
    height, width = axes
    margins = [(max(a.frame[0] // a.stride, 0), max(a.frame[1] // a.stride, 0)) for a in axes]
    framed = _framed(images, margins)
    (top, _), (left, _) = margins
    dilations = [a.dilation // gcd(a.stride, a.dilation) for a in axes]
    for row, kernel_rows, first_row in _phases(height):
        for column, kernel_columns, first_column in _phases(width):
            _correlate(
                framed[:, :, top + first_row :, left + first_column :],
                _flipped(kernel[:, :, kernel_rows, kernel_columns]),
                (1, 1),
                dilations,
                out[:, :, row :: height.stride, column :: width.stride],
            )
    return _with_axes_of(y, out)


def conv_transpose2d_by_zero_insertion(
    y: ArrayLike,
    w: ArrayLike,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
) -> Array:
    """Compute `conv_transpose2d` as an ordinary convolution with stride 1.

    Puts stride - 1 zeros between the pixels and `Geometry.frame` zeros around them, flips the kernel, and
    convolves. Arguments, result and errors are those of `conv_transpose2d`.
    Source: Dumoulin and Visin (2016), section 4.6.

    >>> conv_transpose2d_by_zero_insertion([[1, 2, 3]], [[1, 1], [5, 5]], stride=(1, 2))
    array([[ 1,  1,  2,  2,  3,  3],
           [ 5,  5, 10, 10, 15, 15]])
    """
    images, kernel, axes, out = _transposed(y, w, stride, padding, output_padding, dilation)
    inserted = insert_zeros(images, [a.stride for a in axes])
    framed = _framed(inserted, [a.frame for a in axes])
    _correlate(framed, _flipped(kernel), (1, 1), [a.dilation for a in axes], out)
    return _with_axes_of(y, out)


def conv_matrix(
    w: ArrayLike,
    input_shape: tuple[int, ...],
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
) -> Array:
    """Return the matrix C of a convolution: C @ x.ravel() == conv2d(x, w).ravel().

    input_shape is (H, W) for a kernel (kh, kw), or (C_in, H, W) for (C_out, C_in, kh, kw). C has a row for
    each output pixel and a column for each input pixel; with channels it is a C_out by C_in grid of such
    blocks. C.T is the matrix of `conv_transpose2d`. Raises ValueError if C would take more than 1 GiB.
    Source: Dumoulin and Visin (2016), section 4.1.

    >>> conv_matrix([[1, 2]], (2, 3))
    array([[1, 2, 0, 0, 0, 0],
           [0, 1, 2, 0, 0, 0],
           [0, 0, 0, 1, 2, 0],
           [0, 0, 0, 0, 1, 2]])
    """
    kernel = checked_kernel(w)
    wanted = ("H", "W") if kernel.ndim == 2 else ("C_in", "H", "W")
    *channels, height, width = checked_shape("input_shape", input_shape, wanted)
    kernel = with_channels(kernel)
    c_out, c_in, *kernel_size = kernel.shape
    check_channels("input_shape", channels[0] if channels else 1, kernel, channel_axis=1)
    axes = geometry_2d(kernel_size, stride=stride, padding=padding, dilation=dilation)
    rows, columns = axes.output_shape((height, width))
    matrix = allocate("the matrix", (c_out * rows * columns, c_in * height * width), kernel.dtype)
    blocks = matrix.reshape(c_out, rows, columns, c_in, height, width)
    row_reads = [_reads(axes[0], tap, rows, height) for tap in range(kernel_size[0])]
    column_reads = [_reads(axes[1], tap, columns, width) for tap in range(kernel_size[1])]
    for i, (output_row, input_row) in enumerate(row_reads):
        for j, (output_column, input_column) in enumerate(column_reads):
            cells = (output_row[:, None], output_column, slice(None), input_row[:, None], input_column)
            blocks[:, *cells] = kernel[:, :, i, j]
    return matrix


def insert_zeros(y: ArrayLike, stride: Pair) -> Array:
    """Put stride - 1 zeros between neighbouring pixels, none around them.

    y is (H, W), (C, H, W) or (N, C, H, W); the result has s(H-1) + 1 rows, and columns likewise.
    Source: Dumoulin and Visin (2016), section 4.5.

    >>> insert_zeros([[1, 2, 3], [4, 5, 6]], stride=(1, 2))
    array([[1, 0, 2, 0, 3],
           [4, 0, 5, 0, 6]])
    """
    image = checked_image("y", y)
    row_stride, column_stride = (
        checked_int("stride", value, minimum=1) for value in per_axis("stride", stride)
    )
    *others, height, width = image.shape
    shape = (*others, row_stride * (height - 1) + 1, column_stride * (width - 1) + 1)
    inserted = allocate("the zero-inserted image", shape, image.dtype)
    inserted[..., ::row_stride, ::column_stride] = image
    return inserted


def overlap_count(
    input_shape: tuple[int, int],
    kernel_size: Pair,
    *,
    stride: Pair,
    padding: Padding = 0,
    dilation: Pair = 1,
) -> Array:
    """Count how many stamps of a transposed convolution reach each output pixel.

    input_shape is the (H, W) that the transposed convolution is fed. Returns integers in the shape of its
    result. Source: Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts" (2016).

    >>> overlap_count((1, 3), kernel_size=(1, 3), stride=2)
    array([[1, 1, 2, 1, 2, 1, 1]])
    """
    shape = checked_shape("input_shape", input_shape, ("H", "W"))
    sizes = [checked_int("kernel_size", size, minimum=1) for size in per_axis("kernel_size", kernel_size)]
    image = allocate("the input", shape, int) + 1
    kernel = allocate("the kernel", tuple(sizes), int) + 1
    return conv_transpose2d(image, kernel, stride=stride, padding=padding, dilation=dilation)


def _correlate(x: Array, w: Array, stride: Sequence[int], dilation: Sequence[int], out: Array) -> None:
    """Fill out (N, C_out, oh, ow) from x (N, C_in, H, W): gather patches, multiply them by the weights."""
    c_out, _, kh, kw = w.shape
    rows, columns = out.shape[2:]
    if not out.size:
        return
    for s, n, d, k, size in zip(stride, (rows, columns), dilation, (kh, kw), x.shape[2:], strict=True):
        if s * (n - 1) + d * (k - 1) >= size:  # as_strided would read beyond, with python -O too
            raise IndexError(f"{n} windows of {k} weights do not fit into {size} pixels")
    # Two weights over five pixels with stride 2: weight 0 meets pixels 0 and 2, weight 1 pixels 1 and 3. So
    # patches[..., weight, output] is pixel dilation * weight + stride * output: another view of x, no copy.
    image_step, channel_step, row_step, column_step = x.strides
    patches = as_strided(
        x,
        shape=(*x.shape[:2], kh, kw, rows, columns),
        strides=(
            image_step, channel_step, dilation[0] * row_step, dilation[1] * column_step,
            stride[0] * row_step, stride[1] * column_step,
        ),
        writeable=False,
    )  # fmt: skip
    weights = np.ascontiguousarray(w.reshape(c_out, -1))
    pixels = max(PRODUCTS_PER_BLOCK // (max(c_out, 4) * weights.shape[1]), 8)
    height, width = max(pixels // columns, 1), min(pixels, columns)
    for image, result in zip(patches, out, strict=True):
        for row in range(0, rows, height):
            for column in range(0, columns, width):
                block = result[:, row : row + height, column : column + width]
                patch = image[..., row : row + height, column : column + width]
                gathered = patch.astype(w.dtype, order="C").reshape(weights.shape[1], -1)
                block[...] = (weights @ gathered).reshape(block.shape)


def _phases(axis: Geometry) -> Iterator[tuple[int, slice, int]]:
    """Yield (first output pixel, its weights, first input pixel) for the output pixels a stride apart."""
    # Three weights, stride 2: outputs 0, 2, 4 meet weights 0 and 2, outputs 1, 3, 5 weight 1 alone. Output 0
    # is y[-1]*w[2] + y[0]*w[0], so its phase begins at input -1, in the frame; output 1 is y[0]*w[1].
    step = axis.stride // gcd(axis.stride, axis.dilation)
    for tap in range(min(step, axis.kernel_size)):
        last_tap = range(tap, axis.kernel_size, step)[-1]
        phase = axis.input_index(0, tap) % axis.stride
        yield phase, slice(tap, None, step), (phase - axis.input_index(0, last_tap)) // axis.stride


def _framed(images: Array, frame: Sequence[tuple[int, int]]) -> Array:
    """Put a frame of zeros around (N, C, H, W) images; where it is negative, crop."""
    if not any(map(any, frame)):
        return images
    added = [(max(before, 0), max(after, 0)) for before, after in frame]
    sizes = [n + before + after for n, (before, after) in zip(images.shape[2:], added, strict=True)]
    canvas = allocate("the framed input", (*images.shape[:2], *sizes), images.dtype)
    (top, _), (left, _) = added
    canvas[:, :, top : top + images.shape[2], left : left + images.shape[3]] = images
    rows, columns = (
        slice(max(-before, 0), n - max(-after, 0)) for n, (before, after) in zip(sizes, frame, strict=True)
    )
    return canvas[:, :, rows, columns]


def _with_axes_of(image: ArrayLike, result: Array) -> Array:
    """Drop the axes of length 1 that the image did not have."""
    return result.reshape(result.shape[4 - np.ndim(image) :])


def _flipped(kernel: Array) -> Array:
    """Turn the kernel by 180 degrees and let it map C_out to C_in."""
    return kernel.swapaxes(0, 1)[:, :, ::-1, ::-1]


def _reads(axis: Geometry, tap: int, outputs: int, inputs: int) -> tuple[Array, Array]:
    """Return the output pixels that read a pixel, not padding, through this tap, and the pixels they read."""
    output = np.arange(outputs)
    read = axis.input_index(output, tap)
    inside = (read >= 0) & (read < inputs)
    return output[inside], read[inside]


def _transposed(
    y: ArrayLike, w: ArrayLike, stride: Pair, padding: Padding, output_padding: Pair, dilation: Pair
) -> tuple[Array, Array, Axes, Array]:
    """Return the checked images and kernel, the geometry of both axes, and zeros for the result."""
    images, kernel = checked_operands("y", y, w, channel_axis=0)
    axes = geometry_2d(
        kernel.shape[2:], stride=stride, padding=padding, dilation=dilation, output_padding=output_padding
    )
    shape = (len(images), kernel.shape[1], *axes.transposed_shape(images.shape[2:]))
    return images, kernel, axes, allocate("the transposed convolution", shape, images.dtype)
