"""From ends of tasks to those who want to be told of them: every end once, however it came about."""

from __future__ import annotations

from collections.abc import Callable

from ant_tui.core import events as ev
from ant_tui.core.state import State
from ant_tui.core.task import Task
from ant_tui.executors.local import LocalExecutor
from ant_tui.notify.notice import Sender
from ant_tui.notify.notifier import Notifier, NotifyOptions
from ant_tui.scheduler.publisher import Publication, Publisher, Recorded

__all__ = ["EndNotices"]

_PATIENCE_S = 2.0
"""Seconds that the scheduler's own end waits for what is still to be told."""


class EndNotices:
    """Tells of ends by the settings.

    The end of a task that ran is told at once (``ended``), also while nothing can be recorded. Other ends, as the
    cancelling of a task that waited, are heard of when they are on disk.
    """

    def __init__(
        self,
        options: NotifyOptions,
        sender: Sender,
        executor: LocalExecutor,
        publisher: Publisher,
        state: Callable[[], State],
    ) -> None:
        """Begin to listen, if anybody is to be told.

        Args:
            options: whom to tell of what.
            sender: who tells.
            executor: knows where logs are.
            publisher: tells of events.
            state: the state as it is now.
        """
        self._notifier = Notifier(options, sender) if options.wanted else None
        self._executor = executor
        self._state = state
        self._told: dict[int, int] = {}
        """The attempts, by task, whose end was told and is not yet on disk."""
        if self._notifier is not None:
            publisher.subscribe(self._hear)

    def ended(self, task: Task) -> None:
        """Tell of a task's end now."""
        if self._notifier is not None and self._told.get(task.number) != task.starts:
            self._told[task.number] = task.starts
            self._tell(task)

    def close(self) -> None:
        """Wait a little for what is still to be told; not to be called on the event loop."""
        if self._notifier is not None:
            self._notifier.close(_PATIENCE_S)

    def _hear(self, publication: Publication) -> None:
        if not isinstance(publication, Recorded):
            return
        for _, event in publication.events:
            if type(event) is not ev.TaskEnded:
                continue
            told = self._told.pop(event.number, None) is not None
            task = self._state().tasks.get(event.number)
            if not told and task is not None:
                self._tell(task)

    def _tell(self, task: Task) -> None:
        assert self._notifier is not None
        attempt = task.attempt
        log = self._executor.directory(task.number, attempt.number).output if attempt is not None else ""
        self._notifier.ended(task, log)
