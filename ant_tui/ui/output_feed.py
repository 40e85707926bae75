"""From a task's log file to lines that a view can show: the end of the file first, then what is added to it.

The last lines are kept in a ring; what a task writes in between is read and interpreted piece by piece. No widget and
no clock here: whoever shows the lines says when to look again.
"""

from __future__ import annotations

from collections.abc import Sequence

from ant_tui.output.line_terminal import LineTerminal
from ant_tui.output.log_file import LogFile, LogMissing, LogUnreadable
from ant_tui.output.row import Run
from ant_tui.ui.figures import size
from ant_tui.ui.widgets.output_lines import LineSource

__all__ = ["OutputFeed", "TextLines"]

_FIRST_BYTES = 256 * 1024
_MOST_ROWS = 10_000
_PIECE = 1 << 20
_BEHIND = 16 << 20
"""Bytes behind the end of the file from which on it costs less to begin again at the end."""


class TextLines:
    """Lines that do not change, for when there is no output to show."""

    first_line = 0

    def __init__(self, lines: Sequence[str]) -> None:
        """Show these lines."""
        self._lines = tuple(lines)
        self.line_count = len(self._lines)

    def line(self, number: int, /) -> tuple[str, Sequence[Run]]:
        """A line."""
        return self._lines[number], ()


class _TerminalLines:
    """The rows of a line terminal as a source."""

    def __init__(self, terminal: LineTerminal) -> None:
        self._terminal = terminal

    @property
    def first_line(self) -> int:
        return self._terminal.first_row

    @property
    def line_count(self) -> int:
        return self._terminal.end_row - self._terminal.first_row

    def line(self, number: int, /) -> tuple[str, Sequence[Run]]:
        row = self._terminal.row(number)
        return row.text, row.runs


class OutputFeed:
    """The end of one log, followed."""

    def __init__(self, path: str, *, max_rows: int = _MOST_ROWS) -> None:
        """Open a log at its end, if it is there already.

        Args:
            path: the log.
            max_rows: rows that are kept; the oldest go first.
        """
        self.path = path
        self.problem = ""
        """Why there is nothing to show, as a sentence; empty where there is."""
        self._max_rows = max_rows
        self._file: LogFile | None = None
        self._begin()

    def _begin(self) -> None:
        self.close()
        self._terminal = LineTerminal(max_rows=self._max_rows)
        self._lines = _TerminalLines(self._terminal)
        self._offset = self._start = 0
        try:
            self._file = LogFile(self.path)
            self._offset = self._start = self._file.tail_start(self._max_rows, _FIRST_BYTES)
        except (LogMissing, LogUnreadable) as problem:
            self._give_up(problem)
            return
        self.problem = ""
        self._read()

    def _give_up(self, problem: LogMissing | LogUnreadable) -> None:
        self.problem = problem.sentence
        self.close()

    @property
    def source(self) -> LineSource:
        """The lines; another object after ``poll`` has said so."""
        return self._lines

    @property
    def bytes_known(self) -> int:
        """How far the file was read, in bytes from its beginning."""
        return self._offset

    @property
    def status(self) -> str:
        """Where one is, for the border: how much there is, and whether its beginning is not among the lines."""
        if self.problem:
            return ""
        cut = self._start or self._terminal.first_row
        return f"{size(self._offset)}{', its end' if cut else ''}"

    @property
    def last_line(self) -> str:
        """The last line that says anything."""
        for row in reversed(self._terminal.rows(self._terminal.end_row - 8, self._terminal.end_row)):
            if row.text.strip():
                return row.text.strip()
        return ""

    @property
    def full_screen(self) -> bool:
        """Whether the task runs a program that takes the whole screen, which cannot be shown as lines."""
        return self._terminal.full_screen

    def poll(self) -> bool:
        """Look whether there is more.

        Returns:
            Whether anything changed. After a file was replaced or cut, ``source`` is another one.
        """
        if self._file is None:
            self._begin()
            return self._file is not None
        try:
            change = self._file.changed()
            behind = self._file.size() - self._offset
            if change == "missing" or (change == "same" and behind <= 0):
                return False  # what was read of a file that is gone stays readable
            if change in ("replaced", "truncated") or behind > _BEHIND:
                self._begin()
                return True
        except LogUnreadable as problem:
            self._give_up(problem)
            return True
        return self._read()

    def _read(self) -> bool:
        assert self._file is not None
        try:
            data, self._offset = self._file.read_on(self._offset, _PIECE)
        except LogUnreadable as problem:
            self._give_up(problem)
            return True
        self._terminal.feed(data)
        return bool(data)

    def close(self) -> None:
        """Let go of the file; the lines stay."""
        if self._file is not None:
            self._file.close()
            self._file = None
