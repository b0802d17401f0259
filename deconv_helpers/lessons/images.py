"""Small grey pictures that are on every machine the course runs on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib import cbook
from PIL import Image

from ..operators.arrays import allocate
from ..operators.geometry import checked_int

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


def bars(rows: int, columns: int) -> npt.NDArray[np.float64]:
    """White bars on black, (rows, columns), finer to the right: 4, 3, 2 and 1 pixels, as wide as their gaps.

    Raises TypeError or ValueError where rows or columns is no int of at least 1, and ValueError for more than
    1 GiB.

    >>> bars(1, 20)[0].astype(int).tolist()
    [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1]
    """
    picture = _black(rows, columns)
    line = [level for width in (4, 3, 2, 1) for level in 2 * ([0.0] * width + [1.0] * width)]
    picture += np.resize(line, picture.shape[1])
    return picture


def stars(rows: int, columns: int, *, seed: int = 3) -> npt.NDArray[np.float64]:
    """Points of light from 0.3 to 1 on black, (rows, columns), on one pixel in a hundred.

    Raises TypeError or ValueError where rows or columns is no int of at least 1, and ValueError for more than
    1 GiB.

    >>> int((stars(20, 30) > 0).sum())
    6
    """
    sky = _black(rows, columns)
    rng = np.random.default_rng(seed)
    lit = rng.choice(sky.size, sky.size // 100, replace=False)
    sky.flat[lit] = rng.uniform(0.3, 1, lit.size)
    return sky


def _black(rows: int, columns: int) -> npt.NDArray[np.float64]:
    shape = checked_int("rows", rows, minimum=1), checked_int("columns", columns, minimum=1)
    return allocate("the picture", shape, np.float64)
