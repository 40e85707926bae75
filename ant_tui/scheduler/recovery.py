"""What becomes of tasks that an earlier session left, as the settings say: asked about, restored, or kept aside.

Tasks that still run are none of this: they were taken over. Called once, after adoption and before anything is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from ant_tui.core import events as ev
from ant_tui.core.task import Group, TaskState
from ant_tui.scheduler.recorder import Recorder

__all__ = ["RecoveryChoices", "recover"]


class RecoveryChoices(Struct, frozen=True):
    """For each group ``ask`` (set aside, and ask once), ``keep`` (set aside), or ``restore``."""

    interrupted: str = "restore"
    queued: str = "restore"
    completed: str = "restore"


def recover(
    recorder: Recorder,
    choices: RecoveryChoices,
    session: str,
    interrupted: Iterable[int],
    clock: Callable[[], float],
) -> bool:
    """Set aside or restore what an earlier session left.

    Args:
        recorder: holds the state after adoption.
        choices: what to do with each group.
        session: the session that left the tasks.
        interrupted: the tasks that ran when the machine was restarted; those that adoption found lost count.
        clock: epoch seconds.

    Returns:
        Whether somebody has to be asked: now, and at every start for as long as something that was asked about is
        neither decided nor hidden.
    """
    state = recorder.state
    lost = tuple(n for n in interrupted if n in state.tasks and state.tasks[n].state is TaskState.LOST)
    queued = tuple(key[2] for key in state.queue) if choices.queued != "restore" else ()
    completed: tuple[int, ...] = ()
    if choices.completed != "restore":
        known = set(lost)
        completed = tuple(number for number in state.ended if number not in known)
    if lost or queued or completed:
        aside = ev.LeftAside(at=clock(), session=session, interrupted=lost, queued=queued, completed=completed)
        recorder.note(aside)
    if lost and choices.interrupted == "restore":
        recorder.note(ev.TasksRestored(at=clock(), numbers=lost))
    asked = {
        Group.INTERRUPTED: choices.interrupted == "ask",
        Group.QUEUED: choices.queued == "ask",
        Group.COMPLETED: choices.completed == "ask",
    }
    if not state.counts[TaskState.RECOVERABLE]:
        return False
    asides = (task.aside for task in state.tasks.values() if task.aside is not None)
    return any(asked[aside.group] and not aside.hidden for aside in asides)
