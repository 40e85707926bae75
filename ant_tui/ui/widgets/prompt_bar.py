"""The line of the output pane in which one types: what to search for, or which line to go to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from ant_tui.ui.widgets.filter_bar import FilterBar

__all__ = ["PromptBar"]


class PromptBar(FilterBar):
    """A filter bar that can ask for several things."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+r", "switch", "Regular expression", show=False)]

    class Switched(Message):
        """A regular expression is meant, or no longer."""

    def ask(self, sign: str, placeholder: str, earlier: Sequence[str]) -> None:
        """Begin to ask.

        Args:
            sign: stands before what is typed.
            placeholder: stands in the empty field.
            earlier: what was typed before, the newest first.
        """
        self.query_one(".sign", Static).update(sign)
        self._field.placeholder = placeholder
        self.open("", earlier)

    def action_switch(self) -> None:
        """Change the kind of search."""
        self.post_message(self.Switched())
