"""The mirror of a scheduler in another process: complete, never a step behind what was answered, and back by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ant_tui.api import schema
from ant_tui.api.service import Service
from ant_tui.client.connection import address_of
from ant_tui.client.remote import RemoteClient
from ant_tui.core import events as ev
from ant_tui.core.task import TaskSpec
from ant_tui.errors import NoScheduler
from ant_tui.scheduler.publisher import Publication, Recorded, Reset, TroubleChanged
from tests.api.running import PATIENCE_S, Wire, running, socket_of, task
from tests.client.scripted import about, no_history, result, scripted, subscribed, told


async def _until(client: RemoteClient, is_so: Callable[[], bool]) -> None:
    """Wait until something is so, looking whenever the client tells of a change."""
    changed = asyncio.Event()
    stop = client.listen(lambda publication: changed.set())
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():
            await changed.wait()
            changed.clear()
    stop()


def _submitted(number: int, name: str) -> dict[str, Any]:
    spec = TaskSpec("true", "/")
    return {"seq": number, "event": ev.TaskSubmitted(at=1.0, number=number, id=name, spec=spec)}


class TestMirror:
    async def test_clients_that_come_while_tasks_start(self, tmp_path: Path) -> None:
        """However many clients come while many tasks start and end, each ends up with the scheduler's own state."""
        async with running(tmp_path / "data") as service, await Wire.to(service) as wire:
            await wire.ask("submit", tasks=[task(gpus=number % 2) for number in range(120)])
            waiting = asyncio.create_task(wire.ask("wait", tasks=["1-120"]))
            clients: list[RemoteClient] = []
            while not waiting.done():
                clients.append(RemoteClient(partial(socket_of, service)))
                await clients[-1].open()
            assert len(clients) > 5
            await waiting
            truth = service.scheduler.state
            for client in clients:
                await client.call("ping", schema.NoArguments())
                assert client.state.image() == truth.image()
                assert client.state.invariants() == []
                assert client.state.cluster.gpus == truth.cluster.gpus
                await client.close()

    async def test_an_event_right_behind_the_image(self, runtime_directory: Path) -> None:
        """What happens in the moment of subscribing, told in the same packet as the image, is in the mirror."""
        answers = {
            "ping": lambda request: result(request, about()),
            "subscribe": lambda request: (
                told("event", **_submitted(1, "before"))
                + result(request, subscribed(1))
                + told("event", **_submitted(1, "known already"))
                + told("event", **_submitted(2, "right behind"))
            ),
            "gpus_history": no_history,
        }
        async with scripted(runtime_directory / "s.sock", lambda request: answers[request["method"]](request)) as where:
            client = RemoteClient(lambda: where)
            await client.open()
            assert client.state.ids == {"right behind": 2}
            assert client.place.machine == "far"
            await client.close()

    async def test_events_that_come_together_are_told_together(self, runtime_directory: Path) -> None:
        """A screen draws once for what arrives at once."""

        def script(request: dict[str, Any]) -> bytes:
            if request["method"] == "ping":
                return result(request, about())
            if request["method"] == "subscribe":
                return result(request, subscribed(0))
            if request["method"] == "gpus_history":
                return no_history(request)
            burst = b"".join(told("event", **_submitted(number, f"t{number}")) for number in range(1, 51))
            return burst + result(request, {"paused": True})

        async with scripted(runtime_directory / "s.sock", script) as where:
            client = RemoteClient(lambda: where)
            await client.open()
            heard: list[Publication] = []
            client.listen(heard.append)
            await client.call("pause", schema.NoArguments())
            assert [len(one.events) for one in heard if isinstance(one, Recorded)] == [50]
            await client.close()

    @pytest.mark.parametrize(
        "strange",
        [
            told("event", **_submitted(7, "too far")),
            told("event", seq=1, event={"type": "task_held", "at": 1.0, "number": 5}),
            told("event", seq=1, event={"type": "of_a_later_version", "at": 1.0}),
            told("sample", nothing=1),
            told("reset", reason="the disk was full"),
        ],
    )
    async def test_what_cannot_be_followed(self, runtime_directory: Path, strange: bytes) -> None:
        """A gap, an impossible event, one of a later version, a reset: the mirror is made anew from an image."""
        images = 0

        def script(request: dict[str, Any]) -> bytes:
            nonlocal images
            if request["method"] == "ping":
                return result(request, about())
            if request["method"] == "gpus_history":
                return no_history(request)
            images += 1
            return result(request, subscribed(0)) + (strange if images == 1 else told("event", **_submitted(1, "new")))

        async with scripted(runtime_directory / "s.sock", script) as where:
            client = RemoteClient(lambda: where)
            await client.open()
            await _until(client, lambda: "new" in client.state.ids)
            assert images == 2
            assert client.trouble == ""
            await client.close()


class TestTrouble:
    async def test_the_schedulers_trouble(self, service: Service) -> None:
        """What keeps the scheduler from its work is known at once when connecting, and later when it changes."""
        service.scheduler.starts._set_trouble("no task can be started: out of luck")
        client = RemoteClient(partial(socket_of, service))
        await client.open()
        assert client.trouble == "no task can be started: out of luck"
        heard: list[Publication] = []
        client.listen(heard.append)
        service.scheduler.starts._set_trouble("")
        await _until(client, lambda: client.trouble == "")
        assert heard == [TroubleChanged()]
        assert client.connected
        await client.close()

    async def test_a_reset(self, service: Service, remote: RemoteClient) -> None:
        """When the scheduler went back to what is on disk, listeners are told why, and the mirror is new."""
        heard: list[str] = []
        remote.listen(lambda one: heard.append(one.reason) if isinstance(one, Reset) else None)
        before = remote.state
        service.scheduler.publisher.publish(Reset("the disk was full"))
        await _until(remote, lambda: remote.state is not before)
        assert heard == ["the disk was full", ""]
        assert remote.state.image() == service.scheduler.state.image()

    async def test_a_scheduler_that_never_answers(
        self, runtime_directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A stopped scheduler takes connections and answers nothing: opening says so after a while."""
        monkeypatch.setattr(RemoteClient, "ANSWER_S", 0.05)
        async with scripted(runtime_directory / "s.sock", lambda request: b"") as where:
            with pytest.raises(NoScheduler, match=r"has not answered for 0\.05 s"):
                await RemoteClient(lambda: where).open()

    async def test_a_call_that_is_never_answered(
        self, service: Service, remote: RemoteClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A call gives up after a while and names the process; only ``wait`` waits as long as it takes."""
        monkeypatch.setattr(RemoteClient, "ANSWER_S", 0.02)
        never = asyncio.Event()

        async def call(method: str, parameters: Any) -> None:
            await never.wait()

        monkeypatch.setattr(service.dispatcher, "call_raw", call)
        waiting = asyncio.create_task(remote.call("wait", schema.Wait(("1",))))
        with pytest.raises(NoScheduler, match=rf"\(process {os.getpid()}\) has not answered"):
            await remote.call("pause", schema.NoArguments())
        assert not waiting.done()
        waiting.cancel()

    async def test_another_protocol(self, runtime_directory: Path) -> None:
        """A scheduler that speaks another language is named with its version, and what to do."""
        async with scripted(runtime_directory / "s.sock", lambda request: result(request, about(99))) as where:
            with pytest.raises(NoScheduler, match=r"\(version 9\.9\) speaks protocol 99, this program protocol 1"):
                await RemoteClient(lambda: where).open()

    async def test_nobody_there(self, runtime_directory: Path) -> None:
        """Opening where nobody listens fails at once."""
        with pytest.raises(NoScheduler):
            await RemoteClient(lambda: str(runtime_directory / "none.sock")).open()


_SERVE = """
import sys
from ant_tui.config import load_settings
from ant_tui.headless import serve
serve(load_settings(None), sys.argv[1], simulate_gpus=2, ready_fd=int(sys.argv[2]))
"""


class Schedulers:
    """Schedulers in processes of their own, one after the other on one data directory."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start one and wait until it is up."""
        reading, writing = os.pipe()
        command = [sys.executable, "-c", _SERVE, str(self.data), str(writing)]
        root = str(Path(__file__).parents[2])
        environment = {**os.environ, "PYTHONPATH": root}
        self.process = subprocess.Popen(command, pass_fds=[writing], env=environment, stderr=subprocess.DEVNULL)
        os.close(writing)
        with open(reading, "rb") as ready:
            assert ready.read().startswith(b"ready ")

    def end(self, number: int) -> None:
        """End it with a signal."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)

    def find(self) -> str:
        """Where it says that it listens."""
        address = address_of(str(self.data))
        if address is None:
            raise NoScheduler("No scheduler runs.")
        return address.socket


@pytest_asyncio.fixture
async def schedulers(tmp_path: Path) -> AsyncIterator[Schedulers]:
    """One scheduler that is up; whatever happens, neither it nor its tasks outlive the test."""
    schedulers = Schedulers(tmp_path / "data")
    schedulers.start()
    yield schedulers
    assert schedulers.process is not None
    if schedulers.process.poll() is None:
        client = RemoteClient(schedulers.find)
        await client.open()
        await client.call("stop", schema.Stop("kill"))
        await client.close()
        schedulers.process.wait(PATIENCE_S)


class TestReconnecting:
    async def test_a_scheduler_that_is_killed_and_started_again(self, schedulers: Schedulers) -> None:
        """After ``kill -9`` the mirror stays readable and says that it is old; the next scheduler is found at once."""
        client = RemoteClient(schedulers.find)
        await client.open()
        first = client.place.pid
        submission = schema.Submission("sleep 600", "/", id="long", gpus=1)
        await client.call("submit", schema.Submit((submission,)))
        await _until(client, lambda: client.state.tasks[1].state == "running")
        waiting = asyncio.create_task(client.call("wait", schema.Wait(("long",))))
        await client.call("ping", schema.NoArguments())
        schedulers.end(signal.SIGKILL)
        await _until(client, lambda: client.trouble != "")
        with pytest.raises(NoScheduler, match="was lost"):
            await waiting
        assert client.trouble.startswith("the scheduler has not answered since ")
        assert client.trouble.endswith("; what is shown is old")
        assert client.state.tasks[1].state == "running"
        with pytest.raises(NoScheduler, match=r"^The scheduler has not answered since .* is old\.$"):
            await client.call("pause", schema.NoArguments())
        schedulers.start()
        await _until(client, lambda: client.trouble == "")
        assert client.place.pid != first
        assert client.state.tasks[1].state == "running"
        await client.call("cancel", schema.Selection(("long",)))
        assert (await client.call("wait", schema.Wait(("long",)))).tasks[0].state == "cancelled"
        assert client.state.invariants() == []
        await client.close()

    async def test_an_orderly_end(self, tmp_path: Path) -> None:
        """When the scheduler ends by itself, the trouble says so; the next one is found all the same."""
        place: list[str] = []
        client = RemoteClient(lambda: place[0])
        async with running(tmp_path / "data") as service:
            place.append(socket_of(service))
            await client.open()
            await client.call("submit", schema.Submit((schema.Submission("true", "/", id="a", hold=True),)))
            assert (await client.call("stop", schema.Stop())).stopping
            await _until(client, lambda: client.trouble != "")
        assert client.trouble.startswith("the scheduler ended at ")
        assert client.state.ids == {"a": 1}
        async with running(tmp_path / "data") as service:
            await _until(client, lambda: client.trouble == "")
            assert client.state.image() == service.scheduler.state.image()
            await client.close()

    async def test_closing_while_nobody_answers(self, tmp_path: Path) -> None:
        """A client can be closed, also twice, while it looks for its scheduler."""
        async with running(tmp_path / "data") as service:
            client = RemoteClient(partial(socket_of, service))
            await client.open()
        await _until(client, lambda: client.trouble != "")
        await client.close()
        await client.close()
        with pytest.raises(NoScheduler):
            await client.call("ping", schema.NoArguments())

    async def test_calls_fail_where_there_was_never_a_connection(self) -> None:
        """Before ``open`` there is nobody to ask."""
        with pytest.raises(NoScheduler, match="There is no connection to the scheduler"):
            await RemoteClient(lambda: "/nowhere").call("ping", schema.NoArguments())


class TestHistory:
    async def test_an_attached_client_knows_the_past(self, tmp_path: Path) -> None:
        """What the GPUs did before a client came is in its graphs at once, and what they do now too."""
        async with running(tmp_path / "data", simulate_gpus=2) as service:
            watch = service.scheduler.gpus
            assert watch.sample is not None
            for second in range(700, 0, -1):
                watch.history.record(msgspec.structs.replace(watch.sample, at=watch.sample.at - second))
            watch.history.record(watch.sample)
            client = RemoteClient(partial(socket_of, service))
            await client.open()
            uuid = watch.sample.gpus[0].uuid
            await _until(client, lambda: client.history.series("power", uuid, 3600, 60)[-10:].count(None) == 0)
            truth = watch.history.series("memory", uuid, 300, 50)
            mine = client.history.series("memory", uuid, 300, 50)
            assert None not in mine[:-1]
            assert mine[:-1] == pytest.approx(truth[:-1], abs=1e-3)
            assert client.sample is not None
            await client.close()

    async def test_a_scheduler_that_keeps_it_for_itself(self, runtime_directory: Path) -> None:
        """A scheduler of an older version, without this method, is shown all the same."""
        asked = asyncio.Event()

        def script(request: dict[str, Any]) -> bytes:
            if request["method"] == "ping":
                return result(request, about())
            if request["method"] == "subscribe":
                return result(request, subscribed(0))
            asked.set()
            wrong = {"code": -32601, "message": "There is no method 'gpus_history'."}
            return msgspec.json.encode({"jsonrpc": "2.0", "id": request["id"], "error": wrong}) + b"\n"

        async with scripted(runtime_directory / "s.sock", script) as where:
            client = RemoteClient(lambda: where)
            await client.open()
            async with asyncio.timeout(PATIENCE_S):
                await asked.wait()
            assert client.connected
            assert client.history.uuids == []
            await client.close()
