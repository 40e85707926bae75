"""The GPU pane: a card for each GPU and one for the host, as many side by side and as tall as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.widget import Widget

from ant_tui.monitor.history import HOST, History
from ant_tui.ui.gpu_facts import GpuFacts
from ant_tui.ui.graph_window import GraphWindow
from ant_tui.ui.keys import bindings_of
from ant_tui.ui.layout import gpu_card_size
from ant_tui.ui.situation import Pane
from ant_tui.ui.widgets.border_text import BorderText
from ant_tui.ui.widgets.braille import Glyphs
from ant_tui.ui.widgets.gpu_card import GpuCard

__all__ = ["GpuPane"]

_WIDE_ROW = 76
"""Columns from which on a GPU's single row has room for temperature and power."""
_GAP = 1
"""Cells between cards that stand side by side."""


class _CardLayout(Layout):
    """As many cards side by side, and as tall, as ``gpu_card_size`` says of the room that there is."""

    name = "cards"
    columns = 1
    """How many stand side by side at present."""

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """Give every card its place; cells that do not divide go to those further right."""
        if not children:
            return []
        columns, rows = gpu_card_size(len(children), *size)
        self.columns = columns
        room = size.width - _GAP * (columns - 1)
        starts = [room * column // columns + _GAP * column for column in range(columns + 1)]
        placements = []
        for at, card in enumerate(children):
            row, column = divmod(at, columns)
            if isinstance(card, GpuCard):
                card.narrow = size.width // columns < _WIDE_ROW
            region = Region(starts[column], row * rows, starts[column + 1] - starts[column] - _GAP, rows)
            placements.append(WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, card))
        return placements


class GpuPane(Widget, can_focus=True):
    """Cards in a grid, with a cursor on one of the GPUs."""

    ALLOW_SELECT = False
    BINDINGS = bindings_of(Pane.GPUS)

    class CursorMoved(Message):
        """The cursor is on another GPU."""

    class Opened(Message):
        """Somebody wants to know everything about the GPU under the cursor."""

    def __init__(self, *, window: GraphWindow, glyphs: Glyphs, id: str | None = None) -> None:
        """Make an empty pane.

        Args:
            window: what the graphs show of the past.
            glyphs: what they are drawn with.
            id: as for every widget.
        """
        super().__init__(id=id)
        self.window = window
        self._glyphs: Glyphs = glyphs
        self._cards: list[GpuCard] = []
        self._cursor = 0
        self._layout = _CardLayout()
        self._history: History | None = None
        self._drawing = False
        self.border_text = BorderText(self)

    @property
    def layout(self) -> Layout:
        """How its cards stand: known before anything is painted, without a second layout of the screen."""
        return self._layout

    @property
    def cursor_key(self) -> str | None:
        """UUID of the GPU under the cursor."""
        gpus = self._gpu_cards
        return gpus[min(self._cursor, len(gpus) - 1)].facts.key if gpus else None

    @property
    def _gpu_cards(self) -> list[GpuCard]:
        return [card for card in self._cards if card.facts.key != HOST]

    def move_cursor(self, steps: int, rows: int = 0) -> None:
        """Move the cursor by so many GPUs, or by so many rows of cards."""
        gpus = self._gpu_cards
        if gpus:
            now = min(self._cursor, len(gpus) - 1)
            self._cursor = max(0, min(len(gpus) - 1, now + steps + rows * self._layout.columns))
            self._show_words()
            self._gpu_cards[self._cursor].scroll_visible(animate=False)
            self.post_message(self.CursorMoved())

    def show_facts(self, facts: Sequence[GpuFacts]) -> None:
        """Show words and figures of all GPUs and of the host."""
        if [one.key for one in facts] != [card.facts.key for card in self._cards]:
            self._cards = [GpuCard(one, glyphs=self._glyphs) for one in facts]
            self.remove_children()
            self.mount(*self._cards)
        for card, one in zip(self._cards, facts, strict=True):
            card.facts = one
        self._show_words()

    def set_note(self, text: str) -> None:
        """Say something in the lower border; nothing if empty."""
        self.border_text.set_note(*([(f" {text} ", "")] if text else ()))

    def show_history(self, history: History) -> None:
        """Show the graphs; does nothing where they cannot be seen."""
        self._history = history
        self._draw()

    def on_gpu_card_resized(self, message: GpuCard.Resized) -> None:
        """Graphs have room for more or fewer samples; when those of many cards have, they are drawn together."""
        message.stop()
        if not self._drawing:
            self._drawing = self.call_later(self._draw)

    def _draw(self) -> None:
        self._drawing = False
        history, window = self._history, self.window
        if history is None or not self.display or not self.size:
            return
        for card in self._cards:
            key = card.facts.key
            points = card.capacities
            if min(points) > 0:
                use = window.series(history, "utilization", key, points[0])
                memory = window.series(history, "memory", key, points[1])
                card.set_series(use, memory, window.span)

    def on_focus(self) -> None:
        """Show the cursor; Textual says so before it is true."""
        self.call_later(self._show_words)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.call_later(self._show_words)

    def on_gpu_card_chosen(self, message: GpuCard.Chosen) -> None:
        """Put the cursor on the card that was clicked; a second click opens it."""
        message.stop()
        self.focus()
        if message.card in self._gpu_cards:
            self._cursor = self._gpu_cards.index(message.card)
            self._show_words()
            self.post_message(self.Opened() if message.opened else self.CursorMoved())

    def _show_words(self) -> None:
        under_cursor = self.cursor_key if self.has_focus else None
        for card in self._cards:
            card.set_facts(card.facts, chosen=card.facts.key == under_cursor)
