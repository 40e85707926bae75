"""What the tests of clients share with those of the control socket, and both kinds of client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from ant_tui.api.service import Service
from ant_tui.client.interface import Client
from ant_tui.client.local import LocalClient
from ant_tui.client.remote import RemoteClient
from tests.api.conftest import runtime_directory, service
from tests.api.running import socket_of

__all__ = ["both", "client", "remote", "runtime_directory", "service"]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a connection that can be had at once."""
    monkeypatch.setattr(RemoteClient, "PAUSES_S", (0.01,))


@pytest_asyncio.fixture
async def remote(service: Service) -> AsyncIterator[RemoteClient]:
    """A client that speaks to the scheduler over its socket."""
    client = RemoteClient(partial(socket_of, service))
    await client.open()
    yield client
    await client.close()


@pytest.fixture
def both(service: Service, remote: RemoteClient) -> tuple[Client, Client]:
    """A client in the scheduler's own process, and one over the socket, to the same scheduler."""
    return LocalClient(service.dispatcher), remote


@pytest.fixture(params=["local", "remote"])
def client(request: pytest.FixtureRequest, both: tuple[Client, Client]) -> Client:
    """Each kind of client in turn."""
    return both[request.param == "remote"]
