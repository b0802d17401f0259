"""The processes that a rehearsal started, from Linux's /proc: whose they are, what they use, their end."""

import ctypes
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
PR_SET_CHILD_SUBREAPER = 36  # from Linux's prctl.h


def adopt_orphans() -> None:
    """From now on every descendant of this process stays one, even when its parent ends."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on, the third; empty if there is no such process."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return []


def descendants() -> list[int]:
    """The ids of all processes below this one, without those that have ended."""
    parents = {}
    for entry in PROC.iterdir():
        fields = _stat(int(entry.name)) if entry.name.isdigit() else []
        if fields and fields[0] != "Z":
            parents[int(entry.name)] = int(fields[1])
    found: list[int] = []
    level = {os.getpid()}
    while level:
        level = {pid for pid, parent in parents.items() if parent in level}
        found += level
    return found


def of_student(name: str) -> list[int]:
    """The ids of the server and the kernels of one student."""
    wanted = f"JUPYTERHUB_USER={name}".encode()
    return [pid for pid in descendants() if wanted in _read(pid, "environ").split(b"\0")]


def kernel(name: str, kernel_id: str) -> int:
    """The process id of a student's kernel; raises LookupError where there is none."""
    for pid in of_student(name):
        if f"kernel-{kernel_id}.json".encode() in _read(pid, "cmdline"):
            return pid
    raise LookupError(f"{name} has no kernel {kernel_id}")


def memory(pids: Iterable[int]) -> float:
    """MiB in use: each page that several processes share is divided among them (PSS)."""
    return sum(_field(pid, "smaps_rollup", "Pss:") for pid in pids) / 1024


def peak(pids: Iterable[int]) -> float:
    """MiB that the processes had resident at most, each by itself and shared pages in full, added up."""
    return sum(_field(pid, "status", "VmHWM:") for pid in pids) / 1024


def cpu(pids: Iterable[int]) -> float:
    """Seconds of computing so far, those of ended children included."""
    return sum(sum(map(int, fields[11:15])) for fields in map(_stat, pids) if fields) / TICKS


def end_all() -> None:
    """End every descendant at once and collect it."""
    while pids := descendants():
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _read(pid: int, name: str) -> bytes:
    try:
        return (PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""


def _field(pid: int, name: str, key: str) -> int:
    for line in _read(pid, name).decode().splitlines():
        if line.startswith(key):
            return int(line.split()[1])
    return 0
