"""Arguments wrong in every way a learner manages: the error names the argument, its value, the bound."""

from __future__ import annotations

import re

import numpy as np
import pytest

from deconv_helpers.operators import convolution
from deconv_helpers.operators.convolution import (
    conv2d,
    conv_matrix,
    conv_transpose2d,
    conv_transpose2d_by_zero_insertion,
    insert_zeros,
    overlap_count,
)
from deconv_helpers.operators.geometry import MAX_PIXELS

IMAGE = np.arange(48).reshape(6, 8)
KERNEL = np.arange(6).reshape(2, 3)
CHANNELS = "as many as w of shape (4, 2, 3, 3) takes"


def x_of_conv2d(x):
    return conv2d(x, KERNEL)


def y_of_conv_transpose2d(y):
    return conv_transpose2d(y, KERNEL)


def y_of_zero_insertion(y):
    return conv_transpose2d_by_zero_insertion(y, KERNEL)


def y_of_insert_zeros(y):
    return insert_zeros(y, 2)


def w_of_conv2d(w):
    return conv2d(IMAGE, w)


def w_of_conv_transpose2d(w):
    return conv_transpose2d(IMAGE, w)


def w_of_zero_insertion(w):
    return conv_transpose2d_by_zero_insertion(IMAGE, w)


def w_of_conv_matrix(w):
    return conv_matrix(w, (6, 8))


TAKE_IMAGES = [x_of_conv2d, y_of_conv_transpose2d, y_of_zero_insertion, y_of_insert_zeros]
TAKE_KERNELS = [w_of_conv2d, w_of_conv_transpose2d, w_of_zero_insertion, w_of_conv_matrix]

WRONG_ARRAYS = [
    (None, TypeError, "must hold ints or floats, got None"),
    ("2", TypeError, "must hold ints or floats, got '2'"),
    ({1, 2}, TypeError, "must hold ints or floats, got {1, 2}"),
    ([[1, "2"], [3, 4]], TypeError, "must hold ints or floats, got '2' at (0, 1)"),
    ([[1, 2], [None, 4]], TypeError, "must hold ints or floats, got None at (1, 0)"),
    ([[1, 2j]], TypeError, "must hold ints or floats, got 2j at (0, 1)"),
    (np.array([["a"]]), TypeError, "must hold ints or floats, got 'a' at (0, 0)"),
    (np.array([[1, 2]], dtype=object), TypeError, "must hold ints or floats, got an array of objects"),
    (np.array([["2020"]], "datetime64[Y]"), TypeError, "must hold ints or floats, got datetime"),
    ([[10**400]], TypeError, "must hold ints or floats, got 1000"),
    ([[1, 2], [3]], ValueError, "must have rows of equal length, got [[1, 2], [3]]"),
    ([], ValueError, "must not be empty, got shape (0,)"),
    ([[]], ValueError, "must not be empty, got shape (1, 0)"),
    (np.ones((0, 4)), ValueError, "must not be empty, got shape (0, 4)"),
    ([[1.0, 2.0], [3.0, np.nan]], ValueError, "must be finite, got nan at (1, 1)"),
    (np.ma.masked_equal([[1, 2]], 2), ValueError, "must have no masked values"),
    ([np.ma.masked_equal([1, 2], 2)], ValueError, "must have no masked values"),
    ([[[np.ma.masked_equal([1, 2], 2)]]], ValueError, "must have no masked values"),
    ([[1, np.ma.masked]], ValueError, "must have no masked values"),
    ([[1.0, -np.inf]], ValueError, "must be finite, got -inf at (0, 1)"),
    (np.array([[1, 2**63]], "uint64"), ValueError, f"must fit 64-bit signed integers, got {2**63} at (0, 1)"),
]
FORMS = {
    "x": "(H, W), (C, H, W) or (N, C, H, W)",
    "y": "(H, W), (C, H, W) or (N, C, H, W)",
    "w": "(kh, kw) or (C_out, C_in, kh, kw)",
}
WRONG_DIMENSIONS = [
    (3, "the single number 3"),
    ([1, 2], "shape (2,)"),
    (np.ones((1,) * 5), "shape (1, 1, 1, 1, 1)"),
]


@pytest.mark.parametrize(("value", "error", "message"), WRONG_ARRAYS)
def test_a_wrong_array_is_named(value, error, message):
    for call in (x_of_conv2d, w_of_conv2d):
        with pytest.raises(error) as caught:
            call(value)
        assert str(caught.value).startswith(f"{call.__name__[0]} {message}")


@pytest.mark.parametrize("call", TAKE_IMAGES + TAKE_KERNELS)
def test_every_array_is_checked_by_name(call):
    name = call.__name__[0]
    for value, got in WRONG_DIMENSIONS:
        with pytest.raises(ValueError, match=f"^{re.escape(f'{name} must be {FORMS[name]}, got {got}')}$"):
            call(value)
    with pytest.raises(ValueError, match=rf"^{name} must be finite, got nan at \(0, 1\)"):
        call([[1.0, np.nan]])


def test_a_kernel_of_three_dimensions():
    with pytest.raises(ValueError, match=r"^w must be .*, got shape \(1, 2, 3\)$"):
        conv2d(IMAGE, KERNEL[None])


KEYWORDS = [
    (1.5, TypeError, "must be an int, got 1.5"),
    ("2", TypeError, "must be an int, got '2'"),
    (None, TypeError, "must be an int, got None"),
    (True, TypeError, "must be an int, got True"),
    (np.array([1, 2]), TypeError, "must be an int, got array([1, 2])"),
    (-1, ValueError, "must be at least {bound}, got -1"),
    ((1, -1), ValueError, "must be at least {bound}, got -1"),
    ((1, 1.5), TypeError, "must be an int, got 1.5"),
    ((1, 2, 3), ValueError, "must be an int"),
    ((), ValueError, "must be an int"),
    (MAX_PIXELS + 1, ValueError, f"must be at most {MAX_PIXELS}, got {MAX_PIXELS + 1}"),
]
FORWARD = {"stride": 1, "padding": 0, "dilation": 1}
BACKWARD = FORWARD | {"output_padding": 0}
OPTIONS = [
    *((lambda **options: conv2d(IMAGE, KERNEL, **options), *one) for one in FORWARD.items()),
    *(
        (lambda **options: conv_transpose2d(IMAGE, KERNEL, **({"stride": 2} | options)), *one)
        for one in BACKWARD.items()
    ),
    *(
        (
            lambda **options: conv_transpose2d_by_zero_insertion(IMAGE, KERNEL, **({"stride": 2} | options)),
            *one,
        )
        for one in BACKWARD.items()
    ),
    *((lambda **options: conv_matrix(KERNEL, (6, 8), **options), *one) for one in FORWARD.items()),
    *(
        (lambda **options: overlap_count((6, 8), 3, **({"stride": 1} | options)), *one)
        for one in FORWARD.items()
    ),
    (lambda **options: overlap_count((6, 8), **options, stride=1), "kernel_size", 1),
    (lambda **options: insert_zeros(IMAGE, **options), "stride", 1),
]


@pytest.mark.parametrize(("value", "error", "message"), KEYWORDS)
def test_a_wrong_option_is_named(value, error, message):
    for name, bound in FORWARD.items():
        with pytest.raises(error) as caught:
            conv2d(IMAGE, KERNEL, **{name: value})
        assert str(caught.value).startswith(f"{name} {message.format(bound=bound)}")


@pytest.mark.parametrize(("call", "name", "bound"), OPTIONS)
def test_every_option_is_checked_by_name_and_has_its_bound(call, name, bound):
    call(**{name: bound})
    with pytest.raises(ValueError, match=f"^{name} must be at least {bound}, got {bound - 1}$"):
        call(**{name: bound - 1})
    with pytest.raises(TypeError, match=f"^{name} must be an int, got 1.5$"):
        call(**{name: 1.5})
    with pytest.raises(ValueError, match=f"^{name} must be at most {MAX_PIXELS}, got {MAX_PIXELS + 1}$"):
        call(**{name: MAX_PIXELS + 1})


@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [
        (4, TypeError, "input_shape must be (H, W), got 4"),
        (None, TypeError, "input_shape must be (H, W), got None"),
        ("64", TypeError, "input_shape must be (H, W), got '64'"),
        ((4,), ValueError, "input_shape must be (H, W), got (4,)"),
        ((1, 4, 4), ValueError, "input_shape must be (H, W), got (1, 4, 4)"),
        ((4, 1.5), TypeError, "input_shape must be an int, got 1.5"),
        ((4, 0), ValueError, "input_shape must be at least 1, got 0"),
    ],
)
def test_a_wrong_input_shape_is_named(shape, error, message):
    for call in (lambda: conv_matrix(KERNEL, shape), lambda: overlap_count(shape, 2, stride=1)):
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: conv2d(IMAGE, np.ones((5, 5)), dilation=2),
            "kernel 5x5 (dilated: 9x9) does not fit the padded input 6x8",
        ),
        (lambda: conv2d(IMAGE, np.ones((3, 9))), "kernel 3x9 does not fit the padded input 6x8"),
        (
            lambda: conv_matrix(np.ones((5, 2)), (2, 4), padding=((1, 1), (0, 2))),
            "kernel 5x2 does not fit the padded input 4x6",
        ),
        (
            lambda: conv_transpose2d([[1, 2, 3]], np.ones((2, 3)), padding=(1, 0)),
            "padding must leave at least 1 pixel of the transposed result, got 0x5; "
            "lower padding, or raise kernel_size, stride, dilation or output_padding",
        ),
        (
            lambda: conv_transpose2d_by_zero_insertion([[1, 2, 3]], np.ones((2, 3)), padding=(2, 0)),
            "padding must leave at least 1 pixel of the transposed result, got -2x5; "
            "lower padding, or raise kernel_size, stride, dilation or output_padding",
        ),
        (
            lambda: conv_transpose2d(IMAGE, KERNEL, stride=2, output_padding=2),
            "output_padding must be smaller than max(stride, dilation) = 2, got 2",
        ),
        (
            lambda: conv2d(np.ones((3, 5, 5)), np.ones((4, 2, 3, 3))),
            f"x must have 2 channels, {CHANNELS}, got 3",
        ),
        (
            lambda: conv_transpose2d(np.ones((3, 5, 5)), np.ones((4, 2, 3, 3))),
            f"y must have 4 channels, {CHANNELS}, got 3",
        ),
        (
            lambda: conv_matrix(np.ones((4, 2, 3, 3)), (3, 5, 5)),
            f"input_shape must have 2 channels, {CHANNELS}, got 3",
        ),
        (lambda: conv_matrix(np.ones((4, 2, 3, 3)), (5, 5)), "input_shape must be (C_in, H, W), got (5, 5)"),
        (
            lambda: conv2d(IMAGE[None], KERNEL),
            "x (H, W) goes with w (kh, kw), x with channels with w (C_out, C_in, kh, kw); "
            "got x of shape (1, 6, 8) and w of shape (2, 3)",
        ),
        (
            lambda: conv_transpose2d(IMAGE, KERNEL[None, None]),
            "y (H, W) goes with w (kh, kw), y with channels with w (C_out, C_in, kh, kw); "
            "got y of shape (6, 8) and w of shape (1, 1, 2, 3)",
        ),
        (
            lambda: conv2d([[2**40]], [[2**40]]),
            "sums of products of x and w must fit 64-bit integers; pass floats instead",
        ),
        (
            lambda: conv_matrix(np.ones((3, 3)), (128, 128)),
            "the matrix would be 15876x16384, 1.9 GiB; the limit is 1 GiB",
        ),
        (
            lambda: conv2d(IMAGE, KERNEL, padding=MAX_PIXELS),
            "the convolution would be 1x1x2000005x2000006, 29802.5 GiB; the limit is 1 GiB",
        ),
        (
            lambda: conv_transpose2d(IMAGE, KERNEL, stride=MAX_PIXELS),
            "the transposed convolution would be 1x1x5000002x7000003, 260770.5 GiB; the limit is 1 GiB",
        ),
        (
            lambda: insert_zeros(IMAGE, MAX_PIXELS),
            "the zero-inserted image would be 5000001x7000001, 260770.4 GiB; the limit is 1 GiB",
        ),
        (
            lambda: overlap_count((6, 8), MAX_PIXELS, stride=1),
            "the kernel would be 1000000x1000000, 7450.6 GiB; the limit is 1 GiB",
        ),
    ],
)
def test_what_does_not_go_together_is_said_in_full(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()


def test_no_memory_beyond_the_image_is_read():
    """What makes sizes never asks for that; if it did, an assert would be gone under python -O."""
    out = np.zeros((1, 1, 3, 3))
    with pytest.raises(IndexError, match="3 windows of 2 weights do not fit into 3 pixels"):
        convolution._correlate(np.ones((1, 1, 3, 5)), np.ones((1, 1, 2, 2)), (1, 1), (1, 1), out)


def test_a_huge_step_over_a_small_image_still_works():
    np.testing.assert_array_equal(conv2d(IMAGE, KERNEL, stride=MAX_PIXELS), conv2d(IMAGE[:2, :3], KERNEL))
    np.testing.assert_array_equal(conv2d(IMAGE, [[2]], dilation=MAX_PIXELS), 2 * IMAGE)
    np.testing.assert_array_equal(conv_transpose2d([[3]], KERNEL, stride=MAX_PIXELS), 3 * KERNEL)
