"""Lesson 04: several channels, down with one array of kernels and back up with the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..operators.arrays import Array, checked_array
from ..operators.convolution import conv2d, conv_transpose2d
from ..operators.geometry import checked_int, geometry_2d
from ..scenes.explorer import Explorer
from ..scenes.scene import Ints, Note, Panel, Scene, Step, blank, format_matrix, size, stacked
from ..scenes.topic import Topic
from .connections import connect, sum_text, texts
from .presets import CHANNELS, KERNELS_OF_CHANNELS

Pairs = list[tuple[int, int]]
"""The channel of y and the channel of x of each kernel that takes part."""


def channels_scene(x: npt.ArrayLike, w: npt.ArrayLike, *, groups: int = 1) -> Scene:
    """The scene of a convolution of several channels, and of its transpose with the same kernels.

    x is (C_in, H, W), w is (C_out, C_in, kh, kw). The first row takes the channels x0, x1, ... to y0, y1,
    ...; w01 is the kernel between y0 and x1. The last row takes y back up. The first steps are the cells of
    y, the further ones are their stamps. With more groups than one, the channels of both sides are split into
    so many, and only the kernels within a group take part. Raises ValueError where x or w has other axes or
    groups does not divide both numbers of channels, and what `conv2d` raises for other bad arguments.

    >>> scene = channels_scene([[[1, 2, 3]], [[4, 5, 6]]], [[[[1, 2]], [[3, 0]]], [[[0, 2]], [[3, 1]]]])
    >>> scene.steps[0].caption
    'y0[0, 0] = 1*1 + 2*2 + 4*3 + 5*0 = 17'
    >>> scene.steps[4].caption
    'y0[0, 0] = 17 stamps 17*w00 onto back0 and 17*w01 onto back1'
    """
    x, w = _checked("x", x, ("C_in", "H", "W")), _checked("w", w, ("C_out", "C_in", "kh", "kw"))
    groups = checked_int("groups", groups, minimum=1)
    outputs, inputs = w.shape[:2]
    if outputs % groups or inputs % groups:
        raise ValueError(f"groups must divide both {inputs} and {outputs} channels, got {groups}")
    # Two groups of 4 inputs and 2 outputs: inputs 0 and 1 are in group 0, inputs 2 and 3 in group 1.
    within = np.equal.outer(np.arange(outputs) * groups // outputs, np.arange(inputs) * groups // inputs)
    used = w * within[:, :, None, None]
    y = conv2d(x, used)
    back = conv_transpose2d(y, used)
    pairs = [(o, i) for o, i in np.argwhere(within).tolist()]
    small, large = _panels("y", y, "output", sign="→"), _panels("back", back, "output")
    found = connect(geometry_2d(w.shape[2:]), (x.shape[1], x.shape[2]))
    tables = [
        {f"{name}{i}": found.large, f"w{o}{i}": found.weight, f"y{o}": found.small}
        for name in ("x", "back")
        for o, i in pairs
    ]
    return Scene(
        {
            "down": (*_panels("x", x, "input"), *small),
            "the kernels of both ways": [Panel(f"w{o}{i}", w[o, i], role="kernel") for o, i in pairs],
            "back up": large,
        },
        taps=stacked(*tables),
        steps=_steps(x, w, y, pairs, found.large.reshape(y[0].size, -1)),
        start={panel.name: blank(np.arange(panel.values.size)) for panel in (*small, *large)},
        notes=_notes(x, w, y, groups),
        summary="\n".join(
            [
                f"x {size(x.shape)}, kernels {size(w.shape)}, groups {groups}: y {size(y.shape)}",
                *map(format_matrix, y),
                f"back {size(back.shape)}",
                *map(format_matrix, back),
            ]
        ),
    )


def _checked(name: str, values: npt.ArrayLike, axes: tuple[str, ...]) -> Array:
    array = checked_array(name, values)
    if array.ndim != len(axes):
        raise ValueError(f"{name} must be ({', '.join(axes)}), got shape {array.shape}")
    return array


def _panels(name: str, channels: Array, role: str, sign: str = "") -> tuple[Panel, ...]:
    """A panel for each channel, the sign before the first."""
    return tuple(
        Panel(f"{name}{c}", one, role=role, title=f"{name}{c} {size(one.shape)}", sign="" if c else sign)
        for c, one in enumerate(channels)
    )


def _steps(x: Array, w: Array, y: Array, pairs: Pairs, windows: Ints) -> tuple[Step, ...]:
    """A step down for each cell of y, then one back up for each."""
    # Two ways with 2 pairs of 4 cells and 2 weights: cell 3 of the second pair back up is rows 30 and 31.
    rows = np.arange(2 * len(pairs) * windows.size, dtype=np.int32).reshape(2, len(pairs), *windows.shape)
    back = np.zeros(x.shape)
    down, up = [], []
    for o, cell in np.ndindex(len(y), len(windows)):
        mine = [number for number, pair in enumerate(pairs) if pair[0] == o]
        window, value, (text,) = windows[cell], y[o].flat[cell], texts(y[o].flat[cell])
        place = f"y{o}{list(divmod(cell, y.shape[2]))}"
        products: list[tuple[str, str]] = []
        stamps, changes = [], {}
        for _, i in (pairs[number] for number in mine):
            products += zip(texts(x[i].flat[window]), texts(w[o, i]), strict=True)
            stamps.append(f"{text}*w{o}{i} onto back{i}")
            back[i].flat[window] += value * w[o, i].ravel()
            changes[f"back{i}"] = window, back[i].flat[window]
        shown = text.strip("()")
        caption = f"{place} = {sum_text(products)} = {shown}"
        down.append(
            Step(
                rows[0, mine, cell].ravel(), caption, changes={f"y{o}": (np.array([cell]), np.array([value]))}
            )
        )
        up.append(
            Step(
                rows[1, mine, cell].ravel(),
                f"{place} = {shown} stamps {' and '.join(stamps)}",
                changes=changes,
            )
        )
    return (*down, *up)


def _notes(x: Array, w: Array, y: Array, groups: int) -> tuple[Note, ...]:
    """The shapes on both ways, and how many weights there are."""
    outputs, inputs, *kernel = w.shape
    held = (outputs, inputs // groups, *kernel)
    weights = f"{' * '.join(map(str, held))} = {np.prod(held)} weights"
    return (
        Note("code", f"x {x.shape}, kernels {held}, y {y.shape}, back {x.shape}"),
        Note("count", f"{weights}, in {groups} groups of channels" if groups > 1 else weights),
    )


BOTH_WAYS = Topic(
    "channels",
    lambda input, kernels, two_groups: channels_scene(input, kernels, groups=1 + two_groups),
    sources={"input": CHANNELS, "kernels": KERNELS_OF_CHANNELS},
    listed={"two_groups": (False, True)},
)
"""What the explorer of this topic is made of."""


def explore_channels(
    x: npt.ArrayLike | None = None, w: npt.ArrayLike | None = None, **start: bool
) -> Explorer:
    """The explorer of lesson 04: two channels down and back up with the same kernels, and groups as a switch.

    x is an input (2, H, W) of at most 4x6 cells a channel and w are kernels (2, 2, kh, kw), both your own;
    left out, there are presets. The keyword two_groups says where the switch begins.

    >>> explorer = explore_channels(w=[[[[1]], [[2]]], [[[0]], [[3]]]])
    >>> explorer.scene(two_groups=True).notes[1].text
    '2 * 1 * 1 * 1 = 2 weights, in 2 groups of channels'
    """
    own = BOTH_WAYS.using(
        input=None if x is None else _two_channels("x", x, ("2", "H", "W")),
        kernels=None if w is None else _two_channels("w", w, ("2", "2", "kh", "kw")),
    )
    return Explorer(own.begun(**start))


def _two_channels(name: str, values: npt.ArrayLike, axes: tuple[str, ...]) -> Array:
    array = _checked(name, values, axes)
    if array.shape[: len(axes) - 2] != (2,) * (len(axes) - 2) or array.shape[-2] > 4 or array.shape[-1] > 6:
        raise ValueError(f"{name} must be ({', '.join(axes)}) of at most 4x6, got shape {array.shape}")
    return array
