"""A scheduler with its doors, in the test's own process, and short words for what people ask of it.

Commands are real processes. Nothing here waits for time: a test waits for what the scheduler publishes, and talks with
its commands through FIFOs (``$SAID`` and ``$GO`` in their environment).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ant_tui.api.documents import OutcomeDocument, TaskDocument, TasksDocument
from ant_tui.api.schema import (
    Edit,
    GpuNames,
    Move,
    NoArguments,
    Rename,
    Retry,
    Selection,
    Signal,
    Submission,
    Submit,
    Wait,
)
from ant_tui.api.service import Service
from ant_tui.core import events as ev
from ant_tui.core.task import Task, TaskState
from ant_tui.scheduler.options import SchedulerOptions
from ant_tui.scheduler.publisher import Publication, Recorded
from ant_tui.scheduler.scheduler import Scheduler
from tests.executors.left_behind import TOKEN

__all__ = ["PATIENCE_S", "Fifo", "World", "options_for"]

PATIENCE_S = 20.0


def options_for(place: Path, **changes: Any) -> SchedulerOptions:
    """Options of a scheduler on a data directory in some place: four simulated GPUs, no limits, a short grace."""
    data = os.path.realpath(place / "data")
    options = SchedulerOptions(
        data_dir=data, jobs_dir=f"{data}/jobs", machine="here", simulate_gpus=4, grace_s=2.0, sample_interval_s=0.5
    )
    return replace(options, **changes)


class Fifo:
    """A FIFO that is never at its end: lines from commands to the test, or from the test to commands."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            os.mkfifo(path, 0o600)
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._text = b""

    async def next(self) -> str:
        """Wait for the next line."""
        loop = asyncio.get_running_loop()
        while b"\n" not in self._text:
            readable = asyncio.Event()
            loop.add_reader(self._descriptor, readable.set)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await readable.wait()
            finally:
                loop.remove_reader(self._descriptor)
            self._text += os.read(self._descriptor, 65536)
        line, _, self._text = self._text.partition(b"\n")
        return line.decode()

    def say(self, line: str = "go") -> None:
        """Say a line to whoever reads."""
        os.write(self._descriptor, line.encode() + b"\n")

    def close(self) -> None:
        os.close(self._descriptor)


class World:
    """One data directory, and the scheduler that works on it."""

    def __init__(self, place: Path, **changes: Any) -> None:
        place.mkdir(exist_ok=True)
        self.place = place
        self.options = options_for(place, **changes)
        self.said, self.go = Fifo(place / "said"), Fifo(place / "go")
        self.service = Service(self.options)
        self.events: list[ev.RecordedEvent] = []
        """Every event that became durable while this world looked."""

    # -- life --------------------------------------------------------------------------------------------------

    async def open(self) -> World:
        """Start the scheduler, or another one after ``close``."""
        if self.service.ended.is_set():
            self.service = Service(self.options)
        await self.service.open()
        self.scheduler.publisher.subscribe(self._hear)
        return self

    def _hear(self, publication: Publication) -> None:
        if isinstance(publication, Recorded):
            self.events.extend(event for _, event in publication.events)

    async def close(self, *, kill: bool = False) -> None:
        """End the scheduler; tasks go on unless they are to be killed."""
        async with asyncio.timeout(PATIENCE_S):
            await self.service.close(kill=kill, reason="the test asks for it")

    async def end(self) -> None:
        """End everything that a test left running."""
        if hasattr(self.service, "scheduler") and not self.service.ended.is_set():
            await self.close(kill=True)
        self.said.close()
        self.go.close()

    @property
    def scheduler(self) -> Scheduler:
        """The scheduler itself."""
        return self.service.scheduler

    # -- requests ----------------------------------------------------------------------------------------------

    async def ask(self, method: str, request: Any) -> Any:
        """Ask for something as a client in this process does."""
        return await self.service.dispatcher.call(method, request)

    def submission(self, command: str, **fields: Any) -> Submission:
        """A task that is taken word by word and runs in the world's place."""
        return Submission(**{"command": command, "workdir": str(self.place), "verbatim": True, **fields})

    def environment(self) -> dict[str, str]:
        """What every task takes along: the FIFOs, and the token by which a process that is left behind is found."""
        names = {"SAID": str(self.said.path), "GO": str(self.go.path), TOKEN: os.environ[TOKEN]}
        return {**names, "PATH": os.environ["PATH"]}

    async def submit(self, *commands: str, **fields: Any) -> list[int]:
        """Queue tasks in one request; their numbers."""
        tasks = tuple(self.submission(command, **fields) for command in commands)
        answer = await self.ask("submit", Submit(tasks, self.environment()))
        return [task.number for task in answer.tasks]

    async def run(self, command: str, **fields: Any) -> int:
        """Queue one task; its number."""
        return (await self.submit(command, **fields))[0]

    async def do(self, verb: str, *tasks: int | str, **fields: Any) -> tuple[OutcomeDocument, ...]:
        """A verb on some tasks; what it did to each."""
        names = tuple(str(task) for task in tasks)
        request: Any
        match verb:
            case "kill":
                request = Signal(tasks=names, **fields)
            case "move":
                request = Move(names, **fields)
            case "gpus_enable" | "gpus_disable" | "gpus_add" | "gpus_remove":
                request = GpuNames(names)
            case "retry":
                request = Retry(tasks=names, **fields)
            case _:
                request = Selection(tasks=names, **fields)
        return tuple((await self.ask(verb, request)).results)

    async def edit(self, task: int | str, **values: str) -> TaskDocument:
        """Change a queued task."""
        names = {name.replace("__", "."): value for name, value in values.items()}
        return _only(await self.ask("edit", Edit(str(task), names)))

    async def rename(self, task: int | str, wanted: str) -> TaskDocument:
        """Give a task another id."""
        return _only(await self.ask("rename", Rename(str(task), wanted)))

    async def pause(self) -> None:
        """Start nothing more."""
        await self.ask("pause", NoArguments())

    async def unpause(self) -> None:
        """Start again."""
        await self.ask("unpause", NoArguments())

    async def show(self, task: int | str, **fields: Any) -> TaskDocument:
        """Everything about one task."""
        return _only(await self.ask("show", Selection((str(task),), **fields)))

    async def ended(self, *tasks: int | str) -> list[TaskDocument]:
        """Wait until tasks have ended; what they are then."""
        async with asyncio.timeout(PATIENCE_S):
            return list((await self.ask("wait", Wait(tuple(map(str, tasks))))).tasks)

    async def end_of(self, task: int | str) -> TaskDocument:
        """Wait until a task has ended; what it is then."""
        return (await self.ended(task))[0]

    # -- looking -----------------------------------------------------------------------------------------------

    def task(self, number: int) -> Task:
        """A task as the scheduler knows it."""
        return self.scheduler.state.tasks[number]

    def state(self, number: int) -> TaskState:
        """Where a task is."""
        return self.task(number).state

    def states(self, numbers: Sequence[int]) -> list[str]:
        """Where tasks are."""
        return [self.state(number).value for number in numbers]

    def indices(self, number: int) -> list[int]:
        """Which GPUs a task holds, or held last."""
        return [gpu.index for gpu in self.task(number).gpus]

    def queue(self) -> list[int]:
        """The queue in its order."""
        return [key[2] for key in self.scheduler.state.queue]

    def output(self, number: int, attempt: int = 1) -> str:
        """What a task printed."""
        return Path(self.options.jobs_dir, f"{number}.{attempt}", "output.log").read_text()

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Wait until something is so; looks whenever the scheduler publishes anything, and once at first."""
        news = asyncio.Event()
        unsubscribe = self.scheduler.publisher.subscribe(lambda _: news.set())
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    news.clear()
                    await news.wait()
        except TimeoutError:
            tasks = {task.number: (task.state.value, task.detail) for task in self.scheduler.state.tasks.values()}
            raise AssertionError(f"{what or 'what was waited for'} does not come; tasks: {tasks}") from None
        finally:
            unsubscribe()

    async def until_state(self, number: int, *states: TaskState) -> None:
        """Wait until a task is in one of some states."""
        await self.until(lambda: self.state(number) in states, f"task {number} as {'/'.join(states)}")


def _only(answer: TasksDocument) -> TaskDocument:
    (document,) = answer.tasks
    return document
