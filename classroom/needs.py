"""What a hub needs beside Python: Node, the proxy in front of it, a free port. Each lack is a sentence."""

import shutil
import socket
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROXY = HERE / "node_modules" / ".bin" / "configurable-http-proxy"
INSTALL = f"npm ci --prefix {HERE}"


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
    done = subprocess.run(INSTALL.split(" ", 3), capture_output=True, text=True, timeout=180)
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


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nothing listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
