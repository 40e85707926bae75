"""The orders of the list of tasks, and the keeping of one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ant_tui.core.task import Attempt, Task, TaskSpec, TaskState
from ant_tui.ui.task_sort import ORDERS, QUEUE_ORDER, SortedNumbers, TaskSort, natural

SPEC = TaskSpec("true", "/")


def task(number: int, id: str = "", ended: float | None = None, started: float | None = None) -> Task:
    made = Task(number, id or f"task-{number}", SPEC, 0.0, float(number), ended_at=ended, state=TaskState.LOST)
    return replace(made, attempts=(Attempt(1, started_at=started),)) if started is not None else made


def by(sort: TaskSort, *tasks: Task) -> list[int]:
    known = {one.number: one for one in tasks}
    return SortedNumbers(sort).arranged(known, list(known), set())


def test_there_are_six_orders_beside_that_of_the_queue() -> None:
    """Ended, name and started, each in both directions (row 272)."""
    assert ORDERS[0] == QUEUE_ORDER
    assert len({order.words for order in ORDERS}) == 7
    assert {order.reversed() for order in ORDERS} == set(ORDERS)


def test_names_are_sorted_as_people_do() -> None:
    """Numbers by value, capitals like small letters (row 272)."""
    tasks = [task(n, id) for n, id in enumerate(["run-10", "Run-9", "run-1", "alpha", "run-010b", "B"])]
    assert by(TaskSort("name"), *tasks) == [3, 5, 2, 1, 0, 4]
    assert by(TaskSort("name", reverse=True), *tasks) == [4, 0, 1, 2, 5, 3]


@pytest.mark.parametrize("by_what", ["ended", "started"])
def test_times_that_have_not_come_stand_last_in_both_directions(by_what: str) -> None:
    """The newest comes first, reversed the oldest; tasks without the time stand below, as they stood (row 272)."""
    times = {5: 10.0, 2: None, 7: 30.0, 1: None, 3: 20.0}
    tasks = [task(n, **{by_what: at}) for n, at in times.items()]  # type: ignore[arg-type]
    assert by(TaskSort(by_what), *tasks) == [7, 3, 5, 2, 1]  # type: ignore[arg-type]
    assert by(TaskSort(by_what, reverse=True), *tasks) == [5, 3, 7, 2, 1]  # type: ignore[arg-type]


def test_an_earlier_start_of_a_task_that_waits_again_does_not_count() -> None:
    """A queued task has not started, whatever it went through before."""
    again = replace(task(1, started=9.0), state=TaskState.QUEUED)
    assert by(TaskSort("started"), again, task(2, started=1.0)) == [2, 1]


def test_only_an_order_by_name_takes_the_queue_out_of_its_own() -> None:
    """Waiting tasks have neither begun nor ended, so that they stay in the order in which they will start."""
    assert [order.words for order in ORDERS if order.moves_the_queue] == ["name, A to Z", "name, Z to A"]


ids = st.text("aB1023-", min_size=1, max_size=5)


@given(ids, ids)
def test_natural_order_of_plain_numbers(before: str, after: str) -> None:
    """A greater number behind the same text stands behind."""
    assert natural(f"{before}x9{after}") < natural(f"{before}x10{after}")


@given(
    st.sampled_from(ORDERS[1:]),
    st.lists(st.lists(st.tuples(st.integers(1, 9), ids, st.none() | st.integers(0, 5)), max_size=9), max_size=6),
)
def test_an_order_that_is_kept_is_the_same_as_a_new_one(
    sort: TaskSort, steps: list[list[tuple[int, str, int | None]]]
) -> None:
    """Whatever comes, goes and changes: putting it into its place gives what sorting everything gives."""
    kept = SortedNumbers(sort)
    known: dict[int, Task] = {n: task(n) for n in range(1, 200)}
    kept.arranged(known, list(known), set())
    for step in steps:
        listed = [n for n in known if n not in {number for number, *_ in step} or n % 2]
        for number, id, at in step:
            known[number] = task(number, id, None if at is None else float(at), None if at is None else float(-at))
        assert kept.arranged(known, listed, {n for n, *_ in step}) == SortedNumbers(sort).arranged(known, listed, set())
        kept.turn(sort.reversed())
        assert kept.arranged(known, listed, set()) == SortedNumbers(sort.reversed()).arranged(known, listed, set())
        kept.turn(sort)
