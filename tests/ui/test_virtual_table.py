"""The table: cursor, marks, mouse, what is painted and what is not."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App
from textual.binding import Binding
from textual.events import MouseMove, MouseScrollDown
from textual.pilot import Pilot

from ant_tui.ui.widgets.table_rows import Cell, Column, column_at, layout, line
from ant_tui.ui.widgets.table_selection import RowSelection
from ant_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui import sources
from tests.ui.apps import until
from tests.ui.golden_screens import screen_strips
from tests.ui.pty_bytes import pty_bytes, strangers
from tests.ui.sources import HOSTILE, Repaints, Rows, Stage, numbered, segments_with, text_of

COLUMNS = (Column(key="name", title="NAME", width=10, flex=1),)
SIZE = (30, 10)  # 7 rows in view: less a border and the titles


def keys_in_view(table: VirtualTable) -> list[str]:
    return [text.lstrip("*> ") for text in text_of(table)[1:] if text]


def cursors(app: Stage) -> list[Hashable | None]:
    return [message.key for message in app.kept if isinstance(message, VirtualTable.CursorMoved)]


def at(table: VirtualTable) -> Hashable:
    return table.cursor_key


async def painted(pilot: Pilot[None], table: VirtualTable) -> None:
    """Wait until every line has been painted as it is to be."""
    lines = range(table.size.height)
    await until(pilot, lambda: all(table._painted.get(y) == table._look(y) for y in lines), "the paint")


async def drag(pilot: Pilot[None], table: VirtualTable, start: int, *stops: int) -> None:
    """Press on a line of the table and drag over others; lines count from the border."""
    await pilot.mouse_down(table, (3, start), button=1)
    for stop in stops:
        await pilot._post_mouse_events([MouseMove], table, (3, stop), button=1)


# Cursor and keys


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ("down", 1),
        ("j j", 2),
        ("j j k", 1),
        ("j up", 0),
        ("G", 29),
        ("end", 29),
        ("G g", 0),
        ("end home", 0),
        ("up", 0),
        ("G j", 29),
        ("pagedown", 7),
        ("pagedown pageup", 0),
        ("ctrl+d", 3),
        ("ctrl+d ctrl+d ctrl+u", 3),
    ],
)
async def test_keys_move_the_cursor(keys: str, key: int) -> None:
    """Arrows, j k g G, page, half-page, home and end keys move the cursor, and its row is in view."""
    table = VirtualTable(COLUMNS, source=numbered(*range(30)))
    async with Stage(table).run_test(size=SIZE) as pilot:
        await pilot.press(*keys.split())
        assert at(table) == key
        assert f"task {key}" in keys_in_view(table)
        assert [text for text in text_of(table) if text.startswith(">")] == [f">task {key}"]


async def test_sections_are_stepped_over() -> None:
    """A heading is shown over the whole width, cannot be reached, and comes into view with its first row."""
    table = VirtualTable(COLUMNS, source=numbered("Running 2", 0, 1, "Waiting 9", *range(2, 11)))
    async with Stage(table).run_test(size=SIZE) as pilot:
        assert at(table) == 0
        await pilot.press("j", "j")
        assert at(table) == 2
        await pilot.press("G", "g")
        assert at(table) == 0
        assert text_of(table)[1] == " Running 2"


def test_a_list_of_headings_has_no_cursor() -> None:
    """Where nothing can be selected, nothing is; no key is ever taken for a row."""
    rows = RowSelection()
    rows.settle(numbered("a", "b"))
    rows.step(1)
    assert (rows.cursor, rows.key, rows.targets()) == (-1, None, ())


async def test_the_owner_hears_where_the_cursor_is() -> None:
    """The first row is told at the start and each other row when the cursor comes to it; the same one is not told."""
    app = Stage(table := VirtualTable(COLUMNS, source=numbered(0, 1)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j")
        await pilot.press("j")
        await pilot.press("enter")
        assert cursors(app) == [0, 1]
        opened = [message for message in app.kept if isinstance(message, VirtualTable.RowOpened)]
        assert [(message.key, message.control) for message in opened] == [(1, table)]


# Rows that change


async def test_the_cursor_follows_its_row_not_its_place() -> None:
    """Rows that come before, go or change places leave the cursor on its row, without a word to the owner."""
    app = Stage(table := VirtualTable(COLUMNS, source=numbered(*range(20))))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "j", "j")
        app.kept.clear()
        table.set_source(numbered(90, 91, *range(20)))
        await pilot.pause()
        assert at(table) == 3
        table.set_source(numbered(*reversed(range(20))))
        await pilot.pause()
        assert at(table) == 3
        assert ">task 3" in text_of(table)
        assert app.kept == []


async def test_the_row_under_the_cursor_keeps_its_line_on_the_screen() -> None:
    """While one reads a list that is scrolled, rows that come above do not push it away."""
    table = VirtualTable(COLUMNS, source=numbered(*range(100)))
    async with Stage(table).run_test(size=SIZE) as pilot:
        await pilot.press("G", "k", "k")
        before = text_of(table)
        table.set_source(numbered(*range(200, 250), *range(100)))
        await pilot.pause()
        assert text_of(table) == before


async def test_a_view_away_from_the_cursor_keeps_its_first_row() -> None:
    """Who scrolled away with the wheel keeps seeing the rows that are in view."""
    table = VirtualTable(COLUMNS, source=numbered(*range(100)))
    async with Stage(table).run_test(size=SIZE) as pilot:
        table.scroll_to(y=50, animate=False)
        await pilot.pause()
        before = text_of(table)
        table.set_source(numbered(*range(200, 250), *range(100)))
        await pilot.pause()
        assert text_of(table) == before
        assert at(table) == 0


async def test_a_list_at_its_beginning_stays_there() -> None:
    """New rows at the top are seen at once while the list has not been scrolled."""
    table = VirtualTable(COLUMNS, source=numbered(*range(10)))
    async with Stage(table).run_test(size=SIZE) as pilot:
        table.set_source(numbered(99, *range(10)))
        await pilot.pause()
        assert keys_in_view(table)[:2] == ["task 99", "task 0"]
        assert at(table) == 0


async def test_a_row_that_goes_leaves_the_cursor_at_its_place() -> None:
    """When the cursor's row is gone the next one takes its place, or the last, or none; the owner is told."""
    app = Stage(table := VirtualTable(COLUMNS, source=numbered(0, 1, 2)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j")
        for rows, key in ((numbered(0, 2), 2), (numbered(0), 0), (numbered(), None), (numbered(7), 7)):
            table.set_source(rows)
            await pilot.pause()
            assert at(table) == key
        assert cursors(app) == [0, 1, 2, 0, None, 7]


async def test_an_empty_table_says_what_to_press() -> None:
    """Without rows the given words are shown, each line of them; with rows they are gone."""
    table = VirtualTable(COLUMNS, empty="No tasks.\na add · ? help")
    async with Stage(table).run_test(size=SIZE) as pilot:
        assert text_of(table)[:4] == [" NAME", "", "  No tasks.", "  a add · ? help"]
        table.set_empty("no match for /foo")
        await pilot.pause()
        assert text_of(table)[2] == "  no match for /foo"
        table.set_source(numbered(0))
        await pilot.pause()
        assert text_of(table)[1:3] == [">task 0", ""]


# Marks


@pytest.mark.parametrize(
    ("keys", "marks"),
    [
        ("space", {0}),
        ("space space", set()),
        ("space j j space", {0, 2}),
        ("shift+down shift+down", {0, 1, 2}),
        ("shift+down shift+down shift+up", {0, 1}),
        ("space j j j shift+down shift+up shift+up", {0, 2, 3}),
        ("asterisk", {0, 1, 2, 3, 4}),
        ("asterisk escape", set()),
    ],
)
async def test_keys_mark_rows(keys: str, marks: set[int]) -> None:
    """Space marks one row, shift+arrows a range that can shrink again, * all in the list, escape none (row 275)."""
    table = VirtualTable(COLUMNS, source=numbered(0, 1, "section", 2, 3, 4))
    async with Stage(table).run_test(size=SIZE) as pilot:
        await pilot.press(*keys.split())
        assert table.marks == marks


async def test_a_range_is_marked_without_shift() -> None:
    """After v the cursor marks what it passes; v or esc ends that and leaves the marks, a further esc takes them."""
    table = VirtualTable(COLUMNS, source=numbered(0, 1, "section", 2, 3, 4))
    async with Stage(table).run_test(size=SIZE) as pilot:
        await pilot.press("j", "v", "j", "j")
        assert table.marks == {1, 2, 3}
        assert table.ranging
        await pilot.press("escape", "j")
        assert table.marks == {1, 2, 3}
        assert not table.ranging
        await pilot.press("escape")
        assert table.marks == set()


async def test_marks_are_told_and_shown() -> None:
    """Each change of the marks is told once with the whole set, and a mark can be read without colour (row 273)."""
    app = Stage(table := VirtualTable(COLUMNS, source=numbered(0, 1, 2)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("j", "space", "j", "j", "escape", "escape")
        marks = [message.marks for message in app.kept if isinstance(message, VirtualTable.MarksChanged)]
        assert marks == [{1}, set()]
        table.set_marks([2, 0, "gone"])
        await pilot.pause()
        assert text_of(table)[1:4] == ["*task 0", " task 1", "*task 2"]
        assert table.targets() == (0, 2)
        table.set_marks([])
        assert table.targets() == (2,)


async def test_marks_go_with_their_rows() -> None:
    """A mark follows its row to another place; what a filter hides is marked no longer, so no act can hit it."""
    app = Stage(table := VirtualTable(COLUMNS, source=numbered(*range(9))))
    async with app.run_test(size=SIZE) as pilot:
        table.set_marks([1, 5])
        table.set_source(numbered(8, 5, 0))
        await pilot.pause()
        assert table.marks == {5}
        assert table.targets() == (5,)


async def test_escape_is_left_to_others_when_nothing_is_marked() -> None:
    """Escape without marks is not swallowed: a screen above can use it."""
    table = VirtualTable(COLUMNS, source=numbered(0))
    pressed: list[str] = []

    class Around(Stage):
        BINDINGS = [("escape", "back", "Back")]  # noqa: RUF012

        async def action_back(self) -> None:
            pressed.append("back")

    async with Around(table).run_test(size=SIZE) as pilot:
        await pilot.press("space", "escape")
        assert pressed == []
        await pilot.press("escape")
        assert pressed == ["back"]


@given(st.lists(st.integers(0, 40), unique=True), st.lists(st.integers(0, 40), unique=True), st.data())
def test_selection_over_any_change_of_rows(before: list[int], after: list[int], data: st.DataObject) -> None:
    """Whatever is done, cursor and marks are rows of the list, and a key that survives keeps cursor and mark."""
    rows = RowSelection()
    rows.settle(numbered(*before))
    acts: dict[str, Callable[[], None]] = {
        "up": lambda: rows.step(-1),
        "down": lambda: rows.step(3),
        "toggle": rows.toggle,
        "extend": lambda: rows.extend(2),
        "back": lambda: rows.extend(-1),
        "all": rows.mark_all,
    }
    for act in data.draw(st.lists(st.sampled_from(sorted(acts)), max_size=8)):
        acts[act]()
    key, marks = rows.key, rows.marks
    rows.settle(numbered(*after))
    assert rows.marks == marks & set(after)
    assert rows.key == (key if key in after else rows.key)
    assert (rows.key in after) if after else rows.key is None
    assert rows.cursor == (after.index(rows.key) if after else -1)  # type: ignore[arg-type]
    assert set(rows.targets()) == (set(rows.marks) or ({rows.key} if after else set()))


# Mouse


async def test_clicks_select_mark_and_open() -> None:
    """A click moves the cursor, with ctrl it marks, with shift it marks a range; two clicks open the row."""
    app = Stage(table := VirtualTable(COLUMNS, source=numbered("head", *range(6))))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click(table, (3, 4), button=1)
        assert at(table) == 1
        await pilot.click(table, (3, 6), button=1, control=True)
        assert (at(table), set(table.marks)) == (3, {3})
        await pilot.click(table, (3, 8), button=1, shift=True)
        assert (at(table), set(table.marks)) == (5, {3, 4, 5})
        await pilot.click(table, (3, 2), button=1)
        assert at(table) == 5  # a heading
        assert not any(isinstance(message, VirtualTable.RowOpened) for message in app.kept)
        await pilot.double_click(table, (3, 5), button=1)
        assert [message.key for message in app.kept if isinstance(message, VirtualTable.RowOpened)] == [2]


async def test_a_click_on_a_title_names_its_column() -> None:
    """The titles can be clicked: the owner learns which column."""
    columns = (Column(key="id", title="ID", width=4), Column(key="name", title="NAME", width=5))
    app = Stage(table := VirtualTable(columns, source=Rows([(0, ("1", "a"))])))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click(table, (3, 1), button=1)
        await pilot.click(table, (8, 1), button=1)
        assert [message.key for message in app.kept if isinstance(message, VirtualTable.HeaderClicked)] == [
            "id",
            "name",
        ]


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    """The wheel moves the view, not the cursor; the next key brings the cursor back into view."""
    table = VirtualTable(COLUMNS, source=numbered(*range(50)))
    async with Stage(table).run_test(size=SIZE) as pilot:
        for _ in range(5):
            await pilot._post_mouse_events([MouseScrollDown], table, (3, 3))
        assert "task 0" not in keys_in_view(table)
        assert at(table) == 0
        await pilot.press("j")
        assert ">task 1" in text_of(table)


@pytest.mark.parametrize(
    ("start", "stops", "moved"),
    [
        (4, (5, 6), (2, 5)),  # downwards: behind the row that it is dropped on
        (4, (3, 2), (2, 0)),  # upwards: before it
        (4, (5, 7), (2, None)),  # to the end
        (4, (5, 4), None),  # back home: nothing
        (4, (), None),
    ],
)
async def test_dragging_a_row_moves_it(
    start: int, stops: tuple[int, ...], moved: tuple[int, int | None] | None
) -> None:
    """A row that is dragged tells before which row it was dropped; a click or a row put back tells nothing."""
    app = Stage(table := VirtualTable(COLUMNS, source=numbered(0, 1, 2, 3, 4, 5)))
    async with app.run_test(size=SIZE) as pilot:
        await drag(pilot, table, start, *stops)
        await pilot.mouse_up(table, (3, stops[-1] if stops else start))
        messages = [message for message in app.kept if isinstance(message, VirtualTable.RowMoved)]
        assert [(message.key, message.before_key) for message in messages] == ([moved] if moved else [])
        assert app.mouse_captured is None


async def test_the_place_where_a_row_would_go_is_underlined() -> None:
    """While a row is dragged, one line is underlined at its bottom edge; escape ends the drag."""
    app = Stage(table := VirtualTable(COLUMNS, source=numbered(0, 1, 2, 3)))
    async with app.run_test(size=SIZE) as pilot:
        await drag(pilot, table, 3, 4, 5)
        assert segments_with(table, "task 3")[0].style.underline  # type: ignore[union-attr]
        await drag(pilot, table, 3, 2)
        assert segments_with(table, "NAME")[0].style.underline  # type: ignore[union-attr]
        await pilot.press("escape")
        assert not segments_with(table, "NAME")[0].style.underline  # type: ignore[union-attr]
        await pilot.mouse_up(table, (3, 2))
        assert not any(isinstance(message, VirtualTable.RowMoved) for message in app.kept)


async def test_a_drag_over_the_edge_scrolls() -> None:
    """Dragging below the last line brings further rows into view."""
    table = VirtualTable(COLUMNS, source=numbered(*range(50)))
    async with Stage(table).run_test(size=SIZE) as pilot:
        await drag(pilot, table, 3, 5, 9, 9, 9)
        assert table.scroll_offset.y == 3


async def test_rows_that_must_not_move_cannot_be_dragged() -> None:
    """A table that is not movable takes no hold of its rows."""
    app = Stage(table := VirtualTable(COLUMNS, source=numbered(0, 1, 2), movable=False))
    async with app.run_test(size=SIZE) as pilot:
        await drag(pilot, table, 2, 4)
        await pilot.mouse_up(table, (3, 4))
        assert not any(isinstance(message, VirtualTable.RowMoved) for message in app.kept)


# What is painted


async def test_a_cursor_move_repaints_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moving the cursor within the view asks for its old and its new line, and for nothing else."""
    table = VirtualTable(COLUMNS, source=numbered(*range(1000)))
    async with Stage(table).run_test(size=SIZE) as pilot:
        await pilot.press("j")
        await painted(pilot, table)
        repaints = Repaints(table, monkeypatch)
        await pilot.press("j")
        assert repaints.taken() == [2, 3]


async def test_only_visible_rows_with_another_version_are_repainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change asks for the lines whose version changed; one that is out of view costs nothing (SCREEN, finding 5)."""
    table = VirtualTable(COLUMNS, source=(rows := numbered(*range(1000))))
    async with Stage(table).run_test(size=SIZE) as pilot:
        await pilot.pause()
        repaints = Repaints(table, monkeypatch)
        table.refresh_rows([0, 1, 2, 999])
        table.refresh_rows()
        assert repaints.taken() == []
        rows.versions[2] = rows.versions[999] = 1
        table.refresh_rows([999])
        assert repaints.taken() == []
        table.refresh_rows([2, 999])
        assert repaints.taken() == [3]


async def test_the_same_rows_in_another_source_repaint_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new snapshot whose rows look the same writes no byte; one that differs in a row repaints that row."""
    table = VirtualTable(COLUMNS, source=numbered(*range(1000)))
    async with Stage(table).run_test(size=SIZE) as pilot:
        await pilot.pause()
        repaints = Repaints(table, monkeypatch)
        table.set_source(numbered(*range(1000)))
        assert repaints.taken() == []
        table.set_source(numbered(*range(999)))  # longer or shorter out of view: still nothing
        assert repaints.taken() == []
        changed = numbered(*range(999))
        changed.versions[4] = 1
        table.set_source(changed)
        assert repaints.taken() == [5]


async def test_no_row_out_of_view_is_ever_asked_for_its_cells() -> None:
    """Of 100,000 rows only those in view are made; moving on makes those that come into view."""
    table = VirtualTable(COLUMNS, source=(rows := numbered(*range(100_000))))
    async with Stage(table).run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert set(rows.asked) == set(range(7))
        rows.asked.clear()
        await pilot.press("G")
        await painted(pilot, table)
        assert set(rows.asked) == set(range(99_993, 100_000))
        rows.asked.clear()
        for key in "kj":
            await pilot.press(key)
            await painted(pilot, table)
        assert rows.asked == [99_998, 99_999]  # only as what they had not been yet: with, and without the cursor


async def test_asking_what_is_under_the_mouse_does_not_count_as_painting() -> None:
    """A row that changed is repainted although its line was rendered in between for somebody who only looked."""
    table = VirtualTable(COLUMNS, source=(rows := numbered(*range(5))))
    async with Stage(table).run_test(size=SIZE) as pilot:
        await pilot.pause()
        rows.versions[2] = 1
        rows.rows = [*rows.rows[:2], (2, ("other",)), *rows.rows[3:]]
        table.render_line(3)
        table.refresh_rows([2])
        await pilot.pause()
        assert text_of(table)[3] == " other"


async def test_the_cursor_survives_every_resize() -> None:
    """After a storm of sizes the cursor is where it was and in view."""
    table = VirtualTable(COLUMNS, source=numbered(*range(200)))
    async with Stage(table).run_test(size=SIZE) as pilot:
        table.move_to(120)
        for width, height in ((80, 24), (20, 5), (1, 1), (40, 10), (3, 3), (200, 60), SIZE):
            await pilot.resize_terminal(width, height)
        await until(pilot, lambda: table.outer_size == SIZE)
        await pilot.pause()
        assert at(table) == 120
        assert ">task 120" in text_of(table)


def test_move_to_refuses_what_is_not_a_row() -> None:
    """A key that is not in the list, or a heading, moves nothing and says so."""
    table = VirtualTable(COLUMNS, source=numbered("head", 1, 2))
    assert not table.move_to(9)
    assert not table.move_to(("section", "head"))
    assert at(table) == 1


# Columns and cells


@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), max_size=6),
    st.integers(0, 80),
)
def test_columns_never_take_more_than_there_is(specs: list[tuple[int, int]], width: int) -> None:
    """Widths, gaps and gutter fit into the line; with a flexible column and enough room they fill it."""
    columns = [Column(key=str(i), title="", width=least, flex=flex) for i, (least, flex) in enumerate(specs)]
    widths = layout(columns, width)
    gaps = max(0, len(columns) - 1)
    used = 1 + sum(widths) + gaps
    least = 1 + sum(column.width for column in columns) + gaps
    assert used <= max(width, 1 + gaps)
    if width >= least:
        assert all(given >= column.width for given, column in zip(widths, columns, strict=True))
        assert used == (width if any(column.flex for column in columns) else least)


def test_a_line_is_gutter_columns_and_gaps() -> None:
    """Cells stand under their titles, aligned and cut in cells; a missing one is blank; styles stay with their text."""
    columns = (
        Column(key="id", title="ID", width=4, align="right"),
        Column(key="name", title="NAME", width=6, crop="middle"),
        Column(key="x", title="X", width=2),
    )
    cells: tuple[Cell, ...] = ("7", "llama-finetune")
    runs = line(cells, columns, (4, 6, 2), ">", str)
    assert "".join(text for text, _ in runs) == ">   7 lla…ne   "
    styled = line(((("►", "run"), ("R", "")), "日本語文字"), columns, (4, 6, 0), "", str)
    assert ("►", "run") in styled
    assert sum(cell_len(text) for text, _ in styled) == 1 + 4 + 1 + 6
    assert column_at(7, columns, (4, 6, 2)) == columns[1]
    assert column_at(40, columns, (4, 6, 2)) is None


async def test_columns_can_be_changed() -> None:
    """Other columns are shown at once."""
    table = VirtualTable(COLUMNS, source=Rows([(0, ("a", "b"))]))
    async with Stage(table).run_test(size=SIZE) as pilot:
        table.set_columns((Column(key="x", title="X", width=3), Column(key="y", title="Y", width=3)))
        await pilot.pause()
        assert text_of(table)[:2] == [" X   Y", ">a   b"]


# Themes


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light", "textual-dark", "textual-light"])
async def test_style_names_follow_the_theme(theme: str) -> None:
    """A named style is the theme's: of the owner's spellings the first that the theme knows, live when it changes."""
    styles = {"good": ("$state-unheard-of", "bold $success")}
    table = VirtualTable(COLUMNS, source=Rows([(0, ("x",)), (1, ((("fine", "good"),),))]), styles=styles)
    app = Stage(table, theme="nord")
    async with app.run_test(size=SIZE) as pilot:
        app.theme = theme
        await pilot.pause()
        style = segments_with(table, "fine")[0].style
        assert style is not None
        assert style.bold
        assert style.color is not None
        wanted = app.theme_variables["success"]
        assert wanted == (f"ansi_{style.color.name}" if "ansi" in theme else style.color.name.upper()) or (
            wanted == "ansi_green" and style.color.number == 2
        )


async def test_an_unknown_style_name_changes_nothing() -> None:
    """A style name that nobody can spell, or a theme's mistake, shows the text in the row's own style."""
    cells: tuple[Cell, ...] = ((("odd", "no such style"), ("bad", "broken")),)
    table = VirtualTable(COLUMNS, source=Rows([(0, ("x",)), (1, cells)]), styles={"broken": "12 $$"})
    async with Stage(table).run_test(size=SIZE):
        assert (
            segments_with(table, "oddbad")
            or segments_with(table, "odd")[0].style == segments_with(table, "bad")[0].style
        )


async def test_the_cursor_is_seen_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under NO_COLOR the cursor's row is in reverse, and no colour is left on the screen."""
    monkeypatch.setenv("NO_COLOR", "1")
    table = VirtualTable(COLUMNS, source=Rows([(0, ((("x", "$success"),),)), (1, ("y",))]))
    app = Stage(table)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        styles = [segment.style for strip in screen_strips(app) for segment in strip if segment.style]
        assert all(color is None or color.is_default for style in styles for color in (style.color, style.bgcolor))
        assert segments_with(table, ">")[0].style.reverse  # type: ignore[union-attr]


async def test_ansi_themes_leave_default_colours_unsaid() -> None:
    """Under the ANSI themes plain text has no colour codes at all: half of the bytes of a line."""
    table = VirtualTable(COLUMNS, source=numbered(0, 1))
    async with Stage(table).run_test(size=SIZE) as pilot:
        await pilot.pause()
        style = segments_with(table, "task 1")[0].style
        assert style is not None
        assert style.color is None
        assert style.bgcolor is None


@pytest.mark.parametrize("theme", ["ansi-dark", "textual-dark"])
async def test_golden_table(theme: str, golden: Callable[[App[None], str], None]) -> None:
    """The whole look: titles, a heading, states, cursor, marks, wide and cut text, the scrollbar."""
    states: dict[int, Cell] = {0: (("►R", "running"),), 1: (("·PD", ""),), 2: (("✗F", "failed"),)}
    names = ["llama-finetune-large", "日本語のタスク", "vit"]
    rows: list[tuple[Hashable, tuple[Cell, ...]]] = [
        (i, (str(1040 + i), states[i % 3], names[i % 3], f"python train.py --seed {i}")) for i in range(12)
    ]
    rows.insert(0, (("section", "r"), ("Running 2",)))
    rows.insert(3, (("section", "w"), ((("Waiting ", ""), ("10", "dim")),)))
    columns = (
        Column(key="id", title="ID", width=6, align="right"),
        Column(key="state", title="ST", width=3),
        Column(key="name", title="NAME", width=8, flex=1, crop="middle"),
        Column(key="command", title="COMMAND", width=10, flex=2),
    )
    styles = {"running": "$success", "failed": "$error"}
    app = Stage(table := VirtualTable(columns, source=Rows(rows), styles=styles), theme=theme)
    async with app.run_test(size=(60, 12)) as pilot:
        table.set_marks([1, 4])
        await pilot.press("j", "j", "j")
        golden(app, f"virtual_table_{theme}")


# Hostile text


def test_hostile_text_never_reaches_the_terminal() -> None:
    """Ids, names, headings, titles and empty words with escape sequences, C1, bidi and markup leave only text."""
    program = (
        inspect.getsource(sources)
        + f"""
class Hostile(Stage):
    def on_mount(self):
        super().on_mount()
        self.call_after_refresh(self.call_after_refresh, self.exit)

columns = tuple(Column(key=str(i), title=text, width=9) for i, text in enumerate({HOSTILE!r}))
rows = [(text, ({HOSTILE!r})) for text in {HOSTILE!r}]
rows += [(text + "x", tuple(((text, text), (text, "bold")) for text in {HOSTILE!r})) for text in {HOSTILE!r}]
rows.insert(0, (("section", 1), ({HOSTILE[0]!r} + {HOSTILE[5]!r},)))
empty = VirtualTable(columns, empty="\\n".join({HOSTILE!r}))
empty.set_subtitle({HOSTILE[0]!r} + {HOSTILE[6]!r})
Hostile(VirtualTable(columns, source=Rows(rows)), empty).run()
"""
    )
    program = program.replace(
        "from ant_tui.ui.widgets.table_rows import Cell", "from ant_tui.ui.widgets.table_rows import Cell, Column"
    )
    data = pty_bytes(program, size=(120, 40))
    assert "␛]52" in data.decode()
    assert strangers(data) == []


async def test_random_acts_and_rows_do_no_harm() -> None:
    """Any acts between any changes of rows: nothing breaks, the cursor is on a row and, after a move, in view."""
    chance = random.Random(7)
    acts = [binding.action for binding in VirtualTable.BINDINGS if isinstance(binding, Binding)]
    acts.remove("clear")  # which leaves the key to others when nothing is marked
    table = VirtualTable(COLUMNS, source=numbered())
    async with Stage(table).run_test(size=(20, 7)) as pilot:
        for _ in range(60):
            rows: list[Hashable] = chance.sample(range(60), chance.randrange(40))
            for heading in ("one", "two"):
                rows.insert(chance.randrange(len(rows) + 1), heading)
            table.set_source(numbered(*rows))
            for act in chance.choices(acts, k=5):
                await table.run_action(act)
            shown = [key for key in rows if not isinstance(key, str)]
            assert at(table) in shown if shown else at(table) is None
            assert table.marks <= set(shown)
            table.action_move(1)
            await pilot.pause()
            assert any(text[1:] == f"task {at(table)}" for text in text_of(table)) or not shown
