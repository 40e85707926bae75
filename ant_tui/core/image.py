"""The state as one value: what a snapshot on disk holds and what a remote screen starts from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from ant_tui.core.task import Task

__all__ = ["Slot", "StateImage"]


class Slot(Struct, frozen=True):
    """A saved set of variables: what people call it, its values as JSON, and when it was saved (epoch seconds)."""

    name: str
    values: Mapping[str, Any]
    saved_at: float


class StateImage(Struct, frozen=True, omit_defaults=True):
    """Everything in the state that was recorded. Order matters in the tuples of numbers: oldest first."""

    next_number: int = 1
    paused: bool = False
    session: str = ""
    disabled: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    environments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()
    active: tuple[int, ...] = ()
    ended: tuple[int, ...] = ()
    scheduler_pid: int = 0
    workspace: Mapping[str, Any] = field(default_factory=dict)
    slots: tuple[tuple[int, Slot], ...] = ()
