"""Which row the cursor is on and which rows are marked: by key, so that both survive any change of order.

Pure state over a ``RowSource``; it paints nothing, posts nothing and knows no key of the keyboard.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from ant_tui.ui.widgets.table_rows import Cell, DetailedRows, FoldingRows, ListedRows, RowSource

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
        key: the key of the cursor's row, None if there is none; perhaps that of the heading of a folded section.
        marks: the keys of the marked rows, all of them in ``source``.
        ranging: whether the cursor marks what it passes.
    """

    __slots__ = ("_details", "_folds", "_range", "_targets", "_under", "cursor", "key", "marks", "ranging", "source")

    def __init__(self) -> None:
        """Start without rows."""
        self.source = NO_ROWS
        self.cursor = -1
        self.key: Hashable | None = None
        self.marks: frozenset[Hashable] = frozenset()
        self.ranging = False
        self._details: DetailedRows | None = None
        self._folds: FoldingRows | None = None
        self._under: Hashable | None = None  # below a folded heading: the row that the cursor came from
        self._targets: tuple[tuple[object, ...], tuple[Hashable, ...]] = ((), ())  # for what, which
        self._range: tuple[Hashable, frozenset[Hashable]] | None = None  # where it began, what was marked before

    def settle(self, source: RowSource) -> None:
        """Take other rows: cursor and marks stay with their keys.

        Where a key is gone, its mark is dropped and the cursor stays at its place in the list. Where its section is
        folded, it goes to the heading, and comes back from there when that is unfolded.
        """
        self.source = source
        self._folds = source if isinstance(source, FoldingRows) else None
        self._details = source if isinstance(source, DetailedRows) else None
        self.marks = self._there(self.marks)
        if self._range is not None:
            self._range = (self._range[0], self._there(self._range[1]))
        self._follow()

    def _follow(self) -> None:
        """Put the cursor where its key is now."""
        source, folds, key = self.source, self._folds, self.key
        place = None if key is None else source.index_of(key)
        heading = None if folds is None or place is not None or key is None else folds.heading_above(key)
        if place is not None and not self._skips(place):
            self._put(place, self._under)
        elif heading is not None and not self._skips(heading):
            self._put(heading, key)
        elif place is not None and folds is not None and folds.heading_above(self._under) == place:
            self._put(source.index_of(self._under))  # it was unfolded
        else:
            self._put(self._nearest(max(0, self.cursor) if place is None else place, 1))

    def go_to(self, index: int) -> None:
        """Put the cursor on a row that can be selected, or on the heading of a folded section."""
        self._end_range()
        self._put(index)

    def step(self, rows: int) -> None:
        """Move the cursor by rows; other headings and details are stepped over, the ends of the list hold."""
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
        if self._on_row:
            self.marks ^= {self.key}

    def mark(self, keys: Iterable[Hashable]) -> None:
        """Mark these rows and no others; keys that are not in the source are left out."""
        self._end_range()
        places = ((key, self.source.index_of(key)) for key in keys)
        self.marks = frozenset(key for key, place in places if place is not None and self.can_select(place))

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

    def row_of(self, index: int) -> int:
        """Return the row that a row belongs to: of a detail the one above it, else itself."""
        above = self._details.detail_of(index) if self._details is not None else None
        return index if above is None else above

    def can_select(self, index: int) -> bool:
        """Whether a row can be marked, and an act be meant for it: headings and details cannot."""
        return not self.source.is_section(index) and self.row_of(index) == index

    @property
    def last_detail(self) -> int:
        """The last row that belongs to the cursor's, which may be that itself; -1 without a cursor."""
        return self.cursor + (self._details.details(self.cursor) if self._details is not None and self._on_row else 0)

    def _find_targets(self) -> tuple[Hashable, ...]:
        if not self.marks:
            return (self.key,) if self._on_row else ()
        if len(self.marks) * 4 > len(self.source):  # nearly all: walking the list is quicker than sorting
            marks = self.marks
            return tuple(key for key in self._all() if key in marks)
        places = {key: place for key in self.marks if (place := self.source.index_of(key)) is not None}
        return tuple(sorted(places, key=places.__getitem__))

    def _end_range(self) -> None:
        self._range = None
        self.ranging = False

    def _put(self, index: int | None, under: Hashable | None = None) -> None:
        self.cursor = -1 if index is None else index
        self.key = None if index is None else self.source.key(index)
        self._under = under

    @property
    def _on_row(self) -> bool:
        """Whether the cursor stands on something that can be marked."""
        return self.key is not None and self.can_select(self.cursor)

    def _skips(self, index: int) -> bool:
        """Whether the cursor cannot stand on a row: on a heading it can only where that is folded."""
        return not self.can_select(index) and (self._folds is None or not self._folds.is_folded(index))

    def _step(self, rows: int) -> None:
        self._put(self._nearest(self.cursor + rows, 1 if rows > 0 else -1))

    def _nearest(self, index: int, step: int) -> int | None:
        """Return the nearest row that the cursor can stand on, looking onwards first and then back."""
        source = self.source
        count = len(source)
        start = max(0, min(count - 1, index))
        for direction in (step, -step):
            place = start
            while 0 <= place < count:
                if not self._skips(place):
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
        return (source.key(index) for index in range(first, last + 1) if self.can_select(index))
