"""What the screens look like, at the three sizes that matter and in the themes that differ most."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.command import CommandList, CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input

from ant_tui.ui.app import AntApp
from ant_tui.ui.widgets.graph import Graph
from tests.ui.apps import app_for, screen_says, until
from tests.ui.fake_client import FakeClient, busy_machine

Golden = Callable[[App[Any], str], None]
SIZES = [(80, 24), (120, 40), (200, 60)]
PANES = {"gpus": "1", "tasks": "2", "output": "3"}


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves, and nothing of this machine is seen."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    for module in ("ant_tui.ui.acts.on_tasks",):
        monkeypatch.setattr(f"{module}.first_folder", lambda: "/home/bo/project", raising=False)
    monkeypatch.setattr("ant_tui.ui.app.glyphs_for", lambda wish, encoding: "braille")


def name_of(what: str, size: tuple[int, int], theme: str = "dark") -> str:
    return f"{what}_{size[0]}x{size[1]}_{theme}"


@asynccontextmanager
async def shown(
    client: FakeClient, size: tuple[int, int], *, theme: str = "dark", output: str = "epoch 3/10"
) -> AsyncIterator[tuple[AntApp, Pilot[Any]]]:
    """The app, when all is there that a moment can bring."""
    app = app_for(client, theme=theme)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table"))
        await until(pilot, lambda: output in screen_says(app), "output")
        app.main.painter.second()
        app.main.painter.repaint()
        await settled(app, pilot)
        yield app, pilot


async def settled(app: AntApp, pilot: Pilot[Any]) -> None:
    """Wait until nothing is on its way: no log to be opened, nothing to be painted, no samples for a graph."""
    await pilot.pause()
    await until(pilot, lambda: hasattr(app.main, "table"), "the main screen")
    main, painter = app.main, app.main.painter
    graphs = list(main.query(Graph))

    def rests() -> bool:
        waits = main.output._loading is not None or main.output._tick_timer is not None or main.gpus._drawing
        waits = waits or painter._called or painter._seeking or painter._peeking
        return not waits and all(len(graph.data.values) == graph.capacity for graph in graphs if graph.size)

    await until(pilot, rests, "rest")
    await pilot.pause()


async def opened(app: AntApp, pilot: Pilot[Any]) -> None:
    """Wait until a dialog takes keys; then no cursor blinks in its fields (one that has the focus is not seen)."""
    await until(pilot, lambda: app.screen is not app.main and not app.main.opening, "a dialog")
    fields = list(app.screen.query(Input))
    await until(pilot, lambda: not fields or any(field.has_focus for field in fields), "the field")
    for field in fields:
        field.cursor_blink = False
    if isinstance(app.screen, CommandPalette):
        found = app.screen.query_one(CommandList)
        search = [worker for worker in app.workers if worker.node is app.screen]
        await until(pilot, lambda: found.option_count and all(worker.is_finished for worker in search), "what there is")
        await until(pilot, lambda: found.show_vertical_scrollbar == (found.virtual_size.height > found.size.height))


async def resized(app: AntApp, pilot: Pilot[Any], size: tuple[int, int]) -> None:
    """Change the size of the window, and wait until all is painted anew as it has been shared among the panes."""
    painted: list[tuple[int, int]] = []
    repaint = app.main.painter.repaint

    def recorded() -> None:
        repaint()
        painted.append((app.main.size.width, app.main.size.height))

    app.main.painter.repaint = recorded  # type: ignore[method-assign]
    await pilot.resize_terminal(*size)
    await until(pilot, lambda: size in painted, "the new size")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["dark", "ansi", "sixteen"])
async def test_main_screen(size: tuple[int, int], theme: str, tmp_path: Path, golden: Golden) -> None:
    """A machine in the middle of its work."""
    async with shown(busy_machine(tmp_path), size, theme=theme) as (app, _):
        golden(app, name_of("main", size, theme))


async def test_main_screen_in_light_and_high_contrast(tmp_path: Path, golden: Golden) -> None:
    """The same on a light background, and for those who need strong contrasts."""
    for theme in ("light", "high-contrast"):
        async with shown(busy_machine(tmp_path / theme), (120, 40), theme=theme) as (app, _):
            golden(app, name_of("main", (120, 40), theme))


async def test_sixteen_gpus(tmp_path: Path, golden: Golden) -> None:
    """Sixteen GPUs find room beside tasks and output: graphs shrink to rows."""
    async with shown(busy_machine(tmp_path, gpus=16), (120, 40)) as (app, _):
        golden(app, name_of("sixteen_gpus", (120, 40)))


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (40, 8)])
@pytest.mark.parametrize("pane", list(PANES))
async def test_single_panes(pane: str, size: tuple[int, int], tmp_path: Path, golden: Golden) -> None:
    """Where there is no room for all, panes are tabs, and the window may shrink to 40x8."""
    async with shown(busy_machine(tmp_path), (80, 24)) as (app, pilot):
        await pilot.press(PANES[pane])
        await resized(app, pilot, size)
        await settled(app, pilot)
        golden(app, name_of(f"single_{pane}", size))


@pytest.mark.parametrize("size", SIZES)
async def test_empty(size: tuple[int, int], golden: Golden) -> None:
    """Without tasks and GPUs the screen says which keys to press, and why there is no GPU."""
    client = FakeClient()
    client.has_gpus(0)
    client.samples()
    async with shown(client, size, output="No tasks yet") as (app, _):
        golden(app, name_of("empty", size))


async def test_too_small(tmp_path: Path, golden: Golden) -> None:
    """Below 40x8 a sentence says what is there and what is needed."""
    async with shown(busy_machine(tmp_path), (80, 24)) as (app, pilot):
        await resized(app, pilot, (36, 6))
        await until(pilot, lambda: "need 40x8" in screen_says(app))
        golden(app, "too_small_36x6")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("name", "keys"),
    [("cancel", "x"), ("signal", "K"), ("help", "question_mark"), ("leave", "q"), ("palette", "colon")],
)
async def test_dialogs(name: str, keys: str, size: tuple[int, int], tmp_path: Path, golden: Golden) -> None:
    """Every dialog that a key opens."""
    async with shown(busy_machine(tmp_path), size) as (app, pilot):
        await pilot.press(keys)
        await opened(app, pilot)
        await pilot.pause()
        golden(app, name_of(f"dialog_{name}", size))


async def test_trouble(tmp_path: Path, golden: Golden) -> None:
    """A scheduler that does not answer is told in red, and what is shown stays."""
    client = busy_machine(tmp_path, here=False)
    client.trouble = "the scheduler has not answered since 10:41:55; what is shown is old"
    client.connected = False
    async with shown(client, (120, 40)) as (app, _):
        golden(app, name_of("trouble", (120, 40)))


async def test_without_colours(tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR cursor, focus and states are told by reverse, heavy lines, glyphs and words."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with shown(busy_machine(tmp_path), (120, 40), theme="ansi") as (app, _):
        golden(app, name_of("no_color", (120, 40), "ansi"))
