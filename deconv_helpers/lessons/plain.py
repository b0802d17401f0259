"""Scenes of given panels: for questions about arrays that no explorer computes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..scenes.scene import ROLES, Panel, Scene, size
from ..scenes.topic import State, Topic


def plain(*rows: dict[str, npt.ArrayLike], **roles: str) -> State:
    """The state whose scene is the given arrays, a dict for each row: title -> (rows, columns).

    A title that begins with a role has it; `roles` gives the others theirs, by the word that the title begins
    with. A panel is called by its title, and shows its size behind it.

    >>> plain({"input": [[1, 2, 3]]}, {"A": [[1, 2]]}, A="matrix").scene["A"].role
    'matrix'
    """

    def panel(name: str, values: npt.ArrayLike) -> Panel:
        array = np.atleast_2d(np.asarray(values, dtype=float))
        first = name.split()[0]
        role = roles.get(first, first if first in ROLES else "input")
        return Panel(name, array, role=role, title=f"{name} {size(array.shape)}")

    scene = Scene({str(n): [panel(*one) for one in row.items()] for n, row in enumerate(rows)})
    return Topic("plain", lambda: scene).at()
