"""The control socket: JSON-RPC 2.0, one message a line, on a Unix socket that only its owner can open.

A connection's requests are answered as they are done, so that a ``wait`` keeps nobody else waiting. A reader that does
not keep up with what it subscribed to is cut off; it comes back and takes a new image.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any

import msgspec

from ant_tui.api.dispatcher import Dispatcher
from ant_tui.api.schema import Stop, Subscribe
from ant_tui.api.subscription import Subscription
from ant_tui.errors import AntError, UsageError

__all__ = ["ControlSocket"]

log = logging.getLogger(__name__)

_LONGEST_REQUEST = 64 * 2**20
"""Bytes of one request: a Multi text of 10 MB must fit several times over."""

_encode = msgspec.json.Encoder().encode


class _Request(msgspec.Struct):
    """The frame of a request; ``params`` is read by the method."""

    method: str
    id: int | str | None = None
    params: msgspec.Raw = msgspec.Raw(b"{}")
    jsonrpc: str = "2.0"


_decoder = msgspec.json.Decoder(_Request)


class ControlSocket:
    """Listens for clients of one scheduler."""

    def __init__(self, dispatcher: Dispatcher, path: str, on_stop: Callable[[Stop], None]) -> None:
        """Prepare; nothing listens before ``open``.

        Args:
            dispatcher: answers the requests.
            path: where the socket goes; its directory exists and is private.
            on_stop: called when somebody asks the scheduler to end.
        """
        self._dispatcher = dispatcher
        self.path = path
        self._on_stop = on_stop
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def open(self) -> None:
        """Listen. What a dead scheduler left at the path is removed: the caller holds the data directory's lock."""
        if os.path.exists(self.path):
            os.unlink(self.path)
        loop = asyncio.get_running_loop()
        mask = os.umask(0o177)
        try:
            self._server = await loop.create_unix_server(self._connected, self.path, backlog=512)
        finally:
            os.umask(mask)

    async def close(self) -> None:
        """Listen no more and drop every client."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.drop()
        if os.path.exists(self.path):
            os.unlink(self.path)

    def _connected(self) -> asyncio.Protocol:
        return _Connection(self._dispatcher, self._connections, self._on_stop)


class _Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, dispatcher: Dispatcher, connections: set[_Connection], on_stop: Callable[[Stop], None]) -> None:
        self._dispatcher = dispatcher
        self._connections = connections
        self._on_stop = on_stop
        self._buffer = bytearray()
        self._searched = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.Transport | None = None
        self._subscription: Subscription | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self._subscription is not None:
            self._subscription.end()
        for task in self._tasks:
            task.cancel()

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\n", self._searched)) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._searched = 0
            if line.strip():
                self._begin(line)
        self._searched = len(self._buffer)
        if len(self._buffer) > _LONGEST_REQUEST:
            self._answer_error(None, UsageError(f"A request may have {_LONGEST_REQUEST} bytes at most."))
            self.drop()

    def _begin(self, line: bytes) -> None:
        try:
            request = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            code = -32600 if isinstance(error, msgspec.ValidationError) else -32700
            self._write({"jsonrpc": "2.0", "id": None, "error": _error(code, f"Not a request: {error}.")})
            return
        task = asyncio.get_running_loop().create_task(self._answer(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request: _Request) -> None:
        try:
            if request.method == "subscribe":
                result = self._subscribe(request)
            elif request.method == "stop":
                result = self._stop(request)
            else:
                result = await self._dispatcher.call_raw(request.method, request.params)
        except AntError as error:
            self._answer_error(request.id, error)
        except Exception as error:
            log.exception("Method %s failed", request.method)
            sentence = f"'{request.method}' failed because of an error in ant-tui ({error}); see the scheduler's log."
            self._answer_error(request.id, AntError(sentence))
        else:
            if request.id is not None:
                self._write({"jsonrpc": "2.0", "id": request.id, "result": result})
            if self._subscription is not None:
                self._subscription.begin()

    def _subscribe(self, request: _Request) -> dict[str, object]:
        parameters = _parameters(request, Subscribe)
        if self._subscription is not None:
            raise UsageError("This connection is subscribed already.")
        subscription = Subscription(self._dispatcher.scheduler, parameters, self._send)
        answer = subscription.answer()
        self._subscription = subscription
        return answer

    def _stop(self, request: _Request) -> dict[str, object]:
        self._on_stop(_parameters(request, Stop))
        return {"schema": 1, "stopping": True}

    def _send(self, line: bytes) -> bool:
        """Send a notification; False when the reader is too slow and was cut off."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > Subscription.SLOWEST:
            log.warning("A subscriber does not keep up and is cut off")
            transport.abort()
            return False
        transport.write(line)
        return True

    def _answer_error(self, request_id: int | str | None, error: AntError) -> None:
        data = {"kind": error.kind, "exit_code": error.exit_code, "reasons": list(error.reasons)}
        body = _error(-32602 if isinstance(error, UsageError) else -32000, error.sentence) | {"data": data}
        self._write({"jsonrpc": "2.0", "id": request_id, "error": body})

    def _write(self, message: dict[str, object]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_encode(message) + b"\n")


def _parameters(request: _Request, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(request.params, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The parameters of '{request.method}' do not fit: {error}.") from None


def _error(code: int, message: str) -> dict[str, object]:
    return {"code": code, "message": message}
