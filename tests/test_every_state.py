"""Every state of every explorer with every choice of presets: what test_explorers asks of a part of them."""

from __future__ import annotations

from itertools import product

import pytest
from test_explorers import EXPLORERS, check_state, choose, menus, states

pytestmark = pytest.mark.long


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_state_of_every_choice(name: str) -> None:
    explorer = EXPLORERS[name]
    for presets in product(*menus(explorer).values()):
        choose(explorer, dict(zip(menus(explorer), presets, strict=True)))
        found = states(explorer)
        pictures = [settings for settings, scene in found if scene.panels]
        assert pictures, f"{presets}: no state shows anything"
        for settings, scene in found:
            check_state(scene, settings, pictures)
