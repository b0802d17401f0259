"""Letters drawn from fonts: their size, their ink, what is held out, and pages with labels."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Any

import numpy as np
import pytest

from deconv_helpers import glyph, glyphs, labelled_pages
from deconv_helpers.lessons.glyphs import FONTS, HELD_OUT, KINDS, PLACE, TRAINING


def test_no_letter_is_both_learned_from_and_held_out() -> None:
    assert sorted(HELD_OUT + TRAINING) == list(ascii_lowercase)
    assert HELD_OUT == "dhlptx"


@pytest.mark.parametrize("font", FONTS)
def test_every_letter_of_every_font_lies_inside_its_picture(font: str) -> None:
    for letter in ascii_lowercase + ascii_lowercase.upper():
        picture = glyph(letter, font)
        assert picture.shape == (24, 20)
        assert picture.min() == 0
        assert 0.5 < picture.max() <= 1
        assert 0.02 < picture.mean() < 0.4
        assert picture[[0, -1]].max() == 0
        assert letter in "mMW" or picture[:, [0, -1]].max() < 0.1


def test_a_letter_is_where_it_should_be() -> None:
    letter = glyph("T", "sans bold", rows=30, columns=40)
    rows, columns = (np.flatnonzero((letter > 0.5).any(axis=axis)) for axis in (1, 0))
    bar, stem = letter[rows[0]] > 0.5, letter[rows[-1]] > 0.5
    assert bar.sum() > 3 * stem.sum()
    assert abs(columns.mean() - 19.5) < 1
    np.testing.assert_allclose(letter, letter[:, ::-1], atol=0.4)


def test_pictures_are_shared_and_cannot_be_changed() -> None:
    assert glyph("a") is glyph("a")
    with pytest.raises(ValueError, match="read-only"):
        glyph("a")[0, 0] = 1


def test_all_cases_of_all_letters_in_all_fonts() -> None:
    found = glyphs("dx", ("sans", "mono"), rows=12, columns=10)
    assert found.shape == (8, 12, 10)
    size = {"rows": 12, "columns": 10}
    np.testing.assert_array_equal(found[1], glyph("D", "sans", **size))
    np.testing.assert_array_equal(found[6], glyph("x", "mono", **size))
    assert glyphs(TRAINING).shape == (120, 24, 20)


def test_pages_have_letters_and_labels_that_belong_together() -> None:
    pages, labels = labelled_pages(60, seed=1)
    assert pages.shape == labels.shape == (60, 24, 36)
    np.testing.assert_array_equal(labels > 0, pages > 0.5)
    places = labels.reshape(60, 2, PLACE, 3, PLACE).swapaxes(2, 3).reshape(-1, PLACE**2)
    kinds = [set(np.unique(place)) - {0} for place in places]
    assert all(len(kind) <= 1 for kind in kinds)
    counts = [kinds.count({kind}) for kind in range(1, len(KINDS) + 1)]
    assert min(counts) > 50
    assert kinds.count(set()) > 50


def test_no_letter_is_shifted_out_of_its_place() -> None:
    """A shift by one pixel would bring ink in on the other side."""
    for font in (font for font in FONTS if font.endswith("bold")):
        for kind in KINDS:
            letter = glyph(kind, font, rows=PLACE, columns=PLACE)
            assert max(letter[[0, -1]].max(), letter[:, [0, -1]].max()) < 0.1


def test_a_seed_gives_the_same_pages() -> None:
    for again, once in zip(labelled_pages(4, seed=3), labelled_pages(4, seed=3), strict=True):
        np.testing.assert_array_equal(again, once)
    assert not np.array_equal(labelled_pages(4, seed=3)[0], labelled_pages(4, seed=4)[0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: glyph(""), "character must be a single character, got ''"),
        (lambda: glyph("ab"), "got 'ab'"),
        (lambda: glyph("a", "Comic"), "font must be one of sans, serif, .* got 'Comic'"),
        (lambda: glyph("a", rows=7), "rows must be at least 8, got 7"),
        (lambda: glyph("a", columns=257), "columns must be at most 256, got 257"),
        (lambda: glyphs(""), "letters and fonts must not be empty"),
        (lambda: glyphs("x" * 10**6), "the letters would be 6000000x24x20, 21.5 GiB"),
        (lambda: labelled_pages(0, seed=1), "n must be at least 1, got 0"),
        (lambda: labelled_pages(1, seed=-1), "seed must be at least 0, got -1"),
        (lambda: labelled_pages(10**6, seed=1), "the pages would be 1000000x24x36, 6.4 GiB"),
    ],
)
def test_bad_arguments_are_named(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
