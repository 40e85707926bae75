"""Where the scheduler of a screen lives, and what becomes of it when the screen is left."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from ant_tui.api.schema import NoArguments, Stop, Submission, Submit
from ant_tui.client import background
from ant_tui.client.connection import address_of
from ant_tui.client.interface import Client
from ant_tui.client.remote import RemoteClient
from ant_tui.core.task import TaskState
from ant_tui.errors import AntError, OtherSchedulerRunning
from ant_tui.journal.lock import DataDirectoryLock
from ant_tui.paths import runtime_directory
from ant_tui.ui.leaving import Leaving
from ant_tui.ui.session import Session
from tests.api.running import PATIENCE_S, options_for, running


def session_on(data: Path) -> Session:
    return Session(options_for(data), partial(background.start, str(data), simulate_gpus=2))


async def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def start(client: Client, command: str = "sleep 1000") -> int:
    """Queue a task and wait until it runs."""
    made = await client.call("submit", Submit((Submission(command=command, workdir="/"),)))
    number: int = made.tasks[0].number
    await until(lambda: client.state.tasks.get(number) and client.state.tasks[number].state is TaskState.RUNNING)
    return number


@asynccontextmanager
async def cleared(data: Path) -> AsyncIterator[None]:
    """Whatever is left running on a data directory afterwards is ended."""
    try:
        yield
    finally:
        async with running(data):
            pass


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


async def test_the_scheduler_lives_in_this_process(tmp_path: Path) -> None:
    """Where no scheduler runs, one is started here and speaks to the screen without a socket."""
    session = session_on(tmp_path)
    client = await session.open()
    assert client.here
    assert client.place.pid == os.getpid()
    await session.close(Leaving.LEAVE, lambda sentence: None)


async def test_a_second_screen_attaches_and_sees_the_same(tmp_path: Path) -> None:
    """Where a scheduler runs already, the screen shows that one, live, and leaves it running."""
    async with running(tmp_path) as service:
        session = session_on(tmp_path)
        client = await session.open()
        assert not client.here
        number = await start(client)
        assert service.scheduler.state.tasks[number].state is TaskState.RUNNING
        await service.dispatcher.call("pause", NoArguments())
        await until(lambda: client.state.paused)
        said: list[str] = []
        await session.close(Leaving.KILL, said.append)
        assert "goes on" in said[0]
        assert service.scheduler.state.tasks[number].state is TaskState.RUNNING


async def test_a_scheduler_with_other_gpus_is_not_attached_to(tmp_path: Path) -> None:
    """Who names GPUs is not shown others, on which tasks would start; the same ones are attached to in silence."""
    async with running(tmp_path, only_gpus=("1",)) as service:
        for only, simulated in ((("0",), 2), ((), 5), (("0", "1"), None)):
            options = options_for(tmp_path, only_gpus=only, simulate_gpus=simulated)
            with pytest.raises(OtherSchedulerRunning, match=r"manages GPU 1 \(simulated\), not "):
                await Session(options, int).open()
        session = Session(options_for(tmp_path, only_gpus=("1",)), int)
        assert not (await session.open()).here
        await session.close(Leaving.DETACH, lambda sentence: None)
        assert not service.ended.is_set()


async def test_leaving_a_scheduler_that_was_stopped_meanwhile(tmp_path: Path) -> None:
    """An attached screen whose scheduler was stopped elsewhere does not say that it goes on; its tasks do."""
    async with cleared(tmp_path), running(tmp_path) as service:
        session = session_on(tmp_path)
        client = await session.open()
        await start(client)
        await client.call("stop", Stop(tasks="leave"))
        await service.ended.wait()
        await until(lambda: client.trouble)
        said: list[str] = []
        await session.close(Leaving.DETACH, said.append)
        assert said == ["The scheduler was stopped; 1 task goes on; the next ant-tui takes over."]


async def test_leaving_a_scheduler_that_fell_silent(tmp_path: Path) -> None:
    """Where nobody knows what became of the scheduler, nothing is claimed."""
    async with running(tmp_path) as service:
        session = session_on(tmp_path)
        client = await session.open()
        assert service._socket is not None
        await service._socket.close()
        await until(lambda: client.trouble)
        said: list[str] = []
        await session.close(Leaving.DETACH, said.append)
        assert len(said) == 1
        assert "did not answer at the end" in said[0]
        assert "goes on" not in said[0]


async def test_a_scheduler_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that somebody holds without listening is told after a while, not waited for without end."""
    monkeypatch.setattr("ant_tui.ui.session._PATIENCE_S", 0.2)
    options_for(tmp_path)
    lock = DataDirectoryLock.acquire(tmp_path, Path(runtime_directory()))
    try:
        with pytest.raises(OtherSchedulerRunning, match=str(os.getpid())):
            await session_on(tmp_path).open()
    finally:
        lock.release()


async def test_leaving_the_tasks(tmp_path: Path) -> None:
    """The scheduler ends, the task goes on, and the next one takes it over."""
    async with cleared(tmp_path):
        session = session_on(tmp_path)
        client = await session.open()
        number = await start(client)
        attempt = client.state.tasks[number].attempt
        assert attempt is not None
        said: list[str] = []
        await session.close(Leaving.LEAVE, said.append)
        assert said == ["The scheduler has ended; 1 task goes on; the next ant-tui takes over."]
        assert alive(attempt.pid)
        async with running(tmp_path) as service:
            assert service.scheduler.state.tasks[number].state is TaskState.RUNNING
        assert not alive(attempt.pid)


async def test_ending_everything(tmp_path: Path) -> None:
    """The tasks are ended before the scheduler is, and the person is told what is waited for."""
    session = session_on(tmp_path)
    client = await session.open()
    number = await start(client)
    attempt = client.state.tasks[number].attempt
    assert attempt is not None
    said: list[str] = []
    await session.close(Leaving.KILL, said.append)
    assert said == ["Ending 1 task: TERM, and KILL after 2 s."]
    assert not alive(attempt.pid)


async def test_going_on_in_the_background(tmp_path: Path) -> None:
    """The hand-over touches no task: another process takes the running one over and starts the queued one."""
    session = session_on(tmp_path)
    client = await session.open()
    number = await start(client)
    attempt = client.state.tasks[number].attempt
    assert attempt is not None
    said: list[str] = []
    await session.close(Leaving.BACKGROUND, said.append)
    remote = session_on(tmp_path)
    other = await remote.open()
    assert isinstance(other, RemoteClient)
    try:
        assert other.place.pid != os.getpid()
        assert str(other.place.pid) in said[0]
        task = other.state.tasks[number]
        assert task.state is TaskState.RUNNING
        assert task.attempt is not None
        assert task.attempt.pid == attempt.pid
        assert len(other.state.cluster.managed) == 2
    finally:
        await other.call("stop", Stop(tasks="kill"))
        await until(lambda: not alive(other.place.pid))
        await remote.close(Leaving.DETACH, lambda sentence: None)
    assert not alive(attempt.pid)


async def test_a_hand_over_that_fails_is_told_with_the_way_out(tmp_path: Path) -> None:
    """Where the background scheduler cannot begin, the sentence says why and what to type."""
    options = options_for(tmp_path)
    session = Session(options, partial(background.start, str(tmp_path), str(tmp_path / "none.toml"), simulate_gpus=2))
    await session.open()
    with pytest.raises(AntError, match="ant-tui --no-ui --daemon --data-dir") as failure:
        await session.close(Leaving.BACKGROUND, lambda sentence: None)
    assert "none.toml" in failure.value.sentence


async def test_whoever_stops_it_while_the_screen_is_left_has_the_last_word(tmp_path: Path) -> None:
    """A stop that comes just before the hand-over is not undone by a scheduler in the background."""
    session = session_on(tmp_path)
    client = await session.open()
    await client.call("stop", Stop(tasks="leave"))
    said: list[str] = []
    await session.close(Leaving.BACKGROUND, said.append)
    assert said == ["The scheduler was stopped."]
    assert address_of(str(tmp_path)) is None


async def test_a_scheduler_that_was_stopped_from_outside_is_not_stopped_again(tmp_path: Path) -> None:
    """``ant-tui stop`` ends the scheduler under the screen; leaving then only says so."""
    session = session_on(tmp_path)
    client = await session.open()
    waiting = asyncio.create_task(session.ended())
    other = RemoteClient(session._find_socket)
    await other.open()
    await other.call("stop", Stop(tasks="leave"))
    async with asyncio.timeout(PATIENCE_S):
        await waiting
    await other.close()
    said: list[str] = []
    await session.close(Leaving.BACKGROUND, said.append)
    assert said == ["The scheduler was stopped."]
    assert client.here
