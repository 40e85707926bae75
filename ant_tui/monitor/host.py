"""Processors and memory of this host, as ``/proc`` tells of them, without ever waiting for an interval."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable

from ant_tui.monitor.samples import HostSample

__all__ = ["HostMonitor", "cpu_name"]

_SHORTEST_S = 0.1
"""The kernel counts in hundredths of a second: a share measured over less than this would be noise."""
_KIB = 1024
_COUNTED = 8
"""user, nice, system, idle, iowait, irq, softirq, steal; the time of guests, behind them, is part of the users'."""
_IDLE, _IOWAIT = 3, 4


class HostMonitor:
    """Reads the host; keeps the counters of the last reading, because the share of busy time is a difference."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, proc: str = "/proc") -> None:
        """Take the first reading of the counters.

        Args:
            clock: monotonic seconds.
            proc: where the kernel's files are.
        """
        self._clock = clock
        self._proc = proc
        self._cpu: float | None = None
        self._cpu_count = os.sysconf("SC_NPROCESSORS_ONLN")
        self._cpu_name = cpu_name()
        self._read_at = clock()
        self._times = self._busy_and_total()

    def sample(self) -> HostSample:
        """Read processors and memory; ``cpu`` covers the time since the reading before."""
        total, available = self._memory()
        return HostSample(
            cpu=self._busy_share(),
            cpu_count=self._cpu_count,
            memory_used=total - available,
            memory_total=total,
            load1=os.getloadavg()[0],
            cpu_name=self._cpu_name,
        )

    def _busy_share(self) -> float | None:
        now = self._clock()
        if now - self._read_at < _SHORTEST_S:
            return self._cpu
        busy_before, total_before = self._times
        self._times = busy, total = self._busy_and_total()
        self._read_at = now
        if total > total_before:
            self._cpu = min(1.0, max(0.0, (busy - busy_before) / (total - total_before)))
        return self._cpu

    def _busy_and_total(self) -> tuple[int, int]:
        """Ticks that all processors have spent working, and in all."""
        with open(f"{self._proc}/stat", encoding="ascii", errors="replace") as file:
            ticks = [int(word) for word in file.readline().split()[1 : _COUNTED + 1]]
        total = sum(ticks)
        return total - ticks[_IDLE] - ticks[_IOWAIT], total

    def _memory(self) -> tuple[int, int]:
        """Bytes in all, and bytes that programs could have without anything being swapped out."""
        found: dict[str, int] = {}
        with open(f"{self._proc}/meminfo", encoding="ascii", errors="replace") as file:
            for line in file:
                name, _, rest = line.partition(":")
                if name == "SwapTotal":  # all that counts here stands before it
                    break
                found[name] = int(rest.split()[0]) * _KIB
        # A container's /proc may be one that is made up, without what it does not know.
        rough = sum(found.get(name, 0) for name in ("MemFree", "Buffers", "Cached"))
        total = found.get("MemTotal", 0)
        return total, min(total, found.get("MemAvailable", rough))


def cpu_name(lines: Iterable[str] | None = None) -> str:
    """The processor's name.

    Args:
        lines: of ``/proc/cpuinfo``, looked at no further than needed: a machine with many processors makes thousands;
            default: this host's.

    Returns:
        The model's name, or the architecture where there is none (as on many ARM machines).
    """
    if lines is None:
        try:
            with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
                return cpu_name(file)
        except OSError:
            lines = ()
    names: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if colon and value.strip():
            names.setdefault(key.strip().lower(), " ".join(value.split()))
        if "model name" in names:
            break
    return names.get("model name") or names.get("hardware") or names.get("cpu model") or platform.machine()
