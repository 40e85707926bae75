"""Starts that fail: what is the machine's is tried again, what is the task's fails alone, and the loop goes on."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.executors import local
from ant_tui.executors.job_directory import Job
from ant_tui.executors.local import Fault, Started, StartFailed
from ant_tui.executors.spawn import spawn_detached
from ant_tui.scheduler import scheduler as module
from ant_tui.scheduler import start_crew, starts
from ant_tui.scheduler.publisher import Publication, TroubleChanged
from tests.scheduler.world import World

MakeWorld = Callable[..., World]


class TestTheTasksFault:
    async def test_fails_it_alone(self, world: World) -> None:
        """An environment that no process can be given: that task fails with the reason, the others run (row 144)."""
        numbers = await world.submit("echo fine", "echo fine")
        bad = await world.run("true", variables={"BIG": "x" * 200_000}, gpus=4)
        after = await world.run("echo fine", gpus=4)
        told = await world.ended(*numbers, bad, after)
        assert [one.state for one in told] == ["completed", "completed", "failed", "completed"]
        assert told[2].detail == "could not be started: Argument list too long (/bin/sh)"
        assert told[2].exit_code is None

    async def test_is_a_shell_that_is_gone(self, make_world: MakeWorld) -> None:
        """The shell of the settings is not there: each task says so (row 213)."""
        world = await make_world(shell="/no/such/shell").open()
        told = await world.end_of(await world.run("true"))
        assert (told.state, told.detail) == (
            "failed",
            "could not be started: No such file or directory (/no/such/shell)",
        )

    async def test_is_an_error_of_our_own_too(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """An exception while one task is launched: it is logged, that task fails alone, the loop goes on (row 144)."""
        real = world.scheduler.executor.start

        def sometimes(job: Any) -> Any:
            if job.id == "cursed":
                raise ZeroDivisionError("a defect")
            return real(job)

        monkeypatch.setattr(world.scheduler.executor, "start", sometimes)
        await world.pause()
        numbers = [await world.run("true", id=name, gpus=4) for name in ("one", "cursed", "two")]
        await world.unpause()
        told = await world.ended(*numbers)
        assert [one.state for one in told] == ["completed", "failed", "completed"]
        assert "error in ant-tui" in told[1].detail

    async def test_of_a_decision_stops_nothing(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A defect in the policy itself: what was recorded is durable all the same, and later decisions are taken."""
        with monkeypatch.context() as patch:
            patch.setattr(module, "decide", lambda *_: 1 / 0)
            number = await world.run("true")
            assert world.scheduler.journal.durable_seq == world.scheduler.journal.seq
        assert world.state(number) is TaskState.QUEUED
        other = await world.run("true")
        assert [told.state for told in await world.ended(number, other)] == ["completed"] * 2


class TestTheMachinesFault:
    async def test_makes_tasks_wait_and_try_again(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """No room for a job directory: the tasks wait, it is told why, and they run when there is room."""
        real, full = os.mkdir, True

        def mkdir(path: Any, *rest: Any, **more: Any) -> None:
            if full and str(path).startswith(world.options.jobs_dir):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
            real(path, *rest, **more)

        monkeypatch.setattr(os, "mkdir", mkdir)
        numbers = await world.submit("echo ran >> ran", "echo ran >> ran", gpus=1)
        await world.until(lambda: len([e for e in world.events if isinstance(e, ev.TaskNotStarted)]) >= 4)
        assert "No space left on device" in world.scheduler.trouble
        await world.until(lambda: world.states(numbers) == ["queued", "queued"], "both, between two tries")
        assert world.scheduler.state.cluster.holders == {}
        assert all(world.task(number).attempts == () for number in numbers)
        full = False
        assert {told.state for told in await world.ended(*numbers)} == {"completed"}
        assert (world.place / "ran").read_text() == "ran\n" * 2
        await world.until(lambda: world.scheduler.trouble == "")

    async def test_leaves_no_heap_of_directories(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every try that failed is cleared away."""
        real, refusals = spawn_detached, 5

        def spawn(*arguments: Any, **more: Any) -> int:
            nonlocal refusals
            refusals -= 1
            if refusals >= 0:
                raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            return real(*arguments, **more)

        monkeypatch.setattr(local, "spawn_detached", spawn)
        number = await world.run("true")
        assert (await world.end_of(number)).state == "completed"
        assert [path.name for path in Path(world.options.jobs_dir).iterdir()] == [f"{number}.6"]

    async def test_is_told_when_it_comes_and_when_it_goes(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever looks at the scheduler hears of it in the same moment, not with the next sample of the GPUs."""
        real, refusals = world.scheduler.executor.start, 2

        def not_yet(job: Any) -> Any:
            nonlocal refusals
            refusals -= 1
            if refusals >= 0:
                raise StartFailed("could not be started: no room", Fault.MACHINE)
            return real(job)

        told: list[str] = []

        def hear(publication: Publication) -> None:
            if isinstance(publication, TroubleChanged):
                told.append(world.scheduler.trouble)

        world.scheduler.publisher.subscribe(hear)
        monkeypatch.setattr(world.scheduler.executor, "start", not_yet)
        await world.end_of(await world.run("true"))
        assert told == ["no task can be started: could not be started: no room", ""]

    async def test_is_over_when_nobody_wants_to_start(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The only task that could not be started is cancelled: nothing is told of it any more."""

        def never(job: Any) -> Any:
            raise StartFailed("could not be started: no room", Fault.MACHINE)

        monkeypatch.setattr(world.scheduler.executor, "start", never)
        number = await world.run("true", hold=True)
        await world.do("release", number)
        await world.until(lambda: world.scheduler.trouble)
        await world.until_state(number, TaskState.QUEUED)
        await world.do("cancel", number)
        await world.until(lambda: not world.scheduler.trouble)

    async def test_lets_a_waiting_task_be_cancelled(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def never(job: Any) -> Any:
            raise StartFailed("could not be started: no room", Fault.MACHINE)

        monkeypatch.setattr(world.scheduler.executor, "start", never)
        number = await world.run("true", gpus=4)
        await world.until(lambda: world.task(number).starts >= 2)
        await world.until_state(number, TaskState.QUEUED)
        await world.do("cancel", number)
        assert world.state(number) is TaskState.CANCELLED

    async def test_of_one_start_gives_the_others_back_as_well(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was decided together with the start that failed and waits is not tried on a machine in trouble."""
        monkeypatch.setattr(start_crew, "_UNDER_WAY", 1)
        real, tried = world.scheduler.executor.start, []

        def first_fails(job: Any) -> Any:
            tried.append(job.number)
            if len(tried) == 1:
                raise StartFailed("could not be started: no room", Fault.MACHINE)
            return real(job)

        monkeypatch.setattr(world.scheduler.executor, "start", first_fails)
        numbers = await world.submit(*["true"] * 6)
        assert {told.state for told in await world.ended(*numbers)} == {"completed"}
        assert sorted(tried) == sorted([tried[0], *numbers])
        given_back = {event.number for event in world.events if isinstance(event, ev.TaskNotStarted)}
        assert given_back == set(numbers)


class Slow:
    """An executor's ``start`` that stays in its thread until it is let go."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self._begun, self._go = threading.Event(), threading.Event()
        self._name, self._real = name, world.scheduler.executor.start
        monkeypatch.setattr(world.scheduler.executor, "start", self._start)

    @classmethod
    async def beside_another(cls, world: World, monkeypatch: pytest.MonkeyPatch) -> Slow:
        """Slow for the task that is called so; another one runs already, else nobody would be kept waiting."""
        await world.until_state(await world.run("sleep 100"), TaskState.RUNNING)
        return cls(world, monkeypatch, "slow")

    def _start(self, job: Job) -> Started:
        if job.id == self._name:
            self._begun.set()
            assert self._go.wait(30)
        return self._real(job)

    async def is_under_way(self) -> None:
        assert await asyncio.to_thread(self._begun.wait, 30)

    def go(self) -> None:
        self._go.set()


class TestAStartThatTakesLong:
    async def test_keeps_nobody_waiting(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A disk that does not answer holds up one task; the others run, and whoever asks is answered."""
        slow = await Slow.beside_another(world, monkeypatch)
        number = await world.run("true", id="slow")
        others = await world.submit(*["true"] * 20)
        assert {told.state for told in await world.ended(*others)} == {"completed"}
        assert world.state(number) is TaskState.STARTING
        slow.go()
        assert (await world.end_of(number)).state == "completed"

    async def test_can_be_cancelled(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was asked for while the process came into being is done as soon as it is there (row 259)."""
        slow = await Slow.beside_another(world, monkeypatch)
        number = await world.run("sleep 100", id="slow", gpus=1)
        await slow.is_under_way()
        await world.do("cancel", number)
        assert world.state(number) is TaskState.COMPLETING
        assert len(world.scheduler.state.cluster.free()) == 3
        slow.go()
        assert (await world.end_of(number)).state == "cancelled"
        assert len(world.scheduler.state.cluster.free()) == 4

    async def test_is_waited_for_at_the_end(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The scheduler ends in good order: what is under way is recorded as running; the next one takes it over."""
        slow = await Slow.beside_another(world, monkeypatch)
        number = await world.run("echo ran >> ran; read x < $GO; exit 3", id="slow")
        await slow.is_under_way()
        closing = asyncio.ensure_future(world.close())
        while not world.scheduler.stopping:
            await asyncio.sleep(0)
        slow.go()
        await closing
        await world.open()
        assert (world.state(number), world.task(number).starts) == (TaskState.RUNNING, 1)
        world.go.say()
        assert (await world.end_of(number)).exit_code == 3
        assert (world.place / "ran").read_text() == "ran\n"

    async def test_and_hangs_is_left_to_the_next_scheduler(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The end of the scheduler does not hang with it; the task runs once, whoever is there by then."""
        monkeypatch.setattr(starts, "_PATIENCE_S", 0.0)
        slow = await Slow.beside_another(world, monkeypatch)
        number = await world.run("echo ran >> ran", id="slow")
        await slow.is_under_way()
        await world.close()
        await world.open()
        assert (await world.end_of(number)).state == "completed"
        slow.go()
        assert world.output(number, 2) == ""
        assert (world.place / "ran").read_text() == "ran\n"


class TestDirectories:
    async def test_of_an_earlier_life_are_left_alone(self, world: World) -> None:
        """Job directories of a journal that was lost are in the way: no log is overwritten, and the task runs."""
        for attempt in (1, 2):
            Path(world.options.jobs_dir, f"1.{attempt}").mkdir()
            Path(world.options.jobs_dir, f"1.{attempt}", "output.log").write_text("precious\n")
        number = await world.run("echo new", gpus=1)
        told = await world.end_of(number)
        assert (told.state, number) == ("completed", 1)
        assert [world.output(1, attempt) for attempt in (1, 2, 3)] == ["precious\n", "precious\n", "new\n"]
        assert told.log_path == f"{world.options.jobs_dir}/1.3/output.log"

    async def test_removed_as_a_whole_stop_nothing(self, world: World) -> None:
        """Somebody removed the folder of all logs: the next task gets it back (row 144)."""
        await world.end_of(await world.run("true"))
        shutil.rmtree(world.options.jobs_dir)
        number = await world.run("echo fine")
        assert (await world.end_of(number)).state == "completed"
        assert world.output(number) == "fine\n"
