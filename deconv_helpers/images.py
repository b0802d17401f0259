"""A small grey picture that is on every machine the course runs on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib import cbook
from PIL import Image

CROP = (40, 30, 480, 580)
"""Left, top, right and bottom of the part shown, in pixels of the 512x600 photograph."""


def sample_image(height: int = 96) -> npt.NDArray[np.float64]:
    """A portrait of Grace Hopper, (height, 0.8 height), grey levels from 0 (black) to 1 (white).

    height  rows, 8 to 550. Raises TypeError or ValueError for anything else.
    Source: the public domain photograph that matplotlib ships as sample data.

    >>> sample_image(20).shape
    (20, 16)
    """
    if isinstance(height, bool) or not isinstance(height, (int, np.integer)):
        raise TypeError(f"height must be a whole number of rows, got {height!r}")
    left, top, right, bottom = CROP
    if not 8 <= height <= bottom - top:
        raise ValueError(f"height must be from 8 to {bottom - top} rows, got {height}")
    width = round(int(height) * (right - left) / (bottom - top))
    with Image.open(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))) as photograph:
        grey = photograph.convert("L").crop(CROP).resize((width, int(height)), Image.Resampling.LANCZOS)
    return np.asarray(grey, dtype=np.float64) / 255
