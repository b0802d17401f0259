"""The palette as readers with a colour-vision deficiency see it: roles and verdicts stay apart.

The deficiencies are simulated by the matrices for linear RGB of Machado, Oliveira and Fernandes, "A
physiologically-based model for simulation of color vision deficiency" (2009), at full severity. Distances are
those of CIE Lab (CIE 15, illuminant D65), where 2.3 is just noticeable side by side.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from deconv_helpers.scenes.palette import DARK, LEVELS, LIGHT, WEIGHTS, Theme, fill, weight_fill
from deconv_helpers.scenes.scene import ROLES

Floats = npt.NDArray[np.float64]

VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
SRGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = SRGB_TO_XYZ.sum(axis=1)

BOUND = 15
"""The least CIE Lab distance of two colours that mean different things: six times the just noticeable."""

themes = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
visions = pytest.mark.parametrize("vision", VISION)


def seen(colour: str, vision: str) -> Floats:
    """The colour in CIE Lab, as it is seen."""
    encoded = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    x, y, z = SRGB_TO_XYZ @ np.clip(VISION[vision] @ linear, 0, 1) / WHITE
    f = [np.cbrt(t) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29 for t in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one: str, other: str, vision: str) -> float:
    return float(np.linalg.norm(seen(one, vision) - seen(other, vision)))


def test_known_colours_and_greys_that_no_deficiency_changes() -> None:
    np.testing.assert_allclose(seen("#ff0000", "usual"), [53.24, 80.09, 67.20], atol=0.02)
    np.testing.assert_allclose(seen("#ffffff", "usual"), [100, 0, 0], atol=0.02)
    for vision, matrix in VISION.items():
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-5)
        assert distance("#777777", "#777777", vision) == 0
    assert distance("#ff0000", "#808000", "protanopia") < distance("#ff0000", "#808000", "usual") / 2


@themes
@visions
def test_roles_stay_apart_from_each_other_and_from_an_empty_cell(theme: Theme, vision: str) -> None:
    colours = {**theme.full, "empty": theme.base}
    assert set(ROLES) < set(colours)
    near = {pair: distance(*map(colours.get, pair), vision) for pair in combinations(colours, 2)}
    assert {pair: found for pair, found in near.items() if found < BOUND} == {}


@themes
@visions
def test_the_outline_of_what_is_lit_stays_apart_from_every_fill(theme: Theme, vision: str) -> None:
    fills = {fill(role, level, theme) for role in ROLES for level in range(-LEVELS, LEVELS + 1)}
    fills |= {weight_fill(index, theme) for index in range(WEIGHTS)}
    assert min(distance(theme.lit, colour, vision) for colour in fills) >= BOUND


@themes
@visions
def test_equal_and_differs_stay_apart(theme: Theme, vision: str) -> None:
    assert distance(theme.good, theme.bad, vision) >= BOUND
