"""A class rehearsed: a real hub on this machine, and N students who run a lesson at the same time.

    python classroom/rehearsal.py 30

The hub is the one of jupyterhub_config.py, but for the spawner: the servers are plain processes of this
user, without limits. It listens on the loopback address, keeps everything in a temporary folder, and ends
with all that it started when the rehearsal does.
"""

import argparse
import asyncio
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles

HERE = Path(__file__).resolve().parent
COURSE = HERE.parent
sys.path.append(str(COURSE))

PACKAGES = ("aiohttp", "jupyterhub", "jupyterhub_idle_culler")
missing = ", ".join(name for name in PACKAGES if not find_spec(name))
if missing:
    install = "pip install --require-hashes --only-binary=:all: -r requirements-classroom.txt"
    sys.exit(f"Not installed: {missing}. In {COURSE} run: {sys.executable} -m {install}")

import aiohttp  # noqa: E402
from yarl import URL  # noqa: E402

from classroom import needs, processes  # noqa: E402
from classroom.people import People  # noqa: E402
from classroom.student import Student  # noqa: E402

LATE, TEACHER = "late", "teacher"
MOST = 60
"""Students at once, at most."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("students", type=int, help=f"how many, from 1 to {MOST}")
    parser.add_argument("--killed", type=int, default=2, help="students whose kernel is killed midway (2)")
    parser.add_argument("--lesson", default="01_convolution", help="the lesson's name (01_convolution)")
    parser.add_argument("--minutes", type=float, default=15, help="give up after this long (15)")
    parser.add_argument("--port", type=int, help="the hub's port (a free one)")
    given = parser.parse_args()
    if not 1 <= given.students <= MOST:
        parser.error(f"students must be from 1 to {MOST}, got {given.students}")
    given.killed = min(given.killed, given.students)
    given.notebook = COURSE / "notebooks" / f"{given.lesson}.ipynb"
    if not given.notebook.exists():
        known = ", ".join(sorted(path.stem for path in given.notebook.parent.glob("*.ipynb")))
        parser.error(f"lesson must be one of {known}, got {given.lesson!r}")
    return given


def start_hub(folder: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    hub_port, proxy_port = needs.free_ports(2)
    command = [
        *(sys.executable, "-m", "jupyterhub", f"--config={HERE / 'jupyterhub_config.py'}"),
        f"--JupyterHub.hub_bind_url=http://127.0.0.1:{hub_port}",
        f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{proxy_port}",
        "--JupyterHub.spawner_class=simple",
        f"--SimpleLocalProcessSpawner.home_dir_template={folder}/homes/{{username}}",
        *options,
    ]
    environment = {
        **os.environ,
        "DECONV_HUB_PORT": str(port),
        "DECONV_HUB_STATE": str(folder / "state"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(COURSE), os.environ.get("PYTHONPATH")])),
    }
    with (folder / "hub.log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )


async def hub_answers(hub: subprocess.Popen[bytes], address: URL) -> None:
    async with aiohttp.ClientSession() as web:
        while hub.poll() is None:
            try:
                async with web.get(address / "hub/health") as answer:
                    if answer.ok:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)
    raise RuntimeError("the hub did not start")


async def hold_class(given: argparse.Namespace, folder: Path, port: int) -> bool:
    """Run the rehearsal and print what came of it; whether nothing was lost."""
    names = [f"student{number:02}" for number in range(1, given.students + 1)]
    for name in names:
        home = folder / "homes" / name
        home.mkdir(parents=True)
        shutil.copy(given.notebook, home)
    (folder / "state").mkdir(mode=0o700)
    (folder / "state" / "students.txt").write_text("\n".join([*names, LATE]))
    (folder / "state" / "teachers.txt").write_text(TEACHER)
    address = URL(f"http://127.0.0.1:{port}")
    hub = start_hub(folder, port)
    await hub_answers(hub, address)
    people = People(folder / "state")
    await turn_away(address, LATE, "before first passwords may be chosen")
    people.enrol(given.minutes)
    await turn_away(address, "stranger", "who is in no list")
    await turn_away(address, TEACHER, "with a password that was not set on the machine")
    base = processes.cpu(processes.descendants())
    lesson = given.notebook.read_text(encoding="utf-8")
    began = time.monotonic()
    students = [
        Student(name, secrets.token_urlsafe(), address, began, kill=number < given.killed)
        for number, name in enumerate(names)
    ]
    ends = await asyncio.gather(
        *(student.attend(given.notebook.name, json.loads(lesson)) for student in students),
        return_exceptions=True,
    )
    lost = {student.name: end for student, end in zip(students, ends, strict=True) if end}
    for name, error in lost.items():
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
    report(given, [student for student in students if student.name not in lost], base)
    people.enrol(0)
    await turn_away(address, names[0], "with another password than the first one")
    await turn_away(address, LATE, "after the time for first passwords")
    print("turned away             all 5 who tried in vain")
    return not lost


async def turn_away(address: URL, name: str, why: str) -> None:
    """Try to sign in with a password of one's own; raises RuntimeError where that succeeds."""
    if not await Student(name, secrets.token_urlsafe(), address, 0).is_turned_away():
        raise RuntimeError(f"the hub let in {name}, {why}")


def spread(seconds: list[float]) -> str:
    """The median and the 95th percentile."""
    high = quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return f"{median(seconds):.1f} s, {high:.1f} s"


def report(given: argparse.Namespace, done: list[Student], base: float) -> None:
    recovered = sum(student.recovered for student in done)
    print(f"lesson                  {given.lesson}")
    print(f"done                    {len(done)} of {given.students} students")
    print(f"recovered               {recovered} of {given.killed} whose kernel was killed")
    if not done:
        return
    explorers = [student.first_explorer for student in done if student.first_explorer is not None]
    first = f"{spread(explorers)}  (median, 95 %)" if explorers else "none in this lesson"
    print(f"first explorer          {first}")
    print(f"chose another input     {sum(student.chose for student in done)} of {len(done)}")
    print(f"whole lesson            {spread([student.whole_lesson for student in done])}  (median, 95 %)")
    each = [processes.of_student(student.name) for student in done]
    everything = processes.descendants()
    seconds = (processes.cpu(everything) - base) / len(done)
    used = median(map(processes.memory, each))
    print(
        f"memory for a student    {used:.0f} MiB, at most {max(map(processes.peak, each)):.0f} MiB resident"
    )
    rest = set(everything) - set().union(*each)
    print(f"memory for the hub      {processes.memory(rest):.0f} MiB")
    print(f"one more student costs  {used:.0f} MiB and {seconds:.1f} s of one core")


def main() -> int:
    given = arguments()
    if sys.platform != "linux":
        sys.exit("The rehearsal reads /proc and needs Linux.")
    port = given.port or needs.free_ports(1)[0]
    problem = needs.install_proxy() or needs.taken(port, "Choose another one with --port.")
    if problem:
        sys.exit(problem)
    processes.adopt_orphans()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as name:
        folder = Path(name)
        try:
            return not asyncio.run(asyncio.wait_for(hold_class(given, folder, port), given.minutes * 60))
        except (TimeoutError, RuntimeError) as error:
            print(error or f"Not done after {given.minutes:g} minutes.", file=sys.stderr)
            log = (folder / "hub.log").read_text(errors="replace").splitlines()
            print(*[line for line in log if not line.startswith("[I ")][-20:], sep="\n", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("Interrupted.", file=sys.stderr)
            return 130
        finally:
            processes.end_all()


if __name__ == "__main__":
    sys.exit(main())
