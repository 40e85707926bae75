"""What is wrong with a text, and where: from an offset to the sentence with line and column that a user reads."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ant_tui.errors import SubmissionError

__all__ = ["Fault", "Place", "Problem", "SourceText", "excerpt", "refusal", "uncapitalised"]

Place = int | str
"""Where something was given: an offset in the text, or in words (``environment row ant_wd``)."""

_MOST_REASONS = 1000
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")
_LONGEST_EXCERPT = 40


class Fault(Exception):
    """Something in a text that cannot be understood, at an offset. It never leaves this package."""

    def __init__(self, offset: int, sentence: str) -> None:
        super().__init__(sentence)
        self.offset = offset
        self.sentence = sentence


class Problem(NamedTuple):
    """A sentence and the place that it is about."""

    place: Place
    sentence: str


class SourceText:
    """A text as its author sees it, with its lines counted only when somebody asks for a position."""

    def __init__(self, text: str) -> None:
        """Take a text; a byte order mark at its beginning is an editor's, not the author's."""
        self.text = text.removeprefix("\ufeff")
        self._starts: list[int] = []

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1; columns count characters."""
        if not self._starts:
            self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def unprintable(self) -> Iterator[Problem]:
        """The characters that no command can hold: NUL, and surrogates that stand alone."""
        if self.text.isascii() and "\0" not in self.text:  # known at once, where looking at 10 MB is not
            return
        for match in _NOT_TEXT.finditer(self.text):
            what = "a NUL character" if match[0] == "\0" else f"half a character (U+{ord(match[0]):04X})"
            yield Problem(match.start(), f"{what} cannot be part of a task; remove it.")

    def reason(self, problem: Problem) -> str:
        """The sentence with its place in front."""
        sentence = uncapitalised(problem.sentence)
        if isinstance(problem.place, str):
            return f"{problem.place}: {sentence}"
        line, column = self.position(problem.place)
        return f"line {line}, column {column}: {sentence}"


def refusal(source: SourceText, problems: Iterable[Problem]) -> SubmissionError:
    """Make the one error that tells all problems, in the order of the text, each once.

    Args:
        source: the text that they are about.
        problems: one or more.
    """
    once = dict.fromkeys(problems)
    ordered = sorted(once, key=lambda problem: (-1, 0) if isinstance(problem.place, str) else (0, problem.place))
    reasons = [source.reason(problem) for problem in ordered[:_MOST_REASONS]]
    if len(ordered) > _MOST_REASONS:
        reasons[-1] = f"{reasons[-1]} (and {len(ordered) - _MOST_REASONS:,} more problems)"
    count = len(ordered)
    what = reasons[0] if count == 1 else f"{count:,} problems, the first: {reasons[0]}"
    return SubmissionError(f"Nothing was queued: {what}", reasons=tuple(reasons))


def uncapitalised(sentence: str) -> str:
    """A sentence as it stands behind a colon; one that begins with a name in capitals stays."""
    if sentence[1:2] == " " or sentence[1:2].islower():
        return sentence[0].lower() + sentence[1:]
    return sentence


def excerpt(text: str) -> str:
    """A text in quotes for a sentence: short, and with nothing in it that a terminal obeys."""
    cut = text if len(text) <= _LONGEST_EXCERPT else text[: _LONGEST_EXCERPT - 1] + "…"
    shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)
    return f"'{shown}'"
