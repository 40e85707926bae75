"""The app in tests: over a client without a scheduler, or over a real one; and waiting for what must happen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from textual.app import App, ScreenStackError
from textual.pilot import Pilot
from textual.widget import Widget

from ant_tui.api.service import Service
from ant_tui.client.interface import Client
from ant_tui.client.local import LocalClient
from ant_tui.config import Settings
from ant_tui.core.task import Task, TaskState
from ant_tui.ui.app import AntApp
from ant_tui.ui.keys import Keymap
from ant_tui.ui.leaving import Leaving
from ant_tui.ui.themes import load_themes
from tests.api.running import PATIENCE_S, running
from tests.ui.fake_client import NOW, FakeClient
from tests.ui.golden_screens import screen_strips

__all__ = ["LivePilot", "app_for", "live", "said", "screen_says", "until", "widgets"]


def app_for(client: Client, *, theme: str = "dark", keys: dict[str, str] | None = None, **screen: Any) -> AntApp:
    """The app over a client; ``screen`` are settings of that section."""
    settings = Settings()
    settings = replace(settings, screen=replace(settings.screen, **screen))
    return AntApp(
        client,
        settings,
        themes=load_themes("/nonexistent").themes,
        theme=theme,
        keymap=Keymap(keys),
        clock=(lambda: NOW) if isinstance(client, FakeClient) else time.time,
    )


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Wait until something is so on a screen that is whole; only a broken program makes this wait for long.

    A screen is the app's own before it has any widgets: nothing is asked of it in between.

    Raises:
        AssertionError: it never was; the message holds the screen.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not (_is_whole(pilot.app) and condition()):
        assert time.monotonic() < deadline, f"{what or 'what was waited for'} did not happen:\n{screen_says(pilot.app)}"
        await pilot.pause()
        await asyncio.sleep(0)


def _is_whole(app: App[Any]) -> bool:
    try:
        return app.screen.is_mounted
    except ScreenStackError:  # the app has ended
        return True


def screen_says(app: Any) -> str:
    """The whole screen as text."""
    return "\n".join(strip.text for strip in screen_strips(app))


def said(app: AntApp) -> str:
    """The sentence in the last line, if there is one."""
    return app.main.hints.message


def widgets(app: AntApp, name: str) -> Widget:
    """A widget of the main screen."""
    return app.main.query_one(name)


class LivePilot:
    """An app over a real scheduler, and the hands of somebody who uses it."""

    def __init__(self, app: AntApp, pilot: Pilot[Leaving], client: Client) -> None:
        self.app = app
        self.pilot = pilot
        self.client = client

    @property
    def tasks(self) -> dict[str, Task]:
        """The tasks by id."""
        return {task.id: task for task in self.client.state.tasks.values()}

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Type a text."""
        await self.pilot.press(*("space" if character == " " else character for character in text))

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        await until(self.pilot, condition, what)

    async def until_state(self, name: str, *states: TaskState) -> None:
        """Wait until a task is in one of some states."""
        await self.until(lambda: name in self.tasks and self.tasks[name].state in states, f"{name} in {states}")

    async def until_said(self, part: str) -> None:
        """Wait until the last line says something."""
        await self.until(lambda: part in said(self.app), f"{part!r} in the last line")

    async def until_shown(self, part: str) -> None:
        """Wait until something stands on the screen."""
        await self.until(lambda: part in screen_says(self.app), f"{part!r} on the screen")

    async def select(self, name: str) -> None:
        """Put the cursor on a task, as soon as it is listed."""
        await self.until(lambda: name in self.tasks and self.app.main.table.move_to(self.tasks[name].number), name)


@asynccontextmanager
async def live(
    data: Path, *, size: tuple[int, int] = (120, 40), client: Client | None = None, **changes: Any
) -> AsyncIterator[LivePilot]:
    """Show a real scheduler in this process (or a client of another one); its tasks are ended afterwards."""
    if client is not None:
        async with _shown(client, size) as pilot:
            yield pilot
        return
    async with running(data, **changes) as service, _shown(_local(service), size) as pilot:
        yield pilot


def _local(service: Service) -> Client:
    return LocalClient(service.dispatcher)


@asynccontextmanager
async def _shown(client: Client, size: tuple[int, int]) -> AsyncIterator[LivePilot]:
    app = app_for(client)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and app.main.is_mounted and hasattr(app.main, "table"))
        yield LivePilot(app, pilot, client)
