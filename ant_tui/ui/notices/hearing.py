"""From what a scheduler publishes to notices: ends of tasks, GPUs that come and go, the scheduler's own trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ant_tui.client.interface import Client
from ant_tui.core import events as ev
from ant_tui.core.resources import Gpu
from ant_tui.core.task import Task, TaskState
from ant_tui.notify.notice import summary
from ant_tui.scheduler.publisher import Observed, Publication, Recorded, Reset
from ant_tui.ui.notices.notice import Notice
from ant_tui.ui.task_cells import outcome
from ant_tui.ui.task_name import name_of

__all__ = ["Hearing"]

_NAME = 24
"""Characters of a command in a notice: how the task ended stands behind it, and has to be seen at 80 columns."""

_FAILURES = frozenset({TaskState.FAILED, TaskState.TIMEOUT, TaskState.OUT_OF_MEMORY, TaskState.LOST})
_STYLES = {TaskState.COMPLETED: "good", TaskState.CANCELLED: "quiet"}


class Hearing:
    """Remembers how things were, so that it can say what has changed."""

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        """Begin with how things are; nothing of that is news.

        Args:
            client: whose publications will be heard.
            clock: epoch seconds.
        """
        self._client = client
        self._clock = clock
        self._trouble = client.trouble
        self._gpus = {gpu.uuid: gpu for gpu in client.state.cluster.managed}
        self._last_end = max((task.ended_at or 0.0 for task in self._ended()), default=0.0)

    def _ended(self) -> Iterator[Task]:
        """The ended tasks, the newest first."""
        state = self._client.state
        return (state.tasks[number] for number in reversed(state.ended))

    def past(self, most: int) -> list[Notice]:
        """What happened before anybody listened, oldest first: the last ends of tasks."""
        found = [_ended(task, loud=False) for task, _ in zip(self._ended(), range(most), strict=False)]
        found.reverse()
        return found

    def hear(self, publication: Publication) -> list[tuple[Notice, Task | None]]:
        """Say what is new, each with the task that has ended if it is about one."""
        news: list[tuple[Notice, Task | None]] = []
        if isinstance(publication, Recorded):
            for _, event in publication.events:
                news += self._happened(event)
        elif isinstance(publication, Observed):
            news += [(notice, None) for notice in self._observed()]
        elif isinstance(publication, Reset):
            news += self._missed()
            news += [(notice, None) for notice in self._observed()]
        if self._client.trouble != self._trouble:
            news.append((self._changed_trouble(), None))
        return news

    def _happened(self, event: ev.RecordedEvent) -> Iterator[tuple[Notice, Task | None]]:
        if isinstance(event, ev.TaskEnded):
            task = self._client.state.tasks.get(event.number)
            if task is not None and task.ended_at is not None:
                self._last_end = max(self._last_end, task.ended_at)
                yield _ended(task, loud=task.state in _FAILURES), task
        elif isinstance(event, ev.QueuePaused):
            yield Notice(event.at, "The queue was paused: nothing starts.", "warn"), None
        elif isinstance(event, ev.QueueUnpaused):
            yield Notice(event.at, "The queue goes on.", "good"), None

    def _missed(self) -> Iterator[tuple[Notice, Task | None]]:
        """Ends that nobody told of, because the connection was gone in the meantime."""
        missed: list[Task] = []
        for task in self._ended():
            if (task.ended_at or 0.0) <= self._last_end:
                break
            missed.append(task)
        for task in reversed(missed):
            self._last_end = max(self._last_end, task.ended_at or 0.0)
            yield _ended(task, loud=task.state in _FAILURES), task

    def _observed(self) -> Iterator[Notice]:
        now = self._clock()
        before, self._gpus = self._gpus, {gpu.uuid: gpu for gpu in self._client.state.cluster.managed}
        for uuid, gpu in self._gpus.items():
            if uuid in before:
                yield from _gpu_changed(before[uuid], gpu, now)
        for uuid, gpu in before.items():
            if uuid not in self._gpus and not gpu.lost:
                yield Notice(now, f"GPU {gpu.index} is not there any more.", "bad", loud=True)

    def _changed_trouble(self) -> Notice:
        self._trouble = trouble = self._client.trouble
        if not trouble:
            return Notice(self._clock(), "The scheduler works again.", "good")
        return Notice(self._clock(), f"{trouble[0].upper()}{trouble[1:].rstrip('.')}.", "bad", loud=True)


def _ended(task: Task, *, loud: bool) -> Notice:
    style = "bad" if task.state in _FAILURES else _STYLES.get(task.state, "")
    return Notice(
        task.ended_at or 0.0, summary(name_of(task, _NAME), task.state.value, outcome(task)), style, task.number, loud
    )


def _gpu_changed(before: Gpu, now: Gpu, at: float) -> Iterator[Notice]:
    name = f"GPU {now.index}"
    if now.lost and not before.lost:
        yield Notice(at, f"{name} is lost: {now.lost}", "bad", loud=True)
    elif before.lost and not now.lost:
        yield Notice(at, f"{name} answers again.", "good")
    if now.external is not None and before.external is None:
        user = now.external.user or "somebody else"
        yield Notice(at, f"{name} is used by {user}: {now.external.command}".rstrip(": "), "warn")
    elif before.external is not None and now.external is None:
        yield Notice(at, f"{name} is not used by others any more.", "quiet")
