"""Running a command line with a terminal for its stdout."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

from tests.conftest import ROOT

__all__ = ["environment", "run_in_terminal"]


def environment() -> dict[str, str]:
    """The environment in which ``python -m ant_tui`` finds the program."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def run_in_terminal(*words: str, columns: int = 60, **variables: str) -> bytes:
    """Run ``ant-tui`` on a terminal of its own and return everything that it wrote there.

    Raises:
        AssertionError: it wrote a traceback.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "ant_tui", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={**environment(), "TERM": "xterm-256color", **variables},
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # Linux says EIO when the last process has closed its end
        pass
    os.close(ours)
    assert process.stderr is not None
    complaints = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert b"Traceback" not in complaints, complaints.decode()
    return shown
