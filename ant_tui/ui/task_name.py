"""What people know a task by: the id that they gave it, or what it runs where the id was made up."""

from __future__ import annotations

import re

from ant_tui.core.task import Task

__all__ = ["id_was_made_up", "name_of"]

_MADE_UP = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
"""A random UUID (RFC 9562, version 4), which is what a task without an id gets."""

_LONGEST = 60
"""Characters of a command that stand for a name."""


def id_was_made_up(task: Task) -> bool:
    """Whether nobody chose the task's id."""
    return _MADE_UP.fullmatch(task.id) is not None


def name_of(task: Task, longest: int = _LONGEST) -> str:
    """The task's id, or the beginning of its command where nobody chose one; on one line, not yet made safe.

    Args:
        task: any task.
        longest: the most characters of a command.
    """
    if not id_was_made_up(task):
        return task.id
    words = " ".join(task.spec.final_command[: 4 * longest].split())
    return words if len(words) <= longest else words[: longest - 1] + "…"
