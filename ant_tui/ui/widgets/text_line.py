"""A line of styled text that is painted only when it says something else: status, hints, headings of cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from ant_tui.ui.widgets.cells import SafeText, default_safe, fit_runs, join_runs
from ant_tui.ui.widgets.palette import Palette, StyleSpec

__all__ = ["Runs", "TextLine", "length_of"]

Runs = Sequence[tuple[str, str]]
"""(text, style name) pairs."""


def length_of(runs: Runs) -> int:
    """How many cells runs of safe text take."""
    return sum(cell_len(text) for text, _ in runs)


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
        self._keep_right = keep_right
        self.safe: SafeText = default_safe() if safe is None else safe
        self.palette = Palette(self, styles or {})
        self._left: list[tuple[str, str]] = []
        self._right: list[tuple[str, str]] = []
        self._spare: list[tuple[str, str]] = []
        self._short: list[tuple[str, str]] = []

    @property
    def text(self) -> str:
        """What it says, from both ends."""
        return "".join(text for text, _ in (*self._left, *self._right))

    def set_runs(self, left: Runs, right: Runs = (), spare: Runs = (), *, short: Runs = ()) -> None:
        """Say something.

        Args:
            left: from the left edge; cut where there is no room.
            right: at the right edge, where there is room.
            spare: behind ``left``, where all of it has room.
            short: in place of ``left``, where that would have to be cut.
        """
        made = self._safe(left), self._safe(right), self._safe(spare), self._safe(short)
        if made != (self._left, self._right, self._spare, self._short):
            self._left, self._right, self._spare, self._short = made
            self.refresh()

    def _safe(self, runs: Runs) -> list[tuple[str, str]]:
        return join_runs((self.safe(text), style) for text, style in runs)

    def notify_style_update(self) -> None:
        """Textual calls this when theme or style sheet changed something."""
        super().notify_style_update()
        self.palette.clear()

    def render_line(self, y: int) -> Strip:
        """Render the line."""
        width = self.size.width
        if y:
            return Strip.blank(width, self.palette.base())
        right = self._right
        room = width - length_of(right) - 1 if right else width
        if room < (1 if self._keep_right else length_of(self._left)):
            right, room = [], width
        left = self._left
        if self._short and length_of(left) > room:
            left = self._short
        if self._spare and length_of(left) + length_of(self._spare) <= room:
            left = [*left, *self._spare]
        runs = fit_runs(left, room, align="left", blank="")
        if right:
            runs = [*runs, (" ", ""), *right]
        named = self.palette.named
        return Strip([Segment(text, named(style)) for text, style in runs], width)
