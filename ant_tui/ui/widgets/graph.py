"""A graph of the last minutes: title, area, labels and a time ruler, down to a single row.

It shows a frozen ``GraphData`` and repaints the rows that differ from what is on the screen, so a graph that stands
still costs nothing. Drawing is in ``braille``, colours come from the theme by the height that a value reaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ant_tui.ui.widgets.braille import OVERLAY, SAMPLES_PER_CELL, Glyphs, rasterise
from ant_tui.ui.widgets.cells import SafeText, default_safe, fit, join_runs
from ant_tui.ui.widgets.palette import Palette, StyleSpec

if TYPE_CHECKING:
    from textual import events

__all__ = ["BANDS", "Graph", "GraphData"]

BANDS: tuple[tuple[float, str], ...] = ((0.0, "graph-low"), (0.10, "graph-mid"), (0.75, "graph-high"))
"""From which fraction of the top on which style name is used; the first is for all below the second."""

_STYLES: Mapping[str, StyleSpec] = {
    "graph-low": ("$graph-low", "dim"),
    "graph-mid": ("$graph-mid", "$warning"),
    "graph-high": ("$graph-high", "$success"),
    "graph-full": ("$graph-full", "$error"),
    "graph-overlay": ("$graph-overlay", "$text-secondary"),
    "graph-title": ("$graph-title", "bold"),
    "graph-axis": ("$graph-axis", "dim"),
}
_LABELLED_ROWS = 4

Runs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class GraphData:
    """What a graph shows.

    Attributes:
        values: samples at equal distances, oldest first; None where nothing was measured.
        overlay: a second series on the same scale, drawn as a line.
        title: at the left of the first row.
        value: at the right of the first row, the newest value in words. Without title and value there is no such row.
        cap: the value at the top edge, more than 0.
        span: what the left edge of the time ruler says ("5m").
    """

    values: Sequence[float | None] = ()
    overlay: Sequence[float | None] = ()
    title: str = ""
    value: str = ""
    cap: float = 100.0
    span: str = ""


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
        self.safe: SafeText = default_safe() if safe is None else safe
        self.palette = Palette(self, {**_STYLES, **(styles or {})})
        self._data = data or GraphData()
        self._glyphs: Glyphs = glyphs
        self._line = line
        self._bands = tuple(bands)
        self._lines: list[Runs] = []
        self._drawn_for: tuple[int, int] = (0, 0)

    @property
    def data(self) -> GraphData:
        """What is shown."""
        return self._data

    @property
    def capacity(self) -> int:
        """How many samples have room at the present size."""
        width, height = self.size
        data = self._data
        if height == 1:
            room = width - self._beside(data.title) - self._beside(data.value)
        else:
            room = width - self._label_width(self._plot_rows(height), width)
        return max(0, room) * SAMPLES_PER_CELL[self._glyphs]

    def set_data(self, data: GraphData) -> None:
        """Show other data; repaints the rows that change."""
        if data != self._data:
            self._data = data
            self._redraw()

    def set_look(self, *, glyphs: Glyphs | None = None, line: bool | None = None) -> None:
        """Draw with other characters, or as line or area."""
        self._glyphs = self._glyphs if glyphs is None else glyphs
        self._line = self._line if line is None else line
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

    # Drawing

    def _plot_rows(self, height: int) -> int:
        """Return how many rows are left for the graph: without those of title and ruler, where there are such."""
        if height <= 1:
            return height
        rows = height - self._has_head
        return rows - 1 if rows - 1 >= _LABELLED_ROWS and self._data.span else rows

    @property
    def _has_head(self) -> bool:
        return bool(self._data.title or self._data.value)

    def _labels(self) -> tuple[str, str, str]:
        return (f"{self._data.cap:g}", f"{self._data.cap / 2:g}", "0")

    def _label_width(self, rows: int, width: int) -> int:
        needed = max(map(len, self._labels())) + 1
        return needed if rows >= _LABELLED_ROWS and width >= 2 * needed else 0

    def _beside(self, text: str) -> int:
        """Return the room of a text beside a graph of one row, with the gap to it."""
        third = self.size.width // 3
        return min(cell_len(self.safe(text)), third) + 1 if text and third > 1 else 0

    def _draw(self) -> None:
        self._drawn_for = self.size
        width, height = self.size
        data = self._data
        if not width or not height:
            self._lines = []
            return
        title, value = self.safe(data.title), self.safe(data.value)
        if height == 1:
            left, right = self._beside(data.title), self._beside(data.value)
            plot = self._plot(max(0, width - left - right), 1)[0]
            row = [(fit(title, left - 1), "graph-title"), (" " if left else "", "")]
            self._lines = [join_runs([*row, *plot, (fit(value, right, align="right"), "graph-title")])]
            return
        rows = self._plot_rows(height)
        margin = self._label_width(rows, width)
        room = max(0, width - cell_len(value) - 1) if value else width
        head: Runs = [(fit(title, room), "graph-title"), (fit(value, width - room, align="right"), "graph-title")]
        body = self._plot(max(0, width - margin), rows)
        if margin:
            top, middle, bottom = self._labels()
            labels = {0: top, (rows - 1) // 2: middle, rows - 1: bottom}
            for row_number, line in enumerate(body):
                line.insert(0, (fit(labels.get(row_number, ""), margin - 1, align="right") + " ", "graph-axis"))
        self._lines = [join_runs(line) for line in (*([head] if self._has_head else []), *body)]
        if len(self._lines) < height:
            self._lines.append([(fit("", margin) + self._ruler(width - margin), "graph-axis")])

    def _ruler(self, width: int) -> str:
        span, now = self.safe(self._data.span), "now"
        room = width - cell_len(span) - cell_len(now)
        dash = "-" if self._glyphs == "ascii" else "─"
        return span + dash * room + now if room >= 1 else fit(now, width, align="right")

    def _plot(self, width: int, rows: int) -> list[Runs]:
        data = self._data
        raster = rasterise(
            data.values,
            width,
            rows,
            cap=data.cap,
            glyphs=self._glyphs,
            line=self._line,
            baseline=rows > 1,
            bands=[fraction for fraction, _ in self._bands[1:]],
            overlay=data.overlay,
        )
        return [self._runs(text, levels) for text, levels in zip(raster.rows, raster.levels, strict=True)]

    def _runs(self, text: str, levels: bytes) -> Runs:
        """Cut a row where its colour changes; an empty cell goes with what stands before it."""
        runs: Runs = []
        start = 0
        for level, group in groupby(levels):
            end = start + sum(1 for _ in group)
            if level == 0:
                style = runs[-1][1] if runs else ""
            else:
                style = "graph-overlay" if level == OVERLAY else self._bands[level - 1][1]
            runs.append((text[start:end], style))
            start = end
        return join_runs(runs)
