"""Showing something to read: why a task waits, all about it, the keys. Scrolls, and any closing key closes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from ant_tui.output.sanitise import plain
from ant_tui.ui.dialogs.dialog import Dialog
from ant_tui.ui.widgets.hanging import HangingText

__all__ = ["Rows", "TextDialog"]

Rows = Sequence[tuple[str, str]]
"""(name, text) pairs; without a name the text is a heading, without a text the row is empty."""

_AGAIN_S = 1.0


class TextDialog(Dialog[None]):
    """A page of text."""

    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "leave", "Back", show=False),
        Binding("j", "scroll(1)", "Down", show=False),
        Binding("k", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, title: str, rows: Rows, *, again: Callable[[], Awaitable[Rows]] | None = None) -> None:
        """Show rows.

        Args:
            title: what they are about.
            rows: what is shown at first.
            again: asked every second for what is to be shown from then on; None where nothing changes.
        """
        super().__init__(title)
        self._rows = rows
        self._again = again

    def contents(self) -> ComposeResult:
        """The rows."""
        with VerticalScroll(can_focus=True):
            yield self._text()

    def on_mount(self) -> None:
        """Follow what changes."""
        if self._again is not None:
            self.set_interval(_AGAIN_S, self._follow)

    def _text(self) -> HangingText:
        return HangingText([_row(name, text) for name, text in self._rows])

    @work(exclusive=True, group="again")
    async def _follow(self) -> None:
        """Show what has become of it; not while something is selected, which would be lost."""
        assert self._again is not None
        rows = await self._again()
        if rows == self._rows or self.selections:
            return
        self._rows = rows
        before = self.query_one(HangingText)
        with self.app.batch_update():
            await self.query_one(VerticalScroll).mount(self._text(), before=before)
            await before.remove()

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def _row(name: str, text: str) -> tuple[Content, Content]:
    if not name:
        return Content(), Content.styled(plain(text), "bold")
    return Content.styled(plain(name), "dim"), Content(plain(text, newline="\n"))
