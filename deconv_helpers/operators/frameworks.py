"""How the frameworks say it: the call, the size and the values of a transposed convolution in each.

Whatever their words, all of them stamp the same canvas and then crop it: so much at the near side (the top or
the left), so much at the far side. A negative crop at the far side puts zeros there. Two calls give the same
result where they crop alike.

Sources, read in 2026:

- PyTorch: the shape section of torch.nn.ConvTranspose2d in its documentation, and the bound that its error
  states: output padding must be smaller than either stride or dilation.
- Keras 3: keras-team/keras, keras/src/backend/common/backend_utils.py (the sizes, and how "same" is split
  between the sides) and keras/src/layers/convolutional/base_conv_transpose.py (what it refuses).
- ONNX: the specification of the operator ConvTranspose, version 22 (onnx/onnx, docs/Operators.md), and its
  reference implementation (onnx/reference/ops/op_conv_transpose.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy.typing as npt

from .arrays import Array, checked_kernel
from .convolution import conv_transpose2d
from .geometry import Axes, Geometry, Padding, Pair, checked_int, geometry_2d, per_axis

FRAMEWORKS = ("PyTorch", "Keras", "ONNX")

KERAS_PADDINGS = ("valid", "same")
AUTO_PADS = ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")


@dataclass(frozen=True)
class Call:
    """A framework's call for a transposed convolution of one channel, and what it computes.

    framework  one of FRAMEWORKS
    text       the call as it is typed
    axes       height and width: the crop as padding (before, after), added zeros as output padding
    formulas   the framework's formula of the size for height and width, {n} for the size that goes in

    >>> call = keras_call((3, 5), stride=2, padding="same")
    >>> call.text
    'layers.Conv2DTranspose(1, kernel_size=(3, 5), strides=2, padding="same", use_bias=False)'
    >>> call.crop, call.output_shape((4, 6)), call.size_texts((4, 6))
    (((0, 1), (1, 2)), (8, 12), ('4*2 = 8', '6*2 = 12'))
    """

    framework: str
    text: str
    axes: Axes
    formulas: tuple[str, str]

    @property
    def crop(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Rows and columns cropped, ((top, bottom), (left, right)), negative where zeros are added."""
        height, width = (_crop(axis) for axis in self.axes)
        return height, width

    def output_shape(self, shape: Sequence[int]) -> tuple[int, int]:
        """The shape (rows, columns) of the result for an input of `shape` (rows, columns)."""
        return self.axes.transposed_shape(shape)

    def size_texts(self, shape: Sequence[int]) -> tuple[str, str]:
        """The framework's formula of the size with its numbers, for the rows and for the columns."""
        rows, columns = (
            f"{formula.format(n=n)} = {size}"
            for formula, n, size in zip(self.formulas, shape, self.output_shape(shape), strict=True)
        )
        return rows, columns

    def values(self, y: npt.ArrayLike, w: npt.ArrayLike) -> Array:
        """What the call makes of `y` (H, W) with the kernel `w` (kh, kw), computed by this package.

        Raises what `conv_transpose2d` raises, and ValueError for a kernel of another size.

        >>> pytorch_call((1, 2), stride=2, padding=(0, 1)).values([[1, 2, 3]], [[1, 5]])
        array([[ 5,  2, 10,  3]])
        """
        height, width = self.axes
        kernel = checked_kernel(w)
        if kernel.shape[-2:] != (height.kernel_size, width.kernel_size):
            wanted = f"{height.kernel_size}x{width.kernel_size}"
            raise ValueError(f"w must be {wanted}, as in the call, got shape {kernel.shape}")
        return conv_transpose2d(
            y,
            kernel,
            stride=(height.stride, width.stride),
            padding=tuple((a.padding_before, a.padding_after) for a in self.axes),
            output_padding=(height.output_padding, width.output_padding),
            dilation=(height.dilation, width.dilation),
        )


def pytorch_call(
    kernel_size: Pair, *, stride: Pair = 1, padding: Pair = 0, output_padding: Pair = 0, dilation: Pair = 1
) -> Call:
    """PyTorch's call: `padding` crops both sides alike, `output_padding` lowers the crop of the far side.

    Each argument is an int or a pair (height, width). Raises what `geometry_2d` raises, and ValueError for
    padding that differs between the sides.
    Source: torch.nn.ConvTranspose2d, (n-1)s - 2p + d(k-1) + output_padding + 1.

    >>> pytorch_call(3, stride=2, padding=1, output_padding=1).size_texts((2, 3))
    ('(2 - 1)*2 - 2*1 + 1*(3 - 1) + 1 + 1 = 4', '(3 - 1)*2 - 2*1 + 1*(3 - 1) + 1 + 1 = 6')
    """
    axes = geometry_2d(
        kernel_size, stride=stride, padding=padding, dilation=dilation, output_padding=output_padding
    )
    if any(a.padding_before != a.padding_after for a in axes):
        raise ValueError(f"padding must be an int or a pair (height, width) in PyTorch, got {padding!r}")
    text = _text(
        "nn.ConvTranspose2d(1, 1",
        kernel_size=_pair(a.kernel_size for a in axes),
        stride=_pair((a.stride for a in axes), unless="1"),
        padding=_pair((a.padding_before for a in axes), unless="0"),
        output_padding=_pair((a.output_padding for a in axes), unless="0"),
        dilation=_pair((a.dilation for a in axes), unless="1"),
        bias="False",
    )
    formulas = [
        f"({{n}} - 1)*{a.stride} - 2*{a.padding_before} + {a.dilation}*({a.kernel_size} - 1)"
        f" + {a.output_padding} + 1"
        for a in axes
    ]
    return _call("PyTorch", text, [_cropping(a, *_crop(a)) for a in axes], formulas)


def keras_call(
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: str = "valid",
    output_padding: Pair | None = None,
    dilation: Pair = 1,
) -> Call:
    """Keras' call: `padding` is a word, and the larger half of the crop is at the far side.

    The other arguments are ints or pairs (height, width); output_padding None and 0 differ. Raises what
    `geometry_2d` raises, and ValueError for another word, for output padding that is not smaller than the
    stride, and for stride and dilation both above 1. Source: backend_utils.py, with e = d(k-1) + 1: "valid"
    gives (n-1)s + max(e, s), or (n-1)s + e + output_padding; "same" gives ns, or (n-1)s + e mod 2 +
    output_padding.

    >>> [keras_call(3, stride=2, padding="same", output_padding=o).size_texts((2, 3))[0] for o in (None, 0)]
    ['2*2 = 4', '(2 - 1)*2 + 3 % 2 + 0 = 3']
    """
    axes = geometry_2d(kernel_size, stride=stride, dilation=dilation)
    if padding not in KERAS_PADDINGS:
        raise ValueError(f'padding must be "valid" or "same" in Keras, got {padding!r}')
    if any(a.stride > 1 for a in axes) and any(a.dilation > 1 for a in axes):
        raise ValueError(
            f"Keras refuses strides above 1 together with a dilation above 1,"
            f" got {_pair(a.stride for a in axes)} and {_pair(a.dilation for a in axes)}"
        )
    added = (None, None) if output_padding is None else per_axis("output_padding", output_padding)
    cropped, formulas = [], []
    for axis, extra in zip(axes, added, strict=True):
        total, formula = _keras_total(axis, padding, extra)
        before = max(total, 0) // 2
        cropped.append(_cropping(axis, before, total - before))
        formulas.append(formula)
    text = _text(
        "layers.Conv2DTranspose(1",
        kernel_size=_pair(a.kernel_size for a in axes),
        strides=_pair((a.stride for a in axes), unless="1"),
        padding=f'"{padding}"',
        output_padding="" if output_padding is None else _pair(added),
        dilation_rate=_pair((a.dilation for a in axes), unless="1"),
        use_bias="False",
    )
    return _call("Keras", text, cropped, formulas)


def onnx_call(
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    pads: Padding = 0,
    auto_pad: str = "NOTSET",
    output_padding: Pair = 0,
    dilation: Pair = 1,
) -> Call:
    """ONNX' operator: `pads` crops each side by its own number, or `auto_pad` works the pads out.

    pads is like the padding of `geometry_2d`; the text has them in ONNX' order, beginnings before ends.
    auto_pad is one of AUTO_PADS: SAME_UPPER and SAME_LOWER give the size ns, with the larger half of the crop
    at the far or at the near side. Raises what `geometry_2d` raises, and ValueError for another word, for
    pads beside a word, for a word that would need pads below 0, and for output padding that is not smaller
    than the stride: the specification says "stride/dilation", its reference implementation computes no more.
    Source: ConvTranspose version 22, s(n-1) + output_padding + d(k-1) + 1 - pads.

    >>> onnx_call(3, stride=2, auto_pad="SAME_LOWER").crop
    ((1, 0), (1, 0))
    """
    height, width = geometry_2d(
        kernel_size, stride=stride, padding=pads, dilation=dilation, output_padding=output_padding
    )
    for axis in (height, width):
        if axis.output_padding >= axis.stride:
            raise ValueError(
                "output_padding must be smaller than strides in ONNX,"
                f" got {axis.output_padding} and {axis.stride}"
            )
    if auto_pad not in AUTO_PADS:
        raise ValueError(f"auto_pad must be one of {', '.join(AUTO_PADS)}, got {auto_pad!r}")
    if auto_pad != "NOTSET":
        if height.padding or width.padding:
            raise ValueError(f"pads must be 0 beside auto_pad={auto_pad}, got {pads!r}")
        height, width = (replace(a, padding=_auto_pads(a, auto_pad)) for a in (height, width))
    axes = (height, width)
    sides = [*(a.padding_before for a in axes), *(a.padding_after for a in axes)]
    text = _text(
        'make_node("ConvTranspose", ["y", "w"], ["x"]',
        strides=_list((a.stride for a in axes), unless=1),
        auto_pad="" if auto_pad == "NOTSET" else f'"{auto_pad}"',
        pads=_list(sides, unless=0) if auto_pad == "NOTSET" else "",
        output_padding=_list((a.output_padding for a in axes), unless=0),
        dilations=_list((a.dilation for a in axes), unless=1),
    )
    formulas = [
        f"{a.stride}*({{n}} - 1) + {a.output_padding} + (({a.kernel_size} - 1)*{a.dilation} + 1)"
        f" - {a.padding_before} - {a.padding_after}"
        for a in axes
    ]
    return _call("ONNX", text, [_cropping(a, *_crop(a)) for a in axes], formulas)


def _keras_total(axis: Geometry, padding: str, output_padding: Any) -> tuple[int, str]:
    """How much Keras crops on both sides together, negative for zeros, and its formula of the size."""
    reach, stride = axis.extent, axis.stride
    if output_padding is None:
        if padding == "valid":
            return reach - max(reach, stride), f"({{n}} - 1)*{stride} + max({reach}, {stride})"
        return reach - stride, f"{{n}}*{stride}"
    extra = checked_int("output_padding", output_padding, minimum=0)
    if extra >= stride:
        raise ValueError(f"output_padding must be smaller than strides in Keras, got {extra} and {stride}")
    if padding == "valid":
        return -extra, f"({{n}} - 1)*{stride} + {reach} + {extra}"
    return reach - reach % 2 - extra, f"({{n}} - 1)*{stride} + {reach} % 2 + {extra}"


def _auto_pads(axis: Geometry, auto_pad: str) -> tuple[int, int]:
    """The pads (before, after) that ONNX works out for a size of ns, or none for VALID."""
    if auto_pad == "VALID":
        return 0, 0
    total = axis.output_padding + axis.extent - axis.stride
    if total < 0:
        raise ValueError(
            f"auto_pad={auto_pad} would need pads of {total} in all, and pads must be at least 0:"
            f" the stride ({axis.stride}) is larger than the reach of the kernel ({axis.extent})"
        )
    smaller, larger = total // 2, total - total // 2
    return (smaller, larger) if auto_pad == "SAME_UPPER" else (larger, smaller)


def _crop(axis: Geometry) -> tuple[int, int]:
    """What is cropped (near, far), negative where zeros are added."""
    return axis.padding_before, axis.padding_after - axis.output_padding


def _cropping(axis: Geometry, near: int, far: int) -> Geometry:
    """`axis` with this crop, in the one way that a `Call` writes it."""
    return replace(axis, padding=(near, max(far, 0)), output_padding=max(-far, 0))


def _call(framework: str, text: str, axes: Sequence[Geometry], formulas: Sequence[str]) -> Call:
    return Call(framework, text, Axes(*axes), (formulas[0], formulas[1]))


def _text(beginning: str, **arguments: str) -> str:
    """A call with those arguments that have a text."""
    return ", ".join([beginning, *(f"{name}={text}" for name, text in arguments.items() if text)]) + ")"


def _pair(values: Iterable[int | None], unless: str = "") -> str:
    """(height, width) as text, one number where both agree; nothing where it says no more than `unless`."""
    height, width = values
    text = str(height) if height == width else f"({height}, {width})"
    return "" if text == unless else text


def _list(values: Iterable[int], unless: int) -> str:
    """A list as text; nothing where all its values are `unless`."""
    numbers = list(values)
    return "" if set(numbers) == {unless} else str(numbers)
