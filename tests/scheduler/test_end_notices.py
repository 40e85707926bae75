"""Every end is told once, however it came about, and nobody waits for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ant_tui.notify.notifier import NotifyOptions
from ant_tui.scheduler import end_notices
from tests.scheduler.world import Fifo, World

MakeWorld = Callable[..., World]
ALL = frozenset({"completed", "failed", "cancelled", "timeout", "out_of_memory", "lost"})


def telling(place: Path, command: str, states: frozenset[str] = ALL) -> dict[str, object]:
    """Options by which a command is run; it may say something into the FIFO ``told``."""
    return {"notify": NotifyOptions(states, command.format(told=place / "told"), "", str(place / "notify.log"))}


SAY = 'echo "$ANT_TUI_COUNT $ANT_TUI_TASK_NUMBER $ANT_TUI_TASK_STATE" > "{told}"'


async def test_ends_of_every_kind_are_told_once(make_world: MakeWorld, tmp_path: Path) -> None:
    """Row 218: success, failure, what could not start, what was cancelled while it waited and while it ran."""
    told = Fifo(tmp_path / "told")
    world = await make_world(**telling(tmp_path, SAY)).open()

    await world.run("true")
    assert await told.next() == "1 1 completed"
    await world.run("exit 3", gpus=1)
    assert await told.next() == "1 2 failed"
    waiting = await world.run("true", hold=True)
    await world.do("cancel", waiting)
    assert await told.next() == "1 3 cancelled"
    running = await world.run('echo up >"$SAID"; exec sleep 1000')
    await world.said.next()
    await world.do("cancel", running)
    assert await told.next() == "1 4 cancelled"
    last = await world.run("true")
    assert await told.next() == f"1 {last} completed"  # and nothing was told twice in between
    told.close()


async def test_what_could_not_be_started_is_told(make_world: MakeWorld, tmp_path: Path) -> None:
    """Row 213: an end without a process is an end."""
    told = Fifo(tmp_path / "told")
    world = await make_world(**telling(tmp_path, SAY), shell="/no/such/shell").open()
    number = await world.run("true")
    assert "could not be started" in (await world.end_of(number)).detail
    assert await told.next() == f"1 {number} failed"
    told.close()


async def test_only_the_ends_that_are_asked_for(make_world: MakeWorld, tmp_path: Path) -> None:
    """``notify.states``: a success is not told where only failures are."""
    told = Fifo(tmp_path / "told")
    world = await make_world(**telling(tmp_path, SAY, frozenset({"failed"}))).open()
    await world.end_of(await world.run("true"))
    await world.end_of(await world.run("false"))
    assert await told.next() == "1 2 failed"
    told.close()


async def test_an_end_that_nobody_saw_is_told_by_the_next_scheduler(make_world: MakeWorld, tmp_path: Path) -> None:
    """A task that ends while no scheduler runs is told when one is back."""
    told = Fifo(tmp_path / "told")
    world = await make_world(**telling(tmp_path, SAY)).open()
    number = await world.run('echo up >"$SAID"; read x <"$GO"; exit 5')
    await world.said.next()
    await world.close()
    pid = world.task(number).attempts[-1].pid
    world.go.say()
    descriptor = os.pidfd_open(pid)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    await ended.wait()
    loop.remove_reader(descriptor)
    os.close(descriptor)
    await world.open()
    assert await told.next() == f"1 {number} failed"
    told.close()


async def test_a_thousand_ends_are_few_commands(make_world: MakeWorld, tmp_path: Path) -> None:
    """A burst while a command is slow: no more than one runs at a time, and all are told of in a few notices."""
    told, go = Fifo(tmp_path / "told"), Fifo(tmp_path / "tell")
    slow = 'echo "$ANT_TUI_COUNT" > "{told}"; ' + f'read x < "{go.path}"'
    world = await make_world(**telling(tmp_path, slow)).open()
    first = await world.run("false")
    assert await told.next() == "1"
    await world.end_of(first)
    numbers = await world.submit(*["true"] * 1000, hold=True)
    await world.do("cancel", *numbers)
    assert (await world.end_of(await world.run("exit 7"))).exit_code == 7  # the scheduler is not held up
    go.say()
    count, heard = 1, 1
    while count < 1002:
        count += int(await told.next())
        heard += 1
        go.say()
    assert (count, heard <= 12) == (1002, True)
    await world.close()  # which waits for the last command to hear that it may go on
    told.close()
    go.close()


async def test_a_command_that_hangs_does_not_hold_up_the_end(
    make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheduler ends although a command runs; the command goes on by itself."""
    monkeypatch.setattr(end_notices, "_PATIENCE_S", 0.05)
    told, go = Fifo(tmp_path / "told"), Fifo(tmp_path / "tell")
    slow = 'echo begun > "{told}"; ' + f'read x < "{go.path}"; echo done > "{{told}}"'
    world = await make_world(**telling(tmp_path, slow)).open()
    await world.end_of(await world.run("false"))
    assert await told.next() == "begun"
    await world.close()
    go.say()
    assert await told.next() == "done"
    told.close()
    go.close()


async def test_the_command_finds_the_log_and_the_scheduler(make_world: MakeWorld, tmp_path: Path) -> None:
    """What it is given is enough to read the output and to ask the right scheduler."""
    told = Fifo(tmp_path / "told")
    command = 'cat "$ANT_TUI_TASK_LOG" > "{told}"; echo "$ANT_TUI_DATA_DIR $ANT_TUI_MACHINE" > "{told}"'
    world = await make_world(**telling(tmp_path, command)).open()
    await world.run("echo the last words; false")
    assert await told.next() == "the last words"
    assert await told.next() == f"{world.options.data_dir} here"
    told.close()


async def test_environment_of_a_task_does_not_reach_the_command(make_world: MakeWorld, tmp_path: Path) -> None:
    """The command has the scheduler's environment: a task's secrets are not handed on, nor is it taken for a task."""
    told = Fifo(tmp_path / "told")
    world = await make_world(**telling(tmp_path, 'env | grep -c "s3cret\\|^ANT_TUI_TASK=" > "{told}"')).open()
    number = await world.run("false", variables={"API_KEY": "s3cret"})
    await world.end_of(number)
    assert await told.next() == "0"
    told.close()
