"""Asking before something is lost: what, how much, and the safe answer first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Button

from ant_tui.output.sanitise import plain
from ant_tui.ui.dialogs.dialog import Dialog, paragraph, safe_content

__all__ = ["Confirm"]


class Confirm(Dialog[bool]):
    """A question with two answers; True is the one that loses something."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("n,q", "answer(False)", "No", show=False),
        Binding("left,h", "app.focus_previous", show=False),
        Binding("right,l", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[str], *, yes: str, no: str) -> None:
        """Ask.

        Args:
            title: the question in a few words.
            lines: what is lost, and how much.
            yes: what the losing answer says.
            no: what the safe answer says; it has the focus.
        """
        super().__init__(title, keys="y yes · n no · enter the marked one")
        self._lines = lines
        self._yes = yes
        self._no = no

    def contents(self) -> ComposeResult:
        """The lines and two buttons."""
        yield paragraph(self._lines)
        with Horizontal(classes="buttons"):
            yield Button(safe_content(plain(self._no)), id="no", variant="primary", compact=True)
            yield Button(safe_content(plain(self._yes)), id="yes", variant="error", compact=True)

    @on(Button.Pressed)
    def pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer by a letter."""
        self.dismiss(yes)

    def action_leave(self) -> None:
        """The safe answer."""
        self.dismiss(False)
