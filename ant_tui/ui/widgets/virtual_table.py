"""A table that paints only the rows that are seen: 100,000 rows are as quick as 100.

The table shows a ``RowSource`` under a line of column titles. What the user does with rows is told by messages that
name the rows' keys. Colours, states, sorting and filters are the owner's.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar, NamedTuple, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.strip import Strip

from ant_tui.ui.widgets import table_messages
from ant_tui.ui.widgets.cells import SafeText
from ant_tui.ui.widgets.line_view import LineView
from ant_tui.ui.widgets.palette import StyleSpec
from ant_tui.ui.widgets.table_drag import RowDrag
from ant_tui.ui.widgets.table_rows import GUTTER, Column, RowSource, column_at, layout, line
from ant_tui.ui.widgets.table_selection import RowSelection

__all__ = ["VirtualTable"]

_CURSOR, _FOCUS, _MARKED = 1, 2, 4
_UNDERLINE = Style(underline=True)


class _Look(NamedTuple):
    """All that decides what a line looks like, apart from theme, width and columns."""

    kind: str
    key: Hashable = None
    version: Hashable = None
    flags: int = 0
    drop: bool = False


class VirtualTable(LineView):
    """Rows with a cursor and marks."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "virtual-table--header",
        "virtual-table--row",
        "virtual-table--marked",
        "virtual-table--cursor",
        "virtual-table--cursor-blurred",
        "virtual-table--section",
        "virtual-table--empty",
    }
    DEFAULT_CSS = """
    VirtualTable {
        width: 1fr;
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & > .virtual-table--header { text-style: bold; color: $text-primary; }
        & > .virtual-table--marked { text-style: bold; color: $text-warning; }
        & > .virtual-table--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
        & > .virtual-table--cursor-blurred {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }
        & > .virtual-table--section { text-style: bold; color: $text-secondary; }
        & > .virtual-table--empty { text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page_down"),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False, id="table.half_up"),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False, id="table.half_down"),
        Binding("g,home", "first", "First", show=False, id="table.first"),
        Binding("G,end", "last", "Last", show=False, id="table.last"),
        Binding("space", "toggle_mark", "Mark", show=False, id="table.mark"),
        Binding("shift+up", "extend(-1)", "Mark upwards", show=False, id="table.mark_up"),
        Binding("shift+down", "extend(1)", "Mark downwards", show=False, id="table.mark_down"),
        Binding("v", "range", "Mark all that the cursor passes, until v or esc", show=False, id="table.range"),
        Binding("asterisk", "mark_all", "Mark all", show=False, id="table.mark_all"),
        Binding("escape", "clear", "Clear marks", show=False, id="table.clear"),
        Binding("enter", "open", "Open", show=False, id="table.open"),
    ]

    CursorMoved: TypeAlias = table_messages.CursorMoved
    RowOpened: TypeAlias = table_messages.RowOpened
    MarksChanged: TypeAlias = table_messages.MarksChanged
    RowMoved: TypeAlias = table_messages.RowMoved
    HeaderClicked: TypeAlias = table_messages.HeaderClicked
    SectionPressed: TypeAlias = table_messages.SectionPressed

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        source: RowSource | None = None,
        empty: str = "",
        movable: bool = True,
        safe: SafeText | None = None,
        styles: Mapping[str, StyleSpec] | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Make a table.

        Args:
            columns: what is shown of each row.
            source: the rows; may be set later.
            empty: shown when there are no rows; lines are split at newlines.
            movable: whether rows can be dragged.
            safe: what every text passes before it is shown; the project's sanitiser if None.
            styles: what the style names in cells mean, see ``Palette``.
            name: as for every widget.
            id: as for every widget.
            classes: as for every widget.
        """
        super().__init__(safe=safe, styles=styles, name=name, id=id, classes=classes)
        self._columns = tuple(columns)
        self._empty = empty
        self._movable = movable
        self._rows = RowSelection()
        self._drag: RowDrag | None = None
        self._width = -1
        self._widths: tuple[int, ...] = ()
        self._strips: LRUCache[_Look, Strip] = LRUCache(1024)
        self._painted: dict[int, _Look] = {}
        if source is not None:
            self._rows.settle(source)
            self.set_length(len(source) + 1)

    # What the owner uses

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return self._columns

    @property
    def cursor_key(self) -> Hashable | None:
        """The key of the row under the cursor (or of the heading of a folded section), None if there is none."""
        return self._rows.key

    @property
    def marks(self) -> frozenset[Hashable]:
        """The keys of the marked rows."""
        return self._rows.marks

    @property
    def dragging(self) -> bool:
        """Whether the mouse has taken a row from its place."""
        return self._drag is not None and self._drag.target is not None

    @property
    def ranging(self) -> bool:
        """Whether the cursor marks what it passes."""
        return self._rows.ranging

    def targets(self) -> tuple[Hashable, ...]:
        """Return what an act is meant for, in shown order: the marked rows; without marks the cursor's row."""
        return self._rows.targets()

    def set_source(self, source: RowSource) -> None:
        """Show other rows.

        Cursor and marks stay with their keys; where a key is gone, its mark is dropped and the cursor stays at its
        place in the list. The view stays too: the cursor's row keeps its line on the screen if it is in view, else
        the row at the top does; a list that stands at its beginning stays there.
        """
        rows = self._rows
        top = wanted = self.scroll_offset.y
        line_of_cursor = rows.cursor - top
        in_view = 0 <= line_of_cursor < self._page
        first = self._painted.get(1)
        with self._acting(show=in_view):
            rows.settle(source)
            self.set_length(len(source) + 1)
            if top and in_view:
                wanted = rows.cursor - line_of_cursor
            elif top and first is not None and (place := source.index_of(first.key)) is not None:
                wanted = place
            self._scroll_top(wanted)

    def refresh_rows(self, keys: Collection[Hashable] | None = None) -> None:
        """Repaint the visible rows whose version changed.

        Args:
            keys: the rows that may have changed; all if None. A long list costs little more than a short one.
        """
        if keys is None or not {look.key for look in self._painted.values()}.isdisjoint(keys):
            self._repaint_changed()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns."""
        self._columns = tuple(columns)
        self.style_changed()
        self.refresh()

    def set_empty(self, text: str) -> None:
        """Say what is shown when there are no rows."""
        self._empty = text
        self._repaint_changed()

    def move_to(self, key: Hashable) -> bool:
        """Put the cursor on the row ``key`` and show it; False if it is not in the list."""
        place = self._rows.source.index_of(key)
        if place is None or not self._rows.can_select(place):
            return False
        with self._acting():
            self._rows.go_to(place)
        return True

    def set_marks(self, keys: Iterable[Hashable]) -> None:
        """Mark these rows and no others; keys that are not in the list are left out."""
        with self._acting(show=False):
            self._rows.mark(keys)

    # Keys

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        with self._acting():
            self._rows.step(rows)

    def action_page(self, pages: float) -> None:
        """Move the cursor by pages."""
        self.action_move(int(self._page * pages) or (1 if pages > 0 else -1))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self.action_move(-len(self._rows.source))

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self.action_move(len(self._rows.source))

    def action_extend(self, rows: int) -> None:
        """Move the cursor and mark all from where the range began."""
        with self._acting():
            self._rows.extend(rows)

    def action_range(self) -> None:
        """Begin to mark what the cursor passes, or end that."""
        with self._acting():
            self._rows.range()

    def action_toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away."""
        with self._acting():
            self._rows.toggle()

    def action_mark_all(self) -> None:
        """Mark all rows."""
        with self._acting(show=False):
            self._rows.mark_all()

    def action_clear(self) -> None:
        """Stop a drag or a range, else take all marks away, else leave the key to others."""
        if self.dragging:
            self._end_drag()
        elif self.ranging:
            self._rows.range()
        elif self._rows.marks:
            self.set_marks(())
        else:
            raise SkipAction

    def action_open(self) -> None:
        """Open the row under the cursor, or press the heading that is there."""
        key, cursor = self._rows.key, self._rows.cursor
        if key is not None:
            message = self.SectionPressed if self._rows.source.is_section(cursor) else self.RowOpened
            self.post_message(message(self, key))

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Put the cursor on the row, mark it (ctrl), mark up to it (shift), or take hold of it."""
        x, y = event.x - self.content_offset.x, event.y - self.content_offset.y
        if event.button != 1 or not 0 <= x < self.text_width:
            return
        self._end_drag()
        index = self._index_at(y)
        if y == 0 and (column := column_at(x, self._columns, self._widths)):
            self.post_message(self.HeaderClicked(self, column.key))
        if index is None:
            return
        index = self._rows.row_of(index)
        if self._rows.source.is_section(index):
            self.post_message(self.SectionPressed(self, self._rows.source.key(index)))
            return
        with self._acting():
            if event.shift:
                self._rows.extend_to(index)
                return
            self._rows.go_to(index)
            if event.ctrl:
                self._rows.toggle()
            elif self._movable:
                self._drag = RowDrag(self._rows.source.key(index))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the row that is held; the place where it would go is underlined."""
        drag = self._drag
        if drag is None or not len(self._rows.source):
            return
        if event.button != 1:  # it was let go where we could not see it
            self._end_drag()
            return
        y, top = event.y - self.content_offset.y, self.scroll_offset.y
        target = self._rows.row_of(max(0, min(len(self._rows.source) - 1, top + y - 1)))
        if drag.target is None:
            if target == self._rows.source.index_of(drag.key):
                return
            self.capture_mouse()
        drag.target = target
        if not 1 <= y <= self._page:
            self._scroll_top(top + (1 if y > 0 else -1))
        self._repaint_changed()

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        """Let go of the row."""
        drag, source = self._drag, self._rows.source
        before = drag.before(source) if drag is not None else None
        self._end_drag()
        if drag is not None and before is not None:
            self.post_message(self.RowMoved(self, drag.key, source.key(before) if before < len(source) else None))

    def on_click(self, event: events.Click) -> None:
        """Open a row by a double click."""
        index = self._index_at(event.y - self.content_offset.y)
        if event.chain != 2 or event.button != 1 or index is None or self._rows.row_of(index) != self._rows.cursor:
            return
        index = self._rows.cursor
        if not self._rows.source.is_section(index):  # a heading has been pressed twice by now
            self.action_open()

    # The inside

    @property
    def _page(self) -> int:
        """The number of rows in view."""
        return max(0, self.size.height - 1)

    def _index_at(self, y: int) -> int | None:
        index = self.scroll_offset.y + y - 1
        return index if 1 <= y <= self._page and index < len(self._rows.source) else None

    @contextmanager
    def _acting(self, *, show: bool = True) -> Iterator[None]:
        """Change cursor or marks inside: tells what changed, brings the cursor into view, repaints."""
        key, marks = self._rows.key, self._rows.marks
        yield
        if self._rows.key != key:
            self.post_message(self.CursorMoved(self, self._rows.key))
        if self._rows.marks != marks:
            self.post_message(self.MarksChanged(self, self._rows.marks))
        if show:
            self._show_cursor()
        self._repaint_changed()

    def _scroll_top(self, row: int) -> None:
        row = max(0, min(row, self.max_scroll_y))
        if row != self.scroll_offset.y:
            self.scroll_to(y=row, animate=False, force=True)

    def _show_cursor(self) -> None:
        """Scroll as little as needed to see the cursor's row, and the heading right above it."""
        first = cursor = self._rows.cursor
        if cursor < 0 or not self._page:
            return
        above = first - 1
        if first and self._page > 1 and self._rows.source.is_section(above):
            first = above
        top, last = self.scroll_offset.y, self._rows.last_detail
        if last - first >= self._page:
            first = cursor  # its details need the room of the heading
        if first < top:
            self._scroll_top(first)
        elif last >= top + self._page:
            self._scroll_top(min(cursor, last - self._page + 1))

    def _end_drag(self) -> None:
        drag, self._drag = self._drag, None
        if drag is not None and drag.target is not None:
            self.release_mouse()
            self._repaint_changed()

    # Painting

    def on_mount(self) -> None:
        """Tell the owner where the cursor starts."""
        if self._rows.key is not None:
            self.post_message(self.CursorMoved(self, self._rows.key))

    def on_resize(self, _event: events.Resize) -> None:
        """Keep the cursor in view."""
        self._show_cursor()

    def style_changed(self) -> None:
        """Forget what was rendered."""
        super().style_changed()
        self._width = -1

    def _look(self, y: int) -> _Look:
        source = self._rows.source
        before = self._drag.before(source) if self._drag is not None else None
        index = self.scroll_offset.y + y - 1
        drop = before is not None and before == index + 1
        if y == 0:
            return _Look("header", drop=before is not None and before == self.scroll_offset.y)
        if index >= len(source):
            return _Look("empty", version=(y, self._empty)) if not len(source) else _Look("blank")
        key = source.key(index)
        flags = _MARKED if key in self._rows.marks else 0
        if index == self._rows.cursor:
            flags |= _CURSOR | _FOCUS if self.has_focus else _CURSOR
        kind = "section" if source.is_section(index) else "row" if self._rows.row_of(index) == index else "detail"
        return _Look(kind, key, source.version(index), flags, drop)

    def _repaint_changed(self) -> None:
        """Repaint the visible lines that no longer show what they should."""
        if self.is_mounted:
            self.repaint(y for y in range(self.size.height) if self._painted.get(y) != self._look(y))

    def render_line(self, y: int) -> Strip:
        """Render one line of the visible part."""
        width = self.line_width
        if width != self._width:
            self._width = width
            self._widths = layout(self._columns, width)
            self._strips.clear()
        look = self._look(y)
        strip = self._strips.get(look)
        if strip is None:
            runs, component = self._content(y, look)
            self._strips[look] = strip = self._make_strip(runs, component, look.drop)
        if self.painting:
            self._painted[y] = look
        return strip

    def _content(self, y: int, look: _Look) -> tuple[list[tuple[str, str]], str]:
        """Return the runs of a line and the component class that is its base style."""
        if look.kind == "header":
            titles = [column.title for column in self._columns]
            return line(titles, self._columns, self._widths, "", self.safe), "virtual-table--header"
        if look.kind == "empty":
            lines = self._empty.split("\n")
            text = lines[y - 2] if 2 <= y < len(lines) + 2 else ""
            return self._whole(text, "  "), "virtual-table--empty"
        if look.kind == "blank":
            return [], "virtual-table--row"
        cells = self._rows.source.cells(self.scroll_offset.y + y - 1)
        if look.kind == "detail":
            return self._whole(cells[0] if cells else "", ""), "virtual-table--row"
        sign = str(cells[1]) if look.kind == "section" and len(cells) > 1 else ""
        gutter = "*" if look.flags & _MARKED else ">" if look.flags & _CURSOR else sign
        component = "virtual-table--marked" if look.flags & _MARKED else f"virtual-table--{look.kind}"
        if look.flags & _CURSOR:
            component = "virtual-table--cursor" if look.flags & _FOCUS else "virtual-table--cursor-blurred"
        if look.kind == "section":
            return self._whole(cells[0] if cells else "", gutter), component
        return line(cells, self._columns, self._widths, gutter, self.safe), component

    def _whole(self, cell: str | tuple[tuple[str, str], ...], gutter: str) -> list[tuple[str, str]]:
        """Return a line of one cell."""
        room = max(0, self._width - max(GUTTER, len(gutter)))
        return line([cell], [Column(key="", title="", width=room)], [room], gutter, self.safe)

    def _make_strip(self, runs: list[tuple[str, str]], component: str, drop: bool) -> Strip:
        is_cursor = component == "virtual-table--cursor"
        base = self.palette.base(component, reverse_without_color=is_cursor)
        named = self.palette.named
        # On a background of the terminal's sixteen colours, another of the sixteen may not be seen.
        on_color = base.bgcolor is not None and self.app.native_ansi_color
        keep_colors = is_cursor or (component == "virtual-table--cursor-blurred" and on_color)
        segments = [
            Segment(text, named(style, component, keep_colors=keep_colors) if style else base) for text, style in runs
        ]
        strip = Strip(segments).adjust_cell_length(self._width, base)
        return strip.apply_style(_UNDERLINE) if drop else strip
