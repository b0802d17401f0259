"""A thousand random geometries through every operator, against the slow loops and, if installed, PyTorch.

Asymmetric padding, dilation, output padding, channels, batches and types.
"""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from geometries import Case, a_case
from hypothesis import given, settings
from test_convolution import assert_same, slow_conv2d, slow_conv_transpose2d

from deconv_helpers.operators.convolution import conv2d, conv_transpose2d, conv_transpose2d_by_zero_insertion

thousand = settings(max_examples=1000, deadline=None)


@given(a_case())
@thousand
def test_the_slow_loops(case: Case) -> None:
    assert_same(conv2d(case.x, case.w, **case.forward), slow_conv2d(case.x, case.w, **case.forward), case)
    stamped = slow_conv_transpose2d(case.y, case.w, **case.backward)
    assert_same(conv_transpose2d(case.y, case.w, **case.backward), stamped, case)
    assert_same(conv_transpose2d_by_zero_insertion(case.y, case.w, **case.backward), stamped, case)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
@given(a_case(dtypes=("float32", "float64", "int64")))
@thousand
def test_pytorch_with_every_padding(case: Case) -> None:
    """PyTorch pads and crops alike on both sides: here its images are padded, and its results cropped."""
    import torch
    from torch.nn import functional

    w = torch.from_numpy(case.w)
    (top, bottom), (left, right) = case.forward["padding"]
    padded = functional.pad(torch.from_numpy(case.x), (left, right, top, bottom))
    theirs = functional.conv2d(padded, w, **{**case.forward, "padding": 0}).numpy()
    np.testing.assert_array_equal(conv2d(case.x, case.w, **case.forward), theirs)

    whole = functional.conv_transpose2d(
        torch.from_numpy(case.y), w, **{**case.backward, "padding": 0}
    ).numpy()
    cropped = whole[..., top : whole.shape[-2] - bottom, left : whole.shape[-1] - right]
    np.testing.assert_array_equal(conv_transpose2d(case.y, case.w, **case.backward), cropped)
