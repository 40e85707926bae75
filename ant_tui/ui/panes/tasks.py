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

    def __init__(self, names: tuple[str, ...], *, empty: str, id: str | None = None) -> None:
        """Make an empty table.

        Args:
            names: the columns that are wanted, in order.
            empty: shown when there are no tasks.
            id: as for every widget.
        """
        self._names = names
        super().__init__(columns_for(names, 200), empty=empty, styles=STYLES, id=id)

    def set_names(self, names: tuple[str, ...]) -> None:
        """Want other columns."""
        self._names = names
        self._choose_columns()

    def on_resize(self, _event: events.Resize) -> None:
        """Choose the columns that have room (Textual calls the base class's handler too)."""
        self._choose_columns()

    def _choose_columns(self) -> None:
        columns = columns_for(self._names, self.text_width)
        if columns != self.columns:
            self.set_columns(columns)
            self.post_message(self.ColumnsChanged())
