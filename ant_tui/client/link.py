"""One connection to a control socket inside an event loop: answers go to who asked, notifications to one listener.

Everything is handed on in the order in which it came, so that whoever installs an image with ``then`` has it in place
before the first event that follows. What the messages mean is not known here.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from ant_tui.client.connection import refusal
from ant_tui.errors import NoScheduler

__all__ = ["Link", "Notification"]

_LOST = "The connection to the scheduler was lost before it had answered; whether it did what was asked is not known."

Result = TypeVar("Result")


class Notification(Struct, frozen=True):
    """Something that the scheduler told."""

    method: str
    params: Raw


class _Error(Struct):
    message: str = ""
    data: dict[str, Any] = {}


class _Message(Struct):
    """A line from the scheduler: an answer (``id``) or a notification (``method``)."""

    id: int | None = None
    method: str = ""
    result: Raw = Raw(b"null")
    error: _Error | None = None
    params: Raw = Raw(b"{}")


class _Question(Struct):
    """A request on its way out."""

    jsonrpc: str
    id: int
    method: str
    params: Any


class _Waiting(Struct):
    """Somebody who asked, and what to do first with what is answered."""

    answer: asyncio.Future[Any]
    then: Callable[[Raw], Any]


_read = msgspec.json.Decoder(_Message).decode
_encode = msgspec.json.Encoder().encode


class Link(asyncio.Protocol):
    """An open connection."""

    _transport: asyncio.Transport

    def __init__(self, hear: Callable[[list[Notification]], None]) -> None:
        """Use ``to``."""
        self.lost = asyncio.Event()
        """Set when the connection has ended, whoever ended it."""
        self._hear = hear
        self._buffer = bytearray()
        self._searched = 0
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Waiting] = {}

    @classmethod
    async def to(cls, path: str, hear: Callable[[list[Notification]], None]) -> Link:
        """Connect.

        Args:
            path: of the socket.
            hear: takes the notifications, those that came together in one list; if it raises, the connection ends.

        Raises:
            NoScheduler: nobody answers there.
        """
        try:
            _, link = await asyncio.get_running_loop().create_unix_connection(lambda: cls(hear), path)
        except OSError as error:
            raise NoScheduler(f"The scheduler does not answer ({path}: {error.strerror or error}).") from None
        return link

    async def ask(self, method: str, params: object, then: Callable[[Raw], Result]) -> Result:
        """Send a request and wait for its answer.

        Args:
            method: as in ``docs/protocol.md``.
            params: a struct of ``api.schema``.
            then: makes the result of the answer; called before anything that came after the answer is handed on.

        Raises:
            AntError: the scheduler's refusal.
            NoScheduler: the connection is lost.
        """
        if self.lost.is_set() or self._transport.is_closing():
            raise NoScheduler(_LOST)
        number = next(self._numbers)
        text = _encode(_Question("2.0", number, method, params)) + b"\n"
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting[number] = _Waiting(answer, then)
        self._transport.write(text)
        try:
            return await answer
        finally:
            self._waiting.pop(number, None)

    def close(self) -> None:
        """Hang up; what was asked and is not answered fails."""
        self._transport.abort()

    # -- what the transport calls ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended."""
        self.lost.set()
        for waiting in self._waiting.values():
            if not waiting.answer.done():
                waiting.answer.set_exception(NoScheduler(_LOST))

    def data_received(self, data: bytes) -> None:
        """The scheduler said something; an error in here makes the transport hang up."""
        self._buffer += data
        end = self._buffer.rfind(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            return
        lines = bytes(self._buffer[:end]).split(b"\n")
        del self._buffer[: end + 1]
        self._searched = len(self._buffer)
        told: list[Notification] = []
        for line in lines:
            message = _read(line)
            if message.method:
                told.append(Notification(message.method, message.params))
                continue
            self._hand_on(told)
            told = []
            self._settle(message)
        self._hand_on(told)

    def _hand_on(self, told: list[Notification]) -> None:
        if told and not self._transport.is_closing():
            self._hear(told)

    def _settle(self, message: _Message) -> None:
        waiting = self._waiting.get(message.id) if message.id is not None else None
        if waiting is None or waiting.answer.done():
            return
        if message.error is not None:
            waiting.answer.set_exception(refusal(msgspec.structs.asdict(message.error)))
            return
        try:
            result = waiting.then(message.result)
        except Exception as error:
            waiting.answer.set_exception(error)
        else:
            waiting.answer.set_result(result)
