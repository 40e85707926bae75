"""Samples GPUs and host once per interval, whatever the driver does.

Here lives what is read when, what is reported about a GPU that does not answer, and when the driver is asked again.
Threads and deadlines are ``deadline``'s. Each GPU is read under a deadline of its own: one that hangs is reported as
lost while its neighbours go on, and it comes back once it has answered a whole reading in time.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec

from ant_tui.monitor.deadline import WatchedThread
from ant_tui.monitor.host import HostMonitor
from ant_tui.monitor.provider import GpuProvider
from ant_tui.monitor.samples import (
    LOST,
    GpuIdentity,
    GpuProcess,
    GpuSample,
    HostSample,
    MonitorSample,
    lost_sample,
)

__all__ = ["ProcessLists", "Sampler"]

T = TypeVar("T")
log = logging.getLogger(__name__)

#: UUID → who is on that GPU, or None where that is not known (unsupported, lost, hanging, no such GPU).
ProcessLists = Mapping[str, tuple[GpuProcess, ...] | None]

_DRIVER = "the GPU driver"


class _Request(msgspec.Struct, eq=False):
    """A fresh list of processes that somebody waits for; survives the thread that works on it."""

    open: list[str]
    on_result: Callable[[ProcessLists], None]
    result: dict[str, tuple[GpuProcess, ...] | None] = msgspec.field(default_factory=dict)


class Sampler:
    """Reads the machine in threads of its own and hands out samples.

    Callbacks run in one of these threads, never two at once; they must return soon, so pass what they get on with
    ``loop.call_soon_threadsafe``.
    """

    def __init__(
        self,
        provider_factory: Callable[[], GpuProvider],
        interval_s: float,
        deadline_s: float,
        on_sample: Callable[[MonitorSample], None],
        *,
        host: Callable[[], HostSample] | None = None,
        retry_s: float = 30.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare; nothing starts before ``start``.

        Args:
            provider_factory: makes the source of GPUs; called once, in the sampler's thread.
            interval_s: seconds from one sample to the next, above 0.
            deadline_s: seconds that the reading of one GPU may take, above 0.
            on_sample: gets each sample.
            host: reads the host; default: ``HostMonitor().sample``.
            retry_s: seconds between attempts to find GPUs where there are none or all are lost.
            clock: seconds since the epoch, for ``MonitorSample.at``.
        """
        if interval_s <= 0 or deadline_s <= 0:
            raise ValueError(f"interval and deadline must be above 0 s, not {interval_s} and {deadline_s}")
        self._factory = provider_factory
        self._interval_s = interval_s
        self._deadline_s = deadline_s
        self._on_sample = on_sample
        self._host = host or HostMonitor().sample
        self._retry_s = retry_s
        self._clock = clock
        # A GPU that is back is shown at once: hence on_return.
        self._threads = WatchedThread(self._work, deadline_s=deadline_s, name="ant-monitor", on_return=self.sample_now)
        self._changed = self._threads.changed
        # Shared with other threads, guarded by _changed:
        self._wanted = False
        self._sweeping = False
        self._next_at = time.monotonic()
        self._requests: deque[_Request] = deque()
        # What is known of the GPUs. Changed by the working thread, or by an abandoned one whose answer came late, with
        # _changed held; read without, so dictionaries are replaced and never changed in place.
        self._provider: GpuProvider | None = None
        self._count = 0
        self._gpus: dict[int, GpuIdentity] = {}
        self._gone: dict[str, GpuIdentity] = {}
        self._failing: set[str] = set()
        self._all_lost = False
        self._opened = False
        self._error = ""
        self._retry_at = 0.0

    def start(self) -> None:
        """Start sampling, the first time at once; raises RuntimeError if that was done before."""
        self._threads.start()

    def stop(self, timeout_s: float = 1.0) -> bool:
        """End sampling; no callback runs afterwards.

        Args:
            timeout_s: seconds to wait at most, for a call that is under way.

        Returns:
            Whether it ended in time. If not, what is left is a daemon thread that keeps nobody from exiting.
        """
        return self._threads.stop(timeout_s)

    def sample_now(self) -> None:
        """Have a whole sample taken now that starts after this call; ``on_sample`` gets it."""
        with self._changed:
            self._wanted = True
            self._changed.notify_all()

    def set_interval(self, interval_s: float) -> None:
        """Change the interval (seconds, above 0) from now on."""
        if interval_s <= 0:
            raise ValueError(f"the interval must be above 0 s, not {interval_s}")
        with self._changed:
            self._interval_s = interval_s
            self._next_at = min(self._next_at, time.monotonic() + interval_s)
            self._changed.notify_all()

    def processes(self, uuids: Iterable[str], on_result: Callable[[ProcessLists], None]) -> None:
        """Ask who is on these GPUs right now, without waiting for the next sample and without reading the rest.

        Args:
            uuids: the GPUs.
            on_result: gets the lists, in a thread of the sampler; read after this call, each under the deadline.
                Never called if the sampler is stopped before.
        """
        with self._changed:
            self._requests.append(_Request(list(uuids), on_result))
            self._changed.notify_all()

    # The working thread. It starts anew from _work whenever a call hung; what was under way is done again.

    def _work(self) -> None:
        while True:
            with self._changed:
                request = self._await_turn()
                if self._threads.stopping:
                    break
            if request is not None:
                self._answer(request)
            else:
                self._sweep()
        self._close()

    def _await_turn(self) -> _Request | None:
        """Wait, with ``_changed`` held, for a request (returned), for the time of a sample, or for the end."""
        while not self._threads.stopping:
            if self._requests:
                return self._requests[0]
            left = self._next_at - time.monotonic()
            if self._wanted or self._sweeping or left <= 0:
                break
            self._changed.wait(left)
        self._wanted = False
        self._sweeping = True
        return None

    def _sweep(self) -> None:
        at = self._clock()
        self._find_gpus()
        gpus = tuple(self._read(identity) for identity in self._known())
        self._all_lost = bool(gpus) and all(gpu.health == LOST for gpu in gpus)
        sample = MonitorSample(at, gpus, self._host(), self._driver(), self._driver_error())
        with self._changed:
            now = time.monotonic()
            if now >= self._next_at:
                # Keep the beat; beats that were missed are not made up for.
                missed = (now - self._next_at) // self._interval_s
                self._next_at += (missed + 1) * self._interval_s
            self._sweeping = False
        self._deliver(self._on_sample, sample)

    def _known(self) -> list[GpuIdentity]:
        silence = self._silence("The driver")
        listed = [self._gpus.get(index) or self._unreadable(index, silence) for index in range(self._count)]
        uuids = {gpu.uuid for gpu in listed}
        return listed + sorted((gpu for gpu in self._gone.values() if gpu.uuid not in uuids), key=lambda gpu: gpu.index)

    def _unreadable(self, index: int, problem: str) -> GpuIdentity:
        """The GPU in this place as it was known before, if it was, with its problem."""
        before = next((gpu for gpu in self._gone.values() if gpu.index == index), None)
        identity = before or GpuIdentity(index, _unknown(index), "", None)
        return msgspec.structs.replace(identity, problem=problem)

    def _read(self, identity: GpuIdentity) -> GpuSample:
        uuid = identity.uuid
        if identity.problem:
            return lost_sample(identity, identity.problem)
        if uuid in self._gone:
            return lost_sample(identity, "The driver does not list this GPU any more.")
        provider = self._provider
        if provider is None or self._is_stuck(uuid, _DRIVER):
            return lost_sample(identity, self._silence("The driver"))
        try:
            sample = self._threads.call(uuid, lambda: provider.sample(uuid), lambda _: self._probe(provider, uuid))
        except Exception as error:
            if uuid not in self._failing:  # once, not once a second
                log.exception("Reading GPU %s failed", identity.index)
                self._failing.add(uuid)
            return lost_sample(identity, f"Reading it failed: {type(error).__name__}: {error}.")
        self._failing.discard(uuid)
        return sample

    def _probe(self, provider: GpuProvider, uuid: str) -> None:
        """In the abandoned thread of a GPU: read on until one reading is in time, so that nobody else waits for it."""
        started = time.monotonic()
        provider.sample(uuid)
        while time.monotonic() - started > self._deadline_s and not self._threads.wait(self._interval_s):
            started = time.monotonic()
            provider.sample(uuid)

    def _answer(self, request: _Request) -> None:
        provider = self._provider
        while request.open:
            uuid = request.open[0]
            known = any(identity.uuid == uuid and not identity.problem for identity in self._gpus.values())
            if provider is None or not known or self._is_stuck(uuid, _DRIVER):
                request.result[uuid] = None
            else:
                request.result[uuid] = self._processes_on(provider, uuid)
            request.open.pop(0)
        with self._changed:
            self._requests.remove(request)
        self._deliver(request.on_result, request.result)

    def _processes_on(self, provider: GpuProvider, uuid: str) -> tuple[GpuProcess, ...] | None:
        try:
            return self._threads.call(uuid, lambda: provider.processes(uuid), lambda _: self._probe(provider, uuid))
        except Exception:
            log.exception("Reading the processes of GPU %s failed", uuid)
            return None

    # Finding GPUs.

    def _find_gpus(self) -> None:
        """Look for GPUs at first, and now and then for those that could not be identified, or if none is left."""
        if self._is_stuck(_DRIVER) or time.monotonic() < self._retry_at:
            return
        if not self._opened or ((self._count == 0 or self._all_lost) and not self._anything_stuck()):
            self._found(self._threads.call(_DRIVER, self._open, self._found))
        for index in range(self._count):
            identity = self._gpus.get(index)
            if (identity is None or identity.problem) and not self._is_stuck(f"GPU {index}"):
                self._identify(index)
        self._retry_at = time.monotonic() + self._retry_s

    def _open(self) -> tuple[GpuProvider | None, int, str]:
        provider = self._provider
        try:
            provider = provider or self._factory()
            return provider, provider.open(), ""
        except Exception as error:
            log.exception("Looking for GPUs failed")
            return provider, 0, f"Looking for GPUs failed: {type(error).__name__}: {error}."

    def _found(self, found: tuple[GpuProvider | None, int, str]) -> None:
        with self._changed:
            self._provider, self._count, self._error = found
            known = [gpu for gpu in self._gpus.values() if gpu.uuid != _unknown(gpu.index)]
            self._gone = self._gone | {gpu.uuid: msgspec.structs.replace(gpu, problem="") for gpu in known}
            self._gpus = {}
            self._opened, self._all_lost = True, False

    def _identify(self, index: int) -> None:
        provider = self._provider
        if provider is None:
            return
        try:
            identity = self._threads.call(f"GPU {index}", lambda: provider.identify(index), self._identified)
        except Exception as error:
            log.exception("Identifying GPU %d failed", index)
            problem = f"Identifying it failed: {type(error).__name__}: {error}."
            identity = GpuIdentity(index, _unknown(index), "", None, problem=problem)
        self._identified(identity)

    def _identified(self, identity: GpuIdentity) -> None:
        with self._changed:
            if identity.problem:
                identity = self._unreadable(identity.index, identity.problem)
            self._gpus = {**self._gpus, identity.index: identity}
            self._gone = {uuid: gpu for uuid, gpu in self._gone.items() if uuid != identity.uuid}

    def _driver(self) -> str:
        return "none" if self._provider is None else self._provider.driver

    def _driver_error(self) -> str:
        if self._is_stuck(_DRIVER):
            return f"{self._silence('The GPU driver')[:-1]}; its GPUs can be used as soon as it does."
        return self._error or ("" if self._provider is None else self._provider.driver_error)

    def _silence(self, who: str) -> str:
        return f"{who} has not answered for {self._deadline_s:g} s."

    # Small things.

    def _is_stuck(self, *targets: str) -> bool:
        with self._changed:
            return not self._threads.stuck.isdisjoint(targets)

    def _anything_stuck(self) -> bool:
        with self._changed:
            return bool(self._threads.stuck)

    def _deliver(self, callback: Callable[[T], None], value: T) -> None:
        with self._changed:
            if self._threads.stopping:
                return
        try:
            callback(value)
        except Exception:
            log.exception("The receiver of a sample failed")

    def _close(self) -> None:
        """At the end: shut the driver down, unless a call hangs in it, which would make this one hang too."""
        provider = self._provider
        if provider is not None and not self._anything_stuck():
            provider.close()


def _unknown(index: int) -> str:
    return f"unknown-{index}"
