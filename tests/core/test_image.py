"""The state as a file: what comes back from it."""

from __future__ import annotations

import msgspec

from ant_tui.core import events as ev
from ant_tui.core.image import StateImage
from ant_tui.core.state import State
from ant_tui.core.task import TaskState
from tests.core.world import World


def _lived(world: World) -> World:
    """Something of everything."""
    world.happens(ev.SchedulerStarted, pid=7, boot_id="b", version="1", session="s1")
    world.happens(ev.EnvironmentRecorded, digest="9f", variables={"A": "1"})
    world.has_gpus(0, 1, 2, 3)
    for gpus in (1, 0, 2, 1, 4, 0):
        world.submit(gpus, environment="9f", tags=("x",))
    world.submit(1, held=True, key="once", priority=3)
    world.happens(ev.TaskMoved, number=5, position=0.5)
    world.running(3, 1, 2)
    world.running(1, 0)
    world.running(2)
    world.happens(ev.TaskCancelRequested, number=1)
    world.ended(4, TaskState.CANCELLED)
    world.ended(2, TaskState.FAILED, exit_code=3)
    world.happens(ev.GpusSwitched, disabled=("GPU-d",))
    return world


def test_an_image_that_went_through_json_gives_the_same_state(world: World) -> None:
    """Tasks, order of starts and ends, switches, names and queue come back from a file; decisions are the same."""
    state = _lived(world).state
    read = msgspec.json.decode(msgspec.json.encode(state.image()), type=StateImage)
    back = State.from_image(read)
    assert back.image() == state.image() == read
    assert back.invariants() == []
    assert (list(back.active), list(back.ended)) == ([3, 1], [4, 2])
    assert (back.ids, back.keys, back.environment_users) == (state.ids, state.keys, state.environment_users)
    assert (back.cluster.holders, back.cluster.completing) == (state.cluster.holders, state.cluster.completing)
    assert (back.queue, back.lines, +back.counts) == (state.queue, state.lines, +state.counts)


def test_an_image_is_not_changed_by_what_happens_after_it(world: World) -> None:
    """A snapshot can be written while the state goes on."""
    image = _lived(world).state.image()
    text = msgspec.json.encode(image)
    world.submit(1)
    world.ended(3)
    world.happens(ev.TaskForgotten, number=2)
    world.happens(ev.EnvironmentRecorded, digest="aa", variables={})
    assert msgspec.json.encode(image) == text


def test_what_was_observed_is_not_in_the_image(world: World) -> None:
    """GPUs are looked at anew after a restart; until then none is handed out."""
    state = State.from_image(_lived(world).state.image())
    assert state.cluster.gpus == {}
    assert state.cluster.why_unsatisfiable(state.tasks[5].spec.resources).endswith("have not been looked at yet")


def test_an_empty_file_is_an_empty_state() -> None:
    """Every field of an image has a default, so that fields can be added."""
    assert State.from_image(msgspec.json.decode(b"{}", type=StateImage)).image() == State().image()
