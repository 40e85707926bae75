"""What becomes of tasks that an earlier session left: asked about, restored, kept aside; forgotten, hidden, shown."""

from __future__ import annotations

import asyncio
import os
import select
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ant_tui.api.documents import OutcomeDocument, RecoveryDocument
from ant_tui.api.schema import Entries, History, RecoverList, Wait
from ant_tui.config import Settings
from ant_tui.config.schema import RecoverySettings
from ant_tui.core.task import TaskState
from ant_tui.errors import Refused, UsageError
from ant_tui.executors import processes
from ant_tui.scheduler.options import SchedulerOptions
from ant_tui.scheduler.recovery import RecoveryChoices
from tests.executors.left_behind import TOKEN
from tests.scheduler.conftest import MakeWorld
from tests.scheduler.world import PATIENCE_S, World

ASK = RecoveryChoices("ask", "ask", "restore")
ASK_ALL = RecoveryChoices("ask", "ask", "ask")
WAITS = 'echo up > "$SAID"; read line < "$GO"'


@pytest.fixture
def asking(make_world: MakeWorld) -> World:
    """A scheduler that asks about interrupted and queued tasks, not yet started."""
    return make_world(recovery=ASK)


async def again(world: World, choices: RecoveryChoices | None = None) -> None:
    """End the scheduler in good order and start the next one, perhaps with other settings."""
    await world.close()
    if choices is not None:
        world.options = replace(world.options, recovery=choices)
    await world.open()


async def vanish(world: World) -> None:
    """End the scheduler in good order, and then every process of its tasks at once."""
    await world.close()
    token = f"{TOKEN}={os.environ[TOKEN]}".encode()
    for pid in processes.scan((), (token,)):
        if pid != os.getpid():
            descriptor = os.pidfd_open(pid)
            os.kill(pid, signal.SIGKILL)
            assert select.select([descriptor], [], [], PATIENCE_S)[0]
            os.close(descriptor)


async def reboot(world: World, monkeypatch: pytest.MonkeyPatch, choices: RecoveryChoices | None = None) -> None:
    """Take every process of a task away at once, and start the next scheduler in another boot."""
    await vanish(world)
    if choices is not None:
        world.options = replace(world.options, recovery=choices)
    monkeypatch.setattr(processes, "boot_id", lambda: "another-boot")
    await world.open()


async def queued(world: World, *names: str, **fields: Any) -> list[int]:
    """Queue tasks that cannot start."""
    await world.pause()
    return [await world.run("true", id=name, **fields) for name in names]


async def running(world: World, name: str, **fields: Any) -> int:
    """Start a task that runs until it is told to go on."""
    number = await world.run(WAITS, id=name, **fields)
    assert await world.said.next() == "up"
    await world.until_state(number, TaskState.RUNNING)
    return number


async def listed(world: World, *, consume: bool = False) -> RecoveryDocument:
    """What was left."""
    document: RecoveryDocument = await world.ask("recover_list", RecoverList(consume=consume))
    return document


async def decide(world: World, verb: str, *entries: str, **fields: Any) -> Sequence[OutcomeDocument]:
    """Restore, forget, hide or show."""
    return tuple((await world.ask(f"recover_{verb}", Entries(entries, **fields))).results)


def names(document: RecoveryDocument) -> list[list[str]]:
    """The ids of each session's entries."""
    return [[entry.task.id for entry in session.entries] for session in document.sessions]


class TestSettings:
    @pytest.mark.parametrize(
        ("choice", "state", "prompt"), [("ask", "recoverable", True), ("keep", "recoverable", False),
                                        ("restore", "queued", False)],
    )  # fmt: skip
    async def test_say_what_becomes_of_queued_tasks(
        self, make_world: MakeWorld, choice: str, state: str, prompt: bool
    ) -> None:
        """``recovery.queued``: asked about, set aside in silence, or back in the queue at once (row 249)."""
        world = await make_world(recovery=RecoveryChoices("restore", choice, "restore")).open()
        (number,) = await queued(world, "waits")
        await again(world)
        assert world.states([number]) == [state]
        assert (await listed(world)).prompt is prompt

    @pytest.mark.parametrize(
        ("choice", "state", "prompt"), [("ask", "recoverable", True), ("keep", "recoverable", False),
                                        ("restore", "queued", False)],
    )  # fmt: skip
    async def test_say_what_becomes_of_interrupted_tasks(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, choice: str, state: str, prompt: bool
    ) -> None:
        """``recovery.interrupted``: the same choice for what ran when the machine went down (row 248)."""
        world = await make_world(recovery=RecoveryChoices(choice, "restore", "restore")).open()
        number = await running(world, "ran", gpus=1)
        await world.pause()
        await reboot(world, monkeypatch)
        assert world.states([number]) == [state]
        assert (await listed(world)).prompt is prompt

    @pytest.mark.parametrize(
        ("choice", "state", "prompt"), [("ask", "recoverable", True), ("keep", "recoverable", False),
                                        ("restore", "completed", False)],
    )  # fmt: skip
    async def test_say_what_becomes_of_ended_tasks(
        self, make_world: MakeWorld, choice: str, state: str, prompt: bool
    ) -> None:
        """``recovery.completed``: asked about even where nothing else was left (row 250)."""
        world = await make_world(recovery=RecoveryChoices("restore", "restore", choice)).open()
        number = await world.run("true", id="done")
        await world.end_of(number)
        await again(world)
        assert world.states([number]) == [state]
        assert (await listed(world)).prompt is prompt

    def test_ask_by_default_only_where_somebody_looks_at_a_screen(self, tmp_path: Path) -> None:
        """``auto`` asks about interrupted and queued tasks in the app and restores all without a screen."""
        with_screen = SchedulerOptions.of(Settings(), str(tmp_path), headless=False).recovery
        without = SchedulerOptions.of(Settings(), str(tmp_path)).recovery
        assert with_screen == ASK
        assert without == RecoveryChoices("restore", "restore", "restore")

    def test_that_say_something_hold_with_and_without_a_screen(self) -> None:
        """Only ``auto`` depends on the screen."""
        said = RecoverySettings(interrupted="keep", queued="ask", completed="keep")
        assert said.resolved(headless=True) == said.resolved(headless=False) == said

    async def test_of_a_scheduler_without_a_screen_go_on_with_everything(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The headless default: after a reboot, what ran and what waited is queued again, in its order."""
        world = await make_world().open()
        first = await running(world, "ran")
        others = await queued(world, "b", "c")
        await reboot(world, monkeypatch)
        assert world.queue() == [first, *others]
        assert not (await listed(world)).prompt


class TestPrompt:
    async def test_comes_once_per_start(self, asking: World) -> None:
        """Whoever consumes it first has it, and nobody after him; the next start asks again (row 246)."""
        world = await asking.open()
        await queued(world, "waits")
        await again(world)
        assert [(await listed(world, consume=True)).prompt for _ in range(3)] == [True, False, False]
        await again(world)
        assert (await listed(world, consume=True)).prompt

    async def test_can_be_looked_at_without_being_taken(self, asking: World) -> None:
        """Looking leaves it for whoever can ask (row 247)."""
        world = await asking.open()
        await queued(world, "waits")
        await again(world)
        assert [(await listed(world)).prompt for _ in range(3)] == [True, True, True]

    async def test_does_not_come_for_nothing(self, asking: World) -> None:
        """A first start, and one after everything was decided, ask nothing."""
        world = await asking.open()
        assert not (await listed(world)).prompt
        await queued(world, "waits")
        await again(world)
        await decide(world, "forget", all=True)
        await again(world)
        assert not (await listed(world)).prompt

    async def test_does_not_come_for_hidden_tasks(self, asking: World) -> None:
        """What was hidden is not asked about again (row 256)."""
        world = await asking.open()
        await queued(world, "waits")
        await again(world)
        await decide(world, "hide", "waits")
        await again(world)
        assert not (await listed(world)).prompt

    async def test_is_not_about_survivors(self, asking: World) -> None:
        """A task that goes on is taken over, holds its GPUs, and is no question to anybody (rows 257, 258)."""
        world = await asking.open()
        number = await running(world, "survivor", gpus=2)
        await again(world)
        left = await listed(world)
        assert (left.prompt, left.sessions) == (False, ())
        assert world.state(number) is TaskState.RUNNING
        assert world.indices(number) == [0, 1]
        other = await world.run("true", gpus=2)
        await world.end_of(other)
        assert world.indices(other) == [2, 3]
        world.go.say()
        assert (await world.end_of(number)).exit_code == 0


class TestList:
    async def test_says_what_each_task_was(self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        """Interrupted, queued, completed, in this order; each with the state that it comes from (row 245)."""
        world = await make_world(recovery=ASK_ALL).open()
        await world.end_of(await world.run("exit 3", id="over"))
        await running(world, "ran")
        await queued(world, "waits")
        before = world.scheduler.session
        await reboot(world, monkeypatch)
        (session,) = (await listed(world)).sessions
        said = [(entry.task.id, entry.group, entry.was) for entry in session.entries]
        assert said == [("ran", "interrupted", "lost"), ("waits", "queued", "queued"), ("over", "completed", "failed")]
        assert (session.session_id, session.last) == (before, True)
        assert session.entries[0].task.attempt == 1
        assert world.task(2).detail == "the machine was restarted while it ran"

    async def test_puts_the_newest_session_first(self, asking: World) -> None:
        """What nobody decided about stays with its own session; the one before this comes first (rows 245, 254)."""
        world = await asking.open()
        sessions: list[str] = []
        for name in ("oldest", "older", "newest"):
            await queued(world, name)
            sessions.insert(0, world.scheduler.session)
            await again(world)
        left = await listed(world)
        assert names(left) == [["newest"], ["older"], ["oldest"]]
        assert [session.session_id for session in left.sessions] == sessions
        assert [session.last for session in left.sessions] == [True, False, False]
        assert [one.left_at for one in left.sessions] == sorted((one.left_at for one in left.sessions), reverse=True)

    async def test_names_conflicts_before_anything_is_tried(self, asking: World) -> None:
        """An id that was given anew is told beside the entry (row 252)."""
        world = await asking.open()
        await queued(world, "twice", "once")
        await again(world)
        await queued(world, "twice")
        entries = {entry.task.id: entry.conflict for entry in (await listed(world)).sessions[0].entries}
        assert "is taken: task 3 is queued" in entries["twice"]
        assert entries["once"] == ""


class TestWait:
    async def test_is_refused_for_what_does_not_end_by_itself(self, asking: World) -> None:
        """``wait`` on a task that an earlier session left says so at once, instead of waiting for ever."""
        world = await asking.open()
        await queued(world, "left", "other")
        await again(world)
        with pytest.raises(Refused, match=r"left \(1\) was left by an earlier session and .* of it: ant-tui recover"):
            await world.ended(1)
        with pytest.raises(Refused, match=r"left \(1\), other \(2\) were left by an earlier session"):
            await world.ask("wait", Wait(("1-2",), any=True))
        await world.unpause()
        await world.end_of(await world.run("true", id="new"))
        with pytest.raises(Refused):
            await world.ended("new", 1)

    async def test_on_any_of_several_waits_for_those_that_can_end(self, asking: World) -> None:
        """``--any`` with one that was left and one that runs: the one that ends is the answer."""
        world = await asking.open()
        await queued(world, "left")
        await again(world)
        await world.unpause()
        await running(world, "runs")
        waiting = asyncio.create_task(world.ask("wait", Wait(("1", "runs"), any=True)))
        world.go.say()
        async with asyncio.timeout(PATIENCE_S):
            assert [task.id for task in (await waiting).tasks] == ["runs"]

    async def test_works_once_it_was_restored(self, asking: World) -> None:
        """What came back is waited for as any other task."""
        world = await asking.open()
        await queued(world, "left")
        await again(world)
        await decide(world, "restore", "left")
        await world.do("cancel", "left")
        assert (await world.end_of("left")).state == "cancelled"


class TestRestore:
    async def test_keeps_id_command_and_order(self, asking: World) -> None:
        """Queued tasks come back as they were and where they were, whatever the order of asking (row 249)."""
        world = await asking.open()
        numbers = await queued(world, "first", "second", "third", variables={"SEED": "7"}, tags=("night",))
        before = [world.task(number) for number in numbers]
        await again(world)
        results = await decide(world, "restore", "third", "first", "second")
        assert [result.ok for result in results] == [True] * 3
        assert world.queue() == numbers
        assert [world.task(number) for number in numbers] == before

    async def test_queues_interrupted_tasks_again_and_they_run(
        self, asking: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The same id and command, as the next attempt; the log of the first stays (rows 248, 259)."""
        world = await asking.open()
        number = await running(world, "ran", gpus=1)
        await reboot(world, monkeypatch)
        assert world.state(number) is TaskState.RECOVERABLE
        (result,) = await decide(world, "restore", "ran")
        assert result.message == "ran is queued again."
        assert await world.said.next() == "up"
        world.go.say()
        ended = await world.end_of(number)
        assert (ended.id, ended.state, ended.attempt) == ("ran", "completed", 2)
        assert Path(world.options.jobs_dir, f"{number}.1").exists()

    async def test_what_ended_unseen_on_the_same_boot_never_runs_again_by_itself(self, make_world: MakeWorld) -> None:
        """It has run, however it ended: only a restart of the machine interrupts a task (row 259)."""
        world = await make_world().open()
        number = await running(world, "ran")
        await vanish(world)
        await world.open()
        ended = await world.end_of(number)
        assert (ended.state, ended.attempt) == ("lost", 1)

    async def test_puts_what_was_over_back_into_the_history(self, make_world: MakeWorld) -> None:
        """With its end, its times and its log (row 250)."""
        world = await make_world(recovery=ASK_ALL).open()
        number = await world.run("echo said; exit 3", id="over")
        before = await world.end_of(number)
        await again(world)
        assert (await world.ask("history", History())).tasks == ()
        (result,) = await decide(world, "restore", str(number))
        assert result.message == "over is in the history again."
        (after,) = (await world.ask("history", History())).tasks
        assert after == before
        assert world.output(number) == "said\n"

    async def test_leaves_the_rest_for_later_starts(self, asking: World) -> None:
        """What was not chosen is still there after two more starts (rows 251, 254)."""
        world = await asking.open()
        await queued(world, "a", "b", "c")
        await again(world)
        await decide(world, "restore", "b")
        for _ in range(2):
            await again(world)
            assert names(await listed(world)) == [["b"], ["a", "c"]]

    async def test_refuses_an_id_that_was_given_anew(self, asking: World) -> None:
        """One conflict stops nobody else, and is told with its reason (row 252)."""
        world = await asking.open()
        await queued(world, "twice", "once")
        await again(world)
        await queued(world, "twice")
        results = await decide(world, "restore", all=True)
        assert [(result.id, result.ok) for result in results] == [("twice", False), ("once", True)]
        assert "The id 'twice' is taken: task 3 is queued" in results[0].message
        assert names(await listed(world)) == [["twice"]]

    async def test_refuses_a_key_that_was_submitted_again(self, asking: World) -> None:
        """A key stands for one task; the later submission has it."""
        world = await asking.open()
        await queued(world, "old", key="nightly")
        await again(world)
        await queued(world, "new", key="nightly")
        (result,) = await decide(world, "restore", "old")
        assert not result.ok
        assert "The key 'nightly' of old was submitted again" in result.message

    async def test_restores_one_of_two_with_the_same_id(self, asking: World) -> None:
        """Two sessions may have left the same id; the first that is restored has it."""
        world = await asking.open()
        for _ in range(2):
            await queued(world, "same")
            await again(world)
        assert names(await listed(world)) == [["same"], ["same"]]
        (refused,) = await decide(world, "restore", "same")
        assert "means several entries (1, 2)" in refused.message
        results = await decide(world, "restore", "2", "1")
        assert [result.ok for result in results] == [True, False]

    async def test_takes_a_group_or_a_session(self, asking: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A group, a session, or both at once (row 255)."""
        world = await asking.open()
        await queued(world, "old")
        old = world.scheduler.session
        await again(world)
        await world.unpause()
        await running(world, "ran")
        await queued(world, "new")
        await reboot(world, monkeypatch)
        assert [r.id for r in await decide(world, "restore", group="queued", session=old)] == ["old"]
        assert [r.id for r in await decide(world, "restore", group="interrupted")] == ["ran"]
        assert names(await listed(world)) == [["new"]]

    async def test_needs_to_be_told_what(self, asking: World) -> None:
        """Nothing named is a mistake, a name that means nothing is told."""
        world = await asking.open()
        with pytest.raises(UsageError, match="No entry was named"):
            await decide(world, "restore")
        (result,) = await decide(world, "restore", "nobody")
        assert (result.ok, result.message, result.kind) == (False, "There is no task 'nobody'.", "no_such_task")

    @pytest.mark.parametrize("verb", ["restore", "hide", "forget"])
    async def test_task_of_this_session_is_told_from_one_that_is_not_there(self, asking: World, verb: str) -> None:
        """Its number and its id are known, but nobody left it."""
        world = await asking.open()
        (number,) = await queued(world, "mine")
        for name in ("mine", str(number)):
            (result,) = await decide(world, verb, name)
            assert (result.ok, result.number, result.kind) == (False, number, "refused")
            assert result.message == f"mine ({number}) is not among what earlier sessions left; it is queued."

    async def test_unknown_session_is_a_mistake(self, asking: World) -> None:
        """A misspelt session is no session that left nothing."""
        world = await asking.open()
        await queued(world, "a")
        with pytest.raises(UsageError, match="no session 'x'"):
            await decide(world, "restore", session="x")
        await again(world)
        with pytest.raises(UsageError, match="no session 'x'"):
            await decide(world, "restore", session="x")


class TestForgetAndHide:
    async def test_forgetting_is_for_ever_and_leaves_the_log(
        self, asking: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The record goes, its output stays (row 253)."""
        world = await asking.open()
        number = await running(world, "ran")
        await reboot(world, monkeypatch)
        await decide(world, "forget", "ran")
        log = Path(world.options.jobs_dir, f"{number}.1", "output.log")
        assert log.exists()
        await again(world)
        assert number not in world.scheduler.state.tasks
        assert (await listed(world)).sessions == ()

    async def test_logs_go_where_that_is_asked_for(self, asking: World, monkeypatch: pytest.MonkeyPatch) -> None:
        world = await asking.open()
        number = await running(world, "ran")
        await reboot(world, monkeypatch)
        await decide(world, "forget", "ran", logs=True)
        assert not Path(world.options.jobs_dir, f"{number}.1").exists()

    async def test_hidden_tasks_stay_hidden_until_they_are_shown(self, asking: World) -> None:
        """Out of sight over starts, restorable all the time, their id free (row 256)."""
        world = await asking.open()
        await queued(world, "a", "b")
        await again(world)
        await decide(world, "hide", "a")
        await again(world)
        left = await listed(world)
        assert (names(left), [entry.task.id for entry in left.hidden]) == ([["b"]], ["a"])
        assert [result.id for result in await decide(world, "restore", all=True)] == ["b"]
        await queued(world, "a")
        assert (await listed(world)).hidden[0].conflict
        await decide(world, "show", "1")
        assert names(await listed(world)) == [["a"]]

    async def test_hidden_tasks_can_be_restored(self, asking: World) -> None:
        world = await asking.open()
        (number,) = await queued(world, "a")
        await again(world)
        await decide(world, "hide", "a")
        await decide(world, "restore", all=True, hidden=True)
        assert world.queue() == [number]

    async def test_names_are_found_among_very_many(self, asking: World) -> None:
        """Naming each of thousands of entries costs no more than a few looks at each."""
        world = await asking.open()
        await world.pause()
        numbers = await world.submit(*["true"] * 5000)
        await again(world)
        results = await decide(world, "hide", *map(str, numbers))
        assert len(results) == 5000
        assert all(result.ok for result in results)
