"""GPUs: which word each has, which may be handed out, which could ever serve a request."""

from __future__ import annotations

import pytest

from ant_tui.core import events as ev
from ant_tui.core.resources import ExternalUse, GpuState, ResourceRequest
from ant_tui.core.task import TaskState
from tests.core.world import World, gpu, refs, uuid_of

_MIA = ExternalUse(since=1.0, user="mia")


def test_what_keeps_a_gpu_away_most_gives_it_its_word(world: World) -> None:
    """Lost wins over completing, that over busy, that over disabled, that over external, and free is what is left."""
    seen: list[GpuState] = []

    def look() -> None:
        seen.append(world.state.cluster.state_of(uuid_of(0)))

    world.has_gpus(0)
    number = world.running(world.submit(1), 0)
    world.happens(ev.TaskCancelRequested, number=number)
    world.happens(ev.GpusSwitched, disabled=(uuid_of(0),))
    world.has_gpus(gpu(0, lost="fell off the bus", external=_MIA))
    look()
    world.has_gpus(gpu(0, external=_MIA))
    look()
    world.ended(number, TaskState.CANCELLED)
    world.happens(ev.GpusSwitched)
    world.has_gpus(0)
    number = world.running(world.submit(1), 0)
    world.happens(ev.GpusSwitched, disabled=(uuid_of(0),))
    world.has_gpus(gpu(0, external=_MIA))
    look()
    world.ended(number)
    look()
    world.happens(ev.GpusSwitched)
    look()
    world.has_gpus(0)
    look()
    assert seen == [
        GpuState.LOST,
        GpuState.COMPLETING,
        GpuState.BUSY,
        GpuState.DISABLED,
        GpuState.EXTERNAL,
        GpuState.FREE,
    ]
    assert set(seen) == set(GpuState)


def test_an_unknown_gpu_has_no_word(world: World) -> None:
    """Asking for a GPU that does not exist is an error, not a guess (row 152)."""
    world.has_gpus(0)
    with pytest.raises(KeyError):
        world.state.cluster.state_of(uuid_of(1))


def test_only_free_gpus_are_handed_out_and_lowest_index_first(world: World) -> None:
    """Whatever order they were observed in, free GPUs come by index, and no other comes at all."""
    world.has_gpus(gpu(5), gpu(0, lost="gone"), gpu(3), gpu(1), gpu(2, external=_MIA), gpu(4))
    world.running(world.submit(1), 1)
    world.happens(ev.GpusSwitched, disabled=(uuid_of(4),))
    assert [one.index for one in world.state.cluster.free()] == [3, 5]
    world.happens(ev.GpusSwitched, removed=(uuid_of(3),))
    assert [one.index for one in world.state.cluster.free()] == [4, 5]
    assert [one.index for one in world.state.cluster.managed] == [0, 1, 2, 4, 5]


def test_a_held_gpu_that_vanishes_stays_held(world: World) -> None:
    """A GPU that is not seen for a moment, or that got another number, still belongs to its task (row 112)."""
    world.has_gpus(0, 1)
    number = world.running(world.submit(1), 0)
    world.has_gpus(1)
    assert world.state.cluster.holders == {uuid_of(0): number}
    renumbered = [gpu(index) for index in (0, 1)]
    world.has_gpus(*(type(one)(uuid=one.uuid, index=1 - one.index, name=one.name) for one in renumbered))
    assert [(one.uuid, one.index) for one in world.state.cluster.free()] == [(uuid_of(1), 0)]
    world.ended(number)
    assert [one.index for one in world.state.cluster.free()] == [0, 1]


def test_gpus_are_picked_from_those_that_the_request_admits(world: World) -> None:
    """Named GPUs only, excluded ones never, the lowest first, all or none (rows 113, 123)."""
    world.has_gpus(0, 1, 2, 3)
    cluster = world.state.cluster
    free = cluster.free()
    assert cluster.pick(ResourceRequest(), free) == ()
    assert cluster.pick(ResourceRequest(gpus=2), free) == refs(0, 1)
    assert cluster.pick(ResourceRequest(gpus=2, exclude_gpus=(uuid_of(0), uuid_of(2))), free) == refs(1, 3)
    assert cluster.pick(ResourceRequest(gpus=2, gpu_ids=(uuid_of(3), uuid_of(2))), free) == refs(2, 3)
    assert cluster.pick(ResourceRequest(gpus=3, gpu_ids=(uuid_of(3), uuid_of(2))), free) is None
    assert cluster.pick(ResourceRequest(gpus=5), free) is None
    assert cluster.pick(ResourceRequest(gpus=1), []) is None


def test_candidates_are_there_busy_or_not(world: World) -> None:
    """What could serve a request one day is counted without regard to what it does now."""
    world.has_gpus(gpu(0), gpu(1, lost="gone"), gpu(2))
    world.running(world.submit(1), 0)
    world.happens(ev.GpusSwitched, disabled=(uuid_of(0),), removed=(uuid_of(2),))
    assert [one.index for one in world.state.cluster.candidates(ResourceRequest(gpus=1))] == [0, 1]


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (ResourceRequest(), ""),
        (ResourceRequest(gpus=3), ""),
        (ResourceRequest(gpus=4), "4 GPUs asked for, but this machine has 3 (GPU 0,1,2)"),
        (
            ResourceRequest(gpus=2, exclude_gpus=(uuid_of(0), uuid_of(1))),
            "2 GPUs asked for, but this machine has 3 (GPU 0,1,2), of which the request admits 1 (GPU 2)",
        ),
        (
            ResourceRequest(gpus=1, gpu_ids=("GPU-elsewhere",)),
            "1 GPU asked for, but this machine has 3 (GPU 0,1,2), of which the request admits 0",
        ),
    ],
)
def test_what_can_never_be_served_is_said_with_what_is_there(
    world: World, request_: ResourceRequest, sentence: str
) -> None:
    """A request beyond the machine is refused with a sentence that counts what the machine has (row 121)."""
    world.has_gpus(gpu(0, lost="gone"), gpu(1), gpu(2, external=_MIA))
    world.happens(ev.GpusSwitched, disabled=(uuid_of(1),))
    assert world.state.cluster.why_unsatisfiable(request_) == sentence


def test_without_any_gpu_the_reason_is_said(world: World) -> None:
    """A machine without a driver serves tasks without GPUs and says why it serves no other (row 004)."""
    why = world.state.cluster.why_unsatisfiable
    assert why(ResourceRequest(gpus=1)) == "1 GPU asked for, but the GPUs have not been looked at yet"
    world.has_gpus()
    assert why(ResourceRequest(gpus=1)) == "1 GPU asked for, but no driver"
    world.happens(ev.GpusObserved, gpus=(), reason="The library libx.so was not found: no driver is here.")
    assert why(ResourceRequest(gpus=1)) == "1 GPU asked for, but the library libx.so was not found: no driver is here"
    world.happens(ev.GpusObserved, gpus=(), reason="NVML hangs.")
    assert why(ResourceRequest(gpus=1)) == "1 GPU asked for, but NVML hangs"
    assert why(ResourceRequest()) == ""
    world.has_gpus(0)
    world.happens(ev.GpusSwitched, removed=(uuid_of(0),))
    assert why(ResourceRequest(gpus=2)) == "2 GPUs asked for, but no GPU is managed here"
