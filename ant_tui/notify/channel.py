"""One way of telling, in a thread of its own, so that nobody waits for it, with an inbox that cannot overflow.

A few tasks that end together are told one by one. When more are waiting than that, all of them are told as one notice
with their count: a thousand tasks that fail at once are neither a thousand processes nor a thousand requests.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable

from ant_tui.notify.notice import EndedTask, Notice

__all__ = ["Channel", "Inbox"]

log = logging.getLogger(__name__)

_ONE_BY_ONE = 8
"""Most tasks that may be waiting for each to be told on its own."""
_NAMED = 20
"""Most tasks that are named in a notice about many."""


class Inbox:
    """Tasks that are to be told of. Not safe for use by several threads at once."""

    def __init__(self) -> None:
        self._tasks: list[EndedTask] = []
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many tasks wait, those included that will not be named."""
        return self._counts.total()

    def add(self, task: EndedTask) -> None:
        """Take a task."""
        self._counts[task.state] += 1
        if len(self._tasks) < _NAMED:
            self._tasks.append(task)

    def take(self) -> Notice | None:
        """The next thing to tell, which leaves the inbox; None when it is empty."""
        if not self._tasks:
            return None
        if len(self) > _ONE_BY_ONE:
            notice = Notice(tuple(self._tasks), dict(self._counts))
            self._tasks.clear()
            self._counts.clear()
            return notice
        task = self._tasks.pop(0)
        self._counts[task.state] -= 1
        return Notice((task,), {task.state: 1})


class Channel:
    """A thread that delivers what comes in, one after the other."""

    def __init__(self, name: str, deliver: Callable[[Notice], None]) -> None:
        """Prepare; the thread begins with the first task.

        Args:
            name: the setting that asks for it, for the log.
            deliver: tells; may take its time. What it raises is logged.
        """
        self._name = name
        self._deliver = deliver
        self._changed = threading.Condition()
        self._inbox = Inbox()
        self._thread: threading.Thread | None = None
        self._closing = False

    def put(self, task: EndedTask) -> None:
        """Have a task told of; returns at once."""
        with self._changed:
            self._inbox.add(task)
            if self._thread is None:
                # A daemon: a program that ends does not wait for a web server.
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self, patience_s: float) -> None:
        """Tell what is waiting, if that is possible in time, and nothing more.

        Args:
            patience_s: seconds, >= 0.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
            thread = self._thread
        if thread is None:
            return
        until = time.monotonic() + patience_s
        thread.join(max(until - time.monotonic(), 0.0))
        with self._changed:
            untold = len(self._inbox)
        if untold:
            log.warning("%s: nobody was told of %d ended tasks; the scheduler has ended first", self._name, untold)

    def _run(self) -> None:
        while (notice := self._next()) is not None:
            try:
                self._deliver(notice)
            except Exception:
                log.exception("%s failed to tell: %s", self._name, notice.text)

    def _next(self) -> Notice | None:
        with self._changed:
            while (notice := self._inbox.take()) is None and not self._closing:
                self._changed.wait()
            return notice
