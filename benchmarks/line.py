"""A slow line: what goes through it, both ways, arrives later, and no more in a second than it carries."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LINES = {"this machine": (0.0, 0.0), "1.6 Mbit/s, 150 ms": (200_000.0, 0.150)}
"""Bytes a second, 0 for all that the machine gives, and seconds of a round trip."""


@dataclass
class Line:
    """A TCP port on the loopback address that leads to another one.

    delay    seconds, each way
    rate     bytes a second, all connections together; 0 for any number
    carried  the bytes that went through
    """

    target: int
    port: int = 0
    delay: float = 0.0
    rate: float = 0.0
    carried: int = 0
    free: float = 0.0

    async def serve(self) -> asyncio.Server:
        """Begin to take connections."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            await asyncio.gather(self._carry(reader, other_writer), self._carry(other_reader, writer))
        except asyncio.CancelledError:
            pass  # the line is cut
        finally:
            for end in (writer, other_writer):
                if not end.is_closing():
                    end.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await source.read(2**14):
                self.carried += len(data)
                if self.rate:  # each has its turn, and is read no faster than it is sent
                    self.free = max(self.free, loop.time()) + len(data) / self.rate
                    await asyncio.sleep(self.free - loop.time())
                loop.call_later(self.delay, target.write, data)
        except ConnectionError:
            pass
        loop.call_later(self.delay, target.close)


@contextmanager
def slow_line(target: int) -> Iterator[Line]:
    """A line to the port `target`, without delay at first; it is cut when the block ends."""
    line = Line(target)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(line.serve(), loop).result()
    try:
        yield line
    finally:
        asyncio.run_coroutine_threadsafe(_cut(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _cut(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.05)  # the sockets close in the loop's next rounds
