"""Sentences in a narrow pane."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ant_tui.ui.sentences import broken


def test_lines_are_broken_between_words_with_the_same_blanks_before_them() -> None:
    """Nothing is cut, empty lines stay, a long word is broken."""
    assert broken(["", "  It waits: needs 4, 2 free.", "  " + "x" * 30], 20) == [
        "", "  It waits: needs", "  4, 2 free.", "  " + "x" * 17, "  " + "x" * 13,
    ]  # fmt: skip


@given(st.lists(st.text(max_size=300), max_size=5), st.integers(-5, 200))
def test_any_text_in_any_width(lines: list[str], width: int) -> None:
    """No text and no width is an error, and every line gives at least one."""
    assert len(broken(lines, width)) >= len(lines)
