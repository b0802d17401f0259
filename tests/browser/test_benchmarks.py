"""The benchmark of the sliders gives its rows."""

from __future__ import annotations

import pytest

from benchmarks import slider
from benchmarks.measuring import Effort

from .conftest import Lab

pytestmark = pytest.mark.browser


@pytest.mark.long
def test_slider(lab: Lab) -> None:
    explorers = ("explore_channels", "explore_convolution")  # one has no slider but that of its steps
    paint, held = slider.tables(lab, Effort(seconds=0, repetitions=1), explorers)
    assert [row[0] for row in paint.rows] == ["explore_channels, step", "explore_convolution, stride"]
    assert [row[0] for row in held.rows] == ["ours", "classic"]
    assert held.rows[0][-1] == "yes"
