"""Whether somebody else uses a GPU, so that no task of ours should start on it.

Two ways to tell, as the settings say: by load (means of utilisation and memory over a window), or by processes (who is
listed). Neither needs more than samples, so nothing here reads anything or knows the time. Whether to look at all is
the caller's business.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from ant_tui.monitor.foreign import SeenProcess
from ant_tui.monitor.samples import COMPUTE, OK, GpuSample, MonitorSample

__all__ = ["BusyDetector", "BusySettings", "ExternalUse", "OwnUse", "why_not_free"]


class BusySettings(msgspec.Struct, frozen=True):
    """How to tell that somebody else uses a GPU.

    Attributes:
        mode: "load": a mean over the window is above its threshold; "processes": a foreign compute process is there.
        window_s: seconds over which the means are taken.
        utilization: threshold of the mean utilisation, 0..1.
        memory: threshold of the mean used share of the memory, 0..1.
        process_memory: bytes that a foreign process may hold without being in the way, for mode "processes".
        tail_s: seconds after the end of a task of ours in which a driver's numbers may still be about it.
        ignored_pids: processes that are never in the way.
        ignored_users: users whose processes are never in the way.
    """

    mode: Literal["load", "processes"] = "load"
    window_s: float = 20.0
    utilization: float = 0.5
    memory: float = 0.5
    process_memory: int = 100 << 20
    tail_s: float = 1.0
    ignored_pids: frozenset[int] = frozenset()
    ignored_users: frozenset[str] = frozenset()


class OwnUse(msgspec.Struct, frozen=True):
    """What our own tasks do to the GPUs.

    Attributes:
        held: UUIDs of the GPUs that a task of ours holds now.
        released_at: UUID → when (seconds since the epoch) the last task of ours let go of it.
    """

    held: frozenset[str] = frozenset()
    released_at: Mapping[str, float] = {}


class ExternalUse(msgspec.Struct, frozen=True):
    """Somebody else uses a GPU.

    Attributes:
        uuid: the GPU.
        since: seconds since the epoch from which on this is known.
        reason: why we think so, as a clause: "utilisation is 93 % over 20 s".
        pid: the foreign process with most memory, or None where the driver lists none.
        user: its owner, or "" where not known.
        command: its command line, or "".
        memory: its bytes of GPU memory, or None where not known.
    """

    uuid: str
    since: float
    reason: str
    pid: int | None = None
    user: str = ""
    command: str = ""
    memory: int | None = None

    def same_as(self, other: ExternalUse | None) -> bool:
        """Whether it is still the same use. The numbers move with every sample and are no news."""
        return other is not None and (self.uuid, self.since, self.pid) == (other.uuid, other.since, other.pid)


class _Window:
    """Means over the last seconds; each value stands for the time since the one before."""

    def __init__(self) -> None:
        self._values: deque[tuple[float, float | None, float | None]] = deque()

    def clear(self) -> None:
        self._values.clear()

    def add(self, at: float, utilization: float | None, memory: float | None, window_s: float) -> None:
        if self._values and at < self._values[-1][0]:
            self._values.clear()  # the clock was set back: what came before has no place on it
        self._values.append((at, utilization, memory))
        # One value from before the window stays: it tells how long the next one stands for.
        while len(self._values) > 2 and self._values[1][0] <= at - window_s:
            self._values.popleft()

    def means(self, window_s: float) -> tuple[float | None, float | None]:
        """Mean utilisation and memory, each None where no value in the window is known."""
        begin = self._values[-1][0] - window_s
        inside = [value for value in self._values if value[0] > begin]
        first = self._values[0][0]
        weights, before = [], max(begin, first)
        for at, _, _ in inside:
            weights.append(at - before)
            before = at
        return (
            _weighted_mean([value[1] for value in inside], weights),
            _weighted_mean([value[2] for value in inside], weights),
        )


class BusyDetector:
    """Tells from sample to sample which GPUs somebody else uses."""

    def __init__(self, settings: BusySettings) -> None:
        """Start without any past."""
        self._settings = settings
        self._windows: dict[str, _Window] = {}
        self._busy_since: dict[str, float] = {}

    def ignore(self, pids: frozenset[int], users: frozenset[str]) -> None:
        """Say anew whose processes are never in the way."""
        self._settings = msgspec.structs.replace(self._settings, ignored_pids=pids, ignored_users=users)

    def observe(
        self,
        sample: MonitorSample,
        seen: Mapping[str, tuple[SeenProcess, ...] | None],
        own: OwnUse,
    ) -> dict[str, ExternalUse | None]:
        """Take a sample.

        Args:
            sample: the next one in time.
            seen: what ``ProcessWatch.observe`` made of this sample.
            own: what our own tasks did until this sample.

        Returns:
            UUID → who uses that GPU, or None: free as far as others are concerned, or not to be told.
        """
        judge = self._by_load if self._settings.mode == "load" else self._by_processes
        return {gpu.uuid: judge(gpu, sample.at, seen.get(gpu.uuid), own) for gpu in sample.gpus}

    def _by_load(
        self, gpu: GpuSample, at: float, seen: tuple[SeenProcess, ...] | None, own: OwnUse
    ) -> ExternalUse | None:
        settings, window = self._settings, self._windows.setdefault(gpu.uuid, _Window())
        if gpu.uuid in own.held or self._in_tail(gpu.uuid, at, own):
            # Load that is, or may be, our own says nothing about others; and what was before it is old by its end.
            window.clear()
            self._busy_since.pop(gpu.uuid, None)
            return None
        if gpu.health != OK:
            return None
        utilization, memory = self._without_ignored(gpu, seen)
        window.add(at, utilization, memory, settings.window_s)
        means = window.means(settings.window_s)
        reason = _above("utilisation", means[0], settings.utilization) or _above("memory", means[1], settings.memory)
        if not reason:
            self._busy_since.pop(gpu.uuid, None)
            return None
        since = self._busy_since.setdefault(gpu.uuid, at)
        return _external(gpu.uuid, since, f"{reason} over {settings.window_s:g} s", self._in_the_way(seen))

    def _by_processes(
        self, gpu: GpuSample, at: float, seen: tuple[SeenProcess, ...] | None, own: OwnUse
    ) -> ExternalUse | None:
        settings = self._settings
        culprits = [
            process
            for process in self._in_the_way(seen)
            if process.kind == COMPUTE and (process.memory is None or process.memory > settings.process_memory)
        ]
        if self._in_tail(gpu.uuid, at, own):
            # A process that showed up just before our task ended may be a child of it that nobody had seen yet.
            doubtful_from = own.released_at[gpu.uuid] - settings.tail_s
            culprits = [process for process in culprits if process.since <= doubtful_from]
        if not culprits:
            return None
        since = min(process.since for process in culprits)
        return _external(gpu.uuid, since, "somebody else's process is on it", culprits)

    def _in_tail(self, uuid: str, at: float, own: OwnUse) -> bool:
        released = own.released_at.get(uuid)
        return released is not None and at <= released + self._settings.tail_s

    def _in_the_way(self, seen: Iterable[SeenProcess] | None) -> list[SeenProcess]:
        return [process for process in seen or () if process.foreign and not self._is_ignored(process)]

    def _is_ignored(self, process: SeenProcess) -> bool:
        return process.pid in self._settings.ignored_pids or process.user in self._settings.ignored_users

    def _without_ignored(
        self, gpu: GpuSample, seen: tuple[SeenProcess, ...] | None
    ) -> tuple[float | None, float | None]:
        """Utilisation and share of memory, less what ignored processes account for."""
        ignored = [process for process in seen or () if process.foreign and self._is_ignored(process)]
        if not ignored:
            return gpu.utilization, gpu.memory_fraction
        alone = not self._in_the_way(seen)
        memory = gpu.memory_fraction
        if memory is not None and gpu.memory_total:
            memory = max(0.0, memory - sum(process.memory or 0 for process in ignored) / gpu.memory_total)
        return 0.0 if alone else gpu.utilization, memory


def why_not_free(gpu: GpuSample, *, utilization: float, memory: float) -> str:
    """Look at a GPU at the moment before a start.

    Args:
        gpu: a sample of just now.
        utilization: the load from which on it is not free, 0..1.
        memory: the used share of its memory from which on it is not free, 0..1.

    Returns:
        A clause that says what is in the way, or "" for free. A number that the GPU does not report is not in the way.
    """
    if gpu.health != OK:
        return f"it is lost: {gpu.detail}"
    return _at_least("utilisation", gpu.utilization, utilization) or _at_least("memory", gpu.memory_fraction, memory)


def _external(uuid: str, since: float, reason: str, culprits: list[SeenProcess]) -> ExternalUse:
    if not culprits:
        return ExternalUse(uuid, since, reason)
    worst = max(culprits, key=lambda process: (process.memory or 0, -process.pid))
    return ExternalUse(uuid, since, reason, worst.pid, worst.user or "", worst.command, worst.memory)


def _above(what: str, value: float | None, threshold: float) -> str:
    return f"{what} is {value:.0%}" if value is not None and value > threshold else ""


def _at_least(what: str, value: float | None, threshold: float) -> str:
    if value is None or value < threshold:
        return ""
    return f"{what} is {value:.0%}, the limit is {threshold:.0%}"


def _weighted_mean(values: list[float | None], weights: list[float]) -> float | None:
    known = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
    if not known:
        return None
    total = sum(weight for _, weight in known)
    if total <= 0:  # a single look, or several in one moment
        return sum(value for value, _ in known) / len(known)
    return sum(value * weight for value, weight in known) / total
