"""What a hub needs beside Python: Node, the proxy in front of it, a free port. Each lack is a sentence."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROXY = HERE / "node_modules" / ".bin" / "configurable-http-proxy"
INSTALL = f"npm ci --ignore-scripts --prefix {HERE}"


def no_node() -> str | None:
    """A sentence if Node is missing, else None."""
    if shutil.which("node") and shutil.which("npm"):
        return None
    return "The hub needs Node and npm, for the proxy in front of it. On Debian: sudo apt install nodejs npm"


def no_proxy() -> str | None:
    """A sentence if the proxy cannot be started, else None."""
    return no_node() or (None if PROXY.exists() else f"The hub's proxy is not installed. Run: {INSTALL}")


def install_proxy() -> str | None:
    """Install the proxy where it is missing; a sentence if that fails, else None."""
    if no_node() or PROXY.exists():
        return no_node()
    done = subprocess.run(INSTALL.split(" ", 4), capture_output=True, text=True, timeout=180)
    return f"This failed: {INSTALL}\n{done.stderr}" if done.returncode else None


def taken(port: int, advice: str) -> str | None:
    """A sentence with the advice if the port of the loopback address cannot be listened on, else None."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return f"Port {port} cannot be used ({error.strerror}). {advice}"
    return None


def not_private(folder: Path) -> str | None:
    """Make the folder if need be; a sentence if it is not one that only we can look into, else None."""
    if not folder.is_absolute():
        return f"DECONV_HUB_STATE must be a whole path, such as /var/lib/deconv-hub, got {str(folder)!r}."
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError as error:
        return f"The hub cannot keep its secrets in {folder}: {error.strerror}."
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        return (
            f"{folder} is open to others, and the hub keeps its secrets there. If it is the right folder, "
            f"make it the hub's own: chown {os.geteuid()} {folder}; chmod 700 {folder}"
        )
    return None


def stop_orphan(pid_file: Path) -> None:
    """End the proxy that a crashed hub has left behind, and drop the file that names it."""
    with suppress(OSError, ValueError):
        pid = int(pid_file.read_text())
        end = time.monotonic() + 5
        while b"configurable-http-proxy" in Path("/proc", str(pid), "cmdline").read_bytes():
            os.kill(pid, signal.SIGTERM if time.monotonic() < end else signal.SIGKILL)
            time.sleep(0.1)
    pid_file.unlink(missing_ok=True)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nothing listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
