"""Telling others what happened: everybody who subscribed hears of every durable event, in order.

A subscriber is a plain function called on the event loop; it must not block and must not raise. One that does raise is
dropped with a log entry, so that no reader can stop the scheduler.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from msgspec import Struct

from ant_tui.core.events import GpusObserved, RecordedEvent
from ant_tui.monitor.samples import MonitorSample

__all__ = ["Observed", "Publication", "Publisher", "Recorded", "Reset", "Sampled", "TroubleChanged"]

log = logging.getLogger(__name__)


class Recorded(Struct, frozen=True):
    """Events that are on disk, each with its sequence number."""

    events: tuple[tuple[int, RecordedEvent], ...]


class Observed(Struct, frozen=True):
    """The GPUs look different now."""

    event: GpusObserved


class Sampled(Struct, frozen=True):
    """A sample of the monitor."""

    sample: MonitorSample


class Reset(Struct, frozen=True):
    """The state went back to what is on disk, or the journal's trouble came or went: look at everything anew."""

    reason: str


class TroubleChanged(Struct, frozen=True):
    """What keeps the scheduler from its work is another thing now, or over: its ``trouble`` says what."""


Publication = Recorded | Observed | Sampled | Reset | TroubleChanged


class Publisher:
    """The list of who listens."""

    def __init__(self) -> None:
        self._subscribers: dict[int, Callable[[Publication], None]] = {}
        self._next = 0

    def subscribe(self, listener: Callable[[Publication], None]) -> Callable[[], None]:
        """Add a listener.

        Returns:
            A function that removes it again; calling it twice does no harm.
        """
        token = self._next
        self._next += 1
        self._subscribers[token] = listener
        return lambda: self._remove(token)

    def publish(self, publication: Publication) -> None:
        """Tell everybody."""
        for token, listener in tuple(self._subscribers.items()):
            try:
                listener(publication)
            except Exception:
                log.exception("A subscriber failed and was dropped")
                self._remove(token)

    def recorded(self, first_seq: int, events: Sequence[RecordedEvent]) -> None:
        """Tell everybody of durable events with consecutive sequence numbers from ``first_seq``."""
        if self._subscribers:
            self.publish(Recorded(tuple(enumerate(events, first_seq))))

    def _remove(self, token: int) -> None:
        self._subscribers.pop(token, None)
