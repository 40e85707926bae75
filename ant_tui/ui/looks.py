"""What a task's state looks like: glyph, word and the name of its style. Never colour alone."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ant_tui.core.resources import GpuState
from ant_tui.core.task import Task, TaskState

__all__ = ["GPU_LOOKS", "HELD", "LOOKS", "STYLES", "Look", "look_of"]


class Look(Struct, frozen=True):
    """How something is shown.

    Attributes:
        glyph: one cell.
        ascii: the same for terminals without UTF-8.
        word: at most 11 cells.
        style: name of a style, see ``STYLES``.
    """

    glyph: str
    ascii: str
    word: str
    style: str


LOOKS: Mapping[TaskState, Look] = {
    TaskState.QUEUED: Look("·", ".", "queued", "state-queued"),
    TaskState.STARTING: Look("◌", "o", "starting", "state-changing"),
    TaskState.RUNNING: Look("►", ">", "running", "state-running"),
    TaskState.SUSPENDED: Look("‖", "=", "suspended", "state-held"),
    TaskState.COMPLETING: Look("◌", "o", "completing", "state-changing"),
    TaskState.COMPLETED: Look("✓", "+", "completed", "state-completed"),
    TaskState.FAILED: Look("✗", "x", "failed", "state-failed"),
    TaskState.CANCELLED: Look("⊘", "/", "cancelled", "state-cancelled"),
    TaskState.TIMEOUT: Look("✗", "x", "timeout", "state-failed"),
    TaskState.OUT_OF_MEMORY: Look("✗", "x", "out of mem", "state-failed"),
    TaskState.LOST: Look("?", "?", "lost", "state-lost"),
    TaskState.RECOVERABLE: Look("?", "?", "recoverable", "state-lost"),
}

HELD = Look("‖", "=", "held", "state-held")

GPU_LOOKS: Mapping[GpuState, Look] = {
    GpuState.FREE: Look("○", "o", "free", "gpu-free"),
    GpuState.BUSY: Look("●", "*", "busy", "gpu-busy"),
    GpuState.DISABLED: Look("-", "-", "disabled", "gpu-disabled"),
    GpuState.EXTERNAL: Look("!", "!", "external", "gpu-external"),
    GpuState.LOST: Look("✗", "x", "lost", "gpu-lost"),
    GpuState.COMPLETING: Look("◌", "o", "completing", "state-changing"),
}

STYLES: Mapping[str, tuple[str, ...]] = {
    "state-queued": ("$state-queued", ""),
    "state-changing": ("$state-changing", "$accent"),
    "state-running": ("bold $state-running", "bold $text-success"),
    "state-held": ("$state-held", "$text-primary"),
    "state-completed": ("$state-completed", "dim"),
    "state-failed": ("bold $state-failed", "bold $text-error"),
    "state-cancelled": ("$state-cancelled", "dim"),
    "state-lost": ("bold $state-failed", "bold $text-error"),
    "gpu-free": ("$gpu-free", "dim"),
    "gpu-busy": ("$gpu-busy", "$text-success"),
    "gpu-disabled": ("$gpu-disabled", "dim"),
    "gpu-external": ("$gpu-external", "$text-accent"),
    "gpu-lost": ("bold $state-failed", "bold $text-error"),
    "good": ("$text-success",),
    "bad": ("bold $text-error",),
    "warn": ("$text-warning",),
    "quiet": ("dim",),
    "strong": ("bold",),
}
"""Style name → what it means, the first that the theme can spell (see ``widgets.palette``)."""


def look_of(task: Task) -> Look:
    """How a task's state is shown; being held has a look of its own."""
    return HELD if task.held and task.state is TaskState.QUEUED else LOOKS[task.state]
