"""A task: what was asked for, what became of it, and the words for both.

Values only. Tasks change nowhere but in ``state.State.apply``, which replaces one frozen value by another.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from sys import intern
from typing import Final

from msgspec import Struct, field
from msgspec.structs import force_setattr

from ant_tui.core.resources import GpuRef, ResourceRequest

__all__ = [
    "ACTIVE",
    "DEFAULT_PRIORITY",
    "ENDED",
    "Aside",
    "Attempt",
    "Group",
    "QueueKey",
    "Task",
    "TaskSpec",
    "TaskState",
]

DEFAULT_PRIORITY = 10

QueueKey = tuple[int, float, int]
"""(priority, position, number): the one order of the queue; smaller goes first."""

_NO_VARIABLES: Final[Mapping[str, str]] = {}


class TaskState(StrEnum):
    """Where a task is in its life, in the field's words (Slurm's, mostly)."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    SUSPENDED = "suspended"
    COMPLETING = "completing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    LOST = "lost"
    RECOVERABLE = "recoverable"


ACTIVE = frozenset({TaskState.STARTING, TaskState.RUNNING, TaskState.SUSPENDED, TaskState.COMPLETING})
"""States in which a task holds its GPUs."""

ENDED = frozenset(
    {
        TaskState.COMPLETED,
        TaskState.FAILED,
        TaskState.CANCELLED,
        TaskState.TIMEOUT,
        TaskState.OUT_OF_MEMORY,
        TaskState.LOST,
    }
)
"""States that a task never leaves."""


class TaskSpec(Struct, frozen=True, omit_defaults=True, gc=False):
    """What was submitted. Editing a queued task replaces its spec as a whole.

    Attributes:
        command: shell text as submitted.
        workdir: absolute path of the directory in which the command runs.
        resolved_command: the command with random values filled in; empty when equal to ``command``.
        environment: digest of the environment taken along from the submitter (see ``State.environments``);
            empty when none was.
        variables: the task's own environment variables, stronger than ``environment``.
        priority: lower goes first.
        resources: what it needs.
        key: the submitter's own key; the same key again means the same task.
        shell: the shell that reads the command, an absolute path.
        pty: True when the command is given a terminal of its own.
        conda_env: name of the conda environment that the command runs in; empty for none.
        conda_env_path: directory of one, which wins over the name; empty for none.
        conda_path: the conda executable; empty for ``conda`` from the search path.
        retried_from: number of the task that this one repeats, 0 for none.
        output: absolute path of the file that is to be its log, made at its start; empty for one of ours.
        output_file: the same file by a path without links, as it was at the submission; empty where that is ``output``.
    """

    command: str
    workdir: str
    resolved_command: str = ""
    environment: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    priority: int = DEFAULT_PRIORITY
    resources: ResourceRequest = ResourceRequest()
    key: str = ""
    shell: str = intern("/bin/sh")
    pty: bool = False
    conda_env: str = ""
    conda_env_path: str = ""
    conda_path: str = ""
    retried_from: int = 0
    output: str = ""
    output_file: str = ""

    def __post_init__(self) -> None:
        """Keep once what many tasks have in common: a third of the memory of a long queue."""
        force_setattr(self, "workdir", intern(self.workdir))
        force_setattr(self, "environment", intern(self.environment))
        force_setattr(self, "shell", intern(self.shell))
        if not self.variables:
            force_setattr(self, "variables", _NO_VARIABLES)

    @property
    def final_command(self) -> str:
        """The text that the shell is given."""
        return self.resolved_command or self.command

    @property
    def own_file(self) -> str:
        """What tells the file for its output from those of other tasks, however they are written; empty for none."""
        return self.output_file or self.output


class Attempt(Struct, frozen=True, omit_defaults=True, gc=False):
    """One start of a task.

    Attributes:
        number: 1, 2, 3 …
        gpus: the GPUs that it was given, in the order in which the task sees them.
        starting_at: epoch seconds at which the start was decided and made durable.
        started_at: epoch seconds at which its process existed; None until then.
        pid: process id of the group's leader; 0 until it exists.
        pid_start: start time of that process in clock ticks since boot, as in ``/proc/PID/stat``.
        boot_id: the boot in which ``pid`` means something.
        cancelled_at: epoch seconds at which ending it was asked for; None if it was not.
        exited_at: epoch seconds at which the command ended; None until then.
        finished_at: epoch seconds at which nothing of it was left; None until then.
        exit_code: what the shell reported, 0 to 255; 128 + n where signal n ended it; None when unknown.
        signal: the signal that ended it, or None.
        leftovers: what still lives or still holds GPU memory, as a sentence, while ``completing``.
    """

    number: int
    gpus: tuple[GpuRef, ...] = ()
    starting_at: float = 0.0
    started_at: float | None = None
    pid: int = 0
    pid_start: int = 0
    boot_id: str = ""
    cancelled_at: float | None = None
    exited_at: float | None = None
    finished_at: float | None = None
    exit_code: int | None = None
    signal: int | None = None
    leftovers: str = ""


class Group(StrEnum):
    """What an earlier session left, by what it was."""

    INTERRUPTED = "interrupted"
    QUEUED = "queued"
    COMPLETED = "completed"


class Aside(Struct, frozen=True, omit_defaults=True, gc=False):
    """Why a task is ``recoverable``.

    Attributes:
        group: what it was.
        was: the state it comes from, and goes back to if it was over.
        session: the session that left it.
        at: epoch seconds at which it was set aside.
        hidden: True keeps it out of sight.
    """

    group: Group
    was: TaskState
    session: str
    at: float
    hidden: bool = False


class Task(Struct, frozen=True, omit_defaults=True, gc=False):
    """Everything that is known about one task.

    Attributes:
        number: 1, 2, 3 …, never used again.
        id: the text by which people call it; unique among the tasks that are known.
        spec: what was asked for.
        submitted_at: epoch seconds.
        position: place in the queue among equal priorities.
        state: where it is.
        held: True keeps a queued task from starting.
        attempts: every start so far, the latest last.
        starts: how many starts were decided, those included that came to nothing; numbers the next attempt.
        detail: how it ended, or why it is where it is, as a sentence; empty when the state says it all.
        tags: free words.
        session: the scheduler's session in which it was submitted.
        ended_at: epoch seconds at which it reached its last state; None before.
        aside: set while it is ``recoverable``.
    """

    number: int
    id: str
    spec: TaskSpec
    submitted_at: float
    position: float
    state: TaskState = TaskState.QUEUED
    held: bool = False
    attempts: tuple[Attempt, ...] = ()
    starts: int = 0
    detail: str = ""
    tags: tuple[str, ...] = ()
    session: str = ""
    ended_at: float | None = None
    aside: Aside | None = None

    def __post_init__(self) -> None:
        """Keep the session's name once, also where it was read from a file."""
        force_setattr(self, "session", intern(self.session))

    @property
    def attempt(self) -> Attempt | None:
        """The latest start, or None before the first."""
        return self.attempts[-1] if self.attempts else None

    @property
    def queue_key(self) -> QueueKey:
        """Its place in the one order of the queue."""
        return (self.spec.priority, self.position, self.number)

    @property
    def gpus(self) -> tuple[GpuRef, ...]:
        """The GPUs of the latest start; a queued task has none."""
        return self.attempts[-1].gpus if self.attempts and self.state is not TaskState.QUEUED else ()

    def runtime(self, now: float) -> float | None:
        """Seconds that the latest attempt has run or ran; None when it never started.

        Args:
            now: epoch seconds.
        """
        attempt = self.attempt
        if attempt is None or attempt.started_at is None or self.state is TaskState.QUEUED:
            return None
        ends = (at for at in (attempt.exited_at, attempt.finished_at) if at is not None)
        return max(0.0, next(ends, now) - attempt.started_at)
