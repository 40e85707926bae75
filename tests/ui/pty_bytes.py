"""What a Textual app really writes to a terminal: run a small program on a pseudo-terminal and keep every byte.

``strangers`` then tells which bytes neither Textual's own renderer nor plain text explains. Nothing here knows any
widget.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["pty_bytes", "strangers"]

ROOT = Path(__file__).resolve().parents[2]

# Everything that Textual 8 itself sends: colours, cursor position, cursor visibility and shape, modes, keyboard
# protocol, mode and device queries, and the pointer's shape.
_OWN = re.compile(
    rb"\x1b\[[0-9;]*m|\x1b\[\d+;\d+H|\x1b\[[?>=<][0-9;]*(?:h|l|u|\$p|c)|\x1b\[\?u|\x1b\[\d*(?:;\d+)*t"
    rb"|\x1b\[\d* ?q|\x1b\[6n|\x1b\[c|\x1bP=\ds\x1b\\|\x1b\]22;[a-z-]*(?:\x07|\x1b\\)"
)
_STRANGE = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def pty_bytes(
    program: str,
    *,
    size: tuple[int, int] = (80, 24),
    steps: Sequence[tuple[bytes, bytes]] = (),
    env: Mapping[str, str] | None = None,
    timeout: float = 60.0,
) -> bytes:
    """Run Python source on a pseudo-terminal until it ends and return all that it wrote.

    Args:
        program: Python source; it must end by itself, or because of what ``steps`` types.
        size: columns and rows of the terminal.
        steps: (wait for these bytes in what was written since the last step, then type these).
        env: variables on top of a small fixed environment.
        timeout: seconds after which the program is killed.

    Raises:
        TimeoutError: the program did not end; the message holds the end of its output.
    """
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    variables = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "TEXTUAL_ANIMATIONS": "none",
        **(env or {}),
    }
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=variables,
        start_new_session=True,
    )
    os.close(slave)
    try:
        return _converse(master, list(steps), time.monotonic() + timeout)
    finally:
        child.kill()
        child.wait()
        os.close(master)


def _converse(master: int, steps: list[tuple[bytes, bytes]], deadline: float) -> bytes:
    written = bytearray()
    seen = 0
    while True:
        if steps and (found := written.find(steps[0][0], seen)) >= 0:
            wanted, keys = steps.pop(0)
            seen = found + len(wanted)
            os.write(master, keys)
            continue
        ready, _, _ = select.select([master], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(f"still running; waited for {steps[:1]}; last output {bytes(written[-2000:])!r}")
        try:
            data = os.read(master, 65536)
        except OSError:  # EIO: the last process on the other side has gone
            return bytes(written)
        if not data:
            return bytes(written)
        written += data


def strangers(data: bytes) -> list[str]:
    """Control and direction characters in ``data`` that do not belong to one of Textual's own sequences."""
    text = _OWN.sub(b"", data).decode("utf-8", errors="replace")
    return [text[max(0, m.start() - 10) : m.end() + 20] for m in _STRANGE.finditer(text)]
