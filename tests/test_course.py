"""course.py, as real processes on throw-away copies of the project.

The copies install one tiny package, which stands in for JupyterLab and pytest, so nothing is downloaded.
"""

import ast
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

import course

ROOT = Path(__file__).resolve().parent.parent
NUMPY = f"numpy==2.4.6 --hash=sha256:{'0' * 64}\n"
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "stand_in"
version = "1.0"
dependencies = []
optional-dependencies = {lab = [], test = [], classroom = [], teach = []}
"""
BACKEND = '''
import zipfile

MODULE = """
import sys
print("started", __name__, sys.prefix, sys.argv[1:])
"""

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "stand_in-1.0-py3-none-any.whl"
    info = "stand_in-1.0.dist-info/"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("jupyterlab.py", MODULE)
        wheel.writestr("pytest.py", MODULE)
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: stand_in\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy with a space in its path, and nothing to download."""
    folder = tmp_path / "a course"
    (folder / "notebooks").mkdir(parents=True)
    for name in ("01_second", "00_first", "00_first-Copy1"):
        nbformat.write(nbformat.v4.new_notebook(), folder / "notebooks" / f"{name}.ipynb")
    shutil.copy(ROOT / "course.py", folder)
    shutil.copytree(ROOT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for lock in course.LOCKS.values():
        (folder / lock).write_text("")
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    return folder


@pytest.fixture(scope="session")
def empty_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but pip, to be copied."""
    folder = tmp_path_factory.mktemp("venv") / ".venv"
    subprocess.run([sys._base_executable, "-m", "venv", str(folder)], check=True)  # type: ignore[attr-defined]
    return folder


@pytest.fixture
def made(project: Path, empty_venv: Path) -> Path:
    """A copy whose environment is there, from another lock: the packages have to be installed."""
    shutil.copytree(empty_venv, project / ".venv", symlinks=True)
    (project / ".venv" / course.STAMP.name).write_text("of another lock")
    return project


@pytest.fixture
def installed(project: Path) -> Path:
    """A copy that says of itself that it is the course, which this Python has installed: for --here."""
    (project / "pyproject.toml").write_text(PYPROJECT.replace("stand_in", "deconv_helpers"))
    return project


def environment(tmp_path: Path, **extra: str) -> dict[str, str]:
    """Without the settings of whoever runs the tests, and with an index that nobody serves."""
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "JUPYTER", "PYTHONPATH", "COV_"))
    }
    home = {name: str(tmp_path) for name in ("HOME", "USERPROFILE", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "0"}
    return {**clean, **home, **offline, "PIP_CONFIG_FILE": os.devnull, **extra}


def run(
    project: Path, *arguments: str, python: str = sys.executable, **extra: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "course.py", *arguments],
        cwd=project,
        env=environment(project.parent, **extra),
        capture_output=True,
        text=True,
        timeout=120,
    )


def refusal(done: subprocess.CompletedProcess[str], code: int = 1) -> str:
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_the_first_start_installs_and_opens_the_first_lesson_and_the_second_only_opens(project: Path) -> None:
    first = run(project, "--no-browser")
    assert first.returncode == 0, first.stderr
    assert "Making .venv" in first.stdout
    assert f"started __main__ {project / '.venv'}" in first.stdout
    assert "/lab/workspaces/course/tree/notebooks/00_first.ipynb" in first.stdout
    assert "--ServerApp.ip=127.0.0.1" in first.stdout
    assert "'--no-browser'" in first.stdout
    second = run(project)
    assert second.returncode == 0
    assert second.stdout.startswith("started __main__")

    test = run(project, "test", "-k", "geometry")  # needs more, so installs, and on top of what is there
    assert "Making .venv" not in test.stdout
    assert "Installing the packages" in test.stdout
    assert "'-k', 'geometry'" in test.stdout
    assert run(project).stdout.startswith("started __main__")

    (project / "requirements-all.txt").write_text("# other pins\n")
    assert "Installing the packages" in run(project).stdout


def test_a_broken_environment_is_made_anew_but_nothing_behind_a_link_is_deleted(made: Path) -> None:
    venv, thesis = made / ".venv", made.parent / "work" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("three years")
    (venv / course.STAMP.name).write_bytes(b"\xff\x00garbled")
    (venv / "leftover").write_text("")
    if os.name != "nt":  # where making a link takes a privilege
        (venv / "elsewhere").symlink_to(thesis.parent)
    python = made / course.venv_python().relative_to(ROOT)
    python.unlink()
    python.write_text("no program")
    python.chmod(0o755)
    done = run(made)
    assert "Making .venv" in done.stdout
    assert "started" in done.stdout
    assert not {"leftover", "elsewhere"} & {path.name for path in venv.iterdir()}
    assert thesis.read_text() == "three years"


def test_an_environment_of_somebody_else_is_left_alone(project: Path) -> None:
    venv = project / ".venv"
    (venv / "work").mkdir(parents=True)
    (venv / "work" / "thesis.txt").write_text("three years")
    assert "was not made by the course, which leaves it as it is" in refusal(run(project))
    assert [path.name for path in venv.rglob("*")] == ["work", "thesis.txt"]


@pytest.mark.skipif(os.name == "nt", reason="making a link takes a privilege")
def test_an_environment_elsewhere_is_left_alone(project: Path) -> None:
    thesis = project.parent / "work" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("three years")
    (project / ".venv").symlink_to(thesis.parent)
    assert "is a link" in refusal(run(project))
    assert [path.name for path in thesis.parent.iterdir()] == ["thesis.txt"]


def test_a_second_start_at_once_is_told_to_wait(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "VENV", project.resolve() / ".venv")
    monkeypatch.setattr(course, "STAMP", course.VENV / course.STAMP.name)
    with course.claim():  # as the first start does
        assert "Another start is making .venv right now" in refusal(run(project))
    with course.claim():
        pass


def test_without_network_it_says_so_and_the_next_run_goes_on(made: Path) -> None:
    (made / "requirements.txt").write_text(NUMPY)
    assert "could not be downloaded. Check the network" in refusal(run(made))
    (made / "requirements.txt").write_text("")
    assert "started" in run(made).stdout


def test_an_index_that_asks_for_a_password_is_said_and_not_waited_for(made: Path) -> None:
    class Guarded(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="index"')
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    (made / "requirements.txt").write_text(NUMPY)
    with ThreadingHTTPServer(("127.0.0.1", 0), Guarded) as index:
        threading.Thread(target=index.serve_forever, daemon=True).start()
        done = run(made, PIP_INDEX_URL=f"http://127.0.0.1:{index.server_port}/")
        index.shutdown()
    assert "The package index asks for a name and a password" in refusal(done)


def test_a_package_without_a_hash_or_with_another_one_is_not_installed(made: Path) -> None:
    wheel = made.parent / "nil-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("nil.py", "")
        packed.writestr("nil-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: nil\nVersion: 1.0\n")
        packed.writestr("nil-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        packed.writestr("nil-1.0.dist-info/RECORD", "")
    said = []
    for digest in (f" --hash=sha256:{'0' * 64}", ""):
        (made / "requirements.txt").write_text(f"nil==1.0{digest}\n")
        said.append(refusal(run(made, PIP_FIND_LINKS=str(made.parent), PIP_NO_INDEX="1")))
    assert "A package is not the one that was locked. Nothing of it was installed" in said[0]
    assert "Hashes are required" in said[1]


def hear_ctrl_c() -> None:
    """What a shell starts in the background, such as this run, ignores Ctrl-C; a started course must not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(folder: Path, stdout: int, **settings: str) -> subprocess.Popen[str]:
    """Start the course in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "course.py"],
        cwd=folder,
        env=environment(folder.parent, **settings),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )


@pytest.mark.skipif(os.name == "nt", reason="sends the signal of Ctrl-C to a process group")
def test_ctrl_c_while_installing(made: Path) -> None:
    (made / "requirements.txt").write_text(NUMPY)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        process = start(made, subprocess.DEVNULL, PIP_INDEX_URL=index)
        silent.settimeout(60)
        with silent.accept()[0]:  # pip waits for an answer
            os.killpg(process.pid, signal.SIGINT)
            errors = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert errors.strip() == "Interrupted. Run the same command again to go on."
    assert (made / ".venv" / course.STAMP.name).read_text() == ""


@pytest.mark.skipif(os.name == "nt", reason="sends signals to a process group")
@pytest.mark.long
@pytest.mark.parametrize("sent", [2, 9], ids=["Ctrl-C", "killed"])
@pytest.mark.parametrize("stage", ["Making .venv", "Installing the packages"])
def test_stopped_at_any_stage_the_next_run_goes_on(project: Path, stage: str, sent: int) -> None:
    process = start(project, subprocess.PIPE)
    assert process.stdout
    while stage not in (line := process.stdout.readline()):
        assert line
    os.killpg(process.pid, sent)
    errors = process.communicate(timeout=30)[1]
    assert process.returncode == (130 if sent == 2 else -sent)
    assert errors.strip() == ("Interrupted. Run the same command again to go on." if errors else "")
    assert not any(path.read_text() for path in (project / ".venv").glob(course.STAMP.name))
    assert "started" in run(project).stdout


@pytest.mark.long
def test_a_full_disk_is_said_and_the_next_run_goes_on(project: Path) -> None:
    full = 'raise OSError(28, "No space left on device")'
    (project / "backend.py").write_text(BACKEND.replace("with zipfile", f"{full}\n    with zipfile"))
    done = run(project)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("The disk is full. Make room")
    (project / "backend.py").write_text(BACKEND)
    assert "started" in run(project).stdout


def test_a_disk_that_fills_while_the_stamp_is_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stamp is written last; the next run makes the environment anew."""

    def full(path: Path, text: str) -> None:
        if text:
            raise OSError(28, "No space left on device", str(path))

    steps: list[object] = []
    monkeypatch.setattr(course, "VENV", tmp_path.resolve() / ".venv")
    monkeypatch.setattr(course, "STAMP", course.VENV / "stamp")
    monkeypatch.setattr(course, "step", steps.append)
    with monkeypatch.context() as small:
        small.setattr(Path, "write_text", full)
        with pytest.raises(SystemExit) as ended:
            course.run(["lab"])
    assert ended.value.code == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("The disk is full. Make room")
    course.prepare("lab")
    assert steps[:3] == steps[3:]
    assert course.STAMP.read_text() == course.stamp("lab")


def test_a_disk_that_fills_while_the_environment_is_made_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """venv itself says only that another command failed."""
    monkeypatch.setattr(course, "VENV", tmp_path.resolve() / ".venv")
    monkeypatch.setattr(course, "STAMP", course.VENV / "stamp")
    monkeypatch.setattr(course.shutil, "disk_usage", lambda _: SimpleNamespace(free=4096))
    fails = "import sys; sys.exit('Error: Command ensurepip returned non-zero exit status 1.')"
    step = course.step
    monkeypatch.setattr(course, "step", lambda command: step([sys.executable, "-c", fails]))
    with pytest.raises(SystemExit):
        course.run(["lab"])
    assert capsys.readouterr().err.splitlines()[-1].startswith("The disk is full. Make room")


def test_what_the_system_refuses_is_said_and_not_taken_for_the_network(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def locked(extras: str) -> None:
        raise PermissionError(13, "Permission denied", "connections/.venv/course-stamp.txt")

    monkeypatch.setattr(course, "prepare", locked)
    with pytest.raises(SystemExit):
        course.run(["lab"])
    said = capsys.readouterr().err
    assert "Permission denied: 'connections/.venv/course-stamp.txt'" in said
    assert "for the reason above" in said


def test_an_unknown_command_is_refused_with_the_known_ones(project: Path) -> None:
    sentence = refusal(run(project, "tset"), code=2)
    assert "no command 'tset'" in sentence
    assert "python course.py notebooks" in sentence
    assert not (project / ".venv").exists()


def test_help_lists_every_command(project: Path) -> None:
    text = refusal(run(project, "--help"), code=0)
    assert all(f"course.py {verb} " in text for verb in course.VERBS if verb != "lab")


@pytest.mark.parametrize("safe", ["", "1"])
def test_here_makes_no_environment_and_a_file_named_like_a_module_stops_nothing(
    installed: Path, safe: str
) -> None:
    """random.py and signal.py in the course's root; and Python told to leave the root out by itself."""
    for name in ("random", "signal", "zmq"):
        (installed / f"{name}.py").write_text("raise SystemExit('a file of the learner was imported')")
    done = run(installed, "--here", "--version", PYTHONSAFEPATH=safe)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d+\.\d+", done.stdout)
    assert not (installed / ".venv").exists()


def test_the_tools_are_found_where_python_leaves_the_root_out(installed: Path) -> None:
    done = run(installed, "notebooks", "unknown", "--here", PYTHONSAFEPATH="1")
    assert "No such notebook: unknown" in done.stdout


def test_here_says_which_packages_do_not_fit(project: Path) -> None:
    wanted = PYPROJECT.replace(
        "dependencies = []", 'dependencies = ["numpy>=99,<100", "pytest>=7,<99", "nil>=1,<2"]'
    )
    (project / "pyproject.toml").write_text(wanted.replace("stand_in", "nobodys"))
    sentence = refusal(run(project, "--here"))
    assert "lacks nobodys, numpy>=99,<100, nil>=1,<2." in sentence
    assert '-m pip install -e ".[lab]"' in sentence


def old_python() -> str | None:
    places = [shutil.which(f"python3.{minor}") for minor in range(6, 11)]
    places += [str(path) for path in Path.home().glob(".pyenv/versions/3.*/bin/python")]
    for python in filter(None, places):
        shown = subprocess.run(
            [python, "-c", "import sys; print(sys.version_info < (3, 11))"], capture_output=True
        )
        if shown.stdout.strip() == b"True":
            return python
    return None


def test_a_python_that_is_too_old_is_refused(project: Path) -> None:
    python = old_python()
    if python is None:
        pytest.skip("no Python older than 3.11 on this machine")
    assert "needs Python 3.11 or newer, and this is Python 3." in refusal(run(project, python=python))


def test_versions(capsys: pytest.CaptureFixture[str]) -> None:
    course.check_version((3, 11, 0))
    course.check_version((4, 0, 0))
    with pytest.raises(SystemExit):
        course.check_version((3, 9, 18))
    assert "this is Python 3.9." in capsys.readouterr().err


def test_a_python_without_venv_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(course, "VENV", tmp_path.resolve() / ".venv")
    monkeypatch.setattr(course, "STAMP", course.VENV / "stamp")
    monkeypatch.setattr(course, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        course.prepare("lab")
    assert "sudo apt install python3-venv" in capsys.readouterr().err


def test_the_python_of_an_environment_per_system() -> None:
    assert course.venv_python("nt") == ROOT / ".venv" / "Scripts" / "python.exe"
    assert course.venv_python("posix") == ROOT / ".venv" / "bin" / "python"


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        ("ERROR: [Errno 28] No space left on device", "The disk is full"),
        ("WARNING: connection broken by 'NewConnectionError'", "Check the network"),
        ("[Errno 11001] getaddrinfo failed", "Check the network"),
        ("ERROR: Cannot install numpy==1 and numpy==2", "for the reason above"),
    ],
)
def test_causes(errors: str, sentence: str) -> None:
    assert sentence in course.explain(errors)


def test_course_py_is_short_and_an_old_python_can_read_it_without_any_package() -> None:
    source = (ROOT / "course.py").read_text()
    ast.parse(source, feature_version=(3, 6))
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", source, re.MULTILINE))
    assert imported <= sys.stdlib_module_names | {"tools"}
    assert len(source.splitlines()) < 230


@pytest.fixture
def server(installed: Path) -> Iterator[tuple[str, str]]:
    """The real JupyterLab as `course.py --here` starts it: its address and its token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "course.py", "--here", "--no-browser", f"--port={port}"],
        cwd=installed,
        env=environment(installed.parent),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    found = None
    while not found and (line := process.stderr.readline()):
        found = re.search(rf"(http://127\.0\.0\.1:{port})(/\S*)\?token=(\w+)", line)
    try:
        assert found, "JupyterLab did not start"
        assert found[2] == "/lab/workspaces/course/tree/notebooks/00_first.ipynb"
        yield found[1], found[3]
    finally:
        process.terminate()
        process.communicate(timeout=30)


def ask(server: tuple[str, str], path: str, content: object = None, token: bool = True) -> str:
    request = urllib.request.Request(
        server[0] + path,
        data=None if content is None else json.dumps(content).encode(),
        method="GET" if content is None else "PUT",
        headers={"Authorization": f"token {server[1]}"} if token else {},
    )
    for _ in range(50):
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError:
            raise
        except OSError:  # the address is shown a moment before it answers
            time.sleep(0.1)
    raise TimeoutError(path)


def test_jupyterlab_as_the_course_starts_it(server: tuple[str, str], project: Path) -> None:
    assert "notebooks" in ask(server, "/api/contents/?content=1")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        ask(server, "/api/contents/", token=False)
    news = json.loads(ask(server, "/lab/api/settings/@jupyterlab/apputils-extension:notification"))["schema"]
    assert news["properties"]["fetchNews"]["default"] == "false"
    assert news["properties"]["checkForUpdates"]["default"] is False

    data = {
        "text/html": "",
        "text/plain": "x",
        "application/vnd.jupyter.widget-view+json": {"model_id": "gone"},
    }
    output = nbformat.v4.new_output("display_data", data, metadata={"deconv_helpers": True})
    saved = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output])])
    ask(server, "/api/contents/notebooks/00_first.ipynb", {"type": "notebook", "content": saved})
    stored = nbformat.read(project / "notebooks" / "00_first.ipynb", as_version=4)
    assert set(stored.cells[0].outputs[0].data) == {"text/html", "text/plain"}
