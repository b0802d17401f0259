"""What all tests share: the kernels they start import this checkout, and slow machines are not failures."""

import os
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"

settings.register_profile("course", deadline=None)
settings.load_profile("course")
