"""From a task's log file to lines that a view can show: the end of the file first, then what is added to it.

The last lines are kept in a ring; what a task writes in between is read and interpreted piece by piece. The lines above
are read when they are looked at (``log_lines``). No widget and no clock here: whoever shows the lines says when to look
again, and lends a thread in which lines are counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from ant_tui.output.ansi_text import looks_binary
from ant_tui.output.line_terminal import LineTerminal
from ant_tui.output.log_file import LogFile, LogMissing, LogUnreadable
from ant_tui.output.row import Run
from ant_tui.ui.log_lines import LogLines
from ant_tui.ui.output_history import OutputHistory

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


class OutputFeed:
    """One log, followed."""

    def __init__(self, path: str, *, max_rows: int = _MOST_ROWS) -> None:
        """Open a log at its end, if it is there already.

        Args:
            path: the log.
            max_rows: rows of the end that are kept; the oldest go first.
        """
        self.path = path
        self.problem = ""
        """Why there is nothing to show, as a sentence; empty where there is."""
        self.missing = False
        """Whether that is because there is no log."""
        self.files = 0
        """How many files were opened under that name: more than one when it was cut or replaced."""
        self._max_rows = max_rows
        self._file: LogFile | None = None
        self._history: OutputHistory | None = None
        self._recount: OutputHistory | None = None
        self._begin()

    def _begin(self) -> None:
        self.close()
        try:
            self._file = LogFile(self.path)
            self._history = OutputHistory(self.path)
            self.files += 1
            self._begin_at_end()
        except (LogMissing, LogUnreadable) as problem:
            self._offset = 0
            self._terminal = LineTerminal(max_rows=self._max_rows)
            self._lines = LogLines(self._terminal, None, 0)
            self._give_up(problem)

    def _begin_at_end(self) -> None:
        assert self._file is not None
        start = self._offset = self._file.tail_start(self._max_rows, _FIRST_BYTES)
        begins_line = start == 0 or self._file.read(start - 1, 1) == b"\n"
        self._terminal = LineTerminal(max_rows=self._max_rows)
        self._lines = LogLines(self._terminal, self._history, start, begins_line=begins_line)
        self.binary = looks_binary(self._file.read(start, 4096))
        self.problem, self.missing = "", False
        self._read()

    def _give_up(self, problem: LogMissing | LogUnreadable) -> None:
        self.problem = problem.sentence
        self.missing = isinstance(problem, LogMissing)
        self.binary = False
        self.close()

    @property
    def source(self) -> LogLines:
        """The lines; another object after ``poll`` has said so."""
        return self._lines

    @property
    def bytes_known(self) -> int:
        """How far the file was read, in bytes from its beginning."""
        return self._offset

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

    # Counting lines, which may take seconds where the log is huge or its disk slow.

    @property
    def counted(self) -> float | None:
        """How much of what is above the live end was counted, from 0 to 1; None once all is."""
        history = self._recount or self._history
        if history is None or (self._lines.whole and self._recount is None):
            return None
        return min(1.0, history.counted / max(self._offset, 1))

    @property
    def counting(self) -> bool:
        """Whether lines are being counted in a thread."""
        return any(history is not None and history.counting for history in (self._history, self._recount))

    @property
    def to_count(self) -> OutputHistory | None:
        """What has to be counted in a thread; ``counted_all`` takes it back."""
        history = self._recount or self._history
        if history is None or history.counting or self.counted is None:
            return None
        return history

    def counted_all(self, history: OutputHistory) -> None:
        """Say that everything was counted."""
        history.counting = False
        if history is self._recount and self._history is not None:
            self._history.close()
            self._history, self._recount = history, None
            self._lines.recount(history)
        else:
            self._lines.settle()

    def _look_for_holes(self) -> None:
        if self._history is not None and self._recount is None and self._history.changed():
            try:
                self._recount = OutputHistory(self.path)
            except (LogMissing, LogUnreadable):
                return  # what is shown stays; the next look at the file tells what became of it

    # Looking for more.

    def poll(self, *, may_skip: bool = True) -> bool:
        """Look whether there is more.

        Args:
            may_skip: whether a flood of lines between the last look and the end may be left out of the live end. Not
                so for somebody who reads them.

        Returns:
            Whether anything changed. After a file was replaced or cut, or after such a flood, ``source`` is another.
        """
        if self._file is None:
            self._begin()
            return self._file is not None
        try:
            change = self._file.changed()
            behind = self._file.size() - self._offset
            if change == "missing" or (change == "same" and behind <= 0):
                return False  # what was read of a file that is gone stays readable
            if change in ("replaced", "truncated"):
                self._begin()
                return True
            if behind > _BEHIND and may_skip:
                self._begin_at_end()
                return True
            self._look_for_holes()
        except LogUnreadable as problem:
            self._give_up(problem)
            return True
        return self._read()

    def _read(self) -> bool:
        assert self._file is not None
        start = self._offset
        try:
            data, self._offset = self._file.read_on(start, _PIECE)
        except LogUnreadable as problem:
            self._give_up(problem)
            return True
        self._lines.feed(data, start, self._offset)
        return bool(data)

    def close(self) -> None:
        """Let go of the file; the lines of the live end stay."""
        if self._file is not None:
            self._file.close()
            self._file = None
        for history in (self._history, self._recount):
            if history is not None:
                history.close()
        self._history = self._recount = None
