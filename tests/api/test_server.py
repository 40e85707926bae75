"""The socket itself: who can open it, what was there before, and what is left of it."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from ant_tui.api.dispatcher import Dispatcher
from ant_tui.api.server import ControlSocket
from ant_tui.api.service import Service
from tests.api.running import Wire, running, socket_of


def _mode(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


async def test_only_its_owner_can_open_it(service: Service) -> None:
    """The socket has mode 0600, its directory 0700 (row 290)."""
    path = socket_of(service)
    assert stat.S_ISSOCK(os.stat(path).st_mode)
    assert (_mode(path), _mode(os.path.dirname(path))) == (0o600, 0o700)


async def test_the_mask_of_the_process_is_left_alone(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening never touches the mask, with which another part of the process may make a directory at that moment."""
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("the mask was changed"))
    control = ControlSocket(service.dispatcher, socket_of(service) + "2")
    await control.open()
    assert _mode(control.path) == 0o600
    await control.close()


async def test_what_a_dead_scheduler_left_is_replaced(tmp_path: Path, runtime_directory: Path) -> None:
    """A stale socket at the path, as after ``kill -9``, does not keep the next scheduler from listening."""
    async with running(tmp_path / "data") as service:
        path = socket_of(service)
    assert not os.path.exists(path)
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(path)
    dead.close()
    async with running(tmp_path / "data") as service:
        assert socket_of(service) == path
        async with await Wire.to(service) as wire:
            await wire.ask("ping")


async def test_a_link_to_nowhere_is_replaced(service: Service, runtime_directory: Path) -> None:
    """A link at the path is removed, not followed."""
    path = str(runtime_directory / "x.sock")
    os.symlink("nowhere", path)
    control = ControlSocket(Dispatcher(service.scheduler, lambda request: None), path)
    await control.open()
    assert stat.S_ISSOCK(os.lstat(path).st_mode)
    await control.close()
    assert not os.path.lexists(path)


async def test_a_path_that_cannot_be_used(service: Service, runtime_directory: Path) -> None:
    """Where no socket can be made, opening says so and nothing listens."""
    control = ControlSocket(service.dispatcher, str(runtime_directory / "not" / "there.sock"))
    with pytest.raises(FileNotFoundError):
        await control.open()
    await control.close()
