"""One line in which a filter is typed: it tells every change, and up and down walk through earlier filters.

What a filter means, and what becomes of the list, is the owner's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from ant_tui.output.sanitise import plain
from ant_tui.ui.editor.inputs import SafeInput
from ant_tui.ui.editor.past import Stepping

__all__ = ["FilterBar", "FilterInput"]


class FilterInput(SafeInput):
    """The field in the bar."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "earlier(1)", "Earlier filter", show=False),
        Binding("down", "earlier(-1)", "Later filter", show=False),
        Binding("escape", "clear", "Clear", show=False),
    ]

    class Cleared(Message):
        """Esc was pressed."""

    class Left(Message):
        """The focus went elsewhere."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        """Make an empty field."""
        super().__init__(placeholder=placeholder, id=id)
        self.stepping = Stepping(())

    def action_earlier(self, steps: int) -> None:
        """Show an earlier filter, or go back to what was being typed."""
        text = self.stepping.step(steps, self.value)
        if text is not None:
            self.value = text
            self.cursor_position = len(text)

    def action_clear(self) -> None:
        """Leave, and take the filter away."""
        self.post_message(self.Cleared())

    def on_blur(self, _event: events.Blur) -> None:
        """Somebody went elsewhere by a key or the mouse."""
        self.post_message(self.Left())


class FilterBar(Horizontal):
    """A field with a word beside it; not seen until it is opened."""

    class Changed(Message):
        """What is typed is another text."""

        def __init__(self, text: str) -> None:
            """Make a message."""
            super().__init__()
            self.text = text

    class Kept(Message):
        """Enter: the filter is to stay, and the list to get the focus."""

        def __init__(self, text: str) -> None:
            """Make a message."""
            super().__init__()
            self.text = text

    class Cleared(Message):
        """Esc: no filter any more."""

    class Left(Message):
        """The focus went elsewhere, the filter stays."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        """Make a closed bar.

        Args:
            placeholder: stands in the empty field.
            id: as for every widget.
        """
        super().__init__(id=id)
        self._placeholder = placeholder
        self._said = ""

    def compose(self) -> ComposeResult:
        """Put in sign, field and word."""
        yield Static("/", markup=False, classes="sign")
        yield FilterInput(self._placeholder)
        yield Static("", markup=False, classes="word")

    def on_mount(self) -> None:
        """Find the parts."""
        self._field = self.query_one(FilterInput)
        self.display = False

    @property
    def is_open(self) -> bool:
        """Whether somebody is typing a filter."""
        return bool(self.display)

    def open(self, text: str, earlier: Sequence[str]) -> None:
        """Begin to type.

        Args:
            text: the filter that holds.
            earlier: filters that were kept before, the newest first.
        """
        self._said = text
        self._field.value = text
        self._field.cursor_position = len(text)
        self._field.stepping = Stepping([one for one in earlier if one != text])
        self.say("")
        self.display = True
        self.screen.set_focus(self._field)

    @property
    def text(self) -> str:
        """What is typed."""
        return self._field.value

    def step(self, steps: int) -> None:
        """Show an earlier filter."""
        self._field.action_earlier(steps)

    def close(self) -> None:
        """Go out of sight."""
        self.display = False

    def say(self, word: str, *, wrong: bool = False) -> None:
        """Show a word or two at the right end."""
        self.query_one(".word", Static).update(plain(word))
        self.set_class(wrong, "-wrong")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display and event.value != self._said:
            self._said = event.value
            self.post_message(self.Changed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Kept(event.value))

    @on(FilterInput.Cleared)
    def _cleared(self) -> None:
        self.post_message(self.Cleared())

    @on(FilterInput.Left)
    def _left(self) -> None:
        if self.display:
            self.post_message(self.Left())
