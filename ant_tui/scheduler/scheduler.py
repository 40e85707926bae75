"""The scheduler: state, journal, executor and monitor put together, and the loop of decisions.

A turn: whatever happened was recorded, ``policy.decide`` says what starts next, the starts are recorded too, the whole
group goes to disk in one write, and only then do processes come into being. What people ask for comes in through
``api``, how tasks end in ``ends``, what the GPUs look like in ``gpu_watch``.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import time
from collections import deque
from collections.abc import Mapping
from functools import partial
from itertools import islice
from pathlib import Path

from ant_tui import __version__
from ant_tui.core import events as ev
from ant_tui.core.policy import decide
from ant_tui.core.secrets import masked
from ant_tui.core.state import State
from ant_tui.core.task import ACTIVE, Task, TaskSpec, TaskState
from ant_tui.errors import DataDirectoryError, JournalUnavailable
from ant_tui.executors import processes
from ant_tui.executors.conda import inside_conda
from ant_tui.executors.job_directory import Job
from ant_tui.executors.local import Fault, LocalExecutor, StartFailed
from ant_tui.executors.log_folder import LogFolder
from ant_tui.executors.terminal import COLUMNS, LINES, on_terminal
from ant_tui.journal.journal import Journal
from ant_tui.journal.writer import JournalFailure
from ant_tui.monitor.nvml import NvmlGpus
from ant_tui.monitor.provider import GpuProvider
from ant_tui.monitor.simulated import SimulatedGpus
from ant_tui.notify.notice import Sender
from ant_tui.scheduler.adoption import adopt
from ant_tui.scheduler.end_notices import EndNotices
from ant_tui.scheduler.ends import Ends
from ant_tui.scheduler.gpu_watch import GpuWatch
from ant_tui.scheduler.log_keeper import LogKeeper
from ant_tui.scheduler.options import SchedulerOptions
from ant_tui.scheduler.publisher import Publisher, TroubleChanged
from ant_tui.scheduler.recorder import Recorder
from ant_tui.scheduler.recovery import recover

__all__ = ["Scheduler"]

log = logging.getLogger(__name__)

_LAUNCHES_PER_STEP = 4
"""Processes started before the loop looks after everything else again."""

_TROUBLE_S = 2.0
"""Seconds before starts are tried again after the machine could not start one."""

_STUBBORN_S = 20.0
"""Seconds beyond the grace that ending all tasks may take; what not even KILL ends is left behind then."""


class Scheduler:
    """One scheduler on one data directory, whose lock the caller holds."""

    def __init__(self, options: SchedulerOptions) -> None:
        """Read what an earlier scheduler left; nothing is started or changed before ``start``.

        Args:
            options: what to run with.

        Raises:
            DataDirectoryError: the journal or the job directories cannot be used.
        """
        self.options = options
        self.started_at = time.time()
        self.session = f"{int(self.started_at * 1000)}-{os.urandom(4).hex()}"
        self.publisher = Publisher()
        self._loop = asyncio.get_running_loop()
        try:
            folder = options.logs.folder(self.started_at)
            logs = LogFolder(folder) if folder else None
            self.executor = LocalExecutor(options.jobs_dir, _owner(options.data_dir), logs)
            self.journal, replay = Journal.open(
                Path(options.data_dir, "journal"), on_durable=self._on_durable, on_failure=self._on_failure
            )
        except OSError as error:
            place = error.filename or options.data_dir
            raise DataDirectoryError(f"The data directory cannot be used: {error.strerror} ({place}).") from error
        self.notes = replay.notes
        self._doubtful = replay.doubtful
        self.recorder = Recorder(replay.state, self.publisher, self._decide)
        self.recorder.attach(self.journal)
        count = options.simulate_gpus
        provider: GpuProvider = NvmlGpus() if count is None else SimulatedGpus(count)
        self.gpus = GpuWatch(
            self.recorder,
            self.executor,
            self.publisher,
            provider,
            interval_s=options.sample_interval_s,
            deadline_s=options.deadline_s,
            only=options.only_gpus,
            external=options.external_use,
        )
        self.ends = Ends(self.recorder, self.executor, self.gpus, options.grace_s, time.time)
        self.ends.on_end = self._ended
        sender = Sender(options.machine, options.data_dir)
        self._notices = EndNotices(options.notify, sender, self.executor, self.publisher, lambda: self.state)
        self._log_keeper = LogKeeper(options.logs.limits, self.executor, self.publisher, lambda: self.state)
        self.machine_trouble = ""
        """Why no process could be started when that was last tried, as a sentence; empty while all is well."""
        self._machine_rests = False
        self.recovery_prompt = False
        """Whether somebody has yet to be asked what becomes of tasks that an earlier session left."""
        self.stopping = False
        self.stopped = asyncio.Event()
        self._launches: deque[tuple[int, int]] = deque()
        self._digests: dict[str, str] = {}

    @property
    def state(self) -> State:
        """The state as it is now; do not keep it, it is another object after the journal's trouble."""
        return self.recorder.state

    @property
    def trouble(self) -> str:
        """What keeps the scheduler from its work, as a sentence; empty while all is well."""
        return self.halted or self.gpus.trouble

    @property
    def halted(self) -> str:
        """Why nothing at all can be started, as a sentence; empty while something can."""
        return self.recorder.trouble or self.machine_trouble

    # -- life --------------------------------------------------------------------------------------------------

    async def start(self) -> dict[str, int]:
        """Take over what is left of earlier tasks, look at the GPUs once, and begin to decide.

        Where nothing can be recorded (disk full), running tasks are taken over all the same, and ``trouble`` says why
        nothing else is done.

        Returns:
            What adoption found (see ``adoption.adopt``).
        """
        processes.become_subreaper()
        processes.keep_descriptors()
        for note in self.notes:
            log.warning("%s", note)
        self.gpus.start()
        session, interrupted = self.state.session, self._of_another_boot()
        begun = self._begin_session()
        found = adopt(self.recorder, self.executor, self.ends, time.time, self._doubtful)
        self.recovery_prompt = recover(self.recorder, self.options.recovery, session, interrupted, time.time)
        log.info("Took over: %s", ", ".join(f"{count} {what}" for what, count in found.items()))
        try:
            await begun
        except JournalUnavailable as error:
            log.error("Nothing can be recorded: %s", error.sentence)
        self._log_keeper.start()
        await self.gpus.first.wait()
        self.recorder.wake()
        return found

    def _of_another_boot(self) -> tuple[int, ...]:
        """The started tasks that a restart of the machine interrupted, in the order of their starts.

        Only a restart does: whatever ended on this boot has run, and is never run again without being asked for.
        """
        tasks = (self.state.tasks[number] for number in self.state.active)
        known = ((task.number, task.attempt.boot_id) for task in tasks if task.attempt is not None)
        return tuple(number for number, boot in known if boot and boot != self.executor.boot_id)

    def _begin_session(self) -> asyncio.Future[None]:
        return self.recorder.record(
            ev.SchedulerStarted(
                at=self.started_at,
                pid=os.getpid(),
                boot_id=self.executor.boot_id,
                version=__version__,
                session=self.session,
            ),
            fact=True,
        )

    async def stop(self, *, kill: bool, reason: str) -> None:
        """End in good order.

        Args:
            kill: True ends every running task first; False leaves them running for the next scheduler.
            reason: for the journal.
        """
        if self.stopping:
            await self.stopped.wait()
            return
        self.stopping = True
        if kill:
            await self._end_all()
        self.ends.let_go()
        self.gpus.stop()
        self._log_keeper.stop()
        self._take_launches_back()
        if not self.recorder.trouble:
            stopped = self.recorder.record(ev.SchedulerStopped(at=time.time(), reason=reason), fact=True)
            await asyncio.wait([stopped], timeout=10)
            if self.journal.leaves_snapshot():
                self.journal.snapshot(self.state.image())
        self.recorder.close()
        await asyncio.to_thread(self.journal.close)
        await asyncio.to_thread(self._notices.close)
        self.stopped.set()

    async def _end_all(self) -> None:
        for number in tuple(self.state.active):
            task = self.state.tasks[number]
            if task.attempt is not None and task.attempt.cancelled_at is None and task.state in ACTIVE:
                self.recorder.record(ev.TaskCancelRequested(at=time.time(), number=number), fact=True)
            self.ends.cancel(number)
        until = self._loop.time() + self.options.grace_s + _STUBBORN_S
        while self.state.active and self._loop.time() < until:
            await asyncio.sleep(0.05)
        for number in self.state.active:
            log.error("Task %d cannot be ended; it is left to the next scheduler", number)

    def _take_launches_back(self) -> None:
        """Give back what was decided but not begun, so that the next scheduler finds it queued."""
        for number, attempt in self._launches:
            task = self.state.tasks.get(number)
            if task is not None and task.state is TaskState.STARTING:
                event = ev.TaskNotStarted(at=time.time(), number=number, attempt=attempt)
                self.recorder.record(event, fact=True)
        self._launches.clear()

    # -- the journal's thread ----------------------------------------------------------------------------------

    def _on_durable(self, seq: int) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._durable, seq)

    def _durable(self, seq: int) -> None:
        self.recorder.durable(seq)

    def _on_failure(self, failure: JournalFailure) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.recorder.failed, failure.sentence)

    # -- starting tasks ----------------------------------------------------------------------------------------

    def _decide(self) -> None:
        if not self.recorder.trouble:
            self._forget_oldest()
        if self.stopping or self.recorder.trouble or self._machine_rests or not self.gpus.first.is_set():
            return
        starts = decide(self.state, self.options.limits)
        if not starts:
            return
        now = time.time()
        events = [
            ev.TaskStarting(
                at=now, number=start.number, attempt=self.state.tasks[start.number].starts + 1, gpus=start.gpus
            )
            for start in starts
        ]
        durable = self.recorder.record(*events)
        launches = [(event.number, event.attempt) for event in events]
        durable.add_done_callback(partial(self._durably_decided, launches))

    def _durably_decided(self, launches: list[tuple[int, int]], durable: asyncio.Future[None]) -> None:
        if durable.cancelled() or durable.exception() is not None:
            return
        idle = not self._launches
        self._launches.extend(launches)
        if idle:
            self._launch()

    def _launch(self) -> None:
        for _ in range(min(_LAUNCHES_PER_STEP, len(self._launches))):
            number, attempt = self._launches.popleft()
            try:
                self._launch_one(number, attempt)
            except Exception:
                log.exception("Starting task %d failed", number)
                self._could_not_start(number, "it could not be started because of an error in ant-tui; see the log")
        if self._launches:
            self._loop.call_soon(self._launch)
        else:
            self.recorder.wake()
            self.gpus.tasks_changed(self.state)

    def _launch_one(self, number: int, attempt: int) -> None:
        task = self.state.tasks.get(number)
        if task is None or task.attempt is None or task.attempt.number != attempt:
            return
        if task.state is TaskState.COMPLETING:
            event = ev.TaskEnded(at=time.time(), number=number, state=TaskState.CANCELLED, detail="cancelled")
            self.recorder.record(event, fact=True)
            return
        if task.state is not TaskState.STARTING:
            return
        if self._machine_rests or self.stopping:
            self.recorder.record(ev.TaskNotStarted(at=time.time(), number=number, attempt=attempt), fact=True)
            return
        self.gpus.starting(number, task.gpus)
        try:
            started = self.executor.start(self._job(task, attempt))
        except StartFailed as error:
            self._start_failed(number, attempt, error)
            return
        self._set_machine_trouble("")
        self.ends.watch(number, started.pid, child=True)
        event_started = ev.TaskStarted(
            at=time.time(),
            number=number,
            attempt=attempt,
            pid=started.pid,
            pid_start=started.pid_start,
            boot_id=self.executor.boot_id,
        )
        self.recorder.record(event_started, fact=True)

    def _start_failed(self, number: int, attempt: int, error: StartFailed) -> None:
        if error.fault is Fault.TASK:
            self._could_not_start(number, error.sentence)
            return
        self.gpus.forget(number)
        self.recorder.record(ev.TaskNotStarted(at=time.time(), number=number, attempt=attempt), fact=True)
        if error.fault is Fault.MACHINE:
            log.error("Task %d: %s; starts are tried again in %g s", number, error.sentence, _TROUBLE_S)
            self._machine_rests = True
            self._set_machine_trouble(f"no task can be started: {error.sentence}")
            self._loop.call_later(_TROUBLE_S, self._machine_may)
        else:
            log.warning("Task %d: attempt %d is skipped: %s", number, attempt, error.sentence)

    def _could_not_start(self, number: int, sentence: str) -> None:
        self.gpus.forget(number)
        task = self.state.tasks.get(number)
        if task is not None and task.state in (TaskState.STARTING, TaskState.COMPLETING):
            ended = ev.TaskEnded(at=time.time(), number=number, state=TaskState.FAILED, detail=sentence)
            self.recorder.record(ended, fact=True)

    def _machine_may(self) -> None:
        """Try again; that there is trouble stays told until a start succeeds, or nothing is left to be started."""
        self._machine_rests = False
        self.recorder.wake()
        if not decide(self.state, self.options.limits):
            self._set_machine_trouble("")

    def _set_machine_trouble(self, sentence: str) -> None:
        if sentence != self.machine_trouble:
            self.machine_trouble = sentence
            self.publisher.publish(TroubleChanged())

    def _job(self, task: Task, attempt: int) -> Job:
        indices = ",".join(str(gpu.index) for gpu in task.gpus)
        terminal = _TERMINAL_ENVIRONMENT if task.spec.pty else {}
        environment = {
            **_BASE_ENVIRONMENT,
            "PYTHONUNBUFFERED": "1",
            **terminal,
            **self.state.environment_of(task),
            "PWD": task.spec.workdir,
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            "CUDA_VISIBLE_DEVICES": indices,
            "ANT_TASK_ID": task.id,
            "ANT_TASK_NUMBER": str(task.number),
            "ANT_TASK_ATTEMPT": str(attempt),
        }
        assert task.attempt is not None
        return Job(
            number=task.number,
            attempt=attempt,
            id=task.id,
            command=_final_command(task.spec),
            shell=task.spec.shell,
            workdir=task.spec.workdir,
            environment=environment,
            gpus=task.gpus,
            submitted_at=task.submitted_at,
            starting_at=task.attempt.starting_at,
            submitted_command=task.spec.command,
            variables=masked(task.spec.variables),
            header_in_file=self.options.logs.header_in_file,
        )

    def _ended(self, task: Task) -> None:
        """After a task's end."""
        self.gpus.tasks_changed(self.state)
        self._notices.ended(task)
        self._log_keeper.ended(task)

    def _forget_oldest(self) -> None:
        """Forget the oldest ended tasks beyond what is kept, however they ended."""
        surplus = len(self.state.ended) - self.options.keep_ended
        if surplus > 0 and self.options.keep_ended:
            oldest = list(islice(self.state.ended, surplus))
            self.recorder.record(*(ev.TaskForgotten(at=time.time(), number=number) for number in oldest))

    # -- environments ------------------------------------------------------------------------------------------

    def environment(self, variables: Mapping[str, str]) -> tuple[str, list[ev.RecordedEvent]]:
        """Find or make the digest under which an environment is kept.

        Returns:
            The digest (empty for no variables), and the event that has to be recorded before it is used, if any.
        """
        if not variables:
            return "", []
        text = "\0".join(f"{name}={variables[name]}" for name in sorted(variables))
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        if digest in self.state.environments:
            return digest, []
        return digest, [ev.EnvironmentRecorded(at=time.time(), digest=digest, variables=dict(variables))]


_BASE_ENVIRONMENT = {
    name: os.environ[name] for name in ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG") if name in os.environ
}
"""What even a task that takes nothing along gets to see."""


_TERMINAL_ENVIRONMENT = {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(LINES)}


def _final_command(spec: TaskSpec) -> str:
    """The text that the wrapper runs: the command, in its environment, on its terminal."""
    command = inside_conda(
        spec.final_command, spec.shell, env=spec.conda_env, env_path=spec.conda_env_path, conda=spec.conda_path
    )
    return on_terminal(command, spec.shell) if spec.pty else command


def _owner(data_dir: str) -> str:
    """A short word for a data directory, to tell its tasks from those of others."""
    return hashlib.sha256(os.path.realpath(data_dir).encode("utf-8", "surrogateescape")).hexdigest()[:12]
