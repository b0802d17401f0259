"""What `python course.py` tells JupyterLab; a hub can load this file with load_subconfig."""

import runpy
import warnings
from pathlib import Path
from typing import Any

import zmq
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

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
