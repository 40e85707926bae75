"""What a table tells: one message for each thing that a user does with rows. Handlers are ``on_virtual_table_...``."""

from __future__ import annotations

from collections.abc import Hashable

from textual.message import Message
from textual.widget import Widget

__all__ = ["CursorMoved", "HeaderClicked", "MarksChanged", "RowMoved", "RowOpened", "SectionPressed", "TableMessage"]


class TableMessage(Message, namespace="virtual_table"):
    """What all messages of a table have."""

    def __init__(self, table: Widget) -> None:
        """Make a message from ``table``."""
        super().__init__()
        self.table = table

    @property
    def control(self) -> Widget:
        """The table, for ``@on(..., "#id")``."""
        return self.table


class CursorMoved(TableMessage, namespace="virtual_table"):
    """The cursor stands on another row (``key``), or on none (None)."""

    def __init__(self, table: Widget, key: Hashable | None) -> None:
        """Make a message."""
        super().__init__(table)
        self.key = key

    def can_replace(self, message: Message) -> bool:
        """Only the newest counts: a held key must not queue up work."""
        return isinstance(message, CursorMoved) and message.table is self.table


class RowOpened(TableMessage, namespace="virtual_table"):
    """Enter or a double click on the row ``key``."""

    def __init__(self, table: Widget, key: Hashable) -> None:
        """Make a message."""
        super().__init__(table)
        self.key = key


class MarksChanged(TableMessage, namespace="virtual_table"):
    """The set of marked keys is another one (``marks``)."""

    def __init__(self, table: Widget, marks: frozenset[Hashable]) -> None:
        """Make a message."""
        super().__init__(table)
        self.marks = marks


class RowMoved(TableMessage, namespace="virtual_table"):
    """The row ``key`` was dragged to before ``before_key``: a row, a heading or a detail; None: to the end."""

    def __init__(self, table: Widget, key: Hashable, before_key: Hashable | None) -> None:
        """Make a message."""
        super().__init__(table)
        self.key = key
        self.before_key = before_key


class HeaderClicked(TableMessage, namespace="virtual_table"):
    """A click on the title of the column ``key``."""

    def __init__(self, table: Widget, key: str) -> None:
        """Make a message."""
        super().__init__(table)
        self.key = key


class SectionPressed(TableMessage, namespace="virtual_table"):
    """A click on the heading ``key``, or Enter where the cursor stands on it."""

    def __init__(self, table: Widget, key: Hashable) -> None:
        """Make a message."""
        super().__init__(table)
        self.key = key
