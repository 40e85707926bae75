"""Names with texts beside them, broken where there is no room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content
from textual.selection import Selection

from ant_tui.ui.widgets.hanging import Hanging, HangingText
from tests.ui.sources import Stage, text_of

ROWS = [
    (Content(), Content("In this pane")),
    (Content("e"), Content("Change the selected tasks; several get what they have in common.")),
    (Content("ctrl+up"), Content("Up.\nBy one.")),
    (Content(), Content()),
    (Content(" "), Content("  indented")),
]


def lines(rows: list[tuple[Content, Content]], width: int, **more: int) -> list[str]:
    return Hanging(rows, **more).text(width).plain.split("\n")


def test_further_lines_begin_below_the_first_word() -> None:
    """Whether a text is too long or has several lines; a heading has the whole width."""
    assert [line.rstrip() for line in lines(ROWS, 35)] == [
        "In this pane",
        "e        Change the selected tasks;",
        "         several get what they have",
        "         in common.",
        "ctrl+up  Up.",
        "         By one.",
        "",
        "           indented",
    ]


def test_a_name_that_is_too_long_has_lines_of_its_own() -> None:
    """Names take half of the room at most, and are never cut."""
    rows = [(Content("a-task-with-a-long-name"), Content("it was cancelled")), (Content("b"), Content("so was this"))]
    assert [line.rstrip() for line in lines(rows, 30)] == [
        "a-task-with-a-long-name",
        "               it was",
        "               cancelled",
        "b              so was this",
    ]


words = st.text("abcde fghij界é", min_size=0, max_size=60).map(Content)


@given(st.lists(st.tuples(words, words), max_size=6), st.integers(4, 60), st.integers(0, 12))
def test_nothing_is_lost_or_too_wide(rows: list[tuple[Content, Content]], width: int, indent: int) -> None:
    """At every width all characters are there, in order, and no line is wider than the room; height says how many."""
    hanging = Hanging(rows, indent=indent)
    shown = hanging.text(width)
    assert all(line.cell_length <= width for line in shown.split(allow_blank=True))
    said = "".join(name.plain + text.plain for name, text in rows)
    assert "".join(shown.plain.split()) == "".join(said.split())
    assert hanging.get_height({}, width) == len(shown.split(allow_blank=True))
    widest = hanging.get_optimal_width({}, 80)
    assert all(line.cell_length <= widest for line in hanging.text(max(widest, 1)).split(allow_blank=True))


async def test_a_widget_is_broken_anew_when_its_width_changes_and_can_be_selected() -> None:
    """What is selected is what stands there."""
    widget = HangingText(ROWS[:2])
    async with Stage(widget).run_test(size=(35, 8)) as pilot:
        assert text_of(widget)[1] == "e  Change the selected tasks;"
        assert widget.size.height == 4
        await pilot.resize_terminal(60, 8)
        await pilot.pause()
        assert text_of(widget)[1] == "e  Change the selected tasks; several get what they have in"
        assert widget.size.height == 3
        text, end = widget.get_selection(Selection(None, None))
        assert text.split("\n")[2] == "   common."
        assert end == "\n"
