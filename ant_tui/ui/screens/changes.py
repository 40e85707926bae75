"""What has changed since the screen was last painted: gathered from what the scheduler tells, taken all at once."""

from __future__ import annotations

from dataclasses import dataclass

from ant_tui.core import events as ev
from ant_tui.scheduler.publisher import Observed, Publication, Recorded, Reset

__all__ = ["Changes"]

_MOVES_NOTHING = (ev.TaskTagged, ev.TaskRenamed, ev.TaskSuspended, ev.TaskResumed, ev.TaskLeftovers, ev.TaskHeld,
                  ev.TaskReleased, ev.TaskExited, ev.TaskCancelRequested, ev.TaskStarted)  # fmt: skip
"""Events after which every task stands in the same section at the same place."""


@dataclass(slots=True)
class Changes:
    """Marks of what is to be painted anew.

    Attributes:
        order: which tasks are listed where.
        rows: what rows say.
        gpus: words and figures of the GPUs.
        graphs: their graphs.
    """

    order: bool = True
    rows: bool = True
    gpus: bool = True
    graphs: bool = True

    def hear(self, publication: Publication) -> None:
        """Take note of a publication."""
        if isinstance(publication, Recorded):
            for _, event in publication.events:
                self._happened(event)
        elif isinstance(publication, Observed):
            self.gpus = self.rows = True  # why a task waits depends on the GPUs
        elif isinstance(publication, Reset):
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
        if isinstance(event, (ev.TaskStarting, ev.TaskExited, ev.TaskCancelRequested, ev.TaskEnded, ev.GpusSwitched)):
            self.gpus = True
