"""From the text of a Multi submission to its logical lines: comments cut, continuations joined, positions kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ant_tui.submission.faults import Fault
from ant_tui.submission.lexer import BLANKS, Reader, Span, is_plain, trim_end

__all__ = ["LogicalLine", "each_line", "logical_lines"]


class LogicalLine(NamedTuple):
    """One command as it will be read further.

    Attributes:
        text: without comment, continuations and outer blanks; never empty, no line break in it.
        line: the line on which it begins, from 1.
        offset: where it begins in the whole text.
        arguments: where our arguments stand in ``text``, where that is known already; else None.
        plain: whether ``lexer.is_plain`` says so of ``text``; False where nobody has asked.
        pieces: for a line put together from several: (offset in ``text``, offset in the whole text) of each.
    """

    text: str
    line: int
    offset: int
    arguments: tuple[Span, ...] | None = None
    plain: bool = False
    pieces: tuple[tuple[int, int], ...] = ()

    def source(self, at: int) -> int:
        """The offset in the whole text of an offset in ``text``."""
        if not self.pieces:
            return self.offset + at
        return next(there + at - here for here, there in reversed(self.pieces) if here <= at)


def logical_lines(text: str) -> tuple[list[LogicalLine], list[Fault]]:
    r"""Split a Multi text.

    A ``#`` that begins an unquoted word begins a comment. A backslash at the end of a line (blanks may follow it) joins
    it with the next by one blank, inside double quotes by nothing; blank lines and comment lines in between are passed
    over. Quotes end on the line on which they begin. Line breaks are ``\n`` and ``\r\n``.

    Returns:
        The lines that could be read, and what was wrong with the others; offsets are offsets in ``text``.
    """
    faults: list[Fault] = []
    return list(each_line(text, faults)), faults


def each_line(text: str, faults: list[Fault]) -> Iterator[LogicalLine]:
    """Like ``logical_lines``, one line after the other, for long texts.

    Args:
        text: of a Multi submission.
        faults: takes what was wrong with lines that could not be read.
    """
    begun: _Assembly | None = None
    offset = 0
    for number, raw in enumerate(text.split("\n"), 1):
        if begun is None:
            if is_plain(raw):
                if stripped := raw.strip(BLANKS):
                    start = 0 if raw[0] == stripped[0] else len(raw) - len(raw.lstrip(BLANKS))
                    yield LogicalLine(stripped, number, offset + start, None, True)
                offset += len(raw) + 1
                continue
            begun = _Assembly(number)
        if not begun.add(raw, offset):
            if (line := begun.finish(faults)) is not None:
                yield line
            begun = None
        offset += len(raw) + 1
    if begun is not None:
        begun.end_of_text(faults)


class _Assembly:
    """A logical line while its pieces come in."""

    def __init__(self, line: int) -> None:
        self._line = line
        self._reader = Reader(script=False)
        self._parts: list[str] = []
        self._length = 0
        self._pieces: list[tuple[int, int]] = []
        self._reads = 0
        self._backslash = 0
        self._fault: Fault | None = None

    def add(self, raw: str, offset: int) -> bool:
        """Take one line of the text; True when the logical line goes on."""
        if self._fault is not None:
            return _ends_in_backslash(raw)
        quoted = self._reader.in_double_quotes
        piece = raw.rstrip("\r") if quoted else raw.strip(BLANKS)
        if self._reads and not quoted and (not piece or piece[0] == "#"):
            return True
        if not quoted:
            offset += len(raw) - len(raw.lstrip(BLANKS))
        self._reads += 1
        try:
            self._reader.read(piece, offset)
        except Fault as fault:
            self._fault = fault
            return _ends_in_backslash(raw)
        ends = [at for at in (self._reader.comment, self._reader.continuation) if at >= 0]
        self._append(piece[: ends[0]] if ends else piece, offset, quoted)
        if self._reader.continuation < 0:
            return False
        self._backslash = offset + self._reader.continuation
        return True

    def _append(self, piece: str, offset: int, quoted: bool) -> None:
        if not self._reader.in_double_quotes:
            piece = trim_end(piece)
        if not piece:
            return
        if self._length and not quoted:
            self._parts.append(" ")
            self._length += 1
        self._pieces.append((self._length, offset))
        self._parts.append(piece)
        self._length += len(piece)

    def finish(self, faults: list[Fault]) -> LogicalLine | None:
        """Hand over the line, or what was wrong with it; a comment is neither."""
        if self._fault is None:
            try:
                self._reader.finish()
            except Fault as fault:
                self._fault = fault
        if self._fault is not None:
            faults.append(self._fault)
        if self._fault is not None or not self._parts:
            return None
        text, offset = "".join(self._parts), self._pieces[0][1]
        if self._reads == 1:
            return LogicalLine(text, self._line, offset, tuple(self._reader.arguments))
        return LogicalLine(text, self._line, offset, pieces=tuple(self._pieces))

    def end_of_text(self, faults: list[Fault]) -> None:
        """Nothing comes any more, although the line was to go on."""
        unfinished = Fault(self._backslash, "the line goes on after this backslash, but the text ends here.")
        faults.append(self._fault or unfinished)


def _ends_in_backslash(raw: str) -> bool:
    line = raw.rstrip(BLANKS)
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1
