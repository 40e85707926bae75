"""The one place where state changes: the table of transitions, what it cannot say, and the indices beside it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ant_tui.core import events as ev
from ant_tui.core.resources import ResourceRequest
from ant_tui.core.state import State, WrongTransition
from ant_tui.core.task import ACTIVE, ENDED, TaskSpec, TaskState
from ant_tui.core.transitions import TRANSITIONS
from tests.core.world import World, refs, state_with, uuid_of

_FIELDS: dict[type[ev.Event], dict[str, Any]] = {
    ev.TaskEdited: {"spec": TaskSpec(command="false", workdir="/tmp")},
    ev.TaskMoved: {"position": 0.5},
    ev.TaskRenamed: {"id": "other"},
    ev.TaskTagged: {"tags": ("x",)},
    ev.TaskStarting: {"attempt": 2, "gpus": refs(0)},
    ev.TaskStarted: {"attempt": 1, "pid": 9, "pid_start": 1, "boot_id": "b"},
    ev.TaskNotStarted: {"attempt": 1},
    ev.TaskExited: {"attempt": 1, "exit_code": 0},
    ev.TaskLeftovers: {"leftovers": "a child lives"},
    ev.TaskEnded: {"state": TaskState.FAILED},
}


def sample(kind: type[ev.Event]) -> ev.Event:
    """An event of a kind for task 1 as ``state_with`` makes it."""
    return kind(**{"at": 50.0, "number": 1, **_FIELDS.get(kind, {})})


@pytest.mark.parametrize("state", TaskState)
@pytest.mark.parametrize("kind", TRANSITIONS, ids=lambda kind: kind.__name__)
def test_an_event_does_in_each_state_what_the_table_says(kind: type[ev.Event], state: TaskState) -> None:
    """Where the table lets an event come, the task follows it; anywhere else nothing changes and it is an error."""
    machine = state_with(state)
    before = machine.image()
    allowed, follows = TRANSITIONS[kind]
    if state not in allowed:
        with pytest.raises(WrongTransition, match=r"^Task\w+: task 1 "):
            machine.apply(sample(kind))
        assert machine.image() == before
    else:
        machine.apply(sample(kind))
        after = machine.tasks[1].state if 1 in machine.tasks else None
        if kind is ev.TaskForgotten:
            assert after is None
        elif kind is ev.TaskEnded:
            assert after is TaskState.FAILED
        elif (kind, state) == (ev.TaskStarted, TaskState.COMPLETING):
            assert after is TaskState.COMPLETING
        else:
            assert after is (follows or state)
    assert machine.invariants() == []


def test_the_table_covers_every_event_about_a_task() -> None:
    """No event about a task can come that the table does not know."""
    about_tasks = {kind for kind in ev.RecordedEvent.__args__ if "number" in kind.__struct_fields__}
    assert set(TRANSITIONS) == about_tasks - {ev.TaskSubmitted}


def test_ended_states_are_never_left() -> None:
    """After its end a task can be renamed, tagged and forgotten, and nothing else."""
    after_end = {kind for kind, (allowed, _) in TRANSITIONS.items() if allowed & ENDED}
    assert after_end == {ev.TaskRenamed, ev.TaskTagged, ev.TaskForgotten}


@pytest.mark.parametrize("kind", TRANSITIONS, ids=lambda kind: kind.__name__)
def test_an_event_about_an_unknown_task_is_an_error(kind: type[ev.Event]) -> None:
    """Nothing can happen to a task that was never submitted."""
    machine = State()
    with pytest.raises(WrongTransition):
        machine.apply(sample(kind))
    assert machine.image() == State().image()


def test_the_life_of_a_task_leaves_its_whole_story(world: World) -> None:
    """From submission to its end, every moment and the way it ended stay readable on the task."""
    number = world.submit(1, id="train")
    world.running(number, 3)
    world.happens(ev.TaskSuspended, number=number)
    world.happens(ev.TaskResumed, number=number)
    world.happens(ev.TaskCancelRequested, number=number)
    world.happens(ev.TaskExited, number=number, attempt=1, exit_code=143, signal=15, leftovers="a child lives")
    world.happens(ev.TaskLeftovers, number=number, leftovers="memory is held")
    assert world.task(number).attempts[0].leftovers == "memory is held"
    world.ended(number, TaskState.CANCELLED, detail="cancelled")
    task, attempt = world.task(number), world.task(number).attempts[0]
    assert (task.submitted_at, task.ended_at, task.detail) == (1001.0, 1009.0, "cancelled")
    assert (attempt.starting_at, attempt.started_at, attempt.cancelled_at) == (1002.0, 1003.0, 1006.0)
    assert (attempt.exited_at, attempt.finished_at) == (1007.0, 1009.0)
    assert (attempt.exit_code, attempt.signal, attempt.leftovers) == (143, 15, "")
    assert (attempt.pid, attempt.pid_start, attempt.boot_id, attempt.gpus) == (4001, 7, "boot", refs(3))
    assert world.state.invariants() == []


def test_an_end_says_how_it_was_where_it_knows_better(world: World) -> None:
    """What the last event knows of exit code, signal and time replaces what was known before."""
    number = world.running(world.submit())
    world.happens(ev.TaskExited, number=number, attempt=1, exit_code=None)
    world.ended(number, TaskState.FAILED, exit_code=137, signal=9, exited_at=1003.5)
    attempt = world.task(number).attempts[0]
    assert (attempt.exit_code, attempt.signal, attempt.exited_at) == (137, 9, 1003.5)


def test_an_unseen_end_is_dated_by_its_discovery(world: World) -> None:
    """A task whose end nobody saw ends when that is found out, without a code."""
    number = world.running(world.submit())
    world.ended(number, TaskState.LOST)
    attempt = world.task(number).attempts[0]
    assert (attempt.exited_at, attempt.finished_at, attempt.exit_code) == (1004.0, 1004.0, None)


def test_gpus_are_held_from_the_decision_until_nothing_is_left(world: World) -> None:
    """A task's GPUs are its own while it starts, runs, is stopped and until its last process is gone."""
    number = world.submit(2)
    holders = {uuid_of(0): number, uuid_of(1): number}
    world.starting(number, 0, 1)
    assert world.state.cluster.holders == holders
    world.happens(ev.TaskExited, number=number, attempt=1, exit_code=0, leftovers="a child lives")
    assert world.state.cluster.holders == holders
    assert world.state.cluster.completing == set(holders)
    world.ended(number)
    assert (world.state.cluster.holders, world.state.cluster.completing) == ({}, set())


def test_a_task_that_was_not_started_waits_again_in_its_place(world: World) -> None:
    """An attempt that was claimed before its process existed leaves but its number, and the queue is as it was."""
    first, second = world.submit(1), world.submit(1)
    world.starting(first, 0)
    world.happens(ev.TaskNotStarted, number=first, attempt=1)
    assert [task.number for task in world.state.queued()] == [first, second]
    assert (world.task(first).attempts, world.state.active, world.state.cluster.holders) == ((), {}, {})


def test_a_process_that_appears_after_the_cancelling_stays_completing(world: World) -> None:
    """Cancelling while it starts is not undone by the start."""
    number = world.submit()
    world.starting(number)
    world.happens(ev.TaskCancelRequested, number=number)
    world.happens(ev.TaskStarted, number=number, attempt=1, pid=9, pid_start=1, boot_id="b")
    assert world.task(number).state is TaskState.COMPLETING
    assert world.task(number).attempts[0].pid == 9


def test_the_oldest_comes_first_among_active_and_ended(world: World) -> None:
    """Active tasks are known in the order of their starts and ended ones in that of their ends, renamed or not."""
    one, two, three = (world.submit() for _ in range(3))
    for number in (three, one, two):
        world.running(number)
    world.happens(ev.TaskRenamed, number=three, id="z")
    assert list(world.state.active) == [three, one, two]
    for number in (two, three, one):
        world.ended(number)
    world.happens(ev.TaskTagged, number=two, tags=("x",))
    assert list(world.state.ended) == [two, three, one]
    assert list(world.state.active) == []


def test_edit_move_hold_and_release_keep_the_queue_in_its_one_order(world: World) -> None:
    """Priority, then position, then number: whatever changes one of them moves the task (rows 132, 133, 135, 136)."""
    one, two, three = (world.submit(1) for _ in range(3))
    world.happens(ev.TaskMoved, number=three, position=0.5)
    assert [task.number for task in world.state.queued()] == [three, one, two]
    spec = TaskSpec(command="x", workdir="/", priority=1, resources=ResourceRequest(gpus=2))
    world.happens(ev.TaskEdited, number=two, spec=spec)
    assert [task.number for task in world.state.queued()] == [two, three, one]
    world.happens(ev.TaskHeld, number=three)
    assert [task.number for task in world.state.queued()] == [two, three, one]
    assert [list(line) for line in world.state.lines.values()] == [[(10, 1.0, one)], [(1, 2.0, two)]]
    world.happens(ev.TaskReleased, number=three)
    assert list(world.state.lines[ResourceRequest(gpus=1)]) == [(10, 0.5, three), (10, 1.0, one)]
    assert world.state.invariants() == []


def _refused(world: World, kind: type[ev.Event], **fields: Any) -> str:
    """The error that an event gives; checks that it changed nothing."""
    before, holders = world.state.image(), dict(world.state.cluster.holders)
    with pytest.raises(WrongTransition) as caught:
        world.happens(kind, **fields)
    assert (world.state.image(), world.state.cluster.holders) == (before, holders)
    assert world.state.invariants() == []
    return str(caught.value)


def test_two_tasks_never_get_one_gpu(world: World) -> None:
    """A start on a GPU that a task holds, or that is named twice, is an error."""
    one, two = world.running(world.submit(1), 0), world.submit(2)
    assert "taken" in _refused(world, ev.TaskStarting, number=two, attempt=1, gpus=refs(0, 1))
    assert "taken" in _refused(world, ev.TaskStarting, number=two, attempt=1, gpus=refs(1, 1))
    world.happens(ev.TaskCancelRequested, number=one)
    assert "taken" in _refused(world, ev.TaskStarting, number=two, attempt=1, gpus=refs(0, 1))


def test_a_held_task_that_ends_is_held_no_more(world: World) -> None:
    """Being held is a matter of waiting; it does not outlive the waiting."""
    number = world.ended(world.submit(held=True), TaskState.CANCELLED)
    assert world.task(number).held is False


def test_what_happens_to_one_attempt_is_not_taken_for_another(world: World) -> None:
    """News of another attempt is an error, and no number is used for a second one, not even of one that never ran."""
    number = world.submit()
    world.starting(number)
    for kind in (ev.TaskStarted, ev.TaskNotStarted, ev.TaskExited):
        assert "attempt 1, not 2" in _refused(world, kind, **{"number": number, **_FIELDS[kind], "attempt": 2})
    world.happens(ev.TaskNotStarted, number=number, attempt=1)
    assert "has had attempt 1" in _refused(world, ev.TaskStarting, number=number, attempt=1)
    world.starting(number)
    assert world.task(number).attempts[-1].number == 2


def test_what_has_run_never_waits_again(world: World) -> None:
    """A task whose process existed cannot be put back as if it had not: nothing runs twice."""
    number = world.running(world.submit())
    world.happens(ev.TaskCancelRequested, number=number)
    assert "has started" in _refused(world, ev.TaskNotStarted, number=number, attempt=1)
    assert "has started" in _refused(world, ev.TaskStarted, **{"number": number, **_FIELDS[ev.TaskStarted]})
    other = world.submit()
    world.starting(other)
    world.happens(ev.TaskExited, number=other, attempt=1, exit_code=0)
    assert "has run" in _refused(world, ev.TaskNotStarted, number=other, attempt=1)


@pytest.mark.parametrize("state", sorted(set(TaskState) - ENDED))
def test_a_task_ends_in_an_ending_state(world: World, state: TaskState) -> None:
    """An end that is none is an error."""
    assert "cannot end as" in _refused(world, ev.TaskEnded, number=world.submit(), state=state)


@pytest.mark.parametrize("position", [math.nan, math.inf, -math.inf])
def test_a_place_in_the_queue_is_a_finite_number(world: World, position: float) -> None:
    """A place that has no order, or that JSON cannot carry, is an error."""
    assert "cannot be moved" in _refused(world, ev.TaskMoved, number=world.submit(), position=position)


def test_an_id_means_one_task(world: World) -> None:
    """A second task with an id is an error at submission and at renaming; a task may keep its own (row 046)."""
    one = world.submit(id="a")
    two = world.submit(id="b")
    spec = TaskSpec(command="true", workdir="/")
    assert "'a'" in _refused(world, ev.TaskSubmitted, number=9, id="a", spec=spec)
    assert "'a'" in _refused(world, ev.TaskRenamed, number=two, id="a")
    world.happens(ev.TaskRenamed, number=one, id="a")
    world.happens(ev.TaskRenamed, number=one, id="c")
    world.happens(ev.TaskRenamed, number=two, id="a")
    assert world.state.ids == {"a": two, "c": one}


def test_a_key_means_one_task(world: World) -> None:
    """The submitter's key names one known task; editing can give it away, forgetting frees it."""
    one, two = world.submit(key="k"), world.submit()
    with_key = TaskSpec(command="true", workdir="/", key="k")
    assert "'k'" in _refused(world, ev.TaskSubmitted, number=9, id="z", spec=with_key)
    assert "'k'" in _refused(world, ev.TaskEdited, number=two, spec=with_key)
    world.happens(ev.TaskEdited, number=one, spec=with_key)
    world.happens(ev.TaskEdited, number=one, spec=TaskSpec(command="true", workdir="/"))
    world.happens(ev.TaskEdited, number=two, spec=with_key)
    assert world.state.keys == {"k": two}
    world.ended(two)
    world.happens(ev.TaskForgotten, number=two)
    assert world.state.keys == {}


def test_a_number_is_never_given_twice(world: World) -> None:
    """Forgetting a task frees its id but never its number, also after a restart from an image."""
    number = world.ended(world.submit(id="a"), TaskState.CANCELLED)
    world.happens(ev.TaskForgotten, number=number)
    world.state = State.from_image(world.state.image())
    spec = TaskSpec(command="true", workdir="/")
    for used in (0, -1, number):
        assert "is taken" in _refused(world, ev.TaskSubmitted, number=used, id="b", spec=spec)
    assert world.submit(id="a") == number + 1


def test_an_environment_is_kept_as_long_as_a_task_refers_to_it(world: World) -> None:
    """Tasks share an environment; it goes with the last of them, in the image exactly as in the living state."""
    world.happens(ev.EnvironmentRecorded, digest="9f", variables={"A": "taken along", "B": "1"})
    assert State.from_image(world.state.image()).environments == {"9f": {"A": "taken along", "B": "1"}}
    one, two = world.submit(environment="9f", variables={"A": "own"}), world.submit(environment="9f")
    assert world.state.environment_of(world.task(one)) == {"A": "own", "B": "1"}
    assert world.state.environment_of(world.task(two)) == {"A": "taken along", "B": "1"}
    world.happens(ev.TaskEdited, number=two, spec=TaskSpec(command="true", workdir="/"))
    assert world.state.environment_of(world.task(two)) == {}
    world.ended(one, TaskState.CANCELLED)
    assert "9f" in world.state.environments
    world.happens(ev.TaskForgotten, number=one)
    assert world.state.environments == {}
    assert world.state.image().environments == {}


def test_an_edit_that_keeps_the_environment_keeps_it(world: World) -> None:
    """Editing the only task of an environment does not take it away."""
    world.happens(ev.EnvironmentRecorded, digest="9f", variables={"A": "1"})
    number = world.submit(environment="9f")
    world.happens(ev.TaskEdited, number=number, spec=TaskSpec(command="x", workdir="/", environment="9f"))
    assert world.state.environment_of(world.task(number)) == {"A": "1"}


def test_the_schedulers_own_events_are_kept(world: World) -> None:
    """Session, pid, pause and switches are part of the state; a task knows the session that it came in."""
    world.happens(ev.SchedulerStarted, pid=7, boot_id="b", version="1", session="s1")
    number = world.submit()
    world.happens(ev.QueuePaused)
    world.happens(ev.GpusSwitched, disabled=("GPU-b", "GPU-a"), removed=("GPU-c",))
    image = world.state.image()
    assert (image.session, image.scheduler_pid, image.paused) == ("s1", 7, True)
    assert (image.disabled, image.removed) == (("GPU-a", "GPU-b"), ("GPU-c",))
    world.happens(ev.SchedulerStopped, reason="asked to")
    world.happens(ev.QueueUnpaused)
    assert (world.state.scheduler_pid, world.state.paused) == (0, False)
    assert world.task(number).session == "s1"


@pytest.mark.parametrize("state", TaskState)
def test_each_index_is_watched(state: TaskState) -> None:
    """The check of the whole state sees a fault in any index, so that the tests that call it prove something."""
    faults: list[tuple[str, Any]] = [
        ("counts", lambda s: s.counts.update([TaskState.QUEUED])),
        ("ids", lambda s: s.ids.update(x=1)),
        ("keys", lambda s: s.keys.update(x=1)),
        ("users", lambda s: s.environment_users.update(["9f"])),
        ("queue", lambda s: s.queue.add((0, 0.0, 77))),
        ("lines", lambda s: s.lines.update({ResourceRequest(gpus=7): []})),
        ("active ones", lambda s: s.active.update({77: None})),
        ("ended ones", lambda s: s.ended.update({77: None})),
        ("without a GPU", lambda s: setattr(s, "active_cpu_tasks", 7)),
        ("holders", lambda s: s.cluster.holders.update({"GPU-z": 1})),
        ("completing", lambda s: s.cluster.completing.add("GPU-z")),
        ("next one", lambda s: setattr(s, "next_number", 1)),
    ]
    for word, spoil in faults:
        machine = state_with(state)
        assert machine.invariants() == []
        spoil(machine)
        [found] = machine.invariants()
        assert word in found


def test_a_gpu_with_two_holders_is_seen() -> None:
    """The check sees a GPU that two active tasks have, however they got it."""
    machine = state_with(TaskState.RUNNING)
    twice = State.from_image(machine.image())
    twice.tasks[2] = type(machine.tasks[1])(
        number=2,
        id="two",
        spec=machine.tasks[1].spec,
        submitted_at=1.0,
        position=2.0,
        state=TaskState.RUNNING,
        attempts=machine.tasks[1].attempts,
    )
    assert "a GPU is held by two tasks" in twice.invariants()


def test_active_states_hold_and_others_do_not() -> None:
    """Exactly the active states keep GPUs away from others."""
    for state in TaskState:
        assert bool(state_with(state).cluster.holders) == (state in ACTIVE)
