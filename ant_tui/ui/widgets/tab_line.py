"""Tabs in one line: which there are, how much is in each, and which one is open. Keys are the owner's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from ant_tui.ui.looks import STYLES
from ant_tui.ui.widgets.text_line import Runs, TextLine, length_of

__all__ = ["TabLine", "TabLook"]


@dataclass(frozen=True, slots=True)
class TabLook:
    """One tab.

    Attributes:
        label: its name.
        count: how much is in it.
    """

    label: str
    count: int


class TabLine(TextLine):
    """A line of tabs; a click on one chooses it."""

    class Chosen(Message):
        """Somebody clicked on a tab."""

        def __init__(self, index: int) -> None:
            """Make a message."""
            super().__init__()
            self.index = index

    def __init__(self, *, id: str | None = None) -> None:
        """Make an empty line."""
        super().__init__(styles={**STYLES, "open": "bold reverse"}, id=id)
        self._ends: list[int] = []

    def set_tabs(self, tabs: Sequence[TabLook], chosen: int, right: Runs = ()) -> None:
        """Show tabs.

        Args:
            tabs: from left to right.
            chosen: index of the one that is open.
            right: what stands at the right edge, where there is room.
        """
        runs: list[tuple[str, str]] = []
        self._ends = []
        for index, tab in enumerate(tabs):
            style = "open" if index == chosen else "" if tab.count else "quiet"
            runs += [(f" {tab.label} {tab.count:,} ", style), (" ", "")]
            self._ends.append(length_of(runs))
        self.set_runs(runs, right)

    def on_click(self, event: events.Click) -> None:
        """Tell which tab was clicked on."""
        for index, end in enumerate(self._ends):
            if event.x < end:
                self.post_message(self.Chosen(index))
                return
