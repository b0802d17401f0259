"""What a layer does: its sizes, where its stamps lie, what it makes of a constant, its weights and its cost.

A stack is examined as one layer is, and a single layer is a stack of one. What is found is plain data:
numbers, and sentences that carry the lesson which explains them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import prod, sqrt
from typing import Any

import numpy as np

from .arrays import Array
from .artifacts import border_width
from .convolution import conv2d
from .geometry import Axes, Geometry, checked_int
from .upsampling import upsample

KINDS = {
    "return": "04_which_size",
    "zeros": "04_which_size",
    "holes": "06_checkerboard_artifacts",
    "grid": "06_checkerboard_artifacts",
    "shift": "08_reading_the_frameworks",
    "factor": "04_which_size",
    "weights": "06_checkerboard_artifacts",
    "scale": "07_learning_to_upsample",
    "size": "04_which_size",
    "crop": "04_which_size",
    "centre": "08_reading_the_frameworks",
    "border": "06_checkerboard_artifacts",
    "stamps": "06_checkerboard_artifacts",
    "remedies": "06_checkerboard_artifacts",
    "layout": "08_reading_the_frameworks",
    "cost": "05_zero_insertion",
}
"""What a finding is about, the worst first, and the lesson that explains it."""

GRADES = ("wrong", "watch", "fact")
"""How much a finding matters: it spoils the result; it does so in some uses; it is only so."""

NOTHING, FAINT = 1e-9, 0.01
"""An energy below the first is rounding; below the second a pattern is too weak to be called one."""

LARGEST_PERIOD = 1024
"""The largest product of strides for which the sizes that come back are looked for."""

LARGEST_PATTERN = 2**22
"""The most numbers of what becomes of a constant, over all channels."""

FADES, GROWS = 0.25, 4.0
"""Outside these, what a layer multiplies the size of its values by is worth a sentence."""


@dataclass(frozen=True)
class Finding:
    """One thing found: what it is about, a sentence, how much it matters, and what mends it.

    >>> Finding("grid", "Uneven.", "wrong", "Take a kernel of 4."), Finding("grid", "Uneven.").lesson
    (Uneven. Take a kernel of 4. [06], '06_checkerboard_artifacts')
    """

    kind: str
    text: str
    grade: str = "fact"
    cure: str = ""

    @property
    def lesson(self) -> str:
        """The lesson that explains it, by the name of its file."""
        return KINDS[self.kind]

    def __repr__(self) -> str:
        return " ".join(filter(None, [self.text, self.cure, f"[{self.lesson[:2]}]"]))


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution or a transposed one, whatever library it comes from.

    axes          height and width; the padding of a transposed layer is what it crops, near and far
    transposed    whether it goes from the small side to the large one
    weight        as PyTorch: transposed (C_in, C_out/groups, kh, kw), else (C_out, C_in/groups, kh, kw)
    same          whether a convolution works out its padding for each size anew, as Keras does for "same"
    flat          whether the layer has one axis only; the height is then 1
    padding_mode  what a convolution finds beyond the border, in PyTorch's words
    name          what its library calls it

    >>> from deconv_helpers.operators.geometry import geometry_2d
    >>> layer = Layer(geometry_2d((1, 3), stride=(1, 2), padding=(0, 1), output_padding=(0, 1)))
    >>> layer.shape((2, 4)), layer.crop[1], layer.shift[1]
    ((2, 8), (1, 0), Fraction(-1, 2))
    """

    axes: Axes
    transposed: bool = True
    in_channels: int = 1
    out_channels: int = 1
    groups: int = 1
    bias: bool = False
    weight: Array | None = field(default=None, repr=False)
    same: bool = False
    flat: bool = False
    padding_mode: str = "zeros"
    name: str = ""

    def size(self, axis: int, n: int) -> int:
        """How many pixels along `axis`, 0 or 1, become of n. Raises what `Geometry` raises."""
        geometry = self.axes[axis]
        if self.transposed:
            return geometry.transposed_size(n)
        return -(-n // geometry.stride) if self.same else geometry.output_size(n)

    def shape(self, shape: Sequence[int]) -> tuple[int, int]:
        """The rows and columns that become of `shape` (rows, columns)."""
        rows, columns = (self.size(axis, n) for axis, n in enumerate(shape))
        return rows, columns

    def mirrored(self) -> Layer:
        """The layer of the same numbers that goes the other way, without its weights."""
        axes = self.axes
        if self.same:  # its transposed layer makes s*n of n
            beyond = [g.extent - g.stride for g in axes]
            axes = Axes(
                *(
                    replace(g, padding=(0, max(more, 0)), output_padding=max(-more, 0))
                    for g, more in zip(axes, beyond, strict=True)
                )
            )
        return Layer(axes, not self.transposed, self.out_channels, self.in_channels, flat=self.flat)

    @property
    def crop(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """What is cropped of each axis, or padded where it is no transposed layer: (near, far).

        A negative number at the far side is that many rows or columns of zeros.
        """
        height, width = ((g.padding_before, g.padding_after - g.output_padding) for g in self.axes)
        return height, width

    @property
    def shift(self) -> tuple[Fraction, Fraction]:
        """Pixels of the large side from where half-pixel resizing puts a pixel to its stamp's centre.

        That is (d(k-1) + 1 - s)/2 - near for each axis, above 0 to the bottom and the right. The window of a
        convolution lies as the stamp of the transposed one.
        """
        height, width = (Fraction(g.extent - g.stride, 2) - g.padding_before for g in self.axes)
        return height, width

    @property
    def period(self) -> tuple[int, int]:
        """Rows and columns after which the counts repeat: the strides."""
        return self.axes.height.stride, self.axes.width.stride

    def count(self, axis: int) -> Array:
        """How many stamps reach the pixels of one period, from the first pixel that is kept, along `axis`.

        For a convolution: how many windows read them.
        """
        geometry = self.axes[axis]
        return np.bincount(_phases(geometry), minlength=geometry.stride)

    @cached_property
    def summed(self) -> Array | None:
        """The weights added up over the input channels, (C_out, kh, kw): what meets a constant of ones."""
        if self.weight is None:
            return None
        ends = (self.in_channels, self.out_channels)
        first, second = ends if self.transposed else ends[::-1]
        grouped = np.asarray(self.weight, dtype=float).reshape(
            self.groups, first // self.groups, second // self.groups, *self.axes.kernel_shape
        )
        added: Array = grouped.sum(axis=1 if self.transposed else 2)
        return added.reshape(self.out_channels, *self.axes.kernel_shape)

    @property
    def pattern(self) -> Array | None:
        """What becomes of a constant of ones in the interior: (C_out, strides of height and width).

        None for a convolution, which leaves it constant, without weights, and where it would be more than
        `LARGEST_PATTERN` numbers.
        """
        small = self.out_channels * prod(self.period) <= LARGEST_PATTERN
        return self._pattern(self.summed) if self.transposed and small and self.summed is not None else None

    def _pattern(self, summed: Array) -> Array:
        found = np.zeros((len(summed), *self.period))
        rows, columns = (_phases(g) for g in self.axes)  # k3 s2: weights 0, 1, 2 add up at phases 0, 1, 0
        for row, column in np.ndindex(*self.axes.kernel_shape):
            found[:, rows[row], columns[column]] += summed[:, row, column]
        return found

    @property
    def energy(self) -> float | None:
        """The share of the energy of `pattern` that repeats with the stride, that of `artifact_energy`."""
        return None if self.pattern is None else pattern_energy(self.pattern)

    @property
    def random_energy(self) -> float:
        """What `energy` is near to for random weights around 0: 1 - 1/(s s)."""
        return 1 - 1 / prod(self.period)

    def remedies(self) -> dict[str, float]:
        """The energy that is left of `energy` after each remedy, by its name.

        Behind the layer: a box of s x s, a blur 1, 2, 1. In its place: resizing by s and a convolution with
        the same weights. In its weights: those of equal remainder brought to one sum, where each has some.
        """
        pattern, summed = self.pattern, self.summed
        if pattern is None or summed is None or prod(self.period) == 1:
            return {}
        line = [np.array([1, 2, 1]) if s > 1 else np.ones(1) for s in self.period]
        box = "x".join(map(str, self.period[1:] if self.flat else self.period))
        large = upsample(np.ones(self.axes.kernel_shape), self.period).astype(float)
        resized = conv2d(large[None], summed[:, None])
        left = {
            f"a box of {box} behind it": pattern_energy(_filtered(pattern, np.ones(self.period))),
            "a blur 1, 2, 1 behind it": pattern_energy(_filtered(pattern, np.outer(*line))),
            "resizing, then a convolution": pattern_energy(resized),
        }
        counts = np.outer(self.count(0), self.count(1))
        if counts.min():
            rows, columns = (_phases(g) for g in self.axes)
            excess = (pattern - pattern.mean(axis=(1, 2), keepdims=True)) / counts
            mended = summed - excess[:, rows[:, None], columns]
            left["weights of equal remainder sums"] = pattern_energy(self._pattern(mended))
        return left

    @property
    def fan_in(self) -> Fraction:
        """Products in one output value, on average in the interior: k k C_in/groups, transposed over s s."""
        taps = Fraction(self.in_channels // self.groups * prod(self.axes.kernel_shape))
        return taps / prod(self.period) if self.transposed else taps

    @property
    def scale(self) -> float:
        """The standard deviation of weights around 0 with which values neither grow nor fade: 1/sqrt(fan_in).

        With a ReLU before the layer it is sqrt(2) times as much.
        Source: He and others, "Delving deep into rectifiers" (2015), section 2.2, with the fan-in of above.
        """
        return 1 / sqrt(self.fan_in)

    @property
    def weight_scale(self) -> float | None:
        """The root mean square of the weights."""
        return None if self.weight is None else sqrt(float(np.mean(np.square(self.weight, dtype=float))))

    @property
    def gain(self) -> float | None:
        """What the size of independent values is multiplied by: the weights' scale over `scale`."""
        return None if self.weight_scale is None else self.weight_scale / self.scale

    @property
    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of the weights in PyTorch, Keras and ONNX; a library without such a layer is left out.

        Keras 3 has no groups in its transposed layers.
        """
        kernel = self.axes.kernel_shape[1:] if self.flat else self.axes.kernel_shape
        inputs, outputs, groups = self.in_channels, self.out_channels, self.groups
        if not self.transposed:
            torch = (outputs, inputs // groups, *kernel)
            return {"PyTorch": torch, "Keras": (*kernel, inputs // groups, outputs), "ONNX": torch}
        torch = (inputs, outputs // groups, *kernel)
        keras = {"Keras": (*kernel, outputs, inputs)} if groups == 1 else {}
        return {"PyTorch": torch, **keras, "ONNX": torch}

    @property
    def kernels(self) -> dict[str, tuple[int, int]]:
        """The kernel sizes with which other ways reach as far as the transposed layer."""
        height, width = self.axes
        return {
            "sub-pixel": (subpixel_size(height), subpixel_size(width)),
            "resizing": (max(height.extent - height.stride + 1, 1), max(width.extent - width.stride + 1, 1)),
        }

    def products(self, shape: Sequence[int]) -> dict[str, int]:
        """The products that the layer needs for an input of `shape`, and those of other ways to its size.

        Stamping multiplies each input pixel by each weight, zero insertion each output pixel by each weight.
        Sub-pixel convolves the small picture to s s times the channels, with a kernel that covers all that
        one block of the result needs. Resizing convolves the large picture with the kernel whose tied kernel
        reaches as far.
        """
        pairs = self.in_channels * self.out_channels // self.groups
        large, kernel = self.shape(shape), prod(self.axes.kernel_shape)
        if not self.transposed:
            return {"convolution": prod(large) * kernel * pairs}
        return {
            "transposed": prod(shape) * kernel * pairs,
            "zero insertion": prod(large) * kernel * pairs,
            "sub-pixel": prod(self._blocks(large)) * prod(self.kernels["sub-pixel"]) * pairs,
            "resizing": prod(large) * prod(self.kernels["resizing"]) * pairs,
        }

    def activations(self, shape: Sequence[int]) -> dict[str, int]:
        """The values that each way holds for an input of `shape`: input, what stands between, output."""
        large = self.shape(shape)
        ends = self.in_channels * prod(shape) + self.out_channels * prod(large)
        if not self.transposed:
            return {"convolution": ends}
        framed = prod(n + g.extent - 1 for n, g in zip(large, self.axes, strict=True))
        return {
            "transposed": ends,
            "zero insertion": ends + self.in_channels * framed,
            "sub-pixel": ends + self.out_channels * prod(self._blocks(large)),
            "resizing": ends + self.in_channels * prod(large),
        }

    def _blocks(self, large: Sequence[int]) -> list[int]:
        """The result's sizes, up to a whole number of blocks of s pixels."""
        return [-(-n // s) * s for n, s in zip(large, self.period, strict=True)]

    @property
    def words(self) -> str:
        """The layer in one line."""
        kind = self.name or ("transposed convolution" if self.transposed else "convolution")
        parts = [f"{kind} {self._both('kernel_size', 'x')}"]
        for name in ("stride", "dilation"):
            if any(getattr(g, name) > 1 for g in self.axes):
                parts.append(f"{name} {self._both(name)}")
        sides = dict.fromkeys(f"{near} near and {far} far" for near, far in self.crop[self.flat :])
        parts.append(f"{'crops' if self.transposed else 'pads'} {', '.join(sides)}")
        parts.append(f"{self.in_channels} to {_many(self.out_channels, 'channel')}")
        if self.groups > 1:
            parts.append(f"groups {self.groups}")
        return ", ".join(parts)

    def _both(self, name: str, sign: str = "") -> str:
        values = [getattr(g, name) for g in self.axes[self.flat :]]
        if sign:
            return sign.join(map(str, values))
        return str(values[0]) if len({*values}) == 1 else f"({values[0]}, {values[1]})"


@dataclass(frozen=True)
class Examination:
    """Layers, one after the other, and what is found of them for an input of `shape` (rows, columns).

    >>> from deconv_helpers.operators.geometry import geometry_2d
    >>> found = Examination((Layer(geometry_2d((1, 4), stride=(1, 2), padding=(0, 1))),) * 2, (2, 5))
    >>> found.shapes, found.sizes_back(1)
    (((2, 5), (2, 10), (2, 20)), (4, (0,)))
    >>> found.verdict
    'Healthy: this stack does what its numbers say.'
    """

    layers: tuple[Layer, ...]
    shape: tuple[int, int]

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """The shapes before, between and behind the layers."""
        found = [self.shape]
        for layer in self.layers:
            found.append(layer.shape(found[-1]))
        return tuple(found)

    @property
    def axes(self) -> dict[str, int]:
        """The axes that there are, by their names."""
        return {"length": 1} if self.layers[0].flat else {"rows": 0, "columns": 1}

    @property
    def upwards(self) -> bool:
        """Whether all layers are transposed."""
        return all(layer.transposed for layer in self.layers)

    @property
    def circle(self) -> tuple[Layer, ...]:
        """The way down and up again: the layers with their mirror, or alone where they go both ways."""
        mirror = tuple(layer.mirrored() for layer in reversed(self.layers))
        if self.upwards:
            return mirror + self.layers
        return self.layers if any(layer.transposed for layer in self.layers) else self.layers + mirror

    def comes_back(self, axis: int, n: int) -> bool:
        """Whether n pixels along `axis` are n again after `circle`; a size that does not fit is not."""
        size = n
        try:
            for layer in self.circle:
                size = layer.size(axis, size)
        except ValueError:
            return False
        return size == n

    def sizes_back(self, axis: int) -> tuple[int, tuple[int, ...]]:
        """Which sizes come back along `axis`: a number, and what they leave when divided by it.

        The number is the product of the strides on the way down. It speaks of sizes into which all windows
        fit. Raises ValueError where it is above `LARGEST_PERIOD`.
        """
        way = [(layer, layer.axes[axis]) for layer in self.circle]
        period = prod(g.stride for layer, g in way if not layer.transposed)
        if period > LARGEST_PERIOD:
            raise ValueError(f"the product of the strides must be at most {LARGEST_PERIOD}, got {period}")
        start = period * (1 + sum(g.extent + g.padding_before + g.padding_after for _, g in way))
        sizes = range(start, start + period)
        return period, tuple(sorted(n % period for n in sizes if self.comes_back(axis, n)))

    @property
    def shift(self) -> tuple[Fraction, Fraction]:
        """Pixels of the last picture by which it lies off half-pixel resizing, over all layers."""
        # In coordinates that count from the border of the picture, a transposed layer takes u to s*u + shift,
        # and a convolution takes s*u + shift to u. k3 s2 p1 op1 twice: u, 2u - 1/2, 4u - 3/2: off by -3/2.
        off = [Fraction(0), Fraction(0)]
        for layer in self.layers:
            for axis, (stride, shift) in enumerate(zip(layer.period, layer.shift, strict=True)):
                moved = stride * off[axis] + shift if layer.transposed else (off[axis] - shift) / stride
                off[axis] = moved
        return off[0], off[1]

    @property
    def off_middle(self) -> tuple[Fraction, Fraction]:
        """Pixels of the last picture by which its content has left its middle.

        Layers that keep the factor of their strides have it equal to `shift`; a size that grows or shrinks
        alike on both sides moves nothing.
        """
        found = []
        for axis, shift in enumerate(self.shift):
            factor = Fraction(1)
            for layer in self.layers:
                stride = layer.period[axis]
                factor = factor * stride if layer.transposed else factor / stride
            found.append(shift + (factor * self.shape[axis] - self.shapes[-1][axis]) / 2)
        return found[0], found[1]

    def count(self, axis: int) -> Array:
        """How many ways lead from the input to the pixels of one period along `axis`.

        All layers must be transposed. The count of each layer spreads with the strides of those behind it.
        """
        counts = np.ones(1, dtype=object)  # ints of Python's, which have no largest
        for layer in self.layers:
            geometry = layer.axes[axis]
            spread = np.zeros(len(counts) * geometry.stride, dtype=object)
            spread[:: geometry.stride] = counts
            taps = geometry.dilation * np.arange(geometry.kernel_size) - geometry.padding_before
            times = np.bincount(taps % len(spread)).tolist()
            counts = sum(n * np.roll(spread, tap) for tap, n in enumerate(times) if n)
        return counts

    def products(self) -> dict[str, int]:
        """The products of all layers, for each way, as `Layer.products` counts them."""
        return _added(layer.products(n) for layer, n in zip(self.layers, self.shapes, strict=False))

    def activations(self) -> dict[str, int]:
        """The values that all layers hold, for each way, as `Layer.activations` counts them.

        A picture between two layers is counted once, with the layer that makes it.
        """
        layers = list(zip(self.layers, self.shapes, strict=False))
        given = [0, *(layer.in_channels * prod(n) for layer, n in layers[1:])]
        return _added(
            {way: held - before for way, held in layer.activations(n).items()}
            for (layer, n), before in zip(layers, given, strict=True)
        )

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All that is found, in the order of a report."""
        single = len(self.layers) == 1
        each: list[list[Finding]] = [
            list(_merged(_of_layer(layer, before, self.axes, single)))
            for layer, before in zip(self.layers, self.shapes, strict=False)
        ]
        found = each[0] if single else list(_numbered(each))
        return (*found, *_merged(_of_all(self)))

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return all(finding.grade != "wrong" for finding in self.findings)

    @property
    def verdict(self) -> str:
        """What looks wrong, first, and what mends it."""
        kinds = list(KINDS)
        worst = min(self.findings, key=lambda f: (GRADES.index(f.grade), kinds.index(f.kind)))
        if worst.grade == "wrong":
            return f"Wrong: {worst}"
        subject = "layer" if len(self.layers) == 1 else "stack"
        healthy = f"Healthy: this {subject} does what its numbers say."
        return f"{healthy} Watch: {worst}" if worst.grade == "watch" else healthy


def subpixel_size(axis: Geometry) -> int:
    """Pixels along the axis that a convolution must see to make one block of s pixels of a transposed result.

    >>> subpixel_size(Geometry(4, stride=2, padding=1)), subpixel_size(Geometry(2, stride=2))
    (3, 1)
    """
    # Output s*q + r meets input q + m through the tap at r - s*m. For k4 s2 p1 the taps -1, 0, 1, 2 are those
    # of m = 1, 0, 0, -1 (with r = 1, 0, 1, 0): three different pixels.
    taps = axis.dilation * np.arange(axis.kernel_size) - axis.padding_before
    return int(np.ptp(taps // axis.stride)) + 1


def pattern_energy(pattern: Array) -> float:
    """The share of the energy of a pattern (C, rows, columns) that is not its mean, as in `artifact_energy`.

    >>> pattern_energy(np.array([[[2, 0]]]))
    0.5
    """
    total = float(np.square(pattern).mean(axis=(1, 2)).sum())
    return float(pattern.var(axis=(1, 2)).sum()) / total if total else 0.0


def output_padding_for(axis: Geometry, size: int) -> int:
    """The output padding with which a transposed convolution gives `size` back to what it shrank to.

    Raises ValueError where the convolution of the same numbers has no output for `size`.

    >>> [output_padding_for(Geometry(3, stride=2, padding=1), n) for n in (9, 10)]
    [0, 1]
    """
    shrunk = axis.output_size(checked_int("size", size, minimum=1))
    return axis.input_sizes(shrunk).index(size)


def doubling(axis: Geometry) -> tuple[int, int]:
    """Padding and output padding, the same padding on both sides, that make s*n pixels of n.

    From 2p - output_padding = d(k-1) + 1 - s, with as little output padding as there is.

    >>> doubling(Geometry(3, stride=2)), doubling(Geometry(4, stride=2)), doubling(Geometry(1, stride=3))
    ((1, 1), (1, 0), (0, 2))
    """
    beyond = axis.extent - axis.stride
    padding = max(-(-beyond // 2), 0)
    return padding, 2 * padding - beyond


def _phases(axis: Geometry) -> Array:
    """The remainder of the pixels that each weight reaches, counted from the first pixel that is kept."""
    return (axis.dilation * np.arange(axis.kernel_size) - axis.padding_before) % axis.stride


def _filtered(pattern: Array, kernel: Array) -> Array:
    """What a convolution with a fixed kernel makes of a pattern (C, rows, columns) that repeats for ever."""
    rows, columns = (k - 1 for k in kernel.shape)
    wrapped = np.pad(pattern, ((0, 0), (0, rows), (0, columns)), mode="wrap")
    return conv2d(wrapped[:, None], kernel[None, None])[:, 0]


def _added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for name, number in count.items():
            total[name] = total.get(name, 0) + number
    return total


def _of_layer(layer: Layer, shape: Sequence[int], axes: dict[str, int], single: bool) -> Iterator[Finding]:
    """What is found of one layer; its cost and the way back are found of all together."""
    for name, axis in axes.items():
        yield Finding("size", f"{name}: {_formula(layer, axis, shape[axis])}")
    for name, axis in axes.items():
        if layer.transposed:
            yield from _factor(layer, name, axis)
    for name, axis in axes.items():
        yield from _place(layer, name, axis)
    for name, axis in axes.items():
        yield from _stamps(layer, name, axis)
    if layer.energy is not None and prod(layer.period) > 1:
        yield from _constant(layer)
    if not layer.transposed and layer.padding_mode != "zeros":
        yield Finding("border", f"beyond the border it finds {layer.padding_mode} values, not zeros.")
    if single:
        shapes = ", ".join(f"{name} {shape}" for name, shape in layer.weight_shapes.items())
        more = "" if "Keras" in layer.weight_shapes else "; Keras has no groups here"
        yield Finding("layout", f"weights: {shapes}{more}.")
        bias = f"{_many(layer.out_channels, 'number')}, added to every pixel" if layer.bias else "none"
        yield Finding("layout", f"bias: {bias}.")
    if layer.groups > 1:
        part = f"{layer.in_channels // layer.groups} of {layer.in_channels}"
        yield Finding("layout", f"groups {layer.groups}: an output channel sees {part} input channels.")
    yield _scale(layer)


def _formula(layer: Layer, axis: int, n: int) -> str:
    g, size = layer.axes[axis], layer.size(axis, n)
    if layer.transposed:
        added = f" + {g.output_padding}" if g.output_padding else ""
        return f"({n} - 1)*{g.stride} + {g.extent} - {g.padding_before} - {g.padding_after}{added} = {size}"
    if layer.same:
        return f"ceil({n} / {g.stride}) = {size}"
    return f"floor(({n} + {g.padding_before} + {g.padding_after} - {g.extent}) / {g.stride}) + 1 = {size}"


def _factor(layer: Layer, name: str, axis: int) -> Iterator[Finding]:
    """Whether the size is not the stride times what went in."""
    g = layer.axes[axis]
    beyond = g.extent - g.stride - sum(layer.crop[axis])
    if g.stride > 1 and beyond:
        padding, added = doubling(g)
        cure = f"padding {padding}" + (f" and output_padding {added}" if added else "")
        text = f"{name}: n pixels become {g.stride}n {'+' if beyond > 0 else '-'} {abs(beyond)}."
        yield Finding("factor", text, "watch", f"For {g.stride}n take {cure}.")


def _place(layer: Layer, name: str, axis: int) -> Iterator[Finding]:
    g, (near, far) = layer.axes[axis], layer.crop[axis]
    if layer.transposed and far < 0:
        text = f"{name}: {near} cropped near; the last {-far} of the result get no stamp, only zeros."
        cure = "Take padding at least as large as output_padding."
        yield Finding("zeros", text, "wrong", cure)
    else:
        yield Finding(
            "crop", f"{name}: {near} {'cropped' if layer.transposed else 'of padding'} near, {far} far."
        )
    stamp, half = Fraction(g.extent - 1, 2) - near, Fraction(g.stride - 1, 2)
    whose = "stamp of pixel i" if layer.transposed else "window of output i"
    steps = "i" if g.stride == 1 else f"{g.stride}i"
    text = (
        f"{name}: the {whose} has its centre at {steps}{_signed(stamp)}; half-pixel resizing has it at"
        f" {steps}{_signed(half)}; shift {_number(layer.shift[axis])}."
    )
    yield Finding("centre", text)


def _stamps(layer: Layer, name: str, axis: int) -> Iterator[Finding]:
    g, count = layer.axes[axis], layer.count(axis)
    border = border_width(g) if layer.transposed else 0
    if border:
        text = f"{name}: up to {_many(border, 'pixel')} from a border, fewer stamps fall than inside."
        yield Finding("border", text)
    if g.stride == 1:
        return
    listed = ", ".join(map(str, np.resize(count, max(len(count), 4)))) + ", ..."
    if len(count) > 8:
        listed = f"from {count.min()} to {count.max()}"
    if not layer.transposed:
        if count.min() < count.max():
            text = f"{name}: {listed} windows read the pixels in turn; the gradient has this pattern."
            yield Finding("stamps", text)
        return
    text = f"{name}: {g.kernel_size} mod {g.stride} = {g.kernel_size % g.stride}, stamps {listed}"
    if count.min() == count.max():
        yield Finding("stamps", f"{text}: even.")
    elif not count.min():
        yield Finding("holes", f"{text}: some pixels get none.", "wrong", _even(layer, axis))
    elif layer.energy is not None and layer.energy < FAINT:
        yield Finding("stamps", f"{text}: uneven, but these weights even it out.")
    else:
        yield Finding("grid", f"{text}: a checkerboard.", "wrong", _even(layer, axis))


def _even(layer: Layer, axis: int) -> str:
    """What makes the counts of an axis even, in words; a layer that makes s*n pixels of n still does."""
    g = layer.axes[axis]
    better = replace(g, kernel_size=-(-g.kernel_size // g.stride) * g.stride, dilation=1)
    settings = ["dilation 1"] if g.dilation > 1 else []
    # Keras' "same", which keeps the size by itself, crops more at the far side.
    if sum(layer.crop[axis]) == g.extent - g.stride and g.padding_before == g.padding_after:
        padding, output_padding = doubling(better)
        settings += [f"padding {padding}", f"output padding {output_padding}"]
    listed = " and ".join(filter(None, (", ".join(settings[:-1]), *settings[-1:])))
    with_them = f" with {listed}" if listed else ""
    return f"Take a kernel of {better.kernel_size}{with_them}, or resize and then convolve."


def _constant(layer: Layer) -> Iterator[Finding]:
    """What these weights make of a constant, and what remedies leave of it."""
    energy = layer.energy or 0.0
    period = "x".join(map(str, layer.period[layer.flat :]))
    text = f"of a constant these weights make energy {_number(energy)} at period {period}"
    if energy < FAINT:
        yield Finding("weights", f"{text}: no pattern.")
        return
    text += f"; random ones make about {_number(layer.random_energy)}."
    yield Finding("weights", text, "watch", "Bilinear ones of kernel 2s, or 2s - 1 for odd s, make none.")
    left = ", ".join(f"{name} {_number(energy)}" for name, energy in layer.remedies().items())
    yield Finding("remedies", f"what remedies leave of it: {left}.")


def _scale(layer: Layer) -> Finding:
    text = f"true fan-in {_number(layer.fan_in)}: values keep their size with weights of standard deviation"
    text += f" {layer.scale:.3g}"
    text += f", behind a ReLU {layer.scale * sqrt(2):.3g}"
    if layer.gain is None:
        return Finding("scale", f"{text}.")
    text += f"; these have {layer.weight_scale:.3g} and multiply by {layer.gain:.2g}."
    if FADES <= layer.gain <= GROWS:
        return Finding("scale", text)
    return Finding(
        "scale", text, "watch", f"Multiply them by {1 / layer.gain:.3g}." if layer.gain else "All are 0."
    )


def _of_all(found: Examination) -> Iterator[Finding]:
    """What is found of all layers together."""
    for name, axis in found.axes.items():
        yield _way_back(found, name, axis)
    for name, axis in found.axes.items():
        shift, off = found.shift[axis], found.off_middle[axis]
        if len(found.layers) > 1:
            yield Finding("centre", f"{name}: over all layers the shift is {_number(shift)}.")
        if off and any(layer.transposed for layer in found.layers):
            back = {"rows": ("down", "up")}.get(name, ("to the right", "to the left"))[off < 0]
            yield Finding(
                "shift",
                f"{name}: the picture leaves the middle by {_number(abs(off))} {back}.",
                "wrong" if abs(off) >= 1 else "watch",
                "Crop near and far alike, as k4 s2 p1 does; the mirrored way down takes it back.",
            )
    if len(found.layers) > 1 and found.upwards:
        for name, axis in found.axes.items():
            if prod(layer.period[axis] for layer in found.layers) > LARGEST_PERIOD:
                continue  # `_way_back` says so
            count = found.count(axis)
            if 0 < count.min() < count.max():
                most = f"up to {_number(count.max() / count.min())} to 1"
                yield Finding("stamps", f"{name}: over all layers stamps differ {most}, period {len(count)}.")
    for what, numbers in (("products", found.products()), ("values held", found.activations())):
        counted = ", ".join(f"{way} {n:,}" for way, n in numbers.items())
        yield Finding("cost", f"{what}: {counted}.{_kernels(found) if what == 'products' else ''}")


def _kernels(found: Examination) -> str:
    """The kernels that other ways than a single transposed layer take, in words."""
    layer = found.layers[0]
    if len(found.layers) > 1 or not layer.transposed:
        return ""
    sizes = {way: "x".join(map(str, kernel[layer.flat :])) for way, kernel in layer.kernels.items()}
    return f" Sub-pixel convolves with {sizes['sub-pixel']}, resizing with {sizes['resizing']}."


def _way_back(found: Examination, name: str, axis: int) -> Finding:
    try:
        period, remainders = found.sizes_back(axis)
    except ValueError as error:
        return Finding("size", f"{name}: which sizes come back is not looked for: {error}.")
    if not remainders:
        text = f"{name}: no size comes back after the way down and up."
        return Finding("return", text, "watch", "Crop on the way up what was padded on the way down.")
    if len(remainders) == period:
        return Finding("size", f"{name}: every size comes back after the way down and up.")
    which = " or ".join(map(str, remainders))
    text = f"{name}: down and up again, size N comes back where N mod {period} = {which}"
    if len(found.layers) == 1:
        g = found.layers[0].axes[axis]
        more = (g.padding_before + g.padding_after - g.extent) % g.stride
        shown = f"(N + {more})" if more else "N"
        text += f"; output_padding {shown} mod {g.stride} mends the others"
    return Finding("size", f"{text}.")


def _merged(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings of rows and columns that say the same as one."""
    listed = list(findings)
    texts = {finding.text for finding in listed}
    for finding in listed:
        axis, _, rest = finding.text.partition(": ")
        if axis == "rows" and f"columns: {rest}" in texts:
            yield replace(finding, text=f"rows and columns: {rest}")
        elif axis != "columns" or f"rows: {rest}" not in texts:
            yield finding


def _numbered(each: Sequence[Sequence[Finding]]) -> Iterator[Finding]:
    """Findings of several layers with their numbers, those that say the same as one."""
    layers: dict[Finding, list[int]] = {}
    for number, findings in enumerate(each, start=1):
        for finding in findings:
            layers.setdefault(finding, []).append(number)
    for finding, numbers in layers.items():
        which = "layer" if len(numbers) == 1 else "layers"
        yield replace(finding, text=f"{which} {', '.join(map(str, numbers))}, {finding.text}")


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _signed(value: Fraction) -> str:
    return "" if not value else f" {'+' if value > 0 else '-'} {_number(abs(value))}"


def _number(value: Any) -> str:
    number = 0.0 if abs(value) < NOTHING else float(value)
    return f"{number:.3f}".rstrip("0").rstrip(".")
