"""The lessons' explorers, and the largest scene of each."""

from __future__ import annotations

from typing import Any

import deconv_helpers
from deconv_helpers.scenes.explorer import Explorer
from deconv_helpers.scenes.scene import Scene

EXPLORERS = tuple(name for name in deconv_helpers.__all__ if name.startswith("explore_"))


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
