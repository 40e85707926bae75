"""How the graphs look at the past: over which time, and raw or smoothed. One of these is shared by all that draw it."""

from __future__ import annotations

import math

from ant_tui.monitor.history import History
from ant_tui.monitor.smoothing import Smoothed
from ant_tui.ui.figures import elapsed

__all__ = ["WINDOWS", "GraphWindow"]

WINDOWS = (60.0, 300.0, 900.0, 3600.0)
"""Lengths of time that the graphs can show, in seconds."""

_FORGOTTEN = 1 / 256
"""What weighs less than this in a smoothed value moves no dot."""


class GraphWindow:
    """What is seen of the past."""

    def __init__(self, window_s: float = 300.0, *, alpha: float = 0.1, reading_s: float = 1.0) -> None:
        """Look at the raw readings.

        Args:
            window_s: seconds from the left edge to now.
            alpha: weight of the newest reading in the smoothed curve, above 0 and at most 1.
            reading_s: seconds between two readings.
        """
        self.window_s = window_s
        self.smoothed = False
        self.alpha = alpha
        self.reading_s = reading_s

    @property
    def span(self) -> str:
        """The time from the left edge to now, in words."""
        minutes = round(self.window_s / 60)
        return f"{minutes} min" if minutes < 60 else "1 h" if minutes == 60 else elapsed(self.window_s)

    @property
    def words(self) -> str:
        """What is seen, for a heading."""
        return f"{self.span}, smoothed" if self.smoothed else self.span

    def change(self, steps: int) -> None:
        """See a longer (positive) or shorter time."""
        at = min(range(len(WINDOWS)), key=lambda index: abs(WINDOWS[index] - self.window_s))
        self.window_s = WINDOWS[max(0, min(len(WINDOWS) - 1, at + steps))]

    def series(self, history: History, metric: str, uuid: str, points: int) -> list[float | None]:
        """One metric as it is to be drawn, oldest first.

        The smoothed curve begins before the left edge, by as much as its memory reaches, so that a value looks the same
        wherever it stands in the graph.

        Args:
            history: the readings.
            metric: one of the history's.
            uuid: of a GPU, or ``HOST``.
            points: how many values, at least 1.
        """
        if not self.smoothed or self.alpha >= 1:
            return history.series(metric, uuid, self.window_s, points)
        width = self.window_s / points
        kept = (1 - self.alpha) ** (width / self.reading_s)
        before = min(4 * points, math.ceil(math.log(_FORGOTTEN) / math.log(kept))) if kept > 0 else 0
        raw = history.series(metric, uuid, self.window_s + before * width, points + before)
        curve = Smoothed(1 - kept)
        return [curve.update(value) for value in raw][before:]
