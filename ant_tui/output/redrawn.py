"""Whether something in a log's line can be seen, or was drawn over when a bar was drawn anew. Bytes only."""

from __future__ import annotations

__all__ = ["has_redraws", "is_redrawn"]

_LOOKS = 8
"""Redraws behind a place that are looked at: one that is long enough is nearly always the next."""


def has_redraws(data: bytes) -> bool:
    """Whether a carriage return stands anywhere but at a line's end."""
    return b"\r" in data and data.count(b"\r") > data.count(b"\r\n")


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
