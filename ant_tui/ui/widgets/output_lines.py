"""What an output view shows, as values: the protocol of a source of lines, and how a line becomes rows and segments.

Pure functions over a line's text, its runs of style, and what lies over it (search matches, a selection). No widget
here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, Protocol

from rich.color import Color
from rich.style import Style

from ant_tui.output.style import RGB

__all__ = ["Highlighter", "LineSource", "Overlay", "Row", "Run", "TextStyle", "paint", "rich_style"]

Rgb = tuple[int, int, int]


class TextStyle(Protocol):
    """How a program wanted its text to look. A small hashable value."""

    @property
    def fg(self) -> int | Rgb | None:
        """One of the 256 colours, an exact colour (three numbers, or one marked with ``RGB``), None for the default."""
        ...

    @property
    def bg(self) -> int | Rgb | None:
        """As ``fg``, behind the text."""
        ...

    def __hash__(self) -> int: ...
    @property
    def bold(self) -> bool: ...  # noqa: D102
    @property
    def dim(self) -> bool: ...  # noqa: D102
    @property
    def italic(self) -> bool: ...  # noqa: D102
    @property
    def underline(self) -> bool: ...  # noqa: D102
    @property
    def reverse(self) -> bool: ...  # noqa: D102
    @property
    def strike(self) -> bool: ...  # noqa: D102


Run = tuple[int, int, TextStyle]
"""Characters from (inclusive) and to (exclusive) of a line, and their style; in order, without overlap."""

Highlighter = Callable[[int, str], Iterable[tuple[int, int]]]
"""Given the number and text of a line: the (start, end) of what is to be highlighted, in order."""

Overlay = tuple[int, int, str]
"""Characters from and to, and the component class that lies over them."""


class LineSource(Protocol):
    """Lines that were written, of which the oldest may be gone. Lines keep their number for ever."""

    @property
    def first_line(self) -> int:
        """The number of the oldest line that can still be asked for."""
        ...

    @property
    def line_count(self) -> int:
        """How many lines can be asked for, from ``first_line`` on."""
        ...

    def line(self, number: int, /) -> tuple[str, Sequence[Run]]:
        """Return the text of a line, without its end and without control characters, and its runs of style.

        A line may change until the next one has begun (progress bars rewrite a few of the last lines).
        """
        ...


class Row(NamedTuple):
    """One row of the screen: a part of a line and all that decides how it looks."""

    number: int
    text: str
    """The visible part."""
    start: int
    """The index in the line of the first character of ``text``."""
    runs: tuple[Run, ...]
    """Those that reach into it, with the indices of the line."""
    overlays: tuple[Overlay, ...]
    """What lies over it, the uppermost last, with the indices of the line."""
    cut: bool = False
    """Whether the line goes on beyond the right edge."""


def paint(row: Row) -> list[tuple[str, TextStyle | None, str]]:
    """Cut a row where its look changes: (text, style, component class or "")."""
    begin, end = row.start, row.start + len(row.text)
    cuts = {begin, end}
    for start, stop, _ in (*row.runs, *row.overlays):
        if start < end and stop > begin:
            cuts.update((max(start, begin), min(stop, end)))
    edges = sorted(cuts)
    pieces: list[tuple[str, TextStyle | None, str]] = []
    runs = iter(row.runs)
    run = next(runs, None)
    for left, right in pairwise(edges):
        while run is not None and run[1] <= left:
            run = next(runs, None)
        style = run[2] if run is not None and run[0] <= left else None
        over = ""
        for start, stop, component in row.overlays:
            if start <= left < stop:
                over = component
        pieces.append((row.text[left - begin : right - begin], style, over))
    return pieces


@lru_cache(maxsize=4096)
def rich_style(style: TextStyle) -> Style:
    """Return the terminal style of a run, to be added to the view's own."""
    return Style(
        color=_color(style.fg),
        bgcolor=_color(style.bg),
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=style.underline or None,
        reverse=style.reverse or None,
        strike=style.strike or None,
    )


def _color(value: int | Rgb | None) -> Color | None:
    if value is None:
        return None
    if not isinstance(value, int):
        return Color.from_rgb(*value)
    if value & RGB:
        return Color.from_rgb(value >> 16 & 255, value >> 8 & 255, value & 255)
    return Color.from_ansi(value)
