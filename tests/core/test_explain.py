"""Why a task waits: each reason, its sentence, and which of several is told."""

from __future__ import annotations

from ant_tui.core import events as ev
from ant_tui.core.explain import Explanation, Reason, explain, reasons_of
from ant_tui.core.policy import Limits
from ant_tui.core.resources import ExternalUse, ResourceRequest
from ant_tui.core.task import TaskState
from tests.core.world import World, gpu, state_with, uuid_of


def _why(world: World, number: int, limits: Limits = Limits()) -> tuple[str, str]:  # noqa: B008 - a frozen value
    told = explain(world.state, world.task(number), limits)
    return told.reason, told.sentence


def test_busy_gpus_are_named_with_their_holders(world: World) -> None:
    """Resources: how many are needed, how many are free, and who has the others."""
    world.has_gpus(gpu(0), gpu(1), gpu(2), gpu(3, lost="gone"), gpu(4))
    world.running(world.submit(1, id="train"), 0)
    world.running(world.submit(1, id="eval"), 1)
    world.happens(ev.TaskCancelRequested, number=2)
    world.happens(ev.GpusSwitched, disabled=(uuid_of(4),))
    number = world.submit(2)
    assert _why(world, number) == (
        Reason.RESOURCES,
        "needs 2, 1 free; busy: 0 (train); completing: 1 (eval); disabled: 4; lost: 3",
    )


def test_only_gpus_that_the_request_admits_are_named(world: World) -> None:
    """A task that chose its GPUs is told about those alone."""
    world.has_gpus(0, 1, 2)
    world.running(world.submit(1, id="train"), 1)
    number = world.submit(1, gpu_ids=(uuid_of(1),))
    assert _why(world, number) == (Reason.RESOURCES, "needs 1, 0 free; busy: 1 (train)")


def test_who_is_in_the_way_is_named(world: World) -> None:
    """GpuBusyExternal: when only somebody else's process keeps the task waiting, it is told who that is."""
    use = ExternalUse(since=1.0, pid=77, user="mia", command="/usr/bin/python x.py")
    world.has_gpus(gpu(0), gpu(1, external=use))
    number = world.submit(2)
    assert _why(world, number) == (
        Reason.GPU_BUSY_EXTERNAL,
        "needs 2, 1 free; external: 1 (mia (python, pid 77))",
    )


def test_foreign_use_is_the_reason_only_where_it_is_decisive(world: World) -> None:
    """Without the foreign process it would still wait for our own tasks: then those are the reason."""
    world.has_gpus(gpu(0), gpu(1, external=ExternalUse(since=1.0)))
    world.running(world.submit(1, id="train"), 0)
    number = world.submit(2)
    assert _why(world, number) == (Reason.RESOURCES, "needs 2, 0 free; busy: 0 (train); external: 1 (somebody)")


def test_those_behind_an_equal_wait_for_their_turn(world: World) -> None:
    """Priority: a task behind one with the same needs is told whom it is behind; other kinds do not count."""
    world.has_gpus(0, 1)
    world.running(world.submit(2), 0, 1)
    world.submit(2, id="head")
    behind, first = world.submit(2), world.submit(1)
    assert _why(world, behind) == (Reason.PRIORITY, "behind head (task 2)")
    assert _why(world, first)[0] == Reason.RESOURCES


def test_a_held_task_is_held_before_all(world: World) -> None:
    """Held wins over everything else that is in the way."""
    number = world.submit(9, held=True)
    world.happens(ev.QueuePaused)
    assert _why(world, number) == (Reason.HELD, "held until it is released")


def test_in_a_paused_queue_everybody_waits_for_that(world: World) -> None:
    """QueuePaused is told to the head and to those behind it (row 141)."""
    world.has_gpus(0)
    for number in (world.submit(1), world.submit(1), world.submit(0)):
        world.happens(ev.QueuePaused)
        assert _why(world, number) == (Reason.QUEUE_PAUSED, "the queue is paused")


def test_what_can_never_start_says_so_even_when_paused(world: World) -> None:
    """Unsatisfiable is told to each such task, with what the machine has (row 121)."""
    world.has_gpus(0)
    for number in (world.submit(2), world.submit(2)):
        world.happens(ev.QueuePaused)
        assert _why(world, number) == (Reason.UNSATISFIABLE, "2 GPUs asked for, but this machine has 1 (GPU 0)")


def test_a_bound_on_gpus_is_named(world: World) -> None:
    """A task that waits for the bound is told the bound, and one that asks for more than it can never start."""
    world.has_gpus(0, 1, 2, 3)
    world.running(world.submit(1), 0)
    two, three = world.submit(2), world.submit(3)
    limits = Limits(gpus=2)
    assert _why(world, two, limits) == (Reason.RESOURCES, "needs 2, and 1 of at most 2 GPUs are in use")
    assert _why(world, three, limits) == (Reason.UNSATISFIABLE, "needs 3, but at most 2 GPUs may be in use")


def test_a_bound_on_tasks_without_a_gpu_is_named(world: World) -> None:
    """A task without a GPU waits only for that bound (row 125)."""
    world.running(world.submit())
    number = world.submit()
    assert _why(world, number, Limits(cpu_tasks=1)) == (
        Reason.RESOURCES,
        "1 task without a GPU runs, which is the limit",
    )
    world.running(world.submit())
    assert _why(world, number, Limits(cpu_tasks=2))[1] == "2 tasks without a GPU run, which is the limit"
    assert _why(world, number) == (Reason.RESOURCES, "starts in a moment")


def test_a_task_that_does_not_wait_has_nothing_to_explain() -> None:
    """Only queued tasks have a reason."""
    for task_state in TaskState:
        state = state_with(task_state)
        told = explain(state, state.tasks[1], Limits())
        assert (told == Explanation()) == (task_state is not TaskState.QUEUED)


def test_explaining_a_long_queue_asks_once_per_kind_of_request(world: World) -> None:
    """What tasks of one kind share is found out once, so that a list of 10,000 stays quick (row 143)."""
    world.has_gpus(0)
    world.running(world.submit(1, id="train"), 0)
    numbers = [world.submit(1) for _ in range(1000)]
    asked: list[ResourceRequest] = []
    why = world.state.cluster.why_unsatisfiable

    def counted(request: ResourceRequest) -> str:
        asked.append(request)
        return why(request)

    world.state.cluster.why_unsatisfiable = counted  # type: ignore[method-assign]
    of = reasons_of(world.state, Limits())
    told = [of(world.task(number)) for number in numbers]
    assert {one.reason for one in told} == {Reason.RESOURCES, Reason.PRIORITY}
    assert asked == [ResourceRequest(gpus=1)]
