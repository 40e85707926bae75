"""Containers whose children cover them: they hold the room together and have nothing to paint.

Textual renders every line of every container before it finds that nothing of it is to be seen, which for three of them
is a tenth of a frame.
"""

from __future__ import annotations

from textual.containers import Horizontal, Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

__all__ = ["CoveredColumn", "CoveredRow"]


class CoveredRow(Horizontal):
    """Children side by side."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render without looking at each line."""
        return _blank(self, crop)


class CoveredColumn(Vertical):
    """Children one below the other."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render without looking at each line."""
        return _blank(self, crop)


def _blank(widget: Widget, crop: Region) -> list[Strip]:
    """Its background, for what little may be seen of it while children come and go."""
    return [Strip.blank(crop.width, widget.rich_style)] * crop.height
