"""Learning: how wrong a result is, how that changes with each number behind it, and a step to do better.

A gradient has the shape of what it belongs to. Those of the operators are operators again: back to the image
goes the other of the two, and the kernel gets `kernel_gradient` from both. No derivative is left to guess
here; the tests compare each with a numerical one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Array, allocate, checked_array, checked_image, checked_kernel, in_floats, with_channels
from .convolution import conv2d, conv_transpose2d
from .geometry import Padding, Pair, checked_int, geometry_2d, per_axis

Weights = Mapping[str, Array]


def kernel_gradient(
    large: ArrayLike,
    small: ArrayLike,
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
) -> Array:
    """Return the gradient with respect to the kernel between a large and a small side.

    large        (H, W), (C_in, H, W) or (N, C_in, H, W): the x of `conv2d`, or the gradient that arrives at
                 the result of `conv_transpose2d`
    small        the same with C_out channels: the gradient that arrives at the result of `conv2d`, or the y
                 of `conv_transpose2d`

    Each weight gets the sum of all products of two numbers that it joins: large * small. The result is
    (kh, kw), or (C_out, C_in, kh, kw) with channels. It is a convolution of the large side with the small one
    for its kernel; stride and dilation change places. Raises ValueError where small is larger than what a
    convolution makes of large.

    >>> kernel_gradient([[1, 2, 3, 4]], [[1, 0, 10]], (1, 2))
    array([[31, 42]])
    """
    large, small = checked_image("large", large), checked_image("small", small)
    axes = geometry_2d(kernel_size, stride=stride, padding=padding, dilation=dilation)
    most = axes.output_shape(large.shape[-2:])
    if small.ndim != large.ndim or small.shape[:-3] != large.shape[:-3]:
        raise ValueError(
            f"small must have the axes and the N of large {large.shape}, got shape {small.shape}"
        )
    if any(n > m for n, m in zip(small.shape[-2:], most, strict=True)):
        raise ValueError(f"small must be at most {most[0]}x{most[1]}, got shape {small.shape}")
    # Two weights, stride 2, small [g0, g1]: weight 0 gets x0*g0 + x2*g1, weight 1 x1*g0 + x3*g1. So small is
    # the kernel, its own numbers a stride apart. The sum goes over N, as that of a convolution over channels.
    products = conv2d(
        with_channels(large).swapaxes(0, 1),
        with_channels(small).swapaxes(0, 1),
        stride=dilation,
        padding=padding,
        dilation=stride,
    )
    gradient = products[:, :, : axes[0].kernel_size, : axes[1].kernel_size].swapaxes(0, 1)
    return gradient if large.ndim > 2 else gradient[0, 0]


def conv2d_gradients(
    x: ArrayLike, w: ArrayLike, g: ArrayLike, *, stride: Pair = 1, padding: Padding = 0, dilation: Pair = 1
) -> tuple[Array, Array]:
    """Return the gradients with respect to the x and the w of `conv2d`, in their shapes.

    g is the gradient with respect to conv2d(x, w), in its shape. Raises what `conv2d` raises, and ValueError
    for another shape of g.

    >>> of_x, of_w = conv2d_gradients([[1, 2, 3, 4]], [[5, 7]], [[1, 0, 10]])
    >>> of_x.tolist(), of_w.tolist()
    ([[5, 7, 50, 70]], [[31, 42]])
    """
    x, w, g = checked_image("x", x), checked_kernel(w), checked_image("g", g)
    axes = geometry_2d(w.shape[-2:], stride=stride, padding=padding, dilation=dilation)
    _check_gradient(g, x, w.shape[0], axes.output_shape(x.shape[-2:]))
    # Six pixels, three weights, stride 2: two windows read pixels 0 to 4, and the way back from them makes 5.
    # Pixel 5 is read by none, its gradient is 0: output padding brings it back.
    unread = [(a.padded_size(n) - a.extent) % a.stride for a, n in zip(axes, x.shape[-2:], strict=True)]
    of_x = conv_transpose2d(g, w, stride=stride, padding=padding, output_padding=unread, dilation=dilation)
    of_w = kernel_gradient(x, g, w.shape[-2:], stride=stride, padding=padding, dilation=dilation)
    return of_x, of_w


def conv_transpose2d_gradients(
    y: ArrayLike,
    w: ArrayLike,
    g: ArrayLike,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
) -> tuple[Array, Array]:
    """Return the gradients with respect to the y and the w of `conv_transpose2d`, in their shapes.

    g is the gradient with respect to conv_transpose2d(y, w), in its shape. Raises what `conv_transpose2d`
    raises, and ValueError for another shape of g.

    >>> of_y, of_w = conv_transpose2d_gradients([[1, 0, 10]], [[5, 7]], [[1, 2, 3, 4]])
    >>> of_y.tolist(), of_w.tolist()
    ([[19, 31, 43]], [[31, 42]])
    """
    y, w, g = checked_image("y", y), checked_kernel(w), checked_image("g", g)
    axes = geometry_2d(
        w.shape[-2:], stride=stride, padding=padding, dilation=dilation, output_padding=output_padding
    )
    rows, columns = y.shape[-2:]
    sizes = [a.transposed_size(n) for a, n in zip(axes, (rows, columns), strict=True)]
    _check_gradient(g, y, w.shape[1] if w.ndim > 2 else 1, sizes)
    of_y = conv2d(g, w, stride=stride, padding=padding, dilation=dilation)[..., :rows, :columns]
    of_w = kernel_gradient(g, y, w.shape[-2:], stride=stride, padding=padding, dilation=dilation)
    return of_y, of_w


def tied_kernel_gradient(g: ArrayLike, factor: int) -> Array:
    """Return the gradient with respect to the w of `tied_kernel(w, factor)`, in the shape of w.

    g is the gradient with respect to the tied kernel: (k + s - 1, ...) with s = factor, or with channels in
    front. A weight of w stands in s x s places, so it gets the sum of their gradients. Raises ValueError
    where g is smaller than s x s.

    >>> tied_kernel_gradient([[1, 2, 3, 4], [0, 0, 0, 5]], 2).tolist()
    [[12, 5, 3]]
    """
    tied = checked_kernel(g)
    factor = checked_int("factor", factor, minimum=1)
    ones = np.ones((1, 1, factor, factor), dtype=tied.dtype)
    windows = with_channels(tied).reshape(-1, 1, *tied.shape[-2:])
    sums = conv2d(windows, ones)[..., ::-1, ::-1]
    summed = sums.reshape(*tied.shape[:-2], *sums.shape[-2:])
    return summed.swapaxes(0, 1) if tied.ndim > 2 else summed


def squared_error(prediction: ArrayLike, target: ArrayLike) -> tuple[float, Array]:
    """Return the mean of the squared differences, and its gradient with respect to the prediction.

    Both are arrays of one shape. Raises ValueError where they are not.

    >>> loss, gradient = squared_error([[1, 2, 3]], [[1, 2, 0]])
    >>> loss, gradient.tolist()
    (3.0, [[0.0, 0.0, 2.0]])
    """
    prediction, target = checked_array("prediction", prediction), checked_array("target", target)
    if prediction.shape != target.shape:
        raise ValueError(f"prediction must have the shape of target {target.shape}, got {prediction.shape}")
    difference = in_floats(prediction) - in_floats(target)
    return float(np.mean(difference**2)), 2 * difference / difference.size


def cross_entropy(scores: ArrayLike, labels: ArrayLike) -> tuple[float, Array]:
    """Return the mean cross-entropy of labelled pixels, and its gradient with respect to the scores.

    scores  (K, H, W) or (N, K, H, W): one score for each of K labels, of any size and sign
    labels  (H, W) or (N, H, W): the right one of each pixel, from 0 to K - 1

    Scores become probabilities by softmax, exp(score) divided by the sum over all labels. The loss of a pixel
    is minus the logarithm of the probability of its label, in nats: 0 where it is 1, and log(K) where all
    scores are equal. Raises ValueError for shapes that do not go together and labels out of range.

    >>> loss, gradient = cross_entropy([[[0, 9]], [[0, 0]]], [[1, 0]])
    >>> round(loss, 3), gradient.round(3).tolist()
    (0.347, [[[0.25, -0.0]], [[-0.25, 0.0]]])
    """
    scores, labels = in_floats(checked_image("scores", scores)), checked_array("labels", labels)
    if scores.ndim == 2 or labels.shape != (*scores.shape[:-3], *scores.shape[-2:]):
        raise ValueError(
            f"labels must have the axes of scores (N, K, H, W) without K, got shape {labels.shape} "
            f"for scores of shape {scores.shape}"
        )
    count = scores.shape[-3]
    if labels.dtype.kind != "i" or labels.min() < 0 or labels.max() >= count:
        raise ValueError(f"labels must be ints from 0 to {count - 1}, got {labels.min()} to {labels.max()}")
    shifted = scores - scores.max(axis=-3, keepdims=True)
    logarithms = shifted - np.log(np.exp(shifted).sum(axis=-3, keepdims=True))
    right = np.expand_dims(labels, -3) == np.arange(count).reshape(-1, 1, 1)
    return -float(logarithms[right].mean()), (np.exp(logarithms) - right) / labels.size


class Adam:
    """Gradient descent with a step length of its own for each weight.

    rate  how far a weight moves in a step, about: every weight moves by the mean of its last gradients,
          divided by their size

    Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2014), algorithm 1, with the decay
    rates 0.9 and 0.99.

    >>> weights, gradients = {"w": np.array([[1.0, 2.0, 3.0]])}, {"w": np.array([[4.0, -0.1, 0.0]])}
    >>> Adam(rate=0.5).step(weights, gradients)["w"].round(6).tolist()
    [[0.5, 2.5, 3.0]]
    """

    def __init__(self, rate: float = 0.01) -> None:
        if not 0 < rate < np.inf:
            raise ValueError(f"rate must be above 0, got {rate}")
        self.rate, self.steps = rate, 0
        self._mean: dict[str, Array] = {}
        self._square: dict[str, Array] = {}

    def step(self, weights: Weights, gradients: Weights) -> dict[str, Array]:
        """Return the weights after one step; those given stay as they are.

        Both are arrays by name, the same names with the same shapes at every step.
        """
        self.steps += 1
        moved = {}
        for name, weight in weights.items():
            gradient = gradients[name]
            mean = 0.9 * self._mean.get(name, 0) + 0.1 * gradient
            square = 0.99 * self._square.get(name, 0) + 0.01 * gradient**2
            self._mean[name], self._square[name] = mean, square
            length = np.sqrt(square / (1 - 0.99**self.steps)) + 1e-8
            moved[name] = weight - self.rate * mean / (1 - 0.9**self.steps) / length
        return moved


def quadratic_loss(
    y: ArrayLike, target: ArrayLike, kernel_size: Pair, *, stride: Pair = 1, padding: Padding = 0
) -> tuple[Array, Array, float]:
    """Return (A, b, c): the squared error of `conv_transpose2d` on y, for any weights v = w.ravel().

    y       (N, 1, H, W)
    target  (N, 1, H', W'), as large as the transposed convolution makes y

    A transposed convolution is linear in its weights, so the loss is a bowl over them, v A v - 2 b v + c. Its
    gradient is 2 (A v - b), and at the bottom A v = b. A is (k, k) and b (k,) for k = kh kw weights.

    >>> A, b, c = quadratic_loss([[[[1, 2]]]], [[[[1, 1, 2, 2]]]], (1, 2), stride=(1, 2))
    >>> np.linalg.solve(A, b).round(6).tolist()
    [1.0, 1.0]
    """
    y, target = checked_image("y", y), in_floats(checked_image("target", target))
    rows, columns = (checked_int("kernel_size", n, minimum=1) for n in per_axis("kernel_size", kernel_size))
    single = allocate("the kernels", (1, rows * columns, rows, columns), float)
    np.fill_diagonal(single.reshape(rows * columns, -1), 1)
    parts = conv_transpose2d(y, single, stride=stride, padding=padding)
    if target.shape != (len(parts), 1, *parts.shape[2:]):
        raise ValueError(f"target must have shape {(len(parts), 1, *parts.shape[2:])}, got {target.shape}")
    flat, wanted = parts.swapaxes(0, 1).reshape(rows * columns, -1), target.ravel()
    n = target.size
    return flat @ flat.T / n, flat @ wanted / n, float(wanted @ wanted / n)


def descend(
    loss: tuple[Array, Array, float], w: ArrayLike, *, rate: float, steps: int
) -> tuple[Array, list[float]]:
    """Return the kernels of so many steps of gradient descent, the first included, and their losses.

    loss  what `quadratic_loss` returns for kernels of the size of w
    rate  how far a step goes: rate times the gradient

    The kernels are (steps + 1, kh, kw). Raises ValueError where w has not the size of the loss.

    >>> kernels, losses = descend((np.eye(2), np.array([1.0, 3.0]), 10.0), [[0, 0]], rate=0.25, steps=2)
    >>> kernels.tolist(), losses
    ([[[0.0, 0.0]], [[0.5, 1.5]], [[0.75, 2.25]]], [10.0, 2.5, 0.625])
    """
    A, b, c = loss
    start = checked_array("w", w).astype(float)
    if start.ndim != 2 or start.size != len(b):
        raise ValueError(f"w must be (kh, kw) with {len(b)} weights, got shape {start.shape}")
    kernels = [start.ravel()]
    for _ in range(checked_int("steps", steps, minimum=0)):
        kernels.append(kernels[-1] - rate * 2 * (A @ kernels[-1] - b))
    losses = [max(float(v @ A @ v - 2 * b @ v + c), 0.0) for v in kernels]
    return np.array(kernels).reshape(-1, *start.shape), losses


def _check_gradient(g: Array, image: Array, channels: int, sizes: Sequence[int]) -> None:
    """Raise ValueError unless g has the shape of the result of an operator on image."""
    wanted = (*image.shape[:-3], *((channels,) if image.ndim > 2 else ()), *sizes)
    if g.shape != wanted:
        raise ValueError(f"g must have the shape of the result {wanted}, got {g.shape}")
