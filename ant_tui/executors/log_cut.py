"""Giving back the disk space of a log's middle while its task goes on writing.

A hole is punched (fallocate(2)): offsets stay, so neither the writer, which appends, nor a reader at the end notices.
What is shown in the hole's place is in ``output.holes``. Not every file system can; the error says so.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from functools import cache
from typing import Any

__all__ = ["allocated", "cut_middle", "middle"]

_PUNCH_HOLE_KEEP_SIZE = 0x02 | 0x01
_SECTOR = 512  # the unit of ``st_blocks`` (stat(2))
_ALIGNMENT = 64 * 1024
"""Holes begin and end at multiples of this, or of the file system's own unit: a part of a unit would become NULs."""


def allocated(status: os.stat_result) -> int:
    """Bytes that a file takes on its disk."""
    return status.st_blocks * _SECTOR


def middle(size: int, limit: int, unit: int = 4096, first_hole: int | None = None) -> tuple[int, int] | None:
    """Which part of a log to give back, so that about a quarter of the limit is free again.

    Args:
        size: of the file, in bytes.
        limit: what the log may take on its disk, in bytes, >= 1 MiB.
        unit: what the file system allocates at once, in bytes.
        first_hole: where an earlier hole begins, or None: what is before it is the beginning that was kept.

    Returns:
        The bytes ``[start, end)``: a quarter of the limit is kept before them, a half behind. None when there is
        nothing between the two.
    """
    alignment = min(max(unit, _ALIGNMENT), max(limit // 8, 1))
    start = limit // 4 // alignment * alignment
    if first_hole:
        start = min(start, first_hole)
    end = (size - limit // 2) // alignment * alignment
    return (start, end) if end > start else None


def cut_middle(path: str, limit: int) -> int:
    """Give back the middle of a log that takes more than ``limit`` bytes on its disk.

    Args:
        path: the log itself; a link is not followed.
        limit: bytes, >= 1 MiB.

    Returns:
        How many bytes were given back; 0 when the log is small enough, or no regular file.

    Raises:
        FileNotFoundError: there is no such log.
        OSError: it cannot be opened, or its file system cannot do this (EOPNOTSUPP).
    """
    status = os.lstat(path)
    if min(allocated(status), status.st_size) <= limit:  # a file system may lay hold of more than was written
        return 0
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return 0
        before = allocated(status)
        part = middle(status.st_size, limit, status.st_blksize, _first_hole(descriptor, status.st_size))
        if part is None:
            return 0
        _punch(descriptor, part[0], part[1] - part[0])
        return max(before - allocated(os.fstat(descriptor)), 0)
    finally:
        os.close(descriptor)


def _first_hole(descriptor: int, size: int) -> int | None:
    try:
        found = os.lseek(descriptor, 0, os.SEEK_HOLE)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENXIO):
            raise
        return None
    return found if found < size else None


def _punch(descriptor: int, offset: int, length: int) -> None:
    fallocate = _fallocate()
    while fallocate(descriptor, _PUNCH_HOLE_KEEP_SIZE, offset, length) != 0:
        number = ctypes.get_errno()
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))


@cache
def _fallocate() -> Any:
    """The C library's function with 64-bit offsets.

    Raises:
        OSError: there is none.
    """
    library = ctypes.CDLL(None, use_errno=True)
    function = getattr(library, "fallocate64", None) or getattr(library, "fallocate", None)
    if function is None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    function.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    function.restype = ctypes.c_int
    return function
