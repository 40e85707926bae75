"""Who starts next."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.core import events as ev
from ant_tui.core.cluster import Cluster
from ant_tui.core.policy import Limits, decide
from ant_tui.core.resources import ExternalUse, Gpu, GpuRef, ResourceRequest
from ant_tui.core.task import TaskState
from tests.core.world import World, gpu, plain_decision, uuid_of


def test_only_managed_gpus_are_handed_out(world: World) -> None:
    """With 4 managed GPUs full, a fifth task waits, whatever else the machine has (row 001)."""
    world.has_gpus(0, 1, 2, 3, 4, 5, 6, 7)
    world.happens(ev.GpusSwitched, removed=tuple(uuid_of(index) for index in (0, 2, 4, 6)))
    for _ in range(5):
        world.submit(1)
    assert world.dispatch() == [(1, [1]), (2, [3]), (3, [5]), (4, [7])]
    assert world.decides() == []


def test_gpus_come_lowest_index_first_in_the_order_of_assignment(world: World) -> None:
    """A task gets the lowest free indices, in rising order, each with its identity (rows 110, 113)."""
    world.has_gpus(3, 2, 1, 0)
    world.running(world.submit(1), 1)
    world.submit(2)
    [start] = decide(world.state)
    assert start.gpus == (GpuRef(uuid_of(0), 0), GpuRef(uuid_of(2), 2))


def test_a_task_without_gpus_starts_though_every_gpu_is_taken(world: World) -> None:
    """Zero GPUs asked for means that it runs at once and is given none (row 111)."""
    world.has_gpus(0)
    world.running(world.submit(1), 0)
    world.submit(1)
    number = world.submit(0)
    assert world.decides() == [(number, [])]


def test_without_a_driver_only_tasks_without_gpus_start(world: World) -> None:
    """A machine that has no GPU still runs what needs none (row 004)."""
    world.submit(1)
    number = world.submit(0)
    world.has_gpus()
    assert world.decides() == [(number, [])]


def test_a_gpu_follows_its_identity_and_not_its_number(world: World) -> None:
    """After a renumbering the free GPU is the one that nobody holds, under its new number (row 112)."""
    world.has_gpus(0, 1)
    world.running(world.submit(1), 0)
    world.has_gpus(Gpu(uuid=uuid_of(1), index=0, name=""), Gpu(uuid=uuid_of(0), index=1, name=""))
    world.submit(1)
    [start] = decide(world.state)
    assert start.gpus == (GpuRef(uuid_of(1), 0),)


def test_a_group_of_gpus_is_taken_as_a_unit(world: World) -> None:
    """A task that names a pair of GPUs gets both or waits, though others are free (row 114)."""
    world.has_gpus(0, 1, 2, 3)
    pair = (uuid_of(0), uuid_of(1))
    world.running(world.submit(1), 1)
    waiting = world.submit(2, gpu_ids=pair)
    world.submit(2, gpu_ids=(uuid_of(2), uuid_of(3)))
    assert world.dispatch() == [(3, [2, 3])]
    world.ended(1)
    assert world.decides() == [(waiting, [0, 1])]


def test_chosen_and_excluded_gpus_are_respected(world: World) -> None:
    """A request by identity gets that GPU, and an excluded one is never given (row 123)."""
    world.has_gpus(0, 1, 2)
    world.submit(1, gpu_ids=(uuid_of(2),))
    world.submit(1, exclude_gpus=(uuid_of(0),))
    world.submit(1)
    assert world.decides() == [(1, [2]), (2, [1]), (3, [0])]


def test_more_gpus_than_the_machine_has_blocks_nobody(world: World) -> None:
    """A request that can never be served waits alone (row 121)."""
    world.has_gpus(0, 1)
    world.submit(8)
    world.submit(2)
    assert world.decides() == [(2, [0, 1])]


def test_no_more_gpus_are_in_use_than_the_limit(world: World) -> None:
    """A bound on GPUs counts those in use and bounds a single task as well (row 124)."""
    world.has_gpus(0, 1, 2, 3)
    limits = Limits(gpus=3)
    world.submit(4)
    world.submit(2)
    world.submit(2)
    world.submit(1)
    world.submit(1)
    assert world.dispatch(limits) == [(2, [0, 1]), (4, [2])]
    assert world.decides(limits) == []
    world.ended(4)
    assert world.decides(limits) == [(5, [2])]
    assert world.decides(Limits(gpus=1)) == []


def test_no_more_tasks_without_gpus_run_than_the_limit(world: World) -> None:
    """The number of tasks without a GPU that run at once can be bounded; GPU tasks do not count (row 125)."""
    world.has_gpus(0, 1)
    limits = Limits(cpu_tasks=2)
    world.running(world.submit(1), 0)
    for _ in range(3):
        world.submit(0)
    world.submit(1)
    assert world.dispatch(limits) == [(2, []), (3, []), (5, [1])]
    assert world.decides(limits) == []
    assert world.decides(Limits(cpu_tasks=1)) == []
    world.ended(2)
    assert world.decides(limits) == [(4, [])]


def test_equals_start_in_the_order_of_their_submission(world: World) -> None:
    """First come, first served among equal priorities, kinds of request mixed (row 130)."""
    world.has_gpus(0, 1, 2, 3)
    for gpus in (1, 0, 2, 0, 1):
        world.submit(gpus)
    assert [number for number, _ in world.decides()] == [1, 2, 3, 4, 5]


def test_a_blocked_head_does_not_stop_those_behind_it_that_fit(world: World) -> None:
    """A task that needs more than is free is passed by smaller ones of any kind (row 131)."""
    world.has_gpus(0, 1)
    world.running(world.submit(1), 0)
    world.submit(2)
    world.submit(2)
    world.submit(1)
    world.submit(0)
    assert world.decides() == [(4, [1]), (5, [])]


def test_a_smaller_priority_number_goes_first(world: World) -> None:
    """Priority, then submission; 10 is the default; running tasks are left alone (row 132)."""
    world.has_gpus(0)
    world.submit(1, priority=11)
    world.submit(1)
    for priority in (10, -1, 9):
        world.submit(1, priority=priority)
    order = []
    while starts := world.dispatch():
        [(number, _)] = starts
        assert world.decides() == []
        order.append(world.ended(number))
    assert order == [4, 5, 2, 3, 1]


def test_a_held_task_is_passed_until_it_is_released(world: World) -> None:
    """Held tasks keep their place and do not start."""
    world.has_gpus(0)
    held = world.submit(1, held=True)
    world.submit(1)
    assert world.decides() == [(2, [0])]
    world.happens(ev.TaskReleased, number=held)
    assert world.decides() == [(1, [0])]


def test_many_tasks_start_in_one_moment(world: World) -> None:
    """100 short tasks start in two decisions, not in a hundred (row 139)."""
    for _ in range(100):
        world.submit(0)
    assert len(world.dispatch()) == Limits().starts == 64
    assert len(world.dispatch()) == 36
    assert world.state.counts[TaskState.RUNNING] == 100


def test_a_paused_queue_starts_nothing_and_stops_nothing(world: World) -> None:
    """Pausing keeps new tasks from starting, running ones go on, unpausing lets go (row 141)."""
    world.has_gpus(0, 1)
    world.running(world.submit(1), 0)
    world.submit(1)
    world.submit(0)
    world.happens(ev.QueuePaused)
    assert world.decides() == []
    assert world.state.counts[TaskState.RUNNING] == 1
    world.happens(ev.QueueUnpaused)
    assert world.decides() == [(2, [1]), (3, [])]


@pytest.mark.parametrize("why", ["disabled", "removed", "lost", "external", "completing"])
def test_a_gpu_that_is_not_free_is_not_handed_out(world: World, why: str) -> None:
    """Whatever keeps a GPU away, the next decision avoids it and the one after uses it again (rows 150, 160)."""
    world.has_gpus(0)
    if why == "completing":
        world.happens(ev.TaskCancelRequested, number=world.running(world.submit(1), 0))
    waiting = world.submit(1)
    match why:
        case "disabled" | "removed":
            world.happens(ev.GpusSwitched, **{why: (uuid_of(0),)})
        case "lost":
            world.has_gpus(gpu(0, lost="fell off the bus"))
        case "external":
            world.has_gpus(gpu(0, external=ExternalUse(since=1.0)))
    assert world.decides() == []
    if why == "completing":
        world.ended(1, TaskState.CANCELLED)
    world.happens(ev.GpusSwitched)
    world.has_gpus(0)
    assert world.decides() == [(waiting, [0])]


class _Counted:
    """A line that counts how often a task in it is looked at."""

    looks = 0

    def __init__(self, line: Any) -> None:
        self.line = line

    def __len__(self) -> int:
        return len(self.line)

    def __getitem__(self, place: int) -> Any:
        _Counted.looks += 1
        return self.line[place]


@pytest.mark.parametrize(("free", "most_looks"), [(0, 3), (4, 3 + 4)])
def test_a_long_queue_costs_one_look_per_kind_of_request(
    world: World, monkeypatch: pytest.MonkeyPatch, free: int, most_looks: int
) -> None:
    """With 10,000 queued, a decision looks at each line's head and at those behind a start: no more (row 143)."""
    world.has_gpus(*range(8))
    for index in range(8 - free):
        world.running(world.submit(1), index)
    for _ in range(10_000):
        world.submit(1 + world.state.next_number % 3)
    picks: list[ResourceRequest] = []
    pick = Cluster.pick

    def counted_pick(self: Cluster, request: ResourceRequest, gpus: list[Gpu]) -> tuple[GpuRef, ...] | None:
        picks.append(request)
        return pick(self, request, gpus)

    monkeypatch.setattr(Cluster, "pick", counted_pick)
    monkeypatch.setattr(_Counted, "looks", 0)
    world.state.lines = {request: _Counted(line) for request, line in world.state.lines.items()}
    monkeypatch.setattr(world.state, "tasks", {})
    monkeypatch.setattr(world.state, "queue", ())
    starts = decide(world.state)
    assert sum(len(start.gpus) for start in starts) == free
    assert _Counted.looks <= most_looks
    assert len(picks) <= most_looks


_REQUESTS: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict[str, Any],
    gpus=st.integers(0, 4),
    gpu_ids=st.sampled_from([(), (), (uuid_of(0), uuid_of(3)), (uuid_of(1),)]),
    exclude_gpus=st.sampled_from([(), (), (uuid_of(0),)]),
    priority=st.integers(8, 11),
    held=st.sampled_from([False, False, True]),
)


@given(
    requests=st.lists(_REQUESTS, max_size=25),
    limits=st.builds(Limits, cpu_tasks=st.integers(0, 3), gpus=st.integers(0, 4), starts=st.integers(1, 6)),
    kept=st.sets(st.integers(0, 4)),
)
def test_the_decision_is_that_of_asking_every_task_in_turn(
    requests: list[dict[str, Any]], limits: Limits, kept: set[int]
) -> None:
    """Waiting in lines is only quicker: the starts are those of walking through the whole queue (rows 130, 131)."""
    world = World()
    world.has_gpus(*(gpu(index, lost="gone" if index in kept else "") for index in range(5)))
    for request in requests:
        world.submit(**request)
    for _ in range(3):
        starts = decide(world.state, limits)
        assert starts == plain_decision(world.state, limits)
        world.dispatch(limits)
        assert world.state.invariants() == []
