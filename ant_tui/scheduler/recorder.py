"""The one way in which events happen: into the state, onto the disk, then out to everybody who listens.

An event is applied at once, so that the next decision knows of it, and written in one group with everything else that
happened in the same turn of the loop; who needs it durable awaits the future that ``record`` gave. If the disk refuses,
the state goes back to what is on disk, exactly as a restart would: what was *requested* in the meantime is refused with
the reason, and *facts* (a process started, a command ended) are kept, applied again, and written when there is room.
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
from ant_tui.errors import DataDirectoryError, JournalUnavailable
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

    def append(self, events: Sequence[RecordedEvent], meanwhile: Callable[[], None] | None = None) -> int:
        """Take events for writing, and call ``meanwhile`` while that is done; returns the last sequence number."""

    def wants_snapshot(self) -> bool:
        """Whether enough was written since the last snapshot."""

    def snapshot(self, image: StateImage) -> object:
        """Write a snapshot in the background."""

    def recover(self) -> bool:
        """Try to write again after a failure."""

    def reload(self) -> State:
        """The state as it is on disk."""


class _Group(Struct):
    """Events of one turn, written together, and who waits for them.

    Each caller waits on a future of its own: one that is cancelled must not take the others along.
    """

    events: list[RecordedEvent] = []
    facts: list[bool] = []
    waiters: list[asyncio.Future[None]] = []
    meanwhile: Callable[[], None] | None = None
    then: Callable[[bool], None] | None = None
    asked: bool = False
    last_seq: int = 0

    def succeed(self) -> None:
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)

    def refuse(self, sentence: str) -> None:
        if self.then is not None:
            self.then(False)
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_exception(JournalUnavailable(sentence))
                waiter.exception()  # so that one nobody waited for is not reported as forgotten

    def only_facts(self) -> list[RecordedEvent]:
        return [event for event, fact in zip(self.events, self.facts, strict=True) if fact]


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
        """Facts that are not on disk and not on their way there, in order; the state knows them."""
        self._stale = False
        """Whether the state knows of requests that were refused afterwards."""
        self._woken = False
        self._closed = False

    @property
    def applied_seq(self) -> int:
        """Sequence number of the last event that the state knows, also where it is not written yet."""
        waiting = len(self._group.events) if self._group else 0
        return waiting + (self._journal.seq if self._journal is not None else 0)

    def attach(self, journal: JournalLike) -> None:
        """Name the journal; to be done before the first turn ends."""
        self._journal = journal

    def record(self, *events: RecordedEvent) -> asyncio.Future[None]:
        """Let happen what was asked for.

        Args:
            events: applied now, in this order; they must fit the state.

        Returns:
            Done when they are durable; raises JournalUnavailable when they did not happen. The caller's own.

        Raises:
            JournalUnavailable: nothing can be recorded now; nothing happened.
            WrongTransition: the first event that does not fit; those before it happened.
        """
        if self.trouble:
            raise JournalUnavailable(self.trouble)
        self.wake()  # before anything can go wrong: those before the first that does not fit are written
        return self._wait_for(self._take(events, fact=False))

    def note(self, *events: RecordedEvent) -> None:
        """Take note of facts: what has already happened in the world, and cannot be refused.

        Args:
            events: applied now, in this order; they must fit the state. ``settled`` tells when they are durable.

        Raises:
            WrongTransition: the first event that does not fit; those before it happened.
        """
        self.wake()
        self._take(events, fact=True)

    def _take(self, events: Sequence[RecordedEvent], *, fact: bool) -> _Group:
        group = self._group
        if group is None:
            group = self._group = _Group()
        for event in events:
            self.state.apply(event)
            group.events.append(event)
            group.facts.append(fact)
        return group

    def decide(
        self, events: Sequence[RecordedEvent], meanwhile: Callable[[], None], then: Callable[[bool], None]
    ) -> None:
        """Let the decisions of a turn happen; only from ``before_write``, and once.

        Args:
            events: applied now, in this order; they must fit the state.
            meanwhile: called, at most once, while they are being written.
            then: told, as soon as that is known, whether they are durable; only the answers to requests that were
                recorded in the same turn go out first. It must not raise. What it records belongs to the next turn.
        """
        asked = self._group is not None and not all(self._group.facts)
        group = self._take(events, fact=False)
        group.meanwhile, group.then, group.asked = meanwhile, then, asked

    def settled(self) -> asyncio.Future[None]:
        """Done when everything that the state knows now is durable; raises JournalUnavailable when it will not be."""
        if self._group is not None or self._written:
            return self._wait_for(self._group or self._written[-1])
        future: asyncio.Future[None] = self._loop.create_future()
        future.set_result(None)
        return future

    def _wait_for(self, group: _Group) -> asyncio.Future[None]:
        future: asyncio.Future[None] = self._loop.create_future()
        group.waiters.append(future)
        return future

    def wake(self) -> None:
        """See to it that a turn ends soon: decisions are taken and what was recorded is written."""
        if not self._woken:
            self._woken = True
            self._loop.call_soon(self._end_turn)

    def close(self) -> None:
        """Record nothing more; the journal is about to be closed."""
        self._closed = True
        self.trouble = self.trouble or "nothing can be recorded any more: the scheduler is ending"

    def _end_turn(self) -> None:
        try:
            self._before_write()
        except Exception:
            log.exception("A decision failed; what was recorded is written all the same")
        self._woken = False  # not before: what was recorded just now is part of this turn
        group, self._group = self._group, None
        if group is None:
            return
        if self.trouble:
            self._kept.extend(group.events)  # only facts are taken in trouble; they are applied already
            group.succeed()
            return
        self._write(group)

    def _write(self, group: _Group) -> None:
        journal = self._journal
        assert journal is not None
        try:
            self._append(journal, group)
        except JournalUnavailable as error:
            self._fall_back(error.sentence, group)
        except Exception as error:
            log.exception("What cannot be written got past every check; nothing of its group happens: %r", group.events)
            self._fall_back(f"an event could not be written: {error}", group)
        else:
            if self._group is None and journal.wants_snapshot():  # else the state knows more than was written
                journal.snapshot(self.state.image())

    def _append(self, journal: JournalLike, group: _Group) -> None:
        group.last_seq = journal.append(group.events, group.meanwhile)
        self._written.append(group)
        if journal.durable_seq >= group.last_seq:  # a quick disk, which the journal waited for
            self.durable(journal.durable_seq)

    def durable(self, seq: int) -> None:
        """Hear from the journal that everything up to ``seq`` is on disk."""
        while self._written and self._written[0].last_seq <= seq:
            group = self._written.popleft()
            self.published_seq = group.last_seq
            self._publisher.recorded(group.last_seq - len(group.events) + 1, group.events)
            group.succeed()
            if group.then is not None and group.asked:
                self._loop.call_soon(group.then, True)
            elif group.then is not None:
                group.then(True)

    def failed(self, sentence: str) -> None:
        """Hear from the journal that what is not durable was not written."""
        assert self._journal is not None
        if self._journal.failure is not None and (self._written or not self.trouble):
            self._fall_back(sentence)

    # -- trouble -----------------------------------------------------------------------------------------------

    def _fall_back(self, sentence: str, *refused: _Group) -> None:
        """Go back to what is on disk, and keep the facts."""
        journal = self._journal
        assert journal is not None
        log.error("The journal cannot be written: %s", sentence)
        self.durable(journal.durable_seq)
        if not self.trouble and not self._closed:
            self._loop.call_later(_RETRY_S, self._try_again)
        self.trouble = sentence
        lost: list[_Group] = []
        if journal.failure is not None:  # else the journal is well, and what is on its way will arrive
            lost.extend(self._written)
            self._written.clear()
        later = [*refused, *([self._group] if self._group is not None else [])]
        self._group = None
        earlier = [event for group in lost for event in group.only_facts()]
        self._kept = [*earlier, *self._kept, *(event for group in later for event in group.only_facts())]
        for group in (*lost, *later):
            group.refuse(sentence)
        self._stale = True
        self._go_back()
        self._publisher.publish(Reset(sentence))

    def _go_back(self) -> bool:
        """Make the state what is on disk and the facts that are kept; whether that was possible."""
        journal = self._journal
        assert journal is not None
        if self._written:
            return False  # what is on disk will be known when they have arrived
        try:
            state = journal.reload()
        except DataDirectoryError as error:
            log.error("The state on disk cannot be read: %s", error.sentence)
            return False
        kept, self._kept = self._kept, []
        for event in kept:
            try:
                state.apply(event)
            except WrongTransition:
                log.exception("A fact does not fit the state on disk and is dropped: %r", event)
            else:
                self._kept.append(event)
        seen = self.state.cluster
        state.cluster.observe(seen.gpus.values(), seen.absent_reason)
        self.state = state
        self._stale = False
        return True

    def _try_again(self) -> None:
        journal = self._journal
        assert journal is not None
        if self._closed:
            return
        well = journal.failure is None or journal.recover()
        if not well or (self._stale and not self._go_back()):
            self._loop.call_later(_RETRY_S, self._try_again)
            return
        log.warning("The journal can be written again")
        self.trouble = ""
        # Before the facts get their numbers: whoever follows by numbers has to begin anew with them.
        self._publisher.publish(Reset(""))
        try:
            self._write_kept(journal)
        except JournalUnavailable as error:
            self._fall_back(error.sentence)
        self.wake()

    def _write_kept(self, journal: JournalLike) -> None:
        """Write the facts that were kept; one that cannot be written must not keep the others from the disk.

        Raises:
            JournalUnavailable: it is the disk again; what was not taken is still kept.
        """
        together = True
        while self._kept:
            events = self._kept[:] if together else self._kept[:1]
            try:
                self._append(journal, _Group(events=events, facts=[True] * len(events)))
            except JournalUnavailable:
                raise
            except Exception:
                if not together:
                    log.exception("A fact cannot be written and is left out: %r", events)
                    del self._kept[:1]
                together = False
            else:
                del self._kept[: len(events)]
