"""Sizes along one axis, by counting; and what Geometry accepts."""

from __future__ import annotations

import re

import numpy as np
import pytest
from geometries import Axis, an_axis
from hypothesis import given

from deconv_helpers.operators.geometry import (
    MAX_PIXELS,
    Axes,
    Geometry,
    geometry_2d,
)


def geometry_of(axis: Axis) -> Geometry:
    return Geometry(axis.kernel, axis.stride, axis.padding, axis.dilation, axis.output_padding)


@given(an_axis(symmetric=False))
def test_output_size_counts_the_positions_of_the_window(axis):
    padded = axis.size + sum(axis.padding)
    extent = range(0, axis.dilation * axis.kernel, axis.dilation)[-1] + 1
    starts = [start for start in range(0, padded, axis.stride) if start + extent <= padded]
    assert geometry_of(axis).output_size(axis.size) == len(starts)


@given(an_axis(symmetric=False))
def test_input_sizes_are_all_that_shrink_to_the_output_size(axis):
    geometry = geometry_of(axis)
    for output_size in range(1, 6):
        found = [n for n in range(1, 40) if geometry.fits(n) and geometry.output_size(n) == output_size]
        assert list(geometry.input_sizes(output_size)) == found


@given(an_axis(symmetric=False))
def test_output_padding_chooses_among_the_input_sizes(axis):
    geometry = geometry_of(axis)
    sizes = geometry.input_sizes(axis.transposed_from)
    if axis.output_padding < axis.stride:
        assert geometry.transposed_size(axis.transposed_from) in sizes


@given(an_axis(symmetric=False))
def test_a_stride_1_convolution_over_the_frame_gives_the_transposed_size(axis):
    geometry = geometry_of(axis)
    framed = axis.stride * (axis.transposed_from - 1) + 1 + sum(geometry.frame)
    assert framed - geometry.extent + 1 == geometry.transposed_size(axis.transposed_from)


@given(an_axis(symmetric=False))
def test_input_index_walks_through_the_padded_input(axis):
    geometry = geometry_of(axis)
    outputs, taps = np.arange(geometry.output_size(axis.size)), np.arange(axis.kernel)
    read = geometry.input_index(outputs[:, None], taps)
    assert read.min() == -axis.padding[0]
    assert read.max() < axis.size + axis.padding[1]
    assert read[0, 0] == geometry.input_index(0, 0)


@pytest.mark.parametrize(
    ("geometry", "n", "size"),
    [
        (Geometry(3), 4, 2),
        (Geometry(3, stride=2), 8, 3),
        (Geometry(3, padding=1), 5, 5),
        (Geometry(3, stride=2, padding=1), 5, 3),
        (Geometry(3, stride=2, padding=1), 6, 3),
        (Geometry(3, dilation=2), 7, 3),
        (Geometry(3, padding=(0, 2), dilation=2), 7, 5),
    ],
)
def test_output_sizes_of_the_lessons(geometry, n, size):
    assert geometry.output_size(n) == size


@pytest.mark.parametrize(
    ("geometry", "n", "size"),
    [
        (Geometry(3), 2, 4),
        (Geometry(3, stride=2, padding=1), 3, 5),
        (Geometry(3, stride=2, padding=1, output_padding=1), 3, 6),
        (Geometry(3), 5, 7),
        (Geometry(3, padding=1), 5, 5),
        (Geometry(4, stride=2, padding=1), 4, 8),
        (Geometry(3, dilation=2), 3, 7),
        (Geometry(3, padding=3), 5, 1),
    ],
)
def test_transposed_sizes_of_the_lessons(geometry, n, size):
    assert geometry.transposed_size(n) == size


def test_several_sizes_shrink_to_one():
    assert list(Geometry(3, stride=2, padding=1).input_sizes(3)) == [5, 6]
    assert list(Geometry(1, padding=2).input_sizes(1)) == []


def test_the_shape_does_not_always_come_back():
    geometry = Geometry(5, stride=3, padding=2)
    lost = [n for n in range(5, 40) if geometry.transposed_size(geometry.output_size(n)) != n]
    assert len(lost) == 24


def test_the_frame_takes_the_output_padding_on_the_far_side():
    assert Geometry(3, padding=(0, 1)).frame == (2, 1)
    assert Geometry(4, stride=2, padding=(0, 5), dilation=2, output_padding=1).frame == (6, 2)
    assert Geometry(1, padding=2).frame == (-2, -2)


def test_equal_geometries_are_equal_and_read_well():
    assert Geometry(3, padding=(1, 1)) == Geometry(np.int64(3), padding=1)
    assert hash(Geometry(3, padding=[0, 1])) == hash(Geometry(3, padding=(0, 1)))
    assert repr(Geometry(3, padding=(1, 1))) == (
        "Geometry(kernel_size=3, stride=1, padding=1, dilation=1, output_padding=0)"
    )
    assert type(Geometry(np.int8(3)).kernel_size) is int


def test_two_axes():
    axes = geometry_2d((3, 5), stride=2, padding=((0, 1), (2, 2)), dilation=(1, 2), output_padding=(1, 0))
    assert axes == (Geometry(3, 2, (0, 1), 1, 1), Geometry(5, 2, 2, 2, 0))
    assert axes == Axes(height=axes[0], width=axes[1])
    assert (axes.kernel_shape, axes.extent) == ((3, 5), (3, 9))
    assert axes.padded_shape((6, 8)) == (7, 12)
    assert axes.output_shape((6, 8)) == (3, 2)
    assert axes.transposed_shape((3, 2)) == (7, 7)


@given(an_axis(symmetric=False), an_axis(symmetric=False))
def test_each_axis_counts_for_itself(one, other):
    axes = Axes(geometry_of(one), geometry_of(other))
    assert axes.fits((one.size, other.size))
    assert axes.output_shape((one.size, other.size)) == (
        axes.height.output_size(one.size),
        axes.width.output_size(other.size),
    )
    assert axes.transposed_shape((one.transposed_from, other.transposed_from)) == (
        axes.height.transposed_size(one.transposed_from),
        axes.width.transposed_size(other.transposed_from),
    )


def test_one_axis_that_does_not_fit_is_enough():
    axes = geometry_2d((2, 3), dilation=(1, 2), padding=((1, 1), (0, 0)))
    assert [axes.fits(shape) for shape in ((1, 5), (1, 4), (3, 4), (9, 5))] == [True, False, False, True]
    with pytest.raises(ValueError, match=r"^kernel 2x3 \(dilated: 2x5\) does not fit the padded input 5x4$"):
        axes.output_shape((3, 4))
    with pytest.raises(ValueError, match="at least 1 pixel of the transposed result, got 0x3; "):
        geometry_2d((2, 1), padding=(1, 0)).transposed_shape((1, 3))


WRONG_INTS = [
    (1.5, TypeError, "must be an int, got 1.5"),
    (1.0, TypeError, "must be an int, got 1.0"),
    ("2", TypeError, "must be an int, got '2'"),
    (None, TypeError, "must be an int, got None"),
    (True, TypeError, "must be an int, got True"),
    (np.True_, TypeError, "must be an int, got np.True_"),
    (np.nan, TypeError, "must be an int, got nan"),
    (-1, ValueError, "must be at least {bound}, got -1"),
    (10**400, ValueError, f"must be at most {MAX_PIXELS}, got 1000"),
]


@pytest.mark.parametrize(("value", "error", "message"), WRONG_INTS)
@pytest.mark.parametrize(
    ("name", "bound"),
    [("kernel_size", 1), ("stride", 1), ("padding", 0), ("dilation", 1), ("output_padding", 0)],
)
def test_a_wrong_parameter_is_named(name, bound, value, error, message):
    arguments = {"kernel_size": 3} | {name: value}
    with pytest.raises(error) as caught:
        Geometry(**arguments)
    assert str(caught.value).startswith(f"{name} {message.format(bound=bound)}")
    with pytest.raises(error) as caught:
        geometry_2d(**arguments)
    assert str(caught.value).startswith(f"{name} {message.format(bound=bound)}")


@pytest.mark.parametrize(("value", "error", "message"), WRONG_INTS)
@pytest.mark.parametrize("method", ["fits", "padded_size", "output_size", "transposed_size", "input_sizes"])
def test_a_wrong_size_is_named(method, value, error, message):
    name = "output_size" if method == "input_sizes" else "n"
    with pytest.raises(error) as caught:
        getattr(Geometry(3), method)(value)
    assert str(caught.value).startswith(f"{name} {message.format(bound=1)}")


@pytest.mark.parametrize("name", ["kernel_size", "stride", "dilation"])
def test_zero_is_too_small(name):
    with pytest.raises(ValueError, match=f"^{name} must be at least 1, got 0$"):
        Geometry(**({"kernel_size": 3} | {name: 0}))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: Geometry(3, padding=(1, 2, 3)),
            "padding must be an int or a pair (before, after), got (1, 2, 3)",
        ),
        (lambda: Geometry(3, padding=()), "padding must be an int or a pair (before, after), got ()"),
        (lambda: Geometry(3, padding=(0, -1)), "padding must be at least 0, got -1"),
        (
            lambda: Geometry(3, stride=2, output_padding=2),
            "output_padding must be smaller than max(stride, dilation) = 2, got 2",
        ),
        (
            lambda: geometry_2d(3, stride=(1, 2, 3)),
            "stride must be an int or a pair (height, width), got (1, 2, 3)",
        ),
        (
            lambda: geometry_2d(3, padding=((1, 2), (3, 4), (5, 6))),
            "padding must be an int, a pair (height, width) or ((top, bottom), (left, right)), "
            "got ((1, 2), (3, 4), (5, 6))",
        ),
        (
            lambda: geometry_2d(3, padding=((1, 2, 3), 0)),
            "padding must be an int or a pair (before, after), got (1, 2, 3)",
        ),
        (
            lambda: Geometry(5, dilation=2).output_size(6),
            "kernel 5 (dilated: 9) does not fit the padded input 6",
        ),
        (lambda: Geometry(5, padding=1).output_size(2), "kernel 5 does not fit the padded input 4"),
        (
            lambda: Geometry(3, padding=2).transposed_size(1),
            "padding must leave at least 1 pixel of the transposed result, got -1; "
            "lower padding, or raise kernel_size, stride, dilation or output_padding",
        ),
    ],
)
def test_what_does_not_go_together_is_said_in_full(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()
