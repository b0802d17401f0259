"""Each benchmark gives its rows; how long things take is not a test's business."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

import benchmarks.__main__ as bench
from benchmarks import course, operators, startup
from benchmarks.__main__ import main
from benchmarks.measuring import Effort, Table, machine, ms, percentile, race, times

ONCE = Effort(seconds=0, repetitions=1)


def test_a_race_takes_turns_and_is_won_by_medians() -> None:
    turns: list[str] = []
    ways = {"ours": lambda: turns.append("ours"), "theirs": lambda: turns.append("theirs")}
    seconds = race(ways, Effort(seconds=1, repetitions=3))
    assert [name for name, _ in groupby(turns)] == ["ours", "theirs"] * 4  # the first round warms up
    assert len(turns) > 8  # what is quick is called several times a turn
    assert all(value >= 0 for value in seconds.values())


def test_figures_in_words() -> None:
    assert [ms(0.00001234), ms(0.00512), ms(1.5)] == ["0.012", "5.12", "1,500"]
    assert [times(0.333), times(27.4)] == ["0.33x", "27x"]
    assert [percentile([3, 1, 2, 4], share) for share in (0.5, 0.95, 1)] == [2, 4, 4]


def test_a_table_says_where_its_aim_is_missed() -> None:
    table = Table("Speed", ("what", "ratio"), aim="below 2", reason="It is far.")
    table.add("near", "1.0x")
    assert "In this run: reached." in table.markdown()
    table.add("far", "3.0x", missed="3 times")
    assert "In this run: missed by far (3 times). It is far." in table.markdown()
    assert "| far | 3.0x |" in table.markdown()


def test_operators() -> None:
    found = operators.tables(ONCE, cases=((8, 3, 1), (9, 5, 1), (12, 5, 1), (8, 3, 2)))
    assert [len(table.rows) for table in found[::2]] == [4, 4]
    assert {"ours", "scipy", "by C", "loop"} <= {row[0] for row in found[1].rows}


@pytest.mark.long
def test_startup() -> None:
    found = startup.tables(ONCE, explorers=("explore_convolution",))
    assert [len(table.rows) for table in found] == [3, 2, 1]


@pytest.mark.long
def test_course() -> None:
    times_of_it, memory, growth = course.tables(("01_convolution",), ("explore_convolution",), runs=2)
    assert [row[0] for row in times_of_it.rows] == ["01_convolution", "all, one after the other"]
    assert [len(memory.rows), len(growth.rows)] == [2, 1]


def test_the_machine_is_described_without_its_name() -> None:
    assert "cores" in machine()
    assert "numpy" in machine()


def test_a_part_that_is_measured_again_takes_its_own_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "RESULTS.md")
    order = ["slider", "operators", "lite"]
    bench.write({"lite": "## Lite"}, order)
    bench.write({"slider": "## Slider\n\nold"}, order)
    bench.write({"slider": "## Slider\n\nnew"}, order)
    body = bench.RESULTS.read_text(encoding="utf-8").removeprefix(bench.HEAD).strip()
    assert body == "<!-- slider -->\n## Slider\n\nnew\n\n<!-- lite -->\n## Lite"


def test_an_unknown_part_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sliders"]) == 2
    assert "There are: slider, operators, startup, course, pages, lite." in capsys.readouterr().err
