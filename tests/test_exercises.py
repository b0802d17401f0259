"""check(): whatever a learner passes gets a verdict in words."""

from __future__ import annotations

import decimal
import fractions
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import products

from deconv_helpers.scenes.exercises import Verdict, check
from deconv_helpers.scenes.scene import Grey, format_matrix

TARGET = np.array([[1, 2, 3], [4, 5, 6]])
HIDDEN = np.ma.masked_equal(TARGET, 5)
ENDLESS: list[object] = []
ENDLESS.append(ENDLESS)


def double(x: np.ndarray) -> np.ndarray:
    return 2 * x


class Hostile:
    """An object whose every method fails."""

    def fail(self, *args: object, **options: object) -> Any:
        raise RuntimeError("no")

    __eq__ = __ne__ = __bool__ = __len__ = __iter__ = __array__ = __float__ = __repr__ = __str__ = fail
    __hash__ = None  # type: ignore[assignment]


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


def bundle(verdict: Verdict) -> dict[str, Any]:
    data = verdict._repr_mimebundle_()
    assert data["text/plain"] == verdict.text == repr(verdict)
    assert set(data) == ({"text/plain", "text/html"} if verdict.scene else {"text/plain"})
    return data


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        (3, 3),
        (3.0, 3),
        (np.uint8(3), 3),
        (0.1 + 0.2, 0.3),
        (True, 1),
        (fractions.Fraction(1, 4), 0.25),
        (10**30, 1e30),
        ((3, 5), (3, 5)),
        ([3, 5], (3, 5)),
        (np.array([3, 5]), (3, 5)),
        (TARGET.tolist(), TARGET),
        (TARGET.astype(np.float32), TARGET),
        (TARGET * (1 + 1e-7), TARGET),
        (np.array([[1.0, 1e-16]]), np.array([[1.0, 0.0]])),
        (np.array([[np.nan, np.inf]]), np.array([[np.nan, np.inf]])),
        (np.empty((0, 3)), np.empty((0, 3))),
        (np.ma.masked_array(TARGET), TARGET),
    ],
)
def test_right_answers(answer: object, target: object) -> None:
    verdict = check(answer, target, hint="not needed")
    assert verdict
    assert verdict.text == "Correct."
    bundle(verdict)


@pytest.mark.parametrize(
    ("answer", "target", "said"),
    [
        (4, 3, "Not yet. Yours is 4, which is too large."),
        (3.0001, 3, "Not yet. Yours is 3.0001, which is too large."),
        (np.nan, 3, "Not yet. Yours is NaN, which is wrong."),
        (-np.inf, 3, "Not yet. Yours is -∞, which is too small."),
        (
            (5, 3),
            (3, 5),
            "Not yet. At position 0 (counted from 0) yours is 5, which is too large; 2 of 2 values differ.",
        ),
        ((3, 5, 1), (3, 5), "Not yet. Yours is 3 numbers in a row, the target is 2 numbers in a row."),
        (15, (3, 5), "Not yet. Yours is a number, the target is 2 numbers in a row."),
        (
            TARGET + np.eye(2, 3),
            TARGET,
            "At row 0, column 0 (counted from 0) yours is 2, the target is 1; 2 of 6",
        ),
        (TARGET.T, TARGET, "shape 3x2, the target is an array of shape 2x3. Yours is the target transposed."),
        (
            TARGET.T + 1,
            TARGET,
            "shape 3x2, the target is an array of shape 2x3. Rows and columns are exchanged.",
        ),
        (TARGET[:, :2].T, TARGET[:, :2], "2 of 4 values differ. Yours is the target transposed."),
        (TARGET[0], TARGET, "Yours is 3 numbers in a row, the target is an array of shape 2x3."),
        (TARGET[None], TARGET, "Yours is an array of shape 1x2x3, the target is an array of shape 2x3."),
        (TARGET[None] + 1, TARGET[None], "At index (0, 0, 0) (counted from 0) yours is 2, the target is 1"),
        ([], TARGET, "Yours is an empty array of shape (0,), the target"),
        (np.where(TARGET == 5, np.nan, TARGET), TARGET, "At row 1, column 1 (counted from 0) yours is NaN"),
        ("84", 84, "Not yet. Yours is a string, a number is expected."),
        ([[1, 2], [3]], TARGET, "Yours is not a matrix of real numbers (rows of unequal length"),
        ([[1, "2", 3], [4, 5, 6]], TARGET, "Yours is not a matrix of real numbers"),
        ([[1, None, 3], [4, 5, 6]], TARGET, "Yours is not a matrix of real numbers"),
        (3 + 0j, 3, "Yours is a complex, a number is expected."),
        (decimal.Decimal(3), 3, "Yours is a Decimal, a number is expected."),
        ((n for n in range(3)), TARGET, "Yours is a generator, an array of shape 2x3 is expected."),
        ({"a": 1}, 3, "Yours is a dictionary, a number is expected."),
        ({1, 2}, 3, "Yours is a set, a number is expected."),
        (double, TARGET, "Yours is a function, an array of shape 2x3 is expected."),
        (Hostile(), TARGET, "Yours is a Hostile, an array of shape 2x3 is expected."),
        ([Hostile(), 1], (3, 5), "Yours is not a matrix"),
        (np.zeros((3000, 2000), np.uint8), TARGET, "Yours is an array of shape 3000x2000, the target is"),
        (ENDLESS, TARGET, "Yours is not a matrix"),
        (10**400, 3, "Yours is an int, a number is expected."),
        (HIDDEN, TARGET, "Yours is an array with masked values, an array of shape 2x3 is expected."),
        (list(HIDDEN), TARGET, "Yours is an array with masked values, an array of shape 2x3"),
        ([[HIDDEN[1]]], TARGET[None, 1:], "Yours is an array with masked values, an array of shape 1x1x3"),
    ],
)
def test_wrong_answers(answer: object, target: object, said: str) -> None:
    verdict = check(answer, target, hint="Count again.")
    assert not verdict
    assert verdict.text.startswith("Not yet. ")
    assert said in verdict.text
    assert verdict.text.endswith("\nHint: Count again.")
    bundle(verdict)


@pytest.mark.parametrize("answer", [..., None])
def test_untouched_stubs(answer: object) -> None:
    for verdict in (check(answer, TARGET, hint="h"), check(answer, double, on=[(TARGET,)], hint="h")):
        assert not verdict
        assert verdict.text == "Not attempted yet."
        assert bundle(verdict).keys() == {"text/plain"}


def raise_not_implemented(x: object) -> None:
    raise NotImplementedError


@pytest.mark.parametrize("stub", [lambda x: ..., lambda x: None, raise_not_implemented])
def test_untouched_functions(stub: Callable[..., object]) -> None:
    verdict = check(stub, double, on=[(TARGET,)], hint="h")
    assert not verdict
    assert verdict.text.startswith("Not attempted yet.")


def test_functions_are_compared_call_by_call() -> None:
    calls = [(np.arange(6).reshape(2, 3),), (np.arange(4).reshape(1, 4),)]
    assert check(lambda x: x + x, double, on=calls)
    assert check(lambda x: x + x, [2 * calls[0][0], 2 * calls[1][0]], on=calls)
    verdict = check(lambda x: 2 * x[:, :3], double, on=calls, hint="Is the loop as long as the row?")
    assert verdict.text == (
        "Not yet. Called with (array 1x4), yours is an array of shape 1x3, "
        "the target is an array of shape 1x4.\n"
        "Hint: Is the loop as long as the row?"
    )
    assert verdict.scene is not None


def test_a_function_that_writes_into_its_argument_harms_nobody() -> None:
    def careless(x: np.ndarray) -> np.ndarray:
        x *= 2
        return x

    x = TARGET.copy()
    assert check(careless, double, on=[(x,), (x,)])
    np.testing.assert_array_equal(x, TARGET)


def test_exceptions_of_the_function_name_type_message_and_line() -> None:
    def beyond(x: np.ndarray) -> Any:
        return x[7]

    line = beyond.__code__.co_firstlineno + 1
    verdict = check(beyond, double, on=[(TARGET,)])
    assert verdict.text == (
        "Not yet. Called with (array 2x3), your function raises IndexError: "
        f"index 7 is out of bounds for axis 0 with size 2 (line {line}: return x[7])."
    )


def quit_python(x: object) -> object:
    raise SystemExit


def recurse(x: object) -> object:
    return recurse(x)


def unspeakable(x: object) -> object:
    raise UnspeakableError


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda: 1, "your function raises TypeError: "),
        (quit_python, "your function raises SystemExit (line "),
        (recurse, "your function raises RecursionError: maximum recursion depth exceeded"),
        (unspeakable, "your function raises UnspeakableError (line "),
        (np.linalg.inv, "your function raises LinAlgError: "),
        (lambda x: Hostile(), "yours is a Hostile, an array of shape 2x3 is expected."),
        (lambda x: (row for row in x), "yours is a generator"),
        (lambda x: x.shape, "yours is 2 numbers in a row, the target is an array of shape 2x3."),
        (7, "Yours is a number, a function is expected."),
        (Hostile(), "Yours is a Hostile, a function is expected."),
    ],
)
def test_functions_that_fail(function: object, said: str) -> None:
    verdict = check(function, double, on=[(TARGET,)], hint="h")
    assert not verdict
    assert verdict.text.startswith("Not yet. ")
    assert said in verdict.text
    bundle(verdict)


def test_the_picture_outlines_the_cells_that_differ() -> None:
    answer = TARGET.copy()
    answer[1, 2] = 0
    scene = check(answer, TARGET, hint="Look again.").scene
    assert scene is not None
    assert [panel.title for panel in scene.panels] == ["yours 2x3", "target 2x3"]
    assert format_matrix(scene["yours"].values) == format_matrix(answer)
    assert products(scene, "yours", "target").tolist() == [[5, 5]]
    assert {name: cells.tolist() for name, cells in scene.lit(1).items()} == {"yours": [5], "target": [5]}
    assert [note.text for note in scene.notes][-1] == "Hint: Look again."


@pytest.mark.parametrize(("shape", "image"), [((24, 20), False), ((25, 20), True)])
def test_large_matrices_are_drawn_as_images(shape: tuple[int, int], image: bool) -> None:
    target = np.linspace(-1, 1, shape[0] * shape[1]).reshape(shape)
    scene = check(target + 0.5, target).scene
    assert scene is not None
    np.testing.assert_array_equal(scene["yours"].values, target + 0.5)
    assert scene["target"].image == scene["yours"].image == (Grey(-1, 1) if image else None)


@pytest.mark.parametrize(
    ("answer", "target"), [(4, 3), ((4, 3), (3, 4)), (np.zeros((401, 9)), np.ones((401, 9)))]
)
def test_no_picture_of_what_is_no_small_matrix(answer: object, target: object) -> None:
    assert check(answer, target).scene is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308])
@pytest.mark.parametrize("size", [3, 40])
def test_pictures_of_numbers_beyond_bounds(value: float, size: int) -> None:
    target = np.ones((size, size + 1))
    assert "text/html" in bundle(check(target * value, target))
    assert "text/html" in bundle(check(target, target * value))


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=2)
    ),
    max_leaves=8,
)


@given(junk)
def test_no_answer_raises(answer: object) -> None:
    for target in (3, (3, 5), TARGET):
        assert check(answer, target).text.startswith(("Correct", "Not yet", "Not attempted yet"))
    assert check(lambda: answer, lambda: 3, on=[()]).text.startswith(
        ("Correct", "Not yet", "Not attempted yet")
    )


@pytest.mark.parametrize(
    ("target", "on", "error", "message"),
    [
        (None, (), TypeError, "target must be numbers"),
        (..., (), TypeError, "target must be numbers"),
        ("84", (), TypeError, "target must be numbers or a function that gives numbers, got a string"),
        (double, (), ValueError, "on: give the arguments to call the functions with, got none"),
        (double, (TARGET,), TypeError, "on must be a sequence of tuples of arguments"),
        (
            [1, 2],
            ((1,),),
            ValueError,
            "target must be a function or a list of 1 results, got 2 numbers in a row",
        ),
        (lambda x: None, ((1,),), TypeError, "target must be numbers or a function that gives numbers"),
    ],
)
def test_a_wrong_exercise_is_an_error(target: object, on: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        check(..., target, on=on)
