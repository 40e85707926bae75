"""Who starts next. Pure: ``decide`` returns decisions as values and starts nothing.

Equal requests wait in one line (``State.lines``); if the head of a line does not fit, nobody behind it there does,
so a decision costs one look per kind of request. A blocked head does not stop tasks in other lines that fit. The rule
that keeps a large task from starving behind small ones (backfill with a reservation for the head) belongs into
``decide`` as well: it is a matter of which GPUs ``free`` still holds when a later line is asked.
"""

from __future__ import annotations

import heapq

from msgspec import Struct

from ant_tui.core.resources import GpuRef
from ant_tui.core.state import State
from ant_tui.core.task import QueueKey

__all__ = ["Limits", "Start", "decide"]


class Limits(Struct, frozen=True):
    """Bounds that a person sets on what runs at once.

    Attributes:
        cpu_tasks: most tasks without a GPU that run at once; 0 means no bound.
        gpus: most GPUs in use at once by all tasks; 0 means no bound.
        starts: most starts in one decision, so that the shell comes up for air between them.
    """

    cpu_tasks: int = 0
    gpus: int = 0
    starts: int = 64


class Start(Struct, frozen=True):
    """Start this task on these GPUs."""

    number: int
    gpus: tuple[GpuRef, ...]


def decide(state: State, limits: Limits = Limits()) -> list[Start]:  # noqa: B008 - a frozen value
    """Choose the tasks that start now.

    Args:
        state: not changed.
        limits: what may run at once.

    Returns:
        Starts in queue order. Each GPU is named at most once, is free, and is none of the task's excluded ones.
    """
    if state.paused or not state.lines:
        return []
    free = state.cluster.free()
    cpu_room = _cpu_room(state, limits)
    gpu_room = limits.gpus - len(state.cluster.holders) if limits.gpus else len(free)
    heads: list[tuple[QueueKey, int, int]] = []
    lines = list(state.lines.items())
    for which, (_, line) in enumerate(lines):
        heads.append((line[0], which, 0))
    heapq.heapify(heads)
    starts: list[Start] = []
    while heads and len(starts) < limits.starts:
        key, which, place = heads[0]
        request, line = lines[which]
        fits = cpu_room > 0 if request.gpus == 0 else request.gpus <= gpu_room
        chosen = state.cluster.pick(request, free) if fits else None
        if chosen is None:
            heapq.heappop(heads)
            continue
        starts.append(Start(key[2], chosen))
        if request.gpus == 0:
            cpu_room -= 1
        else:
            gpu_room -= request.gpus
            taken = {gpu.uuid for gpu in chosen}
            free = [gpu for gpu in free if gpu.uuid not in taken]
        if place + 1 < len(line):
            heapq.heapreplace(heads, (line[place + 1], which, place + 1))
        else:
            heapq.heappop(heads)
    return starts


def _cpu_room(state: State, limits: Limits) -> int:
    if limits.cpu_tasks == 0:
        return limits.starts
    return limits.cpu_tasks - state.active_cpu_tasks
