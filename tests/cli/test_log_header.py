"""``logs --header``: what ran, above the output, and how it ended, below."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, ended

JOB = {
    "number": 7,
    "attempt": 1,
    "id": "train",
    "command": "python train.py",
    "workdir": "/home/ada",
    "variables": {"API_KEY": "********"},
    "gpus": [{"uuid": "GPU-abc", "index": 3}],
    "submitted_at": 1_790_000_000.0,
    "starting_at": 1_790_000_060.0,
}


def in_directory(path: Path, *attempts: dict[str, Any], state: str = "failed", **fields: Any) -> dict[str, Any]:
    """A task with job directories."""
    documents = []
    for number, attempt in enumerate(attempts, 1):
        directory = path / f"7.{number}"
        directory.mkdir()
        (directory / "job.json").write_text(json.dumps({**JOB, "attempt": number}))
        (directory / "output.log").write_text(f"output {number}\n")
        documents.append({"attempt": number, "log_path": str(directory / "output.log"), "signal": None, **attempt})
    return ended(7, state, attempts=documents, **fields)


OVER = {"started_at": "2026-09-21T14:14:20.500Z", "finished_at": "2026-09-21T14:15:21.250Z", "exit_code": 3}


def test_header_and_footer_are_shown_when_asked_for(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """Rows 182 and 183: who ran what with what, the raw output, and how, when and after what time it ended."""
    fake.answers["show"] = {"tasks": [in_directory(tmp_path, OVER, detail="exit code 3")], "schema": 1}
    lines = run("logs", "7", "--header").out.splitlines()
    assert lines[:3] == ["task 7: train, attempt 1", "command:         python train.py", "directory:       /home/ada"]
    assert "variable:        API_KEY=********" in lines
    assert "GPUs:            3 (GPU-abc)" in lines
    body = lines.index("output 1")
    assert (lines[body - 1], lines[body + 1]) == ("", "")
    assert lines[body + 2 : body + 4] == ["failed (exit code 3)", "because:         exit code 3"]
    assert lines[body + 4].endswith("(1790000121)")
    assert lines[body + 5] == "duration:        0:01:01"
    assert run("logs", "7").out == "output 1\n"


def test_earlier_attempt_has_its_own(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """The task's state is that of its last attempt; of an earlier one only its own code is told."""
    document = in_directory(tmp_path, {**OVER, "exit_code": None}, {**OVER, "exit_code": 0}, state="completed")
    fake.answers["show"] = {"tasks": [document], "schema": 1}
    assert "\nended (exit code unknown)\n" in run("logs", "7", "--header", "--attempt", "1").out
    assert "\ncompleted (exit code 0)\n" in run("logs", "7", "--header", "--full").out


def test_running_task_has_no_footer_yet(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """What has not happened is not told."""
    attempt = {"started_at": OVER["started_at"], "finished_at": None, "exit_code": None}
    fake.answers["show"] = {"tasks": [in_directory(tmp_path, attempt, state="running")], "schema": 1}
    out = run("logs", "7", "--header", "-n", "5").out
    assert out.startswith("task 7: train, attempt 1\n")
    assert out.endswith("\noutput 1\n\n")


@pytest.mark.parametrize("words", [("--full",), ("-n", "1"), ()])
def test_json_holds_both(run: Run, fake: FakeScheduler, tmp_path: Path, words: tuple[str, ...]) -> None:
    """In a document they are lists of lines, and only where they were asked for."""
    fake.answers["show"] = {"tasks": [in_directory(tmp_path, OVER)], "schema": 1}
    found = json.loads(run("logs", "7", "--json", "--header", *words).out)
    assert found["header"][0] == "task 7: train, attempt 1"
    assert found["footer"][0] == "failed (exit code 3)"
    assert found["text"] == "output 1"
    assert "header" not in json.loads(run("logs", "7", "--json", *words).out)


def test_following_shows_both(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """With ``-f`` the header comes first and the footer when the task has ended."""
    fake.answers["show"] = {"tasks": [in_directory(tmp_path, OVER)], "schema": 1}
    fake.answers["subscribe"] = {"schema": 1, "seq": 1}
    out = run("logs", "7", "-f", "--header").out
    assert out.startswith("task 7: train, attempt 1\n")
    assert "\n\noutput 1\n\nfailed (exit code 3)\n" in out


def test_log_without_description_is_shown_all_the_same(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """Where job.json is gone the header is empty, and the rest is there."""
    fake.answers["show"] = {"tasks": [in_directory(tmp_path, OVER)], "schema": 1}
    (tmp_path / "7.1" / "job.json").unlink()
    assert run("logs", "7", "--header").out.startswith("\noutput 1\n\nfailed (exit code 3)\n")
