"""What the explorers start from."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from deconv_helpers.lessons.presets import (
    INPUT_A,
    INPUT_B,
    INPUTS,
    KERNEL_A,
    KERNEL_B,
    KERNELS,
    binomial,
    grown,
    random_digits,
    single_one,
    step_edge,
    vertical_edge,
)
from deconv_helpers.operators.convolution import conv2d


def test_the_worked_examples() -> None:
    assert conv2d(INPUT_A, KERNEL_A).tolist() == [[122, 148], [126, 134]]
    assert conv2d(INPUT_B, KERNEL_B).tolist() == [[84, 84], [87, 60]]


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_has_the_size_its_name_says_and_numbers_that_fit_a_cell(name: str) -> None:
    values = INPUTS[name]
    assert values.shape == tuple(map(int, re.match(r"(\d+)x(\d+), ", name).groups()))
    assert values.dtype.kind == "i"
    assert np.abs(values).max() <= 9


def test_rectangles_stand_beside_the_squares() -> None:
    assert {values.shape for values in INPUTS.values()} >= {(4, 4), (5, 7), (6, 8)}


@pytest.mark.parametrize("size", range(1, 6))
@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_comes_in_every_size(name: str, size: int) -> None:
    values = KERNELS[name]({"kernel_size": size})
    assert values.shape == (size, size)
    assert values.dtype.kind == "i"
    assert np.abs(values).max() <= 99
    assert np.array_equal(values, KERNELS[name]({"kernel_size": size}))


@pytest.mark.parametrize(("name", "example"), [("example A", KERNEL_A), ("example B", KERNEL_B)])
def test_an_example_is_cut_and_continued(name: str, example: Any) -> None:
    for size in range(1, 6):
        common = min(size, 3)
        assert np.array_equal(
            KERNELS[name]({"kernel_size": size})[:common, :common], example[:common, :common]
        )


def test_no_two_presets_are_the_same() -> None:
    inputs = {(values.shape, values.tobytes()) for values in INPUTS.values()}
    kernels = {make({"kernel_size": 3}).tobytes() for make in KERNELS.values()}
    assert (len(inputs), len(kernels)) == (len(INPUTS), len(KERNELS))


def test_what_a_kernel_does() -> None:
    picture = step_edge(5, 8)
    assert not conv2d(picture[:, :4], vertical_edge(3)).any(), "no edge, no answer"
    assert conv2d(picture, vertical_edge(3)).max() == 21
    assert conv2d(picture, single_one(3, 3)).tolist() == picture[1:-1, 1:-1].tolist()
    assert binomial(5).sum() == 4**4
    assert np.array_equal(binomial(4), binomial(4).T)
    assert conv2d(single_one(5, 7), np.array([[1, 2], [3, 4]])).max() == 4


def test_rectangles_of_every_maker() -> None:
    for make in (random_digits, single_one, step_edge):
        assert make(2, 5).shape == (2, 5)
    assert single_one(2, 5).sum() == 1
    assert step_edge(2, 5)[1].tolist() == [1, 1, 8, 8, 8]
    assert grown(KERNEL_A, 2, seed=0).tolist() == [[1, 4], [1, 4]]
    assert random_digits(9, 9, low=3, high=4).min() == 3
    assert random_digits(9, 9, low=3, high=4).max() == 4
