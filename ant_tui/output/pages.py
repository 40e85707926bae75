"""Lines of a log of any size as rows of clean text, by the number of the line: what is read when somebody scrolls back.

One line of the file is one row here, whatever it holds: a cursor that goes up goes nowhere, for what stands above is
another line. So rows can be counted without being read. A few pages are kept, so memory does not grow. The end of a
log that is being written is not shown by this but by a ``line_terminal``, which obeys everything.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from ant_tui.output.holes import Hole, removed_line
from ant_tui.output.line_index import LineIndex
from ant_tui.output.line_terminal import LineTerminal
from ant_tui.output.log_file import LogFile
from ant_tui.output.row import Row

__all__ = ["LogPages"]

_LINES = 64
_PAGES = 16
_CONTEXT = 4096
"""Bytes above a page in which colours may have been switched on that hold in it."""
_LONGEST = 64 * 1024
"""Bytes of a line that are looked at."""
_BESIDE = _LONGEST // 16
"""The same, beside what was removed from a line."""
_READ = 1 << 20
"""A page of more bytes than this has very long lines, which are read one by one, and not as a whole."""
_SCREENS = re.compile(rb"\x1b\[\?(?:1049|1047|47)[hl]")
"""To a full-screen program's own screen and back: here its lines are lines like all others."""


class LogPages:
    """The lines of one log, as far as an index knows them."""

    def __init__(self, log: LogFile, index: LineIndex) -> None:
        """Show the lines of ``log``; both stay the caller's."""
        self._log = log
        self._index = index
        self._kept: OrderedDict[int, list[Row]] = OrderedDict()

    def row(self, line: int) -> Row:
        """One line.

        Args:
            line: counted from 0.

        Raises:
            IndexError: the index does not know it (yet), or the log has changed under it.
            LogUnreadable: the disk or the network failed.
        """
        number, place = divmod(line, _LINES)
        rows = self._kept.get(number)
        if rows is None or place >= len(rows):  # the last page grows
            rows = self._kept[number] = self._render(number)
            if len(self._kept) > _PAGES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(number)
        return rows[place]

    def _render(self, number: int) -> list[Row]:
        first = number * _LINES
        stop = min(first + _LINES, self._index.total_lines)
        start, end = self._start(first), self._start(stop)
        removed = [hole for hole in self._log.holes() if hole[0] < end and hole[1] > start]
        if end - start <= _READ and not removed:
            lines: Iterable[bytes] = self._log.read(start, end - start).split(b"\n")[: stop - first]
        else:
            lines = [self._line(line, removed) for line in range(first, stop)]
        return _rows(self._context(start), map(_decisive, lines))

    def _start(self, line: int) -> int:
        return self._index.line_to_offset(line) if line < self._index.total_lines else self._index.indexed

    def _context(self, start: int) -> bytes:
        before = self._log.read(max(start - _CONTEXT, 0), min(start, _CONTEXT)).replace(b"\0", b"")
        return before if start <= _CONTEXT else before[before.find(b"\n") + 1 :]

    def _line(self, line: int, removed: Sequence[Hole]) -> bytes:
        """Read one line, or of a long one its beginning and its end, with words for what was removed from it."""
        at, end = self._start(line), self._start(line + 1)
        parts: list[bytes] = []
        for begin, stop in removed:
            if begin < end and stop > at:
                words = removed_line(min(stop, end) - max(begin, at)).rstrip()
                parts += [self._part(at, begin, _BESIDE), b" ", words, b" "]
                at = min(stop, end)
        return b"".join((*parts, self._part(at, end, _BESIDE if parts else _LONGEST))).rstrip(b"\n")

    def _part(self, start: int, end: int, most: int) -> bytes:
        if end - start <= 2 * most:
            return self._log.read(start, max(end - start, 0))
        return self._log.read(start, most) + self._log.read(end - most, most)


def _decisive(line: bytes) -> bytes:
    """Return the part of a line that says how it looks: the last redraw of a bar, the beginning of other long lines."""
    if len(line) <= _LONGEST:
        return line
    tail = line[-_LONGEST:]
    redraw = tail.find(b"\r", 0, -1)
    return tail[redraw:] if redraw >= 0 else line[:_LONGEST]


def _rows(context: bytes, lines: Iterable[bytes]) -> list[Row]:
    terminal = LineTerminal(max_rows=None, window=1)
    if context:
        context = _SCREENS.sub(b"", context)
        terminal.feed(context if context.endswith(b"\n") else context + b"\n")
    rows: list[Row] = []
    for line in lines:
        first = terminal.cursor[0]
        terminal.feed(_SCREENS.sub(b"", line) + b"\n")
        made = terminal.rows(first, terminal.end_row)
        rows.append(made[0] if made else Row(""))
    return rows
