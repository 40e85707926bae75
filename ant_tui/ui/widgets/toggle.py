"""A box that is ticked or not, told apart without colour."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from ant_tui.output.sanitise import plain

__all__ = ["Toggle"]


class Toggle(Widget, can_focus=True):
    """``[x] label`` or ``[ ] label``."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Toggle { width: auto; height: 1; }
    Toggle:focus { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "tick", "Tick", show=False)]

    class Changed(Message):
        """It is ticked, or no longer."""

    def __init__(self, label: str, value: bool = False, *, id: str | None = None) -> None:
        """Make a box.

        Args:
            label: what it means to be ticked.
            value: whether it is at first.
            id: as for every widget.
        """
        super().__init__(id=id)
        self._label = plain(label)
        self.value = value

    def render(self) -> Content:
        """Draw it."""
        return Content(f"[{'x' if self.value else ' '}] {self._label}")

    def action_tick(self) -> None:
        """Tick it, or not."""
        self.value = not self.value
        self.refresh()
        self.post_message(self.Changed())

    def on_click(self, event: Click) -> None:
        """Tick it by the mouse."""
        event.stop()
        self.action_tick()
