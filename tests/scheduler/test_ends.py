"""How tasks end: on request, in spite of themselves, with something left behind, and when everything runs out."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.errors import UsageError
from ant_tui.executors import processes
from ant_tui.executors.job_directory import JobDirectory
from ant_tui.scheduler import ends
from tests.scheduler.world import World

MakeWorld = Callable[..., World]

LOOP = "echo on > $SAID; while :; do sleep 100; done"
STUBBORN = "trap '' TERM; echo on > $SAID; while :; do sleep 100; done"
STRAY = "setsid sh -c 'echo $$ > $SAID; exec sleep 100' & "


async def running(world: World, command: str, **fields: Any) -> int:
    """Run a command and wait until it says so."""
    number = await world.run(command, **fields)
    await world.said.next()
    await world.until_state(number, TaskState.RUNNING)
    return number


def is_alive(pid: int) -> bool:
    found = processes.stat_of(pid)
    return found is not None and found.alive


class TestCancelling:
    async def test_a_queued_task_never_starts(self, world: World) -> None:
        """It is over at once, and says that it never ran (row 224)."""
        await world.pause()
        number = await world.run("touch ran")
        (outcome,) = await world.do("cancel", number)
        assert (outcome.ok, world.state(number)) == (True, TaskState.CANCELLED)
        await world.unpause()
        await world.end_of(await world.run("true"))
        assert not (world.place / "ran").exists()
        assert world.task(number).attempts == ()

    async def test_a_held_task(self, world: World) -> None:
        number = await world.run("true", hold=True)
        await world.do("cancel", number)
        assert world.state(number) is TaskState.CANCELLED
        assert not world.task(number).held

    async def test_a_running_task_ends_with_all_it_started(self, world: World) -> None:
        """TERM reaches the whole group, not only the shell (row 220)."""
        number = await running(world, f"sleep 100 & sleep 100 & {LOOP}")
        pid = world.task(number).attempts[0].pid
        await world.do("cancel", number)
        told = await world.end_of(number)
        assert (told.state, told.exit_code, told.signal) == ("cancelled", 143, 15)
        assert told.detail == "cancelled, ended by SIGTERM"
        assert not processes.scan((pid,), ())

    async def test_a_task_that_cleans_up_may(self, world: World) -> None:
        """TERM is a request: a handler runs, and its code is kept."""
        number = await running(world, "trap 'echo saved; exit 5' TERM; " + LOOP.replace("100", "0.01"))
        await world.do("cancel", number)
        told = await world.end_of(number)
        assert (told.state, told.exit_code) == ("cancelled", 5)
        assert "saved" in world.output(number)

    async def test_a_task_that_ignores_term_is_killed(self, world: World) -> None:
        """After the grace comes KILL (row 221)."""
        number = await running(world, STUBBORN)
        await world.do("cancel", number)
        assert world.state(number) is TaskState.COMPLETING
        told = await world.end_of(number)
        assert (told.state, told.detail) == ("cancelled", "cancelled, ended by SIGKILL")

    async def test_grace_is_given_before_force(self, make_world: MakeWorld) -> None:
        """With a long grace, a task that takes its time to end is not killed."""
        world = await make_world(grace_s=60.0).open()
        command = "trap 'echo asked > $SAID; read x < $GO; exit 9' TERM; " + LOOP.replace("100", "0.01")
        number = await running(world, command)
        await world.do("cancel", number)
        assert await world.said.next() == "asked"
        world.go.say()
        assert (await world.end_of(number)).exit_code == 9

    async def test_who_left_the_group_is_found(self, world: World) -> None:
        """A process in a session of its own is ended as well, by the mark in its environment (row 220)."""
        number = await world.run(f"{STRAY} sleep 100")
        stray = int(await world.said.next())
        await world.until_state(number, TaskState.RUNNING)
        assert is_alive(stray)
        await world.do("cancel", number)
        await world.end_of(number)
        assert not is_alive(stray)

    async def test_a_stray_that_ignores_term_is_killed_too(self, world: World) -> None:
        stray_text = "trap \"\" TERM; echo $$ > $SAID; while :; do sleep 100; done"
        number = await world.run(f"setsid sh -c '{stray_text}' & sleep 100")
        stray = int(await world.said.next())
        await world.until_state(number, TaskState.RUNNING)
        await world.do("cancel", number)
        await world.end_of(number)
        assert not is_alive(stray)

    async def test_a_suspended_task_ends(self, world: World) -> None:
        """A stopped process does not hear TERM: it is let go on for that."""
        number = await running(world, LOOP)
        await world.do("suspend", number)
        assert world.state(number) is TaskState.SUSPENDED
        await world.do("cancel", number)
        assert (await world.end_of(number)).detail == "cancelled, ended by SIGTERM"

    async def test_twice_is_once(self, world: World) -> None:
        """The second time says that it is under way, and the grace does not begin anew."""
        number = await running(world, STUBBORN)
        first, second = await world.do("cancel", number), await world.do("cancel", number)
        assert (first[0].ok, second[0].ok) == (True, True)
        assert "already" in second[0].message
        await world.end_of(number)
        requested = [event for event in world.events if isinstance(event, ev.TaskCancelRequested)]
        assert len(requested) == 1

    async def test_several_reports_on_each(self, world: World) -> None:
        """A per-task answer; what is over or unknown is no success (rows 223, 224)."""
        done = await world.run("true")
        await world.end_of(done)
        number = await running(world, LOOP)
        results = await world.do("cancel", number, done, "nobody")
        assert [(one.ok, one.kind) for one in results] == [(True, ""), (False, "refused"), (False, "no_such_task")]
        await world.end_of(number)

    async def test_between_decision_and_start_leaves_no_orphan(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Cancelled in the very moment of its start: it never begins, and its GPU is free (row 226)."""
        scheduler = world.scheduler
        real, cancelled = scheduler._durably_decided, []

        def first_cancel(launches: list[tuple[int, int]], durable: Any) -> None:
            for number, _ in launches:
                scheduler.recorder.record(ev.TaskCancelRequested(at=1e9, number=number))
                cancelled.append(number)
            real(launches, durable)

        monkeypatch.setattr(scheduler, "_durably_decided", first_cancel)
        number = await world.run("touch ran", gpus=4)
        told = await world.end_of(number)
        assert (cancelled, told.state, told.exit_code) == ([number], "cancelled", None)
        assert not (world.place / "ran").exists()
        assert world.scheduler.state.cluster.holders == {}

    async def test_frees_the_gpus_only_when_all_is_gone(self, world: World) -> None:
        """The next task never overlaps with what is still ending (row 222)."""
        number = await running(world, STUBBORN, gpus=4)
        pid = world.task(number).attempts[0].pid
        following = await world.run("true", gpus=4)
        await world.do("cancel", number)
        await world.end_of(following)
        order = [type(event).__name__ for event in world.events if getattr(event, "number", 0) in (number, following)]
        assert order.index("TaskEnded") < len(order) - 1 - order[::-1].index("TaskStarting")
        assert not processes.scan((pid,), ())

    async def test_goes_on_when_whoever_asked_hangs_up(self, world: World) -> None:
        """The client is gone before the disk has answered: the task is ended all the same."""
        import asyncio

        number = await running(world, LOOP)
        asking = asyncio.ensure_future(world.do("cancel", number))
        await asyncio.sleep(0)  # it has begun, and waits for the disk
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
        assert (await world.end_of(number)).state == "cancelled"


class TestLeftovers:
    async def test_keep_the_task_completing_and_are_named(self, world: World) -> None:
        """The command has ended, a child of it has not: the GPUs stay taken, and it is said why (row 217)."""
        number = await world.run("sleep 100 & echo $! > $SAID; exit 3", gpus=2)
        child = int(await world.said.next())
        await world.until_state(number, TaskState.COMPLETING)
        told = await world.show(number)
        assert (told.state, told.exit_code) == ("completing", 3)
        assert told.detail == f"sleep (pid {child}) still lives"
        assert len(world.scheduler.state.cluster.free()) == 2
        os.kill(child, signal.SIGKILL)
        ended = await world.end_of(number)
        assert (ended.state, ended.exit_code, ended.detail) == ("failed", 3, "exit code 3")
        assert len(world.scheduler.state.cluster.free()) == 4

    async def test_that_left_the_group_keep_it_too(self, world: World) -> None:
        """A daemon that the command started is a leftover, though it is in no group of the task."""
        number = await world.run(f"{STRAY} exit 0", gpus=1)
        stray = int(await world.said.next())
        await world.until_state(number, TaskState.COMPLETING)
        assert f"(pid {stray})" in (await world.show(number)).detail
        os.kill(stray, signal.SIGKILL)
        assert (await world.end_of(number)).state == "completed"

    async def test_are_told_anew_when_they_change(self, world: World) -> None:
        """Of two, one goes: the sentence follows. What a leftover starts is one as well."""
        number = await world.run("sleep 100 & echo $! > $SAID; sh -c 'read x < $GO; sleep 100 & echo $! > $SAID' & true")
        first = int(await world.said.next())
        await world.until_state(number, TaskState.COMPLETING)
        assert "still live" in (await world.show(number)).detail
        world.go.say()
        second = int(await world.said.next())
        os.kill(first, signal.SIGKILL)
        await world.until(lambda: world.task(number).attempts[0].leftovers == f"sleep (pid {second}) still lives")
        os.kill(second, signal.SIGKILL)
        assert (await world.end_of(number)).state == "completed"

    async def test_are_ended_on_request_and_the_outcome_stays(self, world: World) -> None:
        """Cancelling a completing task ends what it left; that it had succeeded stays true."""
        number = await world.run(f"{STRAY} sleep 100 & exit 0")
        await world.said.next()
        await world.until_state(number, TaskState.COMPLETING)
        (outcome,) = await world.do("cancel", number)
        assert "left behind" in outcome.message
        told = await world.end_of(number)
        assert (told.state, told.exit_code) == ("completed", 0)

    async def test_that_end_by_themselves_in_the_grace_change_nothing(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Cancelled, the command ends at once and a child of it a little later: still cancelled.

        Also where the time of the exit file lags behind the clock, as file times do.
        """
        real = JobDirectory.status

        def late(directory: JobDirectory) -> tuple[int, float] | None:
            found = real(directory)
            return None if found is None else (found[0], found[1] - 1.0)

        monkeypatch.setattr(JobDirectory, "status", late)
        child = "trap \"read x < $GO; exit 0\" TERM; echo on > $SAID; while :; do sleep 0.01; done"
        number = await running(world, f"sh -c '{child}' & sleep 100")
        await world.do("cancel", number)
        await world.until(lambda: world.task(number).attempts[0].exited_at is not None)
        world.go.say()
        assert (await world.end_of(number)).state == "cancelled"

    async def test_wait_without_looking_all_the_time(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A leftover that lives for days costs nothing: its pidfd tells when it ends."""
        monkeypatch.setattr(ends, "_LOOK_S", 1e-6)
        number = await world.run("sleep 100 & echo $! > $SAID")
        child = int(await world.said.next())
        await world.until_state(number, TaskState.COMPLETING)
        scans = 0
        real = processes.scan

        def counted(*arguments: Any) -> Any:
            nonlocal scans
            scans += 1
            return real(*arguments)

        monkeypatch.setattr(processes, "scan", counted)
        for _ in range(3):
            await world.end_of(await world.run("true"))
        assert scans == 0
        os.kill(child, signal.SIGKILL)
        await world.end_of(number)
        assert scans > 0


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
        assert [one.ok for one in (*await world.do("suspend", number), *await world.do("resume", number))] == [False] * 2

    async def test_does_not_stop_what_an_ended_task_left(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The command ended while its suspension was on the way to the disk: what is left of it must not be frozen."""
        number = await world.run("sleep 100 & echo $! > $SAID; read x < $GO")
        child = int(await world.said.next())
        await world.until_state(number, TaskState.RUNNING)
        recorder = world.scheduler.recorder
        real = recorder.record

        def with_an_end(*events: Any, fact: bool = False) -> Any:
            future = real(*events, fact=fact)
            if isinstance(events[0], ev.TaskSuspended):
                real(ev.TaskExited(at=2e9, number=number, attempt=1, exit_code=0), fact=True)
            return future

        monkeypatch.setattr(recorder, "record", with_an_end)
        await world.do("suspend", number)
        assert (processes.stat_of(child) or pytest.fail("the child is gone")).state != "T"
        await world.do("cancel", number)
        await world.end_of(number)


class TestSignalling:
    async def test_reaches_the_group_and_nobody_else(self, world: World) -> None:
        """Just the signal, to the task's group; nothing of the task's state changes."""
        stray = "setsid sh -c 'trap \"echo stray heard > $SAID; exit\" USR1; echo on > $SAID; while :; do sleep 0.01; done' & "
        command = stray + "trap 'echo heard > $SAID' USR1; echo on > $SAID; while :; do sleep 0.01; done"
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


class TestTheWrapper:
    async def test_killed_alone_leaves_a_leftover(self, world: World) -> None:
        """Only the wrapper dies: the command goes on, and keeps the task's GPUs until it ends."""
        number = await running(world, "echo on > $SAID; read x < $GO; echo done", gpus=1)
        os.kill(world.task(number).attempts[0].pid, signal.SIGKILL)
        await world.until_state(number, TaskState.COMPLETING)
        assert len(world.scheduler.state.cluster.free()) == 3
        world.go.say()
        told = await world.end_of(number)
        assert (told.state, told.signal) == ("failed", 9)
        assert world.output(number) == "done\n"

    async def test_that_cannot_leave_its_status_is_waited_for(self, world: World) -> None:
        """No room for the exit file, or its directory removed: the code comes from the kernel."""
        number = await running(world, "echo on > $SAID; read x < $GO; exit 7")
        os.rename(f"{world.options.jobs_dir}/{number}.1", f"{world.place}/elsewhere")
        world.go.say()
        told = await world.end_of(number)
        assert (told.state, told.exit_code) == ("failed", 7)

    async def test_that_could_not_begin_is_no_success(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The wrapper could not claim the attempt, so the command did not run: that fails, and says so."""
        executor = world.scheduler.executor
        real = executor._spawn

        def blocked(job: Any, directory: Any) -> int:
            os.symlink("/nowhere/at/all", f"{directory.path}/started")
            return real(job, directory)

        monkeypatch.setattr(executor, "_spawn", blocked)
        number = await world.run("touch ran")
        told = await world.end_of(number)
        assert told.state == "failed"
        assert "did not run" in told.detail
        assert not (world.place / "ran").exists()


class TestRunningOut:
    async def test_of_descriptors_loses_no_task(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a descriptor for a pidfd a task is looked at now and then: it runs, and its end is seen."""

        def none_left(pid: int, flags: int = 0) -> int:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

        monkeypatch.setattr(os, "pidfd_open", none_left)
        number = await world.run("read x < $GO; exit 6")
        await world.until_state(number, TaskState.RUNNING)
        world.go.say()
        assert (await world.end_of(number)).exit_code == 6
        stubborn = await running(world, STUBBORN)
        await world.do("cancel", stubborn)
        assert (await world.end_of(stubborn)).state == "cancelled"

    async def test_while_a_status_is_read_means_reading_it_again(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A status that cannot be read for want of a descriptor is not taken for none."""
        real, failures = JobDirectory.status, 3

        def failing(directory: JobDirectory) -> Any:
            nonlocal failures
            failures -= 1
            if failures >= 0:
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            return real(directory)

        monkeypatch.setattr(JobDirectory, "status", failing)
        told = await world.end_of(await world.run("exit 5"))
        assert (told.state, told.exit_code, failures < 0) == ("failed", 5, True)

    async def test_an_error_while_seeing_a_task_off_is_not_its_end(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What failed is tried again until it is known that nothing is left."""
        executor = world.scheduler.executor
        real, failures = executor.members, 3

        def failing(*arguments: Any) -> Any:
            nonlocal failures
            failures -= 1
            if failures >= 0:
                raise OSError(errno.ENFILE, os.strerror(errno.ENFILE))
            return real(*arguments)

        number = await running(world, LOOP)
        monkeypatch.setattr(executor, "members", failing)
        await world.do("cancel", number)
        told = await world.end_of(number)
        assert (told.state, failures < 0) == ("cancelled", True)

    async def test_an_end_that_nobody_can_read_does_not_free_what_lives(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A defect while an end is handled: the task is lost, but only when nothing of it lives any more."""
        monkeypatch.setattr(world.scheduler.ends, "_exit", lambda *_: 1 / 0)
        number = await world.run("sleep 100 & echo $! > $SAID; exit 0", gpus=4)
        child = int(await world.said.next())
        await world.until_state(number, TaskState.COMPLETING)
        assert world.scheduler.state.cluster.free() == []
        os.kill(child, signal.SIGKILL)
        told = await world.end_of(number)
        assert (told.state, told.detail) == ("lost", "its end could not be read; see the log")


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
        from ant_tui.scheduler import scheduler as module

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
