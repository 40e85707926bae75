"""Where a view of output stands: against a plain list of all rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.output.sanitise import plain
from ant_tui.output.style import Style
from ant_tui.ui.widgets.cells import wrap
from ant_tui.ui.widgets.output_lines import Row, paint, rich_style
from ant_tui.ui.widgets.output_place import NO_LINES, OutputPlace
from tests.ui.sources import Lines

lines = st.lists(st.text(st.sampled_from("ab 日é"), max_size=14), max_size=12)


def place_at(source: Lines, *, width: int = 5, height: int = 4, wrapping: bool = False) -> OutputPlace:
    place = OutputPlace(source, plain)
    place.set_wrap(wrapping)
    place.set_size(width, height)
    return place


def seen(place: OutputPlace) -> list[str]:
    return [row.text for row in place.rows(lambda *_: ())]


@given(
    lines,
    st.integers(0, 5),
    st.integers(1, 6),
    st.integers(1, 5),
    st.lists(st.integers(-9, 9), max_size=6),
    st.booleans(),
)
def test_scrolling_is_moving_through_the_list_of_all_rows(
    texts: list[str], first: int, width: int, height: int, moves: list[int], wrapping: bool
) -> None:
    """Scrolling by n rows shows what stands n rows on in all rows of all lines; both ends hold and are known."""
    source = Lines(texts, first_line=first)
    place = place_at(source, width=width, height=height, wrapping=wrapping)
    everything: list[tuple[int, str]] = []
    for number, text in enumerate(texts, first):
        starts = list(wrap(text, width)) if wrapping else [0]
        stops = [*starts[1:], len(text)]
        everything += [(number, text[a:b]) for a, b in zip(starts, stops, strict=True)]
    last = max(0, len(everything) - height)
    index = 0
    for move in moves:
        at_end = place.scroll(move)
        index = max(0, min(last, index + move))
        rows = place.rows(lambda *_: ())
        expected = everything[index : index + height]
        assert [row.number for row in rows] == [number for number, _ in expected]
        if wrapping:
            assert [row.text for row in rows] == [text for _, text in expected]
        assert at_end == (index == last)
    place.settle(at_end=True)
    assert [row.number for row in place.rows(lambda *_: ())] == [number for number, _ in everything[last:]]


@given(lines.filter(bool), st.integers(0, 11), st.integers(0, 14), st.booleans())
def test_what_is_revealed_is_seen(texts: list[str], number: int, start: int, wrapping: bool) -> None:
    """After a jump to a character of a line that character is in view, wherever one stood."""
    place = place_at(Lines(texts), wrapping=wrapping)
    place.scroll(7)
    number = min(number, len(texts) - 1)
    start = min(start, len(texts[number]))
    place.reveal(number, start, min(start + 1, len(texts[number])))
    rows = [row for row in place.rows(lambda *_: ()) if row.number == number]
    assert rows
    if start < len(texts[number]):
        assert any(row.start <= start < row.start + len(row.text) for row in rows)


def test_a_line_in_view_is_not_moved_by_a_jump_to_it() -> None:
    """Going through matches that are all in view leaves the view alone; a far one comes to the upper third."""
    place = place_at(Lines([str(n) for n in range(100)]), height=9)
    place.go_to(50)
    place.reveal(55, 0, 1)
    assert place.top == 50
    place.reveal(80, 0, 1)
    assert place.top == 77


@given(lines.filter(bool), st.integers(0, 20), st.integers(0, 12), st.integers(0, 4))
def test_lines_that_come_and_go_leave_the_place_alone(texts: list[str], start: int, dropped: int, added: int) -> None:
    """What is read keeps standing while lines are added and dropped, as long as it is there (row 187)."""
    source = Lines(list(texts))
    place = place_at(source, height=1)
    place.scroll(start)
    number = place.rows(lambda *_: ())[0].number
    source.add(added)
    source.drop(min(dropped, len(source.lines) - 1))
    place.settle(at_end=False)
    assert place.rows(lambda *_: ())[0].number == max(number, source.first_line)


def test_a_file_that_is_cut_or_empty_is_no_harm() -> None:
    """When a source loses all its lines, or never had one, nothing is shown and every move is harmless."""
    source = Lines(["a"] * 50)
    place = place_at(source, wrapping=True)
    place.settle(at_end=True)
    source.lines.clear()
    for at_end in (True, False):
        place.settle(at_end=at_end)
        assert seen(place) == []
    for empty in (place, OutputPlace(NO_LINES, plain)):
        for move in (-3, 3):
            assert empty.scroll(move)
        empty.scroll_columns(8)
        assert seen(empty) == []


@pytest.mark.parametrize("wrapping", [False, True])
def test_only_lines_near_the_view_are_asked_for(wrapping: bool) -> None:
    """Of a million lines those in view are read, wherever one jumps: opening a huge log costs what a page costs."""
    source = Lines(["x" * 12] * 1_000_000)
    place = place_at(source, wrapping=wrapping, height=10)
    for move in (lambda: place.settle(at_end=True), lambda: place.go_to(500_000), lambda: place.scroll(-30)):
        source.asked.clear()
        move()
        place.rows(lambda *_: ())
        assert len(set(source.asked)) <= 40


def test_a_wrapped_line_that_changes_is_wrapped_anew() -> None:
    """A progress bar that is rewritten is measured again; the other lines are not."""
    source = Lines(["abcdefgh", "xy"])
    place = place_at(source, wrapping=True)
    assert seen(place) == ["abcde", "fgh", "xy"]
    source.lines[1] = "xyzxyz"
    assert seen(place) == ["abcde", "fgh", "xyzxy", "z"]


def test_cut_lines_can_be_scrolled_sideways() -> None:
    """Columns scroll as far as the widest line in view, and back to the start."""
    place = place_at(Lines(["abcdefgh", "xy"]))
    place.scroll_columns(3)
    assert seen(place) == ["defgh", ""]
    place.scroll_columns(90)
    assert seen(place)[0] == "gh"
    place.scroll_columns(-90)
    assert seen(place) == ["abcde", "xy"]


def test_rows_carry_only_what_reaches_into_them() -> None:
    """Of a long styled line a row has the styles and overlays of its own part."""
    bold, red = Style(bold=True), Style(fg=1)
    source = Lines(["abcdefghij"], runs={0: ((0, 2, bold), (4, 7, red), (9, 10, bold))})
    place = place_at(source, wrapping=True)
    rows = place.rows(lambda *_: [(3, 6, "over"), (0, 1, "first")])
    assert [row.runs for row in rows] == [((0, 2, bold), (4, 7, red)), ((4, 7, red), (9, 10, bold))]
    assert [row.overlays for row in rows] == [((3, 6, "over"), (0, 1, "first")), ((3, 6, "over"),)]


def test_a_row_is_cut_where_its_look_changes() -> None:
    """Runs and overlays are counted in characters of the line, also where the row begins in its middle."""
    bold = Style(bold=True)
    row = Row(7, "cdefg", 2, ((0, 4, bold),), ((3, 6, "match"), (5, 9, "selected")))
    assert paint(row) == [
        ("c", bold, ""),
        ("d", bold, "match"),
        ("e", None, "match"),
        ("f", None, "selected"),
        ("g", None, "selected"),
    ]


@given(st.text(max_size=20), st.lists(st.tuples(st.integers(0, 22), st.integers(0, 6)), max_size=4), st.integers(0, 5))
def test_the_pieces_of_a_row_are_its_text(text: str, spans: list[tuple[int, int]], start: int) -> None:
    """However runs and overlays lie, the pieces put together are the row."""
    begin = 0
    runs = []
    for gap, length in spans:
        runs.append((begin + gap, begin + gap + length, Style(bold=True)))
        begin += gap + length
    row = Row(0, text, start, tuple(runs), tuple((a, a + b, "x") for a, b in spans))
    assert "".join(piece for piece, _, _ in paint(row)) == text


def test_colours_of_every_kind_become_terminal_colours() -> None:
    """Palette, exact (as numbers or as one number) and default colours, and every attribute, are kept."""
    style = rich_style(Style(fg=9, bg=1 << 24 | 0x102030, bold=True, dim=True, italic=True))
    assert style.color is not None
    assert style.color.number == 9
    assert style.bgcolor is not None
    assert style.bgcolor.triplet == (0x10, 0x20, 0x30)
    assert (style.bold, style.dim, style.italic, style.underline) == (True, True, True, None)
    other = rich_style(Style(fg=200, underline=True, reverse=True, strike=True))
    assert other.color is not None
    assert other.color.number == 200
    assert (other.bgcolor, other.underline, other.reverse, other.strike) == (None, True, True, True)


@given(lines, st.integers(0, 12), st.sampled_from(["scroll", "columns", "reveal", "go"]), st.booleans())
def test_any_move_works_right_after_lines_were_dropped(
    texts: list[str], dropped: int, move: str, wrapping: bool
) -> None:
    """A source may lose lines at any time: the next move starts from what is left."""
    source = Lines(["a日" * 9, "b", *texts, "last"])
    place = place_at(source, wrapping=wrapping)
    place.scroll(1)
    source.drop(min(dropped, len(source.lines) - 1))
    moves: dict[str, Callable[[], object]] = {
        "scroll": lambda: place.scroll(-1),
        "columns": lambda: place.scroll_columns(8),
        "reveal": lambda: place.reveal(0, 0, 1),
        "go": lambda: place.go_to(0),
    }
    moves[move]()
    assert all(number.number >= source.first_line for number in place.rows(lambda *_: ()))
