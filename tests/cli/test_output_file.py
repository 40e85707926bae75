"""``submit --output``: from the words to the file, with a real scheduler."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, ended
from tests.service import ant_tui, running

SUBMITTED = {"tasks": [], "dry_run": False, "warnings": [], "schema": 1}


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    with running(tmp_path / "served") as found:
        yield found


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["--output", "out.txt", "true"], "out.txt"),
        (["--output=a b/{sweep lr}.txt", "true"], "a b/{sweep lr}.txt"),
        (["--output", "~/x", "--", "true"], "/home/somebody/x"),
        (["--output", "/abs/x", "--file", os.devnull], "/abs/x"),
    ],
)
def test_the_option_reaches_the_request(
    run: Run, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch, words: list[str], sent: str
) -> None:
    """A relative path stays so, as only the scheduler knows where the task is to run; ``~`` is the caller's home."""
    monkeypatch.setenv("HOME", "/home/somebody")
    fake.answers["submit"] = fake.answers["submit_text"] = SUBMITTED
    assert run("submit", *words).code == 0
    method, params = fake.last
    form = params["tasks"][0] if method == "submit" else params["form"]
    assert form["output"] == sent


def test_an_empty_one_is_refused(run: Run, fake: FakeScheduler) -> None:
    """A variable that a script forgot to set must not send the output elsewhere."""
    assert run("submit", "--output=", "true").code == 2


def test_show_names_the_file_that_is_written(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """Row 185: the one that was asked for, or the one beside it that a later start took."""
    log, asked, real = tmp_path / "output.log", tmp_path / "out", tmp_path / "out~2"
    real.touch()
    log.symlink_to(real)
    facts = []
    for path in (asked, real):
        shown = ended(7, "completed", 0, output=str(path), log_path=str(log), attempts=[{"attempt": 1}])
        fake.answers["show"] = {"tasks": [shown], "schema": 1}
        lines = run("show", "7").out.splitlines()
        facts.append({line[:12].strip(): line[12:] for line in lines})
    assert facts[0]["output"] == f"{real} (asked for: {asked})"
    assert facts[1]["output"] == str(real)
    assert facts[1]["log"] == str(log)


def test_a_task_writes_to_the_file_and_every_verb_finds_it(env: dict[str, str], tmp_path: Path) -> None:
    """Row 185: submit, wait, logs, logs --path and show, then a second submission that would write over it."""
    work = tmp_path / "work"
    work.mkdir()
    submit = ["submit", "--wait", "-D", str(work), "-J", "mine", "--output"]
    assert ant_tui([*submit, "out.txt", "--", "sh", "-c", "echo out; echo err >&2"], env).returncode == 0
    assert (work / "out.txt").read_text() == "out\nerr\n"
    assert ant_tui(["logs", "mine"], env).stdout == "out\nerr\n"
    path = ant_tui(["logs", "--path", "mine"], env).stdout.strip()
    assert os.path.realpath(path) == os.path.realpath(work / "out.txt")
    assert f"output      {work}/out.txt\n" in ant_tui(["show", "mine"], env).stdout
    (shown,) = json.loads(ant_tui(["show", "--json", "mine"], env).stdout)["tasks"]
    assert shown["output"] == str(work / "out.txt")
    again = ant_tui([*submit[:-3], "--output=out.txt", "true"], env)
    assert again.returncode == 5
    there = f"The output file '{work}/out.txt' exists already, and nothing is written over; choose another name."
    assert again.stderr == f"ant-tui: {there}\n"
    assert (work / "out.txt").read_text() == "out\nerr\n"


def test_a_batch_is_refused_as_a_whole(env: dict[str, str], tmp_path: Path) -> None:
    """Row 185: a file that occurs twice among many tasks is found before any of them is queued."""
    tasks = tmp_path / "tasks"
    tasks.write_text("ant_output=a.txt true\nant_output=b.txt true\nant_output=./a.txt true\n")
    refused = ant_tui(["submit", "-D", str(tmp_path), "--file", str(tasks)], env)
    assert refused.returncode == 5
    assert f"line 3: The output file '{tmp_path}/a.txt' is that of line 1 already" in refused.stderr
    assert json.loads(ant_tui(["queue", "--all", "--json"], env).stdout)["tasks"] == []
