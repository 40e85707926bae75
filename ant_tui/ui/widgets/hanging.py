"""Names with texts beside them, broken so that a text's further lines begin below its first word.

``Hanging`` can stand wherever Textual takes something to show; ``HangingText`` is a widget around it whose text can be
selected. Both show contents that others have made safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.visual import RenderOptions, Visual
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.css.styles import RulesMap
    from textual.selection import Selection
    from textual.strip import Strip
    from textual.style import Style

__all__ = ["Hanging", "HangingText"]


class Hanging(Visual):
    """Rows of a name and a text."""

    def __init__(self, rows: Sequence[tuple[Content, Content]], *, indent: int = 0) -> None:
        """Show rows.

        Args:
            rows: (name, text) pairs; without a name the text has the whole width. Texts may have several lines.
            indent: cells before the texts; 0 for as many as the longest name needs, with two more.
        """
        self._rows = rows
        self._indent = indent or max((name.cell_length for name, _ in rows), default=0) + 2
        self._last: tuple[int, Content] = (-1, Content())

    def text(self, width: int) -> Content:
        """The lines as they stand in so many cells. Names take at most half of them; longer ones have their own."""
        if self._last[0] != width:
            indent = min(self._indent, max(2, width // 2))
            lines = [line for name, text in self._rows for line in _lines(name, text, indent, width)]
            self._last = (width, Content("\n").join(lines))
        return self._last[1]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """The cells with which no line needs to be broken."""
        widths = [
            max(name.cell_length, text.get_optimal_width(rules, container_width) + (self._indent if name else 0))
            for name, text in self._rows
        ]
        return max(widths, default=0)

    def get_height(self, rules: RulesMap, width: int) -> int:
        """The lines that they take."""
        return self.text(width).get_height(rules, width)

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        """Paint them."""
        return self.text(width).render_strips(width, height, style, options)


class HangingText(Static):
    """Such rows as a widget."""

    def __init__(self, rows: Sequence[tuple[Content, Content]]) -> None:
        """Show rows, see ``Hanging``."""
        self._hanging = Hanging(rows)
        super().__init__(self._hanging)

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """What is selected, as it stands on the screen."""
        return selection.extract(self._hanging.text(self.content_size.width).plain), "\n"


def _lines(name: Content, text: Content, indent: int, width: int) -> list[Content]:
    if not name:
        return text.wrap(width) if text and width else [text]
    texts = text.wrap(max(1, width - indent)) if text else [Content()]
    if name.cell_length >= indent:
        return [*name.wrap(max(1, width)), *(line.pad_left(indent) for line in texts)]
    first = name.pad_right(indent - name.cell_length) + texts[0]
    return [first, *(line.pad_left(indent) for line in texts[1:])]
