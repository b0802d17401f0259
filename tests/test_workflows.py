"""What the workflows may do, whose code they run, and what has to be green before anything is published."""

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.yml")}
JOBS = [
    pytest.param(job, id=f"{name}-{job_name}")
    for name, workflow in WORKFLOWS.items()
    for job_name, job in workflow["jobs"].items()
]


def runs(job: dict[str, Any]) -> str:
    return "\n".join(step.get("run", "") for step in job.get("steps", []))


@pytest.mark.parametrize("job", JOBS)
def test_actions_are_pinned_by_commit_and_leave_no_credentials(job: dict[str, Any]) -> None:
    assert job.get("uses", "./").startswith("./")
    for step in job.get("steps", []):
        if "uses" in step:
            action, commit = step["uses"].split("@")
            assert len(commit) == 40
            assert int(commit, 16)
            if action == "actions/checkout":
                assert step["with"]["persist-credentials"] is False


def test_only_the_job_that_publishes_may_write_and_it_runs_nothing_of_ours() -> None:
    writing = {}
    for name, workflow in WORKFLOWS.items():
        assert workflow["permissions"] == {"contents": "read"}
        for job_name, job in workflow["jobs"].items():
            if "write" in job.get("permissions", {}).values():
                writing[name, job_name] = job
    assert list(writing) == [("pages", "deploy")]
    deploy = writing["pages", "deploy"]
    assert runs(deploy) == ""
    assert [step["uses"].partition("@")[0] for step in deploy["steps"]] == ["actions/deploy-pages"]


def test_nothing_is_published_before_every_test_is_green() -> None:
    jobs = WORKFLOWS["pages"]["jobs"]
    assert jobs["test"]["uses"] == "./.github/workflows/test.yml"
    assert (jobs["build"]["needs"], jobs["deploy"]["needs"]) == ("test", "build")
    assert "course.py test" in runs(WORKFLOWS["test"]["jobs"]["test"])
    assert "if" not in jobs["build"]
    assert "if" not in jobs["deploy"]


def test_every_week_the_newest_packages_are_tried_with_the_long_tests() -> None:
    workflow = WORKFLOWS["newest"]
    assert workflow[True]["schedule"]  # YAML takes `on` for a boolean
    assert "course.py test --here --all" in runs(workflow["jobs"]["newest"])
    assert "requirements" not in runs(workflow["jobs"]["newest"])


def test_no_package_of_node_runs_a_script_when_it_is_installed() -> None:
    found = 0
    for path in [*ROOT.glob("classroom/*"), *ROOT.glob("tools/*"), *FOLDER.glob("*"), ROOT / ".ci" / "run"]:
        if path.suffix in {".py", ".md", ".yml", ""} and path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                if "npm ci" in line or '"ci"' in line:
                    found += 1
                    assert "--ignore-scripts" in line, f"{path.name}: {line}"
    assert found >= 3
    for folder in ("classroom", "tools/lite", "tools/site"):
        assert "ignore-scripts=true" in (ROOT / folder / ".npmrc").read_text(encoding="utf-8").split()
