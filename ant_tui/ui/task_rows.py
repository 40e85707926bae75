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
        ascii_only: bool = False,
    ) -> None:
        """Show an order.

        Args:
            client: whose tasks; its state is read anew at each ``refresh``.
            order: which tasks, where.
            columns: the table's.
            now: epoch seconds.
            progress: how far running tasks are, by number; read whenever a row is described.
            ascii_only: draw without anything but ASCII.
        """
        self.order = order
        self._client = client
        self._columns = tuple(columns)
        self._progress = progress
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

    def key(self, index: int, /) -> Hashable:
        """The number of a row's task; the title of a heading."""
        section = self.order.section_at(index)
        return self.order.number_at(index) if section is None else section.title

    def index_of(self, key: Hashable, /) -> int | None:
        """Where a task stands."""
        return self.order.place_of(key) if isinstance(key, int) else None

    def listed(self) -> Iterable[int]:
        """The numbers of all tasks, in order."""
        return chain.from_iterable(section.numbers for section in self.order.sections)

    def version(self, index: int, /) -> Hashable:
        """What the row says: rows that say the same look the same."""
        return self.cells(index)

    def cells(self, index: int, /) -> tuple[Cell, ...]:
        """What a row says."""
        section = self.order.section_at(index)
        if section is not None:
            note = f" · {section.note}" if section.note else ""
            of = f" of {section.of:,}" if section.of > len(section.numbers) else ""
            return (((f"{section.title} ", ""), (f"{len(section.numbers):,}{of}{note}", "quiet")),)
        number = self.order.number_at(index)
        cells = self._cells.get(number)
        if cells is None:
            cells = self._cells[number] = self._describe(number)
        return cells

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
