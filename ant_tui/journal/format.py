"""The bytes of the journal: events and images to text and back.

Pure functions over ``bytes``; no file is touched here (that is ``files``) and nothing is decided about damage (that is
``replay``). Everything is JSON. A line of a segment, and a snapshot as a whole, begins with the CRC-32 of all that
follows it, so that a reader knows what is intact before it believes a word of it::

    {"crc":"51a3b0c2","format":1,"first":12}                               first line of a segment
    {"crc":"8f3a2b1c","seq":12,"event":{"type":"task_held","at":1.5,…}}    every other line
    {"crc":"09c1d7aa","format":1,"seq":12,"image":{…}}                     a snapshot

Blanks behind the last line end of a segment are room for later records, and hold nothing.

``format`` is raised by every change that an older version would misread. The first line of a segment and the beginning
of a snapshot keep this form in every format, so that an older version can refuse a newer format by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import get_args
from zlib import crc32

import msgspec
from msgspec.structs import replace

from ant_tui.core.events import RecordedEvent
from ant_tui.core.image import StateImage
from ant_tui.core.task import Task

__all__ = [
    "FORMAT",
    "Damage",
    "Scan",
    "SnapshotText",
    "UnknownFormat",
    "Unreadable",
    "decode_snapshot",
    "encode_events",
    "encode_header",
    "encode_records",
    "scan",
    "without_reserve",
]

FORMAT = 1

_SEAL = len(b'{"crc":"00000000",')
_SEQ = _SEAL + len(b'"seq":')
_SEAL_START = b'{"crc":"'
_TASKS_PER_PIECE = 500
_RECORDED = frozenset(get_args(RecordedEvent))


class _Header(msgspec.Struct):
    format: int


class _Record(msgspec.Struct):
    seq: int
    event: RecordedEvent


class _Snapshot(msgspec.Struct):
    seq: int
    image: StateImage


_encode = msgspec.json.Encoder().encode
_decode_event = msgspec.json.Decoder(RecordedEvent).decode
_decode_header = msgspec.json.Decoder(_Header).decode
_decode_record = msgspec.json.Decoder(_Record).decode
_decode_snapshot = msgspec.json.Decoder(_Snapshot).decode
_SNAPSHOT_START = re.compile(rb'\{"crc":"[0-9a-f]{8}","format":(\d+),')


class Unreadable(ValueError):
    """Bytes that are not what was written; the message says why, in a few words."""


class UnknownFormat(ValueError):
    """Intact bytes that this version does not understand; the message says what they hold, in a few words."""


class Damage(msgspec.Struct, frozen=True):
    """A stretch of a segment that is not what was written.

    Attributes:
        line: its line, from 1.
        start: offset of its first byte.
        end: offset behind its last byte.
        complete: True when a line end follows, so that it may once have been a whole record.
    """

    line: int
    start: int
    end: int
    complete: bool


class Scan(msgspec.Struct, frozen=True):
    """What a segment holds.

    Attributes:
        records: (sequence number, event), in the order of the file, without those that were not asked for.
        last_seq: sequence number of the last readable record, asked for or not; 0 for none.
        lines: the readable lines as they are, first line included, without their line ends.
        damages: what is not readable.
        readable_end: offset behind the last readable line.
        closed: True when the file holds nothing or the last of what it holds ends a line.
        headed: True when the first line was readable.
    """

    records: list[tuple[int, RecordedEvent]]
    last_seq: int
    lines: list[bytes]
    damages: list[Damage]
    readable_end: int
    closed: bool
    headed: bool

    @property
    def torn(self) -> list[Damage]:
        """The damage behind everything that is readable."""
        return [damage for damage in self.damages if damage.start >= self.readable_end]


# -- writing ----------------------------------------------------------------------------------------------------


def encode_events(events: Sequence[RecordedEvent]) -> list[bytes]:
    """Turn events into JSON, and make sure that they can be read back.

    Raises:
        TypeError: something is not a recorded event, or holds what JSON cannot hold.
        ValueError: a number is not finite, or a text is not Unicode.
    """
    encoded = []
    for event in events:
        if type(event) not in _RECORDED:
            raise TypeError(f"{type(event).__name__} is not a recorded event")
        data = _encode(event)
        # NaN and infinity are written as null, which would be found out only by the next start.
        if b"null" in data:
            try:
                _decode_event(data)
            except msgspec.DecodeError as error:
                raise ValueError(f"{type(event).__name__} cannot be read back: {error}") from error
        encoded.append(data)
    return encoded


def encode_header(first: int) -> bytes:
    """The first line of a segment whose first record is to have this sequence number."""
    return _sealed(b'"format":%d,"first":%d}' % (FORMAT, first)) + b"\n"


def encode_records(first: int, encoded: Sequence[bytes]) -> bytes:
    """Lines for encoded events.

    Args:
        first: sequence number of the first one; the others follow.
        encoded: what ``encode_events`` returned.
    """
    lines = []
    for seq, data in enumerate(encoded, first):
        body = b'"seq":%d,"event":%b}\n' % (seq, data)
        lines.append(b'{"crc":"%08x",%b' % (crc32(body[:-1]), body))
    return b"".join(lines)


class SnapshotText:
    """A snapshot in pieces, each made in about a millisecond, so that a thread can give way between them.

    The checksum stands first in the file but is known last: the pieces begin with zeros in its place, and when all were
    taken, ``start`` is what the first bytes must be overwritten with.
    """

    def __init__(self, seq: int, image: StateImage) -> None:
        """Prepare a snapshot.

        Args:
            seq: sequence number of the last event that is in the image.
            image: what to keep.
        """
        self._seq = seq
        self._image = image
        self._crc = 0

    def __iter__(self) -> Iterator[bytes]:
        self._crc = 0
        yield self.start()
        for piece in self._body():
            self._crc = crc32(piece, self._crc)
            yield piece
        yield b"\n"

    def start(self) -> bytes:
        """The first bytes, with the checksum of the pieces taken so far."""
        return b'{"crc":"%08x",' % self._crc

    def _body(self) -> Iterator[bytes]:
        tasks: tuple[Task, ...] = self._image.tasks
        rest = _encode(replace(self._image, tasks=()))
        yield b'"format":%d,"seq":%d,"image":%b' % (FORMAT, self._seq, rest[:-1])
        if tasks:
            yield (b"" if rest == b"{}" else b",") + b'"tasks":[\n'
            for index in range(0, len(tasks), _TASKS_PER_PIECE):
                lines = b",\n".join(map(_encode, tasks[index : index + _TASKS_PER_PIECE]))
                yield b",\n" + lines if index else lines
            yield b"\n]"
        yield b"}}"


def _sealed(body: bytes) -> bytes:
    return b'{"crc":"%08x",%b' % (crc32(body), body)


# -- reading ----------------------------------------------------------------------------------------------------


def without_reserve(data: bytes) -> bytes:
    """What a segment holds, without the blanks behind it."""
    return data.rstrip(b" ")


def scan(data: bytes, after: int = 0) -> Scan:
    """Find out what a segment holds.

    Args:
        data: the whole file.
        after: leave out the records up to this sequence number, which cost the most when they are made values of.

    Raises:
        UnknownFormat: a newer version wrote it.
    """
    lines: list[bytes] = []
    damages: list[Damage] = []
    readable_end = offset = 0
    rows = without_reserve(data).split(b"\n")
    last = len(rows)
    for number, row in enumerate(rows, 1):
        end = offset + len(row) + (number < last)
        if _intact(row) and (number < last or not _is_header(row)):
            lines.append(row)
            readable_end = end
        elif end > offset:
            pieces = _salvaged(row)
            lines.extend(row[start:stop] for start, stop in pieces)
            if pieces:
                readable_end = offset + pieces[-1][1]
            start = readable_end if pieces and readable_end < offset + len(row) else offset
            damages.append(Damage(number, start, end, complete=number < last))
        offset = end
    headed = bool(lines) and _is_header(lines[0])
    if headed:
        _check_format(_decode_header(lines[0]).format)
    told = lines[headed:]
    last_seq = _seq_of(told[-1]) if told else 0
    records = [_record(line) for line in told if _seq_of(line) > after]
    return Scan(records, last_seq, lines, damages, readable_end, closed=not rows[-1], headed=headed)


def decode_snapshot(data: bytes) -> tuple[int, StateImage]:
    """The sequence number and the image of a snapshot.

    Raises:
        Unreadable: it is not what was written.
        UnknownFormat: a newer version wrote it.
    """
    start = _SNAPSHOT_START.match(data)
    if start is None or not data.endswith(b"}\n"):
        raise Unreadable("it is not a whole snapshot")
    if data[:_SEAL] != b'{"crc":"%08x",' % crc32(memoryview(data)[_SEAL:-1]):
        raise Unreadable("its checksum does not fit")
    _check_format(int(start[1]))
    try:
        snapshot = _decode_snapshot(data)
    except msgspec.DecodeError as error:
        raise UnknownFormat(f"it is intact, but holds what this version does not know ({error})") from error
    return snapshot.seq, snapshot.image


def _check_format(number: int) -> None:
    if number != FORMAT:
        raise UnknownFormat(f"it has format {number}, and this version reads format {FORMAT}")


def _intact(line: bytes) -> bool:
    return line[:_SEAL] == b'{"crc":"%08x",' % crc32(line[_SEAL:])


def _is_header(line: bytes) -> bool:
    return line.startswith(b'"format":', _SEAL)


def _seq_of(line: bytes) -> int:
    """The sequence number of an intact record, which stands at a fixed place."""
    try:
        return int(line[_SEQ : line.index(b",", _SEQ)])
    except ValueError:
        return _record(line)[0]


def _record(line: bytes) -> tuple[int, RecordedEvent]:
    try:
        record = _decode_record(line)
    except msgspec.DecodeError as error:
        shown = line[:80].decode(errors="replace")
        raise UnknownFormat(
            f"a line is intact, but holds what this version does not know ({error}): {shown}…"
        ) from error
    return record.seq, record.event


def _salvaged(row: bytes) -> list[tuple[int, int]]:
    """Where intact lines stand in a row that is none: what is left when a line end itself was damaged."""
    starts = [match.start() for match in re.finditer(re.escape(_SEAL_START), row)]
    limits = [*starts[1:], len(row)]
    found: list[tuple[int, int]] = []
    for index, start in enumerate(starts):
        # A record may itself hold what looks like the beginning of one: a variable of the name "crc".
        for limit in limits[index : index + 3]:
            end = row.rfind(b"}", start, limit) + 1
            if end and _intact(row[start:end]):
                found.append((start, end))
                break
    return found
