"""The last line of the screen: the main keys of the focused pane, or for a while what the last act came to."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.timer import Timer

from ant_tui.ui.looks import STYLES
from ant_tui.ui.widgets.text_line import Runs, TextLine

__all__ = ["Hint", "KeyHints"]

_MESSAGE_S = 8.0
_LEAST_LEFT = 16
"""Cells that the hints at the right end leave to the others."""


class Hint(Struct, frozen=True):
    """One key.

    Attributes:
        key: as it is shown.
        label: what it does, in a word or two.
        action: the id of what it does.
        enabled: whether it could be done now.
        last: whether it stands at the right end, where it has room before all others.
    """

    key: str
    label: str
    action: str
    enabled: bool = True
    last: bool = False


class KeyHints(TextLine):
    """A footer; a click on a hint is the same as its key."""

    class Pressed(Message):
        """Somebody clicked on a hint."""

        def __init__(self, action: str) -> None:
            """Make a message."""
            super().__init__()
            self.action = action

    def __init__(self, *, id: str | None = None) -> None:
        """Make an empty footer."""
        super().__init__(
            styles={
                **STYLES,
                "key": ("bold $footer-key-foreground", "bold"),
                "label": "",
                "off": "dim",
            },
            id=id,
        )
        self._hints: Sequence[Hint] = ()
        self._message: Runs = ()
        self._timer: Timer | None = None

    def set_hints(self, hints: Sequence[Hint]) -> None:
        """Show these keys, as many as there is room for."""
        if hints != self._hints:
            self._hints = hints
            self._show()

    def say(self, text: str, style: str = "") -> None:
        """Show a sentence in place of the keys, until something else is said, a key is pressed, or some time passes."""
        self._message = [(" ", ""), (text, style)]
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_MESSAGE_S, self.hush)
        self._show()

    def hush(self) -> None:
        """Show the keys again."""
        if self._message:
            self._message = ()
            self._show()

    @property
    def message(self) -> str:
        """The sentence that is shown, if one is."""
        return "".join(text for text, _ in self._message).strip()

    def on_resize(self, _event: events.Resize) -> None:
        """Choose anew what has room."""
        self.fit()

    def fit(self) -> None:
        """Show as many keys as there is room for now."""
        self._show()

    def on_click(self, event: events.Click) -> None:
        """Do what was clicked on."""
        if self._message:
            self.hush()
            return
        left, right = self._fitting()
        for hint, start in (*_placed(left, 1), *_placed(right, self.size.width - _length(right))):
            if start <= event.x < start + _length((hint,)):
                self.post_message(self.Pressed(hint.action))
                return

    def _show(self) -> None:
        if self._message:
            self.set_runs(self._message)
            return
        left, right = self._fitting()
        self.set_runs([(" ", ""), *_runs(left)], _runs(right))

    def _fitting(self) -> tuple[list[Hint], list[Hint]]:
        """The hints that have room: those from the left, and those at the right end."""
        last = [hint for hint in self._hints if hint.last]
        while last and _length(last) > self.size.width - _LEAST_LEFT:
            del last[0]
        room = self.size.width - 1 - (_length(last) + 1 if last else 0)
        first: list[Hint] = []
        for hint in self._hints:
            if not hint.last:
                room -= _length((hint,))
                if room < 0:
                    break
                first.append(hint)
        return first, last


def _length(hints: Sequence[Hint]) -> int:
    """Cells that hints take, with the blanks behind each."""
    return sum(cell_len(hint.key) + 1 + cell_len(hint.label) + 2 for hint in hints)


def _placed(hints: Sequence[Hint], start: int) -> list[tuple[Hint, int]]:
    return [(hint, start + _length(hints[:place])) for place, hint in enumerate(hints)]


def _runs(hints: Sequence[Hint]) -> list[tuple[str, str]]:
    runs: list[tuple[str, str]] = []
    for hint in hints:
        style = "label" if hint.enabled else "off"
        runs += [(hint.key, "key" if hint.enabled else "off"), (f" {hint.label}  ", style)]
    return runs
