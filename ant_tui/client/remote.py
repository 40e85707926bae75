"""A scheduler in another process: a mirror of its state, kept by the same ``apply`` that keeps the original.

The connection is one Unix socket: answers carry the number of their request, everything else is a notification. When it
breaks, the mirror stays readable, ``trouble`` says since when, and the client tries again until somebody closes it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw, Struct

from ant_tui.api.documents import RESULTS
from ant_tui.api.schema import NoArguments, Subscribe
from ant_tui.core.events import GpusObserved, RecordedEvent
from ant_tui.core.image import StateImage
from ant_tui.core.policy import Limits
from ant_tui.core.state import State
from ant_tui.errors import AntError, NoScheduler, error_of_kind
from ant_tui.monitor.history import History
from ant_tui.monitor.samples import MonitorSample
from ant_tui.scheduler.publisher import Observed, Publication, Publisher, Recorded, Reset, Sampled

__all__ = ["RemoteClient"]

log = logging.getLogger(__name__)

_LONGEST_LINE = 2**30
"""Bytes of one message: the image of a very large state is one line."""

_RETRY_S = 1.0


class _Message(Struct):
    """A line from the scheduler: an answer (``id``) or a notification (``method``)."""

    id: int | None = None
    method: str = ""
    result: Raw | None = None
    error: Raw | None = None
    params: Raw | None = None


class _Error(Struct):
    message: str
    data: dict[str, Any] = {}


class _EventNotification(Struct):
    seq: int
    event: RecordedEvent


class _ObservedNotification(Struct):
    event: GpusObserved


class _ResetNotification(Struct):
    reason: str


class _Subscribed(Struct):
    seq: int
    image: StateImage
    observed: GpusObserved
    trouble: str = ""


class RemotePlace(Struct, frozen=True):
    """Where the other process is."""

    pid: int
    machine: str
    data_dir: str
    jobs_dir: str
    limits: Limits


class RemoteClient:
    """Speaks to a scheduler over its control socket (see ``interface.Client``)."""

    here = False

    def __init__(self, find_socket: Callable[[], str]) -> None:
        """Prepare; nothing is connected before ``open``.

        Args:
            find_socket: the socket's path at this moment; raises NoScheduler where there is none.
        """
        self._find_socket = find_socket
        self.state = State()
        self.sample: MonitorSample | None = None
        self.history = History()
        self.trouble = ""
        self.place = RemotePlace(0, "", "", "", Limits())
        self._publisher = Publisher()
        self._numbers = itertools.count(1)
        self._open: dict[int, asyncio.Future[Raw]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._seq = 0

    async def open(self) -> None:
        """Connect, take the state over, and keep it up to date from now on.

        Raises:
            NoScheduler: nobody answers.
        """
        reader = await self._connect()
        self._keeper = asyncio.get_running_loop().create_task(self._keep(reader), name="remote scheduler")
        await self._take_image()

    async def close(self) -> None:
        """Let go of the scheduler; it goes on."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        self._disconnect()

    def listen(self, listener: Callable[[Publication], None]) -> Callable[[], None]:
        """Hear of every change."""
        return self._publisher.subscribe(listener)

    async def call(self, method: str, request: Any) -> Any:
        """Ask for something."""
        raw = await self._ask(method, request)
        return msgspec.json.decode(raw, type=RESULTS.get(method, Any))

    # -- the connection ----------------------------------------------------------------------------------------

    async def _connect(self) -> asyncio.StreamReader:
        path = self._find_socket()
        try:
            reader, self._writer = await asyncio.open_unix_connection(path, limit=_LONGEST_LINE)
        except OSError as error:
            raise NoScheduler(f"The scheduler does not answer ({path}: {error.strerror}).") from None
        return reader

    def _disconnect(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        for future in self._open.values():
            if not future.done():
                future.set_exception(NoScheduler("The connection to the scheduler was lost."))
        self._open.clear()

    async def _ask(self, method: str, request: Any) -> Raw:
        if self._writer is None:
            raise NoScheduler(self.trouble or "There is no connection to the scheduler.")
        number = next(self._numbers)
        future: asyncio.Future[Raw] = asyncio.get_running_loop().create_future()
        self._open[number] = future
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": request}
        self._writer.write(msgspec.json.encode(message) + b"\n")
        try:
            return await future
        finally:
            self._open.pop(number, None)

    async def _take_image(self) -> None:
        about = msgspec.json.decode(await self._ask("ping", NoArguments()), type=_About)
        self.place = RemotePlace(about.pid, about.machine, about.data_dir, about.jobs_dir, about.limits)
        raw = await self._ask("subscribe", Subscribe(image=True, samples=True))
        subscribed = msgspec.json.decode(raw, type=_Subscribed)
        state = State.from_image(subscribed.image)
        state.apply(subscribed.observed)
        self.state, self._seq, self.trouble = state, subscribed.seq, subscribed.trouble
        self._publisher.publish(Reset(""))

    async def _keep(self, reader: asyncio.StreamReader) -> None:
        """Read until the connection breaks, then connect again, for as long as this client lives."""
        while True:
            try:
                await self._read(reader)
            except Exception:
                log.exception("The connection to the scheduler is unusable")
            self._disconnect()
            since = time.strftime("%H:%M:%S")
            self.trouble = f"the scheduler has not answered since {since}; what is shown is old"
            self._publisher.publish(Reset(self.trouble))
            reader = await self._reconnect()

    async def _reconnect(self) -> asyncio.StreamReader:
        while True:
            await asyncio.sleep(_RETRY_S)
            try:
                reader = await self._connect()
            except AntError:
                continue
            renewal = asyncio.get_running_loop().create_task(self._take_image())
            renewal.add_done_callback(_log_failure)
            return reader

    async def _read(self, reader: asyncio.StreamReader) -> None:
        decoder = msgspec.json.Decoder(_Message)
        while line := await reader.readline():
            message = decoder.decode(line)
            if message.method:
                self._hear(message.method, message.params or Raw(b"{}"))
            elif message.id in self._open:
                self._settle(self._open[message.id], message)

    def _settle(self, future: asyncio.Future[Raw], message: _Message) -> None:
        if future.done():
            return
        if message.error is not None:
            error = msgspec.json.decode(message.error, type=_Error)
            reasons = tuple(str(reason) for reason in error.data.get("reasons", ()))
            future.set_exception(error_of_kind(str(error.data.get("kind", "")), error.message, reasons))
        else:
            future.set_result(message.result or Raw(b"null"))

    def _hear(self, method: str, params: Raw) -> None:
        if method == "event":
            notification = msgspec.json.decode(params, type=_EventNotification)
            if notification.seq <= self._seq:
                return  # the image knew of it already
            self._seq = notification.seq
            self.state.apply(notification.event)
            self._publisher.publish(Recorded(((notification.seq, notification.event),)))
        elif method == "observed":
            observed = msgspec.json.decode(params, type=_ObservedNotification).event
            self.state.apply(observed)
            self._publisher.publish(Observed(observed))
        elif method == "sample":
            self.sample = msgspec.json.decode(params, type=MonitorSample)
            self.history.record(self.sample)
            self._publisher.publish(Sampled(self.sample))
        elif method == "reset":
            self.trouble = msgspec.json.decode(params, type=_ResetNotification).reason
            raise ConnectionResetError("the scheduler went back to what is on disk")


class _About(Struct):
    pid: int
    machine: str
    data_dir: str
    jobs_dir: str
    limits: Limits


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("The state could not be taken over: %s", error)
