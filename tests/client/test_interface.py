"""A screen cannot tell where the scheduler lives: both clients answer the same calls in the same way."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from ant_tui.api import schema
from ant_tui.api.dispatcher import METHODS
from ant_tui.api.documents import RESULTS, StoppingDocument
from ant_tui.api.service import Service
from ant_tui.client.interface import Client
from ant_tui.errors import AntError, NoSuchTask, Refused, SubmissionError, TimedOut, UsageError
from ant_tui.scheduler.publisher import Publication, Recorded
from tests.api.running import PATIENCE_S

Both = tuple[Client, Client]


_NOWHERE = schema.Submission("true", "relative")


def _submit(*names: str, **fields: Any) -> schema.Submit:
    return schema.Submit(tuple(schema.Submission("true", "/", id=name, **fields) for name in names))


def _these(*names: str) -> schema.Selection:
    return schema.Selection(tasks=names)


class TestSameAnswers:
    @pytest.mark.parametrize(
        ("method", "request_"),
        [
            ("ping", schema.NoArguments()),
            ("queue", schema.Queue(all=True)),
            ("queue", schema.Queue(text="b", secrets=True)),
            ("show", _these("a", "done")),
            ("explain", _these("a", "done")),
            ("history", schema.History()),
            ("gpus", schema.NoArguments()),
            ("env", schema.ShowWorkspace()),
            ("recover_list", schema.RecoverList()),
            ("wait", schema.Wait(("done",))),
            ("pause", schema.NoArguments()),
            ("unpause", schema.NoArguments()),
            ("hold", _these("a", "nobody")),
            ("submit", schema.Submit(_submit("dry").tasks, dry_run=True)),
            ("gpus_disable", schema.GpuNames(("0", "9"))),
        ],
    )
    async def test_the_same_document(self, both: Both, method: str, request_: Any) -> None:
        """Equal calls get equal documents of the type that the method names."""
        local, _ = both
        await local.call("submit", _submit("a", "b", hold=True, variables={"HF_TOKEN": "x"}, tags=("night",)))
        await local.call("submit", _submit("done", gpus=1))
        await local.call("wait", schema.Wait(("done",)))
        answers = [await client.call(method, request_) for client in both]
        assert answers[0] == answers[1]
        assert [type(answer) for answer in answers] == [RESULTS[method]] * 2

    @pytest.mark.parametrize(
        ("method", "request_", "kind"),
        [
            ("show", _these("x", "y"), NoSuchTask),
            ("submit", _submit("a"), Refused),
            ("submit", schema.Submit((_NOWHERE, _NOWHERE)), SubmissionError),
            ("queue", schema.Queue(states=("odd",)), UsageError),
            ("wait", schema.Wait(("a",), timeout=0.0), TimedOut),
        ],
    )
    async def test_the_same_refusal(self, both: Both, method: str, request_: Any, kind: type[AntError]) -> None:
        """Equal calls are refused with the same error: type, sentence, reasons, exit code."""
        await both[0].call("submit", _submit("a", hold=True))
        refused = []
        for client in both:
            with pytest.raises(AntError) as caught:
                await client.call(method, request_)
            error = caught.value
            refused.append((type(error), error.sentence, error.reasons, error.exit_code, error.kind))
        assert refused[0] == refused[1]
        assert refused[0][0] is kind

    async def test_the_same_place(self, both: Both, service: Service) -> None:
        """Both know where the scheduler is; only one of them is there."""
        local, remote = both
        for place in (local.place, remote.place):
            assert (place.pid, place.machine) == (os.getpid(), "testing")
            assert (place.data_dir, place.jobs_dir) == (service.options.data_dir, service.options.jobs_dir)
            assert place.limits == service.options.limits
        assert (local.here, remote.here) == (True, False)
        assert (local.trouble, remote.trouble) == ("", "")

    def test_every_method_has_a_result(self) -> None:
        """There is no method that only one of them could call."""
        assert METHODS.keys() <= RESULTS.keys()


class TestLife:
    async def test_a_task_from_beginning_to_end(self, client: Client, both: Both) -> None:
        """Every verb's effect is in the client's state as soon as the call returns."""
        await client.call("submit", _submit("a", "b", hold=True))
        assert [task.id for task in client.state.queued()] == ["a", "b"]
        await client.call("move", schema.Move(("b",), "top"))
        assert [task.id for task in client.state.queued()] == ["b", "a"]
        await client.call("tag", schema.Tag("night", ("a",)))
        await client.call("rename", schema.Rename("a", "c"))
        assert client.state.tasks[1].tags == ("night",)
        assert client.state.tasks[client.state.ids["c"]].number == 1
        await client.call("release", _these("b"))
        assert not client.state.tasks[2].held
        (ended,) = (await client.call("wait", schema.Wait(("b",)))).tasks
        assert (ended.state, client.state.tasks[2].state) == ("completed", "completed")
        again = (await client.call("retry", schema.Retry(tasks=("b",)))).results[0]
        assert client.state.ids[again.id] == again.number == 3
        await client.call("cancel", _these("c"))
        await client.call("wait", schema.Wait((again.id,)))
        await client.call("forget", schema.Selection(states=("completed",)))
        assert set(client.state.tasks) == {1}
        await client.call("pause", schema.NoArguments())
        assert client.state.paused
        assert client.state.invariants() == []
        assert both[0].state.image() == both[1].state.image()

    async def test_stopping(self, client: Client, service: Service) -> None:
        """The scheduler is asked to end by either client, answers, and ends."""
        assert await client.call("stop", schema.Stop(tasks="leave")) == StoppingDocument()
        async with asyncio.timeout(PATIENCE_S):
            await service.ended.wait()

    async def test_a_method_that_does_not_exist(self, both: Both) -> None:
        """A client of a newer version is told so in the same words here and there, not by an error in ant-tui."""
        refused = []
        for client in both:
            with pytest.raises(UsageError) as caught:
                await client.call("fly", schema.NoArguments())
            refused.append((caught.value.sentence, caught.value.exit_code))
        assert refused == [("There is no method 'fly'.", 2)] * 2

    async def test_listening(self, client: Client) -> None:
        """A listener hears of every event, in order, with its number, until it stops listening."""
        heard: list[Publication] = []
        stop = client.listen(heard.append)
        await client.call("submit", _submit("a", "b", "c"))
        await client.call("wait", schema.Wait(("a", "b", "c")))
        stop()
        stop()
        await client.call("pause", schema.NoArguments())
        events = [event for one in heard if isinstance(one, Recorded) for event in one.events]
        numbers = [number for number, _ in events]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        ended = [event for _, event in events if type(event).__name__ == "TaskEnded"]
        assert len(ended) == 3
        assert not any(type(event).__name__ == "QueuePaused" for _, event in events)

    async def test_gpus_are_known_from_the_beginning(self, client: Client) -> None:
        """The GPUs are part of the state before anything has happened."""
        assert [gpu.index for gpu in client.state.cluster.managed] == [0, 1]
        await client.call("gpus_disable", schema.GpuNames(("1",)))
        assert [gpu.index for gpu in client.state.cluster.free()] == [0]

    async def test_samples_come(self, client: Client, service: Service) -> None:
        """The latest sample and the history of samples are there for graphs."""
        came = asyncio.Event()
        client.listen(lambda publication: came.set())
        service.scheduler.gpus._sampler.sample_now()
        async with asyncio.timeout(PATIENCE_S):
            await came.wait()
        assert client.sample is not None
        uuid = client.sample.gpus[0].uuid
        assert client.history.series("power", uuid, 10, 1) == [client.sample.gpus[0].power_w]

    async def test_a_call_that_is_given_up(self, client: Client) -> None:
        """Who gives up a call can call again; what was asked for happens all the same."""
        async with asyncio.timeout(PATIENCE_S):
            submitting = asyncio.create_task(client.call("submit", _submit("a", hold=True)))
            await asyncio.sleep(0)
            submitting.cancel()
            while "a" not in client.state.ids:
                await client.call("ping", schema.NoArguments())
            waiting = asyncio.create_task(client.call("wait", schema.Wait(("a",))))
            await client.call("ping", schema.NoArguments())
            assert waiting.cancel()
            assert (await client.call("show", _these("a"))).tasks[0].id == "a"
