"""``notify.command``: real commands, what they get, and what becomes of those that misbehave."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ant_tui.executors import processes
from ant_tui.notify import command
from ant_tui.notify.command import CommandRunner
from ant_tui.notify.notice import Notice
from tests.executors.left_behind import nothing_left as nothing_left
from tests.notify.tasks import SENDER, told

ONE = Notice((told(),), {"failed": 1})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_left: str) -> Iterator[Path]:
    """A home of the test's own, which is where commands run."""
    monkeypatch.setenv("HOME", str(tmp_path))
    before = set(processes.children())
    yield tmp_path
    # What a command left in the background is ours to collect when it ends.
    assert set(processes.children()) <= before


def run(text: str, home: Path, notice: Notice = ONE, **options: float) -> str:
    """Run a command to its end; what its log holds."""
    log = home / "notify.log"
    CommandRunner(text, SENDER, str(log), **options).deliver(notice)
    return log.read_text()


def test_finds_the_task_in_its_variables(home: Path) -> None:
    """The command is given id, state, code, log and the rest by name; it runs at home, with nothing to read."""
    output = run('echo "$ANT_TUI_TASK_ID|$ANT_TUI_TASK_EXIT_CODE|$ANT_TUI_TEXT"; pwd; cat; echo to stderr >&2', home)
    assert output.splitlines()[1:] == ["task-7|3|task-7: failed, exit code 3", str(home), "to stderr"]


def test_its_output_is_in_a_private_file_with_what_it_was_run_for(home: Path) -> None:
    """Each run is one line about why, and what the command printed."""
    run("echo one", home)
    output = run("echo two", home)
    lines = output.splitlines()
    assert [line[20:] for line in lines[::2]] == ["task-7: failed, exit code 3"] * 2
    assert lines[1::2] == ["one", "two"]
    assert stat.S_IMODE((home / "notify.log").stat().st_mode) == 0o600


def test_nothing_of_a_task_becomes_shell_code(home: Path) -> None:
    """An id full of quotes and substitutions is a text, whatever it says."""
    evil = '\'; touch hacked; "$(touch hacked)" `touch hacked` \n touch hacked'
    output = run('printf "%s" "$ANT_TUI_TASK_ID"', home, Notice((told(id=evil),), {"failed": 1}))
    assert output.endswith(evil)
    assert not (home / "hacked").exists()


def test_runs_in_a_session_of_its_own(home: Path) -> None:
    """Ctrl+C at the terminal of the scheduler does not reach it, and it does not reach that terminal."""
    output = run('read -r line < /proc/self/stat; set -- $line; echo "$6"; kill -0 0 && echo alone', home)
    session = int(output.splitlines()[1])
    assert session != os.getsid(0)


def test_failure_is_logged(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A command that fails, or that is none, is named in the log with its code and the place of its output."""
    with caplog.at_level(logging.WARNING):
        run("exit 3", home)
        run("no-such-command", home)
        run("kill -9 $$", home)
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        f"notify.command ended with exit code {code} (task-7: failed, exit code 3)" for code in (3, 127, 137)
    ]
    assert str(home / "notify.log") in caplog.text


def test_success_is_not_logged(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What works is silent."""
    run("true", home)
    assert caplog.records == []


def test_its_status_is_known_although_the_scheduler_collects_dead_children(
    home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler reaps children that it does not know whenever a task ends; that must not look like a failure."""
    real = command._read

    def reaped_first(descriptor: int, patience_s: float) -> bytes | None:
        said = real(descriptor, patience_s)
        os.waitpid(-1, 0)
        return said

    monkeypatch.setattr(command, "_read", reaped_first)
    run("exit 4", home)
    assert "ended with exit code 4" in caplog.text


@pytest.mark.parametrize("stubborn", ["", "trap '' TERM; "])
def test_one_that_does_not_end_is_ended(
    home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, stubborn: str
) -> None:
    """After its time it gets TERM and then KILL, with all that it started; the log says so."""
    monkeypatch.setattr(command, "_GRACE_S", 0.05)
    run(f"{stubborn}sleep 1000 & {stubborn}sleep 1000; wait", home, timeout_s=0.05)
    assert "was ended after 0.05 s" in caplog.text


def test_what_it_leaves_in_the_background_is_not_waited_for(home: Path) -> None:
    """A command may start something that goes on; the next notice does not wait for it."""
    output = run("sleep 1000 & echo $!", home)
    pid = int(output.splitlines()[1])
    descriptor = os.pidfd_open(pid)
    os.kill(pid, 9)
    os.close(descriptor)


def test_log_is_kept_small(home: Path) -> None:
    """A command that prints a lot fills no disk: one older file is kept beside the newest, and both are small."""
    log = home / "notify.log"
    run(f"head -c {3 * command._KEPT_BYTES} /dev/zero", home)
    run("echo next", home)
    assert log.read_text().endswith("next\n")
    assert log.stat().st_size < 1000
    assert Path(f"{log}.1").stat().st_size == command._KEPT_BYTES


def test_a_log_that_cannot_be_written_does_not_keep_it_from_running(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its output is lost then, which is told; what it does is done."""
    runner = CommandRunner(f"echo told > {tmp_path}/proof", SENDER, str(tmp_path / "missing" / "notify.log"))
    runner.deliver(ONE)
    assert (tmp_path / "proof").read_text() == "told\n"
    assert "The output of notify.command is lost" in caplog.text


def test_one_that_cannot_be_started_is_told(
    home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No process to be had: a line in the log, no descriptor left open, nothing else."""
    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(command, "_SHELL", "/no/such/shell")
    run("true", home)
    assert "notify.command could not be run: No such file or directory" in caplog.text
    assert len(os.listdir("/proc/self/fd")) == before
