"""``queue`` and ``history``: what is asked, and the tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ant_tui.cli.words import STATES
from ant_tui.core.task import TaskState
from ant_tui.output.cells import cell_width
from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, ended, task


def listed(*tasks: dict[str, Any], paused: bool = False, trouble: str = "") -> dict[str, Any]:
    return {"tasks": list(tasks), "counts": {}, "paused": paused, "trouble": trouble, "schema": 1}


RUNNING = task(3, id="run", state="running", gpu_ids=[0, 1], runtime_s=3723.9, command="python a.py")
WAITING = task(4, id="wait", reason="Priority", resources={"gpus": 2, "gpu_ids": [], "exclude_gpus": []})


def test_states_are_those_of_the_core() -> None:
    """The words that the command line checks are the states that tasks have."""
    assert tuple(TaskState) == STATES


@pytest.mark.parametrize("verb", ["queue", "ls", "status"])
def test_table_is_aligned(run: Run, fake: FakeScheduler, verb: str) -> None:
    """People see number, id, state with its reason, GPUs, time and command in columns (rows 280, 333)."""
    fake.answers["queue"] = listed(RUNNING, WAITING, ended(2, "failed", 3), ended(1, "cancelled", None, signal=9))
    result = run(verb)
    assert result.out.splitlines() == [
        "NO  ID      STATE                 GPUS     TIME  COMMAND",
        " 3  run     running               0,1   1:02:03  python a.py",
        " 4  wait    queued (Priority)     (2)         -  python train.py",
        " 2  task-2  failed (exit 3)       -        1:15  python train.py",
        " 1  task-1  cancelled (signal 9)  -        1:15  python train.py",
    ]
    assert fake.last == ("queue", {})


def test_wide_characters_keep_the_columns(run: Run, fake: FakeScheduler) -> None:
    """Columns are aligned by the cells that a text takes, and controls in ids are shown harmlessly."""
    fake.answers["queue"] = listed(task(1, id="実験"), task(2, id="a\x1b[31m"), task(3, id="e\u0301"))
    lines = run("queue").out.splitlines()
    assert "\x1b" not in "".join(lines)
    assert {cell_width(line.partition("queued")[0]) for line in lines[1:]} == {len("NO  a␛[31m  ")}


def test_options_are_sent(run: Run, fake: FakeScheduler) -> None:
    """``queue`` sends only what was asked for."""
    fake.answers["queue"] = listed()
    run("queue", "--state", "failed,lost", "--tag", "x", "--all", "--limit", "5", "--find", "lr 0.1", "--secrets")
    wanted = {"states": ["failed", "lost"], "tag": "x", "all": True, "limit": 5, "text": "lr 0.1", "secrets": True}
    assert fake.last == ("queue", wanted)


def test_empty_and_paused_are_told_beside_the_data(run: Run, fake: FakeScheduler) -> None:
    """An empty queue, a paused one and the scheduler's trouble are talk on stderr (row 282)."""
    fake.answers["queue"] = listed(paused=True, trouble="The disk is full.")
    result = run("queue")
    assert (result.code, result.out) == (0, "")
    assert result.err.splitlines()[0] == "ant-tui: The disk is full."
    assert "No tasks." in result.err
    assert "paused" in result.err
    assert run("queue", "-q").err == "ant-tui: The disk is full.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["queue"], "No tasks. Queue one with: ant-tui submit -- CMD…\n"),
        (["queue", "--all"], "No tasks. Queue one with: ant-tui submit -- CMD…\n"),
        (["queue", "--state", "failed,lost", "--all"], "No task matches.\n"),
        (["queue", "--tag", "zz"], "No task matches.\n"),
        (["queue", "--find", "zz"], "No task matches.\n"),
        (["history", "-n", "5"], "No task has ended.\n"),
        (["history", "--failed"], "No task matches.\n"),
        (["history", "--since", "1d"], "No task matches.\n"),
        (["history", "--find", "zz"], "No task matches.\n"),
    ],
)
def test_nothing_found_is_not_told_as_nothing_there(run: Run, fake: FakeScheduler, words: list[str], said: str) -> None:
    """Who narrowed the question is not told that there is no task at all."""
    fake.answers["queue"] = fake.answers["history"] = listed()
    assert run(*words).err == said


def test_ids_alone_for_scripts(run: Run, fake: FakeScheduler) -> None:
    """``--parsable`` prints ids, one a line."""
    fake.answers["queue"] = listed(RUNNING, WAITING)
    assert run("queue", "--parsable").out == "run\nwait\n"


@pytest.mark.parametrize("verb", ["queue", "history"])
def test_json_is_passed_through(run: Run, fake: FakeScheduler, verb: str) -> None:
    """``--json``, before or after the verb, is the socket's result unchanged (row 283)."""
    fake.answers[verb] = {**listed(RUNNING), "field_of_a_newer_version": {"ä": [1.5, None]}}
    assert json.loads(run(verb, "--json").out) == fake.answers[verb]
    assert json.loads(run("--json", verb).out) == fake.answers[verb]


def test_history_shows_when_tasks_ended(run: Run, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest comes first, as the scheduler sends them, with the time of their end (row 216)."""
    fake.answers["history"] = {"tasks": [ended(1), ended(2, "lost", None)], "schema": 1}
    result = run("history", "-n", "2", "--failed", "--since", "2026-11-21T10:00Z")
    assert fake.last == ("history", {"limit": 2, "failed": True, "since": 1795255200.0})
    assert [line.split()[1] for line in result.out.splitlines()[1:]] == ["task-1", "task-2"]
    assert ":01:15" in result.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["queue", "--state", "complete"], "did you mean completed?"),
        (["queue", "--limit", "0"], "from 1"),
        (["queue", "7"], "'7'"),
        (["queue", "--tags", "x"], "did you mean --tag?"),
        (["history", "-n", "0"], "from 1"),
        (["history", "-n", "many"], "whole number"),
        (["history", "--since", "yesterday"], "7d"),
        (["history", "--fail"], "did you mean --failed?"),
    ],
)
def test_bad_input_is_refused(run: Run, fake: FakeScheduler, words: list[str], said: str) -> None:
    """Every mistake is a usage error, and nothing is asked."""
    result = run(*words)
    assert (result.code, fake.requests) == (2, [])
    assert said in result.err
