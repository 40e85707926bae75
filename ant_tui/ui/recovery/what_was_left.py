"""What earlier sessions left, arranged for people: by tab, session and group, filtered and sorted. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ant_tui.api.verbs.recovering import left, left_at
from ant_tui.core.state import State
from ant_tui.core.task import Group, Task
from ant_tui.ui.word_search import has_all

__all__ = ["Left", "Order", "Part", "Tab", "look_back", "parts"]


class Tab(StrEnum):
    """The tabs of the dialog."""

    LAST = "Last session"
    EARLIER = "Earlier sessions"
    HIDDEN = "Hidden"


class Order(StrEnum):
    """How entries are sorted inside their group."""

    AS_LEFT = "as they were left"
    ID = "by id"
    NEWEST = "newest first"
    LONGEST = "longest run first"
    COMMAND = "by command"


@dataclass(frozen=True, slots=True)
class Left:
    """Everything that was left.

    Attributes:
        tabs: the tasks in each tab, in the order in which they were left.
        last_at: epoch seconds at which the tasks of the last session were set aside; None where there are none.
        sessions: how many earlier sessions there are.
    """

    tabs: dict[Tab, tuple[Task, ...]]
    last_at: float | None = None
    sessions: int = 0

    @property
    def first(self) -> Tab:
        """The first tab in which there is something."""
        return next((tab for tab in Tab if self.tabs[tab]), Tab.LAST)

    def __len__(self) -> int:
        return sum(map(len, self.tabs.values()))


@dataclass(frozen=True, slots=True)
class Part:
    """The tasks of one group that one session left.

    Attributes:
        group: which.
        at: epoch seconds at which they were set aside; None where it goes without saying.
        tasks: in order.
    """

    group: Group
    at: float | None
    tasks: Sequence[Task]


def look_back(state: State) -> Left:
    """Find what was left; the newest session that left something in sight is the last one."""
    sessions: dict[str, list[Task]] = {}
    hidden: list[Task] = []
    for task in left(state):
        assert task.aside is not None
        if task.aside.hidden:
            hidden.append(task)
        else:
            sessions.setdefault(task.aside.session, []).append(task)
    newest_first = sorted(sessions.values(), key=left_at, reverse=True)
    last, earlier = newest_first[:1], newest_first[1:]
    tabs = {
        Tab.LAST: tuple(task for tasks in last for task in tasks),
        Tab.EARLIER: tuple(task for tasks in earlier for task in tasks),
        Tab.HIDDEN: tuple(hidden),
    }
    return Left(tabs, left_at(last[0]) if last else None, len(earlier))


def parts(tab: Tab, tasks: Sequence[Task], words: str, order: Order) -> list[Part]:
    """Arrange one tab: by session and group in the earlier sessions, by group alone elsewhere.

    Args:
        tab: which.
        tasks: what is in it.
        words: only tasks in which all of them occur.
        order: inside each part.
    """
    wanted = words.lower().split()
    found: dict[tuple[str, Group], list[Task]] = {}
    for task in tasks:
        assert task.aside is not None
        if not wanted or has_all(wanted, _searched(task)):
            found.setdefault((task.aside.session if tab is Tab.EARLIER else "", task.aside.group), []).append(task)
    arranged = list(found.items())
    if tab is not Tab.EARLIER:
        ranks = list(Group)
        arranged.sort(key=lambda item: ranks.index(item[0][1]))
    sort = _SORTS[order]
    return [
        Part(group, left_at(some) if tab is Tab.EARLIER else None, sorted(some, key=sort) if sort else some)
        for (_, group), some in arranged
    ]


def _searched(task: Task) -> tuple[str, ...]:
    assert task.aside is not None
    spec = task.spec
    return (task.id, str(task.number), task.aside.group, task.aside.was, spec.command, spec.workdir, *task.tags)


_DIGITS = re.compile(r"(\d+)")


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """So that ``run-10`` comes behind ``run-9``."""
    return tuple((int(piece), "") if piece.isdecimal() else (-1, piece) for piece in _DIGITS.split(text.lower()))


def _ran(task: Task) -> float:
    """Seconds; less than any number of them for what never ran."""
    took = task.runtime(task.aside.at if task.aside else 0.0)
    return -1.0 if took is None else took


_SORTS: dict[Order, Callable[[Task], Any] | None] = {
    Order.AS_LEFT: None,
    Order.ID: lambda task: _natural(task.id),
    Order.NEWEST: lambda task: -task.submitted_at,
    Order.LONGEST: lambda task: -_ran(task),
    Order.COMMAND: lambda task: task.spec.command,
}
