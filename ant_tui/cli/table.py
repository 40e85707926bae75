"""Tables for people: columns aligned by the cells that a text takes, cut to the terminal where there is one."""

from __future__ import annotations

from ant_tui.output.cells import cell_width, index_at
from ant_tui.output.sanitise import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["cut", "print_table"]

_GAP = "  "
_NARROWEST = 8
"""Cells that the last column keeps however narrow the terminal is."""


def print_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int | None,
    line: Callable[[str], None],
    paint: Callable[[str, str], str],
    right: Sequence[int] = (),
    coloured: int | None = None,
) -> None:
    """Print a table.

    Args:
        heads: names of the columns.
        rows: one text per column; made safe here.
        width: cells that a line may take; None does not cut.
        line: prints a line.
        paint: colours a text as a word is coloured.
        right: columns that are aligned to the right.
        coloured: the column whose text is painted as its first word.
    """
    cells = [[plain(text) for text in row] for row in (heads, *rows)]
    widths = [max(map(cell_width, column)) for column in zip(*cells, strict=True)]
    room = None if width is None else max(_NARROWEST, width - sum(widths[:-1]) - len(_GAP) * (len(widths) - 1))
    for number, row in enumerate(cells):
        pieces = []
        for at, text in enumerate(row):
            word = "heading" if number == 0 else text.partition(" ")[0] if at == coloured else ""
            last = at == len(row) - 1
            if last and room is not None:
                text = cut(text, room)
            space = " " * (widths[at] - cell_width(text))
            painted = paint(text, word)
            pieces.append(space + painted if at in right else painted if last else painted + space)
        line(_GAP.join(pieces).rstrip())


def cut(text: str, room: int) -> str:
    """Shorten a text that takes more cells than there are, with ``…`` at its end."""
    if cell_width(text) <= room:
        return text
    at, _ = index_at(text, room - 1)
    return text[:at] + "…"
