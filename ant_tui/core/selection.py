"""How people name tasks: ``train``, ``7``, ``3-9``, ``3,5,9``, ``last``, ``@``, and selectors. Text → numbers."""

from __future__ import annotations

from collections.abc import Iterable

from ant_tui.core.state import State
from ant_tui.core.task import Task, TaskState

__all__ = ["NotFound", "matching", "select"]


class NotFound(LookupError):
    """A name that means no known task; ``args[0]`` is the name."""


def select(state: State, names: Iterable[str]) -> list[Task]:
    """Find the tasks that names mean, in the order of the names, each once.

    A name is an id, a number, a range of numbers ``3-9`` (those in it that exist), several of these joined by commas,
    or ``last`` or ``@`` for the task submitted last.

    Raises:
        NotFound: one of them means no task.
    """
    found: dict[int, Task] = {}
    for name in names:
        for task in _named(state, name):
            found[task.number] = task
    return list(found.values())


def _named(state: State, name: str) -> list[Task]:
    if (number := state.ids.get(name)) is not None:
        return [state.tasks[number]]
    if name in ("last", "@"):
        if not state.tasks:
            raise NotFound(name)
        return [state.tasks[max(state.tasks)]]
    if "," in name:
        parts = [part for part in name.split(",") if part]
        if not parts:
            raise NotFound(name)
        return [task for part in parts for task in _named(state, part)]
    if _is_number(name):
        if (task := state.tasks.get(int(name))) is None:
            raise NotFound(name)
        return [task]
    first, dash, last = name.partition("-")
    if dash and _is_number(first) and _is_number(last):
        wanted = range(int(first), min(int(last), state.next_number - 1) + 1)
        if tasks := [state.tasks[number] for number in wanted if number in state.tasks]:
            return tasks
    raise NotFound(name)


def matching(state: State, states: Iterable[TaskState] = (), tag: str = "") -> list[Task]:
    """The tasks in any of some states and with a tag, by number; no state means every state."""
    wanted = frozenset(states)
    tasks = (t for t in state.tasks.values() if (not wanted or t.state in wanted) and (not tag or tag in t.tags))
    return sorted(tasks, key=lambda task: task.number)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
