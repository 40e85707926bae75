"""One thing that happened, as a person is told it."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Notice"]


class Notice(Struct, frozen=True):
    """One thing that happened.

    Attributes:
        at: epoch seconds.
        text: a sentence or less; from anywhere, not yet safe to show.
        style: name of its style: ``bad``, ``warn``, ``good`` or ``quiet``.
        task: number of the task that it is about; None for none.
        loud: whether it is worth a toast: nobody has asked for it, and somebody may have to do something.
    """

    at: float
    text: str
    style: str
    task: int | None = None
    loud: bool = False
