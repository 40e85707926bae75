"""A task as a value."""

from __future__ import annotations

import msgspec
import pytest

from ant_tui.core.task import ACTIVE, ENDED, Attempt, Task, TaskSpec, TaskState
from tests.core.world import World, refs


def _task(state: TaskState, *attempts: Attempt) -> Task:
    spec = TaskSpec(command="true", workdir="/")
    return Task(number=1, id="a", spec=spec, submitted_at=0.0, position=1.0, state=state, attempts=attempts)


@pytest.mark.parametrize(
    ("task", "runtime"),
    [
        (_task(TaskState.QUEUED), None),
        (_task(TaskState.STARTING, Attempt(number=1, starting_at=5.0)), None),
        (_task(TaskState.RUNNING, Attempt(number=1, started_at=10.0)), 90.0),
        (_task(TaskState.SUSPENDED, Attempt(number=1, started_at=10.0)), 90.0),
        (_task(TaskState.COMPLETING, Attempt(number=1, started_at=10.0)), 90.0),
        (_task(TaskState.COMPLETING, Attempt(number=1, started_at=10.0, exited_at=25.0)), 15.0),
        (_task(TaskState.COMPLETED, Attempt(number=1, started_at=10.0, exited_at=25.0, finished_at=40.0)), 15.0),
        (_task(TaskState.LOST, Attempt(number=1, started_at=10.0, finished_at=40.0)), 30.0),
        (_task(TaskState.CANCELLED), None),
        (_task(TaskState.CANCELLED, Attempt(number=1, finished_at=40.0)), None),
        (_task(TaskState.QUEUED, Attempt(number=1, started_at=10.0, exited_at=25.0)), None),
        (_task(TaskState.COMPLETED, Attempt(number=1, started_at=0.0, exited_at=0.0, finished_at=3.0)), 0.0),
        (_task(TaskState.RUNNING, Attempt(number=1, started_at=130.0)), 0.0),
    ],
)
def test_runtime_counts_from_the_process_to_the_commands_end(task: Task, runtime: float | None) -> None:
    """A task runs from its process's start to its command's end, or until now; clocks that went back give zero."""
    assert task.runtime(100.0) == runtime


def test_runtime_is_that_of_the_latest_attempt() -> None:
    """An earlier attempt does not count."""
    first, second = Attempt(number=1, started_at=1.0, exited_at=50.0), Attempt(number=2, started_at=60.0)
    assert _task(TaskState.RUNNING, first, second).runtime(100.0) == 40.0


def test_a_queued_task_has_no_gpus_whatever_it_had_before() -> None:
    """GPUs are those of the latest start, and none while the task waits."""
    attempt = Attempt(number=1, gpus=refs(2, 3))
    assert _task(TaskState.RUNNING, attempt).gpus == refs(2, 3)
    assert _task(TaskState.COMPLETED, attempt).gpus == refs(2, 3)
    assert _task(TaskState.QUEUED, attempt).gpus == ()


def test_the_shell_is_given_the_resolved_command() -> None:
    """Random values that were drawn once are what runs; without any, what was submitted runs."""
    assert TaskSpec(command="run {rand int 1 9}", workdir="/", resolved_command="run 4").final_command == "run 4"
    assert TaskSpec(command="run", workdir="/").final_command == "run"


def test_a_state_is_either_queued_or_active_or_ended_or_recoverable() -> None:
    """No state belongs to two groups and none to no group."""
    rest = set(TaskState) - ACTIVE - ENDED
    assert rest == {TaskState.QUEUED, TaskState.RECOVERABLE}
    assert not ACTIVE & ENDED


def test_what_many_tasks_have_in_common_is_kept_once() -> None:
    """Tasks that were read from files share their directory, shell, environment, session and empty variables."""
    line = b'{"command":"true","workdir":"/home/mia/runs","shell":"/bin/bash","environment":"9f9f"}'
    one, other = (msgspec.json.decode(line, type=TaskSpec) for _ in range(2))
    assert one.workdir is other.workdir
    assert one.shell is other.shell
    assert one.environment is other.environment
    assert one.variables is other.variables
    task = msgspec.json.encode(_task(TaskState.QUEUED)).replace(b'"number":1,', b'"number":1,"session":"2026-11-21",')
    first, second = (msgspec.json.decode(task, type=Task) for _ in range(2))
    assert first.session is second.session


def test_empty_variables_take_no_room_on_disk(world: World) -> None:
    """What has its default is not written."""
    spec = TaskSpec(command="true", workdir="/", variables={})
    assert msgspec.json.encode(spec) == b'{"command":"true","workdir":"/"}'
    assert world.task(world.submit(variables={"A": "1"})).spec.variables == {"A": "1"}
