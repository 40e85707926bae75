"""How decided starts come into being: in a few threads, so that nobody waits for a busy machine.

Beginning a process is waiting, mostly: for a processor that is free to run it. On a busy machine that takes longer than
all that the scheduler itself does for a task. The threads only wait; the job directory is laid out, and what a start
means for the state is settled, in the loop. A thread is a daemon: one that waits for ever keeps neither the loop nor
the end of the program.

The directory is laid out while the disk still takes the record of the start. A process is begun only when that is
durable; a directory without one means nothing, and goes again when the record is refused.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

from msgspec import Struct

from ant_tui.core import events as ev
from ant_tui.core.task import Task, TaskState
from ant_tui.executors.job_directory import Job
from ant_tui.executors.local import Fault, LocalExecutor, Started, StartFailed
from ant_tui.scheduler.ends import Ends
from ant_tui.scheduler.gpu_watch import GpuWatch
from ant_tui.scheduler.recorder import Recorder

__all__ = ["Starts"]

log = logging.getLogger(__name__)

_THREADS = 4
_UNDER_WAY = 8
"""Starts that the threads are given at once; the others stay where they can still be taken back."""

_TROUBLE_S = 2.0
"""Seconds before starts are tried again after the machine could not start one."""

_PATIENCE_S = 10.0
"""Seconds that the end of the scheduler waits for starts that are under way."""

_OWN_ERROR = "it could not be started because of an error in ant-tui; see the log"


class _Outcome(Struct, frozen=True):
    """What became of a start: a process, or why there is none."""

    number: int
    attempt: int
    result: Started | Exception


class Starts:
    """Starts what was durably decided, as it was decided."""

    def __init__(
        self,
        recorder: Recorder,
        executor: LocalExecutor,
        gpus: GpuWatch,
        ends: Ends,
        *,
        job: Callable[[Task], Job],
        wanted: Callable[[], bool],
        on_trouble: Callable[[], None],
    ) -> None:
        """Begin with nothing to start.

        Args:
            recorder: hears of every start, and of every one that failed.
            executor: starts processes.
            gpus: told which GPUs are about to be used.
            ends: watches what was started.
            job: what a task is given.
            wanted: whether any task would be started now.
            on_trouble: called when ``trouble`` has changed.
        """
        self._recorder = recorder
        self._executor = executor
        self._gpus = gpus
        self._ends = ends
        self._job = job
        self._wanted = wanted
        self._on_trouble = on_trouble
        self._loop = asyncio.get_running_loop()
        self.trouble = ""
        """Why no process could be started when that was last tried, as a sentence; empty while all is well."""
        self.rests = False
        """Whether nothing is to be started for a moment, because the machine could not."""
        self._stopping = False
        self._over = False
        self._laid_out: dict[tuple[int, int], Job | StartFailed] = {}
        """Starts that may yet come to nothing, and why they will."""
        self._waiting: deque[tuple[int, int]] = deque()
        self._under_way: set[tuple[int, int]] = set()
        self._asked: SimpleQueue[Job | None] = SimpleQueue()
        self._answered: deque[_Outcome] = deque()
        self._told = False
        self._threads = 0
        self._settled = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether no start is waiting or under way."""
        return not self._waiting and not self._under_way

    def lay_out(self, starts: Sequence[tuple[int, int]]) -> None:
        """Make the job directories of attempts whose ``TaskStarting`` is being written, as many as begin at once.

        Args:
            starts: the number and the attempt of each; ``begin`` or ``take_back`` is told the same.
        """
        for key in starts[: 0 if self._may_not else _UNDER_WAY]:
            self._laid_out[key] = self._lay_out(self._recorder.state.tasks[key[0]])

    def take_back(self, starts: Iterable[tuple[int, int]]) -> None:
        """Make nothing of attempts whose ``TaskStarting`` was refused."""
        for key in starts:
            if isinstance(self._laid_out.pop(key, None), Job):
                self._executor.remove_logs(*key)

    def begin(self, starts: Iterable[tuple[int, int]]) -> None:
        """Start attempts whose ``TaskStarting`` is durable.

        Args:
            starts: the number and the attempt of each, in the order in which they were decided.
        """
        self._waiting.extend(starts)
        self._advance()

    async def stop(self) -> None:
        """Start nothing more; give back what was not begun, so that the next scheduler finds it queued.

        What is under way is waited for. What hangs is left to the next scheduler, which finds its job directory.
        """
        self._stopping = True
        self._advance()
        if self._under_way:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._settled.wait(), _PATIENCE_S)
        self._over = True
        for _ in range(self._threads):
            self._asked.put(None)

    # -- asking ------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Give the threads what they can take; the rest waits for their answers."""
        while self._waiting and (len(self._under_way) < _UNDER_WAY or self._may_not):
            number, attempt = self._waiting.popleft()
            try:
                self._start(number, attempt)
            except Exception:
                log.exception("Starting task %d failed", number)
                self._could_not(number, _OWN_ERROR)
        if self.idle:
            self._settled.set()
            self._recorder.wake()
            self._gpus.tasks_changed(self._recorder.state)

    @property
    def _may_not(self) -> bool:
        return self.rests or self._stopping

    def _start(self, number: int, attempt: int) -> None:
        state = self._recorder.state
        task = state.tasks.get(number)
        if task is None or task.attempt is None or task.attempt.number != attempt:
            self.take_back([(number, attempt)])
            return
        if task.state is not TaskState.STARTING or self._may_not:
            self.take_back([(number, attempt)])
        if task.state is TaskState.COMPLETING:
            event = ev.TaskEnded(at=time.time(), number=number, state=TaskState.CANCELLED, detail="cancelled")
            self._recorder.record(event, fact=True)
        elif task.state is TaskState.STARTING and self._may_not:
            self._recorder.record(ev.TaskNotStarted(at=time.time(), number=number, attempt=attempt), fact=True)
        elif task.state is TaskState.STARTING:
            self._gpus.starting(number, task.gpus)
            job = self._laid_out.pop((number, attempt), None) or self._lay_out(task)
            if isinstance(job, StartFailed):
                self._failed(number, attempt, job)
            elif len(state.active) == 1 and not job.output:
                # Nobody else is there to be kept waiting, and a thread would only come between. (Where the user's own
                # file is made, a disk may not answer.)
                self._take(self._outcome(job))
            else:
                self._ask(job)

    def _lay_out(self, task: Task) -> Job | StartFailed:
        job = self._job(task)
        try:
            self._executor.lay_out(job)
        except StartFailed as error:
            return error
        return job

    def _ask(self, job: Job) -> None:
        if self._threads < min(_THREADS, len(self._under_way) + 1):
            try:
                Thread(target=self._work, name=f"start {self._threads + 1}", daemon=True).start()
                self._threads += 1
            except RuntimeError as error:  # the machine has no room for one
                log.warning("A start has to do with %d threads: %s", self._threads, error)
        if not self._threads:
            self._take(self._outcome(job))
            return
        self._under_way.add((job.number, job.attempt))
        self._settled.clear()
        self._asked.put(job)

    # -- in the threads ----------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (job := self._asked.get()) is not None and not self._over:
            self._answered.append(self._outcome(job))
            if not self._told:  # else the loop has been told and has not looked yet; it may be told twice, never not
                self._told = True
                with suppress(RuntimeError):  # the loop is closed: nobody is left who would want to know
                    self._loop.call_soon_threadsafe(self._take_answers)

    def _outcome(self, job: Job) -> _Outcome:
        try:
            return _Outcome(job.number, job.attempt, self._executor.start(job))
        except Exception as error:
            return _Outcome(job.number, job.attempt, error)

    # -- what came of it ---------------------------------------------------------------------------------------

    def _take_answers(self) -> None:
        self._told = False  # before the look: what comes during it is told again
        while self._answered and not self._over:
            outcome = self._answered.popleft()
            self._under_way.discard((outcome.number, outcome.attempt))
            self._take(outcome)
        if not self._over:
            self._advance()

    def _take(self, outcome: _Outcome) -> None:
        try:
            self._settle(outcome.number, outcome.attempt, outcome.result)
        except Exception:  # there may be a process: whatever is wrong, the task must not be taken for one that failed
            log.exception("What became of the start of task %d could not be handled", outcome.number)

    def _settle(self, number: int, attempt: int, result: Started | Exception) -> None:
        if isinstance(result, Started):
            self._started(number, attempt, result)
        elif isinstance(result, StartFailed):
            self._failed(number, attempt, result)
        else:
            log.error("Starting task %d failed", number, exc_info=result)
            self._could_not(number, _OWN_ERROR)

    def _started(self, number: int, attempt: int, started: Started) -> None:
        self._set_trouble("")
        self._ends.watch(number, started.pid, child=True)
        event = ev.TaskStarted(
            at=started.at,
            number=number,
            attempt=attempt,
            pid=started.pid,
            pid_start=started.pid_start,
            boot_id=self._executor.boot_id,
        )
        self._recorder.record(event, fact=True)
        if self._recorder.state.tasks[number].state is TaskState.COMPLETING:
            self._ends.cancel(number)

    def _failed(self, number: int, attempt: int, error: StartFailed) -> None:
        if error.fault is Fault.TASK:
            self._could_not(number, error.sentence)
            return
        self._gpus.forget(number)
        now, task = time.time(), self._recorder.state.tasks.get(number)
        if task is not None and task.state is TaskState.COMPLETING:  # cancelled while it was tried: not tried again
            event = ev.TaskEnded(at=now, number=number, state=TaskState.CANCELLED, detail="cancelled")
            self._recorder.record(event, fact=True)
        else:
            self._recorder.record(ev.TaskNotStarted(at=now, number=number, attempt=attempt), fact=True)
        if error.fault is Fault.MACHINE:
            log.error("Task %d: %s; starts are tried again in %g s", number, error.sentence, _TROUBLE_S)
            self._set_trouble(f"no task can be started: {error.sentence}")
            if not self.rests:
                self.rests = True
                self._loop.call_later(_TROUBLE_S, self._try_again)
        else:
            log.warning("Task %d: attempt %d is skipped: %s", number, attempt, error.sentence)

    def _could_not(self, number: int, sentence: str) -> None:
        self._gpus.forget(number)
        task = self._recorder.state.tasks.get(number)
        if task is not None and task.state in (TaskState.STARTING, TaskState.COMPLETING):
            ended = ev.TaskEnded(at=time.time(), number=number, state=TaskState.FAILED, detail=sentence)
            self._recorder.record(ended, fact=True)

    # -- the machine's trouble ---------------------------------------------------------------------------------

    def _try_again(self) -> None:
        """Try again; that there is trouble stays told until a start succeeds, or nothing is left to be started."""
        self.rests = False
        self._recorder.wake()
        if not self._wanted():
            self._set_trouble("")

    def _set_trouble(self, sentence: str) -> None:
        if sentence != self.trouble:
            self.trouble = sentence
            self._on_trouble()
