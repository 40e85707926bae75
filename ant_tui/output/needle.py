"""Finding a text in a piece of a log as a reader sees it: escape sequences between its letters do not hide it.

Fast, because nearly all bytes are passed over by looking for one rare letter of the text, and what surrounds it is
compared within one regular expression; lines where that leaves a doubt are looked at one by one. Which letter is rare
depends on the log, so a sample is looked at now and then: it decides the speed only, never what is found. Bytes in,
places out; patterns and cases are ``query``'s.
"""

from __future__ import annotations

import heapq
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple, TypeAlias

__all__ = ["SAMPLE_EVERY", "SEQUENCE", "Needle", "Span", "may_hold_texts", "sample_of"]

Span: TypeAlias = tuple[int, int]
"""The bytes ``[start, end)``."""

# One byte always tells how a sequence goes on, so there is nothing to go back for: hence the possessive repeats.
_BODY = rb"(?:\[[0-?]{0,256}+[ -/]{0,16}+[@-~]|\][^\x07\x1b\n]{0,4096}+(?:\x07|\x1b\\)|[ -/]{0,16}+[0-OQ-WYZ\\`-~])"
SEQUENCE = re.compile(rb"\x1b" + _BODY)
"""An escape sequence. None holds a newline; and but for the title and link sequences, which end with BEL or ESC and a
backslash, all bytes behind the ESC are printable ASCII, parameters (``[0-?]``) before intermediates (``[ -/]``)."""

_BETWEEN = rb"(?:\x1b" + _BODY + rb")*+"
_NEWLINE = 0x0A
_LONGEST = 4200  # bytes of an escape sequence
_SAMPLE = 1024  # bytes, at up to eight places of a piece
SAMPLE_EVERY = 64
"""Pieces of a log after which a new sample is taken; the first ones come sooner."""

_SAMPLES = 65_536  # bytes of them that are kept
_TRIED = 3  # letters that are looked at more closely
_OCCURRENCES = 48  # that are looked at in the samples
_CONTEXT = 8  # letters on each side that are compared at once, where sequences may be in between
_RUN = 12  # characters of a number, a time and the like before a word
_CROWD = 10  # bits: matches in every 1 KiB are a crowd
# What takes how long in ns, as measured:
_PASS = 0.33  # to pass over a byte while one is looked for
_LEAP = 90.0  # to go to the next one directly
_FIRST = 4.0  # to stop at the first of two letters
_TRY = 45.0  # to see that it is another text because of what follows
_DOUBT = 130.0  # to see it because of what is before
_RARE = 1 / 250  # a letter's share up to which leaping from one to the next beats passing over all bytes
_OFTEN = 1 / 100  # the share from which on the whole text is looked for


def may_hold_texts(data: bytes) -> bool:
    """Whether there may be titles or links, the sequences that hold any text: BEL or ESC and a backslash ends them."""
    return b"\a" in data or (b"\\" in data and b"\x1b\\" in data)


def sample_of(data: bytes) -> bytes:
    """Take a little from several places."""
    step = max(len(data) // 8, _SAMPLE)
    return b"".join([data[at : at + _SAMPLE] for at in range(0, len(data), step)])


class Needle:
    """A text to find. Not for several threads at once."""

    def __init__(self, text: bytes) -> None:
        """Prepare a search.

        Args:
            text: at least one byte; no newline, no ESC.
        """
        self.text = text
        self._overlaps = any(text.endswith(text[:size]) for size in range(1, len(text)))
        self._probes: dict[tuple[int, int, bool], _Probe] = {}
        self._probe: _Probe | None = None
        self._seen = b""
        self._age = self._interval = 0

    def look_at(self, data: bytes, *, folded: bool) -> bytes:
        """See which of the text's letters is rare in such data.

        Args:
            data: a piece of the log.
            folded: upper case letters of it are meant to be lower case.

        Returns:
            That letter.
        """
        self._age -= 1
        if self._probe is None or self._age < 0:
            self._interval = min(2 * self._interval + 1, SAMPLE_EVERY)
            self._age = self._interval
            sample = sample_of(data)
            self._seen = (self._seen + (sample.lower() if folded else sample))[-_SAMPLES:]
            self._probe = self._choose(self._seen)
        return self.text[self._probe.at : self._probe.at + 1]

    def spans(self, data: bytes, start: int, *, bare: bool) -> list[Span]:
        """Find the text where it begins at ``start`` or later, in order, not overlapping.

        Args:
            data: a piece of the log, after :meth:`look_at`.
            start: an index, >= 0.
            bare: there are no sequences in it, or they are text as any other.
        """
        probe = self._probe
        assert probe is not None
        if bare:
            return self._apart(probe.in_bare(data, start))
        ends = probe.ends(probe.pattern, data, start + probe.at)
        if may_hold_texts(data):
            sure: list[Span] = []
            doubts = [end - 1 for end in ends]
        else:
            back = probe.at + probe.width
            ahead = len(self.text) - back
            # What is no doubt ends right behind its letters, a doubt behind its line.
            sure = [(end - back, end + ahead) for end in ends if data[end - 1] != _NEWLINE]
            doubts = [end - 1 for end in ends if data[end - 1] == _NEWLINE] if len(sure) < len(ends) else []
            if ends and ends[-1] == len(data) and data[-1] != _NEWLINE:  # a doubt in a line without an end, perhaps
                doubts.append(len(data) - 1)
                sure.pop()
        if probe.parted is not None:
            doubts += [hit.start() for hit in probe.parted.finditer(data, start + probe.at)]
            doubts.sort()
        return self._settled(data, start, self._apart(sure), doubts)

    def places(self, data: bytes, start: int, *, bare: bool) -> Iterator[int]:
        """Give a place in each line that may hold the text at ``start`` or later, in order; several in some lines."""
        probe = self._probe
        assert probe is not None
        if bare:
            return (start for start, _ in probe.in_bare(data, start))
        places = (hit.start() for hit in probe.pattern.finditer(data, start + probe.at))
        if probe.parted is None:
            return places
        return heapq.merge(places, (hit.start() for hit in probe.parted.finditer(data, start + probe.at)))

    def _settled(self, data: bytes, start: int, sure: list[Span], doubts: list[int]) -> list[Span]:
        """Look at the lines of what is in doubt."""
        if not doubts:
            return sure
        if len(doubts) > len(data) >> _CROWD:
            return _broken(data, self._broken, start)
        found: list[Span] = []
        taken, end = 0, -1
        for place in doubts:
            if place <= end:
                continue
            line = data.rfind(b"\n", 0, place) + 1
            end = data.find(b"\n", place)
            end = end if end >= 0 else len(data)
            found += sure[taken : bisect_left(sure, (line, 0), taken)]
            taken = bisect_left(sure, (end, 0), taken)
            within = _broken(data[line:end], self._broken, max(start - line, 0))
            found += [(line + first, line + last) for first, last in within]
        return found + sure[taken:]

    def _apart(self, spans: list[Span]) -> list[Span]:
        """Leave out what begins inside of the one before."""
        if not self._overlaps:
            return spans
        found: list[Span] = []
        last = -1
        for start, end in spans:
            if start >= last:
                found.append((start, end))
                last = end
        return found

    @cached_property
    def _broken(self) -> re.Pattern[bytes]:
        """The text with sequences in between; compiling it takes some milliseconds."""
        return re.compile(_with_sequences(self.text))

    def _choose(self, sample: bytes) -> _Probe:
        text, size = self.text, max(len(sample), 1)
        share = {letter: sample.count(letter) / size for letter in set(text)}
        ways: list[tuple[float, int, int, bool]] = []
        for at in sorted(range(len(text)), key=lambda index: share[text[index]])[:_TRIED]:
            skip, others = _what_follows(sample, text[at:], 1)
            leaping = share[text[at]] < _RARE
            reach = share[text[at]] * _LEAP if leaping else _PASS
            ways.append((reach + share[text[at]] * (_TRY + _DOUBT * others), at, skip, False))
            # Two letters in a row must differ: what overlaps would be passed over.
            if not leaping and text[at : at + 1] != text[at + 1 : at + 2] != b"":
                skip, others = _what_follows(sample, text[at:], 2)
                cost = 2 * (_PASS + share[text[at]] * _FIRST)
                cost += sample.count(text[at : at + 2]) / size * (_TRY + _DOUBT * others)
                cost += sample.count(text[at : at + 1] + b"\x1b") / size * (_TRY + _DOUBT)
                ways.append((cost, at, skip, True))
        _, at, skip, by_pair = min(ways)
        if (at, skip, by_pair) not in self._probes:
            self._probes[at, skip, by_pair] = _Probe.of(text, at, skip, by_pair=by_pair)
        return self._probes[at, skip, by_pair]._replace(share=share[text[at]])


class _Probe(NamedTuple):
    """How to find a text by a part of it.

    Attributes:
        text: it.
        at: where in it the part is.
        width: how many letters that are, 1 or 2.
        pattern: matches the part where the text stands or may stand. No more than the part, where it stands in one
            piece and certainly outside of a sequence (if none holds any text); and else the line up to its end, too.
        parted: the same for a part of two letters with a sequence in between.
        alone: matches the text in one piece, found by its part.
        whole: matches the text.
        share: how much of a log its first letter is.
    """

    text: bytes
    at: int
    width: int
    pattern: re.Pattern[bytes]
    parted: re.Pattern[bytes] | None
    alone: re.Pattern[bytes]
    whole: re.Pattern[bytes]
    share: float

    @classmethod
    def of(cls, text: bytes, at: int, skip: int, *, by_pair: bool) -> _Probe:
        behind = at + 2 if by_pair else at + 1
        part, head, tail = re.escape(text[at:behind]), re.escape(text[:behind]), re.escape(text[behind:])
        passed = _not_yet(text[behind:], skip)
        ahead = rb"(?=" + tail + rb")" if tail else b""
        sure = ahead + (rb"(?<=" + head + rb")" if at else b"") + _outside(head)
        doubt = _maybe_behind(text, at, behind) + _continued(text[behind:]) + rb"[^\n]*\n?"
        parted = None
        if by_pair:
            first, second = re.escape(text[at : at + 1]), _with_sequences(text[at + 1 : behind + _CONTEXT])
            between = rb"\x1b" + _BODY + _BETWEEN
            parted = re.compile(first + between + second + rb"[^\n]*")
        return cls(
            text=text,
            at=at,
            width=behind - at,
            pattern=re.compile(part + passed + rb"(?:" + sure + rb"|" + doubt + rb")"),
            parted=parted,
            alone=re.compile(part + passed + ahead + (rb"(?<=" + head + rb")" if at else b"")),
            whole=re.compile(re.escape(text)),
            share=1.0,
        )

    def in_bare(self, data: bytes, start: int) -> list[Span]:
        """Find the text where there are no sequences; what is found may overlap."""
        if self.share > _OFTEN:
            return [hit.span() for hit in self.whole.finditer(data, start)]
        back = self.at + self.width
        ahead = len(self.text) - back
        return [(end - back, end + ahead) for end in self.ends(self.alone, data, start + self.at)]

    def ends(self, pattern: re.Pattern[bytes], data: bytes, at: int) -> list[int]:
        """Find where what matches one of the patterns ends, from ``at`` on."""
        ends: list[int] = []
        if self.share < _RARE:
            letter = self.text[self.at : self.at + 1]
            patience = int(len(data) * _RARE)
            while patience and (at := data.find(letter, at)) >= 0:
                hit = pattern.match(data, at)
                if hit:
                    at = hit.end()
                    ends.append(at)
                else:
                    at += 1
                patience -= 1
            if at < 0:
                return ends
        return ends + [hit.end() for hit in pattern.finditer(data, at)]


def _with_sequences(text: bytes) -> bytes:
    """A pattern for a text with sequences between its letters."""
    first, *others = [re.escape(text[at : at + 1]) for at in range(len(text))]
    soon = rb"(?=[\x1b" + others[0] + rb"])" if others else b""  # most fail here, before a group is entered
    return _BETWEEN.join([first + soon, *others])


def _continued(tail: bytes) -> bytes:
    """A pattern for the beginning of what follows, with sequences between its letters."""
    return b"".join(_BETWEEN + re.escape(tail[at : at + 1]) for at in range(min(len(tail), _CONTEXT)))


def _not_yet(tail: bytes, length: int) -> bytes:
    """A pattern that fails where another text than ``tail`` follows; whether it differs at ``length`` is seen first."""
    letters = [re.escape(tail[at : at + 1]) for at in range(len(tail))]
    if length >= len(letters):
        return b""
    other = [rb"[^\x1b" + letter + rb"]" for letter in letters]
    any_length = b""
    for at in reversed(range(min(_CONTEXT, len(letters)))):
        any_length = rb"(?:" + other[at] + (rb"|" + letters[at] + any_length if any_length else b"") + rb")"
    return rb"(?!" + b"".join(letters[:length]) + other[length] + rb")(?!" + any_length + rb")"


def _what_follows(sample: bytes, text: bytes, width: int) -> tuple[int, float]:
    """See how a text goes on where its first ``width`` letters stand.

    Returns:
        How many further letters there mostly are if they are not all, and the share of places where it is another
        number of them.
    """
    lengths: Counter[int] = Counter()
    places = 0
    step = len(sample) // _OCCURRENCES
    place = sample.find(text[:width])
    while place >= 0:
        there = sample[place : place + len(text)]
        length = next((index for index in range(len(there)) if there[index] != text[index]), len(there))
        if length < len(there) and there[length] != 0x1B:
            lengths[length - width] += 1
        places += 1
        place = sample.find(text[:width], place + 1 + step)
    length, often = lengths.most_common(1)[0] if lengths else (0, 0)
    return length, 1 - often / max(places, 1)


def _outside(head: bytes) -> bytes:
    r"""A pattern that holds behind ``head`` if that begins certainly outside of any sequence.

    Inside of one, all bytes back to ESC or ``ESC [`` are parameters and, behind these, intermediates. It is outside if
    another byte comes before, or a parameter behind an intermediate. What precedes by many of them stays in doubt.
    """
    ways = [rb"(?<=[^ -?\[\x1b]" + head + rb")"]
    for run in range(_RUN):
        ways.append(rb"(?<=(?:[^ -?\[\x1b][ -?]|[ -/][0-?])" + rb"[ -?]" * run + head + rb")")
    return rb"(?:" + b"|".join(ways) + rb")"


def _maybe_behind(text: bytes, at: int, behind: int) -> bytes:
    """A pattern that holds behind ``text[at:behind]`` unless what is before it cannot be the beginning of the text."""
    pattern = b""
    for index in range(max(at - _CONTEXT, 0) + 1, at + 1):
        seen = re.escape(text[index:behind])
        # The first of these fails nearly always.
        end_of_sequence = rb"(?<=(?:[ -?\[\x1b][0-~]|[^\n]\a)" + seen + rb")(?:"
        end_of_sequence += rb"(?<=(?:[ -?\[][@-~]|\x1b[0-~]|[^\n]\a)" + seen + rb")"
        end_of_sequence += rb"|(?<=[ -/\x1b][ -/][0-?]" + seen + rb"))"
        before = rb"(?<=" + re.escape(text[index - 1 : behind]) + rb")" + pattern
        pattern = rb"(?:" + before + rb"|" + end_of_sequence + rb")"
    return pattern


def _broken(data: bytes, broken: re.Pattern[bytes], start: int) -> list[Span]:
    """Find a text that may have sequences in between, but does not begin inside of one."""
    spans: list[Span] = []
    at = start
    while at <= len(data):
        for found in broken.finditer(data, at):
            first, end = found.span()
            escape = data.rfind(b"\x1b", max(first - _LONGEST, 0), first)
            sequence = SEQUENCE.match(data, escape) if escape >= 0 else None
            if sequence is not None and sequence.end() > first:  # not there; look on from its second byte
                at = first + 1
                break
            spans.append((first, end))
        else:
            break
    return spans
