"""The commands of the course. Syntax of Python 3.6, so that an old Python can say that it is too old."""

import sys

if __name__ == "__main__" and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]  # this folder: a learner's signal.py in it would be taken for Python's own

import hashlib
import os
import re
import runpy
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "course-stamp.txt"
EVERYTHING = "lab,test,classroom,teach"
LOCKS = {"lab": "requirements.txt", EVERYTHING: "requirements-all.txt"}
USAGE = """\
python course.py              open the course in JupyterLab (options go to it, such as --port=8899)
python course.py test         run the tests, with --all the long ones too (more goes to pytest: -k geometry)
python course.py notebooks    run the stored notebooks, or those named, and store them anew
python course.py site         write the lessons as web pages into site/ (needs Node.js); with Python: --python
python course.py teach        write sheets, keys, copies and quizzes for a class into teach/
python course.py bench        measure what it costs, and write benchmarks/RESULTS.md
--here                        use this Python and its packages; make no .venv"""
VERBS = {
    "lab": "-P -m jupyterlab --config=tools/jupyter_server_config.py --ServerApp.ip=127.0.0.1",
    "test": "-m pytest --nbval --nbval-current-env --nbval-cell-timeout=120"
    " --nbval-sanitize-with=tests/nbval.cfg -n3 --dist=loadfile --no-loadscope-reorder",
    "notebooks": "-m tools.notebooks",
    "bench": "-m benchmarks",
    "site": "-m tools.site",
    "teach": "-m tools.teach",
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
    files = [(ROOT / name).read_bytes() for name in (LOCKS[extras], "pyproject.toml")]
    return hashlib.sha256(b"\n".join([extras.encode(), os.fsencode(ROOT), *files])).hexdigest()


def explain(errors):
    """Say what made a step of the installation fail, from what it printed."""
    full = re.search(r"no space left|errno 28|disk quota", errors, re.IGNORECASE)
    if full or shutil.disk_usage(str(ROOT)).free < 2**24:
        return "The disk is full. Make room (about 1 GB is needed) and run the same command again."
    if "401 Client Error" in errors:
        return (
            "The package index asks for a name and a password. Put them into pip's configuration, or name "
            "another index there, and run the same command again."
        )
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in errors:
        return "A package is not the one that was locked. Nothing of it was installed: tell the teacher."
    if re.search(r"connect|getaddrinfo|name resolution|timed out|ssl|proxy", errors, re.IGNORECASE):
        return "The packages could not be downloaded. Check the network, and run the same command again."
    return "The installation failed, for the reason above. Mend that and run the same command again."


def step(command):
    """Run one step of the installation, with a dot now and then; where it fails, say why."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        cwd=ROOT,
    )
    while process.returncode is None:
        try:
            errors = process.communicate(timeout=2)[1]
        except subprocess.TimeoutExpired:
            print(".", end="", flush=True)
    if process.returncode:
        print("\n" + errors, file=sys.stderr)
        if "(from versions: none)" in errors:  # why the index gave nothing, pip says only when asked
            asked = subprocess.run(
                [*command, "-vv"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=ROOT
            )
            errors += " ".join(re.findall("Could not fetch URL.*", asked.stdout.decode(errors="replace")))
        refuse(explain(errors))


def found():
    """The stamp of .venv, or nothing where it is not there, unfinished, or its Python does not run."""
    try:
        text = STAMP.read_text(errors="replace")
        works = text and subprocess.call([str(venv_python()), "-I", "-c", "import pip"]) == 0
        return text if works else ""
    except OSError:
        return ""


def claim():
    """Make sure that .venv is the course's own, and that no other start is at work in it, until we end."""
    if VENV.resolve() != VENV:
        refuse(f"{VENV} is a link, and the course installs into no other folder. Take it away.")
    if VENV.exists() and any(VENV.iterdir()) and (STAMP.is_symlink() or not STAMP.is_file()):
        advice = "To keep it, rename it or say python course.py --here in it. If nothing needs it, delete it."
        refuse(f"{VENV} was not made by the course, which leaves it as it is. {advice}")
    VENV.mkdir(exist_ok=True)
    held = STAMP.open("a")
    try:
        if os.name == "nt":
            import msvcrt

            held.seek(1000)  # beyond the stamp, which may be read
            msvcrt.locking(held.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        refuse("Another start is making .venv right now. When it is done, run the same command again.")
    except OSError:
        pass  # a file system without locks
    return held


def prepare(extras):
    """Make .venv, or mend it, unless its stamp says that it is complete; return its Python."""
    enough = (stamp(extras), stamp(EVERYTHING))
    if found() in enough:
        return venv_python()
    with claim():
        before = found()
        if before in enough:
            return venv_python()
        STAMP.write_text("")  # what is interrupted from here on is made anew by the next run
        if not before:
            make_venv()
        print("Installing the packages. This takes a minute or two.", flush=True)
        pip = [str(venv_python()), "-I", "-m", "pip", "install", "--no-input"]
        step([*pip, "--require-hashes", "--only-binary=:all:", "-r", LOCKS[extras]])
        step([*pip, "--no-deps", "--no-build-isolation", "-e", "."])
        print(" done")
        STAMP.write_text(stamp(extras))
    return venv_python()


def make_venv():
    """Make an empty .venv, of which only the stamp is left."""
    if not (find_spec("venv") and find_spec("ensurepip")):
        refuse("This Python has no venv module. On Debian and Ubuntu: sudo apt install python3-venv")
    print("Making .venv for the course. This happens once.", flush=True)
    for path in VENV.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        elif path != STAMP:
            path.unlink()
    step([getattr(sys, "_base_executable", sys.executable), "-I", "-m", "venv", str(VENV)])


def become(command, path):
    """Run the command in place of this program, from the project's root; it imports from `path`, too."""
    os.chdir(str(ROOT))
    if path:
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(path), os.environ.get("PYTHONPATH")]))
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
        names = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
        first = next((name for name in names if re.fullmatch(r"\d\d_\w+\.ipynb", name)), "")  # and no copy
        address = f"/lab/workspaces/course/tree/notebooks/{first}"
        arguments = [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url={address}", *arguments]
    extras = "lab" if verb == "lab" else EVERYTHING
    if here:
        lacking = runpy.run_path(str(ROOT / "tools" / "requirements.py"))["lacking"]
        missing = ", ".join(lacking(extras))
        if missing:
            advice = f'In {ROOT} run: {sys.executable} -m pip install -e ".[{extras}]"'
            refuse(f"This Python lacks {missing}. {advice}")
    python = sys.executable if here else prepare(extras)
    become([str(python), *VERBS[verb].split(), *arguments], None if verb == "lab" else ROOT)


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
