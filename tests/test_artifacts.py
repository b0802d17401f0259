"""The measure of checkerboards, the count of stamps, and the facts of lesson 06 about both."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from deconv_helpers.operators.artifacts import (
    artifact_energy,
    border_width,
    overlap_pattern,
    phase_means,
    smallest_input,
)
from deconv_helpers.operators.convolution import conv2d, conv_matrix, conv_transpose2d, overlap_count
from deconv_helpers.operators.geometry import Geometry
from deconv_helpers.operators.upsampling import bilinear_kernel, pixel_shuffle, upsample

RNG = np.random.default_rng(0)
CONSTANT = np.ones((12, 15))
ROUNDING = 1e-12


def ones(size: int) -> np.ndarray:
    return np.ones((size, size))


def crossed(*line: float) -> np.ndarray:
    return np.outer(line, line)


def grown(w: np.ndarray, stride: int = 2, layers: int = 1) -> np.ndarray:
    y = CONSTANT
    for _ in range(layers):
        y = conv_transpose2d(y, w, stride=stride)
    return y


def constant_energy(w: np.ndarray, stride: int = 2, layers: int = 1) -> float:
    """The energy of what becomes of a constant."""
    border = border_width(Geometry(len(w), stride=stride), layers)
    return artifact_energy(grown(w, stride, layers), stride**layers, border=border)


def slow_phase_means(y: np.ndarray, height: int, width: int, border: tuple[int, int]) -> np.ndarray:
    (top, left), (rows, columns) = border, y.shape
    means = np.zeros((height, width))
    down, across = (rows - 2 * top) // height, (columns - 2 * left) // width
    for a, b in product(range(height), range(width)):
        cells = [
            y[top + i * height + a, left + j * width + b] for i, j in product(range(down), range(across))
        ]
        means[a, b] = sum(cells) / len(cells)
    return means


@pytest.mark.parametrize(
    ("shape", "period", "border"),
    [
        ((9, 14), (2, 3), (0, 0)),
        ((11, 9), (1, 2), (2, 1)),
        ((13, 18), (4, 4), (1, 3)),
        ((2, 5), (1, 1), (0, 2)),
    ],
)
def test_phase_means_are_those_of_a_slow_loop(
    shape: tuple[int, int], period: tuple[int, int], border: tuple[int, int]
) -> None:
    y = RNG.normal(size=shape)
    np.testing.assert_allclose(phase_means(y, period, border=border), slow_phase_means(y, *period, border))


def test_phase_means_keep_images_and_channels() -> None:
    y = RNG.normal(size=(2, 3, 7, 9))
    found = phase_means(y, (2, 3))
    assert found.shape == (2, 3, 2, 3)
    np.testing.assert_allclose(found[1, 2], phase_means(y[1, 2], (2, 3)))


@pytest.mark.parametrize("period", [1, 2, 3, 6])
def test_the_energy_is_the_power_at_multiples_of_the_frequency(period: int) -> None:
    y = RNG.normal(size=(12, 18)) + 1
    power = np.abs(np.fft.fft2(y) / y.size) ** 2
    at = power[:: 12 // period, :: 18 // period].sum() - power[0, 0]
    assert artifact_energy(y, period) == pytest.approx(at / power.sum(), abs=1e-15)


def test_the_energy_lies_between_nothing_and_everything() -> None:
    assert artifact_energy(np.zeros((4, 6)), 2) == 0
    assert artifact_energy(np.full((4, 6), -7), 2) == 0
    assert artifact_energy(np.tile([[1, -1], [-1, 1]], (3, 4)), 2) == pytest.approx(1)
    assert artifact_energy(RNG.normal(size=(300, 200)), 2) < 1e-3
    assert artifact_energy(np.tile([[1e200, -1e200]], (2, 4)), (1, 2)) == pytest.approx(1), "no overflow"


def test_the_energy_has_no_unit_and_does_not_depend_on_the_position() -> None:
    y = np.tile(RNG.normal(size=(2, 3)), (5, 4)) + RNG.normal(size=(10, 12))
    energy = artifact_energy(y, (2, 3))
    assert artifact_energy(-40 * y, (2, 3)) == pytest.approx(energy)
    assert artifact_energy(np.roll(y, (1, 2), axis=(0, 1)), (2, 3)) == pytest.approx(energy)


def test_a_constant_added_lowers_the_energy_and_leaves_the_pattern() -> None:
    y = np.tile(RNG.normal(size=(2, 3)), (5, 4))
    y -= y.mean()
    strength = phase_means(y, (2, 3)).std()
    for added in (0, 1, 10):
        assert phase_means(y + added, (2, 3)).std() == pytest.approx(strength)
        assert artifact_energy(y + added, (2, 3)) == pytest.approx(strength**2 / (strength**2 + added**2))


def test_channels_are_weighed_by_their_energy() -> None:
    even, uneven = np.ones((4, 6)), np.tile([2.0, 0.0], (4, 3))
    assert artifact_energy(np.stack([uneven, even]), 2) == pytest.approx(1 / 3)
    assert artifact_energy(np.stack([uneven, 0 * even]), 2) == pytest.approx(1 / 2)
    assert artifact_energy(np.stack([uneven, even])[:, None], 2) == pytest.approx(1 / 3)


def test_the_border_is_kept_apart() -> None:
    y = grown(ones(4))
    assert artifact_energy(y, 2, border=2) == 0
    assert artifact_energy(grown(ones(3)), 2, border=1) == pytest.approx(0.19)
    assert artifact_energy(grown(ones(3)), 2) != pytest.approx(0.19, abs=1e-4)
    assert phase_means(grown(ones(3)), 2, border=1).tolist() == [[1, 2], [2, 4]]


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"y": np.ones(4)}, ValueError, r"y must be \(H, W\), .* got shape \(4,\)"),
    ({"y": "abc"}, TypeError, "y must hold ints or floats"),
    ({"y": [[1, np.nan]]}, ValueError, "y must be finite"),
    ({"period": 0}, ValueError, "period must be at least 1, got 0"),
    ({"period": 2.0}, TypeError, "period must be an int, got 2.0"),
    ({"period": (2, 2, 2)}, ValueError, "period must be an int or a pair"),
    ({"border": -1}, ValueError, "border must be at least 0, got -1"),
    ({"period": 4}, ValueError, "y must have at least 8 rows for period 4 and border 0, got 6"),
    ({"period": (1, 4), "border": (0, 1)}, ValueError, "y must have at least 10 columns .* got 9"),
    ({"period": 1, "border": 3}, ValueError, "y must have at least 7 rows for period 1 and border 3, got 6"),
]


@pytest.mark.parametrize("measure", [artifact_energy, phase_means])
@pytest.mark.parametrize(("arguments", "error", "message"), BAD)
def test_bad_arguments(measure: Any, arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        measure(**{"y": np.ones((6, 9)), "period": 2, **arguments})


def test_counts_take_turns_exactly_where_the_stride_does_not_divide() -> None:
    for kernel_size, stride in product(range(1, 8), range(1, 5)):
        pattern = overlap_pattern(kernel_size, stride)
        assert set(pattern) == {kernel_size // stride, -(-kernel_size // stride)}, (kernel_size, stride)
        assert (len(set(pattern)) == 1) == (kernel_size % stride == 0), (kernel_size, stride)


@pytest.mark.parametrize(
    ("kernel_size", "stride", "dilation"),
    [(1, 3, 1), (2, 2, 1), (3, 2, 1), (5, 3, 1), (5, 1, 1), (3, 2, 2), (4, 2, 3), (4, 3, 2)],
)
def test_the_pattern_repeats_in_the_interior_and_nowhere_else(
    kernel_size: int, stride: int, dilation: int
) -> None:
    axis = Geometry(kernel_size, stride=stride, dilation=dilation)
    counts = overlap_count((1, 20), (1, kernel_size), stride=(1, stride), dilation=(1, dilation))[0]
    pattern, border = overlap_pattern(kernel_size, stride, dilation=dilation), border_width(axis)
    expected = pattern[np.arange(len(counts)) % stride]
    inside = slice(border, len(counts) - border)
    np.testing.assert_array_equal(counts[inside], expected[inside])
    if border and dilation == 1:
        assert counts[border - 1] < expected[border - 1]
        assert counts[-border] < expected[-border]


def test_known_counts() -> None:
    assert overlap_count((1, 6), (1, 3), stride=(1, 2))[0, 1:-1].tolist() == [1, 2] * 5 + [1]
    assert set(overlap_count((1, 6), (1, 4), stride=(1, 2))[0, 2:-2]) == {2}
    assert overlap_pattern(4, 2, dilation=2).tolist() == [4, 0]
    assert overlap_pattern(3, 2, dilation=2).tolist() == [3, 0]
    assert np.roll(overlap_pattern(3, 2, layers=2), 1).tolist() == [1, 3, 2, 3]
    third = overlap_pattern(3, 2, layers=3)
    assert (third.min(), third.max()) == (1, 5)


@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding", "layers"),
    [(3, 2, 0, 2), (3, 2, 1, 3), (5, 3, 0, 2), (5, 2, 2, 2), (2, 3, 0, 2), (4, 2, 1, 3), (4, 3, (1, 0), 2)],
)
def test_layers_multiply_the_pattern_and_widen_the_border(
    kernel_size: int, stride: int, padding: Any, layers: int
) -> None:
    axis = Geometry(kernel_size, stride=stride, padding=padding)
    counts = np.ones((1, 12), dtype=int)
    for _ in range(layers):
        counts = conv_transpose2d(
            counts, np.ones((1, kernel_size), dtype=int), stride=(1, stride), padding=(0, padding)
        )
    border, period = border_width(axis, layers), stride**layers
    pattern = phase_means(counts, (1, period), border=(0, border))[0]
    inside = counts[0, border : len(counts[0]) - border]
    np.testing.assert_array_equal(inside, np.resize(pattern, len(inside)))
    expected = overlap_pattern(kernel_size, stride, layers=layers)
    assert any(np.array_equal(pattern, np.roll(expected, shift)) for shift in range(period))


def test_output_padding_shows_more_of_the_border() -> None:
    axis = Geometry(3, stride=2, padding=1, output_padding=1)
    assert border_width(axis) == 1
    assert border_width(Geometry(3, stride=2, padding=1)) == 0


@pytest.mark.parametrize(
    ("kernel_size", "stride", "layers"), [(1, 1, 1), (1, 3, 2), (3, 2, 1), (2, 3, 3), (3, 1, 2), (5, 3, 3)]
)
def test_the_smallest_input_has_just_enough_interior(kernel_size: int, stride: int, layers: int) -> None:
    axis = Geometry(kernel_size, stride=stride)

    def interior(n: int) -> int:
        for _ in range(layers):
            n = axis.transposed_size(n)
        return n - 2 * border_width(axis, layers)

    n = smallest_input(kernel_size, stride, layers=layers, periods=3)
    assert interior(n) >= 3 * stride**layers
    assert n == 1 or interior(n - 1) < 3 * stride**layers


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: overlap_pattern(0, 2), ValueError, "kernel_size must be at least 1, got 0"),
        (lambda: overlap_pattern(3, 2, layers=0), ValueError, "layers must be at least 1, got 0"),
        (lambda: overlap_pattern(3, 2, layers=40), ValueError, r"stride \*\* layers must be at most 1000000"),
        (lambda: overlap_pattern(3, 1, layers=99), ValueError, r"counts of up to 3\*\*99 must fit 64-bit"),
        (lambda: border_width(Geometry(3), layers=True), TypeError, "layers must be an int, got True"),
        (lambda: overlap_pattern(3, 1, layers=10**6), ValueError, "layers must be at most 100, got 1000000"),
        (lambda: border_width(Geometry(3, stride=2), 10**6), ValueError, "layers must be at most 100"),
        (lambda: smallest_input(3, 2, layers=10**6), ValueError, "layers must be at most 100"),
        (lambda: smallest_input(3, 2, periods=0), ValueError, "periods must be at least 1, got 0"),
    ],
)
def test_bad_arguments_of_counts(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    ("w", "stride", "energy"),
    [
        (ones(3), 2, 0.19),
        (ones(4), 2, 0),
        (ones(6), 3, 0),
        (ones(2), 3, 5 / 9),
        (crossed(1, 0, 1, 0), 2, 0.75),
        (crossed(1, 2, 1), 2, 0),
        (bilinear_kernel(4), 2, 0),
        (bilinear_kernel(6), 3, 0),
        (bilinear_kernel(5), 3, 0),
    ],
)
def test_the_measure_sees_weights(w: np.ndarray, stride: int, energy: float) -> None:
    assert constant_energy(w, stride) == pytest.approx(energy, abs=ROUNDING)


def test_even_counts_may_alternate_and_uneven_counts_be_flat() -> None:
    one, other = (conv_transpose2d(np.ones((1, 6)), [w], stride=(1, 2))[0] for w in ([1, 0, 1, 0], [1, 2, 1]))
    assert one[2:-2].tolist() == [2, 0] * 5
    assert other[1:-1].tolist() == [2] * 11
    assert set(overlap_pattern(4, 2)) == {2}
    assert set(overlap_pattern(3, 2)) == {1, 2}


@pytest.mark.parametrize(("layers", "flat"), [(1, [2, 4]), (2, [4])])
def test_which_boxes_flatten_one_and_two_layers(layers: int, flat: list[int]) -> None:
    y, period = grown(ones(3), layers=layers), 2**layers
    border = border_width(Geometry(3, stride=2), layers)
    left = {b: artifact_energy(conv2d(y, ones(b)), period, border=border) for b in (2, 3, 4, 5)}
    assert [b for b, energy in left.items() if energy < ROUNDING] == flat
    assert all(energy > 0.005 for b, energy in left.items() if b not in flat)


@pytest.mark.parametrize("size", [3, 4, 5])
def test_random_weights_leave_a_quarter_constant_whatever_the_count(size: int) -> None:
    w = RNG.normal(size=(1, 3000, size, size))
    y = conv_transpose2d(np.ones((1, 5, 6)), w, stride=2)
    assert artifact_energy(y, 2, border=size - 2) == pytest.approx(0.75, abs=0.03)


def test_a_strided_convolution_has_the_pattern_in_its_gradient() -> None:
    gradient = conv_matrix(np.ones((1, 3)), (1, 11), stride=(1, 2)).sum(axis=0)
    assert gradient[1:-1].tolist() == [1, 2, 1, 2, 1, 2, 1, 2, 1]


def nudged(w: np.ndarray) -> np.ndarray:
    return w * (1 + 0.2 * RNG.normal(size=w.shape))


def test_the_ranking_of_the_remedies() -> None:
    """Those that any weights leave at 0, those that only start there, those that do not help."""
    draws, x = 100, CONSTANT[None]

    def energy(y: np.ndarray) -> float:
        return artifact_energy(y, 2, border=4)

    def stamped(w: np.ndarray) -> np.ndarray:
        return conv_transpose2d(x, w[None], stride=2)

    def sub_pixel(w: np.ndarray) -> np.ndarray:
        return pixel_shuffle(conv2d(x, w.reshape(-1, 1, 3, 3)), 2)

    def many(w: np.ndarray) -> np.ndarray:
        return np.tile(w, (draws, 1, 1))

    small, large = (RNG.normal(size=(draws, n, n)) for n in (3, 4))
    copies = np.repeat(RNG.normal(size=(draws, 1, 3, 3)), 4, axis=1)
    box = conv2d(stamped(nudged(many(ones(3))))[:, None], ones(2)[None, None])
    kept = [energy(conv2d(upsample(x, 2, m), small[:, None])) for m in ("nearest", "bilinear")]
    kept.append(energy(box[:, 0]))
    starts = [
        energy(y) for y in (stamped(many(ones(4))), sub_pixel(copies), stamped(many(bilinear_kernel(4))))
    ]
    moved = [
        energy(y)
        for y in (
            stamped(nudged(many(ones(4)))),
            sub_pixel(nudged(copies)),
            stamped(nudged(many(bilinear_kernel(4)))),
        )
    ]
    untreated = energy(stamped(many(ones(3))))
    random = [energy(stamped(large)), energy(sub_pixel(RNG.normal(size=(draws, 4, 3, 3))))]
    assert max(*kept, *starts) < ROUNDING
    assert 1e-4 < min(moved) <= max(moved) < untreated == pytest.approx(0.19)
    assert min(random) > 0.6
