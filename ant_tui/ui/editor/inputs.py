"""A one-line field that shows whatever was typed or pasted into it without passing it on to the terminal."""

from __future__ import annotations

from rich.highlighter import Highlighter
from rich.text import Text
from textual.suggester import Suggester
from textual.widgets import Input

from ant_tui.output.sanitise import plain
from ant_tui.ui.widgets.cells import safe_same_length

__all__ = ["SafeInput"]


class _Safe(Highlighter):
    """One character is shown for each, so that the cursor stands where it should."""

    def highlight(self, text: Text) -> None:
        """Put marks in the place of what a terminal would obey."""
        text.plain = safe_same_length(text.plain, plain)


class SafeInput(Input):
    """Textual's own, without a frame."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        suggester: Suggester | None = None,
        password: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Make a field; arguments as for ``Input``."""
        super().__init__(
            value,
            placeholder=plain(placeholder),
            suggester=suggester,
            password=password,
            id=id,
            classes=classes,
            compact=True,
            select_on_focus=False,
            highlighter=_Safe(),
        )
