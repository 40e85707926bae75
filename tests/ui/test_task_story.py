"""All about one task, as ``w`` tells it."""

from __future__ import annotations

import pytest

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
