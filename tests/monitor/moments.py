"""Makes samples for tests, with little to write."""

from __future__ import annotations

from typing import Any

from ant_tui.monitor.samples import (
    COMPUTE,
    LOST,
    OK,
    GpuIdentity,
    GpuProcess,
    GpuSample,
    HostSample,
    MonitorSample,
)

GIB = 1 << 30
HOST_SAMPLE = HostSample(cpu=0.5, cpu_count=8, memory_used=GIB, memory_total=4 * GIB, load1=1.0, cpu_name="A CPU")


def identity(index: int = 0) -> GpuIdentity:
    return GpuIdentity(index, f"GPU-{index}", "A GPU", 80 * GIB)


def gpu(index: int = 0, **values: Any) -> GpuSample:
    """A GPU that is well and idle, but for ``values``; ``memory`` is a fraction."""
    memory = values.pop("memory", 0.0)
    fields: dict[str, Any] = {
        "index": index,
        "uuid": f"GPU-{index}",
        "name": "A GPU",
        "health": OK,
        "utilization": 0.0,
        "memory_used": None if memory is None else int(memory * 80 * GIB),
        "memory_total": 80 * GIB,
        "processes": (),
    }
    return GpuSample(**fields | values)


def lost_gpu(index: int = 0) -> GpuSample:
    return gpu(index, health=LOST, detail="Gone.", utilization=None, memory=None, processes=None)


def moment(at: float, *gpus: GpuSample, host: HostSample = HOST_SAMPLE) -> MonitorSample:
    return MonitorSample(at, gpus, host, "NVIDIA 1")


def compute(pid: int, memory: int | None = GIB) -> GpuProcess:
    return GpuProcess(pid, memory, COMPUTE)
