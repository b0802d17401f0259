"""Write frameworks.json: what PyTorch, Keras, ONNX Runtime and JAX make of the calls that the course writes.

Run `python tests/vectors/make_frameworks.py` in an environment that has numpy and at least one of torch,
keras (with a backend), onnxruntime with onnx, and jax. Results of a framework that is not installed stay as
they are. Values are small integers, so that every version and backend writes the same file. The stored ones
are of PyTorch 2.13, Keras 3.15 on JAX, ONNX Runtime 1.31, and JAX 0.10.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

VECTORS = Path(__file__).with_name("frameworks.json")

Array = npt.NDArray[Any]


def arrays(kernel: tuple[int, int]) -> tuple[Array, Array]:
    """The input (3, 4) and the kernel, integers from -4 to 4."""
    y, w = ((np.arange(n * m).reshape(n, m) * 7 + 5) % 23 % 9 - 4 for n, m in ((3, 4), kernel))
    return y, w


def pytorch(text: str, y: Array, w: Array) -> Array:
    """The result of a `nn.ConvTranspose2d(...)`."""
    torch = importlib.import_module("torch")
    layer = eval(text, {"nn": torch.nn}).double()
    layer.weight.data = torch.tensor(w[None, None], dtype=torch.float64)
    found: Array = layer(torch.tensor(y[None, None], dtype=torch.float64))[0, 0].detach().numpy()
    return found


def keras(text: str, y: Array, w: Array) -> Array:
    """The result of a `layers.Conv2DTranspose(...)`."""
    layer = eval(text, {"layers": importlib.import_module("keras").layers})
    images = y[None, :, :, None].astype("float32")
    layer.build(images.shape)
    layer.set_weights([w[:, :, None, None].astype("float32")])
    return np.asarray(layer(images))[0, :, :, 0]


def onnx(text: str, y: Array, w: Array) -> Array:
    """The result of a node "ConvTranspose" in ONNX Runtime."""
    helper = importlib.import_module("onnx.helper")
    runtime = importlib.import_module("onnxruntime")
    named = {"y": y[None, None].astype("float32"), "w": w[None, None].astype("float32")}
    inputs = [helper.make_tensor_value_info(name, 1, array.shape) for name, array in named.items()]
    outputs = [helper.make_tensor_value_info("x", 1, None)]
    graph = helper.make_graph([eval(text, {"make_node": helper.make_node})], "one node", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    found: Array = runtime.InferenceSession(model.SerializeToString()).run(None, named)[0][0, 0]
    return found


def jax(text: str, y: Array, w: Array) -> Array:
    """The result of a `lax.conv_transpose(...)`."""
    named = {"y": y[None, :, :, None].astype("float32"), "w": w[:, :, None, None].astype("float32")}
    return np.asarray(eval(text, {"lax": importlib.import_module("jax").lax, **named}))[0, :, :, 0]


FRAMEWORKS = {"torch": pytorch, "keras": keras, "onnxruntime": onnx, "jax": jax}

PYTORCH = "nn.ConvTranspose2d(1, 1, {}, bias=False)"
KERAS = "layers.Conv2DTranspose(1, {}, use_bias=False)"
ONNX = 'make_node("ConvTranspose", ["y", "w"], ["x"]{})'
JAX = 'lax.conv_transpose(y, w, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"){})'

CALLS: list[tuple[str, tuple[int, int], str]] = [
    ("torch", (3, 3), PYTORCH.format("kernel_size=3")),
    ("torch", (3, 3), PYTORCH.format("kernel_size=3, stride=2, padding=1, output_padding=1")),
    ("torch", (3, 3), PYTORCH.format("kernel_size=3, stride=2, output_padding=(0, 1)")),
    ("torch", (2, 3), PYTORCH.format("kernel_size=(2, 3), stride=(2, 3), padding=(0, 1)")),
    ("torch", (4, 4), PYTORCH.format("kernel_size=4, stride=2, padding=1")),
    ("torch", (5, 2), PYTORCH.format("kernel_size=(5, 2), padding=(2, 0), output_padding=1, dilation=2")),
    ("torch", (3, 3), PYTORCH.format("kernel_size=3, stride=2, padding=2, output_padding=2, dilation=3")),
    ("torch", (3, 3), PYTORCH.format("kernel_size=3, stride=2, output_padding=2")),
    ("torch", (3, 3), PYTORCH.format("kernel_size=3, padding=4")),
    ("keras", (3, 3), KERAS.format('kernel_size=3, padding="valid"')),
    ("keras", (3, 3), KERAS.format('kernel_size=3, strides=2, padding="same"')),
    ("keras", (3, 3), KERAS.format('kernel_size=3, strides=2, padding="same", output_padding=0')),
    ("keras", (3, 3), KERAS.format('kernel_size=3, strides=2, padding="same", output_padding=1')),
    ("keras", (4, 4), KERAS.format('kernel_size=4, strides=2, padding="same"')),
    ("keras", (4, 4), KERAS.format('kernel_size=4, strides=2, padding="same", output_padding=(0, 1)')),
    ("keras", (5, 2), KERAS.format('kernel_size=(5, 2), strides=(2, 3), padding="same"')),
    ("keras", (2, 3), KERAS.format('kernel_size=(2, 3), strides=3, padding="valid"')),
    ("keras", (2, 3), KERAS.format('kernel_size=(2, 3), strides=3, padding="valid", output_padding=0')),
    ("keras", (2, 3), KERAS.format('kernel_size=(2, 3), strides=3, padding="valid", output_padding=(2, 1)')),
    ("keras", (3, 2), KERAS.format('kernel_size=(3, 2), padding="same", dilation_rate=2')),
    ("keras", (3, 3), KERAS.format('kernel_size=3, strides=2, padding="same", dilation_rate=2')),
    ("keras", (3, 3), KERAS.format('kernel_size=3, strides=2, padding="same", output_padding=2')),
    ("onnxruntime", (3, 3), ONNX.format("")),
    ("onnxruntime", (3, 3), ONNX.format(", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1]")),
    ("onnxruntime", (3, 3), ONNX.format(", strides=[2, 2], pads=[1, 1, 0, 0]")),
    ("onnxruntime", (3, 4), ONNX.format(", strides=[2, 3], pads=[0, 1, 2, 0], output_padding=[0, 2]")),
    ("onnxruntime", (3, 3), ONNX.format(', strides=[2, 2], auto_pad="SAME_UPPER"')),
    ("onnxruntime", (3, 3), ONNX.format(', strides=[2, 2], auto_pad="SAME_LOWER"')),
    ("onnxruntime", (3, 4), ONNX.format(', strides=[2, 1], auto_pad="SAME_UPPER", output_padding=[1, 0]')),
    ("onnxruntime", (2, 3), ONNX.format(', strides=[2, 3], auto_pad="VALID", dilations=[2, 2]')),
    ("onnxruntime", (2, 3), ONNX.format(", output_padding=[1, 0], dilations=[2, 2]")),
    ("jax", (3, 3), JAX.format("")),
    ("jax", (3, 3), JAX.format(", transpose_kernel=True")),
]
"""The module that answers, the size of the kernel, and the call."""


def result(framework: str, kernel: tuple[int, int], text: str) -> list[list[int]] | None:
    """What the framework makes of the call, or None where it refuses."""
    try:
        found = FRAMEWORKS[framework](text, *arrays(kernel))
    except ImportError:
        raise
    except Exception:  # each framework has errors of its own
        return None
    return np.rint(found).astype(int).tolist()


def main() -> None:
    """Write one line for each call."""
    stored = json.loads(VECTORS.read_text()) if VECTORS.exists() else {}
    for framework, kernel, text in CALLS:
        try:
            stored[text] = {"kernel": kernel, "result": result(framework, kernel, text)}
        except ImportError:
            print(f"{framework} is not installed: kept {text}")
    lines = [
        f"{json.dumps(text)}:{json.dumps(stored[text], separators=(',', ':'))}"
        for _, _, text in CALLS
        if text in stored
    ]
    VECTORS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
