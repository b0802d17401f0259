"""The classic notebook: `interact`, and a picture that pyplot draws anew at every move of a slider."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np

import deconv_helpers
from deconv_helpers.scenes.explorer import Explorer
from deconv_helpers.scenes.scene import Scene, format_number

MOST_NUMBERS = 600
"""Cells of a panel that gets its numbers written: our board hides them in about the same place."""


def draw(scene: Scene, step: int = 0) -> None:
    """Draw the panels of a scene with pyplot, side by side, numbers in the cells."""
    count = max(1, len(scene.panels))
    figure, axes = plt.subplots(1, count, figsize=(4 * count, 4), squeeze=False)
    for axis, panel, values in zip(axes[0], scene.panels, scene.values_at(step).values(), strict=False):
        if panel.image:
            axis.imshow(panel.image.levels(values), cmap="gray", vmin=0, vmax=255)
        else:
            axis.imshow(values, cmap="coolwarm")
        axis.set(title=panel.heading, xticks=[], yticks=[])
        if not panel.image and values.size <= MOST_NUMBERS:
            for (row, column), value in np.ndenumerate(values):
                axis.text(column, row, format_number(value), ha="center", va="center")
    figure.suptitle("  ".join(note.text for note in scene.notes)[:120])
    plt.show()


def classic(name: str, settings: dict[str, Any]) -> widgets.Widget:
    """The sliders of the explorer `name` under `interact`, and one for the step.

    The scenes are the explorer's, computed beforehand, so only drawing and sending is compared.
    """
    explorer: Explorer = getattr(deconv_helpers, name)(**settings)
    controls: dict[str, Any] = {}
    for key, value in explorer.settings.items():
        values = explorer.options[key].values
        if isinstance(values, range):
            controls[key] = widgets.IntSlider(value, min(values), max(values), values.step, description=key)
        else:
            controls[key] = widgets.Dropdown(options=values, value=value, description=key)
    last = max(len(explorer.scene(**state).steps) for state in explorer.states)

    def picture(step: int, **chosen: Any) -> None:
        scene = explorer.scene(**chosen)
        draw(scene, min(step, len(scene.steps)))

    return widgets.interactive(picture, step=widgets.IntSlider(0, 0, last, description="step"), **controls)
