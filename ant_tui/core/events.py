"""Everything that can happen, as frozen values.

The journal stores them, the control socket streams them, ``State.apply`` understands them; there is no other way to
change anything. An event says what happened, never what to do about it. Every event carries the time at which it
happened, because the core has no clock. A field that is added later needs a default, so that old journals stay
readable.

Two kinds: *recorded* events are written to the journal before anybody acts on them; *observed* events (what the GPUs
look like) can be seen again at any time and are never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ant_tui.core.resources import Gpu, GpuRef
from ant_tui.core.task import TaskSpec, TaskState

__all__ = [
    "EnvironmentRecorded",
    "Event",
    "GpusObserved",
    "GpusSwitched",
    "LeftAside",
    "QueuePaused",
    "QueueUnpaused",
    "RecordedEvent",
    "SchedulerStarted",
    "SchedulerStopped",
    "SlotChanged",
    "TaskCancelRequested",
    "TaskEdited",
    "TaskEnded",
    "TaskExited",
    "TaskForgotten",
    "TaskHeld",
    "TaskLeftovers",
    "TaskMoved",
    "TaskNotStarted",
    "TaskReleased",
    "TaskRenamed",
    "TaskResumed",
    "TaskStarted",
    "TaskStarting",
    "TaskSubmitted",
    "TaskSuspended",
    "TaskTagged",
    "TasksHidden",
    "TasksRestored",
    "WorkspaceChanged",
]


class _Event(Struct, frozen=True, omit_defaults=True, tag_field="type", gc=False):
    """What all events share: the time, epoch seconds."""

    at: float


class SchedulerStarted(_Event, tag="scheduler_started", frozen=True):
    """A scheduler took over the data directory; a new session begins."""

    pid: int
    boot_id: str
    version: str
    session: str


class SchedulerStopped(_Event, tag="scheduler_stopped", frozen=True):
    """The scheduler ended in an orderly way."""

    reason: str


class EnvironmentRecorded(_Event, tag="environment_recorded", frozen=True):
    """An environment that tasks refer to by its digest; written once however many tasks share it."""

    digest: str
    variables: Mapping[str, str]


class TaskSubmitted(_Event, tag="task_submitted", frozen=True):
    """A task was accepted into the queue."""

    number: int
    id: str
    spec: TaskSpec
    held: bool = False
    tags: tuple[str, ...] = ()


class TaskEdited(_Event, tag="task_edited", frozen=True):
    """A queued task was given another spec."""

    number: int
    spec: TaskSpec


class TaskRenamed(_Event, tag="task_renamed", frozen=True):
    """A task is now called by another id."""

    number: int
    id: str


class TaskTagged(_Event, tag="task_tagged", frozen=True):
    """A task now has exactly these tags."""

    number: int
    tags: tuple[str, ...]


class TaskHeld(_Event, tag="task_held", frozen=True):
    """A queued task must not start until it is released."""

    number: int


class TaskReleased(_Event, tag="task_released", frozen=True):
    """A held task may start again."""

    number: int


class TaskMoved(_Event, tag="task_moved", frozen=True):
    """A queued task has another place among its equals."""

    number: int
    position: float


class TaskStarting(_Event, tag="task_starting", frozen=True):
    """The start of an attempt was decided; recorded before any process exists."""

    number: int
    attempt: int
    gpus: tuple[GpuRef, ...] = ()


class TaskStarted(_Event, tag="task_started", frozen=True):
    """The attempt's process exists."""

    number: int
    attempt: int
    pid: int
    pid_start: int
    boot_id: str


class TaskNotStarted(_Event, tag="task_not_started", frozen=True):
    """The attempt was claimed before any process of it began; nothing ran, the task waits again."""

    number: int
    attempt: int


class TaskSuspended(_Event, tag="task_suspended", frozen=True):
    """The processes were stopped (SIGSTOP); GPU memory stays taken."""

    number: int


class TaskResumed(_Event, tag="task_resumed", frozen=True):
    """The processes go on (SIGCONT)."""

    number: int


class TaskCancelRequested(_Event, tag="task_cancel_requested", frozen=True):
    """Ending a started task was asked for; it is over when ``TaskEnded`` says so."""

    number: int


class TaskExited(_Event, tag="task_exited", frozen=True):
    """The command ended, but something of the task is left."""

    number: int
    attempt: int
    exit_code: int | None
    signal: int | None = None
    leftovers: str = ""


class TaskLeftovers(_Event, tag="task_leftovers", frozen=True):
    """What is left of a completing task changed."""

    number: int
    leftovers: str


class TaskEnded(_Event, tag="task_ended", frozen=True):
    """Nothing of the task is left; its GPUs are free. Also how a queued task is cancelled.

    ``exited_at`` is the time of the command's own end, where it is known to be earlier than ``at``.
    """

    number: int
    state: TaskState
    exit_code: int | None = None
    signal: int | None = None
    detail: str = ""
    exited_at: float | None = None


class TaskForgotten(_Event, tag="task_forgotten", frozen=True):
    """The record of an ended task was removed; its id may be used again, its number never."""

    number: int


class QueuePaused(_Event, tag="queue_paused", frozen=True):
    """No task starts until the queue is unpaused."""


class QueueUnpaused(_Event, tag="queue_unpaused", frozen=True):
    """Tasks may start again."""


class GpusSwitched(_Event, tag="gpus_switched", frozen=True):
    """A person's switches on GPUs: the complete sets after the change, by UUID."""

    disabled: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class LeftAside(_Event, tag="left_aside", frozen=True):
    """Tasks that an earlier session left were set aside, until somebody decides about them.

    They come in three groups: *interrupted* (lost while they ran), still *queued*, and *completed* (ended in any way).
    ``session`` is the session that left them. Their ids and keys are free meanwhile.
    """

    session: str
    interrupted: tuple[int, ...] = ()
    queued: tuple[int, ...] = ()
    completed: tuple[int, ...] = ()


class TasksRestored(_Event, tag="tasks_restored", frozen=True):
    """Tasks that were set aside are back: what queued or was interrupted queues, what was over is history."""

    numbers: tuple[int, ...]


class TasksHidden(_Event, tag="tasks_hidden", frozen=True):
    """Tasks were put out of sight (or back): kept, but shown only where hidden ones are asked for."""

    numbers: tuple[int, ...]
    hidden: bool = True


class WorkspaceChanged(_Event, tag="workspace_changed", frozen=True):
    """The variables that are applied to new tasks: the complete set after the change, values as JSON."""

    values: Mapping[str, Any]


class SlotChanged(_Event, tag="slot_changed", frozen=True):
    """A saved set of variables was stored, renamed or (``values`` None) cleared."""

    slot: int
    name: str = ""
    values: Mapping[str, Any] | None = None


class GpusObserved(_Event, tag="gpus_observed", frozen=True):
    """The GPUs that exist now and what is known of their health; observed, never recorded."""

    gpus: tuple[Gpu, ...]
    reason: str = ""
    """Why there are none, as a sentence; empty when there are some."""


RecordedEvent = (
    SchedulerStarted
    | SchedulerStopped
    | EnvironmentRecorded
    | TaskSubmitted
    | TaskEdited
    | TaskRenamed
    | TaskTagged
    | TaskHeld
    | TaskReleased
    | TaskMoved
    | TaskStarting
    | TaskStarted
    | TaskNotStarted
    | TaskSuspended
    | TaskResumed
    | TaskCancelRequested
    | TaskExited
    | TaskLeftovers
    | TaskEnded
    | TaskForgotten
    | QueuePaused
    | QueueUnpaused
    | GpusSwitched
    | WorkspaceChanged
    | SlotChanged
    | LeftAside
    | TasksRestored
    | TasksHidden
)

Event = RecordedEvent | GpusObserved
