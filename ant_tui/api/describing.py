"""From tasks to their documents.

A list of ten thousand queued tasks is described in the time of one frame of a screen, so what many tasks have in
common (a kind of request, a day, having never started) is worked out once, and the rest is plain attribute reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ant_tui.api.documents import (
    AttemptDocument,
    ResourcesDocument,
    TaskDocument,
    iso,
    log_path,
)
from ant_tui.core.explain import Explanation
from ant_tui.core.resources import GpuRef, ResourceRequest
from ant_tui.core.secrets import masked
from ant_tui.core.task import ACTIVE, Attempt, Task, TaskState

__all__ = ["Describer"]


class Describer:
    """Describes the tasks of one state at one moment."""

    def __init__(
        self,
        why: Callable[[Task], Explanation],
        *,
        now: float,
        jobs_dir: str,
        machine: str,
        secrets: bool = False,
    ) -> None:
        """Prepare.

        Args:
            why: says why a task waits.
            now: epoch seconds.
            jobs_dir: directory of the job directories.
            machine: name of this machine.
            secrets: True shows the values of variables whose names look secret.
        """
        self._why = why
        self._now = now
        self._jobs_dir = jobs_dir
        self._machine = machine
        self._secrets = secrets
        self._resources: dict[ResourceRequest, ResourcesDocument] = {}
        self._submitted_at = 0.0
        self._submitted = iso(0.0)

    def all(self, tasks: Iterable[Task]) -> tuple[TaskDocument, ...]:
        """Describe tasks, in their order."""
        return tuple([self.one(task) for task in tasks])

    def one(self, task: Task) -> TaskDocument:
        """Describe a task."""
        spec, attempts = task.spec, task.attempts
        if task.submitted_at != self._submitted_at:  # those of one submission share the moment
            self._submitted_at, self._submitted = task.submitted_at, iso(task.submitted_at)
        why = self._why(task)
        last = self._attempt(task, attempts[-1]) if attempts else None
        ended_at = task.ended_at
        # What queues once more after an earlier attempt has neither process nor exit code; its last log is still there.
        now = last if last is not None and task.state is not TaskState.QUEUED else None
        return TaskDocument(
            task.id,
            task.number,
            task.state._value_,
            why.reason,
            task.detail or why.sentence or (attempts[-1].leftovers if attempts else ""),
            spec.command,
            spec.resolved_command or spec.command,
            spec.workdir,
            spec.variables if self._secrets or not spec.variables else masked(spec.variables),
            spec.priority,
            task.tags,
            task.held,
            spec.key or None,
            self._resources.get(spec.resources) or self._described(spec.resources),
            self._machine,
            () if now is None else now.gpu_ids,
            () if now is None else now.gpu_uuids,
            now.pid if now is not None and task.state in ACTIVE else None,
            len(attempts),
            () if last is None else (*[self._attempt(task, one) for one in attempts[:-1]], last),
            self._submitted,
            None if now is None else now.started_at,
            None if ended_at is None else iso(ended_at),
            None if now is None else _seconds(task.runtime(self._now)),
            None if now is None else now.exit_code,
            None if now is None else now.signal,
            None if last is None else last.log_path,
            task.session,
            spec.output or None,
        )

    def _described(self, request: ResourceRequest) -> ResourcesDocument:
        made = ResourcesDocument(request.gpus, request.gpu_ids, request.exclude_gpus)
        self._resources[request] = made
        return made

    def _attempt(self, task: Task, attempt: Attempt) -> AttemptDocument:
        gpus: tuple[GpuRef, ...] = attempt.gpus
        started, finished = attempt.started_at, attempt.finished_at
        return AttemptDocument(
            attempt=attempt.number,
            gpu_ids=tuple([gpu.index for gpu in gpus]),
            gpu_uuids=tuple([gpu.uuid for gpu in gpus]),
            pid=attempt.pid or None,
            started_at=None if started is None else iso(started),
            finished_at=None if finished is None else iso(finished),
            exit_code=attempt.exit_code,
            signal=attempt.signal,
            log_path=log_path(self._jobs_dir, task, attempt),
        )


def _seconds(duration: float | None) -> float | None:
    return None if duration is None else round(duration, 3)
