"""The control socket: JSON-RPC 2.0, one message a line, on a Unix socket that only its owner can open.

Here the socket is made and its clients are kept; what one of them says and hears is in ``connection``.
"""

from __future__ import annotations

import asyncio
import os
import socket

from ant_tui.api.connection import Connection, Door
from ant_tui.api.dispatcher import Dispatcher
from ant_tui.api.subscription import Feed

__all__ = ["ControlSocket"]

_WAITING_CLIENTS = 512


class ControlSocket:
    """Listens for clients of one scheduler."""

    def __init__(self, dispatcher: Dispatcher, path: str) -> None:
        """Prepare; nothing listens before ``open``.

        Args:
            dispatcher: answers the requests.
            path: where the socket goes; its directory exists and is private.
        """
        self.path = path
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._door = Door(dispatcher, Feed(dispatcher.scheduler), self._connections)

    async def open(self) -> None:
        """Listen. What a dead scheduler left at the path is removed: the caller holds the data directory's lock.

        Raises:
            OSError: something at the path cannot be removed, or no socket can be made there.
        """
        _remove(self.path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(self.path)
            os.chmod(self.path, 0o600)  # nobody can connect before ``listen``, and nobody else enters the directory
            loop = asyncio.get_running_loop()
            self._server = await loop.create_unix_server(
                lambda: Connection(self._door), sock=listener, backlog=_WAITING_CLIENTS
            )
        except BaseException:
            listener.close()
            raise

    async def move(self, path: str) -> None:
        """Listen somewhere else from now on, or at the same place anew; clients that are connected stay so.

        Raises:
            OSError: no socket can be made there; the old one, if it still exists, goes on.
        """
        before, self.path = self._server, path
        await self.open()
        if before is not None:
            before.close()

    async def close(self) -> None:
        """Listen no more and drop every client, after what it has been answered."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.close()
        _remove(self.path)


def _remove(path: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)
