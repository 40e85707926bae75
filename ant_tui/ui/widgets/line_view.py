"""What our widgets that paint single lines share.

``LineView`` is a ``ScrollView`` that repaints the lines that changed and no others: it tells a real paint from a
look-up of what is under the mouse, changes its length without a layout of the screen, and sets its border's subtitle
without repainting what is inside. It knows nothing of rows, tasks or output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from ant_tui.ui.widgets.cells import SafeText, default_safe
from ant_tui.ui.widgets.palette import Palette, StyleSpec

if TYPE_CHECKING:
    from textual.events import Hide, Show

__all__ = ["LineView"]


class LineView(ScrollView, can_focus=True):
    """A scrolling widget that paints its own lines, one by one."""

    def __init__(
        self,
        *,
        safe: SafeText | None,
        styles: Mapping[str, StyleSpec] | None,
        name: str | None,
        id: str | None,
        classes: str | None,
    ) -> None:
        """Make a view; ``safe`` is what every text passes before it is painted (None: the project's sanitiser)."""
        super().__init__(name=name, id=id, classes=classes)
        self.safe: SafeText = default_safe() if safe is None else safe
        self.palette = Palette(self, styles or {})
        self.painting = False
        """True while lines are rendered for the screen, false when somebody only asks what is at a point."""
        self.shown = False
        """Whether the layout gives this widget a place on the screen."""
        self.line_width = 0
        """``text_width`` as of the last paint: what ``render_line`` uses, since asking costs as much as a line."""

    @property
    def text_width(self) -> int:
        """Cells that a line has, without the scrollbar (``size`` counts it in)."""
        return self.scrollable_size.width

    def style_changed(self) -> None:
        """Forget what was rendered under the old theme; subclasses add to it."""
        self.palette.clear()

    def notify_style_update(self) -> None:
        """Textual calls this when theme, focus or style sheet changed something."""
        super().notify_style_update()
        self.style_changed()

    def on_show(self, _event: Show) -> None:
        """The widget came into view."""
        self.shown = True

    def on_hide(self, _event: Hide) -> None:
        """The widget went out of view."""
        self.shown = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render for the screen."""
        self.line_width = self.text_width
        self.painting = True
        try:
            return super().render_lines(crop)
        finally:
            self.painting = False

    def repaint(self, lines: Iterable[int]) -> None:
        """Repaint lines, counted from the top of the visible part, in rising order."""
        width = self.text_width
        regions: list[Region] = []
        for y in lines:
            if regions and regions[-1].bottom == y:
                regions[-1] = Region(0, regions[-1].y, width, regions[-1].height + 1)
            else:
                regions.append(Region(0, y, width, 1))
        if regions:
            self.refresh(*regions)

    def set_length(self, lines: int) -> None:
        """Say how many lines there are; lays the screen out anew only if a scrollbar comes or goes."""
        size = Size(0, lines)
        if size == self.virtual_size:
            return
        wants_bar = self.styles.overflow_y == "scroll" or lines > self.container_size.height
        if wants_bar != self.show_vertical_scrollbar or not self.is_mounted:
            self.virtual_size = size
            return
        self.set_reactive(Widget.virtual_size, size)
        if wants_bar:
            self.vertical_scrollbar.window_virtual_size = lines

    def set_subtitle(self, text: str) -> None:
        """Show ``text`` in the lower border; repaints that border alone (the public attribute repaints all)."""
        content = Content(self.safe(text))
        if content == self._border_subtitle or (not text and self._border_subtitle is None):
            return
        self._border_subtitle = content if text else None
        offset = self.content_offset
        outer = self.outer_size
        self.refresh(Region(-offset.x, outer.height - 1 - offset.y, outer.width, 1))
