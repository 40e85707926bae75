"""One GPU (or the host) on the screen: a line of words and two graphs, use and memory, on one row or on several.

A card is a single widget that paints its words and graphs itself: a machine with many GPUs has as many cards, and
every widget costs its share of the start, of each layout and of each theme.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ant_tui.ui.figures import percent
from ant_tui.ui.gpu_facts import GpuFacts
from ant_tui.ui.looks import STYLES
from ant_tui.ui.widgets.braille import Glyphs
from ant_tui.ui.widgets.palette import Palette, StyleSpec
from ant_tui.ui.widgets.plot import PLOT_STYLES, GraphData, Plot
from ant_tui.ui.widgets.split_line import Runs, SplitLine, length_of

__all__ = ["MEMORY_BANDS", "MEMORY_STYLES", "GpuCard"]

MEMORY_BANDS = ((0.0, "graph-memory"), (0.95, "graph-full"))
MEMORY_STYLES: Mapping[str, StyleSpec] = {"graph-memory": ("$graph-memory", "$text-primary")}

_FIGURES_WIDTH = 13
"""Cells of a GPU's temperature and power; what the host has instead ends where they end."""
_OTHERS_FROM = 4
"""Rows from which on a card has one to spare for somebody else's process."""
_NEVER = (0, 0, False)
_GAP = 2
"""Cells between its two halves."""


class _Part(NamedTuple):
    """What is painted at some place of a card."""

    x: int
    y: int
    width: int
    lines: Sequence[Runs]


class GpuCard(Widget):
    """A card."""

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    GpuCard { width: 1fr; height: 1fr; padding: 0 1; }
    """

    class Chosen(Message):
        """Somebody clicked on the card."""

        def __init__(self, card: GpuCard, *, opened: bool) -> None:
            """Make a message; ``opened`` after a double click."""
            super().__init__()
            self.card = card
            self.opened = opened

    class Resized(Message):
        """It has another size, so its graphs have room for more or fewer samples."""

    def __init__(self, facts: GpuFacts, *, glyphs: Glyphs = "braille") -> None:
        """Make a card.

        Args:
            facts: what it shows first.
            glyphs: what the graphs are drawn with.
        """
        super().__init__()
        self.facts = facts
        self.narrow = False
        """Whether a single row has no room for temperature and power; whoever gives it its place says so."""
        self.use = Plot(glyphs=glyphs)
        self.memory = Plot(glyphs=glyphs, bands=MEMORY_BANDS)
        self.palette = Palette(self, {**STYLES, **PLOT_STYLES, **MEMORY_STYLES})
        self._chosen = False
        self._who = SplitLine(keep_right=True)
        self._figures = SplitLine(keep_right=True)
        self._others = SplitLine()
        self._parts: tuple[_Part, ...] = ()
        self._drawn_for = _NEVER

    @property
    def capacities(self) -> tuple[int, int]:
        """How many samples of use and of memory have room at the present size."""
        left, right = self._graph_places()
        return self.use.capacity(*left.size), self.memory.capacity(*right.size)

    def set_facts(self, facts: GpuFacts, *, chosen: bool) -> None:
        """Show words and figures.

        Args:
            facts: of the same GPU as before.
            chosen: whether the cursor is on it.
        """
        self.facts = facts
        self._chosen = chosen
        self._redraw()

    def set_series(self, use: Sequence[float | None], memory: Sequence[float | None], span: str) -> None:
        """Show graphs.

        Args:
            use: shares from 0 to 1 at equal distances, oldest first.
            memory: the same of the memory.
            span: what the left edge means, as "5m".
        """
        self.use.data = GraphData(_hundred(use), span=span)
        self.memory.data = GraphData(_hundred(memory), span=span)
        self._redraw()

    def on_click(self, event: events.Click) -> None:
        """Tell the pane."""
        event.stop()
        self.post_message(self.Chosen(self, opened=event.chain == 2))

    def on_resize(self, _event: events.Resize) -> None:
        """Tell the pane (Textual repaints by itself)."""
        self.post_message(self.Resized())

    def notify_style_update(self) -> None:
        """Textual calls this when theme or style sheet changed something."""
        super().notify_style_update()
        self.palette.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render for the screen, for the size of now."""
        if self._drawn_for != (*self.size, self.narrow):
            self._draw()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Render one line: the parts that have a share of it, from left to right."""
        base, named = self.palette.base(), self.palette.named
        segments: list[Segment] = []
        at = 0
        for part in self._parts:
            if part.y <= y < part.y + len(part.lines):
                if part.x > at:
                    segments.append(Segment(" " * (part.x - at), base))
                segments += [Segment(text, named(style)) for text, style in part.lines[y - part.y]]
                at = part.x + part.width
        width = self._drawn_for[0]
        if at < width:
            segments.append(Segment(" " * (width - at), base))
        return Strip(segments, width)

    def _redraw(self) -> None:
        """Draw anew and repaint what is different now; before there is anything to compare with, just repaint."""
        if not self.is_mounted or not self.size:
            return
        if self._drawn_for != (*self.size, self.narrow):
            self._drawn_for = _NEVER
            self.refresh()
            return
        before = self._parts
        self._draw()
        if len(before) != len(self._parts):
            self.refresh()
        elif changed := list(_differences(before, self._parts)):
            self.refresh(*changed)

    def _draw(self) -> None:
        width, height = self.size
        self._drawn_for = (width, height, self.narrow)
        if not width or not height:
            self._parts = ()
            return
        with_line = self._has_line_of_others(height)
        if height == 1:
            self._say_in_one_row()
            edges = self._edges(width)
            places = [Region(x, 0, edges[at + 1] - x, 1) for at, x in enumerate(edges[:2])]
        else:
            self._say_in_rows(with_line=with_line)
            places = [Region(x, 0, wide, 1) for x, wide in _halves(width)]
        parts = [
            _Part(place.x, 0, place.width, (line.fit(place.width),))
            for place, line in zip(places, (self._who, self._figures), strict=True)
        ]
        parts += [
            _Part(place.x, place.y, place.width, plot.lines(*place.size))
            for place, plot in zip(self._graph_places(), (self.use, self.memory), strict=True)
        ]
        if with_line:
            self._others.set_runs([(self.facts.strangers_line, "gpu-external")])
            parts.append(_Part(0, height - 1, width, (self._others.fit(width),)))
        self._parts = tuple(parts)

    def _graph_places(self) -> tuple[Region, Region]:
        width, height = self.size
        if height == 1:
            edges = self._edges(width)
            # The first cell of each is a gap.
            return Region(edges[2] + 1, 0, edges[3] - edges[2] - 1, 1), Region(edges[3] + 1, 0, width - edges[3] - 1, 1)
        rows = max(0, height - 1 - self._has_line_of_others(height))
        (left, left_width), (right, right_width) = _halves(width)
        return Region(left, 1, left_width, rows), Region(right, 1, right_width, rows)

    def _has_line_of_others(self, height: int) -> bool:
        return bool(self.facts.strangers) and height >= _OTHERS_FROM

    def _edges(self, width: int) -> list[int]:
        """Where words, figures, use and memory begin on a single row, and where that ends."""
        words, figures = (7, 13) if self.narrow else (5, 27)
        shared, shares = max(0, width - figures - _GAP), words + 3 + 3
        return [min(width, figures * (at > 1) + (at > 2) + shared * share // shares) for at, share in enumerate(
            accumulate((0, words, 0, 3, 3)))]  # fmt: skip

    # -- words -------------------------------------------------------------------------------------------------

    def _words(self, *, with_line: bool) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Its label, its state and who is on it; and its name, which is shown where there is room."""
        facts = self.facts
        words = [(">" if self._chosen else " ", "strong"), (f"{facts.label:>2} ", "strong")]
        if facts.look.word:
            words.append((f"{facts.look.glyph} {facts.look.word} ", facts.look.style))
        if facts.detail:
            words.append((facts.detail, ""))
        if facts.beside and not with_line:
            words.append((f"{' ' if facts.detail else ''}{facts.beside}", "gpu-external"))
        return words, [(f" {facts.name}", "quiet")] if facts.name else []

    def _say_in_one_row(self) -> None:
        facts = self.facts
        words, name = self._words(with_line=False)
        some = () if self.narrow else facts.figures
        blank = " " * (_FIGURES_WIDTH - length_of(some)) if some else ""
        self._who.set_runs(words, (), name)
        memory = (f"{facts.memory_words:>9}", "strong")
        self._figures.set_runs([(blank, ""), *some, (percent(facts.use), "strong"), memory])

    def _say_in_rows(self, *, with_line: bool) -> None:
        facts = self.facts
        words, name = self._words(with_line=with_line)
        use = percent(facts.use)
        used = [("cpu ", "quiet"), (use.strip(), "strong")] if facts.label == "host" else [(use, "strong")]
        self._who.set_runs(words, used, name)
        memory = [("mem ", "quiet"), (facts.memory_words, "strong")]
        self._figures.set_runs(facts.figures, memory, short=facts.brief_figures)


def _halves(width: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where both halves begin, and how wide they are; an odd cell is the right one's."""
    half = max(0, width - _GAP) // 2
    return (0, half), (half + _GAP, max(0, width - _GAP - half))


def _differences(before: Sequence[_Part], after: Sequence[_Part]) -> Iterator[Region]:
    """The rows of parts that say something else than before, at the same places."""
    for old, new in zip(before, after, strict=True):
        for row, line in enumerate(new.lines):
            if row >= len(old.lines) or old.lines[row] != line:
                yield Region(new.x, new.y + row, new.width, 1)


def _hundred(shares: Sequence[float | None]) -> list[float | None]:
    return [None if share is None else share * 100 for share in shares]
