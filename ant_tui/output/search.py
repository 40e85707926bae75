"""Searching a log of any size, forwards and backwards, in slices that a caller can stop between.

What is found are byte offsets; showing them is the view's. The file is read, not mapped (see ``log_file``), a piece
at a time; what a match is, ``query`` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ant_tui.output.log_file import LogFile
from ant_tui.output.query import BadPattern, Query
from ant_tui.output.redrawn import has_redraws, is_redrawn

__all__ = ["BadPattern", "Found", "Match", "Query", "Searched", "search", "search_in_steps"]

_CHUNK = 1 << 18  # what is looked through at once; other threads wait meanwhile, some milliseconds at most
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
    reported = max(0, min(start, log.size()))
    for found in search_in_steps(log, query, start, backwards=backwards):
        for match in found.matches:
            yield Match(*match)
        if abs(found.offset - reported) >= slice_bytes or not found.remaining:
            reported = found.offset
            yield Searched(found.offset, found.remaining)


def search_in_steps(
    log: LogFile, query: Query, start: int, *, backwards: bool = False, only_visible: bool = False
) -> Iterator[Found]:
    """Search as :func:`search` does; give all matches of a small piece of the log at once, which is faster.

    Args:
        log: what to search.
        query: what for.
        start: byte offset, as for :func:`search`.
        backwards: nearest match first, towards the beginning.
        only_visible: leave out what a bar's later redraws cover; in one line there may be thousands of them.

    Yields:
        What each piece held; the last one has nothing remaining.

    Raises:
        LogUnreadable: the log cannot be read.
    """
    size = log.size()
    at, end = max(0, min(start, size)), 0 if backwards else size
    floor = 0  # a match that reaches into the next part is not to be met by another there
    for part in (_backwards if backwards else _forwards)(log, max(_REACH, query.length), at, size):
        matches = part.matches(query, floor)
        if matches and not backwards:
            floor = matches[-1][1]
        if only_visible and matches and has_redraws(part.data):
            data, base = part.data, part.base
            matches = [match for match in matches if not is_redrawn(data, match[0] - base, match[1] - base)]
        if backwards:
            matches.reverse()
        at = part.low if backwards else part.high
        yield Found(matches, at, abs(end - at))
    if at != end or at == max(0, min(start, size)):  # it was cut meanwhile, or ends with a removed part; or nothing
        yield Found([], end, 0)


class Found(NamedTuple):
    """What a piece of the log held.

    Attributes:
        matches: the bytes ``[start, end)``, in the order of the search.
        offset: the search stands here.
        remaining: bytes before it.
    """

    matches: list[tuple[int, int]]
    offset: int
    remaining: int


class _Part(NamedTuple):
    """Where matches are to begin, ``[low, high)``, and the bytes from ``base`` on, which reach further both ways."""

    data: bytes
    base: int
    low: int
    high: int

    def matches(self, query: Query, floor: int) -> list[tuple[int, int]]:
        base, high = self.base, self.high - self.base
        found: list[tuple[int, int]] = []
        for start, end in query.spans(self.data, max(self.low, floor) - base):
            if start >= high:
                break
            found.append((base + start, base + end))
        return found


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
