"""The list of tasks while filters, orders and tasks change."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.core.task_filter import parse_filter
from ant_tui.ui.task_listing import TaskListing, TaskView
from ant_tui.ui.task_order import TaskOrder
from ant_tui.ui.task_sort import ORDERS, QUEUE_ORDER, TaskSort
from tests.ui.fake_client import NOW, FakeClient, busy_machine


def numbers(order: TaskOrder) -> list[int]:
    return [number for section in order.sections for number in section.numbers]


def searched(listing: TaskListing, client: FakeClient) -> list[int]:
    while listing.searching:
        listing.search_on(client.state, 0.0)
    return numbers(listing.arrange(client.state, NOW))


def test_a_filter_leaves_out_tasks_and_says_how_many() -> None:
    """Sections keep their order, those without a match go; headings and the list know of how many."""
    client, listing = busy_machine(), TaskListing()
    listing.filter(parse_filter("vit"))
    assert searched(listing, client) == [5, 1]
    order = listing.arrange(client.state, NOW)
    assert [(section.title, len(section.numbers), section.of) for section in order.sections] == [
        ("Running", 1, 3),
        ("Finished", 1, 3),
    ]
    assert (order.shown, order.of) == (2, 10)


def test_the_list_stays_as_it_is_until_a_search_is_through() -> None:
    """100,000 tasks are looked at in slices; what is shown changes in one step."""
    client, listing = FakeClient(), TaskListing()
    for n in range(3000):
        client.submit(f"task-{n}")
    listing.filter(parse_filter("task-1"))
    steps = 0
    while not listing.search_on(client.state, 0.0):
        steps += 1
        assert len(numbers(listing.arrange(client.state, NOW))) == 3000
    assert steps >= 4
    assert len(numbers(listing.arrange(client.state, NOW))) == 1111


def test_a_filter_that_grows_looks_only_at_what_was_found() -> None:
    """A further letter is searched among the tasks that the letters before have left."""
    client, listing = busy_machine(), TaskListing()
    listing.filter(parse_filter("v"))
    few = searched(listing, client)
    listing.filter(parse_filter("vit-b"))
    assert listing._search is not None
    assert set(listing._search.numbers or ()) == set(few)
    assert searched(listing, client) == [5, 1]


def test_old_tasks_that_match_are_counted() -> None:
    """Where a task ended too long ago to be listed, the filter says that there is one."""
    client = busy_machine()
    listing = TaskListing(TaskView(finished_s=3500, filter=parse_filter("vit")))
    assert searched(listing, client) == [5]
    assert listing.arrange(client.state, NOW).older == 1


def test_no_filter_shows_everything_again_at_once() -> None:
    client, listing = busy_machine(), TaskListing(TaskView(filter=parse_filter("nothing like that")))
    assert searched(listing, client) == []
    listing.filter(parse_filter(""))
    assert not listing.searching
    assert len(numbers(listing.arrange(client.state, NOW))) == 10


def test_each_section_is_sorted_by_itself() -> None:
    """The sections stay in the order of a task's life; in each of them the wish holds (row 272)."""
    client, listing = busy_machine(), TaskListing()
    listing.sort(TaskSort("name"))
    assert numbers(listing.arrange(client.state, NOW)) == [4, 5, 6, 10, 8, 7, 9, 3, 2, 1]
    listing.sort(TaskSort("name", reverse=True))
    assert numbers(listing.arrange(client.state, NOW)) == [6, 5, 4, 9, 7, 8, 10, 1, 2, 3]
    listing.sort(TaskSort("ended", reverse=True))
    assert numbers(listing.arrange(client.state, NOW)) == [4, 5, 6, 7, 8, 9, 10, 1, 2, 3]
    listing.sort(QUEUE_ORDER)
    assert numbers(listing.arrange(client.state, NOW)) == [4, 5, 6, 7, 8, 9, 10, 3, 2, 1]


FILTERS = ["", "a", "ab", "state:queued", "state:held !b", "tag:x", "!tag:x a", "state:failed,run", "gpu:1", "nothing"]
steps = st.one_of(
    st.tuples(st.just("filter"), st.sampled_from(FILTERS)),
    st.tuples(st.just("sort"), st.sampled_from(ORDERS)),
    st.tuples(st.sampled_from(["submit", "hold", "tag", "end", "start", "rename", "forget"]), st.integers(1, 12)),
    st.tuples(st.sampled_from(["search", "reset"]), st.just(0)),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(steps, max_size=30))
def test_a_list_that_is_kept_is_the_same_as_a_new_one(story: list[tuple[str, object]]) -> None:
    """However searches, new events and wishes mix: in the end the list shows what a new one would."""
    client, listing = FakeClient(), TaskListing()
    client.has_gpus(2)
    for what, which in story:
        if what == "filter":
            listing.filter(parse_filter(str(which)))
        elif what == "sort":
            assert isinstance(which, TaskSort)
            listing.sort(which)
        elif what == "search":
            listing.search_on(client.state, 0.0)
            listing.arrange(client.state, NOW)
        elif what == "reset":
            listing.touch_all()
        else:
            assert isinstance(which, int)
            number = happens(client, what, which)
            listing.touch({number})
    kept = searched(listing, client)
    fresh = TaskListing(TaskView(filter=listing.view.filter, sort=listing.view.sort))
    assert kept == searched(fresh, client)


def happens(client: FakeClient, what: str, number: int) -> int:
    """One event, if it can happen."""
    task = client.state.tasks.get(number)
    if what == "submit":
        return client.submit("ab"[number % 2] * (number % 5 + 1) + str(client.state.next_number))
    if task is None:
        return number
    queued = task.state is TaskState.QUEUED
    if what == "hold" and queued:
        client.happens(ev.TaskReleased if task.held else ev.TaskHeld, number=number)
    elif what == "tag":
        client.happens(ev.TaskTagged, number=number, tags=() if task.tags else ("x",))
    elif what == "start" and queued:
        client.happens(ev.TaskStarting, number=number, attempt=task.starts + 1, gpus=())
    elif what == "end" and task.ended_at is None:
        client.happens(ev.TaskEnded, NOW - number, number=number, state=TaskState.CANCELLED)
    elif what == "rename":
        client.happens(ev.TaskRenamed, number=number, id=f"b{number}-{len(task.id)}")
    elif what == "forget" and task.ended_at is not None:
        client.happens(ev.TaskForgotten, number=number)
    return number
