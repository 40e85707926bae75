"""The one way in which events happen: into the state, onto the disk, then out to everybody who listens.

An event is applied at once, so that the next decision knows of it, and written in one group with everything else that
happened in the same turn of the loop; who needs it durable awaits the group's future. If the disk refuses, the state
goes back to what is on disk, exactly as a restart would: what was *requested* in the meantime is refused with the
reason, and *facts* (a process started, a command ended) are kept, applied again, and written when there is room.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from ant_tui.core.events import RecordedEvent
from ant_tui.core.image import StateImage
from ant_tui.core.state import State, WrongTransition
from ant_tui.errors import JournalUnavailable
from ant_tui.scheduler.publisher import Publisher, Reset

__all__ = ["JournalLike", "Recorder"]

log = logging.getLogger(__name__)

_RETRY_S = 1.0
"""Seconds between looks whether the disk takes records again."""


class JournalLike(Protocol):
    """What the recorder needs of a journal."""

    @property
    def seq(self) -> int:
        """Sequence number of the last event that was taken."""

    @property
    def failure(self) -> object | None:
        """What went wrong with writing; None while all is well."""

    @property
    def durable_seq(self) -> int:
        """Sequence number of the last event that is on disk."""

    def append(self, events: Sequence[RecordedEvent]) -> int:
        """Take events for writing; returns the last one's sequence number."""

    def wants_snapshot(self) -> bool:
        """Whether enough was written since the last snapshot."""

    def snapshot(self, image: StateImage) -> object:
        """Write a snapshot in the background."""

    def recover(self) -> bool:
        """Try to write again after a failure."""

    def reload(self) -> State:
        """The state as it is on disk."""


class _Group(Struct):
    """Events of one turn, written together."""

    events: list[RecordedEvent]
    facts: list[bool]
    future: asyncio.Future[None]
    last_seq: int = 0


class Recorder:
    """Holds the state and lets events happen to it."""

    def __init__(self, state: State, publisher: Publisher, before_write: Callable[[], None]) -> None:
        """Take over a state.

        Args:
            state: as it is on disk.
            publisher: hears of every durable event.
            before_write: called once a turn before the group is written; what it records joins the group.
        """
        self.state = state
        self.trouble = ""
        """Why nothing can be recorded, as a sentence; empty while all is well."""
        self.published_seq = 0
        """Sequence number of the last event that was published."""
        self._publisher = publisher
        self._before_write = before_write
        self._loop = asyncio.get_running_loop()
        self._journal: JournalLike | None = None
        self._group: _Group | None = None
        self._written: deque[_Group] = deque()
        self._kept: list[RecordedEvent] = []
        self._woken = False

    @property
    def applied_seq(self) -> int:
        """Sequence number of the last event that the state knows, also where it is not written yet."""
        waiting = len(self._group.events) if self._group else 0
        return waiting + (self._journal.seq if self._journal is not None else 0)

    def attach(self, journal: JournalLike) -> None:
        """Name the journal; to be done before the first turn ends."""
        self._journal = journal

    def record(self, *events: RecordedEvent, fact: bool = False) -> asyncio.Future[None]:
        """Let events happen.

        Args:
            events: applied now, in this order; they must fit the state.
            fact: True for what has already happened in the world and cannot be refused.

        Returns:
            Done when they are durable; raises JournalUnavailable when they did not happen.

        Raises:
            JournalUnavailable: nothing can be recorded now; nothing happened. Never for facts.
            WrongTransition: the first event that does not fit; those before it happened.
        """
        if self.trouble and not fact:
            raise JournalUnavailable(self.trouble)
        group = self._group
        if group is None:
            group = self._group = _Group([], [], self._loop.create_future())
            group.future.add_done_callback(_look_at)
        for event in events:
            self.state.apply(event)
            group.events.append(event)
            group.facts.append(fact)
        self.wake()
        return group.future

    def wake(self) -> None:
        """See to it that a turn ends soon: decisions are taken and what was recorded is written."""
        if not self._woken:
            self._woken = True
            self._loop.call_soon(self._end_turn)

    def _end_turn(self) -> None:
        self._woken = False
        try:
            self._before_write()
        except Exception:
            log.exception("A decision failed; what was recorded is written all the same")
        group, self._group = self._group, None
        if group is None:
            return
        if self.trouble:
            self._kept.extend(group.events)  # only facts are taken in trouble; they are applied already
            group.future.set_result(None)
            return
        journal = self._journal
        assert journal is not None
        try:
            group.last_seq = journal.append(group.events)
        except JournalUnavailable as error:
            self._written.append(group)
            self._fall_back(error.sentence)
            return
        except Exception as error:
            # A value that cannot be written as text got past every check: nothing of this group happened.
            log.exception("A group of events could not be written")
            self._written.append(group)
            self._fall_back(f"an event could not be written: {error}")
            return
        self._written.append(group)
        if journal.wants_snapshot():
            journal.snapshot(self.state.image())

    def durable(self, seq: int) -> None:
        """Hear from the journal that everything up to ``seq`` is on disk."""
        while self._written and self._written[0].last_seq <= seq:
            group = self._written.popleft()
            self.published_seq = group.last_seq
            self._publisher.recorded(group.last_seq - len(group.events) + 1, group.events)
            if not group.future.done():
                group.future.set_result(None)

    def failed(self, sentence: str) -> None:
        """Hear from the journal that what is not durable was not written."""
        if not self.trouble:
            self._fall_back(sentence)

    def _fall_back(self, sentence: str) -> None:
        """Go back to what is on disk, and keep the facts."""
        assert self._journal is not None
        log.error("The journal cannot be written: %s", sentence)
        self.durable(self._journal.durable_seq)
        self.trouble = sentence
        lost = [*self._written, *([self._group] if self._group else [])]
        self._written.clear()
        self._group = None
        cluster = self.state.cluster
        self.state = self._journal.reload()
        self.state.cluster.observe(cluster.gpus.values(), cluster.absent_reason)
        for group in lost:
            self._salvage(group)
        self._publisher.publish(Reset(sentence))
        self._loop.call_later(_RETRY_S, self._try_again)

    def _salvage(self, group: _Group) -> None:
        """Let a lost group's facts happen again, and refuse the rest."""
        for event, fact in zip(group.events, group.facts, strict=True):
            if not fact:
                continue
            try:
                self.state.apply(event)
            except WrongTransition:
                log.exception("A fact does not fit the state on disk and is dropped: %r", event)
            else:
                self._kept.append(event)
        if not group.future.done():
            group.future.set_exception(JournalUnavailable(self.trouble))

    def _try_again(self) -> None:
        assert self._journal is not None
        if self._journal.failure is not None and not self._journal.recover():
            self._loop.call_later(_RETRY_S, self._try_again)
            return
        log.warning("The journal can be written again")
        self.trouble = ""
        kept, self._kept = self._kept, []
        if kept:
            self._journal.append(kept)
        self._publisher.publish(Reset(""))
        self.wake()


def _look_at(future: asyncio.Future[None]) -> None:
    """Look at a group's failure, so that one nobody waited for is not reported as forgotten."""
    if not future.cancelled():
        future.exception()
