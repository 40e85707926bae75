"""Keeping the logs within their limits: removing old ones, and giving back the middle of one that grows too large.

All that touches the disk is done by one daemon thread, one piece of work at a time: a disk that hangs stops neither the
scheduler nor its end. What goes is decided in ``log_retention``. With no limit set (the default) nothing here runs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping

from ant_tui.core.state import State
from ant_tui.core.task import ENDED, Task
from ant_tui.executors.job_directory import Finding, JobDirectory
from ant_tui.executors.local import LocalExecutor
from ant_tui.executors.log_cut import allocated, cut_middle
from ant_tui.executors.log_folder import remove_if_empty
from ant_tui.scheduler.log_retention import LogLimits, TaskLogs, surplus
from ant_tui.scheduler.publisher import Publication, Publisher, Sampled

__all__ = ["KEEP_TAG", "LogKeeper", "Sweep"]

log = logging.getLogger(__name__)

KEEP_TAG = "keep"
"""Logs of a task with this tag are wanted for as long as the task is known."""

_SWEEP_S = 3600.0
"""Seconds between sweeps."""
_MANY_ENDS = 200
"""Ended tasks after which a sweep does not wait for its hour."""
_SWEEP_AGAIN_S = 30.0
"""Seconds between two sweeps at least."""
_SIZES_S = 5.0
"""Seconds between looks at the sizes of logs that are written at least."""


class LogKeeper:
    """Keeps logs within limits, beside the event loop."""

    def __init__(
        self, limits: LogLimits, executor: LocalExecutor, publisher: Publisher, state: Callable[[], State]
    ) -> None:
        """Prepare; nothing is looked at before ``start``.

        Args:
            limits: what may stay.
            executor: knows where logs are.
            publisher: tells of the monitor's samples, whose beat is ours.
            state: the state as it is now.
        """
        self._limits = limits
        self._executor = executor
        self._publisher = publisher
        self._state = state
        self._loop = asyncio.get_running_loop()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._timer: asyncio.TimerHandle | None = None
        self._swept_at = self._looked_at = float("-inf")
        self._sweeping = self._looking = False
        self._ends = 0
        self._just_ended: set[tuple[int, int]] = set()
        self._refused: set[int] = set()

    def start(self) -> None:
        """Sweep now, and from now on."""
        if self._limits == LogLimits():
            return
        threading.Thread(target=self._run, name="log keeper", daemon=True).start()
        if self._limits.max_size:
            self._publisher.subscribe(self._hear)
        self._sweep()

    def stop(self) -> None:
        """Begin nothing more; what is being done is not waited for."""
        if self._timer is not None:
            self._timer.cancel()
        self._work.put(None)

    def ended(self, task: Task) -> None:
        """Hear of the end of a task."""
        if self._limits.max_size and task.attempt is not None:
            self._just_ended.add((task.number, task.attempt.number))
        self._ends += 1
        if self._limits.any_goes and self._ends % _MANY_ENDS == 0:
            self._sweep_in(max(self._swept_at + _SWEEP_AGAIN_S - self._loop.time(), 0.0))

    def _hear(self, publication: Publication) -> None:
        """Look at the logs that are written, every few seconds."""
        now = self._loop.time()
        if not isinstance(publication, Sampled) or self._looking or now - self._looked_at < _SIZES_S:
            return
        self._looked_at = now
        state = self._state()
        active = {(n, task.attempt.number) for n in state.active if (task := state.tasks[n]).attempt is not None}
        wanted, self._just_ended = active | self._just_ended, set()
        if wanted:
            self._looking = True
            directories = [self._executor.directory(*one) for one in wanted]
            self._work.put(lambda: self._look(directories))

    # -- sweeps ------------------------------------------------------------------------------------------------

    def _sweep_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._sweep)

    def _sweep(self) -> None:
        if self._sweeping:
            self._sweep_in(_SWEEP_AGAIN_S)
            return
        self._sweep_in(_SWEEP_S)
        self._sweeping = True
        self._ends = 0
        self._swept_at = self._loop.time()
        state = self._state()
        sweep = Sweep(self._executor, state.tasks, state.next_number, self._limits)
        self._work.put(lambda: self._do_sweep(sweep))

    # -- in the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                work()
            except Exception:
                log.exception("Looking after the logs failed; it is tried again later")

    def _do_sweep(self, sweep: Sweep) -> None:
        try:
            if self._limits.any_goes:
                sweep.remove_surplus(time.time())
            if self._limits.max_size:
                self._cut(sweep.directories())
        finally:
            self._sweeping = False

    def _look(self, directories: list[JobDirectory]) -> None:
        try:
            self._cut(directories)
        finally:
            self._looking = False

    def _cut(self, directories: list[JobDirectory]) -> None:
        for directory in directories:
            path = directory.log
            try:
                removed = cut_middle(path, self._limits.max_size)
            except FileNotFoundError:
                continue
            except OSError as error:
                self._say_once(path, error)
                continue
            if removed:
                log.info("%s: %.1f MiB of its middle were removed (logs.max_size_mib)", path, removed / 2**20)

    def _say_once(self, path: str, error: OSError) -> None:
        """Tell that a file system does not give back space, once for each."""
        try:
            device = os.stat(path).st_dev
        except FileNotFoundError:
            return
        if device not in self._refused:
            self._refused.add(device)
            log.warning("logs.max_size_mib has no effect on %s and others there: %s", path, error.strerror or error)


class Sweep:
    """One look at all logs, and the removal of those that have to go."""

    def __init__(self, executor: LocalExecutor, tasks: Mapping[int, Task], next_number: int, limits: LogLimits) -> None:
        """Prepare.

        Args:
            executor: knows where logs are.
            tasks: the tasks that are known; may change meanwhile.
            next_number: tasks from this number on came later and are none of our business.
            limits: what may stay.
        """
        self._executor = executor
        self._tasks = tasks
        self._next_number = next_number
        self._limits = limits

    def directories(self) -> list[JobDirectory]:
        """The job directories of all attempts so far."""
        attempts = self._executor.attempts().items()
        return [self._executor.directory(n, k) for n, of_it in attempts if n < self._next_number for k in of_it]

    def remove_surplus(self, now: float) -> int:
        """Remove what has to go; returns how many tasks lost their logs.

        Args:
            now: epoch seconds.
        """
        attempts = {n: of_it for n, of_it in self._executor.attempts().items() if n < self._next_number}
        logs = [TaskLogs(n, self._ended_at(n, of_it), self._size(n, of_it)) for n, of_it in attempts.items()]
        going = surplus(logs, self._limits, now)
        for one in going:
            for attempt in attempts[one.number]:
                self._remove(self._executor.directory(one.number, attempt))
        if going:
            size = sum(one.size for one in going) / 2**20
            log.info("The logs of %d tasks were removed (%.1f MiB), as [logs] in the settings says", len(going), size)
        return len(going)

    def _ended_at(self, number: int, attempts: list[int]) -> float | None:
        task = self._tasks.get(number)
        if task is None:  # forgotten; or the journal was damaged, and it still runs
            return self._ended_unknown(number, attempts)
        return None if task.state not in ENDED or KEEP_TAG in task.tags else task.ended_at

    def _ended_unknown(self, number: int, attempts: list[int]) -> float | None:
        ends: list[float] = []
        for attempt in attempts:
            found = self._executor.look(number, attempt)
            if found.finding is Finding.ALIVE:
                return None
            ends.append(found.exited_at or self._touched(self._executor.directory(number, attempt)))
        return max(ends)

    def _touched(self, directory: JobDirectory) -> float:
        try:
            return os.stat(directory.path).st_mtime
        except FileNotFoundError:
            return 0.0

    def _size(self, number: int, attempts: list[int]) -> int:
        if not self._limits.max_total:
            return 0
        return sum(_size_of(self._executor.directory(number, attempt).log) for attempt in attempts)

    def _remove(self, directory: JobDirectory) -> None:
        path = directory.log
        try:
            directory.remove()
            remove_if_empty(os.path.dirname(path))
        except OSError as error:
            log.warning("The log %s could not be removed: %s", path, error.strerror or error)


def _size_of(path: str) -> int:
    try:
        return allocated(os.lstat(path))
    except FileNotFoundError:
        return 0
