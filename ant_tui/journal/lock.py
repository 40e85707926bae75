"""The lock of a data directory: one scheduler at a time.

The kernel releases it when its holder dies, however it dies; a process that the holder starts does not inherit it. The
file stays when the lock is released, and says who holds it. Imports nothing but the standard library and ``errors``, so
that a command that only asks who is there stays fast.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import logging
import os
import time
from pathlib import Path

from msgspec import Struct

from ant_tui.errors import DataDirectoryError, OtherSchedulerRunning

__all__ = ["DataDirectoryLock", "LockHolder"]

_NAME = "lock"
_NO_LOCKS_HERE = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
_HELD = {errno.EAGAIN, errno.EACCES}
_PATIENCE = 0.5
"""Seconds that a holder may take to write itself down."""
_LAST_BREATH = 5.0
"""Seconds that a lock may outlive its holder: a process which the holder had just begun has it until it runs."""
_PAUSE = 0.01

_log = logging.getLogger(__name__)


class LockHolder(Struct, frozen=True):
    """The process that holds a lock, as it wrote itself down.

    Attributes:
        pid: its process id.
        pid_start: its start time in clock ticks since boot, as in ``/proc/PID/stat``.
        boot_id: the boot in which ``pid`` means something.
    """

    pid: int
    pid_start: int
    boot_id: str


class DataDirectoryLock:
    """Held from ``acquire`` until ``release`` or the end of the process."""

    def __init__(self, descriptor: int, path: Path, note: str) -> None:
        """Use ``acquire``."""
        self._descriptor: int | None = descriptor
        self.path = path
        self.note = note
        """What the user should know about how far this lock reaches, as a sentence; empty when it is complete."""

    @classmethod
    def acquire(cls, data_dir: Path, runtime_dir: Path) -> DataDirectoryLock:
        """Take the lock.

        Args:
            data_dir: the data directory, made if it is not there (0700).
            runtime_dir: where a lock file goes when the data directory's file system has no locks; made likewise.

        Raises:
            OtherSchedulerRunning: somebody else has it.
            DataDirectoryError: the lock's file cannot be made.
        """
        path, note = data_dir / _NAME, ""
        try:
            descriptor = _locked(path, data_dir)
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                raise _unusable(path, error) from error
            path = _stand_in(data_dir, runtime_dir)
            note = (
                f"the file system of {data_dir} has no locks; {path} keeps other schedulers of this machine away, "
                "but not those of other machines"
            )
            try:
                descriptor = _locked(path, data_dir)
            except OSError as stand_in_error:
                raise _unusable(path, stand_in_error) from stand_in_error
        return cls(descriptor, path, note)

    def release(self) -> None:
        """Give the lock back; a second time does nothing."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.ftruncate(descriptor, 0)
            # Not only by closing it: a process that is just being begun has it, too, until it runs.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)


def _locked(path: Path, data_dir: Path) -> int:
    """Open and lock a file and write into it who we are; its descriptor, which is closed in child processes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    until = time.monotonic() + _LAST_BREATH
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in _HELD:
                    raise
                if not _is_dead(_read_holder(descriptor)) or time.monotonic() > until:
                    raise _other(descriptor, path, data_dir) from error
                time.sleep(_PAUSE)
            else:
                if _is_at(descriptor, path):
                    _write_holder(descriptor, path)
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        # The holder has just died; or somebody removed the file between opening and locking it, and what is locked has
        # no name any more.
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _write_holder(descriptor: int, path: Path) -> None:
    text = json.dumps({"pid": os.getpid(), "pid_start": _pid_start(), "boot_id": _boot_id()})
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode() + b"\n", 0)
    except OSError as error:
        # Disk full: the lock itself needs no room.
        _log.warning("the lock %s is held, but its holder cannot be written into it: %s", path, error.strerror)


def _read_holder(descriptor: int) -> LockHolder | None:
    try:
        held = json.loads(os.pread(descriptor, 4096, 0))
        return LockHolder(int(held["pid"]), int(held["pid_start"]), str(held["boot_id"]))
    except (ValueError, KeyError, TypeError):
        return None


def _is_dead(holder: LockHolder | None) -> bool:
    """Whether who wrote itself down is gone; not known (False) of one that did not, or of another machine's."""
    if holder is None or holder.boot_id != _boot_id():
        return False
    return _pid_start(str(holder.pid)) != holder.pid_start


def _other(descriptor: int, path: Path, data_dir: Path) -> OtherSchedulerRunning:
    """Name the holder, who may just be about to write itself down."""
    until = time.monotonic() + _PATIENCE
    while (holder := _read_holder(descriptor)) is None and time.monotonic() < until:
        time.sleep(_PAUSE)
    who = f"pid {holder.pid}" if holder is not None else f"see {path}"
    return OtherSchedulerRunning(
        f"another scheduler ({who}) already runs on the data directory {data_dir}; "
        "stop it with `ant-tui stop`, or use another one with --data-dir"
    )


def _stand_in(data_dir: Path, runtime_dir: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    return runtime_dir / f"{digest}.lock"


def _unusable(path: Path, error: OSError) -> DataDirectoryError:
    return DataDirectoryError(
        f"the lock {path} cannot be made: {error.strerror}; give a directory that you can write with --data-dir"
    )


def _pid_start(process: str = "self") -> int:
    """Start time in ticks of a living process; 0 where there is none."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[19]) if fields[0] not in (b"Z", b"X") else 0


def _boot_id() -> str:
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()
