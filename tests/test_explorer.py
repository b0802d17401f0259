"""An explorer in Python: its states, what may be typed, what is refused, and what it leaves behind."""

from __future__ import annotations

import base64
import io
import re
import threading
from collections.abc import Iterator
from typing import Any

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from PIL import Image

from deconv_helpers import convolution_scene, explore_convolution
from deconv_helpers.scenes import explorer as module
from deconv_helpers.scenes.board import Board
from deconv_helpers.scenes.controls import MOST_STATES
from deconv_helpers.scenes.explorer import MARK, Explorer, explore
from deconv_helpers.scenes.scene import Panel, Scene, Step, message_scene

X = np.array([[1, 2, 3], [4, 5, 6]])
Y = np.array([[6, 5, 4, 3], [2, 1, 0, -1]])


def powers(x: np.ndarray, power: int = 1) -> Scene:
    """A scene that fails where a number is 13 and the power is 3."""
    if power == 3 and (np.asarray(x) == 13).any():
        raise ArithmeticError("thirteen cubed is more than we can say")
    values = np.asarray(x, float) ** power
    return Scene(
        (
            Panel("x", np.asarray(x, float), "input", "x", editable=True),
            Panel("y", values, "output", "y", sign="="),
        ),
        summary=f"power {power}: {values.tolist()}",
    )


@pytest.fixture
def made() -> Iterator[Explorer]:
    explorer = explore_convolution()
    yield explorer
    explorer.close()


@pytest.fixture
def small() -> Iterator[Explorer]:
    explorer = explore(powers, x={"2x3": X, "2x4": Y}, power=range(1, 4))
    yield explorer
    explorer.close()


def board(explorer: Explorer) -> Board:
    return explorer.children[-1]


def control(explorer: Explorer, description: str) -> Any:
    found = [w for row in explorer.children[:-1] for w in row.children]
    return next(w for w in found if getattr(w, "description", None) == description)


def typed(explorer: Explorer, content: Any) -> None:
    """A message from the browser, as ipywidgets hands it on."""
    board(explorer)._handle_custom_msg(content, [])


def everything(explorer: Explorer) -> Any:
    scenes = [explorer.scene(**settings).to_dict() for settings in explorer._settings]
    return (
        scenes,
        board(explorer).payload,
        explorer.settings,
        [(menu.value) for menu in explorer.children[0].children if isinstance(menu, ipywidgets.Dropdown)],
    )


# The states.


def test_a_scene_follows_the_controls_and_what_is_asked(made: Explorer) -> None:
    assert made.settings == {"kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1}
    assert made.scene()["output"].values.tolist() == [[122, 148], [126, 134]]
    control(made, "stride").value = 2
    assert made.settings["stride"] == 2
    assert made.scene()["output"].values.tolist() == [[122]]
    assert made.scene(padding=1)["output"].values.shape == (2, 2)
    assert made.settings["padding"] == 0, "asking moves no slider"


def test_the_board_gets_a_trait_for_each_control_and_its_scenes_in_order(small: Explorer) -> None:
    assert board(small).controls == [["power", 1, 3]]
    assert [small.scene(power=power).summary[:7] for power in (1, 2, 3)] == ["power 1", "power 2", "power 3"]


@pytest.mark.parametrize(
    ("values", "kind", "row"),
    [
        (range(2, 5), ipywidgets.IntSlider, ["k", 2, 3]),
        (range(1, 8, 2), ipywidgets.SelectionSlider, ["k", 0, 4]),
        (range(3, 0, -1), ipywidgets.SelectionSlider, ["k", 0, 3]),
        ((False, True), ipywidgets.Checkbox, ["k", 0, 2]),
        (("ones", "random"), ipywidgets.Dropdown, ["k", 0, 2]),
        ((2, 5), ipywidgets.Dropdown, ["k", 0, 2]),
        (range(7, 8), ipywidgets.IntSlider, ["k", 7, 1]),
    ],
)
def test_each_kind_of_values_gets_its_control(values: Any, kind: type, row: list[Any]) -> None:
    explorer = explore(lambda k: message_scene(f"k is {k}"), k=values)
    assert type(control(explorer, "k")) is kind
    assert board(explorer).controls == [row]
    assert explorer.settings == {"k": values[0]}
    for value in values:
        control(explorer, "k").value = value
        assert explorer.scene().summary == f"k is {value}"
    explorer.close()


def test_the_last_control_varies_fastest() -> None:
    explorer = explore(lambda a, b: message_scene(f"{a} {b}"), a=range(2), b=("x", "y"))
    assert [scene.summary for scene in explorer._scenes] == ["0 x", "0 y", "1 x", "1 y"]
    explorer.close()


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"stride": 4}, ValueError, "stride must be one of 1, 2, 3, got 4"),
        ({"stride": "2"}, ValueError, "stride must be one of 1, 2, 3, got '2'"),
        ({"stride": None}, ValueError, "stride must be one of 1, 2, 3, got None"),
        ({"stride": 1.5}, ValueError, "got 1.5"),
        ({"stride": [1]}, ValueError, r"got \[1\]"),
        ({"stride": np.array([1, 2])}, ValueError, r"got array\(\[1, 2\]\)"),
        ({"strides": 1}, TypeError, "strides is no control .* kernel_size, stride, padding, dilation"),
        ({"input": "6x8, digits"}, TypeError, "input is no control"),
    ],
)
def test_a_state_that_is_none_is_refused(
    made: Explorer, settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        made.scene(**settings)


@pytest.mark.parametrize(
    ("presets", "message"),
    [
        ({"x": "3x3"}, "x must be one of '2x3', '2x4', got '3x3'"),
        ({"x": None}, "x must be one of .*got None"),
        ({"x": ["2x3"]}, r"x must be one of .*got \['2x3'\]"),
        ({"x": np.ones((2, 2))}, "x must be one of '2x3', '2x4', got array"),
        ({"y": "2x3"}, "y is no source of this explorer; it has x"),
        ({"power": "2"}, "power is no source"),
    ],
)
def test_a_preset_that_is_none_is_refused(small: Explorer, presets: dict[str, Any], message: str) -> None:
    before = everything(small)
    with pytest.raises(ValueError, match=message):
        small.choose(**presets)
    assert everything(small) == before


# What may be typed.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("7", 7), (" -0.5 ", -0.5), ("", 0), ("  ", 0), ("1e30", 1e30), ("-1e30", -1e30), (".5", 0.5)),
        *(("+3", 3), ("-0", 0), ("1e-320", 1e-320), ("\n3", 3), ("٣", 3), ("３", 3), ("0" * 400, 0)),
    ],
)
def test_a_number_is_a_number(small: Explorer, text: str, value: float) -> None:
    small.edit("x", 4, text)
    assert small.scene(power=2)["x"].values.tolist() == [[1, 2, 3], [4, value, 6]]
    assert small.scene(power=2)["y"].values[1, 1] == value**2


@pytest.mark.parametrize(
    "text",
    [
        *(
            "__import__('os')",
            "2+2",
            "<b>",
            "<img src=x onerror=alert(1)>",
            "1,5",
            "1 2",
            "0x10",
            "nan",
            "-nan",
        ),
        *(
            "٣,٥",
            "½",
            "²",
            "∞",
            "None",
            "one",
            "1e",
            "--1",
            "1e400",
            "inf",
            "-Infinity",
            "9" * 400,
            "1.001e30",
        ),
        *("\x00", "'; drop table", "{}", "%s", "\N{ZERO WIDTH SPACE}1"),
    ],
)
def test_anything_else_is_refused_in_words_and_changes_nothing(small: Explorer, text: str) -> None:
    before = everything(small)
    with pytest.raises(ValueError, match=r"is not a number|is too large") as caught:
        small.edit("x", 0, text)
    assert len(str(caught.value)) < 120
    assert everything(small) == before
    typed(small, {"kind": "edit", "scene": 0, "panel": "x", "cell": 0, "text": text})
    assert board(small).message == str(caught.value)
    assert everything(small) == before


@pytest.mark.parametrize("text", [None, 5, 1.5, True, b"3", ["3"]])
def test_what_is_no_text_is_refused(small: Explorer, text: Any) -> None:
    with pytest.raises(TypeError, match=re.escape(f"text must be a str, got {text!r}")):
        small.edit("x", 0, text)


@pytest.mark.parametrize("cell", [-1, 6, 10**30, 0.5, "0", None, [0], float("nan")])
def test_a_cell_that_is_none_is_refused(small: Explorer, cell: Any) -> None:
    with pytest.raises(
        ValueError, match=re.escape(f"cell must be one of the 6 data cells of x, got {cell!r}")
    ):
        small.edit("x", cell, "1")


@pytest.mark.parametrize("panel", ["y", "power", "nope", None, 3, ["x"]])
def test_a_panel_that_takes_no_numbers_is_refused(small: Explorer, panel: Any) -> None:
    message = f"panel must be one to type into (x), got {panel!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        small.edit(panel, 0, "1")


def test_padding_takes_no_number_and_data_cells_are_counted_with_it(made: Explorer) -> None:
    with pytest.raises(ValueError, match="cell must be one of the 16 data cells of input, got 0"):
        made.edit("input", 0, "1", padding=1)
    made.edit("input", 7, "-9", padding=1)
    assert made.scene(padding=0)["input"].values[0].tolist() == [-9, 5, 8, 7]
    made.edit("input", 28, "70", padding=1)
    assert made.scene(padding=0)["input"].values[3].tolist() == [6, 5, 7, 70]


def test_a_message_has_nothing_to_type_into(made: Explorer) -> None:
    with pytest.raises(ValueError, match=r"panel must be one to type into \(none here\), got 'input'"):
        made.edit("input", 0, "1", kernel_size=5, dilation=3)


def test_an_editable_panel_without_a_source_takes_nothing() -> None:
    explorer = explore(lambda k: powers(X), k=range(2))
    with pytest.raises(ValueError, match="none here"):
        explorer.edit("x", 0, "1")
    explorer.close()


def test_what_was_typed_survives_the_sliders(made: Explorer) -> None:
    made.edit("input", 0, "9")
    made.edit("kernel", 1, "-2", kernel_size=2)
    for settings in ({"stride": 2}, {"padding": 2}, {"kernel_size": 1, "dilation": 3}):
        panel = made.scene(**settings)["input"]
        assert panel.values[panel.marks == 0][0] == 9
    assert made.scene(kernel_size=2, stride=3)["kernel"].values.ravel()[1] == -2
    assert made.scene(kernel_size=3)["kernel"].values.ravel()[1] == 4, "another size is another kernel"
    expected = convolution_scene(
        made.scene()["input"].values, made.scene(kernel_size=2)["kernel"].values, dilation=2
    )
    assert made.scene(kernel_size=2, dilation=2).to_dict() == expected.to_dict()


def test_a_preset_drops_what_was_typed_into_its_source_alone(made: Explorer) -> None:
    made.edit("input", 0, "9")
    made.edit("kernel", 0, "8")
    made.choose(input="5x7, digits")
    assert made.scene()["kernel"].values[0, 0] == 8
    made.edit("input", 1, "-5")
    made.choose(input="4x4, example A")
    assert made.scene()["input"].values[0, 0] == 4
    assert made.scene()["kernel"].values[0, 0] == 8
    made.choose(input="5x7, digits")
    assert made.scene()["input"].values[0, 1] != -5
    made.undo_edits()
    assert made.scene()["kernel"].values[0, 0] == 1


def test_undo_is_there_when_there_is_something_to_undo(small: Explorer) -> None:
    undo = control(small, "Undo edits")
    assert undo.disabled
    small.edit("x", 0, "9")
    assert not undo.disabled
    undo.click()
    assert undo.disabled
    assert small.scene()["x"].values.tolist() == X.tolist()


def test_editing_leaves_the_presets_as_they_were(small: Explorer) -> None:
    small.edit("x", 0, "9")
    assert X.tolist() == [[1, 2, 3], [4, 5, 6]]


# What goes wrong.


def test_a_scene_that_cannot_be_built_leaves_everything_as_it_was(small: Explorer) -> None:
    small.edit("x", 1, "2.5")
    before = everything(small)
    with pytest.raises(ArithmeticError):
        small.edit("x", 0, "13")
    assert everything(small) == before
    small.edit("x", 0, "12")
    assert small.scene()["x"].values[0].tolist() == [12, 2.5, 3]


def test_a_scene_that_cannot_be_sent_leaves_everything_as_it_was(
    small: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(small)

    def fail(scenes: object) -> bytes:
        raise MemoryError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(module, "pack", fail)
        with pytest.raises(MemoryError):
            small.choose(x="2x4")
    assert everything(small) == before


def test_a_menu_whose_choice_fails_goes_back_and_says_why() -> None:
    explorer = explore(powers, x={"fine": X, "unlucky": X + 12}, power=range(1, 4))
    before = everything(explorer)
    control(explorer, "x").value = "unlucky"
    assert board(explorer).message == "thirteen cubed is more than we can say"
    assert everything(explorer) == before
    explorer.close()


def test_a_menu_and_choose_do_the_same(small: Explorer) -> None:
    control(small, "x").value = "2x4"
    by_menu = everything(small)
    small.choose(x="2x3")
    assert control(small, "x").value == "2x3"
    small.choose(x="2x4")
    assert everything(small) == by_menu


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "edit"},
        {"kind": "edit", "scene": 99, "panel": "x", "cell": 0, "text": "1"},
        {"kind": "edit", "scene": "0", "panel": "x", "cell": 0, "text": "1"},
        {"kind": "edit", "scene": 0, "panel": "<b>", "cell": 0, "text": "1"},
        {"kind": "edit", "scene": 0, "panel": "x", "cell": 99, "text": "1"},
        {"kind": "edit", "scene": 0, "panel": "x", "cell": None, "text": None},
        {"kind": "edit", "scene": 2, "panel": "x", "cell": 0, "text": "13"},
    ],
)
def test_what_a_callback_raises_becomes_the_message(
    small: Explorer, content: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(small)
    typed(small, content)
    assert board(small).message
    assert everything(small) == before
    typed(small, {"kind": "edit", "scene": 1, "panel": "x", "cell": 0, "text": "-0.5"})
    assert board(small).message == ""
    assert small.scene(power=2)["y"].values[0, 0] == 0.25
    assert capsys.readouterr() == ("", "")


def test_a_message_of_another_kind_is_left_alone(small: Explorer) -> None:
    before = everything(small)
    typed(small, {"kind": "hello"})
    assert everything(small) == before
    assert board(small).message == ""


def test_callbacks_from_several_threads_leave_one_state(small: Explorer) -> None:
    def type_many(cell: int) -> None:
        for number in range(10):
            typed(small, {"kind": "edit", "scene": 0, "panel": "x", "cell": cell, "text": str(number)})

    threads = [threading.Thread(target=type_many, args=(cell,)) for cell in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    assert board(small).message == ""
    assert small.scene(power=2)["y"].values.tolist() == [[81] * 3] * 2


# Called wrongly.


def none(**_: Any) -> Any:
    return None


@pytest.mark.parametrize(
    ("build", "controls", "error", "message"),
    [
        (5, {}, TypeError, "build must be a function that returns a Scene, got 5"),
        (none, {"k": range(2)}, TypeError, r"build must return a Scene, got None for \{'k': 0\}"),
        (lambda k: X, {"k": range(2)}, TypeError, "build must return a Scene, got array"),
        (powers, {"x": X}, TypeError, "x must be a dict of arrays, a range or a tuple, got ndarray"),
        (powers, {"x": {"a": X}, "power": [1, 2]}, TypeError, "power must be .*, got list"),
        (powers, {"x": {"a": X}, "power": 3}, TypeError, "power must be .*, got int"),
        (powers, {"x": {"a": X}, "power": "abc"}, TypeError, "power must be .*, got str"),
        (powers, {"x": {"a": X}, "power": None}, TypeError, "power must be .*, got NoneType"),
        (powers, {"x": {}}, ValueError, r"x must list at least one value, got \{\}"),
        (powers, {"x": {"a": X}, "power": range(3, 1)}, ValueError, r"power must list .* got range\(3, 1\)"),
        (powers, {"x": {"a": X}, "power": ()}, ValueError, r"power must list at least one value, got \(\)"),
        (powers, {"x": {"a": X}, "pover": range(1, 3)}, TypeError, "pover"),
        (powers, {"power": range(1, 3)}, TypeError, "'x'"),
        (
            none,
            {"a": range(50), "b": range(50)},
            ValueError,
            f"a, b must have at most {MOST_STATES} .* got 2500",
        ),
        *(
            (none, {name: range(2)}, ValueError, f"{name} is a name that the board has in use")
            for name in ("step", "n_steps", "large", "payload", "controls", "message", "keys", "log", "comm")
        ),
        (powers, {"x": {"a": X}, "start": range(3)}, TypeError, r"start must be a dict .* got range\(0, 3\)"),
        (powers, {"x": {"a": X}, "start": {"x": "a"}}, ValueError, r"start must name listed .*\(none here\)"),
        (
            none,
            {"k": range(3), "start": {"l": 1}},
            ValueError,
            r"start must name listed controls \(k\), got 'l'",
        ),
        (none, {"k": range(3), "start": {"k": 7}}, ValueError, "start must give k one of 0, 1, 2, got 7"),
        (none, {"k": range(3), "start": {"k": X}}, ValueError, "start must give k one of 0, 1, 2, got array"),
    ],
)
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_wrong_call_is_answered_by_name(
    build: Any, controls: dict[str, Any], error: type[Exception], message: str
) -> None:
    before = len(_instances)
    with pytest.raises(error, match=message):
        explore(build, **controls)
    assert len(_instances) == before, "a failed call leaves no widget behind"


def test_a_control_may_have_the_name_of_an_argument_of_edit() -> None:
    explorer = explore(
        lambda x, panel, text: powers(x, panel), x={"a": X}, panel=range(1, 3), text=("a", "b")
    )
    explorer.edit("x", 0, "5", panel=2, text="b")
    assert explorer.scene(panel=2)["y"].values[0, 0] == 25
    explorer.close()


# What it leaves behind, and what it looks like elsewhere.


@pytest.mark.parametrize("make", [explore_convolution, lambda: explore(powers, x={"a": X}, power=(1, 2))])
def test_close_closes_every_widget_it_made(make: Any) -> None:
    before = set(_instances)
    explorer = make()
    assert len(_instances) > len(before) + 10
    explorer.edit(explorer.scene().panels[0].name, 0, "2")
    explorer._repr_mimebundle_()
    explorer.close()
    assert set(_instances) == before
    explorer.close()


class Shell:
    def __init__(self) -> None:
        self.parent: dict[str, Any] = {}

    def run(self, cell: str | None, number: int) -> Explorer:
        metadata = {} if cell is None else {"cellId": cell}
        self.parent = {"metadata": metadata, "header": {"msg_id": f"{cell} {number}"}}
        return explore(powers, x={"a": X})

    def get_parent(self) -> dict[str, Any]:
        return self.parent


def test_a_cell_that_runs_again_closes_what_it_made_before(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell()
    monkeypatch.setattr(module, "get_ipython", lambda: shell)
    monkeypatch.setattr(module, "_SHOWN", {})
    other = shell.run("another cell", 1)
    nowhere = shell.run(None, 1)
    one, two = shell.run("cell", 1), shell.run("cell", 1)
    count = len(_instances)
    for number in range(2, 5):
        again = [shell.run("cell", number), shell.run("cell", number)]
        assert len(_instances) == count
    assert one.comm is None
    assert two.comm is None
    assert all(explorer.comm is not None for explorer in (other, nowhere, *again))
    for explorer in (other, nowhere, *again):
        explorer.close()


def test_displayed_it_is_a_view_a_picture_and_words(made: Explorer) -> None:
    data, metadata = made._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == made.model_id
    assert list(metadata) == [MARK]
    picture = base64.b64decode(data["image/png"])
    assert min(Image.open(io.BytesIO(picture)).size) > 100
    assert len(picture) < 60 * 1024
    assert data["text/plain"] == repr(made) == made.scene().summary
    assert "0x" not in data["text/plain"]
    assert "122  148" in data["text/plain"]


def test_what_is_displayed_is_the_state_at_display(made: Explorer) -> None:
    first = made._repr_mimebundle_()[0]
    assert made._repr_mimebundle_()[0] == first
    control(made, "padding").value = 1
    second = made._repr_mimebundle_()[0]
    assert "padding 1" in second["text/plain"]
    assert second["image/png"] != first["image/png"]


def test_a_message_is_displayed_too() -> None:
    explorer = explore_convolution(kernel_size=5, dilation=3)
    data, _ = explorer._repr_mimebundle_()
    assert data["text/plain"].startswith("The kernel reaches over 13x13 cells")
    assert data["image/png"]
    explorer.close()


@pytest.mark.parametrize(("stepped", "players"), [(True, 1), (False, 0)])
def test_there_is_play_where_there_is_something_to_step_through(stepped: bool, players: int) -> None:
    def build(times: int) -> Scene:
        x = Panel("x", np.array([[1.0, 2.0, 3.0]]) * times, "input", "x")
        steps = (Step(np.array([0]), "the first"),) if stepped else ()
        return Scene((x,), np.array([[0], [1], [2]]), steps)

    made = explore(build, times=range(1, 3))
    rows = [control for row in made.children[:-1] for control in row.children]
    assert sum(isinstance(control, ipywidgets.Play) for control in rows) == players
    made.close()


def test_play_and_the_step_slider_end_where_the_scene_does(made: Explorer) -> None:
    assert board(made).n_steps == 4
    assert control(made, "step").max == 4
    explorer = explore_convolution(kernel_size=5, dilation=3)
    assert control(explorer, "step").max == 1, "a slider needs room even where nothing moves"
    explorer.close()
