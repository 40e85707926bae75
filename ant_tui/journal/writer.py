"""The thread that brings records to the disk: everything that waits, in one write and one sync.

Theory of operation. The event loop puts *batches* into a queue and goes on. The thread takes all that is there, writes
it, syncs once, and tells up to where everything is durable; while it syncs, the next group gathers. So one record costs
one sync when little happens, and ten thousand records cost one sync when much does. With nothing to do the thread
sleeps in the queue and costs nothing.

Records are written over blanks that were laid behind the last one before (``files.reserve``), because a sync that
need not make the file longer takes a fraction of the time. What is left of the blanks goes when a segment is left.

When a write fails, the segment is cut back to its last durable byte, and everything that waits is handed back. The
writer then refuses work until ``recover`` succeeds. It never goes on in a segment in which a write failed, but begins a
new one, and not before the old one has been cut.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue

from msgspec import Struct

from ant_tui.core.events import RecordedEvent
from ant_tui.journal import files
from ant_tui.journal.format import encode_header, encode_records, without_reserve

__all__ = ["JournalFailure", "Numbered", "Writer"]

Numbered = tuple[int, RecordedEvent]

_log = logging.getLogger(__name__)

_QUICK_S = 0.001
"""A disk that syncs in less than this is waited for; a slower one is the thread's, so that nothing else waits."""
_NOT_KNOWN = 1.0
_MEMORY = 8
"""Over how many writes the mean of their duration runs."""


class JournalFailure(Struct, frozen=True):
    """Records could not be written; they are not, and will not be, on disk.

    Attributes:
        first_seq: the sequence number of the first lost record; it will be given again.
        events: the lost events with the sequence numbers that they had.
        sentence: what failed, where, and what to do.
    """

    first_seq: int
    events: tuple[Numbered, ...]
    sentence: str


class _Batch(Struct, frozen=True):
    first: int
    events: Sequence[RecordedEvent]
    data: bytes

    def numbered(self) -> list[Numbered]:
        return list(enumerate(self.events, self.first))


class _Rotation(Struct, frozen=True):
    """Begin a new segment once all that came before is durable; then say so, or say that it will not happen."""

    done: Callable[[bool], None]


class _Close(Struct, frozen=True):
    """End the thread once all that came before is durable."""


_Item = _Batch | _Rotation | _Close


class Writer:
    """Owns the segment that is being written. ``put`` belongs to one thread; callbacks come from the writer's own."""

    def __init__(
        self,
        directory: Path,
        seq: int,
        segment: Path | None,
        size: int,
        *,
        on_durable: Callable[[int, Sequence[Numbered]], None],
        on_failure: Callable[[JournalFailure], None],
    ) -> None:
        """Prepare; ``start`` begins.

        Args:
            directory: the journal's directory.
            seq: sequence number of the last record on disk.
            segment: the segment that holds it, if one can be continued.
            size: the offset in it behind that record.
            on_durable: told the last durable sequence number, and the events that have just become durable.
            on_failure: told what was lost.
        """
        self._directory = directory
        self._on_durable = on_durable
        self._on_failure = on_failure
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._lock = threading.Lock()
        """Held to put something into the queue and to empty it after a failure, so that neither misses the other."""
        self._next_seq = seq + 1
        self._durable_seq = seq
        self._failure: JournalFailure | None = None
        self._descriptor: int | None = None
        self._size = size
        """Offset behind the last durable record of the segment."""
        self._reserved = 0
        """Offset behind the blanks that follow it."""
        self._to_cut: tuple[Path, int] | None = None
        self._idle = False
        """Whether the thread waits for something to write. Set by it, taken back by whoever gives it something."""
        self._sync_s = _NOT_KNOWN
        """How long a write and its sync take, a running mean in seconds."""
        self._path = segment or directory
        if segment is not None:
            self._descriptor, self._reserved = files.segment_descriptor(segment)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    @property
    def seq(self) -> int:
        """The last sequence number that was given."""
        return self._next_seq - 1

    @property
    def durable_seq(self) -> int:
        """The last sequence number whose record is on disk."""
        return self._durable_seq

    @property
    def failure(self) -> JournalFailure | None:
        """Why nothing is written now; None when all is well."""
        return self._failure

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def put(
        self, events: Sequence[RecordedEvent], encoded: Sequence[bytes], meanwhile: Callable[[], None] | None = None
    ) -> int:
        """Hand over events.

        Args:
            events: what happened.
            encoded: the same as bytes.
            meanwhile: called, in this thread, while the disk works.

        Returns:
            How many bytes they take; -1 when nothing is written now, and ``meanwhile`` was not called.
        """
        with self._lock:
            if self._failure is not None:
                return -1
            first = self._next_seq
            data = encode_records(first, encoded)
            self._next_seq = first + len(encoded)
            batch = _Batch(first, events, data)
            at_once = self._idle and self._descriptor is not None and self._sync_s < _QUICK_S
            if not at_once:
                self._hand_over(batch)
        if at_once:
            # The thread sleeps and a sync takes less than waking it would: nobody else touches the file meanwhile.
            self._commit([batch], deque(), meanwhile)
        elif meanwhile is not None:
            _call(meanwhile)
        return len(data)

    def _hand_over(self, item: _Item) -> None:
        """Give the thread something to do; with the lock held."""
        self._idle = False
        self._queue.put(item)

    def rotate(self, done: Callable[[bool], None]) -> bool:
        """Ask for a new segment.

        Args:
            done: told from the writer's thread: True when everything put before is durable and the next record goes
                to a new segment, False when writing failed.

        Returns:
            False when nothing is written now; ``done`` is not called then.
        """
        with self._lock:
            if self._failure is not None:
                return False
            self._hand_over(_Rotation(done))
        return True

    def fail(self, sentence: str) -> None:
        """Begin in the failed state, for what was wrong before the first record. Before ``start`` only."""
        self._failure = JournalFailure(self._next_seq, (), sentence)

    def recover(self) -> bool:
        """Try to become able to write again. Blocks for a few syncs.

        Returns:
            True when the next record can be written; its sequence number is that of the first lost one.
        """
        if self._failure is None:
            return True
        try:
            self._cut()
            files.probe(self._directory)
        except OSError as error:
            _log.info("the journal in %s still cannot be written: %s", self._directory, error.strerror)
            return False
        with self._lock:
            self._next_seq = self._durable_seq + 1
            self._failure = None
        return True

    def close(self) -> None:
        """Write what waits, end the thread, close the file."""
        with self._lock:
            self._hand_over(_Close())
        if self._thread.ident is not None:
            self._thread.join()
        self._end_segment()

    # -- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._lock:
                self._idle = self._queue.empty()
            items = deque([self._queue.get()])
            items.extend(self._waiting())
            while items:
                group: list[_Batch] = []
                while items and isinstance(items[0], _Batch):
                    group.append(items[0])
                    items.popleft()
                if group and not self._commit(group, items):
                    continue
                item = items.popleft() if items else None
                if isinstance(item, _Close):
                    return
                if isinstance(item, _Rotation):
                    self._end_segment()
                    _call(item.done, True)

    def _waiting(self) -> list[_Item]:
        items: list[_Item] = []
        while True:
            try:
                items.append(self._queue.get_nowait())
            except Empty:
                return items

    def _commit(self, group: list[_Batch], rest: deque[_Item], meanwhile: Callable[[], None] | None = None) -> bool:
        """Make batches durable with one write and one sync; False when it failed and everything was handed back."""
        data = b"".join([batch.data for batch in group]) if len(group) > 1 else group[0].data
        last = group[-1].first + len(group[-1].events) - 1
        try:
            took = self._write(group[0].first, data, meanwhile)
        except (OSError, MemoryError) as error:
            self._fail(error, group, rest)
            return False
        self._sync_s = took if self._sync_s == _NOT_KNOWN else self._sync_s + (took - self._sync_s) / _MEMORY
        self._durable_seq = last
        _call(self._on_durable, last, [pair for batch in group for pair in batch.numbered()])
        return True

    def _write(self, first: int, data: bytes, meanwhile: Callable[[], None] | None) -> float:
        """Bring bytes to the disk; returns how many seconds the disk took, without what was done meanwhile."""
        began, elsewhere = time.perf_counter(), 0.0
        descriptor, created = self._descriptor, self._descriptor is None
        if descriptor is None:
            header = encode_header(first)
            descriptor = self._begin_segment(files.segment_path(self._directory, first), header)
            data = header + data
        end = self._size + len(data)
        files.write_all(descriptor, data, self._size)
        if end >= self._reserved:
            self._reserved = files.reserve(descriptor, end)
        if meanwhile is not None:
            files.begin_sync(descriptor, self._size, len(data))
            left = time.perf_counter()
            _call(meanwhile)
            elsewhere = time.perf_counter() - left
        files.sync(descriptor)
        if created:
            files.sync_directory(self._directory)
        self._size = end
        return time.perf_counter() - began - elsewhere

    def _begin_segment(self, path: Path, header: bytes) -> int:
        """Open a new segment; a file of its name that holds more than the header is set aside first."""
        self._path, self._size = path, 0
        if path.exists() and without_reserve(path.read_bytes()) not in (b"", header):
            # It holds no record that anybody knows of.
            aside = files.file_aside(path)
            path.unlink()
            _log.warning("%s was in the way of a new segment and was set aside as %s", path, aside.name)
        self._descriptor, self._reserved = files.segment_descriptor(path)
        return self._descriptor

    def _fail(self, error: OSError | MemoryError, group: list[_Batch], rest: deque[_Item]) -> None:
        if self._descriptor is not None:
            self._to_cut = (self._path, self._size)
        self._leave_segment()
        try:
            self._cut()
        except OSError as cut_error:
            _log.warning("%s could not be cut back to its last whole record: %s", self._path, cut_error)
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        with self._lock:
            items = [*group, *rest, *self._waiting()]
            rest.clear()
            rest.extend(item for item in items if isinstance(item, _Close))
            lost = tuple(pair for item in items if isinstance(item, _Batch) for pair in item.numbered())
            failure = self._failure = JournalFailure(
                first_seq=self._durable_seq + 1,
                events=lost,
                sentence=f"nothing can be recorded in {self._path}: {reason}; it goes on by itself as soon as "
                "writing there works again",
            )
        _call(self._on_failure, failure)
        for item in items:
            if isinstance(item, _Rotation):
                _call(item.done, False)

    def _cut(self) -> None:
        """Take away what a failed write left behind the last durable byte."""
        if self._to_cut is not None:
            path, size = self._to_cut
            files.truncate_file(path, size)
            self._to_cut = None

    def _end_segment(self) -> None:
        """Leave a segment whose records are all durable, without the blanks behind them."""
        if self._descriptor is not None and self._reserved > self._size:
            try:
                files.truncate(self._descriptor, self._size)
            except OSError as error:
                _log.info("the blanks at the end of %s stay: %s", self._path, error)
        self._leave_segment()

    def _leave_segment(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _call(callback: Callable[..., None], *args: object) -> None:
    """Call back; an exception there is a defect of whoever is called and must not end the writer."""
    try:
        callback(*args)
    except Exception:
        _log.exception("what the journal was to call failed")
