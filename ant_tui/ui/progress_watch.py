"""How far the running tasks in view are, read from the ends of their logs, which are read only when they have grown."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ant_tui.output.log_file import LogFile, LogMissing, LogUnreadable
from ant_tui.ui.figures import waited
from ant_tui.ui.task_cells import TaskProgress

if TYPE_CHECKING:
    from ant_tui.output.progress import Progress

__all__ = ["ProgressWatch"]

_BYTES = 8 * 1024


class ProgressWatch:
    """Remembers what the logs said.

    Attributes:
        known: task number → how far it is; without the tasks that do not say.
    """

    def __init__(self) -> None:
        """Know nothing."""
        self.known: dict[int, TaskProgress] = {}
        self._sizes: dict[int, tuple[str, int]] = {}

    def look(self, logs: Iterable[tuple[int, str]]) -> set[int]:
        """Look at the logs of some running tasks; what was known of others is forgotten.

        Args:
            logs: (task number, path of its log).

        Returns:
            The tasks of which something else is known now.
        """
        wanted = dict(logs)
        for number in self._sizes.keys() - wanted.keys():
            del self._sizes[number]
            self.known.pop(number, None)
        return {number for number, path in wanted.items() if self._look_at(number, path)}

    def _look_at(self, number: int, path: str) -> bool:
        try:
            seen = (path, os.stat(path).st_size)
        except OSError:
            seen = (path, 0)  # it has not begun to write, or its log was removed
        if self._sizes.get(number) == seen:
            return False
        self._sizes[number] = seen
        before = self.known.pop(number, None)
        if (found := _read(path, seen[1])) is not None:
            self.known[number] = TaskProgress(found.fraction, _words(found))
        return self.known.get(number) != before


def _read(path: str, length: int) -> Progress | None:
    if not length:
        return None
    # Its patterns take 25 ms to be made, which the first frame need not wait for.
    from ant_tui.output.progress import read_progress

    try:
        with LogFile(path) as log:
            data = log.read(max(0, length - _BYTES), _BYTES)
    except (LogMissing, LogUnreadable):
        return None
    return read_progress(data.decode("utf-8", "replace"))


def _words(found: Progress) -> str:
    words = f"{int(found.fraction * 100)}%"
    return f"{words} ~{waited(found.remaining_s)}" if found.remaining_s is not None else words
