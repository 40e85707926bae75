"""What a task asks for, and what a GPU is. Values only; who gets what is decided in ``policy``."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

__all__ = ["ExternalUse", "Gpu", "GpuRef", "GpuState", "ResourceRequest"]


class ResourceRequest(Struct, frozen=True, omit_defaults=True, gc=False):
    """What one task needs in order to run. Equal requests wait in one line (see ``state``).

    Attributes:
        gpus: number of GPUs, 0 or more; 0 means that the task sees no GPU.
        gpu_ids: UUIDs; when not empty, GPUs are taken only from these.
        exclude_gpus: UUIDs that are never taken.
    """

    gpus: int = 0
    gpu_ids: tuple[str, ...] = ()
    exclude_gpus: tuple[str, ...] = ()


class GpuRef(Struct, frozen=True, gc=False):
    """A GPU as it was handed to a task: its identity, and the number under which the task sees it named.

    Attributes:
        uuid: the identity.
        index: the number as ``nvidia-smi`` showed it at the time of the start.
    """

    uuid: str
    index: int


class GpuState(StrEnum):
    """The one word that says what a GPU is doing, as in the command-line contract."""

    FREE = "free"
    BUSY = "busy"
    DISABLED = "disabled"
    EXTERNAL = "external"
    LOST = "lost"
    COMPLETING = "completing"


class ExternalUse(Struct, frozen=True, omit_defaults=True):
    """Somebody else's use of a GPU.

    Attributes:
        since: epoch seconds at which it was first seen.
        pid: the process, where one could be named.
        user: its owner, where known.
        command: its command line, where known.
        memory: bytes it holds on the GPU, where known.
        reason: how it was noticed, as a clause.
    """

    since: float
    pid: int | None = None
    user: str = ""
    command: str = ""
    memory: int | None = None
    reason: str = ""

    def sentence(self) -> str:
        """Who is in the way, in a few words."""
        if self.pid is None and not self.user:
            return self.reason or "somebody"
        who = self.user or "somebody"
        program = self.command.split(maxsplit=1)[0].rsplit("/", 1)[-1] if self.command.strip() else ""
        known = ", ".join(part for part in (program, f"pid {self.pid}" if self.pid else "") if part)
        what = f" ({known})" if known else ""
        size = f", {self.memory / 2**20:,.0f} MiB" if self.memory else ""
        return f"{who}{what}{size}"


class Gpu(Struct, frozen=True, omit_defaults=True):
    """One GPU that this scheduler may hand out.

    Attributes:
        uuid: the identity.
        index: the number as ``nvidia-smi`` shows it now; what people see and type.
        name: the product's name.
        memory_total: bytes; None where the driver does not say.
        lost: why it does not answer, as a sentence; empty while it does.
        external: somebody else's use that keeps us away from it, or None.
        simulated: True for a GPU that only exists for trying things out.
    """

    uuid: str
    index: int
    name: str
    memory_total: int | None = None
    lost: str = ""
    external: ExternalUse | None = None
    simulated: bool = False
