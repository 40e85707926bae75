"""Which row the cursor is on and which rows are marked: by key, so that both survive any change of order.

Pure state over a ``RowSource``; it paints nothing, posts nothing and knows no key of the keyboard.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from ant_tui.ui.widgets.table_rows import Cell, ListedRows, RowSource

__all__ = ["NO_ROWS", "RowSelection"]


class _NoRows:
    """A source without rows."""

    def __len__(self) -> int:
        return 0

    def key(self, index: int, /) -> Hashable:
        raise IndexError(index)

    def version(self, index: int, /) -> Hashable:
        raise IndexError(index)

    def cells(self, index: int, /) -> tuple[Cell, ...]:
        raise IndexError(index)

    def index_of(self, key: Hashable, /) -> int | None:
        return None

    def is_section(self, index: int, /) -> bool:
        raise IndexError(index)


NO_ROWS: RowSource = _NoRows()

_MANY = 100
"""Marks from which on it is quicker to look at all rows than to look for each mark."""


class RowSelection:
    """A cursor and marks.

    Attributes:
        source: the rows.
        cursor: the index of the cursor's row, -1 if there is none.
        key: the key of the cursor's row, None if there is none.
        marks: the keys of the marked rows, all of them in ``source``.
        ranging: whether the cursor marks what it passes.
    """

    __slots__ = ("_range", "_targets", "cursor", "key", "marks", "ranging", "source")

    def __init__(self) -> None:
        """Start without rows."""
        self.source = NO_ROWS
        self.cursor = -1
        self.key: Hashable | None = None
        self.marks: frozenset[Hashable] = frozenset()
        self.ranging = False
        self._targets: tuple[tuple[object, ...], tuple[Hashable, ...]] = ((), ())  # for what, which
        self._range: tuple[Hashable, frozenset[Hashable]] | None = None  # where it began, what was marked before

    def settle(self, source: RowSource) -> None:
        """Take other rows: cursor and marks stay with their keys.

        Where a key is gone, its mark is dropped and the cursor stays at its place in the list.
        """
        self.source = source
        self.marks = self._there(self.marks)
        if self._range is not None:
            self._range = (self._range[0], self._there(self._range[1]))
        place = None if self.key is None else source.index_of(self.key)
        if place is None or source.is_section(place):
            place = self._nearest(max(0, self.cursor), 1)
        self._put(place)

    def go_to(self, index: int) -> None:
        """Put the cursor on a row, which is no section."""
        self._end_range()
        self._put(index)

    def step(self, rows: int) -> None:
        """Move the cursor by rows; sections are stepped over, the ends of the list hold."""
        if self.ranging:
            self.extend(rows)
            return
        self._range = None
        self._step(rows)

    def range(self) -> None:
        """Begin to mark what the cursor passes, its own row first, or end that."""
        begins = not self.ranging
        self._end_range()
        if begins and self.key is not None:
            self.ranging = True
            self.extend_to(self.cursor)

    def toggle(self) -> None:
        """Mark the cursor's row, or take its mark away."""
        self._end_range()
        if self.key is not None:
            self.marks ^= {self.key}

    def mark(self, keys: Iterable[Hashable]) -> None:
        """Mark these rows and no others; keys that are not in the source are left out."""
        self._end_range()
        self.marks = frozenset(key for key in keys if self.source.index_of(key) is not None)

    def mark_all(self) -> None:
        """Mark all rows."""
        self._end_range()
        self.marks = frozenset(self._all())

    def extend(self, rows: int) -> None:
        """Move the cursor by rows and mark all between it and where the range began."""
        if self.key is not None:
            start, before = self._range or (self.key, self.marks)
            self._step(rows)
            self._mark_from(start, before)

    def extend_to(self, index: int) -> None:
        """Put the cursor on a row and mark all between it and where the range began."""
        if self.key is not None:
            start, before = self._range or (self.key, self.marks)
            self._put(index)
            self._mark_from(start, before)

    def targets(self) -> tuple[Hashable, ...]:
        """Return what an act is meant for, in shown order: the marked rows; without marks the cursor's row.

        It is the same object as long as nothing has changed.
        """
        now: tuple[object, ...] = (self.source, self.marks, None if self.marks else self.key)
        before = self._targets[0]
        if not before or any(old is not new for old, new in zip(before, now, strict=True)):
            self._targets = (now, self._find_targets())
        return self._targets[1]

    def _find_targets(self) -> tuple[Hashable, ...]:
        if not self.marks:
            return () if self.key is None else (self.key,)
        if len(self.marks) * 4 > len(self.source):  # nearly all: walking the list is quicker than sorting
            marks = self.marks
            return tuple(key for key in self._all() if key in marks)
        places = {key: place for key in self.marks if (place := self.source.index_of(key)) is not None}
        return tuple(sorted(places, key=places.__getitem__))

    def _end_range(self) -> None:
        self._range = None
        self.ranging = False

    def _put(self, index: int | None) -> None:
        self.cursor = -1 if index is None else index
        self.key = None if index is None else self.source.key(index)

    def _step(self, rows: int) -> None:
        self._put(self._nearest(self.cursor + rows, 1 if rows > 0 else -1))

    def _nearest(self, index: int, step: int) -> int | None:
        """Return the nearest row that is no section, looking onwards first and then back."""
        source = self.source
        count = len(source)
        start = max(0, min(count - 1, index))
        for direction in (step, -step):
            place = start
            while 0 <= place < count:
                if not source.is_section(place):
                    return place
                place += direction
        return None

    def _mark_from(self, start: Hashable, before: frozenset[Hashable]) -> None:
        first = self.source.index_of(start)
        if first is None:  # the row where the range began is gone: begin here
            first, start = self.cursor, self.key
        self._range = (start, before)
        self.marks = before.union(self._keys(*sorted((first, self.cursor))))

    def _there(self, keys: frozenset[Hashable]) -> frozenset[Hashable]:
        """Return those of some keys that are in the source."""
        source = self.source
        if len(keys) > _MANY and isinstance(source, ListedRows):
            return keys.intersection(source.listed())
        return frozenset(key for key in keys if source.index_of(key) is not None) if keys else keys

    def _all(self) -> Iterable[Hashable]:
        source = self.source
        return source.listed() if isinstance(source, ListedRows) else self._keys(0, len(source) - 1)

    def _keys(self, first: int, last: int) -> Iterable[Hashable]:
        source = self.source
        return (source.key(index) for index in range(first, last + 1) if not source.is_section(index))
