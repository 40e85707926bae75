"""Searching a log of any size, forwards and backwards, in slices that a caller can stop between.

What is found are byte offsets; showing them is the view's. The file is read, not mapped (see ``log_file``), a piece
at a time; what a match is, ``query`` says.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from ant_tui.output.log_file import LogFile
from ant_tui.output.needle import may_hold_texts
from ant_tui.output.query import BadPattern, Query
from ant_tui.output.redrawn import has_redraws, is_redrawn, seen_parts

__all__ = ["BadPattern", "Found", "Match", "Query", "Searched", "search", "search_in_steps"]

_CHUNK = 1 << 18  # what is looked through at once; other threads wait meanwhile, some milliseconds at most
_REACH = 4096  # how far a match may go over the end of a chunk that holds no line's end; a longer one may be missed
_MANY = 64  # matches of a chunk


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
    bars = False  # nearly all matches are covered
    for part in (_backwards if backwards else _forwards)(log, max(_REACH, query.length), at, size):
        bars = bars and part.can_be_taken_apart()
        matches = part.matches_in_sight(query, floor) if bars else part.matches(query, floor)
        if matches and not backwards:
            floor = matches[-1][1]
        if only_visible and matches:
            visible = part.visible(matches)
            bars = bars or (query.in_one_draw and len(matches) - len(visible) >= _MANY)
            matches = visible
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
        """Find what begins in the part, at ``floor`` or later."""
        return self._within(query.spans(self.data, max(self.low, floor) - self.base))

    def matches_in_sight(self, query: Query, floor: int) -> list[tuple[int, int]]:
        """Find what :meth:`matches` does, but for most of what is covered by redraws."""
        start = max(self.low, floor) - self.base
        parts = seen_parts(self.data, self.high - self.base)
        joined = b"".join([self.data[begin:end] for begin, end in parts])
        at = list(accumulate((end - begin for begin, end in parts), initial=0))
        first = bisect_right(parts, start, key=lambda part: part[1])
        if first == len(parts):
            return []
        shifted: list[tuple[int, int]] = []
        for begin, end in query.spans(joined, at[first] + max(start - parts[first][0], 0)):
            index = bisect_right(at, begin) - 1
            shift = parts[index][0] - at[index]
            shifted.append((begin + shift, end + shift))
        return self._within(shifted)

    def _within(self, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        base, high = self.base, self.high - self.base
        while spans and spans[-1][0] >= high:
            spans.pop()
        return [(base + start, base + end) for start, end in spans]

    def can_be_taken_apart(self) -> bool:
        """Whether lines are drawn anew, and no sequence reaches over a redraw."""
        return has_redraws(self.data) and not may_hold_texts(self.data)

    def visible(self, matches: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Leave out what later redraws cover."""
        data, base = self.data, self.base
        if b"\r" not in data or (len(matches) > _MANY and not has_redraws(data)):
            return matches
        return [match for match in matches if not is_redrawn(data, match[0] - base, match[1] - base)]


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
