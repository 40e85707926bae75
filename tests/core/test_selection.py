"""What the names that people type mean."""

from __future__ import annotations

import pytest

from ant_tui.core.events import TaskForgotten
from ant_tui.core.selection import NotFound, matching, select
from ant_tui.core.task import TaskState
from tests.core.world import World


@pytest.fixture
def five(world: World) -> World:
    """Tasks 1 to 5, of which 4 was forgotten and 2 has a dash and a comma in its id."""
    for id in ("train", "a,b-3", "eval", "old", "last-run"):
        world.submit(id=id, tags=("x",) if id in ("eval", "train") else ())
    world.ended(4)
    world.happens(TaskForgotten, number=4)
    return world


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (["train"], [1]),
        (["1"], [1]),
        (["a,b-3"], [2]),
        (["5", "train"], [5, 1]),
        (["3,1"], [3, 1]),
        (["eval,5,2-3"], [3, 5, 2]),
        (["2-4"], [2, 3]),
        (["3-999999999999"], [3, 5]),
        (["1-1"], [1]),
        (["last"], [5]),
        (["@"], [5]),
        (["@", "last", "5", "last-run"], [5]),
        (["1,,3,"], [1, 3]),
        ([], []),
    ],
)
def test_names_mean_tasks_in_the_order_of_the_names(five: World, names: list[str], numbers: list[int]) -> None:
    """An id, a number, a range, a list, ``last`` and ``@`` are understood, and no task comes twice."""
    assert [task.number for task in select(five.state, names)] == numbers


@pytest.mark.parametrize(
    ("names", "unknown"),
    [
        (["nobody"], "nobody"),
        (["4"], "4"),
        (["0"], "0"),
        (["6-9"], "6-9"),
        (["3-2"], "3-2"),
        (["1-"], "1-"),
        (["-1"], "-1"),
        (["1,4"], "4"),
        (["1", "old"], "old"),
        ([""], ""),
        ([","], ","),
        (["１"], "１"),
        (["9" * 40], "9" * 40),
    ],
)
def test_a_name_that_means_nothing_is_an_error_that_names_it(five: World, names: list[str], unknown: str) -> None:
    """No verb acts on some of its tasks, or on none in silence: the first unknown name is told."""
    with pytest.raises(NotFound) as caught:
        select(five.state, names)
    assert caught.value.args[0] == unknown


@pytest.mark.parametrize("name", ["last", "@"])
def test_without_tasks_there_is_no_last_one(world: World, name: str) -> None:
    """``last`` in an empty state is unknown like any other name."""
    with pytest.raises(NotFound):
        select(world.state, [name])


def test_an_id_wins_over_its_other_meanings(world: World) -> None:
    """A task that is called ``last`` is meant by that word, whichever was submitted last."""
    world.submit(id="last")
    world.submit(id="other")
    assert [task.number for task in select(world.state, ["last", "@"])] == [1, 2]


def test_selectors_choose_by_state_and_tag(five: World) -> None:
    """States and a tag narrow together; neither means all, by number."""
    five.running(3)
    state = five.state
    assert [task.number for task in matching(state)] == [1, 2, 3, 5]
    assert [task.number for task in matching(state, [TaskState.RUNNING, TaskState.COMPLETED])] == [3]
    assert [task.number for task in matching(state, tag="x")] == [1, 3]
    assert [task.number for task in matching(state, [TaskState.QUEUED], "x")] == [1]
    assert matching(state, [TaskState.QUEUED], "y") == []
