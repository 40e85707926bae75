"""Starts in threads: what the loop, people and the kernel may do while a process is coming into being."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.errors import JournalUnavailable
from ant_tui.executors import local, output_file
from ant_tui.executors.job_directory import Job, JobDirectory
from ant_tui.executors.local import Fault, Started, StartFailed
from ant_tui.executors.spawn import spawn_detached
from ant_tui.scheduler import starts
from tests.scheduler.test_full_disk import Disk
from tests.scheduler.world import World

MakeWorld = Callable[..., World]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


class Paused:
    """An executor's ``start`` that stops in its thread for the task ``slow``, before or after the process begins."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, *, until_dead: bool = False) -> None:
        self.fails = False
        self.tries = 0
        self._until_dead = until_dead
        self._reached, self._go = threading.Event(), threading.Event()
        self._real = world.scheduler.executor.start
        monkeypatch.setattr(world.scheduler.executor, "start", self._start)

    @classmethod
    async def beside_another(cls, world: World, monkeypatch: pytest.MonkeyPatch, **more: bool) -> Paused:
        """With a task that runs already, so that the next start is one in a thread."""
        await world.until_state(await world.run("sleep 100"), TaskState.RUNNING)
        return cls(world, monkeypatch, **more)

    def _start(self, job: Job) -> Started:
        if job.id != "slow":
            return self._real(job)
        self.tries += 1
        started: Started | None = None
        if self._until_dead:
            started = self._real(job)
            os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)
        self._reached.set()
        assert self._go.wait(30)
        if self.fails:
            self.fails = False
            raise StartFailed("could not be started: no room", Fault.MACHINE)
        return started or self._real(job)

    async def is_reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, 30)

    def go(self) -> None:
        self._go.set()


class Together(deque[Any]):
    """Answers of which the first two come at the same time: neither thread goes on before both are there."""

    def __init__(self) -> None:
        super().__init__()
        self._both, self._count = threading.Barrier(2, timeout=30), itertools.count()

    def append(self, answer: Any) -> None:
        super().append(answer)
        if next(self._count) < 2:
            self._both.wait()


class TestAnswers:
    async def test_of_two_threads_at_once_are_heard(self, world: World) -> None:
        """Two processes come into being in the same instant: the loop hears of both, and starts do not stand still."""
        await world.until_state(await world.run("sleep 100"), TaskState.RUNNING)
        world.scheduler.starts._here.answers = Together()
        numbers = await world.submit("true", "true")
        assert [told.state for told in await world.ended(*numbers)] == ["completed"] * 2

    async def test_after_the_process_has_ended_tell_its_start_first(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A process that is dead before the loop knows it: start, then end, with its code."""
        paused = await Paused.beside_another(world, monkeypatch, until_dead=True)
        number = await world.run("exit 3", id="slow", gpus=1)
        await paused.is_reached()
        paused.go()
        told = await world.end_of(number)
        assert (told.state, told.exit_code) == ("failed", 3)
        kinds = [type(event) for event in world.events if getattr(event, "number", None) == number]
        assert kinds.index(ev.TaskStarted) < kinds.index(ev.TaskEnded)

    async def test_are_not_lost_to_who_collects_orphans(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A wrapper that was killed before the loop knew it, while another end looks for orphans: its signal is told.

        It left no status, so only its parent can be told, and only once.
        """
        paused = await Paused.beside_another(world, monkeypatch, until_dead=True)
        number = await world.run("kill -9 0", id="slow")
        await paused.is_reached()
        assert (await world.end_of(await world.run("true"))).state == "completed"
        paused.go()
        told = await world.end_of(number)
        assert (told.state, told.signal) == ("failed", 9)


class TestADiskThatDoesNotAnswer:
    async def test_keeps_only_those_who_wrote_there_waiting(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """More tasks hang at their own output files than there are threads: all others start; it is told, once."""
        monkeypatch.setattr(starts, "_SLOW_S", 0.0)
        answers, real = threading.Event(), output_file.place

        def place(directory: JobDirectory, output: str, *, again: bool) -> None:
            assert answers.wait(30)
            real(directory, output, again=again)

        monkeypatch.setattr(output_file, "place", place)
        hanging = [await world.run("exit 3", output=f"{world.place}/out-{index}") for index in range(10)]
        assert [one.state for one in await world.ended(*await world.submit("true", "true", "true"))] == [
            "completed"
        ] * 3
        await world.until(lambda: "(and 7 more)" in world.scheduler.trouble)
        assert f"task {hanging[0]} cannot start: the place of its output" in world.scheduler.trouble
        assert world.scheduler.halted == ""
        answers.set()
        assert [one.exit_code for one in await world.ended(*hanging)] == [3] * 10
        assert world.scheduler.trouble == ""


class TestWhileAProcessComesIntoBeing:
    async def test_a_task_that_was_cancelled_and_could_not_start_stays_cancelled(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The machine had no room in the same moment: what was acknowledged holds, the task is not tried again."""
        paused = await Paused.beside_another(world, monkeypatch)
        paused.fails = True
        number = await world.run("touch ran", id="slow", gpus=1)
        await paused.is_reached()
        await world.do("cancel", number)
        paused.go()
        assert (await world.end_of(number)).state == "cancelled"
        assert (paused.tries, (world.place / "ran").exists()) == (1, False)
        assert len(world.scheduler.state.cluster.free()) == 4

    async def test_nothing_else_can_be_done_with_it(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever wants to signal, suspend, hold or forget it is told why not, and it runs."""
        paused = await Paused.beside_another(world, monkeypatch)
        number = await world.run("exit 3", id="slow")
        await paused.is_reached()
        refusals = [await world.do(verb, number) for verb in ("suspend", "resume", "hold", "forget")]
        refusals.append(await world.do("kill", number, signal="KILL"))
        assert [one.ok for (one,) in refusals] == [False] * 5
        assert world.state(number) is TaskState.STARTING
        paused.go()
        assert (await world.end_of(number)).exit_code == 3

    async def test_the_end_of_everything_ends_it_too(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """``stop --kill`` while a process comes into being: it is ended as soon as it is there, and stays so."""
        paused = await Paused.beside_another(world, monkeypatch)
        number = await world.run("sleep 100; touch ran", id="slow", gpus=1)
        await paused.is_reached()
        closing = asyncio.ensure_future(world.close(kill=True))
        while world.state(number) is not TaskState.COMPLETING:
            await asyncio.sleep(0)
        paused.go()
        await closing
        await world.open()
        assert world.state(number) is TaskState.CANCELLED
        assert not (world.place / "ran").exists()

    async def test_the_disk_may_fill_up(self, world: World, monkeypatch: pytest.MonkeyPatch, disk: Disk) -> None:
        """What cannot be recorded is refused; the process is watched all the same, and its end is recorded later."""
        paused = await Paused.beside_another(world, monkeypatch)
        number = await world.run("echo ran >> ran; read x < $GO; exit 3", id="slow", gpus=1)
        await paused.is_reached()
        disk.full = True
        with pytest.raises(JournalUnavailable):
            await world.do("cancel", number)
        await world.until(lambda: world.state(number) is TaskState.STARTING)
        paused.go()
        await world.until_state(number, TaskState.RUNNING)
        disk.full = False
        await world.until(lambda: not world.scheduler.trouble)
        world.go.say()
        told = await world.end_of(number)
        assert (told.state, told.exit_code) == ("failed", 3)
        await world.close()
        await world.open()
        assert (world.state(number), world.task(number).starts) == (TaskState.FAILED, 1)
        assert (world.place / "ran").read_text() == "ran\n"


class TestAProcessThatHangsBeforeItRuns:
    async def test_does_not_keep_the_next_scheduler_away(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its log cannot be opened for now, and it has every descriptor of ours: the lock is given back all the same.

        The task runs once: with the next scheduler, and not when its first process gets on.
        """
        await world.until_state(await world.run("sleep 100"), TaskState.RUNNING)
        monkeypatch.setattr(starts, "_PATIENCE_S", 0.0)
        slow = world.place / "slow"
        os.mkfifo(slow)
        late: list[int] = []

        def spawn(arguments: list[str], environment: dict[str, str], output: str) -> int:
            hangs = environment["ANT_TASK_ID"] == "slow" and not late
            late.extend([0] * hangs)
            pid = spawn_detached(arguments, environment, str(slow) if hangs else output)
            late.extend([pid] * hangs)
            return pid

        monkeypatch.setattr(local, "spawn_detached", spawn)
        before = _children_of_all_threads()
        number = await world.run("echo ran >> ran", id="slow")
        while not _children_of_all_threads() - before:
            await asyncio.sleep(0)
        try:
            await world.close()
            await world.open()
            assert (await world.end_of(number)).state == "completed"
        finally:
            told = await asyncio.to_thread(slow.read_text)
        assert "started" in told
        assert (world.place / "ran").read_text() == "ran\n"


def _children_of_all_threads() -> set[str]:
    return {pid for one in Path("/proc/self/task").iterdir() for pid in (one / "children").read_text().split()}


class TestWhatABegunTaskLeavesBehind:
    async def test_is_found_though_its_leader_was_a_threads_child(self, world: World) -> None:
        """The kernel hands orphans to the main thread, whichever thread began the task: the GPU is not free yet."""
        await world.until_state(await world.run("sleep 100"), TaskState.RUNNING)
        number = await world.run("setsid sh -c 'touch up; read x < $GO' & until [ -e up ]; do :; done", gpus=1)
        await world.until_state(number, TaskState.COMPLETING)
        assert len(world.scheduler.state.cluster.free()) == 3
        world.go.say()
        assert (await world.end_of(number)).state == "completed"
        assert len(world.scheduler.state.cluster.free()) == 4


class TestThreads:
    async def test_that_cannot_be_had_cost_no_task(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The machine has no room for a thread: tasks are started without one (row 144)."""
        await world.until_state(await world.run("sleep 100"), TaskState.RUNNING)

        real = threading.Thread.start

        def refuse(thread: threading.Thread) -> None:
            if thread.name.startswith("start "):
                raise RuntimeError("can't start new thread")
            real(thread)

        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            numbers = await world.submit(*["true"] * 6)
            assert [told.state for told in await world.ended(*numbers)] == ["completed"] * 6
        assert world.scheduler.starts.idle
        numbers = await world.submit(*["true"] * 6)
        assert [told.state for told in await world.ended(*numbers)] == ["completed"] * 6


async def test_many_starts_and_ends_side_by_side_are_each_told_once(world: World) -> None:
    """Hundreds of tasks of some milliseconds, each with its own code, beside one that runs: each runs once."""
    await world.until_state(await world.run("sleep 100"), TaskState.RUNNING)
    numbers = await world.submit(*[f"echo {i} >> ran; exit {i % 7}" for i in range(300)])
    told = await world.ended(*numbers)
    assert [one.exit_code for one in told] == [i % 7 for i in range(300)]
    assert sorted(map(int, Path(world.place, "ran").read_text().split())) == list(range(300))
