"""What the verbs answer with, as typed documents: the JSON of the command-line contract, word by word.

Structs only, and the functions that make them out of core values. Field names here are an interface: scripts read them.
Times are ISO-8601 UTC with milliseconds, durations seconds, sizes bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, overload

from msgspec import Struct, field

from ant_tui.core.events import GpusObserved
from ant_tui.core.image import StateImage
from ant_tui.core.policy import Limits
from ant_tui.core.secrets import MASK, looks_secret
from ant_tui.core.task import Attempt, Task

__all__ = [
    "MASK",
    "PROTOCOL",
    "RESULTS",
    "SCHEMA",
    "AboutDocument",
    "AttemptDocument",
    "EntryDocument",
    "ExplainDocument",
    "ExplainedTask",
    "ExternalDocument",
    "GpuDocument",
    "GpuProcessDocument",
    "GpusDocument",
    "HostDocument",
    "OutcomeDocument",
    "OutcomesDocument",
    "PausedDocument",
    "QueueDocument",
    "RecoveryDocument",
    "ResourcesDocument",
    "SessionDocument",
    "SlotDocument",
    "StoppingDocument",
    "SubmittedDocument",
    "SubmittedTask",
    "SubscribedDocument",
    "TaskDocument",
    "TasksDocument",
    "WorkspaceDocument",
    "iso",
    "log_path",
    "looks_secret",
]

SCHEMA = 1
PROTOCOL = 1
"""Version of the control socket's language; raised when something that was there changes its meaning."""


class ResourcesDocument(Struct, frozen=True, gc=False):
    """What a task asks for; null where it asks for nothing."""

    gpus: int
    gpu_ids: tuple[str, ...]
    exclude_gpus: tuple[str, ...]
    gpu_memory: int | None = None
    gpu_utilization: float | None = None
    share: bool = False
    cpus: int | None = None
    memory: int | None = None
    exclusive: bool = False


class AttemptDocument(Struct, frozen=True, gc=False):
    """One start of a task."""

    attempt: int
    gpu_ids: tuple[int, ...]
    gpu_uuids: tuple[str, ...]
    pid: int | None
    started_at: str | None
    finished_at: str | None
    exit_code: int | None
    signal: int | None
    log_path: str


class TaskDocument(Struct, frozen=True, gc=False):
    """Everything about one task."""

    id: str
    number: int
    state: str
    reason: str
    detail: str
    command: str
    resolved_command: str
    workdir: str
    env: Mapping[str, str]
    priority: int
    tags: tuple[str, ...]
    held: bool
    key: str | None
    resources: ResourcesDocument
    machine: str
    gpu_ids: tuple[int, ...]
    gpu_uuids: tuple[str, ...]
    pid: int | None
    attempt: int
    attempts: tuple[AttemptDocument, ...]
    submitted_at: str
    started_at: str | None
    finished_at: str | None
    runtime_s: float | None
    exit_code: int | None
    signal: int | None
    log_path: str | None
    session_id: str
    output: str | None = None


class QueueDocument(Struct, frozen=True):
    """A list of tasks with the counts of all."""

    tasks: tuple[TaskDocument, ...]
    counts: Mapping[str, int]
    paused: bool
    trouble: str = ""
    schema: int = SCHEMA


class TasksDocument(Struct, frozen=True):
    """Tasks that were asked for."""

    tasks: tuple[TaskDocument, ...]
    schema: int = SCHEMA


class SubmittedTask(Struct, frozen=True, gc=False):
    """What became of one submission.

    ``existing`` is True where the same key had been submitted before and this is that task. ``parameters`` are the
    values of sweeps and columns that made this one of several.
    """

    id: str
    number: int
    state: str
    command: str
    resolved_command: str
    gpus: int
    existing: bool = False
    workdir: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


class SubmittedDocument(Struct, frozen=True):
    """All submissions of one request; all or none were queued."""

    tasks: tuple[SubmittedTask, ...]
    dry_run: bool = False
    warnings: tuple[str, ...] = ()
    schema: int = SCHEMA


class OutcomeDocument(Struct, frozen=True, gc=False):
    """What a verb did to one task (or GPU): whether it worked, and a sentence.

    ``kind`` is empty or the error's word (``no_such_task``, ``refused`` …) where it did not.
    """

    id: str
    ok: bool
    message: str
    number: int | None = None
    kind: str = ""


class OutcomesDocument(Struct, frozen=True):
    """What a verb did to each of several."""

    results: tuple[OutcomeDocument, ...]
    schema: int = SCHEMA


class GpuProcessDocument(Struct, frozen=True):
    """A process on a GPU.

    Attributes:
        task_id: the task that it belongs to, null for a foreign one.
        ignored: whether it never keeps us from the GPU, being foreign.
    """

    pid: int
    user: str
    memory: int | None
    task_id: str | None
    command: str = ""
    since: str | None = None
    ignored: bool = False


class ExternalDocument(Struct, frozen=True):
    """Who is in the way on a GPU."""

    since: str
    pid: int | None
    user: str
    command: str
    memory: int | None


class GpuDocument(Struct, frozen=True):
    """One GPU."""

    index: int
    uuid: str
    name: str
    state: str
    detail: str
    task_ids: tuple[str, ...]
    enabled: bool
    utilization: float | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    temperature_c: float | None = None
    processes: tuple[GpuProcessDocument, ...] = ()
    external: ExternalDocument | None = None


class HostDocument(Struct, frozen=True):
    """The machine's processor and memory."""

    cpu: float
    cpu_count: int
    cpu_name: str
    memory_used: int
    memory_total: int


class GpusDocument(Struct, frozen=True):
    """All managed GPUs; ``reason`` says why there are none."""

    gpus: tuple[GpuDocument, ...]
    driver: str
    reason: str
    host: HostDocument | None
    removed: tuple[str, ...] = field(default=())
    schema: int = SCHEMA


class SeriesDocument(Struct, frozen=True):
    """One metric of one GPU, or of the ``host``: a value for each step, oldest first, null for a gap."""

    uuid: str
    metric: str
    values: tuple[float | None, ...]


class GpuHistoryDocument(Struct, frozen=True):
    """What the GPUs did: the first step begins at ``begins_at`` (null before the first sample)."""

    begins_at: str | None
    step_s: int
    series: tuple[SeriesDocument, ...]
    schema: int = SCHEMA


@overload
def iso(at: float) -> str: ...
@overload
def iso(at: float | None) -> str | None: ...
def iso(at: float | None) -> str | None:
    """Epoch seconds as ISO-8601 UTC with milliseconds; None stays None."""
    if at is None:
        return None
    second, millisecond = divmod(round(at * 1000), 1000)
    return f"{_second(second)}{millisecond:03d}Z"


@lru_cache(maxsize=1024)
def _second(second: int) -> str:
    """A second as text up to the dot; tasks come in batches, so most of those asked for were asked for just now."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}."


def log_path(jobs: str, task: Task, attempt: Attempt) -> str:
    """Where the output of an attempt is."""
    return f"{jobs}/{task.number}.{attempt.number}/output.log"


class ExplainedTask(Struct, frozen=True):
    """Why one task waits; ``position`` is its place in the queue from 1, null when it is not queued."""

    id: str
    number: int
    state: str
    reason: str
    sentence: str
    position: int | None


class ExplainDocument(Struct, frozen=True):
    """Why tasks wait."""

    tasks: tuple[ExplainedTask, ...]
    schema: int = SCHEMA


class SlotDocument(Struct, frozen=True):
    """A saved set of variables; an empty one has no name and no values."""

    slot: int
    name: str
    empty: bool
    values: Mapping[str, Any]
    saved_at: str | None


class WorkspaceDocument(Struct, frozen=True):
    """The workspace and all slots."""

    values: Mapping[str, Any]
    slots: tuple[SlotDocument, ...]
    schema: int = SCHEMA


class EntryDocument(Struct, frozen=True):
    """One task that was left, and the group that it is in; ``conflict`` says why it could not be restored now."""

    group: str
    was: str
    conflict: str
    task: TaskDocument


class SessionDocument(Struct, frozen=True):
    """What one session left, newest session first; ``last`` is the one before this."""

    session_id: str
    last: bool
    left_at: str
    entries: tuple[EntryDocument, ...]


class RecoveryDocument(Struct, frozen=True):
    """Everything that was left. ``prompt`` is True once per start: whoever sees it first should ask."""

    prompt: bool
    sessions: tuple[SessionDocument, ...]
    hidden: tuple[EntryDocument, ...]
    schema: int = SCHEMA


class AboutDocument(Struct, frozen=True):
    """Who answers: the program, its process, and where its things are."""

    version: str
    protocol: int
    pid: int
    data_dir: str
    jobs_dir: str
    machine: str
    limits: Limits
    session_id: str
    started_at: str
    trouble: str
    notes: tuple[str, ...] = ()
    product: str = "ant-tui"
    schema: int = SCHEMA


class PausedDocument(Struct, frozen=True):
    """Whether the queue is paused now."""

    paused: bool
    schema: int = SCHEMA


class StoppingDocument(Struct, frozen=True):
    """The scheduler is ending; ``running`` is how many tasks had been started and not ended when it was asked."""

    stopping: bool = True
    running: int = 0
    schema: int = SCHEMA


class SubscribedDocument(Struct, frozen=True):
    """Where a subscription begins.

    Attributes:
        seq: the last event that needs not be told: the image knows it, or it was told before or follows at once.
        image: the state as it is, if it was asked for.
        observed: the GPUs as they are, which no image holds; with ``image``.
        trouble: what keeps the scheduler from its work; with ``image``.
    """

    seq: int
    image: StateImage | None = None
    observed: GpusObserved | None = None
    trouble: str = ""
    schema: int = SCHEMA


RESULTS: Mapping[str, type[Struct]] = {
    "ping": AboutDocument,
    "queue": QueueDocument,
    "explain": ExplainDocument,
    "gpus": GpusDocument,
    "gpus_history": GpuHistoryDocument,
    "recover_list": RecoveryDocument,
    "subscribe": SubscribedDocument,
    "stop": StoppingDocument,
    **dict.fromkeys(("submit", "submit_text"), SubmittedDocument),
    **dict.fromkeys(("show", "history", "wait", "edit", "rename"), TasksDocument),
    **dict.fromkeys(("pause", "unpause"), PausedDocument),
    **dict.fromkeys(
        ("env", "env_set", "env_slot_save", "env_slot_load", "env_slot_rename", "env_slot_clear"), WorkspaceDocument
    ),
    **dict.fromkeys(
        (
            "cancel", "kill", "suspend", "resume", "hold", "release", "move", "tag", "untag", "retry", "forget",
            "gpus_enable", "gpus_disable", "gpus_add", "gpus_remove", "gpus_ignore", "gpus_unignore",
            "recover_restore", "recover_forget", "recover_hide", "recover_show",
        ),
        OutcomesDocument,
    ),
}  # fmt: skip
"""Method → the document that it answers with."""
