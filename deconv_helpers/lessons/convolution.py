"""Lesson 01: a window slides over the input, and each place gives one number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_matrix
from ..operators.convolution import conv2d
from ..operators.geometry import Axes, Padding, Pair, geometry_2d
from ..scenes.explorer import Explorer
from ..scenes.scene import Ints, Panel, Scene, Step, Sum, blank, format_matrix, size
from ..scenes.topic import Topic
from .connections import connect, pad_marked, readable_matrix, sum_text, texts
from .presets import INPUTS, KERNELS
from .words import kernel_title, misfit, settings, size_notes


def convolution_scene(
    x: npt.ArrayLike,
    w: npt.ArrayLike,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
) -> Scene:
    """The scene of a convolution: input, kernel, output; each step is one place of the window.

    x is (H, W), w is (kh, kw). Where the kernel does not fit, the scene is a message that says what to
    change. Raises what `checked_matrix` and `conv2d` raise for other bad arguments.

    >>> scene = convolution_scene([[1, 2, 3], [4, 5, 6]], [[1, 1]])
    >>> scene.steps[0].caption
    'output[0, 0] = 1*1 + 2*1 = 3'
    """
    x, w = checked_matrix("x", x), checked_matrix("w", w)
    axes = geometry_2d(w.shape, stride=stride, padding=padding, dilation=dilation)
    if not axes.fits(x.shape):
        return misfit(axes, x.shape)
    y = conv2d(x, w, stride=stride, padding=padding, dilation=dilation)
    products = connect(axes, x.shape)
    panels = convolution_panels(axes, x, w, y)
    return Scene(
        panels,
        taps={"input": products.large, "kernel": products.weight, "output": products.small},
        steps=_window_steps(texts(panels[0].values), texts(w), y, products.large.reshape(y.size, w.size)),
        start={"output": blank(np.arange(y.size))},
        sums=(Sum("output", ("input", "kernel")),),
        notes=size_notes(axes, x.shape),
        summary=f"input {size(x.shape)} ∗ kernel {size(w.shape)}, {settings(axes)}"
        f" = output {size(y.shape)}\n{format_matrix(y)}",
    )


def convolution_panels(axes: Axes, x: Array, w: Array, y: Array) -> tuple[Panel, ...]:
    """Input with its padding, kernel, and the output y that they make."""
    padded, marks = pad_marked(x, axes)
    counted = np.arange(w.size, dtype=np.int32).reshape(w.shape)
    title = f"input {size(x.shape)}"
    if padded.shape != x.shape:
        title += f", padded to {size(padded.shape)}"
    return (
        Panel("input", padded, role="input", title=title, marks=marks, editable=True),
        Panel("kernel", w, role="kernel", title=kernel_title(axes), sign="∗", weights=counted, editable=True),
        Panel("output", y, role="output", title=f"output {size(y.shape)}", sign="="),
    )


def _window_steps(cells: list[str], weights: list[str], y: Array, windows: Ints) -> tuple[Step, ...]:
    results = texts(y)
    taps = np.arange(windows.size, dtype=np.int32).reshape(windows.shape)
    steps = []
    for number, (window, value, shown) in enumerate(
        zip(windows.tolist(), y.ravel().tolist(), results, strict=True)
    ):
        row, column = divmod(number, y.shape[1])
        products = sum_text(zip((cells[i] for i in window), weights, strict=True))
        caption = f"output[{row}, {column}] = {products} = {shown.strip('()')}"
        steps.append(Step(taps[number], caption, changes={"output": (np.array([number]), np.array([value]))}))
    return tuple(steps)


CONVOLUTION = Topic(
    "convolution",
    lambda input, kernel, kernel_size=None, **settings: convolution_scene(input, kernel, **settings),
    sources={"input": INPUTS, "kernel": KERNELS},
    listed={"kernel_size": range(1, 6), "stride": range(1, 4), "padding": range(3), "dilation": range(1, 4)},
    start={"kernel_size": 3},
    shapes={"kernel": "kernel_size"},
)
"""What the explorer of this topic is made of, and what its questions are about."""


def explore_convolution(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int
) -> Explorer:
    """The explorer of lesson 01: input, kernel and output under kernel size, stride, padding and dilation.

    x is an input (H, W) and w a kernel (kh, kw) of your own; left out, there are presets. Further keywords
    (kernel_size, stride, padding, dilation) say where the sliders begin.

    >>> explorer = explore_convolution(x=[[1, 2, 3, 4], [5, 6, 7, 8]], w=[[1, 1]])
    >>> explorer.scene(stride=2)["output"].values.tolist()
    [[3, 7]]
    """
    own = CONVOLUTION.using(
        input=None if x is None else readable_matrix("x", x),
        kernel=None if w is None else readable_matrix("w", w),
    )
    return Explorer(own.begun(**start))
