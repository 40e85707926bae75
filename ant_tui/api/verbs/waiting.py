"""``wait``: answering when tasks have ended."""

from __future__ import annotations

import asyncio

from ant_tui.api.documents import TasksDocument
from ant_tui.api.reading import View, described
from ant_tui.api.schema import Wait
from ant_tui.core.events import TaskEnded, TaskForgotten
from ant_tui.core.selection import NotFound, select
from ant_tui.core.task import ENDED, Task
from ant_tui.errors import NoSuchTask, TimedOut, UsageError
from ant_tui.scheduler.publisher import Publication, Recorded, Reset
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["wait"]


async def wait(scheduler: Scheduler, request: Wait) -> TasksDocument:
    """Answer when the tasks have ended, or with ``any`` one of them.

    Raises:
        NoSuchTask: a name means none, or a task was forgotten while it was waited for.
        TimedOut: the time ran out.
    """
    if not request.tasks:
        raise UsageError("No task was named to wait for.")
    try:
        tasks = select(scheduler.state, request.tasks)
    except NotFound as error:
        raise NoSuchTask(f"There is no task '{error.args[0]}'.") from None
    numbers = [task.number for task in tasks]
    waiting = {task.number for task in tasks if task.state not in ENDED}
    over = asyncio.Event()

    def look() -> None:
        if not waiting or (request.any and len(waiting) < len(tasks)):
            over.set()

    def hear(publication: Publication) -> None:
        if isinstance(publication, Reset):
            known = scheduler.state.tasks
            waiting.difference_update([n for n in waiting if n not in known or known[n].state in ENDED])
        elif isinstance(publication, Recorded):
            for _, event in publication.events:
                if isinstance(event, TaskEnded | TaskForgotten):
                    waiting.discard(event.number)
        look()

    unsubscribe = scheduler.publisher.subscribe(hear)
    try:
        look()
        async with asyncio.timeout(request.timeout):
            await over.wait()
    except TimeoutError:
        names = [task.id for task in tasks if task.number in waiting]
        raise TimedOut(f"After {request.timeout:g} s not over yet: {', '.join(names[:5])}.") from None
    finally:
        unsubscribe()
    view = View.of(scheduler)
    ended = [number for number in numbers if number not in waiting]
    return TasksDocument(described(view, _known(scheduler, ended)))


def _known(scheduler: Scheduler, numbers: list[int]) -> list[Task]:
    found: list[Task] = []
    for number in numbers:
        task = scheduler.state.tasks.get(number)
        if task is None:
            raise NoSuchTask(f"Task {number} was forgotten while it was waited for.")
        found.append(task)
    return found
