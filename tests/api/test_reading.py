"""The questions that only read, asked of states that are told event by event."""

from __future__ import annotations

import pytest

from ant_tui.api import reading
from ant_tui.api.reading import View
from ant_tui.api.schema import History, Queue, Selection
from ant_tui.core import events as ev
from ant_tui.core.policy import Limits
from ant_tui.core.task import TaskSpec, TaskState
from ant_tui.errors import NoSuchTask, UsageError
from tests.core.world import World


def _view(world: World, **changes: object) -> View:
    return View(world.state, "/data/jobs", "testing", now=world.now, **changes)  # type: ignore[arg-type]


def _queue(world: World, **request: object) -> list[int]:
    """Numbers of the tasks that a list holds, in its order."""
    return [task.number for task in reading.queue(_view(world), Queue(**request)).tasks]  # type: ignore[arg-type]


def _history(world: World, **request: object) -> list[int]:
    return [task.number for task in reading.history(_view(world), History(**request)).tasks]  # type: ignore[arg-type]


@pytest.fixture
def busy(world: World) -> World:
    """Tasks 1 and 2 have ended, 2 first; 4 and 3 run, 4 longer; 7, 5, 6 and 8 wait in this order, 6 is held."""
    world.has_gpus(0, 1)
    for _ in range(4):
        world.submit(gpus=1)
    world.ended(world.running(1, 0))
    world.ended(world.running(2, 1), TaskState.FAILED, exit_code=3)
    world.happens(ev.TaskForgotten, number=1)
    world.happens(ev.TaskSubmitted, number=5, id="five", spec=world.task(2).spec, tags=("night",))
    world.running(4, 0)
    world.running(3, 1)
    world.submit(held=True)
    world.submit(priority=1)
    world.submit()
    world.submit(id="late")
    world.ended(9, TaskState.CANCELLED)
    return world


class TestQueue:
    def test_order(self, busy: World) -> None:
        """First what runs, longest first; then what waits, in queue order; then what ended, latest first."""
        assert _queue(busy) == [4, 3, 7, 5, 6, 8, 9, 2]

    def test_what_ended_long_ago_is_left_out(self, world: World) -> None:
        """A plain list ends with the twenty that ended last; ``all`` lists every one."""
        for _ in range(30):
            world.ended(world.submit(), TaskState.CANCELLED)
        assert _queue(world) == list(range(30, 10, -1))
        assert _queue(world, all=True) == list(range(30, 0, -1))

    def test_states_and_tags(self, busy: World) -> None:
        """States and a tag narrow the list, together both; they also look beyond the latest twenty."""
        assert _queue(busy, states=("queued",)) == [7, 5, 6, 8]
        assert _queue(busy, states=("failed", "RUNNING ")) == [4, 3, 2]
        assert _queue(busy, tag="night") == [5]
        assert _queue(busy, tag="night", states=("running",)) == []
        with pytest.raises(UsageError, match="There is no state 'done'; the states are queued, starting"):
            _queue(busy, states=("done",))

    @pytest.mark.parametrize("limit", [1, 3, 8, 100])
    def test_the_limit_takes_the_first(self, busy: World, limit: int) -> None:
        """A limit keeps the beginning of the list, also of a narrowed one; 0 is none."""
        assert _queue(busy, limit=limit) == _queue(busy)[:limit]
        assert _queue(busy, states=("queued",), limit=limit) == [7, 5, 6, 8][:limit]
        assert _queue(busy, limit=0) == _queue(busy)

    def test_counts_are_of_all(self, busy: World) -> None:
        """The counts do not depend on what is listed, and every state has one."""
        document = reading.queue(_view(busy), Queue(states=("failed",), limit=1))
        assert document.counts == {
            **{state.value: 0 for state in TaskState if state is not TaskState.RECOVERABLE},
            "queued": 4,
            "running": 2,
            "failed": 1,
            "cancelled": 1,
        }

    def test_a_paused_queue_and_trouble_are_told(self, world: World) -> None:
        """The list says that the queue is paused, and what keeps the scheduler from its work."""
        world.happens(ev.QueuePaused)
        document = reading.queue(_view(world, trouble="the disk is full"), Queue())
        assert (document.paused, document.trouble) == (True, "the disk is full")


class TestSearch:
    @pytest.fixture
    def various(self, world: World) -> World:
        """A few tasks that differ in one place each."""
        world.submit(id="Train-Large")
        world.submit(id="b", tags=("Vision",))
        world.submit(id="c")
        variables = {"LR": "0.1"}
        for number, spec in (
            (3, TaskSpec("python eval.py", "/", variables=variables)),
            (2, TaskSpec("true", "/data/Sets", variables=variables)),
        ):
            world.happens(ev.TaskEdited, number=number, spec=spec)
        return world

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("train", [1]),
            ("n-lar", [1]),
            ("TRAIN", [1]),
            ("vision", [2]),
            ("sets", [2]),
            ("EVAL.py", [3]),
            ("lr=0.1", [2, 3]),
            ("queued", [1, 2, 3]),
            ("lr python", [3]),
            ("python lr vision", []),
            ("  lr   vision ", [2]),
            ("", [1, 2, 3]),
            ("3", [3]),
        ],
    )
    def test_every_word_must_occur_somewhere(self, various: World, text: str, found: list[int]) -> None:
        """Words are parts of any field, whatever their case; all have to be found (rows 270 and 271)."""
        assert _queue(various, text=text) == found

    def test_history_is_searched_likewise(self, various: World) -> None:
        """The same words find the same tasks when they have ended (rows 270 and 271)."""
        for number in (3, 1, 2):
            various.ended(number, TaskState.CANCELLED)
        assert _history(various, text="LR cancelled") == [3, 2]

    def test_searching_comes_before_the_limit(self, various: World) -> None:
        """A limit counts what was found."""
        assert _queue(various, text="lr", limit=1) == [2]
        for number in (3, 1, 2):
            various.ended(number, TaskState.CANCELLED)
        assert _history(various, text="lr", limit=1) == [2]


class TestHistory:
    @pytest.fixture
    def past(self, world: World) -> World:
        """Tasks 1 to 5 ended in the order 2, 4, 1, 3, 5; 4 failed and 3 was cancelled; 6 still waits."""
        for _ in range(6):
            world.submit()
        for number, state in (
            (2, TaskState.COMPLETED),
            (4, TaskState.FAILED),
            (1, TaskState.COMPLETED),
            (3, TaskState.CANCELLED),
            (5, TaskState.COMPLETED),
        ):
            world.ended(number if state is TaskState.CANCELLED else world.running(number), state)
        return world

    @pytest.mark.parametrize(
        ("limit", "numbers"), [(-1, [2, 4, 1, 3, 5]), (0, []), (1, [5]), (3, [1, 3, 5]), (100, [2, 4, 1, 3, 5])]
    )
    def test_the_newest_oldest_first(self, past: World, limit: int, numbers: list[int]) -> None:
        """``limit`` keeps the newest; the order stays oldest first; a negative one keeps all (row 216)."""
        assert _history(past, limit=limit) == numbers

    def test_failed_ones(self, past: World) -> None:
        """``failed`` keeps whatever did not complete; the limit counts these (row 216)."""
        assert _history(past, failed=True) == [4, 3]
        assert _history(past, failed=True, limit=1) == [3]

    def test_since_a_time(self, past: World) -> None:
        """``since`` keeps what ended at that time or later."""
        ended = past.task(1).ended_at
        assert ended is not None
        assert _history(past, since=ended) == [1, 3, 5]
        assert _history(past, since=ended + 0.001) == [3, 5]
        assert _history(past, since=past.now + 1) == []


class TestShow:
    def test_in_the_order_of_the_names(self, busy: World) -> None:
        """Tasks come as they were named, each once; selectors come by number."""
        document = reading.show(_view(busy), Selection(tasks=("8", "five", "4-6", "8")))
        assert [task.number for task in document.tasks] == [8, 5, 4, 6]
        everything = reading.show(_view(busy), Selection(states=("queued",)))
        assert [task.number for task in everything.tasks] == [5, 6, 7, 8]

    def test_all_missing_names_are_named(self, busy: World) -> None:
        """Names that mean nothing are refused with one reason each."""
        with pytest.raises(NoSuchTask) as refused:
            reading.show(_view(busy), Selection(tasks=("8", "x", "77")))
        assert refused.value.reasons == ("There is no task 'x'.", "There is no task '77'.")

    def test_something_must_be_named(self, busy: World) -> None:
        """Without a name and without a selector there is nothing to show."""
        with pytest.raises(UsageError, match="No task was named"):
            reading.show(_view(busy), Selection())


class TestExplain:
    def test_places_in_the_queue(self, busy: World) -> None:
        """Each queued task has its place from 1, held ones too; others have none and say what they do."""
        explained = reading.explain(_view(busy), Selection(tasks=("5", "6", "7", "8", "4", "2", "9"))).tasks
        assert [(task.number, task.position) for task in explained] == [
            (5, 2), (6, 3), (7, 1), (8, 4), (4, None), (2, None), (9, None),
        ]  # fmt: skip
        sentences = {task.number: (task.reason, task.sentence) for task in explained}
        assert sentences[5] == ("Resources", "needs 1, 0 free; busy: 0 (task-4), 1 (task-3)")
        assert sentences[6] == ("Held", "held until it is released")
        assert sentences[4] == ("", "it is running")
        assert sentences[2] == ("", "it is failed")

    def test_the_position_follows_a_move(self, busy: World) -> None:
        """A task that is moved has another place at once."""
        busy.happens(ev.TaskMoved, number=8, position=-1.0)
        explained = reading.explain(_view(busy), Selection(tasks=("8", "5"))).tasks
        assert [task.position for task in explained] == [2, 3]

    def test_all_means_what_waits(self, busy: World) -> None:
        """``all`` explains the queued tasks and nothing else."""
        explained = reading.explain(_view(busy), Selection(all=True)).tasks
        assert [task.number for task in explained] == [5, 6, 7, 8]

    def test_trouble_keeps_everything_waiting(self, world: World) -> None:
        """What keeps the scheduler from its work is part of every explanation."""
        world.submit()
        view = _view(world, trouble="the disk is full", halted="the disk is full", limits=Limits())
        (explained,) = reading.explain(view, Selection(tasks=("1",))).tasks
        assert explained.sentence == "starts in a moment; the disk is full"

    def test_trouble_that_stops_nothing_explains_nothing(self, world: World) -> None:
        """That no GPU can be used is no reason for a task that asks for none."""
        world.submit()
        view = _view(world, trouble="no GPU can be used: they fell off the bus", limits=Limits())
        (explained,) = reading.explain(view, Selection(tasks=("1",))).tasks
        assert explained.sentence == "starts in a moment"

    def test_what_is_left_of_a_completing_task(self, world: World) -> None:
        """A task that is not over yet says what is left of it."""
        world.has_gpus(0)
        world.running(world.submit(gpus=1), 0)
        world.happens(ev.TaskExited, number=1, attempt=1, exit_code=0, leftovers="pid 7 still holds GPU 0")
        (explained,) = reading.explain(_view(world), Selection(tasks=("1",))).tasks
        assert explained.sentence == "it is completing: pid 7 still holds GPU 0"
