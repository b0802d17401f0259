"""How somebody gets into the hub: a listed name, its password, and a pause after each wrong one."""

import asyncio
import time
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from tornado import web
from traitlets import Unicode, default

from classroom.people import People, PeopleError

LONGEST_PAUSE = 60
"""Seconds that a name waits at most after a wrong password; it begins with one, and doubles."""


class Gate(Authenticator):
    """Lets in who is listed and has the password, as the lists and passwords are at that moment.

    A student without a password chooses one at the first sign-in while enrolment is open. A teacher's comes
    from the command line of the machine alone. Who is taken off the lists is out within a minute.
    """

    state = Unicode(help="The folder of the lists and passwords.").tag(config=True)

    auth_refresh_strict = True
    allow_existing_users = False
    delete_invalid_users = True
    any_allow_config = True  # it is in `listed`

    @default("auth_refresh_age")
    def _a_minute(self) -> int:
        return 60

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.people = People(Path(self.state))
        self.known = self.people.listed()
        self.wrong: dict[str, tuple[int, float]] = {}

    def listed(self) -> dict[str, bool]:
        """Everybody in the lists, and whether they are teachers; the last good lists if one has a mistake."""
        try:
            self.known = self.people.listed()
        except PeopleError as error:
            self.log.error("The lists of names stay as they were. %s", error)
        return self.known

    def validate_username(self, username: str) -> bool:
        return username in self.listed()

    def check_allowed(self, username: str, authentication: Any = None) -> bool:
        return username in self.listed()

    def add_user(self, user: Any) -> None:
        super().add_user(user)
        user.admin = self.known[user.name]  # also at each start of the hub, for everybody in its database

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        name = self.normalize_username(data.get("username", ""))
        password = data.get("password", "")
        listed = self.listed()
        if name not in listed:
            self.log.warning("Turned away, since not listed: %.60r", name)
            return None
        self.pause(name)
        if self.people.has_password(name):
            right = await asyncio.to_thread(self.people.matches, name, password)
        else:
            right = await self.enrol(name, password, teacher=listed[name])
        if not right:
            self.log.warning("Wrong password no. %d in a row for %s", self.wrong.get(name, (1,))[0], name)
            return None
        self.wrong.pop(name, None)  # two tries may overlap where the machine is slow
        return {"name": name, "admin": listed[name]}

    def pause(self, name: str) -> None:
        """Turn the name away while it waits; else let it wait already, so that no two guesses overlap."""
        count, until = self.wrong.get(name, (0, 0.0))
        now = time.monotonic()
        if now < until:
            raise web.HTTPError(429, f"Too many wrong passwords. Wait {until - now + 1:.0f} seconds.")
        self.wrong[name] = (count + 1, now + min(2.0**count, LONGEST_PAUSE))

    async def enrol(self, name: str, password: str, teacher: bool) -> bool:
        """Take the password as the first of a name, if that is possible now; else say what to do."""
        if teacher or not self.people.enrolment():
            self.wrong.pop(name, None)
            raise web.HTTPError(
                403,
                "A teacher's password is set by a command on the hub's machine."
                if teacher
                else "This name has no password yet, and none can be chosen now. Ask the teacher.",
            )
        try:
            await asyncio.to_thread(self.people.set_password, name, password, first=True)
        except PeopleError as error:
            raise web.HTTPError(403, str(error)) from None
        return True

    async def refresh_user(self, user: Any, handler: Any = None) -> dict[str, Any] | bool:
        """Ask the lists again, now and then, about somebody who is in."""
        teacher = self.listed().get(user.name)
        return False if teacher is None else {"name": user.name, "admin": teacher}
