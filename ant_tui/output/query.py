"""What to search for in output, and finding it in a piece of bytes.

A match lies within one line, as with grep. Colour sequences inside of what a reader sees as one word do not hide it.
Where the pieces come from is no matter of this module (``search``).
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from typing import ClassVar

from ant_tui.errors import UsageError
from ant_tui.output.literals import one_case, required_literals, required_together
from ant_tui.output.needle import SAMPLE_EVERY, SEQUENCE, Needle, Span, sample_of
from ant_tui.output.sanitise import plain

__all__ = ["BadPattern", "Query"]

_LONG = 48  # characters from which on a text is searched by its beginning first


class BadPattern(UsageError):
    """What was to be searched for is no pattern."""

    kind: ClassVar[str] = "pattern"


class Query:
    """What to search for, ready to be used on bytes."""

    def __init__(
        self, text: str, *, regex: bool = False, ignore_case: bool = False, through_colours: bool = True
    ) -> None:
        """Prepare a search.

        Args:
            text: the text, or the regular expression in Python's syntax (``^`` and ``$`` mean lines).
            regex: it is a regular expression. One with nested repetition can take very long on a single line, and
                cannot be stopped there.
            ignore_case: upper and lower case are the same.
            through_colours: look at the text without its escape sequences, as a reader does. Slower on coloured logs.

        Raises:
            BadPattern: the text is empty, has several lines, or is no regular expression.
        """
        if not text or "\n" in text:
            raise BadPattern("There is nothing to search for: type a text of one line.")
        self._through_colours = through_colours and "\x1b" not in text
        self._fold = ignore_case
        flags = re.MULTILINE | (re.IGNORECASE if ignore_case else re.NOFLAG)
        try:
            self._in_text = re.compile(text if regex else re.escape(text), flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise BadPattern(f"{plain(text)} is no regular expression: {plain(str(error))}.") from None
        needs_regex = regex or (ignore_case and not text.isascii()) or len(text) > _LONG
        self._regex = self._in_text if needs_regex else None
        needles = [self._needle(literal) for literal in (required_literals(text) if regex else (text,))]
        self._needles = [needle for needle in needles if needle is not None] if None not in needles else []
        choice = [self._needle(literal) for literal in (required_together(text) if regex else ())]
        # All are in everything that matches, so that any of them leads to it.
        self._choice = [needle for needle in choice if needle is not None]
        self._age = 0
        self.length = len(text.encode("utf-8", "surrogateescape"))
        """Bytes of the text or pattern."""
        self.in_one_draw = not regex and "\r" not in text
        """No match reaches over a carriage return."""

    def _needle(self, literal: str) -> Needle | None:
        if self._fold and not literal.isascii():
            literal = one_case(literal)
        text = literal[:_LONG].encode("utf-8", "surrogateescape")
        return Needle(text.lower() if self._fold else text) if text else None

    def _choose(self, data: bytes) -> None:
        """Of texts that must all be there, look for the rarest."""
        self._age -= 1
        if len(self._choice) > 1 and self._age < 0:
            self._age = SAMPLE_EVERY
            sample = sample_of(data)
            sample = sample.lower() if self._fold else sample
            self._needles = [min(self._choice, key=lambda needle: (sample.count(needle.text), -len(needle.text)))]

    def spans(self, data: bytes, start: int = 0) -> list[Span]:
        """Find the matches that begin at ``start`` or later, in order, not overlapping, none empty."""
        bare = not self._through_colours or b"\x1b" not in data
        self._choose(data)
        rare = [needle.look_at(data, folded=self._fold) for needle in self._needles]
        if rare and not any(letter in data or (self._fold and letter.upper() in data) for letter in rare):
            return []
        if not rare:
            return list((self._in_bare if bare else self._in_coloured)(data, start))
        folded = data.lower() if self._fold else data
        if self._regex is not None:
            return list(self._on_lines(data, folded, start, bare))
        return self._needles[0].spans(folded, start, bare=bare)

    def text_spans(self, text: str) -> list[Span]:
        """Find the matches in a line of clean text, as ``spans`` does; the indices count characters."""
        return [found.span() for found in self._in_text.finditer(text) if found[0]]

    def _on_lines(self, data: bytes, folded: bytes, start: int, bare: bool) -> Iterator[Span]:
        """Look only at the lines that hold one of the needles; at all of them when those are many."""
        within = self._in_bare if bare else self._in_coloured
        patience = len(data) >> 10
        for place in heapq.merge(*(needle.places(folded, start, bare=bare) for needle in self._needles)):
            if place < start:
                continue
            if not patience:
                yield from within(data, start)
                return
            line = data.rfind(b"\n", 0, place) + 1
            end = data.find(b"\n", place)
            end = end if end >= 0 else len(data)
            for first, last in within(data[line:end], max(start - line, 0)):
                yield line + first, line + last
            start = end + 1
            patience -= 1

    def _in_bare(self, data: bytes, start: int) -> Iterator[Span]:
        """Find what the regular expression matches where nothing is to be looked through."""
        assert self._regex is not None
        return _regex(self._regex, data, start)

    def _in_coloured(self, data: bytes, start: int) -> Iterator[Span]:
        """Find matches in what is left without escape sequences."""
        bare = SEQUENCE.sub(b"", data)
        bare_start = len(SEQUENCE.sub(b"", data[:start])) if start else 0
        bare_line = line = 0  # where the line of the last match begins, without sequences and with them
        bare_end = end = -1
        removed: list[tuple[int, int]] = []
        for first, last in self._in_bare(bare, bare_start):
            if first > bare_end:  # another line; no sequence reaches over a line's end, so both have equally many
                newlines = bare.count(b"\n", bare_line, first)
                for _ in range(newlines):
                    line = data.index(b"\n", line) + 1
                bare_line = bare.rfind(b"\n", bare_line, first) + 1 if newlines else bare_line
                bare_end, end = bare.find(b"\n", first), data.find(b"\n", line)
                bare_end, end = bare_end if bare_end >= 0 else len(bare), end if end >= 0 else len(data)
                removed = _removals(data[line:end])
            yield line + _restored(first - bare_line, removed), line + _restored(last - 1 - bare_line, removed) + 1


def _regex(regex: re.Pattern[str], data: bytes, start: int) -> Iterator[Span]:
    """Find what a regular expression matches within lines."""
    text = data.decode("utf-8", "surrogateescape")
    if len(text) == len(data):
        yield from _within_lines(regex, text, start)
        return
    character, byte = len(data[:start].decode("utf-8", "surrogateescape")), start  # one place, counted both ways
    for first, end in _within_lines(regex, text, character):
        begin = byte + len(text[character:first].encode("utf-8", "surrogateescape"))
        character, byte = end, begin + len(text[first:end].encode("utf-8", "surrogateescape"))
        yield begin, byte


def _within_lines(regex: re.Pattern[str], text: str, at: int) -> Iterator[Span]:
    while at <= len(text):
        for found in regex.finditer(text, at):
            first, end = found.span()
            line_end = text.find("\n", first, end)
            if line_end >= 0:  # reaches into the next line: look at this one alone, then begin anew behind it
                yield from (part.span() for part in regex.finditer(text, first, line_end) if part[0])
                at = line_end + 1
                break
            if first < end:
                yield first, end
        else:
            return


def _removals(line: bytes) -> list[tuple[int, int]]:
    """Where in a line without its sequences they were, and how many bytes are gone up to there."""
    removed: list[tuple[int, int]] = []
    gone = 0
    for found in SEQUENCE.finditer(line):
        start, end = found.span()
        removed.append((start - gone, gone + end - start))
        gone += end - start
    return removed


def _restored(at: int, removed: list[tuple[int, int]]) -> int:
    """The index with sequences of what is at ``at`` without them."""
    gone = 0
    for position, length in removed:
        if position > at:
            break
        gone = length
    return at + gone
