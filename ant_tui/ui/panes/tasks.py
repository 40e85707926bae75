"""The task pane: the table of tasks with the keys that act on them."""

from __future__ import annotations

from textual import events
from textual.message import Message

from ant_tui.ui.keys import bindings_of
from ant_tui.ui.looks import STYLES
from ant_tui.ui.situation import Pane
from ant_tui.ui.task_cells import columns_for
from ant_tui.ui.widgets.virtual_table import VirtualTable

__all__ = ["TaskTable"]


class TaskTable(VirtualTable):
    """A table whose columns depend on its width."""

    BINDINGS = bindings_of(Pane.TASKS)

    class ColumnsChanged(Message):
        """The width allows for other columns than before."""

    class FilterUnwanted(Message):
        """Esc, while a filter leaves rows out."""

    def __init__(self, names: tuple[str, ...], *, empty: str, id: str | None = None) -> None:
        """Make an empty table.

        Args:
            names: the columns that are wanted, in order.
            empty: shown when there are no tasks.
            id: as for every widget.
        """
        self._names = names
        self._largest = 0
        self.filtered = False
        """Whether a filter leaves rows out."""
        super().__init__(columns_for(names, 200), empty=empty, styles=STYLES, id=id)

    def set_names(self, names: tuple[str, ...]) -> None:
        """Want other columns."""
        self._names = names
        self.fit()

    def set_largest(self, number: int) -> None:
        """Make room for the numbers of all tasks up to this one."""
        if len(str(number)) != len(str(self._largest)):
            self._largest = number
            self.fit()

    def action_clear(self) -> None:
        """Stop a drag, else take the filter away, else all marks, else leave the key to others."""
        if self.filtered and not self.dragging and not self.ranging:
            self.post_message(self.FilterUnwanted())
        else:
            super().action_clear()

    def on_resize(self, _event: events.Resize) -> None:
        """Choose the columns that have room (Textual calls the base class's handler too)."""
        self.fit()

    def fit(self) -> None:
        """Choose the columns that have room now."""
        columns = columns_for(self._names, self.text_width, self._largest)
        if columns != self.columns:
            self.set_columns(columns)
            self.post_message(self.ColumnsChanged())
