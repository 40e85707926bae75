"""A child process that runs the monitor over the driver library that its environment names.

The driver library is loaded into a process once and for all, so what needs another one needs another process. The
parent's half is ``Child``; run as a program, this file is the child. It answers each line of JSON on its standard input
with one on its standard output.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0

INTERVAL_S = 0.05
DEADLINE_S = 0.25


class Child:
    """The parent's half: asks a child and reads its answers."""

    def __init__(self, env: dict[str, str], what: str) -> None:
        """Start a child.

        Args:
            env: additional variables.
            what: "provider" (answers questions) or "sampler" (tells each sample).
        """
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.monitor.child", what],
            cwd=ROOT,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def tell(self, *question: Any) -> None:
        """Send a question."""
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(question).decode() + "\n")
        self.process.stdin.flush()

    def ask(self, *question: Any) -> Any:
        """Send a question and return the answer to it."""
        self.tell(*question)
        return self.answer()

    def answer(self) -> Any:
        """The next line that the child says."""
        line = self._lines.get(timeout=PATIENCE_S)
        assert line, f"the child has ended with {self.process.wait()}"
        return msgspec.json.decode(line)

    def until(self, wanted: Callable[[Any], bool]) -> Any:
        """The next line for which ``wanted`` is true."""
        while not wanted(answer := self.answer()):
            continue
        return answer

    def kill(self) -> None:
        """End it, if it has not ended by itself."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


def _say(value: Any) -> None:
    # Past ``sys.stdout``: a daemon thread that holds its lock while the interpreter exits makes that abort.
    os.write(1, msgspec.json.encode(value) + b"\n")


def _provider() -> None:
    """Answers ``[method, argument…]`` with what that method of the provider returns, and "driver" with its words."""
    from ant_tui.monitor.nvml import NvmlGpus

    gpus = NvmlGpus()
    for line in sys.stdin:
        method, *arguments = msgspec.json.decode(line)
        _say([gpus.driver, gpus.driver_error] if method == "driver" else getattr(gpus, method)(*arguments))


def _sampler() -> None:
    """Says each sample; asked "processes" with UUIDs, says who is on them; returns when its input ends."""
    from ant_tui.monitor.nvml import NvmlGpus
    from ant_tui.monitor.sampler import Sampler

    sampler = Sampler(NvmlGpus, INTERVAL_S, DEADLINE_S, _say, retry_s=INTERVAL_S)
    sampler.start()
    for line in sys.stdin:
        _, *uuids = msgspec.json.decode(line)
        sampler.processes(uuids, lambda lists: _say({"lists": lists}))


if __name__ == "__main__":
    {"provider": _provider, "sampler": _sampler}[sys.argv[1]]()
