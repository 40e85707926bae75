"""A program on a pseudo-terminal, and what it costs: when it paints what, how many bytes, how much processor time."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["Terminal", "ant_tui", "memory_mb"]

_TICKS = os.sysconf("SC_CLK_TCK")
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)")
_PATIENCE_S = 60.0


class Terminal:
    """A child process whose terminal we are."""

    def __init__(self, command: Sequence[str], size: tuple[int, int], env: Mapping[str, str] | None = None) -> None:
        """Start a command.

        Args:
            command: its words, an absolute path first.
            size: columns and rows.
            env: variables beside those that this process has.
        """
        self.began = time.perf_counter()
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.pid, self._file = pty.fork()
        if self.pid == 0:
            os.execve(command[0], list(command), environment)
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.received = 0
        self._text = b""

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._file], [], [], max(0.0, seconds))
        if not ready:
            return False
        try:
            data = os.read(self._file, 1 << 16)
        except OSError:
            raise SystemExit("the program ended while it was measured") from None
        self.received += len(data)
        self._text = (self._text + data)[-(1 << 17) :]
        return True

    def until(self, wanted: str) -> float:
        """Wait until what was painted since the last ``forget`` holds a pattern; seconds since the program began."""
        pattern, end = re.compile(wanted.encode()), time.monotonic() + _PATIENCE_S
        while not pattern.search(_SEQUENCE.sub(b"", self._text)):
            if not self._read(end - time.monotonic()):
                raise SystemExit(f"{wanted!r} was not painted")
        return time.perf_counter() - self.began

    def forget(self) -> None:
        """Look no more at what was painted so far."""
        self._text = b""

    def press(self, keys: str, wanted: str) -> float:
        """Seconds from a key press until what it brings has been painted."""
        self.forget()
        before = time.perf_counter()
        os.write(self._file, keys.encode())
        self.until(wanted)
        return time.perf_counter() - before

    def told(self, wanted: str) -> str:
        """The first group of a pattern that was painted."""
        found = re.search(wanted.encode(), _SEQUENCE.sub(b"", self._text))
        assert found is not None
        return found[1].decode()

    def watch(self, seconds: float) -> None:
        """Take what is painted for some time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)

    def cpu_s(self) -> float:
        """Processor time so far, without that of children."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def close(self) -> None:
        """End it, if it has not ended by itself."""
        os.kill(self.pid, signal.SIGTERM)
        try:
            while os.read(self._file, 1 << 16):
                pass
        except OSError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self._file)


def ant_tui(data: Path, *arguments: str) -> list[str]:
    """The words that start ant-tui on a data directory."""
    return [sys.executable, "-m", "ant_tui", "--data-dir", str(data), *arguments]


def memory_mb(pid: int) -> float:
    """Resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
