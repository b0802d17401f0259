"""An explorer in Python: its controls, what may be typed, what is refused, and what it leaves behind."""

from __future__ import annotations

import gc
import re
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ipywidgets
import numpy as np
import pytest
import traitlets
from IPython.core.formatters import DisplayFormatter
from ipywidgets.widgets.widget import _instances
from scenes import plain, read, unpack

from deconv_helpers import convolution_scene, explore_convolution
from deconv_helpers.scenes import explorer as module
from deconv_helpers.scenes.controls import MOST_STATES
from deconv_helpers.scenes.drawing import embedded_svg
from deconv_helpers.scenes.explorer import MARK, Explorer, explore
from deconv_helpers.scenes.scene import Panel, Scene, Step, message_scene

X = np.array([[1, 2, 3], [4, 5, 6]])
Y = np.array([[6, 5, 4, 3], [2, 1, 0, -1]])
VIEW = "application/vnd.jupyter.widget-view+json"


def powers(x: np.ndarray, power: int = 1) -> Scene:
    """A scene that fails where a number is 13 and the power is 3."""
    if power == 3 and (np.asarray(x) == 13).any():
        raise ArithmeticError("thirteen cubed is more than we can say")
    values = np.asarray(x, float) ** power
    return Scene(
        (
            Panel("x", np.asarray(x, float), role="input", editable=True),
            Panel("y", values, role="output", sign="="),
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


def typed(explorer: Explorer, content: Any) -> None:
    """A message from the browser, as a kernel hands it on."""
    data = {"method": "custom", "content": content}
    explorer.comm.handle_msg({"content": {"data": data}, "buffers": []})


def everything(explorer: Explorer) -> Any:
    """All that an explorer shows or would show."""
    return (
        [plain(explorer.scene(**settings)) for settings in explorer.states],
        explorer.payload,
        {name: getattr(explorer, name) for name in explorer.options},
    )


class Sent:
    """What an explorer sends to the pages that show it."""

    def __init__(self, explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: list[dict[str, Any]] = []

        def keep(data: dict[str, Any], metadata: Any = None, buffers: Any = ()) -> None:
            found = dict(zip([name for (name,) in data.get("buffer_paths", ())], buffers or (), strict=True))
            self.messages.append({**data, "state": {**data.get("state", {}), **found}})

        monkeypatch.setattr(explorer.comm, "send", keep)

    @property
    def states(self) -> dict[str, Any]:
        """The last value of each trait that was sent."""
        updates = [message["state"] for message in self.messages if message["method"] == "update"]
        return {name: value for state in updates for name, value in state.items()}


@pytest.fixture
def sent(small: Explorer, monkeypatch: pytest.MonkeyPatch) -> Sent:
    return Sent(small, monkeypatch)


# The controls.


def test_a_scene_follows_the_controls_and_what_is_asked(made: Explorer) -> None:
    assert made.settings == {"kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1}
    assert made.scene()["output"].values.tolist() == [[122, 148], [126, 134]]
    made.stride = 2
    assert made.settings["stride"] == 2
    assert made.scene()["output"].values.tolist() == [[122]]
    assert made.scene(padding=1)["output"].values.shape == (2, 2)
    assert made.padding == 0, "asking moves no slider"


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        (range(2, 5), "slider", ["2", "3", "4"]),
        (range(3, 0, -2), "slider", ["3", "1"]),
        ((2, 5.5), "slider", ["2", "5.5"]),
        ((1e-3, 1e-2), "slider", ["10⁻³", "10⁻²"]),
        ((False, True), "check", ["False", "True"]),
        (("ones", "random"), "menu", ["ones", "random"]),
        (range(7, 8), "slider", ["7"]),
    ],
)
def test_each_kind_of_values_gets_its_control(values: Any, kind: str, texts: list[str]) -> None:
    explorer = explore(lambda kernel_size: message_scene(f"it is {kernel_size}"), kernel_size=values)
    assert explorer.controls == [
        {
            "name": "kernel_size",
            "label": "kernel size",
            "kind": kind,
            "values": list(values),
            "texts": texts,
        }
    ]
    assert explorer.initial == explorer.settings == {"kernel_size": values[0]}
    for value in values:
        explorer.kernel_size = value
        assert explorer.scene().summary == f"it is {value}"
    explorer.close()


def test_menus_of_arrays_come_first_and_begin_with_their_first(small: Explorer) -> None:
    assert [(c["name"], c["kind"], c["values"]) for c in small.controls] == [
        ("x", "source", ["2x3", "2x4"]),
        ("power", "slider", [1, 2, 3]),
    ]
    assert (small.x, small.power) == ("2x3", 1)
    assert {name: control.values for name, control in small.options.items()} == {
        "x": ("2x3", "2x4"),
        "power": range(1, 4),
    }


def test_all_that_a_page_must_know_is_synchronised(small: Explorer) -> None:
    assert {"x", "power", "step", "playing", "large", "payload", "message", "initial"} <= set(small.keys)
    other = explore(lambda: message_scene("Wait."))
    assert not hasattr(other, "power"), "the controls of one explorer are no other's"
    other.close()


def test_the_last_control_varies_fastest() -> None:
    explorer = explore(lambda a, b: message_scene(f"{a} {b}"), a=range(2), b=("x", "y"))
    assert [explorer.scene(**state).summary for state in explorer.states] == ["0 x", "0 y", "1 x", "1 y"]
    assert [found["notes"][0][1] for found in read(explorer.payload)] == ["0 x", "0 y", "1 x", "1 y"]
    explorer.close()


NO_VALUE: list[tuple[str, Any, str]] = [
    ("power", 4, "power must be one of 1, 2, 3, got 4"),
    ("power", "2", "power must be one of 1, 2, 3, got '2'"),
    ("power", True, "power must be one of 1, 2, 3, got True"),
    ("power", 1.5, "power must be one of 1, 2, 3, got 1.5"),
    ("power", [1], "power must be one of 1, 2, 3, got [1]"),
    ("power", np.array([1, 2]), "power must be one of 1, 2, 3, got array([1, 2])"),
    ("x", "3x3", "x must be one of '2x3', '2x4', got '3x3'"),
    ("x", None, "x must be one of '2x3', '2x4', got None"),
]


@pytest.mark.parametrize(("name", "value", "message"), NO_VALUE)
def test_a_value_that_is_not_listed_is_refused(small: Explorer, name: str, value: Any, message: str) -> None:
    before = everything(small)
    with pytest.raises(traitlets.TraitError, match=f"^{re.escape(message)}$"):
        setattr(small, name, value)
    assert everything(small) == before
    if name == "power":
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            small.scene(**{name: value})


def test_a_scene_is_asked_for_by_the_listed_controls_alone(small: Explorer) -> None:
    for name in ("x", "powers"):
        with pytest.raises(TypeError, match=f"{name} is no control of this explorer; it has power"):
            small.scene(**{name: "2x4"})


def test_what_a_page_sets_is_taken(small: Explorer, sent: Sent) -> None:
    small.set_state({"power": 3, "x": "2x4", "step": 0})
    assert small.scene()["y"].values.tolist() == (Y.astype(float) ** 3).tolist()
    assert small.message == ""
    assert "power" not in sent.states, "no echo: the page that moved it has moved on"
    assert read(sent.states["payload"]) == [plain(small.scene(**state)) for state in small.states]


@pytest.mark.parametrize(
    ("name", "value"), [("power", 9), ("power", "2"), ("power", None), ("power", [1]), ("x", "3x3"), ("x", 0)]
)
def test_a_page_that_brings_a_value_that_is_not_listed_gets_back_what_stands(
    small: Explorer, sent: Sent, name: str, value: Any
) -> None:
    """A slider of the reader's own may be tied to a control and go further than it."""
    small.power = 2
    before = everything(small)
    small.set_state({name: value})
    assert everything(small) == before
    assert sent.states[name] == getattr(small, name)


def test_other_widgets_hear_move_and_hold_it(small: Explorer) -> None:
    heard: list[int] = []
    small.observe(lambda change: heard.append(change["new"]), "power")
    slider = ipywidgets.IntSlider(1, 1, 3)
    menu = ipywidgets.Dropdown(options=["2x3", "2x4"])
    ties = [
        ipywidgets.link((slider, "value"), (small, "power")),
        ipywidgets.link((menu, "value"), (small, "x")),
    ]
    browser = ipywidgets.jslink((slider, "value"), (small, "power"))
    box = ipywidgets.VBox([slider, small])
    assert box.children[1] is small
    slider.value, menu.value = 3, "2x4"
    assert heard == [3]
    assert small.scene()["y"].values[0, 0] == 6**3
    small.power = 2
    assert slider.value == 2
    for tie in ties:
        tie.unlink()
    for widget in (
        browser,
        box,
        box.layout,
        slider,
        slider.layout,
        slider.style,
        menu,
        menu.layout,
        menu.style,
    ):
        widget.close()


# What may be typed.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("7", 7), (" -0.5 ", -0.5), ("", 0), ("1e30", 1e30), ("-1e30", -1e30), (".5", 0.5), ("+3", 3)),
        *(
            ("1e-320", 1e-320),
            ("\n3", 3),
            ("٣", 3),
            ("0" * 400, 0),
            ("1,5", 1.5),
            ("−2", -2),
            ("-3/4", -0.75),
        ),
    ],
)
def test_a_number_is_a_number(small: Explorer, text: str, value: float) -> None:
    small.edit("x", 4, text)
    assert small.scene(power=2)["x"].values.tolist() == [[1, 2, 3], [4, value, 6]]
    assert small.scene(power=2)["y"].values[1, 1] == value**2


@pytest.mark.parametrize(
    "text",
    [
        *("__import__('os')", "2+2", "<img src=x onerror=alert(1)>", "1,5,2", "1 2", "0x10", "nan", "½", "∞"),
        *(
            "one",
            "1e",
            "--1",
            "1e400",
            "-Infinity",
            "9" * 400,
            "1.001e30",
            "\x00",
            "1/0",
            "1/2/3",
            "0/0",
            "1/x",
        ),
    ],
)
def test_anything_else_is_refused_in_words_and_changes_nothing(small: Explorer, text: str) -> None:
    before = everything(small)
    with pytest.raises(ValueError, match=r"is not a number|is too large") as caught:
        small.edit("x", 0, text)
    assert len(str(caught.value)) < 120
    assert everything(small) == before
    typed(small, {"kind": "edit", "scene": 0, "panel": "x", "cell": 0, "text": text})
    assert small.message == str(caught.value)
    assert everything(small) == before


@pytest.mark.parametrize("text", [None, 5, True, b"3", ["3"]])
def test_what_is_no_text_is_refused(small: Explorer, text: Any) -> None:
    with pytest.raises(TypeError, match=re.escape(f"text must be a str, got {text!r}")):
        small.edit("x", 0, text)


@pytest.mark.parametrize("cell", [-1, 6, 0.5, "0", None, [0], float("nan")])
def test_a_cell_that_is_none_is_refused(small: Explorer, cell: Any) -> None:
    with pytest.raises(
        ValueError, match=re.escape(f"cell must be one of the 6 data cells of x, got {cell!r}")
    ):
        small.edit("x", cell, "1")


@pytest.mark.parametrize("panel", ["y", "power", "nope", None, ["x"]])
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
    made.edit("input", 15, "5", stride=3)  # no window of a 3x3 kernel reads it with stride 3
    assert made.scene(stride=3)["input"].values[3, 3] == 5


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
        assert panel.values.flat[panel.data[0]] == 9
    assert made.scene(kernel_size=2, stride=3)["kernel"].values.ravel()[1] == -2
    assert made.scene(kernel_size=3)["kernel"].values.ravel()[1] == 4, "another size is another kernel"
    expected = convolution_scene(
        made.scene()["input"].values, made.scene(kernel_size=2)["kernel"].values, dilation=2
    )
    assert plain(made.scene(kernel_size=2, dilation=2)) == plain(expected)


def test_a_preset_drops_what_was_typed_into_its_source_alone(made: Explorer) -> None:
    made.edit("input", 0, "9")
    made.edit("kernel", 0, "8")
    made.input = "5x7, digits"
    assert made.scene()["kernel"].values[0, 0] == 8
    made.edit("input", 1, "-5")
    made.input = "4x4, example A"
    assert made.scene()["input"].values[0, 0] == 4
    assert made.scene()["kernel"].values[0, 0] == 8
    made.input = "5x7, digits"
    assert made.scene()["input"].values[0, 1] != -5
    made.undo_edits()
    assert made.scene()["kernel"].values[0, 0] == 1


def test_the_page_is_told_whether_there_is_something_to_undo_and_what_is_chosen(small: Explorer) -> None:
    def told() -> Any:
        head, _ = unpack(small.payload)
        return head["edited"], head["chosen"]

    assert told() == (False, {"x": "2x3"})
    small.edit("x", 0, "9")
    assert told() == (True, {"x": "2x3"})
    typed(small, {"kind": "undo"})
    assert told() == (False, {"x": "2x3"})
    assert small.scene()["x"].values.tolist() == X.tolist()
    small.x = "2x4"
    assert told() == (False, {"x": "2x4"})
    assert X.tolist() == [[1, 2, 3], [4, 5, 6]], "the presets stay as they were"


def test_an_answer_follows_every_question(small: Explorer, sent: Sent) -> None:
    typed(small, {"kind": "edit", "scene": 0, "panel": "x", "cell": 0, "text": "x"})
    typed(small, {"kind": "edit", "scene": 0, "panel": "x", "cell": 0, "text": "2"})
    answers = [message["content"] for message in sent.messages if message["method"] == "custom"]
    assert answers == [{"kind": "answered"}] * 2
    assert sent.messages[-1]["method"] == "custom", "it comes when all else has"


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

    def fail(*scenes: object, **more: object) -> bytes:
        raise MemoryError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(module, "pack", fail)
        with pytest.raises(MemoryError):
            small.x = "2x4"
        with pytest.raises(MemoryError):
            small.edit("x", 0, "7")
    assert everything(small) == before
    small.edit("x", 1, "5")
    assert small.scene()["x"].values[0].tolist() == [1, 5, 3], "what failed comes back with nothing"


def test_a_menu_whose_choice_fails_goes_back_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = explore(powers, x={"fine": X, "unlucky": X + 12}, power=range(1, 4))
    before = everything(explorer)
    with pytest.raises(ArithmeticError, match="thirteen cubed"):
        explorer.x = "unlucky"
    assert everything(explorer) == before
    sent = Sent(explorer, monkeypatch)
    explorer.set_state({"x": "unlucky"})
    assert explorer.message == "thirteen cubed is more than we can say"
    assert everything(explorer) == before
    assert sent.states["x"] == "fine"
    explorer.close()


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "edit"},
        {"kind": "edit", "scene": 99, "panel": "x", "cell": 0, "text": "1"},
        {"kind": "edit", "scene": "0", "panel": "x", "cell": 0, "text": "1"},
        {"kind": "edit", "scene": 0, "panel": "<b>", "cell": 0, "text": "1"},
        {"kind": "edit", "scene": 0, "panel": "x", "cell": None, "text": None},
        {"kind": "edit", "scene": 2, "panel": "x", "cell": 0, "text": "13"},
    ],
)
def test_what_a_callback_raises_becomes_the_message(
    small: Explorer, content: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(small)
    typed(small, content)
    assert small.message
    assert everything(small) == before
    typed(small, {"kind": "edit", "scene": 1, "panel": "x", "cell": 0, "text": "-0.5"})
    assert small.message == ""
    assert small.scene(power=2)["y"].values[0, 0] == 0.25
    assert capsys.readouterr() == ("", "")


def test_a_message_of_another_kind_is_left_alone(small: Explorer) -> None:
    before = everything(small)
    typed(small, {"kind": "hello"})
    assert everything(small) == before
    assert small.message == ""


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
    assert small.message == ""
    assert small.scene(power=2)["y"].values.tolist() == [[81] * 3] * 2


# Called wrongly.


def none(**_: Any) -> Any:
    return None


TAKEN = ("step", "large", "payload", "message", "keys", "comm", "blur", "focus", "log", "observe", "tooltip")
TAKEN += ("widgets", "model_id", "scene", "_x")

WRONG_CALLS: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    (5, {}, TypeError, "build must be a function that returns a Scene, got 5"),
    (none, {"k": range(2)}, TypeError, r"build must return a Scene, got None for \{'k': 0\}"),
    (lambda k: X, {"k": range(2)}, TypeError, "build must return a Scene, got array"),
    (powers, {"x": X}, TypeError, "x must be a dict of arrays, a range or a tuple, got ndarray"),
    (powers, {"x": {"a": X}, "power": [1, 2]}, TypeError, "power must be .*, got list"),
    (powers, {"x": {"a": X}, "power": "abc"}, TypeError, "power must be .*, got str"),
    (powers, {"x": {"a": X}, "power": (1, None)}, TypeError, "power must list numbers, words or .* got None"),
    (powers, {"x": {}}, ValueError, r"x must list at least one value, got \{\}"),
    (powers, {"x": {"a": X}, "power": range(3, 1)}, ValueError, r"power must list .* got range\(3, 1\)"),
    (powers, {"x": {"a": X}, "pover": range(1, 3)}, TypeError, "pover"),
    (powers, {"power": range(1, 3)}, TypeError, "'x'"),
    (none, {"a": range(50), "b": range(50)}, ValueError, f"a, b must have at most {MOST_STATES} .* got 2500"),
    *((none, {name: range(2)}, ValueError, f"{name} is a name that explorers have in use") for name in TAKEN),
    (powers, {"x": {"a": X}, "start": range(3)}, TypeError, r"start must be a dict .* got range\(0, 3\)"),
    (powers, {"x": {"a": X}, "start": {"x": "b"}}, ValueError, "x must be one of 'a', got 'b'"),
    (none, {"k": range(3), "start": {"l": 1}}, ValueError, "l is no control here; there are: k"),
    (none, {"k": range(3), "start": {"k": 7}}, ValueError, "k must be one of 0, 1, 2, got 7"),
    (none, {"k": range(3), "start": {"k": X}}, ValueError, "k must be one of 0, 1, 2, got array"),
]


@pytest.mark.parametrize(("build", "controls", "error", "message"), WRONG_CALLS)
def test_a_wrong_call_is_answered_by_name(
    build: Any, controls: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        explore(build, **controls)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_wrong_calls_leave_no_widget_behind() -> None:
    gc.collect()
    before = len(_instances)
    for build, controls, error, _ in WRONG_CALLS:
        with pytest.raises(error):
            explore(build, **controls)
    gc.collect()
    assert len(_instances) == before


def test_a_control_may_have_the_name_of_an_argument_of_edit() -> None:
    explorer = explore(
        lambda x, panel, text: powers(x, panel), x={"a": X}, panel=range(1, 3), text=("a", "b")
    )
    explorer.edit("x", 0, "5", panel=2, text="b")
    assert explorer.scene(panel=2)["y"].values[0, 0] == 25
    explorer.close()


# What it leaves behind, and what it looks like elsewhere.


def test_an_explorer_is_one_widget_and_its_layout() -> None:
    before = set(_instances)
    explorer = explore_convolution()
    assert len(_instances) == len(before) + 2
    explorer.input = "5x7, digits"
    explorer.edit("input", 0, "2")
    explorer._repr_mimebundle_()
    assert len(_instances) == len(before) + 2
    explorer.close()
    assert set(_instances) == before
    explorer.close()


def test_nothing_holds_a_closed_explorer() -> None:
    closed = []
    for _ in range(8):
        explorer = explore_convolution(x=X, w=[[1, -1]])
        explorer.observe(lambda change: None, "stride")
        explorer.edit("input", 0, "2")
        explorer._repr_mimebundle_()
        closed.append(weakref.ref(explorer))
        explorer.close()
    del explorer
    gc.collect()
    assert [ref() for ref in closed] == [None] * 8


def test_a_husk_of_a_closed_explorer_is_light_and_still_says_what_it_showed(made: Explorer) -> None:
    """What IPython's `Out` may hold for ever."""
    made.stride = 2
    said, scene = repr(made), weakref.ref(made.scene())
    made.close()
    with pytest.raises(ValueError, match="this explorer was closed"):
        made.scene()
    gc.collect()
    assert repr(made) == said
    assert scene() is None
    assert made.payload == b""
    (shown,) = DisplayFormatter().format(made)[:1]
    assert shown == {"text/plain": said}


class Shell:
    """What a kernel says of the cell that runs: IPython's shell, or, in a browser, only its kernel."""

    parent: dict[str, Any]

    def run(self, cell: str | None, number: int) -> Explorer:
        metadata = {} if cell is None else {"cellId": cell}
        self.parent = {"metadata": metadata, "header": {"msg_id": f"{cell} {number}"}}
        return explore(powers, x={"a": X})

    def get_parent(self) -> dict[str, Any]:
        return self.parent


@pytest.mark.parametrize("in_a_browser", [False, True])
def test_a_cell_that_runs_again_closes_what_it_made_before(
    monkeypatch: pytest.MonkeyPatch, in_a_browser: bool
) -> None:
    shell = Shell()
    seen: Any = SimpleNamespace(kernel=shell) if in_a_browser else shell
    monkeypatch.setattr(module, "get_ipython", lambda: seen)
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


@pytest.mark.parametrize("shell", [None, SimpleNamespace(), SimpleNamespace(kernel=SimpleNamespace())])
def test_where_no_cell_is_known_nothing_is_closed(monkeypatch: pytest.MonkeyPatch, shell: Any) -> None:
    monkeypatch.setattr(module, "get_ipython", lambda: shell)
    one, two = explore(powers, x={"a": X}), explore(powers, x={"a": X})
    assert one.comm is not None
    for explorer in (one, two):
        explorer.close()


def test_displayed_it_is_a_view_a_picture_and_words(made: Explorer) -> None:
    data, metadata = made._repr_mimebundle_()
    assert set(data) == {VIEW, "text/html", "text/plain"}
    assert data[VIEW]["model_id"] == made.model_id
    assert metadata == {MARK: {"view": "explorer"}}
    svg = embedded_svg(data["text/html"])
    assert svg
    assert svg.count("<text") > made.scene()["input"].values.size
    assert len(svg) < 20 * 1024
    assert data["text/plain"] == repr(made) == made.scene().summary
    assert "0x" not in data["text/plain"]
    assert "122  148" in data["text/plain"]


def test_frames_of_the_state_for_slides(made: Explorer, tmp_path: Path) -> None:
    made.stride = 2
    written = made.frames(tmp_path)
    assert len(written) == 2 * (1 + len(made.scene().steps)) + 1
    assert made.scene()["output"].heading in (tmp_path / "00.svg").read_text(encoding="utf-8")


def test_what_is_displayed_is_the_state_at_display(made: Explorer) -> None:
    first = made._repr_mimebundle_()[0]
    assert made._repr_mimebundle_()[0] == first
    made.padding = 1
    second = made._repr_mimebundle_()[0]
    assert "padding 1" in second["text/plain"]
    assert second["text/html"] != first["text/html"]
    made.step = 2
    assert made._repr_mimebundle_()[0]["text/html"] != second["text/html"]


def test_a_message_is_displayed_too() -> None:
    explorer = explore_convolution(kernel_size=5, dilation=3)
    data, _ = explorer._repr_mimebundle_()
    assert data["text/plain"].startswith("The kernel reaches over 13x13 cells")
    assert data["text/html"]
    explorer.close()


def test_a_step_beyond_the_last_is_shown_as_the_last(small: Explorer, made: Explorer) -> None:
    """A page may set a step, and a slider then lead to a scene with fewer."""
    made.step = 4
    made.stride = 2
    assert made._repr_mimebundle_()[0]["text/html"]
    small.step = 3
    assert small._repr_mimebundle_()[0]["text/html"]


def test_a_picture_that_ends_in_its_last_step_is_shown_as_that_step() -> None:
    def build(k: int) -> Scene:
        x = Panel("x", X, role="input")
        steps = tuple(Step(np.empty(0, int), f"after {n}") for n in range(k))
        return Scene((x,), steps=steps, whole=False)

    explorer = explore(build, k=range(3))
    first = explorer._repr_mimebundle_()[0]["text/html"]
    explorer.k = 2
    shown = explorer._repr_mimebundle_()[0]["text/html"]
    explorer.step = 2
    assert explorer._repr_mimebundle_()[0]["text/html"] == shown != first
    explorer.close()


def test_the_style_sheet_brings_its_colours() -> None:
    assert "--dcv-input: light-dark(" in module.STYLE
    assert ".dcv-cell" in module.STYLE
