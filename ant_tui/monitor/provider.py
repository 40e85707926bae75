"""What every source of GPUs offers: the driver's own, the simulated ones, and those that tests make.

Each method is one unit of work for the sampler, which puts a deadline on it: a GPU that hangs then costs only itself.
Methods may be called from several threads at once, though never twice at once for one GPU.
"""

from __future__ import annotations

from typing import Protocol

from ant_tui.monitor.samples import GpuIdentity, GpuProcess, GpuSample

__all__ = ["GpuProvider", "discover"]


class GpuProvider(Protocol):
    """A source of GPUs. No method raises for what a driver can do wrong; that is in the values."""

    @property
    def driver(self) -> str:
        """``NVIDIA 550.54``, ``simulated`` or ``none``; settled by ``open``."""

    @property
    def driver_error(self) -> str:
        """A sentence why there are no GPUs, or "" where there are some; settled by ``open``."""

    def open(self) -> int:
        """Connect, or connect anew; return how many GPUs there are (0 explains itself in ``driver_error``)."""

    def identify(self, index: int) -> GpuIdentity:
        """Who GPU ``index`` is, counted as ``nvidia-smi`` counts; a GPU that cannot say has a ``problem``."""

    def sample(self, uuid: str) -> GpuSample:
        """Read one GPU that ``identify`` has told of; raises KeyError for any other."""

    def processes(self, uuid: str) -> tuple[GpuProcess, ...] | None:
        """Who is on this GPU right now; None where the driver does not say."""

    def close(self) -> None:
        """Let go of the driver. Closing twice does no harm."""


def discover(provider: GpuProvider) -> tuple[GpuIdentity, ...]:
    """Open a provider and identify all its GPUs, without any deadline: for short-lived programs such as ``doctor``."""
    return tuple(provider.identify(index) for index in range(provider.open()))
