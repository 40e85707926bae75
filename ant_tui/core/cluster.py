"""The GPUs of this scheduler: which exist, which are switched off, which are in the way of somebody, who holds which.

Part of the state: changed only through ``State.apply``.
"""

from __future__ import annotations

from collections.abc import Iterable

from ant_tui.core.resources import Gpu, GpuRef, GpuState, ResourceRequest

__all__ = ["Cluster"]


class Cluster:
    """What is known of the GPUs, by UUID."""

    def __init__(self) -> None:
        self.gpus: dict[str, Gpu] = {}
        """Every managed GPU that exists now, in index order."""
        self.absent_reason = "the GPUs have not been looked at yet"
        """Why there is no GPU, as a sentence; empty when there are some."""
        self.disabled: frozenset[str] = frozenset()
        self.removed: frozenset[str] = frozenset()
        self.holders: dict[str, int] = {}
        """Number of the task that holds a GPU."""
        self.completing: set[str] = set()
        """GPUs whose holder has ended but is not gone."""

    def observe(self, gpus: Iterable[Gpu], reason: str) -> None:
        """Replace what is known of the GPUs that exist."""
        self.gpus = {gpu.uuid: gpu for gpu in sorted(gpus, key=lambda gpu: gpu.index)}
        self.absent_reason = reason

    def hold(self, gpus: Iterable[GpuRef], number: int) -> None:
        """Give GPUs to a task."""
        for gpu in gpus:
            self.holders[gpu.uuid] = number

    def release(self, gpus: Iterable[GpuRef]) -> None:
        """Take GPUs back."""
        for gpu in gpus:
            self.holders.pop(gpu.uuid, None)
            self.completing.discard(gpu.uuid)

    @property
    def managed(self) -> list[Gpu]:
        """The GPUs that exist and were not removed, in index order."""
        return [gpu for gpu in self.gpus.values() if gpu.uuid not in self.removed]

    def state_of(self, uuid: str) -> GpuState:
        """The one word for a GPU. What keeps others away from it wins over what would.

        Raises:
            KeyError: no such GPU.
        """
        gpu = self.gpus[uuid]
        if gpu.lost:
            return GpuState.LOST
        if uuid in self.completing:
            return GpuState.COMPLETING
        if uuid in self.holders:
            return GpuState.BUSY
        if uuid in self.disabled:
            return GpuState.DISABLED
        return GpuState.EXTERNAL if gpu.external is not None else GpuState.FREE

    def free(self) -> list[Gpu]:
        """The GPUs that may be handed out now, lowest index first."""
        return [gpu for gpu in self.managed if self.state_of(gpu.uuid) is GpuState.FREE]

    def candidates(self, request: ResourceRequest) -> list[Gpu]:
        """The managed GPUs that could ever serve a request, busy or not, lowest index first."""
        return [gpu for gpu in self.managed if _admits(request, gpu.uuid)]

    def pick(self, request: ResourceRequest, free: list[Gpu]) -> tuple[GpuRef, ...] | None:
        """Choose GPUs for a request: the lowest indices that it admits.

        Args:
            request: what is needed.
            free: the GPUs to choose from, in index order.

        Returns:
            As many as asked for, or None if they do not suffice.
        """
        if request.gpus == 0:
            return ()
        chosen = [GpuRef(gpu.uuid, gpu.index) for gpu in free if _admits(request, gpu.uuid)]
        return tuple(chosen[: request.gpus]) if len(chosen) >= request.gpus else None

    def why_unsatisfiable(self, request: ResourceRequest) -> str:
        """Why this machine can never serve a request, as a sentence that says what is there; empty if it can.

        A disabled, busy or lost GPU may come back, so it counts as one that is there.
        """
        if request.gpus == 0:
            return ""
        managed = self.managed
        if not managed:
            return f"{_count(request.gpus)} asked for, but {_clause(self.absent_reason) or 'no GPU is managed here'}"
        able = self.candidates(request)
        if len(able) >= request.gpus:
            return ""
        there = f"this machine has {len(managed)} ({_indices(managed)})"
        if request.gpu_ids or request.exclude_gpus:
            there += f", of which the request admits {len(able)}" + (f" ({_indices(able)})" if able else "")
        return f"{_count(request.gpus)} asked for, but {there}"


def _admits(request: ResourceRequest, uuid: str) -> bool:
    return (not request.gpu_ids or uuid in request.gpu_ids) and uuid not in request.exclude_gpus


def _count(gpus: int) -> str:
    return f"{gpus} GPU{'s' if gpus != 1 else ''}"


def _clause(sentence: str) -> str:
    """A sentence as it stands within another; one that begins with a name in capitals stays."""
    if sentence[1:2] == " " or sentence[1:2].islower():
        sentence = sentence[0].lower() + sentence[1:]
    return sentence.rstrip(".")


def _indices(gpus: list[Gpu]) -> str:
    return "GPU " + ",".join(str(gpu.index) for gpu in gpus)
