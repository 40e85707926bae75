"""Text in the border of a widget: safe, never read as markup, and set only when it says something else.

Setting a border's title repaints the whole widget, so it must not be done at every tick.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from ant_tui.output.sanitise import plain

__all__ = ["BorderText"]

Parts = Sequence[tuple[str, str]]


class BorderText:
    """The upper and the lower border of one widget."""

    def __init__(self, widget: Widget) -> None:
        """Say nothing yet."""
        self._widget = widget
        self._title: Parts = ()
        self._note: Parts = ()

    def set_title(self, *parts: tuple[str, str]) -> None:
        """Write into the upper border: (text, Textual style) pairs."""
        if parts != self._title:
            self._title = parts
            self._widget.border_title = _content(parts)

    def set_note(self, *parts: tuple[str, str]) -> None:
        """Write into the lower border: (text, Textual style) pairs."""
        if parts != self._note:
            self._note = parts
            self._widget.border_subtitle = _content(parts)


def _content(parts: Parts) -> Content | None:
    return Content.assemble(*((plain(text), style) for text, style in parts)) if parts else None
