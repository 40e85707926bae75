"""Taking over after a reboot, and where files were damaged or removed: what may have run is not run again."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ant_tui.core.task import TaskState
from ant_tui.executors import processes
from ant_tui.executors.local import LocalExecutor
from tests.scheduler.story import (
    RAN,
    Story,
    damage_records,
    until_exit_is_on_disk,
    until_gone,
    until_recorded_as_running,
)
from tests.scheduler.world import World

MakeWorld = Callable[..., World]


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
        pid = until_recorded_as_running(story, number)
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
        pid = until_recorded_as_running(story, number)
        story.ask("cancel", tasks=["nobody"])
        story.dies()
        os.killpg(pid, signal.SIGKILL)
        until_gone(pid)
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
        until_exit_is_on_disk(story.world, number)
        world = await story.goes_on()
        assert (world.state(number), world.task(number).attempts[0].exit_code) == (TaskState.FAILED, 3)

    async def test_interrupted_tasks_run_again_where_that_is_wanted(
        self, make_world: MakeWorld, rebooted: None
    ) -> None:
        """With the setting ``restore`` a task that a reboot interrupted is queued again, as a new attempt (row 248)."""
        story = Story(make_world())
        story.begin()
        number = story.submit(RAN + "[ $ANT_TASK_ATTEMPT = 2 ] || { echo on > $SAID; read x < $GO; }; exit 4")
        await story.world.said.next()
        pid = until_recorded_as_running(story, number)  # before that nobody knows on which boot it began
        story.dies()
        os.killpg(pid, signal.SIGKILL)
        until_gone(pid)
        world = await story.goes_on()
        told = await world.end_of(number)
        assert (told.exit_code, told.attempt, story.ran()) == (4, 2, "ran\n" * 2)


class TestDamage:
    async def test_a_job_directory_that_was_removed(self, story: Story) -> None:
        """The task still runs, its directory is gone: it is neither lost nor run again, and its code is known."""
        story.begin()
        number = story.submit(RAN + "echo on > $SAID; read x < $GO; exit 5", gpus=1)
        await story.world.said.next()
        until_recorded_as_running(story, number)
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
        pid = until_recorded_as_running(story, number)
        story.dies()
        story.world.go.say()
        until_gone(pid)
        shutil.rmtree(Path(story.world.options.jobs_dir, f"{number}.1"))
        world = await story.goes_on()
        assert (world.state(number), story.ran()) == (TaskState.LOST, "ran\n")

    async def test_a_status_that_is_torn(self, story: Story) -> None:
        """A status without its newline is none."""
        story.begin()
        number = story.submit("echo on > $SAID; read x < $GO; exit 12")
        await story.world.said.next()
        until_recorded_as_running(story, number)
        story.dies()
        story.world.go.say()
        until_exit_is_on_disk(story.world, number)
        told = Path(story.world.options.jobs_dir, f"{number}.1", "started")
        os.truncate(told, told.stat().st_size - 2)
        world = await story.goes_on()
        assert (world.state(number), world.task(number).attempts[0].exit_code) == (TaskState.LOST, None)

    async def test_a_journal_that_lost_a_start(self, story: Story) -> None:
        """The records of a running task's start cannot be read: its directory tells, and it is not started again."""
        story.begin()
        number = story.submit(RAN + "echo on > $SAID; read x < $GO; exit 6", gpus=2)
        await story.world.said.next()
        until_recorded_as_running(story, number)
        story.dies()
        damage_records(story.world, "task_starting", "task_started")
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
        until_recorded_as_running(story, second)
        story.dies()
        damage_records(story.world, "task_ended", "task_starting", "task_started", keep=2)
        world = await story.goes_on()
        assert world.task(first).attempts[0].exit_code == 3
        assert (world.state(second), world.indices(second)) == (TaskState.RUNNING, [0, 1, 2, 3])
        assert world.scheduler.state.invariants() == []
        world.go.say()
        assert ((await world.end_of(second)).exit_code, story.ran()) == (4, "ran\n")

    async def test_a_journal_that_lost_a_start_which_came_to_nothing(self, story: Story) -> None:
        """The attempt was never begun: it is made void for good, and the task runs as another attempt."""
        story.begin("before ant_tui.executors.local spawn_detached")
        story.submit_and_die(RAN + "exit 2")
        damage_records(story.world, "task_starting")
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
        until_recorded_as_running(story, good)
        pid = until_recorded_as_running(story, bad)
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
        until_gone(pid)

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
        until_recorded_as_running(story, second)
        story.dies()
        damage_records(story.world, "task_ended", "task_starting", "task_started", keep=2)
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
