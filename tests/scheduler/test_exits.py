"""What an exit makes of a task."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.core.task import Attempt, TaskState
from ant_tui.scheduler.exits import Exit, exit_of_status, outcome

NOT_CANCELLED = Attempt(number=1, started_at=1.0)


@given(st.integers(0, 255))
def test_a_status_above_128_is_a_signal(status: int) -> None:
    """As a shell reports it; only where such a signal exists."""
    told = exit_of_status(status, 5.0)
    assert (told.code, told.at) == (status, 5.0)
    assert told.signal == (status - 128 if 129 <= status <= 192 else None)


@pytest.mark.parametrize(
    ("exit_", "state", "detail"),
    [
        (Exit(0, None, 5.0), TaskState.COMPLETED, ""),
        (Exit(0, None, 5.0, "something to say"), TaskState.COMPLETED, ""),
        (Exit(1, None, 5.0), TaskState.FAILED, "exit code 1"),
        (Exit(127, None, 5.0), TaskState.FAILED, "exit code 127 (command not found)"),
        (Exit(126, None, 5.0), TaskState.FAILED, "exit code 126 (the command cannot be executed)"),
        (Exit(137, 9, 5.0), TaskState.FAILED, "ended by SIGKILL"),
        (Exit(163, 35, 5.0), TaskState.FAILED, "ended by signal 35"),
        (Exit(1, None, 5.0, "it did not run"), TaskState.FAILED, "it did not run"),
        (Exit(None, None, 5.0), TaskState.LOST, "ended unseen: its exit code is not known"),
        (Exit(None, None, 5.0, "the machine was restarted"), TaskState.LOST, "the machine was restarted"),
    ],
)
def test_the_exit_decides(exit_: Exit, state: TaskState, detail: str) -> None:
    """Success, failure, killed, unknown are four different things (rows 210, 212)."""
    assert outcome(NOT_CANCELLED, exit_) == (state, detail)


@pytest.mark.parametrize("exit_", [Exit(0, None, 5.0), Exit(143, 15, 5.0), Exit(None, None, 5.0)])
def test_cancelling_decides_over_what_ended_after_it(exit_: Exit) -> None:
    """Whatever code a command gives when it is ended, the task was cancelled."""
    cancelled = Attempt(number=1, started_at=1.0, cancelled_at=4.0)
    assert outcome(cancelled, exit_)[0] is TaskState.CANCELLED


@pytest.mark.parametrize(("exited_at", "state"), [(3.9, TaskState.FAILED), (4.0, TaskState.CANCELLED)])
def test_a_command_that_had_ended_keeps_its_outcome(exited_at: float, state: TaskState) -> None:
    """Cancelling what a finished command left behind does not make its result another."""
    attempt = Attempt(number=1, started_at=1.0, cancelled_at=4.0, exited_at=exited_at)
    assert outcome(attempt, Exit(2, None, exited_at))[0] is state
