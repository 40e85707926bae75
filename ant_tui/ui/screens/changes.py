"""What has changed since the screen was last painted: gathered from what the scheduler tells, taken all at once."""

from __future__ import annotations

from msgspec import Struct, field

from ant_tui.core import events as ev
from ant_tui.scheduler.publisher import Observed, Publication, Recorded, Reset

__all__ = ["Changes"]

_MOVES_NOTHING = (ev.TaskTagged, ev.TaskRenamed, ev.TaskSuspended, ev.TaskResumed, ev.TaskLeftovers, ev.TaskHeld,
                  ev.TaskReleased, ev.TaskExited, ev.TaskCancelRequested, ev.TaskStarted)  # fmt: skip
"""Events after which every task stands in the same section at the same place."""

_OF_MANY = (ev.LeftAside, ev.TasksRestored, ev.TasksHidden)


class Changes(Struct):
    """Marks of what is to be painted anew.

    Attributes:
        order: which tasks are listed where.
        rows: what rows say.
        gpus: words and figures of the GPUs.
        graphs: their graphs.
        tasks: the numbers of tasks that have changed.
        any_task: whether any other task may have changed as well.
    """

    order: bool = True
    rows: bool = True
    gpus: bool = True
    graphs: bool = True
    tasks: set[int] = field(default_factory=set)
    any_task: bool = False

    def hear(self, publication: Publication) -> None:
        """Take note of a publication."""
        if isinstance(publication, Recorded):
            for _, event in publication.events:
                self._happened(event)
        elif isinstance(publication, Observed):
            self.gpus = self.rows = True  # why a task waits depends on the GPUs
        elif isinstance(publication, Reset):
            self.any_task = True
            self.everything()
        else:
            self.gpus = self.graphs = True

    def everything(self) -> None:
        """Look at everything anew."""
        self.order = self.rows = self.gpus = self.graphs = True

    def _happened(self, event: ev.RecordedEvent) -> None:
        self.rows = True
        if not isinstance(event, _MOVES_NOTHING):
            self.order = True
        number = getattr(event, "number", None)
        if number is not None:
            self.tasks.add(number)
        elif isinstance(event, _OF_MANY):
            self.any_task = True
        if isinstance(event, (ev.TaskStarting, ev.TaskExited, ev.TaskCancelRequested, ev.TaskEnded, ev.GpusSwitched)):
            self.gpus = True
