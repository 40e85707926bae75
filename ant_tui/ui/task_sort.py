"""The orders in which tasks can be listed, and the keeping of one while tasks come, change and go.

A long list is sorted once; after that only what is new or has changed is put into its place, so that a list of
100,000 tasks stays sorted while they end by the dozen. Nothing here knows sections, filters or widgets.
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from ant_tui.core.task import Task, TaskState

__all__ = ["ORDERS", "QUEUE_ORDER", "By", "SortedNumbers", "TaskSort", "natural", "sort_for_column", "sort_named"]

By = Literal["queue", "ended", "name", "started"]

_WORDS: Mapping[tuple[By, bool], str] = {
    ("queue", False): "queue order",
    ("ended", False): "ended, newest first",
    ("ended", True): "ended, oldest first",
    ("name", False): "name, A to Z",
    ("name", True): "name, Z to A",
    ("started", False): "started, newest first",
    ("started", True): "started, oldest first",
}


class TaskSort(Struct, frozen=True):
    """One order of the tasks in each section.

    Attributes:
        by: what is compared; ``queue`` is the order in which tasks start and ended.
        reverse: the other way round; a queue is never shown so.
    """

    by: By = "queue"
    reverse: bool = False

    @property
    def words(self) -> str:
        """How it is called."""
        return _WORDS[self.by, self.reverse and self.by != "queue"]

    @property
    def moves_the_queue(self) -> bool:
        """Whether waiting tasks stand in another order than that in which they will start."""
        return self.by == "name"

    @property
    def descends(self) -> bool:
        """Whether what is greater stands further up: of times, the newest comes first unless reversed."""
        return (self.by != "name") is not self.reverse

    def reversed(self) -> TaskSort:
        """The other way round."""
        return self if self.by == "queue" else replace(self, reverse=not self.reverse)


QUEUE_ORDER = TaskSort()
ORDERS: Sequence[TaskSort] = tuple(TaskSort(by, reverse) for by, reverse in _WORDS)
"""The queue's order, and the six others (row 272)."""


def sort_named(by: str, reverse: bool) -> TaskSort:
    """The order that was called so once; that of the queue where there is none like it (any more)."""
    return next((sort for sort in ORDERS if (sort.by, sort.reverse) == (by, reverse)), QUEUE_ORDER)


_COLUMNS: Mapping[str, By] = {"id": "name", "state": "ended", "time": "started"}


def sort_for_column(column: str, now: TaskSort) -> TaskSort:
    """What a click on a column's title asks for: its order, then that the other way round, then the queue's again."""
    by = _COLUMNS.get(column, "queue")
    if by != now.by:
        return TaskSort(by)
    return QUEUE_ORDER if now.reverse else now.reversed()


_DIGITS = re.compile("[0-9]+")
_LONGEST_NUMBER = 20


def natural(text: str) -> str:
    """A text as people sort it: numbers of up to 20 digits by value, capitals like small letters."""
    return _DIGITS.sub(lambda found: found[0].zfill(_LONGEST_NUMBER), text.lower())


def _started(task: Task) -> float | None:
    attempt = task.attempt
    return None if attempt is None or task.state is TaskState.QUEUED else attempt.started_at


_KEYS: Mapping[By, Callable[[Task], Any]] = {
    "ended": lambda task: task.ended_at,
    "name": lambda task: natural(task.id),
    "started": _started,
}


class SortedNumbers:
    """Numbers of tasks in one order; what has no key in it (a time that has not come) stands last, as it stood."""

    def __init__(self, sort: TaskSort) -> None:
        """Keep an order, which is not that of the queue."""
        self._descends = sort.descends
        self._key = _KEYS[sort.by]
        self._given: list[int] = []
        self._members: set[int] = set()
        self._rising: list[int] = []
        self._result: list[int] = []

    def arranged(self, tasks: Mapping[int, Task], given: list[int], touched: Set[int]) -> list[int]:
        """Sort.

        Args:
            tasks: all tasks by number.
            given: the numbers to be sorted, all of them in ``tasks``; not changed by anybody afterwards.
            touched: the tasks that may have changed since this was last called.

        Returns:
            The numbers in order; to be left as it is.
        """
        if given == self._given and touched.isdisjoint(self._members):
            return self._result
        members = set(given)
        new = (members - self._members) | (touched & members)
        gone = (self._members - members) | new

        def key(number: int) -> tuple[Any, int]:
            return self._key(tasks[number]), number

        if len(new) > max(16, len(members) // 50):
            of = self._key
            keys = {number: found for number in sorted(given) if (found := of(tasks[number])) is not None}
            self._rising = sorted(keys, key=keys.__getitem__)  # equal ones stay as they are: by number
        else:
            if gone:
                self._rising = [number for number in self._rising if number not in gone]
            for number in new:
                if self._key(tasks[number]) is not None:
                    insort(self._rising, number, key=key)
        self._given, self._members = given, members
        return self._show()

    def turn(self, sort: TaskSort) -> None:
        """Show the same order the other way round, or as it was."""
        self._descends = sort.descends
        self._show()

    def _show(self) -> list[int]:
        result = self._rising[::-1] if self._descends else self._rising[:]
        if len(result) < len(self._given):
            there = set(result)
            result += [number for number in self._given if number not in there]
        self._result = result
        return result
