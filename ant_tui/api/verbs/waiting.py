"""``wait``: answering when tasks have ended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from ant_tui.api.documents import TasksDocument
from ant_tui.api.reading import View, described
from ant_tui.api.schema import Wait
from ant_tui.core.events import TaskEnded, TaskForgotten
from ant_tui.core.selection import NotFound, select
from ant_tui.core.task import ENDED, Task, TaskState
from ant_tui.errors import NoSuchTask, Refused, TimedOut, UsageError
from ant_tui.scheduler.publisher import Publication, Recorded, Reset
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["wait"]

_ENDS = (TaskEnded, TaskForgotten)


async def wait(scheduler: Scheduler, request: Wait) -> TasksDocument:
    """Answer when the tasks have ended, or with ``any`` one of them, and that is on disk and was told to everybody.

    Raises:
        Refused: what is waited for cannot come: an earlier session left a task that somebody has to decide about.
        JournalUnavailable: what had ended could not be recorded, so that it did not end.
        NoSuchTask: a name means none, or a task was forgotten in the moment of its end.
        TimedOut: the time ran out.
    """
    if not request.tasks:
        raise UsageError("No task was named to wait for.")
    try:
        tasks = select(scheduler.state, request.tasks)
    except NotFound as error:
        raise NoSuchTask(f"There is no task '{error.args[0]}'.") from None
    _check_can_end(tasks, any_one=request.any)
    numbers = [task.number for task in tasks]
    waiting = {task.number for task in tasks if task.state not in ENDED}
    last = {task.number: task for task in tasks}
    """Each task as it was seen last: one that ended may be forgotten before all have."""
    over = asyncio.Event()

    def is_over() -> bool:
        return not waiting or (request.any and len(waiting) < len(tasks))

    def hear(publication: Publication) -> None:
        now = scheduler.state.tasks
        if isinstance(publication, Reset):
            over_now = [number for number in waiting if number not in now or now[number].state in ENDED]
        elif isinstance(publication, Recorded):
            ends = [event for _, event in publication.events if isinstance(event, _ENDS)]
            over_now = [event.number for event in ends if event.number in waiting]
        else:
            return
        waiting.difference_update(over_now)
        last.update((number, now[number]) for number in over_now if number in now)
        if is_over():
            over.set()

    unsubscribe = scheduler.publisher.subscribe(hear)
    try:
        async with asyncio.timeout(request.timeout):
            if is_over():
                await scheduler.recorder.settled()
            else:
                await over.wait()
    except TimeoutError:
        if is_over():  # only not on disk yet, and whoever asked has no time for that
            return _ended(scheduler, numbers, waiting, last)
        names = [task.id for task in tasks if task.number in waiting]
        raise TimedOut(f"After {request.timeout:g} s not over yet: {', '.join(names[:5])}.") from None
    finally:
        unsubscribe()
    return _ended(scheduler, numbers, waiting, last)


def _check_can_end(tasks: Sequence[Task], *, any_one: bool) -> None:
    """Refuse to wait for ever: what an earlier session left does not end before somebody restores it."""
    aside = [f"{task.id} ({task.number})" for task in tasks if task.state is TaskState.RECOVERABLE]
    if not aside or (any_one and len(aside) < len(tasks)):
        return
    names = ", ".join(aside[:5]) + (f" and {len(aside) - 5} more" if len(aside) > 5 else "")
    one = len(aside) == 1
    raise Refused(
        f"{names} {'was' if one else 'were'} left by an earlier session and will not end before somebody decides what "
        f"becomes of {'it' if one else 'them'}: ant-tui recover"
    )


def _ended(scheduler: Scheduler, numbers: list[int], waiting: set[int], last: Mapping[int, Task]) -> TasksDocument:
    known = scheduler.state.tasks
    tasks = [known.get(number, last[number]) for number in numbers if number not in waiting]
    for task in tasks:
        if task.state not in ENDED:
            raise NoSuchTask(f"Task {task.number} was forgotten while it was waited for.")
    return TasksDocument(described(View.of(scheduler), tasks))
