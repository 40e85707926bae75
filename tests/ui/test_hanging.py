"""Names with texts beside them, broken where there is no room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content
from textual.events import MouseDown, MouseMove, MouseUp
from textual.geometry import Offset
from textual.selection import Selection

from ant_tui.ui.widgets.hanging import Hanging, HangingText
from tests.ui.apps import until
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


texts = st.text("abcde fghij界é\n\t/-", max_size=60)


@given(st.lists(texts, max_size=4), st.integers(2, 40), st.sampled_from(["", " "]), st.integers(2, 8))
def test_all_that_is_selected_is_the_text_as_it_was(said: list[str], width: int, name: str, indent: int) -> None:
    """Wherever lines are broken and however far indented, copying gives all back but blanks at the ends of lines."""
    hanging = Hanging([(Content(name), Content(text)) for text in said], indent=indent)
    copied = hanging.selected(Selection(None, None), width + indent * len(name))
    wanted = [line.expandtabs().rstrip() for text in said for line in text.split("\n")]
    assert [line.rstrip() for line in copied.split("\n")] == (wanted or [""])


@given(st.lists(st.tuples(words, texts.map(Content)), max_size=4), st.integers(0, 30), st.integers(0, 12), st.data())
def test_what_is_selected_on_one_line_is_what_stands_there(
    rows: list[tuple[Content, Content]], width: int, indent: int, data: st.DataObject
) -> None:
    """Also where there is hardly any room; only the blanks before a text are no part of it."""
    hanging = Hanging(rows, indent=indent)
    shown = hanging.text(width).plain.split("\n")
    y = data.draw(st.integers(0, len(shown) - 1))
    start, end = sorted(data.draw(st.tuples(st.integers(0, 40), st.integers(0, 40))))
    copied = hanging.selected(Selection(Offset(start, y), Offset(end, y)), width)
    part = shown[y][start:end]
    assert part.endswith(copied)
    assert not part.removesuffix(copied).strip()


PATH = "/data/" + "/".join(f"directory-{n}" for n in range(6)) + "/output.log"
COMMAND = "python train.py --learning-rate 0.001 --batch-size 64 --data /data/imagenet"


@pytest.mark.parametrize("text", [PATH, COMMAND, "two\nlines", f"{COMMAND}\n{PATH}"])
async def test_a_text_of_several_lines_is_copied_by_the_mouse_as_it_was(text: str) -> None:
    """No line break and no indent that is not its own comes into a path or a command."""
    widget = HangingText([(Content("log"), Content(text)), (Content("then"), Content("x"))])
    async with Stage(widget).run_test(size=(35, 12)) as pilot:
        last = widget.size.height - 2
        end = len(text_of(widget)[last])
        assert last > 0
        await pilot._post_mouse_events([MouseMove, MouseDown], widget, (6, 0), button=1)
        await pilot._post_mouse_events([MouseMove], widget, (9, 0), button=1)
        await pilot._post_mouse_events([MouseMove, MouseUp], widget, (end, last), button=1)
        await pilot.pause()
        assert pilot.app.screen.get_selected_text() == text


async def test_a_widget_is_broken_anew_when_its_width_changes_and_can_be_selected() -> None:
    """What is selected is the text, with line breaks where rows end."""
    widget = HangingText(ROWS[:2])
    async with Stage(widget).run_test(size=(35, 8)) as pilot:
        assert text_of(widget)[1] == "e  Change the selected tasks;"
        assert widget.size.height == 4
        await pilot.resize_terminal(60, 8)
        await until(pilot, lambda: widget.size == (60, 3))
        assert text_of(widget)[1] == "e  Change the selected tasks; several get what they have in"
        assert widget.size.height == 3
        text, end = widget.get_selection(Selection(None, None))
        assert text == "In this pane\ne  Change the selected tasks; several get what they have in common."
        assert end == "\n"
