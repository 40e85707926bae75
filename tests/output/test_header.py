"""What is said above and below a task's output."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.output.header import clock, describe_footer, describe_header, job_of, span

JOB = {
    "number": 7,
    "attempt": 2,
    "id": "train",
    "command": "conda run python train.py 0.1",
    "submitted_command": "python train.py {lr}",
    "workdir": "/home/ada",
    "variables": {"API_KEY": "********", "A": "1"},
    "gpus": [{"uuid": "GPU-abc", "index": 3}, {"uuid": "GPU-def", "index": 0}],
    "submitted_at": 1_790_000_000.25,
    "starting_at": 1_790_000_060.75,
}


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zone that is nobody's."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "XXX-01:30")
        time.tzset()
        yield
    time.tzset()


def test_header_names_everything() -> None:
    """Row 182: id, command, final command, variables (secrets masked), GPUs, start time readable and as epoch."""
    assert describe_header(JOB) == [
        "task 7: train, attempt 2",
        "command:         python train.py {lr}",
        "final command:   conda run python train.py 0.1",
        "directory:       /home/ada",
        "variable:        API_KEY=********",
        "variable:        A=1",
        "GPUs:            3 (GPU-abc), 0 (GPU-def)",
        "submitted:       2026-09-21 15:43:20 +0130",
        "started:         2026-09-21 15:44:20 +0130 (1790000060)",
    ]


def test_header_leaves_out_what_there_is_none_of() -> None:
    """A command that was run as submitted stands there once; a task without a GPU says so (row 182)."""
    lines = describe_header({**JOB, "submitted_command": "", "variables": {}, "gpus": []})
    assert lines[1] == "command:         conda run python train.py 0.1"
    assert not any(line.startswith(("final", "variable")) for line in lines)
    assert "GPUs:            none" in lines


def test_command_of_several_lines_keeps_them() -> None:
    """A script is readable: line below line, aligned."""
    lines = describe_header({**JOB, "submitted_command": "cd x\nmake\n"})
    assert lines[1:3] == ["command:         cd x", "                 make"]


@given(st.text(), st.text())
def test_header_is_clean(task_id: str, value: str) -> None:
    """Whatever a task is called or given: every line can be shown as it is (row 182)."""
    for line in describe_header({**JOB, "id": task_id, "command": value, "variables": {task_id: value}}):
        assert line.isprintable()


@pytest.mark.parametrize(
    ("end", "code", "number", "title"),
    [
        ("completed", 0, None, "completed (exit code 0)"),
        ("failed", 3, None, "failed (exit code 3)"),
        ("cancelled", 143, 15, "cancelled (exit code 143, signal 15)"),
        ("lost", None, None, "lost (exit code unknown)"),
    ],
)
def test_footer_tells_end_times_and_duration(end: str, code: int | None, number: int | None, title: str) -> None:
    """Row 183: end kind with exit code and signal, stop time, duration."""
    lines = describe_footer(
        end, exit_code=code, signal=number, stopped_at=1_790_003_721.9, started_at=1_790_000_060.75, detail="why"
    )
    assert lines == [
        title,
        "because:         why",
        "stopped:         2026-09-21 16:45:21 +0130 (1790003721)",
        "duration:        1:01:01",
    ]


def test_footer_without_times_is_one_line() -> None:
    """What is not known is not guessed."""
    assert describe_footer("lost", exit_code=None) == ["lost (exit code unknown)"]


def test_durations_and_moments() -> None:
    """Row 201: readable; hours go on beyond a day; a clock that was set back makes no negative duration."""
    assert [span(seconds) for seconds in (-5, 0, 59, 3600, 360_000)] == [
        "0:00:00",
        "0:00:00",
        "0:00:59",
        "1:00:00",
        "100:00:00",
    ]
    assert clock(0) == "1970-01-01 01:30:00 +0130"


def test_description_is_read_beside_the_log(tmp_path: Path) -> None:
    """The log's neighbour tells; a missing or damaged one says nothing and breaks nothing."""
    log = str(tmp_path / "output.log")
    assert job_of(log) == {}
    assert describe_header(job_of(log)) == []
    (tmp_path / "job.json").write_text('{"number": 7,')
    assert job_of(log) == {}
    (tmp_path / "job.json").write_text("[1]")
    assert job_of(log) == {}
    (tmp_path / "job.json").write_text(json.dumps(JOB))
    assert job_of(log) == JOB
