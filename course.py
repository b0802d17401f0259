"""The commands of the course. Syntax of Python 3.6, so that an old Python can say that it is too old."""

import hashlib
import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "course-stamp.txt"
EVERYTHING = "lab,test,classroom"
USAGE = """\
python course.py              open the course in JupyterLab (options go to it, such as --port=8899)
python course.py test         run the tests, with --all the long ones too (more goes to pytest: -k geometry)
python course.py notebooks    run the stored notebooks, or those named, and store them anew
python course.py site         write the lessons as web pages into site/ (needs Node.js)
python course.py bench        measure what it costs, and write benchmarks/RESULTS.md
--here                        use this Python and its packages; make no .venv"""
VERBS = {
    "lab": "jupyterlab --config=tools/jupyter_server_config.py --ServerApp.ip=127.0.0.1",
    "test": "pytest --nbval --nbval-current-env --nbval-cell-timeout=120 -n2 --dist=loadfile",
    "notebooks": "tools.notebooks",
    "bench": "benchmarks",
    "site": "tools.site",
}


def refuse(sentence, code=1):
    print("\n" + sentence, file=sys.stderr)
    sys.exit(code)


def check_version(version):
    if tuple(version[:2]) < (3, 11):
        refuse(
            "The course needs Python 3.11 or newer, and this is Python {}.{}. Install a newer one from "
            "https://www.python.org/downloads/ and run course.py with it.".format(*version)
        )


def venv_python(system=os.name):
    return VENV / ("Scripts/python.exe" if system == "nt" else "bin/python")


def stamp(extras):
    """What the environment is made from: when any of it changes, the packages are installed again."""
    files = [(ROOT / name).read_bytes() for name in ("requirements.txt", "pyproject.toml")]
    return hashlib.sha256(b"\n".join([extras.encode(), os.fsencode(ROOT), *files])).hexdigest()


def explain(errors):
    """Say what made a step of the installation fail, from what it printed."""
    if re.search(r"no space left|errno 28|disk quota", errors, re.IGNORECASE):
        return "The disk is full. Make room (about 1 GB is needed) and run the same command again."
    if re.search(r"connect|getaddrinfo|name resolution|timed out|ssl|proxy", errors, re.IGNORECASE):
        return "The packages could not be downloaded. Check the network, and run the same command again."
    return "The installation failed, for the reason above. Mend that and run the same command again."


def step(command):
    """Run one step of the installation, with a dot now and then; where it fails, say why."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", cwd=ROOT
    )
    while process.returncode is None:
        try:
            errors = process.communicate(timeout=2)[1]
        except subprocess.TimeoutExpired:
            print(".", end="", flush=True)
    if process.returncode:
        print("\n" + errors, file=sys.stderr)
        refuse(explain(errors))


def prepare(extras):
    """Make .venv, or mend it, unless its stamp says that it is complete; return its Python."""
    python = venv_python()
    found = STAMP.read_text() if STAMP.exists() else ""
    usable = found and python.exists() and subprocess.call([python, "-c", "import pip"]) == 0
    if usable and found in (stamp(extras), stamp(EVERYTHING)):
        return python
    if not usable:
        if not (find_spec("venv") and find_spec("ensurepip")):
            refuse("This Python has no venv module. On Debian and Ubuntu: sudo apt install python3-venv")
        print("Making .venv for the course. This happens once.", flush=True)
        step([getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--clear", VENV])
    STAMP.unlink(missing_ok=True)  # what is interrupted from here on is made anew by the next run
    print("Installing the packages. This takes a minute or two.", flush=True)
    step([python, "-m", "pip", "install", "-r", "requirements.txt", "-e", f".[{extras}]"])
    print(" done")
    STAMP.write_text(stamp(extras))
    return python


def become(command):
    """Run the command in place of this program, from the project's root."""
    os.chdir(ROOT)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel named python3 is this environment's own
    if os.name == "posix":
        os.execv(command[0], command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command
    sys.exit(subprocess.call(command))


def main(arguments):
    check_version(sys.version_info)
    here = "--here" in arguments
    arguments = [argument for argument in arguments if argument != "--here"]
    if arguments[:1] == ["--help"]:
        refuse(USAGE, 0)
    verb = arguments.pop(0) if arguments and not arguments[0].startswith("-") else "lab"
    if verb not in VERBS:
        refuse(f"There is no command {verb!r}. There are:\n{USAGE}", 2)
    if verb == "lab":
        first = min((path.name for path in (ROOT / "notebooks").glob("*.ipynb")), default="")
        address = f"/lab/workspaces/course/tree/notebooks/{first}"
        arguments = [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url={address}", *arguments]
    extras = "lab" if verb == "lab" else EVERYTHING
    if here:
        from tools.requirements import lacking  # not at the top, since an old Python could not read it

        missing = ", ".join(lacking(extras))
        if missing:
            advice = f'In {ROOT} run: {sys.executable} -m pip install -e ".[{extras}]"'
            refuse(f"This Python lacks {missing}. {advice}")
    python = sys.executable if here else prepare(extras)
    become([str(python), "-m", *VERBS[verb].split(), *arguments])


def run(arguments):
    """Do as `main`, with a sentence for what goes wrong on the way."""
    try:
        main(arguments)
    except KeyboardInterrupt:
        refuse("Interrupted. Run the same command again to go on.", 130)
    except OSError as error:  # such as a full disk, or a folder that may not be written to
        print(f"\n{error}", file=sys.stderr)
        refuse(explain(error.strerror or ""))


if __name__ == "__main__":
    run(sys.argv[1:])
