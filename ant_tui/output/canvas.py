"""Rows with a cursor: where clean text is put, moved over and erased.

The list of rows grows at its end and loses its oldest rows; the cursor can go back only inside the window, the last
rows. No bytes, no escape sequences here (``line_terminal`` reads those and drives this), no drawing.
"""

from __future__ import annotations

from ant_tui.output.cells import cell_width, index_at, is_narrow
from ant_tui.output.row import Row, Runs, clip, erase, merge, overlay
from ant_tui.output.style import PLAIN, Style

__all__ = ["AT_END", "MAX_WINDOW", "ROW_LIMIT", "Canvas"]

ROW_LIMIT = 64 * 1024
"""Characters in one row; a longer line goes on in a row that says so (``Row.continued``)."""

MAX_WINDOW = 200
"""Rows that the cursor can go back at most."""

AT_END = -1
"""The cursor's column while it stands right behind its row's text: saves measuring the text."""

# Terminals are not wider than this. The cursor jumps no further (seven bytes must not make 64 KiB of blanks), and a row
# that is wider has wrapped in any real terminal, so that nothing can be written over it as a whole.
_WIDEST = 1024


def _text(row: str | Row) -> str:
    return row if isinstance(row, str) else row.text


def _length(row: str | Row) -> int:
    return len(_text(row))


def _is_long(text: str) -> bool:
    return len(text) > _WIDEST // 2 and (len(text) > 2 * _WIDEST or index_at(text, _WIDEST)[0] < len(text))


class Canvas:
    """Rows made of a task's output, as far as a ring keeps them.

    Rows have numbers that count from the first row ever and never change; ``[first_row, end_row)`` are there. A view
    paints row ``n`` again when ``row_version(n)`` differs from what it painted; while ``version`` stands still,
    nothing changed. ``end_row`` may go back: erasing removes rows inside the window, and so does the end of a
    full-screen program.

    Attributes:
        version: grows with every change; equal versions mean equal rows.
    """

    def __init__(self, *, max_rows: int | None = 10_000, window: int = 50, max_chars: int = 16 << 20) -> None:
        """Make an empty canvas.

        Args:
            max_rows: rows kept, at least 1; the oldest go first. None keeps all, and ``max_chars`` does not count.
            window: rows that the cursor can go back, 1..200: the height of the task's terminal where it has one.
            max_chars: characters kept in all rows together; rows inside the window are always kept.
        """
        self._max_rows = None if max_rows is None else max(max_rows, 1)
        self._max_chars = max_chars
        self._window = max(1, min(window, MAX_WINDOW, self._max_rows or MAX_WINDOW))
        self._rows: list[str | Row] = []  # a plain str where there is nothing to say but text
        self._versions: list[int] = []
        self._first = 0
        self._chars = 0
        self._top = 0  # the window's first row
        self._y = 0  # may lie below the last row: rows are made when something is written, or left by a newline
        self._x = 0
        self._behind: tuple[int, int, int, int] | None = None  # end, top, y, x of the main screen
        self.version = 0

    # What a view reads.

    @property
    def first_row(self) -> int:
        """Number of the oldest row that is kept."""
        return self._first

    @property
    def end_row(self) -> int:
        """One more than the number of the newest row."""
        return self._first + len(self._rows)

    @property
    def settled_row(self) -> int:
        """Rows below this number do not change any more (but for the end of a full-screen program)."""
        return min(self._top, self.end_row)

    @property
    def full_screen(self) -> bool:
        """Whether a full-screen program (alternate screen) holds the terminal now."""
        return self._behind is not None

    @property
    def cursor(self) -> tuple[int, int]:
        """Row number and column (cells from 0) at which the next character goes."""
        return self._y, self._column()

    def row(self, number: int) -> Row:
        """One row.

        Raises:
            IndexError: it is not kept (any more, or yet).
        """
        row = self._rows[self._index(number)]
        return Row(row) if isinstance(row, str) else row

    def rows(self, start: int, end: int) -> list[Row]:
        """The rows ``[start, end)`` as far as they are kept."""
        kept = self._rows[max(start - self._first, 0) : max(end - self._first, 0)]
        return [Row(row) if isinstance(row, str) else row for row in kept]

    def row_version(self, number: int) -> int:
        """The value of ``version`` at which a row got what it holds now.

        Raises:
            IndexError: it is not kept.
        """
        return self._versions[self._index(number)]

    def text(self) -> str:
        """The text of all kept rows, cut lines joined again, without trailing blanks and trailing empty rows."""
        lines: list[str] = []
        for row in self._rows:
            if isinstance(row, Row) and row.continued and lines:
                lines[-1] += row.text
            else:
                lines.append(_text(row))
        return "\n".join([line.rstrip() for line in lines]).rstrip("\n")

    def _index(self, number: int) -> int:
        if not self._first <= number < self.end_row:
            raise IndexError(f"row {number} is not in [{self._first}, {self.end_row})")
        return number - self._first

    # Writing.

    @property
    def _at_row_end(self) -> bool:
        """Whether the cursor stands behind its row's text, or at the beginning of a row that is empty or not there."""
        if self._x:
            return self._x == AT_END
        return self._y >= self.end_row or not self._rows[self._y - self._first]

    def _extend(self, lines: list[str], style: Style) -> None:
        """Add whole lines of clean text, at most ``ROW_LIMIT`` long, below the last row, where the cursor stands."""
        if style is PLAIN:
            self._rows += lines
        else:
            self._rows += [Row(line, ((0, len(line), style),)) if line else "" for line in lines]
        self._versions += [self.version] * len(lines)
        self._chars += sum(map(len, lines))
        self._y = self.end_row
        self._x = 0
        self._top = max(self._top, self._y - self._window + 1)

    def _write(self, text: str, runs: Runs) -> None:
        """Put clean text at the cursor, over what is there."""
        index = self._cursor_index()
        row = self._rows[index]
        column = self._x
        if column == AT_END or (column == 0 and not row):
            self._x = AT_END
            self._append(index, row, text, runs)
            return
        if column == 0 and not runs and is_narrow(text) and self._redraw([text]):
            return
        if isinstance(row, str):
            row = Row(row)
        if _is_long(row.text):
            if self._y == self.end_row - 1:
                self._newline()
                self._write(text, runs)
                return
            if len(row.text) > 2 * _WIDEST:
                return
            text = text[: index_at(text, max(_WIDEST - column, 0))[0]]
            runs = tuple(clip(runs, 0, len(text), 0))
        width = cell_width(text)
        if width or not self._is_crowded(row.text, column):
            row, ends = overlay(row, column, text, runs)
            self._x = AT_END if ends else column + width
            self._store(index, row)

    def _is_crowded(self, text: str, column: int) -> bool:
        """Whether a cell holds so many combining characters that no more are put in from outside the row's end."""
        index, _ = index_at(text, column)
        return index >= 8 and cell_width(text[index - 8 : index]) == 0

    def _append(self, index: int, row: Row | str, text: str, runs: Runs) -> None:
        if not row:
            self._store(index, Row(text, runs))
        elif isinstance(row, str) and not runs:
            self._store(index, Row(row + text))
        else:
            old = Row(row) if isinstance(row, str) else row
            joined = merge([*old.runs, *clip(runs, 0, len(text), len(old.text))])
            self._store(index, Row(old.text + text, joined, old.continued))

    def _store(self, index: int, row: Row) -> None:
        """Put a row in its place; what is too long goes on below if it is the last one."""
        text, runs, _ = row
        if len(text) > ROW_LIMIT:
            row = Row(text[:ROW_LIMIT], tuple(clip(runs, 0, ROW_LIMIT, 0)), row.continued)
        self._put(index, row if row.runs or row.continued else row.text)
        if len(text) > ROW_LIMIT and self._x == AT_END and self._y == self.end_row - 1:
            self._newline()
            self._x = AT_END
            rest = tuple(clip(runs, ROW_LIMIT, len(text), -ROW_LIMIT))
            self._store(self._cursor_index(), Row(text[ROW_LIMIT:], rest, True))

    def _redraw(self, texts: list[str]) -> bool:
        """Write texts one after the other, each from column 0, where only their widths decide what stays.

        Args:
            texts: clean, plain, narrow; not all empty.

        Returns:
            False when the row needs a closer look; nothing was done then.
        """
        index = self._cursor_index()
        row = self._rows[index]
        if not isinstance(row, str) or not is_narrow(row) or max(len(row), *map(len, texts)) > _WIDEST:
            return False
        new = ""
        for text in reversed(texts):
            if len(text) > len(new):
                new += text[len(new) :]
        new += row[len(new) :]
        self._put(index, new)
        self._x = len(texts[-1]) if len(texts[-1]) < len(new) else AT_END
        return True

    def _newline(self) -> None:
        if self._y >= self.end_row:
            self._cursor_index()
        self._y += 1
        self._x = 0
        if self._y >= self._top + self._window:
            self._top = self._y - self._window + 1

    def _column(self) -> int:
        if self._x != AT_END:
            return self._x
        text = _text(self._rows[self._y - self._first])
        return _WIDEST if _is_long(text) else cell_width(text)

    def _cursor_index(self) -> int:
        """The index of the cursor's row, which is made if it is not there yet."""
        missing = self._y + 1 - self.end_row
        if missing > 0:
            self._rows += [""] * missing
            self._versions += [self.version] * missing
        return self._y - self._first

    def _put(self, index: int, row: Row | str) -> None:
        old = self._rows[index]
        self._chars += len(row if isinstance(row, str) else row.text) - len(old if isinstance(old, str) else old.text)
        self._rows[index] = row
        self._versions[index] = self.version

    # Moving.

    def _move(self, rows: int, columns: int) -> None:
        """Move the cursor, no further than the window."""
        column = self._column()
        self._y = max(self._top, min(self._y + rows, self._top + self._window - 1))
        self._x = max(0, min(column + columns, max(column, _WIDEST - 1)))

    def _move_to(self, row: int | None, column: int) -> None:
        """Put the cursor at a row of the window (None: where it is) and a column, both from 0."""
        if row is not None:
            self._y = self._top + min(row, self._window - 1)
        self._x = min(column, _WIDEST - 1)

    def _tab(self) -> None:
        """Move to the next multiple of eight columns; at a row's end there is nothing to move over but blanks."""
        if not self._at_row_end:
            self._x = min(self._column() // 8 * 8 + 8, _WIDEST)
        elif self._x == AT_END and _is_long(_text(self._rows[self._y - self._first])):
            self._write(" ", ())
        else:
            self._write(" " * (8 - self._column() % 8), ())

    # Erasing.

    def _erase(self, number: int, start: int, end: int | None) -> None:
        """Blank cells of one row, as :func:`ant_tui.output.row.erase`."""
        if self._first <= number < self.end_row:
            row = self._rows[number - self._first]
            self._store(number - self._first, erase(Row(row) if isinstance(row, str) else row, start, end))

    def _erase_in_row(self, what: int) -> None:
        """Erase from the cursor on (0), up to the cursor (1), or the whole row (2)."""
        if what == 0 and self._x == AT_END:
            return
        self._x = self._column()
        self._erase(self._y, self._x if what == 0 else 0, self._x + 1 if what == 1 else None)

    def _erase_in_window(self, what: int) -> None:
        """Erase from the cursor on (0), up to the cursor (1), or the whole window (2)."""
        self._erase_in_row(what)
        if what == 1:
            for number in range(self._top, self._y):
                self._erase(number, 0, None)
        else:
            self._remove_from(self._y + 1 if what == 0 else self._top)

    def _remove_from(self, number: int) -> None:
        """Remove the rows from a number on."""
        index = max(number - self._first, 0)
        self._chars -= sum(map(_length, self._rows[index:]))
        del self._rows[index:], self._versions[index:]

    # A full-screen program's own screen, and the ring.

    def _enter_alternate(self) -> None:
        """Begin a screen below all rows, which is gone again when the program leaves it."""
        if self._behind is None:
            self._behind = (self.end_row, self._top, self._y, self._column())
            self._top = self._y = self.end_row
            self._x = 0

    def _leave_alternate(self) -> None:
        if self._behind is not None:
            end, top, self._y, self._x = self._behind
            self._behind = None
            self._remove_from(end)
            self._top = max(top, self._first)  # the ring may have lost the main screen meanwhile
            self._y = max(self._y, self._first)

    def _trim(self) -> None:
        """Forget the oldest rows beyond the limits."""
        if self._max_rows is None:
            return
        count = max(len(self._rows) - self._max_rows, 0)
        if not count and self._chars <= self._max_chars:
            return
        chars = self._chars - sum(map(_length, self._rows[:count]))
        while chars > self._max_chars and count < self._top - self._first:
            chars -= _length(self._rows[count])
            count += 1
        del self._rows[:count], self._versions[:count]
        self._chars = chars
        self._first += count
