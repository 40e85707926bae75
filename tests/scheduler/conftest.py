"""What the tests of the scheduler share."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ant_tui.scheduler import ends, recorder, starts
from ant_tui.scheduler.recovery import RecoveryChoices
from tests.executors.left_behind import nothing_left as nothing_left
from tests.scheduler.story import Story
from tests.scheduler.world import World

MakeWorld = Callable[..., World]


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime directory of the test's own, with a path that is short enough for a socket's address."""
    directory = Path(tempfile.mkdtemp(prefix="ant-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(directory))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the scheduler does again after seconds, it does again after hundredths."""
    monkeypatch.setattr(ends, "_LOOK_S", 0.02)
    monkeypatch.setattr(recorder, "_RETRY_S", 0.02)
    monkeypatch.setattr(starts, "_TROUBLE_S", 0.02)


@pytest_asyncio.fixture
async def make_world(
    tmp_path: Path, runtime: Path, nothing_left: str, impatient: None
) -> AsyncIterator[Callable[..., World]]:
    """Make worlds with changed options; each is ended with the test, and with it every task."""
    made: list[World] = []

    def make(**changes: Any) -> World:
        made.append(World(tmp_path, **changes))
        return made[-1]

    yield make
    for world in made:
        await world.end()


@pytest_asyncio.fixture
async def world(make_world: Callable[..., World]) -> World:
    """A scheduler with four simulated GPUs, running."""
    return await make_world().open()


@pytest.fixture
def story(make_world: MakeWorld) -> Iterator[Story]:
    """Two schedulers, one after the other, on one data directory; lost tasks stay as they are found."""
    made = Story(make_world(recovery=RecoveryChoices(interrupted="keep")))
    yield made
    if made.child is not None and made.child.process.poll() is None:
        made.child.kill()
