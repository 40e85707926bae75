"""Writing over and erasing parts of a row."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.output.cells import cell_width
from ant_tui.output.row import MAX_RUNS, Row, Runs, erase, merge, overlay
from ant_tui.output.style import PLAIN, Style

RED, BLUE = Style(fg=1), Style(fg=4)
TEXTS = st.text(alphabet=st.sampled_from("ab█中文"), max_size=20)


def cells(row: Row) -> list[tuple[str, Style]]:
    """One entry per cell, the second half of a wide character as "" — the slow and obvious way."""
    shown: list[tuple[str, Style]] = []
    for index, character in enumerate(row.text):
        style = next((style for start, end, style in row.runs if start <= index < end), PLAIN)
        shown += [(character, style), ("", style)][: cell_width(character)]
    return shown


def blanked(shown: list[tuple[str, Style]], column: int) -> None:
    """Make halves of wide characters blank around a cut at a column."""
    if 0 < column < len(shown) and shown[column][0] == "":
        style = shown[column - 1][1]
        shown[column - 1] = (" ", style)
        shown[column] = (" ", style)


def run_over(text: str, style: Style) -> Runs:
    return ((0, len(text), style),) if text and style is not PLAIN else ()


@given(TEXTS, TEXTS.filter(bool), st.integers(0, 30), st.sampled_from([PLAIN, RED]), st.sampled_from([PLAIN, BLUE]))
@settings(deadline=None, max_examples=300)
def test_writing_over_a_row_changes_those_cells_and_no_others(
    old: str, new: str, column: int, old_style: Style, new_style: Style
) -> None:
    """Cell by cell the result is what a terminal shows; a wide character that is cut leaves a blank half."""
    row = Row(old, run_over(old, old_style))
    expected = cells(row)
    expected += [(" ", PLAIN)] * (column - len(expected))
    written = cells(Row(new, run_over(new, new_style)))
    if written:
        blanked(expected, column)
        blanked(expected, column + len(written))
    expected[column : column + len(written)] = written
    result, ends = overlay(row, column, new, run_over(new, new_style))
    got = cells(result)
    assert [c for c, _ in got][: len(expected)] == [c for c, _ in expected]
    assert [s for c, s in got if c.strip()] == [s for c, s in expected if c.strip()]
    assert ends == (column + len(written) >= len(cells(row)))


def test_erasing_to_the_end_cuts_the_row() -> None:
    """What is gone takes its style with it."""
    assert erase(Row("hello", ((0, 5, RED),)), 2, None) == Row("he", ((0, 2, RED),))
    assert erase(Row("中文"), 3, None) == Row("中 ")


def test_erasing_a_part_leaves_blanks() -> None:
    """The rest stays at its columns."""
    assert erase(Row("hello", ((0, 5, RED),)), 0, 2) == Row("  llo", ((2, 5, RED),))
    assert erase(Row("hello"), 0, 9) == Row("")


def test_neighbours_of_one_style_become_one_run() -> None:
    """A row that is written character by character does not grow a run for each."""
    assert merge([(0, 1, RED), (1, 2, RED), (2, 3, BLUE), (4, 5, BLUE)]) == ((0, 2, RED), (2, 3, BLUE), (4, 5, BLUE))


def test_runs_are_bounded() -> None:
    """What comes after the limit stays plain."""
    styles = (RED, BLUE)
    assert len(merge([(at, at + 1, styles[at % 2]) for at in range(5000)])) == MAX_RUNS
