"""A search in a whole log that is done bit by bit in another thread, while the log may grow: what was found, and where.

Kept are the places of the matches, nearest first, and no more than so many before somebody wants to see more. Nothing
of a screen here; who uses this calls ``step`` in a thread, and everything else between two steps.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator
from threading import Lock

from ant_tui.output.log_file import LogFile
from ant_tui.output.query import Query
from ant_tui.output.search import Found, search_in_steps

__all__ = ["MANY", "Finder"]

MANY = 100_000
"""Matches after which a search rests until somebody goes further than that."""

_HALF_LINE = 4096
_STEP_S = 0.01
_BREATH_S = 0.0001
"""Between two pieces the other threads get their turn; without it they would have to wait for it each time."""


class Finder:
    """One search in one log.

    Matches have numbers: 0 and up from the place where the search began downwards, -1 and down from there upwards.
    """

    def __init__(self, path: str, query: Query, start: int, *, upwards: bool) -> None:
        """Prepare a search.

        Args:
            path: the log.
            query: what to search for.
            start: the byte at which to begin.
            upwards: look at what is before that byte first.

        Raises:
            LogMissing: there is no log.
            LogUnreadable: it cannot be read.
        """
        self.query = query
        self._log = LogFile(path)
        self._lock = Lock()
        self._closed = False
        self._below = array("Q")
        self._above = array("Q")
        self._low = self._high = self._start = max(0, min(start, self._log.size()))
        self._last_end = 0  # of all matches
        self._upwards = self._wanted_up = upwards
        self._walk: Iterator[Found] | None = None
        self._walking_up = False
        self._allowed = MANY

    # What was found.

    @property
    def count(self) -> int:
        """Matches that were found so far."""
        return len(self._above) + len(self._below)

    @property
    def numbers(self) -> range:
        """The numbers of these."""
        return range(-len(self._above), len(self._below))

    def offset(self, number: int) -> int:
        """Where a match begins."""
        return self._below[number] if number >= 0 else self._above[-1 - number]

    def rank(self, number: int) -> int | None:
        """Which one it is, counted from the beginning of the log from 1; None until that is known."""
        return None if self._low else number + len(self._above) + 1

    def earlier_in_line(self, number: int, line_start: int) -> int:
        """How many matches stand before one in its line."""
        earlier = 0
        while number - earlier - 1 in self.numbers and self.offset(number - earlier - 1) >= line_start:
            earlier += 1
        return earlier

    # How far it is.

    @property
    def done(self) -> bool:
        """Whether everything was looked through that is there now."""
        return not self._low and self._high >= self._log.size()

    @property
    def rests(self) -> bool:
        """Whether so much was found that the search rests."""
        return self.count >= self._allowed and not self.done

    @property
    def share(self) -> float:
        """How much was looked through, from 0 to 1."""
        return (self._high - self._low) / max(self._log.size(), 1)

    def ended(self, steps: int) -> bool:
        """Whether there is nothing more to be found downwards (positive) or upwards."""
        return self._high >= self._log.size() if steps > 0 else not self._low

    def turn(self, steps: int) -> None:
        """Look downwards (positive) or upwards first, and where the search rests, for as many matches again."""
        self._wanted_up = steps < 0
        if self.rests:
            self._allowed = self.count + MANY

    # Searching.

    def step(self) -> None:
        """Search for some milliseconds; to be called in a thread, never by two at once.

        Raises:
            LogUnreadable: the disk or the network failed.
        """
        with self._lock:
            until = time.monotonic() + _STEP_S
            while not self._closed and not self.done and not self.rests and time.monotonic() < until:
                self._next_piece()
                time.sleep(_BREATH_S)

    def _next_piece(self) -> None:
        if self._upwards is not self._wanted_up:
            self._upwards, self._walk = self._wanted_up, None
        if self._walk is None:
            self._walking_up = bool(self._low) and (self._upwards or self._high >= self._log.size())
            at = self._low if self._walking_up else self._where_to_go_on()
            self._walk = search_in_steps(self._log, self.query, at, backwards=self._walking_up, only_visible=True)
        found = next(self._walk, None)
        if found is None:
            self._walk = None
            return
        starts = [start for start, _ in found.matches]
        if self._walking_up:
            self._above.extend(starts)
            self._low = found.offset
        else:
            self._below.extend(starts)
            self._high = max(self._high, found.offset)
        self._last_end = max(self._last_end, *(end for _, end in found.matches), 0)

    def _where_to_go_on(self) -> int:
        """The place downwards: what was half a line when it was looked through may hold a match by now."""
        if self._low and self._high == self._start:
            return self._start
        before = self._log.read(max(self._high - _HALF_LINE, 0), min(self._high, _HALF_LINE))
        return max(self._last_end, self._high - len(before) + before.rfind(b"\n") + 1)

    def close(self) -> None:
        """Let go of the file; waits some milliseconds for a step that is being done."""
        self._closed = True
        with self._lock:
            self._walk = None
            self._log.close()
