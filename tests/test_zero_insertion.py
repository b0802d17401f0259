"""Lesson 05: the scene of the three routes, its explorer, and the facts that the lesson tells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scenes import products

from deconv_helpers import (
    Geometry,
    Scene,
    collecting_scene,
    conv2d,
    conv_matrix,
    conv_transpose2d,
    explore_zero_insertion,
    insert_zeros,
    zero_insertion_scene,
)
from deconv_helpers.lessons.presets import KERNEL_A, SIZED_KERNELS
from deconv_helpers.lessons.zero_insertion import framed_input
from deconv_helpers.operators.geometry import Axes
from deconv_helpers.scenes.scene import MARKS

EXAMPLE_A = np.array([[2, 1], [4, 4]])
X = np.array([[5, 2, 7], [3, 8, 6]])
W = np.array([[1, 2, 3], [4, 5, 6]])
COUNTING = np.array([[1, 2], [3, 4]])

SETTINGS: list[dict[str, Any]] = [
    {},
    {"stride": 2},
    {"stride": (3, 2), "padding": 1},
    {"stride": 2, "padding": ((0, 1), (2, 0)), "output_padding": 1},
    {"stride": 3, "padding": 2, "output_padding": (1, 2)},
    {"stride": 2, "padding": 1, "dilation": (2, 3)},
    {"dilation": 2, "output_padding": 1},
]
each_setting = pytest.mark.parametrize("settings", SETTINGS, ids=str)


ROUTES = ("input", "kernel", "stamped", "inserted", "sliding", "output", "C.T")


def slow_taps(x: np.ndarray, w: np.ndarray, scene: Scene, settings: dict[str, Any]) -> set[tuple[int, ...]]:
    """The products of the flipped kernel and those that are cropped, one by one in plain loops."""
    pairs = {k: v if isinstance(v, tuple) else (v, v) for k, v in settings.items()}
    strides, dilations = pairs.get("stride", (1, 1)), pairs.get("dilation", (1, 1))
    before = [p if isinstance(p, int) else p[0] for p in pairs.get("padding", (0, 0))]
    shapes = {panel.name: panel.values.shape for panel in scene.panels}
    drawn_before = [max(d * (k - 1) - p, 0) for d, k, p in zip(dilations, w.shape, before, strict=True)]

    def cell(panel: str, at: tuple[int, ...]) -> int:
        return int(np.ravel_multi_index(at, shapes[panel]))

    taps = set()
    for i in np.ndindex(*x.shape):
        for j in np.ndindex(*w.shape):
            stamped = tuple(s * a + d * b for s, a, d, b in zip(strides, i, dilations, j, strict=True))
            output = tuple(c - p for c, p in zip(stamped, before, strict=True))
            if not all(0 <= o < n for o, n in zip(output, shapes["output"], strict=True)):
                taps.add((cell("input", i), cell("kernel", j), cell("stamped", stamped), -1, -1, -1, -1))
                continue
            inserted = tuple(s * a + b for s, a, b in zip(strides, i, drawn_before, strict=True))
            flipped = tuple(k - 1 - b for k, b in zip(w.shape, j, strict=True))
            row, column = cell("output", output), cell("input", i)
            taps.add(
                (
                    column,
                    cell("kernel", j),
                    cell("stamped", stamped),
                    cell("inserted", inserted),
                    cell("sliding", flipped),
                    row,
                    row * x.size + column,
                )
            )
    return taps


@each_setting
def test_three_routes_give_the_transposed_convolution(settings: dict[str, Any]) -> None:
    scene = zero_insertion_scene(X, W, matrix=True, **settings)
    expected = conv_transpose2d(X, W, **settings)
    stamped = scene["stamped"]
    kept = np.asarray(stamped.marks) == 0
    assert_array_equal(scene["output"].values, expected)
    assert_array_equal(stamped.values[kept].reshape(expected.shape), expected)
    assert_array_equal(scene["C.T"].values @ X.ravel(), expected.ravel())
    assert scene.notes[0].kind == "equal"
    assert f"all {expected.size} cells" in scene.notes[0].text


@each_setting
def test_taps_are_those_of_a_slow_loop(settings: dict[str, Any]) -> None:
    scene = zero_insertion_scene(X, W, matrix=True, **settings)
    table = products(scene, *ROUTES)
    with_input = table[table[:, 0] >= 0]
    found = set(map(tuple, with_input.tolist()))
    assert len(found) == len(with_input)
    assert found == slow_taps(X, W, scene, settings)
    with_zero = table[table[:, 0] < 0]
    assert (with_zero[:, [0, 1, 2, 6]] == -1).all()
    assert not scene["inserted"].values.flat[with_zero[:, 3]].any()
    assert np.count_nonzero(scene.taps["output"] >= 0) == scene["output"].values.size * W.size
    without = zero_insertion_scene(X, W, **settings)
    assert products(without, *ROUTES[:-1]).tolist() == table[:, :-1].tolist()
    assert without.taps.keys() == set(ROUTES[:-1])


@pytest.mark.parametrize("forget", [False, True])
@each_setting
def test_the_sliding_kernel_adds_up_to_the_output(settings: dict[str, Any], forget: bool) -> None:
    scene = zero_insertion_scene(X, W, forget_the_flip=forget, **settings)
    inserted, slid = scene["inserted"].values, scene["sliding"].values
    table = products(scene, "inserted", "sliding", "output")
    for number, step in enumerate(scene.steps):
        sliding = table[step.taps]
        sliding = sliding[sliding[:, 0] >= 0]
        assert len(sliding) == W.size
        assert set(sliding[:, 2]) == {number}
        total = (inserted.flat[sliding[:, 0]] * slid.flat[sliding[:, 1]]).sum()
        assert total == scene["output"].values.flat[number]
    blank, finished = (scene.values_at(step)["output"] for step in (1, len(scene.steps)))
    assert np.isnan(blank).sum() == blank.size - 1
    assert_array_equal(finished, scene["output"].values)


def test_c_t_is_the_transposed_matrix() -> None:
    scene = zero_insertion_scene(X, W, stride=2, padding=1, matrix=True)
    expected = conv_matrix(W, scene["output"].values.shape, stride=2, padding=1).T
    assert_array_equal(scene["C.T"].values, expected)
    marks = np.asarray(scene["C.T"].marks)
    assert_array_equal(marks == MARKS.index("structural zero"), expected == 0)


def test_pointing_lights_a_partner_in_every_route() -> None:
    scene = zero_insertion_scene(EXAMPLE_A, KERNEL_A, stride=2, padding=1, matrix=True)
    assert scene.layout.keys() == {"by stamps", "by zero insertion", "by C.T"}
    assert scene.partners("output", 4) == {
        "input": [0, 1, 2, 3],
        "kernel": [0, 2, 6, 8],
        "stamped": [12],
        "inserted": [6, 7, 8, 11, 12, 13, 16, 17, 18],
        "sliding": list(range(9)),
        "C.T": [16, 17, 18, 19],
    }
    assert scene.partners("input", 0)["stamped"] == [0, 1, 2, 5, 6, 7, 10, 11, 12]
    assert scene.partners("kernel", 0)["sliding"] == [8]
    assert scene.partners("inserted", 7) == {"sliding": list(range(6)), "output": list(range(6))}


def test_captions_write_out_the_products_with_an_input() -> None:
    scene = zero_insertion_scene(EXAMPLE_A, KERNEL_A, stride=2, padding=1)
    assert scene.steps[0].caption == "output[0, 0] = 2*4 = 8, and 8 products with a zero"
    assert scene.steps[4].caption == "output[1, 1] = 2*1 + 1*3 + 4*1 + 4*1 = 13, and 5 products with a zero"
    gap = zero_insertion_scene(EXAMPLE_A, COUNTING, stride=3)
    assert gap.steps[2].caption == "output[0, 2] = 0, and 4 products with a zero"
    full = zero_insertion_scene(X, np.array([[1, -2]]), padding=(0, 1))
    assert full.steps[0].caption == "output[0, 0] = 5*(-2) + 2*1 = -8"


def test_notes_of_example_a() -> None:
    scene = zero_insertion_scene(EXAMPLE_A, KERNEL_A, stride=2, padding=1, output_padding=1)
    assert [(note.kind, note.text) for note in scene.notes] == [
        ("equal", "stamps, C.T and zero insertion agree in all 16 cells"),
        ("code", "frame: 1*(3 - 1) - 1 = 1 before, 1*(3 - 1) - 1 + 1 = 2 after"),
        ("count", "the padding crops 9 stamped cells, and narrows the frame"),
        ("count", "144 products: 25 with an input, 39 with an inserted zero (27%), 80 in the frame"),
    ]


def test_axes_that_differ_have_a_note_each() -> None:
    texts = [note.text for note in zero_insertion_scene(X, W, padding=((0, 1), (2, 0))).notes]
    assert texts[1:3] == [
        "rows: 1*(2 - 1) - 0 = 1 before, 1*(2 - 1) - 1 = 0 after",
        "columns: 1*(3 - 1) - 2 = 0 before, 1*(3 - 1) - 0 = 2 after",
    ]


def test_a_negative_frame_crops_the_zero_inserted_input() -> None:
    x = np.arange(1, 13).reshape(3, 4)
    scene = zero_insertion_scene(x, COUNTING, stride=2, padding=2)
    cropped = np.asarray(scene["inserted"].marks) == MARKS.index("cropped")
    assert_array_equal(scene["inserted"].values, insert_zeros(x, 2))
    assert not cropped[1:-1, 1:-1].any()
    assert cropped.sum() == 20
    assert scene["inserted"].title == "zeros inserted 3x5, cropped from 5x7"
    assert scene["inserted"].origin == (0, 0), "of input[0, 0], cropped or not"
    framed = zero_insertion_scene(x, np.ones((3, 2)), padding=(0, 2))["inserted"]
    assert framed.origin == (2, 0)
    assert "the frame is negative: it crops 20 cells of the zero-inserted input" in [
        note.text for note in scene.notes
    ]
    assert scene.partners("input", 0).keys() == {"kernel", "stamped"}
    assert scene.notes[0].kind == "equal"


def test_the_frame_is_that_of_geometry() -> None:
    framed = framed_input(Axes(Geometry(2, 3, (0, 2), 2, 1), Geometry(3, 2, 5)), (2, 6))
    assert framed.marks.shape == (4 + 2 + 1, 11)
    assert framed.shape == (Geometry(2, 3, (0, 2), 2, 1).transposed_size(2), 3)
    lines = (framed.marks == MARKS.index("cropped")).all(axis=0)
    assert lines.tolist() == [True] * 3 + [False] * 5 + [True] * 3


def test_a_forgotten_flip_is_seen() -> None:
    settings: dict[str, Any] = {"stride": 2, "padding": 1, "forget_the_flip": True}
    scene = zero_insertion_scene(EXAMPLE_A, KERNEL_A, matrix=True, **settings)
    note = scene.notes[0]
    assert (note.kind, note.text) == (
        "differs",
        "4 of 9 cells differ from the stamps and from C.T, the first at output[0, 1]: 5, not 7",
    )
    assert_array_equal(scene["sliding"].values, KERNEL_A)
    assert scene["sliding"].title == "sliding, not flipped"
    expected = conv2d(np.pad(insert_zeros(EXAMPLE_A, 2), 1), KERNEL_A)
    assert_array_equal(scene["output"].values, expected)
    right = conv_transpose2d(EXAMPLE_A, KERNEL_A, stride=2, padding=1)
    assert scene["output"].wrong.tolist() == np.flatnonzero(expected != right).tolist()
    assert scene.partners("kernel", 0)["sliding"] == [0]
    assert scene.partners("C.T", 16) == {"input": [0], "kernel": [8], "output": [4], "stamped": [12]}


def test_a_kernel_that_a_half_turn_leaves_alone_hides_a_forgotten_flip() -> None:
    scene = zero_insertion_scene(X, SIZED_KERNELS["3x3, blur"], stride=2, forget_the_flip=True)
    assert scene.notes[0].kind == "equal"
    assert scene.notes[0].text.endswith("although the kernel was not flipped")
    assert scene["output"].wrong.size == 0


@pytest.mark.parametrize("x", [X / 10, X * 1e30, X * -0.5, X * 0])
def test_rounding_is_no_difference(x: np.ndarray) -> None:
    scene = zero_insertion_scene(x, W / 3, stride=2, dilation=2)
    assert scene.notes[0].kind == "equal"
    assert scene["output"].wrong.size == 0
    assert_allclose(scene["output"].values, conv_transpose2d(x, W / 3, stride=2, dilation=2), atol=1e-12)


def test_states_without_a_result_say_what_to_move() -> None:
    too_much = zero_insertion_scene(EXAMPLE_A, COUNTING, padding=2)
    too_long = zero_insertion_scene(EXAMPLE_A, COUNTING, output_padding=1)
    assert "padding" in too_much.notes[1].text
    assert "output padding" in too_long.notes[1].text
    assert not too_much.panels
    assert not too_long.panels


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[1, np.nan]], W), ValueError, "x must be finite"),
        (([1, 2, 3], W), ValueError, "x must be a matrix"),
        ((X, [["a"]]), TypeError, "w must hold"),
        ((X, np.zeros((2, 0))), ValueError, "w must not be empty"),
    ],
)
def test_bad_arrays_are_named(arguments: tuple[Any, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        zero_insertion_scene(*arguments)


@pytest.mark.parametrize("name", ["stride", "padding", "dilation", "output_padding"])
def test_bad_settings_are_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at least"):
        zero_insertion_scene(X, W, **{name: -1})
    with pytest.raises(TypeError, match=f"{name} must be an int"):
        zero_insertion_scene(X, W, **{name: 1.5})


def test_the_explorer_takes_arrays_of_ones_own() -> None:
    explorer = explore_zero_insertion(X, W, stride=3)
    assert explorer.settings["stride"] == 3
    assert_array_equal(explorer.scene()["output"].values, conv_transpose2d(X, W, stride=3))
    with pytest.raises(ValueError, match="x must be at most 4x4"):
        explore_zero_insertion(np.ones((5, 2)))
    with pytest.raises(ValueError, match="w must be at most 4x4"):
        explore_zero_insertion(w=np.ones((2, 5)))


def test_a_row_of_c_t_is_the_flipped_kernel() -> None:
    middle = conv_matrix(KERNEL_A, (5, 5)).T[12]
    assert_array_equal(middle.reshape(3, 3), KERNEL_A[::-1, ::-1])


@pytest.mark.parametrize("stride", [2, 3])
def test_the_share_of_inserted_zeros_goes_to_one_minus_one_by_s_squared(stride: int) -> None:
    """With a frame of zero width no product falls outside."""
    text = zero_insertion_scene(np.ones((16, 16)), np.ones((3, 3)), stride=stride, padding=2).notes[-1].text
    share = float(text.partition("(")[2].partition("%")[0]) / 100
    assert share == pytest.approx(1 - 1 / stride**2, abs=0.02)
    assert text.endswith(" 0 in the frame")


@pytest.mark.parametrize(("kernel", "stride"), [((4, 4), 2), ((3, 3), 2), ((2, 5), 2), ((3, 4), 3)])
def test_the_work_falls_apart_into_small_convolutions(kernel: tuple[int, int], stride: int) -> None:
    w = np.arange(1, np.prod(kernel) + 1).reshape(kernel)
    whole = conv_transpose2d(X, w, stride=stride)
    for a, b in np.ndindex(stride, stride):
        assert_array_equal(whole[a::stride, b::stride], conv_transpose2d(X, w[a::stride, b::stride]))


@pytest.mark.parametrize(("width", "kernel", "stride"), [(4, 3, 1), (4, 3, 2), (3, 2, 3), (1, 4, 2)])
def test_a_cell_of_one_row_collects_from_a_window(width: int, kernel: int, stride: int) -> None:
    x, w = np.arange(2, 2 + width), np.arange(1, 1 + kernel)
    scene = collecting_scene([x], [w], stride=stride)
    assert_array_equal(scene["output"].values, conv_transpose2d([x], [w], stride=(1, stride)))
    stamps, cells = scene["stamps"], scene["output"].values.size
    for n in range(width):
        alone = conv_transpose2d([x * (np.arange(width) == n)], [w], stride=(1, stride))[0]
        assert_array_equal(np.nan_to_num(stamps.values[n]), alone)
        assert_array_equal(np.flatnonzero(np.asarray(stamps.weights)[n] >= 0), np.flatnonzero(alone))
    for i, step in enumerate(scene.steps):
        lit = scene.lit(i + 1)
        assert lit["input"].tolist() == list(range(max(i - kernel + 1, 0), i + 1))
        reached = [n for n in range(width) if 0 <= i - stride * n < kernel]
        assert lit["stamps"].tolist() == [n * cells + i for n in reached]
        assert lit["kernel"].tolist() == sorted(i - stride * n for n in reached)
        total = " + ".join(f"{x[n]}*{w[i - stride * n]}" for n in reached)
        assert step.caption.startswith(f"output[0, {i}] = {total or '0: no stamp reaches it'}")


@pytest.mark.parametrize(("x", "w", "name"), [(X, [[1, 2]], "x"), ([[1, 2]], W, "w")])
def test_a_second_row_is_refused(x: np.ndarray, w: np.ndarray, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be one row"):
        collecting_scene(x, w)


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_caption_calls_a_panel_as_its_title_does(forgotten: bool) -> None:
    scene = zero_insertion_scene(EXAMPLE_A, KERNEL_A, stride=2, forget_the_flip=forgotten, matrix=True)
    for panel in scene.panels:
        assert panel.name in panel.heading.replace(",", "").split(), (
            "the picture names a cell after its panel"
        )


def test_a_scene_shows_some_of_its_panels_alone() -> None:
    scene = zero_insertion_scene(EXAMPLE_A, KERNEL_A, stride=2).only("output", "inserted")
    assert [panel.name for panel in scene.panels] == ["output", "inserted"]
    assert scene.partners("output", 0) == {"inserted": [0, 1, 2, 7, 8, 9, 14, 15, 16]}
    assert_array_equal(scene.values_at(len(scene.steps))["output"], scene.values_at(0)["output"])
    assert scene.only("inserted").start == {}
    with pytest.raises(ValueError, match="panel must be one of output, inserted, got"):
        scene.only("C.T")
