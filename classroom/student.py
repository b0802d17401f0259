"""One student of a rehearsal: signs in, opens a lesson and runs it, with the messages of a browser."""

import asyncio
import json
import os
import re
import signal
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
from yarl import URL

from classroom import processes

VIEW = "application/vnd.jupyter.widget-view+json"
Message = dict[str, Any]


class KernelDiedError(Exception):
    """The server says that the kernel has died and starts another one."""


def unpacked(frame: aiohttp.WSMessage) -> Message:
    """A kernel's message; in a binary frame a table of offsets precedes it and its buffers follow."""
    if frame.type == aiohttp.WSMsgType.TEXT:
        return json.loads(frame.data)
    if frame.type == aiohttp.WSMsgType.BINARY:
        start, end = (int.from_bytes(frame.data[at : at + 4], "big") for at in (4, 8))
        return json.loads(frame.data[start:end])
    raise ConnectionError(f"the connection to the kernel ended: {frame.type.name}")


def browser() -> aiohttp.ClientSession:
    """What keeps a student's cookies, those of an address without a name too."""
    limits = aiohttp.ClientTimeout(total=None, sock_connect=60)
    return aiohttp.ClientSession(timeout=limits, cookie_jar=aiohttp.CookieJar(unsafe=True))


@dataclass
class Student:
    """What a student does and what came of it. Times are seconds since `began`.

    first_explorer  None in a lesson that has none
    recovered       the kernel was killed, and the lesson run again
    chose           another input came from Python
    """

    name: str
    password: str
    hub: URL
    began: float
    kill: bool = False
    first_explorer: float | None = None
    whole_lesson: float = 0
    recovered: bool = False
    chose: bool = False
    widgets: dict[str, Message] = field(default_factory=dict)

    @property
    def home(self) -> URL:
        """Where the student's own server answers."""
        return self.hub / "user" / self.name

    async def attend(self, path: str, lesson: Message) -> None:
        """Go through the lesson, the notebook stored at `path`; raises an error that says what was lost."""
        async with browser() as self.web:
            await self.sign_in()
            await self.open_page(path)
            session = await self.ask("POST", "api/sessions", {
                "path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"},
            })  # fmt: skip
            self.kernel = session["kernel"]["id"]
            channels = self.home / "api/kernels" / self.kernel / "channels"
            async with self.web.ws_connect(
                channels.with_query(session_id=uuid4().hex), max_msg_size=0
            ) as self.socket:
                try:
                    await self.run(lesson)
                except KernelDiedError:
                    await self.run(lesson)
                    self.recovered = True
                await self.choose_another_input()
            self.whole_lesson = time.monotonic() - self.began
            await self.save(path, lesson)

    async def is_turned_away(self) -> bool:
        """Whether the hub does not let the student in."""
        async with browser() as self.web:
            try:
                await self.sign_in()
            except PermissionError:
                return True
        return False

    async def sign_in(self) -> None:
        """Fill in the form, and wait until the server has started; raises PermissionError if not let in."""
        async with self.web.get(self.hub / "hub/login") as page:
            page.raise_for_status()
        form = {"username": self.name, "password": self.password, "_xsrf": self.token(self.hub / "hub/")}
        async with self.web.post(self.hub / "hub/login", data=form, max_redirects=20) as page:
            if page.url.path.endswith("/login"):
                raise PermissionError(f"{self.name} was not let in")
        while not page.url.path.startswith(self.home.path):
            await asyncio.sleep(1)
            waiting = self.hub / "hub/spawn-pending" / self.name
            async with self.web.get(waiting, max_redirects=20) as page:
                if page.status >= 400:
                    raise ConnectionError(f"the server of {self.name} did not start: {page.status}")

    async def open_page(self, path: str) -> None:
        """Fetch JupyterLab's page, the scripts that it names, and the notebook."""
        address = self.home / "lab/tree" / path
        async with self.web.get(address) as page:
            page.raise_for_status()
            scripts = re.findall(r'<script[^>]* src="([^"]+)"', await page.text())
        for script in scripts:
            async with self.web.get(address.join(URL(script))) as answer:
                answer.raise_for_status()
                await answer.read()
        await self.ask("GET", f"api/contents/{path}")

    async def ask(self, method: str, what: str, body: Message | None = None) -> Message:
        """A request to the student's own server, and its answer."""
        headers = {"X-XSRFToken": self.token(self.home / "api/")}
        async with self.web.request(method, self.home / what, json=body, headers=headers) as answer:
            if answer.status >= 400:
                raise ConnectionError(f"{method} {what}: {answer.status} {await answer.text()}"[:300])
            return await answer.json()

    def token(self, address: URL) -> str:
        found = self.web.cookie_jar.filter_cookies(address).get("_xsrf")
        return found.value if found else ""

    async def run(self, lesson: Message) -> None:
        """Run all code cells in order; raises RuntimeError at the first that fails."""
        await self.kernel_answers()
        self.widgets = {}
        cells = [cell for cell in lesson["cells"] if cell["cell_type"] == "code"]
        for number, cell in enumerate(cells):
            content = {"code": "".join(cell["source"]), "silent": False, "stop_on_error": True}
            request = await self.send("execute_request", content, {"cellId": cell["id"]})
            if self.kill and number == len(cells) // 2:
                self.kill = False
                os.kill(processes.kernel(self.name, self.kernel), signal.SIGKILL)
            cell["outputs"] = []
            reply = await self.wait_for(request, "execute_reply", cell["outputs"])
            if reply["content"]["status"] != "ok":
                raise RuntimeError(f"cell {number + 1} failed: {reply['content'].get('evalue')}")
            shown = {output.get("data", {}).get(VIEW, {}).get("model_id") for output in cell["outputs"]}
            if self.first_explorer is None and shown & self.explorers().keys():
                self.first_explorer = time.monotonic() - self.began

    async def kernel_answers(self) -> None:
        """Ask until an answer comes: a kernel that is being restarted loses what it is sent meanwhile."""
        while True:
            request = await self.send("kernel_info_request", {})
            try:
                async with asyncio.timeout(10):
                    await self.wait_for(request, "kernel_info_reply")
                    return
            except TimeoutError:
                continue

    async def choose_another_input(self) -> None:
        """Choose another entry of the first menu that asks Python; wait until its board has new scenes."""
        for key, state in self.explorers().items():
            for menu in (control for control in state["controls"] if control["kind"] == "source"):
                name = menu["name"]
                other = next(value for value in menu["values"] if value != state[name])
                data = {"method": "update", "state": {name: other}, "buffer_paths": []}
                request = await self.send("comm_msg", {"comm_id": key, "data": data})
                await self.wait_for(request, "comm_msg", with_buffer="payload")
                self.chose = True
                return

    def explorers(self) -> dict[str, Message]:
        """The traits of every explorer that was made, by the id of its model."""
        return {key: state for key, state in self.widgets.items() if state.get("controls")}

    async def save(self, path: str, lesson: Message) -> None:
        """Save the notebook with its outputs; the server's hook has to leave pictures only."""
        await self.ask("PUT", f"api/contents/{path}", {"type": "notebook", "content": lesson})
        stored = (await self.ask("GET", f"api/contents/{path}"))["content"]
        outputs = [output for cell in stored["cells"] for output in cell.get("outputs", [])]
        if len(outputs) != sum(len(cell.get("outputs", [])) for cell in lesson["cells"]):
            raise RuntimeError("outputs were lost in the saved notebook")
        if any(VIEW in output.get("data", {}) for output in outputs):
            raise RuntimeError("the saved notebook has a live view: the save hook did not run")

    async def send(self, kind: str, content: Message, metadata: Message | None = None) -> str:
        """Send a message on the shell channel; return its id."""
        header = {"msg_id": uuid4().hex, "msg_type": kind, "username": self.name, "session": self.name,
                  "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "version": "5.3"}  # fmt: skip
        await self.socket.send_json(
            {
                "header": header,
                "parent_header": {},
                "metadata": metadata or {},
                "content": content,
                "channel": "shell",
                "buffers": [],
            }
        )
        return header["msg_id"]

    async def wait_for(
        self, request: str, kind: str, outputs: list[Message] | None = None, with_buffer: str = ""
    ) -> Message:
        """The first answer of this kind to the request, once the kernel is idle again.

        Outputs are added to the list, new widgets to `widgets`. Raises KernelDiedError where the kernel does.
        """
        answer: Message = {}
        idle = False
        while not (answer and idle):
            message = unpacked(await self.socket.receive())
            what, content = message["msg_type"], message["content"]
            if what == "status" and content["execution_state"] in ("restarting", "autorestarting", "dead"):
                raise KernelDiedError(content["execution_state"])
            if message["parent_header"].get("msg_id") != request:
                continue
            if what == "comm_open" and content["target_name"] == "jupyter.widget":
                self.widgets[content["comm_id"]] = content["data"]["state"]
            elif what == "status":
                idle = content["execution_state"] == "idle"
            elif outputs is not None and what in ("stream", "display_data", "execute_result", "error"):
                fields = {**content, "output_type": what}
                fields.pop("transient", None)
                outputs.append(fields)
            if what == kind and [with_buffer] in content.get("data", {}).get("buffer_paths", [[""]]):
                answer = message
        return answer
