"""What the machine did: rings of constant size, fine for the last minutes and coarse for the last days.

Per GPU and for the host, each metric is kept in steps of 1 s for 10 min, of 10 s for 6 h, and of 1 min for 7 days. A
step without a sample is a gap, never a zero. Nothing here draws, smooths or samples.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Sequence

import msgspec

from ant_tui.monitor.samples import MonitorSample

__all__ = ["HOST", "LEVELS", "METRICS", "History", "Past"]

HOST = "host"

#: What is kept: ``utilization`` and ``memory`` as 0..1, ``power`` in watts, ``temperature`` in degrees Celsius.
METRICS = ("utilization", "memory", "power", "temperature")

#: Steps of each level: seconds per step, and how many.
LEVELS = ((1, 600), (10, 2160), (60, 10080))

_GAP = math.nan
_FOLD: dict[str, Callable[[Iterable[float]], float]] = {"min": min, "max": max}


class Past(msgspec.Struct, frozen=True):
    """One metric over some time.

    Attributes:
        begins_at: seconds since the epoch at which the first step begins, a multiple of ``step_s``.
        step_s: seconds of each step.
        values: the mean of each step, oldest first; None is a gap.
    """

    begins_at: float
    step_s: int
    values: Sequence[float | None]


class _Ring:
    """One metric in steps of one length: mean, least and greatest value of each step.

    It grows to its full length as time passes and then stays there.
    """

    __slots__ = ("_count", "_greatest", "_head", "_least", "_mean", "_origin", "_size", "_step_s", "_sum")

    def __init__(self, step_s: int, size: int) -> None:
        self._step_s = step_s
        self._size = size
        self._origin = 0
        self._head: int | None = None
        self._sum = 0.0
        self._count = 0
        self._mean = array("f")
        self._least = array("f")
        self._greatest = array("f")

    @property
    def step_s(self) -> int:
        return self._step_s

    @property
    def span_s(self) -> int:
        return self._step_s * self._size

    @property
    def begins_at(self) -> float:
        """Seconds since the epoch before which nothing is kept."""
        return 0.0 if self._head is None else float(self._oldest(self._head) * self._step_s)

    def _oldest(self, head: int) -> int:
        """The first step that may be there: no other is, while the ring has not been full and the clock was not set."""
        young = len(self._mean) == head - self._origin + 1
        return self._origin if young else head - self._size + 1

    def add(self, at: float, value: float) -> None:
        step = math.floor(at / self._step_s)
        if step != self._head:
            self._move_to(step)
        slot = (step - self._origin) % self._size
        self._sum += value
        self._count += 1
        self._mean[slot] = self._sum / self._count
        if self._count == 1:
            self._least[slot] = self._greatest[slot] = value
        else:
            self._least[slot] = min(self._least[slot], value)
            self._greatest[slot] = max(self._greatest[slot], value)

    def read(self, kind: str, first: int, last: int) -> list[float]:
        """The values of the steps ``first`` to ``last`` (exclusive) that are there."""
        head = self._head
        if head is None:
            return []
        values = self._mean if kind == "mean" else self._least if kind == "min" else self._greatest
        oldest = self._oldest(head)
        slots = ((step - self._origin) % self._size for step in range(max(first, oldest), min(last, head + 1)))
        return [values[slot] for slot in slots if slot < len(values) and not math.isnan(values[slot])]

    def steps(self, first: int, last: int) -> list[float | None]:
        """The means of the steps ``first`` to ``last`` (exclusive), None for those that are not there."""
        return [None if value != value else value for value in self._cut(self._mean, first, last)]

    def fill(self, first: int, values: Sequence[float | None]) -> None:
        """Put means in, from a step on; what was there from that step on is replaced."""
        if not values:
            return
        last = first + len(values) - 1
        oldest = first if self._head is None else self._head - self._size + 1
        begin = min(first, max(oldest, last - self._size + 1))
        filled = array("f", [_GAP if value is None else value for value in values[-self._size :]])
        before = (self._mean, self._least, self._greatest)
        self._mean, self._least, self._greatest = (self._cut(one, begin, first) + filled for one in before)
        self._origin, self._head = (begin if len(values) <= self._size else last - self._size + 1), last
        self._sum, self._count = (0.0, 0) if values[-1] is None else (values[-1], 1)

    def _cut(self, values: array[float], first: int, last: int) -> array[float]:
        """The values of some steps, with gaps for those that are not there."""
        head, size, length = self._head, self._size, max(0, last - first)
        if head is None:
            return array("f", [_GAP]) * length
        young = len(values) == head - self._origin + 1
        low, high = max(first, self._oldest(head)), min(last, head + 1)
        if low >= high:
            return array("f", [_GAP]) * length
        slot, wanted = (low - self._origin) % size, high - low
        if young or len(values) == size:
            there = values[slot : slot + wanted]
            there += values[: wanted - len(there)]
        else:  # the clock was set back before the ring was full
            slots = ((step - self._origin) % size for step in range(low, high))
            there = array("f", [values[slot] if slot < len(values) else _GAP for slot in slots])
        return array("f", [_GAP]) * (low - first) + there + array("f", [_GAP]) * (last - high)

    def _move_to(self, step: int) -> None:
        """Begin a step; what lies between it and the last one is a gap, also when the clock was set back."""
        if self._head is None:
            self._origin = step
        else:
            skipped = range(self._head + 1, step + 1) if step > self._head else range(step, self._head + 1)
            for missing in skipped[-self._size :]:
                self._blank((missing - self._origin) % self._size)
        self._blank((step - self._origin) % self._size)
        self._head = step
        self._sum, self._count = 0.0, 0

    def _blank(self, slot: int) -> None:
        for values in (self._mean, self._least, self._greatest):
            if slot >= len(values):
                values.extend([_GAP] * (slot + 1 - len(values)))
            values[slot] = _GAP


class History:
    """The past of all GPUs and of the host. Not thread-safe: record and read in one thread."""

    def __init__(self, levels: tuple[tuple[int, int], ...] = LEVELS) -> None:
        """Start empty.

        Args:
            levels: seconds per step, and how many steps, from the finest level to the coarsest.
        """
        self._levels = levels
        self._rings: dict[tuple[str, str], tuple[_Ring, ...]] = {}
        self._last: float = 0.0

    def record(self, sample: MonitorSample) -> None:
        """Add a sample. Values that are None, and GPUs that are lost, leave gaps."""
        self._last = sample.at
        for gpu in sample.gpus:
            self._add(gpu.uuid, sample.at, "utilization", gpu.utilization)
            self._add(gpu.uuid, sample.at, "memory", gpu.memory_fraction)
            self._add(gpu.uuid, sample.at, "power", gpu.power_w)
            self._add(gpu.uuid, sample.at, "temperature", gpu.temperature_c)
        host = sample.host
        self._add(HOST, sample.at, "utilization", host.cpu)
        self._add(HOST, sample.at, "memory", host.memory_used / host.memory_total if host.memory_total else None)

    def series(
        self,
        metric: str,
        uuid: str,
        window_s: float,
        points: int,
        *,
        kind: str = "mean",
        until: float | None = None,
    ) -> list[float | None]:
        """One metric over a window, in equal parts, oldest first.

        The parts lie on fixed multiples of their length, so that a graph moves by whole columns and does not flicker.

        Args:
            metric: one of ``METRICS``.
            uuid: of a GPU, or ``HOST``.
            window_s: seconds, above 0; beyond the coarsest level (7 days) there are only gaps.
            points: how many parts, at least 1.
            kind: "mean", "min" or "max" of each part.
            until: where the window ends, in seconds since the epoch; default: at the last sample.

        Returns:
            ``points`` values; None is a gap.
        """
        if metric not in METRICS or kind not in ("mean", "min", "max") or window_s <= 0 or points < 1:
            raise ValueError(f"no such series: {kind} {metric} of {window_s} s in {points} points")
        rings = self._rings.get((uuid, metric))
        if rings is None:
            return [None] * points
        ring = next((ring for ring in rings if ring.span_s >= window_s), rings[-1])
        width = window_s / points
        last = math.floor((self._last if until is None else until) / width)
        first = last - points + 1
        # At the start most of a window lies before anything that is kept; one part more is looked at, for roundings.
        empty = min(points, max(0, math.floor(ring.begins_at / width) - 1 - first))
        return [None] * empty + [_fold(ring, kind, part * width, width) for part in range(first + empty, last + 1)]

    @property
    def uuids(self) -> list[str]:
        """Whose past is kept, in the order in which they came."""
        return list(dict.fromkeys(uuid for uuid, _ in self._rings))

    def past(self, metric: str, uuid: str, window_s: float) -> Past:
        """One metric over the last seconds, in the steps in which it is kept.

        Args:
            metric: one of ``METRICS``.
            uuid: of a GPU, or ``HOST``.
            window_s: seconds, above 0; it ends at the last sample, and beyond the coarsest level it is cut.
        """
        step_s, size = next((level for level in self._levels if level[0] * level[1] >= window_s), self._levels[-1])
        last = math.floor(self._last / step_s) + 1
        first = last - min(size, math.ceil(window_s / step_s))
        ring = next((ring for ring in self._rings.get((uuid, metric), ()) if ring.step_s == step_s), None)
        values = ring.steps(first, last) if ring is not None else [None] * (last - first)
        return Past(first * step_s, step_s, values)

    def fill(self, metric: str, uuid: str, past: Past) -> None:
        """Take over what somebody else's history had; in its level, it replaces what is here since it begins.

        Args:
            metric: one of ``METRICS``.
            uuid: of a GPU, or ``HOST``.
            past: as ``past`` made it; steps of a length that is not kept here are ignored.
        """
        for ring in self._rings_of(uuid, metric):
            if ring.step_s == past.step_s:
                ring.fill(round(past.begins_at / past.step_s), past.values)
        self._last = max(self._last, past.begins_at + past.step_s * (len(past.values) - 1))

    def _add(self, uuid: str, at: float, metric: str, value: float | None) -> None:
        if value is not None:
            for ring in self._rings_of(uuid, metric):
                ring.add(at, value)

    def _rings_of(self, uuid: str, metric: str) -> tuple[_Ring, ...]:
        rings = self._rings.get((uuid, metric))
        if rings is None:
            rings = self._rings[uuid, metric] = tuple(_Ring(step_s, size) for step_s, size in self._levels)
        return rings


def _fold(ring: _Ring, kind: str, start: float, width: float) -> float | None:
    """One value for the steps that begin in a part; a part shorter than a step takes the step that it lies in."""
    first, last = math.ceil(start / ring.step_s), math.ceil((start + width) / ring.step_s)
    if last <= first:
        first = math.floor(start / ring.step_s)
        last = first + 1
    values = ring.read(kind, first, last)
    if not values:
        return None
    return sum(values) / len(values) if kind == "mean" else _FOLD[kind](values)
