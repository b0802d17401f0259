"""The ready-made explorers of the lessons: a scene function, sources and listed controls, nothing more."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from .deblurring import box_kernel, gaussian_kernel
from .explorer import Explorer, explore
from .glyphs import HELD_OUT, glyph
from .images import bars, sample_image, stars
from .presets import (
    CHECKERBOARD_KERNELS,
    INPUTS,
    KERNELS,
    MATRIX_INPUTS,
    PIXELS,
    SIZED_KERNELS,
    SMALL_INPUTS,
    checkerboard_inputs,
)
from .storyboard import (
    checkerboard_scene,
    convolution_scene,
    deblurring_scene,
    frameworks_scene,
    interpolation_scene,
    learning_scene,
    matrix_scene,
    transposed_scene,
    zero_insertion_scene,
)
from .storyboard.connections import checked_matrix
from .storyboard.frameworks import BESIDE
from .storyboard.learning import FIRST_KERNELS
from .upsampling import METHODS


def explore_interpolation(x: npt.ArrayLike | None = None, **start: Any) -> Explorer:
    """The explorer of lesson 00: which input cells make an output cell of a fixed up-sampling, and how.

    x is an input (H, W) of at most 5x5 of your own; left out, there are presets. Further keywords (method,
    factor) say where the controls begin.

    >>> explorer = explore_interpolation(x=[[0, 4, 8]])
    >>> explorer.scene(method="nearest", factor=2)["output"].values[0].tolist()
    [0.0, 0.0, 4.0, 4.0, 8.0, 8.0]
    """
    return explore(
        lambda input, **settings: interpolation_scene(input, **settings),
        start={"method": "bilinear", **start},
        input=PIXELS if x is None else {"yours": _matrix("x", x, largest=5)},
        method=tuple(METHODS),
        factor=range(2, 5),
    )


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
        input=INPUTS if x is None else {"yours": _matrix("x", x)},
        kernel=KERNELS if w is None else {"yours": _matrix("w", w)},
        **sizes,
        stride=range(1, 4),
        padding=range(3),
        dilation=range(1, 4),
    )


def explore_matrix(x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int) -> Explorer:
    """The explorer of lesson 02: input, kernel, output and the matrix C that takes one to the other.

    x is an input (H, W) of at most 8x8 and w a kernel (kh, kw) of your own; left out, there are presets.
    Further keywords (kernel_size, stride, padding, dilation) say where the sliders begin.

    >>> explorer = explore_matrix(x=[[1, 2, 3, 4]], w=[[1, 7]])
    >>> explorer.scene(stride=2)["C"].values.tolist()
    [[1, 7, 0, 0], [0, 0, 1, 7]]
    """
    sizes = {"kernel_size": range(1, 5)} if w is None else {}
    return explore(
        lambda input, kernel, kernel_size=None, **geometry: matrix_scene(input, kernel, **geometry),
        start={"kernel_size": 3, **start} if w is None else start,
        input=MATRIX_INPUTS if x is None else {"yours": _matrix("x", x, largest=8)},
        kernel=KERNELS if w is None else {"yours": _matrix("w", w)},
        **sizes,
        stride=range(1, 4),
        padding=range(3),
        dilation=range(1, 3),
    )


def explore_transposed(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int
) -> Explorer:
    """The explorer of lesson 03: the stamps of the input, their sum and C.T.

    x is an input (H, W) of at most 6x6 and w a kernel (kh, kw) of at most 7x7, both your own; left out, there
    are presets. Further keywords (kernel_size, stride, padding, output_padding) say where the sliders begin.

    >>> explorer = explore_transposed(x=[[1, 2, 3]], w=[[1, 1]])
    >>> explorer.scene(stride=2)["output"].values.tolist()
    [[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]]
    """
    sizes = {"kernel_size": range(1, 5)} if w is None else {}
    return explore(
        lambda input, kernel, kernel_size=None, **geometry: transposed_scene(input, kernel, **geometry),
        start={"kernel_size": 3, **start} if w is None else start,
        input=SMALL_INPUTS if x is None else {"yours": _matrix("x", x, largest=6)},
        kernel=KERNELS if w is None else {"yours": _matrix("w", w, largest=7)},
        **sizes,
        stride=range(1, 4),
        padding=range(3),
        output_padding=range(3),
    )


def explore_zero_insertion(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int
) -> Explorer:
    """The explorer of lesson 04: stamps, C.T and zero insertion side by side, and whether they agree.

    x is an input (H, W) of at most 4x4 and w a kernel (kh, kw) of at most 4x4, both your own; left out, there
    are presets. Further keywords (stride, padding, output_padding, dilation, forget_the_flip) say where the
    controls begin.

    >>> explorer = explore_zero_insertion(x=[[1, 2, 3]], w=[[1, 5]])
    >>> explorer.scene(stride=2, forget_the_flip=True).notes[0].text
    '6 of 6 cells differ from the stamps and from C.T, the first at output[0, 0]: 5, not 1'
    """
    return explore(
        lambda input, kernel, **settings: zero_insertion_scene(input, kernel, **settings),
        start={"stride": 2, "padding": 1, **start} if w is None else start,
        input=SMALL_INPUTS if x is None else {"yours": _matrix("x", x, largest=4)},
        kernel=SIZED_KERNELS if w is None else {"yours": _matrix("w", w, largest=4)},
        stride=range(1, 4),
        padding=range(3),
        output_padding=range(2),
        dilation=range(1, 3),
        forget_the_flip=(False, True),
    )


def explore_checkerboard(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: int
) -> Explorer:
    """The explorer of lesson 05: how many stamps reach each cell, what comes out, and what repeats in it.

    x is an input (H, W) of at most 8x8 and w a kernel (kh, kw) of at most 5x5, both your own; left out, there
    are presets, and the input is as large as its interior needs. Further keywords (kernel_size, stride,
    layers) say where the sliders begin.

    >>> explorer = explore_checkerboard(w=[[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    >>> explorer.scene(stride=2, layers=1)["pattern"].values.tolist()
    [[4.0, 4.0], [4.0, 4.0]]
    """
    sizes = {"kernel_size": range(1, 6)} if w is None else {}
    own = None if w is None else _matrix("w", w, largest=5)
    inputs = checkerboard_inputs(None if own is None else own.shape)
    return explore(
        lambda input, kernel, kernel_size=None, **settings: checkerboard_scene(input, kernel, **settings),
        start={"stride": 2, **({"kernel_size": 3} if w is None else {}), **start},
        input=inputs if x is None else {"yours": _matrix("x", x, largest=8)},
        kernel=CHECKERBOARD_KERNELS if own is None else {"yours": own},
        **sizes,
        stride=range(1, 4),
        layers=range(1, 4),
    )


def explore_frameworks(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: Any
) -> Explorer:
    """The explorer of lesson 06: one transposed convolution as PyTorch, Keras and ONNX say it and crop it.

    x is an input (H, W) of at most 5x5 and w a kernel (kh, kw) of at most 5x5, both your own; left out, there
    are presets. Further keywords (stride, padding, output_padding, dilation, beside) say where the controls
    begin.

    >>> explorer = explore_frameworks(x=[[1, 2, 3]], w=[[1, 5, 2]])
    >>> explorer.scene(stride=2, padding=0, output_padding=1, beside="Keras valid").notes[0].text
    'another size: PyTorch 2x8, Keras valid 2x7'
    """
    return explore(
        lambda input, kernel, **settings: frameworks_scene(input, kernel, **settings),
        start=start or {"stride": 2, "padding": 1, "output_padding": 1},
        input=SMALL_INPUTS if x is None else {"yours": _matrix("x", x, largest=5)},
        kernel=SIZED_KERNELS if w is None else {"yours": _matrix("w", w, largest=5)},
        stride=range(1, 4),
        padding=range(3),
        output_padding=range(2),
        dilation=range(1, 3),
        beside=tuple(BESIDE),
    )


def explore_deconvolution(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: float
) -> Explorer:
    """The explorer of lesson 07: a blurred, noisy picture, restored by division and regularised.

    x is a picture (H, W) of grey levels from 0 to 1, 3x3 to 64x64, and w a blur kernel (kh, kw) no larger
    than it, both your own; left out, there are presets. Further keywords (blur_width, noise, knob) say where
    the controls begin: knob -3 is a regularisation of 10^-3.

    >>> explorer = explore_deconvolution(noise=0.0)
    >>> explorer.scene(blur_width=1).notes[1].text
    'division brings the input back'
    """
    pictures = {"portrait": sample_image(48), "bars": bars(48, 40), "stars": stars(48, 40)}
    blurs: dict[str, Any] = {
        "Gaussian": lambda settings: gaussian_kernel(settings["blur_width"]),
        "box": lambda settings: box_kernel(*[2 * settings["blur_width"] + 1] * 2),
        "moving camera": lambda settings: box_kernel(1, 4 * settings["blur_width"] + 1),
    }
    widths = {"blur_width": range(1, 4)} if w is None else {}
    return explore(
        lambda input, kernel, noise, knob, blur_width=None: deblurring_scene(
            input, kernel, noise=noise, regularisation=10.0**knob
        ),
        start={"noise": 0.01, "knob": -3, **start},
        input=pictures if x is None else {"yours": _matrix("x", x, largest=64)},
        kernel=blurs if w is None else {"yours": _matrix("w", w, largest=64)},
        **widths,
        noise=(0.0, 0.001, 0.01, 0.05),
        knob=range(-5, 0),
    )


def explore_learning(x: npt.ArrayLike | None = None, **start: Any) -> Explorer:
    """The explorer of lesson 08: a kernel learns to double letters; its steps are steps of training.

    x is a picture (H, W) of grey levels from 0 to 1 of your own, at most 64x64, with an even number of rows
    and columns, on which the kernel is tried; left out, there are letters that it does not learn from.
    Further keywords (first_kernel, kernel_size, rate) say where the controls begin.

    >>> explorer = explore_learning(rate=20.0)
    >>> explorer.scene(rate=1.0).notes[0].kind, explorer.scene().notes[0].kind
    ('equal', 'differs')
    """
    letters = {letter: glyph(letter) for letter in (*HELD_OUT, *HELD_OUT.upper())}
    return explore(
        lambda letter, **settings: learning_scene(letter, **settings),
        start={"rate": 5.0, **start},
        letter=letters if x is None else {"yours": _matrix("x", x, largest=64)},
        first_kernel=FIRST_KERNELS,
        kernel_size=range(4, 7, 2),
        rate=(1.0, 5.0, 20.0),
    )


def _matrix(name: str, values: npt.ArrayLike, largest: int = 16) -> npt.NDArray[Any]:
    """`values` as a (rows, columns) array that a board shows as numbers; an error by name where it is not."""
    array = checked_matrix(name, values)
    if max(array.shape) > largest:
        most = f"{largest}x{largest}"
        raise ValueError(f"{name} must be at most {most} to be read as numbers, got shape {array.shape}")
    return array
