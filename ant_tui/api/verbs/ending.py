"""Ending, signalling, stopping and continuing started tasks: ``cancel``, ``kill``, ``suspend``, ``resume``."""

from __future__ import annotations

import signal
import time

from ant_tui.api.documents import OutcomesDocument
from ant_tui.api.schema import Selection, Signal
from ant_tui.api.verbs.each import each
from ant_tui.core import events as ev
from ant_tui.core.task import ACTIVE, Task, TaskState
from ant_tui.errors import Refused, UsageError
from ant_tui.executors.local import send_to_all
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["cancel", "kill", "resume", "suspend"]

_STARTED = frozenset({TaskState.STARTING, TaskState.RUNNING, TaskState.SUSPENDED})


async def cancel(scheduler: Scheduler, request: Selection) -> OutcomesDocument:
    """End queued and running tasks: TERM to everything they started, grace, KILL."""

    def act(task: Task) -> tuple[ev.RecordedEvent | None, str]:
        now = time.time()
        if task.state is TaskState.QUEUED:
            ended = ev.TaskEnded(
                at=now, number=task.number, state=TaskState.CANCELLED, detail="cancelled before its start"
            )
            return ended, f"{task.id} was cancelled before its start."
        if task.state in _STARTED:
            return ev.TaskCancelRequested(at=now, number=task.number), f"{task.id} is being ended."
        if task.state is TaskState.COMPLETING:
            return _cancel_leftovers(task, now)
        raise Refused(f"{task.id} is {task.state} already; there is nothing to cancel.")

    def after(task: Task) -> None:
        current = scheduler.state.tasks.get(task.number)
        if current is not None and current.state is TaskState.COMPLETING and current.attempt and current.attempt.pid:
            scheduler.ends.cancel(task.number)

    return await each(scheduler, request, act, after)


def _cancel_leftovers(task: Task, now: float) -> tuple[ev.RecordedEvent | None, str]:
    """A task whose command has ended keeps its outcome; what it left behind is ended all the same."""
    attempt = task.attempt
    if attempt is not None and attempt.cancelled_at is None:
        return ev.TaskCancelRequested(at=now, number=task.number), f"What {task.id} left behind is being ended."
    return None, f"{task.id} is being ended already."


async def suspend(scheduler: Scheduler, request: Selection) -> OutcomesDocument:
    """Stop running tasks with SIGSTOP. Their GPU memory stays taken."""

    def act(task: Task) -> tuple[ev.RecordedEvent | None, str]:
        if task.state is not TaskState.RUNNING:
            raise Refused(f"{task.id} is {task.state}; only a running task can be suspended.")
        kept = " Its GPU memory stays taken." if task.gpus else ""
        return ev.TaskSuspended(at=time.time(), number=task.number), f"{task.id} is suspended.{kept}"

    return await each(
        scheduler, request, act, lambda task: _signal_all(scheduler, task, signal.SIGSTOP, TaskState.SUSPENDED)
    )


async def resume(scheduler: Scheduler, request: Selection) -> OutcomesDocument:
    """Let suspended tasks go on with SIGCONT."""

    def act(task: Task) -> tuple[ev.RecordedEvent | None, str]:
        if task.state is not TaskState.SUSPENDED:
            raise Refused(f"{task.id} is {task.state}; only a suspended task can be resumed.")
        return ev.TaskResumed(at=time.time(), number=task.number), f"{task.id} goes on."

    return await each(
        scheduler, request, act, lambda task: _signal_all(scheduler, task, signal.SIGCONT, TaskState.RUNNING)
    )


async def kill(scheduler: Scheduler, request: Signal) -> OutcomesDocument:
    """Send a signal to the process groups of started tasks, nothing else."""
    number = signal_number(request.signal)

    def act(task: Task) -> tuple[ev.RecordedEvent | None, str]:
        if task.attempt is None or not task.attempt.pid or task.state not in ACTIVE:
            raise Refused(f"{task.id} is {task.state}; there is no process to send a signal to.")
        return None, f"{signal.Signals(number).name} was sent to {task.id}."

    def after(task: Task) -> None:
        group, _ = _processes(scheduler, task)
        if group and number == signal.SIGKILL:
            scheduler.ends.kill(task.number, group)
        else:
            send_to_all(group, (), number)

    return await each(scheduler, request, act, after)


def signal_number(text: str) -> int:
    """Read ``TERM``, ``SIGTERM`` or ``15``.

    Raises:
        UsageError: there is no such signal.
    """
    name = text.strip().upper()
    try:
        return int(signal.Signals(int(name)) if name.isdigit() else signal.Signals[f"SIG{name.removeprefix('SIG')}"])
    except (KeyError, ValueError):
        raise UsageError(f"There is no signal '{text}'; use a name such as TERM, INT or USR1, or a number.") from None


def _signal_all(scheduler: Scheduler, task: Task, number: int, only_if: TaskState) -> None:
    """Send a signal to every process of a task, unless its state has changed again in the meantime."""
    current = scheduler.state.tasks.get(task.number)
    if current is not None and current.state is only_if:
        group, strays = _processes(scheduler, task)
        send_to_all(group, strays, number)


def _processes(scheduler: Scheduler, task: Task) -> tuple[int, list[int]]:
    """A task's process group (0 when nobody is left in it), and its processes that left it."""
    attempt = task.attempt
    if attempt is None or not attempt.pid:
        return 0, []
    members = scheduler.executor.members(task.number, attempt.number, attempt.pid, attempt.pid_start)
    strays = [stat.pid for stat in members.values() if stat.group != attempt.pid]
    return attempt.pid if len(strays) < len(members) else 0, strays
