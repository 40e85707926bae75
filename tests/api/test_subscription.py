"""Hearing of everything that happens: once, in order, from a known moment on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ant_tui.api import subscription
from ant_tui.api.documents import SubscribedDocument
from ant_tui.api.schema import Subscribe
from ant_tui.api.service import Service
from ant_tui.api.subscription import Feed, Subscription
from ant_tui.core.events import GpusObserved, QueuePaused, RecordedEvent
from ant_tui.core.policy import Limits
from ant_tui.core.state import State
from ant_tui.scheduler.publisher import Reset, TroubleChanged
from tests.api.running import Wire, running, task


async def _numbers(wire: Wire, upto: int) -> list[int]:
    """The numbers of the events that come, until ``upto`` has come."""
    numbers: list[int] = []
    while not numbers or numbers[-1] < upto:
        numbers.append((await wire.notification("event"))["seq"])
    return numbers


class Mirror:
    """A subscriber with an image, that follows it."""

    def __init__(self, wire: Wire, answer: Any) -> None:
        self.wire = wire
        subscribed = msgspec.convert(answer, SubscribedDocument)
        assert subscribed.image is not None
        assert subscribed.observed is not None
        self.state = State.from_image(subscribed.image)
        self.state.apply(subscribed.observed)
        self.seq = self.begun = subscribed.seq
        self.numbers: list[int] = []

    async def follow(self, upto: int) -> None:
        """Apply what comes until the event ``upto``."""
        while self.seq < upto:
            message = self.wire.told.pop(0) if self.wire.told else await self.wire.line()
            params = message["params"]
            if message["method"] == "observed":
                self.state.apply(msgspec.convert(params["event"], GpusObserved))
            elif message["method"] == "event":
                self.numbers.append(params["seq"])
                if params["seq"] > self.seq:
                    self.state.apply(msgspec.convert(params["event"], RecordedEvent))
                    self.seq = params["seq"]


class TestImages:
    async def test_no_event_is_lost_or_doubled_across_the_image(self, tmp_path: Path) -> None:
        """Whenever somebody subscribes while tasks start and end, image and events together are the whole truth."""
        async with running(tmp_path / "data", limits=Limits(cpu_tasks=8)) as service, await Wire.to(service) as wire:
            await wire.ask("submit", tasks=[task("true", gpus=number % 2) for number in range(120)])
            waiting = asyncio.create_task(wire.ask("wait", tasks=["1-120"]))
            mirrors: list[Mirror] = []
            while not waiting.done():
                listener = await Wire.to(service)
                mirrors.append(Mirror(listener, await listener.ask("subscribe", image=True)))
            assert len(mirrors) > 10
            last = service.scheduler.recorder.published_seq
            for mirror in mirrors:
                await mirror.follow(last)
                assert mirror.state.image() == service.scheduler.state.image()
                assert mirror.state.invariants() == []
                assert mirror.state.cluster.gpus == service.scheduler.state.cluster.gpus
                fresh = [number for number in mirror.numbers if number > mirror.begun]
                assert fresh == list(range(mirror.begun + 1, last + 1))
                mirror.wire.writer.close()

    async def test_the_image_knows_what_is_not_on_disk_yet(self, service: Service) -> None:
        """An event between the state and the disk is in the image, and is told again with a number that says so."""
        recorder, sent = service.scheduler.recorder, list[bytes]()
        durable = recorder.record(QueuePaused(at=1.0))
        subscriber = Subscription(Feed(service.scheduler), Subscribe(image=True), sent.append)
        answer, following = await subscriber.answer()
        assert answer.image is not None
        assert (answer.image.paused, answer.seq, following) == (True, recorder.published_seq + 1, b"")
        await durable
        assert sent == []
        subscriber.begin()
        assert [msgspec.json.decode(line)["params"]["seq"] for line in sent] == [answer.seq]
        subscriber.end()

    async def test_without_an_image_there_is_only_the_number(self, wire: Wire, service: Service) -> None:
        """A plain subscription says after which event it begins."""
        answer = await wire.ask("subscribe")
        seq = service.scheduler.recorder.published_seq
        assert answer == {"schema": 1, "seq": seq, "image": None, "observed": None, "trouble": ""}
        await wire.ask("pause")
        assert (await wire.notification("event"))["seq"] == seq + 1


class TestResuming:
    async def test_resuming_after_a_gap(self, wire: Wire, service: Service) -> None:
        """``since`` tells each later event once, whatever number one begins with, and goes on from there (row 284)."""
        await wire.ask("subscribe")
        await wire.ask("submit", tasks=[task() for _ in range(5)])
        await wire.ask("wait", tasks=["1-5"])
        last = service.scheduler.recorder.published_seq
        for since in range(last + 1):
            async with await Wire.to(service) as again:
                answer = await again.ask("subscribe", since=since)
                assert answer["seq"] == last
                if since < last:
                    assert await _numbers(again, last) == list(range(since + 1, last + 1))
                assert again.told == []

    async def test_resuming_while_things_happen(self, tmp_path: Path) -> None:
        """What happens while old events are looked up is told after them, once."""
        async with running(tmp_path / "data", limits=Limits(cpu_tasks=8)) as service, await Wire.to(service) as wire:
            await wire.begin("submit", tasks=[task() for _ in range(100)])
            listeners: list[Wire] = []
            while len(service.scheduler.state.ended) < 100:
                listener = await Wire.to(service)
                await listener.ask("subscribe", since=0)
                listeners.append(listener)
            last = service.scheduler.recorder.published_seq
            for listener in listeners:
                assert await _numbers(listener, last) == list(range(1, last + 1))
                listener.writer.close()

    async def test_events_of_an_earlier_scheduler(self, tmp_path: Path) -> None:
        """``since`` reaches back over a restart, as far as the journal does."""
        async with running(tmp_path / "data") as service, await Wire.to(service) as wire:
            await wire.ask("submit", tasks=[task(id="early", hold=True)])
        async with running(tmp_path / "data") as service, await Wire.to(service) as wire:
            await wire.ask("subscribe", since=0)
            assert (await wire.event("task_submitted"))["id"] == "early"
            assert await wire.event("scheduler_started")

    async def test_events_that_are_not_kept_any_more(self, tmp_path: Path) -> None:
        """When the journal was compacted in the meantime, the refusal says so; an image can still be had."""
        for _ in range(3):
            async with running(tmp_path / "data") as service, await Wire.to(service) as wire:
                await wire.ask("submit", tasks=[task(hold=True)])
                journal = service.scheduler.journal
                assert journal.snapshot(service.scheduler.state.image())
                await asyncio.to_thread(journal.wait_for_snapshot)
        async with running(tmp_path / "data") as service, await Wire.to(service) as wire:
            error = await wire.refusal("subscribe", since=1)
            assert error["message"] == (
                "The events since 1 are not kept any more; subscribe without 'since', and take the image."
            )
            assert error["data"]["kind"] == "refused"
            assert len((await wire.ask("subscribe", image=True))["image"]["tasks"]) == 3

    async def test_events_that_never_were(self, wire: Wire, service: Service) -> None:
        """A number from the future, as after another journal, is refused with the latest one."""
        error = await wire.refusal("subscribe", since=1000)
        latest = service.scheduler.recorder.published_seq
        assert f"There is no event 1000 yet, the latest is {latest}" in error["message"]

    async def test_either_image_or_since(self, wire: Wire) -> None:
        """Both at once make no sense and are refused; the connection can still subscribe."""
        assert (await wire.refusal("subscribe", since=0, image=True))["code"] == -32602
        await wire.ask("subscribe")
        assert "subscribed already" in (await wire.refusal("subscribe"))["message"]


class TestTelling:
    async def test_samples_only_for_those_who_want_them(self, tmp_path: Path) -> None:
        """Samples go to who asked for them, and to nobody else."""
        async with (
            running(tmp_path / "data", sample_interval_s=0.02) as service,
            await Wire.to(service) as wire,
            await Wire.to(service) as other,
        ):
            await wire.ask("subscribe", samples=True)
            await other.ask("subscribe")
            sample = await wire.notification("sample")
            assert [gpu["index"] for gpu in sample["gpus"]] == [0, 1]
            await wire.notification("sample")
            await other.ask("pause")
            await other.ask("ping")
            assert {message["method"] for message in other.told} == {"event"}

    async def test_trouble_is_told_as_it_comes(self, wire: Wire, service: Service) -> None:
        """What keeps the scheduler from its work is told at once when it comes and when it goes, and only then."""
        await wire.ask("subscribe", samples=True)
        async with await Wire.to(service) as other:
            await other.ask("subscribe")
            service.scheduler.starts._set_trouble("no task can be started: out of luck")
            service.scheduler.publisher.publish(TroubleChanged())
            service.scheduler.gpus._have("no GPU can be used: out of luck")  # and the first trouble counts
            service.scheduler.starts._set_trouble("")
            service.scheduler.gpus._have("")
            told = [await wire.line() for _ in range(3)]
            assert {message["method"] for message in told} == {"trouble"}
            assert [message["params"]["sentence"] for message in told] == [
                "no task can be started: out of luck", "no GPU can be used: out of luck", "",
            ]  # fmt: skip
            await other.ask("ping")
            assert other.told == []

    async def test_trouble_that_is_no_text_ends_nobodys_subscription(self, wire: Wire, service: Service) -> None:
        """A sentence that names a file with an odd name is told with its bytes written out."""
        await wire.ask("subscribe", samples=True)
        service.scheduler.starts._set_trouble("no \udcff today")
        assert await wire.notification("trouble") == {"sentence": "no \\udcff today"}
        service.scheduler.publisher.publish(Reset("no \udcff"))
        assert await wire.notification("reset") == {"reason": "no \\udcff"}
        await wire.ask("pause")
        assert await wire.event("queue_paused")

    async def test_the_gpus_as_they_change(self, wire: Wire, service: Service) -> None:
        """A GPU that is lost is told as an observation, which has no number."""
        await wire.ask("subscribe")
        watch = service.scheduler.gpus
        assert watch.sample is not None
        gpus = tuple(msgspec.structs.replace(gpu, health="lost", detail="it fell off") for gpu in watch.sample.gpus)
        watch.observe(msgspec.structs.replace(watch.sample, gpus=gpus))
        event = (await wire.notification("observed"))["event"]
        assert [gpu["lost"] for gpu in event["gpus"]] == ["it fell off"] * 2

    async def test_a_reset_is_told(self, wire: Wire, service: Service) -> None:
        """When the state went back to what is on disk, subscribers are told to look at everything anew."""
        await wire.ask("subscribe")
        service.scheduler.publisher.publish(Reset("the disk was full"))
        assert await wire.notification("reset") == {"reason": "the disk was full"}

    async def test_each_event_is_encoded_once(
        self, wire: Wire, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However many listen, an event becomes text once."""
        encoded: list[str] = []
        encode = subscription._encode

        def counting(value: Any) -> bytes:
            encoded.append(value["method"])
            return encode(value)

        monkeypatch.setattr(subscription, "_encode", counting)
        others = [await Wire.to(service) for _ in range(5)]
        for other in others:
            await other.ask("subscribe")
        await wire.ask("pause")
        for other in others:
            assert (await other.event("queue_paused"))["at"] > 0
            other.writer.close()
        assert encoded == ["event"]

    async def test_the_last_one_who_leaves_turns_off_the_light(self, tmp_path: Path) -> None:
        """Without subscribers, nothing is listened to and nothing encoded; the next one hears everything again."""
        async with running(tmp_path / "data") as service, await Wire.to(service) as wire:
            listeners = service.scheduler.publisher._subscribers
            before = len(listeners)
            async with await Wire.to(service) as first, await Wire.to(service) as second:
                await first.ask("subscribe")
                await second.ask("subscribe")
                assert len(listeners) == before + 1
            while len(listeners) > before:
                await wire.ask("ping")
            await wire.ask("subscribe")
            await wire.ask("pause")
            assert await wire.event("queue_paused")
