"""A hub for one class on one machine with systemd; README.md in this folder says how to use it.

sudo .venv/bin/jupyterhub --config=classroom/jupyterhub_config.py
"""

import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

COURSE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(COURSE))

from classroom.needs import PROXY, no_proxy, taken  # noqa: E402

PORT = int(os.environ.get("DECONV_HUB_PORT", "8000"))
problem = no_proxy() or taken(PORT, "Set DECONV_HUB_PORT to another one.")
if problem:
    sys.exit(problem)

c = get_config()  # noqa: F821

# What the hub remembers, readable by root alone: names, hashed passwords, its database and its secrets.
STATE = Path(os.environ.get("DECONV_HUB_STATE", "/var/lib/deconv-hub"))
STATE.mkdir(parents=True, exist_ok=True)
STATE.chmod(0o700)


def names(file: str) -> set[str]:
    """The names in a file of STATE, one on each line."""
    path = STATE / file
    return set(path.read_text(encoding="utf-8").split()) if path.exists() else set()


# Students choose their own password when they first sign in. No password stands in any file as it is.
c.JupyterHub.authenticator_class = "firstuseauthenticator.FirstUseAuthenticator"
c.FirstUseAuthenticator.dbm_path = str(STATE / "passwords.dbm")
c.FirstUseAuthenticator.create_users = False
c.Authenticator.allowed_users = names("students.txt")
c.Authenticator.admin_users = names("teachers.txt")

# Only this machine reaches the hub; a web server with TLS goes in front of it.
c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT}"
c.JupyterHub.db_url = f"sqlite:///{STATE}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.ConfigurableHTTPProxy.command = [str(PROXY)]
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")


def make_user(spawner: Any) -> None:
    """Before a student's first server: a user of the system, with a home that nobody else can read."""
    name = f"jupyter-{spawner.user.name}"
    try:
        pwd.getpwnam(name)
    except KeyError:
        subprocess.run(["useradd", "--create-home", "--key", "HOME_MODE=0700", name], check=True)


# Every student is a systemd unit with a user, a home and limits of its own. README.md says where 1G is from.
c.JupyterHub.spawner_class = "systemdspawner.SystemdSpawner"
c.SystemdSpawner.pre_spawn_hook = make_user
c.SystemdSpawner.username_template = "jupyter-{USERNAME}"
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.mem_limit = "1G"
c.SystemdSpawner.cpu_limit = 2.0

# JupyterLab as `python course.py` starts it, with the save hook.
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = [f"--config={COURSE / 'tools' / 'jupyter_server_config.py'}"]
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = 300  # seconds; thirty starts at once are slow on a small machine
c.Spawner.http_timeout = 300

# A server that nobody has used for an hour is stopped. Its files stay.
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=3600"],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "services": ["idle-culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }
]
