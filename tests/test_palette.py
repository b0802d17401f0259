"""Colours: numbers read on every fill, in both themes, and the style sheet has a class for each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deconv_helpers.scenes.palette import (
    DARK,
    LEVELS,
    LIGHT,
    WEIGHTS,
    Theme,
    contrast,
    fill,
    levels,
    stylesheet,
    weight_fill,
)
from deconv_helpers.scenes.scene import ROLES

themes = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
finite = arrays(float, (2, 3), elements=st.floats(allow_nan=False, allow_infinity=False))


@themes
@pytest.mark.parametrize("role", ROLES)
def test_ink_reads_on_every_level(theme: Theme, role: str) -> None:
    for level in range(-LEVELS, LEVELS + 1):
        assert contrast(theme.ink, fill(role, level, theme)) >= 4.5


@themes
def test_ink_reads_on_every_weight(theme: Theme) -> None:
    for index in range(WEIGHTS):
        assert contrast(theme.ink, weight_fill(index, theme)) >= 4.5


@themes
@pytest.mark.parametrize("name", ["quiet", "good", "bad"])
def test_small_print_reads_on_the_base(theme: Theme, name: str) -> None:
    assert contrast(getattr(theme, name), theme.base) >= 4.5


@themes
def test_the_outline_stands_out_from_what_it_surrounds(theme: Theme) -> None:
    # WCAG 2.2, success criterion 1.4.11: 3 to 1 for what carries meaning without being text.
    cells = [fill(role, level, theme) for role in ROLES for level in range(-LEVELS, LEVELS + 1)]
    cells += [weight_fill(index, theme) for index in range(WEIGHTS)]
    assert min(contrast(theme.lit, cell) for cell in cells) >= 3


@themes
def test_neighbouring_weights_differ(theme: Theme) -> None:
    fills = [weight_fill(index, theme) for index in range(9)]
    assert len(set(fills)) == 9
    for one, other in pairwise(fills):
        assert sum(abs(int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (1, 3, 5)) > 60


@given(finite)
def test_levels_are_symmetric(values: np.ndarray) -> None:
    np.testing.assert_array_equal(levels(-values), -levels(values))


@given(finite)
def test_levels_use_the_whole_scale(values: np.ndarray) -> None:
    assert np.abs(levels(values)).max() == (LEVELS if np.abs(values).max() > 0 else 0)


def test_levels_of_blank_and_infinite_cells() -> None:
    assert levels([[np.nan, 1, -1]]).tolist() == [[0, LEVELS, -LEVELS]]
    assert levels([[np.inf, 1, -np.inf]]).tolist() == [[LEVELS, 0, -LEVELS]]
    assert levels(np.zeros((2, 3))).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert levels(np.empty((0, 3))).shape == (0, 3)


def test_the_stylesheet_has_a_class_for_each_fill() -> None:
    css = stylesheet()
    for role in ROLES:
        for level in range(1, LEVELS + 1):
            pair = f"light-dark({fill(role, level, LIGHT)}, {fill(role, level, DARK)})"
            assert f".dcv-{role} .dcv-l{level} {{ background-color: {pair}; fill: {pair}; }}" in css
    for level in range(1, LEVELS + 1):
        assert f".dcv-l-{level} {{" in css
    for index in range(WEIGHTS):
        assert f".dcv-w{index} {{" in css
    assert css.count("{") == css.count("}")


def test_known_contrasts() -> None:
    assert contrast("#ffffff", "#ffffff") == 1.0
    assert contrast("#777777", "#ffffff") == contrast("#ffffff", "#777777") == 4.48
