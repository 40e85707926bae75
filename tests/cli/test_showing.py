"""``show`` and ``explain``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, ended, error, task


def test_everything_about_a_task_is_shown(run: Run, fake: FakeScheduler) -> None:
    """State, times, GPUs, command, variables, attempts and the log's path stand on a line each (row 280)."""
    attempts: list[dict[str, Any]] = [
        {"attempt": 1, "started_at": None, "exit_code": 1, "log_path": "/l/1"},
        {"attempt": 2, "started_at": None, "exit_code": None, "log_path": "/l/2"},
    ]
    shown = ended(
        7,
        "failed",
        137,
        signal=9,
        detail="killed",
        command="line one\nline two",
        resolved_command="other",
        env={"A": "1", "TOKEN": "********"},
        tags=["x", "y"],
        key="k",
        resources={"gpus": 2, "gpu_ids": ["GPU-a"], "exclude_gpus": ["GPU-b"]},
        gpu_ids=[3],
        pid=42,
        attempts=attempts,
        started_at="2026-11-21T10:00:00.000Z",
        log_path="/l/2",
    )
    fake.answers["show"] = {"tasks": [shown], "schema": 1}
    result = run("show", "7")
    assert fake.last == ("show", {"tasks": ["7"]})
    facts = {line[:12].strip(): line[12:] for line in result.out.splitlines()}
    assert facts["state"] == "failed (signal 9)"
    assert facts["command"] == "line one"
    assert facts[""] == "line two"
    assert facts["resolved"] == "other"
    assert facts["gpus"] == "2; has 3; only from GPU-a; never GPU-b"
    assert facts["runtime"] == "1:15"
    assert facts["log"] == "/l/2"
    assert facts["attempt"] == "1: -, exit code 1"
    assert facts["exit code"] == "137"
    assert "variable    TOKEN=********" in result.out


def test_secrets_are_asked_for(run: Run, fake: FakeScheduler) -> None:
    """Values that look secret are shown only when asked for."""
    fake.answers["show"] = {"tasks": [task(1), task(2)], "schema": 1}
    result = run("show", "--secrets", "1", "2")
    assert fake.last == ("show", {"tasks": ["1", "2"], "secrets": True})
    assert result.out.count("id          task-") == 2


@pytest.mark.parametrize("verb", ["show", "explain"])
def test_unknown_task_is_code_four(run: Run, fake: FakeScheduler, verb: str) -> None:
    """A name that means no task is told once."""
    fake.answers[verb] = error("no_such_task", 4, "There is no task 'x'.", ("There is no task 'x'.",))
    result = run(verb, "x")
    assert (result.code, result.out) == (4, "")
    assert result.err == "ant-tui: There is no task 'x'.\n"


def test_failure_is_json_too(run: Run, fake: FakeScheduler) -> None:
    """With ``--json`` a program finds the refusal on stdout as well."""
    fake.answers["show"] = error("no_such_task", 4, "There is no task 'x'.")
    found = json.loads(run("show", "x", "--json").out)
    assert found == {
        "schema": 1,
        "error": {"kind": "no_such_task", "message": "There is no task 'x'.", "exit_code": 4, "reasons": []},
    }


def test_explain_tells_reason_and_place(run: Run, fake: FakeScheduler) -> None:
    """A waiting task tells its place, the field's word and a sentence; another tells what it does instead."""
    waiting = {"id": "a", "number": 1, "state": "queued", "reason": "Resources", "sentence": "needs 2", "position": 4}
    running = {"id": "b", "number": 2, "state": "running", "reason": "", "sentence": "it is running", "position": None}
    fake.answers["explain"] = {"tasks": [waiting, running], "schema": 1}
    assert run("explain", "a", "b").out.splitlines() == [
        "a (1): queued at place 4; Resources: needs 2",
        "b (2): it is running",
    ]
    assert json.loads(run("explain", "--json", "a").out) == fake.answers["explain"]


def test_nothing_that_matches_is_told(run: Run, fake: FakeScheduler) -> None:
    """A selector that selects nothing is no error."""
    fake.answers["show"] = {"tasks": [], "schema": 1}
    fake.answers["explain"] = {"tasks": [], "schema": 1}
    for verb in ("show", "explain"):
        result = run(verb, "--tag", "x")
        assert (result.code, result.out, result.err) == (0, "", "No task matches.\n")
