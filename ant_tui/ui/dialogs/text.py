"""Showing something to read: why a task waits, all about it, the keys. Scrolls, and any closing key closes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from ant_tui.output.sanitise import plain
from ant_tui.ui.dialogs.dialog import Dialog
from ant_tui.ui.widgets.hanging import HangingText

__all__ = ["TextDialog"]


class TextDialog(Dialog[None]):
    """A page of text."""

    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "leave", "Back", show=False),
        Binding("j", "scroll(1)", "Down", show=False),
        Binding("k", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """Show rows.

        Args:
            title: what they are about.
            rows: (name, text) pairs; without a name the text is a heading, without a text the row is empty.
        """
        super().__init__(title)
        self._rows = rows

    def contents(self) -> ComposeResult:
        """The rows."""
        with VerticalScroll(can_focus=True):
            yield HangingText([_row(name, text) for name, text in self._rows])

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def _row(name: str, text: str) -> tuple[Content, Content]:
    if not name:
        return Content(), Content.styled(plain(text), "bold")
    return Content.styled(plain(name), "dim"), Content(plain(text, newline="\n"))
