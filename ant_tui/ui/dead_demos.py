"""What demos left that were killed before they could clean up: found when the next one begins, and taken away.

Only directories are touched that a demo made (by their name), that belong to this user alone, and on which no scheduler
works: whoever takes one away holds its lock meanwhile.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from ant_tui import paths
from ant_tui.client.connection import address_of
from ant_tui.errors import AntError
from ant_tui.executors import processes
from ant_tui.executors.local import LocalExecutor
from ant_tui.journal.lock import DataDirectoryLock
from ant_tui.scheduler.scheduler import owner_of

__all__ = ["PREFIX", "clear_dead_demos"]

PREFIX = "ant-tui-demo-"
"""How the names of their directories begin."""

_BEGINS_S = 3600.0
"""A demo whose scheduler was never up may be about to begin, but not for longer than this."""
_ENDS_S = 5.0
_PAUSE_S = 0.02

log = logging.getLogger(__name__)


def clear_dead_demos(parent: str | None = None) -> None:
    """End the tasks of demos that are dead, and remove their directories.

    Args:
        parent: where the directories are; None for where temporary ones are made.
    """
    for folder in sorted(Path(parent or tempfile.gettempdir()).glob(f"{PREFIX}*")):
        try:
            if _may_be_dead(folder):
                _clear(folder)
        except (OSError, AntError) as problem:  # it lives, or is not ours to remove: none of our business
            log.info("%s stays: %s", folder, problem)


def _may_be_dead(folder: Path) -> bool:
    """Whether it belongs to this user alone, and is no demo that has just begun."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        return False
    return address_of(str(folder / "data")) is not None or time.time() - found.st_mtime > _BEGINS_S


def _clear(folder: Path) -> None:
    """Take one away.

    Raises:
        OtherSchedulerRunning: it lives.
        AntError: its lock cannot be used.
    """
    data = folder / "data"
    lock = DataDirectoryLock.acquire(data, Path(paths.runtime_directory()))
    try:
        if not _end_tasks(data):
            log.warning("Tasks of a demo in %s do not end; it stays.", folder)
            return
        address = address_of(str(data))
        if address is not None and os.path.dirname(address.socket) == paths.runtime_directory():
            with suppress(FileNotFoundError):
                os.unlink(address.socket)
        shutil.rmtree(folder)
    finally:
        lock.release()


def _end_tasks(data: Path) -> bool:
    """Kill all that carries the mark of one of its tasks; False where that cannot be."""
    executor = LocalExecutor(paths.jobs_dir(str(data)), owner_of(str(data)))
    markers = [
        f"{processes.MARKER}={executor.marker(number, attempt)}".encode()
        for number, attempts in executor.attempts().items()
        for attempt in attempts
    ]
    until = time.monotonic() + _ENDS_S
    while found := processes.scan((), markers) if markers else {}:
        if os.getpid() in found or time.monotonic() > until:  # begun in a task of it: then that is in use
            return False
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE_S)
    return True
