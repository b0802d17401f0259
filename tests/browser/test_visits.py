"""The benchmarks of first visits give their rows. Each starts browsers of its own."""

from __future__ import annotations

import pytest

from benchmarks import lite, pages

pytestmark = [pytest.mark.browser, pytest.mark.long]


def test_lite() -> None:
    *written, visits = lite.tables(("this machine",))
    if not written:
        pytest.skip(visits.columns[0])
    assert len(visits.rows) == 1


def test_pages() -> None:
    (visits,) = pages.tables(("this machine",))
    assert [row[0] for row in visits.rows] == [f"{page}, this machine" for page in pages.PAGES]
