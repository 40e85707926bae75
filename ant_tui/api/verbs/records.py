"""Changing records: ``retry``, ``forget``, ``edit``, ``rename``."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from ant_tui.api.documents import OutcomeDocument, OutcomesDocument, TasksDocument
from ant_tui.api.reading import View, describe
from ant_tui.api.schema import Edit, Rename, Retry, Selection
from ant_tui.api.verbs.choosing import choose, failed, one, outcomes
from ant_tui.api.verbs.each import each
from ant_tui.api.verbs.ordering import check_tag
from ant_tui.api.verbs.output_paths import OutputPaths, output_path
from ant_tui.api.verbs.submitting import (
    check_command,
    check_priority,
    check_variables,
    check_workdir,
    request_of,
    too_many,
    where,
)
from ant_tui.core import events as ev
from ant_tui.core.state import State
from ant_tui.core.task import ACTIVE, ENDED, Task, TaskSpec, TaskState
from ant_tui.errors import AntError, Refused, UsageError
from ant_tui.scheduler.scheduler import Scheduler
from ant_tui.submission.identifiers import check_id

__all__ = ["edit", "forget", "rename", "restart_id", "retry"]

_EDITABLE = ("command", "id", "gpus", "gpu_ids", "exclude_gpus", "priority", "workdir", "output", "tags", "env.NAME")


async def retry(scheduler: Scheduler, request: Retry) -> OutcomesDocument:
    """Queue ended (or started) tasks once more, as new tasks at the end of the queue; one of them perhaps changed.

    A repetition that is changed is queued as what it is to be: nothing can start in between.

    Raises:
        UsageError: nothing was named, or values for several tasks.
    """
    state = scheduler.state
    tasks, results = choose(state, request, lambda task: task.state in ENDED)
    if request.values and len(tasks) > 1:
        raise UsageError(f"Values change the repetition of one task, not of {len(tasks)}.")
    recorded = None
    for task in tasks:
        try:
            event = _again(scheduler, task, request.values)
        except AntError as error:
            results.append(failed(task, error))
            continue
        recorded = scheduler.recorder.record(event)
        beside = f"; {task.id} itself is still {task.state}" if task.state in ACTIVE else ""
        message = f"{task.id} is queued again as {event.id}{beside}."
        results.append(OutcomeDocument(event.id, True, message, number=event.number))
    if recorded is not None:
        await recorded
    return outcomes(results)


def _again(scheduler: Scheduler, task: Task, values: Mapping[str, str]) -> ev.TaskSubmitted:
    state = scheduler.state
    if task.state is TaskState.QUEUED:
        raise Refused(f"{task.id} is still queued; there is nothing to retry.")
    if (waiting := state.counts[TaskState.QUEUED]) >= scheduler.options.max_queued:
        raise too_many(waiting)
    wanted = _Wanted.of(scheduler, task, values)
    if wanted.id is not None and (taken := where(state, wanted.id)) is not None:
        raise Refused(taken)
    return ev.TaskSubmitted(
        at=time.time(),
        number=state.next_number,
        id=restart_id(state, task.id) if wanted.id is None else wanted.id,
        spec=replace(wanted.spec, key="", retried_from=task.number),
        tags=task.tags if wanted.tags is None else wanted.tags,
    )


def restart_id(state: State, task_id: str) -> str:
    """The id of a repetition: ``<id>-restart-1``, or the next number that is free."""
    stem, _, number = task_id.rpartition("-restart-")
    if not stem or not number.isdecimal():
        stem, number = task_id, "0"
    count = int(number) + 1
    while f"{stem}-restart-{count}" in state.ids:
        count += 1
    return f"{stem}-restart-{count}"


async def forget(scheduler: Scheduler, request: Selection) -> OutcomesDocument:
    """Remove the records of ended tasks; their logs stay unless asked otherwise."""

    def act(task: Task) -> tuple[ev.RecordedEvent | None, str]:
        if task.state not in ENDED and task.state is not TaskState.RECOVERABLE:
            raise Refused(f"{task.id} is {task.state}; only an ended task can be forgotten.")
        if request.before is not None and (task.ended_at or 0) >= request.before:
            raise Refused(f"{task.id} ended later than that.")
        return ev.TaskForgotten(at=time.time(), number=task.number), f"{task.id} is forgotten."

    def after(task: Task) -> None:
        if request.logs:
            for attempt in task.attempts:
                scheduler.executor.remove_logs(task.number, attempt.number)

    selection = request
    if request.before is not None and not (request.tasks or request.states or request.tag):
        selection = replace(request, all=True)
    return await each(scheduler, selection, act, after)


async def rename(scheduler: Scheduler, request: Rename) -> TasksDocument:
    """Give a task another id."""
    task = one(scheduler.state, request.task)
    await scheduler.recorder.record(_renamed(scheduler.state, task, request.id))
    return _shown(scheduler, task)


def _renamed(state: State, task: Task, wanted: str) -> ev.TaskRenamed:
    new = check_id(wanted)
    if new != task.id and (taken := where(state, new)) is not None:
        raise Refused(taken)
    return ev.TaskRenamed(at=time.time(), number=task.number, id=new)


async def edit(scheduler: Scheduler, request: Edit) -> TasksDocument:
    """Change a queued task; all of the new values or none."""
    task = one(scheduler.state, request.task)
    if task.state is not TaskState.QUEUED:
        raise Refused(f"{task.id} is {task.state}; only a queued task can be edited. 'retry --edit' makes a new one.")
    events: list[ev.RecordedEvent] = []
    wanted = _Wanted.of(scheduler, task, request.values)
    now = time.time()
    if wanted.id is not None:
        events.append(_renamed(scheduler.state, task, wanted.id))
    if wanted.tags is not None:
        events.append(ev.TaskTagged(at=now, number=task.number, tags=wanted.tags))
    if wanted.spec is not task.spec:
        events.append(ev.TaskEdited(at=now, number=task.number, spec=wanted.spec))
    if events:
        await scheduler.recorder.record(*events)
    return _shown(scheduler, task)


class _Wanted(Struct, frozen=True):
    """What values make of a task; None where they say nothing."""

    spec: TaskSpec
    id: str | None
    tags: tuple[str, ...] | None

    @classmethod
    def of(cls, scheduler: Scheduler, task: Task, values: Mapping[str, str]) -> _Wanted:
        """Check the values and apply them.

        Raises:
            AntError: one of them cannot be.
        """
        rest = dict(values)
        new_id, tags = rest.pop("id", None), rest.pop("tags", None)
        return cls(
            spec=_edited(scheduler, task, rest) if rest else task.spec,
            id=None if new_id is None else check_id(new_id),
            tags=None if tags is None else tuple(check_tag(label) for label in _list(tags)),
        )


def _edited(scheduler: Scheduler, task: Task, values: Mapping[str, str]) -> TaskSpec:
    spec = task.spec
    gpus: int | None = spec.resources.gpus
    gpu_ids, exclude = spec.resources.gpu_ids, spec.resources.exclude_gpus
    variables = dict(spec.variables)
    for key, text in values.items():
        if key == "command":
            check_command(text)
            spec = replace(spec, command=text, resolved_command="")
        elif key == "workdir":
            check_workdir(text)
            spec = replace(spec, workdir=text)
        elif key == "priority":
            check_priority(priority := _integer(key, text))
            spec = replace(spec, priority=priority)
        elif key == "gpus":
            gpus = _integer(key, text)
        elif key == "gpu_ids":
            gpu_ids = _list(text)
        elif key == "exclude_gpus":
            exclude = _list(text)
        elif key == "output":
            continue
        elif key.startswith("env.") and len(key) > 4:
            variables.pop(key[4:], None)
            if text:
                variables[key[4:]] = text
        else:
            raise UsageError(f"A task has no value '{key}'; it has {', '.join(_EDITABLE)}.")
    check_variables(variables, "the task's variables")
    request = request_of(scheduler, gpus, gpu_ids, exclude)
    output = output_path(values.get("output", spec.output), spec.workdir)  # the new directory, where there is one
    file = spec.output_file
    if output != spec.output:
        file = OutputPaths(scheduler.state, but=task.number).take(output) if output else ""
    return replace(spec, resources=request, variables=variables, output=output, output_file=file)


def _list(text: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[,\s]+", text) if word)


def _integer(key: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{key} needs a whole number, not '{text}'.") from None


def _shown(scheduler: Scheduler, task: Task) -> TasksDocument:
    view = View.of(scheduler)
    return TasksDocument((describe(view, scheduler.state.tasks[task.number]),))
