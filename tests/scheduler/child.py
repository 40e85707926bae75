"""A scheduler in a process of its own, to be killed with -9 at a chosen point.

The parent's half is ``Child``; run as a program, this file is the child: it opens a real ``Service`` and answers each
line of JSON (method and parameters, as over the control socket) with one line of JSON. Where it is to die by itself, a
method is replaced by one that sends KILL to its own process before or after its call.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0

__all__ = ["Child"]


class Child:
    """The parent's half."""

    def __init__(self, place: Path, *, dies: str = "", env: dict[str, str] | None = None, **options: Any) -> None:
        """Start a scheduler and wait until it is up.

        Args:
            place: where its data directory is or goes, as for ``World``.
            dies: ``before`` or ``after``, a module, and a method in it, with blanks between: the first call kills it.
            env: further variables.
            options: changes to the scheduler's options, as JSON.
        """
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.scheduler.child", str(place), dies, json.dumps(options)],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._line() == {"ready": True}

    def ask(self, method: str, **parameters: Any) -> Any:
        """Ask for something and wait for the answer."""
        self.say(method, **parameters)
        return self._line()

    def say(self, method: str, **parameters: Any) -> None:
        """Ask for something and do not wait."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([method, parameters]).encode() + b"\n")
        self.process.stdin.flush()

    def _line(self) -> Any:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE_S)
        assert ready, "the scheduler's process says nothing"
        line = self.process.stdout.readline()
        assert line, "the scheduler's process has ended"
        return json.loads(line)

    def kill(self) -> None:
        """Kill it, if it has not done so itself, and wait until it is gone."""
        self.process.kill()
        self.died()

    def died(self) -> None:
        """Wait until it has been killed."""
        assert self.process.wait(PATIENCE_S) == -signal.SIGKILL
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


# -- the child's half ------------------------------------------------------------------------------------------


def _die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(dies: str) -> None:
    """Replace a method by one that is deadly."""
    when, module, name = dies.split()
    owner: Any = importlib.import_module(module)
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    real = getattr(owner, last)

    def deadly(*arguments: Any, **more: Any) -> None:
        if when == "after":
            real(*arguments, **more)
        _die()

    setattr(owner, last, deadly)


async def _serve(place: Path, dies: str, changes: dict[str, Any]) -> None:
    import msgspec

    from ant_tui.api.service import Service
    from ant_tui.errors import AntError
    from tests.scheduler.world import options_for

    service = Service(options_for(place, **changes))
    await service.open()
    if dies:
        _arm(dies)

    def tell(answer: Any) -> None:
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()

    tell({"ready": True})
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        method, parameters = msgspec.json.decode(line)
        try:
            tell(await service.dispatcher.call_raw(method, msgspec.json.encode(parameters)))
        except AntError as error:
            tell({"error": error.sentence})
    await service.close(kill=False, reason="nobody asks any more")


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])))
