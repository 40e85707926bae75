"""The rows of the task table: an order of tasks, and the cells of those that are looked at.

A table asks only for the rows in view, so only those are ever described; what was described is remembered until
``refresh`` says that time has passed or something has changed. Nothing here paints.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import chain

from ant_tui.client.interface import Client
from ant_tui.core.explain import Explanation, reasons_of
from ant_tui.core.task import Task, TaskState
from ant_tui.ui.task_cells import RowFacts, TaskProgress, cells_of
from ant_tui.ui.task_order import TaskOrder
from ant_tui.ui.widgets.table_rows import Cell, Column

__all__ = ["TaskRows"]

NO_PROGRESS: Mapping[int, TaskProgress] = {}

_OPEN, _FOLDED = ("▾", "-"), ("▸", "+")
"""What stands beside a heading; the second is ASCII."""
_BELOW = ("   │", "   |")
"""What stands before a line of output."""


class TaskRows:
    """A source of rows for ``VirtualTable``; a row's key is its task's number."""

    def __init__(
        self,
        client: Client,
        order: TaskOrder,
        columns: Sequence[Column],
        now: float,
        *,
        progress: Mapping[int, TaskProgress] = NO_PROGRESS,
        output: Callable[[int], Sequence[str] | None] = lambda number: None,
        ascii_only: bool = False,
    ) -> None:
        """Show an order.

        Args:
            client: whose tasks; its state is read anew at each ``refresh``.
            order: which tasks, where.
            columns: the table's.
            now: epoch seconds.
            progress: how far running tasks are, by number; read whenever a row is described.
            output: the last lines of a task's output, None while they are not known; asked when they are to be seen.
            ascii_only: draw without anything but ASCII.
        """
        self.order = order
        self._client = client
        self._columns = tuple(columns)
        self._progress = progress
        self._output = output
        self._ascii = ascii_only
        self._cells: dict[int, tuple[Cell, ...]] = {}
        self.refresh(now)

    def refresh(self, now: float) -> None:
        """Forget what rows said: it is later now, or tasks have changed."""
        self._now = now
        self._cells.clear()
        self._tasks = self._client.state.tasks
        self._why: Callable[[Task], Explanation] | None = None

    def __len__(self) -> int:
        return len(self.order)

    def is_section(self, index: int, /) -> bool:
        """Whether a row is a heading."""
        return self.order.section_at(index) is not None

    def detail_of(self, index: int, /) -> int | None:
        """Where the task stands whose line of output this is."""
        line = self.order.line_at(index)
        return index - line if line else None

    def details(self, index: int, /) -> int:
        """How many lines of output stand below a task."""
        return self.order.lines_below(index)

    def is_folded(self, index: int, /) -> bool:
        """Whether a row is a heading whose tasks are not listed."""
        section = self.order.section_at(index)
        return section is not None and section.folded

    def heading_above(self, key: Hashable, /) -> int | None:
        """Where the heading of a task stands."""
        section = self.order.section_of(key) if isinstance(key, int) else None
        return None if section is None else self.order.heading_of(section.title)

    def key(self, index: int, /) -> Hashable:
        """The number of a row's task; the title of a heading; of a line of output the task's number, and which."""
        section = self.order.section_at(index)
        if section is not None:
            return section.title
        number, line = self.order.number_at(index), self.order.line_at(index)
        return (number, line) if line else number

    def index_of(self, key: Hashable, /) -> int | None:
        """Where a task stands, or the heading with a title, or a line of output."""
        if isinstance(key, int):
            return self.order.place_of(key)
        if isinstance(key, tuple):
            number, line = key
            place = self.order.place_of(number)
            return place + line if place is not None and line <= self.order.lines_below(place) else None
        return self.order.heading_of(key) if isinstance(key, str) else None

    def listed(self) -> Iterable[int]:
        """The numbers of all tasks that have a row, in order."""
        return chain.from_iterable(section.listed for section in self.order.sections)

    def version(self, index: int, /) -> Hashable:
        """What the row says: rows that say the same look the same."""
        return self.cells(index)

    def cells(self, index: int, /) -> tuple[Cell, ...]:
        """What a row says."""
        section = self.order.section_at(index)
        if section is not None:
            note = f" · {section.note}" if section.note else ""
            of = f" of {section.of:,}" if section.of > len(section.numbers) else ""
            sign = _FOLDED if section.folded else _OPEN
            said = ((f"{section.title} ", ""), (f"{len(section.numbers):,}{of}{note}", "quiet"))
            return said, sign[self._ascii]
        number, line = self.order.number_at(index), self.order.line_at(index)
        if line:
            return (self._line_of_output(number, line),)
        cells = self._cells.get(number)
        if cells is None:
            cells = self._cells[number] = self._describe(number)
        return cells

    def _line_of_output(self, number: int, line: int) -> Cell:
        lines = self._output(number)
        if lines is None:
            return ""
        if not lines and line == 1:
            lines = ("no output",)
        return ((f"{_BELOW[self._ascii]} {lines[line - 1]}", "quiet"),) if line <= len(lines) else ""

    def _describe(self, number: int) -> tuple[Cell, ...]:
        task = self._tasks.get(number)
        if task is None:  # forgotten since the order was made; the next one is on its way
            return ()
        why = self._explain(task) if task.state is TaskState.QUEUED else Explanation()
        facts = RowFacts(self._now, why, self._progress.get(number), self._ascii)
        return cells_of(task, facts, self._columns)

    def _explain(self, task: Task) -> Explanation:
        if self._why is None:
            self._why = reasons_of(self._client.state, self._client.place.limits)
        return self._why(task)
