"""A test before and after: twelve questions on what people believe who have not seen it, in two forms.

Both forms ask the same twelve records with other numbers. In each, the belief is one of the wrong answers.
"""

from functools import cache

from deconv_helpers.scenes.question import Posed, covered, pose

BELIEFS = {
    "00 C": "That is the corner of the block",
    "00 E": "It can guess what is likely",
    "01 A": "You rounded up",
    "01 E": "Stride leaves out places of the window, not cells",
    "02 B": "weights stand in each row",
    "03 B": "That is not undoing",
    "03 D": "The later stamp does not replace the earlier one",
    "04 A": "Size times stride",
    "04 B": "Padding is named after the convolution",
    "05 B": "none after the last one",
    "06 B": "Four stamps each",
    "08 A": "Equal sizes are not equal pictures",
}
"""The questions, and what is said to whoever answers by the belief, one of those that the plans of
classroom/README.md expect."""

FORMS = ("pre", "post")
SEEDS = range(1, 60)
"""Where numbers are looked for; seed 0 is in the lessons."""


@cache
def _pair(name: str) -> tuple[Posed, Posed]:
    """The question with the first numbers that leave the belief as a wrong answer, and with the next ones."""
    found: dict[object, Posed] = {}
    for seed in SEEDS:
        posed = pose(name, seed)
        if any(BELIEFS[name] in said for _, said, _ in posed.wrong):
            seen = tuple(panel.values.tobytes() for panel in covered(posed).panels)
            found.setdefault((posed.ask.prompt, posed.written(posed.true), seen), posed)
        if len(found) == len(FORMS):
            one, other = found.values()
            return one, other
    raise ValueError(
        f"question {name!r} has no two forms in which {BELIEFS[name]!r} is said of a wrong answer"
    )


def form(which: str) -> list[Posed]:
    """The twelve questions of a form: "pre" or "post"."""
    return [_pair(name)[FORMS.index(which)] for name in BELIEFS]
