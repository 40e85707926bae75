"""From what was asked for to drafts with a final id and a final command: the bridge to ``submission``."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from msgspec import Struct

from ant_tui.api.schema import Submission

__all__ = ["Draft", "drafts_of_tasks", "drafts_of_text"]


class Draft(Struct, frozen=True):
    """One task to be.

    Attributes:
        task: what was asked for.
        id: the final id.
        resolved_command: the final command.
        place: where it stands in a text, as the beginning of a sentence; empty for a single task.
    """

    task: Submission
    id: str
    resolved_command: str
    place: str = ""


def drafts_of_tasks(tasks: Sequence[Submission]) -> list[Draft]:
    return [Draft(t, t.id or str(uuid4()), t.command) for t in tasks]


def drafts_of_text(text: str, form: Submission, default_gpus: int) -> list[Draft]:
    raise NotImplementedError
