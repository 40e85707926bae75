"""The one table of actions, and everything that is made of it."""

from __future__ import annotations

import inspect

import pytest

from ant_tui.cli.verbs import VERBS
from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.ui.actions import ACTIONS, BY_ID, hints
from ant_tui.ui.acts.host import Host
from ant_tui.ui.acts.registry import ACTS
from ant_tui.ui.keys import bindings_of
from ant_tui.ui.screens.main_host import MainHost
from ant_tui.ui.situation import Pane, Situation
from tests.ui.fake_client import FakeClient, busy_machine

NEEDED = {
    "submit", "cancel", "kill", "hold", "release", "suspend", "resume", "retry", "move", "explain", "show", "logs",
    "pause", "unpause", "gpus", "forget", "stop",
}  # fmt: skip
"""Verbs that change or explain what the screen shows."""


def situation(client: FakeClient, *numbers: int, pane: Pane = Pane.TASKS) -> Situation:
    return Situation(tasks=[client.state.tasks[number] for number in numbers], pane=pane, paused=client.state.paused)


def test_every_action_can_be_done_and_nothing_else() -> None:
    """The table of actions and the table of what they do name the same."""
    assert set(ACTS) == set(BY_ID)
    assert len(BY_ID) == len(ACTIONS)


def test_the_screen_is_the_host_that_acts_ask_for() -> None:
    """Whatever acts may ask of their host, the main screen's has."""
    for name, member in inspect.getmembers(Host, inspect.isfunction):
        if not name.startswith("_"):
            theirs = inspect.signature(getattr(MainHost, name)).parameters
            assert list(inspect.signature(member).parameters) == list(theirs), name


def test_what_the_command_line_can_do_to_a_task_the_screen_can_do() -> None:
    """Every verb on tasks, queue and GPUs has its action, and actions name no verb that does not exist."""
    said = {verb.split()[0] for action in ACTIONS for verb in action.cli}
    assert NEEDED <= said <= {verb.name for verb in VERBS}


def test_every_action_has_words_for_footer_and_help() -> None:
    """A label is short, a help text is one sentence."""
    for action in ACTIONS:
        assert 0 < len(action.label) <= 16, action.id
        assert action.help.endswith("."), action.id
        assert action.help[0].isupper(), action.id


def test_bindings_are_made_of_the_table() -> None:
    """Every action with a key is bound where the table says, under its own id."""
    for pane in (None, *Pane):
        bound = {binding.id for binding in bindings_of(pane)}  # type: ignore[union-attr]
        wanted = {a.id for a in ACTIONS if a.keys and (pane in a.where if pane else not a.where)}
        assert bound == wanted


def test_the_ways_out_are_always_in_the_footer() -> None:
    """Whatever the pane: commands, help and quit stand at the right end, in this order."""
    for pane in Pane:
        assert [action.id for action in hints(pane) if action.last] == ["app.palette", "app.help", "app.quit"]


@pytest.mark.parametrize(
    ("action", "number", "reason"),
    [
        ("task.cancel", 4, ""), ("task.cancel", 7, ""), ("task.cancel", 6, ""),
        ("task.cancel", 3, "task clip-bs512 is failed; only a queued or running task can be cancelled"),
        ("task.hold", 7, ""), ("task.hold", 4, "task llama-ft is running; only a queued task can be held or released"),
        ("task.suspend", 4, ""), ("task.retry", 3, ""), ("task.retry", 4, ""), ("task.forget", 1, ""),
        ("task.forget", 4, "task llama-ft is running; only an ended task can be forgotten"),
        ("task.top", 8, ""), ("task.signal", 6, ""),
    ],
)  # fmt: skip
def test_what_may_be_done_to_a_task(action: str, number: int, reason: str) -> None:
    """An action that cannot be done says why, in terms of the task."""
    assert BY_ID[action].allowed(situation(busy_machine(), number)) == reason


def test_what_may_be_done_to_several() -> None:
    """One task for which it works is enough; else all are named as a whole."""
    client = busy_machine()
    assert BY_ID["task.cancel"].allowed(situation(client, 1, 2, 4)) == ""
    assert "none of the selected" in BY_ID["task.cancel"].allowed(situation(client, 1, 2))


def test_without_a_task_nothing_is_done_to_one() -> None:
    """With nothing selected every action on tasks says so."""
    for action in ACTIONS:
        if action.id.startswith("task.") and action.id != "task.add":
            assert action.allowed(Situation()) == "no task is selected"


def test_without_a_scheduler_nothing_can_be_asked_for() -> None:
    """While the scheduler does not answer, actions that need it give that as the reason."""
    lost = Situation(tasks=[busy_machine().state.tasks[4]], trouble="the scheduler has not answered since 10:41:55")
    for name in ("task.cancel", "task.add", "queue.pause"):
        assert "10:41:55" in BY_ID[name].allowed(lost)
    assert BY_ID["view.zoom"].allowed(lost) == ""


def test_what_is_selected_is_summed_up_once() -> None:
    """States and being held are those of all selected tasks."""
    client = busy_machine()
    mixed = situation(client, 4, 7, 9)
    assert mixed.states == {TaskState.RUNNING, TaskState.QUEUED}
    assert not mixed.all_held
    client.happens(ev.TaskHeld, number=7)
    assert situation(client, 4, 7, 9).all_held
