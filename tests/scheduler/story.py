"""A scheduler that dies and the one that takes over, and what can be waited for and broken in between."""

from __future__ import annotations

import os
import select
from pathlib import Path
from typing import Any

from ant_tui.core import events as ev
from ant_tui.executors.local import LocalExecutor
from ant_tui.journal.journal import Journal
from tests.scheduler.child import Child
from tests.scheduler.world import World

__all__ = [
    "RAN",
    "Story",
    "append_to_journal",
    "damage_records",
    "recorded",
    "until_exit_is_on_disk",
    "until_gone",
    "until_recorded_as_running",
]

RAN = "echo ran >> ran; "
"""What a command begins with whose runs are counted (``Story.ran``)."""


class Story:
    """The scheduler that dies, and the world that takes over from it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.child: Child | None = None

    def begin(self, dies: str = "", **options: Any) -> None:
        """Start the scheduler that will die."""
        self.child = Child(self.world.place, dies=dies, **options)

    def _submission(self, command: str, fields: dict[str, Any]) -> dict[str, Any]:
        task = {"command": command, "workdir": str(self.world.place), "verbatim": True, **fields}
        return {"tasks": [task], "environment": self.world.environment()}

    def submit(self, command: str, **fields: Any) -> int:
        """Queue a task and wait for the answer; its number."""
        assert self.child is not None
        return int(self.child.ask("submit", **self._submission(command, fields))["tasks"][0]["number"])

    def submit_and_die(self, command: str, **fields: Any) -> None:
        """Queue a task by which the scheduler dies; the answer may or may not come."""
        assert self.child is not None
        self.child.say("submit", **self._submission(command, fields))
        self.child.died()

    def ask(self, method: str, **parameters: Any) -> Any:
        assert self.child is not None
        return self.child.ask(method, **parameters)

    def dies(self) -> None:
        """Kill the scheduler, or wait until it has killed itself."""
        assert self.child is not None
        self.child.kill()

    async def goes_on(self) -> World:
        """Let another scheduler take over."""
        return await self.world.open()

    def ran(self) -> str:
        """What the commands left behind: one line for each time that one ran."""
        path = self.world.place / "ran"
        return path.read_text() if path.exists() else ""


def until_exit_is_on_disk(world: World, number: int) -> float:
    """Wait for a wrapper that is just writing its status; when it did."""
    executor = LocalExecutor(world.options.jobs_dir, "whoever")
    directory = executor.directory(number, 1)
    with open(f"{directory.path}/started") as file:
        until_gone(int(file.read().split()[0]))
    status = directory.status()
    assert status is not None
    return status[1]


def until_gone(pid: int) -> None:
    """Wait for the end of a process that is not our child."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ready, _, _ = select.select([descriptor], [], [], 20)
    os.close(descriptor)
    assert ready, f"process {pid} does not end"


def until_recorded_as_running(story: Story, number: int) -> int:
    """Ask until the start is recorded; the leader's pid."""
    while (task := story.ask("show", tasks=[str(number)])["tasks"][0])["state"] != "running":
        pass
    story.ask("tag", tasks=[str(number)], label="seen")  # an answer to this means that all before it is on disk
    return int(task["pid"])


def recorded(world: World) -> list[Any]:
    """Every event that is on disk, by the journal itself."""
    return [event for _, event in world.scheduler.journal.records_since(0) or ()]


def append_to_journal(data: Path, *events: ev.RecordedEvent) -> None:
    journal, _ = Journal.open(data / "journal", on_durable=lambda _: None, on_failure=lambda _: None)
    journal.append(events)
    journal.close()


def damage_records(world: World, *types: str, keep: int = 0) -> None:
    """Make the records of some events unreadable, but for the first few of them."""
    (segment,) = Path(world.options.data_dir, "journal").glob("*.jsonl")
    lines = segment.read_bytes().splitlines(keepends=True)
    for place, line in enumerate(lines):
        if any(f'"{name}"'.encode() in line for name in types):
            if keep:
                keep -= 1
                continue
            lines[place] = line.replace(b'"at"', b'"xx"')
    segment.write_bytes(b"".join(lines))
