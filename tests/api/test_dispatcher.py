"""The table of methods, and what it promises to whoever asks and goes away."""

from __future__ import annotations

import asyncio

import pytest

from ant_tui.api import schema
from ant_tui.api.dispatcher import METHODS, UnknownMethod, decode
from ant_tui.api.service import Service
from ant_tui.core.task import TaskState
from ant_tui.errors import UsageError
from tests.api.running import PATIENCE_S, Wire, request


def _submit(name: str, **fields: object) -> schema.Submit:
    return schema.Submit((schema.Submission("true", "/", id=name, **fields),))  # type: ignore[arg-type]


async def test_giving_up_an_answer_does_not_undo_the_change(service: Service) -> None:
    """A caller that is cancelled disturbs neither its own change nor the others that go to disk together with it."""
    call = service.dispatcher.call
    given_up = asyncio.create_task(call("submit", _submit("mine")))
    other = asyncio.create_task(call("submit", _submit("yours")))
    while not service.scheduler.state.tasks:
        await asyncio.sleep(0)
    given_up.cancel()
    async with asyncio.timeout(PATIENCE_S):
        assert (await other).tasks[0].id == "yours"
        with pytest.raises(asyncio.CancelledError):
            await given_up
        ended = await call("wait", schema.Wait(("mine", "yours")))
    assert [task.state for task in ended.tasks] == [TaskState.COMPLETED] * 2


async def test_what_was_begun_is_brought_to_its_end(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb that records first and acts then does both, also when its caller goes away in between."""
    recorded, acted = asyncio.Event(), asyncio.Event()

    async def verb(scheduler: object, request: object) -> None:
        await recorded.wait()
        acted.set()

    monkeypatch.setitem(METHODS, "pause", (schema.NoArguments, verb))
    given_up = asyncio.create_task(service.dispatcher.call("pause", schema.NoArguments()))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    recorded.set()
    async with asyncio.timeout(PATIENCE_S):
        await acted.wait()


async def test_waiting_ends_with_whoever_waits(service: Service) -> None:
    """A ``wait`` that is given up leaves nobody listening."""
    listeners = service.scheduler.publisher._subscribers
    before = len(listeners)
    await service.dispatcher.call("submit", _submit("held", hold=True))
    waiting = asyncio.create_task(service.dispatcher.call("wait", schema.Wait(("held",))))
    while len(listeners) == before:
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(listeners) == before


async def test_requests_take_effect_in_their_order(wire: Wire) -> None:
    """What is asked for in one packet happens in its order, whether it changes something or only reads."""
    lines = [request("pause", 1), request("queue", 2), request("unpause", 3), request("queue", 4)]
    await wire.send(b"".join(lines))
    answers = {answer["id"]: answer["result"] for answer in [await wire.line() for _ in lines]}
    assert [answers[number]["paused"] for number in (1, 2, 3, 4)] == [True, True, False, False]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_refuses_what_it_does_not_know(method: str) -> None:
    """A field that a method does not have is refused by every one of them."""
    with pytest.raises(UsageError, match=f"The parameters of '{method}' do not fit"):
        decode(method, b'{"no such field":1}')


def test_an_unknown_method_is_a_usage_error() -> None:
    """A method that does not exist is an error of the same kind as any other wrong request."""
    with pytest.raises(UnknownMethod) as refused:
        decode("fly", b"{}")
    assert (refused.value.kind, refused.value.exit_code) == ("usage", 2)


@pytest.mark.parametrize("text", [b"{", b"[" * 100_000, b'"\xff"', b'{"tasks":["\\ud800"]}', b"null"])
def test_parameters_that_cannot_be_read(text: bytes) -> None:
    """Whatever stands where parameters should, the error is one for the user."""
    with pytest.raises(UsageError, match="The parameters of 'show' do not fit"):
        decode("show", text)


async def test_whose_processes_are_ignored(service: Service) -> None:
    """Processes by number and users by name, from then on; what can be neither is refused, and nothing is changed."""
    watch = service.scheduler.gpus.external
    await service.dispatcher.call("gpus_ignore", schema.Strangers((31337,), ("alice",)))
    for name in ("-5", "", "a b", "a:b", "x\0"):
        with pytest.raises(UsageError, match="is neither a process number nor a user name"):
            await service.dispatcher.call("gpus_ignore", schema.Strangers((1,), (name,)))
    assert (watch.ignored_pids, watch.ignored_users) == (frozenset({31337}), frozenset({"alice"}))
    await service.dispatcher.call("gpus_unignore", schema.Strangers((31337,), ("alice",)))
    assert not watch.ignored_pids | watch.ignored_users
