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
from collections.abc import Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from threading import get_ident

from ant_tui import __version__
from ant_tui.core import events as ev
from ant_tui.core.policy import decide
from ant_tui.core.state import State
from ant_tui.core.task import ACTIVE, Task
from ant_tui.errors import DataDirectoryError, JournalUnavailable
from ant_tui.executors import processes
from ant_tui.executors.job_directory import Job
from ant_tui.executors.local import LocalExecutor
from ant_tui.executors.log_folder import LogFolder
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
from ant_tui.scheduler.jobs import job_of
from ant_tui.scheduler.log_keeper import LogKeeper
from ant_tui.scheduler.options import SchedulerOptions
from ant_tui.scheduler.publisher import Publisher, TroubleChanged
from ant_tui.scheduler.recorder import Recorder
from ant_tui.scheduler.recovery import recover
from ant_tui.scheduler.starts import Starts

__all__ = ["Scheduler", "owner_of"]

log = logging.getLogger(__name__)

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
        self._thread = get_ident()
        try:
            folder = options.logs.folder(self.started_at)
            logs = LogFolder(folder) if folder else None
            self.executor = LocalExecutor(options.jobs_dir, owner_of(options.data_dir), logs)
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
        self.starts = Starts(
            self.recorder,
            self.executor,
            self.gpus,
            self.ends,
            job=self._job,
            wanted=self._wants_to_start,
            on_trouble=lambda: self.publisher.publish(TroubleChanged()),
        )
        sender = Sender(options.machine, options.data_dir)
        self._notices = EndNotices(options.notify, sender, self.executor, self.publisher, lambda: self.state)
        self._log_keeper = LogKeeper(options.logs.limits, self.executor, self.publisher, lambda: self.state)
        self.recovery_prompt = False
        """Whether somebody has yet to be asked what becomes of tasks that an earlier session left."""
        self.stopping = False
        self.stopped = asyncio.Event()
        self._digests: dict[str, str] = {}

    @property
    def state(self) -> State:
        """The state as it is now; do not keep it, it is another object after the journal's trouble."""
        return self.recorder.state

    @property
    def trouble(self) -> str:
        """What keeps the scheduler from its work, as a sentence; empty while all is well."""
        return self.halted or self.starts.silent or self.gpus.trouble

    @property
    def halted(self) -> str:
        """Why nothing at all can be started, as a sentence; empty while something can."""
        return self.recorder.trouble or self.starts.trouble

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
        self.recorder.note(
            ev.SchedulerStarted(
                at=self.started_at,
                pid=os.getpid(),
                boot_id=self.executor.boot_id,
                version=__version__,
                session=self.session,
            )
        )
        return self.recorder.settled()

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
        await self.starts.stop()
        self.ends.let_go()
        self.gpus.stop()
        self._log_keeper.stop()
        if not self.recorder.trouble:
            self.recorder.note(ev.SchedulerStopped(at=time.time(), reason=reason))
            await asyncio.wait([self.recorder.settled()], timeout=10)
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
                self.recorder.note(ev.TaskCancelRequested(at=time.time(), number=number))
            self.ends.cancel(number)
        until = self._loop.time() + self.options.grace_s + _STUBBORN_S
        while self.state.active and self._loop.time() < until:
            await asyncio.sleep(0.05)
        for number in self.state.active:
            log.error("Task %d cannot be ended; it is left to the next scheduler", number)

    # -- the journal's thread ----------------------------------------------------------------------------------

    def _on_durable(self, seq: int) -> None:
        """Wake the loop; not where the journal waited for the disk in there: then the recorder knows already."""
        if get_ident() != self._thread and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.recorder.durable, seq)

    def _on_failure(self, failure: JournalFailure) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.recorder.failed, failure.sentence)

    # -- starting tasks ----------------------------------------------------------------------------------------

    def _decide(self) -> None:
        if not self.recorder.trouble:
            self._forget_oldest()
        if self.stopping or self.recorder.trouble or self.starts.rests or not self.gpus.first.is_set():
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
        decided = [(event.number, event.attempt) for event in events]
        self.recorder.decide(events, partial(self.starts.lay_out, decided), partial(self._decided, decided))
        if len(starts) == self.options.limits.starts:
            self._loop.call_soon(self.recorder.wake)  # there may be more

    def _decided(self, starts: list[tuple[int, int]], durable: bool) -> None:
        if durable:
            self.starts.begin(starts)
        else:
            self.starts.take_back(starts)

    def _job(self, task: Task) -> Job:
        return job_of(self.state, task, header_in_file=self.options.logs.header_in_file)

    def _wants_to_start(self) -> bool:
        return bool(decide(self.state, self.options.limits))

    def _ended(self, task: Task) -> None:
        """After a task's end."""
        if task.gpus:
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


def owner_of(data_dir: str) -> str:
    """A short word for a data directory, to tell its tasks from those of others."""
    return hashlib.sha256(os.path.realpath(data_dir).encode("utf-8", "surrogateescape")).hexdigest()[:12]
