"""The operators against PyTorch: stored results always, PyTorch itself where it is installed."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest
from geometries import a_case
from hypothesis import given, settings
from vectors import make

from deconv_helpers.operators.convolution import conv2d, conv_transpose2d, conv_transpose2d_by_zero_insertion

STORED = json.loads(make.VECTORS.read_text())

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="PyTorch is not installed; its stored results were compared instead",
)


def result(case, operator):
    """Return our result as nested lists, or None where the operator refuses."""
    name = "conv2d" if operator is conv2d else "conv_transpose2d"
    try:
        return operator(*make.arrays(case, name), **make.options(case, name)).tolist()
    except ValueError:
        return None


@pytest.mark.parametrize("case", STORED, ids=range(len(STORED)))
def test_stored_results(case):
    assert result(case, conv2d) == case["conv2d"]
    assert result(case, conv_transpose2d) == case["conv_transpose2d"]
    assert result(case, conv_transpose2d_by_zero_insertion) == case["conv_transpose2d"]


def test_stored_results_hold_results_and_refusals():
    for operator in ("conv2d", "conv_transpose2d"):
        refused = sum(case[operator] is None for case in STORED)
        assert 5 < refused < len(STORED) / 2


@needs_torch
@given(a_case(symmetric=True, dtypes=("float32", "float64")))
@settings(max_examples=300, deadline=None)
def test_random_geometries(case):
    import torch
    from torch.nn import functional

    w = torch.from_numpy(case.w)
    for operator, image, options in (
        (conv2d, case.x, case.forward),
        (conv_transpose2d, case.y, case.backward),
    ):
        theirs = options | {"padding": tuple(before for before, _ in options["padding"])}
        expected = getattr(functional, operator.__name__)(torch.from_numpy(image), w, **theirs)
        result = operator(image, case.w, **options)
        assert result.dtype == expected.numpy().dtype
        np.testing.assert_array_equal(result, expected.numpy())


@needs_torch
def test_the_stored_results_are_what_this_pytorch_gives():
    for case in STORED:
        for operator in ("conv2d", "conv_transpose2d"):
            assert make.result(case, operator) == case[operator]
