"""Lesson 08: one canvas of stamps, and how each framework crops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_matrix
from ..operators.conversion import translate
from ..operators.frameworks import Call, keras_call, onnx_call, pytorch_call
from ..operators.geometry import Pair, geometry_2d
from ..scenes.explorer import Explorer
from ..scenes.scene import DATA, Floats, Note, Panel, Scene, Step, format_matrix, size
from ..scenes.topic import Topic
from .connections import connect_transposed, crop_marks, readable_matrix, texts
from .presets import SIZED_KERNELS, SMALL_INPUTS
from .transposed import STAMPS
from .words import AXES, kernel_title, pair, settings, transposed_axes

BESIDE: dict[str, Callable[..., Call]] = {
    "Keras same": lambda kernel_size, **s: keras_call(kernel_size, padding="same", **s),
    "Keras valid": lambda kernel_size, **s: keras_call(kernel_size, padding="valid", **s),
    "ONNX SAME_UPPER": lambda kernel_size, **s: onnx_call(kernel_size, auto_pad="SAME_UPPER", **s),
    "ONNX SAME_LOWER": lambda kernel_size, **s: onnx_call(kernel_size, auto_pad="SAME_LOWER", **s),
}
"""The words of the other frameworks that may stand beside PyTorch, each with its call."""


def frameworks_scene(
    x: npt.ArrayLike,
    w: npt.ArrayLike,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
    beside: str = "Keras same",
) -> Scene:
    """The scene of one transposed convolution in PyTorch, and beside it with a word of another framework.

    x is (H, W), w is (kh, kw); beside is a key of BESIDE, a call that takes stride and dilation but neither
    padding nor output padding. Each step is one stamp. The notes translate PyTorch's call, or say why that
    cannot be. Where PyTorch has no result, the scene is a message that says what to change. Raises what
    `checked_matrix` and `conv_transpose2d` raise for other bad arguments.

    >>> scene = frameworks_scene([[1, 2, 3]], [[5, 6, 7]], stride=2, padding=(0, 1), output_padding=(1, 1))
    >>> scene.notes[0].text
    'same size 2x6, but shifted: PyTorch begins at cell [0, 1] of the canvas, Keras same at [0, 0]'
    """
    x, w = checked_matrix("x", x), checked_matrix("w", w)
    if beside not in BESIDE:
        raise ValueError(f"beside must be one of {', '.join(BESIDE)}, got {beside!r}")
    axes = transposed_axes(w.shape, x.shape, stride, padding, output_padding, dilation)
    if isinstance(axes, Scene):
        return axes
    added = [axis.output_padding for axis in axes]
    shared: dict[str, Any] = {"stride": stride, "dilation": dilation}
    calls = {"PyTorch": pytorch_call(w.shape, padding=padding, output_padding=output_padding, **shared)}
    try:
        calls[beside] = BESIDE[beside](w.shape, **shared)
        verdict = _verdict(calls, x.shape)
    except ValueError as error:
        verdict = Note("count", f"no {beside} here: {error}")
    plain = geometry_2d(w.shape, stride=stride, dilation=dilation)
    stamps = connect_transposed(plain, x.shape)
    products = x.ravel()[stamps.small] * w.ravel().astype(float)[stamps.weight]
    canvas = np.zeros(stamps.frame)
    np.add.at(canvas.ravel(), stamps.large, products)
    rows, columns = np.divmod(stamps.large, stamps.frame[1])
    shown = {name: _cropped(name, call, canvas, x.shape) for name, call in calls.items()}
    taps = {name: rows * panel.shape[1] + columns for name, (panel, _) in shown.items()}
    return Scene(
        (
            Panel("input", x, role="input", title=f"input {size(x.shape)}", editable=True),
            Panel("kernel", w, role="kernel", title=kernel_title(plain), editable=True),
            *(panel for panel, _ in shown.values()),
        ),
        taps={"input": stamps.small, "kernel": stamps.weight, **taps},
        steps=_stamp_steps(x, calls, w.size),
        sums=tuple(replace(STAMPS, result=name) for name in shown),
        notes=(verdict, *_call_notes(calls, x.shape), *_translations(calls["PyTorch"], x.shape)),
        summary=f"input {size(x.shape)} stamps kernel {size(w.shape)}, {settings(axes)},"
        f" output padding {pair(*added)}\n{verdict.text}\n"
        + "\n".join(f"{panel.title}\n{format_matrix(kept)}" for panel, kept in shown.values()),
    )


def _cropped(name: str, call: Call, canvas: Floats, shape: tuple[int, int]) -> tuple[Panel, Floats]:
    """The canvas as a panel, its crop marked and added zeros at its far side, and what the crop leaves."""
    marks = crop_marks(call.axes, shape)
    values = np.zeros(marks.shape)
    values[: canvas.shape[0], : canvas.shape[1]] = canvas
    kept = values[marks == DATA].reshape(call.output_shape(shape))
    title = f"{name} {size(kept.shape)}"
    if kept.shape != values.shape:
        title += f", cropped from {size(values.shape)}"
    return Panel(name, values, role="output", title=title, marks=marks), kept


def _stamp_steps(x: Array, calls: Mapping[str, Call], weights: int) -> tuple[Step, ...]:
    taps = np.arange(x.size * weights, dtype=np.int32).reshape(x.size, weights)
    steps = []
    for number, value in enumerate(texts(x)):
        cell = divmod(number, x.shape[1])
        corners = [
            [a.stride * place - near for a, place, (near, _) in zip(call.axes, cell, call.crop, strict=True)]
            for call in calls.values()
        ]
        begins = " and at ".join(f"{name}{corner}" for name, corner in zip(calls, corners, strict=True))
        caption = f"the stamp of input{list(cell)} = {value.strip('()')} begins at {begins}"
        steps.append(Step(taps[number], caption))
    return tuple(steps)


def _verdict(calls: Mapping[str, Call], shape: tuple[int, int]) -> Note:
    """Whether both calls crop alike, and what differs where they do not."""
    (one, first), (other, second) = calls.items()
    sizes = [size(call.output_shape(shape)) for call in (first, second)]
    if first.axes == second.axes:
        return Note("equal", f"equal: {other} crops as PyTorch does here, to {sizes[0]}")
    if sizes[0] != sizes[1]:
        return Note("differs", f"another size: {one} {sizes[0]}, {other} {sizes[1]}")
    begins = [[near for near, _ in call.crop] for call in (first, second)]
    return Note(
        "differs",
        f"same size {sizes[0]}, but shifted: {one} begins at cell {begins[0]} of the canvas,"
        f" {other} at {begins[1]}",
    )


def _call_notes(calls: Mapping[str, Call], shape: tuple[int, int]) -> Iterator[Note]:
    for name, call in calls.items():
        yield Note("code", f"{name}: {call.text}")
        yield Note("code", _sizes(call, shape))


@cache
def _translations(call: Call, shape: tuple[int, int]) -> tuple[Note, ...]:
    """PyTorch's call in the other frameworks, or why there is none."""
    notes = []
    for framework in ("Keras", "ONNX"):
        try:
            found = translate(call, framework)
        except ValueError as error:
            notes.append(Note("count", f"The same in {framework}? {error}."))
        else:
            notes.append(Note("code", f"the same in {framework}: {found.text}"))
            notes.append(Note("code", _sizes(found, shape)))
    return tuple(notes)


def _sizes(call: Call, shape: tuple[int, int]) -> str:
    texts = call.size_texts(shape)
    if texts[0] == texts[1]:
        return f"{' and '.join(AXES)}: {texts[0]}"
    return "; ".join(f"{axis}: {text}" for axis, text in zip(AXES, texts, strict=True))


TRANSLATION = Topic(
    "frameworks",
    lambda input, kernel, **settings: frameworks_scene(input, kernel, **settings),
    sources={"input": SMALL_INPUTS, "kernel": SIZED_KERNELS},
    listed={
        "stride": range(1, 4),
        "padding": range(3),
        "output_padding": range(2),
        "dilation": range(1, 3),
        "beside": tuple(BESIDE),
    },
    start={"stride": 2, "padding": 1, "output_padding": 1},
)
"""What the explorer of this topic is made of, and what its questions are about."""


def explore_frameworks(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: Any
) -> Explorer:
    """The explorer of lesson 08: one transposed convolution as PyTorch, Keras and ONNX say it and crop it.

    x is an input (H, W) of at most 5x5 and w a kernel (kh, kw) of at most 5x5, both your own; left out, there
    are presets. Further keywords (stride, padding, output_padding, dilation, beside) say where the controls
    begin.

    >>> explorer = explore_frameworks(x=[[1, 2, 3]], w=[[1, 5, 2]])
    >>> explorer.scene(stride=2, padding=0, output_padding=1, beside="Keras valid").notes[0].text
    'another size: PyTorch 2x8, Keras valid 2x7'
    """
    own = TRANSLATION.using(
        input=None if x is None else readable_matrix("x", x, largest=5),
        kernel=None if w is None else readable_matrix("w", w, largest=5),
    )
    begins = {"stride": 1, "padding": 0, "output_padding": 0} if start else {}
    return Explorer(own.begun(**{**begins, **start}))
