"""``wait``: answering when tasks have ended."""

from __future__ import annotations

import asyncio

from ant_tui.api.documents import TasksDocument
from ant_tui.api.reading import View, describe
from ant_tui.api.schema import Wait
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
        numbers = [task.number for task in select(scheduler.state, request.tasks)]
    except NotFound as error:
        raise NoSuchTask(f"There is no task '{error.args[0]}'.") from None
    changed = asyncio.Event()
    wanted = frozenset(numbers)

    def hear(publication: Publication) -> None:
        if isinstance(publication, Reset) or (
            isinstance(publication, Recorded)
            and any(getattr(event, "number", None) in wanted for _, event in publication.events)
        ):
            changed.set()

    unsubscribe = scheduler.publisher.subscribe(hear)
    try:
        async with asyncio.timeout(request.timeout):
            while True:
                changed.clear()
                tasks = _known(scheduler, numbers)
                ended = [task for task in tasks if task.state in ENDED]
                if len(ended) == len(tasks) or (request.any and ended):
                    view = View.of(scheduler)
                    return TasksDocument(tuple(describe(view, task) for task in ended))
                await changed.wait()
    except TimeoutError:
        waiting = [task.id for task in _known(scheduler, numbers) if task.state not in ENDED]
        raise TimedOut(f"After {request.timeout:g} s not over yet: {', '.join(waiting[:5])}.") from None
    finally:
        unsubscribe()


def _known(scheduler: Scheduler, numbers: list[int]) -> list[Task]:
    found: list[Task] = []
    for number in numbers:
        task = scheduler.state.tasks.get(number)
        if task is None:
            raise NoSuchTask(f"Task {number} was forgotten while it was waited for.")
        found.append(task)
    return found
