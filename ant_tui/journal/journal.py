"""The journal of the scheduler that holds the data directory: append, snapshot, look back, recover from a full disk.

Everything here returns at once except where it says that it blocks. What is slow happens in two threads, the writer's
and that of a snapshot; both tell their news by callbacks in their own threads, so the scheduler wraps what it passes
in ``loop.call_soon_threadsafe``. Nothing here knows what an event means.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from ant_tui.core.events import RecordedEvent
from ant_tui.core.image import StateImage
from ant_tui.core.state import State
from ant_tui.errors import DataDirectoryError, JournalUnavailable
from ant_tui.journal import files
from ant_tui.journal.format import UnknownFormat, encode_events, scan
from ant_tui.journal.repair import repair
from ant_tui.journal.replay import Replay, read
from ant_tui.journal.snapshots import Policy, remove_superfluous, write_snapshot
from ant_tui.journal.writer import JournalFailure, Numbered, Writer

__all__ = ["Journal"]

_REMEMBERED = 10_000
"""So many of the latest events can be told again without reading a file."""

_log = logging.getLogger(__name__)


class Journal:
    """Made by ``open``; its methods belong to one thread, the event loop's, where nothing else is said."""

    def __init__(
        self,
        directory: Path,
        replay: Replay,
        *,
        on_durable: Callable[[int], None],
        on_failure: Callable[[JournalFailure], None],
        on_note: Callable[[str], None],
    ) -> None:
        """Use ``open``."""
        self._directory = directory
        self._on_durable = on_durable
        self._on_note = on_note
        self._recent: deque[Numbered] = deque(maxlen=_REMEMBERED)
        self._recent_upto = replay.seq
        self._recent_lock = threading.Lock()
        self._policy = Policy(replay.records, replay.record_bytes, replay.snapshot_bytes)
        self._snapshot_thread: threading.Thread | None = None
        self._no_snapshot_under_way = threading.Event()
        self._no_snapshot_under_way.set()
        self._unrepaired: tuple[Replay, StateImage] | None = None
        self._closed = False
        self._writer = Writer(
            directory,
            replay.seq,
            replay.open_segment,
            replay.open_end,
            on_durable=self._durable,
            on_failure=on_failure,
        )

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        on_durable: Callable[[int], None],
        on_failure: Callable[[JournalFailure], None],
        on_note: Callable[[str], None] | None = None,
    ) -> tuple[Journal, Replay]:
        """Read the journal, mend what is damaged, and get ready to append. Blocks; before the event loop runs.

        Only for the holder of the data directory's lock. When mending is not possible now (disk full), the journal
        opens in the failed state: ``failure`` says why, and ``recover`` tries again.

        Args:
            directory: the journal's directory, made if it is not there.
            on_durable: told the last durable sequence number, once per group; from the writer's thread, or where the
                journal waits for a quick disk, during ``append``.
            on_failure: told what could not be written; from the writer's thread.
            on_note: told what went wrong without harm, as a sentence; from any thread. Default: the log.

        Returns:
            The journal, and what was read, whose notes also name what was set aside.

        Raises:
            DataDirectoryError: a newer version wrote it, or it can be neither read nor made.
        """
        try:
            files.create_directory(directory)
            files.remove_unfinished(directory)
        except OSError as error:
            raise DataDirectoryError(
                f"the journal's directory {directory} cannot be used: {error.strerror}; "
                "give one that you can write with --data-dir"
            ) from error
        replay = read(directory)
        unrepaired, failed = None, ""
        if replay.needs_repair:
            # Taken now: the state is the scheduler's to change as soon as this returns.
            unrepaired = (replay, replay.state.image())
            try:
                replay = replace(replay, notes=(*replay.notes, *repair(directory, *unrepaired)))
            except OSError as error:
                failed = f"the damaged journal in {directory} cannot be mended now: {error.strerror}"
        try:
            journal = cls(
                directory,
                replay,
                on_durable=on_durable,
                on_failure=on_failure,
                on_note=on_note or _log.warning,
            )
        except OSError as error:
            raise DataDirectoryError(
                f"the journal's file {replay.open_segment} cannot be written: {error.strerror}; "
                "give another directory with --data-dir"
            ) from error
        if failed:
            journal._unrepaired = unrepaired
            journal._writer.fail(failed)
        elif replay.needs_repair:
            journal._policy = Policy(snapshot_size=replay.snapshot_bytes)
        journal._writer.start()
        return journal, replay

    # -- writing -------------------------------------------------------------------------------------------------

    @property
    def seq(self) -> int:
        """Sequence number of the last event that was appended, durable or not yet."""
        return self._writer.seq

    @property
    def durable_seq(self) -> int:
        """Sequence number of the last event that is on disk."""
        return self._writer.durable_seq

    @property
    def failure(self) -> JournalFailure | None:
        """Why nothing can be appended now; None when all is well."""
        return self._writer.failure

    def append(self, events: Sequence[RecordedEvent], meanwhile: Callable[[], None] | None = None) -> int:
        """Hand events over to be written; they are recorded when ``on_durable`` names the number returned.

        Args:
            events: in the order in which they happened. They get consecutive sequence numbers.
            meanwhile: called before this returns and while the disk works, for what would otherwise come afterwards.
                That it is called does not mean that the events are, or will be, recorded.

        Returns:
            The sequence number of the last one.

        Raises:
            JournalUnavailable: nothing can be recorded now, or the journal is closed.
            TypeError: something is not a recorded event. A defect; nothing was appended.
            ValueError: an event holds what cannot be written, such as NaN. A defect; nothing was appended.
        """
        encoded = encode_events(events)
        if self._closed:
            raise JournalUnavailable("nothing can be recorded any more: the scheduler is ending")
        size = self._writer.put(events, encoded, meanwhile) if events else 0
        if size < 0:
            raise JournalUnavailable(self._failure_sentence())
        self._policy.add(len(events), size)
        return self._writer.seq

    def recover(self) -> bool:
        """Try to become able to append again after a failure. Blocks for a few syncs.

        Returns:
            True when events can be appended again; the lost sequence numbers are given anew.
        """
        if self._unrepaired is not None:
            try:
                notes = repair(self._directory, *self._unrepaired)
            except OSError as error:
                _log.info("the journal in %s still cannot be mended: %s", self._directory, error.strerror)
                return False
            self._unrepaired = None
            self._policy = Policy()
            for note in notes:
                self._on_note(note)
        return self._writer.recover()

    def reload(self) -> State:
        """The state as it is on disk, up to the last durable event. Blocks; while ``failure`` is set.

        Raises:
            DataDirectoryError: the files cannot be read.
        """
        return read(self._directory, until=self.durable_seq).state

    def close(self) -> None:
        """Write what waits, let a snapshot that is being written end, and stop. Blocks."""
        if self._closed:
            return
        self._closed = True
        self._writer.close()
        if self._snapshot_thread is not None:
            self._snapshot_thread.join()

    # -- snapshots -----------------------------------------------------------------------------------------------

    def wants_snapshot(self) -> bool:
        """Whether it is time to call ``snapshot``; cheap enough to ask after every append."""
        return self._policy.due and self._no_snapshot_under_way.is_set() and self._writer.failure is None

    def leaves_snapshot(self) -> bool:
        """Whether to call ``snapshot`` before ``close``: who starts next has less to read then."""
        return self._policy.worth_leaving and self._no_snapshot_under_way.is_set() and self._writer.failure is None

    def snapshot(self, image: StateImage) -> bool:
        """Write a snapshot behind the scenes, and take away what it makes superfluous. A failure is a note, no more.

        Args:
            image: the state after the last appended event.

        Returns:
            False when none is written, because one is being written already or nothing can be written.
        """
        if self._closed or not self._no_snapshot_under_way.is_set():
            return False
        seq = self._writer.seq
        self._no_snapshot_under_way.clear()
        if not self._writer.rotate(lambda durable: self._rotated(durable, seq, image)):
            self._no_snapshot_under_way.set()
            return False
        self._policy.begin()
        return True

    def wait_for_snapshot(self) -> None:
        """Block until the snapshot that is being written, if any, is done or has failed. Any thread."""
        self._no_snapshot_under_way.wait()

    def _rotated(self, durable: bool, seq: int, image: StateImage) -> None:
        """In the writer's thread: everything in the image is on disk, or some of it never will be."""
        if not durable:
            self._no_snapshot_under_way.set()
            return
        self._snapshot_thread = threading.Thread(
            target=self._write_snapshot, args=(seq, image), name="snapshot", daemon=True
        )
        self._snapshot_thread.start()

    def _write_snapshot(self, seq: int, image: StateImage) -> None:
        try:
            self._policy.snapshot_size = write_snapshot(self._directory, seq, image)
            remove_superfluous(self._directory)
        except Exception as error:
            # Whatever it was: all records are still there, so nothing is lost but the time of the next start.
            path = files.snapshot_path(self._directory, seq)
            self._on_note(f"the snapshot {path} could not be written: {error}; nothing is lost by that")
        finally:
            self._no_snapshot_under_way.set()

    # -- looking back --------------------------------------------------------------------------------------------

    def records_since(self, seq: int) -> list[Numbered] | None:
        """The durable events after a sequence number.

        The latest 10,000 are at hand; for older ones files are read, which blocks. Any thread.

        Args:
            seq: the last one that the asker knows; 0 for none.

        Returns:
            (sequence number, event), oldest first; None when they are not kept any more, or never were.
        """
        with self._recent_lock:
            durable = self._recent_upto
            oldest = durable - len(self._recent) + 1
            if seq >= oldest - 1:
                wanted = list(islice(self._recent, seq - oldest + 1, None))
                return wanted if seq <= durable else None
            recent = list(self._recent)
        older = self._from_files(seq, oldest - 1)
        return None if older is None else older + recent

    def _from_files(self, after: int, upto: int) -> list[Numbered] | None:
        """The events from ``after + 1`` to ``upto``; None unless every one of them can be read."""
        found: list[Numbered] = []
        try:
            listed = files.segments(self._directory)
            for index, (first, path) in enumerate(listed):
                if first > upto:
                    break
                if index + 1 < len(listed) and listed[index + 1][0] <= after + 1:
                    continue
                found += [record for record in scan(path.read_bytes(), after).records if record[0] <= upto]
        except (OSError, UnknownFormat) as error:
            _log.info("events since %d cannot be read: %s", after, error)
            return None
        complete = [seq for seq, _ in found] == list(range(after + 1, upto + 1))
        return found if complete else None

    # -- from the writer's thread --------------------------------------------------------------------------------

    def _durable(self, seq: int, events: Sequence[Numbered]) -> None:
        with self._recent_lock:
            self._recent.extend(events)
            self._recent_upto = seq
        self._on_durable(seq)

    def _failure_sentence(self) -> str:
        failure = self._writer.failure
        return failure.sentence if failure is not None else f"nothing can be recorded in {self._directory}"
