"""A scheduler that runs in this process with its control socket open, and a client that speaks to it word by word."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from ant_tui.api.service import Service
from ant_tui.core.policy import Limits
from ant_tui.scheduler.options import SchedulerOptions

PATIENCE_S = 20.0
"""How long a test waits for what must happen; only a broken program makes it wait that long."""


def options_for(data: Path, **changes: Any) -> SchedulerOptions:
    """What the tests run a scheduler with: two simulated GPUs, and one sample only, at the start."""
    data.mkdir(mode=0o700, exist_ok=True)
    settings: dict[str, Any] = {
        "data_dir": str(data),
        "jobs_dir": str(data / "jobs"),
        "machine": "testing",
        "limits": Limits(cpu_tasks=4),
        "simulate_gpus": 2,
        "sample_interval_s": 3600.0,
        "grace_s": 2.0,
    }
    return SchedulerOptions(**(settings | changes))


@asynccontextmanager
async def running(data: Path, **changes: Any) -> AsyncIterator[Service]:
    """A service that is up; at the end its tasks are ended and it is closed."""
    service = Service(options_for(data, **changes))
    await service.open()
    try:
        yield service
    finally:
        async with asyncio.timeout(PATIENCE_S):
            await service.close(kill=True, reason="the test is over")


def socket_of(service: Service) -> str:
    """Where clients connect to."""
    address = json.loads(Path(service.options.data_dir, "scheduler.json").read_text())
    return str(address["socket"])


async def until(service: Service, is_so: Callable[[], bool]) -> None:
    """Wait until something is so, looking whenever the scheduler tells of a change."""
    changed = asyncio.Event()
    stop = service.scheduler.publisher.subscribe(lambda publication: changed.set())
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():
            await changed.wait()
            changed.clear()
    stop()


class Wire:
    """A connection, seen as lines of JSON."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.told: list[dict[str, Any]] = []
        """Notifications that came while an answer was waited for."""
        self._numbers = itertools.count(1000)

    @classmethod
    async def to(cls, service: Service) -> Self:
        """Connect."""
        return cls(*await asyncio.open_unix_connection(socket_of(service), limit=2**28))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def line(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(PATIENCE_S):
            text = await self.reader.readline()
        assert text.endswith(b"\n"), "the scheduler hung up"
        message: dict[str, Any] = json.loads(text)
        assert message["jsonrpc"] == "2.0"
        return message

    async def is_hung_up(self) -> bool:
        """Wait for the end of the connection; False if something else comes."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read(1) == b""
            except ConnectionResetError:
                return True

    async def begin(self, method: str, **params: Any) -> int:
        """Send a request without waiting for its answer; returns its id."""
        number = next(self._numbers)
        await self.send(request(method, number, **params))
        return number

    async def answer(self, number: int | str | None) -> dict[str, Any]:
        """The answer to a request; notifications in between are kept in ``told``."""
        while True:
            message = await self.line()
            if "method" in message:
                self.told.append(message)
                continue
            assert message["id"] == number
            return message

    async def ask(self, method: str, **params: Any) -> Any:
        """The result of a request."""
        answer = await self.answer(await self.begin(method, **params))
        assert "error" not in answer, answer
        return answer["result"]

    async def refusal(self, method: str, **params: Any) -> dict[str, Any]:
        """The error that a request gets."""
        answer = await self.answer(await self.begin(method, **params))
        error: dict[str, Any] = answer["error"]
        return error

    async def notification(self, method: str) -> dict[str, Any]:
        """The parameters of the next notification of a kind; others are dropped."""
        while True:
            message = self.told.pop(0) if self.told else await self.line()
            if message.get("method") == method:
                params: dict[str, Any] = message["params"]
                return params

    async def event(self, kind: str) -> dict[str, Any]:
        """The next event of a kind; others are dropped."""
        while True:
            event: dict[str, Any] = (await self.notification("event"))["event"]
            if event["type"] == kind:
                return event


def request(method: str, number: int | str | None = None, **params: Any) -> bytes:
    """A request as a line; without a number it is a notification."""
    message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
    if number is not None:
        message["id"] = number
    return json.dumps(message).encode() + b"\n"


def task(command: str = "true", **fields: Any) -> dict[str, Any]:
    """A submission."""
    return {"command": command, "workdir": "/", **fields}
