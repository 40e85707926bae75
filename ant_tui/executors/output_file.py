"""The file for a task's output that the user chose: made for one attempt, never written over, never removed.

The file is the user's. The job directory holds a link to it, by way of a second link beside it: the log's own place
then names nothing outside the directory, so whoever removes or shortens logs (``job_directory``, ``log_cut``) meets the
link and never the file. Every reader finds the output by the same path as ever.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from ant_tui.executors.job_directory import JobDirectory

__all__ = ["LINK", "OutputRefused", "place", "take_back"]

LINK = "output.file"
"""The link to the user's file, in the job directory."""

_MOST = 1000
"""Files of one name that repetitions may make."""

_MACHINE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""Failures that have nothing to do with the file. A full disk is no such: it is the disk that the user chose."""

_WHY = {
    errno.EEXIST: "exists already, and nothing is written over",
    errno.ENOENT: "cannot be made: its directory is not there",
    errno.ENOTDIR: "cannot be made: its directory is none",
    errno.EACCES: "cannot be made: its directory may not be written",
}


class OutputRefused(Exception):
    """The file cannot be had; ``args[0]`` says why, for the user."""


def place(directory: JobDirectory, output: str, *, again: bool) -> None:
    """Make the file, mode 0600, and the links to it; where that fails, nothing is left.

    Args:
        directory: of the attempt; it holds no log yet.
        output: absolute path.
        again: whether the task may have been started before: then the first free one of the path, ``path~2``,
            ``path~3`` … is taken, as the file that is there may be what its earlier start wrote.

    Raises:
        OutputRefused: the file is there already, or cannot be made where it was asked for.
        OSError: something else is wrong with the machine.
    """
    path = _made(output, again=again)
    try:
        os.symlink(path, f"{directory.path}/{LINK}")
        os.symlink(LINK, directory.output)
    except OSError:
        os.unlink(path)
        raise


def take_back(directory: JobDirectory) -> None:
    """Remove the file of an attempt of which no process was ever started, if nothing has come into it; else nothing.

    Raises:
        OSError: it cannot be removed.
    """
    with suppress(FileNotFoundError):
        path = os.readlink(f"{directory.path}/{LINK}")
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode) and not found.st_size:
            os.unlink(path)


def _made(output: str, *, again: bool) -> str:
    for count in range(1, _MOST + 1 if again else 2):
        path = f"{output}~{count}" if count > 1 else output
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno in _MACHINE:
                raise
            known = error.errno != errno.ENOENT or not os.path.isdir(os.path.dirname(path))
            why = (_WHY.get(error.errno or 0) if known else None) or f"cannot be made: {error.strerror or error}"
            raise OutputRefused(f"the output file {path} {why}") from error
        return path
    more = f", and so do {output}~2 to ~{_MOST}" if again else ""
    raise OutputRefused(f"the output file {output} {_WHY[errno.EEXIST]}{more}")
