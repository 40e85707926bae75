"""What an action would be done to at this moment: the selected tasks, the selected GPU, the queue. Values only."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from ant_tui.core.resources import Gpu
from ant_tui.core.task import Task, TaskState

__all__ = ["Pane", "Situation"]


class Pane(StrEnum):
    """The panes of the main screen."""

    GPUS = "gpus"
    TASKS = "tasks"
    OUTPUT = "output"


class Situation(Struct, frozen=True, dict=True):
    """What is selected.

    Attributes:
        tasks: the marked tasks, or without marks the one under the cursor, in shown order.
        pane: where the keys go.
        gpu: the GPU under the cursor.
        gpu_disabled: whether that GPU is switched off.
        paused: whether the queue is.
        trouble: why nothing can be asked for at the moment; empty while all is well.
    """

    tasks: Sequence[Task] = ()
    pane: Pane = Pane.TASKS
    gpu: Gpu | None = None
    gpu_disabled: bool = False
    paused: bool = False
    trouble: str = ""
    marked: int = 0
    """How many of the tasks were marked; 0 when there is only the cursor."""
    order: str = ""
    """In which order waiting tasks stand in the list, in words, where it is not that of the queue."""

    @cached_property
    def states(self) -> frozenset[TaskState]:
        """The states that occur among the tasks."""
        found: set[TaskState] = set()
        last: TaskState | None = None
        for task in self.tasks:  # neighbours are mostly alike, and to hash a state costs more than all the rest
            if task.state is not last:
                last = task.state
                found.add(last)
        return frozenset(found)

    @cached_property
    def all_held(self) -> bool:
        """Whether every queued one among the tasks is held."""
        return all(task.held for task in self.tasks if task.state is TaskState.QUEUED)
