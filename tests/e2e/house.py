"""A house for one test: a data directory of its own, the real command line on it, and a look at what is left of it.

Everything that is started here is a process of its own, found by the test's token in its environment (tasks take it
along, as they take all of the caller's environment) or by the test's folder in its command line.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from ant_tui.client.connection import connect
from tests.conftest import ROOT
from tests.service import command_directory

__all__ = ["House", "living", "until", "until_gone"]

T = TypeVar("T")

PATIENCE_S = 30.0
_LOOK_S = 0.02
_TOKEN = "ANT_E2E_TOKEN"
_MARKER = b"\0ANT_TUI_TASK="
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ", "TMPDIR", "VIRTUAL_ENV")
"""Of the environment of whoever runs the tests, what the tests' processes may see."""


def until(what: str, ask: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """Ask again and again until the answer is no longer empty; returns the answer.

    Raises:
        AssertionError: it stayed empty for ``patience_s``; names what was waited for.
    """
    end = time.monotonic() + patience_s
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < end, f"not within {patience_s:g} s: {what}"
        time.sleep(_LOOK_S)


def until_gone(pid: int, patience_s: float = PATIENCE_S) -> None:
    """Wait for the end of a process that is not our child."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        readable, _, _ = select.select([descriptor], [], [], patience_s)
        assert readable, f"process {pid} still lives after {patience_s:g} s"
    finally:
        os.close(descriptor)


def living(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False
    return text[text.rindex(")") + 2] not in "ZX"


class House:
    """A data directory, and the command line on it.

    Attributes:
        folder: the test's own.
        data: the data directory.
        env: what every process of the test gets; a test may add to it.
        options: what a scheduler is started with.
    """

    def __init__(self, folder: Path, sockets: Path) -> None:
        """Prepare; nothing is started.

        Args:
            folder: for everything that the test writes.
            sockets: for sockets, whose paths must be short.
        """
        self.folder = folder
        self.data = folder / "data"
        self.token = secrets.token_hex(16)
        self.options: tuple[str, ...] = ("--simulate-gpus", "4")
        # Ahead of the command line itself, for a house whose disk is mounted in a namespace.
        self.door: tuple[str, ...] = ()
        self.work = folder / "work"
        self.work.mkdir()
        self.env = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.env |= {
            "ANT_TUI_DATA_DIR": str(self.data),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_RUNTIME_DIR": str(sockets),
            "PYTHONPATH": str(ROOT),
            "PATH": f"{command_directory(folder / 'bin')}:{self.env['PATH']}",
            _TOKEN: self.token,
        }
        self.env.setdefault("LANG", "C.UTF-8")

    # -- the command line --------------------------------------------------------------------------------------

    def command(self, *words: str) -> list[str]:
        """The words of a command line as a process gets them."""
        return [*self.door, sys.executable, "-m", "ant_tui", *words]

    def run(
        self,
        *words: str,
        code: int | None = 0,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command line to its end.

        Args:
            words: after ``ant-tui``.
            code: the exit code that it must have; None for any.
            stdin: what it reads; nothing if None.
            env: further variables.
            cwd: where; the test's working folder if None.
        """
        done = subprocess.run(
            self.command(*words),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            env={**self.env, **(env or {})},
            cwd=cwd or self.work,
            timeout=PATIENCE_S,
            check=False,
        )
        told = f"ant-tui {' '.join(words)}: code {done.returncode}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, told
        assert code is None or done.returncode == code, told
        return done

    def ask(self, *words: str, code: int | None = 0) -> Any:
        """Run a verb with ``--json`` and return its document."""
        return json.loads(self.run(*words, "--json", code=code).stdout)

    def submit(self, *words: str) -> str:
        """Queue a task; returns its id."""
        return self.run("submit", "--parsable", "--no-start", *words).stdout.strip()

    def popen(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Start a command line that goes on."""
        return subprocess.Popen(self.command(*words), env=self.env, cwd=self.work, text=True, **options)

    # -- tasks -------------------------------------------------------------------------------------------------

    def tasks(self) -> dict[str, Any]:
        """All tasks that are known, by id."""
        tasks: Sequence[Any] = self.ask("queue", "--all")["tasks"]
        return {task["id"]: task for task in tasks}

    def task(self, name: str) -> Any:
        """One task."""
        (task,) = self.ask("show", name)["tasks"]
        return task

    def until_state(self, name: str, state: str) -> Any:
        """Wait until a task is in a state; returns it."""
        with connect(str(self.data)) as connection:  # a process for each look would keep the machine busy

            def look() -> Any:
                (task,) = connection.call("show", {"tasks": [name]})["tasks"]
                return task if task["state"] == state else None

            return until(f"{name} is {state}", look)

    def until_gpus(self, *states: str) -> list[Any]:
        """Wait until the GPUs are in these states; returns them."""
        with connect(str(self.data)) as connection:

            def look() -> Any:
                gpus = connection.call("gpus", {})["gpus"]
                return gpus if tuple(gpu["state"] for gpu in gpus) == states else None

            found: list[Any] = until(f"the GPUs are {states}", look)
            return found

    def log(self, name: str) -> bytes:
        """The whole output of a task, as it lies on the disk."""
        return self.log_path(name).read_bytes()

    def log_path(self, name: str) -> Path:
        """Where a task's output lies."""
        return Path(self.run("logs", "--path", name).stdout.strip())

    def until_log(self, name: str, text: bytes) -> None:
        """Wait until a task has written just this."""
        path = self.log_path(name)
        until(f"{name} has written {text!r}", lambda: path.exists() and path.read_bytes() == text)

    def events(self) -> list[Any]:
        """Everything in the journal, in order (docs/recovery.md, "The journal's files")."""
        return [record["event"] for record in self._records() if "event" in record]

    def _records(self) -> Iterator[Any]:
        for segment in sorted(self.data.glob("journal/*.jsonl")):
            for line in segment.read_text(encoding="utf-8").splitlines():
                if line.strip():  # behind the last record there are blanks
                    yield json.loads(line)

    # -- the scheduler -----------------------------------------------------------------------------------------

    def start(self, *options: str, env: Mapping[str, str] | None = None) -> int:
        """Start a scheduler in the background; returns its process.

        Args:
            options: of ``ant-tui``; those of the last start if there are none.
            env: further variables for it, and for whatever starts it again.
        """
        self.options = options or self.options
        self.env |= env or {}
        self.run("--no-ui", "--daemon", *self.options)
        return self.pid

    @property
    def address(self) -> Any:
        """What the file says in which a scheduler tells where it is; None when there is no such file."""
        try:
            return json.loads((self.data / "scheduler.json").read_text())
        except FileNotFoundError:
            return None

    @property
    def pid(self) -> int:
        """The scheduler's process; 0 when there is none."""
        address = self.address
        pid = int(address["pid"]) if address else 0
        return pid if pid and living(pid) else 0

    def kill(self) -> None:
        """End the scheduler with ``kill -9``."""
        pid = self.pid
        assert pid, "there is no scheduler to be killed"
        os.kill(pid, signal.SIGKILL)
        until_gone(pid)

    def end(self) -> None:
        """End the scheduler and every task; a dead scheduler's tasks are taken over first."""
        if not self.pid and self.left(_MARKER):
            self.start()
        if self.pid:
            self.run("stop", "--tasks", "kill")

    def own_log(self) -> str:
        """What the scheduler wrote about itself, and what Python complained about."""
        files = (self.data / "scheduler.log", self.data / "scheduler.stderr")
        return "".join(file.read_text(errors="replace") for file in files if file.exists())

    # -- what is left ------------------------------------------------------------------------------------------

    def left(self, mark: bytes = b"") -> dict[int, str]:
        """Every living process of this test (those with a further mark in their environment): pid → command line."""
        marks = (f"{_TOKEN}={self.token}".encode(), os.fsencode(self.folder))
        found: dict[int, str] = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            with suppress(OSError):
                words = Path(f"/proc/{entry}/cmdline").read_bytes()
                around = words + Path(f"/proc/{entry}/environ").read_bytes()
                if mark in around and any(one in around for one in marks) and living(int(entry)):
                    found[int(entry)] = words.replace(b"\0", b" ").decode(errors="replace").strip()
        return found
