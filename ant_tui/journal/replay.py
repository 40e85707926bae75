"""From the files back to the state. Reads only; what must be mended is described here and done by ``repair``.

The newest snapshot that can be read, then every later record. What cannot be read is left out and told, never more
than that: a file with a damaged line in its middle still gives all its other lines, and an unreadable snapshot costs
nothing, because the one before it and all records since are kept.

What is lost is told from the gaps in the sequence numbers. After a loss the state cannot be trusted in two ways, both
settled on the safe side: the number of a lost submission must not be given again, so the next number is raised by as
many as were lost; and a queued task may have been started by a lost record, so every queued task is *doubtful*, which
means that its job directory has to be looked at before it is started.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from ant_tui.core.events import RecordedEvent
from ant_tui.core.image import StateImage
from ant_tui.core.state import State, WrongTransition
from ant_tui.errors import DataDirectoryError
from ant_tui.journal import files
from ant_tui.journal.format import Scan, UnknownFormat, Unreadable, decode_snapshot, scan, without_reserve

__all__ = ["DamagedSegment", "Replay", "read"]

_NOTES = 20
_TRIES = 5


class DamagedSegment(Struct, frozen=True):
    """A segment of which something cannot be read.

    Attributes:
        path: the file.
        first: sequence number that its first record has or should have.
        scan: what it holds.
        torn_seq: when nothing but its end is damaged, and nothing comes after it: the sequence number that the first
            damaged record would have had. None otherwise.
    """

    path: Path
    first: int
    scan: Scan
    torn_seq: int | None


class Replay(Struct, frozen=True):
    """What the files say.

    Attributes:
        state: the state after the last record.
        seq: sequence number of the last record; 0 when there is none.
        notes: one sentence for everything that was not as it should be; empty when all is well.
        lost: how many records that may have been acknowledged cannot be read.
        doubtful: numbers of the tasks whose job directory must be looked at before they are started, because a record
            of their start may be lost, or a record did not fit.
        unreadable: snapshots that cannot be read.
        damaged: segments of which something cannot be read.
        needs_repair: True when the next start would have to tell the same again.
        open_segment: the segment in which the next record can be written, or None.
        open_end: the offset there behind its last record.
        snapshot_seq: sequence number of the snapshot that was used, 0 for none.
        snapshot_bytes: its size.
        records: how many records came after it.
        record_bytes: the size of the segments that were read.
    """

    state: State
    seq: int
    notes: tuple[str, ...] = ()
    lost: int = 0
    doubtful: frozenset[int] = frozenset()
    unreadable: tuple[Path, ...] = ()
    damaged: tuple[DamagedSegment, ...] = ()
    needs_repair: bool = False
    open_segment: Path | None = None
    open_end: int = 0
    snapshot_seq: int = 0
    snapshot_bytes: int = 0
    records: int = 0
    record_bytes: int = 0


def read(directory: Path, *, until: int | None = None) -> Replay:
    """Read a journal. Changes nothing, and may run beside a scheduler that writes it.

    Args:
        directory: the journal's directory; one that is not there is an empty journal.
        until: leave out records with a greater sequence number.

    Raises:
        DataDirectoryError: a newer version wrote it, or the operating system refuses to read it.
    """
    for _ in range(_TRIES):
        try:
            with _without_collector():
                return _Reading(directory, until).replay()
        except FileNotFoundError:
            # A running scheduler took away what a newer snapshot has made superfluous: list the files again.
            continue
        except OSError as error:
            raise DataDirectoryError(
                f"the journal in {directory} cannot be read: {error.filename or directory}: {error.strerror}"
            ) from error
    raise DataDirectoryError(f"the journal in {directory} cannot be read: its files keep disappearing")


class _Reading(Struct):
    """One pass over the files."""

    directory: Path
    until: int | None
    state: State = field(default_factory=State)
    seq: int = 0
    notes: list[str] = field(default_factory=list)
    notes_left_out: int = 0
    lost: int = 0
    doubtful: set[int] = field(default_factory=set)
    unreadable: list[Path] = field(default_factory=list)
    given: int = 0
    """Up to here sequence numbers were certainly given, whether or not their records can be read."""
    damaged: list[DamagedSegment] = field(default_factory=list)
    records: int = 0
    record_bytes: int = 0
    open_end: int = 0

    def replay(self) -> Replay:
        if not self.directory.exists():
            return Replay(self.state, 0)
        snapshot_bytes = self._snapshot()
        snapshot_seq = self.seq
        open_segment = self._segments()
        self._settle()
        if self.notes_left_out:
            self.notes.append(f"{self.directory}: {self.notes_left_out} more findings of this kind are not listed")
        return Replay(
            state=self.state,
            seq=self.seq,
            notes=tuple(self.notes),
            lost=self.lost,
            doubtful=frozenset(self.doubtful),
            unreadable=tuple(self.unreadable),
            damaged=tuple(self.damaged),
            needs_repair=bool(self.notes),
            open_segment=None if self.notes else open_segment,
            open_end=self.open_end,
            snapshot_seq=snapshot_seq,
            snapshot_bytes=snapshot_bytes,
            records=self.records,
            record_bytes=self.record_bytes,
        )

    def _note(self, sentence: str) -> None:
        if len(self.notes) < _NOTES:
            self.notes.append(sentence)
        else:
            self.notes_left_out += 1

    def _snapshot(self) -> int:
        """Begin with the newest snapshot that can be read; its size in bytes."""
        for seq, path in reversed(files.snapshots(self.directory)):
            try:
                data = _bytes_of_snapshot(path)
                self.seq, image = decode_snapshot(data)
            except Unreadable as error:
                self.unreadable.append(path)
                self.given = max(self.given, seq)
                self._note(f"the snapshot {path} cannot be read: {error}; older files were used instead")
            except UnknownFormat as error:
                raise _newer(path, error) from error
            else:
                self.state = State.from_image(image)
                return len(data)
        return 0

    def _segments(self) -> Path | None:
        """Apply every later record; the segment that can be continued."""
        listed = files.segments(self.directory)
        following = [first for first, _ in listed[1:]]
        in_snapshot = self.seq
        open_segment = None
        for index, (first, path) in enumerate(listed):
            is_last = index == len(following)
            if not is_last and following[index] <= self.seq + 1:
                continue
            data = without_reserve(path.read_bytes())
            try:
                found = scan(data, self.seq)
                while is_last and found.damages and data != (data := without_reserve(path.read_bytes())):
                    found = scan(data, self.seq)  # it was being written while it was read
            except UnknownFormat as error:
                raise _newer(path, error) from error
            self.record_bytes += len(data)
            self._missing(first - 1, path)
            for seq, event in found.records:
                self._apply(seq, event, path)
            if found.damages:
                self._damaged(path, first, found, is_last)
            elif is_last and found.closed and data and self.seq == max(first - 1, found.last_seq) > in_snapshot:
                # One that the snapshot has all of is left behind: the next start need not read it any more.
                open_segment, self.open_end = path, len(data)
        self._missing(self.given, self.directory)
        return open_segment

    def _apply(self, seq: int, event: RecordedEvent, path: Path) -> None:
        if seq <= self.seq or (self.until is not None and seq > self.until):
            return
        if seq > self.seq + 1:
            self._missing(seq - 1, path)
        self.seq = seq
        self.records += 1
        try:
            self.state.apply(event)
        except WrongTransition as error:
            self._note(f"{path}: record {seq} does not fit what is known and was left out: {error}")
            number = getattr(event, "number", None)
            if number is not None:
                self.doubtful.add(number)

    def _missing(self, upto: int, path: Path) -> None:
        """Note that no record up to this sequence number will come any more."""
        if self.until is not None:
            upto = min(upto, self.until)
        count = upto - self.seq
        if count <= 0:
            return
        which = f"record {upto} is" if count == 1 else f"records {self.seq + 1} to {upto} are"
        self._note(f"{path}: {which} missing")
        self.lost += count
        self.seq = upto

    def _damaged(self, path: Path, first: int, found: Scan, is_last: bool) -> None:
        torn = found.torn if is_last else []
        whole = sum(damage.complete for damage in torn)
        only_torn = bool(torn) and torn == found.damages and (bool(found.lines) or not whole)
        self.damaged.append(DamagedSegment(path, first, found, self.seq + 1 if only_torn else None))
        for damage in found.damages:
            where = f"{path}: line {damage.line} (from byte {damage.start}, {damage.end - damage.start} bytes)"
            if damage in torn and not damage.complete:
                self._note(f"{where} was not written to its end; it was never acknowledged and is left out")
            else:
                self._note(f"{where} cannot be read and is left out")
        # A whole line at the end may have been acknowledged before it was damaged. The first line is no record.
        self._missing(self.seq + whole - (whole > 0 and not found.headed), path)

    def _settle(self) -> None:
        """After a loss: no number is given twice, nothing is started twice."""
        state = self.state
        if not self.lost and not self.doubtful:
            return
        if self.lost:
            image: StateImage = replace(state.image(), next_number=state.next_number + self.lost)
            self.state = state = State.from_image(image)
            self.doubtful.update(key[2] for key in state.queue)
        self.doubtful.intersection_update(state.tasks)
        for sentence in state.invariants():
            self._note(f"{self.directory}: {sentence}")
        without = [
            task.id
            for task in state.queued()
            if task.spec.environment and task.spec.environment not in state.environments
        ]
        for id_ in without:
            self._note(f"{self.directory}: the environment that task {id_} was submitted with is lost")


def _bytes_of_snapshot(path: Path) -> bytes:
    """Read a snapshot; a bad sector is damage, a missing permission is not."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, PermissionError):
        raise
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from error


def _newer(path: Path, error: UnknownFormat) -> DataDirectoryError:
    return DataDirectoryError(
        f"{path} was written by a newer ant-tui: {error}; nothing was changed: start that version again, "
        "or use another data directory"
    )


@contextmanager
def _without_collector() -> Iterator[None]:
    """Let a hundred thousand new values not be walked over and over by the garbage collector."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
