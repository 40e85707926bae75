"""What an event makes of one task: the table of transitions, and the few rules that a table cannot say.

Pure functions of a task and an event. Whether the rest of the state agrees (names, GPUs) is for ``state`` to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from ant_tui.core import events as ev
from ant_tui.core.task import ACTIVE, ENDED, Attempt, Task, TaskState

__all__ = ["TRANSITIONS", "changed"]

_QUEUED = frozenset({TaskState.QUEUED})
_ALIVE = frozenset({TaskState.STARTING, TaskState.RUNNING, TaskState.SUSPENDED})

TRANSITIONS: Mapping[type[ev.Event], tuple[frozenset[TaskState], TaskState | None]] = {
    ev.TaskEdited: (_QUEUED, None),
    ev.TaskMoved: (_QUEUED, None),
    ev.TaskHeld: (_QUEUED, None),
    ev.TaskReleased: (_QUEUED, None),
    ev.TaskRenamed: (frozenset(TaskState), None),
    ev.TaskTagged: (frozenset(TaskState), None),
    ev.TaskStarting: (_QUEUED, TaskState.STARTING),
    ev.TaskStarted: (frozenset({TaskState.STARTING, TaskState.COMPLETING}), TaskState.RUNNING),
    ev.TaskNotStarted: (frozenset({TaskState.STARTING, TaskState.COMPLETING}), TaskState.QUEUED),
    ev.TaskSuspended: (frozenset({TaskState.RUNNING}), TaskState.SUSPENDED),
    ev.TaskResumed: (frozenset({TaskState.SUSPENDED}), TaskState.RUNNING),
    ev.TaskCancelRequested: (_ALIVE | {TaskState.COMPLETING}, TaskState.COMPLETING),
    ev.TaskExited: (_ALIVE | {TaskState.COMPLETING}, TaskState.COMPLETING),
    ev.TaskLeftovers: (frozenset({TaskState.COMPLETING}), None),
    ev.TaskEnded: (_QUEUED | ACTIVE, None),
    ev.TaskForgotten: (ENDED | {TaskState.RECOVERABLE}, None),
}
"""Event → (states in which it may come, state that follows; None where it stays or the event itself says it).

A task whose cancelling was asked for while it started stays ``completing`` when its process appears.
"""


def changed(task: Task, event: Any, follows: TaskState | None) -> Task:
    """The task after an event that its state allows."""
    state = task.state if follows is None else follows
    match event:
        case ev.TaskStarting():
            attempt = Attempt(number=event.attempt, gpus=event.gpus, starting_at=event.at)
            return replace(task, state=state, attempts=(*task.attempts, attempt), starts=event.attempt, detail="")
        case ev.TaskStarted():
            if task.state is TaskState.COMPLETING:
                state = TaskState.COMPLETING
            pid, start, boot = event.pid, event.pid_start, event.boot_id
            attempts = _attempt(task, started_at=event.at, pid=pid, pid_start=start, boot_id=boot)
            return replace(task, state=state, attempts=attempts)
        case ev.TaskNotStarted():
            return replace(task, state=state, attempts=task.attempts[:-1])
        case ev.TaskCancelRequested():
            return replace(task, state=state, attempts=_attempt(task, cancelled_at=event.at))
        case ev.TaskExited():
            exit_code, signal, leftovers = event.exit_code, event.signal, event.leftovers
            attempts = _attempt(task, exited_at=event.at, exit_code=exit_code, signal=signal, leftovers=leftovers)
            return replace(task, state=state, attempts=attempts)
        case ev.TaskLeftovers():
            return replace(task, attempts=_attempt(task, leftovers=event.leftovers))
        case ev.TaskEnded():
            return _ended(task, event)
        case ev.TaskEdited():
            return replace(task, spec=event.spec)
        case ev.TaskRenamed():
            return replace(task, id=event.id)
        case ev.TaskTagged():
            return replace(task, tags=event.tags)
        case ev.TaskMoved():
            return replace(task, position=event.position)
        case ev.TaskHeld() | ev.TaskReleased():
            return replace(task, held=isinstance(event, ev.TaskHeld))
        case _:
            return replace(task, state=state)


def _attempt(task: Task, **changes: Any) -> tuple[Attempt, ...]:
    return (*task.attempts[:-1], replace(task.attempts[-1], **changes))


def _ended(task: Task, event: ev.TaskEnded) -> Task:
    attempts = task.attempts
    if task.state is not TaskState.QUEUED:
        last = attempts[-1]
        told = event if event.exit_code is not None or event.signal is not None else last
        attempts = _attempt(
            task,
            finished_at=event.at,
            exited_at=next(at for at in (event.exited_at, last.exited_at, event.at) if at is not None),
            exit_code=told.exit_code,
            signal=told.signal,
            leftovers="",
        )
    return replace(task, state=event.state, held=False, attempts=attempts, detail=event.detail, ended_at=event.at)
