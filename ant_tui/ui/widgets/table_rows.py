"""What a table shows, as values: columns, cells, and the protocol of a source of rows.

Also the division of a width among columns, and the making of one line out of cells. No widget here, and no state.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Protocol, runtime_checkable

from msgspec import Struct

from ant_tui.ui.widgets.cells import Align, Crop, SafeText, fit, fit_runs, join_runs

__all__ = [
    "GUTTER", "Cell", "Column", "DetailedRows", "FoldingRows", "ListedRows", "RowSource", "column_at", "layout", "line",
]  # fmt: skip

Cell = str | tuple[tuple[str, str], ...]
"""The content of a cell: text, or (text, style name) pairs. Neither is ever read as markup."""

GUTTER = 1
"""Cells at the left edge, for the marks of cursor and selection."""
GAP = 1
"""Cells between two columns."""


class Column(Struct, frozen=True, kw_only=True):
    """One column of a table.

    Attributes:
        key: what the owner calls it.
        title: what the header shows.
        width: cells, where ``flex`` is 0; otherwise the least that it gets.
        flex: its share of the room that is left over, 0 for a column of fixed width.
        align: where shorter content stands.
        crop: what longer content loses, its end or its middle.
    """

    key: str
    title: str
    width: int
    flex: int = 0
    align: Align = "left"
    crop: Crop = "end"


class RowSource(Protocol):
    """Rows in the order in which they are shown.

    A source is a snapshot: it does not change while a table holds it, except that ``refresh_rows`` may follow a change
    of versions.
    """

    def __len__(self) -> int:
        """Return the number of rows, headings and details included."""
        ...

    def key(self, index: int, /) -> Hashable:
        """Return what the row is, wherever it stands; unique in the source."""
        ...

    def version(self, index: int, /) -> Hashable:
        """Return something that differs whenever the row's cells differ; cheap."""
        ...

    def cells(self, index: int, /) -> tuple[Cell, ...]:
        """Return the cells, one for each column.

        Of a heading: one that takes the whole width, and perhaps a sign for the edge at its left.
        Of a detail: the first of these.
        """
        ...

    def index_of(self, key: Hashable, /) -> int | None:
        """Return where a row stands, None if it is not shown; constant time."""
        ...

    def is_section(self, index: int, /) -> bool:
        """Return whether the row is the heading of a section, which cannot be selected."""
        ...


@runtime_checkable
class ListedRows(Protocol):
    """What a source may offer besides, so that marking all of 100,000 rows is no work."""

    def listed(self) -> Iterable[Hashable]:
        """Return the keys of all rows that can be selected, in order."""
        ...


@runtime_checkable
class FoldingRows(Protocol):
    """What a source may offer besides: sections of which only the heading is shown.

    The cursor can stand on such a heading, and ``index_of`` knows the keys of headings; no act is ever meant for one.
    """

    def is_folded(self, index: int, /) -> bool:
        """Return whether the row is the heading of a folded section."""
        ...

    def heading_above(self, key: Hashable, /) -> int | None:
        """Return where the heading stands under which a row is, shown or not; None where there is no such row."""
        ...


@runtime_checkable
class DetailedRows(Protocol):
    """What a source may offer besides: rows that only tell more about the row above them, and belong to that.

    They cannot be selected.
    """

    def detail_of(self, index: int, /) -> int | None:
        """Return where the row stands that a detail belongs to; None where the row is no detail."""
        ...

    def details(self, index: int, /) -> int:
        """Return how many details stand below a row that is neither heading nor detail."""
        ...


def layout(columns: Sequence[Column], width: int) -> tuple[int, ...]:
    """Divide ``width`` cells among the columns.

    The room that the least widths leave is shared by ``flex``. Where they do not fit, the columns at the right end
    are cut and then left out (width 0).
    """
    room = max(0, width - GUTTER - GAP * max(0, len(columns) - 1))
    spare = room - sum(column.width for column in columns)
    shares = sum(column.flex for column in columns)
    widths = []
    for column in columns:
        extra = 0
        if spare > 0 and column.flex:
            extra = spare * column.flex // shares
            spare -= extra
            shares -= column.flex
        given = min(column.width + extra, room)
        widths.append(given)
        room -= given
    return tuple(widths)


def column_at(x: int, columns: Sequence[Column], widths: Sequence[int]) -> Column | None:
    """Return the column at cell ``x`` of a line."""
    left = GUTTER
    for column, width in zip(columns, widths, strict=True):
        if width and left <= x < left + width + GAP:
            return column
        left += width + GAP
    return None


def line(
    cells: Sequence[Cell], columns: Sequence[Column], widths: Sequence[int], gutter: str, safe: SafeText
) -> list[tuple[str, str]]:
    """Make one line: (text, style name) runs, as wide as gutter, columns and gaps together.

    Args:
        cells: one for each column; missing ones are empty.
        columns: how the cells stand.
        widths: what ``layout`` gave.
        gutter: narrow text at the left edge, padded to ``GUTTER`` cells.
        safe: the sanitiser.
    """
    runs: list[tuple[str, str]] = [(gutter.ljust(GUTTER), "")]
    for position, (column, width) in enumerate(zip(columns, widths, strict=True)):
        if not width:
            continue
        if position:
            runs.append((" " * GAP, ""))
        cell: Cell = cells[position] if position < len(cells) else ""
        if isinstance(cell, str):
            runs.append((fit(safe(cell), width, align=column.align, crop=column.crop), ""))
        else:
            pairs = [(safe(text), style) for text, style in cell]
            runs.extend(fit_runs(pairs, width, align=column.align, blank=""))
    return join_runs(runs)
