"""A few words of which one is chosen: which way of writing, which of two panels. Told apart without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from ant_tui.output.sanitise import plain

__all__ = ["Segments"]


class Segments(Widget, can_focus=True):
    """``[Single] Multi``: the arrow keys, blank and the mouse choose."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Segments { width: auto; height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,space,enter", "step(1)", "Next", show=False),
        Binding("left,h", "step(-1)", "Before", show=False),
    ]

    class Changed(Message):
        """Another one is chosen."""

        def __init__(self, segments: Segments, value: str) -> None:
            """Make a message."""
            super().__init__()
            self.segments = segments
            self.value = value

        @property
        def control(self) -> Segments:
            """Whose it is."""
            return self.segments

    def __init__(self, labels: Sequence[tuple[str, str]], value: str, *, id: str | None = None) -> None:
        """Offer some words.

        Args:
            labels: (value, label) each.
            value: the one that is chosen at first.
            id: as for every widget.
        """
        super().__init__(id=id)
        self._labels = {name: plain(label) for name, label in labels}
        self._value = value

    @property
    def value(self) -> str:
        """The one that is chosen."""
        return self._value

    def choose(self, value: str) -> None:
        """Choose one, and tell it."""
        if value != self._value:
            self.show(value)
            self.post_message(self.Changed(self, value))

    def show(self, value: str) -> None:
        """Choose one without telling anybody."""
        self._value = value
        self.refresh()

    def label(self, value: str, label: str) -> None:
        """Give one another label."""
        if self._labels[value] != plain(label):
            self._labels[value] = plain(label)
            self.refresh(layout=True)

    def render(self) -> Content:
        """Draw it."""
        chosen = "bold reverse" if self.has_focus else "bold"
        parts: list[tuple[str, str]] = []
        for value, label in self._labels.items():
            parts.append((f"[{label}]", chosen) if value == self._value else (f" {label} ", "dim"))
        return Content.assemble(*parts)

    def action_step(self, steps: int) -> None:
        """Choose the next one, or the one before."""
        values = list(self._labels)
        self.choose(values[(values.index(self._value) + steps) % len(values)])

    def on_click(self, event: Click) -> None:
        """Choose by the mouse."""
        event.stop()
        end = 0
        for value, label in self._labels.items():
            end += cell_len(label) + 2
            if event.x < end:
                self.choose(value)
                return
