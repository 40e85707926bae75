"""Cursor and marks of a table whose source can tell all its keys at once, and of one that cannot."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from hypothesis import given
from hypothesis import strategies as st

from ant_tui.ui.widgets import table_selection
from ant_tui.ui.widgets.table_rows import Cell, ListedRows
from ant_tui.ui.widgets.table_selection import RowSelection


class Rows:
    """Numbers; those below zero are headings."""

    def __init__(self, keys: list[int]) -> None:
        self.keys = keys

    def __len__(self) -> int:
        return len(self.keys)

    def key(self, index: int, /) -> Hashable:
        return self.keys[index]

    def version(self, index: int, /) -> Hashable:
        return index

    def cells(self, index: int, /) -> tuple[Cell, ...]:
        return (str(self.keys[index]),)

    def index_of(self, key: Hashable, /) -> int | None:
        return self.keys.index(key) if key in self.keys else None

    def is_section(self, index: int, /) -> bool:
        return self.keys[index] < 0


class Listed(Rows):
    def listed(self) -> Iterable[Hashable]:
        return (key for key in self.keys if key >= 0)


keys = st.lists(st.integers(-3, 40), unique=True, max_size=40)


@given(keys, keys, st.sets(st.integers(0, 40)))
def test_a_source_that_tells_all_its_keys_is_only_quicker(first: list[int], then: list[int], marked: set[int]) -> None:
    """Marking all, losing marks with their rows, and what an act is meant for come out the same."""
    table_selection._MANY, before = 0, table_selection._MANY
    try:
        came: list[tuple[object, ...]] = []
        for kind in (Rows, Listed):
            selection = RowSelection()
            selection.settle(kind(first))
            selection.mark(marked)
            one = (selection.marks, selection.targets())
            selection.settle(kind(then))
            two = (selection.marks, selection.targets())
            selection.mark_all()
            came.append((one, two, selection.marks, selection.targets()))
        assert came[0] == came[1]
    finally:
        table_selection._MANY = before
    assert isinstance(Listed([]), ListedRows)
    assert not isinstance(Rows([]), ListedRows)


def test_a_range_follows_the_cursor_until_it_is_ended() -> None:
    """It begins with the cursor's row, grows and shrinks, skips headings, and leaves earlier marks alone."""
    selection = RowSelection()
    selection.settle(Rows([0, 1, 2, -1, 3, 4]))
    selection.toggle()
    selection.step(2)
    selection.range()
    assert selection.marks == {0, 2}
    selection.step(3)
    assert selection.marks == {0, 2, 3, 4}
    selection.step(-1)
    assert selection.marks == {0, 2, 3}
    assert selection.ranging
    selection.range()
    selection.step(1)
    assert selection.marks == {0, 2, 3}
    assert not selection.ranging
    selection.range()
    selection.toggle()
    assert selection.marks == {0, 2, 3}
    assert not selection.ranging


def test_a_range_forgets_marks_of_rows_that_are_gone() -> None:
    """What was marked before it began counts only as long as it is in the list."""
    selection = RowSelection()
    selection.settle(Rows([0, 1, 2, 3]))
    selection.toggle()
    selection.step(2)
    selection.range()
    selection.settle(Rows([1, 2, 3]))
    selection.step(1)
    assert selection.marks == {2, 3}


def test_what_an_act_is_meant_for_is_found_once() -> None:
    """As long as nothing has changed it is the same object, so that 100,000 marked rows cost nothing to ask about."""
    selection = RowSelection()
    selection.settle(Listed(list(range(50))))
    selection.mark_all()
    targets = selection.targets()
    assert selection.targets() is targets
    selection.toggle()
    assert selection.targets() == tuple(range(1, 50))
    selection.settle(Listed(list(range(40))))
    assert selection.targets() == tuple(range(1, 40))
    selection.mark(())
    assert selection.targets() == (0,)
    selection.step(1)
    assert selection.targets() == (1,)
