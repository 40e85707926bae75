"""Sources for widget tests: rows and lines held in lists, and an app that shows one widget and keeps its messages."""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import pytest
from rich.segment import Segment
from textual import on
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ant_tui.output.style import Style
from ant_tui.ui.widgets.output_view import OutputView
from ant_tui.ui.widgets.table_rows import Cell
from ant_tui.ui.widgets.virtual_table import VirtualTable

HOSTILE = (
    "a\x1b]52;c;aGFjaw==\x1b\\b",
    "a\x1b[2J\x1b[Hb",
    "a\x9b31mb\x9dx\x9c",
    "a\x1b]unterminated",
    "a\x07\x08\x7f\x00\r\n\tb",
    "a\u202egnp.exe\u2066b\u200f",
    "[red]x[/] job[/] [bold",
    "$(x) {y} %s \\",
)
"""What a task may be called, print, or be told by another machine."""


@dataclass
class Rows:
    """A source of rows: each is (key, cells); a key of ("section", ...) is a heading."""

    rows: Sequence[tuple[Hashable, tuple[Cell, ...]]]
    versions: dict[Hashable, int] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._places = {key: place for place, (key, _) in enumerate(self.rows)}

    def __len__(self) -> int:
        return len(self.rows)

    def key(self, index: int, /) -> Hashable:
        return self.rows[index][0]

    def version(self, index: int, /) -> Hashable:
        return self.versions.get(self.rows[index][0], 0)

    def cells(self, index: int, /) -> tuple[Cell, ...]:
        self.asked.append(index)
        return self.rows[index][1]

    def index_of(self, key: Hashable, /) -> int | None:
        return self._places.get(key)

    def is_section(self, index: int, /) -> bool:
        key = self.rows[index][0]
        return isinstance(key, tuple) and key[0] == "section"


def numbered(*keys: Hashable) -> Rows:
    """Rows with one cell that says the key; a string key is a heading."""
    return Rows([(("section", key), (key,)) if isinstance(key, str) else (key, (f"task {key}",)) for key in keys])


@dataclass
class Lines:
    """A source of lines with plain runs."""

    lines: list[str] = field(default_factory=list)
    first_line: int = 0
    runs: dict[int, tuple[tuple[int, int, Style], ...]] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    @property
    def line_count(self) -> int:
        return len(self.lines)

    def line(self, number: int, /) -> tuple[str, tuple[tuple[int, int, Style], ...]]:
        self.asked.append(number)
        if not self.first_line <= number < self.first_line + len(self.lines):
            raise IndexError(number)
        return self.lines[number - self.first_line], self.runs.get(number, ())

    def add(self, count: int) -> None:
        end = self.first_line + len(self.lines)
        self.lines.extend(f"line {number}" for number in range(end, end + count))

    def drop(self, count: int) -> None:
        del self.lines[:count]
        self.first_line += count


class Stage(App[None]):
    """Shows widgets, and keeps the messages of the kinds that are asked for."""

    CSS = "VirtualTable, OutputView { border: round $border; }"

    def __init__(self, *widgets: Widget, theme: str = "ansi-dark") -> None:
        # Textual chooses how to take colours away before it knows the theme: without this it would send greys.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self._shown = widgets
        self._first_theme = theme
        self.kept: list[Message] = []

    def compose(self) -> ComposeResult:
        yield from self._shown

    def on_mount(self) -> None:
        self.theme = self._first_theme
        self._shown[0].focus()

    @on(VirtualTable.CursorMoved)
    @on(VirtualTable.RowOpened)
    @on(VirtualTable.MarksChanged)
    @on(VirtualTable.RowMoved)
    @on(VirtualTable.HeaderClicked)
    @on(OutputView.FollowChanged)
    def keep(self, message: Message) -> None:
        self.kept.append(message)


class Repaints:
    """Keeps which lines of a widget's content are asked to be painted again; None stands for all of it."""

    def __init__(self, widget: Widget, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines: list[int | None] = []
        refresh = widget.refresh

        def recorded(*regions: Region, **options: bool) -> Widget:
            self.lines += [y for region in regions for y in region.line_range] if regions else [None]
            return refresh(*regions, **options)

        monkeypatch.setattr(widget, "refresh", recorded)

    def taken(self) -> list[int | None]:
        """The lines since the last call."""
        lines, self.lines = self.lines, []
        return lines


def text_of(widget: Widget) -> list[str]:
    """The lines of a widget's content, without what pads them."""
    return [strip.text.rstrip() for strip in content_strips(widget)]


def content_strips(widget: Widget) -> list[Strip]:
    """What a widget paints inside its border."""
    left, top = widget.content_offset
    strips = widget.render_lines(Region(0, 0, *widget.outer_size))[top : top + widget.size.height]
    return [strip.crop(left, left + widget.scrollable_size.width) for strip in strips]


def segments_with(widget: Widget, text: str) -> list[Segment]:
    """The painted segments that hold a text."""
    return [segment for strip in content_strips(widget) for segment in strip if text in segment.text]
