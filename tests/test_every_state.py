"""Every state of every explorer with every choice of presets: what test_explorers asks of a part of them."""

from __future__ import annotations

from itertools import product

import pytest
from test_explorers import EXPLORERS, check_message, check_picture, menus, states

pytestmark = pytest.mark.long


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_state_of_every_choice(name: str) -> None:
    explorer = EXPLORERS[name]
    sources = [menu.description for menu in menus(explorer)]
    for presets in product(*(menu.options for menu in menus(explorer))):
        explorer.choose(**dict(zip(sources, presets, strict=True)))
        found = list(states(explorer))
        pictures = [settings for settings, scene in found if scene.panels]
        assert pictures, f"{presets}: no state shows anything"
        for settings, scene in found:
            if scene.panels:
                check_picture(scene)
            else:
                check_message(scene, settings, pictures)
