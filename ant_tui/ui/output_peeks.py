"""The last lines of many logs, for rows of the task list that show them: read in a thread, and only of rows in view."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ant_tui.output.log_file import LogUnreadable
from ant_tui.ui.last_lines import end_of_log

__all__ = ["OutputPeeks"]

_MOST_BYTES = 16 * 1024


class OutputPeeks:
    """Remembers what the ends of logs said.

    Attributes:
        known: task number → its last lines, fewer than wanted where there are no more; replaced as a whole.
    """

    def __init__(self) -> None:
        """Know nothing."""
        self.known: dict[int, tuple[str, ...]] = {}
        self._seen: dict[int, tuple[str, int, int]] = {}

    def look(self, logs: Sequence[tuple[int, str]], most: int) -> bool:
        """Read the logs that have changed; what was known of others is forgotten. Blocks while it reads.

        Args:
            logs: (task number, path of its log, empty for none).
            most: lines of each, >= 1.

        Returns:
            Whether something else is known now.
        """
        seen = {number: (path, _size(path), most) for number, path in logs}
        known: dict[int, tuple[str, ...]] = {}
        for number, now in seen.items():
            same = number in self.known and self._seen.get(number) == now
            known[number] = self.known[number] if same else _read(now[0], most)
        changed = known != self.known
        self.known, self._seen = known, seen
        return changed


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size if path else 0
    except OSError:
        return 0  # it has not begun to write, or its log was removed


def _read(path: str, most: int) -> tuple[str, ...]:
    try:
        return end_of_log(path, most, _MOST_BYTES)
    except LogUnreadable as problem:
        return (problem.sentence,)
