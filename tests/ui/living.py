"""The app on a real scheduler in this process, with simulated GPUs: for tests of what keys really come to."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from textual.pilot import Pilot

from ant_tui.api import schema
from ant_tui.api.service import Service
from ant_tui.client.local import LocalClient
from ant_tui.config import Settings
from ant_tui.scheduler.recovery import RecoveryChoices
from ant_tui.ui.app import AntApp
from ant_tui.ui.themes import load_themes
from tests.api.running import PATIENCE_S, running

__all__ = ["ASK", "Living", "app_for", "living", "runtime_directory", "until"]

ASK = RecoveryChoices("ask", "ask", "restore")


@contextmanager
def runtime_directory() -> Iterator[None]:
    """Sockets go where nobody else's are, under a path that is short enough for them."""
    with (
        tempfile.TemporaryDirectory(prefix="ant") as path,
        mock.patch.dict("os.environ", {"XDG_RUNTIME_DIR": path}),
    ):
        yield


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Wait until the screen is as it should be."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await pilot.pause(0.01)
    except TimeoutError:
        raise AssertionError(f"{what or 'what was waited for'} does not come") from None


def app_for(client: Any, settings: Settings | None = None, **more: Any) -> AntApp:
    """The app with the program's own themes only."""
    themes = load_themes("/nowhere").themes
    return AntApp(client, settings or Settings(), themes=themes, **{"theme": "ansi", **more})


class Living:
    """An app that runs, and the scheduler that it shows."""

    def __init__(self, service: Service, client: LocalClient, app: AntApp, pilot: Pilot[Any]) -> None:
        self.service = service
        self.client = client
        self.app = app
        self.pilot = pilot

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Wait until something is so."""
        await until(self.pilot, condition, what)

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)

    @property
    def message(self) -> str:
        """What the last line of the screen on top says."""
        hints: Any = getattr(self.app.screen, "hints", None)
        return hints.message if hints is not None else ""


@asynccontextmanager
async def living(
    data: Path, settings: Settings | None = None, *, size: tuple[int, int] = (100, 30), **changes: Any
) -> AsyncIterator[Living]:
    """Run the app on a data directory; at the end tasks are ended and the scheduler is closed.

    Args:
        data: the data directory.
        settings: of the screen.
        size: of the screen.
        changes: of the scheduler's options.
    """
    with runtime_directory():
        async with running(data, **changes) as service:
            client = LocalClient(service.dispatcher)
            app = app_for(client, settings)
            async with app.run_test(size=size, notifications=True) as pilot:
                await pilot.pause()
                yield Living(service, client, app, pilot)


async def leave_behind(data: Path, *ids: str, choices: RecoveryChoices = ASK, **fields: Any) -> None:
    """Have a session that leaves queued tasks."""
    with runtime_directory():
        async with running(data, recovery=choices) as service:
            client = LocalClient(service.dispatcher)
            await client.call("pause", schema.NoArguments())
            tasks = tuple(schema.Submission("true", "/", id=name, **fields) for name in ids)
            await client.call("submit", schema.Submit(tasks))
