"""What an event makes of one task: the table of transitions, and the few rules that a table cannot say.

Pure functions of a task and an event. Whether the rest of the state agrees (names, GPUs) is for ``state`` to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    change = _CHANGES.get(type(event))
    return replace(task, state=state) if change is None else change(task, event, state)


def _attempt(task: Task, **changes: Any) -> tuple[Attempt, ...]:
    return (*task.attempts[:-1], replace(task.attempts[-1], **changes))


def _starting(task: Task, event: ev.TaskStarting, state: TaskState) -> Task:
    attempt = Attempt(number=event.attempt, gpus=event.gpus, starting_at=event.at)
    attempts = (*task.attempts, attempt)
    return replace(task, state=state, attempts=attempts, starts=event.attempt, detail="")


def _started(task: Task, event: ev.TaskStarted, state: TaskState) -> Task:
    attempts = _attempt(task, started_at=event.at, pid=event.pid, pid_start=event.pid_start, boot_id=event.boot_id)
    if task.state is TaskState.COMPLETING:
        state = TaskState.COMPLETING
    return replace(task, state=state, attempts=attempts)


def _not_started(task: Task, _: ev.TaskNotStarted, state: TaskState) -> Task:
    return replace(task, state=state, attempts=task.attempts[:-1])


def _cancel_requested(task: Task, event: ev.TaskCancelRequested, state: TaskState) -> Task:
    return replace(task, state=state, attempts=_attempt(task, cancelled_at=event.at))


def _exited(task: Task, event: ev.TaskExited, state: TaskState) -> Task:
    code, leftovers = event.exit_code, event.leftovers
    attempts = _attempt(task, exited_at=event.at, exit_code=code, signal=event.signal, leftovers=leftovers)
    return replace(task, state=state, attempts=attempts)


def _left_over(task: Task, event: ev.TaskLeftovers, _: TaskState) -> Task:
    return replace(task, attempts=_attempt(task, leftovers=event.leftovers))


def _ended(task: Task, event: ev.TaskEnded, _: TaskState) -> Task:
    attempts = task.attempts
    if task.state is not TaskState.QUEUED:
        last = attempts[-1]
        told = event if event.exit_code is not None or event.signal is not None else last
        exited_at = event.exited_at if event.exited_at is not None else last.exited_at
        attempts = _attempt(
            task,
            finished_at=event.at,
            exited_at=event.at if exited_at is None else exited_at,
            exit_code=told.exit_code,
            signal=told.signal,
            leftovers="",
        )
    return replace(task, state=event.state, held=False, attempts=attempts, detail=event.detail, ended_at=event.at)


_CHANGES: Mapping[type[ev.Event], Callable[[Task, Any, TaskState], Task]] = {
    ev.TaskEdited: lambda task, event, _: replace(task, spec=event.spec),
    ev.TaskMoved: lambda task, event, _: replace(task, position=event.position),
    ev.TaskHeld: lambda task, event, _: replace(task, held=True),
    ev.TaskReleased: lambda task, event, _: replace(task, held=False),
    ev.TaskRenamed: lambda task, event, _: replace(task, id=event.id),
    ev.TaskTagged: lambda task, event, _: replace(task, tags=event.tags),
    ev.TaskStarting: _starting,
    ev.TaskStarted: _started,
    ev.TaskNotStarted: _not_started,
    ev.TaskCancelRequested: _cancel_requested,
    ev.TaskExited: _exited,
    ev.TaskLeftovers: _left_over,
    ev.TaskEnded: _ended,
}
"""What changes in a task; of an event that is not here, the state that follows is all."""
