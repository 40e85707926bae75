"""Events as the journal and the control socket carry them."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from ant_tui.core import events as ev
from ant_tui.core.resources import ResourceRequest
from ant_tui.core.task import TaskSpec, TaskState
from tests.core.world import refs

_SPEC = TaskSpec(
    command="echo {rand int 1 9}",
    workdir="/home/mia",
    resolved_command="echo 4",
    environment="9f",
    variables={"A": "ü \n"},
    priority=-3,
    resources=ResourceRequest(gpus=2, gpu_ids=("GPU-a", "GPU-b", "GPU-c"), exclude_gpus=("GPU-c",)),
    key="once",
    shell="/bin/bash",
    pty=True,
    retried_from=4,
)

SAMPLES: list[ev.RecordedEvent] = [
    ev.SchedulerStarted(at=1.5, pid=7, boot_id="b", version="1.0", session="s"),
    ev.SchedulerStopped(at=1.5, reason="asked to"),
    ev.EnvironmentRecorded(at=1.5, digest="9f", variables={"HOME": "/home/mia"}),
    ev.TaskSubmitted(at=1.5, number=5, id="train", spec=_SPEC, held=True, tags=("a", "b")),
    ev.TaskEdited(at=1.5, number=5, spec=_SPEC),
    ev.TaskRenamed(at=1.5, number=5, id="train-2"),
    ev.TaskTagged(at=1.5, number=5, tags=("x",)),
    ev.TaskHeld(at=1.5, number=5),
    ev.TaskReleased(at=1.5, number=5),
    ev.TaskMoved(at=1.5, number=5, position=2.25),
    ev.TaskStarting(at=1.5, number=5, attempt=1, gpus=refs(0, 1)),
    ev.TaskStarted(at=1.5, number=5, attempt=1, pid=99, pid_start=123456, boot_id="b"),
    ev.TaskNotStarted(at=1.5, number=5, attempt=1),
    ev.TaskSuspended(at=1.5, number=5),
    ev.TaskResumed(at=1.5, number=5),
    ev.TaskCancelRequested(at=1.5, number=5),
    ev.TaskExited(at=1.5, number=5, attempt=1, exit_code=143, signal=15, leftovers="a child lives"),
    ev.TaskLeftovers(at=1.5, number=5, leftovers="memory is held"),
    ev.TaskEnded(at=1.5, number=5, state=TaskState.FAILED, exit_code=3, signal=9, detail="why", exited_at=1.25),
    ev.TaskForgotten(at=1.5, number=5),
    ev.QueuePaused(at=1.5),
    ev.QueueUnpaused(at=1.5),
    ev.GpusSwitched(at=1.5, disabled=("GPU-a",), removed=("GPU-b",)),
    ev.WorkspaceChanged(at=1.5, values={"LR": 0.1, "NAME": "x", "NOTHING": None}),
    ev.SlotChanged(at=1.5, slot=2, name="night", values={"LR": 0.1}),
    ev.LeftAside(at=1.5, session="s", interrupted=(1,), queued=(2, 3), completed=(4,)),
    ev.TasksRestored(at=1.5, numbers=(5, 6)),
    ev.TasksHidden(at=1.5, numbers=(5,), hidden=True),
]

_OLDEST = {
    ev.TaskSubmitted: b'{"type":"task_submitted","at":1,"number":5,"id":"a","spec":{"command":"true","workdir":"/"}}',
    ev.TaskStarting: b'{"type":"task_starting","at":1,"number":5,"attempt":1}',
    ev.TaskExited: b'{"type":"task_exited","at":1,"number":5,"attempt":1,"exit_code":null}',
    ev.TaskEnded: b'{"type":"task_ended","at":1,"number":5,"state":"lost"}',
    ev.GpusSwitched: b'{"type":"gpus_switched","at":1}',
}


def test_every_recorded_event_has_a_sample_here() -> None:
    """The list below is complete, so that a new event cannot miss the tests that follow."""
    assert {type(event) for event in SAMPLES} == set(get_args(ev.RecordedEvent))


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_read_back_from_json_is_the_same(event: ev.RecordedEvent) -> None:
    """Writing and reading an event loses nothing, and its kind is told by its tag alone."""
    text = msgspec.json.encode(event)
    assert msgspec.json.decode(text, type=ev.RecordedEvent) == event
    assert b"\n" not in text


@pytest.mark.parametrize("kind", _OLDEST, ids=lambda kind: kind.__name__)
def test_an_event_with_its_required_fields_alone_is_readable(kind: type[ev.RecordedEvent]) -> None:
    """A record of an old journal that lacks every optional field still means something."""
    assert type(msgspec.json.decode(_OLDEST[kind], type=ev.RecordedEvent)) is kind


def test_what_was_observed_is_no_recorded_event() -> None:
    """The state of the GPUs can never get into a journal unnoticed."""
    text = msgspec.json.encode(ev.GpusObserved(at=1.0, gpus=()))
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=ev.RecordedEvent)


def test_an_event_cannot_be_changed() -> None:
    """Events are frozen: two copies of a state can share them."""
    event = ev.TaskHeld(at=1.0, number=1)
    with pytest.raises(AttributeError):
        event.number = 2  # type: ignore[misc]
