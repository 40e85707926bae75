"""How tasks end: on request, in spite of themselves, with something left behind, and when everything runs out."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.executors import processes
from ant_tui.executors.job_directory import JobDirectory
from ant_tui.executors.local import send_to_all
from ant_tui.scheduler import ends
from tests.executors.bench import REGROUP
from tests.scheduler.loops import LOOP, STRAY, STUBBORN, is_alive, running
from tests.scheduler.world import World

MakeWorld = Callable[..., World]

COUNTS_TERM = """
import os, signal
asked = []
signal.signal(signal.SIGTERM, lambda *_: (asked.append(1), open(os.environ["SAID"], "w").write("asked\\n")))
open(os.environ["SAID"], "w").write("on\\n")
open(os.environ["GO"]).readline()
os._exit(len(asked))
"""
"""Ends with the number of TERMs that it got."""


class Held:
    """A driver that lists a task's memory at so many looks, but for the last."""

    real = True

    def __init__(self, looks: int) -> None:
        self.looks, self._last = 0, looks

    async def holding(self, number: int, gpus: object) -> list[str]:
        self.looks += 1
        return [] if self.looks == self._last else ["pid 7 still holds GPU 0"]

    def forget(self, number: int) -> None:
        """Nothing is remembered."""


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

    async def test_a_young_task_that_handles_term_is_asked_once(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Many programs take a second TERM for an order not to save first."""
        world = await make_world(grace_s=3600.0).open()
        number = await running(world, f"exec {sys.executable} -c '{COUNTS_TERM}'")
        attempt = world.task(number).attempts[0]
        looked_at, real = asyncio.Event(), processes.dies_of

        def dies_of(pid: int, number: int) -> bool:
            if pid == attempt.pid:
                looked_at.set()
            return real(pid, number)

        monkeypatch.setattr(processes, "dies_of", dies_of)
        monkeypatch.setattr(world.scheduler.ends, "_clock", lambda: attempt.started_at)
        await world.do("cancel", number)
        assert await world.said.next() == "asked"
        async with asyncio.timeout(20):
            await looked_at.wait()
        world.go.say()
        assert (await world.end_of(number)).exit_code == 1

    async def test_a_young_task_that_swallowed_term_is_asked_again(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A shell that is about to begin the command may lose the first one: the grace is not waited for."""
        world = await make_world(grace_s=3600.0).open()
        number = await running(world, LOOP)
        attempt = world.task(number).attempts[0]
        monkeypatch.setattr(world.scheduler.ends, "_clock", lambda: attempt.started_at)
        real, asked = send_to_all, []

        def lost_at_first(group: int, strays: list[int], signal_: int) -> None:
            asked.append(signal_)
            if asked.count(signal.SIGTERM) > 1:
                real(group, strays, signal_)

        monkeypatch.setattr(ends, "send_to_all", lost_at_first)
        await world.do("cancel", number)
        assert (await world.end_of(number)).detail == "cancelled, ended by SIGTERM"

    @pytest.mark.parametrize("young", [False, True])
    async def test_gpus_that_are_held_for_a_moment_are_not_kept_for_the_grace(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, young: bool
    ) -> None:
        """The driver lists memory a little longer than the last process lives: it is looked at now and then."""
        world = await make_world(grace_s=3600.0).open()
        held = Held(4)
        monkeypatch.setattr(world.scheduler.ends, "_holds", held)
        waited: list[float | None] = []
        real = world.scheduler.ends._until_one_ends

        async def until_one_ends(members: dict[int, Any], nudge: asyncio.Event, patience: float | None) -> None:
            if not members:
                waited.append(patience)
            await real(members, nudge, patience)

        monkeypatch.setattr(world.scheduler.ends, "_until_one_ends", until_one_ends)
        number = await running(world, LOOP, gpus=1)
        attempt = world.task(number).attempts[0]
        assert attempt.started_at is not None
        now = attempt.started_at if young else attempt.started_at + 60.0
        monkeypatch.setattr(world.scheduler.ends, "_clock", lambda: now)
        await world.do("cancel", number)
        assert (await world.end_of(number)).state == "cancelled"
        assert held.looks == 4
        assert set(waited) == {ends._LOOK_S}

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
        stray_text = 'trap "" TERM; echo $$ > $SAID; while :; do sleep 100; done'
        number = await world.run(f"setsid sh -c '{stray_text}' & sleep 100")
        stray = int(await world.said.next())
        await world.until_state(number, TaskState.RUNNING)
        await world.do("cancel", number)
        await world.end_of(number)
        assert not is_alive(stray)

    async def test_who_also_emptied_its_environment_is_found(self, world: World) -> None:
        """Without mark and group a process is known by its parent, and from then on by itself."""
        stray_text = 'trap "" TERM; echo $$ > $0; while :; do sleep 100; done'
        number = await world.run(f"setsid env -i sh -c '{stray_text}' $SAID & sleep 100")
        stray = int(await world.said.next())
        await world.until_state(number, TaskState.RUNNING)
        await world.do("cancel", number)
        await world.end_of(number)
        assert not is_alive(stray)

    async def test_what_belongs_to_another_task_is_left_alone(self, world: World) -> None:
        """A task that starts a scheduler, or whatever bears another mark, is not followed into that."""
        number = await world.run("ANT_TUI_TASK=other:7.1 setsid sh -c 'echo $$ > $SAID; exec sleep 100' & sleep 100")
        stray = int(await world.said.next())
        await world.until_state(number, TaskState.RUNNING)
        await world.do("cancel", number)
        assert (await world.end_of(number)).state == "cancelled"
        assert is_alive(stray)
        os.kill(stray, signal.SIGKILL)

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
        real, cancelled = scheduler._decided, []

        def first_cancel(launches: list[tuple[int, int]], durable: bool) -> None:
            for number, _ in launches:
                scheduler.recorder.record(ev.TaskCancelRequested(at=1e9, number=number))
                cancelled.append(number)
            real(launches, durable)

        monkeypatch.setattr(scheduler, "_decided", first_cancel)
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
        by_its_name = 'until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done'
        number = await world.run(f"sleep 100 & {by_its_name}; echo $! > $SAID; exit 3", gpus=2)
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

    async def test_that_changed_only_their_group_keep_it_too(self, world: World) -> None:
        """Without mark and parent, in a group of its own: the session tells whose it is, also at the task's end."""
        (world.place / "regroup.py").write_text(REGROUP)
        number = await world.run(f"(env -i {sys.executable} regroup.py $SAID sleep 100 &); read x < $GO")
        stray = int(await world.said.next())
        world.go.say()
        await world.until_state(number, TaskState.COMPLETING)
        await world.do("cancel", number)
        assert (await world.end_of(number)).exit_code == 0
        assert not is_alive(stray)

    async def test_are_told_anew_when_they_change(self, world: World) -> None:
        """Of two, one goes: the sentence follows. What a leftover starts is one as well."""
        by_its_name = 'until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done'
        grandchild = f"sh -c 'read x < $GO; sleep 100 & {by_its_name}; echo $! > $SAID' &"
        number = await world.run(f"sleep 100 & echo $! > $SAID; {grandchild} true")
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
        child = 'trap "read x < $GO; exit 0" TERM; echo on > $SAID; while :; do sleep 0.01; done'
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
