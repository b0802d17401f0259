"""The test as one web page that needs no Python, no network and no other file.

It is for somebody who learns alone: after each answer the page says what is right, and it counts. It sends
and keeps nothing.
"""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from deconv_helpers.scenes import explorer, saving
from deconv_helpers.scenes.question import Posed, Question

COUNT = """\
const said = document.querySelector("#count");
const count = () => {
  const places = [...document.querySelectorAll("[data-verdict]")];
  const right = places.filter((place) => place.dataset.verdict === "right");
  said.textContent = `${places.length} of ALL answered, ${right.length} right.`;
};
new MutationObserver(count).observe(document.body, { subtree: true, attributeFilter: ["data-verdict"] });
count();
"""

ABOUT = """\
<p>Answer from what you know. After each answer the page shows what is right. It sends and keeps nothing:
when you close it, the answers are gone.</p>"""


def page(title: str, asked: Sequence[Posed]) -> str:
    """The questions below each other; each has these numbers and no others."""
    parts = [f"<h1>{escape(title)}</h1>", ABOUT]
    for number, posed in enumerate(asked, start=1):
        board = Question(posed.name, posed.seed, variants=1)
        inside = {name: b64encode(payload).decode() for name, payload in saving.payloads(board, {})}
        place = saving.place(saving.traits_of(board), inside, posed.text)
        parts.append(f"<h2>Question {number}</h2>\n{place}")
        board.close()
    parts.append('<p id="count" role="status"></p>')
    count = COUNT.replace("ALL", str(len(asked)))
    return saving.page(title, "\n".join(parts), explorer.MODULE, explorer.STYLE, count)
