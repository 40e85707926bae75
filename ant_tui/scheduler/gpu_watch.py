"""What the GPUs look like: from the monitor's samples to the state, and back to who may have a GPU.

The sampler runs in threads of its own; everything here runs on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping

from ant_tui.core.events import GpusObserved
from ant_tui.core.resources import ExternalUse, Gpu, GpuRef
from ant_tui.core.state import State
from ant_tui.core.task import ACTIVE
from ant_tui.executors import processes
from ant_tui.executors.local import LocalExecutor
from ant_tui.monitor.history import History
from ant_tui.monitor.provider import GpuProvider
from ant_tui.monitor.sampler import ProcessLists, Sampler
from ant_tui.monitor.samples import LOST, GpuProcess, GpuSample, MonitorSample
from ant_tui.monitor.simulated import SimulatedGpus
from ant_tui.scheduler.external_use import ExternalUseOptions, ExternalUseWatch
from ant_tui.scheduler.publisher import Observed, Publisher, Sampled, TroubleChanged
from ant_tui.scheduler.recorder import Recorder

__all__ = ["GpuWatch"]

log = logging.getLogger(__name__)

_STRANGER_S = 10.0
"""Seconds that we wait for a process on a task's GPUs which we cannot see and cannot name as the task's."""

_SILENCE_S, _SILENT_SAMPLES, _SILENT_DEADLINES = 30.0, 3, 20
"""How long nothing may come from the monitor before that is told: the seconds, or so many intervals and deadlines where
that is longer, as each GPU in turn may use its deadline up."""


class GpuWatch:
    """Keeps the state's picture of the GPUs true, and remembers whose processes were seen on them."""

    def __init__(
        self,
        recorder: Recorder,
        executor: LocalExecutor,
        publisher: Publisher,
        provider: GpuProvider,
        *,
        interval_s: float,
        deadline_s: float,
        only: tuple[str, ...] = (),
        external: ExternalUseOptions = ExternalUseOptions(),  # noqa: B008 - a frozen value
    ) -> None:
        """Prepare; nothing is sampled before ``start``.

        Args:
            recorder: holds the state.
            executor: knows which process belongs to which task.
            publisher: hears of samples and changes.
            provider: the source of GPUs.
            interval_s: seconds between samples.
            deadline_s: seconds that one GPU may take to answer.
            only: indices or UUIDs of the GPUs to manage; empty means all.
            external: what keeps us away from a GPU that somebody else uses.
        """
        self._recorder = recorder
        self._executor = executor
        self._publisher = publisher
        self._provider = provider
        self.only = set(only)
        self.sample: MonitorSample | None = None
        self.trouble = ""
        """Why no GPU can be used although there are some, or why nothing is known of them; empty while all is well."""
        self.history = History()
        self.first = asyncio.Event()
        """Set when the GPUs have been looked at once."""
        self._loop = asyncio.get_running_loop()
        self._sampler = Sampler(lambda: provider, interval_s, deadline_s, self._from_thread)
        self._patience_s = max(_SILENCE_S, _SILENT_SAMPLES * interval_s + _SILENT_DEADLINES * deadline_s)
        self._silence: asyncio.TimerHandle | None = None
        self.external = ExternalUseWatch(external)
        self._in_the_way: Mapping[str, ExternalUse] = {}
        self._pids: dict[int, set[int]] = {}
        self._strangers: dict[int, float] = {}
        self._before: dict[int, set[int]] = {}

    @property
    def real(self) -> bool:
        """Whether there is a driver to ask who holds what."""
        return not isinstance(self._provider, SimulatedGpus)

    def start(self) -> None:
        """Begin to sample, the first time at once."""
        self._sampler.start()
        self._await_sample()

    def stop(self) -> None:
        """Sample no more."""
        self._sampler.stop()
        if self._silence is not None:
            self._silence.cancel()

    # -- samples -----------------------------------------------------------------------------------------------

    def _from_thread(self, sample: MonitorSample) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, sample)

    def _take(self, sample: MonitorSample) -> None:
        self.sample = sample
        self._await_sample()
        self.history.record(sample)
        self._attribute(sample)
        owners = {pid: number for number, pids in self._pids.items() for pid in pids}
        self._in_the_way = self.external.observe(sample, owners, self._recorder.state.cluster.holders)
        self.observe(sample)
        self.first.set()
        self._publisher.publish(Sampled(sample))
        self._have(self._trouble_in(sample))

    def _trouble_in(self, sample: MonitorSample) -> str:
        gpus = [gpu for gpu in sample.gpus if self._manages(gpu)]
        if not gpus or any(gpu.health != LOST for gpu in gpus):
            return ""
        return f"no GPU can be used: {(sample.driver_error or gpus[0].detail or 'none answers').rstrip('.')}"

    def _await_sample(self) -> None:
        """Have it told when no sample comes for a long time."""
        if self._silence is not None:
            self._silence.cancel()
        self._silence = self._loop.call_later(self._patience_s, self._fell_silent)

    def _fell_silent(self) -> None:
        log.error("The monitor has not told anything for %g s", self._patience_s)
        self._have(
            f"the monitor has not told anything for {self._patience_s:g} s: what is shown of GPUs is old; see the log"
        )

    def _have(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self._publisher.publish(TroubleChanged())

    def observe(self, sample: MonitorSample) -> None:
        """Bring the state up to date, if anything in it differs."""
        gpus = tuple(self._gpu(gpu) for gpu in sample.gpus if self._manages(gpu))
        reason = sample.driver_error if not sample.gpus else "" if gpus else "none of the GPUs is managed here"
        state = self._recorder.state
        if gpus == tuple(state.cluster.gpus.values()) and reason == state.cluster.absent_reason:
            return
        event = GpusObserved(at=sample.at, gpus=gpus, reason=reason)
        state.apply(event)
        self._publisher.publish(Observed(event))
        self._recorder.wake()

    def _manages(self, gpu: GpuSample) -> bool:
        return not self.only or str(gpu.index) in self.only or gpu.uuid in self.only

    def _gpu(self, sample: GpuSample) -> Gpu:
        return Gpu(
            uuid=sample.uuid,
            index=sample.index,
            name=sample.name,
            memory_total=sample.memory_total,
            lost=(sample.detail or "it does not answer") if sample.health == LOST else "",
            external=self._in_the_way.get(sample.uuid),
            simulated=not self.real,
        )

    def tasks_changed(self, state: State) -> None:
        """Let simulated GPUs follow the tasks that hold them."""
        if isinstance(self._provider, SimulatedGpus):
            holders = {uuid: (number,) for uuid, number in state.cluster.holders.items() if number in state.active}
            self._provider.set_load(holders)

    # -- who holds what ----------------------------------------------------------------------------------------

    def _attribute(self, sample: MonitorSample) -> None:
        """Remember which pids on the GPUs belong to which task."""
        holders = self._recorder.state.cluster.holders
        for gpu in sample.gpus:
            number = holders.get(gpu.uuid)
            if number is None:
                continue
            for process in gpu.processes or ():
                if self._is_member(process.pid, number):
                    self._pids.setdefault(number, set()).add(process.pid)

    def _is_member(self, pid: int, number: int) -> bool:
        task = self._recorder.state.tasks[number]
        if task.attempt is None or task.state not in ACTIVE:
            return False
        return self._executor.is_member(pid, number, task.attempt.number, task.attempt.pid)

    def starting(self, number: int, gpus: Iterable[GpuRef]) -> None:
        """Remember who was on a task's GPUs before it, so that they are not taken for its own."""
        if self.real and self.sample is not None:
            wanted = {gpu.uuid for gpu in gpus}
            there = (gpu for gpu in self.sample.gpus if gpu.uuid in wanted)
            self._before[number] = {process.pid for gpu in there for process in gpu.processes or ()}

    def forget(self, number: int) -> None:
        """Drop what was remembered of a task's processes."""
        self._pids.pop(number, None)
        self._before.pop(number, None)
        self._strangers.pop(number, None)

    async def holding(self, number: int, gpus: Iterable[GpuRef]) -> list[str]:
        """Ask the driver who still sits on a task's GPUs.

        A process that was seen to be the task's holds; so does one that no longer exists but which the driver still
        lists, for it can only be a dead one whose memory is not free yet. Where processes of other containers cannot
        be seen, that is the same picture, so such a stranger is waited for only a while.

        Returns:
            A few words for each that holds; empty when the GPUs are free of this task.
        """
        refs = {gpu.uuid: gpu.index for gpu in gpus}
        lists = await self._ask(refs)
        mine, before = self._pids.get(number, set()), self._before.get(number, set())
        held: list[str] = []
        strangers: list[str] = []
        for uuid, index in refs.items():
            listed = lists.get(uuid)
            if listed is None and self._should_answer(uuid):
                held.append(f"GPU {index} does not say who holds it")
            for process in listed or ():
                if process.pid in mine:
                    held.append(_words(process, index))
                elif process.pid not in before and processes.stat_of(process.pid) is None:
                    strangers.append(_words(process, index))
        if strangers:
            since = self._strangers.setdefault(number, self._loop.time())
            if self._loop.time() - since < _STRANGER_S:
                held.extend(strangers)
        return held

    def _should_answer(self, uuid: str) -> bool:
        """Whether a GPU that did not say who is on it could do so when it was looked at last.

        If not, there is nothing to wait for: it is lost, and not handed out for that, or it never says.
        """
        gpu = self.sample.gpu(uuid) if self.sample is not None else None
        return self.sample is None or (gpu is not None and gpu.health != LOST and gpu.processes is not None)

    async def _ask(self, uuids: Iterable[str]) -> ProcessLists:
        answer: asyncio.Future[ProcessLists] = self._loop.create_future()

        def take(lists: ProcessLists) -> None:
            if not answer.done():
                answer.set_result(lists)

        def from_thread(lists: ProcessLists) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(take, lists)

        self._sampler.processes(uuids, from_thread)
        return await answer

    def task_of(self, pid: int) -> int | None:
        """Number of the task that a process on a GPU was seen to belong to."""
        return next((number for number, pids in self._pids.items() if pid in pids), None)


def _words(process: GpuProcess, index: int) -> str:
    memory = f", {process.memory / 2**20:,.0f} MiB" if process.memory else ""
    return f"pid {process.pid} still holds GPU {index}{memory}"
