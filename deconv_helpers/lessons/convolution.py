"""Lesson 01: a window slides over the input, and each place gives one number."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..operators.convolution import conv2d
from ..operators.geometry import Padding, Pair, geometry_2d
from ..scenes.explorer import Explorer, explore
from ..scenes.scene import Ints, Panel, Scene, Step, format_matrix, message_scene, size
from .connections import blanked, checked_matrix, connect, pad_marked, readable_matrix, sum_text, texts
from .presets import INPUTS, KERNELS
from .words import input_title, kernel_title, misfit, settings, size_notes


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
    height, width = geometry_2d(w.shape, stride=stride, padding=padding, dilation=dilation)
    if not (height.fits(x.shape[0]) and width.fits(x.shape[1])):
        return message_scene(misfit(height, width, x.shape))
    y = conv2d(x, w, stride=stride, padding=padding, dilation=dilation)
    products = connect(height, width, x.shape)
    padded, marks = pad_marked(x, height, width)
    return Scene(
        panels=(
            Panel("input", padded, "input", input_title(x.shape, padded.shape), marks=marks, editable=True),
            Panel("kernel", w, "kernel", kernel_title(height, width), sign="∗", editable=True),
            Panel("output", y, "output", f"output {size(y.shape)}", sign="="),
        ),
        taps=np.stack([products.large, products.weight, products.small], axis=1),
        steps=_window_steps(texts(padded), texts(w), y, products.large.reshape(y.size, w.size)),
        start=blanked(2, np.arange(y.size)),
        notes=size_notes(height, width, x.shape),
        summary=f"input {size(x.shape)} ∗ kernel {size(w.shape)}, {settings(height, width)}"
        f" = output {size(y.shape)}\n{format_matrix(y)}",
    )


def _window_steps(
    cells: list[str], weights: list[str], y: npt.NDArray[Any], windows: Ints
) -> tuple[Step, ...]:
    results = texts(y)
    taps = np.arange(windows.size, dtype=np.int32).reshape(windows.shape)
    steps = []
    for number, (window, value, shown) in enumerate(
        zip(windows.tolist(), y.ravel().tolist(), results, strict=True)
    ):
        row, column = divmod(number, y.shape[1])
        products = sum_text(zip((cells[i] for i in window), weights, strict=True))
        caption = f"output[{row}, {column}] = {products} = {shown.strip('()')}"
        steps.append(Step(taps[number], caption, np.array([[2, number, value]])))
    return tuple(steps)


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
    sizes = {"kernel_size": range(1, 6)} if w is None else {}
    return explore(
        lambda input, kernel, kernel_size=None, **geometry: convolution_scene(input, kernel, **geometry),
        start={"kernel_size": 3, **start} if w is None else start,
        input=INPUTS if x is None else {"yours": readable_matrix("x", x)},
        kernel=KERNELS if w is None else {"yours": readable_matrix("w", w)},
        **sizes,
        stride=range(1, 4),
        padding=range(3),
        dilation=range(1, 4),
    )
