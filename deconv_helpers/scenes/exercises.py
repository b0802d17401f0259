"""Exercises: your answer against the target, in a sentence and, for matrices, a picture."""

from __future__ import annotations

import copy
import linecache
import numbers
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np
import numpy.typing as npt

from .drawing import show_scene
from .scene import Grey, Note, Panel, Scene, Step, format_number, hides_values, size

Array = npt.NDArray[Any]

RTOL, ATOL = 1e-6, 1e-9
"""How far a float may be off: relative to the target, and relative to the largest target beside it."""

CELLS, IMAGE = 24, 400
"""The longest side of matrices that are drawn as cells, and as images."""

NOT_ATTEMPTED = "Not attempted yet."


@dataclass(frozen=True, eq=False)
class Verdict:
    """What `check` found; true where the answer is right.

    text   begins "Correct", "Not yet" or "Not attempted yet"
    scene  yours beside the target, the cells that differ as its one step; None where nothing is drawn
    """

    passed: bool
    text: str
    scene: Scene | None = None

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        picture = show_scene(self.scene, 1)._repr_mimebundle_() if self.scene else {}
        return {**picture, "text/plain": self.text}


def check(answer: object, target: object, *, on: Sequence[tuple[Any, ...]] = (), hint: str = "") -> Verdict:
    """Compare an answer with the target: whole numbers exactly, others to a relative 1e-6, of any dtype.

    answer  a number, a tuple such as a shape, an array, or a function; `...` where nothing was tried yet
    target  what the answer should be; for a function, a reference function or the list of its results
    on      for a function, the tuples of arguments to call it with
    hint    a sentence for an answer that is not right

    Whatever the answer is or does, the verdict says it in words. Of a number or a row of numbers it says only
    whether yours is too small or too large. Raises TypeError or ValueError where the exercise itself is
    wrong: a target that is not numbers, a function without calls, a call without result.

    >>> check((3, 5), (3, 5))
    Correct.
    >>> check([[1, 2, 3], [4, 5, 7]], np.array([[1, 2, 3], [4, 5, 6]]), hint="Add up the last row again.")
    Not yet. At row 1, column 2 (counted from 0) yours is 7, the target is 6.
    Hint: Add up the last row again.
    >>> check(lambda n: n - 1, lambda n: n - 2, on=[(5,), (8,)])
    Not yet. Called with (5), yours is 4, the target is 3.
    >>> check((3, 6), (3, 5))
    Not yet. At position 1 (counted from 0) yours is 6, which is too large.
    >>> check(..., 3)
    Not attempted yet.
    """
    expected = _expected(target, on)
    if _untouched(answer):
        return Verdict(False, NOT_ATTEMPTED)
    if not on:
        return _verdict(_difference(answer, expected[0], tell=expected[0].ndim > 1), hint)
    if not callable(answer):
        return _verdict(_Difference(f"yours is {_kind(answer)}, a function is expected."), hint)
    for arguments, result in zip(on, expected, strict=True):
        called, own = f"called with ({', '.join(map(_argument, arguments))}), ", copy.deepcopy(arguments)
        try:
            yours = answer(*own)
        except NotImplementedError:
            return Verdict(False, NOT_ATTEMPTED)
        except (Exception, SystemExit) as error:
            return _verdict(_Difference(f"{called}your function raises {_failure(error, answer)}"), hint)
        if _untouched(yours):
            return Verdict(False, f"{NOT_ATTEMPTED} The function returns {yours}.")
        difference = _difference(yours, result)
        if difference:
            return _verdict(_Difference(called + difference.sentence, difference.pair), hint)
    return _verdict(None, hint)


@dataclass(frozen=True, eq=False)
class _Difference:
    """Why an answer is not right: a sentence, and yours and the target where they are matrices."""

    sentence: str
    pair: tuple[Array, Array] | None = None


def _expected(target: object, on: Sequence[tuple[Any, ...]]) -> list[Array]:
    """What the answer, or each call of it, should give; an error where the exercise is wrong."""
    if not all(isinstance(arguments, tuple) for arguments in on):
        raise TypeError(f"on must be a sequence of tuples of arguments, got {on!r}")
    wanted: Sequence[Any] = [target]
    if callable(target):
        if not on:
            raise ValueError("on: give the arguments to call the functions with, got none")
        wanted = [target(*copy.deepcopy(arguments)) for arguments in on]
    elif on:
        if not isinstance(target, (list, tuple)) or len(target) != len(on):
            raise ValueError(f"target must be a function or a list of {len(on)} results, got {_kind(target)}")
        wanted = target
    arrays = []
    for one in wanted:
        array = _numbers(one)
        if array is None:
            raise TypeError(f"target must be numbers or a function that gives numbers, got {_kind(one)}")
        arrays.append(array)
    return arrays


def _untouched(value: object) -> bool:
    return value is None or value is Ellipsis


def _difference(answer: object, target: Array, tell: bool = True) -> _Difference | None:
    """The first difference of the answer from the target, or None; `tell`: the target's value too."""
    yours = _numbers(answer)
    if yours is None:
        return _Difference(f"yours is {_kind(answer)}, {_kind(target)} is expected.")
    pair = (yours, target) if yours.ndim == target.ndim == 2 else None
    turned = ""
    if yours.ndim == 2 and yours.shape[::-1] == target.shape:
        if not _differing(yours.T, target).any():
            turned = " Yours is the target transposed."
        elif yours.shape != target.shape:
            turned = " Rows and columns are exchanged."
    if yours.shape != target.shape:
        return _Difference(f"yours is {_kind(yours)}, the target is {_kind(target)}.{turned}", pair)
    cells = _differing(yours, target)
    if not cells.any():
        return None
    where = tuple(np.argwhere(cells)[0].tolist())
    one, other = _apart(yours[where], target[where])
    more = f"; {cells.sum()} of {cells.size} values differ" if cells.sum() > 1 else ""
    if not tell:
        other = (
            "too small"
            if yours[where] < target[where]
            else "too large"
            if yours[where] > target[where]
            else "wrong"
        )
        return _Difference(f"{_place(where)}yours is {one}, which is {other}{more}.")
    return _Difference(f"{_place(where)}yours is {one}, the target is {other}{more}.{turned}", pair)


def _differing(yours: Array, target: Array) -> npt.NDArray[np.bool_]:
    """Where two arrays of one shape differ."""
    if yours.dtype.kind in "biu" and target.dtype.kind in "biu":
        return np.not_equal(yours, target)
    one, other = yours.astype(float), target.astype(float)
    largest = np.abs(other[np.isfinite(other)]).max(initial=0)
    with np.errstate(all="ignore"):
        close: npt.NDArray[np.bool_] = np.isclose(one, other, rtol=RTOL, atol=ATOL * largest, equal_nan=True)
    return ~close


def _numbers(value: object) -> Array | None:
    """`value` as an array of real numbers, or None where it is something else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if hides_values(value):
                return None  # or what is hidden would be compared
            array = np.asarray(value)
            if array.dtype.kind == "O" and all(isinstance(v, numbers.Real) for v in array.flat):
                array = array.astype(float)
    except Exception:
        return None
    return array if array.dtype.kind in "biuf" else None


def _kind(value: object) -> str:
    """What `value` is, in a learner's words."""
    array = _numbers(value)
    if array is None:
        if hides_values(value):
            return "an array with masked values"
        if callable(value):
            return "a function"
        if isinstance(value, (list, tuple, np.ndarray)):
            return "not a matrix of real numbers (rows of unequal length, or something else in it)"
        name = {"str": "string", "dict": "dictionary"}.get(type(value).__name__, type(value).__name__)
        return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
    if array.size == 0:
        return f"an empty array of shape {array.shape}"
    if array.ndim == 0:
        return "a number"
    if array.ndim == 1:
        return "one number in a row" if array.size == 1 else f"{array.size} numbers in a row"
    return f"an array of shape {size(array.shape)}"


def _argument(value: object) -> str:
    """An argument of a call, short."""
    if isinstance(value, np.ndarray):
        return f"array {size(value.shape)}"
    text = repr(value)
    return text if len(text) <= 40 else _kind(value)


def _place(where: tuple[int, ...]) -> str:
    """Where a value stands, as the beginning of a sentence."""
    if not where:
        return ""
    names = {1: "position {}", 2: "row {}, column {}"}
    return f"at {names.get(len(where), f'index {where}').format(*where)} (counted from 0) "


def _apart(yours: Any, target: Any) -> tuple[str, str]:
    """Two numbers that differ, with as many digits as it takes to see it."""
    one, other = (format_number(float(v)) or "NaN" for v in (yours, target))
    return (one, other) if one != other else (str(yours), str(target))


def _failure(error: BaseException, function: object) -> str:
    """An exception of the learner's function: type, message, and the line of the function."""
    try:
        message = f": {error}"[:300] if str(error) else ""
    except Exception:
        message = ""
    where = ""
    if type(function) is FunctionType:
        file = function.__code__.co_filename
        lines = [n for frame, n in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
        if lines:
            code = linecache.getline(file, lines[-1]).strip()
            where = f" (line {lines[-1]}{': ' if code else ''}{code})"
    return f"{type(error).__name__}{message}{where}."


def _verdict(difference: _Difference | None, hint: str) -> Verdict:
    if difference is None:
        return Verdict(True, "Correct.")
    said = f"Not yet. {difference.sentence[0].upper()}{difference.sentence[1:]}"
    lines = [said, f"Hint: {hint}"] if hint else [said]
    scene = _side_by_side(*difference.pair, lines) if difference.pair else None
    return Verdict(False, "\n".join(lines), scene)


def _side_by_side(yours: Array, target: Array, lines: list[str]) -> Scene | None:
    """Yours and the target, the cells that differ as the one step; None where that is no picture."""
    longest = max(yours.shape + target.shape)
    if not yours.size or not target.size or longest > IMAGE:
        return None
    one, other = yours.astype(float), target.astype(float)
    image = None
    if longest > CELLS:
        finite = other[np.isfinite(other)]
        image = Grey(float(finite.min(initial=0)), float(finite.max(initial=0)))
    panels = (
        Panel("yours", one, role="output", title=f"yours {size(yours.shape)}", image=image),
        Panel("target", other, role="output", title=f"target {size(target.shape)}", sign="≠", image=image),
    )
    cells = np.empty(0, dtype=int)
    if yours.shape == target.shape and not image:
        cells = np.flatnonzero(_differing(yours, target))
    step = Step(np.arange(len(cells)), "")
    notes = tuple(Note("message", line) for line in lines)
    return Scene(panels, taps={"yours": cells, "target": cells}, steps=(step,), notes=notes, summary=lines[0])
