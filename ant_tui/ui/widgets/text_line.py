"""A line of styled text that is painted only when it says something else: status, hints, headings of cards."""

from __future__ import annotations

from collections.abc import Mapping

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from ant_tui.ui.widgets.cells import SafeText
from ant_tui.ui.widgets.palette import Palette, StyleSpec
from ant_tui.ui.widgets.split_line import Runs, SplitLine, length_of

__all__ = ["Runs", "TextLine", "length_of"]


class TextLine(Widget):
    """One row: a text from the left, and one at the right end where there is room for it."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    TextLine { width: 1fr; height: 1; }
    """

    def __init__(
        self,
        *,
        keep_right: bool = False,
        safe: SafeText | None = None,
        styles: Mapping[str, StyleSpec] | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Make an empty line.

        Args:
            keep_right: where both texts have no room, the left one is cut; else the right one is left out.
            safe: what every text passes before it is shown; the project's sanitiser if None.
            styles: what style names mean, see ``Palette``.
            name: as for every widget.
            id: as for every widget.
            classes: as for every widget.
        """
        super().__init__(name=name, id=id, classes=classes)
        self._line = SplitLine(keep_right=keep_right, safe=safe)
        self.palette = Palette(self, styles or {})

    @property
    def safe(self) -> SafeText:
        """What every text passes before it is shown."""
        return self._line.safe

    @property
    def text(self) -> str:
        """What it says, from both ends."""
        return self._line.text

    def set_runs(self, left: Runs, right: Runs = (), spare: Runs = (), *, short: Runs = ()) -> None:
        """Say something, see ``SplitLine.set_runs``."""
        if self._line.set_runs(left, right, spare, short=short):
            self.refresh()

    def notify_style_update(self) -> None:
        """Textual calls this when theme or style sheet changed something."""
        super().notify_style_update()
        self.palette.clear()

    def render_line(self, y: int) -> Strip:
        """Render the line."""
        width = self.size.width
        if y:
            return Strip.blank(width, self.palette.base())
        named = self.palette.named
        return Strip([Segment(text, named(style)) for text, style in self._line.fit(width)], width)
