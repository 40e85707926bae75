"""Choosing the order of the list of tasks."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from ant_tui.ui.dialogs.choose import Choice, Choose
from ant_tui.ui.task_sort import ORDERS, TaskSort

__all__ = ["SortMenu"]

_NOTES = {
    "queue": "as they will start; what ended last comes first",
    "name": "capitals like small letters, numbers by their value",
}


class SortMenu(Choose[TaskSort]):
    """All orders, that of the moment first in view."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "reverse", "The other way round", show=False)]

    def __init__(self, now: TaskSort) -> None:
        """Ask.

        Args:
            now: the order of the moment.
        """
        choices = [Choice(sort, sort.words, "" if sort.reverse else _NOTES.get(sort.by, "")) for sort in ORDERS]
        super().__init__("Sort the tasks of each section by", choices, first=ORDERS.index(now))
        self._now = now
        self._keys = "enter choose · r reverse · esc back"

    def action_reverse(self) -> None:
        """The order of the moment, the other way round."""
        self.dismiss(self._now.reversed())
