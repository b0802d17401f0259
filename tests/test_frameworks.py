"""Lesson 08: calls against what the frameworks make of them, against their formulas, and the scene."""

from __future__ import annotations

import importlib.util
import json
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vectors import make_frameworks as make

from deconv_helpers import Geometry, conv2d, conv_transpose2d, explore_frameworks, frameworks_scene
from deconv_helpers.lessons.frameworks import BESIDE
from deconv_helpers.lessons.presets import KERNEL_A, KERNEL_B
from deconv_helpers.operators.conversion import translate
from deconv_helpers.operators.frameworks import (
    AUTO_PADS,
    FRAMEWORKS,
    Call,
    keras_call,
    onnx_call,
    pytorch_call,
)
from deconv_helpers.scenes.scene import MARKS

STORED: dict[str, dict[str, Any]] = json.loads(make.VECTORS.read_text())
Y, W = np.array([[2, 1, 0], [4, 4, 3]]), KERNEL_A


def read(text: str, kernel: tuple[int, int]) -> Call:
    """The call that a text stands for, with the arguments that the framework itself would be given."""

    def torch(inputs: int, outputs: int, *, bias: bool, **settings: Any) -> Call:
        assert (inputs, outputs, bias) == (1, 1, False)
        return pytorch_call(**settings)

    def keras(
        filters: int, *, use_bias: bool, strides: Any = 1, dilation_rate: Any = 1, **settings: Any
    ) -> Call:
        assert (filters, use_bias) == (1, False)
        return keras_call(stride=strides, dilation=dilation_rate, **settings)

    def onnx(*names: Any, strides: Any = 1, dilations: Any = 1, pads: Any = 0, **settings: Any) -> Call:
        assert names == ("ConvTranspose", ["y", "w"], ["x"])
        sides = ((pads[0], pads[2]), (pads[1], pads[3])) if pads else 0
        return onnx_call(kernel, stride=strides, dilation=dilations, pads=sides, **settings)

    found = eval(
        text,
        {
            "nn": SimpleNamespace(ConvTranspose2d=torch),
            "layers": SimpleNamespace(Conv2DTranspose=keras),
            "make_node": onnx,
        },
    )
    assert isinstance(found, Call)
    return found


@pytest.mark.parametrize("text", [text for text in STORED if not text.startswith("lax.")])
def test_what_the_frameworks_themselves_made_of_it(text: str) -> None:
    kernel, expected = STORED[text]["kernel"], STORED[text]["result"]
    y, w = make.arrays(kernel)
    if expected is None:
        with pytest.raises(ValueError):  # noqa: PT011 - each refuses in words of its own
            read(text, kernel).values(y, w)
        return
    call = read(text, kernel)
    assert call.text == text
    assert call.values(y, w).tolist() == expected
    shape = np.shape(expected)
    assert call.output_shape(y.shape) == shape
    for size_text, n in zip(call.size_texts(y.shape), shape, strict=True):
        worked_out, _, said = size_text.partition(" = ")
        assert eval(worked_out, {"max": max}) == int(said) == n


def test_jax_stamps_the_kernel_turned_unless_it_is_told() -> None:
    y, w = make.arrays((3, 3))
    same = keras_call(3, stride=2, padding="same")
    assert same.values(y, w[::-1, ::-1]).tolist() == STORED[make.JAX.format("")]["result"]
    assert same.values(y, w).tolist() == STORED[make.JAX.format(", transpose_kernel=True")]["result"]


def test_every_call_is_stored() -> None:
    assert list(STORED) == [text for _, _, text in make.CALLS]


needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not installed; its stored results are"
)
sizes = st.integers(1, 4)
pairs = st.tuples(sizes, sizes)


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Any call that its framework accepts, for a kernel of any shape."""
    settings: dict[str, Any] = {"stride": draw(pairs), "dilation": draw(pairs)}
    extra = [draw(st.integers(0, s - 1)) for s in settings["stride"]]
    kind = draw(st.sampled_from(["PyTorch", "Keras", "pads", *AUTO_PADS[1:]]))
    if kind == "PyTorch":
        padding = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
        return pytorch_call(draw(pairs), padding=padding, output_padding=extra, **settings)
    if kind == "Keras":
        settings[draw(st.sampled_from(["stride", "dilation"]))] = 1
        bound = np.broadcast_to(settings["stride"], 2)
        added = draw(st.sampled_from([None, tuple(np.minimum(extra, bound - 1).tolist())]))
        word = draw(st.sampled_from(["valid", "same"]))
        return keras_call(draw(pairs), padding=word, output_padding=added, **settings)
    if kind == "pads":
        side = st.integers(0, 3)
        pads = draw(st.tuples(st.tuples(side, side), st.tuples(side, side)))
        return onnx_call(draw(pairs), pads=pads, output_padding=extra, **settings)
    kernel = draw(pairs)
    if kind != "VALID":
        reach = [d * (k - 1) + 1 for k, d in zip(kernel, settings["dilation"], strict=True)]
        settings["stride"] = tuple(np.minimum(settings["stride"], reach).tolist())
    return onnx_call(kernel, auto_pad=kind, **settings)


@given(calls(), st.sampled_from(FRAMEWORKS))
@settings(max_examples=300, deadline=None)
def test_a_translation_crops_alike_or_there_is_none(call: Call, framework: str) -> None:
    try:
        found = translate(call, framework)
    except ValueError:
        assert framework != call.framework, "what a framework says, it can say"
        return
    assert found.framework == framework
    assert found.axes == call.axes
    assert read(found.text, tuple(a.kernel_size for a in call.axes)) == found


@given(calls())
@settings(max_examples=300, deadline=None)
def test_the_values_are_the_cropped_canvas(call: Call) -> None:
    height, width = call.axes
    y = np.arange(1, 7).reshape(2, 3)
    w = np.arange(1, 1 + height.kernel_size * width.kernel_size).reshape(height.kernel_size, -1)
    canvas = conv_transpose2d(
        y, w, stride=(height.stride, width.stride), dilation=(height.dilation, width.dilation)
    )
    (top, bottom), (left, right) = call.crop
    longer = np.pad(canvas, ((0, max(-bottom, 0)), (0, max(-right, 0))))
    rows, columns = longer.shape
    expected = longer[top : rows - max(bottom, 0), left : columns - max(right, 0)]
    if min(canvas.shape[0] - top - bottom, canvas.shape[1] - left - right) < 1:
        with pytest.raises(ValueError, match="padding must leave at least 1 pixel"):
            call.values(y, w)
    else:
        assert call.values(y, w).tolist() == expected.tolist()


@needs_torch
@given(calls())
@settings(max_examples=100, deadline=None)
def test_pytorch_itself(call: Call) -> None:
    try:
        call = translate(call, "PyTorch")
    except ValueError:
        return
    y, w = make.arrays(tuple(a.kernel_size for a in call.axes))
    try:
        expected = call.values(y, w)
    except ValueError:
        with pytest.raises(RuntimeError):
            make.pytorch(call.text, y, w)
        return
    assert make.pytorch(call.text, y, w).tolist() == expected.tolist()


@needs_torch
def test_the_stored_results_are_what_this_pytorch_gives() -> None:
    for framework, kernel, text in make.CALLS:
        if framework == "torch":
            assert make.result(framework, kernel, text) == STORED[text]["result"]


def test_numbers_of_the_onnx_specification() -> None:
    # onnx/onnx, onnx/backend/test/case/node/convtranspose.py: the examples of ConvTranspose's documentation.
    x, ones = np.arange(9).reshape(3, 3), np.ones((3, 3), int)
    plain = onnx_call(3)
    assert plain.values(x, ones)[0].tolist() == [0, 1, 3, 3, 2]
    assert plain.output_shape((3, 3)) == (5, 5)
    pads = onnx_call(3, stride=(3, 2), pads=((1, 1), (2, 2)))
    assert "pads=[1, 2, 1, 2]" in pads.text
    assert pads.values(x, ones).tolist() == [
        *[[1, 1, 3]] * 2,
        *[[7, 4, 9]] * 3,
        *[[13, 7, 15]] * 2,
    ]
    added = onnx_call(3, stride=(3, 2), output_padding=1).values(x, ones)
    assert added.shape == (10, 8)
    assert added[3].tolist() == [3, 3, 7, 4, 9, 5, 5, 0]
    assert not added[9].any()
    dilated = onnx_call(2, dilation=2).values([[3, 8, 1], [9, 5, 7], [3, 2, 6]], [[7, 2], [1, 9]])
    assert dilated[2].tolist() == [24, 22, 76, 76, 21]
    same = onnx_call(3, stride=2, auto_pad="SAME_UPPER").values(x, ones)
    assert same[2].tolist() == [3, 3, 8, 5, 12, 7]
    assert same.shape == (6, 6)


def test_the_example_of_the_keras_documentation() -> None:
    # Conv2DTranspose(32, 2, 2) takes (10, 8) to (20, 16).
    assert keras_call(2, stride=2).output_shape((10, 8)) == (20, 16)


@pytest.mark.parametrize(("k", "s", "d"), [*product(range(1, 6), range(1, 4), [1]), (3, 1, 2), (2, 1, 3)])
def test_keras_sizes(k: int, s: int, d: int) -> None:
    # keras/src/backend/common/backend_utils.py, _get_output_shape_given_tf_padding
    n, e = 4, d * (k - 1) + 1
    for added in (None, *range(s)):
        valid = (n - 1) * s + (max(e, s) if added is None else e + added)
        same = n * s if added is None else (n - 1) * s + e % 2 + added
        for word, expected in (("valid", valid), ("same", same)):
            call = keras_call(k, stride=s, padding=word, output_padding=added, dilation=d)
            assert call.output_shape((n, n)) == (expected, expected)


def test_same_size_one_pixel_apart() -> None:
    keras = keras_call(3, stride=2, padding="same")
    torch = pytorch_call(3, stride=2, padding=1, output_padding=1)
    assert keras.crop == ((0, 1), (0, 1))
    assert torch.crop == ((1, 0), (1, 0))
    one, other = keras.values(Y, W), torch.values(Y, W)
    assert one.shape == other.shape == (4, 6)
    assert np.array_equal(one[1:, 1:], other[:-1, :-1])
    assert not np.array_equal(one, other)
    assert onnx_call(3, stride=2, auto_pad="SAME_UPPER").axes == keras.axes
    assert onnx_call(3, stride=2, auto_pad="SAME_LOWER").axes == torch.axes


def test_keras_none_is_not_zero() -> None:
    for word in ("valid", "same"):
        none, zero = (
            keras_call(2 if word == "valid" else 3, stride=3, padding=word, output_padding=o)
            for o in (None, 0)
        )
        assert none.output_shape((4, 5)) != zero.output_shape((4, 5))


def test_output_padding_from_the_stride_on_does_not_shrink_back() -> None:
    for s, d, k, n in product(range(1, 5), range(1, 5), range(1, 4), range(1, 5)):
        for added in range(max(s, d)):
            axis = Geometry(k, stride=s, dilation=d, output_padding=added)
            assert (axis.output_size(axis.transposed_size(n)) == n) == (added < s)


def test_the_shape_does_not_always_come_back() -> None:
    axis = Geometry(5, stride=3, padding=2)
    assert sum(axis.transposed_size(axis.output_size(n)) != n for n in range(5, 40)) == 24


def test_dilation_is_the_transpose_of_a_dilated_convolution() -> None:
    x, y = np.arange(48).reshape(6, 8), np.arange(8).reshape(2, 4)
    call = pytorch_call(3, dilation=2)
    assert (conv2d(x, W, dilation=2) * y).sum() == (x * call.values(y, W)).sum()


@pytest.mark.parametrize(
    ("make_call", "message"),
    [
        (lambda: pytorch_call(3, stride=2, output_padding=2), "output_padding must be smaller than max"),
        (lambda: pytorch_call(3, padding=((0, 1), (1, 1))), "padding must be an int or a pair"),
        (lambda: pytorch_call(0), "kernel_size must be at least 1, got 0"),
        (lambda: keras_call(3, padding="full"), 'must be "valid" or "same" in Keras, got \'full\''),
        (lambda: keras_call(3, padding=1), "got 1"),  # type: ignore[arg-type]
        (lambda: keras_call(3, stride=2, dilation=2), "Keras refuses strides above 1 .*, got 2 and 2"),
        (lambda: keras_call(3, stride=2, output_padding=2), "smaller than strides in Keras, got 2 and 2"),
        (lambda: keras_call(3, stride=2, output_padding=-1), "output_padding must be at least 0, got -1"),
        (lambda: onnx_call(3, dilation=2, output_padding=1), "smaller than strides in ONNX, got 1 and 1"),
        (lambda: onnx_call(3, auto_pad="SAME"), "auto_pad must be one of NOTSET, VALID, .*, got 'SAME'"),
        (lambda: onnx_call(3, auto_pad="VALID", pads=1), "pads must be 0 beside auto_pad=VALID, got 1"),
        (lambda: onnx_call(2, stride=3, auto_pad="SAME_UPPER"), "pads of -1 in all"),
        (lambda: translate(pytorch_call(3), "Caffe"), "framework must be one of .*, got 'Caffe'"),
        (lambda: translate(onnx_call(3, pads=((0, 1), (0, 0))), "PyTorch"), "never larger"),
        (lambda: translate(pytorch_call(3, padding=1), "Keras"), None),
        (lambda: translate(pytorch_call(5, padding=1), "Keras"), "Keras cannot crop 2 in all"),
        (lambda: pytorch_call((3, 2)).values(Y, W), r"w must be 3x2, as in the call, got shape \(3, 3\)"),
    ],
)
def test_what_cannot_be_said(make_call: Any, message: str | None) -> None:
    if message is None:
        assert make_call().text.count('padding="same"') == 1
        return
    with pytest.raises(ValueError, match=message):
        make_call()


def test_the_scene_of_the_shift() -> None:
    scene = frameworks_scene(Y, W, stride=2, padding=1, output_padding=1)
    assert [p.name for p in scene.panels] == ["input", "kernel", "PyTorch", "Keras same"]
    titles = [p.title for p in scene.panels[2:]]
    assert titles == ["PyTorch 4x6, cropped from 5x7", "Keras same 4x6, cropped from 5x7"]
    canvas = conv_transpose2d(Y, W, stride=2)
    cropped = MARKS.index("cropped")
    for name, call in (
        ("PyTorch", pytorch_call(3, stride=2, padding=1, output_padding=1)),
        ("Keras same", keras_call(3, stride=2, padding="same")),
    ):
        panel = scene[name]
        assert np.array_equal(panel.values, canvas)
        assert panel.marks is not None
        assert panel.values[panel.marks != cropped].tolist() == call.values(Y, W).ravel().tolist()
    assert scene.partners("PyTorch", 16) == {
        "input": [0, 1, 3, 4],
        "kernel": [0, 2, 6, 8],
        "Keras same": [16],
    }
    assert scene.steps[1].caption == (
        "the stamp of input[0, 1] = 1 begins at PyTorch[-1, 1] and at Keras same[0, 2]"
    )
    assert [(note.kind, note.text) for note in scene.notes] == [
        (
            "differs",
            "same size 4x6, but shifted: PyTorch begins at cell [1, 1] of the canvas, Keras same at [0, 0]",
        ),
        (
            "code",
            "PyTorch: nn.ConvTranspose2d(1, 1, kernel_size=3, stride=2, padding=1, output_padding=1,"
            " bias=False)",
        ),
        (
            "code",
            "rows: (2 - 1)*2 - 2*1 + 1*(3 - 1) + 1 + 1 = 4; columns: (3 - 1)*2 - 2*1 + 1*(3 - 1) + 1 + 1 = 6",
        ),
        (
            "code",
            'Keras same: layers.Conv2DTranspose(1, kernel_size=3, strides=2, padding="same", use_bias=False)',
        ),
        ("code", "rows: 2*2 = 4; columns: 3*2 = 6"),
        (
            "count",
            "The same in Keras? Keras cannot crop 1 at the near side and 0 at the far side:"
            " its near crop is the smaller half.",
        ),
        (
            "code",
            'the same in ONNX: make_node("ConvTranspose", ["y", "w"], ["x"], strides=[2, 2],'
            " pads=[1, 1, 0, 0])",
        ),
        (
            "code",
            "rows: 2*(2 - 1) + 0 + ((3 - 1)*1 + 1) - 1 - 0 = 4;"
            " columns: 2*(3 - 1) + 0 + ((3 - 1)*1 + 1) - 1 - 0 = 6",
        ),
    ]


def test_scenes_that_agree_differ_in_size_or_lack_a_word() -> None:
    equal = frameworks_scene(Y, W, stride=2, padding=1, output_padding=1, beside="ONNX SAME_LOWER")
    assert equal.notes[0].text == "equal: ONNX SAME_LOWER crops as PyTorch does here, to 4x6"
    other = frameworks_scene(Y, W[:2, :2], stride=3, beside="Keras valid")
    assert other.notes[0].text == "another size: PyTorch 5x8, Keras valid 6x9"
    assert other["Keras valid"].values.shape == (6, 9)
    assert not other["Keras valid"].values[5].any()
    none = frameworks_scene(Y, W, stride=2, dilation=2)
    assert [p.name for p in none.panels] == ["input", "kernel", "PyTorch"]
    assert none.notes[0].text.startswith("no Keras same here: Keras refuses strides above 1")
    message = frameworks_scene(Y, W, output_padding=1)
    assert [note.kind for note in message.notes] == ["message", "advice"]
    assert "must be smaller than the larger of stride 1 and dilation 1" in message.summary


@pytest.mark.parametrize("beside", BESIDE)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_pictures_show_what_the_calls_give(beside: str, data: st.DataObject) -> None:
    settings = {name: data.draw(pairs) for name in ("stride", "dilation")}
    padding = data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    w = KERNEL_B[: data.draw(st.integers(1, 3)), : data.draw(st.integers(1, 3))]
    scene = frameworks_scene(Y, w, padding=padding, beside=beside, **settings)
    if not scene.panels:
        return
    shown = {"PyTorch": pytorch_call(w.shape, padding=padding, **settings)}
    if len(scene.panels) == 4:
        shown[beside] = BESIDE[beside](w.shape, **settings)
    for name, call in shown.items():
        panel = scene[name]
        assert panel.marks is not None
        kept = panel.values[panel.marks == 0].reshape(call.output_shape(Y.shape))
        np.testing.assert_array_equal(kept, call.values(Y, w))
    assert (scene.notes[0].kind == "equal") == (
        len(shown) == 2 and np.array_equal(*[call.crop for call in shown.values()])
    )


def test_bad_arguments_of_the_scene() -> None:
    with pytest.raises(ValueError, match=r"beside must be one of Keras same, .*, got 'Caffe'"):
        frameworks_scene(Y, W, beside="Caffe")
    with pytest.raises(ValueError, match="x must be a matrix"):
        frameworks_scene([1, 2], W)
    with pytest.raises(ValueError, match="stride must be at least 1, got 0"):
        frameworks_scene(Y, W, stride=0)
    with pytest.raises(ValueError, match=r"x must be at most 5x5 .* got shape \(6, 2\)"):
        explore_frameworks(x=np.ones((6, 2)))
