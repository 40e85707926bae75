"""Rows in sections: a source for the table that describes only what is seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ant_tui.ui.widgets.section_rows import RowSection, SectionRows


def rows_of(*sections: list[str], headed: bool = True) -> SectionRows[str]:
    heading = (("Heading", ""),) if headed else ()
    return SectionRows([RowSection(heading, things) for things in sections], lambda text: text, lambda text: (text,))


@given(st.lists(st.lists(st.integers(0, 999), max_size=5), max_size=5), st.booleans())
def test_every_row_is_where_it_says(groups: list[list[int]], headed: bool) -> None:
    """Places, keys, things and sections agree; sections without things take no room."""
    sections = [[f"{at}.{place}.{number}" for place, number in enumerate(group)] for at, group in enumerate(groups)]
    rows = rows_of(*sections, headed=headed)
    shown = [rows.key(index) for index in range(len(rows)) if not rows.is_section(index)]
    assert shown == [thing for section in sections for thing in section]
    assert len(rows) - len(shown) == (sum(map(bool, sections)) if headed else 0)
    for index in range(len(rows)):
        if rows.is_section(index):
            assert rows.cells(index) == ((("Heading", ""),),)
            assert rows.index_of(rows.key(index)) is None
            continue
        key = rows.key(index)
        section = rows.section_of(key)
        assert rows.index_of(key) == index
        assert rows.thing(key) == key
        assert rows.cells(index) == (key,)
        assert section is not None
        assert key in section.things
    assert rows.keys == set(shown)


def test_what_is_not_there_is_none() -> None:
    rows = rows_of(["a"])
    assert (rows.thing("b"), rows.thing(None), rows.section_of("b"), rows.index_of("b")) == (None, None, None, None)


def test_a_row_is_described_once_until_it_is_refreshed() -> None:
    """A table asks again and again; what a row says is remembered, and forgotten when told so."""
    described: list[str] = []

    def describe(text: str) -> tuple[str, ...]:
        described.append(text)
        return (f"{text} {len(described)}",)

    rows = SectionRows([RowSection((), ["a", "b"])], lambda text: text, describe)
    assert described == []
    assert [rows.cells(0), rows.version(0), rows.cells(0)] == [("a 1",)] * 3
    rows.refresh()
    assert rows.version(0) == ("a 2",)
    assert described == ["a", "a"]
