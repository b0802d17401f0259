"""Lesson 11: a layer on the table. Reads the layers of any library, and shows what is found of them.

Nothing of the libraries is imported. PyTorch's layers are read by their attributes, Keras' by `get_config()`.
"""

from __future__ import annotations

import reprlib
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ..operators.arrays import Array, checked_array, checked_shape
from ..operators.diagnosis import Examination, Finding, Layer, output_padding_for
from ..operators.frameworks import keras_call
from ..operators.geometry import Axes, Geometry, checked_int, geometry_2d
from ..scenes.drawing import Picture, show_scene
from ..scenes.scene import Note, Panel, Scene, Step, Sum, message_scene
from .connections import connect, connect_transposed, crop_marks, pad_marked
from .words import misfit, transposed_axes

KERAS = {
    "strides": "stride",
    "dilation_rate": "dilation",
    "filters": "out_channels",
    "use_bias": "bias",
    "pool_size": "kernel_size",
}
"""The words of Keras, and those of PyTorch and of this course for them."""

NUMBERS = ("kernel_size", "stride", "padding", "output_padding", "dilation")
SETTINGS = (
    *NUMBERS,
    "in_channels",
    "out_channels",
    "groups",
    "bias",
    "weight",
    "transposed",
    "padding_mode",
    "ceil_mode",
)
"""The settings of a layer, in PyTorch's words."""

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")

DEFAULT_SHAPE = {False: (5, 7), True: (7,)}
"""The input that is examined where none is named, for two axes and for one."""

WIDEST = 32
"""Cells of the longest axis that is drawn."""

LINE = 100
"""Letters in a line of the text: a notebook shows them without breaking."""

MOST_LAYERS = 6
"""Layers of a stack that are drawn."""


class Diagnosis:
    """What `diagnose` found: text for a reader, a scene, and the numbers.

    verdict    what looks wrong, first, and what mends it
    healthy    whether nothing is wrong
    findings   all that was found: kind, text, grade, cure and lesson of each
    layers     the layers, with the numbers of each: crop, shift, count, pattern, energy, fan_in, scale, ...
    scene      the crops and the counts of stamps along each axis

    The attributes of `Examination` are those of the diagnosis: shapes, sizes_back, shift, products, ...
    A layer that no library would run has a verdict and a scene that say why, and no numbers.

    >>> diagnosis = diagnose(kernel_size=(1, 4), stride=(1, 2), padding=(0, 1), input_shape=(2, 3))
    >>> diagnosis.healthy, diagnosis.output_shape, diagnosis.output_padding_for((2, 7))
    (True, (2, 6), (0, 1))
    """

    def __init__(self, found: Examination | Scene, which: str = "") -> None:
        self._examination = found if isinstance(found, Examination) else None
        self._refusal = None if isinstance(found, Examination) else found
        self._which = which

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or self._examination is None:
            why = "" if name.startswith("_") else f": {self.verdict}"
            raise AttributeError(f"this diagnosis has no {name}{why}")
        return getattr(self._examination, name)

    @property
    def verdict(self) -> str:
        """What looks wrong, first, and what mends it."""
        if self._examination is not None:
            return self._examination.verdict
        return f"Wrong: {self._which}{self.scene.summary}"

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return self._examination is not None and self._examination.healthy

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was found, in the order of the text."""
        return () if self._examination is None else self._examination.findings

    @cached_property
    def scene(self) -> Scene:
        """The crops and the counts of stamps along each axis, or the message why there are none."""
        if self._examination is not None:
            return clinic_scene(self._examination)
        assert self._refusal is not None
        return self._refusal

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the result, of as many axes as the layers have."""
        shape: tuple[int, ...] = self.shapes[-1]
        return shape[-len(self.axes) :]

    def output_padding_for(self, size: Sequence[int]) -> tuple[int, ...]:
        """The output padding with which a single layer gives `size` back to what it shrank to, for each axis.

        Raises TypeError or ValueError for what is no size of as many axes, and for a stack.
        """
        if len(self.layers) > 1:
            raise ValueError(f"output_padding_for asks one layer, got a stack of {len(self.layers)}")
        wanted = checked_shape("size", size, tuple(self.axes))
        return tuple(
            output_padding_for(self.layers[0].axes[axis], n)
            for axis, n in zip(self.axes.values(), wanted, strict=True)
        )

    @cached_property
    def text(self) -> str:
        """All of it, in words."""
        if self._examination is None:
            return self.verdict
        names = [layer.words for layer in self.layers]
        if len(names) > 1:
            names = [f"{number} {name}" for number, name in enumerate(names, start=1)]
        chain = " -> ".join("x".join(map(str, shape[-len(self.axes) :])) for shape in self.shapes)
        lessons = dict.fromkeys(sorted(finding.lesson for finding in self.findings))
        legend = ", ".join(f"[{lesson[:2]}] {lesson}" for lesson in lessons)
        facts = [f"- {finding}" for finding in self.findings]
        lines = [*names, chain, "", self.verdict, "", *facts, "", f"Lessons: {legend}"]
        return "\n".join(textwrap.fill(line, LINE, subsequent_indent="  ") for line in lines)

    def __repr__(self) -> str:
        return self.text

    @property
    def picture(self) -> Picture:
        """The scene, drawn."""
        return show_scene(self.scene)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/plain": self.text}, raw=True)
        if self.scene.panels:
            display(self.picture._repr_mimebundle_(), raw=True)


def diagnose(layer: Any = None, *, input_shape: Sequence[int] | None = None, **settings: Any) -> Diagnosis:
    """Examine a layer: its sizes, where its stamps lie, what pattern it makes, its weights and its cost.

    layer        a layer of PyTorch or Keras, a mapping of settings, or a list of them, one after the other;
                 left out, the keywords describe a transposed convolution
    input_shape  (H, W), or (L,) for a layer of one axis; left out, 5x7 or 7
    settings     keywords that add to the layer's or replace them: kernel_size, stride, padding,
                 output_padding, dilation, in_channels, out_channels, groups, bias, weight (in the layout of
                 the library whose words are used), transposed and padding_mode, or Keras' words for them

    Raises TypeError or ValueError that name a bad setting, its value and the bound. What a library would
    refuse to run is not raised: the diagnosis says it.

    >>> diagnose(kernel_size=3, stride=2, padding=1, output_padding=1, input_shape=(5, 7)).verdict
    'Wrong: rows and columns: 3 mod 2 = 1, stamps 1, 2, 1, 2, ...: a checkerboard. Take a kernel of 4 with
    padding 1 and output padding 0, or resize and then convolve. [06]'
    >>> diagnose(kernel_size=4, stride=2, output_padding=2).verdict
    'Wrong: The output padding, 2, must be smaller than the larger of stride 2 and dilation 1. Choose an
    output padding of at most 1 or a stride of at least 3.'
    """
    if isinstance(layer, (list, tuple)):
        if settings:
            raise TypeError(f"settings belong to one layer: {', '.join(settings)} cannot be those of a list")
        if not layer:
            raise ValueError("layer must hold at least one layer, got an empty list")
        read = [_settings(one, {}) for one in layer]
    else:
        read = [_settings(layer, settings)]
    flat = {_flat(one, input_shape) for one in read}
    if len(flat) > 1:
        raise ValueError("the layers of a list must have as many axes each, got some of one and some of two")
    names = ("L",) if flat == {True} else ("H", "W")
    sizes = checked_shape("input_shape", input_shape or DEFAULT_SHAPE[flat == {True}], names)
    shape = before = (1, *sizes)[-2:]
    layers = []
    for number, one in enumerate(read, start=1):
        found = _layer(one, shape, flat == {True})
        if isinstance(found, Scene):
            return Diagnosis(found, f"Layer {number}: " if len(read) > 1 else "")
        layers.append(found)
        shape = found.shape(shape)
    return Diagnosis(Examination(tuple(layers), (before[0], before[1])))


def clinic_scene(found: Examination) -> Scene:
    """The scene of an examination: for each axis a constant, the stamps it makes, their counts and the crops.

    Axes of the same numbers are drawn once. Of a stack each layer has its row, up to MOST_LAYERS of them.

    >>> from deconv_helpers.operators.geometry import geometry_2d
    >>> layer = Layer(geometry_2d((1, 3), stride=(1, 2), padding=(0, 1)))
    >>> clinic_scene(Examination((layer,), (1, 3)))["columns, stamps"].values.tolist()
    [[1.0, 1.0, 2.0, 1.0, 2.0, 1.0, 1.0]]
    """
    single = len(found.layers) == 1
    rows: dict[str, tuple[Panel, ...]] = {}
    scene = Scene(notes=(Note("message", "nothing to draw"),))
    for number, layer in enumerate(found.layers[:MOST_LAYERS], start=1):
        for name, axis in _different(layer, found.axes).items():
            title = name if single else f"layer {number}, {name}"
            parts = _axis_scene(layer, axis, found.shapes[number - 1][axis], title)
            rows[title] = parts.panels if single else (replace(parts.panels[-1], sign=""),)
            if single and len(rows) == 1:
                scene = parts
    if single and (pattern := found.layers[0].pattern) is not None and 1 < pattern[0].size <= 64:
        title = f"what these weights make of a constant, output channel 0 of {len(pattern)}"
        rows["pattern"] = (Panel("pattern", pattern[0], role="output", title=title),)
    verdict = Note("equal" if found.healthy else "differs", found.verdict)
    alone = len(rows) == 1 or (len(rows) == 2 and "pattern" in rows)
    return Scene(
        rows,
        taps=scene.taps if single and alone else {},
        steps=scene.steps if single and alone else (),
        sums=scene.sums if single and alone else (),
        notes=(verdict,),
        summary="; ".join(layer.words for layer in found.layers) + f"\n{found.verdict}",
    )


def _different(layer: Layer, axes: Mapping[str, int]) -> dict[str, int]:
    """The axes by name, one for both where their numbers agree; an axis that does nothing is left out."""
    if len(axes) == 2 and layer.axes.height == layer.axes.width:
        return {"rows and columns": 1}
    kept = {name: axis for name, axis in axes.items() if layer.axes[axis] != Geometry(1)}
    return kept or {"columns": 1}


def _axis_scene(layer: Layer, axis: int, n: int, name: str) -> Scene:
    """One axis of a layer: a constant, a kernel of ones, and how often each pixel is reached."""
    g = layer.axes[axis]
    line = Axes(Geometry(1), g)
    titles = {part: f"{name}, {part}" for part in ("constant", "weights", "stamps", "windows")}
    ones = Panel(
        titles["weights"], np.ones((1, g.kernel_size)), role="kernel", title=f"{g.kernel_size} weights"
    )
    if layer.transposed:
        shown = n
        while shown > 2 and g.stride * (shown - 1) + g.extent > WIDEST:
            shown -= 1
        found, marks = connect_transposed(line, (1, shown)), crop_marks(line, (1, shown))
        counts = np.bincount(found.large, minlength=marks.size).astype(float)[None]
        near, far = layer.crop[axis]
        kept = f"{name}: the stamps of {shown} pixels, {near} cropped near and {max(far, 0)} far"
        small = Panel(
            titles["constant"], np.ones((1, shown)), role="input", title=f"{shown} pixels of a constant"
        )
        large = Panel(titles["stamps"], counts, role="output", title=kept, marks=marks, sign="→")
        taps = {small.name: found.small, ones.name: found.weight, large.name: found.large}
        steps = tuple(Step(np.flatnonzero(found.small == i), _stamp(g, i)) for i in range(shown))
        sums = (Sum(large.name, (small.name, ones.name), term="stamp", empty="no stamp reaches it"),)
        return Scene((small, ones, large), taps=taps, steps=steps, sums=sums)
    padded, marks = pad_marked(np.ones((1, min(n, WIDEST))), line)
    read = connect(line, (1, min(n, WIDEST)))
    counts = np.bincount(read.large, minlength=padded.size).astype(float)[None]
    title = f"{name}: windows that read each pixel, {g.padding_before} of padding near, {g.padding_after} far"
    windows = Panel(titles["windows"], counts, role="input", title=title, marks=marks)
    return Scene((ones, windows), taps={ones.name: read.weight, windows.name: read.large})


def _stamp(g: Geometry, i: int) -> str:
    start = g.stride * i - g.padding_before
    centre, half = start + (g.extent - 1) / 2, g.stride * (i + 0.5) - 0.5
    return (
        f"the stamp of pixel {i} covers {start} to {start + g.extent - 1} of the result, its centre at"
        f" {centre:g}; half-pixel resizing has it at {half:g}"
    )


def _settings(layer: Any, more: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a layer in PyTorch's words, with `keras` and `name` beside them."""
    found: dict[str, Any] = {}
    name = ""
    if isinstance(layer, Mapping):
        found.update(layer)
    elif layer is not None:
        name = type(layer).__name__
        found.update(_attributes(layer))
    found.update(more)
    unknown = sorted(set(map(str, found)) - {*SETTINGS, *KERAS, "keras"})
    if unknown:
        words = f"{', '.join(SETTINGS)}, or Keras' {', '.join(KERAS)}"
        raise TypeError(f"{unknown[0]} is no setting of a layer; there are {words}")
    keras = bool(found.pop("keras", False)) or any(word in found for word in KERAS)
    for word, usual in KERAS.items():
        if word in found:
            found[usual] = found.pop(word)
    if found.get("kernel_size") is None:
        raise TypeError("kernel_size is missing: it is the least that a layer must say of itself")
    return {"transposed": True, **found, "keras": keras, "name": name}


def _attributes(layer: Any) -> dict[str, Any]:
    """What a layer object says of itself."""
    name = type(layer).__name__
    up = getattr(layer, "transposed", None)
    found: dict[str, Any] = {
        "transposed": any(word in name for word in ("Transpose", "Unpool")) if up is None else bool(up)
    }
    if callable(getattr(layer, "get_config", None)):
        config = layer.get_config()
        found["keras"] = True
        found.update({word: config[word] for word in (*KERAS, *SETTINGS) if config.get(word) is not None})
        added = getattr(layer, "output_padding", None)
        if added is not None:
            found["output_padding"] = added
        weights = layer.get_weights() if callable(getattr(layer, "get_weights", None)) else []
        if len(weights):
            found["weight"] = weights[0]
    else:
        said = {word: getattr(layer, word, None) for word in SETTINGS if word != "transposed"}
        found.update({word: value for word, value in said.items() if value is not None})
    if "kernel_size" not in found and "pool_size" not in found:
        raise TypeError(f"layer must have a kernel_size, got {reprlib.repr(layer)}")
    return found


def _flat(one: Mapping[str, Any], input_shape: Sequence[int] | None) -> bool:
    """Whether a layer has one axis: by its kernel, by its weights, or by the input."""
    kernel, weight = one["kernel_size"], one.get("weight")
    if isinstance(kernel, (tuple, list)):
        if len(kernel) not in (1, 2):
            raise ValueError(f"kernel_size must be of one axis or of two, got {reprlib.repr(kernel)}")
        return len(kernel) == 1
    if weight is not None and len(np.shape(weight)) in (1, 3):
        return True
    return isinstance(input_shape, (tuple, list)) and len(input_shape) == 1


def _layer(one: Mapping[str, Any], shape: Sequence[int], flat: bool) -> Layer | Scene:
    """The layer of these settings for an input of `shape`, or the scene that says why no library runs it."""
    transposed = bool(one["transposed"])
    mode = one.get("padding_mode", "zeros")
    if mode not in PADDING_MODES:
        raise ValueError(f"padding_mode must be one of {', '.join(PADDING_MODES)}, got {mode!r}")
    if transposed and mode != "zeros":
        return message_scene(
            f"A transposed convolution knows no padding_mode {mode}: its padding crops, and reads nothing.",
            "Choose zeros, or wrap the input yourself before the layer and crop behind it.",
        )
    if one.get("ceil_mode"):
        raise ValueError(
            "ceil_mode must be False, got True: the sizes of such a pooling are not those of a window"
        )
    axes = _axes(one, shape, flat, transposed)
    if isinstance(axes, Scene):
        return axes
    weight = _numbers(one.get("weight"))
    inputs, outputs, groups = _channels(one, weight, axes, transposed, flat)
    return Layer(
        axes,
        transposed,
        inputs,
        outputs,
        groups,
        bias=one.get("bias") is not None and one.get("bias") is not False,
        weight=None if weight is None else _laid_out(weight, one, inputs, outputs, groups, axes, flat),
        same=not transposed and one.get("padding") == "same",
        flat=flat,
        padding_mode=mode,
        name=one["name"],
    )


def _axes(one: Mapping[str, Any], shape: Sequence[int], flat: bool, transposed: bool) -> Axes | Scene:
    usual = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}
    words = {name: one.get(name, usual.get(name)) for name in NUMBERS}
    word = words["padding"]
    if isinstance(word, str) and word not in ("valid", "same"):
        raise ValueError(f'padding must be numbers, "valid" or "same", got {word!r}')
    numbers = {name: _lifted(name, value, flat) for name, value in words.items()}
    kernel, dilation = numbers["kernel_size"], numbers["dilation"]
    stride = numbers["stride"] if words["stride"] is not None else kernel
    if not transposed:
        if isinstance(word, str):
            padding: Any = 0
            if word == "same":
                plain = geometry_2d(kernel, stride=stride, dilation=dilation)
                padding = [_same(g, n) for g, n in zip(plain, shape, strict=True)]
        else:
            padding = numbers["padding"]
        axes = geometry_2d(kernel, stride=stride, padding=padding, dilation=dilation)
        return axes if axes.fits(shape) else misfit(axes, shape)
    if isinstance(word, str):
        added = one.get("output_padding")
        try:
            call = keras_call(
                kernel,
                stride=stride,
                padding=word,
                output_padding=None if added is None else numbers["output_padding"],
                dilation=dilation,
            )
        except ValueError as error:
            return message_scene(f"{error}.")
        return call.axes
    pair = geometry_2d(kernel).kernel_shape
    return transposed_axes(pair, shape, stride, numbers["padding"], numbers["output_padding"], dilation)


def _same(g: Geometry, n: int) -> tuple[int, int]:
    """The padding (before, after) with which ceil(n/s) pixels come of n: the larger half at the far side."""
    total = max((-(-n // g.stride) - 1) * g.stride + g.extent - n, 0)
    return total // 2, total - total // 2


def _lifted(name: str, value: Any, flat: bool) -> Any:
    """A setting of one axis as that of two whose height does nothing."""
    if not flat or isinstance(value, str) or value is None:
        return value
    if isinstance(value, (tuple, list)):
        if len(value) != 1:
            raise ValueError(f"{name} must be an int or a tuple of one, got {reprlib.repr(value)}")
        value = value[0]
    return (0 if name in ("padding", "output_padding") else 1, value)


def _numbers(weight: Any) -> Array | None:
    """Weights as an array, those of a PyTorch layer taken off its graph and its device."""
    if weight is None:
        return None
    for method in ("detach", "cpu", "numpy"):
        if callable(getattr(weight, method, None)):
            weight = getattr(weight, method)()
    return checked_array("weight", weight)


def _channels(
    one: Mapping[str, Any], weight: Array | None, axes: Axes, transposed: bool, flat: bool
) -> tuple[int, int, int]:
    """Input channels, output channels and groups, as far as the settings and the weights say."""
    groups = checked_int("groups", one.get("groups", 1), minimum=1)
    found = {"in_channels": one.get("in_channels"), "out_channels": one.get("out_channels")}
    kernel = 1 if flat else 2
    if weight is not None and weight.ndim == kernel + 2:
        ends = weight.shape[-2:] if one["keras"] else weight.shape[:2]
        names = ["in_channels", "out_channels"]
        if (
            transposed == one["keras"]
        ):  # PyTorch's convolution and Keras' transposed one name the output first
            names.reverse()
        said = dict(zip(names, ends, strict=True))
        grouped = "out_channels" if transposed else "in_channels"
        said[grouped] *= groups
        for name, number in said.items():
            found[name] = number if found[name] is None else found[name]
    counts = []
    for name, value in found.items():
        number = checked_int(name, groups if value is None else value, minimum=1)
        if number % groups:
            raise ValueError(f"{name} must be a multiple of groups = {groups}, got {number}")
        counts.append(number)
    return counts[0], counts[1], groups


def _laid_out(
    weight: Array, one: Mapping[str, Any], inputs: int, outputs: int, groups: int, axes: Axes, flat: bool
) -> Array:
    """The weights in PyTorch's layout, with two axes. Raises ValueError where their shape is another."""
    kernel = axes.kernel_shape[1:] if flat else axes.kernel_shape
    transposed = one["transposed"]
    torch = (inputs, outputs // groups) if transposed else (outputs, inputs // groups)
    if weight.shape == kernel and inputs == outputs == groups == 1:
        return weight.reshape(1, 1, *axes.kernel_shape)
    wanted = (*kernel, *torch[::-1]) if one["keras"] else (*torch, *kernel)
    if weight.shape != wanted:
        library = "Keras" if one["keras"] else "PyTorch"
        raise ValueError(f"weight must have the shape {wanted} of {library}, got {weight.shape}")
    if one["keras"]:
        weight = np.moveaxis(weight, (-1, -2), (0, 1))
    return weight.reshape(*torch, *axes.kernel_shape)
