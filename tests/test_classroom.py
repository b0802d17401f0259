"""A class of two in a real hub, what its configuration says, and what is said where something is missing."""

import asyncio
import configparser
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, build_opener

import pytest
import yaml
from traitlets.config import Config, PyFileConfigLoader

from classroom import needs
from classroom.people import People, PeopleError

ROOT = Path(__file__).resolve().parent.parent
CLASSROOM = ROOT / "classroom"
README = (CLASSROOM / "README.md").read_text(encoding="utf-8")
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))

linux = pytest.mark.skipif(sys.platform != "linux", reason="the rehearsal reads /proc and needs Linux")


@pytest.fixture
def hub_can_run() -> None:
    """Skip where the hub or Node is missing; with CI=true that is a failure."""
    packages = ("jupyterhub", "aiohttp", "jupyterhub_idle_culler")
    missing = [f"{name} is not installed" for name in packages if not find_spec(name)]
    reason = ", ".join(missing) or needs.install_proxy()
    if reason:
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


def rehearsal(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a rehearsal; it prints to one pipe."""
    return subprocess.Popen(
        [sys.executable, str(CLASSROOM / "rehearsal.py"), *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def living(folder: Path) -> list[int]:
    """The processes whose command or environment names the folder, as all of a hub's in it do."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if f"{folder}/".encode() in words:
            found.append(int(process.name))
    return found


@linux
@pytest.mark.usefixtures("hub_can_run")
def test_two_students_finish_though_a_kernel_is_killed(tmp_path: Path) -> None:
    process = rehearsal("2", "--killed", "1", "--minutes", "10", TMPDIR=str(tmp_path))
    printed = process.communicate(timeout=630)[0]
    assert process.returncode == 0, printed
    assert "2 of 2 students" in printed
    assert "1 of 1 whose kernel was killed" in printed
    assert re.search(r"chose another input +2 of 2", printed)
    assert "all 5 who tried in vain" in printed
    assert living(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@linux
@pytest.mark.usefixtures("hub_can_run")
def test_an_interrupted_rehearsal_leaves_nothing_behind(tmp_path: Path) -> None:
    process = rehearsal("1", "--minutes", "10", TMPDIR=str(tmp_path))
    end = time.monotonic() + 120
    while len(living(tmp_path)) < 3:  # the hub, the proxy and the first server
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    printed = process.communicate(timeout=60)[0]
    assert (process.returncode, printed) == (130, "Interrupted.\n")
    assert living(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


class Browser:
    """A browser with its cookies in front of a hub."""

    def __init__(self, port: int) -> None:
        self.home = f"http://127.0.0.1:{port}/hub/"
        self.cookies = CookieJar(DefaultCookiePolicy(strict_ns_domain=DefaultCookiePolicy.DomainLiberal))
        stay = type("Stay", (HTTPRedirectHandler,), {"redirect_request": lambda *_: None})
        self.web = build_opener(ProxyHandler({}), HTTPCookieProcessor(self.cookies), stay)

    def status(self, page: str, **form: str) -> int:
        """The status that a page answers with, or what a form sent to it does."""
        data = urlencode(form).encode() if form else None
        try:
            with self.web.open(self.home + page, data, timeout=30) as answer:
                return int(answer.status)
        except HTTPError as answer:
            return answer.code

    def sign_in(self, name: str, password: str) -> int:
        """302 leads on to the server of who is let in."""
        assert self.status("login") == 200
        token = next(cookie.value for cookie in self.cookies if cookie.name == "_xsrf")
        return self.status("login", username=name, password=password, _xsrf=str(token))


@contextmanager
def hub(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A hub that answers, and its end with all of its processes; it asks the lists again each second."""
    from classroom.rehearsal import start_hub

    process = start_hub(folder, port, "--Gate.auth_refresh_age=1")
    try:
        end = time.monotonic() + 120
        while True:
            try:
                if Browser(port).status("health") == 200:
                    break
            except OSError:
                pass
            assert process.poll() is None, (folder / "hub.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.1)
        yield process
    finally:
        for pid in living(folder):
            os.kill(pid, signal.SIGKILL)
        process.wait()


@linux
@pytest.mark.usefixtures("hub_can_run")
def test_a_hub_that_crashed_starts_again_and_keeps_out_whom_the_lists_no_longer_name(tmp_path: Path) -> None:
    state, (port,) = tmp_path / "state", needs.free_ports(1)
    state.mkdir(mode=0o700)
    (state / "students.txt").write_text("ada\n")
    (state / "teachers.txt").write_text("emmy\ngrace\n")
    for name in ("ada", "emmy", "grace"):
        People(state).set_password(name, f"password of {name}")
    ada, emmy, grace = Browser(port), Browser(port), Browser(port)
    with hub(tmp_path, port) as process:
        assert ada.sign_in("ada", "x" * 100) == 403
        assert ada.sign_in("ada", "password of ada") == 429
        time.sleep(1)
        assert ada.sign_in("ada", "password of ada") == 302
        assert ada.status("admin") == 403
        assert emmy.sign_in("emmy", "password of emmy") == 302
        assert emmy.status("admin") == 200
        assert grace.sign_in("grace", "password of grace") == 302
        assert grace.status("admin") == 200
        (state / "teachers.txt").write_text("emmy\n")
        time.sleep(1)
        assert (grace.status("admin"), emmy.status("admin")) == (302, 200)
        process.kill()
        process.wait()
        (proxy,) = (pid for pid in living(tmp_path) if pid == int((state / "proxy.pid").read_text()))
        (state / "students.txt").write_text("emmy\n")
        (state / "teachers.txt").write_text("")
        with hub(tmp_path, port):
            assert proxy not in living(tmp_path)
            assert emmy.status("home") == 200
            assert emmy.status("admin") == 403
            assert ada.status("home") == 302  # to the form
            assert Browser(port).sign_in("ada", "password of ada") == 403
    with closing(sqlite3.connect(state / "hub.sqlite")) as database:
        assert database.execute("SELECT name, admin FROM users").fetchall() == [("emmy", 0)]
    assert living(tmp_path) == []


@linux
def test_only_a_proxy_is_taken_for_one_that_was_left_behind(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as innocent:
        (tmp_path / "proxy.pid").write_text(str(innocent.pid))
        needs.stop_orphan(tmp_path / "proxy.pid")
        assert innocent.poll() is None
        assert not (tmp_path / "proxy.pid").exists()
        innocent.kill()


def said(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """What a rehearsal that cannot begin says in its place."""
    from classroom import rehearsal

    monkeypatch.setattr(sys, "argv", ["rehearsal.py", *arguments])
    with pytest.raises(SystemExit) as refusal:
        rehearsal.main()
    return str(refusal.value)


@linux
@pytest.mark.usefixtures("hub_can_run")
def test_a_port_in_use_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = said(monkeypatch, "1", "--port", str(port))
    assert re.fullmatch(rf"Port {port} cannot be used \(.+\)\. Choose another one with --port\.", sentence)


@linux
@pytest.mark.usefixtures("hub_can_run")
def test_a_missing_node_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert said(monkeypatch, "1").startswith("The hub needs Node and npm")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("0",), "students must be from 1 to 60, got 0"),
        (("61",), "students must be from 1 to 60, got 61"),
        (("1", "--lesson", "09_none"), "lesson must be one of 00_why_go_back_up,"),
    ],
)
@linux
@pytest.mark.usefixtures("hub_can_run")
def test_bad_arguments_are_named(
    arguments: tuple[str, ...],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert said(monkeypatch, *arguments) == "2"
    assert sentence in capsys.readouterr().err


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub_can_run: None) -> Config:
    """The hub's configuration as it is read."""
    monkeypatch.setenv("DECONV_HUB_STATE", str(tmp_path))
    monkeypatch.setenv("DECONV_HUB_PORT", str(needs.free_ports(1)[0]))
    return PyFileConfigLoader("jupyterhub_config.py", path=str(CLASSROOM)).load_config()


@linux
def test_the_hub_has_its_gate_and_answers_this_machine_only(config: Config, tmp_path: Path) -> None:
    assert config.JupyterHub.authenticator_class == "classroom.gate.Gate"
    assert config.Gate.state == str(tmp_path)
    assert config.JupyterHub.bind_url.startswith("http://127.0.0.1:")


@linux
@pytest.mark.usefixtures("hub_can_run")
def test_a_list_with_a_mistake_is_said_before_the_hub_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "students.txt").write_text("grace\nAda Lovelace\n")
    monkeypatch.setenv("DECONV_HUB_STATE", str(tmp_path))
    monkeypatch.setenv("DECONV_HUB_PORT", str(needs.free_ports(1)[0]))
    with pytest.raises(SystemExit, match=r"students\.txt, line 2: 'Ada Lovelace' is not a name"):
        PyFileConfigLoader("jupyterhub_config.py", path=str(CLASSROOM)).load_config()


@linux
@pytest.mark.parametrize("shell", [None, "/bin/bash", "/usr/sbin/nologin"])
def test_a_student_is_a_user_without_a_login_shell(
    config: Config, monkeypatch: pytest.MonkeyPatch, shell: str | None
) -> None:
    def getpwnam(name: str) -> SimpleNamespace:
        if shell is None:
            raise KeyError(name)
        return SimpleNamespace(pw_shell=shell)

    done: list[list[str]] = []
    monkeypatch.setattr("pwd.getpwnam", getpwnam)
    monkeypatch.setattr(subprocess, "run", lambda command, check: done.append(command))
    config.SystemdSpawner.pre_spawn_hook(SimpleNamespace(user=SimpleNamespace(name="ada")))
    program = {None: ["useradd"], "/bin/bash": ["usermod"], "/usr/sbin/nologin": []}[shell]
    assert [command[0] for command in done] == program
    assert [command[-4:] for command in done] == [
        ["--shell", "/usr/sbin/nologin", "--", "jupyter-ada"]
    ] * len(done)
    with pytest.raises(PeopleError):
        config.SystemdSpawner.pre_spawn_hook(SimpleNamespace(user=SimpleNamespace(name="-rf")))


@linux
def test_a_student_has_no_swap_no_devices_and_no_way_to_another_user(config: Config) -> None:
    assert config.SystemdSpawner.unit_extra_properties["MemorySwapMax"] == "0"
    assert config.SystemdSpawner.isolate_devices
    assert config.SystemdSpawner.isolate_tmp
    assert config.SystemdSpawner.disable_user_sudo


@linux
def test_a_file_of_a_student_named_like_a_module_does_not_lock_the_student_out(
    config: Config, tmp_path: Path
) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('a file of the student was imported')")
    command = [*config.Spawner.cmd, *config.Spawner.args, "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_service_starts_the_hub_of_the_teachers_page() -> None:
    unit = configparser.ConfigParser()
    unit.read(CLASSROOM / "deconv-hub.service")
    python, *arguments = unit["Service"]["ExecStart"].split()
    assert python == "/opt/deconv/.venv/bin/python"
    assert "git clone https://github.com/YOU/REPO /opt/deconv" in README
    (option,) = (a for a in arguments if a.startswith("--config="))
    assert (ROOT / Path(option.removeprefix("--config=")).relative_to("/opt/deconv")).exists()
    assert f"/var/lib/{unit['Service']['StateDirectory']}" == unit["Service"]["WorkingDirectory"]
    assert unit["Service"]["Restart"] == "on-failure"


@linux
@pytest.mark.usefixtures("hub_can_run")
def test_on_kubernetes_nobody_gets_in_until_the_school_says_who() -> None:
    from jupyterhub.app import JupyterHub

    values = yaml.safe_load((CLASSROOM / "values.yaml").read_text(encoding="utf-8"))
    hub = JupyterHub(config=Config({"JupyterHub": values["hub"]["config"]["JupyterHub"]}))
    keeper = hub.authenticator_class(config=Config(values["hub"]["config"]))
    assert keeper.get_handlers(hub) == []  # no form, and nothing that a form could be sent to
    assert asyncio.run(keeper.get_authenticated_user(None, {"username": "ada", "password": "x"})) is None
    assert values["proxy"]["https"]["enabled"] is True


@linux
def test_the_hub_starts_servers_with_the_save_hook(config: Config) -> None:
    (argument,) = config.Spawner.args
    assert Path(argument.removeprefix("--config=")) == ROOT / "tools" / "jupyter_server_config.py"
    assert shutil.which(config.ConfigurableHTTPProxy.command[0])


@linux
def test_a_student_has_the_same_limits_everywhere(config: Config) -> None:
    values = yaml.safe_load((CLASSROOM / "values.yaml").read_text(encoding="utf-8"))
    assert values["singleuser"]["memory"]["limit"] == config.SystemdSpawner.mem_limit
    assert values["singleuser"]["cpu"]["limit"] == config.SystemdSpawner.cpu_limit
    assert f"--timeout={values['cull']['timeout']}" in config.JupyterHub.services[0]["command"]
    assert f"limits.memory {config.SystemdSpawner.mem_limit}" in README
    assert f"services.cull.timeout {values['cull']['timeout']}" in README


def test_the_proxy_is_pinned_and_names_no_registry() -> None:
    wanted = json.loads((CLASSROOM / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads((CLASSROOM / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert [name for name, package in locked.items() if "resolved" in package] == []


def test_the_teachers_page_has_every_lesson_and_its_links_lead_somewhere() -> None:
    for lesson in LESSONS:
        assert f"(../notebooks/{lesson}.ipynb)" in README
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert [t for t in targets if "://" not in t and not (CLASSROOM / t).exists()] == []
