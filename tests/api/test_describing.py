"""Tasks as documents: what is said in which state."""

from __future__ import annotations

import msgspec
import pytest

from ant_tui.api.describing import Describer
from ant_tui.api.documents import MASK, TaskDocument
from ant_tui.core import events as ev
from ant_tui.core.explain import reasons_of
from ant_tui.core.policy import Limits
from ant_tui.core.task import TaskState
from tests.core.world import World, uuid_of


def _described(world: World, *numbers: int, secrets: bool = False) -> list[TaskDocument]:
    describer = Describer(
        reasons_of(world.state, Limits()), now=world.now + 0.1234, jobs_dir="/jobs", machine="testing", secrets=secrets
    )
    return list(describer.all(world.task(number) for number in numbers))


def test_a_queued_task(world: World) -> None:
    """A task that waits says why, and has neither times nor places nor a log."""
    number = world.submit(gpus=1, id="train", tags=("night",), held=True, priority=3, key="k")
    (document,) = _described(world, number)
    assert msgspec.to_builtins(document) == {
        "id": "train",
        "number": 1,
        "state": "queued",
        "reason": "Held",
        "detail": "held until it is released",
        "command": "true",
        "resolved_command": "true",
        "workdir": "/",
        "env": {},
        "priority": 3,
        "tags": ("night",),
        "held": True,
        "key": "k",
        "resources": {
            "gpus": 1,
            "gpu_ids": (),
            "exclude_gpus": (),
            "gpu_memory": None,
            "gpu_utilization": None,
            "share": False,
            "cpus": None,
            "memory": None,
            "exclusive": False,
        },
        "machine": "testing",
        "gpu_ids": (),
        "gpu_uuids": (),
        "pid": None,
        "attempt": 0,
        "attempts": (),
        "submitted_at": "1970-01-01T00:16:41.000Z",
        "started_at": None,
        "finished_at": None,
        "runtime_s": None,
        "exit_code": None,
        "signal": None,
        "log_path": None,
        "session_id": "",
        "output": None,
    }


def test_a_running_task(world: World) -> None:
    """A task that runs names its GPUs in its own order, its process, its log, and how long it has run."""
    world.has_gpus(0, 1)
    number = world.running(world.submit(gpus=2), 1, 0)
    (document,) = _described(world, number)
    assert (document.state, document.gpu_ids) == ("running", (1, 0))
    assert document.gpu_uuids == (uuid_of(1), uuid_of(0))
    assert (document.pid, document.attempt, document.log_path) == (4001, 1, "/jobs/1.1/output.log")
    assert (document.started_at, document.finished_at) == ("1970-01-01T00:16:44.000Z", None)
    assert document.runtime_s == 0.123
    assert (document.exit_code, document.signal) == (None, None)


def test_a_task_that_has_ended(world: World) -> None:
    """A task that is over keeps its GPUs, its times and its exit code; it has no process any more."""
    world.has_gpus(0)
    number = world.ended(world.running(world.submit(gpus=1), 0), TaskState.FAILED, exit_code=137, signal=9)
    (document,) = _described(world, number)
    assert (document.state, document.exit_code, document.signal) == ("failed", 137, 9)
    assert (document.gpu_ids, document.pid, document.runtime_s) == ((0,), None, 1.0)
    assert document.finished_at == "1970-01-01T00:16:45.000Z"
    (attempt,) = document.attempts
    assert (attempt.attempt, attempt.pid, attempt.exit_code, attempt.signal) == (1, 4001, 137, 9)
    assert attempt.finished_at == document.finished_at


def test_a_task_that_completes(world: World) -> None:
    """Between the end of the command and the end of the task, the document says what is left."""
    world.has_gpus(0)
    number = world.running(world.submit(gpus=1), 0)
    world.happens(ev.TaskExited, number=number, attempt=1, exit_code=0, leftovers="pid 9 still lives")
    (document,) = _described(world, number)
    assert (document.state, document.exit_code, document.detail) == ("completing", 0, "pid 9 still lives")


def test_a_cancelled_task_that_never_ran(world: World) -> None:
    """A task that was cancelled in the queue has an end and no beginning."""
    number = world.ended(world.submit(), TaskState.CANCELLED, detail="cancelled before its start")
    (document,) = _described(world, number)
    assert (document.started_at, document.runtime_s, document.attempts) == (None, None, ())
    assert document.finished_at is not None
    assert document.detail == "cancelled before its start"


def test_a_task_that_queues_once_more(world: World) -> None:
    """What an interruption put back into the queue has neither process nor exit code; its last log is still named."""
    world.has_gpus(0)
    number = world.ended(world.running(world.submit(gpus=1), 0), TaskState.LOST)
    world.happens(ev.LeftAside, session="s", interrupted=(number,))
    world.happens(ev.TasksRestored, numbers=(number,))
    (document,) = _described(world, number)
    assert (document.state, document.attempt, document.log_path) == ("queued", 1, "/jobs/1.1/output.log")
    assert (document.pid, document.gpu_ids, document.gpu_uuids) == (None, (), ())
    assert (document.started_at, document.finished_at, document.runtime_s) == (None, None, None)
    assert (document.exit_code, document.signal) == (None, None)
    assert document.attempts[0].gpu_ids == (0,)


@pytest.mark.parametrize(("secrets", "shown"), [(False, MASK), (True, "hunter2")])
def test_secrets_are_masked_unless_asked_for(world: World, secrets: bool, shown: str) -> None:
    """Values of variables whose names look secret are shown only on request; the state itself is not changed."""
    number = world.submit(variables={"WANDB_API_KEY": "hunter2", "LR": "0.1"})
    (document,) = _described(world, number, secrets=secrets)
    assert document.env == {"WANDB_API_KEY": shown, "LR": "0.1"}
    assert world.task(number).spec.variables["WANDB_API_KEY"] == "hunter2"


def test_equal_requests_share_one_description(world: World) -> None:
    """What ten thousand tasks have in common is described once."""
    first, second, other = _described(world, world.submit(gpus=1), world.submit(gpus=1), world.submit(gpus=0))
    assert first.resources is second.resources
    assert other.resources.gpus == 0


def test_a_resolved_command(world: World) -> None:
    """The command as submitted and as it runs are both told."""
    number = world.submit(resolved_command="true 7")
    (document,) = _described(world, number)
    assert (document.command, document.resolved_command) == ("true", "true 7")
