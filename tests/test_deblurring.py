"""Lesson 09: the filters against slow loops and dense matrices, what noise does, its scene and explorer."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import scipy.ndimage

from deconv_helpers import (
    conv2d,
    deblurring_scene,
    descent_scene,
    explore_deconvolution,
    explore_descent,
    sample_image,
)
from deconv_helpers.lessons.deblurring import DECONVOLUTION
from deconv_helpers.lessons.images import bars, stars
from deconv_helpers.operators.deblurring import (
    LAPLACIAN,
    blur,
    box_kernel,
    descended,
    gaussian_kernel,
    inverse_filter,
    regularised_filter,
    richardson_lucy,
    rms_error,
    transfer_function,
    wiener_filter,
)
from deconv_helpers.scenes.scene import Grey, Note

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 10, (5, 7)).astype(float)
KERNELS: dict[str, Any] = {
    "3x3": RNG.integers(1, 6, (3, 3)),
    "1x4": RNG.integers(1, 6, (1, 4)),
    "4x2": RNG.integers(1, 6, (4, 2)),
    "5x7": RNG.integers(-3, 6, (5, 7)),
    "1x1": np.array([[2]]),
}
each_kernel = pytest.mark.parametrize("h", KERNELS.values(), ids=KERNELS)


def slow_blur(f: Any, h: Any) -> Any:
    """The definition: each pixel spreads over the kernel around it, and comes in again at the other side."""
    g = np.zeros(f.shape)
    for i, j in np.ndindex(f.shape):
        for a, b in np.ndindex(h.shape):
            row, column = (i + a - h.shape[0] // 2) % f.shape[0], (j + b - h.shape[1] // 2) % f.shape[1]
            g[row, column] += f[i, j] * h[a, b]
    return g


def matrix(h: Any, shape: tuple[int, int]) -> Any:
    """C with C @ f.ravel() == slow_blur(f, h).ravel(), built point by point."""
    points = np.eye(shape[0] * shape[1]).reshape(-1, *shape)
    return np.stack([slow_blur(point, h).ravel() for point in points], axis=1)


@each_kernel
def test_blur_is_the_convolution_of_signal_processing(h: Any) -> None:
    np.testing.assert_allclose(blur(PICTURE, h), slow_blur(PICTURE, h), atol=1e-10)


def test_blur_agrees_with_scipy_and_with_conv2d_on_a_turned_kernel() -> None:
    h = KERNELS["3x3"]
    np.testing.assert_allclose(blur(PICTURE, h), scipy.ndimage.convolve(PICTURE, h, mode="wrap"), atol=1e-10)
    wrapped = np.pad(PICTURE, 1, mode="wrap")
    np.testing.assert_allclose(blur(PICTURE, h), conv2d(wrapped, h[::-1, ::-1]), atol=1e-10)


@each_kernel
def test_singular_values_of_the_blur_are_its_responses(h: Any) -> None:
    found = np.linalg.svd(matrix(h, PICTURE.shape), compute_uv=False)
    responses = np.abs(transfer_function(h, PICTURE.shape)).ravel()
    np.testing.assert_allclose(found, np.sort(responses)[::-1], atol=1e-9)


@each_kernel
def test_the_conjugate_is_the_transposed_matrix(h: Any) -> None:
    H = transfer_function(h, PICTURE.shape)
    transposed = np.fft.ifft2(H.conj() * np.fft.fft2(PICTURE)).real
    expected = matrix(h, PICTURE.shape).T @ PICTURE.ravel()
    np.testing.assert_allclose(transposed.ravel(), expected, atol=1e-9)


@pytest.mark.parametrize("h", [KERNELS["3x3"], box_kernel(3, 3), box_kernel(2, 1), np.zeros((2, 2))], ids=str)
def test_the_inverse_filter_is_the_pseudo_inverse(h: Any) -> None:
    """Also where the blur wipes waves out: boxes of 3 and 2 on 6x9."""
    g = np.random.default_rng(1).normal(size=(6, 9))
    expected = np.linalg.pinv(matrix(h, g.shape), rcond=1e-10) @ g.ravel()
    np.testing.assert_allclose(inverse_filter(g, h).ravel(), expected, atol=1e-8)


@each_kernel
@pytest.mark.parametrize("strength", [1e-4, 0.1, 30])
def test_the_regularised_filter_solves_the_normal_equations(h: Any, strength: float) -> None:
    C, D = matrix(h, PICTURE.shape), matrix(LAPLACIAN, PICTURE.shape)
    expected = np.linalg.solve(C.T @ C + strength * D.T @ D, C.T @ PICTURE.ravel())
    found = regularised_filter(PICTURE, h, strength)
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-6, atol=1e-8)


def test_the_regularised_filter_has_its_two_ends() -> None:
    h = KERNELS["3x3"]
    np.testing.assert_allclose(regularised_filter(PICTURE, h, 0), inverse_filter(PICTURE, h))
    flat = regularised_filter(PICTURE, h, 1e12)
    np.testing.assert_allclose(flat, PICTURE.mean() / h.sum(), rtol=1e-6)


@each_kernel
def test_a_wiener_filter_of_one_ratio_is_ridge_regression(h: Any) -> None:
    C = matrix(h, PICTURE.shape)
    expected = np.linalg.solve(C.T @ C + 0.3 * np.eye(PICTURE.size), C.T @ PICTURE.ravel())
    np.testing.assert_allclose(wiener_filter(PICTURE, h, 0.3).ravel(), expected, atol=1e-9)


def test_a_wiener_filter_with_the_true_ratio_has_the_least_error() -> None:
    """Random pictures of a known spectrum: any other ratio does worse on average."""
    rng, shape, h = np.random.default_rng(2), (32, 24), gaussian_kernel(1)
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(32), np.fft.fftfreq(24), indexing="ij"))
    amplitude = 1 / (0.02 + radius)
    ratio = 4.0 / amplitude**2
    errors = dict.fromkeys((0.2, 1.0, 5.0), 0.0)
    for _ in range(20):
        f = np.fft.ifft2(amplitude * np.fft.fft2(rng.normal(size=shape))).real
        g = blur(f, h) + 2 * rng.normal(size=shape)
        for factor in errors:
            errors[factor] += rms_error(wiener_filter(g, h, factor * ratio), f) ** 2
    assert errors[1.0] < 0.99 * min(errors[0.2], errors[5.0])


@pytest.mark.parametrize(
    "h", [KERNELS["3x3"], KERNELS["4x2"], gaussian_kernel(0.5)], ids=["3x3", "4x2", "5x5"]
)
def test_richardson_lucy_against_its_definition(h: Any) -> None:
    g = slow_blur(PICTURE, h)
    C = matrix(h, g.shape)
    estimate = np.full(g.size, g.mean() / h.sum())
    likelihoods = []
    for rounds in range(1, 8):
        estimate = estimate * (C.T @ (g.ravel() / (C @ estimate))) / h.sum()
        found = richardson_lucy(g, h, rounds)
        np.testing.assert_allclose(found.ravel(), estimate, rtol=1e-8)
        assert found.min() >= 0
        assert found.sum() * h.sum() == pytest.approx(g.sum()), "light is kept"
        seen = C @ estimate
        likelihoods.append((g.ravel() * np.log(seen) - seen).sum())
    assert likelihoods == sorted(likelihoods), "each round explains the photons better"


@pytest.mark.parametrize("h", [*KERNELS.values(), box_kernel(3, 3), np.zeros((2, 2))], ids=str)
def test_steps_of_descent_against_a_loop_with_the_matrix(h: Any) -> None:
    """Also where the blur wipes waves out: a box of 3 on 6x9."""
    g = np.random.default_rng(1).normal(size=(6, 9))
    C = matrix(h, g.shape)
    rate = 1.9 / (np.linalg.norm(C, 2) ** 2 or 1)
    f = np.zeros(g.size)
    np.testing.assert_array_equal(descended(g, h, 0), 0)
    for steps in range(1, 201):
        f = f + rate * C.T @ (g.ravel() - C @ f)
        if steps in (1, 2, 7, 200):
            np.testing.assert_allclose(descended(g, h, steps).ravel(), f, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("unit", [1e-200, 1e-3, 1e200])
def test_the_filters_do_not_depend_on_the_unit_of_the_kernel(unit: float) -> None:
    h = np.array([[1, 4, 1], [0, 2, 0]])
    np.testing.assert_allclose(inverse_filter(PICTURE, h * unit) * unit, inverse_filter(PICTURE, h))
    np.testing.assert_allclose(richardson_lucy(PICTURE, h * unit, 5) * unit, richardson_lucy(PICTURE, h, 5))
    np.testing.assert_allclose(descended(PICTURE, h * unit, 9) * unit, descended(PICTURE, h, 9))
    if unit == 1e-3:
        ratio = 0.1 * unit**2
        np.testing.assert_allclose(
            wiener_filter(PICTURE, h * unit, ratio) * unit, wiener_filter(PICTURE, h, 0.1)
        )


def test_whole_numbers_whose_sums_exceed_64_bits() -> None:
    large = 2**61  # the sum of the weights is 2**63
    h = np.array([[1, 2, 1]])
    np.testing.assert_allclose(richardson_lucy(PICTURE, h * large, 5) * large, richardson_lucy(PICTURE, h, 5))
    assert rms_error([[2 * large, 0, 0]], [[-2 * large, 0, 0]]) == pytest.approx(4 * large / 3**0.5)
    assert rms_error([[1e200, 0.0]], [[0.0, 0.0]]) == pytest.approx(1e200 / 2**0.5)
    assert rms_error([[3, 4]], [[3, 4]]) == 0


def test_richardson_lucy_of_darkness_is_dark() -> None:
    assert not richardson_lucy(np.zeros((3, 5)), [[1, 2, 1]], 3).any()


def test_kernels() -> None:
    h = gaussian_kernel(1.5)
    assert h.shape == (11, 11)
    assert h.sum() == pytest.approx(1)
    np.testing.assert_allclose(h, h[::-1, ::-1])
    offsets = np.arange(-5, 6)
    assert np.sqrt((h.sum(axis=0) * offsets**2).sum()) == pytest.approx(1.5, rel=0.03)
    assert box_kernel(2, 5).shape == (2, 5)
    assert box_kernel(2, 5).sum() == pytest.approx(1)


def test_noise_ruins_the_division_and_the_knob_has_a_valley() -> None:
    """The numbers of the lesson, with room for other machines."""
    f, h = sample_image(96), gaussian_kernel(1.5)
    g = blur(f, h)
    assert rms_error(inverse_filter(g, h), f) < 1e-5
    noisy = g + 0.01 * np.random.default_rng(7).normal(size=f.shape)
    assert rms_error(inverse_filter(noisy, h), f) > 1e6
    low, middle, high = (rms_error(regularised_filter(noisy, h, knob), f) for knob in (1e-6, 1e-3, 10))
    assert middle < 0.8 * rms_error(noisy, f) < min(low, high)


def test_two_pictures_that_a_box_makes_equal() -> None:
    wave = np.cos(2 * np.pi * np.arange(9) / 3) * np.ones((4, 1))
    np.testing.assert_allclose(blur(wave, box_kernel(1, 3)), 0, atol=1e-12)
    assert np.abs(inverse_filter(blur(wave, box_kernel(1, 3)), box_kernel(1, 3))).max() < 1e-9


WRONG: list[tuple[Any, type[Exception], str]] = [
    (lambda: blur([1, 2], [[1]]), ValueError, r"^f must be a matrix \(rows, columns\), got shape \(2,\)"),
    (lambda: blur([[1, np.nan]], [[1]]), ValueError, "^f must be finite"),
    (lambda: blur([[1, 2]], np.ones((2, 1))), ValueError, r"^h must be .* \(1, 2\), got shape \(2, 1\)"),
    (lambda: blur([[1, 2]], np.ones((1, 1, 1, 1))), ValueError, "^h must be"),
    (lambda: blur([[1, 2]], [["a"]]), TypeError, "^h must hold ints or floats"),
    (lambda: inverse_filter("g", [[1]]), TypeError, "^g must hold ints or floats"),
    (lambda: wiener_filter(PICTURE, [[1]], -1), ValueError, "^noise_to_signal must be at least 0, got -1"),
    (lambda: wiener_filter(PICTURE, [[1]], [1, 2]), ValueError, r"^noise_to_signal must be one number or of"),
    (lambda: regularised_filter(PICTURE, [[1]], -0.1), ValueError, "^regularisation must be at least 0, got"),
    (lambda: regularised_filter(PICTURE, [[1]], "1"), TypeError, "^regularisation must be a number, got '1'"),
    (lambda: regularised_filter(PICTURE, [[1]], np.inf), ValueError, "^regularisation must be finite"),
    (
        lambda: regularised_filter(np.ones((2, 9)), [[1]], 1),
        ValueError,
        r"^g must be at least 3x3, got shape",
    ),
    (lambda: richardson_lucy([[-1, 2]], [[1]], 1), ValueError, "^g must be at least 0 everywhere, got -1"),
    (lambda: richardson_lucy([[1, 2]], [[-1]], 1), ValueError, "^h must be at least 0 everywhere, got -1"),
    (lambda: richardson_lucy([[1, 2]], [[0]], 1), ValueError, "^h must have a weight above 0"),
    (lambda: richardson_lucy([[1, 2]], [[1]], 0), ValueError, "^rounds must be at least 1, got 0"),
    (lambda: descended(PICTURE, [[1]], -1), ValueError, "^steps must be at least 0, got -1"),
    (lambda: descended(PICTURE, [[1]], 2.5), TypeError, "^steps must be"),
    (lambda: descended([1, 2], [[1]], 1), ValueError, r"^g must be a matrix"),
    (lambda: descent_scene(np.ones((4, 4)), [[1]], noise=-1), ValueError, "^noise must be at least 0, got"),
    (lambda: explore_descent(x=np.ones((65, 3))), ValueError, "^x must be at most 64x64"),
    (lambda: gaussian_kernel(0), ValueError, "^width must be above 0 and at most 50 pixels, got 0"),
    (lambda: gaussian_kernel(1e9), ValueError, "^width must be above 0 and at most 50 pixels"),
    (lambda: gaussian_kernel(True), TypeError, "^width must be a number, got True"),
    (lambda: box_kernel(0, 3), ValueError, "^rows must be at least 1, got 0"),
    (lambda: box_kernel(3, 2.5), TypeError, "^columns must be"),
    (lambda: box_kernel(10**6, 10**6), ValueError, "^the kernel would be 1000000x1000000"),
    (lambda: transfer_function([[1]], (10**6, 10**6)), ValueError, "^the kernel would be 1000000x1000000"),
    (lambda: transfer_function([[1]], (3, 4, 5)), ValueError, r"^shape must be \(rows, columns\), got"),
    (lambda: blur(np.ma.masked_equal(PICTURE, PICTURE[0, 0]), [[1]]), ValueError, "^f must have no masked"),
    (lambda: rms_error([[1, 2]], [[1]]), ValueError, r"^estimate must have the shape of f \(1, 1\), got"),
    (lambda: bars(0, 4), ValueError, "^rows must be at least 1, got 0"),
    (lambda: stars(4, "4"), TypeError, "^columns must be"),
    (lambda: bars(10**6, 10**6), ValueError, "^the picture would be 1000000x1000000"),
    (lambda: stars(10**6, 10**6), ValueError, "^the picture would be 1000000x1000000"),
    (
        lambda: deblurring_scene(np.ones((4, 4)), [[1]], noise=-1),
        ValueError,
        "^noise must be at least 0, got -1",
    ),
    (lambda: deblurring_scene(np.ones((4, 4)), [[1]], noise=np.nan), ValueError, "^noise must be at least 0"),
    (lambda: deblurring_scene(np.ones(4), [[1]]), ValueError, "^f must be a matrix"),
    (lambda: explore_deconvolution(x=np.ones((65, 3))), ValueError, "^x must be at most 64x64"),
    (lambda: explore_deconvolution(w=[[1, 2], [3]]), ValueError, "^w must have rows of equal length"),
    (
        lambda: explore_deconvolution(regularisation=3),
        ValueError,
        "^regularisation must be one of 1e-5, 1e-4",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG)
def test_wrong_arguments_are_named(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_the_scene() -> None:
    f, h = bars(20, 24), box_kernel(1, 3)
    scene = deblurring_scene(f, h, noise=0.05, regularisation=0.01)
    names = ["input", "kernel", "blurred", "division", "regularised", "spectrum"]
    assert [panel.name for panel in scene.panels] == names
    assert all(panel.image and panel.values.shape == f.shape for panel in scene.panels)
    assert np.argwhere(scene["kernel"].values).tolist() == [[9, 10], [9, 11], [9, 12]]
    spectrum, grey = scene["spectrum"].values, scene["spectrum"].image
    assert grey == Grey(1e-4, 1, decades=True)
    levels = grey.levels(spectrum)
    assert levels[10, 12] == 255, "the mean passes a blur, and stands in the middle"
    assert levels[10, [4, 20]].tolist() == [0, 0], "waves of three pixels do not"
    partners = {"blurred": [30], "division": [30], "regularised": [30]}
    assert scene.partners("input", 30) == partners
    assert scene.partners("kernel", 30) == {}
    noisy = blur(f, h) + 0.05 * np.random.default_rng(7).normal(size=f.shape)
    made = {"input": f, "blurred": noisy, "division": inverse_filter(noisy, h)}
    made["regularised"] = regularised_filter(noisy, h, 0.01)
    for name, values in made.items():
        assert scene[name].image == Grey(0, 1)
        np.testing.assert_allclose(scene[name].values, values, atol=0.00051)
    responses = np.fft.fftshift(np.abs(transfer_function(h, f.shape)))
    np.testing.assert_allclose(spectrum, responses, atol=0.00051)
    assert scene["kernel"].origin == (9, 10), "a reader counts the cells of the kernel"
    assert scene["spectrum"].origin == (10, 12), "and the waves from the constant one"
    error = rms_error(regularised_filter(noisy, h, 0.01), f)
    assert f"regularised {error:.3f}" in scene.notes[0].text
    assert "40 of 480 waves are wiped out" in scene.notes[2].text


def test_a_weak_wave_is_no_black_one() -> None:
    scene = deblurring_scene(np.eye(9, 8), [[0.5001, 0.4999]], noise=0)
    weak = np.abs(transfer_function([[0.5001, 0.4999]], (9, 8))).min()
    assert scene["spectrum"].values.min() == pytest.approx(weak, rel=0.005)
    image = scene["spectrum"].image
    assert image
    assert image.levels(scene["spectrum"].values).min() > 0
    gone = deblurring_scene(np.eye(9, 8), [[1, 1]], noise=0)["spectrum"].values
    assert (gone == 0).sum() == 9, "a wave of which rounding is left is wiped out"


def test_the_smallest_response_and_its_factor_fit() -> None:
    seen = set()
    for kernel in ("Gaussian", "box", "moving camera"):
        for width in (1, 2, 3):
            text = DECONVOLUTION.at(kernel=kernel, blur_width=width).scene.notes[2].text
            smallest, factor = (float(n) for n in re.findall(r" (?:is|by) ([0-9.e-]+\d)", text))
            assert smallest * factor == pytest.approx(1, rel=0.02), text
            seen.add(text)
    assert "smallest |H| is 0.0259: division multiplies the noise there by 38.6" in seen


def notes(explorer: Any, **settings: Any) -> tuple[Note, ...]:
    found: tuple[Note, ...] = explorer.scene(**settings).notes
    return found


def test_the_answers_to_the_questions_of_the_lesson() -> None:
    explorer = explore_deconvolution()
    assert notes(explorer, blur_width=3, noise=0.0)[1] == Note("equal", "division brings the input back")
    assert "division 5.381" in notes(explorer, blur_width=1, noise=0.01)[0].text
    assert "division 0.538" in notes(explorer, blur_width=1, noise=0.001)[0].text
    for noise, best in ((0.01, 1e-3), (0.05, 1e-2)):
        errors = {
            strength: float(
                notes(explorer, blur_width=1, noise=noise, regularisation=strength)[0].text.split()[-1]
            )
            for strength in explorer.options["regularisation"].values
        }
        assert min(errors, key=lambda strength: errors[strength]) == best
    explorer.kernel = "box"
    verdict, waves = notes(explorer, blur_width=1, noise=0.0)[1:]
    assert verdict.kind == "differs"
    assert "76 of 1824 waves are wiped out" in waves.text
    assert (explorer.scene(blur_width=1)["spectrum"].values == 0).all(axis=1).sum() == 2, "two black lines"
    explorer.close()


def test_the_explorer_takes_arrays_of_your_own() -> None:
    explorer = explore_deconvolution(x=bars(6, 9), w=[[1, 2, 1]], noise=0.0, regularisation=1e-5)
    assert explorer.settings == {"noise": 0.0, "regularisation": 1e-5}
    assert explorer.scene()["input"].values.shape == (6, 9)
    explorer.close()


def test_a_kernel_of_zeros_shows_black_and_no_error() -> None:
    scene = deblurring_scene(bars(4, 6), [[0]])
    assert not scene["division"].values.any()
    assert "24 of 24 waves are wiped out" in scene.notes[2].text


def test_the_scene_of_steps() -> None:
    """Each step shows what a plain loop makes, blurring with the kernel and with the turned kernel."""
    f, h = bars(20, 24), np.array([[1, 2, 3, 4, 5]]) / 15
    scene = descent_scene(f, h, noise=0.05)
    g = blur(f, h) + 0.05 * np.random.default_rng(7).normal(size=f.shape)
    np.testing.assert_allclose(scene["blurred"].values, g, atol=0.00051)
    made, estimate, errors = {0: np.zeros(f.shape)}, np.zeros(f.shape), []
    for count in range(1, 2001):
        estimate = estimate + 1.9 * blur(g - blur(estimate, h), h[::-1, ::-1])
        made[count] = estimate
    for number, step in enumerate(scene.steps, 1):
        count, shown = int(step.label), scene.values_at(number)
        np.testing.assert_allclose(shown["estimate"], made[count], atol=0.00051)
        errors.append(rms_error(made[count], f))
        assert f"RMS error {errors[-1]:.3f}" in step.caption
        np.testing.assert_allclose(shown["error"][0, :number], 100 * np.array(errors), atol=0.051)
        assert np.isnan(shown["error"][0, number:]).all()
    best = int(np.argmin(errors))
    assert f"lowest, {errors[best]:.3f}, after {scene.steps[best].label} steps" in scene.notes[0].text
    assert scene.partners("input", 30) == {"blurred": [30], "estimate": [30]}
    for number in range(1, len(scene.steps) + 1):
        lit = {name: cells.tolist() for name, cells in scene.lit(number).items() if cells.size}
        assert lit == {"error": [number - 1]}, "pointing at an error tells its step"


def test_more_noise_asks_for_fewer_steps_and_none_for_all() -> None:
    explorer = explore_descent()
    assert notes(explorer, blur_width=1, noise=0.0)[0] == Note(
        "equal", "the RMS error falls to the last step"
    )
    for noise, steps in ((0.01, 50), (0.05, 20)):
        assert f"after {steps} steps; then it grows" in notes(explorer, blur_width=1, noise=noise)[0].text
    explorer.close()
    own = explore_descent(x=bars(6, 9), w=[[1, 2, 1]], noise=0.0)
    assert own.settings == {"noise": 0.0}
    assert own.scene()["estimate"].values.shape == (6, 9)
    own.close()
