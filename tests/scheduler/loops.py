"""Commands that go on until they are ended, and the words that say how they are."""

from __future__ import annotations

from typing import Any

from ant_tui.core.task import TaskState
from ant_tui.executors import processes
from tests.scheduler.world import World

__all__ = ["LOOP", "STRAY", "STUBBORN", "is_alive", "running"]

LOOP = "echo on > $SAID; while :; do sleep 100; done"
"""Ends when it is asked to."""

STUBBORN = "trap '' TERM; echo on > $SAID; while :; do sleep 100; done"
"""Ends only when it is killed."""

STRAY = "setsid sh -c 'echo $$ > $SAID; exec sleep 100' & "
"""Starts a process that leaves the task's group, and says its pid."""


async def running(world: World, command: str, **fields: Any) -> int:
    """Run a command and wait until it says so."""
    number = await world.run(command, **fields)
    await world.said.next()
    await world.until_state(number, TaskState.RUNNING)
    return number


def is_alive(pid: int) -> bool:
    found = processes.stat_of(pid)
    return found is not None and found.alive
