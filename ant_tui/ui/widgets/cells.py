"""Cutting text by terminal cells, not characters.

Pure functions over strings and runs: fit into a width with an ellipsis, take a window of a long line, break a line
into rows. A wide character that is cut in half becomes a space, so nothing ever moves. No Textual here, and no
style: a run carries whatever its owner likes. The sanitiser is reached through here (``SafeText``), because every
string is made safe exactly once, just before it becomes cells.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Literal, TypeVar

from rich.cells import cell_len, get_character_cell_size, set_cell_size

__all__ = [
    "Align",
    "Crop",
    "SafeText",
    "default_safe",
    "fit",
    "fit_runs",
    "join_runs",
    "safe_same_length",
    "window",
    "wrap",
]

S = TypeVar("S", bound=Hashable)
SafeText = Callable[[str], str]
Align = Literal["left", "right"]
Crop = Literal["end", "middle"]

ELLIPSIS = "…"


def default_safe() -> SafeText:
    """Return the project's sanitiser for text on one line."""
    from ant_tui.output.sanitise import plain  # imported late: a widget with its own sanitiser does not need it

    return plain


def safe_same_length(text: str, safe: SafeText) -> str:
    """Make ``text`` safe and keep one character for each, so that runs and spans over it stay true.

    What the sanitiser removes or spells with several characters becomes a middle dot.
    """
    if safe(text) == text:
        return text
    made = (safe(character) for character in text)
    return "".join(character if len(character) == 1 else "·" for character in made)


def fit(text: str, width: int, *, align: Align = "left", crop: Crop = "end") -> str:
    """Return ``text`` in exactly ``width`` cells: padded, or cut with an ellipsis.

    Args:
        text: safe text on one line.
        width: cells; 0 or less gives an empty string.
        align: where the text stands when it is shorter.
        crop: what goes when it is longer, its end or its middle.
    """
    if width <= 0:
        return ""
    length = cell_len(text)
    if length > width:
        return _cut(text, width) if crop == "end" or width < 3 else _cut_middle(text, width)
    if align == "right":
        return " " * (width - length) + text
    return text + " " * (width - length)


def _cut(text: str, width: int) -> str:
    head = set_cell_size(text, width - 1)
    if text.startswith(head):
        return head + ELLIPSIS
    return head[:-1] + ELLIPSIS + " "  # half of a wide character: the ellipsis stands close, the space behind it


def _cut_middle(text: str, width: int) -> str:
    tail_width = (width - 1) // 2
    tail = ""
    for character in reversed(text):
        if cell_len(character + tail) > tail_width:
            break
        tail = character + tail
    head = set_cell_size(text, width - 1 - cell_len(tail))
    return head + ELLIPSIS + tail


def fit_runs(runs: Sequence[tuple[str, S]], width: int, *, align: Align, blank: S) -> list[tuple[str, S]]:
    """Return styled runs in exactly ``width`` cells, as ``fit`` does; the padding has the style ``blank``."""
    if width <= 0:
        return []
    room = width
    fitted: list[tuple[str, S]] = []
    for position, (text, style) in enumerate(runs):
        length = cell_len(text)
        more = any(rest for rest, _ in runs[position + 1 :])
        if length > room or (length == room and more):
            fitted.append((_cut(text, room) if length > room else _cut(text + " ", room), style))
            return [run for run in fitted if run[0]]
        if text:
            fitted.append((text, style))
            room -= length
    if room:
        fitted.insert(0 if align == "right" else len(fitted), (" " * room, blank))
    return fitted


def window(text: str, left: int, width: int) -> tuple[str, int, int]:
    """Return the part of a long line that is seen through a window of cells.

    Args:
        text: a line, of any length; only what lies before the window's right edge is looked at.
        left: first cell.
        width: number of cells.

    Returns:
        The visible text, at most ``width`` cells wide (a wide character cut by an edge is a space), and the indices
        of the first character in it and of the first one behind it.
    """
    if width <= 0:
        return "", 0, 0
    if text.isascii():
        start = min(left, len(text))
        end = min(left + width, len(text))
        return text[start:end], start, end
    start = column = 0
    for start, character in enumerate(text):  # noqa: B007  the index is what the loop is for
        if column >= left:
            break
        column += get_character_cell_size(character)
    else:
        start = len(text)
    if column < left:
        return "", start, start
    before = " " if column > left else ""  # a wide character hangs over the left edge
    end = start
    for end in range(start, len(text)):
        size = get_character_cell_size(text[end])
        if column + size > left + width:
            after = " " if column < left + width else ""
            return before + text[start:end] + after, start - len(before), end + len(after)
        column += size
    else:
        end = len(text)
    return before + text[start:end], start - len(before), end


def wrap(text: str, width: int) -> Sequence[int]:
    """Return the index of the first character of each row when ``text`` is broken at ``width`` cells.

    Every line has at least one row; an empty line gives ``[0]``. Rows are broken anywhere, as a terminal does.
    """
    width = max(1, width)
    if text.isascii():
        return range(0, max(1, len(text)), width)
    starts = [0]
    column = 0
    for index, character in enumerate(text):
        size = get_character_cell_size(character)
        if column + size > width and column:
            starts.append(index)
            column = 0
        column += size
    return starts


def join_runs(runs: Iterable[tuple[str, S]]) -> list[tuple[str, S]]:
    """Join neighbours of equal style and drop empty runs."""
    joined: list[tuple[str, S]] = []
    for text, style in runs:
        if not text:
            continue
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined
