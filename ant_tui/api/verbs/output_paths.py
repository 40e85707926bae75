"""Files that tasks are to write their output into: what a path means, and why it cannot be had.

All that can be known is told at the submission. The file itself is made at the start of the task
(``executors.output_file``), where the last word is spoken.
"""

from __future__ import annotations

import os
import re
from functools import cache

from ant_tui.core.state import State
from ant_tui.core.task import Task
from ant_tui.errors import Refused, SubmissionError

__all__ = ["OutputPaths", "output_path"]

_NO_PATH = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def output_path(text: str, workdir: str) -> str:
    """Make the absolute path of an output file.

    Args:
        text: as it was written: absolute, with ``~``, or as seen from the task's directory; empty for none.
        workdir: absolute path of that directory.

    Returns:
        The path, with a ``/`` at its end where the text has one; empty for none.
    """
    if not text:
        return ""
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
        self._real_directory = cache(os.path.realpath)
        self._taken: dict[str, Task] | None = None
        self._asked: dict[str, str] = {}

    def take(self, path: str, asker: str = "") -> None:
        """Give a file to a task.

        Args:
            path: as ``output_path`` made it, not empty.
            asker: who asks for it, as others of the request are told: ``line 3``.

        Raises:
            Refused: it is there already, or another task's.
            SubmissionError: it is no path, or cannot be made.
        """
        if not os.path.isabs(path) or _NO_PATH.search(path):
            raise SubmissionError(f"The output file {path!r} is no path: it holds a character that no name should.")
        directory, name = os.path.split(path)
        if not name:
            raise SubmissionError(f"The output file '{path}' is a directory by its name; name a file in it.")
        file = os.path.join(self._real_directory(directory), name)
        if file in self._asked:
            other = self._asked[file] or "another task of this submission"
            raise Refused(f"The output file '{path}' is that of {other} already; give each task its own.")
        self._asked[file] = asker
        if (owner := self._owners().get(file)) is not None:
            raise Refused(
                f"The output file '{path}' is that of task {owner.number}, {owner.id}, which is {owner.state.value};"
                " choose another name."
            )
        _check_free(path, directory)

    def _owners(self) -> dict[str, Task]:
        """Whose output goes where, of all tasks that are queued or active."""
        if self._taken is None:
            state = self._state
            numbers = (*state.active, *(key[2] for key in state.queue))
            tasks = (state.tasks[number] for number in numbers if number != self._but)
            self._taken = {self._real(task.spec.output): task for task in tasks if task.spec.output}
        return self._taken

    def _real(self, path: str) -> str:
        directory, name = os.path.split(path)
        return os.path.join(self._real_directory(directory), name)


def _check_free(path: str, directory: str) -> None:
    """See whether a file can be made.

    Raises:
        Refused: a file of that name is there.
        SubmissionError: it is a directory, or the directory it would lie in is not there, or may not be written.
    """
    try:
        os.lstat(path)
    except FileNotFoundError:
        pass
    except NotADirectoryError:
        raise SubmissionError(f"The output file '{path}' cannot be made: '{directory}' is not a directory.") from None
    except OSError as error:
        raise SubmissionError(f"The output file '{path}' cannot be made: {error.strerror}.") from error
    else:
        if os.path.isdir(path):
            raise SubmissionError(f"The output file '{path}' is a directory that exists already; name a file in it.")
        raise Refused(f"The output file '{path}' exists already, and nothing is written over; choose another name.")
    if not os.path.isdir(directory):
        raise SubmissionError(
            f"The output file '{path}' cannot be made: the directory '{directory}' does not exist; make it first."
        )
    if not os.access(directory, os.W_OK | os.X_OK):
        raise SubmissionError(f"The output file '{path}' cannot be made: you may not write in '{directory}'.")
