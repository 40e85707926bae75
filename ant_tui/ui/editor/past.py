"""Earlier commands, newest first, and stepping through them while one is written. No widget."""

from __future__ import annotations

from collections.abc import Sequence

from ant_tui.core.task import Task
from ant_tui.submission.drafts import TaskDraft
from ant_tui.submission.printing import print_draft

__all__ = ["Stepping", "as_line", "earlier_commands", "matching"]

_MOST_TASKS = 5000
"""How far back is looked: a sweep of thousands hides what was before it, but nobody waits."""


def earlier_commands(tasks: dict[int, Task], most: int = 200) -> list[str]:
    """The commands of known tasks, each once, the newest first.

    Args:
        tasks: by number, in the order of submission.
        most: how many commands are wanted.
    """
    found: dict[str, None] = {}
    for seen, number in enumerate(reversed(tasks)):
        if seen >= _MOST_TASKS or len(found) >= most:
            break
        found.setdefault(tasks[number].spec.command)
    return list(found)


def matching(commands: Sequence[str], text: str) -> list[str]:
    """The commands in which every word of a text occurs somewhere, in any case."""
    words = text.casefold().split()
    return [command for command in commands if all(word in command.casefold() for word in words)]


def as_line(command: str) -> str:
    """A command as one line of a Multi text, whatever it holds."""
    return print_draft(TaskDraft(command, command), with_id=False)


class Stepping:
    """One walk through earlier commands, and back to what was being written."""

    def __init__(self, commands: Sequence[str]) -> None:
        """Walk through some commands, the newest first."""
        self._commands = commands
        self._at = -1
        self._written = ""
        self._shown = ""

    def step(self, steps: int, written: str) -> str | None:
        """Take a step.

        Args:
            steps: positive goes back in time, negative forward.
            written: what is in the editor now; the walk ends with it where it was changed by hand.

        Returns:
            What is to be shown; None at the end of the road.
        """
        if self._at < 0 or written != self._shown:
            self._at = -1
            self._written = written
        at = self._at + steps
        if not -1 <= at < len(self._commands) or at == self._at:
            return None
        self._at = at
        self._shown = self._written if at < 0 else self._commands[at]
        return self._shown
