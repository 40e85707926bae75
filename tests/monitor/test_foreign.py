"""Whose processes are on the GPUs."""

from __future__ import annotations

from ant_tui.monitor.foreign import ProcessWatch, SeenProcess
from ant_tui.monitor.samples import ProcessInfo
from tests.monitor.moments import GIB, compute, gpu, lost_gpu, moment

UUID = "GPU-0"


class People:
    """What the host knows; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, pid: int) -> ProcessInfo | None:
        self.asked.append(pid)
        return None if pid >= 1000 else ProcessInfo(pid, f"user{pid}", f"program {pid}", started_at=100.0)


def _one(seen: dict[str, tuple[SeenProcess, ...] | None]) -> SeenProcess:
    (process,) = seen[UUID] or ()
    return process


def test_a_process_of_a_task_is_ours_and_any_other_is_foreign() -> None:
    """Known pids carry their task's number (row 176); what nobody knows is foreign, with owner and command."""
    watch = ProcessWatch(People())
    seen = watch.observe(moment(200.0, gpu(processes=(compute(1), compute(2, 5)))), {1: 42})[UUID]
    assert seen is not None
    ours, theirs = seen
    assert (ours.task, ours.foreign) == (42, False)
    assert (theirs.foreign, theirs.user, theirs.command, theirs.memory) == (True, "user2", "program 2", 5)


def test_a_process_that_was_there_before_us_is_there_since_its_start() -> None:
    """A restart of the scheduler does not make a squatter young."""
    seen = ProcessWatch(People()).observe(moment(200.0, gpu(processes=(compute(1),))), {})
    assert _one(seen).since == 100.0


def test_a_process_that_comes_later_is_there_since_it_was_first_listed() -> None:
    """Its program may have run for days before it took the GPU. It keeps its time while its memory changes."""
    watch = ProcessWatch(People())
    watch.observe(moment(200.0, gpu()), {})
    assert _one(watch.observe(moment(201.0, gpu(processes=(compute(1, 1),))), {})).since == 201.0
    later = _one(watch.observe(moment(300.0, gpu(processes=(compute(1, 2),))), {}))
    assert (later.since, later.memory) == (201.0, 2)


def test_a_process_is_looked_up_once() -> None:
    """Reading /proc each second for each process would cost more than the rest of the monitor."""
    people = People()
    watch = ProcessWatch(people)
    for second in range(5):
        watch.observe(moment(200.0 + second, gpu(processes=(compute(1), compute(2)))), {})
    assert people.asked == [1, 2]


def test_a_process_that_was_ours_stays_ours_until_it_is_gone() -> None:
    """The driver lists it for a moment after its end, when its task is forgotten (row 161)."""
    watch = ProcessWatch(People())
    watch.observe(moment(200.0, gpu(processes=(compute(1),))), {1: 42})
    assert _one(watch.observe(moment(201.0, gpu(processes=(compute(1),))), {})).task == 42
    watch.observe(moment(202.0, gpu()), {})
    again = _one(watch.observe(moment(203.0, gpu(processes=(compute(1),))), {}))
    assert (again.foreign, again.since) == (True, 203.0)


def test_a_process_may_turn_out_to_be_ours() -> None:
    """A child of a task may be listed before anybody has seen that it is one."""
    watch = ProcessWatch(People())
    assert _one(watch.observe(moment(200.0, gpu(processes=(compute(1),))), {})).foreign
    assert _one(watch.observe(moment(201.0, gpu(processes=(compute(1),))), {1: 42})).task == 42


def test_a_process_that_the_host_does_not_know_is_told_nevertheless() -> None:
    """In a container the driver's pids are those of another namespace: foreign, without a name."""
    seen = _one(ProcessWatch(People()).observe(moment(200.0, gpu(processes=(compute(5000),))), {}))
    assert (seen.foreign, seen.user, seen.command, seen.since) == (True, None, "", 200.0)


def test_not_knowing_is_not_the_same_as_nobody() -> None:
    """A GPU that lists nobody is (); one that does not say, or is lost, is None, and forgets nothing meanwhile."""
    watch = ProcessWatch(People())
    watch.observe(moment(200.0, gpu(processes=(compute(1, GIB),))), {1: 42})
    assert watch.observe(moment(201.0, lost_gpu()), {}) == {UUID: None}
    assert _one(watch.observe(moment(202.0, gpu(processes=(compute(1),))), {})).task == 42
    assert watch.observe(moment(203.0, gpu()), {}) == {UUID: ()}
