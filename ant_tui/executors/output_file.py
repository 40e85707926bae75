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

__all__ = ["LINK", "OutputRefused", "place", "shown", "take_back"]

LINK = "output.file"
"""The link to the user's file, in the job directory."""

_MADE = "output.made"
"""A link, to nothing, that says by which number and from when the file is that was made."""

_MARK = stat.S_ISVTX
"""What a file's mode holds until that is said; it means nothing for a file, and nobody else's empty file has it."""

_MOST = 1000
"""Files of one name that repetitions may make."""

_MODE = 0o600
_LONGEST_SHOWN, _LONGEST_BEGINNING, _LONGEST_END = 200, 60, 139
"""Characters of a path in a sentence."""

_MACHINE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""Failures that have nothing to do with the file. A full disk is no such: it is the disk that the user chose for this
task, and others, which may never write there, are not to wait for it."""

_WHY = {
    errno.EEXIST: "exists already, and nothing is written over",
    errno.ENOENT: "cannot be made: its directory is not there",
    errno.ENOTDIR: "cannot be made: its directory is none",
    errno.EACCES: "cannot be made: its directory may not be written",
}


class OutputRefused(Exception):
    """The file cannot be had; ``args[0]`` says why, for the user."""


def shown(path: str) -> str:
    """A path as it stands in a sentence: a very long one without its middle."""
    return path if len(path) <= _LONGEST_SHOWN else f"{path[:_LONGEST_BEGINNING]}…{path[-_LONGEST_END:]}"


def place(directory: JobDirectory, output: str, *, again: bool) -> None:
    """Make the file, mode 0600, and the links to it; where that fails, nothing is left.

    Should all end in the midst of it, ``take_back`` can tell later whether a file of that name is ours: the name is on
    record before the file, which comes into being with a mark, and loses it when nothing but its identity is missing.

    Args:
        directory: of the attempt; it holds no log yet.
        output: absolute path.
        again: whether the task may have been started before: then the first free one of the path, ``path~2``,
            ``path~3`` … is taken, as the file that is there may be what its earlier start wrote.

    Raises:
        OutputRefused: the file is there already, or cannot be made where it was asked for.
        OSError: something else is wrong with the machine; it names the path.
    """
    link = f"{directory.path}/{LINK}"
    for count in range(1, _MOST + 1 if again else 2):
        path = f"{output}~{count}" if count > 1 else output
        if os.path.lexists(path):
            continue
        _link_to_file(path, link)
        try:
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE | _MARK)
        except OSError as error:
            os.unlink(link)
            if isinstance(error, FileExistsError):  # it came at this moment
                continue
            if error.errno in _MACHINE:
                raise
            raise OutputRefused(f"the output file {shown(path)} {_why(error, path)}") from error
        try:
            _lead_to(made, path, directory)
        finally:
            os.close(made)
        return
    more = f", and so do {shown(output)}~2 to ~{_MOST}" if again else ""
    raise OutputRefused(f"the output file {shown(output)} {_WHY[errno.EEXIST]}{more}")


def take_back(directory: JobDirectory) -> None:
    """Remove the file of an attempt of which no process was ever started, if nothing has come into it; else nothing.

    Only what ``place`` made is removed, never another empty file that has the name by now.

    Raises:
        OSError: it cannot be removed.
    """
    with suppress(FileNotFoundError):
        path = os.readlink(f"{directory.path}/{LINK}")
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode) and not found.st_size and _is_ours(found, directory):
            os.unlink(path)


def _lead_to(made: int, path: str, directory: JobDirectory) -> None:
    """Make the log's own place lead to the file that was just made; where that fails, nothing is left."""
    record = f"{directory.path}/{_MADE}"
    try:
        _link(LINK, directory.output)
        if os.fstat(made).st_mode & _MARK:  # some file systems have no such mark
            os.fchmod(made, _MODE)
        _link(_identity(os.fstat(made)), record)
    except OSError:
        for name in (directory.output, path, record, f"{directory.path}/{LINK}"):
            with suppress(FileNotFoundError):
                os.unlink(name)
        raise


def _identity(found: os.stat_result) -> str:
    """What no two files of one name ever have in common: its number may be given again, but not at the same time."""
    return f"{found.st_ino} {found.st_ctime_ns}"


def _is_ours(found: os.stat_result, directory: JobDirectory) -> bool:
    """Whether an empty file of the name that an attempt took is the one which that attempt made."""
    if found.st_mode & _MARK:
        return True
    try:
        return os.readlink(f"{directory.path}/{_MADE}") == _identity(found)
    except FileNotFoundError:
        return False


def _link_to_file(path: str, link: str) -> None:
    """Put the file's name on record.

    Raises:
        OutputRefused: a link in the data directory cannot hold it.
        OSError: the link cannot be made.
    """
    try:
        _link(path, link)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise OutputRefused(f"the output file {shown(path)} cannot be made: {error.strerror}") from error


def _link(target: str, path: str) -> None:
    """Make a symbolic link.

    Raises:
        OSError: it cannot be made; it names the link and not, as ``os.symlink`` does, what that leads to.
    """
    try:
        os.symlink(target, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error


def _why(error: OSError, path: str) -> str:
    """Why a file cannot be made, as the end of a sentence."""
    known = error.errno != errno.ENOENT or not os.path.isdir(os.path.dirname(path))
    return (_WHY.get(error.errno or 0) if known else None) or f"cannot be made: {error.strerror or error}"
