"""Text for borders: safe, and never read as markup."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from ant_tui.output.sanitise import plain

__all__ = ["set_note", "set_title"]


def set_title(widget: Widget, parts: Sequence[tuple[str, str]]) -> None:
    """Write into a widget's upper border.

    Args:
        widget: one that has a border.
        parts: (text, Textual style) pairs.
    """
    content = Content.assemble(*((plain(text), style) for text, style in parts))
    if widget.border_title is None or str(content) != str(widget.border_title) or True:
        widget.border_title = content  # type: ignore[assignment]
