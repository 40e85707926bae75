"""The values that the monitor reports: one moment of the GPUs and of the host.

Only frozen values live here. ``None`` always means "not supported, or not known at this moment"; it is never replaced
by a guess or by zero. Fractions are 0..1, memory is in bytes, power in watts, temperature in degrees Celsius.
"""

from __future__ import annotations

import msgspec

__all__ = [
    "COMPUTE",
    "GRAPHICS",
    "LOST",
    "OK",
    "GpuIdentity",
    "GpuProcess",
    "GpuSample",
    "HostSample",
    "MonitorSample",
    "ProcessInfo",
    "lost_sample",
]

OK = "ok"
LOST = "lost"
COMPUTE = "compute"
GRAPHICS = "graphics"


class GpuIdentity(msgspec.Struct, frozen=True):
    """What does not change about a GPU.

    Attributes:
        index: its number as ``nvidia-smi`` shows it.
        uuid: its identity; ``unknown-<index>`` as long as the driver cannot even say that.
        name: the product's name, or "".
        memory_total: bytes, or None.
        mig: whether the GPU is split into MIG slices (its utilisation is then not supported).
        problem: a sentence why this GPU could not be opened, or "".
    """

    index: int
    uuid: str
    name: str
    memory_total: int | None
    mig: bool = False
    problem: str = ""


class GpuProcess(msgspec.Struct, frozen=True):
    """A process that the driver lists on a GPU.

    Attributes:
        pid: as the driver sees it (a container may see another number).
        memory: bytes of GPU memory, or None where the driver does not say.
        kind: "compute" or "graphics"; a process that is both is "compute".
    """

    pid: int
    memory: int | None
    kind: str


class GpuSample(msgspec.Struct, frozen=True):
    """One GPU at one moment.

    Attributes:
        index: its number as ``nvidia-smi`` shows it.
        uuid: its identity.
        name: the product's name.
        health: "ok" or "lost".
        detail: why it is lost, as a sentence; "" when it is not.
        utilization: share of time with a kernel running, 0..1.
        memory_used: bytes, as ``nvidia-smi`` counts them.
        memory_total: bytes.
        power_w: watts drawn.
        power_limit_w: watts that it may draw.
        temperature_c: degrees Celsius of the core.
        clock_mhz: clock of the streaming multiprocessors.
        fan: share of the fan's full speed, 0..1 (None on cards without a fan).
        processes: who is on it; () for nobody, None where the driver does not say.
        mig: whether it is split into MIG slices.
    """

    index: int
    uuid: str
    name: str
    health: str
    detail: str = ""
    utilization: float | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    temperature_c: float | None = None
    clock_mhz: int | None = None
    fan: float | None = None
    processes: tuple[GpuProcess, ...] | None = None
    mig: bool = False

    @property
    def memory_fraction(self) -> float | None:
        """Used share of the memory, 0..1, or None where either number is unknown."""
        if self.memory_used is None or not self.memory_total:
            return None
        return min(1.0, self.memory_used / self.memory_total)


class HostSample(msgspec.Struct, frozen=True):
    """The host at one moment.

    Attributes:
        cpu: share of all processors' time spent working since the sample before, 0..1; None for the first one.
        cpu_count: logical processors.
        memory_used: bytes, as ``free`` counts them (total less available).
        memory_total: bytes.
        load1: load average of the last minute.
        cpu_name: the processor's name.
    """

    cpu: float | None
    cpu_count: int
    memory_used: int
    memory_total: int
    load1: float
    cpu_name: str


class MonitorSample(msgspec.Struct, frozen=True):
    """Everything at one moment.

    Attributes:
        at: seconds since the epoch, taken *before* the first reading: no value here is older than that.
        gpus: by index; empty where there are none.
        host: processors and memory.
        driver: "NVIDIA 550.54", "simulated" or "none".
        driver_error: a sentence why there are no GPUs, or "".
    """

    at: float
    gpus: tuple[GpuSample, ...]
    host: HostSample
    driver: str
    driver_error: str = ""

    def gpu(self, uuid: str) -> GpuSample | None:
        """The GPU with this UUID, or None."""
        return next((gpu for gpu in self.gpus if gpu.uuid == uuid), None)


class ProcessInfo(msgspec.Struct, frozen=True):
    """What the host knows about a process.

    Attributes:
        pid: its number.
        user: its owner's name, or None where that may not be read.
        command: its command line, or its name where only that may be read.
        started_at: seconds since the epoch, or None.
    """

    pid: int
    user: str | None
    command: str
    started_at: float | None


def lost_sample(identity: GpuIdentity, detail: str) -> GpuSample:
    """A sample of a GPU that cannot be read.

    Args:
        identity: which GPU.
        detail: why, as a sentence.
    """
    return GpuSample(
        index=identity.index,
        uuid=identity.uuid,
        name=identity.name,
        health=LOST,
        detail=detail,
        memory_total=identity.memory_total,
        mig=identity.mig,
    )
