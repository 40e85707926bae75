"""Tasks that earlier sessions left: ``recover``, ``recover restore``, ``forget``, ``hide``, and the prompt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from ant_tui.api.documents import (
    EntryDocument,
    OutcomeDocument,
    OutcomesDocument,
    RecoveryDocument,
    SessionDocument,
    iso,
)
from ant_tui.api.reading import View, describe
from ant_tui.api.schema import Entries, RecoverList
from ant_tui.api.verbs.choosing import failed, no_such_task, outcomes, worked
from ant_tui.api.verbs.submitting import where
from ant_tui.core import events as ev
from ant_tui.core.state import State
from ant_tui.core.task import Group, Task, TaskState
from ant_tui.errors import AntError, Refused, UsageError
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["conflict", "forget", "hide", "left", "left_at", "left_behind", "listing", "restore", "show_again"]


async def listing(scheduler: Scheduler, request: RecoverList) -> RecoveryDocument:
    """List what earlier sessions left; ``consume`` takes the prompt, so that nobody else is prompted."""
    prompt = scheduler.recovery_prompt
    if request.consume:
        scheduler.recovery_prompt = False
    return left_behind(View.of(scheduler), prompt=prompt)


def left_behind(view: View, *, prompt: bool = False) -> RecoveryDocument:
    """Describe what earlier sessions left; a question that only reads, so that it can be answered from the journal."""
    sessions: dict[str, list[Task]] = {}
    hidden: list[Task] = []
    for task in left(view.state):
        assert task.aside is not None
        if task.aside.hidden:
            hidden.append(task)
        else:
            sessions.setdefault(task.aside.session, []).append(task)
    ordered = sorted(sessions.items(), key=lambda item: left_at(item[1]), reverse=True)
    return RecoveryDocument(
        prompt=prompt,
        sessions=tuple(
            SessionDocument(name, place == 0, iso(left_at(tasks)) or "", tuple(_entry(view, t) for t in tasks))
            for place, (name, tasks) in enumerate(ordered)
        ),
        hidden=tuple(_entry(view, task) for task in hidden),
    )


async def restore(scheduler: Scheduler, request: Entries) -> OutcomesDocument:
    """Bring tasks back: what queued or was interrupted queues again, what was over is history again."""

    def act(task: Task) -> tuple[ev.RecordedEvent | None, str]:
        if reason := conflict(scheduler.state, task):
            raise Refused(reason)
        assert task.aside is not None
        back = "in the history again" if task.aside.group is Group.COMPLETED else "queued again"
        return ev.TasksRestored(at=time.time(), numbers=(task.number,)), f"{task.id} is {back}."

    return await _each(scheduler, request, act)


async def forget(scheduler: Scheduler, request: Entries) -> OutcomesDocument:
    """Remove the records for ever; logs stay unless asked otherwise."""

    def act(task: Task) -> tuple[ev.RecordedEvent | None, str]:
        return ev.TaskForgotten(at=time.time(), number=task.number), f"{task.id} is forgotten."

    answer = await _each(scheduler, request, act)
    if request.logs:
        for outcome in answer.results:
            if outcome.ok:
                scheduler.executor.remove_all_logs(outcome.number or 0)
    return answer


async def hide(scheduler: Scheduler, request: Entries) -> OutcomesDocument:
    """Put tasks out of sight; they are kept and can be restored."""
    return await _each(scheduler, request, lambda task: _hidden(task, hidden=True))


async def show_again(scheduler: Scheduler, request: Entries) -> OutcomesDocument:
    """Put hidden tasks back in sight."""
    return await _each(scheduler, request, lambda task: _hidden(task, hidden=False))


def _hidden(task: Task, *, hidden: bool) -> tuple[ev.RecordedEvent | None, str]:
    word = "hidden" if hidden else "shown again"
    return ev.TasksHidden(at=time.time(), numbers=(task.number,), hidden=hidden), f"{task.id} is {word}."


async def _each(
    scheduler: Scheduler, request: Entries, act: Callable[[Task], tuple[ev.RecordedEvent | None, str]]
) -> OutcomesDocument:
    tasks, missing = _chosen(scheduler.state, request)
    results: list[OutcomeDocument] = []
    recorded = None
    for task in tasks:
        try:
            event, message = act(task)
        except AntError as error:
            results.append(failed(task, error))
            continue
        if event is not None:
            recorded = scheduler.recorder.record(event)
        results.append(worked(task, message))
    if recorded is not None:
        await recorded
    return outcomes(results, missing)


def _chosen(state: State, request: Entries) -> tuple[list[Task], list[OutcomeDocument]]:
    """What is meant, and an outcome for every name that means nothing that was left.

    Raises:
        UsageError: nothing was named, or a session that left nothing.
    """
    everything = left(state)
    if request.session and all(task.aside and task.aside.session != request.session for task in everything):
        raise UsageError(f"There is no session '{request.session}' among those that left tasks.")
    if request.all or request.group or request.session:
        return [task for task in everything if _in(task, request)], []
    if not request.entries:
        raise UsageError("No entry was named: give ids or numbers as 'recover list' shows them, or --all.")
    called: dict[str, list[Task]] = {}
    for task in everything:
        called.setdefault(str(task.number), []).append(task)
        called.setdefault(task.id, []).append(task)
    found: dict[int, Task] = {}
    missing: list[OutcomeDocument] = []
    for name in request.entries:
        tasks = called.get(name)
        if not tasks:
            missing.append(_not_left(state, name))
        elif len(tasks) > 1:
            numbers = ", ".join(str(task.number) for task in tasks)
            message = f"'{name}' means several entries ({numbers}); use a number."
            missing.append(OutcomeDocument(name, False, message, kind=UsageError.kind))
        else:
            found[tasks[0].number] = tasks[0]
    return list(found.values()), missing


def _not_left(state: State, name: str) -> OutcomeDocument:
    """The outcome for a name that means nothing that was left: perhaps a task of this session."""
    number = state.ids.get(name, int(name) if name.isascii() and name.isdigit() and len(name) < 19 else 0)
    task = state.tasks.get(number)
    if task is None:
        return no_such_task(name)
    return failed(task, Refused(f"{task.id} ({number}) is not among what earlier sessions left; it is {task.state}."))


def _in(task: Task, request: Entries) -> bool:
    assert task.aside is not None
    return (
        (not request.group or task.aside.group == request.group)
        and (not request.session or task.aside.session == request.session)
        and (request.hidden or not task.aside.hidden)
    )


def left(state: State) -> list[Task]:
    """What earlier sessions left: interrupted ones first, then what queued in its order, then what was over."""
    if not state.counts[TaskState.RECOVERABLE]:
        return []
    order = {Group.INTERRUPTED: 0, Group.QUEUED: 1, Group.COMPLETED: 2}
    tasks = (task for task in state.tasks.values() if task.aside is not None)
    return sorted(tasks, key=lambda task: (order[task.aside.group] if task.aside else 9, task.queue_key))


def left_at(tasks: Iterable[Task]) -> float:
    """When tasks of one session were set aside, epoch seconds."""
    return max(task.aside.at if task.aside else 0.0 for task in tasks)


def conflict(state: State, task: Task) -> str:
    """Why a task that was left could not be restored now, as a sentence; empty where nothing is in its way."""
    if (taken := where(state, task.id)) is not None:
        return taken
    key = task.spec.key
    return f"The key '{key}' of {task.id} was submitted again in the meantime." if key and key in state.keys else ""


def _entry(view: View, task: Task) -> EntryDocument:
    assert task.aside is not None
    return EntryDocument(task.aside.group.value, task.aside.was.value, conflict(view.state, task), describe(view, task))
