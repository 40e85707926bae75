"""Whether something in a log's line can be seen, or was drawn over when a bar was drawn anew. Bytes only."""

from __future__ import annotations

import re
from itertools import compress, count
from operator import gt

__all__ = ["has_redraws", "is_redrawn", "seen_parts"]

_REDRAW = re.compile(rb"\r(?!\n)")
_SEVERAL = 8
"""Redraws of a line; one with fewer is not taken apart."""

_LOOKS = 8
"""Redraws behind a place that are looked at: one that is long enough is nearly always the next."""


def has_redraws(data: bytes) -> bool:
    """Whether a carriage return stands anywhere but at a line's end."""
    return _REDRAW.search(data) is not None


def is_redrawn(data: bytes, start: int, end: int) -> bool:
    """Whether later text of the same line covers the bytes ``[start, end)``.

    Args:
        data: the line, or more.
        start: of what is asked for.
        end: of it.
    """
    line_end = data.find(b"\n", end)
    line_end = line_end if line_end >= 0 else len(data)
    column = start - max(data.rfind(b"\r", 0, start), data.rfind(b"\n", 0, start)) - 1
    at = data.find(b"\r", end, line_end)
    for _ in range(_LOOKS):
        if at < 0:
            return False
        following = data.find(b"\r", at + 1, line_end)
        if (following if following >= 0 else line_end) - at - 1 > column:
            return True
        at = following
    return False


def seen_parts(data: bytes, until: int) -> list[tuple[int, int]]:
    """Find parts outside of which :func:`is_redrawn` holds for everything that does not reach over a redraw.

    Much faster than asking for each place, where bars are drawn thousands of times. In the parts there may be more than
    can be seen.

    Args:
        data: lines, the first and the last perhaps not from their beginning or to their end.
        until: nothing that reaches up to this index or further is left out.

    Returns:
        The parts ``[start, end)`` in order; each but the last ends with a carriage return or a newline.
    """
    parts: list[tuple[int, int]] = []
    rest = max(data.rfind(b"\r", 0, until), data.rfind(b"\n", 0, until)) + 1
    at = 0
    for line in data[:rest].split(b"\n"):
        if line.count(b"\r") < _SEVERAL:
            _add(parts, at, at + len(line) + 1)
        else:
            lengths = list(map(len, line.split(b"\r")))
            begin = taken = 0
            # What is not longer than the redraw behind it is covered by that.
            for index in (*compress(count(), map(gt, lengths, lengths[1:])), len(lengths) - 1):
                begin += sum(lengths[taken:index]) + index - taken
                taken = index
                _add(parts, at + begin, at + begin + lengths[index] + 1)
        at += len(line) + 1
    return [*((start, min(end, rest)) for start, end in parts if start < rest), (rest, len(data))]


def _add(parts: list[tuple[int, int]], start: int, end: int) -> None:
    if parts and parts[-1][1] == start:
        start = parts.pop()[0]
    parts.append((start, end))
