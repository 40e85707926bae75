"""A work bench for the tests of the executors: starts attempts with real processes, and waits for events only."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from ant_tui.core.resources import GpuRef
from ant_tui.executors import wrapper
from ant_tui.executors.job_directory import Job, JobDirectory
from ant_tui.executors.local import LocalExecutor, Started

__all__ = ["PATIENCE_S", "REGROUP", "Bench", "Words"]

PATIENCE_S = 20.0

REGROUP = """\
import os, sys
os.setpgid(0, 0)
with open(sys.argv[1], "w") as said:
    said.write(f"{os.getpid()}\\n")
os.execvp(sys.argv[2], sys.argv[2:])
"""
"""A Python program: takes a process group of its own, says its pid in a FIFO, and becomes another program."""


class Words:
    """A FIFO through which processes tell a test something, one line a word; writers never wait for a reader."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._text = b""

    def next(self) -> str:
        """Wait for the next line."""
        while b"\n" not in self._text:
            ready, _, _ = select.select([self._descriptor], [], [], PATIENCE_S)
            assert ready, f"nobody said anything in {self.path.name}"
            self._text += os.read(self._descriptor, 65536)
        line, _, self._text = self._text.partition(b"\n")
        return line.decode()

    def say(self, line: str) -> None:
        """Tell a process that reads from here something."""
        os.write(self._descriptor, line.encode() + b"\n")

    def close(self) -> None:
        os.close(self._descriptor)


class Bench:
    """Starts attempts and sees them through."""

    def __init__(self, root: Path) -> None:
        # Tests run side by side: each has its own mark, as each data directory has.
        self.executor = LocalExecutor(str(root), f"bench-{uuid.uuid4().hex[:12]}")
        self.place = root.parent
        self._words: list[Words] = []
        self._started: list[int] = []

    def words(self, name: str) -> Words:
        """A new FIFO in the directory in which the commands run."""
        made = Words(self.place / name)
        self._words.append(made)
        return made

    def job(self, command: str, number: int = 1, attempt: int = 1, **changes: Any) -> Job:
        """A job with nothing unusual about it but the changes."""
        fields: dict[str, Any] = {
            "id": "a-task",
            "shell": "/bin/sh",
            "workdir": str(self.place),
            "environment": dict(os.environ),
            "gpus": (),
            "submitted_at": 1.0,
            "starting_at": 2.0,
        }
        return Job(number=number, attempt=attempt, command=command, **(fields | changes))

    def start(self, job: Job) -> Started:
        """Start an attempt; it is ended with the test at the latest."""
        self.executor.lay_out(job)
        started = self.executor.start(job)
        self._started.append(started.pid)
        return started

    def run(self, command: str, number: int = 1, **changes: Any) -> tuple[int | None, str]:
        """Run a command to its end; the status that its directory tells, and its output."""
        job = self.job(command, number, **changes)
        self.wait(self.start(job).pid)
        directory = self.directory(number)
        status = directory.status()
        return status[0] if status else None, Path(directory.output).read_text()

    def wait(self, pid: int) -> int:
        """Wait until a child of ours has ended; its wait status as an exit code (negative: the signal)."""
        descriptor = os.pidfd_open(pid)
        try:
            ready, _, _ = select.select([descriptor], [], [], PATIENCE_S)
        finally:
            os.close(descriptor)
        assert ready, f"process {pid} does not end"
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def directory(self, number: int = 1, attempt: int = 1) -> JobDirectory:
        """A job directory."""
        return self.executor.directory(number, attempt)

    def laid_out(self, job: Job) -> list[str]:
        """Lay an attempt out without starting it; the command line of its wrapper."""
        directory = self.directory(job.number, job.attempt)
        directory.create(job, self.executor.boot_id)
        return [job.shell, f"{directory.path}/{wrapper.RUN}"]

    def wrapper(self, job: Job) -> subprocess.Popen[bytes]:
        """Start only the wrapper of an attempt that was laid out, as it would be started."""
        marker = self.executor.marker(job.number, job.attempt)
        directory = self.directory(job.number, job.attempt)
        with open(directory.output, "ab") as output:
            return subprocess.Popen(
                [job.shell, f"{directory.path}/{wrapper.RUN}"],
                env={**os.environ, "ANT_TUI_TASK": marker},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def clear(self) -> None:
        """End what a test started and close what it opened."""
        for words in self._words:
            words.close()
        for pid in self._started:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def gpu(index: int) -> GpuRef:
    """A GPU as it is handed out."""
    return GpuRef(f"GPU-{index}", index)
