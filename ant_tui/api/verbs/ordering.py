"""Changing what waits: ``hold``, ``release``, ``move``, ``tag``, ``untag``, ``pause``, ``unpause``."""

from __future__ import annotations

import time
from asyncio import Future
from collections.abc import Iterable
from itertools import pairwise
from math import inf

from ant_tui.api.documents import OutcomeDocument, OutcomesDocument, PausedDocument
from ant_tui.api.schema import Move, NoArguments, Selection, Tag
from ant_tui.api.verbs.choosing import failed, no_such_task, one, outcomes, worked
from ant_tui.api.verbs.each import each
from ant_tui.core import events as ev
from ant_tui.core.selection import NotFound, select
from ant_tui.core.state import State
from ant_tui.core.task import Task, TaskState
from ant_tui.errors import Refused, UsageError
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["hold", "move", "pause", "release", "tag", "unpause", "untag"]

_LONGEST_TAG = 100


async def hold(scheduler: Scheduler, request: Selection) -> OutcomesDocument:
    """Keep queued tasks from starting."""

    def act(task: Task) -> tuple[ev.RecordedEvent | None, str]:
        _needs_queued(task, "held")
        if task.held:
            return None, f"{task.id} is held already."
        return ev.TaskHeld(at=time.time(), number=task.number), f"{task.id} is held."

    return await each(scheduler, request, act)


async def release(scheduler: Scheduler, request: Selection) -> OutcomesDocument:
    """Let held tasks start again."""

    def act(task: Task) -> tuple[ev.RecordedEvent | None, str]:
        _needs_queued(task, "released")
        if not task.held:
            return None, f"{task.id} is not held."
        return ev.TaskReleased(at=time.time(), number=task.number), f"{task.id} is released."

    return await each(scheduler, request, act)


async def tag(scheduler: Scheduler, request: Tag) -> OutcomesDocument:
    """Give tasks a tag."""
    label = check_tag(request.label)

    def act(task: Task) -> tuple[ev.RecordedEvent | None, str]:
        if label in task.tags:
            return None, f"{task.id} has the tag {label} already."
        tags = (*task.tags, label)
        return ev.TaskTagged(at=time.time(), number=task.number, tags=tags), f"{task.id} has the tag {label} now."

    return await each(scheduler, request, act)


async def untag(scheduler: Scheduler, request: Tag) -> OutcomesDocument:
    """Take a tag from tasks."""
    label = check_tag(request.label)

    def act(task: Task) -> tuple[ev.RecordedEvent | None, str]:
        if label not in task.tags:
            return None, f"{task.id} does not have the tag {label}."
        tags = tuple(other for other in task.tags if other != label)
        return ev.TaskTagged(at=time.time(), number=task.number, tags=tags), f"{task.id} lost the tag {label}."

    return await each(scheduler, request, act)


def check_tag(label: str) -> str:
    """See whether a text can be a tag.

    Raises:
        UsageError: it is empty, too long, or holds blanks, commas or control characters.
    """
    if not label or len(label.encode("utf-8", "replace")) > _LONGEST_TAG:
        raise UsageError(f"A tag needs 1 to {_LONGEST_TAG} bytes.")
    if not label.isprintable() or any(character.isspace() or character == "," for character in label):
        raise UsageError(f"The tag {label!r} holds a blank, a comma or a control character; use one plain word.")
    return label


async def pause(scheduler: Scheduler, _: NoArguments) -> PausedDocument:
    """Start no more tasks."""
    if not scheduler.state.paused:
        await scheduler.recorder.record(ev.QueuePaused(at=time.time()))
    return PausedDocument(True)


async def unpause(scheduler: Scheduler, _: NoArguments) -> PausedDocument:
    """Start tasks again."""
    if scheduler.state.paused:
        await scheduler.recorder.record(ev.QueueUnpaused(at=time.time()))
    return PausedDocument(False)


# -- move ------------------------------------------------------------------------------------------------------


async def move(scheduler: Scheduler, request: Move) -> OutcomesDocument:
    """Give queued tasks another place; several keep their order among themselves.

    The order is (priority, position): a task moves among its equals, so ``top`` is the top of its priority.
    """
    state = scheduler.state
    if request.to in ("up", "down") and request.by < 1:
        raise UsageError(f"A task moves by 1 place or more, not by {request.by}.")
    tasks, results = _queued_in_order(state, request.tasks)
    other = _reference(state, request, tasks) if tasks else None
    recorded: Future[None] | None = None
    groups: dict[int, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.spec.priority, []).append(task)
    for priority, group in groups.items():
        if other is not None and other.spec.priority != priority:
            error = Refused(f"{other.id} has priority {other.spec.priority}; a task moves among its equals only.")
            results.extend(failed(task, error) for task in group)
            continue
        order = [state.tasks[key[2]] for key in state.queue if key[0] == priority]
        for number, position in _new_positions(order, group, request, other):
            recorded = scheduler.recorder.record(ev.TaskMoved(at=time.time(), number=number, position=position))
        results.extend(worked(task, _place(scheduler.state, task)) for task in group)
    if recorded is not None:
        await recorded
    return outcomes(results)


def _queued_in_order(state: State, names: Iterable[str]) -> tuple[list[Task], list[OutcomeDocument]]:
    found: dict[int, Task] = {}
    results: list[OutcomeDocument] = []
    for name in names:
        try:
            tasks = select(state, [name])
        except NotFound:
            results.append(no_such_task(name))
            continue
        for task in tasks:
            try:
                _needs_queued(task, "moved")
                found[task.number] = task
            except Refused as error:
                results.append(failed(task, error))
    return sorted(found.values(), key=lambda task: task.queue_key), results


def _reference(state: State, request: Move, tasks: list[Task]) -> Task | None:
    if request.to not in ("before", "after"):
        return None
    other = one(state, request.other)
    _needs_queued(other, "a place to move to")
    if other in tasks:
        raise UsageError(f"{other.id} cannot move {request.to} itself.")
    return other


def _new_positions(order: list[Task], group: list[Task], request: Move, other: Task | None) -> list[tuple[int, float]]:
    """Which tasks get which positions so that the group stands where it was asked to.

    Normally only the group's own positions change; where no number fits between two neighbours, everybody's do.
    """
    moving = {task.number for task in group}
    rest = [task for task in order if task.number not in moving]
    index = _insertion(order, rest, group, request, other)
    lower = rest[index - 1].position if index else None
    upper = rest[index].position if index < len(rest) else None
    if lower is None and upper is None:
        return []
    if upper is None:
        assert lower is not None
        positions = [lower + 1.0 + step for step in range(len(group))]
    elif lower is None:
        positions = [upper - len(group) + step for step in range(len(group))]
    else:
        width = (upper - lower) / (len(group) + 1)
        positions = [lower + width * (step + 1) for step in range(len(group))]
    bounds = [lower, *positions, upper]
    known = [bound for bound in bounds if bound is not None]
    if all(first < second for first, second in pairwise(known)):
        return [(task.number, position) for task, position in zip(group, positions, strict=True)]
    everybody = [*rest[:index], *group, *rest[index:]]
    return [(task.number, float(place)) for place, task in enumerate(everybody)]


def _insertion(order: list[Task], rest: list[Task], group: list[Task], request: Move, other: Task | None) -> int:
    """The index in ``rest`` before which the group goes."""
    if other is not None:
        return rest.index(other) + (request.to == "after")
    if request.to == "top":
        return 0
    if request.to == "bottom":
        return len(rest)
    before = order.index(group[0])  # none of these moves: the group is in queue order
    wanted = before - request.by if request.to == "up" else before + request.by
    return max(0, min(len(rest), wanted))


def _place(state: State, task: Task) -> str:
    key = state.tasks[task.number].queue_key
    place = state.queue.index(key) + 1
    ahead = state.queue.bisect_left((key[0], -inf, 0))
    higher = f" ({ahead} of higher priority stay before it)" if ahead and place - 1 == ahead else ""
    return f"{task.id} is number {place} in the queue{higher}."


# -- shared ----------------------------------------------------------------------------------------------------


def _needs_queued(task: Task, what: str) -> None:
    if task.state is not TaskState.QUEUED:
        raise Refused(f"{task.id} is {task.state}; only a queued task can be {what}.")
