"""Codes that lead from paper to the question on the published pages."""

from collections.abc import Mapping

from deconv_helpers.scenes import saving
from tools.teach.blocks import Code


def link(address: str, lesson: str, name: str) -> str:
    """Where a question stands on the pages: `lesson` is the name of its notebook.

    >>> link("https://example.org/course", "01_convolution", "01 A")
    'https://example.org/course/01_convolution.html#question-01-A'
    """
    return f"{address.rstrip('/')}/{lesson}.html#{saving.anchor({'name': name})}"


def code(address: str, lessons: Mapping[str, str], name: str) -> Code:
    """The code of a question's link, (rows, columns), true where it is dark; () where no address is given.

    lessons  the name of each lesson's notebook by its number
    """
    if not address:
        return ()
    import segno

    made = segno.make_qr(link(address, lessons[name[:2]], name), error="m")
    return [[bool(dark) for dark in row] for row in made.matrix]
