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


class Folding(Rows):
    """Numbers below headings, some of which are folded; a heading is the tens of its numbers, less one hundred."""

    def __init__(self, keys: set[int], folded: set[int]) -> None:
        self.all = keys
        self.folded = {tens - 100 for tens in folded}
        rows: list[int] = []
        for heading in sorted({key // 10 - 100 for key in keys}):
            rows.append(heading)
            rows += sorted(key for key in keys if key // 10 - 100 == heading and heading not in self.folded)
        super().__init__(rows)

    def is_folded(self, index: int, /) -> bool:
        return self.keys[index] in self.folded

    def heading_above(self, key: Hashable, /) -> int | None:
        return self.index_of(key // 10 - 100) if isinstance(key, int) and key in self.all else None


moves = st.lists(st.sampled_from(["step", "back", "toggle", "all", "extend", "range"]), max_size=4)
stories = st.lists(st.tuples(st.sets(st.integers(0, 49), max_size=12), st.sets(st.integers(0, 4)), moves), max_size=8)


@given(stories)
def test_whatever_is_folded_the_cursor_stands_on_something_and_marks_are_tasks_that_are_seen(
    story: list[tuple[set[int], set[int], list[str]]],
) -> None:
    """Open headings are passed over; folded ones are never marked, and nothing is meant when the cursor is there."""
    selection = RowSelection()
    acts = {
        "step": lambda: selection.step(1), "back": lambda: selection.step(-2), "toggle": selection.toggle,
        "all": selection.mark_all, "extend": lambda: selection.extend(2), "range": selection.range,
    }  # fmt: skip
    for keys, folded, done in story:
        rows = Folding(keys, folded)
        selection.settle(rows)
        for act in done:
            acts[act]()
        shown = {key for key in rows.keys if key >= 0}
        assert selection.marks <= shown
        assert (selection.key is None) == (not rows.keys)
        assert selection.key is None or rows.keys[selection.cursor] == selection.key
        assert selection.key in shown | rows.folded | {None}
        assert set(selection.targets()) == (selection.marks or shown & {selection.key})


@given(st.sets(st.integers(0, 49), min_size=1), st.sets(st.integers(0, 4)), st.data())
def test_a_row_whose_section_is_unfolded_again_has_the_cursor_again(
    keys: set[int], others: set[int], data: st.DataObject
) -> None:
    """Folding takes the cursor to the heading and unfolding brings it back, whatever else is folded meanwhile."""
    key = data.draw(st.sampled_from(sorted(keys)))
    selection = RowSelection()
    selection.settle(rows := Folding(keys, set()))
    selection.go_to(rows.keys.index(key))
    selection.settle(Folding(keys, others | {key // 10}))
    assert selection.key == key // 10 - 100
    selection.settle(Folding(keys, others - {key // 10}))
    assert selection.key == key


class Detailed(Rows):
    """Numbers with details below them, which are parts of one hundred."""

    def __init__(self, keys: list[int], details: int) -> None:
        self.below = details
        super().__init__([key * 100 + part for key in keys for part in range(details + 1)])

    def detail_of(self, index: int, /) -> int | None:
        part = self.keys[index] % 100
        return index - part if part else None

    def details(self, index: int, /) -> int:
        return self.below


acts = st.lists(st.tuples(st.sampled_from(["step", "extend"]), st.integers(-9, 9)), max_size=8)


@given(st.lists(st.integers(0, 40), unique=True, min_size=1, max_size=12), st.integers(0, 3), acts)
def test_details_are_passed_over_and_never_marked(rows: list[int], details: int, story: list[tuple[str, int]]) -> None:
    """Whatever is done, the cursor stands on a row, marks are rows, and each detail leads to its row."""
    selection = RowSelection()
    selection.settle(source := Detailed(rows, details))
    for act, steps in story:
        getattr(selection, act)(steps)
        assert selection.cursor % (details + 1) == 0
        assert all(isinstance(key, int) and key % 100 == 0 for key in selection.marks)
        assert selection.last_detail == selection.cursor + details
    assert [selection.row_of(index) // (details + 1) for index in range(len(source))] == [
        index // (details + 1) for index in range(len(source))
    ]
    selection.step(-1000)
    for row in rows:
        assert selection.key == row * 100
        selection.step(1)
