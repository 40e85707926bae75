"""Selecting whole lines by keys: from the line where one began to the one where one is. Numbers only."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["LineMarks"]


class LineMarks(Struct):
    """Lines from ``first`` to ``last``, both included, of which one end moves.

    Attributes:
        anchor: where the selection began.
        here: the end that moves.
    """

    anchor: int
    here: int

    @property
    def first(self) -> int:
        """The upper line."""
        return min(self.anchor, self.here)

    @property
    def last(self) -> int:
        """The lower line."""
        return max(self.anchor, self.here)

    def __len__(self) -> int:
        return self.last - self.first + 1

    def move(self, lines: int, first: int, end: int) -> None:
        """Move the end by lines, no further than from ``first`` to before ``end``."""
        self.here = max(first, min(self.here + lines, end - 1))
