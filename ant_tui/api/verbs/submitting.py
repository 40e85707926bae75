"""Accepting tasks: ``submit``, ``submit_text``, and the checks that every way in shares.

All or nothing: either every task of a request is durable when the answer goes out, or none was queued and the answer
names every reason.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial

from ant_tui.api.documents import SubmittedDocument, SubmittedTask
from ant_tui.api.schema import Submit, SubmitText
from ant_tui.api.verbs.drafting import Draft, drafts_of_tasks, drafts_of_text
from ant_tui.api.verbs.ordering import check_tag
from ant_tui.api.verbs.output_paths import OutputPaths
from ant_tui.bounds import MOST_GPUS, PRIORITIES
from ant_tui.core import events as ev
from ant_tui.core.resources import ResourceRequest
from ant_tui.core.state import State
from ant_tui.core.task import Task, TaskSpec, TaskState
from ant_tui.errors import AntError, Refused, SubmissionError, UsageError
from ant_tui.scheduler.scheduler import Scheduler

__all__ = [
    "check_command",
    "check_priority",
    "check_variables",
    "check_workdir",
    "request_of",
    "submit",
    "submit_text",
    "too_many",
    "where",
]


async def submit(scheduler: Scheduler, request: Submit) -> SubmittedDocument:
    """Queue tasks.

    Raises:
        SubmissionError: one of them cannot be a task; nothing was queued.
        Refused: a duplicate, a limit, or a request that this machine can never satisfy; nothing was queued.
        JournalUnavailable: nothing can be recorded; nothing was queued.
    """
    if not request.tasks:
        raise SubmissionError("There is no task in this submission.")
    drafts = drafts_of_tasks(scheduler.state, request.tasks)
    return await _queue(scheduler, drafts, request.environment, dry_run=request.dry_run)


async def submit_text(scheduler: Scheduler, request: SubmitText) -> SubmittedDocument:
    """Queue the tasks of a Multi text, one a line (see ``submission``).

    Raises:
        SubmissionError: a line cannot be a task; names line and column of each; nothing was queued.
        Refused: as for ``submit``.
    """
    drafts = drafts_of_text(scheduler.state, request)
    return await _queue(scheduler, drafts, request.environment, dry_run=request.dry_run)


async def _queue(
    scheduler: Scheduler, drafts: list[Draft], environment: Mapping[str, str], *, dry_run: bool
) -> SubmittedDocument:
    state = scheduler.state
    check_variables(environment, "the environment taken along")
    digest, recorded = scheduler.environment(environment)
    submitted: list[SubmittedTask] = []
    problems: list[tuple[str, AntError]] = []
    admission = _Admission(scheduler, digest)
    keys: dict[str, int] = {}
    number = state.next_number
    waiting = state.counts[TaskState.QUEUED]
    count = len(drafts)
    for draft in _handed_over(drafts):
        try:
            known = _of_key(state, draft.task.key)
            if known is not None:
                submitted.append(_describe(known, existing=True))
                continue
            if draft.task.key and draft.task.key in keys:
                raise Refused(f"The key '{draft.task.key}' occurs twice in this submission.")
            event = admission.event(draft, number)
            if waiting >= scheduler.options.max_queued:
                raise too_many(waiting)
        except AntError as error:
            problems.append((draft.place, error))
            continue
        waiting += 1
        number += 1
        keys[draft.task.key] = event.number
        recorded.append(event)
        submitted.append(_announce(event, draft.parameters))
    if problems:
        raise _all(problems, count)
    if dry_run:
        return SubmittedDocument(tuple(submitted), dry_run=True)
    if any(isinstance(event, ev.TaskSubmitted) for event in recorded):
        await scheduler.recorder.record(*recorded)
    else:
        await scheduler.recorder.settled()  # a task that was submitted before may only now be on its way to the disk
    return SubmittedDocument(tuple(submitted))


def _handed_over(drafts: list[Draft]) -> Iterator[Draft]:
    """The drafts in order, each forgotten once it is done with: of many they are a third of the memory."""
    drafts.reverse()
    while drafts:
        yield drafts.pop()


def _of_key(state: State, key: str) -> Task | None:
    return state.tasks[state.keys[key]] if key and key in state.keys else None


class _Admission:
    """Checks the tasks of one submission; what many of them have in common is looked at once."""

    def __init__(self, scheduler: Scheduler, environment: str) -> None:
        self._scheduler = scheduler
        self._environment = environment
        self._ids: set[str] = set()
        self._at = time.time()
        self._outputs = OutputPaths(scheduler.state)
        self._check_workdir = cache(check_workdir)
        self._request_of = cache(partial(request_of, scheduler))

    def event(self, draft: Draft, number: int) -> ev.TaskSubmitted:
        """The event that queues a task.

        Raises:
            SubmissionError: it cannot be a task.
            Refused: it could be one, but not here or not now.
        """
        file = self._check(draft)
        task = draft.task
        spec = TaskSpec(
            command=task.command,
            workdir=task.workdir,
            resolved_command=draft.resolved_command if draft.resolved_command != task.command else "",
            environment=self._environment,
            variables=dict(task.variables),
            priority=task.priority,
            resources=self._request_of(task.gpus, task.gpu_ids, task.exclude_gpus),
            key=task.key,
            shell=self._scheduler.options.shell,
            pty=task.pty,
            conda_env=task.conda_env,
            conda_env_path=task.conda_env_path,
            conda_path=task.conda_path,
            output=task.output,
            output_file=file,
        )
        self._ids.add(draft.id)
        return ev.TaskSubmitted(at=self._at, number=number, id=draft.id, spec=spec, held=task.hold, tags=task.tags)

    def _check(self, draft: Draft) -> str:
        """See whether a draft can be a task; the file for its output by its real path, where that is another."""
        task = draft.task
        check_command(task.command)
        if draft.resolved_command != task.command:
            check_command(draft.resolved_command)
        self._check_workdir(task.workdir)
        _check_text("key", task.key)
        _check_text("conda environment", task.conda_env + task.conda_env_path + task.conda_path)
        check_variables(task.variables, "the task's variables")
        for label in task.tags:
            check_tag(label)
        check_priority(task.priority)
        file = self._outputs.take(task.output, draft.place.rstrip(": ")) if task.output else ""
        if draft.id in self._ids:
            raise Refused(f"The id '{draft.id}' occurs twice in this submission.")
        if (taken := where(self._scheduler.state, draft.id)) is not None:
            raise Refused(taken)
        return file


def where(state: State, task_id: str) -> str | None:
    """Say where an id is taken, as a sentence; None when it is free."""
    number = state.ids.get(task_id)
    if number is None:
        return None
    task = state.tasks[number]
    what = "is queued" if task.state is TaskState.QUEUED else f"is {task.state}"
    hint = "; forget it first" if task.ended_at is not None else ""
    return f"The id '{task_id}' is taken: task {number} {what}{hint}."


def request_of(
    scheduler: Scheduler, gpus: int | None, gpu_ids: Sequence[str], exclude_gpus: Sequence[str]
) -> ResourceRequest:
    """Check what GPUs are asked for, and turn their names into identities.

    Raises:
        SubmissionError: a number that makes no sense, or a GPU that does not exist.
        Refused: more than this machine has, or more than one task may have.
    """
    options = scheduler.options
    wanted = _gpus_named(scheduler.state, gpu_ids)
    unwanted = _gpus_named(scheduler.state, exclude_gpus)
    count = gpus if gpus is not None else len(wanted) if wanted else options.default_gpus
    if not 0 <= count <= MOST_GPUS:
        raise SubmissionError(f"{count} GPUs cannot be asked for; use 0 to {MOST_GPUS:,}.")
    if options.max_gpus_per_task and count > options.max_gpus_per_task:
        limit = options.max_gpus_per_task
        raise Refused(f"{count} GPUs asked for, but a task may have {limit} at most (scheduler.max_gpus_per_task).")
    if options.limits.gpus and count > options.limits.gpus:
        raise Refused(f"{count} GPUs asked for, but {options.limits.gpus} may be in use at most (scheduler.max_gpus).")
    request = ResourceRequest(count, wanted if count else (), unwanted if count else ())
    if impossible := scheduler.state.cluster.why_unsatisfiable(request):
        raise Refused(f"{impossible[0].upper()}{impossible[1:].rstrip('.')}.")
    return request


def _gpus_named(state: State, names: Sequence[str]) -> tuple[str, ...]:
    by_name = {name: gpu.uuid for gpu in state.cluster.managed for name in (str(gpu.index), gpu.uuid)}
    found: list[str] = []
    for name in names:
        uuid = by_name.get(name.strip())
        if uuid is None:
            there = ", ".join(str(gpu.index) for gpu in state.cluster.managed) or "none"
            raise SubmissionError(f"There is no GPU '{name}' here; the managed GPUs are: {there}.")
        if uuid not in found:
            found.append(uuid)
    return tuple(found)


def check_command(command: str) -> None:
    """See whether a text can be given to a shell.

    Raises:
        SubmissionError: it is empty, holds a NUL, or is no valid text.
    """
    if not command.strip():
        raise SubmissionError("The command is empty; give one after '--'.")
    if "\0" in command:
        raise SubmissionError("The command holds a NUL character, which no program can be given.")
    if not _is_text(command):
        raise SubmissionError("The command is not valid UTF-8; write the odd bytes as $'\\xNN'.")


def check_priority(priority: int) -> None:
    """See whether a number can be a priority.

    Raises:
        SubmissionError: it is out of range.
    """
    if priority not in PRIORITIES:
        raise SubmissionError(f"The priority {priority} is out of range; use -1000000 to 1000000.")


def too_many(waiting: int) -> Refused:
    """The refusal of a task beyond the limit of those that wait."""
    return Refused(f"{waiting} tasks wait already, which is the limit (scheduler.max_queued).")


def _check_text(what: str, text: str) -> None:
    if text and ("\0" in text or not _is_text(text)):
        raise SubmissionError(f"The {what} {text!r} is not valid text.")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_workdir(path: str) -> None:
    """See whether a directory can be worked in.

    Raises:
        SubmissionError: it is not absolute, no valid text, not there, not a directory, or may not be entered.
    """
    if not os.path.isabs(path) or "\0" in path:
        raise SubmissionError(f"The working directory {path!r} is not an absolute path.")
    if not _is_text(path):
        raise SubmissionError(f"The working directory {path!r} has a name that is not valid UTF-8.")
    if not os.path.isdir(path):
        reason = "is not a directory" if os.path.exists(path) else "does not exist"
        raise SubmissionError(f"The working directory '{path}' {reason}.")
    if not os.access(path, os.X_OK):
        raise SubmissionError(f"The working directory '{path}' may not be entered.")


def check_variables(variables: Mapping[str, str], what: str) -> None:
    """See whether names and values can be an environment.

    Raises:
        SubmissionError: a name is empty or holds ``=`` or NUL, or a value holds NUL or is no valid text.
    """
    for name, value in variables.items():
        if not name or "=" in name or "\0" in name or "\0" in value:
            raise SubmissionError(f"The variable {name!r} in {what} cannot be one: check its name and value.")
        if not _is_text(name + value):
            raise SubmissionError(f"The variable {name!r} in {what} is not valid UTF-8.")


def _announce(event: ev.TaskSubmitted, parameters: Mapping[str, str]) -> SubmittedTask:
    spec = event.spec
    return SubmittedTask(
        id=event.id,
        number=event.number,
        state=TaskState.QUEUED.value,
        command=spec.command,
        resolved_command=spec.final_command,
        gpus=spec.resources.gpus,
        workdir=spec.workdir,
        parameters=parameters,
    )


def _describe(task: Task, *, existing: bool) -> SubmittedTask:
    return SubmittedTask(
        id=task.id,
        number=task.number,
        state=task.state.value,
        command=task.spec.command,
        resolved_command=task.spec.final_command,
        gpus=task.spec.resources.gpus,
        existing=existing,
        workdir=task.spec.workdir,
    )


def _all(problems: list[tuple[str, AntError]], count: int) -> AntError:
    """One error for all problems: the strongest kind, every sentence."""
    reasons = tuple(f"{place}{error.sentence}" for place, error in problems)
    kind = UsageError if any(isinstance(error, UsageError) for _, error in problems) else Refused
    made = SubmissionError if kind is UsageError else Refused
    if count == 1:
        return made(reasons[0])
    return made(f"Nothing was queued: {len(problems)} of {count} tasks cannot be.", reasons=reasons)
