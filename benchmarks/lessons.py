"""The explorer of every lesson, and its largest scene."""

from __future__ import annotations

from typing import Any

import deconv_helpers
from deconv_helpers.scenes.explorer import Explorer
from deconv_helpers.scenes.scene import Scene

EXPLORERS = {
    "00": "explore_interpolation",
    "01": "explore_convolution",
    "02": "explore_matrix",
    "03": "explore_transposed",
    "04": "explore_zero_insertion",
    "05": "explore_checkerboard",
    "06": "explore_frameworks",
    "07": "explore_deconvolution",
    "08": "explore_learning",
}


def made(name: str) -> Explorer:
    """Return the explorer as the lesson makes it."""
    explorer: Explorer = getattr(deconv_helpers, name)()
    return explorer


def weight(scene: Scene) -> tuple[int, int, int]:
    """How much there is to draw: cells first, then steps, then pixels of images."""
    cells = sum(panel.values.size for panel in scene.panels if not panel.image)
    return cells, len(scene.steps), sum(panel.values.size for panel in scene.panels)


def largest(explorer: Explorer) -> dict[str, Any]:
    """Return the settings of the explorer's largest scene."""
    return max(explorer.states, key=lambda settings: weight(explorer.scene(**settings)))
