"""A scheduler dies at the worst moments, and another takes over: nothing runs twice, nothing is lost, codes are true.

The one that dies is a process of its own and is killed with -9; the one that takes over lives in the test.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.errors import OtherSchedulerRunning
from ant_tui.executors import processes
from ant_tui.scheduler import start_crew
from tests.scheduler.loops import is_alive
from tests.scheduler.story import (
    RAN,
    Story,
    append_to_journal,
    recorded,
    until_exit_is_on_disk,
    until_gone,
    until_recorded_as_running,
)
from tests.scheduler.world import World

MakeWorld = Callable[..., World]

LAUNCH = "ant_tui.executors.local LocalExecutor.start"
SPAWN = "ant_tui.executors.local spawn_detached"
WATCH = "ant_tui.scheduler.ends Ends.watch"
EXITED = "ant_tui.scheduler.ends Ends._take_exit"
FINISH = "ant_tui.scheduler.ends Ends._finish"
CANCEL = "ant_tui.scheduler.ends Ends.cancel"
PRESS = "ant_tui.scheduler.ends Ends._press"


class TestKilledWhileATaskStarts:
    async def test_before_the_process_exists(self, story: Story) -> None:
        """The decision was durable, the process never was: the task runs, once (row 259)."""
        story.begin(f"before {LAUNCH}")
        story.submit_and_die(RAN + "exit 3", gpus=2)
        world = await story.goes_on()
        told = await world.end_of(1)
        assert (told.state, told.exit_code, story.ran()) == ("failed", 3, "ran\n")
        assert (world.task(1).starts, len(world.task(1).attempts)) == (2, 1)

    async def test_after_the_directory_and_before_the_process(self, story: Story) -> None:
        """Everything was laid out, nothing was started."""
        story.begin(f"before {SPAWN}")
        story.submit_and_die(RAN)
        world = await story.goes_on()
        assert ((await world.end_of(1)).state, story.ran()) == ("completed", "ran\n")

    async def test_after_the_process_exists_and_before_that_is_recorded(self, story: Story) -> None:
        """The journal knows of no process, but there is one: it is taken over, not started again."""
        story.begin(f"before {WATCH}")
        story.submit_and_die(RAN + "echo on > $SAID; read x < $GO; exit 4", gpus=1)
        assert await story.world.said.next() == "on"
        world = await story.goes_on()
        assert (world.state(1), world.indices(1)) == (TaskState.RUNNING, [0])
        attempt = world.task(1).attempts[0]
        found = processes.stat_of(attempt.pid)
        assert found is not None
        assert (attempt.pid_start, attempt.boot_id) == (found.start, processes.boot_id())
        world.go.say()
        told = await world.end_of(1)
        assert (told.exit_code, story.ran(), world.task(1).starts) == (4, "ran\n", 1)

    async def test_and_the_task_has_ended_before_anybody_looks(self, story: Story) -> None:
        """Started, never recorded, over: its true code is found in its directory."""
        story.begin(f"before {WATCH}")
        story.submit_and_die(RAN + "echo on > $SAID; exit 5")
        await story.world.said.next()
        until_exit_is_on_disk(story.world, 1)
        world = await story.goes_on()
        told = await world.show(1)
        assert (told.state, told.exit_code, story.ran()) == ("failed", 5, "ran\n")
        assert (told.started_at or "") <= (told.finished_at or "")

    async def test_a_wrapper_that_comes_late_does_nothing(self, story: Story) -> None:
        """The first attempt was made void: a wrapper that only now begins does not run the command (row 259)."""
        story.begin(f"before {SPAWN}")
        story.submit_and_die(RAN)
        world = await story.goes_on()
        await world.end_of(1)
        late = Path(world.options.jobs_dir, "1.1", "run.sh")
        assert os.spawnl(os.P_WAIT, "/bin/sh", "/bin/sh", str(late)) != 0
        assert story.ran() == "ran\n"


class TestKilledWhileATaskRuns:
    async def test_it_goes_on_and_its_code_is_true(self, story: Story) -> None:
        """Output is complete, the code is the command's, the GPUs stay taken (rows 257, 258)."""
        story.begin()
        number = story.submit(RAN + "echo on > $SAID; read x < $GO; echo after; exit 6", gpus=2)
        await story.world.said.next()
        story.dies()
        world = await story.goes_on()
        assert (world.state(number), world.indices(number)) == (TaskState.RUNNING, [0, 1])
        following = await world.run("true", gpus=3)
        assert world.state(following) is TaskState.QUEUED
        world.go.say()
        told = await world.end_of(number)
        assert (told.state, told.exit_code, story.ran()) == ("failed", 6, "ran\n")
        assert world.output(number) == "after\n"
        assert (await world.end_of(following)).state == "completed"

    async def test_it_ends_while_nobody_is_there(self, story: Story) -> None:
        """The new scheduler finds its end, with the code and the time of it."""
        story.begin()
        number = story.submit(RAN + "echo on > $SAID; read x < $GO; exit 7", gpus=1)
        await story.world.said.next()
        story.dies()
        story.world.go.say()
        at = until_exit_is_on_disk(story.world, number)
        world = await story.goes_on()
        assert (world.state(number), world.task(number).attempts[0].exit_code) == (TaskState.FAILED, 7)
        assert world.task(number).attempts[0].exited_at == at
        assert len(world.scheduler.state.cluster.free()) == 4

    async def test_many_at_once(self, story: Story) -> None:
        """Twenty tasks: running, over meanwhile, waiting. Each runs once, each code is its own."""
        story.begin()
        numbers = [story.submit(f"{RAN} read x < $GO; exit {code}", gpus=code % 2) for code in range(20)]
        story.world.go.say()
        story.world.go.say()
        story.dies()
        world = await story.goes_on()
        for _ in numbers:
            world.go.say()
        told = await world.ended(*numbers)
        assert [one.exit_code for one in told] == list(range(20))
        assert story.ran() == "ran\n" * 20

    async def test_again_and_again(self, story: Story) -> None:
        """Three schedulers die one after the other over the same task."""
        story.begin()
        number = story.submit(RAN + "echo on > $SAID; read x < $GO; exit 8")
        await story.world.said.next()
        for _ in range(2):
            story.dies()
            story.begin()
        story.dies()
        world = await story.goes_on()
        world.go.say()
        assert ((await world.end_of(number)).exit_code, story.ran()) == (8, "ran\n")

    async def test_it_can_be_ended_by_the_next(self, story: Story) -> None:
        """Cancel, and with it what left the group, works on a task that another scheduler started."""
        story.begin()
        number = story.submit("setsid sh -c 'echo $$ > $SAID; exec sleep 100' & trap '' TERM; sleep 100; sleep 100")
        stray = int(await story.world.said.next())
        story.dies()
        world = await story.goes_on()
        await world.do("cancel", number)
        assert (await world.end_of(number)).state == "cancelled"
        assert not is_alive(stray)

    async def test_a_suspended_one_stays_suspended(self, story: Story) -> None:
        story.begin()
        number = story.submit("echo on > $SAID; read x < $GO; exit 2")
        await story.world.said.next()
        until_recorded_as_running(story, number)
        assert story.ask("suspend", tasks=[str(number)])["results"][0]["ok"]
        story.dies()
        world = await story.goes_on()
        assert world.state(number) is TaskState.SUSPENDED
        await world.do("resume", number)
        world.go.say()
        assert (await world.end_of(number)).exit_code == 2

    async def test_what_it_leaves_behind_is_seen(self, story: Story) -> None:
        """The command ended unseen, a child of it did not: completing, with the code already known."""
        story.begin()
        number = story.submit("sleep 100 & echo $! > $SAID; read x < $GO; exit 9", gpus=1)
        child = int(await story.world.said.next())
        story.dies()
        story.world.go.say()
        until_exit_is_on_disk(story.world, number)
        world = await story.goes_on()
        await world.until_state(number, TaskState.COMPLETING)
        await world.until(lambda: world.task(number).attempts[0].leftovers)
        assert world.task(number).attempts[0].exit_code == 9
        assert len(world.scheduler.state.cluster.free()) == 3
        os.kill(child, signal.SIGKILL)
        assert (await world.end_of(number)).exit_code == 9

    async def test_killed_itself_meanwhile_it_is_lost(self, story: Story) -> None:
        """The wrapper was killed while nobody was there: no code is made up, and it is not run again."""
        story.begin()
        number = story.submit(RAN + "echo on > $SAID; read x < $GO")
        await story.world.said.next()
        pid = until_recorded_as_running(story, number)
        story.dies()
        os.killpg(pid, signal.SIGKILL)
        until_gone(pid)
        world = await story.goes_on()
        await world.until(lambda: any(isinstance(event, ev.TaskEnded) for event in recorded(world)))
        (end,) = [event for event in recorded(world) if isinstance(event, ev.TaskEnded)]
        assert (end.state, end.exit_code) == (TaskState.LOST, None)
        assert "not known" in end.detail
        assert story.ran() == "ran\n"


class TestKilledWhileATaskEnds:
    @pytest.mark.parametrize("point", [f"before {EXITED}", f"before {FINISH}"])
    async def test_before_its_end_is_recorded(self, story: Story, point: str) -> None:
        """The end was seen and not written down: it is found again."""
        story.begin(point)
        story.submit_and_die(RAN + "exit 3", gpus=1)
        world = await story.goes_on()
        assert (world.state(1), world.task(1).attempts[0].exit_code, story.ran()) == (TaskState.FAILED, 3, "ran\n")

    async def test_while_leftovers_keep_it_completing(self, story: Story) -> None:
        """The next scheduler goes on waiting for the same leftover."""
        story.begin()
        number = story.submit("sleep 100 & echo $! > $SAID; exit 3", gpus=1)
        child = int(await story.world.said.next())
        while story.ask("show", tasks=[str(number)])["tasks"][0]["state"] != "completing":
            pass
        story.dies()
        world = await story.goes_on()
        assert (world.state(number), world.task(number).attempts[0].exit_code) == (TaskState.COMPLETING, 3)
        os.kill(child, signal.SIGKILL)
        told = await world.end_of(number)
        assert (told.state, told.exit_code, told.signal) == ("failed", 3, None)

    async def test_leftovers_that_went_meanwhile_hold_nothing(self, story: Story) -> None:
        story.begin()
        number = story.submit("sleep 100 & echo $! > $SAID; exit 0", gpus=1)
        child = int(await story.world.said.next())
        while story.ask("show", tasks=[str(number)])["tasks"][0]["state"] != "completing":
            pass
        story.dies()
        os.kill(child, signal.SIGKILL)
        until_gone(child)
        world = await story.goes_on()
        assert (await world.end_of(number)).state == "completed"


class TestKilledWhileItCancels:
    @pytest.mark.parametrize("point", [f"before {CANCEL}", f"before {PRESS}", f"after {PRESS}"])
    async def test_the_next_one_carries_it_out(self, story: Story, point: str) -> None:
        """Cancelling was durable, before or after the first signal: the task ends, as cancelled."""
        story.begin(point)
        number = story.submit("trap '' TERM; echo on > $SAID; while :; do sleep 100; done", gpus=1)
        await story.world.said.next()
        assert story.child is not None
        story.child.say("cancel", tasks=[str(number)])
        story.child.died()
        world = await story.goes_on()
        told = await world.end_of(number)
        assert (told.state, len(world.scheduler.state.cluster.free())) == ("cancelled", 4)

    async def test_before_the_task_ever_began(self, story: Story) -> None:
        """Decided, cancelled, died: it never runs."""
        story.begin(f"before {LAUNCH}")
        story.submit_and_die(RAN)
        data = Path(story.world.options.data_dir)
        append_to_journal(data, ev.TaskCancelRequested(at=2e9, number=1))
        world = await story.goes_on()
        assert (world.state(1), story.ran()) == (TaskState.CANCELLED, "")


class TestHandOver:
    async def test_an_orderly_end_and_the_next_start_touch_no_task(self, world: World) -> None:
        """The scheduler moves to another process: tasks do not notice (rows 013, 261)."""
        running = await world.run(RAN + "echo on > $SAID; read x < $GO; exit 3", gpus=1)
        await world.said.next()
        await world.pause()
        waiting = await world.run(RAN + "true", gpus=4)
        await world.close()
        assert any(isinstance(event, ev.SchedulerStopped) for event in world.events)
        await world.open()
        assert world.states([running, waiting]) == ["running", "queued"]
        await world.unpause()
        world.go.say()
        assert [told.exit_code for told in await world.ended(running, waiting)] == [3, 0]
        assert (world.place / "ran").read_text() == "ran\n" * 2

    async def test_in_the_moment_of_a_decision_loses_no_start(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Decided, durable, not begun, and the scheduler ends: the task is queued for the next one."""
        with monkeypatch.context() as patch:
            patch.setattr(start_crew, "_UNDER_WAY", 0)
            numbers = await world.submit(RAN + "true", RAN + "true", gpus=1)
            await world.until(lambda: world.states(numbers) == ["starting"] * 2)
            await world.close()
        await world.open()
        assert {told.state for told in await world.ended(*numbers)} == {"completed"}
        assert (world.place / "ran").read_text() == "ran\n" * 2

    async def test_only_one_works_on_a_data_directory(self, world: World, make_world: MakeWorld) -> None:
        """A second one is refused and changes nothing (row 014)."""
        number = await world.run("echo on > $SAID; read x < $GO")
        await world.said.next()
        second = make_world()
        with pytest.raises(OtherSchedulerRunning, match=str(os.getpid())):
            await second.open()
        world.go.say()
        assert (await world.end_of(number)).state == "completed"
