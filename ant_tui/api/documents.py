"""What the verbs answer with, as typed documents: the JSON of the command-line contract, word by word.

Structs only, and the functions that make them out of core values. Field names here are an interface: scripts read them.
Times are ISO-8601 UTC with milliseconds, durations seconds, sizes bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct, field

from ant_tui.core.explain import Explanation
from ant_tui.core.resources import GpuRef, ResourceRequest
from ant_tui.core.state import State
from ant_tui.core.task import Attempt, Task

__all__ = [
    "MASK",
    "RESULTS",
    "SCHEMA",
    "AttemptDocument",
    "ExternalDocument",
    "GpuDocument",
    "GpuProcessDocument",
    "GpusDocument",
    "HostDocument",
    "OutcomeDocument",
    "OutcomesDocument",
    "QueueDocument",
    "ResourcesDocument",
    "SubmittedDocument",
    "SubmittedTask",
    "TaskDocument",
    "TasksDocument",
    "iso",
    "looks_secret",
    "task_document",
]

SCHEMA = 1
MASK = "********"
_SECRET_WORDS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "AUTH", "COOKIE")


class ResourcesDocument(Struct, frozen=True):
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


class AttemptDocument(Struct, frozen=True):
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


class TaskDocument(Struct, frozen=True):
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


class SubmittedTask(Struct, frozen=True):
    """What became of one submission.

    ``existing`` is True where the same key had been submitted before and this is that task.
    """

    id: str
    number: int
    state: str
    command: str
    resolved_command: str
    gpus: int
    existing: bool = False
    workdir: str = ""


class SubmittedDocument(Struct, frozen=True):
    """All submissions of one request; all or none were queued."""

    tasks: tuple[SubmittedTask, ...]
    dry_run: bool = False
    warnings: tuple[str, ...] = ()
    schema: int = SCHEMA


class OutcomeDocument(Struct, frozen=True):
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
    """A process on a GPU; ``task_id`` names the task that it belongs to, null for a foreign one."""

    pid: int
    user: str
    memory: int | None
    task_id: str | None
    command: str = ""
    since: str | None = None


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


def iso(at: float | None) -> str | None:
    """Epoch seconds as ISO-8601 UTC with milliseconds; None stays None."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(at % 1 * 1000):03d}Z"


def looks_secret(name: str) -> bool:
    """Whether a variable's name suggests that its value is nobody else's business."""
    upper = name.upper()
    return any(word in upper for word in _SECRET_WORDS)


def task_document(
    state: State, task: Task, why: Explanation, now: float, jobs: str, machine: str, *, secrets: bool = False
) -> TaskDocument:
    """Describe a task.

    Args:
        state: where the task's environment is looked up.
        task: the task.
        why: why it waits, if it does.
        now: epoch seconds.
        jobs: directory of the job directories.
        machine: name of this machine.
        secrets: True shows the values of variables whose names look secret.
    """
    spec, attempt = task.spec, task.attempt
    started = attempt is not None and attempt.started_at is not None and bool(task.gpus or task.state != "queued")
    variables = spec.variables
    if not secrets and variables:
        variables = {name: MASK if looks_secret(name) else value for name, value in variables.items()}
    return TaskDocument(
        id=task.id,
        number=task.number,
        state=task.state.value,
        reason=why.reason,
        detail=task.detail or why.sentence or (attempt.leftovers if attempt else ""),
        command=spec.command,
        resolved_command=spec.final_command,
        workdir=spec.workdir,
        env=variables,
        priority=spec.priority,
        tags=task.tags,
        held=task.held,
        key=spec.key or None,
        resources=_resources(spec.resources),
        machine=machine,
        gpu_ids=tuple(gpu.index for gpu in task.gpus),
        gpu_uuids=tuple(gpu.uuid for gpu in task.gpus),
        pid=attempt.pid or None if attempt and task.ended_at is None else None,
        attempt=len(task.attempts),
        attempts=tuple(_attempt(task, one, jobs) for one in task.attempts),
        submitted_at=iso(task.submitted_at) or "",
        started_at=iso(attempt.started_at) if attempt and started else None,
        finished_at=iso(task.ended_at),
        runtime_s=task.runtime(now),
        exit_code=attempt.exit_code if attempt else None,
        signal=attempt.signal if attempt else None,
        log_path=log_path(jobs, task, attempt) if attempt else None,
        session_id=task.session,
    )


def log_path(jobs: str, task: Task, attempt: Attempt) -> str:
    """Where the output of an attempt is."""
    return f"{jobs}/{task.number}.{attempt.number}/output.log"


def _resources(request: ResourceRequest) -> ResourcesDocument:
    return ResourcesDocument(request.gpus, request.gpu_ids, request.exclude_gpus)


def _attempt(task: Task, attempt: Attempt, jobs: str) -> AttemptDocument:
    gpus: tuple[GpuRef, ...] = attempt.gpus
    return AttemptDocument(
        attempt=attempt.number,
        gpu_ids=tuple(gpu.index for gpu in gpus),
        gpu_uuids=tuple(gpu.uuid for gpu in gpus),
        pid=attempt.pid or None,
        started_at=iso(attempt.started_at),
        finished_at=iso(attempt.finished_at),
        exit_code=attempt.exit_code,
        signal=attempt.signal,
        log_path=log_path(jobs, task, attempt),
    )


RESULTS: Mapping[str, type[Struct]] = {
    "submit": SubmittedDocument,
    "submit_text": SubmittedDocument,
    "queue": QueueDocument,
    "show": TasksDocument,
    "history": TasksDocument,
    "wait": TasksDocument,
    "edit": TasksDocument,
    "rename": TasksDocument,
    "gpus": GpusDocument,
    **dict.fromkeys(
        (
            "cancel", "kill", "suspend", "resume", "hold", "release", "move", "tag", "untag", "retry", "forget",
            "gpus_enable", "gpus_disable", "gpus_add", "gpus_remove",
        ),
        OutcomesDocument,
    ),
}  # fmt: skip
"""Method → the document it answers with; what is not named here answers with a plain object."""
