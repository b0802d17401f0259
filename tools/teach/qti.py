"""Questions as a file that Canvas imports: QTI 1.2 in a package with a manifest.

Canvas says to a choice what its trap says. Of a number it knows only right and wrong, so what the traps say
stands together in the feedback of every wrong number.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET

from tools.teach.gift import number
from tools.teach.items import Item

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
FILES = "%24IMS-CC-FILEBASE%24"
"""What stands for the package's folder in the address of a picture."""

EPOCH = (1980, 1, 1, 0, 0, 0)


def element(parent: ET.Element, path: str, text: str = "", **attributes: str) -> ET.Element:
    """Put elements into each other, such as "a/b"; the last one gets the text and the attributes."""
    for name in path.split("/"):
        parent = ET.SubElement(parent, name)
    parent.text = text or None
    parent.attrib.update(attributes)
    return parent


def html(parent: ET.Element, text: str) -> None:
    """Put HTML into an element."""
    element(parent, "material/mattext", text, texttype="text/html")


def fields(parent: ET.Element, given: dict[str, str]) -> None:
    """Metadata: names and values."""
    metadata = element(parent, "qtimetadata")
    for name, value in given.items():
        one = element(metadata, "qtimetadatafield")
        element(one, "fieldlabel", name)
        element(one, "fieldentry", value)


def identifier(ident: str, name: str) -> str:
    """What a question is called in the package `ident` and in no other: one name is one thing to a platform.

    >>> identifier("deconv_pre", "01 A")
    'deconv_pre_01_A'
    """
    return f"{ident}_{name.replace(' ', '_')}"


def pictures(ident: str, items: Iterable[Item]) -> Iterator[tuple[str, bytes]]:
    """The pictures of the questions, by their path in the package."""
    for item in items:
        for place, panel in enumerate(item.panels):
            if not isinstance(panel, str):
                yield f"images/{identifier(ident, item.name)}_{place}.png", panel[1]


def prompt(ident: str, item: Item) -> str:
    """What is asked and what is seen, as HTML."""
    seen = []
    for place, panel in enumerate(item.panels):
        if isinstance(panel, str):
            seen.append(panel)
        else:
            path = f"{FILES}/images/{identifier(ident, item.name)}_{place}.png"
            title = escape(panel[0])
            seen.append(f'<p>{title}</p><p><img alt="{title}" src="{path}"></p>')
    return item.html + "".join(seen)


def condition(processing: ET.Element, *, go_on: bool) -> tuple[ET.Element, ET.Element]:
    """A rule for answers, and its part that says when it holds; `go_on`: whether later rules count, too."""
    one = element(processing, "respcondition", **{"continue": "Yes" if go_on else "No"})
    return one, element(one, "conditionvar")


def feedback(parent: ET.Element, name: str, text: str) -> None:
    """What can be said of an answer, as HTML, under a name by which a rule shows it."""
    one = element(parent, "itemfeedback", ident=name)
    html(element(one, "flow_mat"), text)


def show(one: ET.Element, name: str) -> None:
    """Let a rule show what is said under this name."""
    element(one, "displayfeedback", feedbacktype="Response", linkrefid=name)


def write_item(section: ET.Element, package: str, item: Item) -> None:
    """One question."""
    name = identifier(package, item.name)
    made = element(section, "item", ident=name, title=item.name)
    kind = "multiple_choice_question" if item.number is None else "numerical_question"
    idents = [f"{name}_{place}" for place in range(len(item.options))] or ["answer1"]
    given = {
        "question_type": kind,
        "points_possible": "1",
        "original_answer_ids": ",".join(idents),
        "assessment_question_identifierref": f"{name}_ref",
    }
    fields(element(made, "itemmetadata"), given)
    presentation = element(made, "presentation")
    html(presentation, prompt(package, item))
    processing = ET.Element("resprocessing")
    element(processing, "outcomes/decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    said: dict[str, str] = {}
    if item.number is None:
        response = element(presentation, "response_lid", ident="response1", rcardinality="Single")
        choices = element(response, "render_choice")
        for ident, option in zip(idents, item.options, strict=True):
            html(element(choices, "response_label", ident=ident), option.html)
            if option.said and not option.right:
                one, when = condition(processing, go_on=True)
                element(when, "varequal", ident, respident="response1")
                show(one, f"{ident}_fb")
                said[f"{ident}_fb"] = option.said
        right = idents[[option.right for option in item.options].index(True)]
        one, when = condition(processing, go_on=False)
        element(when, "varequal", right, respident="response1")
    else:
        response = element(presentation, "response_str", ident="response1", rcardinality="Single")
        element(element(response, "render_fib", fibtype="Decimal"), "response_label", ident="answer1")
        low, high = (number(item.number + sign * item.within) for sign in (-1, 1))
        one, when = condition(processing, go_on=False)
        either = element(when, "or")
        element(either, "varequal", number(item.number), respident="response1")
        both = element(either, "and")
        element(both, "vargte", low, respident="response1")
        element(both, "varlte", high, respident="response1")
    element(one, "setvar", "100", action="Set", varname="SCORE")
    show(one, "correct_fb")
    said["correct_fb"] = item.why
    if item.traps:
        one, when = condition(processing, go_on=True)
        element(when, "other")
        show(one, "general_incorrect_fb")
        lines = (f"<li>{number(wrong)}: {text}</li>" for wrong, text in item.traps)
        said["general_incorrect_fb"] = f"<p>What some answers mean:</p><ul>{''.join(lines)}</ul>"
    made.append(processing)
    for which, text in said.items():
        feedback(made, which, text)


def assessment(ident: str, title: str, items: Sequence[Item]) -> bytes:
    """The questions as one quiz."""
    root = ET.Element("questestinterop", xmlns=QTI)
    quiz = element(root, "assessment", ident=ident, title=title)
    fields(quiz, {"cc_maxattempts": "1"})
    section = element(quiz, "section", ident="root_section")
    for item in items:
        write_item(section, ident, item)
    return _bytes(root)


def manifest(ident: str, paths: Iterable[str]) -> bytes:
    """What is in the package."""
    root = ET.Element("manifest", xmlns=PACKAGE, identifier=f"{ident}_manifest")
    metadata = element(root, "metadata")
    element(metadata, "schema", "IMS Content")
    element(metadata, "schemaversion", "1.1.3")
    element(root, "organizations")
    resources = element(root, "resources")
    quiz = element(resources, "resource", identifier=ident, type="imsqti_xmlv1p2")
    element(quiz, "file", href=f"{ident}/{ident}.xml")
    for path in paths:
        name = Path(path).stem
        one = element(resources, "resource", identifier=name, type="webcontent", href=path)
        element(one, "file", href=path)
        element(quiz, "dependency", identifierref=name)
    return _bytes(root)


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"


def package(ident: str, title: str, items: Sequence[Item]) -> bytes:
    """The whole file; the same questions give the same bytes."""
    images = dict(pictures(ident, items))
    files = {
        "imsmanifest.xml": manifest(ident, images),
        f"{ident}/{ident}.xml": assessment(ident, title, items),
        **images,
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
