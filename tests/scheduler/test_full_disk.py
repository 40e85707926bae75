"""A full disk, from end to end: running tasks go on, requests are refused with the reason, and work resumes."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ant_tui.api.schema import Queue
from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.errors import JournalUnavailable
from ant_tui.executors.job_directory import JobDirectory
from ant_tui.journal import files
from tests.scheduler.world import World

MakeWorld = Callable[..., World]


class Disk:
    """The file system under journal and job directories, which a test fills and empties."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        real_write, real_create = files.write, JobDirectory.create

        def write(descriptor: int, data: Any, offset: int) -> int:
            self._check()
            return real_write(descriptor, data, offset)

        def create(directory: JobDirectory, *arguments: Any) -> None:
            self._check()
            real_create(directory, *arguments)

        monkeypatch.setattr(files, "write", write)
        monkeypatch.setattr(JobDirectory, "create", create)

    def _check(self) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


async def trouble(world: World) -> None:
    """Run into the full disk; wait until the scheduler knows."""
    with pytest.raises(JournalUnavailable):
        await world.run("touch never")
    await world.until(lambda: world.scheduler.trouble)


async def test_submissions_are_refused_with_the_reason(world: World, disk: Disk) -> None:
    """Nothing is queued that is not on disk, and the sentence names the place and the cause."""
    await world.end_of(await world.run("true"))
    disk.full = True
    with pytest.raises(JournalUnavailable, match="No space left on device") as caught:
        await world.run("touch never", id="again")
    assert world.options.data_dir in caught.value.sentence
    with pytest.raises(JournalUnavailable):
        await world.run("touch never", id="again")
    told = await world.ask("queue", Queue())
    assert "No space left on device" in told.trouble
    assert world.queue() == []
    disk.full = False
    await world.until(lambda: not world.scheduler.trouble)
    assert await world.run("true", id="again") == 2
    assert (await world.end_of("again")).state == "completed"
    assert not (world.place / "never").exists()


async def test_running_tasks_go_on_and_their_ends_are_kept(world: World, disk: Disk) -> None:
    """What ends while nothing can be written is known at once, and on disk when there is room (row 144)."""
    first, second = await world.submit("echo on > $SAID; read x < $GO; exit 3", "echo on > $SAID; read x < $GO", gpus=1)
    await world.said.next()
    await world.said.next()
    await world.until(lambda: world.states([first, second]) == ["running"] * 2)
    disk.full = True
    await trouble(world)
    world.go.say()
    await world.until(lambda: TaskState.RUNNING not in (world.state(first), world.state(second)) or _one_ended(world))
    over, going = (first, second) if world.task(first).ended_at else (second, first)
    assert world.state(going) is TaskState.RUNNING
    assert len(world.scheduler.state.cluster.free()) == 3
    disk.full = False
    await world.until(lambda: not world.scheduler.trouble)
    world.go.say()
    await world.end_of(going)
    codes = {number: world.task(number).attempts[0].exit_code for number in (first, second)}
    assert codes == {first: 3, second: 0}
    await world.until(lambda: sum(isinstance(event, ev.TaskEnded) for event in world.events) == 2)
    await world.close()
    await world.open()
    assert {number: world.task(number).attempts[0].exit_code for number in (first, second)} == codes
    assert world.scheduler.notes == ()
    assert over != going


def _one_ended(world: World) -> bool:
    return any(task.ended_at is not None for task in world.scheduler.state.tasks.values())


async def test_waiting_tasks_start_when_there_is_room(world: World, disk: Disk) -> None:
    """Scheduling resumes by itself; nothing runs twice."""
    holder = await world.run("echo on > $SAID; read x < $GO", gpus=4)
    await world.said.next()
    waiting = await world.run("echo ran >> ran", gpus=4)
    disk.full = True
    await trouble(world)
    world.go.say()
    await world.until(lambda: world.task(holder).ended_at)
    assert world.state(waiting) is TaskState.QUEUED
    disk.full = False
    assert (await world.end_of(waiting)).state == "completed"
    assert (world.place / "ran").read_text() == "ran\n"


@pytest.mark.parametrize("verb", ["hold", "cancel", "suspend", "retry", "forget"])
async def test_every_request_is_refused(world: World, disk: Disk, verb: str) -> None:
    """And none of them has an effect: a cancelled task that cannot be recorded as such goes on."""
    done = await world.run("true")
    await world.end_of(done)
    running = await world.run("echo on > $SAID; read x < $GO; exit 6")
    await world.said.next()
    await world.until_state(running, TaskState.RUNNING)
    await world.pause()
    waiting = await world.run("true")
    disk.full = True
    await trouble(world)
    task = {"hold": waiting, "cancel": running, "suspend": running}.get(verb, done)
    with pytest.raises(JournalUnavailable):
        await world.do(verb, task)
    assert world.states([done, running, waiting]) == ["completed", "running", "queued"]
    disk.full = False
    await world.until(lambda: not world.scheduler.trouble)
    world.go.say()
    assert (await world.end_of(running)).exit_code == 6


async def test_the_scheduler_dies_and_starts_on_a_full_disk(world: World, disk: Disk) -> None:
    """It comes up, takes over what runs, says what is wrong, and records everything when there is room."""
    number = await world.run("echo on > $SAID; read x < $GO; exit 4", gpus=2)
    await world.said.next()
    await world.until_state(number, TaskState.RUNNING)
    disk.full = True
    await trouble(world)
    await world.close()
    await world.open()
    assert world.state(number) is TaskState.RUNNING
    assert "No space left" in world.scheduler.trouble
    world.go.say()
    await world.until(lambda: world.task(number).ended_at)
    disk.full = False
    await world.until(lambda: not world.scheduler.trouble)
    await world.close()
    await world.open()
    assert (world.state(number), world.task(number).attempts[0].exit_code) == (TaskState.FAILED, 4)


def test_for_real_with_a_limit_on_files(tmp_path: Path, nothing_left: str, runtime: Path) -> None:
    """No stand-in: the kernel keeps the journal from growing. Submissions are refused, and all else goes on."""
    limit = 200_000

    def no_large_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    script = Path(__file__).with_name("until_refused.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "data")],
        preexec_fn=no_large_files,
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
        text=True,
    )
    words = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert int(words["accepted"]) > 3
    assert "File too large" in words["refused"]
    assert words["running"] == "completed 0"
