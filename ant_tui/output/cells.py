"""How many terminal cells a text takes, and which character stands at a column.

Only widths: what is safe to show is decided in ``sanitise``. Made for text that has passed there, so no control
characters are expected (they count one cell).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate

__all__ = ["cell_width", "index_at", "is_narrow"]

# Scripts and symbols in which every character takes one cell: most text needs no look at the single characters.
_UNSURE = re.compile(
    "[^ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u0482\u048a-\u052f"
    "\u2010-\u2027\u2030-\u205e\u2070-\u208e\u20a0-\u20c0\u2100-\u2319\u2400-\u2426\u2440-\u25fc\u2800-\u28ff\ufffd]"
)
_CACHE_LIMIT = 4096


class _Widths(dict[str, int]):
    def __missing__(self, character: str) -> int:
        width = _character_width(character)
        if len(self) < _CACHE_LIMIT:
            self[character] = width
        return width


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf") or "\u1160" <= character <= "\u11ff":
        return 0  # combines with the character before it (the range: vowels and finals of Hangul syllables)
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


_WIDTHS = _Widths()


def is_narrow(text: str) -> bool:
    """Whether every character surely takes one cell, so that columns are indices (False: perhaps they do)."""
    return text.isascii() or _UNSURE.search(text) is None


def cell_width(text: str) -> int:
    """How many cells a text takes in a terminal: wide characters two, combining ones none."""
    if is_narrow(text):
        return len(text)
    return sum(map(_WIDTHS.__getitem__, text))


def index_at(text: str, column: int) -> tuple[int, int]:
    """Find the character that covers a column.

    Args:
        text: one line.
        column: in cells from 0.

    Returns:
        The character's index and the column at which it begins (one less than asked for when the column is the second
        half of a wide character). Past the end: ``len(text)`` and the text's width.
    """
    if is_narrow(text[: column + 1]):  # looks no further than the column, so that long lines cost nothing
        index = min(column, len(text))
        return index, index
    ends = list(accumulate(map(_WIDTHS.__getitem__, text[: 2 * column + 2])))
    index = bisect_right(ends, column)
    if index == len(ends) and len(ends) < len(text):  # so many combining characters that the guess was too short
        ends = list(accumulate(map(_WIDTHS.__getitem__, text)))
        index = bisect_right(ends, column)
    return index, ends[index - 1] if index else 0
