"""The one way in which events happen, over a journal whose disk obeys the test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ant_tui.core import events as ev
from ant_tui.core.resources import Gpu, GpuRef
from ant_tui.core.state import State, WrongTransition
from ant_tui.core.task import TaskSpec, TaskState
from ant_tui.errors import JournalUnavailable
from ant_tui.scheduler import recorder as module
from ant_tui.scheduler.publisher import Publication, Publisher, Recorded, Reset
from ant_tui.scheduler.recorder import Recorder
from tests.scheduler.fake_journal import FULL, FakeJournal

SPEC = TaskSpec(command="true", workdir="/")


def submitted(number: int, **fields: Any) -> ev.TaskSubmitted:
    return ev.TaskSubmitted(at=1.0, number=number, id=f"t{number}", spec=SPEC, **fields)


def starting(number: int, *gpus: GpuRef) -> ev.TaskStarting:
    return ev.TaskStarting(at=2.0, number=number, attempt=1, gpus=gpus)


def started(number: int) -> ev.TaskStarted:
    return ev.TaskStarted(at=3.0, number=number, attempt=1, pid=7, pid_start=8, boot_id="b")


def ended(number: int, code: int = 0) -> ev.TaskEnded:
    return ev.TaskEnded(at=4.0, number=number, state=TaskState.COMPLETED, exit_code=code)


class Bench:
    """A recorder, its journal, and everything that was published."""

    def __init__(self) -> None:
        self.journal = FakeJournal()
        self.publisher = Publisher()
        self.published: list[tuple[int, ev.RecordedEvent]] = []
        self.resets: list[str] = []
        self.order: list[str | int] = []
        """Resets by their reason and events by their number, as they were published."""
        self.publisher.subscribe(self._hear)
        self.decide: Callable[[], object] = lambda: None
        self.recorder = Recorder(State(), self.publisher, lambda: (self.decide(), None)[1])
        self.recorder.attach(self.journal)
        self.journal.on_durable = self.recorder.durable
        self.journal.on_failure = self.recorder.failed

    def _hear(self, publication: Publication) -> None:
        if isinstance(publication, Recorded):
            self.published.extend(publication.events)
            self.order.extend(seq for seq, _ in publication.events)
        elif isinstance(publication, Reset):
            self.resets.append(publication.reason)
            self.order.append(publication.reason)

    @property
    def state(self) -> State:
        return self.recorder.state

    def known(self) -> list[str]:
        return [f"{task.id} {task.state}" for task in self.state.tasks.values()]

    async def recovered(self) -> None:
        """Wait until the recorder has found that there is room again."""
        done = asyncio.Event()
        unsubscribe = self.publisher.subscribe(lambda publication: done.set() if publication == Reset("") else None)
        async with asyncio.timeout(20):
            await done.wait()
        unsubscribe()


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Everything empty; what is tried again is tried again at once."""
    monkeypatch.setattr(module, "_RETRY_S", 0.001)
    return Bench()


async def turn() -> None:
    """Let the loop go once around."""
    await asyncio.sleep(0)


async def outcome(future: Awaitable[None]) -> str:
    """Wait for what becomes of a record."""
    try:
        async with asyncio.timeout(20):
            await future
    except JournalUnavailable as error:
        return error.sentence
    return "durable"


class TestTurns:
    async def test_one_group_is_written_for_everything_in_a_turn(self, bench: Bench) -> None:
        """Applied at once, written together, told in order with consecutive numbers."""
        first, second = bench.recorder.record(submitted(1)), bench.recorder.record(submitted(2), submitted(3))
        assert bench.known() == ["t1 queued", "t2 queued", "t3 queued"]
        assert (bench.journal.seq, bench.recorder.applied_seq) == (0, 3)
        await turn()
        assert (bench.journal.seq, bench.published, first.done()) == (3, [], False)
        bench.journal.sync()
        assert [await outcome(future) for future in (first, second)] == ["durable", "durable"]
        assert [seq for seq, _ in bench.published] == [1, 2, 3]
        assert bench.recorder.published_seq == 3

    async def test_decisions_join_the_group_of_their_cause(self, bench: Bench) -> None:
        """A submission and the start that follows from it go to the disk in one write."""
        bench.decide = lambda: bench.recorder.record(starting(1)) if bench.state.counts[TaskState.QUEUED] else None
        bench.recorder.record(submitted(1))
        await turn()
        assert [type(event) for event in bench.journal.waiting] == [ev.TaskSubmitted, ev.TaskStarting]

    async def test_a_decision_that_fails_keeps_nothing_from_the_disk(self, bench: Bench) -> None:
        bench.decide = lambda: 1 / 0
        future = bench.recorder.record(submitted(1))
        await turn()
        bench.journal.sync()
        assert await outcome(future) == "durable"

    async def test_a_quick_disk_needs_no_news(self, bench: Bench) -> None:
        """What is durable when the journal took it is published at once."""
        bench.journal.quick = True
        future = bench.recorder.record(submitted(1))
        await turn()
        assert (future.done(), [seq for seq, _ in bench.published]) == (True, [1])

    async def test_an_event_that_does_not_fit_leaves_the_others(self, bench: Bench) -> None:
        """Those before it happened, and are written although the caller got an exception."""
        with pytest.raises(WrongTransition):
            bench.recorder.record(submitted(1), started(1))
        await turn()
        bench.journal.sync()
        assert [type(event) for event in bench.journal.disk] == [ev.TaskSubmitted]
        assert bench.known() == ["t1 queued"]

    async def test_late_news_settles_only_what_it_names(self, bench: Bench) -> None:
        """Groups are settled one by one, in order."""
        first = bench.recorder.record(submitted(1))
        await turn()
        second = bench.recorder.record(submitted(2))
        await turn()
        bench.recorder.durable(1)
        assert (first.done(), second.done()) == (True, False)
        bench.recorder.durable(1)
        bench.recorder.durable(2)
        assert second.done()
        assert [seq for seq, _ in bench.published] == [1, 2]

    async def test_a_snapshot_is_taken_of_what_was_appended(self, bench: Bench) -> None:
        bench.journal.wants = True
        bench.recorder.record(submitted(1))
        await turn()
        assert [len(image.tasks) for image in bench.journal.snapshots] == [1]

    async def test_no_snapshot_holds_what_is_not_appended(self, bench: Bench) -> None:
        """What a decision records as soon as it is durable is not yet in the journal: the snapshot waits for it."""
        bench.journal.wants = bench.journal.quick = True
        told: list[bool] = []

        def then(durable: bool) -> None:
            told.append(durable)
            bench.recorder.note(started(1))

        bench.decide = lambda: bench.recorder.decide([starting(1)], lambda: None, then) if not told else None
        bench.recorder.note(submitted(1))
        await turn()
        assert (told, bench.journal.seq, bench.journal.snapshots) == ([True], 2, [])
        await turn()
        assert bench.journal.seq == 3
        (image,) = bench.journal.snapshots
        assert [task.state for task in image.tasks] == [TaskState.RUNNING]

    async def test_whoever_asked_is_answered_before_a_start(self, bench: Bench) -> None:
        """A submission whose task starts at once need not wait for a process to begin."""
        bench.journal.quick = True
        order: list[str] = []
        decided: list[bool] = []

        def decide() -> None:
            if not decided:
                decided.append(True)
                bench.recorder.decide([starting(1)], lambda: None, lambda durable: order.append("start"))

        bench.decide = decide
        bench.recorder.record(submitted(1)).add_done_callback(lambda _: order.append("answer"))
        await turn()
        await turn()
        assert order == ["answer", "start"]

    async def test_a_refused_decision_is_told(self, bench: Bench) -> None:
        """Whatever was begun for it meanwhile can be taken back; it is told once, and at once."""
        seen: list[object] = []
        bench.recorder.record(submitted(1))
        await turn()
        bench.journal.sync()
        bench.recorder.wake()
        bench.decide = lambda: (
            bench.recorder.decide([starting(1)], lambda: seen.append("meanwhile"), seen.append) if not seen else None
        )
        await turn()
        assert seen == ["meanwhile"]
        bench.journal.fail()
        assert seen == ["meanwhile", False]
        assert bench.known() == ["t1 queued"]

    async def test_waiting_is_everybodys_own(self, bench: Bench) -> None:
        """Somebody who waits in the same group gives up: nobody else's waiting ends by that."""
        first, second = bench.recorder.record(submitted(1)), bench.recorder.record(submitted(2))
        first.cancel()
        await turn()
        bench.journal.sync()
        assert await outcome(second) == "durable"

    async def test_settled_means_all_that_is_known(self, bench: Bench) -> None:
        """Also what was recorded by somebody else, written or not yet."""
        assert await outcome(bench.recorder.settled()) == "durable"
        bench.recorder.record(submitted(1))
        early = bench.recorder.settled()
        await turn()
        late = bench.recorder.settled()
        assert (early.done(), late.done()) == (False, False)
        bench.journal.sync()
        assert [await outcome(future) for future in (early, late)] == ["durable", "durable"]


class TestFullDisk:
    async def test_refuses_what_was_requested(self, bench: Bench) -> None:
        """Nothing of it happened: the state is what is on disk, and the reason is told."""
        kept = bench.recorder.record(submitted(1))
        await turn()
        bench.journal.sync()
        lost = bench.recorder.record(submitted(2))
        await turn()
        later = bench.recorder.record(submitted(3))
        bench.journal.fail()
        assert [await outcome(future) for future in (kept, lost, later)] == ["durable", FULL, FULL]
        assert bench.known() == ["t1 queued"]
        assert (bench.recorder.trouble, bench.resets) == (FULL, [FULL])
        with pytest.raises(JournalUnavailable, match="full"):
            bench.recorder.record(submitted(2))
        assert [seq for seq, _ in bench.published] == [1]

    async def test_noticed_while_appending_acknowledges_nothing(self, bench: Bench) -> None:
        """The journal failed, and its news has not come yet: what is recorded now is refused, not called durable."""
        bench.recorder.record(submitted(1))
        await turn()
        bench.journal.sync()
        bench.journal.fail(quietly=True)
        lost = bench.recorder.record(submitted(2))
        assert await outcome(lost) == FULL
        assert bench.known() == ["t1 queued"]
        bench.journal.on_failure(FULL)
        assert (bench.resets, [seq for seq, _ in bench.published]) == ([FULL], [1])

    async def test_tells_of_what_was_durable_before_it_failed(self, bench: Bench) -> None:
        """The news of the failure overtakes the news of the last good write."""
        first = bench.recorder.record(submitted(1))
        await turn()
        second = bench.recorder.record(submitted(2))
        await turn()
        bench.journal.disk = [submitted(1)]
        bench.journal.waiting = [submitted(2)]
        bench.journal.fail()
        assert [await outcome(future) for future in (first, second)] == ["durable", FULL]
        bench.recorder.durable(1)
        assert [seq for seq, _ in bench.published] == [1]

    async def test_keeps_facts_and_writes_them_in_order(self, bench: Bench) -> None:
        """A process that was started and ended is a fact: known throughout, written when there is room, then told."""
        bench.recorder.record(submitted(1), submitted(2))
        bench.recorder.record(starting(1))
        await turn()
        bench.journal.sync()
        bench.recorder.note(started(1))
        bench.recorder.record(submitted(3))
        await turn()
        bench.journal.fail()
        assert bench.known() == ["t1 running", "t2 queued"]
        bench.recorder.note(ended(1, 9))
        fact = bench.recorder.settled()
        assert await outcome(fact) == "durable"
        assert bench.known() == ["t1 completed", "t2 queued"]
        bench.journal.room = True
        await bench.recovered()
        assert bench.recorder.trouble == ""
        bench.journal.sync()
        assert [type(event) for event in bench.journal.disk[3:]] == [ev.TaskStarted, ev.TaskEnded]
        assert [seq for seq, _ in bench.published] == [1, 2, 3, 4, 5]
        assert bench.journal.reload().image() == bench.state.image()
        assert await outcome(_synced(bench, bench.recorder.record(submitted(3)))) == "durable"

    async def test_is_told_before_the_numbers_that_are_given_anew(self, bench: Bench) -> None:
        """Who follows by numbers hears first that they begin anew, then the facts that were kept."""
        bench.journal.quick = True
        bench.recorder.record(submitted(1), starting(1))
        await turn()
        bench.journal.quick = False
        bench.recorder.note(started(1))
        await turn()
        bench.journal.fail()
        bench.journal.quick = bench.journal.room = True
        await bench.recovered()
        assert bench.order == [1, 2, FULL, "", 3]

    async def test_drops_a_fact_that_fits_nothing_any_more(self, bench: Bench) -> None:
        """A fact that follows from a request that was refused has no place; the others have."""
        bench.recorder.record(submitted(1), starting(1))
        await turn()
        bench.journal.sync()
        bench.recorder.record(submitted(2))
        bench.recorder.note(ev.TaskEnded(at=4.0, number=2, state=TaskState.CANCELLED))
        bench.recorder.note(started(1))
        await turn()
        bench.journal.fail()
        assert bench.known() == ["t1 running"]

    async def test_keeps_what_was_observed(self, bench: Bench) -> None:
        """What the GPUs look like is on no disk, and not forgotten either; holders follow from the tasks."""
        seen = (Gpu(uuid="GPU-a", index=0, name="A"), Gpu(uuid="GPU-b", index=1, name="B"))
        bench.state.apply(ev.GpusObserved(at=1.0, gpus=seen))
        bench.recorder.record(submitted(1), starting(1, GpuRef("GPU-b", 1)))
        await turn()
        bench.journal.sync()
        bench.journal.fail()
        assert [gpu.uuid for gpu in bench.state.cluster.free()] == ["GPU-a"]
        assert bench.state.invariants() == []

    async def test_again_and_again_loses_nothing(self, bench: Bench) -> None:
        """Room comes and goes: each fact is written once, in order."""
        bench.recorder.record(submitted(1), starting(1))
        await turn()
        bench.journal.sync()
        bench.recorder.note(started(1))
        await turn()
        for _ in range(3):
            bench.journal.fail()
            bench.journal.room = True
            await bench.recovered()
        bench.recorder.note(ended(1))
        await turn()
        bench.journal.sync()
        assert [type(event) for event in bench.journal.disk[2:]] == [ev.TaskStarted, ev.TaskEnded]
        assert [seq for seq, _ in bench.published] == [1, 2, 3, 4]

    async def test_stays_until_there_is_room(self, bench: Bench) -> None:
        """Looking again finds no room: still refused; decisions are asked for when it is there."""
        bench.journal.fail()
        looks, asked = 0, asyncio.Event()
        real = bench.journal.recover

        def recover() -> bool:
            nonlocal looks
            looks += 1
            if looks == 3:
                bench.journal.room = True
            return real()

        bench.journal.recover = recover  # type: ignore[method-assign]
        bench.decide = asked.set
        await bench.recovered()
        assert looks == 3
        async with asyncio.timeout(20):
            await asked.wait()

    async def test_news_that_come_after_the_recovery_do_no_harm(self, bench: Bench) -> None:
        """Told of the failure when all is well again: what is on its way is not refused for that."""
        bench.journal.fail(quietly=True)
        assert await outcome(bench.recorder.record(submitted(1))) == FULL
        bench.journal.room = True
        await bench.recovered()
        future = bench.recorder.record(submitted(1))
        await turn()
        bench.recorder.failed(FULL)
        bench.journal.sync()
        assert await outcome(future) == "durable"

    async def test_whose_files_cannot_be_read_either(self, bench: Bench) -> None:
        """Nobody waits for ever; the state is put right as soon as the files can be read."""
        bench.recorder.record(submitted(1))
        await turn()
        bench.journal.sync()
        lost = bench.recorder.record(submitted(2))
        await turn()
        bench.journal.readable = False
        bench.journal.fail()
        assert await outcome(lost) == FULL
        bench.journal.room = bench.journal.readable = True
        await bench.recovered()
        assert bench.known() == ["t1 queued"]

    async def test_before_the_end_is_no_endless_trying(self, bench: Bench) -> None:
        """A scheduler that ends in trouble does not go on trying."""
        bench.journal.fail()
        bench.recorder.close()
        looks = 0

        def recover() -> bool:
            nonlocal looks
            looks += 1
            return True

        bench.journal.recover = recover  # type: ignore[method-assign]
        await asyncio.sleep(0.01)
        assert looks == 0
        with pytest.raises(JournalUnavailable):
            bench.recorder.record(submitted(1))
        bench.recorder.note(ev.QueuePaused(at=1.0))
        assert await outcome(bench.recorder.settled()) == "durable"


class TestWhatCannotBeWritten:
    async def test_is_refused_and_nothing_else_is_lost(self, bench: Bench) -> None:
        """A value that got past every check: its group did not happen, what was on its way did, and work goes on."""
        first = bench.recorder.record(submitted(1))
        await turn()
        bad = bench.recorder.record(ev.TaskRenamed(at=1.0, number=1, id="\ud800"))
        await turn()
        assert "could not be written" in await outcome(bad)
        with pytest.raises(JournalUnavailable):
            bench.recorder.record(submitted(2))
        bench.journal.sync()
        assert await outcome(first) == "durable"
        await bench.recovered()
        assert bench.known() == ["t1 queued"]
        assert await outcome(_synced(bench, bench.recorder.record(submitted(2)))) == "durable"

    async def test_as_a_fact_keeps_no_other_fact_from_the_disk(self, bench: Bench) -> None:
        """The fact that cannot be written is left out; those before and after it are on disk."""
        bench.recorder.record(submitted(1), submitted(2), starting(1), starting(2))
        await turn()
        bench.journal.sync()
        bench.recorder.note(started(1))
        bench.recorder.note(ev.TaskExited(at=4.0, number=1, attempt=1, exit_code=0, leftovers="\ud800"))
        bench.recorder.note(started(2))
        await turn()
        await bench.recovered()
        bench.journal.sync()
        assert [getattr(event, "number", 0) for event in bench.journal.disk[4:]] == [1, 2]
        assert [type(event) for event in bench.journal.disk[4:]] == [ev.TaskStarted] * 2

    async def test_meets_a_disk_that_fails_as_well(self, bench: Bench) -> None:
        """Both at once: everybody gets an answer, and facts keep their order."""
        bench.recorder.record(submitted(1), starting(1))
        await turn()
        bench.journal.sync()
        bench.recorder.note(started(1))
        waiting = bench.recorder.record(submitted(2))
        await turn()
        bench.recorder.note(ended(1), ev.TaskRenamed(at=5.0, number=1, id="\ud800"))
        bad = bench.recorder.settled()
        await turn()
        bench.journal.fail()
        assert await outcome(waiting) == FULL
        assert "could not be written" in await outcome(bad)
        bench.journal.room = True
        await bench.recovered()
        bench.journal.sync()
        assert [type(event) for event in bench.journal.disk[2:]] == [ev.TaskStarted, ev.TaskEnded]


async def _synced(bench: Bench, future: Awaitable[None]) -> None:
    await turn()
    bench.journal.sync()
    await future
