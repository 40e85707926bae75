"""What people do with tasks that wait and tasks that are over: every verb through the door that clients use."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ant_tui.api.documents import MASK
from ant_tui.api.schema import Edit, Move, Retry, Selection, Submit, Tag
from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.errors import NoSuchTask, Refused, SubmissionError, UsageError
from ant_tui.journal import files, writer
from tests.scheduler.world import World

MakeWorld = Callable[..., World]


@pytest.fixture
async def paused(world: World) -> World:
    """A world in which nothing starts for now."""
    await world.pause()
    return world


class TestSubmitting:
    async def test_all_or_nothing(self, paused: World) -> None:
        """One bad task in a request: nothing is queued, and every reason is told (row 044)."""
        good, bad = paused.submission("true"), paused.submission(" ")
        worse = paused.submission("true", workdir=str(paused.place / "nowhere"))
        with pytest.raises(SubmissionError) as caught:
            await paused.ask("submit", Submit((good, bad, worse), paused.environment()))
        assert len(caught.value.reasons) == 2
        assert "nowhere" in caught.value.reasons[1]
        assert paused.queue() == []
        assert paused.scheduler.state.next_number == 1

    @pytest.mark.parametrize(
        ("fields", "word"),
        [
            ({"command": ""}, "empty"),
            ({"command": "echo a\0b"}, "NUL"),
            ({"command": "echo \ud800"}, "UTF-8"),
            ({"workdir": "relative"}, "absolute"),
            ({"workdir": "/etc/passwd"}, "not a directory"),
            ({"workdir": "/tmp/\udcff"}, "UTF-8"),
            ({"gpus": -1}, "-1"),
            ({"gpus": 10_001}, "10001"),
            ({"gpu_ids": ("9",)}, "'9'"),
            ({"gpu_ids": ("-1",)}, "'-1'"),
            ({"priority": 10**9}, "priority"),
            ({"variables": {"A=B": "x"}}, "A=B"),
            ({"variables": {"A": "x\0"}}, "NUL"),
            ({"tags": ("two words",)}, "two words"),
            ({"key": "\udcff"}, "key"),
            ({"conda_env": "a\0b"}, "conda"),
        ],
    )
    async def test_what_cannot_be_a_task(self, paused: World, fields: dict[str, Any], word: str) -> None:
        """One clear sentence that names what is wrong; nothing is queued (row 122)."""
        with pytest.raises(SubmissionError) as caught:
            await paused.run(**{"command": "true", **fields})
        assert word in caught.value.sentence
        assert paused.queue() == []

    async def test_what_this_machine_can_never_do(self, paused: World) -> None:
        """Refused at submission, saying what is there (row 121)."""
        with pytest.raises(Refused, match="5 GPUs asked for, but this machine has 4"):
            await paused.run("true", gpus=5)
        with pytest.raises(Refused, match="admits 1"):
            await paused.run("true", gpus=2, gpu_ids=("3",))

    async def test_ids_are_unique_and_say_where_they_are_taken(self, world: World) -> None:
        """In the queue, among the running, in the history, in the same request (rows 039 to 042)."""
        done = await world.run("true", id="done")
        await world.end_of(done)
        running = await world.run("read x < $GO", id="running")
        await world.until_state(running, TaskState.RUNNING)
        await world.run("true", id="waiting", hold=True)
        places = {"done": "is completed; forget it first", "running": "is running", "waiting": "is queued"}
        for name, where in places.items():
            with pytest.raises(Refused, match=where):
                await world.run("true", id=name)
        with pytest.raises(Refused) as caught:
            await world.submit("true", "true", id="both")
        assert "twice in this submission" in " ".join(caught.value.reasons)
        world.go.say()
        await world.end_of(running)

    async def test_the_same_key_is_the_same_task(self, paused: World) -> None:
        """Submitting twice what was meant once queues it once, in one session and in the next."""
        first = await paused.run("true", key="train-7")
        again = await paused.ask("submit", Submit((paused.submission("other", key="train-7"),)))
        assert (again.tasks[0].number, again.tasks[0].existing) == (first, True)
        await paused.close()
        await paused.open()
        again = await paused.ask("submit", Submit((paused.submission("other", key="train-7"),)))
        assert (again.tasks[0].number, again.tasks[0].existing) == (first, True)
        assert paused.queue() == [first]

    async def test_the_same_key_at_the_same_moment_waits_for_the_disk(
        self, paused: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The second answer is no promise before the first task is durable."""
        disk = threading.Event()
        real = files.sync
        monkeypatch.setattr(writer, "_QUICK_S", 0.0)  # the disk is waited for by the writer's thread, not by the loop
        monkeypatch.setattr(files, "sync", lambda descriptor: (disk.wait(20), real(descriptor)))
        submission = paused.submission("true", key="k")
        requests = [
            asyncio.ensure_future(paused.ask("submit", Submit((submission,), paused.environment()))) for _ in range(2)
        ]
        for _ in range(20):
            await asyncio.sleep(0)
        assert [request.done() for request in requests] == [False, False]
        disk.set()
        answers = await asyncio.gather(*requests)
        assert [answer.tasks[0].existing for answer in answers] == [False, True]

    async def test_a_key_twice_in_one_request_is_refused(self, paused: World) -> None:
        with pytest.raises(Refused) as caught:
            await paused.submit("true", "true", key="k")
        assert "occurs twice" in " ".join(caught.value.reasons)

    async def test_no_more_wait_than_may(self, make_world: MakeWorld) -> None:
        """At the limit a task is refused with the limit's name, also one that is only repeated (row 138)."""
        world = await make_world(max_queued=3).open()
        done = await world.run("true")
        await world.end_of(done)
        await world.pause()
        await world.submit("true", "true")
        with pytest.raises(Refused):
            await world.submit("true", "true")
        await world.run("true")
        with pytest.raises(Refused, match="max_queued"):
            await world.run("true")
        (outcome,) = await world.do("retry", done)
        assert (outcome.ok, outcome.kind) == (False, "refused")
        assert len(world.queue()) == 3

    async def test_a_dry_run_queues_nothing(self, paused: World) -> None:
        """It says what would be (row 079)."""
        answer = await paused.ask("submit", Submit((paused.submission("true", gpus=2),), dry_run=True))
        assert (answer.dry_run, answer.tasks[0].gpus, paused.queue()) == (True, 2, [])

    async def test_gpus_per_task_are_bounded(self, make_world: MakeWorld) -> None:
        """Row 124."""
        world = await make_world(max_gpus_per_task=2).open()
        with pytest.raises(Refused, match="max_gpus_per_task"):
            await world.run("true", gpus=3)

    async def test_an_environment_is_recorded_once(self, paused: World) -> None:
        """A thousand tasks of one shell do not write its environment a thousand times."""
        await paused.submit("true", "true")
        await paused.run("true")
        recorded = [event for event in paused.events if isinstance(event, ev.EnvironmentRecorded)]
        assert len(recorded) == 1
        assert len(paused.scheduler.state.environments) == 1

    async def test_an_environment_goes_with_its_last_task(self, world: World) -> None:
        """What a forgotten task took along is not kept either."""
        numbers = await world.submit("true", "true")
        await world.ended(*numbers)
        await world.do("forget", numbers[0])
        assert len(world.scheduler.state.environments) == 1
        await world.do("forget", numbers[1])
        assert world.scheduler.state.environments == {}


class TestSecrets:
    async def test_are_masked_unless_asked_for(self, paused: World) -> None:
        """Values of names that look secret are not shown (row 106)."""
        number = await paused.run("true", variables={"API_TOKEN": "abc", "LR": "0.1"})
        assert (await paused.show(number)).env == {"API_TOKEN": MASK, "LR": "0.1"}
        assert (await paused.show(number, secrets=True)).env == {"API_TOKEN": "abc", "LR": "0.1"}

    async def test_are_in_no_file_that_others_could_read(self, world: World) -> None:
        """Everything in the data directory is the user's alone (row 296)."""
        await world.end_of(await world.run("true", variables={"API_TOKEN": "abc"}))
        data = Path(world.options.data_dir)
        wrong = [path for path in (data, *data.rglob("*")) if path.lstat().st_mode & 0o077 and path.name != "started"]
        assert wrong == []
        assert all(path.parent.stat().st_mode & 0o077 == 0 for path in data.rglob("started"))


class TestHoldAndPause:
    async def test_a_held_task_waits_until_it_is_released(self, world: World) -> None:
        """Also across a restart; others are not held with it."""
        held = await world.run("true", hold=True)
        other = await world.run("true")
        await world.end_of(other)
        assert world.task(held).held
        await world.close()
        await world.open()
        assert world.state(held) is TaskState.QUEUED
        (outcome,) = await world.do("release", held)
        assert outcome.ok
        assert (await world.end_of(held)).state == "completed"

    async def test_holding_is_for_queued_tasks(self, world: World) -> None:
        """A verb reports on each task, and refuses where it does not fit (row 137)."""
        done = await world.run("true")
        await world.end_of(done)
        await world.pause()
        waiting = await world.run("true")
        results = await world.do("hold", waiting, done, "nobody")
        assert [(one.ok, one.kind) for one in results] == [(True, ""), (False, "refused"), (False, "no_such_task")]
        (again,) = await world.do("hold", waiting)
        assert (again.ok, again.message) == (True, f"{world.task(waiting).id} is held already.")

    async def test_a_paused_queue_lets_running_tasks_go_on(self, world: World) -> None:
        """Nothing starts, nothing ends for it; the pause outlives the scheduler (row 141)."""
        running = await world.run("read x < $GO; exit 4")
        await world.until_state(running, TaskState.RUNNING)
        await world.pause()
        waiting = await world.run("true")
        await world.close()
        await world.open()
        assert (world.scheduler.state.paused, world.state(waiting)) == (True, TaskState.QUEUED)
        world.go.say()
        assert (await world.end_of(running)).exit_code == 4
        assert world.state(waiting) is TaskState.QUEUED
        await world.unpause()
        assert (await world.end_of(waiting)).state == "completed"


class TestMoving:
    @pytest.mark.parametrize(
        ("tasks", "to", "fields", "order"),
        [
            ([4], "top", {}, [4, 1, 2, 3, 5, 6]),
            ([2], "bottom", {}, [1, 3, 4, 5, 6, 2]),
            ([5], "up", {"by": 2}, [1, 2, 5, 3, 4, 6]),
            ([5], "up", {"by": 99}, [5, 1, 2, 3, 4, 6]),
            ([2], "down", {"by": 3}, [1, 3, 4, 5, 2, 6]),
            ([5], "before", {"other": "2"}, [1, 5, 2, 3, 4, 6]),
            ([1], "after", {"other": "4"}, [2, 3, 4, 1, 5, 6]),
            ([5, 3], "top", {}, [3, 5, 1, 2, 4, 6]),
            ([2, 4, 6], "bottom", {}, [1, 3, 5, 2, 4, 6]),
            ([6, 2], "after", {"other": "3"}, [1, 3, 2, 6, 4, 5]),
            ([1, 2, 3, 4, 5, 6], "top", {}, [1, 2, 3, 4, 5, 6]),
            ([1], "top", {}, [1, 2, 3, 4, 5, 6]),
        ],
    )
    async def test_gives_the_place_that_was_asked_for(
        self, paused: World, tasks: list[int], to: str, fields: dict[str, object], order: list[int]
    ) -> None:
        """Several keep their order among themselves; the place outlives the scheduler (rows 133, 134, 135)."""
        await paused.submit(*["true"] * 6)
        assert all(one.ok for one in await paused.do("move", *tasks, to=to, **fields))
        assert paused.queue() == order
        await paused.close()
        await paused.open()
        assert paused.queue() == order

    async def test_again_and_again_always_finds_a_place(self, paused: World) -> None:
        """A hundred moves between the same two neighbours: numbers in between run out, places do not."""
        await paused.submit(*["true"] * 4)
        for _ in range(60):
            await paused.do("move", 4, to="after", other="1")
            await paused.do("move", 3, to="after", other="1")
        assert paused.queue() == [1, 3, 4, 2]

    async def test_stays_within_its_priority(self, paused: World) -> None:
        """The top is the top of its equals, and a place beside a task of another priority is refused."""
        await paused.run("true", priority=1)
        await paused.submit("true", "true")
        (outcome,) = await paused.do("move", 3, to="top")
        assert "number 2" in outcome.message
        assert paused.queue() == [1, 3, 2]
        (refused,) = await paused.do("move", 3, to="before", other="1")
        assert (refused.ok, refused.kind) == (False, "refused")

    async def test_what_makes_no_sense_is_refused(self, world: World) -> None:
        """A place beside itself, a running task, a task that is not there."""
        running = await world.run("read x < $GO")
        await world.until_state(running, TaskState.RUNNING)
        await world.pause()
        waiting = await world.run("true")
        with pytest.raises(UsageError):
            await world.ask("move", Move((str(waiting),), "before", other=str(waiting)))
        with pytest.raises(NoSuchTask):
            await world.ask("move", Move((str(waiting),), "before", other="nobody"))
        with pytest.raises(Refused):
            await world.ask("move", Move((str(waiting),), "after", other=str(running)))
        with pytest.raises(UsageError):
            await world.ask("move", Move((str(waiting),), "up", by=0))
        assert [one.ok for one in await world.do("move", running, "nobody", to="top")] == [False, False]
        world.go.say()
        await world.end_of(running)


class TestEditing:
    async def test_changes_what_will_run(self, paused: World) -> None:
        """Command, GPUs, variables, directory, tags, id and priority of a queued task (row 136)."""
        number = await paused.run("echo old", variables={"KEEP": "1", "DROP": "2"})
        place = paused.place / "elsewhere"
        place.mkdir()
        told = await paused.edit(
            number,
            command="echo new $KEEP ${DROP-gone} $MORE; pwd",
            gpus="2",
            workdir=str(place),
            id="edited",
            tags="a, b",
            priority="3",
            env__DROP="",
            env__MORE="4",
        )
        assert (told.id, told.tags, told.priority, told.resources.gpus) == ("edited", ("a", "b"), 3, 2)
        await paused.unpause()
        await paused.end_of("edited")
        assert paused.output(number) == f"new 1 gone 4\n{place}\n"
        assert paused.indices(number) == [0, 1]

    @pytest.mark.parametrize(
        "values",
        [
            {"command": " "},
            {"gpus": "two"},
            {"gpus": "-1"},
            {"gpu_ids": "17"},
            {"workdir": "/no/such"},
            {"priority": "1e3"},
            {"priority": str(10**30)},
            {"id": "123"},
            {"tags": "ok, x\x07"},
            {"env.A=B": "x"},
            {"nonsense": "x"},
        ],
    )
    async def test_is_all_or_nothing(self, paused: World, values: dict[str, str]) -> None:
        """One value that cannot be: a sentence, and nothing of the edit happened."""
        number = await paused.run("echo old", id="kept")
        before = paused.task(number)
        with pytest.raises((UsageError, Refused)):
            await paused.ask("edit", Edit("kept", {"command": "echo new", "id": "changed", **values}))
        assert paused.task(number) is before
        assert paused.scheduler.trouble == ""

    async def test_is_for_queued_tasks(self, world: World) -> None:
        number = await world.run("true")
        await world.end_of(number)
        with pytest.raises(Refused, match="retry"):
            await world.edit(number, command="false")


class TestRenaming:
    async def test_gives_another_id_at_any_time(self, world: World) -> None:
        """The old id is free, the new one is checked, the log stays where it is (row 046)."""
        number = await world.run("read x < $GO; echo done", id="old")
        await world.until_state(number, TaskState.RUNNING)
        assert (await world.rename("old", "new")).id == "new"
        other = await world.run("true", id="old")
        with pytest.raises(Refused, match="taken"):
            await world.rename(other, "new")
        with pytest.raises(UsageError):
            await world.rename(other, "42")
        world.go.say()
        assert (await world.end_of("new")).number == number
        assert world.output(number) == "done\n"


class TestRetrying:
    async def test_makes_a_new_task_of_the_same_kind(self, world: World) -> None:
        """Same command, variables and GPUs, a new id, queued last; the first stays as it is (rows 230-232)."""
        first = await world.run("echo $V $CUDA_VISIBLE_DEVICES; exit 1", id="job", variables={"V": "7"}, gpus=1)
        await world.end_of(first)
        (outcome,) = await world.do("retry", first)
        assert (outcome.ok, outcome.id) == (True, "job-restart-1")
        assert outcome.number is not None
        await world.end_of(outcome.number)
        assert world.output(outcome.number) == world.output(first) == "7 0\n"
        assert world.task(outcome.number).spec.retried_from == first
        assert world.state(first) is TaskState.FAILED

    async def test_counts_up_until_the_id_is_free(self, paused: World) -> None:
        """Row 230."""
        number = await paused.run("true", id="job")
        await paused.do("cancel", number)
        await paused.run("true", id="job-restart-2")
        ids = [(await paused.do("retry", task))[0].id for task in ("job", "job")]
        assert ids == ["job-restart-1", "job-restart-3"]
        await paused.do("cancel", "job-restart-3")
        assert (await paused.do("retry", "job-restart-3"))[0].id == "job-restart-4"

    async def test_of_a_running_task_is_defined(self, world: World) -> None:
        """It is queued once more; the running one goes on, which the answer says (row 233)."""
        number = await world.run("read x < $GO", id="job")
        await world.until_state(number, TaskState.RUNNING)
        (outcome,) = await world.do("retry", number)
        assert outcome.message == "job is queued again as job-restart-1; job itself is still running."
        await world.until(lambda: world.state(outcome.number or 0) is TaskState.RUNNING)
        world.go.say()
        world.go.say()
        await world.ended(number, outcome.number or 0)

    async def test_of_a_queued_task_is_refused(self, paused: World) -> None:
        number = await paused.run("true")
        assert not (await paused.do("retry", number))[0].ok

    async def test_with_values_queues_what_it_is_to_be(self, world: World) -> None:
        """One event queues the changed repetition, so that it never runs as it was; the first is untouched."""
        first = await world.run("echo $V; exit 1", id="job", variables={"V": "7"}, gpus=1, tags=("night",))
        await world.end_of(first)
        values = {"id": "better", "command": "echo $V $W", "gpus": "2", "env.V": "8", "env.W": "9", "tags": "day"}
        (outcome,) = (await world.ask("retry", Retry(("job",), values=values))).results
        assert (outcome.ok, outcome.id) == (True, "better")
        assert outcome.message == "job is queued again as better."
        told = await world.end_of("better")
        assert (told.state, told.tags, len(told.gpu_ids)) == ("completed", ("day",), 2)
        assert world.output(told.number) == "8 9\n"
        assert world.task(told.number).spec.retried_from == first
        kinds = [type(event) for event in world.events if getattr(event, "number", 0) == told.number]
        assert kinds[:2] == [ev.TaskSubmitted, ev.TaskStarting]
        assert not {ev.TaskEdited, ev.TaskRenamed, ev.TaskTagged} & set(kinds)
        assert world.task(first).spec.command == "echo $V; exit 1"

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"gpus": "99"}, "this machine has 4"),
            ({"gpus": "two"}, "needs a whole number"),
            ({"id": "job"}, "is taken"),
            ({"id": "7"}, "digits"),
            ({"colour": "red"}, "no value 'colour'"),
            ({"command": " "}, "empty"),
        ],
    )
    async def test_with_values_that_cannot_be_queues_nothing(
        self, world: World, values: dict[str, str], said: str
    ) -> None:
        """Where the change is refused there is no repetition either."""
        await world.end_of(await world.run("true", id="job"))
        (outcome,) = (await world.ask("retry", Retry(("job",), values=values))).results
        assert not outcome.ok
        assert said in outcome.message
        assert list(world.scheduler.state.tasks) == [1]

    async def test_with_values_is_for_one_task(self, world: World) -> None:
        """Two repetitions cannot both be what was written for one."""
        await world.ended(*await world.submit("true", "true"))
        with pytest.raises(UsageError, match="one task, not of 2"):
            await world.ask("retry", Retry(("1-2",), values={"gpus": "1"}))
        assert list(world.scheduler.state.tasks) == [1, 2]


class TestForgetting:
    async def test_frees_the_id_and_keeps_the_log(self, world: World) -> None:
        """The record goes, the log stays unless it is to go too (rows 045, 276)."""
        first = await world.run("echo first", id="job")
        await world.end_of(first)
        await world.do("forget", "job")
        second = await world.run("echo second", id="job")
        await world.end_of(second)
        assert (world.output(first), world.output(second)) == ("first\n", "second\n")
        await world.ask("forget", Selection(("job",), logs=True))
        assert Path(world.options.jobs_dir, f"{first}.1").exists()
        assert not Path(world.options.jobs_dir, f"{second}.1").exists()

    async def test_never_gives_a_number_again(self, world: World) -> None:
        """Numbers go on, also after a restart."""
        numbers = await world.submit("true", "true")
        await world.ended(*numbers)
        await world.do("forget", *numbers)
        await world.close()
        await world.open()
        assert await world.run("true") == 3

    async def test_is_for_ended_tasks(self, paused: World) -> None:
        number = await paused.run("true")
        (outcome,) = await paused.do("forget", number)
        assert (outcome.ok, outcome.kind) == (False, "refused")

    async def test_happens_by_itself_beyond_the_history(self, make_world: MakeWorld) -> None:
        """Only the newest so many are remembered, however they ended (row 215)."""
        world = await make_world(keep_ended=3).open()
        for _ in range(3):
            await world.end_of(await world.run("true"))
        await world.pause()
        cancelled = await world.submit("true", "true")
        await world.do("cancel", *cancelled)
        await world.until(lambda: list(world.scheduler.state.ended) == [3, *cancelled])
        assert world.scheduler.state.invariants() == []


class TestTagging:
    async def test_tags_come_and_go(self, paused: World) -> None:
        """And select tasks for other verbs (row 278)."""
        numbers = await paused.submit("true", "true", "true")
        await paused.ask("tag", Tag("red", tuple(map(str, numbers[:2]))))
        assert [paused.task(number).tags for number in numbers] == [("red",), ("red",), ()]
        held = await paused.ask("hold", Selection(tag="red"))
        assert [outcome.number for outcome in held.results] == numbers[:2]
        await paused.ask("untag", Tag("red", (str(numbers[0]),)))
        assert paused.task(numbers[0]).tags == ()


async def test_a_verb_without_a_task_is_a_mistake(paused: World) -> None:
    """Never silently everything."""
    with pytest.raises(UsageError):
        await paused.ask("cancel", Selection())
    with pytest.raises(UsageError, match="no state"):
        await paused.ask("cancel", Selection(states=("runing",)))


async def test_everything_is_still_there_after_a_restart(world: World) -> None:
    """State is what the journal says: two schedulers, one picture."""
    numbers = await world.submit("true", "exit 3")
    await world.ended(*numbers)
    await world.pause()
    waiting = await world.submit("true", "true", gpus=2, tags=("x",), variables={"A": "1"})
    await world.do("move", waiting[1], to="top")
    before = world.scheduler.state.image()
    await world.close()
    await world.open()
    after = world.scheduler.state.image()
    assert after.tasks == before.tasks
    assert (after.paused, after.next_number, after.environments) == (True, 5, before.environments)
    assert world.scheduler.state.invariants() == []
