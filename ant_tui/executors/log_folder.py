"""Where logs go that shall not lie in the job directories: ``logs.root`` and its folder for each start.

Only the log itself goes there. The job directory stays where a later scheduler looks for it, whatever the settings say
by then, and holds a link in the log's place, so that every reader finds the log by the same path as ever. A folder that
cannot be used costs no task: its log stays in the job directory, and that is told.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import time

from ant_tui.executors.job_directory import Job, JobDirectory

__all__ = ["LogFolder", "remove_if_empty", "start_folder"]

log = logging.getLogger(__name__)

_START = re.compile(r"\d\d_\d\d_\d{4}_\d\d_\d\d_\d\d", re.ASCII)
_NOT_EMPTY = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT})
_SAME_NAME = 100
"""Logs of one name that a folder may hold: several data directories may share it, and each begins at task 1."""


def start_folder(at: float) -> str:
    """Name of the folder for a start of the scheduler: day, month, year, time in local time.

    Args:
        at: epoch seconds.
    """
    return time.strftime("%d_%m_%Y_%H_%M_%S", time.localtime(at))


def remove_if_empty(folder: str) -> None:
    """Remove the folder of a start when its last log is gone; any other folder, and one that is not empty, stays.

    Raises:
        OSError: it is empty, but cannot be removed.
    """
    if _START.fullmatch(os.path.basename(folder)):
        try:
            os.rmdir(folder)
        except OSError as error:
            if error.errno not in _NOT_EMPTY:
                raise


class LogFolder:
    """A directory of logs, one file for each attempt, named ``<number>.<attempt>-<id>.log``."""

    def __init__(self, path: str) -> None:
        """Name the folder; it is made when the first log goes there.

        Args:
            path: absolute path.
        """
        self.path = path
        self._trouble = ""

    def place(self, directory: JobDirectory, job: Job) -> None:
        """Make an attempt's log in the folder, and the link to it in the job directory.

        Where that is not possible nothing is made, and the log will be in the job directory.

        Args:
            directory: of the attempt; it holds no log yet.
            job: gives the log its name.
        """
        try:
            path = self._made(f"{job.number}.{job.attempt}-{job.id.replace('/', '-')}")
            try:
                os.symlink(path, directory.output)
            except OSError:
                os.unlink(path)
                raise
        except OSError as error:
            if error.strerror != self._trouble:
                log.warning("Logs cannot go to %s (%s); they go to the data directory", self.path, error.strerror)
            self._trouble = error.strerror or "unknown"
        else:
            self._trouble = ""

    def _made(self, name: str) -> str:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        for count in range(1, _SAME_NAME):
            path = f"{self.path}/{name}{f'~{count}' if count > 1 else ''}.log"
            try:
                descriptor = os.open(path, flags, 0o600)
            except FileExistsError:
                continue
            except FileNotFoundError:
                os.makedirs(self.path, 0o700, exist_ok=True)
                descriptor = os.open(path, flags, 0o600)
            os.close(descriptor)
            return path
        raise FileExistsError(errno.EEXIST, "too many logs of one name", name)
