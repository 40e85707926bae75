"""The palette finds actions by their own words first, in the order of how well they answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.command import CommandList

from ant_tui.ui.actions import ACTIONS, hints
from ant_tui.ui.command_search import quality
from ant_tui.ui.keys import Keymap, shown_key
from ant_tui.ui.situation import Pane
from tests.ui.apps import app_for, said, screen_says, until
from tests.ui.fake_client import busy_machine
from tests.ui.test_app_panes import ready

KEYS = Keymap()


def found(query: str) -> list[str]:
    """The ids of the actions that answer, the best first."""
    scores = {
        action.id: quality(query, action.id, [*KEYS.keys(action.id), *map(shown_key, KEYS.keys(action.id))])
        for action in ACTIONS
    }
    return sorted((name for name, score in scores.items() if score), key=lambda name: -scores[name])


@pytest.mark.parametrize("pane", list(Pane))
def test_every_word_of_the_footer_finds_its_action(pane: Pane) -> None:
    """Whatever the footer calls an action stands first when it is typed, beside others of the same name alone."""
    for action in hints(pane):
        same = [other.id for other in ACTIONS if other.label == action.label]
        assert action.id in found(action.label)[: len(same)], action.label


def test_every_verb_of_the_command_line_finds_its_action() -> None:
    """So does each verb that is shown below an entry: only what is called by it as well stands before."""
    for action in ACTIONS:
        for cli in action.cli:
            verb = cli.split()[0]
            before = found(verb)[: found(verb).index(action.id)]
            assert all(quality(verb, name) >= quality(verb, action.id) >= 0.8 for name in before), (verb, before)


def test_every_id_and_every_key_finds_its_action() -> None:
    """What the settings call it, and its key: that one is the first, where the key is not another one's name."""
    for action in ACTIONS:
        assert found(action.id)[0] == action.id
    assert [found(key)[0] for key in ("R", "x", "z", "/", "^e", "ctrl+e")] == [
        "task.retry", "task.cancel", "view.zoom", "list.filter", "task.edit_text", "task.edit_text",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("retry", "task.retry"), ("zoom", "view.zoom"), ("notices", "view.notices"), ("quit", "app.quit"),
        ("cancel", "task.cancel"), ("hold", "task.hold"), ("release", "task.hold"), ("kill", "task.signal"),
        ("resume", "task.suspend"), ("unpause", "queue.pause"), ("env slot", "queue.variables"), ("stop", "app.quit"),
        ("  Zoom ", "view.zoom"), ("edit text", "task.edit_text"), ("colours", "view.theme"),
        ("sett", "view.settings"), ("cncl", "task.cancel"), ("cancle", "task.cancel"), ("rty", "task.retry"),
    ],
)  # fmt: skip
def test_the_best_is_first(typed: str, first: str) -> None:
    """A word that is there, a beginning, a word of the sentence, letters left out, letters in another order."""
    assert found(typed)[0] == first


def test_scattered_letters_of_a_sentence_are_no_match() -> None:
    """``quit`` is in "Change the selected queued tasks as text in $EDITOR" only letter by letter."""
    assert found("quit") == ["app.quit"]
    assert found("hold") == ["task.hold"]
    assert found("zzz") == found("") == found("…") == []


def test_better_is_before() -> None:
    """A name before its beginning, that before a sentence: ``fold`` before ``fold all`` before what mentions it."""
    assert found("fold")[:2] == ["list.fold", "list.fold_all"]
    order = found("tasks")
    assert order.index("view.tasks") < order.index("view.tasks_wider") < order.index("task.retry")


@given(st.text(max_size=40))
def test_any_query_has_a_quality(typed: str) -> None:
    """Whatever is typed, each action answers with a figure from 0 to 1."""
    assert all(0 <= quality(typed, action.id) <= 1 for action in ACTIONS)


async def test_in_the_palette(tmp_path: Path) -> None:
    """Typed in the palette: the first entry is the action, says how it is called, and enter does it."""
    app = app_for(busy_machine(tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await pilot.press("colon")
        await until(pilot, lambda: app.screen is not app.main)
        await pilot.press(*"retry")
        entries = app.screen.query_one(CommandList)
        await until(pilot, lambda: entries.option_count == 2)
        assert "retry · key R · ant-tui retry ID…" in str(entries.get_option_at_index(0).prompt)
        await pilot.press(*["backspace"] * 5, *"zoom")
        await until(pilot, lambda: entries.option_count == 1)
        assert "Give the whole screen" in screen_says(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main and app.main.zoomed)
        assert said(app) == ""
