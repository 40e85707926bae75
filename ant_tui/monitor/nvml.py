"""GPUs through NVIDIA's driver, by way of the ``pynvml`` module of the package nvidia-ml-py.

Here live the names of NVML's functions, their versions and fallbacks, the meaning of their errors, and their units.
Deadlines and threads do not: ``sampler`` has those. Nothing is imported before ``open``, so that a machine without the
package or the driver pays nothing.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any, TypeVar

from ant_tui.monitor.samples import COMPUTE, GRAPHICS, OK, GpuIdentity, GpuProcess, GpuSample, lost_sample

__all__ = ["NvmlGpus"]

T = TypeVar("T")


class _Code(IntEnum):
    """Return codes of nvml.h. They are part of its binary interface; the Python module's names vary by version."""

    UNINITIALIZED = 1
    INVALID_ARGUMENT = 2
    NOT_SUPPORTED = 3
    NO_PERMISSION = 4
    NOT_FOUND = 6
    INSUFFICIENT_SIZE = 7
    INSUFFICIENT_POWER = 8
    DRIVER_NOT_LOADED = 9
    IRQ_ISSUE = 11
    LIBRARY_NOT_FOUND = 12
    FUNCTION_NOT_FOUND = 13
    GPU_IS_LOST = 15
    RESET_REQUIRED = 16
    LIB_RM_VERSION_MISMATCH = 18
    NO_DATA = 21
    ARGUMENT_VERSION_MISMATCH = 25
    DEPRECATED = 26
    NOT_READY = 27
    GPU_NOT_FOUND = 28


# "This one number is not to be had": the value is None and the GPU is well.
_NO_VALUE = frozenset(
    {
        _Code.INVALID_ARGUMENT,
        _Code.NOT_SUPPORTED,
        _Code.NO_PERMISSION,
        _Code.NOT_FOUND,
        _Code.INSUFFICIENT_SIZE,
        _Code.FUNCTION_NOT_FOUND,
        _Code.NO_DATA,
        _Code.ARGUMENT_VERSION_MISMATCH,
        _Code.DEPRECATED,
        _Code.NOT_READY,
    }
)

# "There is no talking to this GPU": whichever call says so, the GPU is lost.
_GONE = frozenset(
    {
        _Code.UNINITIALIZED,
        _Code.DRIVER_NOT_LOADED,
        _Code.GPU_IS_LOST,
        _Code.RESET_REQUIRED,
        _Code.LIB_RM_VERSION_MISMATCH,
        _Code.GPU_NOT_FOUND,
    }
)

_SENTENCES: dict[int, str] = {
    _Code.NO_PERMISSION: "This user may not open the NVIDIA devices; ask for read and write access to /dev/nvidia*.",
    _Code.INSUFFICIENT_POWER: "The GPU's external power cables are not properly attached.",
    _Code.DRIVER_NOT_LOADED: "The NVIDIA kernel driver is not loaded; load it with `modprobe nvidia` or reboot.",
    _Code.IRQ_ISSUE: "The kernel has an interrupt problem with this GPU; `dmesg` says more.",
    _Code.LIBRARY_NOT_FOUND: "The library libnvidia-ml.so.1 was not found: no NVIDIA driver is installed here.",
    _Code.GPU_IS_LOST: "The GPU has fallen off the bus or cannot be reached any more; `dmesg` says more.",
    _Code.RESET_REQUIRED: "The GPU needs a reset (`nvidia-smi --gpu-reset`) before it can be used again.",
    _Code.LIB_RM_VERSION_MISMATCH: "The NVIDIA library and the loaded kernel driver differ in version, as after an "
    "upgrade; reboot, or reload the driver and restart the scheduler.",
}

# The lists of processes, and what their members do. Clients of MPS are listed apart from the compute processes.
_PROCESS_LISTS = (
    ("nvmlDeviceGetComputeRunningProcesses", COMPUTE),
    ("nvmlDeviceGetMPSComputeRunningProcesses", COMPUTE),
    ("nvmlDeviceGetGraphicsRunningProcesses", GRAPHICS),
)

_TEMPERATURE_GPU = 0
_CLOCK_SM = 1
_UNKNOWN_32 = 0xFFFFFFFF
_UNKNOWN_64 = 0xFFFFFFFFFFFFFFFF


class _NoValueError(Exception):
    """The driver does not offer this number here."""


class _FailedError(Exception):
    """The driver reports an error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @property
    def sentence(self) -> str:
        """What is wrong, for a user."""
        return _SENTENCES.get(self.code) or f"The NVIDIA driver reports an error: {self.text} (NVML code {self.code})."


def _import_pynvml() -> Any:
    return importlib.import_module("pynvml")


class NvmlGpus:
    """The GPUs that NVIDIA's driver knows."""

    def __init__(self, load: Callable[[], Any] = _import_pynvml) -> None:
        """Prepare; nothing is loaded before ``open``.

        Args:
            load: returns the ``pynvml`` module.
        """
        self.driver = "none"
        self.driver_error = ""
        self._load = load
        self._nvml: Any = None
        self._open = False
        self._absent: set[str] = set()
        self._identities: dict[str, GpuIdentity] = {}
        self._handles: dict[str, Any] = {}

    def open(self) -> int:
        """Load the library and start it, anew if it was started before; see ``GpuProvider.open``."""
        self.close()
        self.driver, self.driver_error = "none", ""
        try:
            self._nvml = self._load()
        except ImportError as error:
            self.driver_error = f"The Python package nvidia-ml-py cannot be used ({error}); install it to see GPUs."
            return 0
        try:
            self._ask("nvmlInit")
            self._open = True
            count = int(self._ask("nvmlDeviceGetCount"))
        except (_FailedError, _NoValueError) as error:
            self.driver_error = error.sentence if isinstance(error, _FailedError) else str(error)
            return 0
        self.driver = f"NVIDIA {self._driver_version()}".rstrip()
        if count == 0:
            self.driver_error = "The NVIDIA driver runs but lists no GPU."
        return count

    def close(self) -> None:
        """Shut the library down; see ``GpuProvider.close``."""
        self._handles.clear()
        if not self._open:
            return
        self._open = False
        try:
            self._ask("nvmlShutdown")
        except (_FailedError, _NoValueError):
            return  # what cannot even be shut down is closed already

    def identify(self, index: int) -> GpuIdentity:
        """Who GPU ``index`` is; see ``GpuProvider.identify``."""
        try:
            handle = self._ask("nvmlDeviceGetHandleByIndex", index)
            uuid = _text(self._ask("nvmlDeviceGetUUID", handle))
        except (_FailedError, _NoValueError) as error:
            problem = error.sentence if isinstance(error, _FailedError) else str(error)
            return GpuIdentity(index, f"unknown-{index}", "", None, problem=problem)
        answers = _Answers()
        name = answers.first(lambda: _text(self._ask("nvmlDeviceGetName", handle)))
        memory = answers.first(*self._memory_attempts(handle))
        mig_mode = answers.first(lambda: self._ask("nvmlDeviceGetMigMode", handle))
        identity = GpuIdentity(
            index, uuid, name or "", memory[1] if memory else None, mig=bool(mig_mode and mig_mode[0])
        )
        self._identities[uuid] = identity
        self._handles[uuid] = handle
        return identity

    def sample(self, uuid: str) -> GpuSample:
        """Read one GPU; see ``GpuProvider.sample``."""
        identity = self._identities[uuid]
        try:
            return self._read(identity, self._handle(uuid))
        except _FailedError as error:
            # A handle does not survive a reset of its GPU: the next reading asks for a new one.
            self._handles.pop(uuid, None)
            return lost_sample(identity, error.sentence)
        except _NoValueError as error:
            self._handles.pop(uuid, None)
            return lost_sample(identity, str(error))

    def processes(self, uuid: str) -> tuple[GpuProcess, ...] | None:
        """Who is on this GPU right now; see ``GpuProvider.processes``."""
        try:
            return self._processes(_Answers(), self._handle(uuid), self._identities[uuid].memory_total)
        except (_FailedError, _NoValueError):
            return None  # "not known", which callers must tell from "nobody"; sample() says why

    def _read(self, identity: GpuIdentity, handle: Any) -> GpuSample:
        answers = _Answers()
        # Memory first: it is what every usable GPU can tell, so an error here is the GPU's and not the number's.
        memory = answers.first(*self._memory_attempts(handle), essential=True)
        utilization = answers.first(lambda: self._ask("nvmlDeviceGetUtilizationRates", handle).gpu)
        power = answers.first(lambda: self._number("nvmlDeviceGetPowerUsage", handle))
        limit = answers.first(
            lambda: self._number("nvmlDeviceGetEnforcedPowerLimit", handle),
            lambda: self._number("nvmlDeviceGetPowerManagementLimit", handle),
        )
        temperature = answers.first(
            lambda: self._number("nvmlDeviceGetTemperatureV", handle, _TEMPERATURE_GPU),
            lambda: self._number("nvmlDeviceGetTemperature", handle, _TEMPERATURE_GPU),
        )
        clock = answers.first(lambda: self._number("nvmlDeviceGetClockInfo", handle, _CLOCK_SM))
        fan = answers.first(lambda: self._number("nvmlDeviceGetFanSpeed", handle))
        processes = self._processes(answers, handle, identity.memory_total)
        answers.raise_if_nothing_answered()
        return GpuSample(
            index=identity.index,
            uuid=identity.uuid,
            name=identity.name,
            health=OK,
            utilization=_percent(utilization),
            memory_used=memory[0] if memory else None,
            memory_total=memory[1] if memory else identity.memory_total,
            power_w=_thousandth(power),
            power_limit_w=_thousandth(limit),
            temperature_c=None if temperature is None else float(temperature),
            clock_mhz=clock,
            fan=_percent(fan),
            processes=processes,
            mig=identity.mig,
        )

    def _processes(self, answers: _Answers, handle: Any, memory_total: int | None) -> tuple[GpuProcess, ...] | None:
        found: dict[int, GpuProcess] = {}
        known = False
        for function, kind in _PROCESS_LISTS:
            versions = (f"{function}_v3", f"{function}_v2", function)
            listed = answers.first(*(self._call(version, handle) for version in versions))
            if listed is not None:
                known = known or kind == COMPUTE
                _merge(found, listed, kind, memory_total)
        return tuple(sorted(found.values(), key=lambda process: process.pid)) if known else None

    def _memory_attempts(self, handle: Any) -> tuple[Callable[[], tuple[int, int]], ...]:
        """Ways to read (used, total), the one that counts as nvidia-smi does (without reserved memory) first."""

        def with_reserved_apart() -> tuple[int, int]:
            version = getattr(self._nvml, "nvmlMemory_v2", None)
            if version is None:
                raise _NoValueError("This nvidia-ml-py does not know nvmlDeviceGetMemoryInfo_v2.")
            return _used_and_total(self._ask("nvmlDeviceGetMemoryInfo", handle, version, label="memory_v2"))

        def with_reserved_in_used() -> tuple[int, int]:
            return _used_and_total(self._ask("nvmlDeviceGetMemoryInfo", handle))

        return with_reserved_apart, with_reserved_in_used

    def _handle(self, uuid: str) -> Any:
        handle = self._handles.get(uuid)
        if handle is None:
            handle = self._handles[uuid] = self._ask("nvmlDeviceGetHandleByUUID", uuid)
        return handle

    def _driver_version(self) -> str:
        return _Answers().first(lambda: _text(self._ask("nvmlSystemGetDriverVersion"))) or ""

    def _call(self, function: str, handle: Any) -> Callable[[], Any]:
        return lambda: self._ask(function, handle)

    def _number(self, function: str, *arguments: Any) -> int:
        value = int(self._ask(function, *arguments))
        if value == _UNKNOWN_32:
            raise _NoValueError(f"{function} has no value.")
        return value

    def _ask(self, function: str, *arguments: Any, label: str = "") -> Any:
        """Call a function of pynvml.

        Args:
            function: its name.
            arguments: its arguments.
            label: names this use of the function where one Python function stands for several of the library.

        Raises:
            _NoValueError: the driver, the library or the module does not offer this.
            _FailedError: the driver reports an error.
        """
        label = label or function
        nvml = self._nvml
        call = None if label in self._absent else getattr(nvml, function, None)
        if call is None:
            raise _NoValueError(f"The NVIDIA library does not know {function}.")
        try:
            return call(*arguments)
        except nvml.NVMLError as error:
            code = int(error.value)
            if code == _Code.FUNCTION_NOT_FOUND:
                self._absent.add(label)
            if code in _NO_VALUE and function != "nvmlInit":
                raise _NoValueError(_SENTENCES.get(code) or f"{function}: {error}.") from error
            raise _FailedError(code, str(error)) from error
        except Exception as error:
            # On an old driver this is raised for a missing function, and it is no NVMLError.
            if type(error).__name__ != "NVMLLibraryMismatchError":
                raise
            self._absent.add(label)
            raise _NoValueError(f"The NVIDIA library does not know {function}.") from error


class _Answers:
    """The answers to the questions of one reading: which came, and what went wrong with the others."""

    def __init__(self) -> None:
        self._answered = False
        self._failure: _FailedError | None = None

    def first(self, *attempts: Callable[[], T], essential: bool = False) -> T | None:
        """The first attempt that has a value, or None.

        Args:
            attempts: tried in turn as long as one is not offered.
            essential: an error of this number is an error of the GPU.

        Raises:
            _FailedError: the GPU is gone.
        """
        for attempt in attempts:
            try:
                value = attempt()
            except _NoValueError:
                continue
            except _FailedError as error:
                if essential or error.code in _GONE:
                    raise
                self._failure = error
                return None
            self._answered = True
            return value
        return None

    def raise_if_nothing_answered(self) -> None:
        """Raise the last error if there was one and no number at all."""
        if self._failure is not None and not self._answered:
            raise self._failure


def _merge(found: dict[int, GpuProcess], listed: Iterable[Any], kind: str, memory_total: int | None) -> None:
    """Add one of NVML's lists. A process that an earlier list had is known already; slices of MIG are added up."""
    here: dict[int, int | None] = {}
    for entry in listed:
        pid, memory = int(entry.pid), _process_memory(entry.usedGpuMemory, memory_total)
        before = here.get(pid, 0)
        here[pid] = None if memory is None or before is None else before + memory
    for pid, memory in here.items():
        found.setdefault(pid, GpuProcess(pid, memory, kind))


def _process_memory(value: Any, memory_total: int | None) -> int | None:
    """Bytes, or None for "not available", which some drivers spell as a number beyond all memory."""
    if value is None or int(value) == _UNKNOWN_64 or (memory_total and int(value) > memory_total):
        return None
    return int(value)


def _used_and_total(memory: Any) -> tuple[int, int]:
    return int(memory.used), int(memory.total)


def _percent(value: Any) -> float | None:
    return None if value is None else min(1.0, max(0.0, int(value) / 100))


def _thousandth(value: int | None) -> float | None:
    return None if value is None else value / 1000


def _text(value: str | bytes) -> str:
    """Text of a version of pynvml that returns ``bytes`` or of one that returns ``str``."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
