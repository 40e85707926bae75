"""From submission to the end: what a task gets, when it starts, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ant_tui.api.schema import Submit
from ant_tui.core import events as ev
from ant_tui.core.policy import Limits
from ant_tui.core.task import TaskState
from tests.scheduler.world import World


class TestOneTask:
    async def test_runs_and_its_end_is_told(self, world: World) -> None:
        """Submit, run, end: exit code, output and times are there (rows 180, 184, 201, 211)."""
        number = await world.run("echo out; echo err >&2; exit 3")
        told = await world.end_of(number)
        assert (told.state, told.exit_code, told.signal, told.detail) == ("failed", 3, None, "exit code 3")
        assert world.output(number) == "out\nerr\n"
        assert told.submitted_at <= (told.started_at or "") <= (told.finished_at or "")
        assert told.log_path == f"{world.options.jobs_dir}/{number}.1/output.log"

    @pytest.mark.parametrize(
        ("command", "state", "code", "signal", "detail"),
        [
            ("true", "completed", 0, None, ""),
            ("no-such-command-anywhere", "failed", 127, None, "exit code 127 (command not found)"),
            ("/etc/passwd", "failed", 126, None, "exit code 126 (the command cannot be executed)"),
            ("kill -SEGV $$; sleep 9", "failed", 139, 11, "ended by SIGSEGV"),
            ("sh -c 'kill -KILL $$'", "failed", 137, 9, "ended by SIGKILL"),
            ("exit 255", "failed", 255, None, "exit code 255"),
            ("echo 'unterminated", "failed", 2, None, "exit code 2"),
        ],
    )
    async def test_ends_as_its_command_ends(
        self, world: World, command: str, state: str, code: int, signal: int | None, detail: str
    ) -> None:
        """The exit code decides, and a signal is told apart from a code (rows 210, 211, 212)."""
        told = await world.end_of(await world.run(command))
        assert (told.state, told.exit_code, told.signal, told.detail) == (state, code, signal, detail)

    async def test_tells_its_story_in_events(self, world: World) -> None:
        """Submitted, starting, started, ended: each once, in this order, and the start durable before the process."""
        number = await world.run("true")
        await world.end_of(number)
        await world.until(lambda: any(isinstance(event, ev.TaskEnded) for event in world.events))
        story = [type(event) for event in world.events if getattr(event, "number", None) == number]
        assert story == [ev.TaskSubmitted, ev.TaskStarting, ev.TaskStarted, ev.TaskEnded]

    async def test_whose_workdir_went_away_fails_alone(self, world: World) -> None:
        """The directory was there at submission and is gone at the start (row 090)."""
        place = world.place / "soon gone"
        place.mkdir()
        await world.pause()
        number = await world.run("true", workdir=str(place))
        other = await world.run("true")
        place.rmdir()
        await world.unpause()
        told = await world.ended(number, other)
        assert [one.state for one in told] == ["failed", "completed"]
        assert str(place) in world.output(number)

    async def test_prints_as_much_as_it_likes(self, world: World) -> None:
        """Output goes to the file, not through the scheduler: binary, without newline, long (rows 190, 196)."""
        number = await world.run("head -c 3000000 /dev/zero; printf '\\377\\0'")
        assert (await world.end_of(number)).state == "completed"
        with open(f"{world.options.jobs_dir}/{number}.1/output.log", "rb") as file:
            assert file.read() == b"\0" * 3_000_000 + b"\xff\0"


class TestEnvironment:
    async def test_of_a_gpu_task_names_its_gpus(self, world: World) -> None:
        """Physical numbers in the order of assignment, counted as NVML counts (rows 110, 112)."""
        number = await world.run("echo $CUDA_VISIBLE_DEVICES $CUDA_DEVICE_ORDER", gpus=3)
        await world.end_of(number)
        assert world.output(number) == "0,1,2 PCI_BUS_ID\n"

    async def test_of_a_cpu_task_shows_no_gpu(self, world: World) -> None:
        """A task that asked for no GPU sees none: the variable is set and empty (row 111)."""
        number = await world.run('echo "<$CUDA_VISIBLE_DEVICES>${CUDA_VISIBLE_DEVICES-unset}"', gpus=0)
        await world.end_of(number)
        assert world.output(number) == "<>\n"

    async def test_cannot_be_talked_out_of_its_gpus(self, world: World) -> None:
        """The scheduler's variables win over those that are taken along (row 097)."""
        theirs = {"CUDA_VISIBLE_DEVICES": "3", "CUDA_DEVICE_ORDER": "FASTEST_FIRST", "PWD": "/x", "THEIRS": "yes"}
        task = world.submission("echo $CUDA_VISIBLE_DEVICES $CUDA_DEVICE_ORDER $THEIRS; pwd", gpus=1)
        answer = await world.ask("submit", Submit((task,), {**world.environment(), **theirs}))
        number = answer.tasks[0].number
        await world.end_of(number)
        assert world.output(number) == f"0 PCI_BUS_ID yes\n{world.place}\n"

    async def test_tells_the_task_who_it_is(self, world: World) -> None:
        number = await world.run("echo $ANT_TASK_ID $ANT_TASK_NUMBER $ANT_TASK_ATTEMPT $PYTHONUNBUFFERED", id="me")
        await world.end_of(number)
        assert world.output(number) == f"me {number} 1 1\n"

    async def test_values_are_data(self, world: World) -> None:
        """Nothing in a value is executed or expanded (row 096)."""
        value = "a b\n$(touch x) `touch y` \"'\\"
        number = await world.run('printf "%s" "$ODD"', variables={"ODD": value})
        await world.end_of(number)
        assert world.output(number) == value
        assert not (world.place / "x").exists()

    async def test_does_not_leak_into_the_next_task(self, world: World) -> None:
        """A task's own variables are its own (row 098)."""
        first = await world.run("true", variables={"LEAK": "1"})
        second = await world.run('echo "${LEAK-none}"')
        await world.ended(first, second)
        assert world.output(second) == "none\n"


class TestPlacement:
    async def test_takes_the_lowest_free_indices(self, world: World) -> None:
        """First free of the managed order (row 113)."""
        first, second = await world.submit("read x < $GO", "read x < $GO", gpus=1)
        await world.until(lambda: world.states([first, second]) == ["running", "running"])
        third = await world.run("read x < $GO", gpus=2)
        await world.until_state(third, TaskState.RUNNING)
        assert [world.indices(number) for number in (first, second, third)] == [[0], [1], [2, 3]]
        for _ in range(3):
            world.go.say()
        await world.ended(first, second, third)

    async def test_hands_each_gpu_out_once(self, world: World) -> None:
        """No two tasks at one time hold a GPU, whatever is asked for (row 222)."""
        wants = [1, 2, 3, 1, 4, 1, 2, 1, 1, 3] * 3
        held: dict[int, set[int]] = {}
        numbers = [await world.run("true", gpus=count) for count in wants]
        await world.ended(*numbers)
        await world.until(lambda: sum(isinstance(event, ev.TaskEnded) for event in world.events) == len(wants))
        for event in world.events:
            if isinstance(event, ev.TaskStarting):
                taken = {gpu.index for gpu in event.gpus}
                assert not taken & {index for others in held.values() for index in others}
                held[event.number] = taken
            elif isinstance(event, ev.TaskEnded):
                assert len(held.pop(event.number)) == wants[event.number - numbers[0]]

    async def test_keeps_to_named_gpus(self, world: World) -> None:
        """Only these, or not those (row 123)."""
        first = await world.run("true", gpu_ids=("2", "3"))
        second = await world.run("true", gpus=2, exclude_gpus=("0",))
        await world.ended(first, second)
        assert (world.indices(first), len(world.indices(second))) == ([2, 3], 2)
        assert 0 not in world.indices(second)

    async def test_a_blocked_head_lets_others_pass(self, world: World) -> None:
        """A task that fits starts, although one before it does not (row 131)."""
        holder = await world.run("read x < $GO", gpus=1)
        blocked = await world.run("true", gpus=4)
        small = await world.run("true", gpus=3)
        cpu = await world.run("true")
        await world.ended(small, cpu)
        assert world.states([holder, blocked]) == ["running", "queued"]
        world.go.say()
        assert (await world.end_of(blocked)).state == "completed"

    async def test_freed_gpus_go_to_the_next_at_once(self, world: World) -> None:
        """A freed GPU is reused when the end is known, without any further cause (row 140)."""
        numbers = await world.submit(*["true"] * 12, gpus=4)
        assert {told.state for told in await world.ended(*numbers)} == {"completed"}

    async def test_starts_many_in_one_moment(self, world: World) -> None:
        """A hundred short tasks start together, not one by one (row 139)."""
        numbers = await world.submit(*["echo hello"] * 100)
        assert {told.state for told in await world.ended(*numbers)} == {"completed"}
        starting = [event for event in world.events if isinstance(event, ev.TaskStarting)]
        assert len({event.at for event in starting}) <= 4
        assert {world.output(number) for number in numbers} == {"hello\n"}


class TestOrder:
    async def test_is_that_of_submission(self, make_world: Callable[..., World]) -> None:
        """First come, first served among equals (row 130)."""
        world = await make_world(simulate_gpus=1).open()
        await world.pause()
        numbers = await world.submit(*[f"echo {place} >> order" for place in range(6)], gpus=1)
        await world.unpause()
        await world.ended(*numbers)
        assert (world.place / "order").read_text().split() == [str(place) for place in range(6)]

    async def test_is_that_of_priority_before(self, make_world: Callable[..., World]) -> None:
        """The smaller number goes first, then who came first (row 132)."""
        world = await make_world(simulate_gpus=1).open()
        await world.pause()
        for name, priority in (("a", 10), ("b", 5), ("c", 20), ("d", 5)):
            await world.run(f"echo {name} >> order", gpus=1, priority=priority)
        await world.unpause()
        await world.ended(*range(1, 5))
        assert (world.place / "order").read_text().split() == ["b", "d", "a", "c"]


class TestLimits:
    async def test_of_tasks_without_a_gpu(self, make_world: Callable[..., World]) -> None:
        """So many CPU tasks run at once, and no more (row 125)."""
        world = await make_world(limits=Limits(cpu_tasks=2)).open()
        numbers = await world.submit(*["echo on > $SAID; read x < $GO"] * 3)
        gpu = await world.run("true", gpus=1)
        await world.end_of(gpu)
        for _ in range(2):
            await world.said.next()
        await world.until(lambda: world.states(numbers) == ["running", "running", "queued"])
        for _ in numbers:
            world.go.say()
        await world.ended(*numbers)

    async def test_of_gpus_in_use(self, make_world: Callable[..., World]) -> None:
        """So many GPUs are in use at once, though more are free (row 124)."""
        world = await make_world(limits=Limits(gpus=2)).open()
        first, second = await world.submit("read x < $GO", "read x < $GO", gpus=1)
        third = await world.run("true", gpus=1)
        await world.until(lambda: world.states([first, second]) == ["running", "running"])
        assert world.state(third) is TaskState.QUEUED
        world.go.say()
        world.go.say()
        await world.ended(first, second, third)


class TestGpuSwitches:
    async def test_a_disabled_gpu_is_left_out(self, world: World) -> None:
        """The next start avoids it, the running task is untouched, and it is used again later (row 150)."""
        holder = await world.run("read x < $GO", gpus=1)
        await world.until_state(holder, TaskState.RUNNING)
        assert all(one.ok for one in await world.do("gpus_disable", "0", "1"))
        other = await world.run("true", gpus=1)
        await world.end_of(other)
        assert (world.indices(other), world.states([holder])) == ([2], ["running"])
        await world.do("gpus_enable", "1")
        third = await world.run("true", gpus=1)
        await world.end_of(third)
        assert world.indices(third) == [1]
        world.go.say()
        await world.end_of(holder)

    async def test_outlive_the_scheduler(self, world: World) -> None:
        """What was switched off stays off (row 153)."""
        await world.do("gpus_disable", "0")
        await world.do("gpus_remove", "1")
        await world.close()
        await world.open()
        number = await world.run("true", gpus=2)
        await world.end_of(number)
        assert world.indices(number) == [2, 3]

    async def test_only_chosen_gpus_are_ever_used(self, make_world: Callable[..., World]) -> None:
        """With some GPUs chosen at the start, a task beyond them waits, whatever else is free (row 001)."""
        world = await make_world(only_gpus=("1", "3")).open()
        first, second = await world.submit("read x < $GO", "read x < $GO", gpus=1)
        third = await world.run("true", gpus=1)
        await world.until(lambda: world.states([first, second]) == ["running", "running"])
        assert (world.indices(first), world.indices(second)) == ([1], [3])
        assert world.state(third) is TaskState.QUEUED
        world.go.say()
        world.go.say()
        await world.ended(first, second, third)


async def test_a_good_end_leaves_a_snapshot_where_there_is_much_to_read(world: World) -> None:
    """The next scheduler reads it in place of the records, and finds the same; a few records leave none."""
    journal = Path(world.options.data_dir, "journal")
    await world.submit("true", hold=True)
    await world.close()
    assert list(journal.glob("*.snapshot.json")) == []
    await world.open()
    await world.submit(*["true"] * 600, hold=True)
    await world.close()
    assert len(list(journal.glob("*.snapshot.json"))) == 1
    await world.open()
    assert world.scheduler.state.counts[TaskState.QUEUED] == 601
    assert not world.scheduler.notes
