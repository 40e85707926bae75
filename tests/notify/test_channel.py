"""Telling in a thread of its own: in order, never in the way, and of many as one."""

from __future__ import annotations

import logging
import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.notify.channel import Channel, Inbox
from ant_tui.notify.notice import Notice
from tests.notify.tasks import told

PATIENCE_S = 20.0


class Ear:
    """Hears notices, and can be made to take its time."""

    def __init__(self) -> None:
        self.heard: list[Notice] = []
        self.busy = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, notice: Notice) -> None:
        self.heard.append(notice)
        self.busy.set()
        assert self.go_on.wait(PATIENCE_S)


@given(st.lists(st.sampled_from(["add", "add", "add", "add", "take"]), max_size=200))
def test_inbox_loses_nobody_and_stays_small(steps: list[str]) -> None:
    """Whatever comes when: every task is in exactly one notice or counted in one, in order, and few are kept."""
    inbox = Inbox()
    added = 0
    notices: list[Notice] = []
    for step in [*steps, *["take"] * 250]:
        if step == "add":
            added += 1
            inbox.add(told(added, id=str(added)))
        elif (notice := inbox.take()) is not None:
            notices.append(notice)
    assert sum(notice.count for notice in notices) == added
    assert len(inbox) == 0
    named = [int(task.id) for notice in notices for task in notice.tasks]
    assert named == sorted(named)
    assert all(len(notice.tasks) in (notice.count, 20) for notice in notices)


def test_a_few_are_told_one_by_one() -> None:
    """Three tasks are three notices, in the order in which they ended."""
    ear = Ear()
    channel = Channel("test", ear)
    for number in (1, 2, 3):
        channel.put(told(number))
    channel.close(PATIENCE_S)
    assert [[task.number for task in notice.tasks] for notice in ear.heard] == [[1], [2], [3]]


def test_a_thousand_at_once_are_few_notices() -> None:
    """A burst is neither a thousand processes nor a thousand requests; their number and kinds are told."""
    ear = Ear()
    ear.go_on.clear()
    channel = Channel("test", ear)
    channel.put(told(1))
    assert ear.busy.wait(PATIENCE_S)
    for number in range(2, 1001):
        channel.put(told(number))
    ear.go_on.set()
    channel.close(PATIENCE_S)
    assert [notice.count for notice in ear.heard] == [1, 999]
    assert Counter(ear.heard[1].counts) == Counter({"failed": 999})


def test_nobody_waits_for_a_slow_one(caplog: pytest.LogCaptureFixture) -> None:
    """``put`` returns at once, ``close`` after its patience; what was not told is counted in the log."""
    ear = Ear()
    ear.go_on.clear()
    channel = Channel("notify.webhook", ear)
    channel.put(told(1))
    assert ear.busy.wait(PATIENCE_S)
    channel.put(told(2))
    channel.put(told(3))
    channel.close(0.01)
    assert "notify.webhook: nobody was told of 2 ended tasks" in caplog.text
    ear.go_on.set()


def test_failure_is_logged_and_the_next_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected error costs one notice, not the thread."""
    heard: list[int] = []

    def deliver(notice: Notice) -> None:
        if notice.tasks[0].number == 1:
            raise RuntimeError("no")
        heard.append(notice.tasks[0].number)

    channel = Channel("notify.command", deliver)
    with caplog.at_level(logging.ERROR):
        channel.put(told(1))
        channel.put(told(2))
        channel.close(PATIENCE_S)
    assert heard == [2]
    assert "notify.command failed to tell: task-1: failed" in caplog.text


def test_nothing_to_tell_is_no_thread() -> None:
    """Where no task ends that is told, nothing is begun."""
    channel = Channel("a thread of nobody", Ear())
    channel.close(PATIENCE_S)
    assert "a thread of nobody" not in [thread.name for thread in threading.enumerate()]
