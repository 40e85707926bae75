"""Searching a log of any size, forwards and backwards, in slices that a caller can stop between.

What is found are byte offsets; showing them is the view's. The file is read, not mapped (see ``log_file``), a MiB at a
time; what a match is, ``query`` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ant_tui.output.log_file import LogFile
from ant_tui.output.query import BadPattern, Query

__all__ = ["BadPattern", "Match", "Query", "Searched", "search"]

_CHUNK = 1 << 20
_REACH = 4096  # how far a match may go over the end of a chunk that holds no line's end; a longer one may be missed


class Match(NamedTuple):
    """Something found: the bytes ``[start, end)`` of the log."""

    start: int
    end: int


class Searched(NamedTuple):
    """Nothing more up to here: the search stands at byte ``offset`` and has ``remaining`` bytes before it."""

    offset: int
    remaining: int


def search(
    log: LogFile, query: Query, start: int, *, backwards: bool = False, slice_bytes: int = 8 << 20
) -> Iterator[Match | Searched]:
    """Search a log from an offset to its end, or back to its beginning.

    Stop asking for more to cancel. The log's size is taken once; what is appended later is not looked at.

    Args:
        log: what to search.
        query: what for.
        start: byte offset. Forwards, matches begin here or later; backwards, they begin before it.
        backwards: nearest match first, towards the beginning.
        slice_bytes: how much to look through before a ``Searched`` is given.

    Yields:
        Each match as it is found, and ``Searched`` after each slice and at the end.

    Raises:
        LogUnreadable: the log cannot be read.
    """
    size = log.size()
    at = reported = max(0, min(start, size))
    walk = _backwards if backwards else _forwards
    floor = 0  # a match that reaches into the next part is not to be met by another there
    for part in walk(log, max(_REACH, query.length), at, size):
        matches = part.matches(query, floor)
        for match in reversed(list(matches)) if backwards else matches:
            yield match
            floor = 0 if backwards else match.end
        at = part.low if backwards else part.high
        if abs(at - reported) >= slice_bytes:
            reported = at
            yield Searched(at, at if backwards else size - at)
    yield Searched(0 if backwards else size, 0)


class _Part(NamedTuple):
    """Where matches are to begin, ``[low, high)``, and the bytes from ``base`` on, which reach further both ways."""

    data: bytes
    base: int
    low: int
    high: int

    def matches(self, query: Query, floor: int) -> Iterator[Match]:
        for start, end in query.spans(self.data, max(self.low, floor) - self.base):
            if self.base + start >= self.high:
                return
            yield Match(self.base + start, self.base + end)


def _forwards(log: LogFile, reach: int, start: int, size: int) -> Iterator[_Part]:
    low = start
    removed = log.holes()
    while low < size:
        low = next((end for begin, end in removed if begin <= low < end), low)
        base = max(low - 1, 0)  # one byte more, so that ^ knows whether a line begins here
        data = log.read(base, min(low + _CHUNK + reach, size) - base)
        high = min(low + _CHUNK, base + len(data))
        if high <= low:
            return  # the log was cut meanwhile
        if high < size:
            high = base + data.rfind(b"\n", low - base, high - base) + 1
            if high <= low:  # no line ends here
                high = min(low + _CHUNK, base + len(data))
        yield _Part(data, base, low, high)
        low = high


def _backwards(log: LogFile, reach: int, start: int, size: int) -> Iterator[_Part]:
    high = start
    removed = log.holes()
    while high > 0:
        high = next((begin for begin, end in removed if begin < high <= end), high)
        base = max(high - _CHUNK - 1, 0)
        data = log.read(base, min(high + reach, size) - base)
        low = 0
        if base:
            low = base + 1 + data.find(b"\n", 1, high - base - 1)
            low = low if low > base else base + 1  # no line begins here
        yield _Part(data, base, low, high)
        high = low
