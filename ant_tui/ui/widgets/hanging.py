"""Names with texts beside them, broken so that a text's further lines begin below its first word.

``Hanging`` can stand wherever Textual takes something to show; ``HangingText`` is a widget around it whose text can be
selected, and is copied as it was before it was broken. Both show contents that others have made safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it is shown.

    Attributes:
        content: what stands in it.
        joint: what is between it and the line before, were nothing broken: the blanks that a break took the place of,
            nothing where a word was cut, a line break where there was one.
        indent: how many blanks it begins with that are no part of the text.
    """

    content: Content
    joint: str = "\n"
    indent: int = 0


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
        self._last: tuple[int, Content, Sequence[_Line]] = (-1, Content(), ())

    def text(self, width: int) -> Content:
        """The lines as they stand in so many cells. Names take at most half of them; longer ones have their own."""
        return self._broken(width)[1]

    def selected(self, selection: Selection, width: int) -> str:
        """What is selected of them, without the breaks and blanks that so many cells made necessary."""
        parts: list[str] = []
        for y, line in enumerate(self._broken(width)[2]):
            if (span := selection.get_span(y)) is not None:
                start, end = span
                parts.append(line.joint if parts else "")
                parts.append(line.content.plain[max(start, line.indent) : end if end >= 0 else None])
        return "".join(parts)

    def _broken(self, width: int) -> tuple[int, Content, Sequence[_Line]]:
        if self._last[0] != width:
            indent = min(self._indent, max(2, width // 2))
            lines = [line for name, text in self._rows for line in _lines(name, text, indent, width)]
            self._last = (width, Content("\n").join([line.content for line in lines]), lines)
        return self._last

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
        """What is selected, as it would stand on a screen with room for it."""
        return self._hanging.selected(selection, self.content_size.width), "\n"


def _lines(name: Content, text: Content, indent: int, width: int) -> list[_Line]:
    if not name:
        return list(_wrapped(text, width))
    texts = list(_wrapped(text, max(1, width - indent)))
    further = [_Line(line.content.pad_left(indent), line.joint, indent) for line in texts]
    if name.cell_length >= indent:
        return [*_wrapped(name, max(1, width)), *further]
    first = name.pad_right(indent - name.cell_length) + texts[0].content
    return [_Line(first, indent=0 if name.plain.strip() else indent), *further[1:]]


def _wrapped(text: Content, width: int) -> Iterator[_Line]:
    """Break a text where Textual breaks it; that only tells the lines, so what was left out is sought in the text."""
    for paragraph in text.split(allow_blank=True):
        joint, rest = "\n", paragraph.expand_tabs().plain
        for content in paragraph.wrap(width) if paragraph and width else [paragraph]:
            shown, blanks = content.plain, len(rest) - len(rest.lstrip())
            at = rest.find(shown, 0, blanks + len(shown))
            if at < 0:  # a wide character had no room at all
                at = blanks
            yield _Line(content, joint + rest[:at])
            joint, rest = "", rest[at + len(shown) :]
