"""What a table tells: one message for each thing that a user does with rows. Handlers are ``on_virtual_table_...``."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from ant_tui.ui.widgets.virtual_table import VirtualTable

__all__ = ["CursorMoved", "HeaderClicked", "MarksChanged", "RowMoved", "RowOpened", "TableMessage"]


class TableMessage(Message, namespace="virtual_table"):
    """What all messages of a table have."""

    def __init__(self, table: VirtualTable) -> None:
        """Make a message from ``table``."""
        super().__init__()
        self.table = table

    @property
    def control(self) -> VirtualTable:
        """The table, for ``@on(..., "#id")``."""
        return self.table


class CursorMoved(TableMessage, namespace="virtual_table"):
    """The cursor stands on another row (``key``), or on none (None)."""

    def __init__(self, table: VirtualTable, key: Hashable | None) -> None:
        """Make a message."""
        super().__init__(table)
        self.key = key

    def can_replace(self, message: Message) -> bool:
        """Only the newest counts: a held key must not queue up work."""
        return isinstance(message, CursorMoved) and message.table is self.table


class RowOpened(TableMessage, namespace="virtual_table"):
    """Enter or a double click on the row ``key``."""

    def __init__(self, table: VirtualTable, key: Hashable) -> None:
        """Make a message."""
        super().__init__(table)
        self.key = key


class MarksChanged(TableMessage, namespace="virtual_table"):
    """The set of marked keys is another one (``marks``)."""

    def __init__(self, table: VirtualTable, marks: frozenset[Hashable]) -> None:
        """Make a message."""
        super().__init__(table)
        self.marks = marks


class RowMoved(TableMessage, namespace="virtual_table"):
    """The row ``key`` was dragged to before the row ``before_key`` (perhaps a section); None: to the end."""

    def __init__(self, table: VirtualTable, key: Hashable, before_key: Hashable | None) -> None:
        """Make a message."""
        super().__init__(table)
        self.key = key
        self.before_key = before_key


class HeaderClicked(TableMessage, namespace="virtual_table"):
    """A click on the title of the column ``key``."""

    def __init__(self, table: VirtualTable, key: str) -> None:
        """Make a message."""
        super().__init__(table)
        self.key = key
