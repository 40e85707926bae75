"""One row of task output as a value, and writing over a part of it.

Rows are immutable: changing one means making another, so a view may keep a row and compare it. Text is clean already
(``sanitise``); columns are terminal cells, runs count characters.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from ant_tui.output.cells import cell_width, index_at
from ant_tui.output.style import Style

__all__ = ["MAX_RUNS", "Row", "Run", "Runs", "clip", "erase", "merge", "overlay"]

MAX_RUNS = 1024
"""Styled stretches that one row keeps; what comes after them stays plain."""

Run: TypeAlias = tuple[int, int, Style]
"""Characters ``[start, end)`` of a row's text look like this."""

Runs: TypeAlias = tuple[Run, ...]


class Row(NamedTuple):
    """One row.

    Attributes:
        text: printable text, without the line's end.
        runs: the stretches that are not plain, in order, without overlap.
        continued: this row goes on with the line of the row above, which had grown too long for one row.
    """

    text: str
    runs: Runs = ()
    continued: bool = False


def clip(runs: Runs, start: int, end: int, shift: int) -> list[Run]:
    """The parts of runs that lie in ``[start, end)``, moved by ``shift`` characters."""
    return [
        (max(run[0], start) + shift, min(run[1], end) + shift, run[2])
        for run in runs
        if run[1] > start and run[0] < end
    ]


def merge(runs: list[Run]) -> Runs:
    """Join neighbours of one style and keep to the limit."""
    merged: list[Run] = []
    for run in runs:
        if merged and merged[-1][1] == run[0] and merged[-1][2] is run[2]:
            merged[-1] = (merged[-1][0], run[1], run[2])
        elif len(merged) < MAX_RUNS:
            merged.append(run)
        else:
            break
    return tuple(merged)


def overlay(row: Row, column: int, text: str, runs: Runs) -> tuple[Row, bool]:
    """Write text over a row, as a terminal does.

    Args:
        row: what stands there; columns between its end and ``column`` become blank.
        column: the first cell that is written.
        text: clean text, not empty.
        runs: its styles, counted from the start of ``text``.

    Returns:
        The new row, and whether the written text now ends it.
    """
    old = row.text
    first, first_column = index_at(old, column)
    left = old[:first] + " " * (column - first_column)  # a gap, or the left half of a wide character that is cut
    end = column + cell_width(text)
    last, last_column = index_at(old, end)
    right = old[last:]
    if last_column < end and right:  # the first half of a wide character is gone
        last += 1
        right = " " + old[last:]
    if not row.runs and not runs:
        return Row(left + text + right, (), row.continued), not right
    at = len(left)
    after = at + len(text) + len(right) - (len(old) - last)  # where old[last:] begins now
    joined = clip(row.runs, 0, first, 0)
    joined += [(start + at, stop + at, style) for start, stop, style in runs]
    joined += clip(row.runs, last, len(old), after - last)
    return Row(left + text + right, merge(joined), row.continued), not right


def erase(row: Row, start: int, end: int | None) -> Row:
    """Blank the cells ``[start, end)`` of a row; with ``end`` None, cut the row off at ``start``."""
    if end is not None and index_at(row.text, end)[0] < len(row.text):
        return overlay(row, start, " " * (end - start), ())[0]
    index, column = index_at(row.text, start)
    half = " " * (start - column) if index < len(row.text) else ""  # of a wide character that is cut
    return Row(row.text[:index] + half, tuple(clip(row.runs, 0, index, 0)), row.continued)
