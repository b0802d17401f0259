"""Lesson 05's scenes: counts and patterns against the operators, interior and border, and its explorer."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import pytest

from deconv_helpers import checkerboard_scene, explore_checkerboard
from deconv_helpers.operators.artifacts import border_width
from deconv_helpers.operators.convolution import conv_transpose2d, overlap_count
from deconv_helpers.operators.geometry import Geometry
from deconv_helpers.scenes.scene import Grey, Note, Scene

ONES = np.ones((3, 3))


def energies(scene: Scene) -> str:
    return next(note.text for note in scene.notes if note.kind in ("equal", "differs"))


def test_the_scene_of_k3_s2_whole() -> None:
    scene = checkerboard_scene(np.ones((3, 4)), ONES)
    assert [(p.name, p.role, p.title, p.editable) for p in scene.panels] == [
        ("input", "input", "input 3x4", True),
        ("kernel", "kernel", "kernel 3x3", True),
        ("pattern", "output", "pattern 2x2", False),
        ("count", "matrix", "count of stamps 7x9", False),
        ("output", "output", "output 7x9", False),
    ]
    assert [[p.name for p in row] for row in scene.layout.values()][1] == ["count", "output"]
    np.testing.assert_array_equal(scene["count"].values, overlap_count((3, 4), 3, stride=2))
    np.testing.assert_array_equal(scene["output"].values, overlap_count((3, 4), 3, stride=2))
    assert scene["pattern"].values.tolist() == [[1, 2], [2, 4]]
    assert scene.notes == (
        Note("differs", "energy at period 2: 0.19, a pattern repeats in the output"),
        Note("count", "energy of the stamps at period 2: 0.19"),
        Note("code", "each axis: 3 mod 2 = 1, stamps 1, 2, 1, 2, ..."),
        Note("count", "interior: 1 to 4 stamps reach each cell"),
        Note("count", "border: 1 to 2 stamps reach each cell"),
    )
    assert [step.caption for step in scene.steps] == [
        "interior: every stamp that can reach these cells does",
        "border, 1 wide: the input ends here, so stamps are missing",
    ]
    assert scene.summary.endswith("pattern 2x2\n1  2\n2  4")


def test_interior_and_border_are_lit_apart() -> None:
    scene = checkerboard_scene(np.ones((3, 4)), ONES)
    lit = [scene.lit(step)["output"] for step in (1, 2)]
    inside = np.zeros((7, 9), dtype=bool)
    inside[1:-1, 1:-1] = True
    np.testing.assert_array_equal(lit[0], np.flatnonzero(inside))
    np.testing.assert_array_equal(lit[1], np.flatnonzero(~inside))


def test_a_cell_of_the_pattern_lights_its_weights_and_its_cells() -> None:
    scene = checkerboard_scene(np.ones((3, 4)), ONES)
    found = scene.partners("pattern", 0)  # both ways one stamp: the middle weight alone
    assert found["kernel"] == [4]
    assert found["output"] == found["count"] == [9 * r + c for r in (1, 3) for c in (1, 3, 5)]
    assert scene.partners("pattern", 3)["kernel"] == [0, 2, 6, 8]
    assert scene.partners("input", 0)["output"] == [0, 1, 2, 9, 10, 11, 18, 19, 20]


def test_cells_that_no_stamp_reaches_belong_to_the_pattern() -> None:
    scene = checkerboard_scene(np.ones((2, 3)), np.ones((2, 2)), stride=3)
    assert scene.partners("count", 2) == {"output": [2]}, "in the border or in no whole period"
    scene = checkerboard_scene(np.ones((3, 3)), np.ones((2, 2)), stride=3)
    assert scene["pattern"].values.tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert scene.partners("count", 2) == {"output": [2], "pattern": [2]}


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_layers_are_those_of_the_operator(layers: int) -> None:
    x, w = np.arange(6).reshape(2, 3), np.array([[1, -2, 0], [3, 1, 1]])
    scene = checkerboard_scene(x, w, stride=(1, 2), layers=layers)
    output, count = x, np.ones((2, 3), dtype=int)
    for _ in range(layers):
        output = conv_transpose2d(output, w, stride=(1, 2))
        count = conv_transpose2d(count, np.ones((2, 3), dtype=int), stride=(1, 2))
    assert not scene["output"].image
    np.testing.assert_array_equal(scene["output"].values, output)
    np.testing.assert_array_equal(scene["count"].values, count)


def test_large_results_are_images_that_say_their_levels() -> None:
    scene = checkerboard_scene(np.ones((3, 4)), ONES, layers=3)
    assert scene["output"].title == "output 31x39, black 0, white 25"
    expected = np.ones((3, 4))
    for _ in range(3):
        expected = conv_transpose2d(expected, ONES, stride=2)
    np.testing.assert_array_equal(scene["output"].values, expected)
    assert scene["output"].image == scene["count"].image == Grey(0, 25)
    assert [p.name for p in scene.panels if p.image is None] == ["input", "kernel", "pattern"]
    border = border_width(Geometry(3, stride=2), 3)
    rows, columns = np.unravel_index(scene.lit(1)["output"], (31, 39))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (
        border,
        30 - border,
        border,
        38 - border,
    )
    assert len(scene.steps) == 1
    negative = checkerboard_scene(np.ones((3, 4)), -ONES, layers=3)
    assert negative["output"].title == "output 31x39, black -25, white 0"
    assert negative["output"].image == Grey(-25, 0)


@pytest.mark.parametrize(
    ("line", "stride", "kind", "energy"),
    [
        ([1, 0, 1, 0], 2, "differs", "0.75"),
        ([1, 2, 1], 2, "equal", "0"),
        ([1, 1, 1, 1], 2, "equal", "0"),
        ([1, 2, 1], 3, "differs", "0.21"),
        ([1, 1], 3, "differs", "0.56"),
        ([1, 2, 1], 1, "equal", "0"),
    ],
)
def test_the_badge(line: list[int], stride: int, kind: str, energy: str) -> None:
    scene = checkerboard_scene(np.ones((8, 9)), np.outer(line, line), stride=stride)
    assert scene.notes[0].kind == kind
    assert scene.notes[0].text.startswith(f"energy at period {stride}: {energy},")


def slow_pattern(w: np.ndarray[Any, Any], stride: int, layers: int) -> np.ndarray[Any, Any]:
    """One period of what the layers make of a constant 1 without an end, cell by cell."""
    tile = np.ones((1, 1))
    for _ in range(layers):
        n = len(tile)
        grown = np.zeros((n * stride, n * stride))
        for row, column in np.ndindex(grown.shape):
            for (i, j), weight in np.ndenumerate(w):
                if (row - i) % stride == (column - j) % stride == 0:
                    grown[row, column] += weight * tile[(row - i) // stride % n, (column - j) // stride % n]
        tile = grown
    return tile


@pytest.mark.parametrize("kernel", ["ones", "random", "bilinear", "1, 0, 1, 0", "1, 2, 1"])
def test_the_verdict_is_about_kernel_and_stride_with_every_input(kernel: str) -> None:
    explorer = explore_checkerboard()
    explorer.kernel = kernel
    patterns: dict[tuple[Any, ...], np.ndarray[Any, Any]] = {}
    for name, settings in product(("constant", "an edge", "digits", "a single 1"), explorer.states):
        if explorer.input != name:
            explorer.input = name
        scene, key = explorer.scene(**settings), tuple(settings.values())
        if key not in patterns:
            patterns[key] = slow_pattern(scene["kernel"].values, settings["stride"], settings["layers"])
        pattern = patterns[key]
        said = re.fullmatch(
            r"energy at period (\d+)( with a constant input)?: (\S+),"
            r" (a pattern|nothing) repeats( in the output)?",
            scene.notes[0].text,
        )
        assert said, scene.notes[0].text
        period, constant, energy, what, seen = said.groups()
        assert int(period) == len(pattern)
        assert scene.notes[0].kind == {"a pattern": "differs", "nothing": "equal"}[what]
        assert (what == "a pattern") == (np.ptp(pattern) > 1e-9)
        assert float(energy) == pytest.approx(pattern.var() / (pattern**2).mean(), rel=0.1, abs=6e-3)
        flat = np.ptp(scene["input"].values) == 0
        assert bool(seen) == (constant is None) == flat, "the output is spoken of where it shows the pattern"
        assert ("of this output" in scene.notes[1].text) != flat
        if flat:
            shown = scene["pattern"].values.ravel()
            assert np.allclose(sorted(shown), sorted(pattern.ravel())), "the same tile, begun elsewhere"
    explorer.close()


def test_an_input_that_is_no_constant_is_not_blamed_on_the_kernel() -> None:
    spot = checkerboard_scene([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]], ONES)
    assert [note.text for note in spot.notes[:2]] == [
        "energy at period 2 with a constant input: 0.19, a pattern repeats",
        "energy of the stamps at period 2: 0.19, of this output: 0.09",
    ]
    edge = checkerboard_scene([[1, 1, 8, 8]] * 3, np.outer([1, 2, 1], [1, 2, 1]))
    assert edge.notes[0] == Note("equal", "energy at period 2 with a constant input: 0, nothing repeats")
    assert not edge.notes[1].text.endswith(" 0"), "its means differ all the same"
    assert checkerboard_scene(np.zeros((3, 4)), ONES).notes[0] == spot.notes[0]


@pytest.mark.parametrize(
    ("k", "stride", "said"),
    [
        (3, 3, "interior: 1 stamp reaches each cell"),
        (1, 2, "interior: at most 1 stamp reaches each cell"),
        (4, 2, "interior: 4 stamps reach each cell"),
        (3, 2, "interior: 1 to 4 stamps reach each cell"),
    ],
)
def test_one_stamp_is_singular(k: int, stride: int, said: str) -> None:
    scene = checkerboard_scene(np.ones((5, 6)), np.ones((k, k)), stride=stride)
    assert said in [note.text for note in scene.notes]


def test_a_rectangular_kernel_has_a_line_for_each_axis() -> None:
    scene = checkerboard_scene(np.ones((6, 6)), np.ones((2, 3)), stride=2)
    code = [note.text for note in scene.notes if note.kind == "code"]
    assert code == [
        "rows: 2 mod 2 = 0, stamps 1, 1, 1, 1, ...",
        "columns: 3 mod 2 = 1, stamps 1, 2, 1, 2, ...",
    ]


def test_an_interior_too_small_is_said_and_not_measured() -> None:
    scene = checkerboard_scene([[1, 2, 3]], np.ones((3, 3)))
    assert [p.name for p in scene.panels] == ["input", "kernel", "count", "output"]
    assert scene.taps.keys() == {"input", "kernel", "count", "output"}
    assert scene.notes[0].text == "the interior is smaller than two periods of 2: too small to measure"
    captions = [step.caption for step in checkerboard_scene([[1]], np.ones((5, 5)), layers=3).steps]
    assert captions == ["border, 21 wide: the input ends here, so stamps are missing"]


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"x": [1, 2]}, ValueError, r"x must be a matrix \(rows, columns\)"),
    ({"w": "abc"}, TypeError, "w must hold ints or floats"),
    ({"stride": 0}, ValueError, "stride must be at least 1, got 0"),
    ({"layers": 0}, ValueError, "layers must be at least 1, got 0"),
    ({"layers": 1.5}, TypeError, "layers must be an int, got 1.5"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD)
def test_bad_arguments(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        checkerboard_scene(**{"x": np.ones((3, 4)), "w": ONES, **arguments})


def test_the_explorer_answers_the_questions_of_the_lesson() -> None:
    explorer = explore_checkerboard()
    assert explorer.settings == {"kernel_size": 3, "stride": 2, "layers": 1}
    found = {k: energies(explorer.scene(kernel_size=k)) for k in range(1, 6)}
    assert [k for k, text in found.items() if "nothing repeats" in text] == [2, 4]
    assert "0.75" in found[1]
    assert "0.08" in found[5]
    explorer.kernel = "random"
    assert "a pattern repeats" in energies(explorer.scene(kernel_size=4))
    explorer.kernel = "1, 2, 1"
    assert "nothing repeats" in energies(explorer.scene())
    flipped = explorer.scene(stride=3)
    assert "a pattern repeats" in energies(flipped)
    np.testing.assert_array_equal(flipped["pattern"].values, flipped["kernel"].values)
    explorer.kernel, explorer.input = "ones", "a single 1"
    spot = explorer.scene(layers=3)["output"].values
    assert [np.ptp(axis) + 1 for axis in np.nonzero(spot)] == [15, 15]
    explorer.close()


@pytest.mark.parametrize("kernel", ["ones", "random", "bilinear", "1, 0, 1, 0", "1, 2, 1"])
def test_every_preset_has_enough_interior_everywhere(kernel: str) -> None:
    explorer = explore_checkerboard()
    explorer.kernel = kernel
    for settings in explorer.states:
        scene = explorer.scene(**settings)
        assert scene["pattern"].values.shape == (settings["stride"] ** settings["layers"],) * 2
        assert scene.steps
    explorer.close()


def test_arrays_of_your_own() -> None:
    explorer = explore_checkerboard(w=[[1, 0, 1, 0]], layers=2)
    assert explorer.settings == {"stride": 2, "layers": 2}
    assert explorer.scene(layers=1)["pattern"].values.tolist() == [[2, 0], [0, 0]]
    explorer.close()
    explorer = explore_checkerboard(x=[[1, 2, 3, 4]])
    assert explorer.scene(stride=1, kernel_size=1)["output"].values.tolist() == [[1, 2, 3, 4]]
    explorer.close()
    with pytest.raises(ValueError, match=r"w must be at most 5x5 .* got shape \(6, 2\)"):
        explore_checkerboard(w=np.ones((6, 2)))
    with pytest.raises(ValueError, match=r"x must be at most 8x8 .* got shape \(9, 2\)"):
        explore_checkerboard(x=np.ones((9, 2)))
