"""The journal's files: their names, and the few operations on them that must be done in one careful way.

Everything here is private to the user (0600 in a directory of 0700). ``write``, ``sync`` and ``truncate`` are the only
calls by which the journal touches data that matters, so that a test can make each of them fail. No bytes are understood
here; that is ``format``.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

__all__ = [
    "begin_sync",
    "copy_aside",
    "create_directory",
    "file_aside",
    "probe",
    "remove_unfinished",
    "replace_file",
    "reserve",
    "segment_descriptor",
    "segment_path",
    "segments",
    "snapshot_path",
    "snapshots",
    "sync",
    "sync_directory",
    "truncate",
    "truncate_file",
    "write",
    "write_all",
]

_SNAPSHOT = ".snapshot.json"
_DIGITS = 12
"""At least so many make a sequence number in a name."""
_SEGMENT = ".jsonl"
_UNFINISHED = ".unfinished"
_PROBE_BYTES = 64 * 1024
_RESERVE = b" " * (64 * 1024)
_RANGE_WRITE = 2
"""``SYNC_FILE_RANGE_WRITE``: begin to write, and do not wait."""


def segment_path(directory: Path, first: int) -> Path:
    """The segment whose first record has this sequence number."""
    return directory / f"{first:0{_DIGITS}d}{_SEGMENT}"


def snapshot_path(directory: Path, seq: int) -> Path:
    """The snapshot that holds everything up to this sequence number."""
    return directory / f"{seq:0{_DIGITS}d}{_SNAPSHOT}"


def segments(directory: Path) -> list[tuple[int, Path]]:
    """(first sequence number, path) of every segment, oldest first."""
    return _numbered(directory, _SEGMENT)


def snapshots(directory: Path) -> list[tuple[int, Path]]:
    """(sequence number, path) of every snapshot, oldest first."""
    return _numbered(directory, _SNAPSHOT)


def _numbered(directory: Path, ending: str) -> list[tuple[int, Path]]:
    numbers = [name.removesuffix(ending) for name in os.listdir(directory) if name.endswith(ending)]
    found = [number for number in numbers if len(number) >= _DIGITS and number.isascii() and number.isdigit()]
    return sorted((int(number), directory / (number + ending)) for number in found)


# -- the operations that can fail for want of room ---------------------------------------------------------------


def write(descriptor: int, data: bytes | memoryview, offset: int) -> int:
    """One ``pwrite``; may write less than it was given."""
    return os.pwrite(descriptor, data, offset)


def sync(descriptor: int) -> None:
    """Wait until what was written is on the disk."""
    os.fdatasync(descriptor)


def begin_sync(descriptor: int, offset: int, size: int) -> None:
    """Send what was written on its way to the disk, and do not wait for it: ``sync`` has less to wait for then.

    See sync_file_range(2). It promises nothing, so where the system has no such call nothing is lost but time.
    """
    if (call := _sync_file_range()) is not None:
        call(descriptor, offset, size, _RANGE_WRITE)


@cache
def _sync_file_range() -> Callable[[int, int, int, int], int] | None:
    function = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if function is not None:
        function.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]
    return function


def truncate(descriptor: int, size: int) -> None:
    """Cut a file to ``size`` bytes, durably."""
    os.ftruncate(descriptor, size)
    os.fsync(descriptor)


def write_all(descriptor: int, data: bytes, offset: int) -> None:
    """Write until everything is written."""
    written = write(descriptor, data, offset)
    while written < len(data):
        written += write(descriptor, memoryview(data)[written:], offset + written)


def segment_descriptor(path: Path) -> tuple[int, int]:
    """Open a segment for writing, made if it is not there.

    Returns:
        The descriptor, and the file's present size in bytes, what is reserved included.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    return descriptor, os.fstat(descriptor).st_size


def reserve(descriptor: int, offset: int) -> int:
    """Lay blanks behind a segment's last record, for later records to be written over.

    A record that lands on blocks which are there already is on the disk in a half to a fifth of the time, because only
    its bytes have to go there: the file becomes neither longer nor larger. (Blocks that are merely promised, by
    ``fallocate``, would not do: the first write to each changes the file's map.)

    Args:
        descriptor: the segment.
        offset: where its last record ends.

    Returns:
        Where the blanks end: at ``offset`` where there is no room for any.
    """
    try:
        return offset + write(descriptor, _RESERVE, offset)
    except OSError:
        return offset  # nothing is wrong yet: the next record may still have room, or will say that it has none


def truncate_file(path: Path, size: int) -> None:
    """Cut a file to ``size`` bytes, durably."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        truncate(descriptor, size)
    finally:
        os.close(descriptor)


def replace_file(path: Path, pieces: Iterable[bytes], *, start: Callable[[], bytes] | None = None) -> int:
    """Write a file that is there completely or not at all, whatever happens.

    Args:
        path: where it is to be; a file that stands there is replaced.
        pieces: its content.
        start: when given, asked at the end for what its first bytes are to be overwritten with.

    Returns:
        Its size in bytes.
    """
    unfinished = path.with_name(path.name + _UNFINISHED)
    descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        try:
            size = 0
            for piece in pieces:
                write_all(descriptor, piece, size)
                size += len(piece)
            if start is not None:
                os.pwrite(descriptor, start(), 0)
            sync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)
    return size


# -- directories -------------------------------------------------------------------------------------------------


def create_directory(directory: Path) -> None:
    """Make a directory that only its owner can enter, with its parents; one that is there is closed to others."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.stat().st_mode & 0o077:
        directory.chmod(0o700)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def probe(directory: Path) -> None:
    """Find out whether there is room: write 64 KiB durably and take them away again.

    Raises:
        OSError: there is not.
    """
    path = directory / f"probe{_UNFINISHED}"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            write_all(descriptor, b"\0" * _PROBE_BYTES, 0)
            sync(descriptor)
        finally:
            os.close(descriptor)
    finally:
        path.unlink(missing_ok=True)


def remove_unfinished(directory: Path) -> None:
    """Remove what an interrupted ``replace_file`` or ``probe`` left; it was never part of the journal."""
    for name in os.listdir(directory):
        if name.endswith(_UNFINISHED):
            os.unlink(directory / name)


# -- setting aside -----------------------------------------------------------------------------------------------


def file_aside(path: Path) -> Path:
    """Give a file a second name under which nothing will touch it, ``<name>.unreadable-<n>``; once is enough.

    The file keeps its own name too, for the caller to remove or to replace.
    """
    count = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{count}")).exists():
        if aside.samefile(path) or aside.read_bytes() == path.read_bytes():
            return aside
        count += 1
    try:
        os.link(path, aside)
    except OSError:
        # Not every file system has links.
        replace_file(aside, [path.read_bytes()])
    sync_directory(path.parent)
    return aside


def copy_aside(path: Path, seq: int, data: bytes) -> Path:
    """Keep bytes that are about to be cut off as ``<name>.torn-<seq>``.

    Args:
        path: the file that they are cut from.
        seq: sequence number that the first of them would have had.
        data: the bytes.
    """
    name = f"{path.name}.torn-{seq:012d}"
    aside, count = path.with_name(name), 1
    while aside.exists() and aside.read_bytes() != data:
        count += 1
        aside = path.with_name(f"{name}-{count}")
    replace_file(aside, [data])
    return aside
