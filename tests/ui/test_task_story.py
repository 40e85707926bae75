"""All about one task, as ``w`` tells it."""

from __future__ import annotations

import pytest

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.ui.task_story import story
from tests.ui.fake_client import NOW, FakeClient


@pytest.mark.parametrize(
    ("state", "detail", "headline"),
    [
        (TaskState.CANCELLED, "cancelled", "It was cancelled after 0s."),
        (TaskState.CANCELLED, "cancelled, ended by SIGTERM", "It was cancelled after 0s: ended by SIGTERM."),
        (TaskState.FAILED, "exit code 3", "It failed after 0s: exit code 3."),
        (TaskState.LOST, "lost", "It was lost after 0s."),
    ],
)
def test_how_it_ended_is_said_once(state: TaskState, detail: str, headline: str) -> None:
    """The state's word is in the sentence, so it does not come again behind it."""
    client = FakeClient()
    number = client.run("one", ago=0.0)
    client.end(number, state, detail=detail)
    assert story(client, client.state.tasks[number], "", NOW)[0] == ("", headline)


@pytest.mark.parametrize(("ago", "words"), [(58.0, "58s"), (76.0, "1m 16s"), (3.0 * 3600, "3h 00m")])
def test_how_long_it_has_been_running(ago: float, words: str) -> None:
    """In the words of the list, and in English."""
    client = FakeClient()
    number = client.run("one", ago=ago)
    assert story(client, client.state.tasks[number], "", NOW)[0] == ("", f"It has been running for {words}.")
    client.happens(ev.TaskSuspended, NOW - 5, number=number)
    assert story(client, client.state.tasks[number], "", NOW)[0] == ("", f"It is suspended; it began {words} ago.")


def test_how_long_it_has_waited() -> None:
    """Its place in the queue, and since when."""
    client = FakeClient()
    number = client.submit("one", 1, ago=125.0)
    headline = "It is queued, number 1 in the queue, and has waited for 2m 05s."
    assert story(client, client.state.tasks[number], "", NOW)[0] == ("", headline)
