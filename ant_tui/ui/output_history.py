"""The lines of a log above those that the live end keeps: counted in the background, read when they are looked at.

No widget, no clock and no thread here: ``count`` may be called in any thread, everything else in the screen's own.
"""

from __future__ import annotations

from threading import Lock

from ant_tui.output.holes import Hole
from ant_tui.output.line_index import LineIndex
from ant_tui.output.log_file import LogFile, LogUnreadable
from ant_tui.output.pages import LogPages
from ant_tui.output.row import Row

__all__ = ["OutputHistory"]

_SLICE = 8 << 20
_AT_ONCE = 4 << 20
"""Bytes that are counted without a thread: some milliseconds."""


class OutputHistory:
    """One log, by the numbers of its lines."""

    def __init__(self, path: str) -> None:
        """Open a log.

        Raises:
            LogMissing: there is no such file.
            LogUnreadable: it cannot be read.
        """
        self._lock = Lock()  # held while something is read in another thread: nobody may close the file then
        self._closed = False
        self._log = LogFile(path)
        self._index = LineIndex(self._log)
        self._pages = LogPages(self._log, self._index)
        self._holes: list[Hole] = self._log.holes()
        self.counting = False
        """Whether somebody counts in another thread, so that nobody else may."""

    @property
    def counted(self) -> int:
        """Bytes from the beginning that were looked through."""
        return self._index.indexed

    def reaches(self, offset: int) -> bool:
        """Whether all lines before a byte are known; counts a few more at once where that is enough."""
        missing = offset - self._index.indexed
        if 0 < missing <= _AT_ONCE and not self.counting:
            try:
                self._index.extend(missing)
            except LogUnreadable:
                return False  # closed, or the disk fails: whoever reads on is told
        return offset <= self._index.indexed and not self._closed

    def count(self) -> bool:
        """Count on for some milliseconds; to be called in a thread, until it says that all is counted.

        Raises:
            LogUnreadable: the disk or the network failed.
        """
        with self._lock:
            return self._closed or self._index.extend(_SLICE)

    def changed(self) -> bool:
        """Whether parts of the log were removed since it was opened: then the lines have other numbers."""
        return self._log.holes() != self._holes

    def row(self, line: int) -> Row:
        """A line from its number, which must be known; words in its place where it cannot be read (any more)."""
        try:
            return self._pages.row(line)
        except IndexError:
            return Row("…")  # removed a moment ago
        except LogUnreadable as problem:
            return Row(problem.sentence)

    def line_at(self, offset: int) -> int:
        """The number of the line that holds a byte; ``reaches`` must have said yes.

        Raises:
            LogUnreadable: the disk or the network failed.
        """
        return self._index.offset_to_line(min(offset, self._index.indexed))

    def start_of(self, line: int) -> int:
        """Where a line begins, in bytes; 0 where that cannot be told (any more)."""
        try:
            return self._index.line_to_offset(line)
        except (IndexError, LogUnreadable):
            return 0

    def read(self, start: int, end: int) -> bytes:
        """Bytes of the log; none where they cannot be read."""
        try:
            return self._log.read(start, max(end - start, 0))
        except LogUnreadable:
            return b""

    def close(self) -> None:
        """Let go of the file; what is shown of it goes with it."""
        with self._lock:
            self._closed = True
            self._log.close()
