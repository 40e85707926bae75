"""Ended tasks to tell of."""

from __future__ import annotations

from typing import Any

from ant_tui.core.resources import GpuRef
from ant_tui.core.task import Attempt, Task, TaskSpec, TaskState
from ant_tui.notify.notice import EndedTask, Sender

SENDER = Sender("gpu-box", "/data/ant")


def ended(number: int = 7, **changes: Any) -> Task:
    """A task that has failed, with nothing unusual about it but the changes."""
    attempt = Attempt(
        number=2,
        gpus=(GpuRef("GPU-abc", 3), GpuRef("GPU-def", 0)),
        starting_at=1_790_000_059.0,
        started_at=1_790_000_060.0,
        exited_at=1_790_000_120.5,
        finished_at=1_790_000_121.0,
        exit_code=3,
    )
    fields: dict[str, Any] = {
        "number": number,
        "id": f"task-{number}",
        "spec": TaskSpec(command="python train.py", workdir="/home/ada", variables={"API_KEY": "s3cret"}),
        "submitted_at": 1_790_000_000.25,
        "position": 1.0,
        "state": TaskState.FAILED,
        "attempts": (attempt,),
        "starts": 2,
        "detail": "exit code 3",
        "tags": ("night", "a"),
        "ended_at": 1_790_000_121.0,
    }
    return Task(**(fields | changes))


def told(number: int = 7, **changes: Any) -> EndedTask:
    """What is told of such a task."""
    return EndedTask.of(ended(number, **changes), f"/data/ant/jobs/{number}.2/output.log")
