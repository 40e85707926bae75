"""Questions that only read: ``queue``, ``show``, ``history``, ``explain``. Pure functions of a state.

The same code answers for a running scheduler and, from the replayed journal, when none runs.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice

from msgspec import Struct

from ant_tui.api.describing import Describer
from ant_tui.api.documents import ExplainDocument, ExplainedTask, QueueDocument, TaskDocument, TasksDocument
from ant_tui.api.schema import History, Queue, Selection
from ant_tui.api.verbs.choosing import choose, states_named
from ant_tui.core.explain import Explanation, reasons_of
from ant_tui.core.policy import Limits
from ant_tui.core.state import State
from ant_tui.core.task import Task, TaskState
from ant_tui.errors import NoSuchTask
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["View", "describe", "described", "explain", "history", "queue", "show"]

_RECENT = 20
"""How many of the tasks that ended lately a plain list shows."""


class View(Struct, frozen=True):
    """A state and what is needed to describe it.

    Attributes:
        state: what is read; not changed.
        jobs_dir: directory of the job directories.
        machine: name of this machine.
        limits: bounds in force, for explanations.
        trouble: what keeps the scheduler from its work, or from a part of it.
        halted: why nothing at all can be started.
        now: epoch seconds.
    """

    state: State
    jobs_dir: str
    machine: str
    limits: Limits = Limits()
    trouble: str = ""
    halted: str = ""
    now: float = 0.0

    @classmethod
    def of(cls, scheduler: Scheduler) -> View:
        """The view of a running scheduler at this moment."""
        options = scheduler.options
        return cls(
            state=scheduler.state,
            jobs_dir=options.jobs_dir,
            machine=options.machine,
            limits=options.limits,
            trouble=scheduler.trouble,
            halted=scheduler.halted,
            now=time.time(),
        )


def describe(view: View, task: Task) -> TaskDocument:
    """One task as a document."""
    return described(view, (task,))[0]


def described(view: View, tasks: Iterable[Task], *, secrets: bool = False) -> tuple[TaskDocument, ...]:
    """Tasks as documents, in their order; with ``secrets`` also the values of variables that look secret."""
    describer = Describer(
        reasons_of(view.state, view.limits),
        now=view.now,
        jobs_dir=view.jobs_dir,
        machine=view.machine,
        secrets=secrets,
    )
    return describer.all(tasks)


def queue(view: View, request: Queue) -> QueueDocument:
    """List tasks: what runs, what waits in queue order, what ended lately."""
    state = view.state
    tasks: Iterable[Task]
    if request.states or request.tag or request.all:
        wanted = frozenset(states_named(request.states))
        tasks = (t for t in _in_order(state, _all_ended(state)) if not wanted or t.state in wanted)
        if request.tag:
            tasks = (task for task in tasks if request.tag in task.tags)
    else:
        tasks = _in_order(state, _newest_ended(state, _RECENT))
    if request.text:
        words = request.text.lower().split()
        tasks = (task for task in tasks if _mentions(task, words))
    chosen = islice(tasks, request.limit) if request.limit > 0 else tasks
    counts = {word.value: state.counts[word] for word in TaskState if word is not TaskState.RECOVERABLE}
    return QueueDocument(described(view, chosen, secrets=request.secrets), counts, state.paused, view.trouble)


def show(view: View, request: Selection) -> TasksDocument:
    """Everything about some tasks.

    Raises:
        NoSuchTask: a name means none.
    """
    tasks, missing = choose(view.state, request, lambda task: True)
    if missing:
        raise NoSuchTask(missing[0].message, reasons=tuple(outcome.message for outcome in missing))
    return TasksDocument(described(view, tasks, secrets=request.secrets))


def history(view: View, request: History) -> TasksDocument:
    """Ended tasks, oldest end first."""
    state = view.state
    tasks = [state.tasks[number] for number in state.ended]
    if request.failed:
        tasks = [task for task in tasks if task.state is not TaskState.COMPLETED]
    if request.since is not None:
        tasks = [task for task in tasks if (task.ended_at or 0) >= request.since]
    if request.text:
        words = request.text.lower().split()
        tasks = [task for task in tasks if _mentions(task, words)]
    if request.limit >= 0:
        tasks = tasks[len(tasks) - min(request.limit, len(tasks)) :]
    return TasksDocument(described(view, tasks))


def explain(view: View, request: Selection) -> ExplainDocument:
    """Say why tasks wait, or what they do instead.

    Raises:
        NoSuchTask: a name means none.
    """
    tasks, missing = choose(view.state, request, lambda task: task.state is TaskState.QUEUED)
    if missing:
        raise NoSuchTask(missing[0].message, reasons=tuple(outcome.message for outcome in missing))
    why = reasons_of(view.state, view.limits)
    return ExplainDocument(tuple(_explained(view, task, why(task)) for task in tasks))


def _explained(view: View, task: Task, why: Explanation) -> ExplainedTask:
    position = None
    sentence = why.sentence
    if task.state is TaskState.QUEUED:
        position = view.state.queue.index(task.queue_key) + 1
        if view.halted:
            sentence = f"{sentence}; {view.halted}" if sentence else view.halted
    else:
        attempt = task.attempt
        left = attempt.leftovers if attempt is not None else ""
        sentence = f"it is {task.state}" + (f": {task.detail or left}" if task.detail or left else "")
    return ExplainedTask(task.id, task.number, task.state.value, why.reason, sentence, position)


def _in_order(state: State, ended: Iterable[Task]) -> Iterable[Task]:
    """What runs by its start, what waits by the queue, then what has ended."""
    for number in state.active:
        yield state.tasks[number]
    for key in state.queue:
        yield state.tasks[key[2]]
    yield from ended


def _all_ended(state: State) -> Iterable[Task]:
    return (state.tasks[number] for number in reversed(state.ended))


def _newest_ended(state: State, count: int) -> Iterable[Task]:
    return (state.tasks[number] for number, _ in zip(reversed(state.ended), range(count), strict=False))


def _mentions(task: Task, words: list[str]) -> bool:
    """Whether every word occurs somewhere in a task."""
    spec = task.spec
    variables = " ".join(f"{name}={value}" for name, value in spec.variables.items())
    text = f"{task.id} {task.number} {task.state} {spec.command} {spec.workdir} {' '.join(task.tags)} {variables}"
    return all(word in text.lower() for word in words)
