"""``pause``, ``unpause`` and ``stop``."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from ant_tui.executors.processes import stat_of
from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler


@pytest.mark.parametrize(("verb", "paused"), [("pause", True), ("unpause", False)])
def test_queue_is_switched(run: Run, fake: FakeScheduler, verb: str, paused: bool) -> None:
    """``pause`` and ``unpause`` ask for nothing more and tell the new state."""
    fake.answers[verb] = {"schema": 1, "paused": paused}
    result = run(verb)
    assert fake.last == (verb, {})
    assert (result.code, result.out) == (0, "")
    assert ("paused" in result.err) is paused
    assert json.loads(run(verb, "--json").out) == {"schema": 1, "paused": paused}
    assert run(verb, "-q").err == ""


@pytest.mark.parametrize(
    ("words", "tasks", "running", "said"),
    [
        ([], "leave", 3, "has ended; 3 tasks go on."),
        ([], "leave", 1, "has ended; 1 task goes on."),
        ([], "leave", 0, "has ended; no task was running."),
        ([], "leave", None, "has ended; running tasks go on."),
        (["--tasks", "kill"], "kill", 3, "has ended; its tasks were ended."),
        (["--tasks", "kill"], "kill", 0, "has ended; no task was running."),
    ],
)
def test_stop_returns_when_the_process_is_gone(
    run: Run, data_dir: Path, words: list[str], tasks: str, running: int | None, said: str
) -> None:
    """``stop`` asks, and returns only when the scheduler's process has ended, so that the next can start."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    directory = tempfile.mkdtemp(prefix="ant")
    fake = FakeScheduler(data_dir, directory, pid=process.pid)
    known = {} if running is None else {"running": running}
    fake.answers["stop"] = {"schema": 1, "stopping": True, **known}
    fake.after["stop"] = [None]
    ends = threading.Timer(0.2, process.communicate, args=(b"\n",))
    ends.start()
    result = run("stop", *words)
    stat = stat_of(process.pid)  # whoever waits for it may not have collected it yet
    assert stat is None or not stat.alive
    ends.join()
    fake.close()
    shutil.rmtree(directory)
    assert fake.last == ("stop", {"tasks": tasks})
    assert result.code == 0
    assert said in result.err


def test_unknown_choice_is_refused(run: Run, fake: FakeScheduler) -> None:
    """``--tasks`` takes leave or kill."""
    result = run("stop", "--tasks", "keep")
    assert (result.code, fake.requests) == (2, [])
    assert "'leave', 'kill'" in result.err or "leave, kill" in result.err


def test_nothing_to_stop_is_code_three(run: Run) -> None:
    """Without a scheduler there is nothing to stop."""
    assert run("stop").code == 3
