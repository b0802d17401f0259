"""Who gets into the hub: lists, passwords, enrolment and pauses, without a hub; test_classroom.py has one."""

from __future__ import annotations

import asyncio
import re
import stat
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

if sys.platform == "win32":
    pytest.skip("the hub runs on Linux", allow_module_level=True)

from tornado.web import HTTPError

from classroom import gate, needs, people
from classroom.gate import Gate
from classroom.people import People, PeopleError

PASSWORD = "a long enough one"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The folder of a hub with two students and a teacher."""
    (tmp_path / "students.txt").write_text("ada\ngrace\n")
    (tmp_path / "teachers.txt").write_text("emmy\n")
    return tmp_path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time that pauses are measured with, in seconds; it stands still."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(gate.time, "monotonic", lambda: clock.now)
    return clock


def sign_in(state: Path | Gate, name: str, password: str = PASSWORD) -> Any:
    """What comes of signing in: who, nobody, or the status and the sentence of a refusal."""
    keeper = state if isinstance(state, Gate) else Gate(state=str(state))
    try:
        found = asyncio.run(keeper.get_authenticated_user(None, {"username": name, "password": password}))
    except HTTPError as refusal:
        return refusal.status_code, refusal.log_message
    return found and (found["name"], found["admin"])


def test_a_teacher_gets_in_with_the_password_from_the_command_and_with_no_other(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    People(state).enrol(60)
    assert sign_in(state, "emmy") == (403, "A teacher's password is set by a command on the hub's machine.")
    monkeypatch.setenv("DECONV_HUB_STATE", str(state))
    monkeypatch.setattr(people.getpass, "getpass", lambda _: PASSWORD)
    assert people.main(["password", "emmy"]) == 0
    assert sign_in(state, "emmy", "another long one") is None
    assert sign_in(state, "emmy") == ("emmy", True)


def test_a_first_password_is_chosen_while_enrolment_is_open_and_stays(state: Path) -> None:
    closed = (403, "This name has no password yet, and none can be chosen now. Ask the teacher.")
    assert sign_in(state, "ada") == closed
    People(state).enrol(45)
    assert sign_in(state, "ada", "short") == (403, "A password has from 8 to 256 characters, not 5.")
    assert sign_in(state, "Ada") == ("ada", False)
    assert sign_in(state, "ada", "that of an impostor") is None
    People(state).enrol(0)
    assert sign_in(state, "ada") == ("ada", False)
    assert sign_in(state, "grace") == closed
    for text in ("garbled", "nan"):
        (state / "enrolment.txt").write_text(text)
        assert sign_in(state, "grace") == closed


@pytest.mark.parametrize(
    "name", ["stranger", "", "-rf", "a\nb", "ada\n", "../ada", "a" * 200, "emmy noether"]
)
def test_whoever_is_not_listed_stays_out(state: Path, name: str) -> None:
    People(state).enrol(60)
    assert sign_in(state, name) is None
    assert not (state / "passwords").exists()


@pytest.mark.parametrize(
    "password", ["", "x" * 73, "é" * 100, "\x00" * 20 + "x", "\ud800" * 10, "x" * 100_000]
)
def test_any_password_gets_an_answer(state: Path, password: str) -> None:
    People(state).set_password("ada", PASSWORD)
    assert sign_in(state, "ada", password) is None
    if 8 <= len(password) <= 256:
        People(state).set_password("ada", password)
        assert sign_in(state, "ada", password) == ("ada", False)
        assert sign_in(state, "ada", password[:-1]) is None


def test_wrong_guesses_make_a_name_wait_longer_and_longer(state: Path, clock: SimpleNamespace) -> None:
    for name in ("ada", "grace"):
        People(state).set_password(name, PASSWORD)
    keeper, began = Gate(state=str(state)), clock.now
    for guess in range(10):
        assert sign_in(keeper, "ada", f"guess no. {guess}") is None
        status, sentence = sign_in(keeper, "ada")  # the right one has to wait, too
        assert status == 429
        clock.now += int(re.findall(r"Wait (\d+) seconds", sentence)[0])
    assert clock.now - began > 180
    assert sign_in(keeper, "grace") == ("grace", False)
    assert sign_in(keeper, "ada") == ("ada", False)
    assert sign_in(keeper, "ada", "a slip of the finger") is None
    clock.now += 1
    assert sign_in(keeper, "ada") == ("ada", False)


def test_guesses_at_the_same_time_are_no_way_around_the_pause(state: Path, clock: SimpleNamespace) -> None:
    People(state).set_password("ada", PASSWORD)
    keeper = Gate(state=str(state))

    async def guess_often() -> list[Any]:
        guesses = [{"username": "ada", "password": f"guess no. {n}"} for n in range(9)]
        return await asyncio.gather(*(keeper.authenticate(None, g) for g in guesses), return_exceptions=True)

    assert sum(isinstance(answer, HTTPError) for answer in asyncio.run(guess_often())) == 8


def test_who_presses_the_button_twice_on_a_slow_machine_is_in(
    state: Path, clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper, both_asked = Gate(state=str(state)), threading.Barrier(2, timeout=30)
    People(state).set_password("ada", PASSWORD)
    monkeypatch.setattr(People, "matches", lambda *_: bool(both_asked.wait() + 1))

    async def press_twice() -> list[Any]:
        form = {"username": "ada", "password": PASSWORD}
        first = asyncio.create_task(keeper.authenticate(None, form))
        await asyncio.sleep(0)
        clock.now += 2
        return await asyncio.gather(first, keeper.authenticate(None, form))

    assert asyncio.run(press_twice()) == [{"name": "ada", "admin": False}] * 2


def test_who_is_taken_off_a_list_is_out_and_a_teacher_no_more_is_no_admin(state: Path) -> None:
    for name in ("ada", "emmy"):
        People(state).set_password(name, PASSWORD)
    keeper = Gate(state=str(state))
    ada, emmy = (SimpleNamespace(name=name, admin=name == "emmy") for name in ("ada", "emmy"))
    assert (keeper.auth_refresh_age, keeper.auth_refresh_strict) == (60, True)  # seconds; for tokens, too
    (state / "students.txt").write_text("grace\nemmy\n")
    (state / "teachers.txt").write_text("")
    assert asyncio.run(keeper.refresh_user(ada)) is False
    assert asyncio.run(keeper.refresh_user(emmy)) == {"name": "emmy", "admin": False}
    assert sign_in(keeper, "ada") is None
    with pytest.raises(ValueError, match="ada"):
        keeper.add_user(ada)  # at the next start; the hub deletes whom this refuses
    keeper.add_user(emmy)
    assert emmy.admin is False


def test_a_list_as_people_write_it(state: Path) -> None:
    (state / "students.txt").write_bytes(
        b"\xef\xbb\xbfada\r\n# the second row\r\n\r\n  grace # on Tuesdays\r\n"
    )
    assert People(state).listed() == {"ada": False, "emmy": True, "grace": False}


@pytest.mark.parametrize(
    "line", ["Ada Lovelace", "ada,", "Ada", "-rf", "1st", "a" * 25, "ada; grace", "\x00"]
)
def test_a_line_that_is_no_name_is_said_with_its_number(state: Path, line: str) -> None:
    keeper = Gate(state=str(state))
    (state / "students.txt").write_text(f"grace\n{line}\n")
    with pytest.raises(PeopleError, match=r"students\.txt, line 2: .* is not a name"):
        People(state).listed()
    People(state).set_password("ada", PASSWORD)
    assert sign_in(keeper, "ada") == ("ada", False)  # a slip in a list throws nobody out


def test_passwords_are_kept_as_hashes_for_the_owner_alone(state: Path) -> None:
    People(state).set_password("ada", PASSWORD)
    People(state).set_password("grace", PASSWORD)
    files = sorted((state / "passwords").iterdir())
    assert [file.name for file in files] == ["ada", "grace"]
    assert files[0].read_text() != files[1].read_text()
    assert PASSWORD not in files[0].read_text()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (state / "passwords", *files)] == [
        0o700,
        0o600,
        0o600,
    ]


def test_the_commands(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DECONV_HUB_STATE", str(state))
    typed = iter([PASSWORD, PASSWORD, PASSWORD, "mistyped"])
    monkeypatch.setattr(people.getpass, "getpass", lambda _: next(typed))
    assert people.main(["password", "ada"]) == 0
    assert people.main(["enrol", "45"]) == 0
    assert people.main([]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split() for line in said[:2]] == [
        ["ada", "student"],
        ["emmy", "teacher", "no", "password", "yet"],
    ]
    assert said[-1] == "First passwords may be chosen for 45 more minutes."
    assert people.main(["forget", "ada"]) == 0
    assert not People(state).has_password("ada")
    for words, sentence in [
        (["password", "grace"], "The two are not the same."),
        (["password", "stranger"], "stranger is in none of students.txt and teachers.txt"),
        (["password", "../../etc"], "is not a name"),
        (["enrol", "-1"], "people.py enrol MINUTES"),
        (["open"], "people.py password NAME"),
    ]:
        assert people.main(words) == 1
        assert sentence in capsys.readouterr().err
    monkeypatch.setenv("DECONV_HUB_STATE", str(state / "nowhere"))
    assert people.main([]) == 1
    assert "There is no folder" in capsys.readouterr().err


def test_an_empty_variable_is_the_usual_folder_and_no_folder_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DECONV_HUB_STATE", "")
    assert people.state_folder() == Path("/var/lib/deconv-hub")
    assert "must be a whole path" in (needs.not_private(Path()) or "")
    tmp_path.chmod(0o755)
    assert "is open to others" in (needs.not_private(tmp_path) or "")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert needs.not_private(tmp_path / "new") is None
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
