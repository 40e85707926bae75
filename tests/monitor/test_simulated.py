"""Simulated GPUs: they follow the tasks on them, and a fixed clock fixes everything."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.monitor.provider import discover
from ant_tui.monitor.samples import GpuSample
from ant_tui.monitor.simulated import SimulatedGpus

LONG_S = 300.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _simulated(count: int = 2) -> tuple[SimulatedGpus, Clock, list[str]]:
    clock = Clock()
    gpus = SimulatedGpus(count, clock=clock)
    return gpus, clock, [identity.uuid for identity in discover(gpus)]


def _after(gpus: SimulatedGpus, clock: Clock, uuid: str, *seconds: float) -> list[GpuSample]:
    begin = clock.now
    samples = []
    for offset in seconds:
        clock.now = begin + offset
        samples.append(gpus.sample(uuid))
    return samples


def test_they_are_a_provider_like_any_other() -> None:
    """As many as asked for, with stable identities; simulated, and without processes."""
    gpus = SimulatedGpus(3, memory_total=24 << 30, name="Toy")
    identities = discover(gpus)
    assert [identity.index for identity in identities] == [0, 1, 2]
    assert identities == discover(SimulatedGpus(3, memory_total=24 << 30, name="Toy"))
    assert all(identity.uuid.startswith("SIM-0000") for identity in identities)
    assert (identities[0].name, identities[0].memory_total) == ("Toy", 24 << 30)
    assert (gpus.driver, gpus.driver_error) == ("simulated", "")
    assert gpus.processes(identities[0].uuid) == gpus.sample(identities[0].uuid).processes == ()
    gpus.close()


def test_none_of_them_is_no_error() -> None:
    """Zero GPUs explain themselves; less is refused; an unknown one is a KeyError."""
    assert SimulatedGpus(0).driver_error
    with pytest.raises(ValueError, match="at least 0"):
        SimulatedGpus(-1)
    with pytest.raises(KeyError):
        SimulatedGpus(1).sample("SIM-9")
    with pytest.raises(KeyError):
        SimulatedGpus(1).processes("SIM-9")


def test_an_idle_gpu_is_quiet() -> None:
    """No load, hardly any memory, idle power and temperature, for ever."""
    gpus, clock, (uuid, _) = _simulated()
    first, later = _after(gpus, clock, uuid, 0, LONG_S)
    assert first == later
    assert first.utilization == 0.0
    assert (first.memory_fraction or 1) < 0.001
    assert first.power_w is not None
    assert first.power_w < 100


def test_a_task_makes_a_gpu_work_and_leaves_the_others_alone() -> None:
    """Utilisation and power rise within seconds, memory fills, heat follows slowly; the neighbour stays idle."""
    gpus, clock, (uuid, other) = _simulated()
    idle = gpus.sample(uuid)
    gpus.set_load({uuid: (7,)})
    start, soon, late = _after(gpus, clock, uuid, 0, 10, LONG_S)
    assert start == idle
    assert (soon.utilization or 0) > 0.3
    assert (soon.memory_fraction or 0) > 0.15
    assert (soon.power_w or 0) > 150
    assert (soon.temperature_c or 0) < (late.temperature_c or 0)
    assert (late.temperature_c or 0) > 50
    assert gpus.sample(other).utilization == 0.0


def test_everything_falls_back_when_the_task_is_gone() -> None:
    """Memory first, then load and power, heat at last: exactly as idle as before."""
    gpus, clock, (uuid, _) = _simulated()
    idle = gpus.sample(uuid)
    gpus.set_load({uuid: (7,)})
    clock.now += LONG_S
    hot = gpus.sample(uuid)
    gpus.set_load({})
    assert gpus.sample(uuid) == hot
    soon, late = _after(gpus, clock, uuid, 2, LONG_S)
    assert soon.memory_used == idle.memory_used
    assert (soon.utilization or 0) < 0.05
    assert (soon.temperature_c or 0) > (idle.temperature_c or 0) + 10
    assert late == idle


def test_values_move_smoothly() -> None:
    """From one second to the next nothing jumps, though no two seconds need be alike."""
    gpus, clock, (uuid, _) = _simulated()
    gpus.set_load({uuid: (7,)})
    clock.now += 30
    samples = _after(gpus, clock, uuid, *range(120))
    values = [sample.utilization or 0.0 for sample in samples]
    assert max(abs(after - before) for before, after in pairwise(values)) < 0.25
    assert len(set(values)) > 5
    heat = [sample.temperature_c or 0.0 for sample in samples]
    assert max(abs(after - before) for before, after in pairwise(heat)) <= 2


def test_different_tasks_look_different() -> None:
    """Each task has its own level and size."""
    gpus, clock, uuids = _simulated(8)
    gpus.set_load({uuid: (number,) for number, uuid in enumerate(uuids)})
    clock.now += 60
    samples = [gpus.sample(uuid) for uuid in uuids]
    assert len({sample.memory_used for sample in samples}) == 8
    assert len({sample.power_w for sample in samples}) == 8


def test_the_same_load_again_changes_nothing() -> None:
    """The scheduler may repeat itself, in any order of holders, without a second ramp."""
    gpus, clock, (uuid, other) = _simulated()
    gpus.set_load({uuid: (1, 2)})
    clock.now += 20
    before = gpus.sample(uuid)
    gpus.set_load({uuid: (2, 1), other: (3,)})
    assert gpus.sample(uuid) == before
    clock.now += 5
    undisturbed, second_clock, _ = _simulated()
    undisturbed.set_load({uuid: (1, 2)})
    second_clock.now += 25
    assert gpus.sample(uuid) == undisturbed.sample(uuid)


def test_tasks_that_share_a_gpu_add_up_below_its_limits() -> None:
    """Two load it more than one; many never go beyond what there is."""
    gpus, clock, (one, many) = _simulated()
    gpus.set_load({one: (1,), many: tuple(range(1, 20))})
    clock.now += 60
    alone, shared = gpus.sample(one), gpus.sample(many)
    assert (shared.utilization or 0) > (alone.utilization or 0)
    assert (shared.memory_fraction or 2) < 1
    assert (shared.power_w or 999) <= (shared.power_limit_w or 0)


@given(
    changes=st.lists(
        st.tuples(st.floats(0, 100), st.lists(st.integers(0, 2**31), max_size=3, unique=True)), max_size=8
    ),
    later=st.floats(0, 1000),
)
def test_values_are_plausible_and_depend_on_nothing_but_load_and_time(
    changes: list[tuple[float, list[int]]], later: float
) -> None:
    """Property: always within bounds; and equal however often anybody has looked in between."""
    looked, clock, (uuid,) = _simulated(1)
    unseen, other_clock, _ = _simulated(1)
    for pause, keys in changes:
        clock.now += pause / 2
        looked.sample(uuid)
        clock.now += pause / 2
        other_clock.now = clock.now
        looked.set_load({uuid: tuple(keys)})
        unseen.set_load({uuid: tuple(keys)})
    clock.now += later
    other_clock.now = clock.now
    sample = looked.sample(uuid)
    assert sample == unseen.sample(uuid)
    assert 0 <= (sample.utilization or 0) <= 1
    assert 0 < (sample.memory_used or 0) <= (sample.memory_total or 0)
    assert 50 <= (sample.power_w or 0) <= (sample.power_limit_w or 0)
    assert 25 <= (sample.temperature_c or 0) <= 90
    assert 0 <= (sample.fan or 0) <= 1
