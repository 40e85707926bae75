"""How commands end, and what that makes of their tasks. Values and pure functions; who looks is ``ends``."""

from __future__ import annotations

import signal

from msgspec import Struct

from ant_tui.core.task import Attempt, TaskState

__all__ = ["Exit", "exit_of_status", "outcome"]


class Exit(Struct, frozen=True):
    """How a command ended.

    Attributes:
        code: the shell's exit code, or None where nobody saw it.
        signal: the signal that ended it, or None.
        at: epoch seconds.
        why: a sentence that says more than the code, or why there is none; empty where there is nothing to say.
    """

    code: int | None
    signal: int | None
    at: float
    why: str = ""


def exit_of_status(status: int, at: float) -> Exit:
    """Read a shell's exit status: above 128 it stands for a signal (POSIX.1-2017, XCU 2.8.2)."""
    number = status - 128
    return Exit(status, number if 0 < number <= 64 else None, at)


def outcome(attempt: Attempt, exit_: Exit) -> tuple[TaskState, str]:
    """Which state an ended attempt takes, and its sentence.

    Args:
        attempt: says whether cancelling was asked for; a command that had ended before keeps its own outcome.
        exit_: how its command ended.
    """
    cancelled, code, number = attempt.cancelled_at, exit_.code, exit_.signal
    if cancelled is not None and (attempt.exited_at is None or attempt.exited_at >= cancelled):
        return TaskState.CANCELLED, "cancelled" + (f", ended by {_signal_name(number)}" if number else "")
    if code is None:
        return TaskState.LOST, exit_.why or "ended unseen: its exit code is not known"
    if code == 0:
        return TaskState.COMPLETED, ""
    if exit_.why:
        return TaskState.FAILED, exit_.why
    if number is not None:
        return TaskState.FAILED, f"ended by {_signal_name(number)}"
    meaning = {126: " (the command cannot be executed)", 127: " (command not found)"}.get(code, "")
    return TaskState.FAILED, f"exit code {code}{meaning}"


def _signal_name(number: int | None) -> str:
    if number is None:
        return ""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
