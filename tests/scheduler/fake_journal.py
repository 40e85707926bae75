"""A journal whose disk does what a test says: it syncs and fails when told to, and remembers what is on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ant_tui.core.events import RecordedEvent
from ant_tui.core.image import StateImage
from ant_tui.core.state import State
from ant_tui.errors import DataDirectoryError, JournalUnavailable

__all__ = ["FULL", "FakeJournal"]

FULL = "nothing can be recorded: the disk is full"


class FakeJournal:
    """See ``recorder.JournalLike``."""

    def __init__(self) -> None:
        self.disk: list[RecordedEvent] = []
        self.waiting: list[RecordedEvent] = []
        self.failure: object | None = None
        self.room = True
        self.readable = True
        self.quick = False
        """Whether everything is durable before ``append`` returns."""
        self.snapshots: list[StateImage] = []
        self.wants = False
        self.on_durable: Callable[[int], None] = lambda seq: None
        self.on_failure: Callable[[str], None] = lambda sentence: None

    @property
    def seq(self) -> int:
        return len(self.disk) + len(self.waiting)

    @property
    def durable_seq(self) -> int:
        return len(self.disk)

    def append(self, events: Sequence[RecordedEvent], meanwhile: Callable[[], None] | None = None) -> int:
        for event in events:
            msgspec.json.encode(event)
        if self.failure is not None:
            raise JournalUnavailable(FULL)
        self.waiting.extend(events)
        if meanwhile is not None:
            meanwhile()
        if self.quick:
            self._sync()
        return self.seq

    def _sync(self) -> None:
        self.disk.extend(self.waiting)
        self.waiting.clear()

    def sync(self) -> None:
        """The disk has everything now, and says so."""
        self._sync()
        self.on_durable(self.durable_seq)

    def fail(self, *, quietly: bool = False) -> None:
        """The disk is full; ``quietly``: the news of it is still on its way."""
        self.waiting.clear()
        self.failure, self.room = FULL, False
        if not quietly:
            self.on_failure(FULL)

    def wants_snapshot(self) -> bool:
        return self.wants

    def snapshot(self, image: StateImage) -> object:
        self.wants = False
        self.snapshots.append(image)
        return True

    def recover(self) -> bool:
        if self.room:
            self.failure = None
        return self.room

    def reload(self) -> State:
        if not self.readable:
            raise DataDirectoryError("the files cannot be read")
        state = State()
        for event in self.disk:
            state.apply(event)
        return state
