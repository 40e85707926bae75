"""Doing one thing to each of several tasks: decide for all, record in one group, report on every one."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable

from ant_tui.api.documents import OutcomeDocument, OutcomesDocument
from ant_tui.api.verbs.choosing import Chooser, choose, failed, outcomes, worked
from ant_tui.core.events import RecordedEvent
from ant_tui.core.task import Task
from ant_tui.errors import AntError
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["Act", "each"]

Act = Callable[[Task], tuple[RecordedEvent | None, str]]
"""What to record for a task (None: nothing) and what to say; raises AntError where it cannot be done."""


async def each(
    scheduler: Scheduler, request: Chooser, act: Act, after: Callable[[Task], None] | None = None
) -> OutcomesDocument:
    """Do something to every task that a request means.

    Args:
        scheduler: whose tasks.
        request: which tasks.
        act: decides for one task; must change nothing itself.
        after: called for each task that it worked with, once everything is durable.

    Raises:
        JournalUnavailable: nothing can be recorded; nothing happened.
    """
    tasks, missing = choose(scheduler.state, request, lambda task: _applies(act, task))
    results: list[OutcomeDocument] = []
    done: list[Task] = []
    recorded: Future[None] | None = None
    for task in tasks:
        try:
            event, message = act(task)
        except AntError as error:
            results.append(failed(task, error))
            continue
        if event is not None:
            recorded = scheduler.recorder.record(event)
        results.append(worked(task, message))
        done.append(task)
    if recorded is not None:
        await recorded
    if after is not None:
        for task in done:
            after(task)
    return outcomes(results, missing)


def _applies(act: Act, task: Task) -> bool:
    try:
        act(task)
    except AntError:
        return False
    return True
