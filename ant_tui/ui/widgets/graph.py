"""A graph of the last minutes as a widget of its own.

It shows a frozen ``GraphData`` and repaints the rows that differ from what is on the screen, so a graph that stands
still costs nothing. What it looks like is in ``plot``, colours come from the theme by the height that a value reaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ant_tui.ui.widgets.braille import Glyphs
from ant_tui.ui.widgets.cells import SafeText
from ant_tui.ui.widgets.palette import Palette, StyleSpec
from ant_tui.ui.widgets.plot import BANDS, PLOT_STYLES, GraphData, Plot

if TYPE_CHECKING:
    from textual import events

__all__ = ["BANDS", "Graph", "GraphData"]


class Graph(Widget):
    """A graph of one series, with a second one over it."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Graph { width: 1fr; height: 1fr; }
    """

    def __init__(
        self,
        data: GraphData | None = None,
        *,
        glyphs: Glyphs = "braille",
        line: bool = False,
        bands: Sequence[tuple[float, str]] = BANDS,
        safe: SafeText | None = None,
        styles: Mapping[str, StyleSpec] | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Make a graph.

        Args:
            data: what is shown first.
            glyphs: the characters to draw with.
            line: draw a line instead of an area.
            bands: (fraction of the top, style name), rising; see ``BANDS``.
            safe: what every text passes before it is shown; the project's sanitiser if None.
            styles: what style names mean, over the defaults ``graph-low``, ``-mid``, ``-high``, ``-full``,
                ``-overlay``, ``-title`` and ``-axis`` (theme variables of these names win).
            name: as for every widget.
            id: as for every widget.
            classes: as for every widget.
        """
        super().__init__(name=name, id=id, classes=classes)
        self.palette = Palette(self, {**PLOT_STYLES, **(styles or {})})
        self._plot = Plot(data, glyphs=glyphs, line=line, bands=bands, safe=safe)
        self._lines: list[list[tuple[str, str]]] = []
        self._drawn_for: tuple[int, int] = (0, 0)

    @property
    def data(self) -> GraphData:
        """What is shown."""
        return self._plot.data

    @property
    def capacity(self) -> int:
        """How many samples have room at the present size."""
        return self._plot.capacity(*self.size)

    def set_data(self, data: GraphData) -> None:
        """Show other data; repaints the rows that change."""
        if data != self._plot.data:
            self._plot.data = data
            self._redraw()

    def set_look(self, *, glyphs: Glyphs | None = None, line: bool | None = None) -> None:
        """Draw with other characters, or as line or area."""
        self._plot.glyphs = self._plot.glyphs if glyphs is None else glyphs
        self._plot.line = self._plot.line if line is None else line
        self._redraw()

    def _redraw(self) -> None:
        if not self.is_mounted or not self.size:
            return
        before, size = self._lines, self.size
        same_size = self._drawn_for == size
        self._draw()
        changed = [
            Region(0, y, size.width, 1)
            for y, line in enumerate(self._lines)
            if not same_size or y >= len(before) or before[y] != line
        ]
        if changed:
            self.refresh(*changed)

    def _draw(self) -> None:
        self._drawn_for = self.size
        self._lines = self._plot.lines(*self.size)

    def notify_style_update(self) -> None:
        """Textual calls this when theme or style sheet changed something."""
        super().notify_style_update()
        self.palette.clear()

    def on_resize(self, _event: events.Resize) -> None:
        """Draw for the new size (Textual repaints by itself)."""
        self._draw()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render for the screen; the size is looked at once, here, because asking for it costs as much as a line."""
        if self._drawn_for != self.size:
            self._draw()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Render one line."""
        width = self._drawn_for[0]
        if y >= len(self._lines):
            return Strip.blank(width, self.palette.base())
        named = self.palette.named
        return Strip([Segment(text, named(style)) for text, style in self._lines[y]], width)
