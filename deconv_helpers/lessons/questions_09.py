"""Questions of lesson 09: the deconvolution of signal processing."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..operators.arrays import Array
from ..operators.deblurring import rms_error
from ..scenes.controls import Control
from ..scenes.question import Ask, Choice, Draw, Fields, Trap, question
from ..scenes.scene import format_number
from ..scenes.topic import State
from .deblurring import DECONVOLUTION, RECOVERED
from .plain import plain

SEEN = ("input", "kernel", "blurred")
HIDDEN = ("division", "regularised")

STRENGTHS: tuple[float, ...] = tuple(DECONVOLUTION.listed["regularisation"])
WRITTEN = dict(zip(STRENGTHS, Control("regularisation", STRENGTHS).texts, strict=True))


@lru_cache(maxsize=32)
def _state(**settings: object) -> State:
    """A state of the explorer; pictures take a while to restore, so each is kept."""
    return DECONVOLUTION.at(**settings)


def _error(at: State, panel: str) -> float:
    """How far a panel is from the input, in grey levels."""
    return rms_error(at.values(panel), at.values("input"))


def _errors(at: State) -> str:
    return f"RMS error: {', '.join(f'{p} {_error(at, p):.3f}' for p in ('blurred', *HIDDEN))}"


@question("09 A")
def what_division_gives(d: Draw) -> Ask:
    width, noise = d.pick((3, 0.0), (2, 0.0), (1, 0.01), (2, 0.01), (1, 0.0), (1, 0.05))
    at = _state(input="portrait", kernel="Gaussian", blur_width=width, noise=noise, regularisation=1e-3)
    divided, blurred = _error(at, "division"), _error(at, "blurred")
    sharp, worse, between = (
        "the sharp picture again",
        "something further off than the blurred one",
        "a little sharper, but not sharp",
    )
    back = divided < RECOVERED
    verdict = "Division brings the input back" if back else "Division multiplies the noise of the weak waves"
    return Ask(
        at,
        f"A Gaussian of width {width}, noise {format_number(noise)}. What does division give?",
        Choice({sharp: back, worse: divided > blurred, between: not back and divided <= blurred}),
        f"{verdict} ({_errors(at)}).",
        [
            Trap(
                sharp, "Noise is divided too: where the blur leaves little of a wave, its noise becomes huge."
            ),
            Trap(worse, "Without noise there is nothing to blow up: what was multiplied is divided."),
            Trap(
                between,
                "Division knows no middle way: it brings everything back, or drowns it in noise.",
            ),
        ],
        show=SEEN,
    )


@question("09 B")
def noise_in_and_out(d: Draw) -> Ask:
    before, after = d.pick((0.01, 0.001), (0.01, 0.05), (0.001, 0.01))
    picture = d.pick("portrait", "bars", "stars")
    at, earlier = (
        _state(input=picture, kernel="Gaussian", blur_width=1, noise=noise, regularisation=1e-3)
        for noise in (after, before)
    )
    was, now, ratio = _error(earlier, "division"), _error(at, "division"), after / before
    return Ask(
        at,
        f"With noise {before} division has an RMS error of {was:.3f}. What will it be with noise {after}?",
        Fields({"RMS error": round(now, 2)}, within=0.02 * now),
        f"{now:.3f}: noise is multiplied by 1/H whatever its strength, so the error goes with it.",
        [
            Trap(round(was * ratio**2, 2), "The error goes with the noise, not with its square."),
            Trap(round(was * ratio**0.5, 2), "RMS is in grey levels, as the noise is: no root."),
            Trap(round(was, 2), "The factor 1/H stays, but what it multiplies has changed."),
        ],
        show=SEEN,
    )


@question("09 C")
def the_best_regularisation(d: Draw) -> Ask:
    before, after = d.pick((0.01, 0.05), (0.01, 0.001), (0.001, 0.01), (0.001, 0.05))
    picture = d.pick("portrait", "bars")

    def best(noise: float) -> float:
        return min(STRENGTHS, key=lambda r: _error(state(noise, r), "regularised"))

    def state(noise: float, strength: float) -> State:
        return _state(input=picture, kernel="Gaussian", blur_width=1, noise=noise, regularisation=strength)

    was, now = best(before), best(after)
    d.unless(was == now)
    less, same, more = (
        "smaller: smoothness counts less",
        "the same: the blur has not changed",
        "larger: smoothness counts more",
    )
    return Ask(
        state(after, 1e-3),
        f"With noise {before} the regularisation is best at {WRITTEN[was]}. The noise becomes {after}. The"
        " best regularisation is then",
        Choice({less: now < was, same: now == was, more: now > was}),
        f"{WRITTEN[was]} for noise {before}, {WRITTEN[now]} for noise {after}.",
        [
            Trap(less, "More noise means fewer waves to trust: smoothness must count more."),
            Trap(same, "The regularisation weighs noise against blur, and the noise has changed."),
            Trap(more, "Less noise means more waves to trust: smoothness must count less."),
        ],
        show=SEEN,
    )


@question("09 D")
def waves_that_are_gone(d: Draw) -> Ask:
    kernel, width, said = d.pick(
        ("box", 1, "box 3x3"), ("Gaussian", 1, "Gaussian"), ("Gaussian", 2, "Gaussian"), ("box", 3, "box 7x7")
    )
    at = _state(input="portrait", kernel=kernel, blur_width=width, noise=0.0, regularisation=1e-3)
    divided, blurred = _error(at, "division"), _error(at, "blurred")
    verdict, response = (note.text for note in at.scene.notes[1:3])
    back = divided < RECOVERED
    always, gone, worse = (
        "yes: without noise it does",
        "no: some waves are gone",
        "no: it becomes worse than blurred",
    )
    return Ask(
        at,
        f"Picture 48x38, kernel {said}, no noise. Division leaves out a wave where H is 0. Does it bring the"
        " picture back?",
        Choice({always: back, gone: not back and divided <= blurred, worse: divided > blurred}),
        f"{verdict[0].upper()}{verdict[1:]}; {response}.",
        [
            Trap(
                always,
                "The picture has waves of 3 pixels (48 is 16*3). Under the box they add up to 0: such a wave"
                " is not in the blurred picture at all.",
            ),
            Trap(
                gone,
                "No wave adds up to 0 wherever the kernel lies on it. Small numbers of the spectrum can be"
                " divided.",
            ),
            Trap(worse, "Only noise does that: what H makes 0 is left out, not divided."),
        ],
        show=(*SEEN, "spectrum"),
    )


@question("09 E")
def the_layer_is_no_inverse(d: Draw) -> Ask:
    w = np.array(d.pick((1, 2, 1), (1, 3, 2), (2, 3, 2), (2, 1, 4)))
    x = d.digits(1, 8, [[3, 1, 4, 1, 5, 9, 2, 6]])[0]

    def around(values: Array, weights: Array) -> Array:
        """Each cell as the sum of its neighbour, itself and its other neighbour, the row closed to a ring."""
        neighbours = [np.roll(values, 1 - i) for i in range(len(weights))]
        return np.asarray(weights @ neighbours)

    blurred = around(x, w)
    back, twice = around(blurred, w[::-1]), around(blurred, w)
    sharp, again, mixed = (
        "the sharp signal",
        "the signal, blurred twice with this kernel",
        "the signal, blurred with this kernel, then with another",
    )
    undone, same = np.array_equal(back, x), np.array_equal(back, twice)
    begins = [", ".join(map(str, one[:2].tolist())) for one in (back, x)]
    return Ask(
        plain({"x": [x], "kernel": [w]}, {"output": [back]}),
        f"A signal is blurred with the kernel {' '.join(map(str, w))} (periodic border). The layer called"
        " deconvolution, with the same kernel, is fed the blurred signal. What comes out?",
        Choice({sharp: undone, again: not undone and same, mixed: not undone and not same}),
        f"C.T g begins {begins[0]}; the signal begins {begins[1]}."
        + (" The kernel equals its flip, so C.T is the same blur as C." if same else ""),
        [
            Trap(
                sharp,
                "The layer is C.T, not an inverse. It gives the signal back only where C merely moves cells.",
            ),
            Trap(mixed, "This kernel equals its flip: it is exactly a second blur."),
            Trap(again, "C.T blurs with the flip of this kernel, and the flip is another kernel."),
        ],
        show=("x", "kernel", "output"),
        cover=("output",),
    )


@question("09 H")
def undone_step_by_step(d: Draw) -> Ask:
    f = d.digits(1, 5, [[3, 4, 2, 5, 0]])[0]
    g = f + 2 * np.concatenate([[0], f[:-1]])
    return Ask(
        plain({"g": [g]}, g="output"),
        "By hand: an unknown row f was blurred: g[i] = f[i] + 2*f[i-1], nothing before f[0]. g is"
        f" {' '.join(map(str, g))}. What is f[2]?",
        Fields({"f[2]": f[2]}),
        f"f[0] = {g[0]}, f[1] = {g[1]} - 2*{g[0]} = {f[1]}, f[2] = {g[2]} - 2*{f[1]} = {f[2]}. A mistake in"
        " g[0] would grow on its way.",
        [
            Trap(
                round(g[2] / 3, 2),
                "You divided g by the sum of the kernel. Signals are not divided: undo one step after the"
                " other.",
            ),
            Trap(g[2], "That is g. The share of f[1] is still in it."),
            Trap(g[2] - 2 * g[1], "Subtract the share of f[1], which you must find first, not of g[1]."),
        ],
        tries=2,
    )
