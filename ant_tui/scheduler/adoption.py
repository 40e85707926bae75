"""Taking over what an earlier scheduler left: which of its tasks still run, which ended, which never began.

The journal says what was decided, the job directories say what happened; where they differ, the directory is right.
Called once, before anything new is decided.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from ant_tui.core import events as ev
from ant_tui.core.task import Attempt, Task, TaskState
from ant_tui.executors import output_file
from ant_tui.executors.job_directory import Finding, Found
from ant_tui.executors.local import LocalExecutor
from ant_tui.scheduler.ends import Ends
from ant_tui.scheduler.exits import Exit, exit_of_status
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
    adoption = _Adoption(recorder, executor, ends, clock)
    adoption.take_over(tuple(recorder.state.active))
    # Only now: the start of one of these may be the reason that a GPU is free of which the journal thinks otherwise.
    adoption.take_over(adoption.started_after_all(doubtful))
    return adoption.counts


class _Adoption:
    def __init__(self, recorder: Recorder, executor: LocalExecutor, ends: Ends, clock: Callable[[], float]) -> None:
        self._recorder = recorder
        self._executor = executor
        self._ends = ends
        self._clock = clock
        self.counts = {"running": 0, "ended": 0, "lost": 0, "not started": 0}

    def take_over(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            task = self._recorder.state.tasks[number]
            attempt = task.attempt
            if attempt is None:
                continue
            try:
                self.counts[self._adopt(task, attempt)] += 1
            except Exception:
                log.exception("Task %d could not be taken over", number)
                why = "it could not be taken over; see the scheduler's log"
                # It may well run: it keeps its GPUs until no process of it is found any more.
                self._ends.look_after(number, Exit(None, None, self._clock(), why))
                self.counts["lost"] += 1

    # -- starts of which the journal does not know -------------------------------------------------------------

    def started_after_all(self, doubtful: Iterable[int]) -> list[int]:
        """Treat queued tasks as starting, of which there is a job directory that the journal does not know.

        Returns:
            Their numbers. They are to be taken over like the others, also those that turn out never to have begun: so
            the numbers of their attempts are not given again.
        """
        waiting = [self._recorder.state.tasks.get(number) for number in sorted(doubtful)]
        queued = [task for task in waiting if task is not None and task.state is TaskState.QUEUED]
        on_disk = self._executor.attempts() if queued else {}
        started: list[int] = []
        for task in queued:
            unknown = [attempt for attempt in on_disk.get(task.number, ()) if attempt > task.starts]
            try:
                if unknown:
                    self._believe(task, unknown)
                    started.append(task.number)
            except Exception:
                log.exception("The job directories of task %d could not be read; it is held", task.number)
                self._record(ev.TaskHeld(at=self._clock(), number=task.number))
        return started

    def _believe(self, task: Task, attempts: list[int]) -> None:
        """Record the start of the latest of these attempts that began, or else of the latest of them."""
        attempt = next((one for one in reversed(attempts) if self._began(task.number, one)), attempts[-1])
        log.warning("Task %d had attempt %d, of which the journal does not know any more", task.number, attempt)
        holders = self._recorder.state.cluster.holders
        gpus = self._executor.directory(task.number, attempt).gpus()
        free = tuple(gpu for gpu in gpus if gpu.uuid not in holders)
        self._record(ev.TaskStarting(at=self._clock(), number=task.number, attempt=attempt, gpus=free))

    def _began(self, number: int, attempt: int) -> bool:
        finding = self._look(number, attempt).finding
        return finding not in (Finding.NOT_STARTED, Finding.VOID)

    # -- one task ----------------------------------------------------------------------------------------------

    def _adopt(self, task: Task, attempt: Attempt) -> str:
        found = self._find(task.number, attempt)
        if found.finding in (Finding.NOT_STARTED, Finding.VOID):
            return self._never_began(task, attempt)
        self._know_start(task, attempt, found)
        task = self._recorder.state.tasks[task.number]
        if found.finding is Finding.ALIVE:
            self._ends.watch(task.number, found.pid, child=False)
            if attempt.cancelled_at is not None:
                self._ends.cancel(task.number)
            return "running"
        if found.finding is Finding.EXITED:
            assert found.status is not None
            assert found.exited_at is not None
            self._ends.exited_unseen(task, exit_of_status(found.status, found.exited_at))
            return "ended"
        if attempt.exited_at is not None:  # its end was seen and recorded, only not the end of all it left behind
            self._ends.exited_unseen(task, Exit(attempt.exit_code, attempt.signal, attempt.exited_at))
            return "ended"
        boot = attempt.boot_id or found.boot_id
        rebooted = bool(boot) and boot != self._executor.boot_id
        why = "the machine was restarted while it ran" if rebooted else "it ended unseen: its exit code is not known"
        self._ends.exited_unseen(task, Exit(None, None, self._clock(), why))
        return "lost"

    def _find(self, number: int, attempt: Attempt) -> Found:
        """What became of an attempt, by its directory and by what the journal knows of its process."""
        found = self._look(number, attempt.number)
        if found.finding in (Finding.ALIVE, Finding.EXITED) or attempt.started_at is None:
            return found
        # It did run, so it must not run again, even where its directory was removed or emptied by somebody.
        if self._executor.is_there(attempt.pid, attempt.pid_start, attempt.boot_id):
            return Found(Finding.ALIVE, attempt.pid, attempt.pid_start, attempt.started_at)
        status = self._executor.directory(number, attempt.number).status()
        if status is not None:
            return Found(Finding.EXITED, attempt.pid, 0, attempt.started_at, *status)
        return Found(Finding.GONE, attempt.pid, 0, attempt.started_at)

    def _look(self, number: int, attempt: int) -> Found:
        """Look into a directory; an attempt that has not begun is made void, so that it never will."""
        found = self._executor.look(number, attempt)
        if found.finding not in (Finding.NOT_STARTED, Finding.VOID):
            return found
        directory = self._executor.directory(number, attempt)
        if found.finding is Finding.NOT_STARTED and not directory.void():
            return self._executor.look(number, attempt)  # its wrapper was quicker than we
        try:
            output_file.take_back(directory)  # so that the next attempt gets the name that was asked for
        except OSError as error:
            log.warning("The empty output file of task %d, attempt %d stays: %s", number, attempt, error)
        return found

    def _never_began(self, task: Task, attempt: Attempt) -> str:
        now = self._clock()
        self._record(ev.TaskNotStarted(at=now, number=task.number, attempt=attempt.number))
        if attempt.cancelled_at is not None:
            ended = ev.TaskEnded(at=now, number=task.number, state=TaskState.CANCELLED, detail="cancelled")
            self._record(ended)
        return "not started"

    def _know_start(self, task: Task, attempt: Attempt, found: Found) -> None:
        """Record the start, if the scheduler died between starting the process and recording it."""
        if attempt.started_at is None:
            started = ev.TaskStarted(
                at=found.started_at or self._clock(),
                number=task.number,
                attempt=attempt.number,
                pid=found.pid,
                pid_start=found.pid_start,
                boot_id=found.boot_id,
            )
            self._record(started)

    def _record(self, event: ev.RecordedEvent) -> None:
        self._recorder.note(event)
