"""The operators against slow loops, against each other, and in what they promise about arrays."""

from __future__ import annotations

import tracemalloc
from itertools import product

import numpy as np
import pytest
from geometries import Case, a_case
from hypothesis import given, settings
from hypothesis import strategies as st

from deconv_helpers.operators import convolution
from deconv_helpers.operators.convolution import (
    conv2d,
    conv_matrix,
    conv_transpose2d,
    conv_transpose2d_by_zero_insertion,
    insert_zeros,
    overlap_count,
)

X = np.arange(24).reshape(4, 6)
W = np.array([[1, 2, 3], [4, 5, 6]])


def slow_conv2d(x, w, stride, padding, dilation):
    """The specification: for every output pixel, the sum of the products in its window."""
    (n, _, *sizes), (c_out, c_in, *taps) = x.shape, w.shape
    padded = np.zeros((n, c_in, *(size + sum(pads) for size, pads in zip(sizes, padding, strict=True))))
    (top, _), (left, _) = padding
    padded[:, :, top : top + sizes[0], left : left + sizes[1]] = x
    starts = [
        [start for start in range(0, size, s) if start + d * (k - 1) < size]
        for size, s, d, k in zip(padded.shape[2:], stride, dilation, taps, strict=True)
    ]
    out = np.zeros((n, c_out, len(starts[0]), len(starts[1])))
    for image, o, (a, row), (b, column) in product(
        range(n), range(c_out), enumerate(starts[0]), enumerate(starts[1])
    ):
        for c, i, j in product(range(c_in), *map(range, taps)):
            value = padded[image, c, row + dilation[0] * i, column + dilation[1] * j]
            out[image, o, a, b] += value * w[o, c, i, j]
    return out


def slow_conv_transpose2d(y, w, stride, padding, dilation, output_padding):
    """The specification: every value stamps the kernel; padding crops, output padding is added."""
    (n, _, *sizes), (c_out, c_in, *taps) = y.shape, w.shape
    canvas = np.zeros(
        (
            n,
            c_in,
            *(
                (size - 1) * s + d * (k - 1) + 1 + extra
                for size, s, d, k, extra in zip(sizes, stride, dilation, taps, output_padding, strict=True)
            ),
        )
    )
    for image, o, row, column in product(range(n), range(c_out), *map(range, sizes)):
        for c, i, j in product(range(c_in), *map(range, taps)):
            at = row * stride[0] + i * dilation[0], column * stride[1] + j * dilation[1]
            canvas[image, c, at[0], at[1]] += float(y[image, o, row, column]) * w[o, c, i, j]
    (top, bottom), (left, right) = padding
    return canvas[:, :, top : canvas.shape[2] - bottom, left : canvas.shape[3] - right]


def assert_same(actual, expected, case: Case):
    """Equal in shape and value: the values of a case are small integers, exact in every type."""
    kind = np.dtype(case.dtype).kind
    assert actual.dtype == {"f": np.promote_types(case.dtype, "float32")}.get(kind, np.int64)
    np.testing.assert_array_equal(actual, expected, strict=False)
    assert actual.shape == expected.shape


@given(a_case())
@settings(max_examples=300, deadline=None)
def test_conv2d_is_the_slow_loop(case):
    assert_same(conv2d(case.x, case.w, **case.forward), slow_conv2d(case.x, case.w, **case.forward), case)


@given(a_case())
@settings(max_examples=300, deadline=None)
def test_conv_transpose2d_is_the_slow_loop(case):
    expected = slow_conv_transpose2d(case.y, case.w, **case.backward)
    assert_same(conv_transpose2d(case.y, case.w, **case.backward), expected, case)


@given(a_case())
@settings(max_examples=300, deadline=None)
def test_zero_insertion_is_stamping(case):
    stamped = conv_transpose2d(case.y, case.w, **case.backward)
    assert_same(conv_transpose2d_by_zero_insertion(case.y, case.w, **case.backward), stamped, case)


@given(a_case(dtypes=("int64", "float64")))
@settings(max_examples=300, deadline=None)
def test_the_matrix_is_the_convolution_and_its_transpose_the_way_back(case):
    x, w = case.x, case.w
    y = conv2d(x, w, **case.forward)
    lost = tuple(
        (size + sum(axis.padding) - axis.dilation * (axis.kernel - 1) - 1) % axis.stride
        for axis, size in zip(case.axes, x.shape[2:], strict=True)
    )
    matrix = conv_matrix(w, x.shape[1:], **case.forward)
    np.testing.assert_array_equal(matrix @ x[0].ravel(), y[0].ravel())
    back = conv_transpose2d(y, w, **case.forward, output_padding=lost)
    assert back.shape == x.shape
    np.testing.assert_array_equal(matrix.T @ y[0].ravel(), back[0].ravel())


@given(a_case(), st.integers(0, 99))
@settings(max_examples=300, deadline=None)
def test_the_two_directions_are_adjoint(case, seed):
    """<conv2d(x), y> == <x, conv_transpose2d(y)>: what "transposed" means."""
    w, y = case.w.astype(float), case.y.astype(float)
    back = conv_transpose2d(y, w, **case.backward)
    x = np.random.default_rng(seed).integers(-9, 9, back.shape).astype(float)
    try:
        forward = conv2d(x, w, **case.forward)
    except ValueError:
        return  # the padding cropped so much that the kernel no longer fits
    rows, columns = np.minimum(forward.shape[2:], y.shape[2:])
    if forward.shape[2:] == y.shape[2:]:
        assert np.vdot(forward, y) == np.vdot(x, back)
    else:  # an output padding of a stride or more makes room for further windows
        assert (rows, columns) == y.shape[2:]
        assert np.vdot(forward[:, :, :rows, :columns], y) == np.vdot(x, back)


@given(a_case(dtypes=("int64",)))
@settings(max_examples=200, deadline=None)
def test_overlap_count_counts_stamps(case):
    shape = tuple(axis.transposed_from for axis in case.axes)
    kernel = np.ones((1, 1, *(axis.kernel for axis in case.axes)))
    options = case.forward | {"output_padding": (0, 0)}
    try:
        count = overlap_count(shape, kernel.shape[2:], **case.forward)
    except ValueError:
        return
    np.testing.assert_array_equal(
        count, slow_conv_transpose2d(np.ones((1, 1, *shape)), kernel, **options)[0, 0]
    )


@pytest.mark.parametrize("products", [1, 1000, 3000])
def test_the_size_of_the_blocks_changes_nothing(monkeypatch, products):
    rng = np.random.default_rng(1)
    x, w = rng.integers(-9, 9, (2, 3, 11, 13)), rng.integers(-9, 9, (3, 3, 2, 4))
    options = {"stride": (1, 2), "padding": 1}
    expected = conv2d(x, w, **options), conv_transpose2d(x, w, **options)
    monkeypatch.setattr(convolution, "PRODUCTS_PER_BLOCK", products)
    np.testing.assert_array_equal(conv2d(x, w, **options), expected[0])
    np.testing.assert_array_equal(conv_transpose2d(x, w, **options), expected[1])


@pytest.mark.parametrize(
    "operator", [conv2d, conv_transpose2d, conv_transpose2d_by_zero_insertion], ids=lambda f: f.__name__
)
class TestEveryOperator:
    def test_an_int_is_a_pair_is_four_sides(self, operator):
        expected = operator(X, W, stride=2, padding=1, dilation=2)
        pairs = operator(X, W, stride=(2, 2), padding=(1, 1), dilation=[2, 2])
        sides = operator(X, W, stride=np.int8(2), padding=((1, 1), [1, 1]), dilation=2)
        mixed = operator(X, W, stride=2, padding=(1, (1, 1)), dilation=2)
        for other in (pairs, sides, mixed):
            np.testing.assert_array_equal(other, expected)

    def test_the_result_has_the_dimensions_of_the_image(self, operator):
        one = operator(X, W)
        assert operator(X[None], W[None, None]).shape == (1, *one.shape)
        np.testing.assert_array_equal(operator(np.stack([X, X])[:, None], W[None, None])[1, 0], one)

    def test_lists_and_every_memory_layout(self, operator):
        expected = operator(X, W)
        locked = X.copy()
        locked.setflags(write=False)
        wide = np.zeros((4, 12), int)
        wide[:, ::2] = X
        for x in (X.tolist(), np.asfortranarray(X), wide[:, ::2], X[::-1, ::-1][::-1, ::-1], locked):
            np.testing.assert_array_equal(operator(x, W.tolist()), expected)
        np.testing.assert_array_equal(operator(X.astype(">f8"), W[:, ::-1][:, ::-1].astype(">i2")), expected)

    def test_the_arguments_stay_as_they_are(self, operator):
        x, w = X.astype(float), np.ones((1, 1))
        result = operator(x, w)
        np.testing.assert_array_equal(result, x)
        assert not np.shares_memory(result, x)
        result[...] = -1
        np.testing.assert_array_equal(x, X)
        np.testing.assert_array_equal(w, np.ones((1, 1)))

    @pytest.mark.parametrize(
        ("x_type", "w_type", "result"),
        [
            ("uint8", "uint8", "int64"),
            ("bool", "bool", "int64"),
            ("int32", "float32", "float64"),
            ("float32", "float32", "float32"),
            ("float16", "float16", "float32"),
            ("float32", "float64", "float64"),
        ],
    )
    def test_types(self, operator, x_type, w_type, result):
        assert operator(X.astype(x_type), W.astype(w_type)).dtype == result

    def test_small_integer_types_do_not_wrap(self, operator):
        assert operator(np.full((3, 3), 255, "uint8"), np.full((3, 3), 255, "uint8")).max() == 9 * 255**2

    def test_integers_are_exact_beyond_what_a_float_holds(self, operator):
        large = 2**53 + 1
        assert operator([[large]], [[1]]).item() == large
        assert operator([[-large]], [[3]]).item() == -3 * large

    def test_memory_is_a_small_multiple_of_image_and_result(self, operator):
        x, w = np.ones((512, 500)), np.ones((5, 5))
        operator(x, w)
        tracemalloc.start()
        try:
            result = operator(x, w)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 2 * (x.nbytes + result.nbytes)


def test_insert_zeros_keeps_the_other_axes_and_copies():
    images = np.arange(1, 25).reshape(2, 2, 2, 3)
    spread = insert_zeros(images, (3, 2))
    assert spread.shape == (2, 2, 4, 5)
    np.testing.assert_array_equal(spread[..., ::3, ::2], images)
    assert spread.sum() == images.sum()
    assert not np.shares_memory(insert_zeros(images, 1), images)


def test_the_matrix_of_several_channels_is_a_grid_of_blocks():
    w = np.arange(1, 25).reshape(2, 3, 2, 2)
    matrix = conv_matrix(w, (3, 3, 4))
    assert matrix.shape == (2 * 2 * 3, 3 * 3 * 4)
    for o, c in product(range(2), range(3)):
        block = matrix[o * 6 : (o + 1) * 6, c * 12 : (c + 1) * 12]
        np.testing.assert_array_equal(block, conv_matrix(w[o, c], (3, 4)))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_the_matrix_has_the_type_of_the_kernel(dtype):
    assert conv_matrix(W.astype(dtype), (4, 6)).dtype == dtype
