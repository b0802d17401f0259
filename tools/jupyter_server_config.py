"""What `python course.py` tells JupyterLab; a hub can load this file with load_subconfig."""

import sys
import warnings
from pathlib import Path

import zmq

TOOLS = Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS.parent))

from tools.live_views import before_save  # noqa: E402

# JupyterLab reads this file twice, and the server warns of the hook it has already.
warnings.filterwarnings("ignore", message="Overriding existing pre_save_hook")

c = get_config()  # noqa: F821
c.ContentsManager.pre_save_hook = before_save
c.LabApp.app_settings_dir = str(TOOLS / "lab_settings")  # no question about news, no look for updates
c.LabApp.extension_manager = "readonly"  # nothing is fetched from a package index
c.LanguageServerManager.autodetect = False  # nor are editors' helpers looked for
c.ServerApp.allow_root = True  # as in a container; the server listens on the loopback address only
if zmq.has("curve"):
    c.KernelManager.transport_encryption = "auto"  # or each kernel warns that others could listen
