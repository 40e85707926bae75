"""A few threads in which processes come into being, and how their answers reach the loop.

Beginning a process is waiting, and a thread that waits for ever (for a disk that has stopped answering) is lost. So
there is a crew for the starts that touch nothing but our own files, and another for those that make a file where the
user wants it: the one goes on whatever the other waits for. A thread is a daemon: it keeps neither the loop nor the end
of the program. What a start means is not known here; that is ``starts``.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

from msgspec import Struct

from ant_tui.executors.job_directory import Job
from ant_tui.executors.local import Started

__all__ = ["Crew", "Outcome"]

log = logging.getLogger(__name__)

_THREADS = 4
_UNDER_WAY = 8
"""Starts that the threads are given at once; the others stay where they can still be taken back."""


class Outcome(Struct, frozen=True):
    """What became of a start: a process, or why there is none."""

    number: int
    attempt: int
    result: Started | Exception


class Crew:
    """Threads that begin processes, and the starts that wait for them. Belongs to one loop."""

    def __init__(self, name: str, begin: Callable[[Job], Started], on_answers: Callable[[Crew], None]) -> None:
        """Begin without a thread.

        Args:
            name: what its threads are called.
            begin: begins a process; any exception is an answer.
            on_answers: called in the loop when there is something in ``answers``.
        """
        self._name = name
        self._begin = begin
        self._on_answers = on_answers
        self._loop = asyncio.get_running_loop()
        self.waiting: deque[tuple[int, int]] = deque()
        """Number and attempt of starts that no thread was given yet."""
        self.under_way: set[tuple[int, int]] = set()
        self.answers: deque[Outcome] = deque()
        self._asked: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = 0
        self._told = False
        self._over = False

    @property
    def idle(self) -> bool:
        """Whether no start is waiting or under way."""
        return not self.waiting and not self.under_way

    @property
    def has_room(self) -> bool:
        """Whether the threads can be given another start."""
        return len(self.under_way) < _UNDER_WAY

    def ask(self, job: Job) -> bool:
        """Have a process begun; False when there is no thread to be had, and nothing will come of it."""
        if self._threads < min(_THREADS, len(self.under_way) + 1):
            try:
                Thread(target=self._work, name=f"{self._name} {self._threads + 1}", daemon=True).start()
                self._threads += 1
            except RuntimeError as error:  # the machine has no room for one
                log.warning("Starts have to do with %d threads: %s", self._threads, error)
        if not self._threads:
            return False
        self.under_way.add((job.number, job.attempt))
        self._asked.put(job)
        return True

    def outcome(self, job: Job) -> Outcome:
        """Begin a process in this thread."""
        try:
            return Outcome(job.number, job.attempt, self._begin(job))
        except Exception as error:
            return Outcome(job.number, job.attempt, error)

    def dismiss(self) -> None:
        """Let the threads end, and hear no more answers."""
        self._over = True
        for _ in range(self._threads):
            self._asked.put(None)

    def _work(self) -> None:
        while (job := self._asked.get()) is not None and not self._over:
            self.answers.append(self.outcome(job))
            if not self._told:  # else the loop has been told and has not looked yet; it may be told twice, never not
                self._told = True
                with suppress(RuntimeError):  # the loop is closed: nobody is left who would want to know
                    self._loop.call_soon_threadsafe(self._answered)

    def _answered(self) -> None:
        self._told = False  # before the look: what comes during it is told again
        if not self._over:
            self._on_answers(self)
