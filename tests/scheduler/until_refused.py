"""A scheduler in a process of its own that accepts tasks until its disk refuses; told as ``word=value`` lines."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, os.getcwd())

from ant_tui.api.schema import Submission, Submit
from ant_tui.api.service import Service
from ant_tui.core.task import TaskState
from ant_tui.errors import JournalUnavailable
from tests.scheduler.world import options_for


async def main(data: Path) -> None:
    options = options_for(data.parent)
    service = Service(options)
    await service.open()

    async def submit(command: str, *, hold: bool = False) -> int:
        task = Submission(command, str(data.parent), verbatim=True, hold=hold)
        return int((await service.dispatcher.call("submit", Submit((task,)))).tasks[0].number)

    go = data.parent / "go"
    os.mkfifo(go)
    number = await submit(f"read x < {go}")
    while service.scheduler.state.tasks[number].state is not TaskState.RUNNING:  # else no room may be left to start it
        await asyncio.sleep(0.01)
    accepted = 0
    try:
        while True:
            await submit("true #" + "x" * 20_000, hold=True)
            accepted += 1
    except JournalUnavailable as error:
        print(f"accepted={accepted}\nrefused={error.sentence}")
    go.write_text("on\n")
    task = service.scheduler.state.tasks[number]
    while task.ended_at is None:
        await asyncio.sleep(0.01)
        task = service.scheduler.state.tasks[number]
    print(f"running={task.state} {task.attempts[0].exit_code}")
    await service.close(kill=True, reason="over")


asyncio.run(main(Path(sys.argv[1])))
