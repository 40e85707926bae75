"""The ways to leave the screen, and asking for one when work is open."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ant_tui.client.interface import Client
from ant_tui.core.task import TaskState
from ant_tui.ui.figures import count

if TYPE_CHECKING:
    from ant_tui.ui.dialogs.choose import Choose

__all__ = ["AskToLeave", "Leaving", "has_open_work", "question"]


class Leaving(StrEnum):
    """What becomes of scheduler and tasks when the screen is left."""

    DETACH = "detach"
    """The scheduler lives elsewhere and goes on."""
    BACKGROUND = "background"
    """The scheduler goes on in a process of its own."""
    LEAVE = "leave"
    """The scheduler ends, running tasks go on."""
    KILL = "kill"
    """The scheduler ends, and so do the running tasks."""


@runtime_checkable
class AskToLeave(Protocol):
    """An app that can be left."""

    async def ask_to_leave(self) -> None:
        """Ask what becomes of open work, and end."""


def has_open_work(client: Client) -> bool:
    """Whether something runs, or would run by itself."""
    state = client.state
    return bool(state.active or state.lines)


def question(client: Client) -> Choose[Leaving]:
    """Ask what becomes of open work; the answer that costs nothing comes first."""
    from ant_tui.ui.dialogs.choose import Choice, Choose

    state = client.state
    running, queued = len(state.active), state.counts[TaskState.QUEUED]
    parts = [count(running, "task runs", "tasks run")] if running else []
    parts += [count(queued, "task waits", "tasks wait")] if queued else []
    goes_on = "Everything goes on without the screen; ant-tui brings it back."
    stays = "Running tasks go on, queued ones wait for the next ant-tui."
    ends = f"{count(running, 'running task')} would be ended; what they have not saved is lost."
    return Choose(
        "Leave ant-tui",
        (
            Choice(Leaving.BACKGROUND, "Keep the scheduler running in the background", goes_on),
            Choice(Leaving.LEAVE, "Stop the scheduler, leave the tasks", stays),
            Choice(Leaving.KILL, "End everything", ends if running else "Queued tasks wait for the next ant-tui."),
        ),
        lines=[f"{' and '.join(parts)}. What becomes of that?"],
    )
