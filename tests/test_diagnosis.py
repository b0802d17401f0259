"""The clinic: what is found of a layer, against the operators, against counted loops, and against PyTorch."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from deconv_helpers import (
    Geometry,
    artifact_energy,
    bilinear_kernel,
    clinic_scene,
    conv2d,
    conv_transpose2d,
    diagnose,
    doubling,
    insert_zeros,
    overlap_count,
    upsample,
)
from deconv_helpers.operators.diagnosis import Examination, Layer
from deconv_helpers.operators.frameworks import keras_call
from deconv_helpers.operators.geometry import geometry_2d

RNG = np.random.default_rng(0)

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="PyTorch is not installed; objects with the same attributes were read instead",
)


def geometries(count: int, seed: int, most: int = 4) -> list[dict[str, Any]]:
    """Random settings of a transposed convolution, another one for each axis."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        kernel, stride, dilation = (rng.integers(1, most + 1, 2) for _ in range(3))
        padding = [rng.integers(0, d * (k - 1) + 1, 2) for k, d in zip(kernel, dilation, strict=True)]
        added = [rng.integers(0, max(s, d)) for s, d in zip(stride, dilation, strict=True)]
        found.append(
            {
                "kernel_size": tuple(kernel.tolist()),
                "stride": tuple(stride.tolist()),
                "dilation": tuple(dilation.tolist()),
                "padding": tuple((int(a), int(b)) for a, b in padding),
                "output_padding": tuple(map(int, added)),
            }
        )
    return found


def operator(settings: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: settings[name] for name in ("stride", "padding", "dilation", *names)}


def test_sizes_and_the_way_back_are_those_of_the_operators() -> None:
    for settings in geometries(1000, seed=1):
        kernel = np.ones(settings["kernel_size"])
        shape = (5, 7)
        found = diagnose(**settings, input_shape=shape)
        forwards, back = operator(settings), operator(settings, "output_padding")
        try:
            result = conv_transpose2d(np.ones(shape), kernel, **back)
        except ValueError:
            assert found.verdict.startswith("Wrong: The stamps cover")
            continue
        assert found.output_shape == result.shape, settings
        for axis in (0, 1):
            period, remainders = found.sizes_back(axis)
            for n in range(20, 20 + period):
                size = [20, 20]
                size[axis] = n
                again = conv_transpose2d(conv2d(np.ones(size), kernel, **forwards), kernel, **back)
                assert (again.shape[axis] == n) == (n % period in remainders), (settings, axis, n)
        if all(d <= s for d, s in zip(settings["dilation"], settings["stride"], strict=True)):
            mend = found.output_padding_for((20, 21))
            mended = {**back, "output_padding": mend}
            small = conv2d(np.ones((20, 21)), kernel, **forwards)
            assert conv_transpose2d(small, kernel, **mended).shape == (20, 21), settings


def test_stamps_lie_and_count_as_they_do_in_a_result() -> None:
    for settings in geometries(300, seed=2):
        settings["output_padding"] = 0
        kernel, middle, n = np.ones(settings["kernel_size"]), 12, 25
        found = diagnose(**settings, input_shape=(n, n))
        (layer,) = found.layers
        single = np.zeros((n, n))
        single[middle, middle] = 1
        back = operator(settings)
        stamp = conv_transpose2d(single, kernel, **back)
        counts = conv_transpose2d(np.ones((n, n)), kernel, **back)
        for axis in (0, 1):
            along = stamp.sum(axis=1 - axis)
            centre = (along * np.arange(len(along))).sum() / along.sum()
            stride = settings["stride"][axis]
            assert centre == pytest.approx(stride * middle + (stride - 1) / 2 + float(layer.shift[axis]))
            line = counts.max(axis=1 - axis)[stride * middle : stride * (middle + 1)]
            expected = layer.count(axis) * layer.count(1 - axis).max()
            assert line.tolist() == expected.tolist()


def test_pattern_energy_and_remedies_are_those_of_a_constant_sent_through() -> None:
    for settings in geometries(60, seed=3, most=3):
        settings["output_padding"] = 0
        groups = int(RNG.integers(1, 3))
        kernel = RNG.normal(size=(2 * groups, 3, *settings["kernel_size"]))
        (layer,) = diagnose(**settings, weight=kernel, groups=groups, input_shape=(28, 28)).layers
        assert layer.weight_shapes["PyTorch"] == kernel.shape
        n, (height, width) = 28, settings["stride"]
        # a group after the other, as groups are defined
        constant = np.concatenate(
            [
                conv_transpose2d(np.ones((2, n, n)), part, **operator(settings))
                for part in np.split(kernel, groups)
            ]
        )
        border = (8 * height, 8 * width)  # whole periods, and more than any stamp reaches
        inside = constant[:, border[0] : border[0] + height, border[1] : border[1] + width]
        assert layer.pattern == pytest.approx(inside)
        assert layer.energy == pytest.approx(artifact_energy(constant, (height, width), border=border))
        if height * width == 1:
            assert layer.remedies() == {}
            continue
        line = [np.array([1.0, 2, 1]) if s > 1 else np.ones(1) for s in (height, width)]
        behind = {"a blur 1, 2, 1 behind it": np.outer(*line), "box": np.ones((height, width))}
        for name, fixed in behind.items():
            filtered = conv2d(constant[:, None], fixed[None, None])[:, 0]
            left = next(value for key, value in layer.remedies().items() if name in key)
            assert left == pytest.approx(artifact_energy(filtered, (height, width), border=border), abs=1e-12)
        large = upsample(np.ones((2, n, n)), (height, width)).astype(float)
        forwards = np.concatenate([conv2d(large, part.swapaxes(0, 1)) for part in np.split(kernel, groups)])
        resized = artifact_energy(forwards, (height, width))
        assert layer.remedies()["resizing, then a convolution"] == pytest.approx(resized, abs=1e-12)
        equal = layer.remedies().get("weights of equal remainder sums")
        assert (equal is None) == (min(layer.count(0).min(), layer.count(1).min()) == 0)
        assert equal is None or equal < 1e-12


def test_products_and_values_are_those_of_counted_loops() -> None:
    for settings in geometries(40, seed=4, most=3):
        shape, inputs, outputs = (3, 4), 4, 6
        found = diagnose(**settings, input_shape=shape, in_channels=inputs, out_channels=outputs, groups=2)
        if not hasattr(found, "layers"):
            continue
        large = found.output_shape
        pairs = [(i, o) for i in range(inputs) for o in range(outputs) if i // 2 == o // 3]
        kernel = list(product(*map(range, settings["kernel_size"])))
        stamped = sum(1 for _ in product(np.ndindex(shape), kernel, pairs))
        assert found.products()["transposed"] == stamped
        assert found.products()["zero insertion"] == sum(1 for _ in product(np.ndindex(large), kernel, pairs))
        blocks, reach = 1, 1
        for axis, (k, s, d) in enumerate(
            zip(settings["kernel_size"], settings["stride"], settings["dilation"], strict=True)
        ):
            near = settings["padding"][axis][0]
            needed = {
                (100 * s + r + near - d * j) // s
                for r in range(s)
                for j in range(k)
                if (100 * s + r + near - d * j) % s == 0
            }
            reach *= max(needed) - min(needed) + 1
            blocks *= len(range(0, large[axis], s)) * s
        assert found.products()["sub-pixel"] == blocks * reach * len(pairs)
        ends = inputs * shape[0] * shape[1] + outputs * large[0] * large[1]
        inserted = insert_zeros(np.ones(shape), settings["stride"]).shape
        framed = [n + sum(axis.frame) for n, axis in zip(inserted, found.layers[0].axes, strict=True)]
        assert found.activations()["zero insertion"] == ends + inputs * framed[0] * framed[1]
        assert found.activations()["transposed"] == ends
        assert found.activations()["resizing"] == ends + inputs * large[0] * large[1]


def test_a_picture_between_two_layers_is_held_once() -> None:
    way_up = {"kernel_size": (2, 4), "stride": 2, "padding": (0, 1)}
    layers = [{**way_up, "in_channels": 6, "out_channels": 3}, {**way_up, "in_channels": 3}]
    stack = diagnose(layers, input_shape=(4, 5))
    assert stack.activations()["transposed"] == 6 * 4 * 5 + 3 * 8 * 10 + 1 * 16 * 20
    down = {**way_up, "transposed": False, "out_channels": 6}
    mixed = diagnose([down, {**way_up, "in_channels": 6}], input_shape=(8, 10)).activations()
    assert mixed["convolution"] + mixed["transposed"] == 8 * 10 + 6 * 4 * 5 + 8 * 10


def test_the_shift_of_a_stack_is_that_of_a_pixel_sent_through_it() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        stack, picture, middle, size = [], np.zeros((1, 30)), 15, 30
        picture[0, middle] = 1
        for k, s in rng.integers(1, 5, (3, 2)).tolist():
            settings = {
                "kernel_size": (1, k),
                "stride": (1, s),
                "padding": ((0, 0), tuple(rng.integers(0, 2, 2))),
            }
            stack.append({**settings, "padding": tuple(tuple(map(int, p)) for p in settings["padding"])})
            picture = conv_transpose2d(picture, np.ones((1, k)), stride=(1, s), padding=stack[-1]["padding"])
        found = diagnose(stack, input_shape=(1, size))
        factor = int(np.prod([one["stride"][1] for one in stack]))
        centre = (picture[0] * np.arange(picture.size)).sum() / picture.sum()
        assert centre == pytest.approx(factor * (middle + 0.5) - 0.5 + float(found.shift[1]))
        off = centre - (picture.size - 1) / 2 - factor * (middle - (size - 1) / 2)
        assert float(found.off_middle[1]) == pytest.approx(off)
        constant = np.ones((1, 30))
        for one in stack:
            constant = conv_transpose2d(
                constant, np.ones(one["kernel_size"]), stride=one["stride"], padding=one["padding"]
            )
        ways = constant[0, factor * 15 : factor * 16]  # far from both ends, in whole periods
        assert found.count(1).tolist() == ways.tolist()
        down = [{**one, "transposed": False} for one in reversed(stack)]
        assert diagnose([*down, *stack], input_shape=(1, picture.size)).shift == (0, 0)


def test_the_shift_of_a_convolution_is_that_of_a_ramp() -> None:
    ramp = np.arange(40.0)[None] + 0.5
    for k, s, near in product(range(1, 6), range(1, 4), range(3)):
        found = diagnose(
            kernel_size=(1, k), stride=(1, s), padding=(0, (near, 0)), transposed=False, input_shape=(1, 40)
        )
        read = conv2d(ramp, np.full((1, k), 1 / k), stride=(1, s), padding=((0, 0), (near, 0)))[0]
        outputs = np.arange(read.size)
        assert read[4:-4] == pytest.approx((s * (outputs + 0.5) + float(found.layers[0].shift[1]))[4:-4])
        assert found.shift[1] == -found.layers[0].shift[1] / s


def test_known_facts() -> None:
    pytorch = diagnose(kernel_size=3, stride=2, padding=1, output_padding=1)
    keras = diagnose(kernel_size=3, strides=2, padding="same")
    assert [one.layers[0].shift[0] for one in (pytorch, keras)] == [-0.5, 0.5]
    stacks = [
        diagnose([one] * 3)
        for one in (
            {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
            {"kernel_size": 3, "strides": 2, "padding": "same"},
        )
    ]
    assert stacks[1].shift[0] - stacks[0].shift[0] == 7
    even = diagnose(kernel_size=4, stride=2, padding=1, input_shape=(10, 10))
    assert even.shift == (0, 0)
    assert even.healthy
    per_pixel = {way: number / 100 for way, number in even.products().items()}
    assert per_pixel == {"transposed": 16, "zero insertion": 64, "sub-pixel": 36, "resizing": 36}
    for factor in (2, 3, 4):
        kernel = bilinear_kernel(2 * factor - factor % 2)
        flat = diagnose(kernel_size=len(kernel), stride=factor, padding=factor // 2, weight=kernel)
        assert flat.healthy, flat
        assert flat.layers[0].energy < 1e-12
        assert flat.output_shape == (5 * factor, 7 * factor)
    assert not diagnose(kernel_size=3, stride=2, padding=1, output_padding=1, weight=np.ones((3, 3))).healthy
    assert diagnose(
        [{"kernel_size": 2, "stride": 2, "transposed": False}] * 4, input_shape=(64, 64)
    ).sizes_back(0) == (16, (0,))


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ({"kernel_size": 2, "stride": 3}, "some pixels get none. Take a kernel of 3, or resize"),
        ({"kernel_size": 4, "stride": 2, "dilation": 2, "padding": 3}, "some pixels get none.*dilation 1"),
        ({"kernel_size": 3, "stride": 2, "output_padding": 1}, "last 1 of the result get no stamp"),
        (
            {"kernel_size": 5, "stride": 2, "padding": 2, "output_padding": 1},
            "5 mod 2 = 1.*Take a kernel of 6",
        ),
        ({"kernel_size": 3, "stride": 2, "padding": 9}, "nothing is left"),
        (
            {"kernel_size": 3, "stride": 2, "output_padding": 2},
            "must be smaller than the larger of stride 2 and dilation 1",
        ),
        (
            {"kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 2},
            "smaller than strides in Keras",
        ),
        ({"kernel_size": 9, "transposed": False}, "no place to put it"),
        (
            {"kernel_size": 4, "stride": 2, "padding": 1, "padding_mode": "circular"},
            "knows no padding_mode circular",
        ),
        ({"kernel_size": 6, "stride": 2, "padding": ((0, 4), (0, 4))}, "leaves the middle by 2 down"),
    ],
)
def test_what_is_wrong_is_said_first(settings: dict[str, Any], verdict: str) -> None:
    found = diagnose(**settings)
    assert not found.healthy
    assert re.search(verdict, found.verdict), found.verdict
    assert found.verdict.split() == str(found).split("\n\n")[found.findings != ()].split()


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"), [(3, 2, 1), (5, 3, 1), (7, 4, 1), (3, 2, 3), (4, 2, 2)]
)
def test_the_cure_of_uneven_counts_keeps_the_size(kernel: int, stride: int, dilation: int) -> None:
    settings: dict[str, Any] = {"kernel_size": kernel, "stride": stride, "dilation": dilation}
    padding, output_padding = doubling(Geometry(**settings))
    ill = diagnose(**settings, padding=padding, output_padding=output_padding)
    assert "a checkerboard" in ill.verdict or "some pixels get none" in ill.verdict
    said = dict(re.findall(r"(kernel of|output padding|padding) (\d+)", ill.verdict))
    better, frame, more = (int(said[name]) for name in ("kernel of", "padding", "output padding"))
    cured = diagnose(kernel_size=better, stride=stride, padding=frame, output_padding=more)
    assert cured.healthy
    assert cured.output_shape == ill.output_shape == (5 * stride, 7 * stride)


def test_sizes_far_beyond_any_layer_end_in_a_report() -> None:
    large = {"kernel_size": 3, "stride": 10**5}
    assert "some pixels get none" in diagnose(**large, weight=np.ones((3, 3))).verdict
    text = " ".join(str(diagnose([large, large])).split())
    assert "the product of the strides must be at most 1024, got 10000000000" in text


def test_ways_are_counted_beyond_64_bits() -> None:
    mixing, doubling = Layer(geometry_2d((1, 3))), Layer(geometry_2d((1, 3), stride=(1, 2)))
    assert Examination((*41 * [mixing], doubling), (1, 5)).count(1).tolist() == [2 * 3**41, 3**41]


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({}, TypeError, "kernel_size is missing"),
        ({"kernel_size": 3, "strife": 2}, TypeError, "strife is no setting of a layer"),
        ({"layer": object()}, TypeError, "layer must have a kernel_size"),
        ({"layer": []}, ValueError, "at least one layer"),
        ({"layer": [{"kernel_size": 3}], "stride": 2}, TypeError, "settings belong to one layer: stride"),
        ({"layer": [{"kernel_size": 3}, {"kernel_size": (3,)}]}, ValueError, "as many axes"),
        ({"kernel_size": 2.0}, TypeError, "kernel_size must be an int, got 2.0"),
        ({"kernel_size": (3, 3, 3)}, ValueError, "kernel_size must be of one axis or of two"),
        ({"kernel_size": (3,), "stride": (2, 2)}, ValueError, "stride must be an int or a tuple of one"),
        ({"kernel_size": 3, "stride": 0}, ValueError, "stride must be at least 1, got 0"),
        ({"kernel_size": 3, "input_shape": (3, 5, 7)}, ValueError, r"input_shape must be \(H, W\)"),
        ({"kernel_size": (3,), "input_shape": (5, 7)}, ValueError, r"input_shape must be \(L\)"),
        ({"kernel_size": 3, "padding": "full"}, ValueError, "padding must be numbers"),
        ({"kernel_size": 3, "padding_mode": "mirror"}, ValueError, "padding_mode must be one of"),
        (
            {"kernel_size": 3, "groups": 2, "in_channels": 3},
            ValueError,
            "in_channels must be a multiple of groups = 2",
        ),
        (
            {"kernel_size": 3, "weight": np.ones((2, 2))},
            ValueError,
            r"weight must have the shape .*got \(2, 2\)",
        ),
        (
            {"kernel_size": 3, "in_channels": 4, "out_channels": 6, "weight": np.ones((6, 4, 3, 3))},
            ValueError,
            r"shape \(4, 6, 3, 3\) of PyTorch, got \(6, 4, 3, 3\)",
        ),
        ({"kernel_size": 3, "weight": np.full((3, 3), np.nan)}, ValueError, "weight must be finite"),
    ],
)
def test_odd_input_gets_a_sentence(arguments: dict[str, Any], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        diagnose(**arguments)


def keras_layer(name: str, kernel: tuple[int, ...], **config: Any) -> Any:
    """An object that says of itself what a layer of Keras says."""
    shape = (*kernel[:2], *kernel[2:])
    weights = [RNG.normal(size=shape), np.zeros(3)]
    return type(name, (), {"get_config": lambda self: config, "get_weights": lambda self: weights})()


def test_layers_of_keras_are_read_by_their_configuration() -> None:
    up = keras_layer(
        "Conv2DTranspose",
        (3, 5, 4, 2),
        kernel_size=(3, 5),
        strides=(2, 1),
        padding="same",
        filters=4,
        use_bias=True,
        dilation_rate=(1, 1),
        activation="relu",
    )
    found = diagnose(up, input_shape=(5, 7))
    (layer,) = found.layers
    call = keras_call((3, 5), stride=(2, 1), padding="same")
    assert found.output_shape == call.output_shape((5, 7)) == (10, 7)
    assert layer.crop == call.crop
    assert (layer.in_channels, layer.out_channels, layer.bias) == (2, 4, True)
    weight = up.get_weights()[0]
    assert layer.weight[1, 3].tolist() == weight[:, :, 3, 1].tolist()
    assert layer.weight_shapes["Keras"] == weight.shape
    down = keras_layer(
        "Conv2D", (3, 3, 2, 6), kernel_size=(3, 3), strides=(2, 2), padding="same", groups=2, filters=6
    )
    for n in (7, 8, 9):
        found = diagnose(down, input_shape=(n, 5))
        (layer,) = found.layers
        near, far = layer.crop[0]
        assert found.output_shape[0] == -(-n // 2)
        assert (
            conv2d(np.ones((n, 5)), np.ones((3, 3)), stride=2, padding=layer.crop).shape == found.output_shape
        )
        assert 0 <= far - near <= 1
        assert (layer.in_channels, layer.out_channels, layer.groups) == (4, 6, 2)
    assert diagnose([down, up], input_shape=(8, 8)).verdict.startswith(("Wrong", "Healthy"))


def test_attributes_are_enough() -> None:
    up = SimpleNamespace(
        kernel_size=(4,),
        stride=(2,),
        padding=(1,),
        output_padding=(0,),
        dilation=(1,),
        groups=2,
        in_channels=4,
        out_channels=6,
        transposed=True,
        padding_mode="zeros",
        bias=np.zeros(6),
        weight=np.ones((4, 3, 4)),
    )
    found = diagnose(up, input_shape=(9,))
    assert found.output_shape == (18,)
    assert found.layers[0].weight_shapes == {"PyTorch": (4, 3, 4), "ONNX": (4, 3, 4)}
    assert found.layers[0].fan_in == 2 * 4 / 2
    pool = SimpleNamespace(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
    assert diagnose(pool, input_shape=(9, 8)).output_shape == (4, 4)


@needs_torch
def test_layers_of_pytorch() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    made = [
        nn.ConvTranspose2d(4, 6, (3, 4), stride=2, padding=1, output_padding=1, groups=2),
        nn.ConvTranspose2d(3, 5, 3, stride=(2, 3), dilation=2, bias=False),
        nn.ConvTranspose1d(8, 4, 16, stride=8, padding=4),
        nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2, padding_mode="circular"),
        nn.Conv2d(4, 6, (3, 5), padding="same"),
        nn.Conv1d(4, 6, 5, dilation=2),
        nn.MaxPool2d(2),
    ]
    for module in made:
        flat = "1d" in type(module).__name__
        found = diagnose(module, input_shape=(20,) if flat else (9, 11))
        (layer,) = found.layers
        channels = getattr(module, "in_channels", 1)
        image = torch.randn(1, channels, *((20,) if flat else (9, 11)))
        assert found.output_shape == tuple(module(image).shape[2:])
        if hasattr(module, "weight"):
            assert layer.weight_shapes["PyTorch"] == tuple(module.weight.shape)
            assert layer.bias == (module.bias is not None)
    up = made[0]
    with torch.no_grad():
        result = up(torch.ones(1, 4, 12, 12)) - up.bias[:, None, None]
    pattern = diagnose(up).layers[0].pattern
    assert pattern == pytest.approx(result[0, :, 8:10, 8:10].numpy(), abs=1e-5)


def test_nothing_of_a_library_is_imported() -> None:
    code = """
import sys, deconv_helpers
deconv_helpers.diagnose(kernel_size=3)
print({"torch", "keras", "onnx"} & {*sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_picture_counts_and_crops_as_the_layer_does() -> None:
    found = diagnose(kernel_size=(3, 4), stride=2, padding=(0, 1), input_shape=(3, 4))
    rows, columns = (found.scene[f"{name}, stamps"] for name in ("rows", "columns"))
    counts = overlap_count((3, 4), (3, 4), stride=2)
    assert rows.values[0].tolist() == (counts[:, 0] / counts[0, 0]).tolist()
    assert columns.values[0].tolist() == (counts[0] / counts[0, 0]).tolist()
    assert (columns.marks == 4).sum() == 2
    square = diagnose(kernel_size=3, stride=2, input_shape=(3, 4)).scene
    lit = square.partners("rows and columns, constant", 1)
    assert lit["rows and columns, stamps"] == [2, 3, 4]
    assert "centre at 3; half-pixel resizing has it at 2.5" in square.steps[1].caption
    stack = clinic_scene(Examination((Layer(geometry_2d(4, stride=2)),) * 9, (3, 4)))
    assert len(stack.panels) == 6


def test_a_notebook_shows_the_text_and_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    found = diagnose(kernel_size=4, stride=2, padding=1)
    found._ipython_display_()
    assert [sorted(data) for data in shown] == [["text/plain"], ["text/html", "text/plain"]]
    assert shown[0]["text/plain"] == str(found)
    assert {finding.lesson for finding in found.findings} <= {*re.findall(r"\d\d_\w+", str(found))}
    shown.clear()
    diagnose(kernel_size=4, stride=2, output_padding=5)._ipython_display_()
    assert [sorted(data) for data in shown] == [["text/plain"]]
