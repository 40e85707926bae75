"""A scheduler as a running service: its address, its lock, and its end."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path

import pytest

from ant_tui import __version__
from ant_tui.api.service import Service
from ant_tui.errors import OtherSchedulerRunning, UsageError
from ant_tui.scheduler.publisher import Sampled
from tests.api.running import PATIENCE_S, Wire, options_for, running, socket_of, task


async def test_the_address_names_the_scheduler(service: Service) -> None:
    """``scheduler.json`` says who answers where; it is private."""
    path = Path(service.options.data_dir, "scheduler.json")
    address = json.loads(path.read_text())
    assert address.keys() == {"pid", "pid_start", "boot_id", "socket", "version", "data_dir", "started_at"}
    assert (address["pid"], address["version"]) == (os.getpid(), __version__)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_ping_says_who_answers(wire: Wire, service: Service) -> None:
    """``ping`` names the program, the process, its places and its limits."""
    about = await wire.ask("ping")
    assert about.pop("session_id") == service.scheduler.session
    assert about.pop("started_at").endswith("Z")
    assert about == {
        "schema": 1,
        "product": "ant-tui",
        "version": __version__,
        "protocol": 1,
        "pid": os.getpid(),
        "data_dir": service.options.data_dir,
        "jobs_dir": service.options.jobs_dir,
        "machine": "testing",
        "limits": {"cpu_tasks": 4, "gpus": 0, "starts": 64},
        "trouble": "",
        "notes": [],
    }


class TestStop:
    async def test_stopping_leaves_tasks_running(self, tmp_path: Path) -> None:
        """``stop`` ends the scheduler and no task; the next scheduler takes it over (row 261)."""
        async with running(tmp_path / "data") as service, await Wire.to(service) as wire:
            await wire.ask("subscribe")
            await wire.ask("submit", tasks=[task("sleep 600")])
            await wire.event("task_started")
            path = socket_of(service)
            assert await wire.ask("stop", tasks="leave") == {"schema": 1, "stopping": True, "running": 1}
            assert (await wire.event("scheduler_stopped"))["reason"] == "asked to over the control socket"
            assert await wire.is_hung_up()
            async with asyncio.timeout(PATIENCE_S):
                await service.ended.wait()
            assert not os.path.exists(path)
            assert not Path(service.options.data_dir, "scheduler.json").exists()
        async with running(tmp_path / "data") as service, await Wire.to(service) as wire:
            assert [one["state"] for one in (await wire.ask("queue"))["tasks"]] == ["running"]

    @pytest.mark.parametrize(("says", "setting"), [("kill", False), (None, True)])
    async def test_stopping_ends_tasks_where_asked(self, tmp_path: Path, says: str | None, setting: bool) -> None:
        """``stop`` with ``kill`` ends them first; without a word the setting decides (row 261)."""
        async with running(tmp_path / "data", kill_on_stop=setting) as service, await Wire.to(service) as wire:
            await wire.ask("subscribe")
            await wire.ask("submit", tasks=[task("sleep 600")])
            await wire.event("task_started")
            await wire.send(b'{"jsonrpc":"2.0","method":"stop","params":{%s}}\n' % (b'"tasks":"kill"' if says else b""))
            assert (await wire.event("task_ended"))["state"] == "cancelled"
            assert await wire.event("scheduler_stopped")
            assert await wire.is_hung_up()

    async def test_a_wrong_word_stops_nothing(self, wire: Wire) -> None:
        """``stop`` with a word that it does not know is refused."""
        error = await wire.refusal("stop", tasks="please")
        assert "at `$.tasks`" in error["message"]
        await wire.ask("ping")

    async def test_waiting_clients_are_hung_up_on(self, wire: Wire, service: Service) -> None:
        """Whoever waits for a task when the scheduler ends learns it by the end of the connection."""
        async with await Wire.to(service) as other:
            await wire.ask("submit", tasks=[task(hold=True)])
            await wire.begin("wait", tasks=["1"])
            await other.ask("stop")
            assert await wire.is_hung_up()


class TestOpening:
    async def test_one_scheduler_for_a_data_directory(self, service: Service) -> None:
        """A second one is refused and leaves the first one's socket and address alone."""
        with pytest.raises(OtherSchedulerRunning):
            await Service(service.options).open()
        async with await Wire.to(service) as wire:
            await wire.ask("ping")

    async def test_a_service_that_cannot_begin_leaves_nothing_behind(self, tmp_path: Path) -> None:
        """Where opening fails, the scheduler inside is ended and the lock given back."""
        broken = Service(options_for(tmp_path / "data", only_gpus=("7",)))
        with pytest.raises(UsageError, match=r"There is no GPU 7: this machine has 2 \(0, 1\)"):
            await broken.open()
        assert broken.scheduler.stopped.is_set()
        async with running(tmp_path / "data"):
            pass

    async def test_a_service_that_cannot_say_where_it_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime_directory: Path
    ) -> None:
        """Where the address cannot be written, the socket is closed again."""

        def full(*_: object) -> None:
            raise OSError("the disk is full")

        monkeypatch.setattr(Service, "_write_address", full)
        with pytest.raises(OSError, match="the disk is full"):
            await Service(options_for(tmp_path / "data")).open()
        assert not list(runtime_directory.rglob("*.sock"))

    async def test_ending_twice_is_ending_once(self, tmp_path: Path) -> None:
        """Whoever asks a second time waits for the same end."""
        async with running(tmp_path / "data") as service, asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(service.close(kill=False, reason="test") for _ in range(2)))
            assert service.ended.is_set()
        segments = (tmp_path / "data" / "journal").glob("*.jsonl")
        assert "".join(path.read_text() for path in segments).count('"scheduler_stopped"') == 1


async def test_a_socket_that_was_tidied_away_comes_back(service: Service, wire: Wire) -> None:
    """A logout may remove the runtime directory; the scheduler can be found again, and who was connected stays so."""
    path = socket_of(service)
    os.unlink(path)
    sample = service.scheduler.gpus.sample
    assert sample is not None
    service.scheduler.publisher.publish(Sampled(sample))
    async with asyncio.timeout(PATIENCE_S):
        while not os.path.exists(path):
            await asyncio.sleep(0)
    assert (await wire.ask("ping"))["pid"] == os.getpid()
    async with await Wire.to(service) as again:
        assert (await again.ask("ping"))["pid"] == os.getpid()
