"""Logs with a hole in their middle, for the tests of those who read and show them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

UNIT = 64 * 1024


def filled(lines: bytes, unit: int = UNIT) -> bytes:
    """Some text, lengthened to whole units of a file system by a last line of x without a newline."""
    return lines + b"x" * (-len(lines) % unit)


def write_with_hole(path: Path, head: bytes, hole: int, tail: bytes) -> None:
    """Write a log of which ``hole`` bytes behind ``head`` were removed; both are whole units."""
    assert len(head) % UNIT == 0
    assert hole % UNIT == 0
    with path.open("wb") as file:
        file.write(head)
        file.seek(hole, os.SEEK_CUR)
        file.write(tail)
        file.flush()
        os.fsync(file.fileno())
        found = os.lseek(file.fileno(), 0, os.SEEK_HOLE)
    if found != len(head):
        pytest.skip("this file system keeps no holes")
