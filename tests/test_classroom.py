"""A class of two in a real hub, what its configuration says, and what is said where something is missing."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from traitlets.config import Config, PyFileConfigLoader

from classroom import needs

ROOT = Path(__file__).resolve().parent.parent
CLASSROOM = ROOT / "classroom"
README = (CLASSROOM / "README.md").read_text(encoding="utf-8")
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))

linux = pytest.mark.skipif(sys.platform != "linux", reason="the rehearsal reads /proc and needs Linux")


@pytest.fixture
def hub_can_run() -> None:
    """Skip where the hub or Node is missing; with CI=true that is a failure."""
    packages = ("jupyterhub", "firstuseauthenticator", "jupyterhub_idle_culler")
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
    """The processes whose command or environment names the folder, as all of a rehearsal's do."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if f"{folder}/rehearsal-".encode() in words:
            found.append(int(process.name))
    return found


@linux
@pytest.mark.usefixtures("hub_can_run")
def test_two_students_finish_though_a_kernel_is_killed(tmp_path: Path) -> None:
    process = rehearsal("2", "--killed", "1", "--minutes", "4", TMPDIR=str(tmp_path))
    printed = process.communicate(timeout=270)[0]
    assert process.returncode == 0, printed
    assert "2 of 2 students" in printed
    assert "1 of 1 whose kernel was killed" in printed
    assert living(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@linux
@pytest.mark.usefixtures("hub_can_run")
def test_an_interrupted_rehearsal_leaves_nothing_behind(tmp_path: Path) -> None:
    process = rehearsal("1", "--minutes", "4", TMPDIR=str(tmp_path))
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
    """The hub's configuration as it is read where one student and one teacher are listed."""
    (tmp_path / "students.txt").write_text("ada\ngrace\n")
    (tmp_path / "teachers.txt").write_text("emmy\n")
    monkeypatch.setenv("DECONV_HUB_STATE", str(tmp_path))
    monkeypatch.setenv("DECONV_HUB_PORT", str(needs.free_ports(1)[0]))
    return PyFileConfigLoader("jupyterhub_config.py", path=str(CLASSROOM)).load_config()


@linux
def test_the_hub_lets_in_who_is_listed_and_nobody_else(config: Config) -> None:
    assert config.Authenticator.allowed_users == {"ada", "grace"}
    assert config.Authenticator.admin_users == {"emmy"}
    assert config.FirstUseAuthenticator.create_users is False
    assert config.JupyterHub.bind_url.startswith("http://127.0.0.1:")


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
