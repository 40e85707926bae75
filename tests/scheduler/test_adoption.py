"""A scheduler dies at the worst moments, and another takes over: nothing runs twice, nothing is lost, codes are true.

The one that dies is a process of its own and is killed with -9; the one that takes over lives in the test.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.errors import OtherSchedulerRunning
from ant_tui.executors import processes
from ant_tui.executors.local import LocalExecutor
from ant_tui.scheduler.recovery import RecoveryChoices
from tests.scheduler.child import Child
from tests.scheduler.world import World

MakeWorld = Callable[..., World]

RAN = "echo ran >> ran; "
LAUNCH = "ant_tui.executors.local LocalExecutor.start"
WATCH = "ant_tui.scheduler.ends Ends.watch"
EXITED = "ant_tui.scheduler.ends Ends._take_exit"
FINISH = "ant_tui.scheduler.ends Ends._finish"
CANCEL = "ant_tui.scheduler.ends Ends.cancel"
PRESS = "ant_tui.scheduler.ends Ends._press"


class Story:
    """The scheduler that dies, and the world that takes over from it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.child: Child | None = None

    def begin(self, dies: str = "", **options: Any) -> None:
        """Start the scheduler that will die."""
        self.child = Child(self.world.place, dies=dies, **options)

    def _submission(self, command: str, fields: dict[str, Any]) -> dict[str, Any]:
        task = {"command": command, "workdir": str(self.world.place), "verbatim": True, **fields}
        return {"tasks": [task], "environment": self.world.environment()}

    def submit(self, command: str, **fields: Any) -> int:
        """Queue a task and wait for the answer; its number."""
        assert self.child is not None
        return int(self.child.ask("submit", **self._submission(command, fields))["tasks"][0]["number"])

    def submit_and_die(self, command: str, **fields: Any) -> None:
        """Queue a task by which the scheduler dies; the answer may or may not come."""
        assert self.child is not None
        self.child.say("submit", **self._submission(command, fields))
        self.child.died()

    def ask(self, method: str, **parameters: Any) -> Any:
        assert self.child is not None
        return self.child.ask(method, **parameters)

    def dies(self) -> None:
        """Kill the scheduler, or wait until it has killed itself."""
        assert self.child is not None
        self.child.kill()

    async def goes_on(self) -> World:
        """Let another scheduler take over."""
        return await self.world.open()

    def ran(self) -> str:
        """What the commands left behind: one line for each time that one ran."""
        path = self.world.place / "ran"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def story(make_world: MakeWorld) -> Iterator[Story]:
    """Two schedulers, one after the other, on one data directory; lost tasks stay as they are found."""
    made = Story(make_world(recovery=RecoveryChoices(interrupted="keep")))
    yield made
    if made.child is not None and made.child.process.poll() is None:
        made.child.kill()


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
        story.begin("before os posix_spawn")
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
        _until_exit_is_on_disk(story.world, 1)
        world = await story.goes_on()
        told = await world.show(1)
        assert (told.state, told.exit_code, story.ran()) == ("failed", 5, "ran\n")
        assert (told.started_at or "") <= (told.finished_at or "")

    async def test_a_wrapper_that_comes_late_does_nothing(self, story: Story) -> None:
        """The first attempt was made void: a wrapper that only now begins does not run the command (row 259)."""
        story.begin("before os posix_spawn")
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
        at = _until_exit_is_on_disk(story.world, number)
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
        assert processes.stat_of(stray) is None or not (processes.stat_of(stray) or pytest.fail("")).alive

    async def test_a_suspended_one_stays_suspended(self, story: Story) -> None:
        story.begin()
        number = story.submit("echo on > $SAID; read x < $GO; exit 2")
        await story.world.said.next()
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
        _until_exit_is_on_disk(story.world, number)
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
        pid = int(story.ask("show", tasks=[str(number)])["tasks"][0]["pid"])
        story.dies()
        os.killpg(pid, signal.SIGKILL)
        _until_gone(pid)
        world = await story.goes_on()
        await world.until(lambda: any(isinstance(event, ev.TaskEnded) for event in _all(world)))
        (end,) = [event for event in _all(world) if isinstance(event, ev.TaskEnded)]
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
        _until_gone(child)
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
        _append_to_journal(data, ev.TaskCancelRequested(at=2e9, number=1))
        world = await story.goes_on()
        assert (world.state(1), story.ran()) == (TaskState.CANCELLED, "")


class TestReboot:
    @pytest.fixture
    def rebooted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From the test's point of view the machine has been started anew."""
        monkeypatch.setattr(processes, "boot_id", lambda: "another-boot")

    async def test_a_task_is_lost_although_its_pid_lives(self, story: Story, rebooted: None) -> None:
        """The same pid, even the same marker, of another boot is nobody we know (row 257)."""
        story.begin()
        number = story.submit(RAN + "echo on > $SAID; read x < $GO", gpus=1)
        await story.world.said.next()
        pid = int(story.ask("show", tasks=[str(number)])["tasks"][0]["pid"])
        story.dies()
        world = await story.goes_on()
        # Here the process of "the boot before" still lives and carries the marker, which no reboot can bring about:
        # it is seen as something that is left, never as the running task.
        assert world.state(number) is TaskState.COMPLETING
        os.killpg(pid, signal.SIGKILL)
        told = await world.end_of(number)
        assert (told.state, told.detail) == ("lost", "the machine was restarted while it ran")
        assert story.ran() == "ran\n"

    async def test_a_used_pid_is_not_touched(self, story: Story, rebooted: None) -> None:
        """Somebody else's process bears the pid now: the task is lost, and that process is left in peace."""
        story.begin()
        number = story.submit(RAN + "echo on > $SAID; read x < $GO", gpus=1)
        await story.world.said.next()
        pid = int(story.ask("show", tasks=[str(number)])["tasks"][0]["pid"])
        story.ask("cancel", tasks=["nobody"])
        story.dies()
        os.killpg(pid, signal.SIGKILL)
        _until_gone(pid)
        bystander = os.posix_spawn("/bin/sleep", ["sleep", "100"], os.environ, setsid=True)
        claim = Path(story.world.options.jobs_dir, f"{number}.1", "started")
        claim.write_text(claim.read_text().replace(str(pid), str(bystander)))
        world = await story.goes_on()
        assert world.state(number) is TaskState.RECOVERABLE
        aside = world.task(number).aside
        assert aside is not None
        assert (aside.was, aside.group) == (TaskState.LOST, "interrupted")
        assert len(world.scheduler.state.cluster.free()) == 4
        found = processes.stat_of(bystander)
        assert found is not None
        assert found.alive
        os.kill(bystander, signal.SIGKILL)

    async def test_a_task_that_had_ended_before_has_ended(self, story: Story, rebooted: None) -> None:
        """Its status is on disk: that it is of another boot does not matter."""
        story.begin()
        number = story.submit("echo on > $SAID; read x < $GO; exit 3")
        await story.world.said.next()
        story.dies()
        story.world.go.say()
        _until_exit_is_on_disk(story.world, number)
        world = await story.goes_on()
        assert (world.state(number), world.task(number).attempts[0].exit_code) == (TaskState.FAILED, 3)

    async def test_interrupted_tasks_run_again_where_that_is_wanted(self, make_world: MakeWorld, rebooted: None) -> None:
        """With the setting ``restore`` a task that a reboot interrupted is queued again, as a new attempt (row 248)."""
        story = Story(make_world())
        story.begin()
        number = story.submit(RAN + "[ $ANT_TASK_ATTEMPT = 2 ] || { echo on > $SAID; read x < $GO; }; exit 4")
        await story.world.said.next()
        pid = int(story.ask("show", tasks=[str(number)])["tasks"][0]["pid"])
        story.dies()
        os.killpg(pid, signal.SIGKILL)
        _until_gone(pid)
        world = await story.goes_on()
        told = await world.end_of(number)
        assert (told.exit_code, told.attempt, story.ran()) == (4, 2, "ran\n" * 2)


class TestDamage:
    async def test_a_job_directory_that_was_removed(self, story: Story) -> None:
        """The task still runs, though its directory is gone: it is neither lost nor run again, and its code is known."""
        story.begin()
        number = story.submit(RAN + "echo on > $SAID; read x < $GO; exit 5", gpus=1)
        await story.world.said.next()
        _until_recorded_as_running(story, number)
        story.dies()
        shutil.rmtree(Path(story.world.options.jobs_dir, f"{number}.1"))
        world = await story.goes_on()
        assert world.state(number) is TaskState.RUNNING
        world.go.say()
        assert ((await world.end_of(number)).exit_code, story.ran()) == (5, "ran\n")

    async def test_a_job_directory_that_was_removed_of_a_task_that_is_over(self, story: Story) -> None:
        """Nothing is left to tell how it ended: lost, and not run again."""
        story.begin()
        number = story.submit(RAN + "echo on > $SAID; read x < $GO; exit 5", gpus=1)
        await story.world.said.next()
        pid = _until_recorded_as_running(story, number)
        story.dies()
        story.world.go.say()
        _until_gone(pid)
        shutil.rmtree(Path(story.world.options.jobs_dir, f"{number}.1"))
        world = await story.goes_on()
        aside = world.task(number).aside
        assert aside is not None
        assert (aside.was, story.ran()) == (TaskState.LOST, "ran\n")

    async def test_an_exit_file_that_is_torn(self, story: Story) -> None:
        """A status without its newline is none."""
        story.begin()
        number = story.submit("echo on > $SAID; read x < $GO; exit 12")
        await story.world.said.next()
        _until_recorded_as_running(story, number)
        story.dies()
        story.world.go.say()
        _until_exit_is_on_disk(story.world, number)
        Path(story.world.options.jobs_dir, f"{number}.1", "exit").write_text("1")
        world = await story.goes_on()
        assert world.task(number).aside is not None

    async def test_a_journal_that_lost_a_start(self, story: Story) -> None:
        """The records of a running task's start cannot be read: its directory tells, and it is not started again."""
        story.begin()
        number = story.submit(RAN + "echo on > $SAID; read x < $GO; exit 6", gpus=2)
        await story.world.said.next()
        _until_recorded_as_running(story, number)
        story.dies()
        _damage_records(story.world, "task_starting", "task_started")
        world = await story.goes_on()
        assert (world.state(number), world.indices(number)) == (TaskState.RUNNING, [0, 1])
        assert any("cannot be read" in note for note in world.scheduler.notes)
        world.go.say()
        assert ((await world.end_of(number)).exit_code, story.ran()) == (6, "ran\n")

    async def test_a_journal_that_lost_an_end_and_a_start_on_the_same_gpu(self, story: Story) -> None:
        """By the journal one task holds the GPU that another runs on: both are put right."""
        story.begin()
        first = story.submit("echo on > $SAID; read x < $GO; exit 3", gpus=4)
        second = story.submit(RAN + "echo on > $SAID; read x < $GO; exit 4", gpus=4)
        await story.world.said.next()
        story.world.go.say()
        await story.world.said.next()
        _until_recorded_as_running(story, second)
        story.dies()
        _damage_records(story.world, "task_ended", "task_starting", "task_started", keep=2)
        world = await story.goes_on()
        assert world.task(first).attempts[0].exit_code == 3
        assert (world.state(second), world.indices(second)) == (TaskState.RUNNING, [0, 1, 2, 3])
        assert world.scheduler.state.invariants() == []
        world.go.say()
        assert ((await world.end_of(second)).exit_code, story.ran()) == (4, "ran\n")

    async def test_a_journal_that_lost_a_start_which_came_to_nothing(self, story: Story) -> None:
        """The attempt was never begun: it is made void for good, and the task runs as another attempt."""
        story.begin("before os posix_spawn")
        story.submit_and_die(RAN + "exit 2")
        _damage_records(story.world, "task_starting")
        world = await story.goes_on()
        told = await world.end_of(1)
        assert (told.exit_code, story.ran()) == (2, "ran\n")
        assert told.log_path == f"{world.options.jobs_dir}/1.2/output.log"

    async def test_a_task_that_cannot_be_taken_over_keeps_its_gpus(
        self, story: Story, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An error while one task is adopted: the others are, and nobody gets the GPUs of what may still run."""
        story.begin()
        bad = story.submit("echo on > $SAID; read x < $GO", gpus=3)
        await story.world.said.next()
        good = story.submit("echo on > $SAID; read x < $GO; exit 5", gpus=1)
        await story.world.said.next()
        _until_recorded_as_running(story, good)
        pid = _until_recorded_as_running(story, bad)
        story.dies()
        real = LocalExecutor.look

        def failing(executor: LocalExecutor, number: int, attempt: int) -> Any:
            if number == bad:
                raise OSError(5, "Input/output error")
            return real(executor, number, attempt)

        monkeypatch.setattr(LocalExecutor, "look", failing)
        world = await story.goes_on()
        await world.until_state(bad, TaskState.COMPLETING)
        assert world.scheduler.state.cluster.free() == []
        world.go.say()
        world.go.say()
        assert (await world.end_of(good)).exit_code == 5
        told = await world.end_of(bad)
        assert (told.state, "could not be taken over" in told.detail) == ("lost", True)
        _until_gone(pid)


    async def test_a_start_that_is_found_on_gpus_that_are_still_taken(
        self, story: Story, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is found to run is never left out of sight, even where its GPUs seem to be another's."""
        story.begin()
        first = story.submit("echo on > $SAID; read x < $GO", gpus=4)
        await story.world.said.next()
        story.world.go.say()
        second = story.submit(RAN + "echo on > $SAID; read x < $GO; exit 4", gpus=4)
        await story.world.said.next()
        _until_recorded_as_running(story, second)
        story.dies()
        _damage_records(story.world, "task_ended", "task_starting", "task_started", keep=2)
        real, failures = LocalExecutor.look, 1

        def failing(executor: LocalExecutor, number: int, attempt: int) -> Any:
            nonlocal failures
            if number == first and failures:
                failures -= 1
                raise OSError(5, "Input/output error")
            return real(executor, number, attempt)

        monkeypatch.setattr(LocalExecutor, "look", failing)
        world = await story.goes_on()
        assert world.state(second) is TaskState.RUNNING
        await world.end_of(first)
        world.go.say()
        assert ((await world.end_of(second)).exit_code, story.ran()) == (4, "ran\n")


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
        monkeypatch.setattr(world.scheduler, "_launch", lambda: None)
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


# -- what the tests above wait for and break -------------------------------------------------------------------


def _until_exit_is_on_disk(world: World, number: int) -> float:
    """Wait for a wrapper that is just writing its status; when it did."""
    executor = LocalExecutor(world.options.jobs_dir, "whoever")
    directory = executor.directory(number, 1)
    with open(f"{directory.path}/started") as file:
        _until_gone(int(file.read().split()[0]))
    status = directory.status()
    assert status is not None
    return status[1]


def _until_gone(pid: int) -> None:
    """Wait for the end of a process that is not our child."""
    import select

    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ready, _, _ = select.select([descriptor], [], [], 20)
    os.close(descriptor)
    assert ready, f"process {pid} does not end"


def _until_recorded_as_running(story: Story, number: int) -> int:
    """Ask until the start is recorded; the leader's pid."""
    while (task := story.ask("show", tasks=[str(number)])["tasks"][0])["state"] != "running":
        pass
    story.ask("tag", tasks=[str(number)], label="seen")  # an answer to this means that all before it is on disk
    return int(task["pid"])


def _all(world: World) -> list[Any]:
    """Every event that is on disk, by the journal itself."""
    return [event for _, event in world.scheduler.journal.records_since(0) or ()]


def _append_to_journal(data: Path, *events: ev.RecordedEvent) -> None:
    from ant_tui.journal.journal import Journal

    journal, _ = Journal.open(data / "journal", on_durable=lambda _: None, on_failure=lambda _: None)
    journal.append(events)
    journal.close()


def _damage_records(world: World, *types: str, keep: int = 0) -> None:
    """Make the records of some events unreadable, but for the first few of them."""
    (segment,) = Path(world.options.data_dir, "journal").glob("*.jsonl")
    lines = segment.read_bytes().splitlines(keepends=True)
    for place, line in enumerate(lines):
        if any(f'"{name}"'.encode() in line for name in types):
            if keep:
                keep -= 1
                continue
            lines[place] = line.replace(b'"at"', b'"xx"')
    segment.write_bytes(b"".join(lines))
