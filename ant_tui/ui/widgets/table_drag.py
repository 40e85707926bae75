"""A row of a table that the mouse holds, and where it would go: values over a ``RowSource``; no paint, no event."""

from __future__ import annotations

from collections.abc import Hashable

from msgspec import Struct

from ant_tui.ui.widgets.table_rows import RowSource

__all__ = ["RowDrag"]


class RowDrag(Struct):
    """A row that the mouse holds.

    Attributes:
        key: the row.
        target: index of the row that the mouse is over, once it has left its own.
    """

    key: Hashable
    target: int | None = None

    def before(self, source: RowSource) -> int | None:
        """Return the index before which the row would go, None where nothing would change."""
        home = source.index_of(self.key) if self.target is not None else None
        if self.target is None or home is None or home == self.target:
            return None
        return self.target if self.target < home else self.target + 1
