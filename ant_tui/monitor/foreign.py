"""Who is on the GPUs: ours or somebody else's, and since when.

A driver lists pids; the scheduler knows the pids of its tasks; what is on neither side is foreign. No I/O and no clock
here: samples come in, and the function that looks a process up is given. ``busy`` decides what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from ant_tui.monitor.samples import GpuProcess, GpuSample, MonitorSample, ProcessInfo

__all__ = ["ProcessWatch", "SeenProcess"]


class SeenProcess(msgspec.Struct, frozen=True):
    """A process on a GPU, with what is known about it.

    Attributes:
        uuid: the GPU.
        pid: as the driver lists it.
        kind: "compute" or "graphics".
        memory: bytes of GPU memory, or None where the driver does not say.
        since: seconds since the epoch from which on it is known to be there: when it was first listed, or the start of
            the process if it was there before we looked at all.
        task: the number of the task that it belongs to, or None: foreign.
        user: its owner, or None where that is not known.
        command: its command line, or "".
    """

    uuid: str
    pid: int
    kind: str
    memory: int | None
    since: float
    task: int | None
    user: str | None
    command: str

    @property
    def foreign(self) -> bool:
        """Whether it belongs to none of our tasks."""
        return self.task is None


class ProcessWatch:
    """Follows the lists of processes from sample to sample.

    A process that was ours stays ours for as long as it is listed without a break: a driver goes on listing a process
    for a moment after its end, when nobody knows its pid any more.
    """

    def __init__(self, details: Callable[[int], ProcessInfo | None]) -> None:
        """Start with nothing seen.

        Args:
            details: looks a pid up; asked once for each process on a GPU. ``process_info.process_info`` in the program.
        """
        self._details = details
        self._seen: dict[str, dict[int, SeenProcess]] = {}

    def observe(self, sample: MonitorSample, owners: Mapping[int, int]) -> dict[str, tuple[SeenProcess, ...] | None]:
        """Take a sample.

        Args:
            sample: the next one in time.
            owners: pid → number of the task, for every process that is known to be a task's.

        Returns:
            UUID → who is on that GPU, by pid; None where this sample does not say (not supported, or the GPU is lost).
        """
        return {gpu.uuid: self._observe(gpu, sample.at, owners) for gpu in sample.gpus}

    def _observe(self, gpu: GpuSample, at: float, owners: Mapping[int, int]) -> tuple[SeenProcess, ...] | None:
        if gpu.processes is None:
            return None
        before = self._seen.get(gpu.uuid)
        now = {
            process.pid: self._identify(gpu.uuid, process, at, owners.get(process.pid), before)
            for process in gpu.processes
        }
        self._seen[gpu.uuid] = now
        return tuple(now.values())

    def _identify(
        self,
        uuid: str,
        process: GpuProcess,
        at: float,
        task: int | None,
        before: dict[int, SeenProcess] | None,
    ) -> SeenProcess:
        known = before.get(process.pid) if before is not None else None
        if known is not None:
            return msgspec.structs.replace(
                known,
                kind=process.kind,
                memory=process.memory,
                task=known.task if task is None else task,
            )
        info = self._details(process.pid)
        since = at
        if before is None and info is not None and info.started_at is not None:
            since = min(at, info.started_at)
        return SeenProcess(
            uuid=uuid,
            pid=process.pid,
            kind=process.kind,
            memory=process.memory,
            since=since,
            task=task,
            user=info.user if info else None,
            command=info.command if info else "",
        )
