"""Parts of a log whose disk space was given back while its offsets stayed, and the line that is shown for one.

A hole reads as NULs, gigabytes of them. Whoever shows a log skips it and shows one line instead. Making holes is not
done here.
"""

from __future__ import annotations

import errno
import os

__all__ = ["Hole", "holes", "removed_line"]

Hole = tuple[int, int]
"""The bytes ``[start, end)``."""

_MOST = 1000  # of our own making are one or two; a file with more is somebody else's idea
_SECTOR = 512  # the unit of ``st_blocks`` (stat(2))


def holes(descriptor: int) -> list[Hole]:
    """The holes of an open file in order, at most 1,000; none where the file system does not tell.

    The file's position is moved. Costs one ``fstat`` for a file without holes.

    Raises:
        OSError: the disk or the network failed.
    """
    status = os.fstat(descriptor)
    size = status.st_size
    if status.st_blocks * _SECTOR >= size:
        return []
    found: list[Hole] = []
    at = 0
    try:
        while at < size and len(found) < _MOST:
            start = os.lseek(descriptor, at, os.SEEK_HOLE)
            if start >= size:  # the end of a file counts as a hole
                break
            at = _data_after(descriptor, start, size)
            if at > start:
                found.append((start, at))
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENXIO):  # not supported; cut meanwhile
            raise
    return found


def _data_after(descriptor: int, offset: int, size: int) -> int:
    try:
        return min(os.lseek(descriptor, offset, os.SEEK_DATA), size)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return size  # nothing but a hole up to the end


def removed_line(size: int) -> bytes:
    """What is shown in the place of ``size`` bytes that are gone, with its newline."""
    amount, unit = float(size), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    text = f"{size:,}" if unit == "bytes" else f"{amount:.1f}"
    return f"… {text} {unit} of output were removed here (logs.max_size_mib) …\n".encode()
