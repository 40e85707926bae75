"""Telling everybody who listens."""

from __future__ import annotations

from ant_tui.core import events as ev
from ant_tui.scheduler.publisher import Publication, Publisher, Recorded, Reset


def test_everybody_hears_everything_in_order() -> None:
    """Until they want to hear no more; saying so twice does no harm."""
    publisher = Publisher()
    first: list[Publication] = []
    second: list[Publication] = []
    publisher.subscribe(first.append)
    leave = publisher.subscribe(second.append)
    publisher.publish(Reset("a"))
    leave()
    leave()
    publisher.publish(Reset("b"))
    assert (first, second) == ([Reset("a"), Reset("b")], [Reset("a")])


def test_events_get_consecutive_numbers() -> None:
    publisher = Publisher()
    heard: list[Publication] = []
    publisher.subscribe(heard.append)
    pause, unpause = ev.QueuePaused(at=1.0), ev.QueueUnpaused(at=2.0)
    publisher.recorded(7, [pause, unpause])
    assert heard == [Recorded(((7, pause), (8, unpause)))]


def test_one_that_fails_is_dropped_and_nobody_else() -> None:
    """No reader can stop the scheduler."""
    publisher = Publisher()
    heard: list[Publication] = []
    calls = 0

    def failing(_: Publication) -> None:
        nonlocal calls
        calls += 1
        raise ZeroDivisionError

    publisher.subscribe(failing)
    publisher.subscribe(heard.append)
    publisher.publish(Reset("a"))
    publisher.publish(Reset("b"))
    assert (calls, heard) == (1, [Reset("a"), Reset("b")])


def test_listening_may_begin_and_end_while_it_is_told() -> None:
    """Who comes or goes because of what is being told disturbs nobody."""
    publisher = Publisher()
    heard: list[str] = []

    def once(publication: Publication) -> None:
        heard.append("once")
        leave()
        publisher.subscribe(lambda _: heard.append("late"))

    leave = publisher.subscribe(once)
    publisher.publish(Reset("a"))
    publisher.publish(Reset("b"))
    assert heard == ["once", "late"]
