"""The drawing of a graph, down to a single row: title, area, labels and a time ruler as runs of styled text.

Nothing of Textual is here: a widget asks for the lines of a size and paints them, alone (``graph``) or with other
things beside them (``gpu_card``). Characters are drawn by ``braille``; a run names its style, which is a colour's name
by the height that a value reaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len

from ant_tui.ui.widgets.braille import OVERLAY, SAMPLES_PER_CELL, Glyphs, rasterise
from ant_tui.ui.widgets.cells import SafeText, default_safe, fit, join_runs
from ant_tui.ui.widgets.palette import StyleSpec

__all__ = ["BANDS", "PLOT_STYLES", "GraphData", "Plot"]

BANDS: tuple[tuple[float, str], ...] = ((0.0, "graph-low"), (0.10, "graph-mid"), (0.75, "graph-high"))
"""From which fraction of the top on which style name is used; the first is for all below the second."""

PLOT_STYLES: Mapping[str, StyleSpec] = {
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


class GraphData(NamedTuple):
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


class Plot:
    """A graph of one series, with a second one over it, for whatever size it is asked for."""

    def __init__(
        self,
        data: GraphData | None = None,
        *,
        glyphs: Glyphs = "braille",
        line: bool = False,
        bands: Sequence[tuple[float, str]] = BANDS,
        safe: SafeText | None = None,
    ) -> None:
        """Make a plot.

        Args:
            data: what is shown first.
            glyphs: the characters to draw with.
            line: draw a line instead of an area.
            bands: (fraction of the top, style name), rising; see ``BANDS``.
            safe: what every text passes before it is shown; the project's sanitiser if None.
        """
        self.safe: SafeText = default_safe() if safe is None else safe
        self.data = data or GraphData()
        self.glyphs: Glyphs = glyphs
        self.line = line
        self._bands = tuple(bands)

    def capacity(self, width: int, height: int) -> int:
        """How many samples have room in so many cells and rows."""
        if height == 1:
            room = width - self._beside(self.data.title, width) - self._beside(self.data.value, width)
        else:
            room = width - self._label_width(self._plot_rows(height), width)
        return max(0, room) * SAMPLES_PER_CELL[self.glyphs]

    def lines(self, width: int, height: int) -> list[Runs]:
        """Draw.

        Args:
            width: cells.
            height: rows.

        Returns:
            As many lines as rows, each as wide as was asked for; nothing where there is no room at all.
        """
        data = self.data
        if width <= 0 or height <= 0:
            return []
        title, value = self.safe(data.title), self.safe(data.value)
        if height == 1:
            left, right = self._beside(data.title, width), self._beside(data.value, width)
            plot = self._area(max(0, width - left - right), 1)[0]
            row = [(fit(title, left - 1), "graph-title"), (" " if left else "", "")]
            return [join_runs([*row, *plot, (fit(value, right, align="right"), "graph-title")])]
        rows = self._plot_rows(height)
        margin = self._label_width(rows, width)
        room = max(0, width - cell_len(value) - 1) if value else width
        head: Runs = [(fit(title, room), "graph-title"), (fit(value, width - room, align="right"), "graph-title")]
        body = self._area(max(0, width - margin), rows)
        if margin:
            top, middle, bottom = self._labels()
            labels = {0: top, (rows - 1) // 2: middle, rows - 1: bottom}
            for row_number, line in enumerate(body):
                line.insert(0, (fit(labels.get(row_number, ""), margin - 1, align="right") + " ", "graph-axis"))
        lines = [join_runs(line) for line in (*([head] if self._has_head else []), *body)]
        if len(lines) < height:
            lines.append([(fit("", margin) + self._ruler(width - margin), "graph-axis")])
        return lines

    def _plot_rows(self, height: int) -> int:
        """Return how many rows are left for the graph: without those of title and ruler, where there are such."""
        if height <= 1:
            return height
        rows = height - self._has_head
        return rows - 1 if rows - 1 >= _LABELLED_ROWS and self.data.span else rows

    @property
    def _has_head(self) -> bool:
        return bool(self.data.title or self.data.value)

    def _labels(self) -> tuple[str, str, str]:
        return (f"{self.data.cap:g}", f"{self.data.cap / 2:g}", "0")

    def _label_width(self, rows: int, width: int) -> int:
        needed = max(map(len, self._labels())) + 1
        return needed if rows >= _LABELLED_ROWS and width >= 2 * needed else 0

    def _beside(self, text: str, width: int) -> int:
        """Return the room of a text beside a graph of one row, with the gap to it."""
        third = width // 3
        return min(cell_len(self.safe(text)), third) + 1 if text and third > 1 else 0

    def _ruler(self, width: int) -> str:
        span, now = self.safe(self.data.span), "now"
        room = width - cell_len(span) - cell_len(now)
        dash = "-" if self.glyphs == "ascii" else "─"
        return span + dash * room + now if room >= 1 else fit(now, width, align="right")

    def _area(self, width: int, rows: int) -> list[Runs]:
        data = self.data
        raster = rasterise(
            data.values,
            width,
            rows,
            cap=data.cap,
            glyphs=self.glyphs,
            line=self.line,
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
