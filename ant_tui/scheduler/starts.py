"""How decided starts come into being: in a few threads, so that nobody waits for a busy machine.

Beginning a process is waiting, mostly: for a processor that is free to run it. On a busy machine that takes longer than
all that the scheduler itself does for a task. The threads (``start_crew``) only wait; the job directory is laid out,
and what a start means for the state is settled, in the loop.

The directory is laid out while the disk still takes the record of the start. A process is begun only when that is
durable; a directory without one means nothing, and goes again when the record is refused.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from ant_tui.core import events as ev
from ant_tui.core.task import Task, TaskState
from ant_tui.executors.job_directory import Job
from ant_tui.executors.local import Fault, LocalExecutor, Started, StartFailed
from ant_tui.executors.output_file import shown
from ant_tui.scheduler.ends import Ends
from ant_tui.scheduler.gpu_watch import GpuWatch
from ant_tui.scheduler.recorder import Recorder
from ant_tui.scheduler.start_crew import Crew, Outcome

__all__ = ["Starts"]

log = logging.getLogger(__name__)

_LAID_OUT = 8
"""Job directories that are made before their starts are durable; more would only keep those waiting."""

_SLOW_S = 10.0
"""Seconds after which it is told that the place of a task's own output file does not answer."""

_TROUBLE_S = 2.0
"""Seconds before starts are tried again after the machine could not start one."""

_PATIENCE_S = 10.0
"""Seconds that the end of the scheduler waits for starts that are under way."""

_OWN_ERROR = "it could not be started because of an error in ant-tui; see the log"


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
            on_trouble: called when ``trouble`` or ``silent`` has changed.
        """
        self._recorder = recorder
        self._executor = executor
        self._gpus = gpus
        self._ends = ends
        self._job = job
        self._wanted = wanted
        self._on_trouble = on_trouble
        self._loop = asyncio.get_running_loop()
        self._here = Crew("start", self._begin, self._take_answers)
        self._elsewhere = Crew("start elsewhere", self._begin, self._take_answers)
        """For tasks whose output goes where the user wants it: a disk there may not answer."""
        self._slow: dict[tuple[int, int], asyncio.TimerHandle] = {}
        self._silent: dict[tuple[int, int], str] = {}
        self.trouble = ""
        """Why no process could be started when that was last tried, as a sentence; empty while all is well."""
        self.rests = False
        """Whether nothing is to be started for a moment, because the machine could not."""
        self._stopping = False
        self._laid_out: dict[tuple[int, int], Job | StartFailed] = {}
        """Starts that may yet come to nothing, and why they will."""
        self._settled = asyncio.Event()

    @property
    def silent(self) -> str:
        """Which task's start waits for a disk that does not answer, as a sentence; empty for none."""
        more = f" (and {len(self._silent) - 1} more)" if len(self._silent) > 1 else ""
        return next(iter(self._silent.values()), "") + more

    @property
    def idle(self) -> bool:
        """Whether no start is waiting or under way."""
        return self._here.idle and self._elsewhere.idle

    def lay_out(self, starts: Sequence[tuple[int, int]]) -> None:
        """Make the job directories of attempts whose ``TaskStarting`` is being written, as many as begin at once.

        Args:
            starts: the number and the attempt of each; ``begin`` or ``take_back`` is told the same.
        """
        for key in starts[: 0 if self._may_not else _LAID_OUT]:
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
        for key in starts:
            self._crew_for(key[0]).waiting.append(key)
        for crew in (self._here, self._elsewhere):
            if crew.waiting:
                self._advance(crew)

    async def stop(self) -> None:
        """Start nothing more; give back what was not begun, so that the next scheduler finds it queued.

        What is under way is waited for. What hangs is left to the next scheduler, which finds its job directory.
        """
        self._stopping = True
        crews = (self._here, self._elsewhere)
        for crew in crews:
            self._advance(crew)
        if not self.idle:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._settled.wait(), _PATIENCE_S)
        for crew in crews:
            crew.dismiss()
        for timer in self._slow.values():
            timer.cancel()

    def _begin(self, job: Job) -> Started:
        """In a thread, mostly."""
        return self._executor.start(job)

    # -- asking ------------------------------------------------------------------------------------------------

    def _crew_for(self, number: int) -> Crew:
        task = self._recorder.state.tasks.get(number)
        return self._elsewhere if task is not None and task.spec.output else self._here

    def _advance(self, crew: Crew) -> None:
        """Give the threads what they can take; the rest waits for their answers."""
        while crew.waiting and (crew.has_room or self._may_not):
            number, attempt = crew.waiting.popleft()
            try:
                self._start(crew, number, attempt)
            except Exception:
                log.exception("Starting task %d failed", number)
                self._could_not(number, _OWN_ERROR)
        if crew.idle:
            self._gpus.tasks_changed(self._recorder.state)
        if self.idle:
            self._settled.set()

    @property
    def _may_not(self) -> bool:
        return self.rests or self._stopping

    def _start(self, crew: Crew, number: int, attempt: int) -> None:
        state = self._recorder.state
        task = state.tasks.get(number)
        if task is None or task.attempt is None or task.attempt.number != attempt:
            self.take_back([(number, attempt)])
            return
        if task.state is not TaskState.STARTING or self._may_not:
            self.take_back([(number, attempt)])
        if task.state is TaskState.COMPLETING:
            event = ev.TaskEnded(at=time.time(), number=number, state=TaskState.CANCELLED, detail="cancelled")
            self._recorder.note(event)
        elif task.state is TaskState.STARTING and self._may_not:
            self._recorder.note(ev.TaskNotStarted(at=time.time(), number=number, attempt=attempt))
        elif task.state is TaskState.STARTING:
            self._gpus.starting(number, task.gpus)
            job = self._laid_out.pop((number, attempt), None) or self._lay_out(task)
            if isinstance(job, StartFailed):
                self._failed(number, attempt, job)
            elif crew is self._here and len(state.active) == 1:
                self._take(crew.outcome(job))  # nobody is there to be kept waiting: a thread would only come between
            else:
                self._ask(crew, job)

    def _ask(self, crew: Crew, job: Job) -> None:
        if not crew.ask(job):
            self._take(crew.outcome(job))
            return
        self._settled.clear()
        if job.output:
            key = (job.number, job.attempt)
            self._slow[key] = self._loop.call_later(_SLOW_S, self._tell_silence, key, job.output)

    def _tell_silence(self, key: tuple[int, int], output: str) -> None:
        self._silent[key] = f"task {key[0]} cannot start: the place of its output file {shown(output)} does not answer"
        log.error("%s", self._silent[key])
        self._on_trouble()

    def _lay_out(self, task: Task) -> Job | StartFailed:
        job = self._job(task)
        try:
            self._executor.lay_out(job)
        except StartFailed as error:
            return error
        return job

    # -- what came of it ---------------------------------------------------------------------------------------

    def _take_answers(self, crew: Crew) -> None:
        while crew.answers:
            outcome = crew.answers.popleft()
            key = (outcome.number, outcome.attempt)
            crew.under_way.discard(key)
            if (timer := self._slow.pop(key, None)) is not None:
                timer.cancel()
            if self._silent.pop(key, None) is not None:
                self._on_trouble()
            self._take(outcome)
        self._advance(crew)

    def _take(self, outcome: Outcome) -> None:
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
        self._recorder.note(event)
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
            self._recorder.note(event)
        else:
            self._recorder.note(ev.TaskNotStarted(at=now, number=number, attempt=attempt))
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
            self._recorder.note(ended)

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
