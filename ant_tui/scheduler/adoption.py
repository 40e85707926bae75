"""Taking over what an earlier scheduler left: which of its tasks still run, which ended, which never began.

The journal says what was decided, the job directories say what happened; where they differ, the directory is right.
Called once, before anything new is decided.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from ant_tui.core import events as ev
from ant_tui.core.task import Attempt, Task, TaskState
from ant_tui.executors.job_directory import Finding, Found
from ant_tui.executors.local import LocalExecutor
from ant_tui.scheduler.ends import Ends, Exit, exit_of_status
from ant_tui.scheduler.recorder import Recorder

__all__ = ["adopt"]

log = logging.getLogger(__name__)


def adopt(
    recorder: Recorder,
    executor: LocalExecutor,
    ends: Ends,
    clock: Callable[[], float],
    doubtful: Iterable[int] = (),
) -> dict[str, int]:
    """Bring every active task in line with what its job directory shows.

    Args:
        recorder: holds the replayed state; hears of every correction.
        executor: reads the directories.
        ends: watches the tasks that still run.
        clock: epoch seconds.
        doubtful: numbers of queued tasks of which a start may have been recorded and lost with a damaged file.

    Returns:
        How many tasks were taken over running, had ended meanwhile, were lost, and had never begun.
    """
    for number in doubtful:
        _believe_directory(number, recorder, executor, clock)
    counts = {"running": 0, "ended": 0, "lost": 0, "not started": 0}
    for number in tuple(recorder.state.active):
        task = recorder.state.tasks[number]
        attempt = task.attempt
        if attempt is None:
            continue
        try:
            counts[_adopt(task, attempt, recorder, executor, ends, clock)] += 1
        except Exception:
            log.exception("Task %d could not be taken over", number)
            ends.ended_unseen(task, Exit(None, None, clock()), "it could not be taken over; see the log")
            counts["lost"] += 1
    return counts


def _believe_directory(number: int, recorder: Recorder, executor: LocalExecutor, clock: Callable[[], float]) -> None:
    """Treat a queued task as started, if the directory of its next attempt shows that it was."""
    task = recorder.state.tasks.get(number)
    if task is None or task.state is not TaskState.QUEUED:
        return
    attempt = task.starts + 1
    if executor.look(number, attempt).finding in (Finding.NOT_STARTED, Finding.VOID):
        return
    log.warning("Task %d was started, though the journal does not know of it any more", number)
    gpus = executor.directory(number, attempt).gpus()
    recorder.record(ev.TaskStarting(at=clock(), number=number, attempt=attempt, gpus=gpus), fact=True)


def _adopt(
    task: Task,
    attempt: Attempt,
    recorder: Recorder,
    executor: LocalExecutor,
    ends: Ends,
    clock: Callable[[], float],
) -> str:
    directory = executor.directory(task.number, attempt.number)
    found = executor.look(task.number, attempt.number)
    if found.finding is Finding.NOT_STARTED and not directory.void():
        found = executor.look(task.number, attempt.number)  # its wrapper was quicker than we
    if found.finding in (Finding.NOT_STARTED, Finding.VOID):
        if attempt.started_at is None:
            return _never_began(task, attempt, recorder, clock)
        # It did run: its directory was removed or emptied by somebody. It must not run again.
        found = Found(Finding.GONE, attempt.pid)
    _know_start(task, attempt, found, recorder, executor.boot_id, clock)
    task = recorder.state.tasks[task.number]
    if found.finding is Finding.ALIVE:
        ends.watch(task.number, found.pid, child=False)
        if attempt.cancelled_at is not None:
            ends.cancel(task.number)
        return "running"
    if found.finding is Finding.EXITED:
        assert found.status is not None
        assert found.exited_at is not None
        _ended(task, exit_of_status(found.status, found.exited_at), "", executor, ends)
        return "ended"
    if attempt.exited_at is not None:  # its end was seen and recorded, only not the end of all it left behind
        _ended(task, Exit(attempt.exit_code, attempt.signal, attempt.exited_at), "", executor, ends)
        return "ended"
    rebooted = bool(attempt.boot_id) and attempt.boot_id != executor.boot_id
    why = "the machine was restarted while it ran" if rebooted else "it ended unseen: its exit code is not known"
    _ended(task, Exit(None, None, clock()), why, executor, ends)
    return "lost"


def _never_began(task: Task, attempt: Attempt, recorder: Recorder, clock: Callable[[], float]) -> str:
    recorder.record(ev.TaskNotStarted(at=clock(), number=task.number, attempt=attempt.number), fact=True)
    if attempt.cancelled_at is not None:
        ended = ev.TaskEnded(at=clock(), number=task.number, state=TaskState.CANCELLED, detail="cancelled")
        recorder.record(ended, fact=True)
    return "not started"


def _know_start(
    task: Task, attempt: Attempt, found: Found, recorder: Recorder, boot_id: str, clock: Callable[[], float]
) -> None:
    """Record the start, if the scheduler died between starting the process and recording it."""
    if attempt.started_at is not None:
        return
    recorder.record(
        ev.TaskStarted(
            at=found.started_at or clock(),
            number=task.number,
            attempt=attempt.number,
            pid=found.pid,
            pid_start=found.pid_start,
            boot_id=boot_id,
        ),
        fact=True,
    )


def _ended(task: Task, exit_: Exit, why: str, executor: LocalExecutor, ends: Ends) -> None:
    attempt = task.attempt
    assert attempt is not None
    if executor.members(task.number, attempt.number, 0):
        ends.exited_unseen(task.number, attempt.pid, exit_)
    else:
        ends.ended_unseen(task, exit_, why)
