"""Keys that come together, as over a slow line or from a script, mean what they mean one by one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Input, TextArea

from ant_tui.api.schema import Submission, Submit
from ant_tui.core.task import TaskState
from ant_tui.ui import typed_ahead
from ant_tui.ui.app import AntApp
from ant_tui.ui.dialogs.choose import Choose
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.editor.screen import EditorScreen
from ant_tui.ui.editor.variables_view import VariablesView
from ant_tui.ui.editor.workspace import WorkspaceScreen
from ant_tui.ui.situation import Pane
from tests.ui.apps import app_for, live, until
from tests.ui.fake_client import busy_machine


def burst(app: AntApp, keys: Iterable[str]) -> None:
    """Press keys without waiting for what they do."""
    names = {" ": "space", "/": "slash", ":": "colon", "-": "minus", ".": "full_stop", "?": "question_mark"}
    for key in keys:
        app.post_message(Key(names.get(key, key), key if len(key) == 1 else None))


async def test_a_filter_is_typed_right_behind_its_key() -> None:
    """``/`` and the letters after it: none of them is a command to the list."""
    client = busy_machine()
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and app.main.is_current)
        asked = len(client.asked)
        burst(app, "/xPaH")
        await until(pilot, lambda: isinstance(app.main.focused, Input) and app.main.focused.value == "xPaH")
        assert len(client.asked) == asked
        assert app.screen is app.main


async def test_a_command_is_typed_right_behind_its_key(tmp_path: Path) -> None:
    """``a`` opens the editor, and what follows is the command, the first time as well as later."""
    async with live(tmp_path / "data") as hands:
        for command in ("true P x", "true H q"):
            burst(hands.app, f"a{command}")
            await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
            area = hands.app.screen.query_one("#command", TextArea)
            await hands.until(lambda area=area, command=command: area.text == command, command)  # type: ignore[misc]
            await hands.press("ctrl+s")
            await hands.until(lambda: hands.app.screen is hands.app.main, "the list")
        assert not hands.client.state.paused


async def test_an_answer_is_given_right_behind_the_question() -> None:
    """``x`` asks, ``y`` answers, and what comes then is for the list again."""
    client = busy_machine()
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and app.main.is_current)
        burst(app, ["g", "x", "y"])
        await until(pilot, lambda: any(method == "cancel" for method, _ in client.asked))
        await until(pilot, lambda: not isinstance(app.screen, Confirm))
        burst(app, ["q", "escape", "j"])
        before = app.main.table.cursor_key
        await until(pilot, lambda: app.main.table.cursor_key != before)
        assert not isinstance(app.screen, Choose)


async def test_nothing_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """What opens nothing and does not end keeps keys for a moment only."""
    monkeypatch.setattr(typed_ahead, "_PATIENCE_S", 0.05)
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and app.main.is_current)
        app.main.opening.begin()
        before = app.main.table.cursor_key
        burst(app, ["j"])
        await until(pilot, lambda: app.main.table.cursor_key != before)


async def test_variables_are_typed_right_behind_each_other(tmp_path: Path) -> None:
    """Name, tab, value, enter, the next name: each key goes where it does when it is typed slowly."""
    async with live(tmp_path / "data") as hands:
        await hands.press("V")
        await hands.until(lambda: isinstance(hands.app.screen, WorkspaceScreen), "the variables")
        view = hands.app.screen.query_one(VariablesView)
        burst(hands.app, [*"LR", "tab", *"0.1", "enter", *"FOO", "tab", *"two", "up", *"5"])
        rows = (("LR", "0.15"), ("FOO", "two"))
        await hands.until(lambda: view.variables.rows == rows, "two variables")


async def test_variables_are_typed_right_behind_the_key_that_opens_them(tmp_path: Path) -> None:
    """The same with ``V`` in front, and leaving behind it: the list has the keys after that."""
    async with live(tmp_path / "data") as hands:
        await hands.client.call("submit", Submit((Submission(command="true", workdir="/", id="one"),)))
        await hands.until_state("one", TaskState.COMPLETED)
        burst(hands.app, ["V", *"LR", "tab", *"0.1", "ctrl+s"])
        await hands.until(lambda: hands.client.state.workspace == {"LR": 0.1}, "the variables are applied")
        burst(hands.app, ["tab", "escape", "3"])
        await hands.until(lambda: hands.app.screen is hands.app.main and hands.app.main.pane is Pane.OUTPUT)


async def test_a_dialog_that_a_key_closes_keeps_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key behind esc does not wait for a dialog that is gone."""
    monkeypatch.setattr(typed_ahead, "_PATIENCE_S", 1000.0)
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and app.main.is_current)
        before = app.main.table.cursor_key
        burst(app, ["g", "x", "escape", "?", "escape", ":", "escape", "j"])
        await until(pilot, lambda: app.screen is app.main and app.main.table.cursor_key != before)
