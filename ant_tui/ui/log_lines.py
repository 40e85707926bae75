"""A whole log as a source of lines: the live end from a terminal's rows, all above it from the file.

The lines of the file have the numbers that every tool gives them (here from 0); the rows of the live end go on from
there. As long as a log only gains lines the two agree. Where bars were redrawn with a cursor that goes up, a few rows
stand for many lines: when such a part leaves the live end, everything below it gets other numbers, and ``take_moves``
tells. No widget and no file access here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from ant_tui.output.line_terminal import LineTerminal
from ant_tui.output.log_file import LogUnreadable
from ant_tui.output.row import Run
from ant_tui.ui.output_history import OutputHistory

__all__ = ["LogLines", "Spot"]

_PIECE = 64 * 1024


class _Mark(NamedTuple):
    """Row ``row`` of the terminal began with byte ``offset`` of the file."""

    row: int
    offset: int


class Spot(NamedTuple):
    """Where a byte is.

    Attributes:
        number: of its line.
        start: the byte with which that line begins.
    """

    number: int
    start: int


class LogLines:
    """The lines of one log."""

    def __init__(
        self, terminal: LineTerminal, history: OutputHistory | None, start: int, *, begins_line: bool = True
    ) -> None:
        """Make a source.

        Args:
            terminal: the live end; empty.
            history: what is above; None where that cannot be read.
            start: the byte of the file with which the live end begins.
            begins_line: whether a line begins there.
        """
        self._terminal = terminal
        self._history = history
        self._begun = begins_line
        self._marks: list[_Mark] = [_Mark(0, start)]  # the first one is where file and live end meet
        self._shift = 0  # from a row's number in the terminal to its number here
        self._whole = False
        self._known: _Mark | None = None  # the meeting point for which the shift holds
        self._moves: list[tuple[int, int]] = []
        self.settle()

    # What a view asks for.

    @property
    def first_line(self) -> int:
        """The number of the first line that can be asked for."""
        return 0 if self._whole else self._terminal.first_row + self._shift

    @property
    def line_count(self) -> int:
        """How many lines there are from there on."""
        return max(0, self._terminal.end_row + self._shift - self.first_line)

    def line(self, number: int, /) -> tuple[str, Sequence[Run]]:
        """A line."""
        row = number - self._shift
        if self._whole and row < self._marks[0].row and self._history is not None:
            text, runs, _ = self._history.row(number)
        else:
            text, runs, _ = self._terminal.row(row)
        return text, runs

    # What the owner asks for.

    @property
    def whole(self) -> bool:
        """Whether the lines above the live end can be asked for, so that numbers are those of the file."""
        return self._whole

    def knows(self, offset: int) -> bool:
        """Whether the line of a byte has a number yet."""
        return self._whole or offset >= self._marks[0].offset

    def spot(self, offset: int) -> Spot:
        """Find the line that holds a byte; the nearest where a bar was drawn over it."""
        if self._whole and offset < self._marks[0].offset and self._history is not None:
            try:
                number = self._history.line_at(offset)
            except LogUnreadable:
                number = 0
            return Spot(number, self._history.start_of(number))
        mark = self._marks[max(bisect_right(self._marks, offset, key=lambda mark: mark.offset) - 1, 0)]
        before = self._history.read(mark.offset, offset) if self._history is not None else b""
        row = min(mark.row + before.count(b"\n"), self._terminal.end_row - 1)
        row = max(row, self._terminal.first_row)
        return Spot(row + self._shift, mark.offset + before.rfind(b"\n") + 1)

    def offset_of(self, number: int) -> int:
        """The byte with which a line begins, or one not far before it."""
        row = number - self._shift
        if self._whole and row < self._marks[0].row and self._history is not None:
            return self._history.start_of(number)
        index = max(bisect_right(self._marks, row, key=lambda mark: mark.row) - 1, 0)
        mark = self._marks[index]
        end = self._marks[index + 1].offset if index + 1 < len(self._marks) else mark.offset + _PIECE
        data = self._history.read(mark.offset, end) if self._history is not None else b""
        at = 0
        for _ in range(row - mark.row):
            found = data.find(b"\n", at)
            if found < 0:
                break
            at = found + 1
        return mark.offset + at

    def take_moves(self) -> list[tuple[int, int]]:
        """What has got other numbers since this was last asked: (from this line on, by so many)."""
        moves, self._moves = self._moves, []
        return moves

    # What the feed does.

    def feed(self, data: bytes, start: int, end: int) -> None:
        """Take what comes next.

        Args:
            data: what stands in the file from ``start`` to ``end``; with words in the place of what was removed there.
            start: a byte of the file.
            end: a byte of the file.
        """
        if len(data) != end - start:
            self._terminal.feed(data)
            if data.endswith(b"\n"):
                self._mark(end)
            self.settle()
            return
        at = 0
        while at < len(data):
            stop = data.find(b"\n", at) + 1 if not self._begun else data.rfind(b"\n", at, at + _PIECE) + 1
            ends_line = stop > 0
            stop = stop or min(at + _PIECE, len(data))
            self._terminal.feed(data[at:stop])
            if ends_line:
                self._mark(start + stop)
            at = stop
        self.settle()

    def _mark(self, offset: int) -> None:
        row = self._terminal.cursor[0]
        if not self._begun:
            self._begun = True
            self._marks = [_Mark(row, offset)]
        elif row > self._marks[-1].row and not self._terminal.full_screen:
            self._marks.append(_Mark(row, offset))

    def settle(self) -> None:
        """Let file and live end meet where both are known."""
        first = self._terminal.first_row
        if self._marks[0].row < first:
            left = bisect_right(self._marks, first - 1, key=lambda mark: mark.row)
            self._marks = self._marks[left:] or [_Mark(first, self._marks[-1].offset)]
        meeting = self._marks[0]
        self._whole = self._begun and self._history is not None and self._history.reaches(meeting.offset)
        if self._whole and meeting != self._known and self._history is not None:
            try:
                shift = self._history.line_at(meeting.offset) - meeting.row
            except LogUnreadable:
                self._whole = False  # the end is still there to be read
                return
            if shift != self._shift:
                since = (self._known.row if self._known is not None else first) + self._shift
                self._moves.append((since, shift - self._shift))
                self._shift = shift
            self._known = meeting

    def recount(self, history: OutputHistory) -> None:
        """Take the file from another reader, because parts of it were removed."""
        self._history = history
        self._known = None
        self.settle()
