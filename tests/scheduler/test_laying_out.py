"""Job directories that are made while the record of the start is still on its way to the disk."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.errors import JournalUnavailable
from ant_tui.executors.job_directory import Job
from ant_tui.executors.local import Started
from ant_tui.journal import files, writer
from tests.scheduler.world import World


class SlowDisk:
    """Syncs of the journal that wait, in the writer's thread, until they are let through, or fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waits = threading.Event()
        self.fails = False
        self._go = threading.Event()
        self._go.set()
        self._real = files.sync
        monkeypatch.setattr(writer, "_QUICK_S", 0.0)
        monkeypatch.setattr(files, "sync", self._sync)

    def hold(self) -> None:
        self.waits.clear()
        self._go.clear()

    def go(self, *, fails: bool = False) -> None:
        self.fails = fails
        self._go.set()

    def _sync(self, descriptor: int) -> None:
        if not self._go.is_set():
            self.waits.set()
        assert self._go.wait(30)
        if self.fails:
            self.fails = False
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._real(descriptor)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowDisk:
    return SlowDisk(monkeypatch)


def laid_out(world: World) -> list[str]:
    return sorted(os.listdir(world.scheduler.executor.root))


@asynccontextmanager
async def held_back(world: World, slow: SlowDisk, command: str) -> AsyncIterator[int]:
    """Queue a command, and stop where its start is decided and not durable."""
    await world.pause()
    number = await world.run(command)
    slow.hold()
    unpaused = asyncio.ensure_future(world.unpause())
    assert await asyncio.to_thread(slow.waits.wait, 30)
    yield number
    with suppress(JournalUnavailable):
        await unpaused


async def test_the_directory_is_there_and_no_process(
    world: World, slow: SlowDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the start is durable everything may be ready, but nothing is begun."""
    begun: list[int] = []
    real = world.scheduler.executor.start

    def start(job: Job) -> Started:
        begun.append(world.scheduler.journal.durable_seq)
        return real(job)

    monkeypatch.setattr(world.scheduler.executor, "start", start)
    async with held_back(world, slow, "exit 4") as number:
        assert world.scheduler.state.tasks[number].state is TaskState.STARTING
        assert (laid_out(world), begun) == ([f"{number}.1"], [])
        before = world.scheduler.journal.durable_seq
        slow.go()
    told = await world.end_of(number)
    assert (told.exit_code, len(begun)) == (4, 1)
    assert begun[0] > before


async def test_a_refused_start_leaves_nothing(world: World, slow: SlowDisk) -> None:
    """The disk fails: the directory goes with the record, and the same attempt starts when there is room again."""
    async with held_back(world, slow, "exit 4") as number:
        assert laid_out(world) == [f"{number}.1"]
        slow.go(fails=True)
    await world.until(lambda: laid_out(world) == [])
    assert world.scheduler.state.tasks[number].state is TaskState.QUEUED
    await world.until(lambda: not world.scheduler.trouble)
    await world.unpause()
    told = await world.end_of(number)
    assert (told.exit_code, told.attempt) == (4, 1)


async def test_a_cancel_in_between_leaves_nothing(world: World, slow: SlowDisk) -> None:
    """Cancelled before its start was durable: no process, no directory, one end."""
    async with held_back(world, slow, f"touch {world.place}/ran") as number:
        cancelled = asyncio.ensure_future(world.do("cancel", number))
        while world.scheduler.state.tasks[number].state is not TaskState.COMPLETING:
            await asyncio.sleep(0)
        slow.go()
    await cancelled
    assert (await world.end_of(number)).state == "cancelled"
    assert laid_out(world) == []
    assert not (world.place / "ran").exists()
    assert [type(event) for event in world.events if getattr(event, "number", None) == number][-1] is ev.TaskEnded


async def test_a_directory_that_is_in_the_way_costs_its_number_only(world: World) -> None:
    """A scheduler that was killed between directory and record leaves one; the next start takes another number."""
    await world.pause()
    number = await world.run("exit 4")
    Path(world.scheduler.executor.root, f"{number}.1").mkdir()
    await world.unpause()
    told = await world.end_of(number)
    assert (told.exit_code, laid_out(world)) == (4, [f"{number}.1", f"{number}.2"])
