"""The sample image: the same on every machine, upright, rectangular."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from deconv_helpers.lessons.images import sample_image


def test_the_sample_image_is_grey_rectangular_and_the_same_each_time() -> None:
    image = sample_image()
    assert image.shape == (96, 77)
    assert image.dtype == np.float64
    assert 0 <= image.min() < 0.1
    assert 0.9 < image.max() <= 1
    np.testing.assert_array_equal(image, sample_image())
    image[:] = 0
    assert sample_image().max() > 0.9, "a learner may write into the array"


@pytest.mark.parametrize("height", [8, 33, np.int64(550)])
def test_heights(height: int) -> None:
    assert sample_image(height).shape == (height, round(height * 0.8))


@pytest.mark.parametrize(
    ("height", "error", "message"),
    [
        (7, ValueError, "height must be from 8 to 550 rows, got 7"),
        (551, ValueError, "height must be from 8 to 550 rows, got 551"),
        (-1, ValueError, "height must be from 8 to 550 rows, got -1"),
        (96.0, TypeError, "height must be a whole number of rows, got 96.0"),
        (True, TypeError, "height must be a whole number of rows, got True"),
        ("96", TypeError, "height must be a whole number of rows, got '96'"),
        ((96, 77), TypeError, "height must be a whole number of rows, got (96, 77)"),
    ],
)
def test_bad_heights(height: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        sample_image(height)
