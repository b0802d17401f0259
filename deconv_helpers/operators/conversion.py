"""From framework to framework: the call that crops alike, or the reason why there is none."""

from __future__ import annotations

from typing import Any

from .frameworks import FRAMEWORKS, KERAS_PADDINGS, Call, keras_call, onnx_call, pytorch_call


def translate(call: Call, framework: str) -> Call:
    """The call of another framework that gives the same result for every input.

    framework is one of FRAMEWORKS. Raises ValueError, with the reason, where it has no such call.

    >>> translate(pytorch_call(3, stride=2, padding=1, output_padding=1), "ONNX").text
    'make_node("ConvTranspose", ["y", "w"], ["x"], strides=[2, 2], pads=[1, 1, 0, 0])'
    >>> translate(pytorch_call(3, stride=2, padding=1, output_padding=1), "Keras")
    Traceback (most recent call last):
    ValueError: Keras cannot crop 1 at the near side and 0 at the far side: its near crop is the smaller half
    """
    if framework not in FRAMEWORKS:
        raise ValueError(f"framework must be one of {', '.join(FRAMEWORKS)}, got {framework!r}")
    height, width = call.axes
    settings: dict[str, Any] = {
        "kernel_size": (height.kernel_size, width.kernel_size),
        "stride": (height.stride, width.stride),
        "dilation": (height.dilation, width.dilation),
    }
    if framework == "ONNX":
        pads = [(a.padding_before, a.padding_after) for a in call.axes]
        return onnx_call(pads=pads, output_padding=[a.output_padding for a in call.axes], **settings)
    return (_in_keras if framework == "Keras" else _in_pytorch)(call, settings)


def _in_pytorch(call: Call, settings: dict[str, Any]) -> Call:
    for near, far in call.crop:
        if far > near:
            raise ValueError(
                f"PyTorch cannot crop {near} at the near side and {far} at the far side:"
                " output_padding makes the far crop smaller, never larger"
            )
    padding = [near for near, _ in call.crop]
    return pytorch_call(padding=padding, output_padding=[n - f for n, f in call.crop], **settings)


def _in_keras(call: Call, settings: dict[str, Any]) -> Call:
    for padding in KERAS_PADDINGS:
        found = keras_call(padding=padding, **settings)
        if found.axes == call.axes:
            return found
        bare = keras_call(padding=padding, output_padding=0, **settings)
        added = [sum(most) - sum(crop) for most, crop in zip(bare.crop, call.crop, strict=True)]
        if all(0 <= extra < a.stride for extra, a in zip(added, call.axes, strict=True)):
            found = keras_call(padding=padding, output_padding=added, **settings)
            if found.axes == call.axes:
                return found
    for near, far in call.crop:
        if near != max(near + far, 0) // 2:
            raise ValueError(
                f"Keras cannot crop {near} at the near side and {far} at the far side:"
                " its near crop is the smaller half"
            )
    totals = " and ".join(dict.fromkeys(str(sum(crop)) for crop in call.crop))
    raise ValueError(f"Keras cannot crop {totals} in all: its padding is a word, not a number")
