"""The state of a scheduler, and the only place where it changes.

Two rules. Everything that affects what the scheduler does lives here or in ``cluster``; and this file does not know who
feeds it: the live scheduler, the journal at start-up, a remote screen's mirror and a simulation all call ``apply`` with
the same events and get equal states.

Theory of operation. Tasks are frozen values in one dictionary by number; what an event makes of one of them is in
``transitions``. Beside the tasks stand indices that
are functions of them: ids and keys, the queue in its one order, the lines in which equal requests wait (so that a
decision looks at one task per kind of request, not at a hundred thousand), what is active, what has ended, and counts.
``invariants`` recomputes them all and is what the tests call after every event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from msgspec.structs import replace
from sortedcontainers import SortedList

from ant_tui.core import events as ev
from ant_tui.core.cluster import Cluster
from ant_tui.core.image import Slot, StateImage
from ant_tui.core.resources import ResourceRequest
from ant_tui.core.task import ACTIVE, ENDED, Aside, Group, QueueKey, Task, TaskState
from ant_tui.core.transitions import TRANSITIONS, changed

__all__ = ["State", "WrongTransition"]

_UNDECIDED = ACTIVE | {TaskState.QUEUED}


class WrongTransition(ValueError):
    """An event came that the task's state does not allow: a defect of whoever made the event."""


class State:
    """Tasks, queue and GPUs of one scheduler."""

    def __init__(self) -> None:
        self.tasks: dict[int, Task] = {}
        self.ids: dict[str, int] = {}
        self.keys: dict[str, int] = {}
        self.queue: Any = SortedList()
        """Every queued task's ``QueueKey``, held ones too, in order."""
        self.lines: dict[ResourceRequest, Any] = {}
        """The queued tasks that are not held, in order, one sorted list per kind of request."""
        self.active: dict[int, None] = {}
        """Numbers of the tasks that hold resources, oldest start first."""
        self.ended: dict[int, None] = {}
        """Numbers of the tasks that have ended, oldest end first."""
        self.active_cpu_tasks = 0
        """How many of the active tasks hold no GPU."""
        self.files: dict[str, tuple[int, ...]] = {}
        """Numbers of the tasks that are queued or active, by the files that their output is to go to."""
        self.counts: Counter[TaskState] = Counter()
        self.environments: dict[str, Mapping[str, str]] = {}
        self.environment_users: Counter[str] = Counter()
        """How many tasks refer to an environment; it goes with the last of them."""
        self.cluster = Cluster()
        self.workspace: dict[str, Any] = {}
        """Variables that are applied to new tasks, by name; values as JSON."""
        self.slots: dict[int, Slot] = {}
        """Saved sets of variables, by slot number from 1."""
        self.paused = False
        self.next_number = 1
        self.session = ""
        self.scheduler_pid = 0
        self._handlers: Mapping[type[ev.Event], Callable[[Any], None]] = {
            ev.TaskSubmitted: self._submitted,
            ev.TaskForgotten: self._forgotten,
            ev.EnvironmentRecorded: self._environment_recorded,
            ev.SchedulerStarted: self._scheduler_started,
            ev.SchedulerStopped: self._scheduler_stopped,
            ev.QueuePaused: self._paused,
            ev.QueueUnpaused: self._unpaused,
            ev.GpusSwitched: self._gpus_switched,
            ev.GpusObserved: self._gpus_observed,
            ev.WorkspaceChanged: self._workspace_changed,
            ev.SlotChanged: self._slot_changed,
            ev.LeftAside: self._left_aside,
            ev.TasksRestored: self._restored,
            ev.TasksHidden: self._hidden,
        }
        self._objections: Mapping[type[ev.Event], Callable[[Task, Any], str]] = {
            ev.TaskStarting: self._starting_objection,
            ev.TaskStarted: self._started_objection,
            ev.TaskNotStarted: self._started_objection,
            ev.TaskExited: self._attempt_objection,
            ev.TaskEnded: self._ended_objection,
            ev.TaskMoved: self._moved_objection,
            ev.TaskRenamed: self._renamed_objection,
            ev.TaskEdited: self._edited_objection,
        }

    # -- change ------------------------------------------------------------------------------------------------

    def apply(self, event: ev.Event) -> None:
        """Let an event happen.

        Raises:
            WrongTransition: the event does not fit the state; nothing has changed.
        """
        kind = type(event)
        handler = self._handlers.get(kind)
        if handler is not None:
            handler(event)
            return
        number: int = event.number  # type: ignore[union-attr]
        task = self.tasks.get(number)
        if task is None:
            raise WrongTransition(f"{kind.__name__}: there is no task {number}")
        allowed, follows = TRANSITIONS[kind]
        if task.state not in allowed:
            raise WrongTransition(f"{kind.__name__}: task {number} is {task.state}")
        object_to = self._objections.get(kind)
        if object_to is not None and (objection := object_to(task, event)):
            raise WrongTransition(f"{kind.__name__}: task {number} {objection}")
        self._replace(task, changed(task, event, follows))

    # Why an event may not come although the table allows it, for those kinds where that can be; empty when it may.

    def _starting_objection(self, task: Task, event: ev.TaskStarting) -> str:
        if event.attempt <= task.starts:
            return f"has had attempt {event.attempt}"
        uuids = {gpu.uuid for gpu in event.gpus}
        if len(uuids) < len(event.gpus) or not uuids.isdisjoint(self.cluster.holders):
            return "is given a GPU that is taken"
        return ""

    def _started_objection(self, task: Task, event: ev.TaskStarted | ev.TaskNotStarted) -> str:
        if objection := self._attempt_objection(task, event):
            return objection
        latest = task.attempts[-1]
        if latest.started_at is not None:
            return "has started already"
        if latest.exited_at is not None and isinstance(event, ev.TaskNotStarted):
            return "has run already"
        return ""

    def _attempt_objection(self, task: Task, event: ev.TaskStarted | ev.TaskNotStarted | ev.TaskExited) -> str:
        latest = task.attempts[-1].number if task.attempts else 0
        return f"is in attempt {latest}, not {event.attempt}" if event.attempt != latest else ""

    def _ended_objection(self, _: Task, event: ev.TaskEnded) -> str:
        return "" if event.state in ENDED else f"cannot end as {event.state}"

    def _moved_objection(self, _: Task, event: ev.TaskMoved) -> str:
        return "" if isfinite(event.position) else f"cannot be moved to {event.position}"

    def _renamed_objection(self, task: Task, event: ev.TaskRenamed) -> str:
        free = self.ids.get(event.id, task.number) == task.number
        return "" if free else f"cannot take the id {event.id!r}, which another has"

    def _edited_objection(self, task: Task, event: ev.TaskEdited) -> str:
        free = self.keys.get(event.spec.key, task.number) == task.number
        return "" if free else f"cannot take the key {event.spec.key!r}, which another has"

    def _replace(self, old: Task, new: Task) -> None:
        """Put a new value in a task's place and bring every index up to date."""
        if new.id != old.id or new.spec is not old.spec or (new.aside is None) != (old.aside is None):
            self._forget_names(old)
            self._learn_names(new)
            self._drop_unused(old.spec.environment)
        self._leave(old)
        self.tasks[old.number] = new
        self._enter(new)

    def _learn_names(self, task: Task) -> None:
        if task.aside is None:
            self.ids[task.id] = task.number
        if task.spec.key and task.aside is None:
            self.keys[task.spec.key] = task.number
        self.environment_users[task.spec.environment] += 1

    def _forget_names(self, task: Task) -> None:
        if task.aside is None:
            del self.ids[task.id]
        if task.spec.key and task.aside is None:
            del self.keys[task.spec.key]
        self.environment_users[task.spec.environment] -= 1

    def _drop_unused(self, environment: str) -> None:
        if not self.environment_users[environment]:
            del self.environment_users[environment]
            self.environments.pop(environment, None)

    def _leave(self, task: Task) -> None:
        self.counts[task.state] -= 1
        if task.spec.output:
            self._leave_file(task)
        if task.state is TaskState.QUEUED:
            self.queue.remove(task.queue_key)
            if not task.held:
                line = self.lines[task.spec.resources]
                line.remove(task.queue_key)
                if not line:
                    del self.lines[task.spec.resources]
        elif task.state in ACTIVE:
            self.cluster.release(task.gpus)
            self.active_cpu_tasks -= not task.gpus

    def _enter(self, task: Task) -> None:
        self.counts[task.state] += 1
        if task.spec.output:
            self._enter_file(task)
        number = task.number
        if task.state is TaskState.RECOVERABLE:
            self.ended.pop(number, None)
        elif task.state is TaskState.QUEUED:
            self.active.pop(number, None)
            key = task.queue_key
            self.queue.add(key)
            if not task.held:
                line = self.lines.get(task.spec.resources)
                if line is None:
                    line = self.lines[task.spec.resources] = SortedList()
                line.add(key)
        elif task.state in ACTIVE:
            self.active[number] = None
            self.active_cpu_tasks += not task.gpus
            self.cluster.hold(task.gpus, number)
            if task.state is TaskState.COMPLETING:
                self.cluster.completing.update(gpu.uuid for gpu in task.gpus)
        elif task.state in ENDED:
            self.active.pop(number, None)
            self.ended[number] = None

    def _leave_file(self, task: Task) -> None:
        left = tuple(number for number in self.files.pop(task.spec.own_file, ()) if number != task.number)
        if left:
            self.files[task.spec.own_file] = left

    def _enter_file(self, task: Task) -> None:
        if task.state in _UNDECIDED:
            self.files[task.spec.own_file] = (*self.files.get(task.spec.own_file, ()), task.number)

    def _submitted(self, event: ev.TaskSubmitted) -> None:
        if event.number < self.next_number or event.id in self.ids or event.spec.key in self.keys:
            taken = f"number {event.number}, id {event.id!r} or key {event.spec.key!r}"
            raise WrongTransition(f"TaskSubmitted: {taken} is taken")
        task = Task(
            number=event.number,
            id=event.id,
            spec=event.spec,
            submitted_at=event.at,
            position=float(event.number),
            held=event.held,
            tags=event.tags,
            session=self.session,
        )
        self.next_number = event.number + 1
        self._add(task)

    def _add(self, task: Task) -> None:
        self.tasks[task.number] = task
        self._learn_names(task)
        self._enter(task)

    def _forgotten(self, event: ev.TaskForgotten) -> None:
        task = self.tasks.get(event.number)
        if task is None or task.state not in TRANSITIONS[ev.TaskForgotten][0]:
            raise WrongTransition(f"TaskForgotten: task {event.number} cannot be forgotten")
        self.counts[task.state] -= 1
        del self.tasks[event.number]
        self.ended.pop(event.number, None)
        self._forget_names(task)
        self._drop_unused(task.spec.environment)

    def _environment_recorded(self, event: ev.EnvironmentRecorded) -> None:
        self.environments[event.digest] = event.variables

    def _scheduler_started(self, event: ev.SchedulerStarted) -> None:
        self.session = event.session
        self.scheduler_pid = event.pid

    def _scheduler_stopped(self, _: ev.SchedulerStopped) -> None:
        self.scheduler_pid = 0

    def _paused(self, _: ev.QueuePaused) -> None:
        self.paused = True

    def _unpaused(self, _: ev.QueueUnpaused) -> None:
        self.paused = False

    def _gpus_switched(self, event: ev.GpusSwitched) -> None:
        self.cluster.disabled = frozenset(event.disabled)
        self.cluster.removed = frozenset(event.removed)

    def _gpus_observed(self, event: ev.GpusObserved) -> None:
        self.cluster.observe(event.gpus, event.reason)

    def _workspace_changed(self, event: ev.WorkspaceChanged) -> None:
        self.workspace = dict(event.values)

    def _slot_changed(self, event: ev.SlotChanged) -> None:
        if event.values is None:
            self.slots.pop(event.slot, None)
        else:
            self.slots[event.slot] = Slot(event.name, event.values, event.at)

    # -- what earlier sessions left ----------------------------------------------------------------------------

    def _left_aside(self, event: ev.LeftAside) -> None:
        groups = (
            (Group.INTERRUPTED, event.interrupted, frozenset({TaskState.LOST})),
            (Group.QUEUED, event.queued, frozenset({TaskState.QUEUED})),
            (Group.COMPLETED, event.completed, ENDED),
        )
        for group, numbers, fitting in groups:
            for number in numbers:
                if number not in self.tasks or self.tasks[number].state not in fitting:
                    raise WrongTransition(f"LeftAside: task {number} is not {group}")
        for group, numbers, _ in groups:
            for number in numbers:
                task = self.tasks[number]
                aside = Aside(group, task.state, event.session, event.at)
                self._replace(task, replace(task, state=TaskState.RECOVERABLE, aside=aside))

    def _restored(self, event: ev.TasksRestored) -> None:
        tasks = self._aside(event.numbers)
        ids = {task.id for task in tasks}
        if len(ids) < len(tasks) or any(task.id in self.ids for task in tasks):
            raise WrongTransition("TasksRestored: an id is taken")
        keys = [task.spec.key for task in tasks if task.spec.key]
        if len(set(keys)) < len(keys) or any(key in self.keys for key in keys):
            raise WrongTransition("TasksRestored: a key is taken")
        for task in tasks:
            assert task.aside is not None
            if task.aside.group is Group.COMPLETED:
                back = replace(task, state=task.aside.was, aside=None)
            else:
                back = replace(task, state=TaskState.QUEUED, aside=None, detail="", ended_at=None)
            self._replace(task, back)

    def _hidden(self, event: ev.TasksHidden) -> None:
        for task in self._aside(event.numbers):
            assert task.aside is not None
            self._replace(task, replace(task, aside=replace(task.aside, hidden=event.hidden)))

    def _aside(self, numbers: tuple[int, ...]) -> list[Task]:
        tasks = [task for number in dict.fromkeys(numbers) if (task := self.tasks.get(number)) and task.aside]
        if len(tasks) < len(numbers):
            raise WrongTransition("a task is named that is not set aside")
        return tasks

    # -- questions ---------------------------------------------------------------------------------------------

    def queued(self) -> list[Task]:
        """Every queued task in queue order."""
        tasks = self.tasks
        return [tasks[key[2]] for key in self.queue]

    def environment_of(self, task: Task) -> dict[str, str]:
        """The variables that a task was submitted with: those taken along, then its own, which are stronger."""
        return {**self.environments.get(task.spec.environment, {}), **task.spec.variables}

    # -- image -------------------------------------------------------------------------------------------------

    def image(self) -> StateImage:
        """A value that holds everything that was recorded (not what was observed)."""
        return StateImage(
            next_number=self.next_number,
            paused=self.paused,
            session=self.session,
            disabled=tuple(sorted(self.cluster.disabled)),
            removed=tuple(sorted(self.cluster.removed)),
            environments=dict(self.environments),
            tasks=tuple(self.tasks.values()),
            active=tuple(self.active),
            ended=tuple(self.ended),
            scheduler_pid=self.scheduler_pid,
            workspace=self.workspace,
            slots=tuple(sorted(self.slots.items())),
        )

    @classmethod
    def from_image(cls, image: StateImage) -> State:
        """The state that an image was made of."""
        state = cls()
        state.next_number, state.paused, state.session = image.next_number, image.paused, image.session
        state.scheduler_pid = image.scheduler_pid
        state.workspace, state.slots = dict(image.workspace), dict(image.slots)
        state.environments = dict(image.environments)
        state.cluster.disabled, state.cluster.removed = frozenset(image.disabled), frozenset(image.removed)
        state.active, state.ended = dict.fromkeys(image.active), dict.fromkeys(image.ended)
        lines: dict[ResourceRequest, list[QueueKey]] = {}
        queue: list[QueueKey] = []
        for task in image.tasks:
            if task.state is TaskState.QUEUED:
                queue.append(key := task.queue_key)
                if not task.held:
                    lines.setdefault(task.spec.resources, []).append(key)
                state.tasks[task.number] = task
                state._learn_names(task)
                state.counts[task.state] += 1
                if task.spec.output:
                    state._enter_file(task)
            else:
                state._add(task)
        state.queue = SortedList(queue)
        state.lines = {request: SortedList(keys) for request, keys in lines.items()}
        return state

    def invariants(self) -> list[str]:
        """Everything that is wrong with the state, as sentences; empty when it is sound. For tests."""
        tasks = self.tasks.values()
        queued = sorted(t.queue_key for t in tasks if t.state is TaskState.QUEUED)
        lines: dict[ResourceRequest, list[QueueKey]] = {}
        for task in (self.tasks[key[2]] for key in queued):
            if not task.held:
                lines.setdefault(task.spec.resources, []).append(task.queue_key)
        files: dict[str, set[int]] = {}
        for task in tasks:
            if task.spec.output and task.state in _UNDECIDED:
                files.setdefault(task.spec.own_file, set()).add(task.number)
        active = [t for t in tasks if t.state in ACTIVE]
        held = [(gpu.uuid, t.number) for t in active for gpu in t.gpus]
        completing = {gpu.uuid for t in active if t.state is TaskState.COMPLETING for gpu in t.gpus}
        kept_and_true: dict[str, tuple[object, object]] = {
            "the counts": (+self.counts, Counter(t.state for t in tasks)),
            "the ids": (self.ids, {t.id: t.number for t in tasks}),
            "the keys": (self.keys, {t.spec.key: t.number for t in tasks if t.spec.key and t.aside is None}),
            "the environments' users": (self.environment_users, Counter(t.spec.environment for t in tasks)),
            "the queue": (list(self.queue), queued),
            "the lines": ({request: list(line) for request, line in self.lines.items()}, lines),
            "the files": ({path: set(numbers) for path, numbers in self.files.items()}, files),
            "the active ones": (set(self.active), {t.number for t in active}),
            "the ended ones": (set(self.ended), {t.number for t in tasks if t.state in ENDED}),
            "the active ones without a GPU": (self.active_cpu_tasks, sum(not t.gpus for t in active)),
            "the holders": (self.cluster.holders, dict(held)),
            "the completing GPUs": (self.cluster.completing, completing),
        }
        wrong = [f"{what} differ from the tasks" for what, (kept, true) in kept_and_true.items() if kept != true]
        if len({uuid for uuid, _ in held}) != len(held):
            wrong.append("a GPU is held by two tasks")
        if any(number >= self.next_number for number in self.tasks):
            wrong.append("a number was given that is not below the next one")
        return wrong
