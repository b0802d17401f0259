"""Questions: predict, then see. A record says what is asked of a state, and what a wrong route would give.

The right answer is never written down. It is read from the scene of the state, or judged by Python.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from zlib import crc32

import numpy as np
import numpy.typing as npt
import traitlets

from .controls import Array
from .drawing import Picture
from .explorer import Board, replace_earlier
from .packing import pack
from .scene import (
    CROPPED,
    DATA,
    PADDING,
    ROLES,
    UNREAD,
    Ints,
    Panel,
    Scene,
    Step,
    Taps,
    format_number,
    size,
    stacked,
)
from .topic import State

Place = tuple[int, int]
"""The row and the column of a cell, counted as captions do: from the first cell that is no padding."""

LONGEST = 320
"""Characters of a prompt, at most."""

TRIES = 200
"""Draws after which there is none that can be asked."""

VARIANTS = 5
"""Seeds that a question holds, so that "Try another" needs no kernel."""

FEWEST = 3
"""Sentences to choose among, at least."""

TOLD = 90
"""Letters of a wrong answer that a teacher reads cell by cell; a longer one is better seen than read."""

NEAR = 0.006
"""How far a typed number may be off, unless a record says otherwise: half of a hundredth."""


class Answer:
    """What kind of answer is asked for. An answer itself is a plain value that JSON can hold.

    kind    what the browser calls it
    none    whether "none", or "no output", is an answer
    panel   the panel that is asked about, if one is
    within  how far a typed number may be off
    """

    kind: ClassVar[str]
    none: ClassVar[bool] = False

    def read(self, at: State) -> Any:
        """The answer that is right in a state."""
        raise NotImplementedError

    def along(self, at: State, route: State) -> Any:
        """The answer of somebody who took the state `route` for the state `at`."""
        return self.read(route)

    def same(self, one: Any, other: Any) -> bool:
        """Whether two answers are one."""
        return bool(one == other)


@dataclass(frozen=True)
class Size(Answer):
    """How many rows and columns a panel has: [rows, columns], or None where there is no output.

    frame  whether the padding around it counts
    """

    panel: str
    frame: bool = False
    within: ClassVar[float] = 0.0
    kind: ClassVar[str] = "size"
    none: ClassVar[bool] = True

    def read(self, at: State) -> Any:
        found = at.size(self.panel, frame=self.frame)
        return found and list(found)

    def taken(self, at: State, given: Any) -> Any:
        """An answer as JSON holds it, of what a record writes."""
        return given if given is None else [int(n) for n in given]

    def possible(self, at: State, answer: Any) -> bool:
        """Whether somebody can give this answer."""
        return answer is None or (len(answer) == 2 and min(answer) > 0)

    def written(self, at: State, answer: Any) -> str:
        """An answer in words."""
        return "no output" if answer is None else size(answer)


@dataclass(frozen=True)
class Cells(Answer):
    """Which cells of a panel: their numbers (row-major), sorted.

    true  their (row, column), or a function that reads them from a state
    """

    panel: str
    true: Iterable[Place] | Callable[[State], Iterable[Place]]
    within: ClassVar[float] = 0.0
    kind: ClassVar[str] = "cells"
    none: ClassVar[bool] = True

    def read(self, at: State) -> Any:
        return self.along(at, at)

    def along(self, at: State, route: State) -> Any:
        return self.taken(at, self.true(route) if callable(self.true) else self.true)

    def taken(self, at: State, given: Any) -> Any:
        return sorted({at.cell(self.panel, (int(row), int(column))) for row, column in given})

    def possible(self, at: State, answer: Any) -> bool:
        shown = at.scene[self.panel]
        marks = np.zeros(shown.values.size) if shown.marks is None else shown.marks.ravel()
        return bool(np.isin(marks[answer], (PADDING, CROPPED), invert=True).all())

    def written(self, at: State, answer: Any) -> str:
        return ", ".join(str(list(at.place(self.panel, cell))) for cell in answer) or "none"


@dataclass(frozen=True)
class Numbers(Answer):
    """What stands in some cells of a panel: a list of numbers, in the order of the places."""

    panel: str
    places: Sequence[Place]
    within: float = NEAR
    kind: ClassVar[str] = "numbers"

    def read(self, at: State) -> Any:
        return [at.value(self.panel, place) for place in self.places]

    def taken(self, at: State, given: Any) -> Any:
        return [float(value) for value in np.atleast_1d(given)]

    def possible(self, at: State, answer: Any) -> bool:
        return len(answer) == len(self.places) and all(map(math.isfinite, answer))

    def same(self, one: Any, other: Any) -> bool:
        return all(abs(a - b) <= 2 * self.within for a, b in zip(one, other, strict=True))

    def written(self, at: State, answer: Any) -> str:
        return ", ".join(map(_number, answer))


@dataclass(frozen=True)
class Fields(Answer):
    """Numbers that no cell holds, each beside its label: a list of numbers, in the order of the labels."""

    true: Mapping[str, float]
    within: float = NEAR
    panel: ClassVar[None] = None
    kind: ClassVar[str] = "fields"

    def read(self, at: State) -> Any:
        return [float(value) for value in self.true.values()]

    def taken(self, at: State, given: Any) -> Any:
        return [float(value) for value in np.atleast_1d(given)]

    def possible(self, at: State, answer: Any) -> bool:
        return len(answer) == len(self.true) and all(map(math.isfinite, answer))

    def same(self, one: Any, other: Any) -> bool:
        return all(abs(a - b) <= 2 * self.within for a, b in zip(one, other, strict=True))

    def written(self, at: State, answer: Any) -> str:
        texts = map(_number, answer)
        return ", ".join(f"{label} {text}" for label, text in zip(self.true, texts, strict=True))


@dataclass(frozen=True)
class Choice(Answer):
    """Which of several sentences is true: its place among the sentences, which are shuffled by the seed.

    judged  each sentence and whether it is true; one is
    """

    judged: Mapping[str, bool]
    panel: ClassVar[None] = None
    within: ClassVar[float] = 0.0
    kind: ClassVar[str] = "choice"

    def read(self, at: State) -> Any:
        return [bool(true) for true in self.judged.values()].index(True)

    def taken(self, at: State, given: Any) -> Any:
        sentences = list(self.judged)
        return sentences.index(given) if given in sentences else -1

    def possible(self, at: State, answer: Any) -> bool:
        return bool(0 <= answer < len(self.judged))

    def written(self, at: State, answer: Any) -> str:
        return str(list(self.judged)[answer])


Kind = Size | Cells | Numbers | Fields | Choice


@dataclass(frozen=True)
class Trap:
    """A wrong answer, and what is said to whoever gives it.

    wrong     the route not taken, a State from which the wrong answer is read as the right one is; or an
              answer: (rows, columns) or None, places, numbers, a sentence
    sentence  why that is not so
    """

    wrong: Any
    sentence: str


@dataclass(frozen=True)
class Ask:
    """One question about a state.

    answer  what kind of answer, and where it is read
    why     the reason of the right answer
    traps   wrong answers that people give
    show    the panels that are in the picture at all; left out, all of them
    cover   panels that are hidden beside the one that is asked about
    mark    for a panel, the places that the prompt speaks of: they are outlined
    tries   how often one may answer; after a wrong try that is not the last, only the trap's sentence is said
    play    where an explorer plays on, if it shows other panels than the picture; left out, at the state
    """

    state: State
    prompt: str
    answer: Kind
    why: str
    traps: Sequence[Trap]
    show: Sequence[str] = ()
    cover: Sequence[str] = ()
    mark: Mapping[str, Sequence[Place]] = field(default_factory=dict)
    tries: int = 1
    play: State | None = None


class Redraw(Exception):  # noqa: N818 - no error: the draw is taken again
    """This draw cannot be asked: take another."""


class Draw:
    """What a record draws: at seed 0 the example of the lesson, at any other seed something else.

    >>> d = Draw(np.random.default_rng(0), example=True)
    >>> d.pick(3, 4, 5), d.digits(1, 3, first=[[3, 2, 5]]).tolist(), d.place(2, 3, first=(1, 2))
    (3, [[3, 2, 5]], (1, 2))
    """

    def __init__(self, rng: np.random.Generator, *, example: bool) -> None:
        self._rng = rng
        self.example = example

    def pick(self, *values: Any) -> Any:
        """One of the values; at seed 0 the first."""
        return values[0 if self.example else int(self._rng.integers(len(values)))]

    def digits(
        self, rows: int, columns: int, first: npt.ArrayLike | None = None, *, low: int = 1, high: int = 9
    ) -> Array:
        """Whole numbers from `low` to `high`, (rows, columns); at seed 0 `first`."""
        if self.example and first is not None:
            return np.asarray(first)
        return self._rng.integers(low, high + 1, (rows, columns))

    def kernel(self, rows: int, columns: int, first: npt.ArrayLike | None = None, *, high: int = 9) -> Array:
        """Whole numbers from 1 to `high`, (rows, columns), all different where there are enough of them.

        Then no turn and no transpose is the kernel itself. At seed 0 it is `first`.
        """
        if self.example and first is not None:
            return np.asarray(first)
        if rows * columns > high:
            return self.digits(rows, columns, high=high)
        return self._rng.permutation(np.arange(1, high + 1))[: rows * columns].reshape(rows, columns)

    def place(self, rows: int, columns: int, first: Place | None = None) -> Place:
        """The (row, column) of one of so many cells; at seed 0 `first`."""
        if self.example and first is not None:
            return first
        return int(self._rng.integers(rows)), int(self._rng.integers(columns))

    def unless(self, bad: object) -> None:
        """Draw again where `bad` is true."""
        if bad:
            raise Redraw("the record wants another one")

    def shuffled(self, values: Iterable[Any]) -> list[Any]:
        """The values in another order, at seed 0 too."""
        listed = list(values)
        return [listed[i] for i in self._rng.permutation(len(listed))]


Record = Callable[[Draw], Ask]

_RECORDS: dict[str, Record] = {}


def question(name: str) -> Callable[[Record], Record]:
    """Register a record under a name such as "01 A": the number of its lesson, and a letter.

    Raises ValueError for a name that is in use.
    """

    def register(record: Record) -> Record:
        if name in _RECORDS:
            raise ValueError(f"question {name!r} is there already: every question has a name of its own")
        _RECORDS[name] = record
        return record

    return register


def names(lesson: str = "") -> list[str]:
    """The names of all questions, or of those of a lesson such as "01"."""
    return sorted(name for name in _RECORDS if name.startswith(lesson))


@dataclass(frozen=True, eq=False)
class Posed:
    """A question with its numbers, and its answers worked out.

    true      the right answer, as JSON holds it
    wrong     for each trap that is left the wrong answer, what is said of it, and its state if it has one
    options   the sentences to choose among, shuffled
    """

    name: str
    seed: int
    ask: Ask
    true: Any
    wrong: tuple[tuple[Any, str, State | None], ...]
    options: tuple[str, ...]

    def written(self, answer: Any) -> str:
        """An answer in words."""
        if self.options:
            return str(self.options[answer])
        return self.ask.answer.written(self.ask.state, answer)

    def told(self, wrong: Any) -> str:
        """A wrong answer in words; of cells that would fill more than TOLD letters, how many they are."""
        written = self.written(wrong)
        many = isinstance(self.ask.answer, Cells) and len(written) > TOLD
        return f"({len(wrong)} cells)" if many else written

    @property
    def text(self) -> str:
        """The prompt, and the sentences to choose among, each in a line."""
        return "\n".join([self.ask.prompt, *(f"- {option}" for option in self.options)])


def pose(name: str, seed: int = 0) -> Posed:
    """The question `name` with the numbers of `seed`; seed 0 is the lesson's own example.

    Raises ValueError for a name that is not there, and for a record that cannot be asked.
    """
    if name not in _RECORDS:
        raise ValueError(f"name must be one of {', '.join(names()) or 'none yet'}, got {name!r}")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed must be a whole number from 0 on, got {seed!r}")
    reason = ""
    for attempt in range(TRIES):
        draw = Draw(np.random.default_rng([crc32(name.encode()), seed, attempt]), example=seed == 0)
        try:
            return _posed(name, seed, _RECORDS[name](draw), draw)
        except Redraw as again:
            reason = str(again)
    raise ValueError(f"question {name!r}: of {TRIES} draws with seed {seed} none can be asked: {reason}")


def _posed(name: str, seed: int, ask: Ask, draw: Draw) -> Posed:
    """A drawn question, its answers worked out and everything about it checked."""

    def refuse(reason: str) -> None:
        raise ValueError(f"question {name!r}: {reason}")

    answer, at = ask.answer, ask.state
    known = {panel.name for panel in (*_given(ask.answer, at), *at.scene.panels)}
    for panel in filter(None, (answer.panel, *ask.show, *ask.cover, *ask.mark)):
        if panel not in known and not (isinstance(answer, Size) and not at.scene.panels):
            refuse(f"panel must be one of {', '.join(sorted(known))}, got {panel!r}")
    if len(ask.prompt) > LONGEST:
        refuse(f"a prompt has at most {LONGEST} characters, got {len(ask.prompt)}")
    if isinstance(answer, Choice):
        plain = {re.sub(r"\W+", " ", sentence).strip().casefold() for sentence in answer.judged}
        if len(plain) < len(answer.judged):
            refuse("the same sentence stands there twice")
        if len(plain) < FEWEST:
            refuse(f"there must be at least {FEWEST} sentences to choose among, got {len(plain)}")
        true = [sentence for sentence, judged in answer.judged.items() if judged]
        if len(true) != 1:
            refuse(f"exactly one sentence must be true, got {len(true)}: {'; '.join(true) or 'none'}")
        answer = replace(answer, judged={s: answer.judged[s] for s in draw.shuffled(answer.judged)})
        ask = replace(ask, answer=answer)

    def checked(read: Callable[[], Any]) -> Any:
        try:
            found = read()
        except (ValueError, IndexError) as error:
            return refuse(f"nobody can give this answer: {error}")
        if not answer.possible(at, found):
            refuse(f"nobody can give the answer {found}")
        return found

    true = checked(lambda: answer.read(at))
    wrong: list[tuple[Any, str, State | None]] = []
    for trap in ask.traps:
        route = trap.wrong if isinstance(trap.wrong, State) else None
        found = checked(lambda: answer.taken(at, trap.wrong) if route is None else answer.along(at, route))  # noqa: B023
        if answer.same(found, true):
            if isinstance(answer, Choice):
                continue  # which sentence is true is drawn, and so is which ones are traps
            raise Redraw(f"a trap is the right answer, {answer.written(at, true)}: {trap.sentence}")
        if not any(answer.same(found, other) for other, _, _ in wrong):
            wrong.append((found, trap.sentence, route))
    if not wrong:
        refuse("no trap is left: say what a wrong answer means")
    options = tuple(answer.judged) if isinstance(answer, Choice) else ()
    posed = Posed(name, seed, ask, true, tuple(wrong), options)
    _check_sight(posed)
    return posed


def _check_sight(posed: Posed) -> None:
    """Draw again where rows equal columns, or where the answer stands in sight."""
    answer, true, prompt = posed.ask.answer, posed.true, posed.ask.prompt
    if isinstance(answer, Size) and true is not None:
        if true[0] == true[1]:
            raise Redraw(f"rows equal columns: {size(true)}")
        if re.search(rf"(?<!\d){size(true)}(?!\d)", visible_text(covered(posed), prompt)):
            raise Redraw(f"the size {size(true)} stands in sight")
    if isinstance(answer, Cells) and len(true) == 1 and posed.written(true) in prompt:
        raise Redraw(f"the cell {posed.written(true)} stands in sight")
    if isinstance(answer, Numbers) and len(true) == 1:
        beside = [panel.values.ravel() for panel in covered(posed).panels if panel.name != answer.panel]
        if any((np.abs(values - true[0]) <= answer.within).any() for values in beside):
            raise Redraw(f"the number {format_number(true[0])} stands in sight")


def visible_text(scene: Scene, *more: str) -> str:
    """Everything of a scene that is written in words, a line each."""
    notes = [note.text for note in scene.notes]
    captions = [step.caption for step in scene.steps] + [step.label for step in scene.steps]
    headings = [panel.heading for panel in scene.panels]
    return "\n".join([*more, *scene.layout, *headings, *notes, *captions, scene.summary])


def _given(answer: Kind, at: State) -> tuple[Panel, ...]:
    """The panels of the scene; the arrays it is made of where a size is asked, which may be "no output"."""
    if not (isinstance(answer, Size) and at.topic.sources):
        return at.scene.panels
    return tuple(
        Panel(name, array, role=name if name in ROLES else "input", title=f"{name} {size(array.shape)}")
        for name, array in at.arrays.items()
    )


def _shown(ask: Ask) -> list[str]:
    """The names of the panels in the picture."""
    asked = [ask.answer.panel] if ask.answer.panel else []
    every = [panel.name for panel in _given(ask.answer, ask.state)]
    return [name for name in dict.fromkeys([*every, *asked]) if not ask.show or name in [*ask.show, *asked]]


def _kept(rows: Mapping[str, Sequence[Panel]], names: Sequence[str]) -> dict[str, list[Panel]]:
    """The named panels in their rows; a sign stays where the panel before it does."""
    kept: dict[str, list[Panel]] = {}
    for title, panels in rows.items():
        before = ["", *(panel.name for panel in panels)]
        kept[title] = [
            panel if last in names else replace(panel, sign="")
            for last, panel in zip(before, panels, strict=False)
            if panel.name in names
        ]
    return kept


def covered(posed: Posed) -> Scene:
    """What is seen before an answer is given: on the screen, on paper, and in a still picture.

    The panel that is asked about is blank; of its size nothing is seen where that is asked, and of any other
    covered panel neither. What is said in words is gone, and pointing joins the panels in sight alone.
    """
    ask = posed.ask
    at, answer, wanted = ask.state, ask.answer, _shown(ask)
    hidden = {*ask.cover, *filter(None, [answer.panel])}
    blank = hidden if isinstance(answer, Size) else hidden - {answer.panel}  # of which no size is seen
    sizes = {size(shape) for shape in map(at.size, sorted(blank)) if shape}
    rows, taps = at.scene.layout, at.scene.taps
    if isinstance(answer, Size):
        asked = Panel(answer.panel, np.zeros((1, 1)), role="output")  # of whatever role: it may not be there
        if answer.panel in at.scene:
            asked = replace(asked, role=at.scene[answer.panel].role)
        given = [panel for panel in _given(answer, at) if panel.name != answer.panel]
        rows, taps = {"": (*given, asked)}, {}

    def seen(panel: Panel) -> Panel:
        if panel.name not in hidden:
            return _plain(panel, sizes)
        shape = (1, 1) if panel.name in blank else panel.shape
        marks = None if panel.name in blank else _frame(panel)
        title = (
            f"{panel.name}: which size?" if isinstance(answer, Size) and panel.name == answer.panel else None
        )
        first = None if panel.name in blank else panel.first
        return Panel(
            panel.name,
            np.full(shape, np.nan),
            role=panel.role,
            title=title,
            sign=panel.sign,
            marks=marks,
            first=first,
        )

    return Scene(
        {title: [seen(panel) for panel in panels] for title, panels in _kept(rows, wanted).items()},
        taps=_between(taps, [name for name in wanted if name not in hidden]),
    )


def _plain(panel: Panel, sizes: set[str]) -> Panel:
    """A panel in sight, without what it says of the panels that are not."""
    title = panel.heading.partition(",")[0]
    title = " ".join(word for word in title.split(" ") if word not in sizes)
    marks = panel.marks
    if marks is not None:
        marks = np.where(marks == UNREAD, DATA, marks)
    return replace(panel, title=title, marks=marks, expected=None, editable=False)


def _frame(panel: Panel) -> Ints | None:
    """The marks of a covered panel: what is padding or cropped, and nothing else."""
    if panel.marks is None or not np.isin(panel.marks, (PADDING, CROPPED)).any():
        return None
    return np.where(np.isin(panel.marks, (PADDING, CROPPED)), panel.marks, DATA)


def _between(taps: Taps, names: Sequence[str]) -> dict[str, Ints]:
    """The connections between these panels alone, each once."""
    kept = [name for name in names if name in taps]
    if len(kept) < 2:
        return {}
    table = np.stack([taps[name] for name in kept]).astype(np.int64) + 1
    _, first = np.unique(np.ravel_multi_index(tuple(table), tuple(table.max(axis=1) + 1)), return_index=True)
    return {name: taps[name][first] for name in kept}


def _opened(ask: Ask, at: State) -> Scene:
    """What a state shows in the end: the same panels, uncovered, without steps."""
    wanted = _shown(ask)
    rows = _kept(at.scene.layout, wanted)
    names = [panel.name for panels in rows.values() for panel in panels]
    return replace(
        at.scene,
        rows=rows if names else _given(ask.answer, at),
        taps=_between(at.scene.taps, names),
        steps=(),
        start={},
        whole=True,
        sums=tuple(one for one in at.scene.sums if {one.result, *one.factors} <= set(names)),
    )


def _marked(posed: Posed) -> dict[str, list[int]]:
    """The cells that the prompt speaks of, by panel: those that are asked for among them."""
    answer, at = posed.ask.answer, posed.ask.state
    places = {name: list(found) for name, found in posed.ask.mark.items()}
    if isinstance(answer, Numbers):
        places[answer.panel] = [*places.get(answer.panel, []), *answer.places]
    return {name: [at.cell(name, place) for place in found] for name, found in places.items()}


def picture(posed: Posed) -> Scene:
    """The covered scene as it stands on paper: its one step outlines what is asked for, and is the prompt."""
    scene, marked = covered(posed), _marked(posed)
    taps = stacked(*({name: np.array(cells)} for name, cells in marked.items()))
    lit = np.arange(sum(map(len, marked.values())))
    return replace(scene, taps=taps, steps=(Step(lit, posed.text),), summary=posed.text)


def play_from(at: State) -> dict[str, Any] | None:
    """How the explorer of the topic gets to this state; None where it has no such state."""
    topic = at.topic
    arrays = {name: given for name, given in at.given.items() if name in topic.sources}
    settings = dict(at.settings)
    for name, given in arrays.items():
        shaping = topic.shapes.get(name)
        if shaping and not isinstance(given, str):
            settings.pop(shaping, None)
            preset = next(iter(topic.sources[name]))
            for value in topic.listed[shaping]:
                if topic.array(name, preset, {**settings, shaping: value}).shape == np.shape(given):
                    settings[shaping] = value
    listed = {name: value for name, value in settings.items() if name in topic.listed}
    if not topic.controls or len(listed) < len(settings):
        return None
    if any(value not in topic.listed[name] for name, value in listed.items()):
        return None
    return {
        "topic": topic.name,
        "settings": listed,
        "sources": {n: g if isinstance(g, str) else np.asarray(g).tolist() for n, g in arrays.items()},
    }


def _variant(posed: Posed, scenes: list[Scene]) -> dict[str, Any]:
    """A posed question as JSON; its scenes are put at the end of `scenes`."""
    ask, answer = posed.ask, posed.ask.answer

    def put(scene: Scene) -> int:
        scenes.append(scene)
        return len(scenes) - 1

    marked = _marked(posed)
    return {
        "seed": posed.seed,
        "prompt": ask.prompt,
        "kind": answer.kind,
        "panel": answer.panel,
        "cells": marked[answer.panel] if isinstance(answer, Numbers) else [],
        "marked": marked,
        "labels": list(answer.true) if isinstance(answer, Fields) else [],
        "options": list(posed.options),
        "none": answer.none,
        "true": posed.true,
        "within": answer.within,
        "tries": ask.tries,
        "why": ask.why,
        "covered": put(covered(posed)),
        "open": put(_opened(ask, ask.state)),
        "traps": [
            {"wrong": wrong, "sentence": sentence, "scene": None if at is None else put(_opened(ask, at))}
            for wrong, sentence, at in posed.wrong
        ],
        "play": play_from(ask.play or ask.state),
    }


class Question(Board):
    """A question on a board, made by `ask`: it is covered until an answer is given, and then shows itself.

    Where no kernel runs it answers all the same, and "Try another" has the other draws that it holds.

    name      such as "01 A"
    seed      the numbers it begins with
    variants  how many draws it holds, at most
    """

    name = traitlets.Unicode("").tag(sync=True, echo_update=False)
    seed = traitlets.Int(0).tag(sync=True, echo_update=False)

    def __init__(self, name: str, seed: int = 0, *, variants: int = VARIANTS) -> None:
        self._posed: Posed | None = pose(name, seed)
        self._text = self._posed.text
        scenes: list[Scene] = []
        held = [_variant(posed, scenes) for posed in variants_of(self._posed, variants)]
        super().__init__(payload=pack(scenes, variants=held), name=name, seed=seed)
        replace_earlier(self)

    def picture(self) -> Picture | None:
        return Picture(picture(self._posed), 1) if self._posed else None

    def close(self) -> None:
        super().close()
        self._posed = None

    def __repr__(self) -> str:
        return self._text


def variants_of(posed: Posed, most: int = VARIANTS) -> list[Posed]:
    """The question and others of the same name, `most` in all, with other numbers or another prompt.

    There are fewer where 4 * `most` seeds give no more.
    """
    found = {_key(posed): posed}
    for seed in range(posed.seed + 1, posed.seed + 1 + 4 * most):
        if len(found) >= most:
            break
        other = pose(posed.name, seed)
        found.setdefault(_key(other), other)
    return list(found.values())


def _key(posed: Posed) -> tuple[Any, ...]:
    """What makes one draw another: what is asked, what is right and why; not numbers that do not matter."""
    return posed.ask.prompt, posed.written(posed.true), posed.ask.why


def ask(name: str, seed: int = 0) -> Question:
    """Ask the question `name`, such as "01 A"; another seed asks it with other numbers.

    Raises ValueError for a name that is not there.
    """
    return Question(name, seed)


def answer_line(posed: Posed) -> str:
    """The line of a question under the heading "Answers" of its notebook, in Markdown."""
    return f"- **{posed.name}**: {_literal(posed.written(posed.true))}. {_literal(posed.ask.why)}"


def table_row(posed: Posed) -> str:
    """The row of a question in the teacher's table, in Markdown: name, question, answer, what to expect."""
    expected = "<br>".join(f"{posed.told(wrong)}: {said}" for wrong, said, _ in posed.wrong)
    options = f" ({' / '.join(posed.options)})" if posed.options else ""
    cells = (posed.name, posed.ask.prompt + options, posed.written(posed.true), expected)
    return f"| {' | '.join(_literal(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def answers(lesson: str, *earlier: tuple[str, int]) -> str:
    """The lines under "Answers" of a notebook: those of earlier lessons by (name, seed), then its own.

    >>> @question("99 A")
    ... def rows_of_the_input(d):
    ...     from deconv_helpers.scenes.topic import Topic
    ...     def build(x):
    ...         return Scene((Panel("x", np.asarray(x), role="input"),))
    ...     at = Topic("given", build, {"x": {"2x3": np.ones((2, 3))}}).at(x=d.digits(2, 3))
    ...     traps = [Trap((3, 2), "Rows come first.")]
    ...     return Ask(at, "Which size has x?", Size("x"), "Two rows of three.", traps)
    >>> answers("99")
    '- **99 A**: 2x3. Two rows of three.'
    """
    asked = [*earlier, *((name, 0) for name in names(lesson))]
    return "\n".join(answer_line(pose(name, seed)) for name, seed in asked)


def table(lesson: str) -> str:
    """The rows of the teacher's table for a lesson such as "01": all its questions with their own numbers."""
    return "\n".join(table_row(pose(name)) for name in names(lesson))


def _number(value: float) -> str:
    """A number with more digits than fit a cell."""
    return f"{round(value, 4) + 0:.10g}"


def _literal(text: str) -> str:
    """Text whose stars and underscores Markdown leaves as they are."""
    return re.sub(r"([*_])", r"\\\1", text)
