"""Which tasks a verb is for, and reporting on each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from ant_tui.api.documents import OutcomeDocument, OutcomesDocument
from ant_tui.core.selection import NotFound, matching, select
from ant_tui.core.state import State
from ant_tui.core.task import Task, TaskState
from ant_tui.errors import AntError, NoSuchTask, UsageError

__all__ = ["Chooser", "choose", "failed", "no_such_task", "one", "outcomes", "states_named", "worked"]


class Chooser(Protocol):
    """What every request that names tasks has."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """Ids, numbers, ranges, lists."""

    @property
    def states(self) -> tuple[str, ...]:
        """Every task in one of these states."""

    @property
    def tag(self) -> str:
        """Every task with this tag."""

    @property
    def all(self) -> bool:
        """Every task that the verb can be applied to."""


def choose(
    state: State, request: Chooser, applicable: Callable[[Task], bool]
) -> tuple[list[Task], list[OutcomeDocument]]:
    """Find the tasks that a request means.

    Args:
        state: where to look.
        request: names, or selectors, or both (then tasks that were named are taken whatever their state).
        applicable: narrows what ``all``, ``states`` and ``tag`` select, so that they never produce refusals.

    Returns:
        The tasks, each once, and an outcome for every name that means none.

    Raises:
        UsageError: nothing was named, or a state that does not exist.
    """
    found: dict[int, Task] = {}
    missing: list[OutcomeDocument] = []
    for name in request.tasks:
        try:
            found.update((task.number, task) for task in select(state, [name]))
        except NotFound:
            missing.append(no_such_task(name))
    if request.states or request.tag or request.all:
        for task in matching(state, states_named(request.states), request.tag):
            if applicable(task):
                found.setdefault(task.number, task)
    elif not request.tasks:
        raise UsageError("No task was named: give an id, a number, a range, or --state, --tag or --all.")
    return list(found.values()), missing


def one(state: State, name: str) -> Task:
    """Find the one task that a name means.

    Raises:
        NoSuchTask: there is none.
        UsageError: the name means several.
    """
    try:
        tasks = select(state, [name])
    except NotFound:
        raise NoSuchTask(no_such_task(name).message) from None
    if len(tasks) > 1:
        raise UsageError(f"'{name}' means {len(tasks)} tasks; this needs exactly one.")
    return tasks[0]


def states_named(names: Iterable[str]) -> list[TaskState]:
    """Read the names of states.

    Raises:
        UsageError: one of them is no state.
    """
    found: list[TaskState] = []
    for name in names:
        try:
            found.append(TaskState(name.strip().lower()))
        except ValueError:
            known = ", ".join(TaskState)
            raise UsageError(f"There is no state '{name}'; the states are {known}.") from None
    return found


def no_such_task(name: str) -> OutcomeDocument:
    """The outcome for a name that means no task."""
    return OutcomeDocument(id=name, ok=False, message=f"There is no task '{name}'.", kind=NoSuchTask.kind)


def worked(task: Task, message: str) -> OutcomeDocument:
    """The outcome for a task with which it worked."""
    return OutcomeDocument(id=task.id, ok=True, message=message, number=task.number)


def failed(task: Task, error: AntError) -> OutcomeDocument:
    """The outcome for a task with which it did not."""
    return OutcomeDocument(id=task.id, ok=False, message=error.sentence, number=task.number, kind=error.kind)


def outcomes(*groups: Iterable[OutcomeDocument]) -> OutcomesDocument:
    """Put outcomes together."""
    return OutcomesDocument(tuple(outcome for group in groups for outcome in group))
