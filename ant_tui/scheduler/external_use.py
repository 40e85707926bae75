"""Other people's use of our GPUs: from samples to the one value that keeps a GPU from being handed out.

How to tell is ``monitor.busy``'s; here the settings, our own tasks and the state come together.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ant_tui.core.resources import ExternalUse
from ant_tui.monitor import busy
from ant_tui.monitor.foreign import ProcessWatch, SeenProcess
from ant_tui.monitor.process_info import process_info
from ant_tui.monitor.samples import GpuSample, MonitorSample

__all__ = ["ExternalUseOptions", "ExternalUseWatch"]


class ExternalUseOptions(Struct, frozen=True):
    """What keeps us away from a GPU.

    Attributes:
        detection: how somebody else's use is told from none; None does not look.
        start_utilization: share of load, 0..1, from which on a GPU is not free at the moment of a start; 1 is off.
        start_memory: share of used memory, likewise.
    """

    detection: busy.BusySettings | None = None
    start_utilization: float = 1.0
    start_memory: float = 1.0


class ExternalUseWatch:
    """Says from sample to sample who is in the way on which GPU."""

    def __init__(self, options: ExternalUseOptions) -> None:
        """Start without any past."""
        self._options = options
        self._processes = ProcessWatch(process_info)
        self._detector = busy.BusyDetector(options.detection) if options.detection else None
        self._held: frozenset[str] = frozenset()
        self._released_at: dict[str, float] = {}
        self._known: dict[str, ExternalUse] = {}
        self.seen: Mapping[str, tuple[SeenProcess, ...] | None] = {}
        """Who was on which GPU at the last sample, by UUID."""
        detection = options.detection
        self.ignored_pids = detection.ignored_pids if detection else frozenset[int]()
        """Processes that never keep us from a GPU."""
        self.ignored_users = detection.ignored_users if detection else frozenset[str]()
        """Users whose processes never do."""

    @property
    def looks(self) -> bool:
        """Whether somebody else's use is looked for at all."""
        return self._detector is not None

    def ignore(self, pids: frozenset[int], users: frozenset[str]) -> None:
        """Say anew whose processes never keep us from a GPU; it holds from the next sample on."""
        self.ignored_pids, self.ignored_users = pids, users
        if self._detector is not None:
            self._detector.ignore(pids, users)

    def ignores(self, process: SeenProcess) -> bool:
        """Whether a process never keeps us from a GPU."""
        return process.pid in self.ignored_pids or process.user in self.ignored_users

    def observe(
        self, sample: MonitorSample, owners: Mapping[int, int], holders: Mapping[str, int]
    ) -> dict[str, ExternalUse]:
        """Take a sample.

        Args:
            sample: the next one in time.
            owners: pid → number of the task it belongs to.
            holders: UUID → number of the task that holds the GPU.

        Returns:
            UUID → who is in the way; only GPUs on which somebody is.
        """
        held = frozenset(holders)
        for uuid in self._held - held:
            self._released_at[uuid] = sample.at
        self._held = held
        self.seen = self._processes.observe(sample, owners)
        own = busy.OwnUse(held, self._released_at)
        detected = self._detector.observe(sample, self.seen, own) if self._detector else {}
        found: dict[str, ExternalUse] = {}
        for gpu in sample.gpus:
            use = detected.get(gpu.uuid)
            now = _core(use) if use is not None else self._not_free(gpu, sample.at)
            if now is None:
                continue
            before = self._known.get(gpu.uuid)
            # Numbers move with every sample and are no news: the same use stays the same value.
            same = before is not None and (before.since, before.pid) == (now.since, now.pid)
            found[gpu.uuid] = before if same and before is not None else now
        self._known = found
        return found

    def _not_free(self, gpu: GpuSample, at: float) -> ExternalUse | None:
        """Whether a GPU that nobody of ours holds is too loaded for a start right now."""
        options = self._options
        if gpu.uuid in self._held or (options.start_utilization >= 1 and options.start_memory >= 1):
            return None
        # 1 means off: no reading can be above it.
        utilization = options.start_utilization if options.start_utilization < 1 else 2.0
        memory = options.start_memory if options.start_memory < 1 else 2.0
        reason = busy.why_not_free(gpu, utilization=utilization, memory=memory)
        if not reason or gpu.health != "ok":
            return None
        before = self._known.get(gpu.uuid)
        return ExternalUse(since=before.since if before else at, reason=reason)


def _core(use: busy.ExternalUse) -> ExternalUse:
    return ExternalUse(
        since=use.since, pid=use.pid, user=use.user, command=use.command, memory=use.memory, reason=use.reason
    )
