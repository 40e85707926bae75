"""Selecting whole lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ant_tui.ui.widgets.line_marks import LineMarks


def test_either_end_may_be_above_the_other() -> None:
    """Going back over the line where one began turns the selection round."""
    marks = LineMarks(5, 5)
    assert (marks.first, marks.last, len(marks)) == (5, 5, 1)
    marks.move(2, 0, 10)
    assert (marks.first, marks.last, len(marks)) == (5, 7, 3)
    marks.move(-4, 0, 10)
    assert (marks.first, marks.last, len(marks)) == (3, 5, 3)


@given(st.integers(0, 99), st.lists(st.integers(-(10**18), 10**18)))
def test_it_stays_among_the_lines(start: int, moves: list[int]) -> None:
    """However far somebody goes, lines that do not exist are not selected."""
    marks = LineMarks(start, start)
    for lines in moves:
        marks.move(lines, 0, 100)
        assert 0 <= marks.first <= start <= marks.last < 100
