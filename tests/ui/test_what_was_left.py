"""What earlier sessions left, arranged for people."""

from __future__ import annotations

from ant_tui.core import events as ev
from ant_tui.core.task import Group, Task, TaskState
from ant_tui.ui.recovery.what_was_left import Order, Tab, look_back, parts
from tests.ui.fake_client import NOW, FakeClient


def ids(tasks: object) -> list[str]:
    return [task.id for task in tasks]  # type: ignore[attr-defined]


def three_sessions() -> FakeClient:
    """Two sessions with what was queued, the last one with one of each group, one of them hidden."""
    client = FakeClient()
    for name, ago in (("oldest", 90000), ("older", 50000)):
        number = client.submit(name, ago=ago + 10)
        client.happens(ev.LeftAside, NOW - ago, session=name, queued=(number,))
    ran = client.run("ran", ago=900)
    client.end(ran, TaskState.LOST, ago=100, detail="the machine was restarted while it ran")
    over = client.run("over", ago=800, command="python special.py")
    client.end(over, TaskState.FAILED, ago=700, exit_code=3)
    waits = [client.submit(name, 2, ago=600 - place) for place, name in enumerate(("run-10", "run-9", "Alpha"))]
    secret = client.submit("secret")
    client.happens(
        ev.LeftAside, NOW - 60, session="last", interrupted=(ran,), queued=(*waits, secret), completed=(over,)
    )
    client.happens(ev.TasksHidden, numbers=(secret,))
    return client


def listed(
    client: FakeClient, tab: Tab, words: str = "", order: Order = Order.AS_LEFT
) -> list[tuple[Group, list[str]]]:
    left = look_back(client.state)
    return [(part.group, ids(part.tasks)) for part in parts(tab, left.tabs[tab], words, order)]


def test_tabs_are_the_last_session_the_earlier_ones_and_what_is_hidden() -> None:
    """The session that left something last is the last one; the others follow, newest first (rows 245, 256)."""
    left = look_back(three_sessions().state)
    assert ids(left.tabs[Tab.LAST]) == ["ran", "run-10", "run-9", "Alpha", "over"]
    assert ids(left.tabs[Tab.EARLIER]) == ["older", "oldest"]
    assert ids(left.tabs[Tab.HIDDEN]) == ["secret"]
    assert (left.last_at, left.sessions, len(left), left.first) == (NOW - 60, 2, 8, Tab.LAST)


def test_nothing_left_is_nothing() -> None:
    """A state without such tasks gives empty tabs."""
    left = look_back(FakeClient().state)
    assert (len(left), left.last_at, left.sessions, left.first) == (0, None, 0, Tab.LAST)


def test_the_first_tab_is_one_with_something_in_it() -> None:
    """Where everything in sight was decided, what is hidden comes first."""
    client = three_sessions()
    seen = [n for n, task in client.state.tasks.items() if task.aside is not None and not task.aside.hidden]
    client.happens(ev.TasksRestored, numbers=tuple(seen))
    assert look_back(client.state).first is Tab.HIDDEN


def test_groups_stand_in_their_order() -> None:
    """Interrupted, queued, ended; each in the order in which it was left."""
    assert listed(three_sessions(), Tab.LAST) == [
        (Group.INTERRUPTED, ["ran"]), (Group.QUEUED, ["run-10", "run-9", "Alpha"]), (Group.COMPLETED, ["over"]),
    ]  # fmt: skip


def test_earlier_sessions_are_told_apart() -> None:
    """Each earlier session has groups of its own, with the time at which it left them."""
    client = three_sessions()
    found = parts(Tab.EARLIER, look_back(client.state).tabs[Tab.EARLIER], "", Order.AS_LEFT)
    assert [(ids(part.tasks), part.at) for part in found] == [(["older"], NOW - 50000), (["oldest"], NOW - 90000)]


def test_a_filter_wants_all_words_anywhere() -> None:
    """Id, number, group, state, command, folder and tags are looked through (row 271)."""
    client = three_sessions()
    assert listed(client, Tab.LAST, "QUEUED run") == [(Group.QUEUED, ["run-10", "run-9"])]
    assert listed(client, Tab.LAST, "special failed") == [(Group.COMPLETED, ["over"])]
    assert listed(client, Tab.LAST, "queued special") == []


def test_sorting_stays_inside_groups() -> None:
    """Ids sort as people count, and regardless of case (row 272)."""
    client = three_sessions()
    orders = {order: dict(listed(client, Tab.LAST, "", order))[Group.QUEUED] for order in Order}
    assert orders[Order.ID] == ["Alpha", "run-9", "run-10"]
    assert orders[Order.NEWEST] == ["Alpha", "run-9", "run-10"]
    assert orders[Order.AS_LEFT] == ["run-10", "run-9", "Alpha"]


def test_the_longest_run_comes_first_and_what_never_ran_last() -> None:
    """Missing times go last (row 272)."""
    client = FakeClient()
    tasks: list[Task] = []
    for name, seconds in (("short", 10), ("long", 500), ("never", 0)):
        number = client.run(name, ago=1000) if seconds else client.submit(name)
        client.end(number, TaskState.LOST if seconds else TaskState.CANCELLED, ago=1000 - seconds)
        tasks.append(client.state.tasks[number])
    client.happens(ev.LeftAside, session="s", completed=tuple(task.number for task in tasks))
    assert listed(client, Tab.LAST, "", Order.LONGEST) == [(Group.COMPLETED, ["long", "short", "never"])]
