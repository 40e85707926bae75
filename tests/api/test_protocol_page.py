"""The page about the control socket tells the truth: every example on it is run, through ``socat``."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ant_tui.api import documents, schema
from ant_tui.api.dispatcher import METHODS
from ant_tui.api.service import Service
from ant_tui.core.policy import decide
from ant_tui.core.task import TaskState
from ant_tui.monitor.samples import LOST
from ant_tui.scheduler.publisher import Reset
from ant_tui.scheduler.recovery import RecoveryChoices
from tests.api import protocol_page
from tests.api.protocol_page import DATA, PAGE, Block, normal, pretty, sections
from tests.api.running import PATIENCE_S, running, socket_of, until

needs_socat = pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed")

_REQUESTS = {name: known[0] for name, known in METHODS.items()} | {"subscribe": schema.Subscribe, "stop": schema.Stop}
_SELECTION = {"tasks", "states", "tag", "all"}
"""Explained once for all methods."""


def _page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("method", _REQUESTS)
class TestEveryMethod:
    def test_has_an_example(self, method: str) -> None:
        """Each method is called in an example, and its answer is shown."""
        found = protocol_page.blocks(_page())
        called = [place for place, block in enumerate(found) if block.is_request and block.value["method"] == method]
        assert called
        assert all("result" in found[place + 1].value or "error" in found[place + 1].value for place in called)

    def test_is_explained(self, method: str) -> None:
        """Each method has a section, in which each of its parameters is named."""
        section = sections(_page())[method]
        names = {field.name for field in msgspec.structs.fields(_REQUESTS[method])}
        if names >= _SELECTION:
            names -= _SELECTION
        if _REQUESTS[method] is schema.Selection:
            names -= {"secrets", "before", "logs"} - ({"secrets"} if method == "show" else set())
            names |= {"before", "logs"} if method == "forget" else set()
        if _REQUESTS[method] is schema.Entries:
            section += sections(_page())["recover_hide"]
            names -= set() if method == "recover_forget" else {"logs"}
        if method == "env_slot_clear":
            names -= {"overwrite"}  # it has the same request as loading, and there it is explained
        assert {name for name in names if f"`{name}`" not in section} == set()


@pytest.mark.parametrize("described", [schema.Submission, documents.TaskDocument, documents.ResourcesDocument])
def test_every_field_is_explained(described: type[msgspec.Struct]) -> None:
    """Each field of a task, as it is submitted and as it is described, is named on the page."""
    text = _page()
    missing = {field.name for field in msgspec.structs.fields(described) if f"`{field.name}`" not in text}
    assert missing == set()


def test_every_notification_is_shown() -> None:
    """Each kind of notification has an example."""
    shown = {block.value["method"] for block in protocol_page.blocks(_page()) if block.is_notification}
    assert shown == {"event", "sample", "trouble", "observed", "reset"}


@needs_socat
async def test_the_first_steps(service: Service) -> None:
    """The lines of shell at the top of the page find the socket and get an answer."""
    shell = re.search(r"^```sh\n(.*?)^```$", _page(), re.M | re.S)
    assert shell is not None
    script = re.sub(r"^data=.*$", f"data={service.options.data_dir}", shell[1], count=1, flags=re.M)
    ran = await asyncio.create_subprocess_exec("sh", "-c", script, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(PATIENCE_S):
        said, _ = await ran.communicate()
    assert json.loads(said)["result"]["tasks"] == []


@needs_socat
async def test_the_examples(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Every example on the page gets the answer that stands below it, but for times, processes and measurements."""
    text = _page()
    found = protocol_page.blocks(text)
    data = str(tmp_path / "data")
    told: list[dict[str, Any]] = []
    async with Story(tmp_path / "data") as story:
        place = 0
        while place < len(found):
            later = found[place + 2 :]
            heard = later[: next((n for n, block in enumerate(later) if not block.is_notification), len(later))]
            told += [found[place].value, *await story.tell(found[place], heard)]
            place += 2 + len(heard)
    if request.config.getoption("--update-golden"):
        _write(text, found, told, data)
        text = _page()
        found = protocol_page.blocks(text)
    for block, said in zip(found, told, strict=True):
        line = text.count("\n", 0, block.start) + 1
        assert normal(said, data) == normal(block.value, DATA), f"docs/protocol.md, line {line}"


def _write(text: str, found: list[Block], told: list[dict[str, Any]], data: str) -> None:
    """Write the answers on the page anew where they have changed."""
    for block, said in reversed(list(zip(found, told, strict=True))):
        if not block.is_request and normal(said, data) != normal(block.value, DATA):
            text = text[: block.start] + pretty(said, data) + text[block.end :]
    PAGE.write_text(text, encoding="utf-8")


class Story:
    """A scheduler to which the examples happen one after the other."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._stack = AsyncExitStack()
        self._service: Service | None = None

    async def __aenter__(self) -> Story:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def tell(self, request: Block, heard: list[Block]) -> list[dict[str, Any]]:
        """Send a request when nothing moves any more; returns its answer and the notifications that were asked for."""
        assert request.is_request
        service = await self._up()
        await until(service, lambda: _is_quiet(service))
        async with _socat(service, json.dumps(request.value)) as line:
            said = [await line()]
            for notification in heard:
                method = notification.value["method"]
                await _PROVOKE[method](service)
                message = await line()
                while message["method"] != method:
                    message = await line()
                said.append(message)
        if heard:
            await _calm(service)
        return said

    async def _up(self) -> Service:
        """The scheduler; another one after it was stopped."""
        if self._service is None or self._service._closing is not None:
            recovery = RecoveryChoices(queued="restore" if self._service is None else "ask")
            await self._stack.aclose()
            service = running(self._data, machine="gpu-box", slot_count=2, recovery=recovery)
            self._service = await self._stack.enter_async_context(service)
        return self._service


@asynccontextmanager
async def _socat(service: Service, line: str) -> AsyncIterator[Callable[[], Awaitable[dict[str, Any]]]]:
    """Send a line with socat; yields a function that reads the next one that comes back."""
    pipe = asyncio.subprocess.PIPE
    address = f"UNIX-CONNECT:{socket_of(service)}"
    socat = await asyncio.create_subprocess_exec(
        "socat", "-t", "60", "-", address, stdin=pipe, stdout=pipe, limit=2**24
    )
    assert socat.stdin is not None
    assert socat.stdout is not None
    stdout = socat.stdout

    async def read() -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            message: dict[str, Any] = json.loads(await stdout.readline())
        return message

    socat.stdin.write(line.encode() + b"\n")
    socat.stdin.write_eof()
    try:
        yield read
    finally:
        if '"subscribe"' in line:
            socat.kill()
        async with asyncio.timeout(PATIENCE_S):
            await socat.wait()


def _is_quiet(service: Service) -> bool:
    """Whether nothing will happen by itself: what runs only sleeps, and nothing can start."""
    state = service.scheduler.state
    active = [state.tasks[number] for number in state.active]
    asleep = all(t.state in (TaskState.RUNNING, TaskState.SUSPENDED) and "sleep" in t.spec.command for t in active)
    return asleep and not decide(state, service.options.limits) and service.scheduler.starts.idle


async def _pause(service: Service) -> None:
    await service.dispatcher.call("pause", schema.NoArguments())


async def _sample(service: Service) -> None:
    service.scheduler.gpus._sampler.sample_now()


async def _trouble(service: Service) -> None:
    service.scheduler.starts._set_trouble("no task can be started: the machine has no room for another process")


async def _lose_a_gpu(service: Service) -> None:
    watch = service.scheduler.gpus
    assert watch.sample is not None
    first, *rest = watch.sample.gpus
    lost = replace(first, health=LOST, detail="it does not answer")
    watch.observe(replace(watch.sample, gpus=(lost, *rest)))


async def _reset(service: Service) -> None:
    service.scheduler.publisher.publish(Reset("the journal cannot be written: No space left on device"))


async def _calm(service: Service) -> None:
    """Undo what was provoked."""
    service.scheduler.starts._set_trouble("")
    watch = service.scheduler.gpus
    assert watch.sample is not None
    watch.observe(watch.sample)
    await service.dispatcher.call("unpause", schema.NoArguments())


_PROVOKE: dict[str, Callable[[Service], Awaitable[None]]] = {
    "event": _pause,
    "sample": _sample,
    "trouble": _trouble,
    "observed": _lose_a_gpu,
    "reset": _reset,
}
"""Kind of notification → what makes the scheduler tell one."""
