"""The last line of the screen: the main keys of the focused pane, or for a while what the last act came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.timer import Timer

from ant_tui.ui.looks import STYLES
from ant_tui.ui.widgets.text_line import Runs, TextLine

__all__ = ["Hint", "KeyHints"]

_MESSAGE_S = 8.0


@dataclass(frozen=True, slots=True)
class Hint:
    """One key.

    Attributes:
        key: as it is shown.
        label: what it does, in a word or two.
        action: the id of what it does.
        enabled: whether it could be done now.
    """

    key: str
    label: str
    action: str
    enabled: bool = True


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
        self._show()

    def on_click(self, event: events.Click) -> None:
        """Do what was clicked on."""
        if self._message:
            self.hush()
            return
        at = 1
        for hint in self._fitting():
            at += self._length(hint) + 2
            if event.x < at:
                self.post_message(self.Pressed(hint.action))
                return

    def _show(self) -> None:
        if self._message:
            self.set_runs(self._message)
            return
        runs: list[tuple[str, str]] = [(" ", "")]
        for hint in self._fitting():
            style = "label" if hint.enabled else "off"
            runs += [(hint.key, "key" if hint.enabled else "off"), (f" {hint.label}  ", style)]
        self.set_runs(runs)

    def _fitting(self) -> list[Hint]:
        room = self.size.width - 1
        fitting: list[Hint] = []
        for hint in self._hints:
            room -= self._length(hint) + 2
            if room < 0:
                break
            fitting.append(hint)
        return fitting

    @staticmethod
    def _length(hint: Hint) -> int:
        return cell_len(hint.key) + 1 + cell_len(hint.label)
