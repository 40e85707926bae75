"""GPUs that exist only here, for machines without one: same provider, plausible numbers.

They follow the tasks on them: who holds a GPU decides how it behaves. All values are closed formulas of (who holds it,
since when, now), so they do not depend on how often somebody looks, and a fixed clock gives fixed numbers.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache

import msgspec

from ant_tui.monitor.samples import OK, GpuIdentity, GpuProcess, GpuSample

__all__ = ["DEFAULT_MEMORY", "SimulatedGpus"]

MIB = 1 << 20
DEFAULT_MEMORY = 80 << 30

_IDLE_MEMORY = 4 * MIB
_IDLE_POWER_W = 62.0
_POWER_LIMIT_W = 400.0
_IDLE_TEMPERATURE_C = 31.0
_FULL_TEMPERATURE_C = 74.0
_IDLE_CLOCK_MHZ = 345
_FULL_CLOCK_MHZ = 1980
_FULLEST = 0.97

# Seconds in which about two thirds of a change have happened.
_UTILIZATION_UP_S = 1.2
_UTILIZATION_DOWN_S = 0.4
_POWER_S = 2.5
_TEMPERATURE_S = 25.0
_MEMORY_FREED_S = 0.8


class _Character(msgspec.Struct, frozen=True):
    """How a task behaves on a GPU.

    Attributes:
        level: its mean utilisation, 0..1.
        memory: the share of a GPU's memory that it takes, 0..1.
        fill_s: seconds in which it takes it.
        waves: (height, period in seconds, phase) of what makes it uneven.
        pause_every_s: it pauses this often for a moment, as a training does to validate.
        pause_phase: where in that rhythm it begins.
    """

    level: float
    memory: float
    fill_s: float
    waves: tuple[tuple[float, float, float], ...]
    pause_every_s: float
    pause_phase: float

    def utilization(self, now: float) -> float:
        """Its utilisation at this moment, 0..1."""
        value = self.level
        for height, period, phase in self.waves:
            value += height * math.sin(math.tau * now / period + phase)
        # The tip of a sine: a smooth dip that takes about an eighth of the rhythm.
        pause = max(0.0, math.sin(math.tau * now / self.pause_every_s + self.pause_phase) - 0.92) / 0.08
        return min(1.0, max(0.05, value - 0.3 * pause))


class _Readings(msgspec.Struct, frozen=True):
    utilization: float
    memory: float
    power: float
    temperature: float


class _Phase(msgspec.Struct, frozen=True):
    """A stretch of time in which the same tasks hold a GPU, and how the GPU was when it began."""

    keys: tuple[int, ...]
    since: float
    before: _Readings


class SimulatedGpus:
    """A provider of simulated GPUs; ``set_load`` says what is on them."""

    driver = "simulated"

    def __init__(
        self,
        count: int,
        *,
        memory_total: int = DEFAULT_MEMORY,
        name: str = "Simulated GPU",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make idle GPUs.

        Args:
            count: how many, at least 0.
            memory_total: bytes on each.
            name: of each.
            clock: seconds from any origin; fix it to fix all values.
        """
        if count < 0:
            raise ValueError(f"the number of simulated GPUs must be at least 0, not {count}")
        self.driver_error = "" if count else "No simulated GPUs were asked for."
        self._clock = clock
        self._lock = threading.Lock()
        self._identities = {
            uuid: GpuIdentity(index, uuid, name, memory_total)
            for index, uuid in ((index, _uuid(index)) for index in range(count))
        }
        now = clock()
        self._phases = {uuid: _Phase((), now, _idle(identity.index)) for uuid, identity in self._identities.items()}

    def open(self) -> int:
        """See ``GpuProvider.open``."""
        return len(self._identities)

    def identify(self, index: int) -> GpuIdentity:
        """See ``GpuProvider.identify``."""
        return self._identities[_uuid(index)]

    def close(self) -> None:
        """See ``GpuProvider.close``."""

    def set_load(self, holders: Mapping[str, tuple[int, ...]]) -> None:
        """Say who is on the GPUs from now on; may be called from any thread.

        Args:
            holders: UUID → a key for each task on it (its number); a GPU that is not named is idle. A GPU whose
                holders stay the same goes on undisturbed.
        """
        with self._lock:
            now = self._clock()
            for uuid, phase in self._phases.items():
                keys = tuple(sorted(holders.get(uuid, ())))
                if keys != phase.keys:
                    readings = _readings(phase, self._identities[uuid].index, now)
                    self._phases[uuid] = _Phase(keys, now, readings)

    def processes(self, uuid: str) -> tuple[GpuProcess, ...]:
        """Nobody: tasks on a simulated GPU do not really use one."""
        if uuid not in self._identities:
            raise KeyError(uuid)
        return ()

    def sample(self, uuid: str) -> GpuSample:
        """See ``GpuProvider.sample``. Values come in the steps in which a driver gives them."""
        identity = self._identities[uuid]
        with self._lock:
            phase = self._phases[uuid]
        now = _readings(phase, identity.index, self._clock())
        total = identity.memory_total or 0
        heat = (now.temperature - _IDLE_TEMPERATURE_C) / (_FULL_TEMPERATURE_C - _IDLE_TEMPERATURE_C)
        return GpuSample(
            index=identity.index,
            uuid=uuid,
            name=identity.name,
            health=OK,
            utilization=round(now.utilization, 2),
            memory_used=min(total, _IDLE_MEMORY + int(now.memory * total) // MIB * MIB),
            memory_total=total,
            power_w=round(now.power, 1),
            power_limit_w=_POWER_LIMIT_W,
            temperature_c=float(round(now.temperature)),
            clock_mhz=_clock_mhz(now.utilization),
            fan=round(min(1.0, 0.3 + 0.5 * max(0.0, heat)), 2),
            processes=(),
        )


def _readings(phase: _Phase, index: int, now: float) -> _Readings:
    """The exact values at ``now``: from those at the phase's start towards what its tasks do, each at its own pace."""
    idle, before = _idle(index), phase.before
    passed = max(0.0, now - phase.since)
    if phase.keys:
        characters = [_character(key) for key in phase.keys]
        free = math.prod(1 - character.utilization(now) for character in characters)
        steady = 1 - math.prod(1 - character.level for character in characters)
        wanted = min(_FULLEST, sum(character.memory for character in characters))
        fill_s = max(character.fill_s for character in characters)
        pace = _UTILIZATION_UP_S
    else:
        free, steady, wanted, fill_s, pace = 1.0, 0.0, 0.0, _MEMORY_FREED_S, _UTILIZATION_DOWN_S
    utilization = _approach(before.utilization, 1 - free, passed / pace)
    return _Readings(
        utilization=utilization,
        memory=before.memory + (wanted - before.memory) * _smooth_step(passed / fill_s),
        power=_approach(
            before.power, idle.power + (0.96 * _POWER_LIMIT_W - idle.power) * utilization, passed / _POWER_S
        ),
        # Heat follows the mean load: a dip of a second does not cool a heat sink.
        temperature=_approach(
            before.temperature,
            idle.temperature + (_FULL_TEMPERATURE_C - idle.temperature) * steady,
            passed / _TEMPERATURE_S,
        ),
    )


def _idle(index: int) -> _Readings:
    """An idle GPU; those in the middle of a machine are a little warmer, as in a real one."""
    return _Readings(0.0, 0.0, _IDLE_POWER_W + 1.7 * (index % 4), _IDLE_TEMPERATURE_C + index % 3)


@lru_cache(maxsize=4096)
def _character(key: int) -> _Character:
    chance = random.Random(key)
    waves = tuple(
        (height * chance.uniform(0.5, 1.0), period * chance.uniform(0.8, 1.25), chance.uniform(0, math.tau))
        for height, period in ((0.05, 47.0), (0.035, 11.0), (0.025, 3.7))
    )
    return _Character(
        level=chance.uniform(0.62, 0.93),
        memory=chance.uniform(0.18, 0.82),
        fill_s=chance.uniform(2.0, 6.0),
        waves=waves,
        pause_every_s=chance.uniform(25.0, 60.0),
        pause_phase=chance.uniform(0, math.tau),
    )


def _approach(start: float, goal: float, time_constants: float) -> float:
    return goal + (start - goal) * math.exp(-time_constants)


def _smooth_step(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


def _clock_mhz(utilization: float) -> int:
    """Clocks rise at the least load; a GPU is never half clocked for long."""
    share = min(1.0, utilization / 0.1)
    return int(_IDLE_CLOCK_MHZ + (_FULL_CLOCK_MHZ - _IDLE_CLOCK_MHZ) * share) // 15 * 15


def _uuid(index: int) -> str:
    return f"SIM-00000000-0000-0000-0000-{index:012d}"
