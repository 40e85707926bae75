"""What one row says from its two ends, and how it is cut to the room that there is.

A value without any Textual: ``TextLine`` is a widget that paints one, ``gpu_card`` paints several.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from ant_tui.ui.widgets.cells import SafeText, default_safe, fit_runs, join_runs

__all__ = ["Runs", "SplitLine", "length_of"]

Runs = Sequence[tuple[str, str]]
"""(text, style name) pairs."""


def length_of(runs: Runs) -> int:
    """How many cells runs of safe text take."""
    return sum(cell_len(text) for text, _ in runs)


class SplitLine:
    """A text from the left, and one at the right end where there is room for it."""

    __slots__ = ("_keep_right", "_left", "_right", "_short", "_spare", "safe")

    def __init__(self, *, keep_right: bool = False, safe: SafeText | None = None) -> None:
        """Make an empty line.

        Args:
            keep_right: where both texts have no room, the left one is cut; else the right one is left out.
            safe: what every text passes before it is shown; the project's sanitiser if None.
        """
        self._keep_right = keep_right
        self.safe: SafeText = default_safe() if safe is None else safe
        self._left: list[tuple[str, str]] = []
        self._right: list[tuple[str, str]] = []
        self._spare: list[tuple[str, str]] = []
        self._short: list[tuple[str, str]] = []

    @property
    def text(self) -> str:
        """What it says, from both ends."""
        return "".join(text for text, _ in (*self._left, *self._right))

    def set_runs(self, left: Runs, right: Runs = (), spare: Runs = (), *, short: Runs = ()) -> bool:
        """Say something.

        Args:
            left: from the left edge; cut where there is no room.
            right: at the right edge, where there is room.
            spare: behind ``left``, where all of it has room.
            short: in place of ``left``, where that would have to be cut.

        Returns:
            Whether that is something else than before.
        """
        made = self._safe(left), self._safe(right), self._safe(spare), self._safe(short)
        if made == (self._left, self._right, self._spare, self._short):
            return False
        self._left, self._right, self._spare, self._short = made
        return True

    def _safe(self, runs: Runs) -> list[tuple[str, str]]:
        return join_runs((self.safe(text), style) for text, style in runs)

    def fit(self, width: int) -> list[tuple[str, str]]:
        """Return runs of exactly so many cells."""
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
        return [*runs, (" ", ""), *right] if right else runs
