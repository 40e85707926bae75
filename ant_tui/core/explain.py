"""Why a queued task waits: one of the field's words, and one sentence.

Pure questions to the state; the policy's answer in words. Kept beside ``policy`` so that the two change together.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from ant_tui.core.policy import Limits
from ant_tui.core.resources import GpuState, ResourceRequest
from ant_tui.core.state import State
from ant_tui.core.task import Task, TaskState

__all__ = ["Explanation", "Reason", "explain", "reasons_of"]


class Reason(StrEnum):
    """Why a task is still queued."""

    RESOURCES = "Resources"
    PRIORITY = "Priority"
    HELD = "Held"
    QUEUE_PAUSED = "QueuePaused"
    GPU_BUSY_EXTERNAL = "GpuBusyExternal"
    UNSATISFIABLE = "Unsatisfiable"


class Explanation(Struct, frozen=True):
    """A reason and its sentence; both empty for a task that does not wait."""

    reason: str = ""
    sentence: str = ""


_NOTHING = Explanation()
_HELD = Explanation(Reason.HELD, "held until it is released")


def explain(state: State, task: Task, limits: Limits) -> Explanation:
    """Say why a task waits.

    Args:
        state: not changed.
        task: any task; one that is not queued has nothing to explain.
        limits: the bounds in force.
    """
    return reasons_of(state, limits)(task)


def reasons_of(state: State, limits: Limits) -> Callable[[Task], Explanation]:
    """A function that explains tasks of one state, doing what they share only once."""
    known: dict[ResourceRequest, tuple[int, Explanation, Explanation]] = {}

    def line_of(request: ResourceRequest) -> tuple[int, Explanation, Explanation]:
        """The number of a line's head, why it does not start, and why nobody behind it does."""
        head = state.tasks[state.lines[request][0][2]]
        blocked = _blocked(state, request, limits)
        if blocked.reason in (Reason.UNSATISFIABLE, Reason.QUEUE_PAUSED):
            return head.number, blocked, blocked
        return head.number, blocked, Explanation(Reason.PRIORITY, f"behind {head.id} (task {head.number})")

    def of(task: Task) -> Explanation:
        if task.state is not TaskState.QUEUED:
            return _NOTHING
        if task.held:
            return _HELD
        request = task.spec.resources
        line = known.get(request)
        if line is None:
            line = known[request] = line_of(request)
        number, blocked, behind = line
        return blocked if number == task.number else behind

    return of


def _blocked(state: State, request: ResourceRequest, limits: Limits) -> Explanation:
    """Why the head of a line does not start."""
    if impossible := state.cluster.why_unsatisfiable(request):
        return Explanation(Reason.UNSATISFIABLE, impossible)
    if limits.gpus and request.gpus > limits.gpus:
        return Explanation(Reason.UNSATISFIABLE, f"needs {request.gpus}, but at most {limits.gpus} GPUs may be in use")
    if state.paused:
        return Explanation(Reason.QUEUE_PAUSED, "the queue is paused")
    if request.gpus == 0:
        if limits.cpu_tasks and state.active_cpu_tasks >= limits.cpu_tasks:
            run = "task without a GPU runs" if state.active_cpu_tasks == 1 else "tasks without a GPU run"
            return Explanation(Reason.RESOURCES, f"{state.active_cpu_tasks} {run}, which is the limit")
        return Explanation(Reason.RESOURCES, "starts in a moment")
    if limits.gpus and request.gpus > limits.gpus - len(state.cluster.holders):
        return Explanation(
            Reason.RESOURCES,
            f"needs {request.gpus}, and {len(state.cluster.holders)} of at most {limits.gpus} GPUs are in use",
        )
    return _blocked_by_gpus(state, request)


def _blocked_by_gpus(state: State, request: ResourceRequest) -> Explanation:
    cluster = state.cluster
    found: dict[GpuState, list[str]] = {}
    for gpu in cluster.candidates(request):
        word = cluster.state_of(gpu.uuid)
        text = str(gpu.index)
        if word in (GpuState.BUSY, GpuState.COMPLETING):
            holder = state.tasks[cluster.holders[gpu.uuid]]
            text += f" ({holder.id})"
        elif word is GpuState.EXTERNAL and gpu.external is not None:
            text += f" ({gpu.external.sentence()})"
        found.setdefault(word, []).append(text)
    free = len(found.pop(GpuState.FREE, ()))
    others = "; ".join(f"{word}: {', '.join(gpus)}" for word, gpus in sorted(found.items()))
    sentence = f"needs {request.gpus}, {free} free" + (f"; {others}" if others else "")
    without_external = free + len(found.get(GpuState.EXTERNAL, ()))
    external = GpuState.EXTERNAL in found and without_external >= request.gpus > free
    return Explanation(Reason.GPU_BUSY_EXTERNAL if external else Reason.RESOURCES, sentence)
