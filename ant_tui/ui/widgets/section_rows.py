"""Rows for a table out of things in sections, described only when they are looked at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ant_tui.ui.widgets.table_rows import Cell

__all__ = ["RowSection", "SectionRows"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RowSection(Generic[T]):
    """Things below a heading.

    Attributes:
        heading: its text and the names of its styles; empty for no heading.
        things: what stands below it, in order.
    """

    heading: tuple[tuple[str, str], ...]
    things: Sequence[T]


class SectionRows(Generic[T]):
    """A source of rows for ``VirtualTable``. Sections without things take no room."""

    def __init__(
        self,
        sections: Sequence[RowSection[T]],
        key: Callable[[T], Hashable],
        describe: Callable[[T], tuple[Cell, ...]],
    ) -> None:
        """Show sections.

        Args:
            sections: in order.
            key: what a thing is, wherever it stands; unique among all of them, and never a tuple that begins with
                ``"section"``.
            describe: a thing's cells, asked for when the row is seen, and again after ``refresh``.
        """
        self._describe = describe
        self._key = key
        self._rows: list[T | None] = []
        self._starts: list[int] = []
        self._sections = [section for section in sections if section.things]
        self._places: dict[Hashable, int] = {}
        for section in self._sections:
            self._starts.append(len(self._rows))
            if section.heading:
                self._rows.append(None)
            self._places.update((key(thing), place) for place, thing in enumerate(section.things, len(self._rows)))
            self._rows.extend(section.things)
        self._cells: dict[int, tuple[Cell, ...]] = {}

    def refresh(self) -> None:
        """Forget what rows said."""
        self._cells.clear()

    def thing(self, key: Hashable | None) -> T | None:
        """The thing that has a key; None where there is none."""
        place = self._places.get(key)
        return None if place is None else self._rows[place]

    def section_of(self, key: Hashable | None) -> RowSection[T] | None:
        """The section in which the thing with a key stands; None where there is none."""
        place = self._places.get(key)
        return None if place is None else self._sections[bisect_right(self._starts, place) - 1]

    @property
    def keys(self) -> frozenset[Hashable]:
        """The keys of all things."""
        return frozenset(self._places)

    def __len__(self) -> int:
        return len(self._rows)

    def is_section(self, index: int, /) -> bool:
        """Whether a row is a heading."""
        return self._rows[index] is None

    def key(self, index: int, /) -> Hashable:
        """What a row is."""
        thing = self._rows[index]
        return ("section", index) if thing is None else self._key(thing)

    def index_of(self, key: Hashable, /) -> int | None:
        """Where a thing stands."""
        return self._places.get(key)

    def version(self, index: int, /) -> Hashable:
        """What a row says: rows that say the same look the same."""
        return self.cells(index)

    def cells(self, index: int, /) -> tuple[Cell, ...]:
        """What a row says."""
        thing = self._rows[index]
        if thing is None:
            return (self._sections[bisect_right(self._starts, index) - 1].heading,)
        cells = self._cells.get(index)
        if cells is None:
            cells = self._cells[index] = self._describe(thing)
        return cells
