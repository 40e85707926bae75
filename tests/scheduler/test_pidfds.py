"""Hearing of the ends of processes, with real ones."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from ant_tui.scheduler.pidfds import Pidfds

PATIENCE_S = 20


@pytest_asyncio.fixture
async def pidfds() -> AsyncIterator[Pidfds]:
    made = Pidfds()
    yield made
    made.close()


def waiting() -> subprocess.Popen[bytes]:
    """A process that ends when its input is closed."""
    return subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE)


def end(process: subprocess.Popen[bytes]) -> None:
    """See a process end, so that its pidfd can be read; it is still to be waited for."""
    assert process.stdin is not None
    process.stdin.close()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


async def turn() -> None:
    """Let the loop look at its descriptors once."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_each_end_is_told_once_it_came(pidfds: Pidfds) -> None:
    """Nothing is told of a process that lives, and all that ended together are told in one turn."""
    processes = [waiting() for _ in range(5)]
    told: list[int] = []
    watched = [pidfds.watch(process.pid, partial(told.append, which)) for which, process in enumerate(processes)]
    await turn()
    assert told == []
    for process in processes[1:]:
        end(process)
    await turn()
    assert sorted(set(told)) == [1, 2, 3, 4]
    for descriptor in watched[1:]:
        pidfds.drop(descriptor)
    told.clear()
    await turn()
    assert told == []
    end(processes[0])
    await turn()
    assert set(told) == {0}
    pidfds.drop(watched[0])
    for process in processes:
        process.wait(PATIENCE_S)


async def test_one_that_was_dropped_in_between_is_not_told(pidfds: Pidfds) -> None:
    """Whoever is called first may drop the others, although they have ended as well."""
    processes = [waiting() for _ in range(3)]
    told: list[int] = []
    watched: list[int] = []

    def drop_all(which: int) -> None:
        told.append(which)
        for descriptor in watched:
            pidfds.drop(descriptor)

    watched += [pidfds.watch(process.pid, partial(drop_all, which)) for which, process in enumerate(processes)]
    for process in processes:
        end(process)
    await turn()
    assert len(told) == 1
    for process in processes:
        process.wait(PATIENCE_S)


async def test_a_number_that_is_used_anew_is_not_taken_for_the_old_one(pidfds: Pidfds) -> None:
    """What is watched while ends are told is not told of an end that came before."""
    processes = [waiting() for _ in range(2)]
    living = waiting()
    told: list[str] = []
    watched: list[int] = []

    def replace(which: str) -> None:
        told.append(which)
        if len(told) == 1:
            for descriptor in watched:
                pidfds.drop(descriptor)
            watched[:] = [pidfds.watch(living.pid, partial(told.append, "living")) for _ in range(20)]

    watched += [
        pidfds.watch(process.pid, partial(replace, which)) for which, process in zip("ab", processes, strict=True)
    ]
    numbers = set(watched)
    for process in processes:
        end(process)
    await turn()
    assert (len(told), numbers - set(watched)) == (1, set())
    for descriptor in watched:
        pidfds.drop(descriptor)
    end(living)
    for process in (*processes, living):
        process.wait(PATIENCE_S)


async def test_after_closing_nothing_can_be_watched(pidfds: Pidfds) -> None:
    """It is an error of the system's kind, for which whoever watches is prepared."""
    process = waiting()
    pidfds.close()
    with pytest.raises(OSError, match="nothing is watched"):
        pidfds.watch(process.pid, lambda: None)
    end(process)
    process.wait(PATIENCE_S)


async def test_an_error_in_one_call_leaves_the_others(pidfds: Pidfds, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = waiting(), waiting()
    told = asyncio.Event()

    def fail() -> None:
        raise RuntimeError("odd")

    watched = [pidfds.watch(bad.pid, fail), pidfds.watch(good.pid, told.set)]
    end(bad)
    end(good)
    await asyncio.wait_for(told.wait(), PATIENCE_S)
    for descriptor in watched:
        pidfds.drop(descriptor)
    assert "odd" in caplog.text
    bad.wait(PATIENCE_S)
    good.wait(PATIENCE_S)


async def test_a_process_that_is_gone_cannot_be_watched(pidfds: Pidfds) -> None:
    gone = waiting()
    end(gone)
    gone.wait(PATIENCE_S)
    with pytest.raises(ProcessLookupError):
        pidfds.watch(gone.pid, lambda: None)


async def test_nothing_is_left_open(pidfds: Pidfds) -> None:
    """Neither by dropping after the end of all, nor by closing twice."""
    process = waiting()
    before = set(os.listdir("/proc/self/fd"))
    descriptor = pidfds.watch(process.pid, lambda: None)
    pidfds.close()
    pidfds.close()
    pidfds.drop(descriptor)
    assert len(set(os.listdir("/proc/self/fd")) - before) == 0
    end(process)
    process.wait(PATIENCE_S)
