"""Where a view of output stands, and which rows are seen from there.

The place is a line, by its number, which never changes, and a row within that line: neither new lines, nor dropped
ones, nor wrapping move what one reads. Pure state over a ``LineSource``; of a file of any size it asks for the lines
near the view and for no others. No widget here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from msgspec import Struct
from rich.cells import cell_len

from ant_tui.ui.widgets.cells import SafeText, safe_same_length, window, wrap
from ant_tui.ui.widgets.output_lines import LineSource, Overlay, Row, Run

__all__ = ["NO_LINES", "Line", "OutputPlace"]

_run_start, _run_end = itemgetter(0), itemgetter(1)


class _NoLines:
    """A source without lines."""

    first_line = 0
    line_count = 0

    def line(self, number: int, /) -> tuple[str, Sequence[Run]]:
        raise IndexError(number)


NO_LINES: LineSource = _NoLines()


class Line(Struct):
    """A line near the view, made safe and measured."""

    raw: str
    text: str
    runs: tuple[Run, ...]
    starts: Sequence[int]
    """The index of the first character of each of its rows."""
    stop: int
    """The index behind the last character that is no blank; 0 where no row of it is cut."""


class OutputPlace:
    """A place in a source, and the size of the window through which one looks.

    Attributes:
        source: the lines.
        wrap: whether long lines are broken into several rows, or cut.
        width: cells of the window.
        height: rows of the window.
        top: the number of the line at the top.
        sub: which row of that line is at the top.
        left: cells that are scrolled out at the left, where lines are cut.
    """

    def __init__(self, source: LineSource, safe: SafeText) -> None:
        """Stand at the first line."""
        self.source = source
        self.wrap = False
        self.width = self.height = 0
        self.top = source.first_line
        self.sub = self.left = 0
        self._safe = safe
        self._near: dict[int, Line] = {}

    @property
    def end(self) -> int:
        """The number after the last line's."""
        return self.source.first_line + self.source.line_count

    def set_source(self, source: LineSource) -> None:
        """Take other lines, from their beginning."""
        self.source = source
        self.top = source.first_line
        self.sub = self.left = 0
        self._near.clear()

    def set_size(self, width: int, height: int) -> bool:
        """Take another size; tells whether it is another one."""
        if (width, height) == (self.width, self.height):
            return False
        if width != self.width:
            self._near.clear()
        self.width, self.height = width, height
        return True

    def set_wrap(self, wrap: bool) -> None:
        """Break lines or cut them; the line at the top stays there."""
        self.wrap = wrap
        self.sub = self.left = 0
        self._near.clear()

    def line(self, number: int) -> Line:
        """Return a line that the source has."""
        raw, runs = self.source.line(number)
        known = self._near.get(number)
        if known is not None and known.raw == raw:
            known.runs = tuple(runs)
            return known
        text = safe_same_length(raw, self._safe)
        starts, stop = (wrap(text, self.width), 0) if self.wrap else ((0,), len(text.rstrip()))
        self._near[number] = line = Line(raw, text, tuple(runs), starts, stop)
        return line

    def at_end(self) -> tuple[int, int]:
        """Return the place from which the last row of the last line is seen at the bottom."""
        first, room = self.source.first_line, self.height
        if not self.wrap:
            return max(first, self.end - room), 0
        for number in range(self.end - 1, first - 1, -1):
            rows = len(self.line(number).starts)
            if rows >= room:
                return number, rows - room
            room -= rows
        return first, 0

    def settle(self, *, at_end: bool) -> None:
        """Go to the end, or come back to where there still are lines."""
        if at_end:
            self.top, self.sub = self.at_end()
        else:
            self._clamp()

    def _clamp(self) -> None:
        top = max(self.source.first_line, min(self.top, self.end - 1))
        if top != self.top:  # what was read has been dropped, or the file was cut
            self.top, self.sub = top, 0
        if self.sub and (top >= self.end or self.sub >= len(self.line(top).starts)):
            self.sub = 0

    def scroll(self, rows: int) -> bool:
        """Move by rows; tells whether the end is in view."""
        self._clamp()
        end = self.at_end()
        self.top, self.sub = min(self._walk(self.top, self.sub, rows), end)
        return (self.top, self.sub) == end

    def go_to(self, number: int) -> bool:
        """Put a line at the top; tells whether the end is in view."""
        end = self.at_end()
        self.top, self.sub = min((max(self.source.first_line, number), 0), end)
        return (self.top, self.sub) == end

    def scroll_columns(self, cells: int) -> None:
        """Move sideways, where lines are cut; half a window stays over the widest line in view."""
        self._clamp()
        if not self.wrap:
            lines = range(self.top, min(self.end, self.top + self.height))
            widest = max((cell_len(self.line(number).text) for number in lines), default=0)
            self.left = max(0, min(self.left + cells, widest - self.width // 2))

    def reveal(self, number: int, start: int, end: int) -> None:
        """Bring the characters ``start`` to ``end`` of a line into view, into the upper third if they are not."""
        self._clamp()
        number = max(self.source.first_line, min(number, self.end - 1))
        line = self.line(number)
        row = bisect_right(line.starts, start) - 1
        last = self._walk(self.top, self.sub, self.height - 1)
        if not (self.top, self.sub) <= (number, row) <= last:
            self.top, self.sub = min(self._walk(number, row, -(self.height // 3)), self.at_end())
        if not self.wrap:
            left, right = cell_len(line.text[:start]), cell_len(line.text[: max(start, end)])
            if not self.left <= left <= right <= self.left + self.width:
                self.left = 0 if right <= self.width else max(0, min(left - self.width // 4, right))

    def rows(self, overlays: Callable[[int, str], Sequence[Overlay]]) -> list[Row]:
        """Return what is seen, at most ``height`` rows.

        Args:
            overlays: given the number and text of a line, what lies over it.
        """
        rows: list[Row] = []
        number, skip = self.top, self.sub
        near: dict[int, Line] = {}
        while len(rows) < self.height and number < self.end:
            near[number] = line = self.line(number)
            over = overlays(number, line.text)
            for text, start, behind in self._parts(line, skip, self.height - len(rows)):
                stop = start + len(text)
                first = bisect_right(line.runs, start, key=_run_end)
                runs = line.runs[first : bisect_left(line.runs, stop, lo=first, key=_run_start)]
                lying = tuple(o for o in over if o[0] < stop and o[1] > start)
                halved = text != "" and text[-1] != line.text[behind - 1]  # of a wide character, a blank is seen
                rows.append(Row(number, text, start, runs, lying, behind < line.stop or halved))
            number, skip = number + 1, 0
        self._near = near
        return rows

    def _parts(self, line: Line, skip: int, count: int) -> Iterator[tuple[str, int, int]]:
        """Give the rows of a line as ``window`` does, without the first ``skip``."""
        if not self.wrap:
            yield window(line.text, self.left, self.width)
            return
        stops = (*line.starts[skip + 1 : skip + 1 + count], len(line.text))
        for start, stop in zip(line.starts[skip : skip + count], stops, strict=False):
            yield line.text[start:stop], start, stop

    def _walk(self, number: int, row: int, rows: int) -> tuple[int, int]:
        """Return the place ``rows`` rows on (or back) from a row of a line; it stops at the ends."""
        first, last = self.source.first_line, max(self.source.first_line, self.end - 1)
        if not self.wrap:
            return max(first, min(last, number + rows)), 0
        if self.end <= first:
            return first, 0
        while rows > 0:
            below = len(self.line(number).starts) - 1 - row
            if rows <= below or number >= last:
                return number, row + min(rows, below)
            rows -= below + 1
            number, row = number + 1, 0
        while rows < 0:
            if -rows <= row or number <= first:
                return number, max(0, row + rows)
            rows += row + 1
            number -= 1
            row = len(self.line(number).starts) - 1
        return number, row
