"""Looking a process up."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from ant_tui.monitor.process_info import process_info


def test_a_process_is_told_with_owner_command_and_start() -> None:
    """User, command line and start time of a real process."""
    command = [sys.executable, "-c", "print('on', flush=True); input()", "some argument"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # its command line can be empty for a moment, as long as it is becoming that program
        info = process_info(process.pid)
        process.communicate(b"\n")
    assert info is not None
    assert info.pid == process.pid
    assert info.user == psutil.Process(os.getpid()).username()
    assert info.command.endswith("some argument")
    assert info.started_at is not None


def test_a_process_that_has_ended_is_none() -> None:
    """Nobody there: None."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert process_info(process.pid) is None


@pytest.mark.parametrize("pid", [-1, 2**40])
def test_a_number_that_is_no_pid_is_none(pid: int) -> None:
    """Drivers in containers list odd numbers."""
    assert process_info(pid) is None


def test_a_process_without_a_command_line_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernel threads, and processes whose command line may not be read."""
    values = {"username": None, "cmdline": None, "name": "kworker", "create_time": None}
    monkeypatch.setattr(psutil.Process, "as_dict", lambda *_, **__: values)
    info = process_info(os.getpid())
    assert info is not None
    assert (info.user, info.command, info.started_at) == (None, "kworker", None)


def test_a_huge_command_line_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of megabytes is not carried about."""
    values = {"username": "u", "cmdline": ["x" * 10_000_000], "name": "x", "create_time": 1.0}
    monkeypatch.setattr(psutil.Process, "as_dict", lambda *_, **__: values)
    info = process_info(os.getpid())
    assert info is not None
    assert len(info.command) == 4096
