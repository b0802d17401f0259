"""A hub for one class on one machine with systemd; README.md in this folder says how to use it.

deconv-hub.service, beside this file, starts it.
"""

import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

COURSE = Path(__file__).resolve().parent.parent
sys.path.append(str(COURSE))

from classroom.needs import PROXY, no_proxy, not_private, stop_orphan, taken  # noqa: E402
from classroom.people import People, PeopleError, checked_name, state_folder  # noqa: E402

STATE = state_folder()
PROXY_PID = STATE / "proxy.pid"
PORT = int(os.environ.get("DECONV_HUB_PORT") or "8000")
problem = no_proxy() or not_private(STATE)
if not problem:
    stop_orphan(PROXY_PID)
    problem = taken(PORT, "Set DECONV_HUB_PORT to another one.")
try:
    People(STATE).listed()
except PeopleError as error:
    problem = problem or str(error)
if problem:
    sys.exit(problem)

c = get_config()  # noqa: F821

# Who gets in. No password stands in any file as it is.
c.JupyterHub.authenticator_class = "classroom.gate.Gate"
c.Gate.state = str(STATE)

# Only this machine reaches the hub; a web server with TLS goes in front of it.
c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT}"
c.JupyterHub.db_url = f"sqlite:///{STATE}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.ConfigurableHTTPProxy.command = [str(PROXY)]
c.ConfigurableHTTPProxy.pid_file = str(PROXY_PID)
c.JupyterHub.cleanup_servers = False  # the students' servers go on while the hub is started again

NO_LOGIN = "/usr/sbin/nologin"


def make_user(spawner: Any) -> None:
    """Before a student's server: a user of the system that can sign in nowhere else, where no limits are."""
    name = f"jupyter-{checked_name(spawner.user.name)}"
    try:
        shell = pwd.getpwnam(name).pw_shell
    except KeyError:
        command = ["useradd", "--create-home", "--key", "HOME_MODE=0700", "--shell", NO_LOGIN, "--", name]
        subprocess.run(command, check=True)
    else:
        if shell != NO_LOGIN:
            subprocess.run(["usermod", "--shell", NO_LOGIN, "--", name], check=True)


# Every student is a systemd unit with a user, a home and limits of its own. README.md says where 1G is from.
c.JupyterHub.spawner_class = "systemdspawner.SystemdSpawner"
c.SystemdSpawner.pre_spawn_hook = make_user
c.SystemdSpawner.username_template = "jupyter-{USERNAME}"
c.SystemdSpawner.default_shell = "/bin/bash"  # in JupyterLab's terminals, which are inside of the limits
c.SystemdSpawner.disable_user_sudo = True
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.isolate_devices = True
c.SystemdSpawner.mem_limit = "1G"
c.SystemdSpawner.cpu_limit = 2.0
c.SystemdSpawner.unit_extra_properties = {"MemorySwapMax": "0", "TasksMax": "512"}

# JupyterLab as `python course.py` starts it, with the save hook; a student's random.py stops nothing.
c.Spawner.cmd = [sys.executable, "-P", "-m", "jupyterhub.singleuser"]
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
