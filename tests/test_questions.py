"""Questions: every record can be asked, its answer is one, and nothing in sight gives it away."""

from __future__ import annotations

import gc
import gzip
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

import deconv_helpers
from deconv_helpers import explore_sizes
from deconv_helpers.lessons.convolution import CONVOLUTION
from deconv_helpers.lessons.plain import plain
from deconv_helpers.lessons.presets import DIGITS, INPUT_A, KERNEL_A
from deconv_helpers.scenes import question as questions
from deconv_helpers.scenes.drawing import embedded_svg
from deconv_helpers.scenes.question import (
    Ask,
    Cells,
    Choice,
    Draw,
    Fields,
    Numbers,
    Posed,
    Question,
    Size,
    Trap,
    answers,
    ask,
    covered,
    names,
    pose,
    question,
    table,
    visible_text,
)
from deconv_helpers.scenes.scene import CROPPED, DATA, PADDING, size
from deconv_helpers.scenes.topic import State

NAMES = questions.names()
SEEDS = range(50)
KINDS = ("00 B", "01 A", "01 D", "01 E", "02 H", "04 F", "09 D")
"""A question of each kind, and of each that has something of its own: no output, none, pictures."""


def settings_in(prompt: str) -> Iterator[tuple[str, Any]]:
    """What a prompt says of the state: (setting or panel, value or size)."""
    for name in ("input", "kernel"):
        found = re.search(rf"\b{name} (\d+x\d+)", prompt, re.IGNORECASE)
        if found:
            yield name, found[1]
    for name in ("stride", "padding", "output padding", "dilation", "factor"):
        found = re.search(rf"(?<!output )\b{name} (\d+)(?! (?:to|and)|, \d)", prompt)
        if found:
            yield name.replace(" ", "_"), int(found[1])


def holds(text: str, shape: list[int]) -> bool:
    """Whether a text names this size."""
    return re.search(rf"(?<!\d){size(shape)}(?!\d)", text) is not None


def check_texts(posed: Posed) -> None:
    """The prompt speaks of the state that is asked about, and every sentence is one."""
    at, prompt = posed.ask.state, posed.ask.prompt
    for name, said in settings_in(prompt) if at.topic.sources else ():
        if name in at.arrays:
            assert said == size(at.arrays[name].shape), prompt
        elif name in at.settings and "goes from" not in prompt:
            assert said == at.settings[name], prompt
    for panel, row, column in re.findall(r"\b(input|output|PyTorch)\[(\d+), (\d+)\]", prompt):
        if panel in at.scene:
            at.value(panel, (int(row), int(column)))
    for text in (posed.ask.why, *(sentence for _, sentence, _ in posed.wrong)):
        assert text == text.strip(), text
        assert text.endswith("."), text
        assert "  " not in text, text


def check_answers(posed: Posed) -> None:
    """One answer is right, and every trap is another one that somebody can give."""
    answer, at = posed.ask.answer, posed.ask.state
    assert answer.possible(at, posed.true)
    assert answer.read(at) == posed.true
    assert json.loads(json.dumps(posed.true)) == posed.true
    given = [wrong for wrong, _, _ in posed.wrong]
    assert given
    for number, wrong in enumerate(given):
        assert answer.possible(at, wrong), (posed.written(wrong), posed.ask.prompt)
        assert not answer.same(wrong, posed.true)
        assert not any(answer.same(wrong, other) for other in given[:number])
    if isinstance(answer, Choice):
        assert list(answer.judged.values()).count(True) == 1
        assert {*given, posed.true} == set(range(len(answer.judged))), "every sentence is answered"


def check_cover(posed: Posed) -> None:
    """What is asked is blank, and no word in sight is its answer."""
    scene, answer = covered(posed), posed.ask.answer
    assert not (scene.steps)
    assert not (scene.start)
    assert not (scene.notes)
    assert not (scene.summary)
    assert not (scene.sums)
    hidden = {*posed.ask.cover, *([answer.panel] if answer.panel else [])}
    for panel in scene.panels:
        assert not panel.editable
        assert panel.expected is None
        if panel.name in hidden:
            assert np.isnan(panel.values).all()
            assert panel.weights is None
            assert panel.heading in (panel.name, f"{panel.name}: which size?")
            assert panel.marks is None or np.isin(panel.marks, (0, PADDING, CROPPED)).all()
            assert panel.name not in scene.taps
    words = visible_text(scene, posed.text)
    if isinstance(answer, Size):
        assert scene[answer.panel].shape == (1, 1)
        assert posed.true is None or not holds(words, posed.true)
    if isinstance(answer, Cells | Numbers):
        assert scene[answer.panel].shape == posed.ask.state.scene[answer.panel].shape
        assert not re.search(r"= -?\d", words), "no caption is left"


@pytest.mark.parametrize("name", NAMES)
def test_every_question_can_be_asked(name: str) -> None:
    for seed in SEEDS:
        posed = pose(name, seed)
        check_answers(posed)
        check_cover(posed)
        check_texts(posed)


def test_there_are_questions_for_every_lesson() -> None:
    assert len(NAMES) == 73
    for lesson in range(11):
        letters = {name[3:] for name in questions.names(f"{lesson:02d}")}
        assert {"A", "B", "C", "D", "E", "H"} <= letters, "by hand, and five before a slider moves"


@pytest.mark.parametrize("name", [name for name in NAMES if isinstance(pose(name).ask.answer, Size)])
def test_the_leak_test_sees_a_size_that_is_left_in_a_title(name: str) -> None:
    posed = pose(name, 3)
    if posed.true is not None:
        assert holds(visible_text(posed.ask.state.scene), posed.true), "the picture itself names it"


# Seed 0 against slow loops.


def window_sum(x: Any, w: Any, top: int, left: int, dilation: int = 1) -> int:
    return sum(
        int(x[top + dilation * i][left + dilation * j] * w[i][j])
        for i in range(len(w))
        for j in range(len(w[0]))
    )


def test_size_of_a_convolution() -> None:
    places = [(i, j) for i in range(0, 6, 2) for j in range(0, 8, 2) if i + 3 <= 6 and j + 3 <= 8]
    rows, columns = {i for i, _ in places}, {j for _, j in places}
    assert pose("01 A").true == [len(rows), len(columns)]


def test_outputs_that_read_an_input() -> None:
    posed = pose("01 B")
    places = [(i, j) for i in range(4) for j in range(6) if i <= 2 < i + 3 and j <= 3 < j + 3]
    assert posed.true == [6 * i + j for i, j in places]


def test_inputs_that_no_window_reads() -> None:
    read = {(i + a, j + b) for i in (0, 2) for j in (0, 2, 4) for a in range(3) for b in range(3)}
    assert pose("01 E").true == [8 * i + j for i in range(6) for j in range(8) if (i, j) not in read]


def test_one_number_with_dilation() -> None:
    assert pose("01 H").true == [window_sum(DIGITS, [[1, 2], [3, 5]], 1, 1, dilation=2)] == [48]


def test_a_row_of_the_matrix_lights_its_window() -> None:
    posed = pose("02 A")
    assert posed.true == [12 * 3 + 4 * (1 + i) + j for i in range(2) for j in range(2)]


def test_four_stamps() -> None:
    at = pose("03 H").ask.state
    x, w = at.arrays["input"], at.arrays["kernel"]
    canvas = np.zeros((4, 4))
    for i, j in np.ndindex(2, 2):
        canvas[i : i + 3, j : j + 3] += x[i, j] * w
    assert pose("03 H").true == [canvas[1, 1]] == [45]


def test_there_and_back_is_not_undone() -> None:
    padded = np.pad(INPUT_A, 1)
    y = np.array([[window_sum(padded, KERNEL_A, i, j) for j in range(4)] for i in range(4)])
    back = np.zeros((6, 6), dtype=int)
    for i, j in np.ndindex(4, 4):
        back[i : i + 3, j : j + 3] += y[i, j] * KERNEL_A
    assert f"It begins {back[1, 1]}, {back[1, 2]};" in pose("03 B").ask.why


def test_a_forgotten_flip() -> None:
    x, w = [[2, 1], [4, 4]], KERNEL_A
    spread = np.zeros((5, 5), dtype=int)
    spread[1:4:2, 1:4:2] = x
    right, wrong = (
        [window_sum(spread, k, i, j) for i in range(3) for j in range(3)] for k in (w[::-1, ::-1], w)
    )
    assert pose("05 C").true == [cell for cell in range(9) if right[cell] != wrong[cell]]


def test_receptive_field_by_walking_back() -> None:
    first, last = 0, 0
    for k, s in reversed([(3, 1), (3, 2), (3, 1)]):
        first, last = first * s, last * s + k - 1
    assert pose("10 H").true == [last - first + 1] == [9]


# Draws.


@pytest.fixture
def registered() -> Iterator[None]:
    """Records made here are gone afterwards."""
    before = dict(questions._RECORDS)
    yield
    questions._RECORDS.clear()
    questions._RECORDS.update(before)


GIVEN = plain({"input": [[1, 2, 3], [4, 5, 6]]})


def asked(**changes: Any) -> Ask:
    whole = {
        "state": GIVEN,
        "prompt": "Which size has the input?",
        "answer": Size("input"),
        "why": "Two rows of three.",
        "traps": [Trap((3, 2), "Rows come first.")],
    }
    return Ask(**{**whole, **changes})


def choice(*true: str, sentences: tuple[str, ...] = ("one", "two", "three")) -> Choice:
    return Choice({sentence: sentence in true for sentence in sentences})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"answer": Size("output")}, "panel must be one of input, got 'output'"),
        ({"show": ("kernel",)}, "panel must be one of input, got 'kernel'"),
        ({"cover": ("C",)}, "panel must be one of input, got 'C'"),
        ({"mark": {"C": [(0, 0)]}}, "panel must be one of input, got 'C'"),
        ({"prompt": "long " * 65}, "a prompt has at most 320 characters, got 325"),
        ({"answer": choice("one", "two")}, "exactly one sentence must be true, got 2: one; two"),
        ({"answer": choice()}, "exactly one sentence must be true, got 0: none"),
        ({"answer": choice("one", sentences=("one", "two"))}, "at least 3 sentences to choose among, got 2"),
        ({"answer": choice("one", sentences=("one", "One.", "two"))}, "the same sentence stands there twice"),
        ({"traps": []}, "no trap is left"),
        ({"traps": [Trap((0, 2), "No rows.")]}, "nobody can give the answer [0, 2]"),
        ({"answer": Cells("input", [(0, 0)]), "traps": [Trap([(2, 0)], "x")]}, "input has no cell [2, 0]"),
        ({"answer": Numbers("input", [(5, 5)]), "traps": [Trap(1, "x")]}, "nobody can give this answer"),
        ({"answer": Fields({"a": 1, "b": 2}), "traps": [Trap(1, "x")]}, "nobody can give the answer [1.0]"),
        (
            {"answer": Fields({"a": float("nan")}), "traps": [Trap(1, "x")]},
            "nobody can give the answer [nan]",
        ),
        ({"answer": choice("one"), "traps": [Trap("four", "x")]}, "nobody can give the answer -1"),
        ({"traps": [Trap((2, 3), "It is right.")]}, "a trap is the right answer, 2x3"),
        ({"prompt": "Which size has the 2x3 input?"}, "the size 2x3 stands in sight"),
        ({"state": plain({"input": np.ones((2, 2))})}, "rows equal columns: 2x2"),
    ],
)
@pytest.mark.usefixtures("registered")
def test_a_bad_record_is_refused_in_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    question("99 Z")(lambda d: asked(**changes))
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        pose("99 Z")
    assert str(caught.value).startswith("question '99 Z': ")


@pytest.mark.usefixtures("registered")
def test_a_cropped_cell_is_no_answer() -> None:
    at = deconv_helpers.lessons.transposed.SIZES.at(input=[[1, 2, 3]], kernel=[[1, 5, 2]] * 3, padding=1)
    question("99 Z")(
        lambda d: asked(state=at, answer=Cells("output", [(-1, 0)]), traps=[Trap([(0, 0)], "x")])
    )
    with pytest.raises(ValueError, match="nobody can give the answer"):
        pose("99 Z")


@pytest.mark.usefixtures("registered")
def test_a_name_is_used_once() -> None:
    with pytest.raises(ValueError, match="question '01 A' is there already"):
        question("01 A")(lambda d: asked())


def test_a_wrong_name_or_seed_is_named() -> None:
    with pytest.raises(ValueError, match=r"name must be one of 00 A, .*, got '1A'"):
        ask("1A")
    with pytest.raises(ValueError, match="seed must be a whole number from 0 on, got -1"):
        pose("01 A", -1)


@pytest.mark.usefixtures("registered")
def test_a_draw_that_never_fits_ends() -> None:
    question("99 Z")(lambda d: d.unless(True) or asked())
    with pytest.raises(ValueError, match="of 200 draws with seed 3 none can be asked"):
        pose("99 Z", 3)


@pytest.mark.usefixtures("registered")
def test_a_draw_is_its_seed_and_its_name() -> None:
    def record(d: Draw) -> Ask:
        return asked(state=plain({"input": d.digits(2, 3)}))

    for name in ("98 A", "99 A"):
        question(name)(record)

    def values(name: str, seed: int) -> list[list[float]]:
        return pose(name, seed).ask.state.values("input").tolist()

    assert values("99 A", 5) == values("99 A", 5)
    assert values("99 A", 5) != values("99 A", 6)
    assert values("99 A", 5) != values("98 A", 5)


def test_a_trap_is_read_where_its_route_leads() -> None:
    posed = pose("01 A")
    stride_1, _, route = posed.wrong[0]
    assert isinstance(route, State)
    assert (stride_1, route.settings["stride"]) == ([4, 6], 1)


# The widget.


def unpacked(widget: Question) -> dict[str, Any]:
    raw = gzip.decompress(widget.payload)
    head: dict[str, Any] = json.loads(raw[8 : 8 + int.from_bytes(raw[:4], "little")])
    return head


@pytest.mark.parametrize("name", KINDS)
def test_a_question_holds_all_that_the_browser_needs(name: str) -> None:
    widget = ask(name, 2)
    head = unpacked(widget)
    assert 1 <= len(head["variants"]) <= 5
    assert head["variants"][0]["seed"] == 2
    assert len({(v["prompt"], str(v["true"]), v["why"]) for v in head["variants"]}) == len(head["variants"])
    assert len(widget.payload) < 32_000
    assert unpacked(Question(name, 2, variants=1))["variants"] == [head["variants"][0]]
    for variant in head["variants"]:
        posed = pose(name, variant["seed"])
        assert variant["prompt"] == posed.ask.prompt
        assert variant["true"] == posed.true
        assert variant["options"] == list(posed.options)
        assert [trap["wrong"] for trap in variant["traps"]] == [wrong for wrong, _, _ in posed.wrong]
        for trap, (_, _, route) in zip(variant["traps"], posed.wrong, strict=True):
            assert (trap["scene"] is None) == (route is None)
        shown = head["scenes"][variant["covered"]]
        assert [panel["name"] for panel in shown["panels"]] == [p.name for p in covered(posed).panels]
        assert (variant["panel"] is None) == (variant["kind"] in ("fields", "choice"))
        assert variant["panel"] is None or variant["panel"] in [p["name"] for p in shown["panels"]]
        assert variant["kind"] != "numbers" or len(variant["cells"]) == len(variant["true"])
        assert variant["kind"] != "fields" or len(variant["labels"]) == len(variant["true"])
        assert not head["scenes"][variant["open"]]["captions"]
    widget.close()


@pytest.mark.parametrize("name", NAMES)
def test_play_on_gets_to_the_state_that_was_asked_about(name: str) -> None:
    ask = pose(name, 1).ask
    at = ask.play or ask.state
    play = questions.play_from(at)
    assert (play is None) == (at.topic.name == "plain")
    if play:
        assert play["topic"] == at.topic.name
        there = at.topic.at(**play["settings"], **play["sources"]).scene
        for panel in at.scene.panels:
            np.testing.assert_array_equal(there[panel.name].values, panel.values)
        assert all(value in at.topic.listed[setting] for setting, value in play["settings"].items())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["04 A", "04 B", "04 C", "04 D", "04 E"])
def test_the_explorer_of_lesson_04_plays_on_along_the_columns(name: str, seed: int) -> None:
    """It has one axis, and makes of it as many cells as the question has columns, or the fewest of 04 E."""
    ask = pose(name, seed).ask
    play = questions.play_from(ask.play or ask.state)
    assert play
    settings = {name: value for name, value in play["settings"].items() if name != "kernel_size"}
    explorer = explore_sizes(play["sources"]["input"], play["sources"]["kernel"], **settings)
    assert explorer.topic == play["topic"]
    marks = explorer.scene()["output"].marks
    assert marks is not None
    fields, columns = getattr(ask.answer, "true", {}), ask.state.size("output") or ()
    assert (marks == DATA).sum() == (fields["at least"] if name == "04 E" else columns[1])
    explorer.close()


def test_where_the_settings_are_not_listed_there_is_nothing_to_play_on() -> None:
    assert questions.play_from(CONVOLUTION.at(stride=7)) is None


@pytest.mark.parametrize("name", KINDS)
def test_the_still_is_the_covered_picture_and_the_prompt(name: str) -> None:
    widget = ask(name)
    data, metadata = widget._repr_mimebundle_()
    assert metadata == {"deconv_helpers": {"view": "question"}}
    assert data["text/plain"] == repr(widget) == pose(name).text
    svg = embedded_svg(data["text/html"])
    assert svg
    words = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    assert html.escape(" ".join(pose(name).ask.prompt.split()[:3])) in words
    assert len(svg) < 30_000
    widget.close()


def test_a_still_outlines_the_numbers_that_are_asked_for() -> None:
    scene = questions.picture(pose("01 C"))
    assert {name: cells.tolist() for name, cells in scene.lit(1).items()} == {"output": [9, 10, 11]}
    assert scene.steps[0].caption == pose("01 C").text


def test_a_message_from_the_page_breaks_nothing() -> None:
    widget = ask("01 A")
    data = {"method": "custom", "content": {"kind": "committed"}}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": []})
    assert widget.message == ""
    widget.close()


def test_a_question_is_two_models_and_leaves_nothing_when_it_is_closed() -> None:
    def posed() -> int:
        return sum(isinstance(one, Posed) for one in gc.get_objects())

    gc.collect()
    before, held = set(_instances), posed()
    widget = ask("01 A")
    assert len(set(_instances) - before) == 2, "the question and its layout"
    assert posed() > held
    widget.close()
    assert set(_instances) == before
    assert widget.payload == b""
    gc.collect()
    assert posed() == held
    assert repr(widget) == pose("01 A").text
    assert widget.picture() is None


# What is written elsewhere.


def test_the_lines_of_a_notebook_and_the_rows_of_the_teacher() -> None:
    lines = questions.answers("01", ("00 B", 101)).splitlines()
    assert [re.match(r"- \*\*(.*?)\*\*: ", line)[1] for line in lines] == ["00 B", *questions.names("01")]  # type: ignore[index]
    assert lines[1] == ("- **01 A**: 2x3. floor((6 - 3)/2) + 1 = 2 rows, floor((8 - 3)/2) + 1 = 3 columns.")
    rows = questions.table("01").splitlines()
    assert len(rows) == len(questions.names("01"))
    for row in rows:
        assert len(re.split(r"(?<!\\)\|", row)) == 6, "four cells"
    assert "places.<br>3x2: Rows and columns are exchanged: rows come first.<br>" in rows[0], "a line each"
    borders = next(row for row in questions.table("00").splitlines() if row.startswith("| 00 B"))
    assert "[0, 9], [5, 0], [5, 9] |" in borders, "an answer is whole"
    assert "<br>(28 cells): On a border" in borders, "of a wrong one with many cells the sentence says enough"


def test_stars_in_a_sentence_stay_stars() -> None:
    assert "8\\*3 kernels of 3\\*3 weights" in questions.answer_line(pose("01 F"))


def test_every_question_has_a_picture() -> None:
    for name in NAMES:
        assert covered(pose(name)).panels, "a question has a picture"


@pytest.mark.parametrize("lesson", sorted({name.partition(" ")[0] for name in NAMES}))
def test_the_teachers_table_and_the_answers_of_the_lesson_are_those_of_the_records(lesson: str) -> None:
    """In the page for teachers, and under the notebook's last heading, earlier lessons' questions first."""
    root = Path(__file__).resolve().parent.parent
    assert table(lesson) in (root / "classroom" / "README.md").read_text(encoding="utf-8")
    (path,) = (root / "notebooks").glob(f"{lesson}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    asked = [
        (name, int(seed or 0))
        for cell in cells
        for name, seed in re.findall(r'^ask\("([^"]+)"(?:, seed=(\d+))?\)', cell.source, re.MULTILINE)
    ]
    earlier = [(name, seed) for name, seed in asked if not name.startswith(lesson)]
    assert sorted(name for name, _ in asked if name.startswith(lesson)) == names(lesson)
    heading, _, said = cells[-1].source.partition("\n\n")
    assert heading == "## Answers"
    assert said.strip().endswith(answers(lesson, *earlier))
