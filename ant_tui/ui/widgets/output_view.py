"""A view of output that grows: follows its end, or stands still wherever one has scrolled to.

The view shows a ``LineSource`` of any length. It repaints the rows that changed, a few times a second at most, and not
at all while it is hidden. Where it stands is kept by ``OutputPlace``; reading files, parsing and searching are the
owner's.
"""

from __future__ import annotations

import re
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.geometry import Offset, Size
from textual.message import Message
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from ant_tui.ui.widgets.cells import ELLIPSIS, SafeText, safe_same_length
from ant_tui.ui.widgets.line_view import LineView
from ant_tui.ui.widgets.output_lines import Highlighter, LineSource, Overlay, Row, TextStyle, paint, rich_style
from ant_tui.ui.widgets.output_place import NO_LINES, OutputPlace

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Region
    from textual.timer import Timer

__all__ = ["OutputView"]

_MATCH = "output-view--match"
_CURRENT = "output-view--current"
_SELECTION = "screen--selection"
_COLUMNS_PER_STEP = 8
_PAUSE_STANDING = 0.5  # seconds: a view that stands still only counts what is new
_WORD = re.compile(r"\S+")
_QUIET = Style(dim=True)


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
        self._place = OutputPlace(source or NO_LINES, self.safe)
        self._place.set_wrap(wrap)
        self._following = True
        self._seen_end = 0  # the line after the last that was ever in view
        self._status = ""
        self._live: bool | None = True
        self._highlighter: Highlighter | None = None
        self._current: tuple[int, int, int] | None = None
        self._rows: list[Row] = []
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
        return self._place.wrap

    @property
    def visible_lines(self) -> range:
        """The numbers of the lines in view."""
        return range(self._rows[0].number, self._rows[-1].number + 1) if self._rows else range(0)

    @property
    def new_lines(self) -> int:
        """How many lines below the view have not been seen yet."""
        return max(0, self._place.end - max(self._seen_end, self._place.source.first_line))

    def set_source(self, source: LineSource) -> None:
        """Show other lines, from their end."""
        self._place.set_source(source)
        self._seen_end = 0
        self._highlighter = self._current = None
        self._set_following(True)
        self._sync()

    def source_changed(self) -> None:
        """Say that the source has new, other or fewer lines. Call it as often as you like."""
        self._changed = True
        if self._tick_timer is None and self.shown:
            pause = 1 / self.fps if self._following else max(1 / self.fps, _PAUSE_STANDING)
            wait = self._last_tick + pause - monotonic()
            if wait > 0:
                self._tick_timer = self.set_timer(wait, self._tick)
            else:
                self._tick()

    def set_highlights(self, highlighter: Highlighter | None, current: tuple[int, int, int] | None = None) -> None:
        """Highlight parts of lines.

        Args:
            highlighter: asked for the lines in view, each time that they may have changed.
            current: (line, start, end) of the one match that stands out.
        """
        self._highlighter = highlighter
        self._current = current
        self._sync()

    def set_wrap(self, wrap: bool) -> None:
        """Break long lines or cut them; the line at the top stays there."""
        if wrap != self._place.wrap:
            self._place.set_wrap(wrap)
            self._sync()

    def set_live(self, live: bool | None) -> None:
        """Say whether more may come; None where there is no output but words in its place."""
        self._live = live
        self._show_status()

    def place_words(self) -> str:
        """Where the view stands, for the lower border; for subclasses that know what the numbers of lines mean."""
        return ""

    @property
    def current_line(self) -> int:
        """The line of the match that stands out; -1 where none does."""
        return self._current[0] if self._current is not None else -1

    def line_text(self, number: int) -> str:
        """The text of a line as it is shown; empty where there is none."""
        if not self._place.source.first_line <= number < self._place.end:
            return ""
        return self._place.line(number).text

    def lines_moved(self, since: int, by: int) -> None:
        """Say that from a line on all lines have got other numbers; what is in view stays there."""
        if self._place.top >= since:
            self._place.top += by
        if self._seen_end >= since:
            self._seen_end += by
        self._current = None
        if self.text_selection is not None:
            self.screen.clear_selection()

    def go_to_line(self, number: int) -> None:
        """Put a line at the top; stops following unless the end is in view then."""
        self._moved(self._place.go_to(number))

    def set_status(self, text: str) -> None:
        """Say what stands in the lower border behind the view's own words."""
        self._status = text
        self._show_status()

    def show_line(self, number: int, start: int = 0, end: int = 0) -> None:
        """Bring the characters ``start`` to ``end`` of a line into view; stops following."""
        self._set_following(False)
        if self._place.source.line_count:
            self._place.reveal(number, start, end)
        self._sync()

    def visible_text(self) -> str:
        """Return the lines in view, as text."""
        self._sync()
        return "\n".join(self._place.line(number).text for number in self.visible_lines)

    # Keys and mouse

    def action_rows(self, rows: int) -> None:
        """Scroll by rows; whoever comes to the end follows."""
        self._moved(self._place.scroll(rows) and (rows > 0 or self._following))

    def action_pages(self, pages: float) -> None:
        """Scroll by pages, of which one row stays in view."""
        self.action_rows(int((self.size.height - 1) * pages) or (1 if pages > 0 else -1))

    def action_columns(self, steps: int) -> None:
        """Scroll sideways, where lines are cut."""
        self._place.scroll_columns(steps * _COLUMNS_PER_STEP)
        self._sync()

    def action_top(self) -> None:
        """Go to the first line."""
        self._place.go_to(self._place.source.first_line)
        self._moved(False)

    def action_follow(self) -> None:
        """Go to the end and stay there."""
        self._moved(True)

    def action_toggle_follow(self) -> None:
        """Stay at the end, or stand still."""
        self._moved(not self._following)

    def action_toggle_wrap(self) -> None:
        """Break long lines, or cut them."""
        self.set_wrap(not self._place.wrap)

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
            self._moved(self._place.go_to(self._place.source.first_line + round(event.y)))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow a selection that is dragged over the edge: the screen then scrolls by parts of a line."""
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
        _, at = self.screen.get_widget_and_offset_at(event.screen_x, event.screen_y)
        if at is None or not self._place.source.first_line <= at.y < self._place.end:
            return
        text = self._place.line(at.y).text
        start, end = 0, len(text)
        if event.chain == 2:
            words = (match.span() for match in _WORD.finditer(text))
            start, end = next((span for span in words if span[0] <= at.x < span[1]), (0, 0))
        if end > start:
            self.screen.selections = {self: Selection(Offset(start, at.y), Offset(end, at.y))}

    # Text selection

    def selection_updated(self, selection: Selection | None) -> None:
        """Show what is selected; the view stands still meanwhile."""
        if selection is not None:
            self._set_following(False)
        self._sync()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text; ``SELECTION_LIMIT`` says how much at most."""
        source, end = self._place.source, self._place.end
        first = source.first_line if selection.start is None else max(source.first_line, selection.start.y)
        last = end if selection.end is None else min(end, selection.end.y + 1)
        texts: list[str] = []
        room = self.SELECTION_LIMIT
        for number in range(first, last):
            start, stop = selection.get_span(number) or (0, 0)
            text = safe_same_length(source.line(number)[0], self.safe)[start : None if stop < 0 else stop]
            room -= len(text) + 1
            if room < 0:
                break
            texts.append(text)
        return ("\n".join(texts), "\n") if texts else None

    # Painting

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self.post_message(self.FollowChanged(self, following))

    def _moved(self, following: bool) -> None:
        self._set_following(following)
        self._sync()

    def _tick(self) -> None:
        self._tick_timer = None
        if self._changed and self.shown:
            self._last_tick = monotonic()
            self._sync()

    def on_show(self, _event: events.Show) -> None:
        """Catch up with what came while hidden (Textual calls the base class's handler too)."""
        self._sync()

    def on_hide(self, _event: events.Hide) -> None:
        """Stop the clock."""
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
        place = self._place
        width, height = self.text_width, self.size.height
        if not self.is_mounted or not width or not height:
            return
        self._changed = False
        resized = place.set_size(width, height)
        place.settle(at_end=self._following)
        before, self._rows = self._rows, place.rows(self._overlays)
        same = 0 if resized else min(len(before), len(self._rows))
        changed = [y for y in range(same) if before[y] != self._rows[y]]
        changed += range(same, height if resized else max(len(before), len(self._rows)))
        self._seen_end = min(place.end, max(self._seen_end, self.visible_lines.stop))
        if changed:
            self.repaint(changed)
            self._show_place()
        self._show_status()

    def _overlays(self, number: int, text: str) -> list[Overlay]:
        overlays: list[Overlay] = []
        if self._highlighter is not None:
            overlays.extend((start, end, _MATCH) for start, end in self._highlighter(number, text))
        if self._current is not None and self._current[0] == number:
            overlays.append((self._current[1], self._current[2], _CURRENT))
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(number)) is not None:
            overlays.append((span[0], len(text) if span[1] < 0 else span[1], _SELECTION))
        return overlays

    def _show_place(self) -> None:
        """Tell the scrollbar, without a layout of the screen, and only what changes its looks."""
        count, height = self._place.source.line_count, self._place.height
        seen = len(self.visible_lines)
        at = max(0, self._place.top - self._place.source.first_line)
        more = at + seen < count
        self.set_reactive(Widget.virtual_size, Size(0, max(count, at + height + more)))
        self.set_reactive(Widget.scroll_y, float(at))
        self.set_reactive(Widget.scroll_target_y, float(at))
        if self.show_vertical_scrollbar:
            bar = self.vertical_scrollbar
            if _thumb(height, bar.window_virtual_size, bar.window_size, bar.position) != _thumb(
                height, count, seen, at
            ):
                bar.window_virtual_size, bar.window_size, bar.position = count, seen, at

    def _show_status(self) -> None:
        if self._live is None:
            self.set_subtitle(self._status)
            return
        own = "ENDED" if not self._live else "FOLLOW" if self._following else "PAUSED"
        new = 0 if self._following else self.new_lines
        words = (own, f"↓ {new:,} new" if new else "", self.place_words(), self._status)
        self.set_subtitle(" · ".join(word for word in words if word))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render for the screen."""
        if (self._place.width, self._place.height) != (self.text_width, self.size.height):
            self._sync()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Render one row of the view."""
        width = self._place.width
        base = self._style(None, "")
        if y >= len(self._rows):
            return Strip.blank(width, base)
        row = self._rows[y]
        segments = [Segment(text, self._style(style, over)) for text, style, over in paint(row) if text]
        strip = Strip(segments).adjust_cell_length(width - row.cut, base)
        if row.cut:  # here alone: what is selected or copied is the line itself
            strip = Strip([*strip, Segment(ELLIPSIS, base + _QUIET)], width)
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
                if over == _SELECTION:
                    made += _readable_on(made)
            self._styles[style, over] = made
        return made


def _readable_on(style: Style) -> Style:
    """What a program's own colours become on a background that it does not know of; nothing on a terminal's own."""
    if style.bgcolor is None or style.bgcolor.triplet is None:
        return Style()
    return Style(color=Color(*style.bgcolor.triplet).get_contrast_text(1.0).rich_color, dim=False)


def _thumb(height: int, total: int, seen: int, place: float) -> tuple[int, int] | None:
    """Return where a scrollbar's thumb begins and how long it is, in eighths of a cell, as ``ScrollBar`` draws it."""
    if not total or seen >= total:
        return None
    length = max(1.0, seen * height / total)
    return int((height - length) * place / (total - seen) * 8), int(length * 8)
