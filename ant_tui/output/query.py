"""What to search for in output, and finding it in a piece of bytes.

A match lies within one line, as with grep. Colour sequences inside of what a reader sees as one word do not hide it.
Where the pieces come from is no matter of this module (``search``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import ClassVar, TypeAlias

from ant_tui.errors import UsageError
from ant_tui.output.literals import required_literals
from ant_tui.output.sanitise import plain

__all__ = ["BadPattern", "Query"]

_ESCAPE = rb"\x1b(?:\[[0-?]{0,256}[ -/]{0,16}[@-~]|\][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)|[ -/]{0,16}[0-OQ-WYZ\\`-~])"
_SEQUENCE = re.compile(_ESCAPE)
_LONGEST = 4200  # bytes of an escape sequence
_SAMPLE = 4096
_LONG = 48  # characters from which on a text is searched by its beginning first

Span: TypeAlias = tuple[int, int]


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
        literals = required_literals(text) if regex else (text,)
        if ignore_case and not all(map(str.isascii, literals)):
            literals = ()
        needles = [literal[:_LONG].encode("utf-8", "surrogateescape") for literal in literals]
        self._needles = [needle.lower() for needle in needles] if ignore_case else needles
        self._tails: dict[int, re.Pattern[bytes]] = {}
        self.length = len(text.encode("utf-8", "surrogateescape"))
        """Bytes of the text or pattern."""

    @cached_property
    def _broken(self) -> list[re.Pattern[bytes]]:
        """The needles with escape sequences in between; compiling them takes some milliseconds."""
        return [_allow_sequences(needle) for needle in self._needles]

    def _tail(self, at: int) -> re.Pattern[bytes]:
        """The only needle from one of its bytes on, with escape sequences in between."""
        if at not in self._tails:
            self._tails[at] = _allow_sequences(self._needles[0][at:])
        return self._tails[at]

    def spans(self, data: bytes, start: int = 0) -> Iterable[Span]:
        """Find the matches that begin at ``start`` or later, in order, not overlapping, none empty."""
        bare = not self._through_colours or b"\x1b" not in data
        sample = data[:_SAMPLE].lower() if self._fold else data[:_SAMPLE]
        rare = [_rarest(needle, sample) for needle in self._needles]
        keys = [needle[at : at + 1] for needle, at in zip(self._needles, rare, strict=True)]
        if keys and not any(key in data or (self._fold and key.upper() in data) for key in keys):
            return ()
        folded = data.lower() if self._fold and self._needles else data
        if not self._needles:
            return (self._in_bare if bare else self._in_coloured)(data, start)
        if self._regex is not None:
            return self._on_lines(data, folded, start, bare)
        if bare:
            return _literal(folded, self._needles[0], rare[0], start)
        return _broken_near(folded, self._tail(rare[0]), self._broken[0], start)

    def text_spans(self, text: str) -> list[Span]:
        """Find the matches in a line of clean text, as ``spans`` does; the indices count characters."""
        return [found.span() for found in self._in_text.finditer(text) if found[0]]

    def _on_lines(self, data: bytes, folded: bytes, start: int, bare: bool) -> Iterator[Span]:
        """Look only at the lines that hold one of the needles; at all of them when those are many."""
        within = self._in_bare if bare else self._in_coloured
        patience = len(data) >> 10
        hits = [-1] * len(self._needles)  # where each needle comes next
        while patience:
            for index, needle in enumerate(self._needles):
                if hits[index] < start and bare:
                    hits[index] = folded.find(needle, start)
                elif hits[index] < start:
                    found = self._broken[index].search(folded, start)
                    hits[index] = found.start() if found else -1
                if hits[index] < 0:
                    hits[index] = len(data)
            hit = min(hits)
            if hit == len(data):
                return
            line = data.rfind(b"\n", 0, hit) + 1
            end = data.find(b"\n", hit)
            end = end if end >= 0 else len(data)
            for first, last in within(data[line:end], max(start - line, 0)):
                yield line + first, line + last
            start = end + 1
            patience -= 1
        yield from within(data, start)

    def _in_bare(self, data: bytes, start: int) -> Iterator[Span]:
        """Find what the regular expression matches where nothing is to be looked through."""
        assert self._regex is not None
        return _regex(self._regex, data, start)

    def _in_coloured(self, data: bytes, start: int) -> Iterator[Span]:
        """Find matches in what is left without escape sequences."""
        bare = _SEQUENCE.sub(b"", data)
        bare_start = len(_SEQUENCE.sub(b"", data[:start])) if start else 0
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


def _rarest(needle: bytes, sample: bytes) -> int:
    """The index of the needle's byte that is rarest in a sample of the data."""
    return min(range(len(needle)), key=lambda at: sample.count(needle[at]))


def _allow_sequences(needle: bytes) -> re.Pattern[bytes]:
    """A pattern for a text with escape sequences between its bytes."""
    between = b"(?:" + _ESCAPE + b")*"
    first, *others = [re.escape(needle[at : at + 1]) for at in range(len(needle))]
    soon = b"(?=[\x1b" + others[0] + b"])" if others else b""  # most candidates fail here, before a group is entered
    return re.compile(between.join([first + soon, *others]))


def _literal(data: bytes, needle: bytes, at: int, start: int) -> list[Span]:
    """Find a text. Looking for its one rare byte ``at`` is several times faster than for all, as long as it is rare."""
    key = needle[at : at + 1]
    patience = len(data) >> 11
    spans: list[Span] = []
    while patience and (hit := data.find(key, start + at)) >= 0:
        start = hit - at
        if data.startswith(needle, start):
            spans.append((start, start + len(needle)))
            start += len(needle)
        else:
            start += 1
        patience -= 1
    if not patience:
        spans += [found.span() for found in re.compile(re.escape(needle)).finditer(data, start)]
    return spans


def _broken_near(data: bytes, probe: re.Pattern[bytes], broken: re.Pattern[bytes], start: int) -> list[Span]:
    """Find a text as ``_broken_literal`` does, but only in lines that hold a rare part of it, while they are few."""
    patience = len(data) >> 11
    spans: list[Span] = []
    while patience and (hit := probe.search(data, start)):
        line = data.rfind(b"\n", 0, hit.start()) + 1
        end = data.find(b"\n", hit.start())
        end = end if end >= 0 else len(data)
        within = _broken_literal(data[line:end], broken, max(start - line, 0))
        spans += [(line + first, line + last) for first, last in within]
        start = end + 1
        patience -= 1
    return spans if patience else spans + _broken_literal(data, broken, start)


def _broken_literal(data: bytes, broken: re.Pattern[bytes], start: int) -> list[Span]:
    """Find a text that may have sequences in between, but does not begin inside of one."""
    spans: list[Span] = []
    at = start
    while at <= len(data):
        for found in broken.finditer(data, at):
            first, end = found.span()
            escape = data.rfind(b"\x1b", max(first - _LONGEST, 0), first)
            sequence = _SEQUENCE.match(data, escape) if escape >= 0 else None
            if sequence is not None and sequence.end() > first:  # not there; look on from its second byte
                at = first + 1
                break
            spans.append((first, end))
        else:
            break
    return spans


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
    for found in _SEQUENCE.finditer(line):
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
