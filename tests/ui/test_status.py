"""The status line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.core import events as ev
from ant_tui.ui.status import StatusFacts, status_facts, status_runs
from ant_tui.ui.widgets.text_line import length_of
from tests.ui.fake_client import FakeClient, busy_machine


def text(facts: StatusFacts, width: int = 200) -> str:
    left, right = status_runs(facts, width)
    return "".join(part for part, _ in (*left, *right))


def test_it_says_whose_scheduler_this_is_what_it_does_and_where() -> None:
    """Machine, queue, counts, process and data directory stand in one line; the home is a tilde."""
    facts = status_facts(busy_machine(), "/data")
    assert text(facts) == (
        " ant-tui · gpu01  ► queue runs   3 running · 3 queued · 1 held · 1 failed · 1 completed · 1 cancelled"
        "scheduler: this process, 4242 · ~/ant-tui "
    )


def test_an_attached_screen_names_the_other_process() -> None:
    """Where the scheduler lives elsewhere, the line says so."""
    assert "scheduler: process 4242" in text(status_facts(FakeClient(here=False), "/root"))


def test_a_home_is_only_shortened_where_it_is_one() -> None:
    """A directory whose name merely begins like the home is not in it."""
    client = FakeClient()
    assert "/data/ant-tui" in text(status_facts(client, "/data/ant"))
    assert "/data/ant-tui" in text(status_facts(client, ""))


def test_a_paused_queue_is_plain_to_see() -> None:
    """Nobody needs to guess why nothing starts."""
    client = FakeClient()
    client.happens(ev.QueuePaused)
    assert "queue paused" in text(status_facts(client, ""))


def test_trouble_takes_the_line() -> None:
    """What keeps the scheduler from its work is more important than counts."""
    client = busy_machine()
    client.trouble = "the disk is full; nothing can be recorded"
    left, right = status_runs(status_facts(client, ""), 80)
    assert ("! the disk is full; nothing can be recorded", "bad") in left
    assert not right


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (160, " ant-tui · gpu01  ! {}; this screen attaches again by itself when one runs"),
        (120, " ant-tui · gpu01  ! {}; attaches again when one runs"),
        (80, " ! {}; waits for the next"),
        (60, " ! {}"),
        (40, " ! {}"),
    ],
)
def test_a_scheduler_that_is_gone_is_waited_for(width: int, line: str) -> None:
    """An attached screen says that it attaches again by itself, in as many words as there is room for."""
    client = FakeClient(here=False)
    client.trouble, client.connected = "the scheduler ended at 23:59:59; what is shown is old", False
    left, right = status_runs(status_facts(client, ""), width)
    assert "".join(part for part, _ in left) == line.format(client.trouble)
    assert not right


@settings(deadline=None)
@given(st.integers(20, 250))
def test_counts_are_seen_at_every_width(width: int) -> None:
    """The narrower the screen, the less stands around the counts; the right part never takes their room (row 178)."""
    left, right = status_runs(status_facts(busy_machine(), ""), width)
    assert "3 running" in "".join(part for part, _ in left)
    assert not right or length_of(left) + length_of(right) < width
