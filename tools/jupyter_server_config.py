"""What `python course.py` tells JupyterLab; a hub can load this file with load_subconfig."""

import json
import logging
import re
import runpy
import sys
import warnings
from pathlib import Path
from typing import Any

import zmq
from jupyter_core.paths import jupyter_runtime_dir
from jupyter_core.utils import ensure_dir_exists
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyterlab.commands import get_workspaces_dir
from jupyterlab_server.workspaces_handler import WorkspacesManager

TOOLS = Path(__file__).resolve().parent
live_views = runpy.run_path(str(TOOLS / "live_views.py"))  # the course's root stays off the server's path


class StillNotebooks(AsyncLargeFileManager):
    """Files as JupyterLab has them, but a notebook is opened without the widgets that are stored in it.

    JupyterLab would restore them and run the JavaScript that they bring along, whoever wrote the notebook.
    """

    async def get(self, *args: Any, **options: Any) -> Any:
        model = await super().get(*args, **options)
        live_views["after_reading"](model)
        return model


class Announced(logging.Filter):
    """Of all that the server logs, its address, in three lines of the course's own; and what went wrong."""

    said = False

    def filter(self, record: logging.LogRecord) -> bool:
        found = re.search(r"http://\S*[?]token=\w+", record.getMessage())
        if not found:
            return record.levelno >= logging.ERROR
        if Announced.said:
            return False
        Announced.said = True
        record.msg, record.args = (
            f"The course opens in your browser. If it does not, open {found[0]}\n"
            "To stop it, press Ctrl-C here, twice.\n"
            f"What you type is kept in {TOOLS.parent / 'notebooks'}; what the server says, in {LOG}.",
            (),
        )
        return True


def close_the_sidebar() -> None:
    """Where the workspace of the course was never opened, it begins with its sidebar closed."""
    workspaces = WorkspacesManager(get_workspaces_dir())
    if any(one["metadata"]["id"] == "course" for one in workspaces.list_workspaces()):
        return
    layout = {"left": {"collapsed": True, "visible": True}, "right": {"collapsed": True, "visible": True}}
    state = {"data": {"layout-restorer:data": layout}, "metadata": {"id": "course"}}
    workspaces.save("course", json.dumps(state))


# JupyterLab reads this file twice, and the server warns of the hook it has already.
warnings.filterwarnings("ignore", message="Overriding existing pre_save_hook")

c = get_config()  # noqa: F821
c.ContentsManager.pre_save_hook = live_views["before_save"]
c.ServerApp.contents_manager_class = StillNotebooks
c.LabApp.app_settings_dir = str(TOOLS / "lab_settings")  # no question about news, no look for updates
c.LabApp.extension_manager = "readonly"  # nothing is fetched from a package index
c.LanguageServerManager.autodetect = False  # nor are editors' helpers looked for
c.ServerApp.allow_root = True  # as in a container; the server listens on the loopback address only
if zmq.has("curve"):
    c.KernelManager.transport_encryption = "auto"  # or each kernel warns that others could listen
c.LabApp.custom_css = True
c.ServerApp.tornado_settings = {"static_custom_path": [str(TOOLS / "lab_custom")]}
ensure_dir_exists(jupyter_runtime_dir())
LOG = Path(jupyter_runtime_dir()) / "course.log"
if "--debug" not in sys.argv:
    c.LabApp.log_level = logging.ERROR
    c.ServerApp.logging_config = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(message)s"}, "full": {"format": "%(asctime)s %(message)s"}},
        "filters": {"announced": {"()": Announced}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "plain",
                "filters": ["announced"],
                "level": "INFO",
            },
            "file": {
                "class": "logging.FileHandler",
                "filename": str(LOG),
                "formatter": "full",
                "delay": True,
            },
        },
        "loggers": {"ServerApp": {"handlers": ["console", "file"], "level": "INFO"}},
    }
try:
    close_the_sidebar()
except (OSError, ValueError) as error:  # it stays as it is
    print(f"The sidebar stays open: {error}")
