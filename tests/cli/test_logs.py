"""``logs`` and ``logs -f``: which bytes come out, and when it ends."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import HANG_UP, FakeScheduler, ended, error, task
from tests.cli.terminal import environment, run_in_terminal


def with_log(path: Path, data: bytes, *, state: str = "completed", number: int = 7) -> dict[str, Any]:
    """A task whose only attempt wrote this."""
    path.write_bytes(data)
    attempt = {"attempt": 1, "log_path": str(path), "started_at": None, "exit_code": 0}
    return ended(number, state, attempts=[attempt], log_path=str(path))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "output.log"


def test_bytes_come_out_as_they_went_in(run: Run, fake: FakeScheduler, log: Path) -> None:
    """Into a pipe nothing is changed: escapes, carriage returns, no newline at the end (rows 189, 336)."""
    data = b"one\r\n\x1b[31mred\x1b[0m\n10%\r20%\nlast"
    fake.answers["show"] = {"tasks": [with_log(log, data)], "schema": 1}
    result = run("logs", "7")
    assert (result.code, result.out.encode()) == (0, data)
    assert fake.last == ("show", {"tasks": ["7"]})


def test_bytes_that_are_no_text_come_out_too(fake: FakeScheduler, log: Path) -> None:
    """Binary output is no error (row 196)."""
    data = bytes(range(256)) * 4
    fake.answers["show"] = {"tasks": [with_log(log, data)], "schema": 1}
    done = subprocess.run(
        [sys.executable, "-m", "ant_tui", "logs", "7", "--full"],
        capture_output=True,
        check=True,
        env=environment(),
    )
    assert done.stdout == data


class TestHowMuch:
    LINES = b"".join(b"line %d\n" % number for number in range(1000))

    def test_long_log_shows_both_ends(self, run: Run, fake: FakeScheduler, log: Path) -> None:
        """100 lines from the beginning, how many are hidden, 100 from the end (row 191)."""
        fake.answers["show"] = {"tasks": [with_log(log, self.LINES)], "schema": 1}
        lines = run("logs", "7").out.splitlines()
        assert lines[:100] == [f"line {number}" for number in range(100)]
        assert lines[100] == "[… 800 lines are hidden; --full shows all …]"
        assert lines[101:] == [f"line {number}" for number in range(900, 1000)]

    def test_end_of_it(self, run: Run, fake: FakeScheduler, log: Path) -> None:
        """``-n N`` is the last N lines (row 193)."""
        fake.answers["show"] = {"tasks": [with_log(log, self.LINES)], "schema": 1}
        assert run("logs", "7", "-n", "3").out == "line 997\nline 998\nline 999\n"

    def test_all_of_it(self, run: Run, fake: FakeScheduler, log: Path) -> None:
        """``--full`` is the whole file (row 192)."""
        fake.answers["show"] = {"tasks": [with_log(log, self.LINES)], "schema": 1}
        assert run("logs", "7", "--full").out.encode() == self.LINES

    def test_long_line_without_newline(self, run: Run, fake: FakeScheduler, log: Path) -> None:
        """A line of 3 MB comes out whole with ``--full`` (row 190)."""
        fake.answers["show"] = {"tasks": [with_log(log, b"x" * 3_000_000)], "schema": 1}
        assert len(run("logs", "7", "--full").out) == 3_000_000

    def test_empty_log_is_nothing(self, run: Run, fake: FakeScheduler, log: Path) -> None:
        """A task that printed nothing prints nothing."""
        fake.answers["show"] = {"tasks": [with_log(log, b"")], "schema": 1}
        for words in ([], ["-n", "5"], ["--full"], ["-f"]):
            fake.answers["subscribe"] = {"schema": 1, "seq": 1}
            result = run("logs", "7", *words)
            assert (result.code, result.out) == (0, "")


def test_path_is_told(run: Run, fake: FakeScheduler, log: Path) -> None:
    """``--path`` prints where the log is (row 197)."""
    fake.answers["show"] = {"tasks": [with_log(log, b"x")], "schema": 1}
    assert run("logs", "7", "--path").out == f"{log}\n"
    assert json.loads(run("logs", "7", "--path", "--json").out)["path"] == str(log)


def test_earlier_attempt_can_be_chosen(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """``--attempt K`` reads that start's own log; one that never was is refused."""
    document = with_log(tmp_path / "1", b"first\n")
    second = tmp_path / "2"
    second.write_text("second\n")
    document["attempts"].append({"attempt": 2, "log_path": str(second)})
    fake.answers["show"] = {"tasks": [document], "schema": 1}
    assert run("logs", "7").out == "second\n"
    assert run("logs", "7", "--attempt", "1").out == "first\n"
    result = run("logs", "7", "--attempt", "3")
    assert result.code == 5
    assert "was started 2 times; there is no attempt 3" in result.err
    document["attempts"].pop()
    fake.answers["show"] = {"tasks": [document], "schema": 1}
    assert "was started once; there is no attempt 2" in run("logs", "7", "--attempt", "2").err


def test_json_holds_readable_text(run: Run, fake: FakeScheduler, log: Path) -> None:
    """``--json`` gives an agent what a person would see, and how much of it is hidden."""
    fake.answers["show"] = {"tasks": [with_log(log, b"\x1b[31m10%\r20%\x1b[0m\n" + TestHowMuch.LINES)], "schema": 1}
    found = json.loads(run("logs", "7", "--json").out)
    assert found["text"].startswith("20%\nline 0\n")
    assert found["text"].endswith("\nline 999")
    assert found["hidden_lines"] == 801
    assert (found["id"], found["attempt"], found["path"]) == ("task-7", 1, str(log))
    assert json.loads(run("logs", "7", "--json", "-n", "1").out)["text"] == "line 999"
    assert json.loads(run("logs", "7", "--json", "--full").out)["text"].count("line") == 1000


def test_queued_task_has_not_started(run: Run, fake: FakeScheduler) -> None:
    """The log of a queued task is "not started", not "unknown" (row 194)."""
    fake.answers["show"] = {"tasks": [task(7)], "schema": 1}
    result = run("logs", "7")
    assert (result.code, result.out) == (5, "")
    assert "has not started" in result.err


def test_missing_log_is_told(run: Run, fake: FakeScheduler, log: Path) -> None:
    """A log that was removed is named (row 195)."""
    document = with_log(log, b"")
    log.unlink()
    fake.answers["show"] = {"tasks": [document], "schema": 1}
    fake.answers["subscribe"] = {"schema": 1, "seq": 1}
    for words in (["logs", "7"], ["logs", "-f", "7"]):
        result = run(*words)
        assert (result.code, result.out) == (1, "")
        assert str(log) in result.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "one task"),
        (["1", "2"], 2, "one task"),
        (["7", "--stderr"], 5, "one log"),
        (["7", "-n", "0"], 2, "from 1"),
        (["7", "-n", "-3"], 2, "from 1"),
        (["7", "-n", "x"], 2, "whole number"),
        (["7", "--full", "-n", "3"], 2, "one of the two"),
        (["7", "-f", "--json"], 2, "watch"),
        (["7", "--ful"], 2, "did you mean --full?"),
    ],
)
def test_bad_input_is_refused(run: Run, fake: FakeScheduler, words: list[str], code: int, said: str) -> None:
    """Every mistake is one sentence, and nothing is asked (row 193)."""
    result = run("logs", *words)
    assert (result.code, fake.requests) == (code, [])
    assert said in result.err


def test_several_tasks_are_too_many(run: Run, fake: FakeScheduler) -> None:
    """A range of tasks has no single output."""
    fake.answers["show"] = {"tasks": [task(7), task(8)], "schema": 1}
    assert run("logs", "7-8").code == 2


class TestFollow:
    def test_follows_from_the_queue_to_the_end(self, run: Run, fake: FakeScheduler, log: Path) -> None:
        """``-f`` waits for the start, prints what comes, and ends when the task has ended (row 187)."""
        document = with_log(log, b"one\n", state="running")
        stages = [task(7), document, document, {**document, "state": "completed"}]

        def show(params: dict[str, Any]) -> dict[str, Any]:
            stage = stages.pop(0)
            if not stages:
                with log.open("ab") as file:
                    file.write(b"two\n")
            else:
                number = 8 if len(stages) == 2 else 7  # an event of another task is none of our business
                fake.notify("event", {"seq": 1, "event": {"type": "task_started", "at": 0, "number": number}})
                fake.notify("event", {"seq": 2, "event": {"type": "task_started", "at": 0, "number": 7}})
            return {"tasks": [stage], "schema": 1}

        fake.answers["subscribe"] = {"schema": 1, "seq": 1}
        fake.answers["show"] = show
        result = run("logs", "-f", "7")
        assert (result.code, result.out) == (0, "one\ntwo\n")
        assert "has not started yet" in result.err

    def test_growth_is_seen_without_an_event(self, run: Run, fake: FakeScheduler, log: Path) -> None:
        """What a task prints appears although nobody tells that its log has grown."""
        running = with_log(log, b"", state="running")
        fake.answers["subscribe"] = {"schema": 1, "seq": 1}
        fake.answers["show"] = {"tasks": [running], "schema": 1}
        finished = threading.Event()

        def play() -> None:
            while ("show", {"tasks": ["7"]}) not in fake.requests:
                finished.wait(0.01)
            log.write_bytes(b"late\n")
            fake.answers["show"] = {"tasks": [{**running, "state": "failed"}], "schema": 1}
            fake.notify("event", {"seq": 1, "event": {"type": "task_ended", "at": 0, "number": 7}})

        player = threading.Thread(target=play)
        player.start()
        result = run("logs", "-f", "7")
        player.join()
        assert result.out == "late\n"

    def test_only_the_end_of_a_long_log_comes_first(self, run: Run, fake: FakeScheduler, log: Path) -> None:
        """``-f -n N`` begins with the last N lines."""
        fake.answers["subscribe"] = {"schema": 1, "seq": 1}
        fake.answers["show"] = {"tasks": [with_log(log, TestHowMuch.LINES)], "schema": 1}
        assert run("logs", "-f", "7", "-n", "1").out == "line 999\n"
        assert run("logs", "-f", "7", "--full").out.encode() == TestHowMuch.LINES
        assert run("logs", "-f", "7").out.count("\n") == 200

    def test_scheduler_that_goes_away_is_told(self, run: Run, fake: FakeScheduler, log: Path) -> None:
        """Nobody tells the end any more: code 3, and a word that the task goes on."""
        fake.answers["subscribe"] = {"schema": 1, "seq": 1}
        fake.answers["show"] = {"tasks": [with_log(log, b"one\n", state="running")], "schema": 1}
        fake.after["show"] = [None]
        result = run("logs", "-f", "7")
        assert (result.code, result.out) == (3, "one\n")
        assert "goes on" in result.err

    def test_what_an_earlier_session_left_is_not_followed_for_ever(
        self, run: Run, fake: FakeScheduler, log: Path
    ) -> None:
        """A task that does not go on by itself has no more output: what there is comes, or that there is none."""
        fake.answers["subscribe"] = {"schema": 1, "seq": 1}
        fake.answers["show"] = {"tasks": [with_log(log, b"one\ntwo\n", state="recoverable")], "schema": 1}
        assert run("logs", "-f", "7").out == "one\ntwo\n"
        fake.answers["show"] = {"tasks": [task(7, state="recoverable")], "schema": 1}
        result = run("logs", "-f", "7")
        assert result.code == 5
        assert "has not started (it is recoverable)" in result.err

    def test_unknown_task_is_code_four(self, run: Run, fake: FakeScheduler) -> None:
        """A name that means no task is told."""
        fake.answers["subscribe"] = {"schema": 1, "seq": 1}
        fake.answers["show"] = error("no_such_task", 4, "There is no task 'x'.")
        assert run("logs", "-f", "x").code == 4

    def test_without_a_scheduler_nobody_tells_the_end(self, run: Run, fake: FakeScheduler) -> None:
        """A connection that is dropped at once is code 3."""
        fake.answers["subscribe"] = HANG_UP
        assert run("logs", "-f", "7").code == 3


class TestTerminal:
    def test_escapes_do_not_reach_it(self, fake: FakeScheduler, log: Path) -> None:
        """On a terminal output is made harmless, and a progress bar is its last state."""
        fake.answers["show"] = {"tasks": [with_log(log, b"10%\r20%\n\x1b]0;title\x07\x1b[5mx\x9b\n")], "schema": 1}
        shown = run_in_terminal("logs", "7")
        assert b"\x1b" not in shown
        assert shown.split(b"\r\n")[:2] == [b"20%", "x\ufffd".encode()]

    def test_progress_bar_is_followed_on_one_line(self, fake: FakeScheduler, log: Path) -> None:
        """An unfinished line is drawn over and over on one row, cut to the terminal's width."""
        fake.answers["subscribe"] = {"schema": 1, "seq": 1}
        fake.answers["show"] = {"tasks": [with_log(log, b"a\n" + b"#" * 300 + b"\r99% done")], "schema": 1}
        shown = run_in_terminal("logs", "-f", "7")
        assert shown == b"a\r\n99% done\r\n"
