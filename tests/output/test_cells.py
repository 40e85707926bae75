"""Widths in terminal cells."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.output.cells import cell_width, index_at, is_narrow

TEXTS = st.text(alphabet=st.sampled_from("ab █é中文あ\u0301😀ｗ"))


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("45%|███▏  |", 11), ("中文", 4), ("e\u0301", 1), ("😀!", 3), ("ｗ", 2), ("\u1100\u1161", 2)],
)
def test_wide_characters_take_two_cells_and_combining_ones_none(text: str, width: int) -> None:
    """Column arithmetic counts cells, not characters."""
    assert cell_width(text) == width


def test_the_shortcut_for_narrow_text_never_lies() -> None:
    """No printable character that is called narrow without a look is wide or combining."""
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if character.isprintable() and is_narrow(character):
            assert unicodedata.east_asian_width(character) not in "WF", hex(code)
            assert unicodedata.category(character) not in ("Mn", "Me"), hex(code)


@given(TEXTS, st.integers(0, 60))
@settings(deadline=None)
def test_the_character_at_a_column_covers_it(text: str, column: int) -> None:
    """The index that is found splits the text at that column, or at the wide character that stands over it."""
    index, begins = index_at(text, column)
    assert cell_width(text[:index]) == begins <= column
    if index < len(text):
        assert begins <= column < begins + cell_width(text[index])
    else:
        assert begins == cell_width(text)


def test_many_combining_characters_do_not_hide_the_column() -> None:
    """Even behind a hundred accents the next letter is found."""
    text = "a" + "\u0301" * 100 + "b"
    assert index_at(text, 1) == (101, 1)
