"""Who the hub knows: the lists of names, a password for each, and whether first ones may be chosen now.

    sudo .venv/bin/python classroom/people.py                  who there is, and who has a password
    sudo .venv/bin/python classroom/people.py password NAME    ask for the password of a name, and set it
    sudo .venv/bin/python classroom/people.py forget NAME      take the password of a name away
    sudo .venv/bin/python classroom/people.py enrol MINUTES    let students choose first passwords; 0 ends it

Every command takes effect at once, whether the hub runs or not. So does a change of students.txt and
teachers.txt, with a name on each line.
"""

import getpass
import hashlib
import hmac
import os
import re
import secrets
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"[a-z][a-z0-9]{0,23}")
"""A name: with `jupyter-` before it, it is one of a system user too."""

LISTS = ("students.txt", "teachers.txt")
SHORTEST, LONGEST = 8, 256
"""Characters of a password."""

SCRYPT = {"n": 2**14, "r": 8, "p": 1}


class PeopleError(Exception):
    """Something is wrong with a list, a name or a password; the message says what, for whoever typed it."""


def state_folder() -> Path:
    """What the hub remembers is in here: names, passwords, its database and its secrets."""
    return Path(os.environ.get("DECONV_HUB_STATE") or "/var/lib/deconv-hub")


@dataclass(frozen=True)
class People:
    """The people of a hub, as its folder has them at this moment."""

    folder: Path

    def names(self, file: str) -> set[str]:
        """The names in a list, without comments; raises PeopleError for a line that is not a name."""
        path = self.folder / file
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except FileNotFoundError:
            return set()
        except (OSError, UnicodeDecodeError) as error:
            raise PeopleError(f"{path} cannot be read: {error}") from None
        found = set()
        for number, line in enumerate(lines, start=1):
            name = line.partition("#")[0].strip()
            if name:
                found.add(checked_name(name, f"{path}, line {number}: "))
        return found

    def listed(self) -> dict[str, bool]:
        """Everybody who may come in, and whether they are teachers."""
        students, teachers = map(self.names, LISTS)
        return {name: name in teachers for name in sorted(students | teachers)}

    def has_password(self, name: str) -> bool:
        return self._file(name).exists()

    def matches(self, name: str, password: str) -> bool:
        """Whether it is the password of that name; of a name without one, nothing is."""
        try:
            salt, wanted = self._file(name).read_text().split()
        except (OSError, ValueError):
            return False
        return len(password) <= LONGEST and hmac.compare_digest(_hash(password, salt), wanted)

    def set_password(self, name: str, password: str, first: bool = False) -> None:
        """Store a password's hash. `first` leaves one that is there already; then it raises PeopleError."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise PeopleError(f"A password has from {SHORTEST} to {LONGEST} characters, not {len(password)}.")
        file, salt = self._file(name), secrets.token_hex(16)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        beside = file.with_name(f".{secrets.token_hex(8)}")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
                target.write(f"{salt} {_hash(password, salt)}\n")
            if first:
                os.link(beside, file)
            else:
                beside.replace(file)
        except FileExistsError:
            raise PeopleError(f"{name} has a password already.") from None
        finally:
            beside.unlink(missing_ok=True)

    def forget(self, name: str) -> None:
        self._file(name).unlink(missing_ok=True)

    def enrol(self, minutes: float) -> None:
        """From now on, and for so many minutes, students without a password may choose one."""
        (self.folder / "enrolment.txt").write_text(f"{time.time() + 60 * minutes}\n")

    def enrolment(self) -> float:
        """The minutes for which first passwords may still be chosen; 0 where they may not."""
        with suppress(OSError, ValueError):
            return max(0, float((self.folder / "enrolment.txt").read_text()) - time.time()) / 60
        return 0

    def _file(self, name: str) -> Path:
        return self.folder / "passwords" / checked_name(name)


def checked_name(name: str, where: str = "") -> str:
    if not NAME.fullmatch(name):
        raise PeopleError(
            f"{where}{name[:60]!r} is not a name. A name is one word of at most 24 small letters and digits, "
            "a letter first, and nothing else is on its line but a comment after #."
        )
    return name


def _hash(password: str, salt: str) -> str:
    coded = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(coded, salt=bytes.fromhex(salt), maxmem=2**26, **SCRYPT).hex()


def ask_for_password(name: str) -> str:
    password = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("The same again: ") != password:
        raise PeopleError("The two are not the same.")
    return password


def command(people: People, words: list[str]) -> None:
    match words:
        case []:
            for name, teacher in people.listed().items():
                kind = "teacher" if teacher else "student"
                print(f"{name:24}  {kind}  {'' if people.has_password(name) else 'no password yet'}".rstrip())
            print(f"First passwords may be chosen for {people.enrolment():.0f} more minutes.")
        case ["password", name] if checked_name(name) not in people.listed():
            raise PeopleError(f"{name} is in none of {' and '.join(LISTS)} in {people.folder}.")
        case ["password", name]:
            people.set_password(name, ask_for_password(name))
        case ["forget", name]:
            people.forget(name)
        case ["enrol", minutes] if re.fullmatch(r"\d{1,4}", minutes):
            people.enrol(int(minutes))
        case _:
            raise PeopleError(str(__doc__).partition("\n\n")[2].rpartition("\n\n")[0])


def main(words: list[str]) -> int:
    try:
        if not state_folder().is_dir():
            raise PeopleError(f"There is no folder {state_folder()}. README.md says how to make it.")
        command(People(state_folder()), words)
    except (PeopleError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
