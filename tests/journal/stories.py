"""What the journal's tests share: events that a state allows, an open journal, and a disk that fills up."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from hypothesis import strategies as st

from ant_tui.core import events as ev
from ant_tui.core.resources import GpuRef, ResourceRequest
from ant_tui.core.state import State, WrongTransition
from ant_tui.core.task import TaskSpec, TaskState
from ant_tui.core.transitions import TRANSITIONS
from ant_tui.journal.journal import Journal
from ant_tui.journal.writer import JournalFailure

_T = TypeVar("_T")
_PATIENCE = 30.0
"""Seconds after which something that must happen is given up; never waited for when all is well."""


def submitted(number: int, *, gpus: int = 0, environment: str = "") -> ev.TaskSubmitted:
    """The submission of a task."""
    spec = TaskSpec(
        command=f'echo \'{number}\n\' 2>/dev/null # {{"crc":"é\u2028',
        workdir="/tmp",
        resources=ResourceRequest(gpus=gpus),
        environment=environment,
        variables={"crc": "00000000"},
    )
    return ev.TaskSubmitted(at=1e9 + number / 7, number=number, id=f"task-{number}", spec=spec)


def after(events: Sequence[ev.RecordedEvent]) -> State:
    """The state after events."""
    state = State()
    for event in events:
        state.apply(event)
    return state


def stories(max_size: int = 60) -> st.SearchStrategy[list[ev.RecordedEvent]]:
    """Sequences of events of every kind, each of which fits the state that those before it made."""
    steps = st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 2**16)), max_size=max_size)
    return steps.map(_told)


def _told(steps: list[tuple[int, int]]) -> list[ev.RecordedEvent]:
    state, told = State(), []
    for choice, target in steps:
        event = _event(state, choice, target)
        try:
            state.apply(event)
        except WrongTransition:
            continue  # what the table of transitions cannot say; nothing has changed
        told.append(event)
    return told


def _event(state: State, choice: int, target: int) -> ev.RecordedEvent:
    """An event that the state allows."""
    at = 1e9 + target / 3
    possible = [
        (kind, number)
        for kind, (allowed, _) in TRANSITIONS.items()
        for number, task in state.tasks.items()
        if task.state in allowed
    ]
    if choice % 3 and possible:
        kind, number = possible[target % len(possible)]
        return _task_event(state, kind, number, at)
    others: list[ev.RecordedEvent] = [
        submitted(state.next_number, gpus=target % 3, environment="e" * (target % 2)),
        submitted(state.next_number + 3),
        ev.SchedulerStarted(at=at, pid=target, boot_id="boot", version="1", session=f"session {target}"),
        ev.SchedulerStopped(at=at, reason="asked to"),
        ev.EnvironmentRecorded(at=at, digest="e", variables={"PATH": "/bin", "ODD": "\t\"'\\ü"}),
        ev.QueuePaused(at=at),
        ev.QueueUnpaused(at=at),
        ev.GpusSwitched(at=at, disabled=("GPU-1",), removed=()),
    ]
    return others[target % len(others)]


def _task_event(state: State, kind: type[ev.Event], number: int, at: float) -> ev.RecordedEvent:
    task = state.tasks[number]
    attempt = len(task.attempts)
    made: dict[type[ev.Event], ev.RecordedEvent] = {
        ev.TaskEdited: ev.TaskEdited(at=at, number=number, spec=TaskSpec(command="true", workdir="/", priority=3)),
        ev.TaskMoved: ev.TaskMoved(at=at, number=number, position=at / 17),
        ev.TaskHeld: ev.TaskHeld(at=at, number=number),
        ev.TaskReleased: ev.TaskReleased(at=at, number=number),
        ev.TaskRenamed: ev.TaskRenamed(at=at, number=number, id=f"renamed-{number}-{len(task.id)}"),
        ev.TaskTagged: ev.TaskTagged(at=at, number=number, tags=("a", "ß")),
        ev.TaskStarting: ev.TaskStarting(
            at=at, number=number, attempt=attempt + 1, gpus=(GpuRef(f"GPU-of-{number}", number),)
        ),
        ev.TaskStarted: ev.TaskStarted(
            at=at, number=number, attempt=attempt, pid=4000 + number, pid_start=2**40, boot_id="boot"
        ),
        ev.TaskNotStarted: ev.TaskNotStarted(at=at, number=number, attempt=attempt),
        ev.TaskSuspended: ev.TaskSuspended(at=at, number=number),
        ev.TaskResumed: ev.TaskResumed(at=at, number=number),
        ev.TaskCancelRequested: ev.TaskCancelRequested(at=at, number=number),
        ev.TaskExited: ev.TaskExited(at=at, number=number, attempt=attempt, exit_code=None, signal=9),
        ev.TaskLeftovers: ev.TaskLeftovers(at=at, number=number, leftovers="pid 17 still lives"),
        ev.TaskEnded: ev.TaskEnded(at=at, number=number, state=TaskState.FAILED, exit_code=3, exited_at=at - 1),
        ev.TaskForgotten: ev.TaskForgotten(at=at, number=number),
    }
    return made[kind]


class Opened:
    """A journal that is open, and everything that it told."""

    def __init__(self, directory: Path) -> None:
        self.durable: list[int] = []
        self.failures: list[JournalFailure] = []
        self.notes: list[str] = []
        self._news = threading.Condition()
        self.journal, self.replay = Journal.open(
            directory,
            on_durable=lambda seq: self._told(self.durable, seq),
            on_failure=lambda failure: self._told(self.failures, failure),
            on_note=lambda note: self._told(self.notes, note),
        )

    def _told(self, where: list[_T], what: _T) -> None:
        with self._news:
            where.append(what)
            self._news.notify_all()

    def __enter__(self) -> Opened:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.journal.close()

    def record(self, *events: ev.RecordedEvent) -> int:
        """Append events and wait until they are durable."""
        seq = self.journal.append(events)
        with self._news:
            assert self._news.wait_for(lambda: seq in self.durable, _PATIENCE)
        return seq

    def failure(self) -> JournalFailure:
        """Wait for a failure."""
        with self._news:
            assert self._news.wait_for(lambda: self.failures, _PATIENCE)
        return self.failures.pop(0)

    def note(self) -> str:
        """Wait for a note."""
        with self._news:
            assert self._news.wait_for(lambda: self.notes, _PATIENCE)
        return self.notes.pop(0)

    def snapshot(self, state: State) -> None:
        """Write a snapshot and wait until it is there and what it made superfluous is gone."""
        assert self.journal.snapshot(state.image())
        self.journal.wait_for_snapshot()


class Disk:
    """Stands in for ``files.write``: a disk with so much room, and then none."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, descriptor: int, data: bytes | memoryview, offset: int) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = os.pwrite(descriptor, data[: self.room], offset)
        self.room -= written
        return written


def contents(directory: Path) -> dict[str, bytes]:
    """Every file of a directory."""
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def restore(directory: Path, files: dict[str, bytes]) -> None:
    """Make a directory hold exactly these files."""
    directory.mkdir(exist_ok=True)
    for path in directory.iterdir():
        path.unlink()
    for name, data in files.items():
        (directory / name).write_bytes(data)
