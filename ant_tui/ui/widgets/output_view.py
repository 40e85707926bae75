"""A view of output that grows: follows its end, or stands still wherever one has scrolled to.

The view shows a ``LineSource`` of any length: it asks for the lines that it paints and for no others. Its place is a line
(by its number, which never changes) and a row within that line, so neither new lines, nor dropped ones, nor wrapping
move what one reads. It repaints rows that changed, a few times a second at most, and not at all while it is hidden.
Reading files, parsing and searching are the owner's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scrollbar import ScrollBar, ScrollDown, ScrollTo, ScrollUp
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from ant_tui.ui.widgets.cells import SafeText, safe_same_length, window, wrap
from ant_tui.ui.widgets.line_view import LineView
from ant_tui.ui.widgets.output_lines import Highlighter, LineSource, Overlay, Row, Run, TextStyle, paint, rich_style
from ant_tui.ui.widgets.palette import StyleSpec

if TYPE_CHECKING:
    from textual import events
    from textual.timer import Timer

__all__ = ["OutputView"]

_MATCH = "output-view--match"
_CURRENT = "output-view--current"
_SELECTION = "screen--selection"
_COLUMNS_PER_STEP = 8
_WORD = re.compile(r"\S+")


class _NoLines:
    """The source before the first one."""

    first_line = 0
    line_count = 0

    def line(self, number: int, /) -> tuple[str, Sequence[Run]]:
        raise IndexError(number)


@dataclass(slots=True)
class _Line:
    """A line near the view, made safe and measured."""

    raw: str
    text: str
    runs: tuple[Run, ...]
    starts: Sequence[int]  # of its rows


class OutputView(LineView):
    """Lines of output."""

    ALLOW_SELECT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {_MATCH, _CURRENT}
    DEFAULT_CSS = """
    OutputView {
        width: 1fr;
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .output-view--match { color: $warning; text-style: bold underline; }
        & > .output-view--current { background: $warning; color: ansi_black; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "rows(-1)", "Up", show=False, id="output.up"),
        Binding("down,j", "rows(1)", "Down", show=False, id="output.down"),
        Binding("pageup", "pages(-1)", "Page up", show=False, id="output.page_up"),
        Binding("pagedown", "pages(1)", "Page down", show=False, id="output.page_down"),
        Binding("ctrl+u", "pages(-0.5)", "Half a page up", show=False, id="output.half_up"),
        Binding("ctrl+d", "pages(0.5)", "Half a page down", show=False, id="output.half_down"),
        Binding("left,h", "columns(-1)", "Left", show=False, id="output.left"),
        Binding("right,l", "columns(1)", "Right", show=False, id="output.right"),
        Binding("g,home", "top", "Top", show=False, id="output.top"),
        Binding("G,end", "follow", "End", show=False, id="output.end"),
        Binding("f", "toggle_follow", "Follow", show=False, id="output.follow"),
        Binding("w", "toggle_wrap", "Wrap", show=False, id="output.wrap"),
    ]
    SELECTION_LIMIT = 16 * 1024 * 1024
    """Characters that a selection gives at most, in whole lines: "all" of a log of 2 GB must not stop the screen."""

    class FollowChanged(Message):
        """The view began (True) or ceased (False) to stay at the end."""

        def __init__(self, view: OutputView, following: bool) -> None:
            super().__init__()
            self.view = view
            self.following = following

        @property
        def control(self) -> OutputView:
            """The view, for ``@on(..., "#id")``."""
            return self.view

    def __init__(
        self,
        source: LineSource | None = None,
        *,
        wrap: bool = False,
        fps: float = 10.0,
        safe: SafeText | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Make a view, which follows.

        Args:
            source: the lines; may be set later.
            wrap: break long lines instead of cutting them.
            fps: how often a changing source is painted at most, per second; may be changed at any time.
            safe: what every text passes before it is shown; the project's sanitiser if None.
            name: as for every widget.
            id: as for every widget.
            classes: as for every widget.
        """
        super().__init__(safe=safe, styles=None, name=name, id=id, classes=classes)
        self.fps = fps
        self._source: LineSource = source or _NoLines()
        self._wrap = wrap
        self._following = True
        self._top = 0  # the line at the top of the view, by number,
        self._sub = 0  # and which of its rows
        self._left = 0  # cells that are scrolled out at the left
        self._seen_end = 0  # the line after the last that was ever in view
        self._status = ""
        self._highlighter: Highlighter | None = None
        self._current: tuple[int, int, int] | None = None
        self._near: dict[int, _Line] = {}
        self._rows: list[Row] = []
        self._drawn_for: tuple[int, int] = (0, 0)
        self._styles: dict[tuple[TextStyle | None, str], Style] = {}
        self._tick_timer: Timer | None = None
        self._changed = False
        self._last_tick = 0.0
        self._drag_rest = 0.0

    # What the owner uses

    @property
    def following(self) -> bool:
        """Whether the view stays at the end."""
        return self._following

    @property
    def wrapping(self) -> bool:
        """Whether long lines are broken."""
        return self._wrap

    @property
    def visible_lines(self) -> range:
        """The numbers of the lines in view."""
        return range(self._rows[0].number, self._rows[-1].number + 1) if self._rows else range(self._top, self._top)

    @property
    def new_lines(self) -> int:
        """How many lines below the view have not been seen yet."""
        return max(0, self._end - max(self._seen_end, self._source.first_line))

    def set_source(self, source: LineSource) -> None:
        """Show other lines, from their end."""
        self._source = source
        self._near.clear()
        self._top = source.first_line
        self._sub = self._left = self._seen_end = 0
        self._highlighter = self._current = None
        self._set_following(True)
        self._sync()

    def source_changed(self) -> None:
        """Say that the source has new, other or fewer lines. Call it as often as you like."""
        self._changed = True
        if self._tick_timer is None and self.shown:
            wait = self._last_tick + 1 / self.fps - monotonic()
            if wait > 0:
                self._tick_timer = self.set_timer(wait, self._tick)
            else:
                self._tick()

    def set_highlights(self, highlighter: Highlighter | None, current: tuple[int, int, int] | None = None) -> None:
        """Highlight parts of lines.

        Args:
            highlighter: asked for the lines in view, and again when they are painted anew.
            current: (line, start, end) of the one match that stands out.
        """
        self._highlighter = highlighter
        self._current = current
        self._sync()

    def set_wrap(self, wrap: bool) -> None:
        """Break long lines or cut them; the line at the top stays there."""
        self._wrap = wrap
        self._sub = self._left = 0
        self._near.clear()
        self._sync()

    def set_status(self, text: str) -> None:
        """Say what stands in the lower border behind the view's own words."""
        self._status = text
        self._show_status()

    def show_line(self, number: int, start: int = 0, end: int = 0) -> None:
        """Bring a line into view, and the characters ``start`` to ``end`` of it; stops following.

        A line that is in view already is not moved; another one comes to stand in the upper third.
        """
        self._set_following(False)
        self._follow_or_clamp()
        if not self._source.line_count:
            return
        number = max(self._source.first_line, min(number, self._end - 1))
        text_width = self.text_width
        line = self._line(number)
        row = sum(1 for begin in line.starts if begin <= start) - 1 if self._wrap else 0
        if not any(shown.number == number and shown.start <= start for shown in self._rows):
            self._top, self._sub = self._walk(number, row, -(self.size.height // 3))
        if not self._wrap:
            left, right = cell_len(line.text[:start]), cell_len(line.text[:end])
            if not self._left <= left <= max(left, right) <= self._left + text_width:
                self._left = max(0, min(left - text_width // 4, right)) if right > text_width else 0
        self._sync()

    def visible_text(self) -> str:
        """Return the lines in view, as text."""
        return "\n".join(self._line(number).text for number in self.visible_lines)

    # Keys and mouse

    def action_rows(self, rows: int) -> None:
        """Scroll by rows; at the end, follow."""
        end = self._end_anchor()
        top = self._walk(self._top, self._sub, rows)
        if rows < 0 and top != end:
            self._set_following(False)
        self._top, self._sub = min(top, end)
        if rows > 0 and top >= end:
            self._set_following(True)
        self._sync()

    def action_pages(self, pages: float) -> None:
        """Scroll by pages, of which one row stays in view."""
        self.action_rows(int((self.size.height - 1) * pages) or (1 if pages > 0 else -1))

    def action_columns(self, steps: int) -> None:
        """Scroll sideways, where lines are cut."""
        if self._wrap:
            return
        widest = max((cell_len(self._line(number).text) for number in self.visible_lines), default=0)
        self._left = max(0, min(self._left + steps * _COLUMNS_PER_STEP, widest - self.text_width // 2))
        self._sync()

    def action_top(self) -> None:
        """Go to the first line."""
        self._set_following(False)
        self._top, self._sub = self._source.first_line, 0
        self._sync()

    def action_follow(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        self._sync()

    def action_toggle_follow(self) -> None:
        """Stay at the end, or stand still."""
        self._set_following(not self._following)
        self._sync()

    def action_toggle_wrap(self) -> None:
        """Break long lines, or cut them."""
        self.set_wrap(not self._wrap)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll by the wheel."""
        self._wheel(event, -1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll by the wheel."""
        self._wheel(event, 1)

    def _wheel(self, event: events.MouseEvent, direction: int) -> None:
        event.stop()
        event.prevent_default()
        if event.shift or event.ctrl:
            self.action_columns(direction)
        else:
            self.action_rows(direction * max(1, round(self.app.scroll_sensitivity_y)))

    def on_scroll_up(self, event: ScrollUp) -> None:
        """Scroll by a click above the scrollbar's thumb."""
        event.stop()
        event.prevent_default()
        self.action_pages(-1)

    def on_scroll_down(self, event: ScrollDown) -> None:
        """Scroll by a click below the scrollbar's thumb."""
        event.stop()
        event.prevent_default()
        self.action_pages(1)

    def on_scroll_to(self, event: ScrollTo) -> None:
        """Scroll by dragging the scrollbar's thumb."""
        event.stop()
        event.prevent_default()
        if event.y is not None:
            end = self._end_anchor()
            place = (self._source.first_line + max(0, round(event.y)), 0)
            self._set_following(place >= end)
            self._top, self._sub = min(place, end)
            self._sync()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow a text selection that is dragged over the edge: the screen then scrolls by parts of a line."""
        if self.text_selection is not None:
            self._drag_rest += new_value - old_value
            rows = int(self._drag_rest)
            self._drag_rest -= rows
            if rows:
                self.action_rows(rows)

    def on_click(self, event: events.Click) -> None:
        """Select a word by two clicks, a line by three."""
        if event.chain not in (2, 3):
            return
        event.prevent_default()
        _, place = self.screen.get_widget_and_offset_at(event.screen_x, event.screen_y)
        if place is None or not self._source.first_line <= place.y < self._end:
            return
        text = self._line(place.y).text
        start, end = 0, len(text)
        if event.chain == 2:
            words = (match.span() for match in _WORD.finditer(text))
            start, end = next((span for span in words if span[0] <= place.x < span[1]), (place.x, place.x))
        if end > start:
            self.screen.selections = {self: Selection(Offset(start, place.y), Offset(end, place.y))}

    # Text selection

    def selection_updated(self, selection: Selection | None) -> None:
        """Show what is selected; the view stands still meanwhile."""
        if selection is not None:
            self._set_following(False)
        self._sync()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text; ``SELECTION_LIMIT`` says how much at most."""
        first = self._source.first_line
        start = first if selection.start is None else max(first, selection.start.y)
        end = self._end if selection.end is None else min(self._end, selection.end.y + 1)
        texts: list[str] = []
        room = self.SELECTION_LIMIT
        for number in range(start, end):
            span = selection.get_span(number)
            if span is None:
                continue
            text = safe_same_length(self._source.line(number)[0], self.safe)
            texts.append(text[span[0] : None if span[1] < 0 else span[1]])
            room -= len(texts[-1]) + 1
            if room < 0:
                texts.pop()
                break
        return ("\n".join(texts), "\n") if texts else None

    # The view's place

    @property
    def _end(self) -> int:
        """The number after the last line's."""
        return self._source.first_line + self._source.line_count

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self._seen_end = max(self._seen_end, self._rows[-1].number + 1 if self._rows else 0)
            self.post_message(self.FollowChanged(self, following))

    def _line(self, number: int) -> _Line:
        raw, runs = self._source.line(number)
        known = self._near.get(number)
        if known is not None and known.raw == raw:
            known.runs = tuple(runs)
            return known
        text = safe_same_length(raw, self.safe)
        starts = wrap(text, self.text_width) if self._wrap else (0,)
        self._near[number] = line = _Line(raw, text, tuple(runs), starts)
        return line

    def _end_anchor(self) -> tuple[int, int]:
        """Return the top of the view that shows the last line at its bottom."""
        first, height = self._source.first_line, self.size.height
        if not self._wrap:
            return max(first, self._end - height), 0
        for number in range(self._end - 1, first - 1, -1):
            rows = len(self._line(number).starts)
            if rows >= height:
                return number, rows - height
            height -= rows
        return first, 0

    def _walk(self, number: int, row: int, rows: int) -> tuple[int, int]:
        """Return the place ``rows`` rows further on (or back) from a row of a line."""
        first, last = self._source.first_line, max(self._source.first_line, self._end - 1)
        if not self._wrap:
            return max(first, min(last, number + rows)), 0
        while rows > 0 and number < self._end:
            below = len(self._line(number).starts) - 1 - row
            if rows <= below or number == last:
                return number, row + min(rows, below)
            rows -= below + 1
            number, row = number + 1, 0
        while rows < 0:
            if -rows <= row or number == first:
                return number, max(0, row + rows)
            rows += row + 1
            number -= 1
            row = len(self._line(number).starts) - 1
        return number, row

    def _follow_or_clamp(self) -> None:
        if self._following:
            self._top, self._sub = self._end_anchor()
            return
        top = max(self._source.first_line, min(self._top, self._end - 1))
        if top != self._top:  # what was read has been dropped, or the file was cut
            self._top, self._sub = top, 0
        if self._sub and (top >= self._end or self._sub >= len(self._line(top).starts)):
            self._sub = 0

    # Painting

    def _tick(self) -> None:
        self._tick_timer = None
        if self._changed and self.shown:
            self._last_tick = monotonic()
            self._sync()

    def on_show(self, event: events.Show) -> None:
        """Catch up with what came while hidden."""
        super().on_show(event)
        self._sync()

    def on_hide(self, event: events.Hide) -> None:
        """Stop the clock."""
        super().on_hide(event)
        if self._tick_timer is not None:
            self._tick_timer.stop()
            self._tick_timer = None

    def on_resize(self, _event: events.Resize) -> None:
        """Lay the lines out anew."""
        self._sync()

    def style_changed(self) -> None:
        """Forget styles of the old theme."""
        super().style_changed()
        self._styles.clear()

    def _sync(self) -> None:
        """Bring the rows up to date with the source, and repaint those that changed."""
        width, height = self.text_width, self.size.height
        if not self.is_mounted or not width or not height:
            return
        self._changed = False
        if self._drawn_for[0] != width:
            self._near.clear()
        resized, self._drawn_for = self._drawn_for != (width, height), (width, height)
        self._follow_or_clamp()
        before, self._rows = self._rows, self._visible_rows(width, height)
        shown = {row.number for row in self._rows}
        self._near = {number: line for number, line in self._near.items() if number in shown}
        changed = [y for y in range(height) if resized or self._row_at(y, before) != self._row_at(y, self._rows)]
        self.refresh(*_regions(changed, width)) if changed else None
        if self._rows:
            self._seen_end = max(self._seen_end, self._rows[-1].number + 1)
        if changed:
            self._show_place(height)
        self._show_status()

    @staticmethod
    def _row_at(y: int, rows: list[Row]) -> Row | None:
        return rows[y] if y < len(rows) else None

    def _visible_rows(self, width: int, height: int) -> list[Row]:
        rows: list[Row] = []
        number, skip, end = self._top, self._sub, self._end
        while len(rows) < height and number < end:
            line = self._line(number)
            overlays = self._overlays(number, line.text)
            if self._wrap:
                stops = (*line.starts[skip + 1 : skip + height + 1], len(line.text))
                for start, stop in zip(line.starts[skip : skip + height - len(rows)], stops, strict=False):
                    rows.append(Row(number, line.text[start:stop], start, line.runs, overlays))
            else:
                text, start, _ = window(line.text, self._left, width)
                rows.append(Row(number, text, start, line.runs, overlays))
            number, skip = number + 1, 0
        return rows

    def _overlays(self, number: int, text: str) -> tuple[Overlay, ...]:
        overlays: list[Overlay] = []
        if self._highlighter is not None:
            overlays.extend((start, end, _MATCH) for start, end in self._highlighter(number, text))
        if self._current is not None and self._current[0] == number:
            overlays.append((self._current[1], self._current[2], _CURRENT))
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(number)) is not None:
            overlays.append((span[0], len(text) if span[1] < 0 else span[1], _SELECTION))
        return tuple(overlays)

    def _show_place(self, height: int) -> None:
        """Tell the scrollbar, without a layout of the screen, and only what changes its looks."""
        count = self._source.line_count
        seen = len(self.visible_lines)
        place = max(0, self._top - self._source.first_line)
        more = place + seen < count
        self.set_reactive(Widget.virtual_size, Size(0, max(count, place + height + more)))
        self.set_reactive(Widget.scroll_y, float(place))
        self.set_reactive(Widget.scroll_target_y, float(place))
        if not self.show_vertical_scrollbar:
            return
        bar = self.vertical_scrollbar
        before = _thumb(height, bar.window_virtual_size, bar.window_size, bar.position)
        if before != _thumb(height, count, seen, place):
            bar.window_virtual_size, bar.window_size, bar.position = count, seen, place

    def _show_status(self) -> None:
        new = self.new_lines
        own = "FOLLOW" if self._following else f"↓ {new} new" if new else ""
        words = " · ".join(word for word in (own, self._status) if word)
        self.set_subtitle(f" {words} " if words else "")

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render for the screen."""
        if self._drawn_for != (self.text_width, self.size.height):
            self._sync()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Render one row of the view."""
        width = self._drawn_for[0]
        base = self._style(None, "")
        if y >= len(self._rows):
            return Strip.blank(width, base)
        row = self._rows[y]
        segments = [Segment(text, self._style(style, over)) for text, style, over in paint(row) if text]
        strip = Strip(segments).adjust_cell_length(width, base)
        if self.painting:
            return strip  # what a selection needs to know would cost as much again as all of the painting
        return strip.apply_offsets(row.start, row.number)

    def _style(self, style: TextStyle | None, over: str) -> Style:
        made = self._styles.get((style, over))
        if made is None:
            made = self.palette.base()
            if style is not None:
                made += rich_style(style)
            if over:
                owner: Widget = self.screen if over == _SELECTION else self
                made += Style(reverse=self.app.no_color and over != _MATCH)
                made += owner.get_component_rich_style(over, partial=True)
            self._styles[style, over] = made
        return made


def _regions(lines: list[int], width: int) -> list[Region]:
    """Return few regions that cover the lines."""
    regions: list[Region] = []
    for y in lines:
        if regions and regions[-1].bottom == y:
            regions[-1] = Region(0, regions[-1].y, width, regions[-1].height + 1)
        else:
            regions.append(Region(0, y, width, 1))
    return regions


def _thumb(height: int, total: int, seen: int, place: float) -> tuple[int, int] | None:
    """Return where a scrollbar's thumb begins and how long it is, in eighths of a cell, as ``ScrollBar`` draws it."""
    if not total or seen >= total:
        return None
    length = max(1.0, seen * height / total)
    return int((height - length) * place / (total - seen) * 8), int(length * 8)
