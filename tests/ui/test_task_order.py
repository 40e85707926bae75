"""Which tasks are listed where."""

from __future__ import annotations

import random

from ant_tui.core import events as ev
from ant_tui.core.state import State
from ant_tui.core.task import TaskState
from ant_tui.ui.task_listing import TaskListing, TaskView
from ant_tui.ui.task_order import Section, TaskOrder
from tests.ui.fake_client import NOW, FakeClient, busy_machine


def arrange(state: State, view: TaskView, now: float) -> TaskOrder:
    return TaskListing(view).arrange(state, now)


def listing(order: TaskOrder) -> list[str | int]:
    """The list as it stands: titles and numbers."""
    found: list[str | int] = []
    for place in range(len(order)):
        section = order.section_at(place)
        found.append(section.title if section else order.number_at(place))
    return found


def test_sections_stand_in_the_order_of_a_tasks_life() -> None:
    """What runs stands first, then what waits in queue order, then what ended, the newest first."""
    order = arrange(busy_machine().state, TaskView(), NOW)
    assert listing(order) == ["Running", 4, 5, 6, "Queued", 7, 8, 9, 10, "Finished", 3, 2, 1]


def test_a_moved_task_is_listed_where_it_will_start() -> None:
    """The queue's own order is the order of the list."""
    client = busy_machine()
    client.happens(ev.TaskMoved, number=10, position=0.0)
    assert listing(arrange(client.state, TaskView(), NOW))[4:9] == ["Queued", 10, 7, 8, 9]


def test_old_tasks_are_left_out_and_counted() -> None:
    """Tasks that ended before the time that is wanted are not listed; the heading says how many there are."""
    order = arrange(busy_machine().state, TaskView(finished_s=3500), NOW)
    assert listing(order)[-3:] == ["Finished", 3, 2]
    assert order.sections[-1].note == "1 older not shown"
    assert listing(arrange(busy_machine().state, TaskView(finished_s=0), NOW))[-1] == 1


def test_a_paused_queue_says_so_in_its_heading() -> None:
    """The heading of the waiting tasks names what keeps all of them."""
    client = busy_machine()
    client.happens(ev.QueuePaused)
    assert next(s for s in arrange(client.state, TaskView(), NOW).sections if s.title == "Queued").note


def test_nothing_at_all() -> None:
    """Without tasks there are no headings either."""
    order = arrange(FakeClient().state, TaskView(), NOW)
    assert len(order) == 0
    assert order.place_of(1) is None
    assert order.line_at(0) == 0


def test_places_and_tasks_agree() -> None:
    """Every task stands where the order says, also for somebody who asks about many."""
    order = TaskOrder([Section("A", "", range(10, 200)), Section("B", "", ()), Section("C", "", [5, 3, 1])])
    numbers = [*range(10, 200), 5, 3, 1]
    random.Random(1).shuffle(numbers)
    for number in numbers:
        place = order.place_of(number)
        assert place is not None
        assert order.section_at(place) is None
        assert order.number_at(place) == number
    assert order.place_of(7) is None


def test_an_order_does_not_change_under_a_table() -> None:
    """What happens later does not show in an order that was made before."""
    client = busy_machine()
    order = arrange(client.state, TaskView(), NOW)
    before = listing(order)
    client.end(4, TaskState.COMPLETED)
    client.submit("later")
    assert listing(order) == before


def test_what_earlier_sessions_left_comes_last() -> None:
    """It is in nobody's way, however much it is; what was hidden stays out of sight (row 256)."""
    client = FakeClient()
    left = [client.submit(f"left-{n}") for n in range(3)]
    client.happens(ev.LeftAside, session="before", queued=tuple(left))
    client.happens(ev.TasksHidden, numbers=(left[1],))
    waits = client.submit("waits")
    order = arrange(client.state, TaskView(), NOW)
    assert [section.title for section in order.sections] == ["Queued", "Left by earlier sessions"]
    assert [list(section.numbers) for section in order.sections] == [[waits], [left[0], left[2]]]


def test_a_folded_section_is_its_heading() -> None:
    """Its tasks have no place in the list, but belong to it; what is below moves up."""
    view = TaskView(folded=frozenset({"Running", "Finished"}))
    order = arrange(busy_machine().state, view, NOW)
    assert listing(order) == ["Running", "Queued", 7, 8, 9, 10, "Finished"]
    assert [order.place_of(number) for number in (4, 7, 10, 3)] == [None, 2, 5, None]
    assert [order.heading_of(title) for title in ("Running", "Queued", "Finished", "None")] == [0, 1, 6, None]
    assert [section and section.title for section in map(order.section_of, (4, 8, 1, 99))] == [
        "Running", "Queued", "Finished", None,
    ]  # fmt: skip
    for _ in range(20):
        assert (order.place_of(4), order.place_of(10)) == (None, 5)  # also from the dictionary
    assert (order.shown, len(order)) == (10, 7)


def test_lines_of_output_have_places_of_their_own() -> None:
    """Below each task of a section stand as many as are wanted, and places lead to tasks and lines either way."""
    view = TaskView(folded=frozenset({"Queued"}), lined=frozenset({"Running", "Queued", "Finished"}), lines=2)
    order = arrange(busy_machine().state, view, NOW)
    assert listing(order) == ["Running", 4, 4, 4, 5, 5, 5, 6, 6, 6, "Queued", "Finished", 3, 3, 3, 2, 2, 2, 1, 1, 1]
    assert [order.line_at(place) for place in range(14)] == [0, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 0, 1]
    for _ in range(8):
        assert [order.place_of(number) for number in (4, 6, 7, 3, 1)] == [1, 7, None, 12, 18]
    assert (order.lines_below(7), order.lines_below(12)) == (2, 2)
    assert arrange(busy_machine().state, TaskView(), NOW).lines_below(1) == 0
