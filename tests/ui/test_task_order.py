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
