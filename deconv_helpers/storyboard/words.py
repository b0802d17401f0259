"""Titles, notes and messages that several scenes share."""

from __future__ import annotations

from collections.abc import Sequence

from ..geometry import Geometry
from ..scene import Note, size

AXES = ("rows", "columns")


def input_title(shape: Sequence[int], padded: Sequence[int]) -> str:
    """The title of an input panel, with the padded size where it differs."""
    return f"input {size(shape)}" + ("" if tuple(shape) == tuple(padded) else f", padded to {size(padded)}")


def kernel_title(height: Geometry, width: Geometry) -> str:
    """The title of a kernel panel, with the reach of the dilated kernel where it differs."""
    kernel, extent = (height.kernel_size, width.kernel_size), (height.extent, width.extent)
    return f"kernel {size(kernel)}" + ("" if kernel == extent else f", reaching over {size(extent)}")


def pair(height: object, width: object) -> str:
    """One setting of two axes: one value where they agree, else both."""
    return str(height) if height == width else f"({height}, {width})"


def settings(height: Geometry, width: Geometry) -> str:
    """Stride, padding and dilation in words."""
    named = [
        (name, pair(getattr(height, name), getattr(width, name)))
        for name in ("stride", "padding", "dilation")
    ]
    return ", ".join(f"{name} {value}" for name, value in named)


def size_notes(height: Geometry, width: Geometry, shape: Sequence[int]) -> tuple[Note, ...]:
    """The output size worked out for each axis, and what the floor leaves unread."""
    notes = []
    for axis, g, n in zip(AXES, (height, width), shape, strict=True):
        padded = "".join(f" + {p}" for p in (g.padding_before, g.padding_after))
        notes.append(
            Note("code", f"{axis}: floor(({n}{padded} - {g.extent}) / {g.stride}) + 1 = {g.output_size(n)}")
        )
    for axis, g, n in zip(AXES, (height, width), shape, strict=True):
        unread = (n + g.padding_before + g.padding_after - g.extent) % g.stride
        if unread:
            lines = f"last {unread} {axis} are" if unread > 1 else f"last {axis.removesuffix('s')} is"
            padded = "padded input" if g.padding_before or g.padding_after else "input"
            notes.append(Note("count", f"the {lines} never read: the step would leave the {padded}"))
    return tuple(notes)


def misfit(height: Geometry, width: Geometry, shape: Sequence[int]) -> str:
    """Why there is no output, and which sliders change that."""
    padded = [n + g.padding_before + g.padding_after for g, n in zip((height, width), shape, strict=True)]
    reach = size((height.extent, width.extent))
    kernel = size((height.kernel_size, width.kernel_size))
    spread = (
        f" (with dilation {pair(height.dilation, width.dilation)}, a {kernel} kernel)"
        if reach != kernel
        else ""
    )
    remedies = ["a smaller kernel", "more padding"]
    if reach != kernel:
        remedies.insert(1, "a smaller dilation")
    return (
        f"The kernel reaches over {reach} cells{spread}, but the padded input has only {size(padded)}:"
        f" there is no place to put it. Choose {', '.join(remedies[:-1])} or {remedies[-1]}."
    )
