"""What the lessons claim about convolution, its matrix, its transpose and its overlaps, computed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import convolve2d

from deconv_helpers.operators.convolution import (
    conv2d,
    conv_matrix,
    conv_transpose2d,
    conv_transpose2d_by_zero_insertion,
    insert_zeros,
    overlap_count,
)
from deconv_helpers.operators.geometry import Geometry

KERNEL_A = [[1, 4, 1], [1, 4, 3], [3, 3, 1]]
KERNEL_B = [[1, 2, 4], [1, 1, 3], [1, 2, 4]]
IMAGE_A = [[4, 5, 8, 7], [1, 8, 8, 8], [3, 6, 6, 4], [6, 5, 7, 8]]
IMAGE_B = [[3, 3, 3, 6], [7, 4, 3, 2], [7, 2, 8, 5], [1, 7, 3, 1]]


def one_row(*weights):
    return np.array([weights])


def interior(row, stride, kernel_size, dilation=1):
    """Cut off what the border reaches; what is left starts at a multiple of the stride."""
    reach = -(-(dilation * (kernel_size - 1)) // stride) * stride
    return row[reach : len(row) - dilation * (kernel_size - 1)]


# Lesson 01


@pytest.mark.parametrize(
    ("image", "kernel", "result"),
    [(IMAGE_A, KERNEL_A, [[122, 148], [126, 134]]), (IMAGE_B, KERNEL_B, [[84, 84], [87, 60]])],
)
def test_worked_examples_of_convolution(image, kernel, result):
    np.testing.assert_array_equal(conv2d(image, kernel), result)


def test_the_convolution_of_signal_processing_flips_the_kernel():
    x, w = np.arange(20).reshape(4, 5), np.arange(6).reshape(2, 3)
    np.testing.assert_array_equal(conv2d(x, w), convolve2d(x, w[::-1, ::-1], mode="valid"))


# Lesson 02


def test_the_matrix_of_example_a():
    matrix = conv_matrix(KERNEL_A, (4, 4))
    assert matrix.shape == (4, 16)
    np.testing.assert_array_equal((matrix != 0).sum(axis=1), [9, 9, 9, 9])
    np.testing.assert_array_equal(matrix[0], [1, 4, 1, 0, 1, 4, 3, 0, 3, 3, 1, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(matrix @ np.ravel(IMAGE_A), [122, 148, 126, 134])


def test_the_row_layout():
    data = np.array([[3, 3, 2, 1], [0, 0, 1, 3], [3, 1, 2, 2], [2, 0, 0, 2]])
    mask = [[0, 1, 2], [2, 2, 0], [0, 1, 2]]
    np.testing.assert_array_equal(data.ravel() @ conv_matrix(mask, (4, 4)).T, [12, 12, 10, 17])


def test_the_matrix_grows_quickly():
    matrix = conv_matrix(np.ones((3, 3), np.float32), (64, 64))
    assert matrix.shape == (3844, 4096)
    assert np.count_nonzero(matrix) == 3844 * 9


# Lesson 03


@pytest.mark.parametrize(
    ("image", "kernel", "result"),
    [
        ([[2, 1], [4, 4]], KERNEL_A, [[2, 9, 6, 1], [6, 29, 30, 7], [10, 29, 33, 13], [12, 24, 16, 4]]),
        ([[2, 3], [4, 3]], KERNEL_B, [[2, 7, 14, 12], [6, 16, 31, 21], [6, 14, 29, 21], [4, 11, 22, 12]]),
    ],
)
def test_worked_examples_of_the_transposed_convolution(image, kernel, result):
    np.testing.assert_array_equal(conv_transpose2d(image, kernel), result)
    np.testing.assert_array_equal(conv_transpose2d_by_zero_insertion(image, kernel), result)
    np.testing.assert_array_equal((conv_matrix(kernel, (4, 4)).T @ np.ravel(image)).reshape(4, 4), result)


def test_the_shape_comes_back_the_values_do_not():
    matrix = conv_matrix(KERNEL_A, (4, 4))
    there_and_back = (matrix.T @ matrix @ np.ravel(IMAGE_A)).reshape(4, 4)
    np.testing.assert_array_equal(there_and_back[0], [122, 636, 714, 148])
    np.testing.assert_array_equal(there_and_back, conv_transpose2d(conv2d(IMAGE_A, KERNEL_A), KERNEL_A))
    assert np.linalg.matrix_rank(matrix) == 4


def test_a_kernel_with_a_single_one_only_spreads():
    y = np.arange(1, 7).reshape(2, 3)
    spread = conv_transpose2d(y, [[1, 0], [0, 0]], stride=2)
    np.testing.assert_array_equal(spread[::2, ::2], y)
    assert spread.sum() == y.sum()


def test_padding_crops_and_output_padding_uncovers():
    y, w = np.arange(1, 7).reshape(2, 3), np.arange(1, 10).reshape(3, 3)
    stamped = conv_transpose2d(y, w, stride=2)
    np.testing.assert_array_equal(conv_transpose2d(y, w, stride=2, padding=1), stamped[1:-1, 1:-1])
    uncovered = conv_transpose2d(y, w, stride=2, padding=1, output_padding=1)
    np.testing.assert_array_equal(uncovered, stamped[1:, 1:])
    extended = conv_transpose2d(y, w, stride=2, output_padding=1)
    np.testing.assert_array_equal(extended, np.pad(stamped, ((0, 1), (0, 1))))


def test_the_gradient_of_a_convolution_is_the_transposed_convolution():
    rng = np.random.default_rng(0)
    options = {"stride": (1, 2), "padding": 1}
    x, w = rng.normal(size=(4, 6)), rng.normal(size=(2, 3))
    upstream = rng.normal(size=conv2d(x, w, **options).shape)
    numerical = np.zeros_like(x)
    for pixel in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[pixel] = 0.5  # the convolution is linear: the central difference is exact
        difference = conv2d(x + step, w, **options) - conv2d(x - step, w, **options)
        numerical[pixel] = np.vdot(upstream, difference)
    gradient = conv_transpose2d(upstream, w, **options, output_padding=(0, 1))
    np.testing.assert_allclose(gradient, numerical, rtol=1e-12, atol=1e-12)


# Lesson 04


def test_zero_insertion_needs_the_flip():
    y, w = np.arange(1, 7).reshape(2, 3), np.arange(1, 10).reshape(3, 3)
    spread = np.pad(insert_zeros(y, 2), Geometry(3, stride=2).frame)
    np.testing.assert_array_equal(conv2d(spread, w[::-1, ::-1]), conv_transpose2d(y, w, stride=2))
    assert (conv2d(spread, w) != conv_transpose2d(y, w, stride=2)).any()


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_share_of_inserted_zeros(stride):
    inserted = insert_zeros(np.ones((200, 200)), stride)
    assert np.mean(inserted == 0) == pytest.approx(1 - 1 / stride**2, abs=0.01)


def test_shifting_the_input_by_one_shifts_the_output_by_the_stride():
    y, w = np.zeros((3, 5)), np.arange(1, 10).reshape(3, 3)
    y[1, 1] = 1
    there = conv_transpose2d(y, w, stride=2)
    shifted = conv_transpose2d(np.roll(y, 1, axis=1), w, stride=2)
    np.testing.assert_array_equal(shifted, np.roll(there, 2, axis=1))


# Lesson 05


@pytest.mark.parametrize("kernel_size", range(1, 8))
@pytest.mark.parametrize("stride", range(1, 6))
def test_overlap_is_uneven_exactly_where_the_stride_does_not_divide_the_kernel(kernel_size, stride):
    counts = interior(overlap_count((1, 12), (1, kernel_size), stride=(1, stride))[0], stride, kernel_size)
    assert (counts.min() != counts.max()) == (kernel_size % stride != 0)
    assert set(counts.tolist()) == {kernel_size // stride, -(-kernel_size // stride)}


@pytest.mark.parametrize(
    ("kernel_size", "stride", "dilation", "pattern"),
    [
        (3, 2, 1, [2, 1, 2, 1]),
        (4, 2, 1, [2, 2, 2, 2]),
        (4, 2, 2, [4, 0, 4, 0]),
        (3, 2, 2, [3, 0, 3, 0]),
        (5, 3, 2, [2, 1, 2, 2, 1, 2]),
    ],
)
def test_overlap_patterns(kernel_size, stride, dilation, pattern):
    counts = overlap_count((1, 12), (1, kernel_size), stride=(1, stride), dilation=(1, dilation))[0]
    np.testing.assert_array_equal(interior(counts, stride, kernel_size, dilation)[: len(pattern)], pattern)
    residues = np.bincount(np.arange(kernel_size) * dilation % stride, minlength=stride)
    np.testing.assert_array_equal(pattern[:stride], residues)


def test_overlap_in_two_dimensions_and_at_the_border():
    counts = overlap_count((4, 5), 3, stride=2)
    np.testing.assert_array_equal(counts[2:4, 2:4], [[4, 2], [2, 1]])
    np.testing.assert_array_equal(overlap_count((1, 4), (1, 3), stride=2)[0], [1, 1, 2, 1, 2, 1, 2, 1, 1])
    np.testing.assert_array_equal(
        overlap_count((1, 4), (1, 3), stride=2, padding=(0, 1))[0], [1, 2, 1, 2, 1, 2, 1]
    )


def stacked(row, layers, kernel=(1, 1, 1), stride=2):
    for _ in range(layers):
        row = conv_transpose2d(row, one_row(*kernel), stride=(1, stride))
    return row[0]


def test_stacked_layers_multiply_the_unevenness():
    two = stacked(np.ones((1, 20), int), 2)[20:-20]
    assert {tuple(np.roll(two[:4], shift).tolist()) for shift in range(4)} >= {(1, 3, 2, 3)}
    three = stacked(np.ones((1, 20), int), 3)[40:-40]
    assert (three.min(), three.max()) == (1, 5)


def test_the_count_is_not_the_whole_story():
    constant = np.ones((1, 10), int)
    even_count = conv_transpose2d(constant, one_row(1, 0, 1, 0), stride=(1, 2))[0]
    np.testing.assert_array_equal(interior(even_count, 2, 4)[:4], [2, 0, 2, 0])
    uneven_count = conv_transpose2d(constant, one_row(1, 2, 1), stride=(1, 2))[0]
    assert set(interior(uneven_count, 2, 3).tolist()) == {2}


@pytest.mark.parametrize(
    ("layers", "box", "flat"),
    [(1, 2, True), (1, 3, False), (1, 4, True), (1, 5, False), (2, 2, False), (2, 4, True)],
)
def test_which_boxes_remove_the_pattern(layers, box, flat):
    smoothed = conv2d(stacked(np.ones((1, 40), int), layers)[None], np.ones((1, box), int))[0][20:-20]
    assert (smoothed.min() == smoothed.max()) == flat


@pytest.mark.parametrize(("kernel_size", "stride"), [(3, 2), (2, 3), (4, 4)])
def test_resize_then_convolve_is_a_transposed_convolution_with_one_tied_kernel(kernel_size, stride):
    rng = np.random.default_rng(2)
    y, w = rng.integers(-9, 9, (4, 5)), rng.integers(-9, 9, (kernel_size, kernel_size))
    box = np.ones((stride, stride), int)
    resized = conv2d(np.kron(y, box), w, padding=kernel_size - 1)
    tied = conv2d(box, w, padding=kernel_size - 1)
    assert tied.shape == (kernel_size + stride - 1,) * 2
    np.testing.assert_array_equal(conv_transpose2d(y, tied, stride=stride), resized)


def test_the_gradient_of_a_strided_convolution_has_the_pattern_too():
    gradient = conv_transpose2d(np.ones((1, 6), int), one_row(1, 1, 1), stride=(1, 2))[0]
    np.testing.assert_array_equal(interior(gradient, 2, 3)[:4], [2, 1, 2, 1])
