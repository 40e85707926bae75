"""Processors and memory of this host, through psutil, without ever waiting for an interval."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

from ant_tui.monitor.samples import HostSample

__all__ = ["HostMonitor", "cpu_name"]

# The kernel counts in hundredths of a second: a share measured over less than this would be noise.
_SHORTEST_S = 0.1


class HostMonitor:
    """Reads the host; keeps the counters of the last reading, because the share of busy time is a difference.

    psutil's own ``cpu_percent`` keeps them per thread and so starts from nothing in each new one; the sampler changes
    threads when a driver hangs.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the first reading of the counters.

        Args:
            clock: monotonic seconds.
        """
        self._clock = clock
        self._cpu: float | None = None
        self._cpu_count = psutil.cpu_count() or 1
        self._cpu_name = cpu_name()
        self._read_at = clock()
        self._times = _busy_and_total()

    def sample(self) -> HostSample:
        """Read processors and memory; ``cpu`` covers the time since the reading before."""
        memory = psutil.virtual_memory()
        return HostSample(
            cpu=self._busy_share(),
            cpu_count=self._cpu_count,
            memory_used=memory.total - memory.available,
            memory_total=memory.total,
            load1=os.getloadavg()[0],
            cpu_name=self._cpu_name,
        )

    def _busy_share(self) -> float | None:
        now = self._clock()
        if now - self._read_at < _SHORTEST_S:
            return self._cpu
        busy_before, total_before = self._times
        self._times = busy, total = _busy_and_total()
        self._read_at = now
        if total > total_before:
            self._cpu = min(1.0, max(0.0, (busy - busy_before) / (total - total_before)))
        return self._cpu


def _busy_and_total() -> tuple[float, float]:
    """Seconds that all processors have spent working, and in all. The time of guests is part of the users'."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    busy = sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq", "steal"))
    return busy, busy + idle


def cpu_name(lines: Iterable[str] | None = None) -> str:
    """The processor's name.

    Args:
        lines: of ``/proc/cpuinfo``; default: this host's.

    Returns:
        The model's name, or the architecture where there is none (as on many ARM machines).
    """
    if lines is None:
        try:
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = ()
    names: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if colon and value.strip():
            names.setdefault(key.strip().lower(), " ".join(value.split()))
    return names.get("model name") or names.get("hardware") or names.get("cpu model") or platform.machine()
