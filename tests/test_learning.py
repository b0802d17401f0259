"""Lesson 08: gradients against numerical ones, losses, optimiser and descent, the scene, and its facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from geometries import Case, a_case
from hypothesis import given, settings
from scenes import products

from deconv_helpers import (
    Adam,
    artifact_energy,
    bilinear_kernel,
    conv2d,
    conv2d_gradients,
    conv_transpose2d,
    conv_transpose2d_gradients,
    cross_entropy,
    explore_learning,
    glyphs,
    kernel_gradient,
    labelled_pages,
    learning_scene,
    squared_error,
    tied_kernel,
    tied_kernel_gradient,
    upsample,
)
from deconv_helpers.lessons.glyphs import HELD_OUT, TRAINING
from deconv_helpers.lessons.learning import SNAPSHOTS, trained
from deconv_helpers.operators.learning import descend, quadratic_loss
from deconv_helpers.scenes.scene import Grey

GEOMETRIES = settings(max_examples=80, deadline=None)
Array = np.ndarray[Any, Any]


def numerical(loss: Callable[[Array], float], at: Array, step: float = 1e-6) -> Array:
    """The gradient of `loss` at an array, by central differences: the specification of every gradient."""
    gradient = np.zeros(at.shape)
    for cell in np.ndindex(at.shape):
        moved = [at.astype(float), at.astype(float)]
        moved[0][cell] += step
        moved[1][cell] -= step
        gradient[cell] = (loss(moved[0]) - loss(moved[1])) / (2 * step)
    return gradient


# A convolution is linear in its image and in its kernel. So its gradients are right if and only if they give
# the change of the loss for any change of the image or the kernel, and with integers exactly.


@GEOMETRIES
@given(a_case(dtypes=("int64",)))
def test_gradients_of_a_convolution_give_every_change_exactly(case: Case) -> None:
    x, w, options = case.x, case.w, case.forward
    rng = np.random.default_rng(case.seed)
    g = rng.integers(-5, 6, conv2d(x, w, **options).shape)
    of_x, of_w = conv2d_gradients(x, w, g, **options)
    assert of_x.shape == x.shape
    assert of_w.shape == w.shape
    by_x, by_w = rng.integers(-5, 6, x.shape), rng.integers(-5, 6, w.shape)
    assert (g * conv2d(by_x, w, **options)).sum() == (of_x * by_x).sum()
    assert (g * conv2d(x, by_w, **options)).sum() == (of_w * by_w).sum()


@GEOMETRIES
@given(a_case(dtypes=("int64",)))
def test_gradients_of_a_transposed_convolution_give_every_change_exactly(case: Case) -> None:
    y, w, options = case.y, case.w, case.backward
    rng = np.random.default_rng(case.seed)
    g = rng.integers(-5, 6, conv_transpose2d(y, w, **options).shape)
    of_y, of_w = conv_transpose2d_gradients(y, w, g, **options)
    assert of_y.shape == y.shape
    assert of_w.shape == w.shape
    by_y, by_w = rng.integers(-5, 6, y.shape), rng.integers(-5, 6, w.shape)
    assert (g * conv_transpose2d(by_y, w, **options)).sum() == (of_y * by_y).sum()
    assert (g * conv_transpose2d(y, by_w, **options)).sum() == (of_w * by_w).sum()


@pytest.mark.parametrize("leading", [(), (2,), (3, 2)], ids=["H W", "C H W", "N C H W"])
def test_gradients_have_the_axes_of_the_images_and_agree_with_differences(leading: tuple[int, ...]) -> None:
    rng = np.random.default_rng(4)
    w = rng.normal(size=(3, 2, 2, 4) if leading else (2, 4))
    x = rng.normal(size=(*leading, 5, 7))
    options = {"stride": (2, 3), "padding": ((1, 0), (2, 1))}
    g = rng.normal(size=conv2d(x, w, **options).shape)
    of_x, of_w = conv2d_gradients(x, w, g, **options)
    np.testing.assert_allclose(of_x, numerical(lambda x: (g * conv2d(x, w, **options)).sum(), x), atol=1e-7)
    np.testing.assert_allclose(of_w, numerical(lambda w: (g * conv2d(x, w, **options)).sum(), w), atol=1e-7)


def test_the_gradient_of_a_kernel_against_four_loops() -> None:
    rng = np.random.default_rng(0)
    large, small = rng.integers(-4, 5, (8, 11)), rng.integers(-4, 5, (3, 4))
    slow = np.zeros((4, 2), dtype=int)
    for i in range(4):
        for j in range(2):
            for r in range(3):
                for c in range(4):
                    slow[i, j] += large[2 * r + i, 3 * c + j] * small[r, c]
    np.testing.assert_array_equal(kernel_gradient(large, small, (4, 2), stride=(2, 3)), slow)
    np.testing.assert_array_equal(conv2d(large, small, dilation=(2, 3))[:, :2], slow)


@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("shape", [(3, 2), (2, 3, 3, 2)])
def test_the_gradient_of_a_tied_kernel_is_the_transpose_of_tying(shape: tuple[int, ...], factor: int) -> None:
    rng = np.random.default_rng(factor)
    w = rng.integers(-4, 5, shape)
    g = rng.integers(-4, 5, tied_kernel(w, factor).shape)
    by = tied_kernel_gradient(g, factor)
    assert by.shape == w.shape
    assert (tied_kernel(w, factor) * g).sum() == (w * by).sum()


def test_losses_and_their_gradients() -> None:
    rng = np.random.default_rng(1)
    prediction, target = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    loss, gradient = squared_error(prediction, target)
    assert loss == pytest.approx(((prediction - target) ** 2).mean())
    by = numerical(lambda p: squared_error(p, target)[0], prediction)
    np.testing.assert_allclose(gradient, by, atol=1e-8)

    scores, labels = 3 * rng.normal(size=(2, 4, 3, 5)), rng.integers(0, 4, (2, 3, 5))
    loss, gradient = cross_entropy(scores, labels)
    slow = [
        -np.log(np.exp(scores[n, labels[n, r, c], r, c]) / np.exp(scores[n, :, r, c]).sum())
        for n, r, c in np.ndindex(labels.shape)
    ]
    assert loss == pytest.approx(np.mean(slow))
    np.testing.assert_allclose(gradient, numerical(lambda s: cross_entropy(s, labels)[0], scores), atol=1e-8)
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-15)


def test_the_loss_of_whole_numbers_does_not_wrap_around() -> None:
    loss, gradient = squared_error([[2**62, 0, 1]], [[-(2**62), 0, 3]])
    assert loss == pytest.approx(2.0**126 / 3)
    assert gradient.tolist() == [[2.0**64 / 3, 0, -4 / 3]]
    assert cross_entropy([[[-(2**62)]], [[2**63 - 1]]], [[0]])[0] == pytest.approx(3 * 2.0**62)
    assert quadratic_loss([[[[1, 2]]]], [[[[2**33, 1]]]], 1)[2] == pytest.approx(2.0**65)


def test_cross_entropy_of_knowing_nothing_and_of_huge_scores() -> None:
    labels = np.array([[0, 3, 1]])
    assert cross_entropy(np.zeros((4, 1, 3)), labels)[0] == pytest.approx(np.log(4))
    sure = 1e4 * (labels[None] == np.arange(4).reshape(4, 1, 1))
    loss, gradient = cross_entropy(sure, labels)
    assert loss == 0
    assert not gradient.any()
    assert cross_entropy(-sure, labels)[0] == pytest.approx(1e4 + np.log(3))


def test_adam_against_its_definition_written_out() -> None:
    rng = np.random.default_rng(2)
    weights, adam = {"w": rng.normal(size=(2, 3)), "v": rng.normal(size=4)}, Adam(rate=0.1)
    first = {name: w.copy() for name, w in weights.items()}
    gradients = [{name: rng.normal(size=w.shape) for name, w in weights.items()} for _ in range(4)]
    moved: dict[str, Any] = weights
    for gradient in gradients:
        moved = adam.step(moved, gradient)
    for name, w in first.items():
        np.testing.assert_array_equal(weights[name], w)
        expected, m, v = w.copy(), 0.0, 0.0
        for t, gradient in enumerate(gradients, start=1):
            m = 0.9 * m + 0.1 * gradient[name]
            v = 0.99 * v + 0.01 * gradient[name] ** 2
            expected -= 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
        np.testing.assert_allclose(moved[name], expected, rtol=1e-12)
    assert adam.steps == 4


def test_a_whole_network_has_the_gradients_that_differences_give() -> None:
    """Down, cut at 0, up, scores: the way back of lesson 10, on a page of its own size."""
    pages, labels = labelled_pages(2, seed=1)
    x, labels = np.stack([pages, 1 - pages], axis=1)[:, :, :12, 2:18], labels[:, :12, 2:18]
    rng = np.random.default_rng(5)
    weights = {"down": rng.normal(size=(3, 2, 4, 4)), "up": rng.normal(size=(3, 4, 3, 3))}
    down, up = {"stride": 2, "padding": 1}, {"stride": 2, "padding": 1, "output_padding": 1}

    def loss(weights: dict[str, Any]) -> float:
        hidden = np.maximum(conv2d(x, weights["down"], **down), 0)
        return cross_entropy(conv_transpose2d(hidden, weights["up"], **up), labels)[0]

    hidden = np.maximum(conv2d(x, weights["down"], **down), 0)
    _, g = cross_entropy(conv_transpose2d(hidden, weights["up"], **up), labels)
    g, of_up = conv_transpose2d_gradients(hidden, weights["up"], g, **up)
    _, of_down = conv2d_gradients(x, weights["down"], g * (hidden > 0), **down)
    for name, gradient in {"down": of_down, "up": of_up}.items():
        by = numerical(lambda w, name=name: loss({**weights, name: w}), weights[name])
        np.testing.assert_allclose(gradient, by, atol=1e-7)


def halved(letters: Array) -> Array:
    return conv2d(letters, np.full((1, 1, 2, 2), 0.25), stride=2)


@pytest.fixture(scope="module")
def letters() -> tuple[Array, Array]:
    """A few letters to learn from, (N, 1, 24, 20), and the letters held out."""
    return glyphs(TRAINING)[:, None], glyphs(HELD_OUT)[:, None]


@pytest.mark.parametrize("kernel_size", [4, 6])
def test_the_quadratic_loss_is_the_squared_error(letters: tuple[Array, Array], kernel_size: int) -> None:
    large = letters[0][:9]
    padding = kernel_size // 2 - 1
    A, b, c = quadratic_loss(halved(large), large, kernel_size, stride=2, padding=padding)
    w = np.random.default_rng(0).normal(size=(kernel_size, kernel_size))
    doubled = conv_transpose2d(halved(large), w[None, None], stride=2, padding=padding)
    loss, g = squared_error(doubled, large)
    v = w.ravel()
    assert v @ A @ v - 2 * b @ v + c == pytest.approx(loss)
    of_w = kernel_gradient(g, halved(large), kernel_size, stride=2, padding=padding)[0, 0]
    np.testing.assert_allclose(2 * (A @ v - b), of_w.ravel(), atol=1e-12)


def test_the_descent_is_that_of_the_operators_and_reaches_the_lowest_point(
    letters: tuple[Array, Array],
) -> None:
    large = letters[0][:9]
    bowl = quadratic_loss(halved(large), large, 4, stride=2, padding=1)
    kernels, losses = descend(bowl, bilinear_kernel(4), rate=5.0, steps=3)
    w = bilinear_kernel(4)[None, None]
    for kernel, expected in zip(kernels, losses, strict=True):
        loss, g = squared_error(conv_transpose2d(halved(large), w, stride=2, padding=1), large)
        np.testing.assert_allclose(kernel, w[0, 0], atol=1e-12)
        assert loss == pytest.approx(expected)
        w = w - 5.0 * kernel_gradient(g, halved(large), 4, stride=2, padding=1)
    lowest = np.linalg.solve(*bowl[:2]).reshape(4, 4)
    for first in (bilinear_kernel(4), np.zeros((4, 4)), np.random.default_rng(3).normal(size=(4, 4))):
        kernels, losses = descend(bowl, first, rate=5.0, steps=1500)
        np.testing.assert_allclose(kernels[-1], lowest, atol=1e-3)
        assert np.diff(losses).max() < 1e-12


def test_bilinear_upsampling_is_a_transposed_convolution_but_for_the_edge() -> None:
    x = np.random.default_rng(0).normal(size=(5, 7))
    stamped = conv_transpose2d(x, bilinear_kernel(4), stride=2, padding=1)
    fixed = upsample(x, 2, "bilinear")
    np.testing.assert_allclose(stamped[1:-1, 1:-1], fixed[1:-1, 1:-1], atol=1e-6)
    np.testing.assert_allclose(stamped[-1, 1:-1], 0.75 * fixed[-1, 1:-1], atol=1e-6)
    np.testing.assert_allclose(stamped[1:-1, -1], 0.75 * fixed[1:-1, -1], atol=1e-6)


def test_on_letters_held_out_learning_beats_what_looks_at_as_many_pixels(
    letters: tuple[Array, Array],
) -> None:
    """The table of lesson 07, as an order with margins in percent of white."""
    large, test = letters
    off = {m: rms(upsample(halved(test), 2, m), test) for m in ("nearest", "bilinear", "bicubic", "lanczos")}
    for size, frame in ((4, 0), (8, 2)):
        bowl = quadratic_loss(halved(large), large, size, stride=2, padding=size // 2 - 1)
        kernels, _ = descend(bowl, np.pad(bilinear_kernel(4), frame), rate=5.0, steps=50)
        w = kernels[-1][None, None]
        off[f"k{size}"] = rms(conv_transpose2d(halved(test), w, stride=2, padding=size // 2 - 1), test)
        constant = conv_transpose2d(np.ones((12, 13)), kernels[-1], stride=2)
        assert artifact_energy(constant, 2, border=8) < 0.002
    assert off["nearest"] > off["bilinear"] > off["k4"] + 0.5
    assert off["k4"] > off["bicubic"] > off["lanczos"] > off["k8"] + 0.3


def rms(result: Array, target: Array) -> float:
    return float(100 * np.sqrt(np.mean((result - target) ** 2)))


# The scene


def test_the_scene_lights_what_a_slow_loop_joins() -> None:
    scene = learning_scene(np.random.default_rng(0).random((8, 6)), kernel_size=4)
    expected = {
        (4 * 0 + r * 3 + c, 4 * i + j, (2 * r + i - 1) * 6 + 2 * c + j - 1)
        for r in range(4)
        for c in range(3)
        for i in range(4)
        for j in range(4)
        if 0 <= 2 * r + i - 1 < 8 and 0 <= 2 * c + j - 1 < 6
    }
    table = products(scene, "input", "kernel", "output")
    table = table[(table >= 0).any(axis=1)]
    assert set(map(tuple, table.tolist())) == expected
    assert len(table) == len(expected)
    np.testing.assert_array_equal(scene.taps["target"], scene.taps["output"])
    partners = scene.partners("output", 3 * 6 + 2)
    assert {name: len(cells) for name, cells in partners.items()} == {"input": 4, "kernel": 4, "target": 1}


def test_the_steps_of_the_scene_are_the_snapshots() -> None:
    scene = learning_scene(np.random.default_rng(0).random((8, 6)), first_kernel="zeros")
    kernels, errors = trained(4, "zeros", 5.0)
    assert [step.label for step in scene.steps] == [str(count) for count in SNAPSHOTS]
    assert not scene.whole, "the finished picture is that of the last step"
    first = scene.values_at(1)
    assert not first["kernel"].any()
    assert not first["output"].any()
    assert first["error"][0, 0] == errors[0]
    assert np.isnan(first["error"][0, 1:]).all()
    for step in range(1, len(SNAPSHOTS) + 1):
        np.testing.assert_allclose(scene.values_at(step)["kernel"], kernels[step - 1], atol=0.0051)
        lit = {name: cells.tolist() for name, cells in scene.lit(step).items() if cells.size}
        assert lit == {"error": [step - 1]}, "pointing at an error tells its step"
    for name, finished in scene.values_at(0).items():
        np.testing.assert_array_equal(scene.values_at(len(SNAPSHOTS))[name], finished)
    assert scene.steps[1].caption.startswith("after 1 step: error ")
    assert scene.steps[-1].caption.startswith("after 50 steps: error 12.9")


def test_pictures_hold_the_values_of_the_operators_in_parts_of_white() -> None:
    target = np.random.default_rng(1).random((8, 6))
    scene = learning_scene(target, kernel_size=6, first_kernel="random", rate=20.0)
    kernel = trained(6, "random", 20.0)[0][-1]
    half = conv2d(target, np.full((2, 2), 0.25), stride=2)
    output = conv_transpose2d(half, kernel, stride=2, padding=2)
    assert np.ptp(output) > 2, "far beyond black and white, and still told"
    for name, values in (("input", half), ("output", output), ("target", target)):
        assert scene[name].image == Grey(0, 1)
        np.testing.assert_allclose(scene[name].values, values, atol=0.0051)


def test_steps_get_shorter() -> None:
    """What lesson 07 says of its explorer: the first step moves a weight further than the last twenty."""
    middle = dict(zip(SNAPSHOTS, trained(4, "bilinear", 5.0)[0][:, 1, 1], strict=True))
    assert middle[1] - middle[0] > middle[50] - middle[30] > 0


@pytest.mark.parametrize("kernel_size", [4, 6])
@pytest.mark.parametrize("first_kernel", ["bilinear", "zeros", "random"])
def test_a_small_rate_learns_and_a_large_one_fails(kernel_size: int, first_kernel: str) -> None:
    for rate, kind in ((1.0, "equal"), (5.0, "equal"), (20.0, "differs")):
        scene = explore_learning_scene(kernel_size, first_kernel, rate)
        assert scene.notes[0].kind == kind
        assert np.isfinite(np.concatenate([panel.values.ravel() for panel in scene.panels])).all()


def explore_learning_scene(kernel_size: int, first_kernel: str, rate: float) -> Any:
    return learning_scene(glyphs("d")[0], kernel_size=kernel_size, first_kernel=first_kernel, rate=rate)


def test_a_picture_of_your_own_is_doubled() -> None:
    explorer = explore_learning(np.eye(10, 6), first_kernel="zeros")
    assert explorer.scene()["target"].values.shape == (10, 6)
    assert explorer.settings == {"first_kernel": "zeros", "kernel_size": 4, "rate": 5.0}
    explorer.close()


Y, W, G = np.ones((2, 3)), np.ones((2, 2)), np.ones((3, 4))
BAD: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: kernel_gradient(np.ones((4, 5)), np.ones((5, 5)), 1), ValueError, "small must be at most 4x5"),
    (lambda: kernel_gradient(np.ones((1, 4, 5)), Y, 2), ValueError, "small must have the axes"),
    (lambda: kernel_gradient(G, Y, 5), ValueError, "kernel 5x5 does not fit"),
    (lambda: kernel_gradient(G, Y, 0), ValueError, "kernel_size must be at least 1"),
    (lambda: kernel_gradient([["a"]], Y, 1), TypeError, "large must hold ints or floats"),
    (lambda: conv2d_gradients(G, W, G), ValueError, r"g must have the shape of the result \(2, 3\), got"),
    (lambda: conv2d_gradients(G, W, [[np.nan]]), ValueError, "g must be finite"),
    (lambda: conv_transpose2d_gradients(Y, W, Y), ValueError, r"g must have .* \(3, 4\), got \(2, 3\)"),
    (lambda: conv_transpose2d_gradients(Y, W, G, stride=1, output_padding=1), ValueError, "output_padding"),
    (lambda: tied_kernel_gradient(np.ones((2, 2)), 3), ValueError, "does not fit"),
    (lambda: tied_kernel_gradient(np.ones((2, 2)), 0), ValueError, "factor must be at least 1"),
    (lambda: squared_error(Y, G), ValueError, "prediction must have the shape of target"),
    (lambda: cross_entropy(np.ones((2, 3)), Y), ValueError, "labels must have the axes of scores"),
    (lambda: cross_entropy(np.ones((4, 2, 3)), [[0, 1, 4]] * 2), ValueError, "from 0 to 3, got 0 to 4"),
    (lambda: cross_entropy(np.ones((4, 2, 3)), Y), ValueError, "labels must be ints"),
    (lambda: Adam(rate=0), ValueError, "rate must be above 0, got 0"),
    (lambda: quadratic_loss(Y[None, None], G[None, None], 4), ValueError, "target must have shape"),
    (lambda: quadratic_loss([[Y]], [[G]], 1000), ValueError, "kernels would be 1x1000000x1000x"),
    (lambda: descend((np.eye(4), np.ones(4), 1.0), Y, rate=1, steps=1), ValueError, "with 4 weights"),
    (lambda: descend((np.eye(6), np.ones(6), 1.0), Y, rate=1, steps=-1), ValueError, "steps must be"),
    (lambda: learning_scene(np.ones((5, 4))), ValueError, "even number of rows and columns"),
    (lambda: learning_scene(np.ones((4, 4)), kernel_size=5), ValueError, "kernel_size must be even, got 5"),
    (lambda: learning_scene(np.ones((4, 4)), first_kernel="ones"), ValueError, "first_kernel must be one of"),
    (lambda: explore_learning(np.ones((66, 4))), ValueError, "x must be at most 64x64"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_arguments_are_named(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
