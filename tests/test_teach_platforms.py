"""Questions for learning platforms: read back by the formats' own rules, and compared with the records."""

import io
import re
import zipfile
from dataclasses import dataclass, field
from html import unescape
from itertools import chain
from xml.etree import ElementTree as ET

import pytest

import deconv_helpers.lessons.questions  # noqa: F401 - registers them
from deconv_helpers.scenes.question import Cells, Posed, names, pose
from tools.teach.gift import literal, question, text
from tools.teach.items import Item, Option, item
from tools.teach.qti import package

NAMES = names()
POSED = {name: pose(name) for name in NAMES}
ITEMS = {name: item(posed) for name, posed in POSED.items()}
AWKWARD = Item(
    "99 A: {~=#}",
    "<p>a = {b ~ c}: 5 # 6 \\ 7 // no comment</p><pre>1\n\n//2</pre>",
    (('a "picture" & more', b"\x89PNG"),),
    (
        Option("= {1}", True, ""),
        Option("~%50%half", False, "\\n is: a = #1 <b> ####"),
        Option("c", False, ""),
    ),
    None,
    0.0,
    (),
    "why: {a} = #b ~ \\c",
)


@dataclass
class Read:
    """A question as Moodle's importer understands it."""

    name: str
    html: str
    kind: str
    answers: list[tuple[float, str, str]] = field(default_factory=list)
    why: str = ""


def parse(gift: str) -> tuple[str, list[Read]]:
    """GIFT by its documented grammar: the category, and the questions.

    A question ends at an empty line. A backslash before ~ = # { } : or a backslash takes its meaning away,
    \\n is a new line. ::name:: comes first, then [format] and the text, then the answers in braces.
    """
    category, found = "", []
    for block in re.split(r"\n\s*\n", gift.strip()):
        lines = [line for line in block.splitlines() if not line.strip().startswith("//")]
        tokens = re.findall(r"\\n|\\[\\~=#{}:]|[^\\]", "\n".join(lines))
        assert "".join(tokens) == "\n".join(lines), "a backslash stands before a sign that needs none"
        if "".join(tokens).startswith("$CATEGORY:"):
            category = "".join(tokens).partition(":")[2].strip()
            continue
        plain = {"\\n": "\n"}
        signs = [(token if len(token) == 1 else None, plain.get(token, token[-1])) for token in tokens]
        controls = "".join(sign or "·" for sign, _ in signs)
        letters = "".join(letter for _, letter in signs)
        assert len(controls) == len(letters)
        head = re.match(r"::(.*?)::\[html\]", controls, re.DOTALL)
        assert head
        opens, closes = controls.index("{", head.end()), controls.index("}")
        assert controls[closes + 1 :].strip() == ""
        assert controls.count("{") == controls.count("}") == 1
        body, said = controls[opens + 1 : closes], letters[opens + 1 : closes]
        made = Read(letters[2 : head.end(1)], letters[head.end() : opens], "choice")
        general = body.rindex("####")
        made.why = said[general + 4 :].strip()
        body, said = body[:general], said[:general]
        if body.startswith("#"):
            made.kind, body, said = "number", body[1:], said[1:]
        starts = [place for place, sign in enumerate(body) if sign in "~="]
        assert body[: starts[0]].strip() == ""
        for begin, end in zip(starts, [*starts[1:], len(body)], strict=True):
            control, written = body[begin + 1 : end], said[begin + 1 : end]
            weight = 1.0 if body[begin] == "=" else 0.0
            share = re.match(r"%(-?\d{1,2}(?:\.\d*)?)%", control)
            if share:
                weight, control, written = (
                    float(share[1]) / 100,
                    control[share.end() :],
                    written[share.end() :],
                )
            parts = control.split("#", 1)
            answer = written[: len(parts[0])].strip()
            feedback = written[len(parts[0]) + 1 :].strip() if len(parts) > 1 else ""
            assert "#" not in (parts[1] if len(parts) > 1 else "")
            made.answers.append((weight, answer, feedback))
        assert [weight for weight, _, _ in made.answers].count(1.0) == 1
        found.append(made)
    return category, found


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def expected(posed: Posed) -> dict[str, str]:
    """What is said of each wrong answer, by the answer as it is written."""
    return {posed.written(wrong): said for wrong, said, _ in posed.wrong}


def test_the_parser_sees_what_gift_means() -> None:
    """On examples of the documentation."""
    gift = "$CATEGORY: a/b\n\n// a comment\n::Q1::[html]1 \\= 1?{\n=yes#right\n~no#wrong\n####so\n}\n"
    category, (read,) = parse(gift)
    assert category == "a/b"
    assert (read.name, read.html, read.why) == ("Q1", "1 = 1?", "so")
    assert read.answers == [(1.0, "yes", "right"), (0.0, "no", "wrong")]
    _, (read,) = parse("::Q::[html]When?{#\n=1822:0\n=%50%1822:2#nearly\n####so}")
    assert (read.kind, read.answers) == ("number", [(1.0, "1822:0", ""), (0.5, "1822:2", "nearly")])


def test_no_sign_of_a_text_means_anything_to_gift() -> None:
    _, (read,) = parse(question(AWKWARD))
    assert read.name == AWKWARD.name
    assert read.html.startswith(AWKWARD.html)
    assert [answer for _, answer, _ in read.answers] == [option.html for option in AWKWARD.options]
    assert [said for _, _, said in read.answers] == [option.said for option in AWKWARD.options]
    assert read.why == AWKWARD.why
    assert "\n\n" not in question(AWKWARD)
    assert literal("C:\\n") == "C\\:\\\\n"


def test_gift_has_every_question_with_its_answer_and_its_traps() -> None:
    category, found = parse(text("Course/All", ITEMS.values()))
    assert category == "Course/All"
    assert [read.name for read in found] == NAMES
    for read in found:
        posed, made = POSED[read.name], ITEMS[read.name]
        assert unescape(read.why) == posed.ask.why
        assert plain(read.html).startswith(posed.ask.prompt)
        right = next(answer for weight, answer, _ in read.answers if weight)
        said = {
            plain(answer).partition(":")[0]: plain(told)
            for weight, answer, told in read.answers
            if not weight
        }
        if read.kind == "number":
            value, _, margin = right.partition(":")
            assert abs(float(value) - posed.true[0]) < 1e-9
            assert float(margin) == pytest.approx(posed.ask.answer.within)
            told = {round(float(value), 6): told for value, told in said.items()}
            assert told == {round(wrong[0], 6): told for wrong, told, _ in posed.wrong}
        elif not isinstance(posed.ask.answer, Cells):
            assert plain(right) == posed.written(posed.true)
            told = {plain(answer): plain(said) for weight, answer, said in read.answers if not weight}
            assert expected(posed).items() <= told.items()
            assert len(read.answers) == (len(posed.options) or 1 + len(posed.wrong))
        assert made.options or read.kind == "number"


def test_cells_are_grids_with_a_cross_in_each() -> None:
    for name, posed in POSED.items():
        if isinstance(posed.ask.answer, Cells):
            right = next(option.html for option in ITEMS[name].options if option.right)
            grid = [row.split() for row in plain(right).splitlines()]
            crosses = [n for n, sign in enumerate(chain(*grid)) if sign == "X"]
            assert crosses == posed.true
            assert (len(grid), len(grid[0])) == posed.ask.state.scene[posed.ask.answer.panel].shape


def test_nothing_that_is_covered_stands_in_the_text() -> None:
    """Of a panel that is asked about no number is told, and what is seen is told number by number."""
    seen = "".join(panel for panel in ITEMS["01 H"].panels if isinstance(panel, str))
    values = POSED["01 H"].ask.state.scene["input"].values
    assert [float(number) for number in re.findall(r"\d+", seen.split("</pre>")[0])][
        2:
    ] == values.ravel().tolist()
    assert "[?]" in seen
    assert "48" not in seen
    assert "output" not in "".join(map(str, ITEMS["01 A"].panels))
    assert sum(isinstance(panel, tuple) for panel in ITEMS["09 D"].panels) == 4, "images are pictures"


# What the definition of QTI 1.2.1 says of the elements that are used: children in their order.
CONTENT = {
    "questestinterop": "assessment ",
    "assessment": "qtimetadata section ",
    "section": "(item )+",
    "item": "itemmetadata presentation resprocessing (itemfeedback )*",
    "itemmetadata": "qtimetadata ",
    "qtimetadata": "(qtimetadatafield )+",
    "qtimetadatafield": "fieldlabel fieldentry ",
    "presentation": "material (response_lid |response_str )",
    "material": "mattext ",
    "response_lid": "render_choice ",
    "response_str": "render_fib ",
    "render_choice": "(response_label )+",
    "render_fib": "response_label ",
    "response_label": "(material )?",
    "resprocessing": "outcomes (respcondition )+",
    "outcomes": "decvar ",
    "respcondition": "conditionvar (setvar )?(displayfeedback )?",
    "conditionvar": "(varequal |other |or )",
    "or": "varequal and ",
    "and": "vargte varlte ",
    "itemfeedback": "flow_mat ",
    "flow_mat": "material ",
}
REQUIRED = {
    "assessment": {"ident", "title"},
    "section": {"ident"},
    "item": {"ident", "title"},
    "response_lid": {"ident", "rcardinality"},
    "response_str": {"ident", "rcardinality"},
    "response_label": {"ident"},
    "varequal": {"respident"},
    "vargte": {"respident"},
    "varlte": {"respident"},
    "displayfeedback": {"linkrefid", "feedbacktype"},
    "itemfeedback": {"ident"},
    "mattext": {"texttype"},
}
Q = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
P = "{http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1}"


def opened(items: list[Item]) -> tuple[ET.Element, ET.Element, dict[str, bytes]]:
    """The quiz, the manifest, and all files of a package."""
    archive = zipfile.ZipFile(io.BytesIO(package("quiz_1", 'A "quiz" & more', items)))
    assert archive.testzip() is None
    files = {name: archive.read(name) for name in archive.namelist()}
    return ET.fromstring(files["quiz_1/quiz_1.xml"]), ET.fromstring(files["imsmanifest.xml"]), files


@pytest.mark.parametrize("items", [list(ITEMS.values()), [AWKWARD]], ids=["all", "awkward"])
def test_the_package_keeps_the_rules_of_qti(items: list[Item]) -> None:
    quiz, manifest, files = opened(items)
    for one in quiz.iter():
        name = one.tag.removeprefix(Q)
        assert one.tag == Q + name
        children = "".join(f"{child.tag.removeprefix(Q)} " for child in one)
        assert re.fullmatch(CONTENT.get(name, ""), children), f"{name} holds {children}"
        assert REQUIRED.get(name, set()) <= set(one.attrib)
    hrefs = {file.get("href") for file in manifest.iter(f"{P}file")}
    assert hrefs == set(files) - {"imsmanifest.xml"}
    identifiers = [resource.get("identifier") for resource in manifest.iter(f"{P}resource")]
    assert len(identifiers) == len(set(identifiers))
    assert {one.get("identifierref") for one in manifest.iter(f"{P}dependency")} <= set(identifiers)
    assert next(manifest.iter(f"{P}resource")).get("type") == "imsqti_xmlv1p2"
    shown = {
        path
        for one in quiz.iter(f"{Q}mattext")
        for path in re.findall(r"IMS-CC-FILEBASE%24/([^\"]+)", one.text or "")
    }
    assert shown == {path for path in files if path.endswith(".png")}


def test_qti_has_every_question_with_its_answer_and_its_traps() -> None:
    quiz, _, _ = opened(list(ITEMS.values()))
    found = list(quiz.iter(f"{Q}item"))
    assert [one.get("title") for one in found] == NAMES
    for one in found:
        made = ITEMS[one.get("title", "")]
        feedback = {f.get("ident"): "".join(f.itertext()).strip() for f in one.iter(f"{Q}itemfeedback")}
        labels = {
            label.get("ident"): "".join(label.itertext()).strip() for label in one.iter(f"{Q}response_label")
        }
        assert len(labels) == max(1, len(made.options))
        kind = next(e.text for e in one.iter(f"{Q}fieldentry"))
        said, right = {}, []
        for condition in one.iter(f"{Q}respcondition"):
            (link,) = (shown.get("linkrefid") for shown in condition.iter(f"{Q}displayfeedback"))
            equal = condition.find(f".//{Q}varequal")
            if condition.find(f"{Q}setvar") is not None:
                assert equal is not None
                right.append(equal.text)
                assert feedback[link] == made.why
            elif equal is not None:
                said[labels[equal.text]] = feedback[link]
        (true,) = right
        if kind == "multiple_choice_question":
            assert labels[true] == next(option.html for option in made.options if option.right)
            assert said == {
                option.html: option.said for option in made.options if option.said and not option.right
            }
        else:
            assert kind == "numerical_question"
            low, high = (float(one.find(f".//{Q}{end}").text) for end in ("vargte", "varlte"))  # type: ignore[union-attr,arg-type]
            assert low < float(true or "nan") == made.number < high
            assert all(f": {told}</li>" in feedback["general_incorrect_fb"] for _, told in made.traps)
        assert len(feedback) == len([*one.iter(f"{Q}displayfeedback")]), "every feedback is led to"


def test_the_same_questions_give_the_same_package() -> None:
    some = [ITEMS[name] for name in ("01 A", "09 D")]
    assert package("a", "A", some) == package("a", "A", some)


def test_no_two_packages_share_a_name() -> None:
    """Else a platform takes the questions and pictures of the second for changes of the first."""
    some = [ITEMS[name] for name in ("01 A", "09 D")]
    named = []
    for ident in ("pre", "post"):
        with zipfile.ZipFile(io.BytesIO(package(ident, "A", some))) as archive:
            texts = [ET.fromstring(archive.read(n)) for n in archive.namelist() if n.endswith(".xml")]
            names = {f"{one.tag}: {one.get('ident')}" for one in texts[1].iter(f"{Q}item")}
            names |= {str(one.get("identifier")) for one in texts[0].iter(f"{P}resource")}
            names |= {n for n in archive.namelist() if n.endswith(".png")}
        assert len(names) > 8
        named.append(names)
    assert named[0].isdisjoint(named[1])
