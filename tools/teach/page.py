"""The test as one web page that needs no Python, no network and no other file.

It is for somebody who learns alone: after each answer the page says what is right, and it counts. It sends
and keeps nothing.
"""

from collections.abc import Sequence
from html import escape

from deconv_helpers.scenes import saving
from deconv_helpers.scenes.packing import pack
from deconv_helpers.scenes.question import Posed, Question, _variant
from deconv_helpers.scenes.scene import Scene

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

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '{script_hash}'; \
style-src '{style_hash}'; img-src data:; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>Answer from what you know. After each answer the page shows what is right. It sends and keeps nothing:
when you close it, the answers are gone.</p>
{places}
<p id="count" role="status"></p>
</main>
<script type="module">{module}</script>
</body>
</html>
"""


def page(title: str, asked: Sequence[Posed]) -> str:
    """The questions below each other; each has these numbers and no others."""
    places, board = [], None
    for number, posed in enumerate(asked, start=1):
        board = Question(posed.name, posed.seed)
        scenes: list[Scene] = []
        board.payload = pack(scenes, variants=[_variant(posed, scenes)])
        inside = {name: saving.b64encode(payload).decode() for name, payload in saving.payloads(board, {})}
        record = saving.embedded({"traits": saving.traits_of(board), "inside": inside})
        places.append(
            f'<h2>Question {number}</h2>\n<section class="live" id="question-{number}">\n'
            f'<script type="application/json">{record}</script>\n'
            f"<noscript><pre>{escape(posed.text)}</pre></noscript>\n</section>"
        )
        state = board.get_state()
        board.close()
    module = (
        f"const board = {saving.closed(state['_esm'])};\nconst host = {saving.closed(saving.HOST)};\n"
        f"host.start(board);\n{COUNT.replace('ALL', str(len(asked)))}"
    )
    style = (
        f"body {{ {saving.GROUND} font-family: system-ui, sans-serif; }}\n"
        f"main {{ max-width: 1080px; margin: 0 auto; }}\n{state['_css']}"
    )
    return PAGE.format(
        title=escape(title),
        script_hash=saving.digest(module),
        style_hash=saving.digest(style),
        style=style,
        places="\n".join(places),
        module=module,
    )
