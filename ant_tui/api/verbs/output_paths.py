"""Files that tasks are to write their output into: what a path means, and why it cannot be had.

All that can be known is told at the submission. The file itself is made at the start of the task
(``executors.output_file``), where the last word is spoken. Which task has which file is an index of the state; the path
without links by which it goes is found once, at the submission, and recorded with the task.
"""

from __future__ import annotations

import os
import re
import stat
from functools import cache

from ant_tui.core.state import State
from ant_tui.core.task import Task, TaskState
from ant_tui.errors import Refused, SubmissionError
from ant_tui.executors.output_file import shown

__all__ = ["OutputPaths", "output_path"]

_NO_PATH = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_PATH, _LONGEST_NAME = 4095, 255
"""Bytes of a path and of a name in it that Linux takes."""

_REPEATED = re.compile(r"(.+)~[1-9][0-9]*", re.DOTALL)
"""A name that a repetition may take for its output."""


def output_path(text: str, workdir: str) -> str:
    """Make the absolute path of an output file.

    Args:
        text: as it was written: absolute, with ``~``, or as seen from the task's directory; empty for none.
        workdir: absolute path of that directory.

    Returns:
        The path, with a ``/`` at its end where the text has one; empty for none. A text that can be no path is given
        back as it is: ``OutputPaths`` refuses it.
    """
    if not text or _why_no_path(text):
        return text
    path = os.path.normpath(os.path.join(workdir, os.path.expanduser(text)))
    return f"{path}/" if text.endswith("/") else path


class OutputPaths:
    """The files of the tasks that are not over, and those that one request asks for."""

    def __init__(self, state: State, *, but: int = 0) -> None:
        """Begin a request.

        Args:
            state: as it is now.
            but: number of a task whose own file is none in the way; 0 for none.
        """
        self._state = state
        self._but = but
        self._real_directory = cache(_real_directory)
        self._asked: dict[str, str] = {}

    def take(self, path: str, asker: str = "") -> str:
        """Give a file to a task.

        Args:
            path: as ``output_path`` made it, not empty.
            asker: who asks for it, as others of the request are told: ``line 3``.

        Returns:
            The path without links, where that is another; else an empty text (see ``TaskSpec.output_file``).

        Raises:
            Refused: it is there already, or another task's.
            SubmissionError: it is no path, or cannot be made.
        """
        if why := _why_no_path(path) or ("" if os.path.isabs(path) else "it is not absolute"):
            raise SubmissionError(f"The output file {shown(path)!r} is no path: {why}.")
        directory, name = os.path.split(path)
        if not name:
            raise SubmissionError(f"The output file '{shown(path)}' is a directory by its name; name a file in it.")
        if not name.strip():
            raise SubmissionError(f"The output file '{shown(path)}' has no name: there are only blanks; write one.")
        try:
            file = os.path.join(self._real_directory(directory), name)
        except _Unusable as error:
            raise SubmissionError(f"The output file '{shown(path)}' cannot be made: {error}.") from None
        if file in self._asked:
            other = self._asked[file] or "another task of this submission"
            raise Refused(f"The output file '{shown(path)}' is that of {other} already; give each task its own.")
        self._asked[file] = asker
        self._check_tasks(path, file)
        _check_free(path)
        return file if file != path else ""

    def _check_tasks(self, path: str, file: str) -> None:
        """See whether a task that is not over has a file, or may take its name for a repetition.

        Raises:
            Refused: one has, or may.
        """
        for task in self._owners(file):
            raise Refused(
                f"The output file '{shown(path)}' is that of task {task.number}, {task.id}, which is"
                f" {task.state.value}; choose another name."
            )
        if repeated := _REPEATED.fullmatch(file):
            for task in self._owners(repeated[1]):
                if _may_find_its_file(task):
                    raise Refused(
                        f"The output file '{shown(path)}' may be that of task {task.number}, {task.id}, which starts"
                        " once more and writes beside what it wrote before; choose another name."
                    )

    def _owners(self, file: str) -> list[Task]:
        return [self._state.tasks[number] for number in self._state.files.get(file, ()) if number != self._but]


class _Unusable(Exception):
    """A directory in which no file can be made; ``args[0]`` says why."""


def _why_no_path(text: str) -> str:
    """Why no path can be written so; empty where one can. Nothing is looked at on disk: that takes long for some."""
    if _NO_PATH.search(text):
        return "it holds a character that no name should"
    size = len(text.encode())
    if size > _LONGEST_PATH:
        return f"it is longer than {_LONGEST_PATH:,} bytes"
    if size > _LONGEST_NAME and any(len(name.encode()) > _LONGEST_NAME for name in text.split("/")):
        return f"a name in it is longer than {_LONGEST_NAME} bytes"
    return ""


def _real_directory(directory: str) -> str:
    """The path without links of a directory in which a file can be made.

    Raises:
        _Unusable: it is not there, or may not be written.
    """
    try:
        is_one = stat.S_ISDIR(os.stat(directory).st_mode)
    except FileNotFoundError:
        raise _Unusable(f"the directory '{shown(directory)}' does not exist; make it first") from None
    except NotADirectoryError:
        is_one = False
    except OSError as error:
        raise _Unusable(error.strerror or str(error)) from None
    if not is_one:
        raise _Unusable(f"'{shown(directory)}' is not a directory")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise _Unusable(f"you may not write in '{shown(directory)}'")
    return os.path.realpath(directory)  # of one that is there: of any other it may take seconds


def _may_find_its_file(task: Task) -> bool:
    """Whether a task has yet to start and may have been started before: it takes ``FILE~2`` then, or a later one."""
    if task.state is TaskState.QUEUED:
        return bool(task.starts or task.spec.retried_from)
    return task.state is TaskState.STARTING and (task.starts > 1 or bool(task.spec.retried_from))


def _check_free(path: str) -> None:
    """See whether nothing has a file's name.

    Raises:
        Refused: a file of that name is there.
        SubmissionError: it is a directory, or that cannot be found out.
    """
    try:
        os.lstat(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SubmissionError(f"The output file '{shown(path)}' cannot be made: {error.strerror}.") from error
    if os.path.isdir(path):
        raise SubmissionError(f"The output file '{shown(path)}' is a directory that exists already; name a file in it.")
    raise Refused(f"The output file '{shown(path)}' exists already, and nothing is written over; choose another name.")
