"""Stopping, continuing and signalling tasks, and the scheduler's own end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.errors import UsageError
from ant_tui.executors import processes
from ant_tui.scheduler import ends
from ant_tui.scheduler import scheduler as module
from tests.scheduler.loops import LOOP, STRAY, STUBBORN, is_alive, running
from tests.scheduler.world import World

MakeWorld = Callable[..., World]


class TestSuspending:
    async def test_stops_and_continues_every_process(self, world: World) -> None:
        """SIGSTOP and SIGCONT to all of the task, those that left the group included; GPUs stay taken."""
        number = await world.run(f"{STRAY} read x < $GO; echo went on", gpus=1)
        stray = int(await world.said.next())
        await world.until_state(number, TaskState.RUNNING)
        leader = world.task(number).attempts[0].pid
        (outcome,) = await world.do("suspend", number)
        assert outcome.message.endswith("Its GPU memory stays taken.")
        _wait_for_state("T", leader, stray)
        assert len(world.scheduler.state.cluster.free()) == 3
        (again,) = await world.do("suspend", number)
        assert not again.ok
        await world.do("resume", number)
        _wait_for_state("SR", leader, stray)
        assert world.state(number) is TaskState.RUNNING
        world.go.say()
        await world.until_state(number, TaskState.COMPLETING)
        assert world.output(number) == "went on\n"
        await world.do("cancel", number)
        await world.end_of(number)

    async def test_is_for_running_tasks(self, world: World) -> None:
        await world.pause()
        number = await world.run("true")
        (stopped,), (resumed,) = await world.do("suspend", number), await world.do("resume", number)
        assert (stopped.kind, resumed.kind) == ("refused", "refused")

    async def test_does_not_stop_what_an_ended_task_left(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The command ended while its suspension was on the way to the disk: what is left of it must not be frozen."""
        number = await world.run("sleep 100 & echo $! > $SAID; read x < $GO")
        child = int(await world.said.next())
        await world.until_state(number, TaskState.RUNNING)
        recorder = world.scheduler.recorder
        real = recorder.record

        def with_an_end(*events: Any) -> Any:
            future = real(*events)
            if isinstance(events[0], ev.TaskSuspended):
                recorder.note(ev.TaskExited(at=2e9, number=number, attempt=1, exit_code=0))
            return future

        monkeypatch.setattr(recorder, "record", with_an_end)
        await world.do("suspend", number)
        assert (processes.stat_of(child) or pytest.fail("the child is gone")).state != "T"
        await world.do("cancel", number)
        await world.end_of(number)


class TestSignalling:
    async def test_reaches_the_group_and_nobody_else(self, world: World) -> None:
        """Just the signal, to the task's group; nothing of the task's state changes."""
        loop = "echo on > $SAID; while :; do sleep 0.01; done"
        stray = f"setsid sh -c 'trap \"echo stray heard > $SAID; exit\" USR1; {loop}' & "
        command = f"{stray} trap 'echo heard > $SAID' USR1; {loop}"
        number = await world.run(command)
        await world.said.next()
        await world.said.next()
        await world.until_state(number, TaskState.RUNNING)
        (outcome,) = await world.do("kill", number, signal="usr1")
        assert outcome.message.startswith("SIGUSR1 was sent")
        assert await world.said.next() == "heard"
        (outcome,) = await world.do("kill", number, signal="10")
        assert await world.said.next() == "heard"
        assert world.state(number) is TaskState.RUNNING
        await world.do("cancel", number)
        await world.end_of(number)

    async def test_with_kill_is_a_failure_not_a_cancelling(self, world: World) -> None:
        """Killed by a signal, wrapper and all: seen at once, with the signal's name (row 227)."""
        number = await running(world, LOOP)
        await world.do("kill", number, signal="KILL")
        told = await world.end_of(number)
        assert (told.state, told.exit_code, told.signal, told.detail) == ("failed", 137, 9, "ended by SIGKILL")

    async def test_of_what_does_not_run_is_refused(self, world: World) -> None:
        number = await world.run("true")
        await world.end_of(number)
        (outcome,) = await world.do("kill", number, signal="TERM")
        assert (outcome.ok, outcome.kind) == (False, "refused")

    @pytest.mark.parametrize("name", ["NOSUCH", "", "0", "99", "-9", "SIG"])
    async def test_that_does_not_exist_is_a_mistake(self, world: World, name: str) -> None:
        with pytest.raises(UsageError, match="no signal"):
            await world.do("kill", "x", signal=name)

    async def test_from_somebody_else_is_noticed_at_once(self, world: World) -> None:
        """Somebody kills the process by hand: the state follows (row 227)."""
        number = await running(world, LOOP)
        os.killpg(world.task(number).attempts[0].pid, signal.SIGKILL)
        assert (await world.end_of(number)).detail == "ended by SIGKILL"


class TestStopping:
    async def test_leaves_tasks_running(self, world: World) -> None:
        """The scheduler goes, the tasks stay (row 261)."""
        number = await running(world, "echo on > $SAID; read x < $GO; exit 8")
        pid = world.task(number).attempts[0].pid
        await world.close()
        assert is_alive(pid)
        await world.open()
        world.go.say()
        assert (await world.end_of(number)).exit_code == 8

    async def test_ends_everything_on_request(self, world: World) -> None:
        """Running, stubborn, suspended, and what others left behind (rows 011, 261)."""
        plain = await running(world, LOOP)
        stubborn = await running(world, STUBBORN)
        suspended = await running(world, LOOP)
        await world.do("suspend", suspended)
        completing = await world.run("sleep 100 & exit 0")
        await world.until_state(completing, TaskState.COMPLETING)
        groups = [world.task(number).attempts[0].pid for number in (plain, stubborn, suspended, completing)]
        await world.pause()
        waiting = await world.run("true")
        await world.close(kill=True)
        assert not processes.scan(groups, ())
        await world.open()
        states = world.states([plain, stubborn, suspended, completing, waiting])
        assert states == ["cancelled", "cancelled", "cancelled", "completed", "queued"]

    async def test_gives_up_on_what_cannot_be_ended(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A process that not even KILL ends must not keep the scheduler from ending."""
        world = await make_world().open()
        number = await running(world, LOOP)
        monkeypatch.setattr(module, "_STUBBORN_S", 0.0)
        monkeypatch.setattr(ends, "send", lambda *_: None)
        monkeypatch.setattr(ends, "send_to_all", lambda *_: None)
        await world.close(kill=True)
        assert is_alive(world.task(number).attempts[0].pid)
        monkeypatch.undo()
        os.killpg(world.task(number).attempts[0].pid, signal.SIGKILL)

    async def test_twice_is_once(self, world: World) -> None:
        world.service.stop(kill=False, reason="once")
        await world.close()
        assert world.service.ended.is_set()


def _wait_for_state(letters: str, *pids: int) -> None:
    """Wait until the kernel has stopped or continued processes; the signal is sent, this takes no time worth naming."""
    for pid in pids:
        for _ in range(100_000):
            found = processes.stat_of(pid)
            if found is not None and found.state in letters:
                break
            os.sched_yield()
        else:
            raise AssertionError(f"process {pid} does not get to state {letters}")
