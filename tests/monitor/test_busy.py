"""When somebody else's use of a GPU is in the way."""

from __future__ import annotations

from typing import Any

import pytest

from ant_tui.monitor.busy import BusyDetector, BusySettings, ExternalUse, OwnUse, why_not_free
from ant_tui.monitor.foreign import ProcessWatch
from ant_tui.monitor.samples import GRAPHICS, GpuProcess, GpuSample, ProcessInfo
from tests.monitor.moments import GIB, compute, gpu, lost_gpu, moment

UUID = "GPU-0"
NOBODY = OwnUse()
HELD = OwnUse(held=frozenset({UUID}))


class World:
    """A GPU, its detector, and the seconds that pass."""

    def __init__(self, **settings: Any) -> None:
        self.at = 1000.0
        self.detector = BusyDetector(BusySettings(**settings))
        self.watch = ProcessWatch(lambda pid: ProcessInfo(pid, f"user{pid}", f"program {pid}", None))
        self.owners: dict[int, int] = {}

    def look(self, sample: GpuSample, own: OwnUse = NOBODY, *, after_s: float = 1.0) -> ExternalUse | None:
        """The verdict on one sample."""
        self.at += after_s
        now = moment(self.at, sample)
        return self.detector.observe(now, self.watch.observe(now, self.owners), own)[UUID]

    def live(self, seconds: int, sample: GpuSample, own: OwnUse = NOBODY) -> list[ExternalUse | None]:
        """The verdicts on one sample a second."""
        return [self.look(sample, own) for _ in range(seconds)]


def test_a_threshold_of_a_half_means_fifty_percent() -> None:
    """A desktop that draws 3 % never blocks a GPU; 49 % does not, 51 % does (row 157)."""
    assert not any(World().live(600, gpu(utilization=0.03)))
    assert not any(World().live(60, gpu(utilization=0.49)))
    assert all(World().live(60, gpu(utilization=0.51)))


def test_memory_counts_as_a_share_of_all_memory() -> None:
    """A job that holds 90 % and computes nothing is in the way, one that holds 40 % is not (rows 158, 162)."""
    use = World().live(5, gpu(memory=0.9))[-1]
    assert use is not None
    assert use.reason == "memory is 90% over 20 s"
    assert not any(World().live(60, gpu(memory=0.4)))


def test_the_window_is_in_seconds_whatever_the_interval() -> None:
    """A load that begins is noticed after half of 20 s, sampled each second or each quarter of one (row 159)."""
    for step_s in (1.0, 0.25):
        world = World(window_s=20.0)
        for _ in range(round(30 / step_s)):
            world.look(gpu(utilization=0.0), after_s=step_s)
        begin = world.at
        while world.look(gpu(utilization=1.0), after_s=step_s) is None:
            continue
        assert world.at - begin == pytest.approx(10.0, abs=step_s + 0.01)


def test_extra_samples_do_not_shift_the_mean() -> None:
    """Many looks in one moment (a task has ended, somebody asked) weigh no more than the time between them."""
    world = World()
    world.live(20, gpu(utilization=0.2))
    for _ in range(200):
        assert world.look(gpu(utilization=1.0), after_s=0.001) is None


def test_a_short_peak_is_not_a_job() -> None:
    """One second of full load in a quiet window does not block."""
    world = World()
    world.live(20, gpu())
    assert world.look(gpu(utilization=1.0)) is None


def test_a_gpu_gets_free_by_itself() -> None:
    """When the load is gone the mean falls, and the GPU is free again without anybody's doing (row 160)."""
    world = World()
    assert world.live(30, gpu(utilization=0.9))[-1] is not None
    after = world.live(30, gpu())
    assert after[0] is not None
    assert after[-1] is None


def test_it_is_known_since_when() -> None:
    """The time of the first verdict stays while the use lasts, and is new for the next use; numbers are no news."""
    world = World()
    first, *_, last = world.live(30, gpu(utilization=0.9))
    assert first is not None
    assert last is not None
    assert first.since == last.since == 1001.0
    *_, numbers = world.live(5, gpu(utilization=1.0))
    assert numbers is not None
    assert numbers != last
    assert numbers.same_as(last)
    world.live(60, gpu())
    again = world.live(30, gpu(utilization=0.9))[-1]
    assert again is not None
    assert again.since > 1060
    assert not again.same_as(last)
    assert not again.same_as(None)


def test_our_own_load_is_not_foreign() -> None:
    """While a task of ours holds the GPU its load says nothing about others."""
    assert not any(World().live(60, gpu(utilization=1.0, memory=0.9), HELD))


def test_right_after_our_own_task_the_gpu_is_usable() -> None:
    """The window with our own load is not counted, nor the second in which the driver still tells of it (row 161)."""
    world = World()
    world.live(60, gpu(utilization=1.0, memory=0.9), HELD)
    own = OwnUse(released_at={UUID: world.at})
    assert world.look(gpu(utilization=1.0, memory=0.9), own) is None
    assert not any(world.live(60, gpu(utilization=0.01), own))


def test_a_stranger_who_came_meanwhile_is_seen_after_our_own_task() -> None:
    """What is measured after the end and its tail counts, from the first look (row 161)."""
    world = World()
    world.live(60, gpu(utilization=1.0), HELD)
    own = OwnUse(released_at={UUID: world.at})
    assert [use is not None for use in world.live(3, gpu(utilization=1.0), own)] == [False, True, True]


def test_what_was_before_our_own_task_is_forgotten_by_its_end() -> None:
    """Foreign load of an hour ago does not come back into the mean."""
    world = World(window_s=3600.0)
    world.live(60, gpu(utilization=1.0))
    world.live(10, gpu(utilization=1.0), HELD)
    own = OwnUse(released_at={UUID: world.at})
    assert not any(world.live(10, gpu(), own))


def test_the_one_with_most_memory_is_named() -> None:
    """Who is in the way: pid, user, command, memory; a task of ours is never blamed."""
    world = World()
    world.owners = {1: 42}
    processes = (compute(1, 60 * GIB), compute(2, GIB), compute(3, 5 * GIB))
    use = world.live(3, gpu(utilization=0.9, processes=processes))[-1]
    assert use is not None
    assert (use.pid, use.user, use.command, use.memory) == (3, "user3", "program 3", 5 * GIB)


@pytest.mark.parametrize("mode", ["load", "processes"])
def test_readings_that_are_not_supported_block_nothing(mode: str) -> None:
    """A GPU that reports no numbers, no processes, or is lost is not called busy, and nothing breaks (row 164)."""
    world = World(mode=mode)
    assert not any(world.live(30, gpu(utilization=None, memory=None, processes=None)))
    assert not any(world.live(30, lost_gpu()))
    assert world.look(gpu(utilization=None, memory=0.9, processes=(compute(2),))) is not None


def test_a_lost_gpu_is_a_gap_in_the_window() -> None:
    """What was before the gap does not stand for the time of the gap once it has left the window."""
    world = World()
    world.live(10, gpu(utilization=1.0))
    world.live(30, lost_gpu())
    assert world.look(gpu(utilization=0.0)) is None


def test_a_clock_that_is_set_back_starts_the_window_anew() -> None:
    """No mean over time that has not been yet."""
    world = World()
    world.live(30, gpu(utilization=1.0))
    world.at -= 3600
    assert world.look(gpu(utilization=0.0)) is None


def test_by_processes_any_foreign_compute_process_is_in_the_way() -> None:
    """Idle or not, above the allowed memory; ours and graphics are not (row 162)."""
    world = World(mode="processes", process_memory=100)
    world.owners = {1: 42}
    harmless = (compute(1, GIB), compute(2, 100), GpuProcess(3, GIB, GRAPHICS))
    assert world.look(gpu(utilization=1.0, processes=harmless)) is None
    use = world.look(gpu(processes=(*harmless, compute(4, 101))))
    assert use is not None
    assert (use.pid, use.user, use.memory, use.since) == (4, "user4", 101, 1002.0)
    assert world.look(gpu(processes=harmless)) is None


def test_by_processes_memory_that_is_not_told_is_no_excuse() -> None:
    """A process whose memory the driver hides may hold all of it."""
    use = World(mode="processes").look(gpu(processes=(compute(4, None),)))
    assert use is not None
    assert use.memory is None


@pytest.mark.parametrize("ignored", [{"ignored_pids": frozenset({4})}, {"ignored_users": frozenset({"user4"})}])
def test_an_idle_squatter_can_be_ignored(ignored: dict[str, Any]) -> None:
    """By pid or by user, in both modes, with the memory that it holds; somebody else beside it is still seen."""
    squatter, other = compute(4, 60 * GIB), compute(5, 10 * GIB)
    for mode in ("load", "processes"):
        squatted = gpu(memory=0.75, processes=(squatter,))
        assert any(World(mode=mode).live(30, squatted))
        assert not any(World(mode=mode, **ignored).live(30, squatted))
        use = World(mode=mode, **ignored).look(gpu(memory=0.9, utilization=0.9, processes=(squatter, other)))
        assert use is not None
        assert use.pid == 5


def test_an_ignored_process_may_also_compute() -> None:
    """If nobody else is on the GPU, its load is the ignored process's."""
    world = World(ignored_pids=frozenset({4}))
    assert not any(world.live(30, gpu(utilization=1.0, processes=(compute(4),))))


def test_by_processes_our_own_remains_are_not_foreign() -> None:
    """A child of our task that shows up as it ends is given a moment; a stranger from before is not (row 161)."""
    world = World(mode="processes")
    world.look(gpu(), HELD)
    released = OwnUse(released_at={UUID: world.at + 1.0})
    assert world.look(gpu(processes=(compute(8),)), released) is None
    assert world.look(gpu(processes=(compute(8),)), released, after_s=0.5) is None
    assert world.look(gpu(processes=(compute(8),)), released) is not None
    world = World(mode="processes")
    world.live(10, gpu(processes=(compute(9),)), HELD)
    released = OwnUse(released_at={UUID: world.at})
    assert world.look(gpu(processes=(compute(9),)), released, after_s=0.1) is not None


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (gpu(utilization=0.09, memory=0.09), ""),
        (gpu(utilization=0.1), "utilisation is 10%, the limit is 10%"),
        (gpu(memory=0.5), "memory is 50%, the limit is 10%"),
        (gpu(utilization=None, memory=None), ""),
        (lost_gpu(), "it is lost: Gone."),
    ],
)
def test_the_look_before_a_start(sample: GpuSample, words: str) -> None:
    """Free: load and memory below their limits now; what is not reported is not in the way (rows 163, 164)."""
    assert why_not_free(sample, utilization=0.1, memory=0.1) == words
