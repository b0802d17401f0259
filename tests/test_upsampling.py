"""Interpolation against a slow loop, sub-pixel order, and what ties resizing to transposed convolution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deconv_helpers.operators.convolution import conv2d, conv_transpose2d
from deconv_helpers.operators.upsampling import METHODS, bilinear_kernel, pixel_shuffle, tied_kernel, upsample

RNG = np.random.default_rng(1)


def weight(method: str, t: float) -> float:
    """The weight of an input t pixels away."""
    t = abs(t)
    if method == "nearest":
        return float(t < 0.5)
    if method == "bilinear":
        return max(1 - t, 0)
    if method == "lanczos":
        return float(np.sinc(t) * np.sinc(t / 3)) if t < 3 else 0
    return 1.5 * t**3 - 2.5 * t**2 + 1 if t < 1 else -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0


def slow_line(x: np.ndarray, factor: int, method: str) -> np.ndarray:
    out = []
    for o in range(len(x) * factor):
        centre = (o + 0.5) / factor - 0.5
        weights = [weight(method, i - centre) for i in range(len(x))]
        out.append(sum(w * v for w, v in zip(weights, x, strict=True)) / sum(weights))
    return np.array(out)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("factor", [(2, 3), (1, 4), (3, 1)])
def test_up_sampling_is_that_of_a_slow_loop(method: str, factor: tuple[int, int]) -> None:
    x = RNG.normal(size=(4, 5))
    rows = np.array([slow_line(line, factor[1], method) for line in x])
    expected = np.array([slow_line(line, factor[0], method) for line in rows.T]).T
    found = upsample(x, factor, method)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_up_sampling_keeps_images_and_channels() -> None:
    x = RNG.normal(size=(2, 3, 4, 5))
    found = upsample(x, 2, "bicubic")
    assert found.shape == (2, 3, 8, 10)
    np.testing.assert_array_equal(found[1, 2], upsample(x[1, 2], 2, "bicubic"))
    np.testing.assert_array_equal(upsample(x, 3), x.astype(np.float32).repeat(3, axis=2).repeat(3, axis=3))


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_stays_constant(method: str) -> None:
    np.testing.assert_allclose(upsample(np.full((3, 5), 7), 4, method), 7, rtol=1e-6)


BAD: list[tuple[tuple[Any, ...], type[Exception], str]] = [
    (([1, 2], 2), ValueError, r"x must be \(H, W\)"),
    (([[1, np.inf]], 2), ValueError, "x must be finite"),
    (([[1, 2]], 0), ValueError, "factor must be at least 1, got 0"),
    (([[1, 2]], 1.5), TypeError, "factor must be an int, got 1.5"),
    (([[1, 2]], (2, 2, 2)), ValueError, "factor must be an int or a pair"),
    (
        ([[1, 2]], 2, "linear"),
        ValueError,
        "method must be one of nearest, bilinear, bicubic, lanczos, got 'linear'",
    ),
    (([[1, 2]], 2, ["nearest"]), ValueError, "method must be one of"),
    (([[1, 2]], 100_000), ValueError, "the up-sampled image would be"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD)
def test_bad_arguments_of_upsample(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        upsample(*arguments)


def test_sub_pixels_are_interleaved_in_order() -> None:
    y = RNG.normal(size=(2, 12, 3, 5))
    found = pixel_shuffle(y, (2, 3))
    assert found.shape == (2, 2, 6, 15)
    for n, c, row, column in np.ndindex(*found.shape):
        channel = c * 6 + row % 2 * 3 + column % 3
        assert found[n, c, row, column] == y[n, channel, row // 2, column // 3]
    np.testing.assert_array_equal(pixel_shuffle(y[1], (2, 3)), found[1])


@pytest.mark.parametrize(
    ("y", "factor", "message"),
    [
        (np.ones((2, 3)), 2, r"channels in multiples of 2 x 2 = 4, got shape \(2, 3\)"),
        (np.ones((6, 2, 3)), 2, r"channels in multiples of 2 x 2 = 4, got shape \(6, 2, 3\)"),
        (np.ones((4, 2, 3)), 0, "factor must be at least 1, got 0"),
    ],
)
def test_bad_arguments_of_pixel_shuffle(y: Any, factor: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pixel_shuffle(y, factor)


def test_four_equal_kernels_before_the_shuffle_are_a_nearest_up_sampling_after() -> None:
    x, w = RNG.normal(size=(3, 6, 7)), RNG.normal(size=(2, 3, 3, 3))
    shuffled = pixel_shuffle(conv2d(x, np.repeat(w, 4, axis=0)), 2)
    np.testing.assert_allclose(shuffled, upsample(conv2d(x, w), 2), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_the_bilinear_kernel_interpolates_inside(factor: int) -> None:
    x = RNG.normal(size=(5, 6))
    if factor % 2 == 0:
        even = conv_transpose2d(x, bilinear_kernel(2 * factor), stride=factor, padding=factor // 2)
        inside = (slice(factor, -factor),) * 2
        np.testing.assert_allclose(even[inside], upsample(x, factor, "bilinear")[inside], atol=1e-5)
    odd = conv_transpose2d(x, bilinear_kernel(2 * factor - 1), stride=factor, padding=factor - 1)
    np.testing.assert_allclose(odd[::factor, ::factor], x)
    middle = odd[::factor, 1]
    np.testing.assert_allclose(middle, x[:, 0] + (x[:, 1] - x[:, 0]) / factor)


def test_the_bilinear_kernels_by_value() -> None:
    assert (16 * bilinear_kernel(4)).tolist() == np.outer([1, 3, 3, 1], [1, 3, 3, 1]).tolist()
    assert (4 * bilinear_kernel(3)).tolist() == np.outer([1, 2, 1], [1, 2, 1]).tolist()
    assert bilinear_kernel(1).tolist() == [[1]]
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        bilinear_kernel(0)


@pytest.mark.parametrize(("factor", "size", "padding"), [(2, (3, 3), 1), (3, (1, 4), 0), (2, (2, 5), (1, 2))])
def test_nearest_then_convolution_is_one_tied_transposed_convolution(
    factor: int, size: tuple[int, int], padding: Any
) -> None:
    x, w = RNG.normal(size=(2, 4, 6)), RNG.normal(size=(3, 2, *size))
    rows, columns = padding if isinstance(padding, tuple) else (padding, padding)
    tied = tied_kernel(w, factor)
    assert tied.shape == (2, 3, size[0] + factor - 1, size[1] + factor - 1)
    np.testing.assert_allclose(
        conv_transpose2d(x, tied, stride=factor, padding=(size[0] - 1 - rows, size[1] - 1 - columns)),
        conv2d(np.repeat(np.repeat(x, factor, axis=1), factor, axis=2), w, padding=padding),
    )
    for a in range(factor):
        sums = tied[:, :, a::factor, :].sum(axis=(2, 3)) / factor
        np.testing.assert_allclose(sums, w.sum(axis=(2, 3)).T)


def test_tied_kernels_without_channels() -> None:
    assert tied_kernel([[1, 10, 100]], 2).tolist() == [[100, 110, 11, 1]] * 2
    with pytest.raises(ValueError, match="factor must be at least 1, got 0"):
        tied_kernel([[1]], 0)
    with pytest.raises(ValueError, match="w must be"):
        tied_kernel([1, 2], 2)


def test_kernels_have_a_largest_size() -> None:
    with pytest.raises(ValueError, match="the stamps would be 1x1000000x1000000"):
        tied_kernel([[1, 2]], 10**6)
    with pytest.raises(ValueError, match="the kernel would be 1000000x1000000"):
        bilinear_kernel(10**6)
