"""Questions as a text that Moodle imports: its format GIFT.

What GIFT says of it: https://docs.moodle.org/en/GIFT_format. Wrong answers have no part of the mark, and
the sentence of their trap as feedback; the reason of the right answer is the feedback of the question.
"""

from collections.abc import Iterable

from tools.teach.items import Item, inline

ESCAPED = str.maketrans({sign: f"\\{sign}" for sign in "\\~=#{}:"} | {"\n": "\\n"})
"""Signs that have a meaning in GIFT. A line of `pre` ends so, too: an empty line would end the question."""


def literal(text: str) -> str:
    r"""Text that GIFT takes as it stands.

    >>> literal("a = {1: 2}")
    'a \\= \\{1\\: 2\\}'
    """
    return text.translate(ESCAPED)


def number(value: float) -> str:
    """A number as GIFT writes it, with more digits than count.

    >>> number(7.25), number(-2.0), number(1e-7)
    ('7.25', '-2', '0.0000001')
    """
    return f"{value:.10f}".rstrip("0").rstrip(".")


def question(item: Item) -> str:
    """One question, without an empty line in it."""
    seen = "".join(panel if isinstance(panel, str) else inline(*panel) for panel in item.panels)
    head = f"::{literal(item.name)}::[html]{literal(item.html + seen)}"
    if item.number is None:
        told = {option: "" if option.right else f"#{literal(option.said)}" for option in item.options}
        lines = [
            f"{'=' if option.right else '~'}{literal(option.html)}{told[option]}" for option in item.options
        ]
        opening = "{"
    else:
        margin = number(item.within)
        lines = [f"={number(item.number)}:{margin}"]
        lines += [f"=%0%{number(wrong)}:{margin}#{literal(said)}" for wrong, said in item.traps]
        opening = "{#"
    return "\n".join([f"{head}{opening}", *lines, f"####{literal(item.why)}", "}"])


def text(category: str, items: Iterable[Item]) -> str:
    """Questions as a file, all in one category, such as "Deconvolution/01 Convolution"."""
    return "\n\n".join([f"$CATEGORY: {category}", *map(question, items)]) + "\n"
