"""Lesson 09: a picture is blurred, gets noise, and is restored by division, regularised, or step by step."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ..operators.arrays import checked_matrix
from ..operators.deblurring import (
    WIPED_OUT,
    Floats,
    blur,
    box_kernel,
    descended,
    gaussian_kernel,
    inverse_filter,
    regularised_filter,
    rms_error,
    transfer_function,
)
from ..scenes.explorer import Explorer
from ..scenes.scene import Grey, Note, Panel, Scene, Step, blank, format_number, size, stacked
from ..scenes.topic import Topic
from .connections import readable_matrix
from .images import bars, sample_image, stars

RECOVERED = 1e-3
"""An RMS error below this is not seen: grey levels go from 0 to 1, and a screen has 256 of them."""

COUNTS = (0, 1, 2, 5, 10, 20, 50, 100, 300, 2000)
"""The numbers of steps with C.T after which the picture is shown."""


def deblurring_scene(
    f: npt.ArrayLike, h: npt.ArrayLike, *, noise: float = 0.01, regularisation: float = 1e-3, seed: int = 7
) -> Scene:
    """The scene of a deconvolution: the picture f, the blur h, what is seen of f, and two ways back.

    f               (rows, columns) of grey levels from 0 to 1, at least 3x3
    h               (kh, kw), at most as large as f
    noise           its standard deviation, in grey levels: 0.01 is one percent of white
    regularisation  how much smoothness counts, at least 0

    Pointing at a pixel frames the same pixel of the other pictures. Raises what `checked_matrix` and
    `regularised_filter` raise, and ValueError for a negative noise.

    >>> scene = deblurring_scene(np.eye(4, 5), [[1, 4, 1]], noise=0)
    >>> scene.notes[1].text
    'division brings the input back'
    """
    f, h = checked_matrix("f", f), checked_matrix("h", h)
    if not noise >= 0:
        raise ValueError(f"noise must be at least 0, got {noise}")
    g, divided, response = _seen(
        f.astype(float).tobytes(), f.shape, h.astype(float).tobytes(), h.shape, noise, seed
    )
    restored = regularised_filter(g, h, regularisation)
    errors = {
        "blurred": rms_error(g, f),
        "division": rms_error(divided, f),
        "regularised": rms_error(restored, f),
    }
    seen = "blurred" + (f", noise {format_number(100 * noise)}%" if noise else "")
    pixels = np.arange(f.size, dtype=np.int32)
    placed, corner = _placed(h, f.shape)
    return Scene(
        {
            "what is seen": (
                _picture("input", f, "input", f"input {size(f.shape)}"),
                Panel(
                    "kernel",
                    placed,
                    role="kernel",
                    title=f"kernel {size(h.shape)}, largest white",
                    sign="∗",
                    image=Grey(0.0, float(placed.max()) or 1.0),
                    first=corner,
                ),
                _picture("blurred", g, "output", seen, sign="="),
            ),
            "what is restored": (
                _picture("division", divided, "output", "by division"),
                _picture("regularised", restored, "output", f"regularised, {format_number(regularisation)}"),
                Panel(
                    "spectrum",
                    np.fft.fftshift(_to_three_digits(response, above=WIPED_OUT * response.max())),
                    role="matrix",
                    title="spectrum |H|, 4 powers of ten",
                    image=Grey(1e-4 * float(response.max() or 1), float(response.max() or 1), decades=True),
                    first=(f.shape[0] // 2, f.shape[1] // 2),
                ),
            ),
        },
        taps=dict.fromkeys(("input", "blurred", "division", "regularised"), pixels),
        notes=(
            Note("count", f"RMS error: {', '.join(f'{k} {_grey(v)}' for k, v in errors.items())}"),
            _verdict(errors),
            Note("count", _smallest_response(response)),
        ),
        summary=f"input {size(f.shape)} ∗ kernel {size(h.shape)}, noise {format_number(noise)},"
        f" regularisation {format_number(regularisation)}\n"
        + "\n".join(f"{name}: RMS error {_grey(error)}" for name, error in errors.items()),
    )


def descent_scene(f: npt.ArrayLike, h: npt.ArrayLike, *, noise: float = 0.01, seed: int = 7) -> Scene:
    """The scene of a restoration step by step: the picture f, what is seen of it, and the estimate.

    Each step of the scene shows the estimate after one of COUNTS, and its RMS error so far. Arguments, and
    what is raised, as in `deblurring_scene`; f may have any size.

    >>> scene = descent_scene(np.eye(4, 5), [[1, 4, 1]])
    >>> scene.steps[3].label, scene["estimate"].values.shape
    ('5', (4, 5))
    """
    f, h = checked_matrix("f", f), checked_matrix("h", h)
    if not noise >= 0:
        raise ValueError(f"noise must be at least 0, got {noise}")
    g = blur(f, h) + noise * np.random.default_rng(seed).normal(size=f.shape)
    estimates = [descended(g, h, count) for count in COUNTS]
    errors = [rms_error(estimate, f) for estimate in estimates]
    percent = np.round([100 * error for error in errors], 1)
    pixels, best = np.arange(f.size, dtype=np.int32), int(np.argmin(errors))
    seen = "blurred" + (f", noise {format_number(100 * noise)}%" if noise else "")
    counts = ", ".join(map(str, COUNTS[:-1]))
    falls = best == len(COUNTS) - 1
    verdict = (
        "the RMS error falls to the last step"
        if falls
        else f"the RMS error is lowest, {_grey(errors[best])}, after {_steps(COUNTS[best])}; then it grows"
    )
    return Scene(
        {
            "": (
                _picture("input", f, "input", f"input {size(f.shape)}"),
                _picture("blurred", g, "output", seen),
                _picture("estimate", estimates[-1], "output", "estimate", sign="→"),
            ),
            "error": (
                Panel(
                    "error",
                    percent[None],
                    role="matrix",
                    title=f"RMS error in % of white, after {counts} and {COUNTS[-1]} steps",
                ),
            ),
        },
        taps=stacked(
            dict.fromkeys(("input", "blurred", "estimate"), pixels), {"error": np.arange(len(COUNTS))}
        ),
        steps=tuple(
            Step(
                np.array([f.size + n]),
                f"after {_steps(count)}: RMS error {_grey(errors[n])}",
                changes={
                    "estimate": (pixels, _rounded(estimates[n]).ravel()),
                    "error": (np.array([n]), percent[n : n + 1]),
                },
                label=str(count),
            )
            for n, count in enumerate(COUNTS)
        ),
        start={"error": blank(np.arange(len(COUNTS)))},
        whole=False,
        notes=(
            Note("equal" if falls else "differs", verdict),
            Note("count", f"blurred: RMS error {_grey(rms_error(g, f))}"),
        ),
        summary=f"input {size(f.shape)} ∗ kernel {size(h.shape)}, noise {format_number(noise)}: {verdict}",
    )


def _steps(count: int) -> str:
    return f"{count} step{'' if count == 1 else 's'}"


@lru_cache(maxsize=1)
def _seen(
    f: bytes, shape: tuple[int, ...], h: bytes, reach: tuple[int, ...], noise: float, seed: int
) -> tuple[Floats, Floats, Floats]:
    """The blurred and noisy picture, its division, and |H|: all that no regularisation changes.

    f and h are given as bytes, so that an explorer, whose regularisation moves fastest, works them out once.
    """
    picture, kernel = np.frombuffer(f).reshape(shape), np.frombuffer(h).reshape(reach)
    g = blur(picture, kernel) + noise * np.random.default_rng(seed).normal(size=shape)
    return g, inverse_filter(g, kernel), np.abs(transfer_function(kernel, g.shape))


def _picture(name: str, values: Floats, role: str, title: str, sign: str = "") -> Panel:
    """A picture in parts of white; what lies beyond black and white is drawn so, and read as it is."""
    return Panel(name, _rounded(values), role=role, title=title, sign=sign, image=Grey())


def _rounded(values: Floats) -> Floats:
    """Values to three places, as a reader sees them: few different ones, so that a picture is sent small."""
    return np.where(np.abs(values) < 100, np.round(values, 3), np.round(values)) + 0.0


def _to_three_digits(values: Floats, above: float) -> Floats:
    """Values from 0 on to three digits each, for a scale of equal ratios; 0 up to `above`."""
    kept = values > above
    digits = 10.0 ** (2 - np.floor(np.log10(values, out=np.zeros_like(values), where=kept)))
    return np.where(kept, np.round(values * digits) / digits, 0.0)


def _placed(h: Floats, shape: tuple[int, ...]) -> tuple[Floats, tuple[int, int]]:
    """The kernel in the middle of a black picture: how far it reaches, and where it begins."""
    placed = np.zeros(shape)
    top, left = ((n - k) // 2 for n, k in zip(shape, h.shape, strict=True))
    placed[top : top + h.shape[0], left : left + h.shape[1]] = h
    return placed, (top, left)


def _grey(error: float) -> str:
    """An error in grey levels, to three places; a large one as a cell would show it."""
    return f"{error:.3f}" if error < 10 else format_number(error)


def _three_digits(value: float) -> str:
    """A number to three digits, very large and very small ones with a power of ten."""
    mantissa, _, exponent = f"{float(f'{value:.3g}'):.5g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def _verdict(errors: dict[str, float]) -> Note:
    if errors["division"] < RECOVERED:
        return Note("equal", "division brings the input back")
    if errors["division"] > errors["blurred"]:
        return Note("differs", "division is further from the input than the blurred picture")
    return Note("differs", "division comes closer to the input, and does not bring it back")


def _smallest_response(response: Floats) -> str:
    """What the blur leaves of the wave that it weakens most."""
    kept = response > WIPED_OUT * response.max()
    smallest = response[kept].min(initial=response.max())
    gone = np.count_nonzero(~kept)
    if gone == response.size:
        return f"{gone} of {gone} waves are wiped out"
    text = (
        f"is {_three_digits(smallest)}: division multiplies the noise there by {_three_digits(1 / smallest)}"
    )
    if gone:
        return f"{gone} of {response.size} waves are wiped out; the smallest |H| of the others {text}"
    return f"smallest |H| {text}"


DECONVOLUTION = Topic(
    "deconvolution",
    lambda input, kernel, noise, regularisation, blur_width=None: deblurring_scene(
        input, kernel, noise=noise, regularisation=regularisation
    ),
    sources={
        "input": {"portrait": sample_image(48), "bars": bars(48, 40), "stars": stars(48, 40)},
        "kernel": {
            "Gaussian": lambda settings: gaussian_kernel(settings["blur_width"]),
            "box": lambda settings: box_kernel(*[2 * settings["blur_width"] + 1] * 2),
            "moving camera": lambda settings: box_kernel(1, 4 * settings["blur_width"] + 1),
        },
    },
    listed={
        "blur_width": range(1, 4),
        "noise": (0.0, 0.001, 0.01, 0.05),
        "regularisation": (1e-5, 1e-4, 1e-3, 1e-2, 1e-1),
    },
    start={"noise": 0.01, "regularisation": 1e-3},
    shapes={"kernel": "blur_width"},
)
"""What the explorer of this topic is made of, and what its questions are about."""


def explore_deconvolution(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: float
) -> Explorer:
    """The explorer of lesson 09: a blurred, noisy picture, restored by division and regularised.

    x is a picture (H, W) of grey levels from 0 to 1, 3x3 to 64x64, and w a blur kernel (kh, kw) no larger
    than it, both your own; left out, there are presets. Further keywords (blur_width, noise, regularisation)
    say where the controls begin.

    >>> explorer = explore_deconvolution(noise=0.0)
    >>> explorer.scene(blur_width=1).notes[1].text
    'division brings the input back'
    """
    own = DECONVOLUTION.using(
        input=None if x is None else readable_matrix("x", x, largest=64),
        kernel=None if w is None else readable_matrix("w", w, largest=64),
    )
    return Explorer(own.begun(**start))


DESCENT = Topic(
    "descent",
    lambda input, kernel, noise, blur_width=None: descent_scene(input, kernel, noise=noise),
    sources=DECONVOLUTION.sources,
    listed={name: DECONVOLUTION.listed[name] for name in ("blur_width", "noise")},
    start={"noise": 0.01},
    shapes=DECONVOLUTION.shapes,
)
"""What the explorer of this topic is made of."""


def explore_descent(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: float
) -> Explorer:
    """The explorer of lesson 09: a blurred, noisy picture is restored by steps with the transposed blur.

    x is a picture (H, W) of grey levels from 0 to 1, at most 64x64, and w a blur kernel (kh, kw) no larger
    than it, both your own; left out, there are presets. Further keywords (blur_width, noise) say where the
    controls begin.

    >>> explorer = explore_descent(noise=0.05)
    >>> explorer.scene().notes[0].kind, explorer.scene(noise=0.0).notes[0].kind
    ('differs', 'equal')
    """
    own = DESCENT.using(
        input=None if x is None else readable_matrix("x", x, largest=64),
        kernel=None if w is None else readable_matrix("w", w, largest=64),
    )
    return Explorer(own.begun(**start))
