"""``wait``: requests, and what the exit code says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ant_tui.cli.waiting import code_of
from tests.cli.conftest import Run
from tests.cli.fake_scheduler import HANG_UP, FakeScheduler, ended, error


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (ended(1), 0),
        (ended(1, "failed", 3), 3),
        (ended(1, "failed", 137, signal=9), 137),
        (ended(1, "failed", None, signal=15), 143),
        (ended(1, "lost", None), 1),
        (ended(1, "cancelled", 0), 1),
        (ended(1, "cancelled", None), 1),
        (ended(1, "timeout", 143, signal=15), 143),
    ],
)
def test_code_of_one_task_is_its_own(document: dict[str, Any], code: int) -> None:
    """The task's code, 128+n for a signal, and never 0 for one that did not complete."""
    assert code_of(document) == code


def test_one_task_gives_its_code(run: Run, fake: FakeScheduler) -> None:
    """``wait ID`` returns the task's own code and says how it ended."""
    fake.answers["wait"] = {"tasks": [ended(7, "failed", 42)], "schema": 1}
    result = run("wait", "task-7")
    assert result.code == 42
    assert result.out == "task-7 (7): failed (exit 42) after 1:15\n"
    assert fake.last == ("wait", {"tasks": ["task-7"]})


@pytest.mark.parametrize(("second", "code"), [(ended(8), 0), (ended(8, "failed", 42), 1)])
def test_several_give_zero_or_one(run: Run, fake: FakeScheduler, second: dict[str, Any], code: int) -> None:
    """``wait`` on several returns 0 if all completed, else 1."""
    fake.answers["wait"] = {"tasks": [ended(7), second], "schema": 1}
    assert run("wait", "7", "8").code == code


def test_any_and_timeout_are_sent(run: Run, fake: FakeScheduler) -> None:
    """``--any`` and ``--timeout`` are the scheduler's to keep; names may stand around them."""
    fake.answers["wait"] = {"tasks": [ended(7)], "schema": 1}
    run("wait", "7", "--any", "8", "--timeout", "1.5")
    assert fake.last == ("wait", {"tasks": ["7", "8"], "any": True, "timeout": 1.5})
    run("wait", "7", "--timeout", "2h30m")
    assert fake.last[1]["timeout"] == 9000


def test_time_that_ran_out_is_124(run: Run, fake: FakeScheduler) -> None:
    """The scheduler's timeout has the code that ``timeout`` has."""
    fake.answers["wait"] = error("timeout", 124, "After 1 s not over yet: a.")
    result = run("wait", "a", "--timeout", "1")
    assert (result.code, result.out) == (124, "")


def test_scheduler_that_goes_away_is_told(run: Run, fake: FakeScheduler) -> None:
    """When the scheduler ends while it is waited for, that is code 3 and not the task's failure."""
    fake.answers["wait"] = HANG_UP
    result = run("wait", "a")
    assert result.code == 3
    assert "tasks go on" in result.err


def test_json_is_passed_through(run: Run, fake: FakeScheduler) -> None:
    """``--json`` prints the tasks that ended, unchanged."""
    fake.answers["wait"] = {"tasks": [ended(7, "failed", 2)], "schema": 1}
    result = run("wait", "7", "--json")
    assert json.loads(result.out) == fake.answers["wait"]
    assert result.code == 2


@pytest.mark.parametrize(
    "words", [[], ["a", "--timeout", "soon"], ["a", "--timeout", "-1"], ["a", "--timeout", "nan"], ["a", "--al"]]
)
def test_bad_input_is_refused(run: Run, fake: FakeScheduler, words: list[str]) -> None:
    """Every mistake is a usage error, and nothing is asked."""
    assert run("wait", *words).code == 2
    assert not fake.requests
