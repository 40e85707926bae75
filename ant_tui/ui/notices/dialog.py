"""The list of past notices, the newest first; from each about a task, one key leads to that task."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from ant_tui.ui.dialogs.listing import Key, ListDialog, bindings
from ant_tui.ui.figures import clock as at_clock
from ant_tui.ui.notices.board import Board
from ant_tui.ui.notices.notice import Notice
from ant_tui.ui.widgets.section_rows import RowSection, SectionRows
from ant_tui.ui.widgets.table_rows import Cell, Column
from ant_tui.ui.widgets.virtual_table import VirtualTable
from ant_tui.ui.word_search import has_all

__all__ = ["NoticesDialog"]

_COLUMNS = (
    Column(key="at", title="WHEN", width=16),
    Column(key="task", title="TASK", width=6, align="right"),
    Column(key="text", title="WHAT HAPPENED", width=20, flex=1),
)
_LOOK_S = 0.5

_Numbered = tuple[int, Notice]


class NoticesDialog(ListDialog[int | None]):
    """Answers with the number of a task that is to be shown."""

    KEYS: ClassVar = (Key("enter,o", "jump", "to the task", "Go to the task that this is about."),)
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)

    def __init__(self, board: Board, *, clock: Callable[[], float] = time.time) -> None:
        """Show a board.

        Args:
            board: whose notices.
            clock: epoch seconds.
        """
        super().__init__("Notices", _COLUMNS, empty="Nothing has happened yet.")
        self._board = board
        self._clock = clock
        self._seen = -1
        self._rows: SectionRows[_Numbered] = SectionRows([], _key, self._cells)

    def ready(self) -> None:
        """Show what there is, and what comes."""
        self._board.is_read = True
        self.app.clear_notifications()
        self._look()
        self.set_interval(_LOOK_S, self._look)

    def on_unmount(self) -> None:
        """Whoever closes the list is told of what comes next."""
        self._board.is_read = False

    def _look(self) -> None:
        if self._board.count != self._seen:
            self._seen = self._board.count
            self._show()

    def _show(self) -> None:
        notices = self._board.notices
        words = self.words.lower().split()
        first = self._board.count - len(notices)  # the same notice keeps its key when others come or go
        numbered = [(number, one) for number, one in enumerate(notices, first) if has_all(words, (one.text,))]
        numbered.reverse()
        self._rows = SectionRows([RowSection((), numbered)], _key, self._cells)
        self.table.set_empty(f'No match for "{self.words}"; esc clears the filter.' if words else self._empty)
        self.table.set_source(self._rows)
        self.border_text.set_note((f" {len(numbered):,} of {len(notices):,} ", ""))

    def filter_changed(self) -> None:
        """Show what has all of the words; what they hide is told as if the list were closed."""
        self._board.is_read = not self.words.split()
        self._show()

    def _cells(self, numbered: _Numbered) -> tuple[Cell, ...]:
        notice = numbered[1]
        number = str(notice.task) if notice.task is not None else ""
        when = at_clock(notice.at, self._clock())
        return ((when, "quiet"),), ((number, "quiet"),), ((notice.text, notice.style),)

    @on(VirtualTable.RowOpened)
    def _row_opened(self) -> None:
        self.action_jump()

    def action_jump(self) -> None:
        """Go to the task."""
        numbered = self._rows.thing(self.table.cursor_key)
        if numbered is None:
            return
        if numbered[1].task is None:
            self.say("This is not about a task.", "warn")
        else:
            self.dismiss(numbered[1].task)


def _key(numbered: _Numbered) -> int:
    return numbered[0]
