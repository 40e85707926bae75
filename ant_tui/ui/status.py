"""What the status line says: whose scheduler this is, whether the queue goes on, how many tasks there are, where."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ant_tui.client.interface import Client
from ant_tui.core.state import State
from ant_tui.core.task import TaskState
from ant_tui.ui.lost_scheduler import MEANWHILE
from ant_tui.ui.places import from_home
from ant_tui.ui.widgets.text_line import Runs, length_of

__all__ = ["StatusFacts", "status_facts", "status_runs"]

_FAILED = (TaskState.FAILED, TaskState.TIMEOUT, TaskState.OUT_OF_MEMORY, TaskState.LOST)


class StatusFacts(Struct, frozen=True):
    """What the line is made of.

    Attributes:
        machine: its name.
        paused: whether the queue is.
        counts: word → number of tasks, the important first.
        where: where the scheduler runs.
        data_dir: its data directory, with ``~`` for the home.
        trouble: what keeps it from its work, or us from it; empty while all is well.
        waiting: whether this screen waits for a scheduler to attach to.
    """

    machine: str
    paused: bool
    counts: Mapping[str, int]
    where: str
    data_dir: str
    trouble: str = ""
    waiting: bool = False


def status_facts(client: Client, home: str) -> StatusFacts:
    """Take the facts from a client.

    Args:
        client: whose scheduler.
        home: the user's home directory.
    """
    place, state = client.place, client.state
    where = f"scheduler: this process, {place.pid}" if client.here else f"scheduler: process {place.pid}"
    data = from_home(place.data_dir, home)
    return StatusFacts(place.machine, state.paused, _counts(state), where, data, client.trouble, not client.connected)


def _counts(state: State) -> dict[str, int]:
    counts = state.counts
    queued = counts[TaskState.QUEUED]
    held = queued - sum(len(line) for line in state.lines.values())
    running = counts[TaskState.RUNNING] + counts[TaskState.STARTING] + counts[TaskState.COMPLETING]
    return {
        "running": running,
        "suspended": counts[TaskState.SUSPENDED],
        "queued": queued - held,
        "held": held,
        "failed": sum(counts[state] for state in _FAILED),
        "completed": counts[TaskState.COMPLETED],
        "cancelled": counts[TaskState.CANCELLED],
        "recoverable": counts[TaskState.RECOVERABLE],
    }


_ALWAYS = ("running", "queued")
_STYLES = {
    "running": "state-running",
    "queued": "state-queued",
    "held": "state-held",
    "suspended": "state-held",
    "failed": "state-failed",
    "recoverable": "state-lost",
}


def status_runs(facts: StatusFacts, width: int) -> tuple[Runs, Runs]:
    """What stands at the left and at the right of a line of some width; the least important goes first."""
    head: list[tuple[str, str]] = [(" ant-tui", "strong"), (f" · {facts.machine}  ", "quiet")]
    queue = [("‖ queue paused", "warn")] if facts.paused else [("► queue runs", "good")]
    counts: list[tuple[str, str]] = []
    for word, number in facts.counts.items():
        if number or word in _ALWAYS:
            counts.append((" · " if counts else "   ", "quiet"))
            counts.append((f"{number:,} {word}", _STYLES.get(word, "quiet") if number else "quiet"))
    left: list[tuple[str, str]] = [*head, *queue, *counts]
    if facts.trouble:
        # Trouble takes all the room that counts and places would have, and that of names if it needs it.
        return _trouble(facts, head, width), ()
    room = width - length_of(left) - 2
    places = (f"{facts.where} · {facts.data_dir} ", f"{facts.where} ", "")
    right = next(place for place in places if len(place) <= room or not place)
    if length_of(left) > width:
        left = [(" ", ""), *queue, *counts]
    return left, [(right, "quiet")] if right else ()


def _trouble(facts: StatusFacts, head: Runs, width: int) -> Runs:
    found: Runs = [(" ", ""), (f"! {facts.trouble}", "bad")]
    for more in (*(MEANWHILE if facts.waiting else ()), ""):
        for before in (head, [(" ", "")]):
            found = [*before, (f"! {facts.trouble}{more}", "bad")]
            if length_of(found) <= width and (before is head or more != MEANWHILE[0]):
                return found
    return found
