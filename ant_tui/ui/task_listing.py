"""What somebody wants to see of the tasks, kept true while tasks come, change and go: filter, order, how far back.

A filter is searched for in slices, so that typing never waits for 100,000 tasks: until a search is through, the list
stays as it was, and then it changes in one step. After that only tasks that have changed are judged anew. Whoever owns
a listing tells it which tasks those are (``touch``) and lets a search go on (``search_on``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from time import perf_counter

from msgspec import Struct, field
from msgspec.structs import replace as changed

from ant_tui.core.state import State
from ant_tui.core.task_filter import TaskFilter
from ant_tui.ui.task_order import FINISHED, Section, TaskOrder, sections_of
from ant_tui.ui.task_sort import QUEUE_ORDER, SortedNumbers, TaskSort

__all__ = ["TaskListing", "TaskView"]

_EVERYTHING = TaskFilter()
_SLICE = 500
"""Tasks that are looked at between two looks at the clock; about a millisecond."""


class TaskView(Struct, frozen=True):
    """What somebody wants to see.

    Attributes:
        finished_s: ended tasks stay in the list for so many seconds; 0 for ever.
        filter: which tasks.
        sort: their order in each section.
        folded: titles of the sections of which only the heading is listed.
        lined: titles of the sections of which each task has lines of its output below it.
        lines: how many.
    """

    finished_s: float = 24 * 3600.0
    filter: TaskFilter = _EVERYTHING
    sort: TaskSort = QUEUE_ORDER
    folded: frozenset[str] = frozenset()
    lined: frozenset[str] = frozenset()
    lines: int = 3


class _Search(Struct):
    """A search that is under way.

    Attributes:
        filter: for what.
        numbers: where; None for among all tasks that there are when it begins.
        at: how far it has come.
        found: what it has found so far.
        touched: tasks that have changed since it began.
    """

    filter: TaskFilter
    numbers: Sequence[int] | None = None
    at: int = 0
    found: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)


class TaskListing:
    """One list of tasks."""

    def __init__(self, view: TaskView | None = None) -> None:
        """List what is wanted; a filter in ``view`` holds from the first search on."""
        wanted = view or TaskView()
        self._view = changed(wanted, filter=_EVERYTHING)
        self._found: set[int] = set()
        self._touched: set[int] = set()
        self._search = _Search(wanted.filter) if wanted.filter else None
        self._sorted: dict[str, SortedNumbers] = {}

    # -- what is wanted ----------------------------------------------------------------------------------------

    @property
    def view(self) -> TaskView:
        """What the list shows."""
        return self._view

    @property
    def wanted(self) -> TaskFilter:
        """The filter that the list will show once it has searched."""
        return self._search.filter if self._search is not None else self._view.filter

    @property
    def searching(self) -> bool:
        """Whether a search is under way."""
        return self._search is not None

    @property
    def moves_nothing(self) -> bool:
        """Whether every task stands where the state has it, whatever is changed about it."""
        return self._view.sort == QUEUE_ORDER and not self._view.filter

    def show_ended_for(self, seconds: float) -> None:
        """Keep ended tasks in the list for so long; 0 for ever."""
        self._view = changed(self._view, finished_s=seconds)

    def fold(self, titles: frozenset[str]) -> None:
        """List only the headings of these sections, and all of the others."""
        self._view = changed(self._view, folded=titles)

    def show_lines(self, titles: frozenset[str], lines: int) -> None:
        """List so many lines of output below each task of these sections, and none of the others."""
        self._view = changed(self._view, lined=titles, lines=lines)

    def sort(self, sort: TaskSort) -> None:
        """Show another order."""
        if sort.by == self._view.sort.by:
            for kept in self._sorted.values():
                kept.turn(sort)
        else:
            self._sorted = {}
        self._view = changed(self._view, sort=sort)

    def filter(self, wanted: TaskFilter) -> None:
        """Want other tasks: begins a search, unless nothing is to be left out."""
        if not wanted:
            self._view = changed(self._view, filter=wanted)
            self._search = None
            self._found = set()
        elif self._view.filter and wanted.narrows(self._view.filter):
            self._search = _Search(wanted, list(self._found), touched=set(self._touched))
        else:
            self._search = _Search(wanted)

    # -- what happens ------------------------------------------------------------------------------------------

    def touch(self, numbers: Set[int]) -> None:
        """Some tasks have changed, have come or are gone."""
        if self._search is not None:
            self._search.touched.update(numbers)
        if not self.moves_nothing:
            self._touched.update(numbers)

    def touch_all(self) -> None:
        """Any task may have changed."""
        self._sorted = {}
        if self.wanted:
            self._search = _Search(self.wanted)

    def search_on(self, state: State, seconds: float) -> bool:
        """Go on with the search.

        Args:
            state: the tasks.
            seconds: about how long.

        Returns:
            Whether the list shows something else now: the search is through.
        """
        search = self._search
        if search is None:
            return False
        if search.numbers is None:
            search.numbers = list(state.tasks)
        until = perf_counter() + seconds
        while search.at < len(search.numbers):
            part = search.numbers[search.at : search.at + _SLICE]
            search.found.update(search.filter.pick(state.tasks, part))
            search.at += _SLICE
            if perf_counter() >= until:
                break
        if search.at < len(search.numbers):
            return False
        self._found, self._search = search.found, None
        self._view = changed(self._view, filter=search.filter)
        self._judge(state, search.touched)
        return True

    # -- the list ----------------------------------------------------------------------------------------------

    def arrange(self, state: State, now: float) -> TaskOrder:
        """Make the list.

        Args:
            state: read, not kept.
            now: epoch seconds.
        """
        touched, self._touched = self._touched, set()
        sections, older = sections_of(state, self._view.finished_s, now)
        if self._view.sort != QUEUE_ORDER:
            sections = [self._sort(section, state, touched) for section in sections]
        if self._view.filter:
            self._judge(state, touched)
            found = self._found
            older = [number for number in older if number in found]
            sections = [_only(section, found) for section in sections]
        if older:
            note = f"{len(older):,} older not shown"
            sections = [changed(one, note=note) if one.title == FINISHED else one for one in sections]
        return TaskOrder([self._unfold(section) for section in sections], older=len(older))

    def _unfold(self, section: Section) -> Section:
        """Give a section the rows that somebody wants of it."""
        view, title = self._view, section.title
        if title in view.folded:
            return changed(section, folded=True)
        return changed(section, lines=view.lines) if title in view.lined else section

    def _sort(self, section: Section, state: State, touched: set[int]) -> Section:
        kept = self._sorted.get(section.title)
        if kept is None:
            kept = self._sorted[section.title] = SortedNumbers(self._view.sort)
        return changed(section, numbers=kept.arranged(state.tasks, list(section.numbers), touched))

    def _judge(self, state: State, touched: Iterable[int]) -> None:
        """Look anew at tasks that have changed."""
        for number in touched:
            task = state.tasks.get(number)
            if task is not None and self._view.filter.matches(task):
                self._found.add(number)
            else:
                self._found.discard(number)


def _only(section: Section, found: set[int]) -> Section:
    numbers = [number for number in section.numbers if number in found]
    return changed(section, numbers=numbers, of=len(section.numbers))
