"""Panes: focus, zoom, tabs, and staying whole at every size."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.widgets import Input

from ant_tui.api.dispatcher import METHODS
from ant_tui.api.documents import OutcomeDocument, OutcomesDocument
from ant_tui.core import events as ev
from ant_tui.errors import Refused
from ant_tui.scheduler.publisher import Reset, TroubleChanged
from ant_tui.ui.actions import ACTIONS
from ant_tui.ui.graph_window import WINDOWS
from ant_tui.ui.lost_scheduler import how_to_start
from ant_tui.ui.situation import Pane
from ant_tui.ui.task_cells import cells_of
from tests.ui.apps import app_for, said, screen_says, until
from tests.ui.fake_client import FakeClient, busy_machine


async def ready(app: Any, pilot: Any) -> None:
    await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table"))
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_numbers_and_tab_go_to_panes(size: tuple[int, int]) -> None:
    """1, 2, 3 and tab give panes the focus; where only one has room, it is the one that is seen."""
    app = app_for(busy_machine())
    async with app.run_test(size=size) as pilot:
        await ready(app, pilot)
        main = app.main
        widgets = {Pane.GPUS: main.gpus, Pane.TASKS: main.table, Pane.OUTPUT: main.output}
        for key, pane in (
            ("1", Pane.GPUS), ("3", Pane.OUTPUT), ("2", Pane.TASKS), ("tab", Pane.OUTPUT), ("tab", Pane.GPUS),
            ("shift+tab", Pane.OUTPUT),
        ):  # fmt: skip
            await pilot.press(key)
            await until(pilot, lambda pane=pane: widgets[pane].has_focus, pane)  # type: ignore[misc]
            assert main.pane is pane
            assert widgets[pane].display
            if size[0] < 100:
                assert [one for one, widget in widgets.items() if widget.display] == [pane]


async def test_zoom_and_back() -> None:
    """Z gives the pane the whole screen, z or esc gives the others their place back; the cursor stays."""
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await pilot.press("down", "z")
        await until(pilot, lambda: app.main.table.size.width > 110)
        assert not app.main.gpus.display
        assert app.main.table.cursor_key == 5
        await pilot.press("escape")
        await until(pilot, lambda: app.main.gpus.display)
        await pilot.press("3", "z")
        await until(pilot, lambda: app.main.output.size.width > 110)
        await pilot.press("z")
        await until(pilot, lambda: app.main.gpus.display)
        await pilot.press("escape")
        await until(pilot, lambda: app.main.table.has_focus)


async def test_a_storm_of_sizes_does_no_harm(tmp_path: Path) -> None:
    """Twenty sizes without a pause, from tiny to huge: the screen is whole afterwards, focus and cursor stay."""
    app = app_for(busy_machine(tmp_path))
    chance = random.Random(7)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await pilot.press("down", "down")
        for _ in range(20):
            await pilot.resize_terminal(chance.randrange(1, 260), chance.randrange(1, 90))
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: "whisper-eval" in screen_says(app) and "3 Output" in screen_says(app))
        assert app.main.table.cursor_key == 6
        assert app.main.table.has_focus


async def test_what_happens_is_seen_at_once() -> None:
    """A new task, a start and an end move rows without a key; the cursor stays with its task."""
    client = busy_machine()
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        app.main.table.move_to(7)
        client.submit("newcomer")
        await until(pilot, lambda: "newcomer" in screen_says(app))
        client.happens(ev.TaskStarting, number=7, attempt=1, gpus=())
        await until(pilot, lambda: "◌ starting" in screen_says(app))
        assert app.main.table.cursor_key == 7
        client.happens(ev.QueuePaused)
        await until(pilot, lambda: "queue paused" in screen_says(app))


async def test_many_changes_are_painted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand events in one moment are a few paints, not a thousand."""
    client = FakeClient()
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        paints: list[int] = []
        original = app.main.painter.paint

        def counting() -> None:
            paints.append(1)
            original()

        monkeypatch.setattr(app.main.painter, "paint", counting)
        for _ in range(1000):
            client.submit()
        await until(pilot, lambda: "1,000 queued" in screen_says(app))
        assert len(paints) <= 5


async def test_a_long_list_is_not_read_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """With many tasks a second that passes describes the rows in view and no others."""
    import ant_tui.ui.task_rows as module

    client = FakeClient()
    for _ in range(5000):
        client.submit()
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        described: list[Any] = []

        def counting(task: Any, *rest: Any) -> Any:
            described.append(task)
            return cells_of(task, *rest)

        monkeypatch.setattr(module, "cells_of", counting)
        app.main.painter.second()
        assert 0 < len(described) <= 40


async def test_the_window_of_the_graphs_changes_by_key() -> None:
    """In the GPU pane - shows less time and = more, up to an hour; the title says how much."""
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await pilot.press("1", "minus")
        await until(pilot, lambda: "use and memory, 1 min" in screen_says(app))
        for _ in WINDOWS:
            await pilot.press("equals_sign")
        await until(pilot, lambda: "use and memory, 1 h" in screen_says(app))


async def test_the_output_of_the_selected_task_is_shown(tmp_path: Path) -> None:
    """Moving through the list shows each task's output, or why there is none."""
    app = app_for(busy_machine(tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await until(pilot, lambda: "loss 1.8200" in screen_says(app))
        app.main.table.move_to(3)
        await until(pilot, lambda: "RuntimeError: shapes differ" in screen_says(app))
        app.main.table.move_to(8)
        await until(pilot, lambda: "It waits: behind moe-pretrain" in screen_says(app))
        app.main.table.move_to(1)
        await until(pilot, lambda: "There is no log at" in screen_says(app))


async def test_output_is_followed_while_the_task_runs(tmp_path: Path) -> None:
    """What a running task writes appears by itself; after its end its last words are still read."""
    client = busy_machine(tmp_path)
    app = app_for(client)
    log = tmp_path / "5.1" / "output.log"
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        app.main.table.move_to(5)
        await until(pilot, lambda: "step 120/1000" in screen_says(app))
        with log.open("a") as file:
            file.write("step 121/1000\n")
        await until(pilot, lambda: "step 121/1000" in screen_says(app))
        with log.open("a") as file:
            file.write("last words\n")
        client.end(5)
        await until(pilot, lambda: "last words" in screen_says(app))


async def test_progress_is_read_of_tasks_in_view(tmp_path: Path) -> None:
    """Running tasks that say how far they are get a bar in their row."""
    app = app_for(busy_machine(tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await until(pilot, lambda: "24% ~40m" in screen_says(app))
        assert "21%" in screen_says(app)


async def test_keys_from_the_settings_hold() -> None:
    """A changed key does its act, and the old one does nothing any more; the footer shows the new one."""
    client = busy_machine()
    client.answers["hold"] = OutcomesDocument((OutcomeDocument("moe-eval", True, "moe-eval is held."),))
    app = app_for(client, keys={"task.hold": "ctrl+t"})
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        app.main.table.move_to(8)
        await until(pilot, lambda: "^t hold" in screen_says(app))
        await pilot.press("H")
        await pilot.pause()
        assert client.asked == []
        await pilot.press("ctrl+t")
        await until(pilot, lambda: said(app) == "moe-eval is held.")
        assert client.asked[0][1].tasks == ("8",)


async def test_a_click_on_a_hint_is_its_key() -> None:
    """The footer can be clicked."""
    client = busy_machine()
    client.answers["pause"] = {"paused": True}
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        at = screen_says(app).splitlines()[-1].index("pause queue")
        await pilot.click("#hints", offset=(at, 0))
        await until(pilot, lambda: client.asked and client.asked[0][0] == "pause")


async def test_the_palette_does_every_action() -> None:
    """: finds actions by name and does them."""
    client = busy_machine()
    client.answers["pause"] = {"paused": True}
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await pilot.press("colon")
        await until(pilot, lambda: len(app.screen_stack) == 2)
        await pilot.press(*"further")
        await until(pilot, lambda: "Start no further tasks" in screen_says(app))
        await pilot.press("enter")
        await until(pilot, lambda: client.asked and client.asked[0][0] == "pause")


_EDITOR = frozenset({"task.add", "task.clone", "task.edit", "task.edit_text"})


async def test_random_keys_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred and twenty random keys, whatever they open or ask for: the app goes on."""
    monkeypatch.chdir(tmp_path)  # logs may be exported to where one is
    client = busy_machine(tmp_path)
    client.answers.update(dict.fromkeys(METHODS, Refused("not here.")))
    for method in (
        "cancel", "hold", "release", "suspend", "resume", "retry", "move", "kill", "forget", "pause", "unpause",
        "gpus_enable", "gpus_disable", "submit",
    ):  # fmt: skip
        client.answers[method] = OutcomesDocument((OutcomeDocument("x", True, "x."),))
    app = app_for(client)
    keys = sorted({key for action in ACTIONS for key in action.keys.split(",") if key})
    keys = [key for key in keys if key not in ("q", "ctrl+q", "ctrl+c", "ctrl+z", "O")]
    # The editor takes letters as text: whatever opens it would end the journey; its own tests are beside it.
    opens_editor = {key for action in ACTIONS if action.id in _EDITOR for key in action.keys.split(",")}
    keys = [key for key in keys if key not in opens_editor]
    keys += [
        "up",
        "down",
        "pageup",
        "pagedown",
        "home",
        "end",
        "space",
        "enter",
        "escape",
        "shift+down",
        "asterisk",
        "j",
        "k",
        "f",
    ]
    chance = random.Random(3)
    async with app.run_test(size=(110, 30)) as pilot:
        await ready(app, pilot)
        for _ in range(120):
            await pilot.press(chance.choice(keys))
        for _ in range(10):
            await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        assert app.is_running


async def test_a_lost_scheduler_is_told_and_acts_are_refused() -> None:
    """While the scheduler does not answer, the line says so in red and no act pretends to work."""
    client = busy_machine(here=False)
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        client.trouble = "the scheduler has not answered since 10:41:55; what is shown is old"
        client.connected = False
        await until(pilot, lambda: "! the scheduler has not answered" in screen_says(app))
        await pilot.press("x")
        await until(pilot, lambda: "has not answered since 10:41:55" in said(app))
        assert client.asked == []


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_lost_scheduler_is_waited_for_and_can_be_started(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above, that the screen waits for the next one; below, how to start that and how to leave; then as always."""
    client = busy_machine(tmp_path, here=False)
    monkeypatch.setenv("ANT_TUI_DATA_DIR", client.place.data_dir)
    app = app_for(client)
    async with app.run_test(size=size) as pilot:
        await ready(app, pilot)
        client.trouble, client.connected = "the scheduler ended at 10:41:55; what is shown is old", False
        client.publish(Reset(client.trouble))
        await until(pilot, lambda: "ant-tui --no-ui --daemon starts it again" in screen_says(app))
        assert "attaches again when one runs" in screen_says(app) or "waits for the next" in screen_says(app)
        assert "q quit" in screen_says(app)
        await pilot.click("#hints", offset=(5, 0))
        await pilot.pause()
        assert said(app) == ""
        client.trouble, client.connected = "", True
        client.publish(Reset(""))
        await until(pilot, lambda: "starts it again" not in screen_says(app))


async def test_how_to_start_names_a_data_directory_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What starts a scheduler elsewhere would not help this screen."""
    client = busy_machine(tmp_path, here=False)
    client.connected = False
    monkeypatch.setenv("ANT_TUI_DATA_DIR", "/somewhere/else")
    assert how_to_start(client)[0].key == f"ant-tui --data-dir {client.place.data_dir} --no-ui --daemon"
    client.connected = True
    assert not how_to_start(client)


async def test_a_scheduler_in_trouble_can_still_be_asked() -> None:
    """An attached screen tells what is wrong with the scheduler, and keeps nobody from ending a task."""
    client = busy_machine(here=False)
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        client.trouble = "no GPU can be used: they fell off the bus"
        client.publish(TroubleChanged())
        await until(pilot, lambda: "! no GPU can be used" in screen_says(app))
        await pilot.press("P")
        await until(pilot, lambda: any(method == "pause" for method, _ in client.asked))


async def test_an_error_in_an_act_is_said_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """An act that fails because of a mistake of ours does not end the app; the log has the traceback."""
    client = busy_machine()
    client.answers["pause"] = lambda request: 1 / 0
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await pilot.press("P")
        await until(pilot, lambda: "error in ant-tui" in said(app))
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_burst_of_keys_goes_to_the_panes_that_it_names(size: tuple[int, int]) -> None:
    """Keys that come together, as over a slow line: what follows 1 or tab is done in the pane that they lead to."""
    app = app_for(busy_machine())
    async with app.run_test(size=size) as pilot:
        await ready(app, pilot)
        for key in ("down", "1", "right", "right", "tab", "down", "shift+tab", "minus"):
            app.post_message(Key(key, None))
        await until(pilot, lambda: app.main.gpus.cursor_key == "GPU-2")
        await until(pilot, lambda: app.main.window.span == "1 min")
        assert app.main.table.cursor_key == 6
        await until(pilot, lambda: app.main.gpus.has_focus)
        await pilot.pause()
        assert app.main.focused is app.main.gpus


async def test_digits_are_text_where_one_writes() -> None:
    """In the filter 1, 2 and 3 are written; tab goes on to the next pane."""
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(app.main.focused, Input))
        await pilot.press(*"123")
        field = app.main.focused
        assert isinstance(field, Input)
        assert field.value == "123"
        await pilot.press("tab")
        await until(pilot, lambda: app.main.output.has_focus)
