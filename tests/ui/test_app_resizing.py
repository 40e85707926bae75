"""Panes are resized by key and by mouse, within what has room, and come back as they were left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.events import MouseMove
from textual.pilot import Pilot

from ant_tui.ui.app import AntApp
from ant_tui.ui.remembered import load
from tests.ui.apps import app_for, said, screen_says, until
from tests.ui.fake_client import FakeClient, FakePlace, busy_machine


async def ready(app: Any, pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table"))
    await pilot.pause()


def sizes(app: AntApp) -> tuple[int, int]:
    """Rows of the GPU pane, columns of the tasks."""
    return app.main.gpus.outer_size.height, app.main.table.outer_size.width


async def dragged(pilot: Pilot[Any], to: tuple[int, int]) -> None:
    """Move the mouse with its button held."""
    await pilot._post_mouse_events([MouseMove], None, to, button=1)


async def test_the_split_moves_by_key() -> None:
    """Ctrl+right and ctrl+left move the border between tasks and output by four columns, from any pane."""
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        rows, columns = sizes(app)
        await pilot.press("ctrl+right", "ctrl+right")
        await until(pilot, lambda: sizes(app) == (rows, columns + 8))
        assert app.main.output.outer_size.width == 120 - columns - 8
        await pilot.press("3", "ctrl+left")
        await until(pilot, lambda: sizes(app) == (rows, columns + 4))


async def test_the_gpu_pane_grows_and_shrinks_by_key() -> None:
    """} gives the GPU pane the next taller cards, { the next lower ones; what has no room for more says so."""
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        rows, columns = sizes(app)
        await pilot.press("right_curly_bracket")
        await until(pilot, lambda: sizes(app)[0] > rows)
        await pilot.press("left_curly_bracket")
        await until(pilot, lambda: sizes(app) == (rows, columns))
        for _ in range(40):
            await pilot.press("left_curly_bracket")
        await until(pilot, lambda: "cannot be moved any further" in said(app))
        least = sizes(app)[0]
        assert "7 ✗ lost" in screen_says(app), "every GPU still has a line"
        for _ in range(40):
            await pilot.press("right_curly_bracket")
        await until(pilot, lambda: sizes(app)[0] > least)
        assert app.main.table.outer_size.height >= 11


async def test_where_one_pane_is_shown_there_is_no_border() -> None:
    """In a narrow screen, or zoomed, resizing says why it does nothing."""
    app = app_for(busy_machine())
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, pilot)
        await pilot.press("ctrl+right")
        await until(pilot, lambda: "no border to move" in said(app))
        assert app.main.task_share is None
        await pilot.mouse_down(offset=(40, 3))
        await dragged(pilot, (40, 10))
        await pilot.mouse_up(offset=(40, 10))
        assert app.main.gpu_share is None


async def test_the_mouse_drags_the_split() -> None:
    """The border between tasks and output follows the mouse; released, it stays; the row below is not dragged."""
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        _, columns = sizes(app)
        cursor = app.main.table.cursor_key
        await pilot.mouse_down(offset=(columns - 1, 25))
        await dragged(pilot, (columns - 11, 25))
        await until(pilot, lambda: sizes(app)[1] == columns - 10)
        await dragged(pilot, (2, 25))
        await until(pilot, lambda: sizes(app)[1] == 24, "as narrow as can be")
        await dragged(pilot, (79, 26))
        await pilot.mouse_up(offset=(79, 26))
        await until(pilot, lambda: sizes(app)[1] == 80)
        await pilot.hover(offset=(60, 26))
        await pilot.pause()
        assert sizes(app)[1] == 80
        assert app.main.table.cursor_key == cursor
        assert app.mouse_captured is None


async def test_the_mouse_drags_the_gpus_edge() -> None:
    """The lower edge of the GPU pane follows the mouse, by whole rows of cards."""
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        rows, _ = sizes(app)
        edge = app.main.gpus.region.bottom - 1
        await pilot.mouse_down(offset=(60, edge))
        await dragged(pilot, (60, edge + 9))
        await until(pilot, lambda: rows < sizes(app)[0] <= rows + 9)
        taller = sizes(app)[0]
        await dragged(pilot, (60, 3))
        await until(pilot, lambda: sizes(app)[0] < rows)
        await dragged(pilot, (60, edge + 9))
        await pilot.mouse_up(offset=(60, edge + 9))
        await until(pilot, lambda: sizes(app)[0] == taller)
        assert app.mouse_captured is None


async def test_a_click_on_a_row_is_no_drag_of_a_border() -> None:
    """Beside the borders the mouse does what it did before."""
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        before = sizes(app)
        await pilot.mouse_down("#tasks", offset=(10, 4))
        await pilot._post_mouse_events([MouseMove], "#tasks", (14, 5), button=1)
        await pilot.mouse_up("#tasks", offset=(14, 5))
        await pilot.pause()
        assert sizes(app) == before
        assert app.mouse_captured is None


async def test_usual_sizes_come_back() -> None:
    """One action of the palette forgets what was dragged."""
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        before = sizes(app)
        await pilot.press("ctrl+left", "right_curly_bracket")
        await until(pilot, lambda: sizes(app)[0] != before[0] and sizes(app)[1] != before[1])
        app.main.action_act("view.reset_sizes")
        await until(pilot, lambda: sizes(app) == before)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The data directory that remembers."""
    return tmp_path


def machine(kept: Path) -> FakeClient:
    client = busy_machine()
    client.place = replace(FakePlace(), data_dir=str(kept))
    return client


async def test_sizes_are_remembered_and_cut_where_they_do_not_fit(kept: Path) -> None:
    """A screen comes back with its sizes and its smoothing; a small window cuts, and forgets nothing."""
    app = app_for(machine(kept))
    async with app.run_test(size=(200, 60)) as pilot:
        await ready(app, pilot)
        await pilot.press("1", "m", *["ctrl+right"] * 12, *["right_curly_bracket"] * 2)
        await until(pilot, lambda: app.main.window.smoothed)
        await pilot.pause()
        wanted = sizes(app)
    assert load(str(kept / "ui-state.json"))[0].task_share == app.main.task_share
    app = app_for(machine(kept))
    async with app.run_test(size=(100, 24)) as pilot:
        await ready(app, pilot)
        await until(pilot, lambda: sizes(app)[1] < 100 - 23)
        assert app.main.window.smoothed
        await pilot.resize_terminal(200, 60)
        await until(pilot, lambda: sizes(app) == wanted)


async def test_dragging_selects_no_text(tmp_path: Path) -> None:
    """Taken by the side of the output, the border moves and no text is selected on the way."""
    app = app_for(busy_machine(tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await until(pilot, lambda: "loss 1.8200" in screen_says(app))
        _, columns = sizes(app)
        await pilot.mouse_down(offset=(columns, 25))
        for x in (columns + 5, columns + 12):
            await dragged(pilot, (x, 25))
        await until(pilot, lambda: sizes(app)[1] == columns + 13)
        assert not app.main.selections
        await pilot.mouse_up(offset=(columns + 12, 25))
        await pilot.pause()
        assert not app.main.selections
        assert app.mouse_captured is None
