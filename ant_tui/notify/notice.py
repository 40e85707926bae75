"""What is told about ended tasks: of one, or of many at once. Values, and the forms that they are handed over in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from ant_tui.core.task import Task
from ant_tui.output.sanitise import plain

__all__ = ["EndedTask", "Notice", "Sender", "document", "summary", "variables"]

_LONGEST = 32 * 1024  # characters of one value: a process cannot be given more than 128 KiB in a variable
_NAMED = 5  # ids in a sentence about many tasks


class Sender(Struct, frozen=True):
    """Who tells: the machine's name, and the data directory of its scheduler."""

    machine: str
    data_dir: str


class EndedTask(Struct, frozen=True):
    """A task that has ended.

    Attributes:
        number: the task's number.
        id: the task's id.
        state: how it ended, in the command line's words.
        detail: how it ended, as a sentence; empty where the state says it all.
        exit_code: of its last attempt; None where unknown.
        signal: that ended it, or None.
        attempt: how often it was started.
        command: as submitted.
        workdir: where it ran.
        gpus: the GPUs of its last attempt, by index.
        tags: as they are now.
        submitted_at: epoch seconds.
        started_at: epoch seconds; None where it never started.
        ended_at: epoch seconds.
        runtime_s: seconds; None where it never started.
        log: path of its log; empty where it never started.
    """

    number: int
    id: str
    state: str
    detail: str
    exit_code: int | None
    signal: int | None
    attempt: int
    command: str
    workdir: str
    gpus: tuple[int, ...]
    tags: tuple[str, ...]
    submitted_at: float
    started_at: float | None
    ended_at: float
    runtime_s: float | None
    log: str

    @classmethod
    def of(cls, task: Task, log: str) -> EndedTask:
        """Take what is told out of a task.

        Args:
            task: one that has ended.
            log: path of its last attempt's log; empty where it never started.
        """
        attempt, ended_at = task.attempt, task.ended_at or 0.0
        return cls(
            number=task.number,
            id=task.id,
            state=task.state.value,
            detail=task.detail,
            exit_code=attempt.exit_code if attempt else None,
            signal=attempt.signal if attempt else None,
            attempt=attempt.number if attempt else 0,
            command=task.spec.command[:_LONGEST],
            workdir=task.spec.workdir,
            gpus=tuple(gpu.index for gpu in task.gpus),
            tags=task.tags,
            submitted_at=task.submitted_at,
            started_at=attempt.started_at if attempt else None,
            ended_at=ended_at,
            runtime_s=task.runtime(ended_at),
            log=log,
        )


class Notice(Struct, frozen=True):
    """What is told at once.

    Attributes:
        tasks: the ended tasks, oldest end first; of very many, the first ones only.
        counts: how many ended, by state, those included that are not named.
    """

    tasks: tuple[EndedTask, ...]
    counts: Mapping[str, int]

    @property
    def count(self) -> int:
        """How many tasks it is about."""
        return sum(self.counts.values())

    @property
    def text(self) -> str:
        """All of it in one clean line."""
        if self.count == 1:
            task = self.tasks[0]
            return summary(task.id, task.state, task.detail)
        kinds = ", ".join(f"{count} {state}" for state, count in Counter(self.counts).most_common() if count)
        names = ", ".join(plain(task.id) for task in self.tasks[:_NAMED])
        more = ", …" if self.count > _NAMED else ""
        return f"{self.count} tasks ended: {kinds} ({names}{more})"


def summary(task_id: str, state: str, detail: str) -> str:
    """The end of one task in one clean line."""
    word = state.replace("_", " ")
    if detail.startswith((f"{state},", f"{state} ")):
        return plain(f"{task_id}: {detail}")
    return plain(f"{task_id}: {word}" + (f", {detail}" if detail and detail != state else ""))


def document(notice: Notice, sender: Sender) -> dict[str, Any]:
    """What a webhook is sent, ready for JSON; ``docs/configuration.md`` describes it."""
    return {
        "schema": 1,
        "event": "tasks_ended",
        "text": notice.text,
        "machine": sender.machine,
        "data_dir": sender.data_dir,
        "count": notice.count,
        "counts": {state: count for state, count in notice.counts.items() if count},
        "tasks": [_task_document(task) for task in notice.tasks],
    }


def _task_document(task: EndedTask) -> dict[str, Any]:
    return {
        "id": task.id,
        "number": task.number,
        "state": task.state,
        "detail": task.detail,
        "exit_code": task.exit_code,
        "signal": task.signal,
        "attempt": task.attempt,
        "command": task.command,
        "workdir": task.workdir,
        "gpu_ids": list(task.gpus),
        "tags": list(task.tags),
        "submitted_at": _iso(task.submitted_at),
        "started_at": _iso(task.started_at) if task.started_at is not None else None,
        "finished_at": _iso(task.ended_at),
        "runtime_s": task.runtime_s,
        "log_path": task.log or None,
    }


def variables(notice: Notice, sender: Sender) -> dict[str, str]:
    """What a command is given, each value as one variable; ``docs/configuration.md`` lists them.

    Of several tasks, those of one task are the first one's. No name holds two underscores: with those begin settings.
    """
    task = notice.tasks[0]
    values: dict[str, object] = {
        "TEXT": notice.text,
        "COUNT": notice.count,
        "MACHINE": sender.machine,
        "DATA_DIR": sender.data_dir,
        "TASK_IDS": "\n".join(one.id for one in notice.tasks),
        "TASK_ID": task.id,
        "TASK_NUMBER": task.number,
        "TASK_STATE": task.state,
        "TASK_DETAIL": task.detail,
        "TASK_EXIT_CODE": "" if task.exit_code is None else task.exit_code,
        "TASK_SIGNAL": "" if task.signal is None else task.signal,
        "TASK_ATTEMPT": task.attempt,
        "TASK_COMMAND": task.command,
        "TASK_WORKDIR": task.workdir,
        "TASK_GPUS": ",".join(map(str, task.gpus)),
        "TASK_TAGS": ",".join(task.tags),
        "TASK_SUBMITTED_AT": _iso(task.submitted_at),
        "TASK_STARTED_AT": "" if task.started_at is None else _iso(task.started_at),
        "TASK_FINISHED_AT": _iso(task.ended_at),
        "TASK_RUNTIME_S": "" if task.runtime_s is None else f"{task.runtime_s:.3f}",
        "TASK_LOG": task.log,
    }
    return {f"ANT_TUI_{name}": _value(str(value)) for name, value in values.items()}


def _value(text: str) -> str:
    """A text as a process can be given it."""
    return text.replace("\0", "")[:_LONGEST].encode("utf-8", "replace").decode("utf-8")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
