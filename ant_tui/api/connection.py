"""One client of the control socket: lines in, answers and notifications out.

Requests are answered as they are done, so that a ``wait`` keeps nobody else waiting. Nothing that a client does can
make the scheduler hold more than a bounded amount for it: who does not read what it asked for is not read from, and
who does not keep up with what it subscribed to is cut off; it comes back and takes a new image.
"""

from __future__ import annotations

import asyncio
import logging
import select
from typing import Any

import msgspec
from msgspec import Struct

from ant_tui.api.dispatcher import Dispatcher, UnknownMethod, decode_parameters
from ant_tui.api.memory import give_back
from ant_tui.api.schema import Subscribe
from ant_tui.api.subscription import Feed, Subscription
from ant_tui.errors import AntError, UsageError

__all__ = ["LONGEST_REQUEST", "SLOWEST", "Connection", "Door"]

log = logging.getLogger(__name__)

LONGEST_REQUEST = 64 * 2**20
"""Bytes of one request: a Multi text of 10 MB must fit several times over."""

SLOWEST = 32 * 2**20
"""Bytes of notifications that may wait for a client before it is cut off; an image that it asked for is not counted."""

_LARGE = 2**18
"""Bytes of an answer that leave so much freed memory behind that the system should have it back."""
_SOON_S = 0.2
"""After this time such an answer has been sent, and nothing of it is left."""
_AT_ONCE = 64
"""Requests of one client that are begun before everybody else has a turn."""

_PARSE_ERROR, _INVALID_REQUEST, _NO_METHOD, _WRONG_PARAMETERS, _INTERNAL, _REFUSED = (
    -32700,
    -32600,
    -32601,
    -32602,
    -32603,
    -32000,
)

_encode = msgspec.json.Encoder().encode


class _Request(Struct):
    """The frame of a request; ``params`` is read by the method. Without ``id`` nobody waits for an answer."""

    method: str
    id: int | str | None = None
    params: msgspec.Raw = msgspec.Raw(b"{}")


class _Name(Struct):
    """As much of a request as is needed to say which one was wrong."""

    id: int | str | None = None


class _Error(Struct):
    """The ``error`` of an answer."""

    code: int
    message: str
    data: dict[str, object]


class _Answer(Struct):
    """An answer that grants."""

    jsonrpc: str
    id: int | str
    result: Any


class _Refusal(Struct):
    """An answer that does not; ``id`` is null where it could not be read."""

    jsonrpc: str
    id: int | str | None
    error: _Error


_read_request = msgspec.json.Decoder(_Request).decode
_read_name = msgspec.json.Decoder(_Name).decode


class Door:
    """What all connections of one socket share."""

    def __init__(self, dispatcher: Dispatcher, feed: Feed, connections: set[Connection]) -> None:
        self.dispatcher = dispatcher
        self.feed = feed
        self.connections = connections


class Connection(asyncio.Protocol):
    """One client."""

    _transport: asyncio.Transport

    def __init__(self, door: Door) -> None:
        """Prepare; everything begins when the transport comes."""
        self._door = door
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._searched = 0
        self._requests: set[asyncio.Task[None]] = set()
        self._subscription: Subscription | None = None
        self._crowded = False  # the client has not read what was written
        self._behind = 0  # bytes of notifications written since then
        self._more = False  # requests wait in the buffer for their turn
        self._all_read = False  # the client will say no more
        self._hang_up: select.epoll | None = None

    # -- what the transport calls ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._door.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went: nobody waits for answers any more."""
        self._door.connections.discard(self)
        if self._subscription is not None:
            self._subscription.end()
        for task in self._requests:
            task.cancel()
        if self._hang_up is not None:
            self._loop.remove_reader(self._hang_up.fileno())
            self._hang_up.close()

    def data_received(self, data: bytes) -> None:
        """The client said something."""
        self._buffer += data
        if not self._more:
            self._advance()

    def eof_received(self) -> bool:
        """The client says no more, but may still read, as ``echo … | socat``; a last line needs no newline."""
        self._all_read = True
        if self._buffer:
            self._buffer += b"\n"
            if not self._more:
                self._advance()
        if self._is_over:
            return False
        self._watch_for_hang_up()
        return True

    def pause_writing(self) -> None:
        """The client does not read fast enough: begin no more requests for it."""
        self._crowded = True
        self._behind = 0
        self._read_on(False)

    def resume_writing(self) -> None:
        """The client has read."""
        self._crowded = False
        self._advance()

    # -- requests ----------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Begin the requests that are complete, a bounded number of them in one turn."""
        self._more = False
        for _ in range(_AT_ONCE):
            if self._crowded or self._transport.is_closing():
                return
            end = self._buffer.find(b"\n", self._searched)
            if end < 0:
                self._searched = len(self._buffer)
                if self._searched > LONGEST_REQUEST:
                    self._refuse(None, UsageError(f"A request may have {LONGEST_REQUEST} bytes at most."))
                    self.close()
                else:
                    self._read_on(True)
                    self._close_if_over()
                return
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._searched = 0
            if line and not line.isspace():
                self._begin(line)
        self._more = True
        self._read_on(False)
        self._loop.call_soon(self._advance)

    def _begin(self, line: bytes) -> None:
        try:
            request = _read_request(line)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            code, name = _PARSE_ERROR, None
            if isinstance(error, msgspec.ValidationError):
                code, name = _INVALID_REQUEST, _name_of(line)
            self._refuse(name, UsageError(f"Not a request: {error}."), code)
            return
        task = self._loop.create_task(self._answer(request))
        self._requests.add(task)
        task.add_done_callback(self._answered)

    async def _answer(self, request: _Request) -> None:
        """Answer a request, unless nobody wants to know."""
        try:
            result, following = await self._result(request)
            text = b"" if request.id is None else _encode(_Answer("2.0", request.id, result)) + b"\n"
        except AntError as error:
            if request.id is None:
                log.info("A notification %s was refused: %s", request.method, error.sentence)
            else:
                self._refuse(request.id, error)
        except Exception as error:
            log.exception("Method %s failed", request.method)
            if request.id is not None:
                what = f"'{request.method}' failed because of an error in ant-tui ({error}); see the scheduler's log."
                self._refuse(request.id, AntError(what), _INTERNAL)
        else:
            self._write(text)
            self._write(following)
            if len(text) > _LARGE:
                self._loop.call_later(_SOON_S, give_back)
            if request.method == "subscribe" and self._subscription is not None:
                self._subscription.begin()

    async def _result(self, request: _Request) -> tuple[object, bytes]:
        """The result of a request, and lines that have to follow it."""
        if request.method == "subscribe":
            return await self._subscribe(decode_parameters(request.method, request.params, Subscribe))
        return await self._door.dispatcher.call_raw(request.method, request.params), b""

    async def _subscribe(self, wants: Subscribe) -> tuple[object, bytes]:
        if self._subscription is not None:
            raise UsageError("This connection is subscribed already; open another.")
        subscription = self._subscription = Subscription(self._door.feed, wants, self._notify)
        try:
            return await subscription.answer()
        except BaseException:
            subscription.end()
            self._subscription = None
            raise

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._requests.discard(task)
        self._close_if_over()

    # -- out ---------------------------------------------------------------------------------------------------

    def _write(self, text: bytes) -> None:
        if text and not self._transport.is_closing():
            self._transport.write(text)

    def _notify(self, text: bytes) -> None:
        """Send notifications, and cut the client off if it does not keep up with them."""
        self._write(text)
        if self._crowded:
            self._behind += len(text)
            if self._behind > SLOWEST and self._transport.get_write_buffer_size() > SLOWEST:
                log.warning("A subscriber does not keep up and is cut off")
                self._transport.abort()

    def _refuse(self, name: int | str | None, error: AntError, code: int | None = None) -> None:
        reasons = [_text(reason) for reason in error.reasons]
        data = {"kind": error.kind, "exit_code": error.exit_code, "reasons": reasons}
        body = _Error(code or _code(error), _text(error.sentence), data)
        self._write(_encode(_Refusal("2.0", name, body)) + b"\n")

    # -- the end -----------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Hang up after what is written has been read."""
        self._transport.close()

    @property
    def _is_over(self) -> bool:
        """Whether the client will ask for nothing more and waits for nothing more."""
        return self._all_read and not (self._buffer or self._requests or self._subscription)

    def _close_if_over(self) -> None:
        if self._is_over:
            self.close()

    def _read_on(self, wanted: bool) -> None:
        """Read from the client, or let it wait; after its last word there is nothing to read."""
        if self._all_read or self._transport.is_closing():
            return
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _watch_for_hang_up(self) -> None:
        """Learn when a client that only listens goes away altogether.

        An epoll without any event still reports hang-ups, and is itself readable when it has one to report.
        """
        self._hang_up = select.epoll()
        self._hang_up.register(self._transport.get_extra_info("socket").fileno(), 0)
        self._loop.add_reader(self._hang_up.fileno(), self._transport.abort)


def _name_of(line: bytes) -> int | str | None:
    """The id of a request that is no proper one; None where it has none that could be given back."""
    try:
        return _read_name(line).id
    except msgspec.MsgspecError:
        return None


def _text(sentence: str) -> str:
    """A sentence that can be sent, also where it names a file whose name is no text."""
    return sentence.encode("utf-8", "backslashreplace").decode()


def _code(error: AntError) -> int:
    if isinstance(error, UnknownMethod):
        return _NO_METHOD
    return _WRONG_PARAMETERS if isinstance(error, UsageError) else _REFUSED
