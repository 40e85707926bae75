"""What the tests of the control socket share: a directory for sockets, and a scheduler that is up."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from ant_tui.api.service import Service
from tests.api.running import Wire, running
from tests.core.world import World


@pytest.fixture(autouse=True)
def runtime_directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Sockets go where nobody else's are, under a path that is short enough for them."""
    with tempfile.TemporaryDirectory(prefix="ant") as path:
        monkeypatch.setenv("XDG_RUNTIME_DIR", path)
        yield Path(path)


@pytest_asyncio.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A scheduler with two simulated GPUs that does nothing yet."""
    async with running(tmp_path / "data") as service:
        yield service


@pytest_asyncio.fixture
async def wire(service: Service) -> AsyncIterator[Wire]:
    """A connection to it."""
    async with await Wire.to(service) as wire:
        yield wire


@pytest.fixture
def world() -> World:
    """An empty state and a clock."""
    return World()
