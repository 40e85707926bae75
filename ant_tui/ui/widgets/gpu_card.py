"""One GPU (or the host) on the screen: a line of words and two graphs, use and memory, on one row or on several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget

from ant_tui.ui.figures import percent
from ant_tui.ui.gpu_facts import GpuFacts
from ant_tui.ui.looks import STYLES
from ant_tui.ui.widgets.braille import Glyphs
from ant_tui.ui.widgets.graph import Graph, GraphData
from ant_tui.ui.widgets.palette import StyleSpec
from ant_tui.ui.widgets.text_line import TextLine, length_of

__all__ = ["MEMORY_BANDS", "MEMORY_STYLES", "CardGraph", "GpuCard"]

MEMORY_BANDS = ((0.0, "graph-memory"), (0.95, "graph-full"))
MEMORY_STYLES: Mapping[str, StyleSpec] = {"graph-memory": ("$graph-memory", "$text-primary")}


class CardGraph(Graph):
    """A graph that tells when it has another size, so that its owner can give it as many samples as it can show."""

    class Resized(Message):
        """It has another size."""

    def on_resize(self, _event: events.Resize) -> None:
        """Tell (Textual calls the base class's handler too)."""
        self.post_message(self.Resized())


_FIGURES_WIDTH = 13
"""Cells of a GPU's temperature and power; what the host has instead ends where they end."""
_OTHERS_FROM = 4
"""Rows from which on a card has one to spare for somebody else's process."""


class GpuCard(Widget):
    """A card."""

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    GpuCard { width: 1fr; height: 1fr; layout: grid; grid-size: 2; grid-rows: 1 1fr; grid-gutter: 0 2; padding: 0 1; }
    GpuCard.-row { layout: horizontal; }
    GpuCard.-row .who { width: 5fr; }
    GpuCard.-row .figures { width: 27; }
    GpuCard.-row.-narrow .who { width: 7fr; }
    GpuCard.-row.-narrow .figures { width: 13; }
    GpuCard.-row Graph { width: 3fr; margin: 0 0 0 1; }
    GpuCard .others { display: none; column-span: 2; }
    GpuCard.-others { grid-rows: 1 1fr 1; }
    GpuCard.-others .others { display: block; }
    """

    class Chosen(Message):
        """Somebody clicked on the card."""

        def __init__(self, card: GpuCard, *, opened: bool) -> None:
            """Make a message; ``opened`` after a double click."""
            super().__init__()
            self.card = card
            self.opened = opened

    def __init__(self, facts: GpuFacts, *, glyphs: Glyphs = "braille") -> None:
        """Make a card.

        Args:
            facts: what it shows first.
            glyphs: what the graphs are drawn with.
        """
        super().__init__()
        self.facts = facts
        self._who = TextLine(keep_right=True, styles=STYLES, classes="who")
        self._figures = TextLine(keep_right=True, styles=STYLES, classes="figures")
        self._others = TextLine(styles=STYLES, classes="others")
        self.rows = 1
        """How tall it is; whoever gives it its place says so."""
        self.use = CardGraph(glyphs=glyphs, classes="use")
        self.memory = CardGraph(glyphs=glyphs, bands=MEMORY_BANDS, styles=MEMORY_STYLES, classes="memory")

    def compose(self) -> ComposeResult:
        """Put the parts in."""
        yield self._who
        yield self._figures
        yield self.use
        yield self.memory
        yield self._others

    def set_facts(self, facts: GpuFacts, *, chosen: bool) -> None:
        """Show words and figures.

        Args:
            facts: of the same GPU as before.
            chosen: whether the cursor is on it.
        """
        self.facts = facts
        label = [(">" if chosen else " ", "strong"), (f"{facts.label:>2} ", "strong")]
        state = [(f"{facts.look.glyph} {facts.look.word} ", facts.look.style)] if facts.look.word else []
        detail = [(facts.detail, "")] if facts.detail else []
        with_line = bool(facts.strangers) and self.rows >= _OTHERS_FROM
        self.set_class(with_line, "-others")
        if with_line:
            self._others.set_runs([(facts.strangers_line, "gpu-external")])
        elif facts.beside:
            detail.append((f"{' ' if detail else ''}{facts.beside}", "gpu-external"))
        name = [(f" {facts.name}", "quiet")] if facts.name else []
        now, memory = (percent(facts.use), "strong"), (facts.memory_words, "strong")
        if self.has_class("-row"):
            self._who.set_runs([*label, *state, *detail], (), name)
            some = () if self.has_class("-narrow") else facts.figures
            blank = " " * (_FIGURES_WIDTH - length_of(some)) if some else ""
            self._figures.set_runs([(blank, ""), *some, now, (f"{facts.memory_words:>9}", "strong")])
        else:
            use = [("cpu ", "quiet"), (now[0].strip(), now[1])] if facts.label == "host" else [now]
            self._who.set_runs([*label, *state, *detail], use, name)
            self._figures.set_runs(facts.figures, [("mem ", "quiet"), memory], short=facts.brief_figures)

    def set_series(self, use: Sequence[float | None], memory: Sequence[float | None], span: str) -> None:
        """Show graphs.

        Args:
            use: shares from 0 to 1 at equal distances, oldest first.
            memory: the same of the memory.
            span: what the left edge means, as "5m".
        """
        self.use.set_data(GraphData(_hundred(use), span=span))
        self.memory.set_data(GraphData(_hundred(memory), span=span))

    def on_click(self, event: events.Click) -> None:
        """Tell the pane."""
        event.stop()
        self.post_message(self.Chosen(self, opened=event.chain == 2))


def _hundred(shares: Sequence[float | None]) -> list[float | None]:
    return [None if share is None else share * 100 for share in shares]
