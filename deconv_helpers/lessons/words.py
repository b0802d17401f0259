"""Titles, notes and messages that several scenes share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..operators.geometry import Axes, Geometry, Padding, Pair, checked_int, geometry_2d, per_axis
from ..scenes.scene import Note, Scene, message_scene, size

AXES = ("rows", "columns")

MOVES = 17
"""Values from 0 on that a message tries for a slider."""


def kernel_title(axes: Axes) -> str:
    """The title of a kernel panel, with the reach of the dilated kernel where it differs."""
    kernel, extent = axes.kernel_shape, axes.extent
    return f"kernel {size(kernel)}" + ("" if kernel == extent else f", reaching over {size(extent)}")


def pair(*values: object) -> str:
    """One setting of all axes: one value where they agree, else each."""
    return str(values[0]) if len(set(values)) == 1 else f"({', '.join(map(str, values))})"


def settings(axes: Axes) -> str:
    """Stride, padding and dilation in words."""
    named = [
        (name, pair(*(getattr(axis, name) for axis in axes))) for name in ("stride", "padding", "dilation")
    ]
    return ", ".join(f"{name} {value}" for name, value in named)


def size_notes(axes: Axes, shape: Sequence[int]) -> tuple[Note, ...]:
    """The output size worked out for each axis, and what the floor leaves unread."""
    notes = []
    for axis, g, n in zip(AXES, axes, shape, strict=True):
        padded = "".join(f" + {p}" for p in (g.padding_before, g.padding_after))
        notes.append(
            Note("code", f"{axis}: floor(({n}{padded} - {g.extent}) / {g.stride}) + 1 = {g.output_size(n)}")
        )
    for axis, g, n in zip(AXES, axes, shape, strict=True):
        unread = (g.padded_size(n) - g.extent) % g.stride
        if unread:
            lines = f"last {unread} {axis}" if unread > 1 else f"last {axis.removesuffix('s')}"
            verb = "are" if unread > 1 else "is"
            read = f"{verb} never read: the next window would stick out"
            notes.append(Note("count", f"the {lines} of the {_padded(axes)} {read}"))
    return tuple(notes)


def misfit(axes: Axes, shape: Sequence[int]) -> Scene:
    """The scene that says why there is no output, and what each setting must be to change that by itself."""
    height, width = axes
    padded = list(zip(axes, axes.padded_shape(shape), strict=True))
    kernel, reach = size(axes.kernel_shape), size(axes.extent)
    spread = f" (a {kernel} kernel with dilation {pair(height.dilation, width.dilation)})"
    sizes = [min(g.kernel_size, (n - 1) // g.dilation + 1) for g, n in padded]
    if height.kernel_size == width.kernel_size:
        sizes = [min(sizes)] * 2
    remedies = [f"a kernel size of at most {pair(*sizes)}"]
    dilation = min((n - 1) // (g.kernel_size - 1) for g, n in padded if g.kernel_size > 1)
    if dilation >= 1:
        remedies.append(f"a dilation of at most {dilation}")
    padding = max((g.extent - n + 1) // 2 for g, n in zip(axes, shape, strict=True))
    remedies.append(f"a padding of at least {padding}")
    return message_scene(
        f"The kernel reaches over {reach} cells{spread if reach != kernel else ''}, but the"
        f" {_padded(axes)} has only {size(axes.padded_shape(shape))}: there is no place to put it.",
        choose(remedies),
    )


def transposed_notes(axes: Axes, shape: Sequence[int]) -> tuple[Note, ...]:
    """The size of a transposed convolution worked out for each axis."""
    return tuple(
        Note("code", f"{axis}: {transposed_sum(g, n)}") for axis, g, n in zip(AXES, axes, shape, strict=True)
    )


def transposed_sum(axis: Geometry, n: int) -> str:
    """The size of a transposed convolution of n cells as a sum; what is 0 is left out.

    >>> transposed_sum(Geometry(kernel_size=3, stride=2, padding=(1, 0)), 4)
    '(4 - 1)*2 + 3 - 1 = 8'
    """
    cropped = "".join(f" - {p}" for p in (axis.padding_before, axis.padding_after) if p)
    added = f" + {axis.output_padding}" if axis.output_padding else ""
    return f"({n} - 1)*{axis.stride} + {axis.extent}{cropped}{added} = {axis.transposed_size(n)}"


def transposed_axes(
    kernel_size: Sequence[int],
    shape: Sequence[int],
    stride: Pair,
    padding: Padding,
    output_padding: Pair,
    dilation: Pair,
) -> Axes | Scene:
    """The geometries of a transposed convolution of `shape` (rows, columns), or the scene that says why not.

    Raises what `geometry_2d` raises, but for an output padding that is too large.

    >>> height, width = transposed_axes((1, 2), (1, 3), 2, padding=0, output_padding=1, dilation=1)
    >>> height.transposed_size(1), width.transposed_size(3)
    (2, 7)
    >>> transposed_axes((1, 2), (1, 3), 1, padding=0, output_padding=1, dilation=1)
    Scene of a message
    The output padding, 1, must be smaller than the larger of stride 1 and dilation 1. Choose an output
    padding of at most 0 or a stride of at least 2.
    """
    rows, columns = (
        checked_int("output_padding", added, minimum=0)
        for added in per_axis("output_padding", output_padding)
    )
    axes = geometry_2d(kernel_size, stride=stride, padding=padding, dilation=dilation)
    message = transposed_misfit(axes, (rows, columns), shape)
    if message:
        return message
    return Axes(replace(axes.height, output_padding=rows), replace(axes.width, output_padding=columns))


def transposed_misfit(
    axes: Sequence[Geometry], output_padding: Sequence[int], shape: Sequence[int]
) -> Scene | None:
    """The scene that says why a transposed convolution has no output and what to change, or None.

    There is one geometry, or one for the rows and one for the columns. The output padding stands beside them
    because it may be too large for them.

    >>> transposed_misfit([Geometry(2, padding=2)], [0], [3])
    Scene of a message
    The stamps cover 4 cells, but the padding cuts off 4 of them: nothing is left. Choose a padding of at most
    1, a kernel size of at least 3 or a stride of at least 2.
    """
    both = list(zip(axes, output_padding, shape, strict=True))

    def fits(**moved: int) -> bool:
        try:
            for g, added, n in both:
                replace(g, **{"output_padding": added, **moved}).transposed_size(n)
        except ValueError:
            return False
        return True

    if fits():
        return None
    bounds = [max(g.stride, g.dilation) for g in axes]
    stride, dilation = pair(*(g.stride for g in axes)), pair(*(g.dilation for g in axes))
    if any(added >= bound for added, bound in zip(output_padding, bounds, strict=True)):
        reason = (
            f"The output padding, {pair(*output_padding)}, must be smaller than the larger of"
            f" stride {stride} and dilation {dilation}."
        )
        candidates = [("an output padding", "at most"), ("a stride", "at least")]
    else:
        stamps = size([g.stride * (n - 1) + g.extent for g, _, n in both])
        cut = [g.padding_before + g.padding_after for g in axes]
        lines = " and ".join(f"{n} {axis}" for n, axis in zip(cut, AXES, strict=False))
        reason = (
            f"The stamps cover {stamps} cells, but the padding cuts off"
            f" {lines if len(cut) > 1 else f'{cut[0]} of them'}: nothing is left."
        )
        candidates = [("a padding", "at most"), ("a kernel size", "at least"), ("a stride", "at least")]
    remedies = []
    for name, bound in candidates:
        setting = name.partition(" ")[2].replace(" ", "_")
        values = range(MOVES) if bound == "at least" else reversed(range(MOVES))
        found = next((v for v in values if fits(**{setting: v})), None)
        if found is not None:
            remedies.append(f"{name} of {bound} {found}")
    remedies = remedies or [f"an output padding of at most {min(bounds) - 1} and padding 0"]
    return message_scene(reason, choose(remedies))


def choose(remedies: Sequence[str]) -> str:
    """Remedies as a sentence.

    >>> choose(["a stride of 1", "a padding of 2"])
    'Choose a stride of 1 or a padding of 2.'
    """
    return f"Choose {' or '.join(filter(None, [', '.join(remedies[:-1]), remedies[-1]]))}."


def _padded(axes: Axes) -> str:
    return "padded input" if any(axis.padding for axis in axes) else "input"
