"""Widgets of ours where no Python runs: as files beside a page, or as one file that needs nothing else.

What their menus of arrays offer is computed up front, a payload for each choice; `static/host.js` shows them.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, Protocol

import ipywidgets

from .palette import DARK, LIGHT

HOST = (Path(__file__).parent / "static" / "host.js").read_text(encoding="utf-8")

LARGEST_FILE = 2 * 2**20
"""Bytes of a saved file, at most."""

LARGEST_FOLDER = 4 * 2**20
"""Bytes of all choices of one explorer beside a page, about."""


class Board(Protocol):
    """What a widget must be to be shown without Python."""

    @property
    def payload(self) -> bytes:
        """What it shows, as it stands."""

    def payload_at(self, **sources: str) -> bytes:
        """What it shows for other arrays."""

    def get_state(self) -> dict[str, Any]:
        """Its traits as a page gets them."""


def traits_of(board: Board) -> dict[str, Any]:
    """The traits that a page needs; the payload and what every widget has are left out."""
    common = {"payload", *ipywidgets.DOMWidget.class_trait_names()}
    return {
        name: value
        for name, value in board.get_state().items()
        if name not in common and not name.startswith("_")
    }


def called(traits: Mapping[str, Any]) -> str:
    """What a page calls a widget: an explorer by its topic, a question by its name."""
    return str(traits["topic"] or "explorer") if "controls" in traits else f"question {traits['name']}"


def anchor(traits: Mapping[str, Any]) -> str:
    """The id by which a link leads to a widget on a page.

    >>> anchor({"name": "01 A"})
    'question-01-A'
    """
    return re.sub(r"\W+", "-", called(traits))


def menus_of(traits: Mapping[str, Any]) -> dict[str, list[str]]:
    """What each menu of arrays offers, by name."""
    return {c["name"]: c["values"] for c in traits.get("controls", ()) if c["kind"] == "source"}


def offering(traits: Mapping[str, Any], offered: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The same traits with menus that offer less, and begin with what is chosen now."""
    controls = [
        {**control, "values": list(offered[control["name"]]), "texts": list(offered[control["name"]])}
        if control["name"] in offered
        else control
        for control in traits.get("controls", ())
    ]
    begin = {name: traits[name] for name in offered}
    return {**traits, "controls": controls, "initial": {**traits.get("initial", {}), **begin}}


def payloads(board: Board, menus: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, bytes]]:
    """A name and a payload for each combination of what menus offer, as `host.js` asks for them.

    A name has the number of each choice: payload-0-2 for the first of one menu and the third of the next.
    A page is written once and read often, so they are packed more tightly than for a kernel.
    """
    for numbers in product(*(range(len(offered)) for offered in menus.values())):
        chosen = {name: menus[name][number] for name, number in zip(menus, numbers, strict=True)}
        raw = gzip.decompress(board.payload_at(**chosen))
        yield "-".join(["payload", *map(str, numbers)]), gzip.compress(raw, compresslevel=6, mtime=0)


def write_folder(board: Board, folder: Path) -> None:
    """Write what a page needs of a widget into a new folder: traits.json, and a file for each choice.

    Menus, the last first, are left out where all choices would be larger than LARGEST_FOLDER.
    """
    traits = traits_of(board)
    menus = menus_of(traits)
    for name in reversed(menus):
        if prod(map(len, menus.values())) * len(board.payload) > LARGEST_FOLDER:
            menus[name] = [traits[name]]
    if menus:
        traits = offering(traits, menus)
    folder.mkdir(parents=True)
    (folder / "traits.json").write_text(json.dumps(traits), encoding="utf-8")
    for name, payload in payloads(board, menus):
        (folder / f"{name}.bin").write_bytes(payload)


def save(board: Board, path: str | os.PathLike[str], **offered: str | Sequence[str]) -> None:
    """Write a widget as it stands into one web page, which needs no Python and no other file.

    offered  for a menu of arrays the choices that the page offers beside the present one; where no menu is
    named, the page offers all. Raises TypeError for a name that is no menu of arrays, ValueError for a
    choice that a menu lacks, and for a page of more than LARGEST_FILE bytes.
    """
    traits = traits_of(board)
    menus = menus_of(traits)
    kept = {name: [traits[name]] for name in menus} if offered else dict(menus)
    for name, wanted in offered.items():
        if name not in menus:
            raise TypeError(f"{name} is no menu of arrays; those here: {', '.join(menus) or 'none'}")
        choices = [wanted] if isinstance(wanted, str) else list(wanted)
        for choice in choices:
            if choice not in menus[name]:
                raise ValueError(f"{name} must be of {', '.join(map(repr, menus[name]))}, got {choice!r}")
        kept[name] = [choice for choice in menus[name] if choice in [*choices, traits[name]]]
    if menus:
        traits = offering(traits, kept)
    inside: dict[str, str] = {}
    for name, payload in payloads(board, kept):
        inside[name] = b64encode(payload).decode()
        if sum(map(len, inside.values())) > LARGEST_FILE:
            raise ValueError(
                f"{Path(path).name} would have more than {LARGEST_FILE // 2**20} MB with all"
                f" {prod(map(len, kept.values()))} choices: name those it is to offer, such as"
                f" {next(iter(menus))}={menus[next(iter(menus))][:1]!r}"
            )
    state = board.get_state()
    body = place(traits, inside, repr(board))
    whole = page(called(traits), body, state["_esm"], state["_css"])
    Path(path).write_text(whole, encoding="utf-8", newline="\n")


def place(traits: Mapping[str, Any], inside: Mapping[str, str], summary: str) -> str:
    """Where a widget stands on a page: its traits, its payloads in base64, and words without scripts."""
    record = embedded({"traits": traits, "inside": inside})
    return (
        f'<section class="live">\n<script type="application/json">{record}</script>\n'
        f"<noscript><pre>{escape(summary)}</pre></noscript>\n</section>"
    )


def page(title: str, body: str, module: str, style: str, script: str = "") -> str:
    """A web page that needs no other file and asks nobody; it brings its places of widgets to life.

    title   plain text
    body    HTML
    module  the browser's code that shows a widget, and `style` its style
    script  what is run besides
    """
    module = f"const board = {closed(module)};\nconst host = {closed(HOST)};\nhost.start(board);\n{script}"
    style = f"body {{ {GROUND} }}\nmain {{ max-width: 1080px; margin: 0 auto; }}\n{style}"
    return PAGE.format(
        title=escape(title),
        script_hash=digest(module),
        style_hash=digest(style),
        style=style,
        body=body,
        module=module,
    )


def embedded(value: Any) -> str:
    """JSON that may stand inside a page's script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def closed(module: str) -> str:
    """A module's text as an expression of what it exports: by default, or by name.

    >>> closed("const two = 2;\\nexport default { two };")
    '(() => {\\nconst two = 2;\\nreturn { two };\\n})()'
    """
    named = re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", module, re.MULTILINE)
    body, defaults = re.subn(r"^export default", "return", module, flags=re.MULTILINE)
    body = re.sub(r"^export ", "", body, flags=re.MULTILINE).rstrip()
    exported = "" if defaults else f"\nreturn {{ {', '.join(named)} }};"
    return f"(() => {{\n{body}{exported}\n}})()"


def digest(text: str) -> str:
    """What a Content-Security-Policy calls a script or a style that stands in its page."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


GROUND = (
    f"color-scheme: light dark; margin: 0; padding: 8px; background: light-dark({LIGHT.base}, {DARK.base});"
    f" color: light-dark({LIGHT.ink}, {DARK.ink}); font-family: system-ui, sans-serif;"
)

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
{body}
</main>
<script type="module">{module}</script>
</body>
</html>
"""
