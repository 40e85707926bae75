"""NVIDIA's driver by the real pynvml, over a fake library in C."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ant_tui.monitor.nvml import NvmlGpus
from ant_tui.monitor.provider import discover
from tests.fake_nvml import FakeGpu, FakeNvml
from tests.monitor.child import Child

Start = Callable[[FakeNvml | None, str], Child]
MIB = 1 << 20


def _first(child: Child) -> Any:
    """Open, identify and read GPU 0."""
    assert child.ask("open") >= 1
    return child.ask("sample", child.ask("identify", 0)["uuid"])


def test_every_reading_comes_in_our_units(fake_nvml: FakeNvml, child: Start) -> None:
    """Shares are 0..1, memory bytes, power watts, as nvidia-smi says it; temperature and more (rows 171, 172)."""
    fake_nvml.set_gpus(
        FakeGpu(utilization=37, used=1024, total=81920, temperature=41, power=123, limit=700, clock=1980, fan=30)
    )
    sample = _first(child(fake_nvml, "provider"))
    assert sample == {
        "index": 0,
        "uuid": fake_nvml.uuid(0),
        "name": "Fake GPU",
        "health": "ok",
        "detail": "",
        "utilization": 0.37,
        "memory_used": 1024 * MIB,
        "memory_total": 81920 * MIB,
        "power_w": 123.0,
        "power_limit_w": 700.0,
        "temperature_c": 41.0,
        "clock_mhz": 1980,
        "fan": 0.3,
        "processes": [],
        "mig": False,
    }


def test_gpus_are_numbered_as_nvidia_smi_numbers_them(fake_nvml: FakeNvml, child: Start) -> None:
    """Index, UUID and name belong together for each GPU (row 154); the driver's version is told."""
    fake_nvml.set_gpus(FakeGpu(name="A"), FakeGpu(name="B", uuid="GPU-b"), FakeGpu(name="C"))
    provider = child(fake_nvml, "provider")
    assert provider.ask("open") == 3
    identities = [provider.ask("identify", index) for index in range(3)]
    assert [(gpu["index"], gpu["name"]) for gpu in identities] == [(0, "A"), (1, "B"), (2, "C")]
    assert identities[1]["uuid"] == "GPU-b"
    assert provider.ask("sample", "GPU-b")["name"] == "B"
    assert provider.ask("driver") == ["NVIDIA 550.54.14", ""]


def test_what_a_gpu_does_not_support_is_unknown_and_the_gpu_is_well(fake_nvml: FakeNvml, child: Start) -> None:
    """Readings that are N/A are None, never zero and never a reason to call the GPU lost (row 164)."""
    fake_nvml.set_gpus(
        FakeGpu(utilization=None, power=None, limit=None, temperature=None, clock=None, compute=None, used=None)
    )
    sample = _first(child(fake_nvml, "provider"))
    assert sample["health"] == "ok"
    unknown = (
        "utilization",
        "power_w",
        "power_limit_w",
        "temperature_c",
        "clock_mhz",
        "memory_used",
        "processes",
    )
    assert {sample[key] for key in unknown} == {None}


def test_a_gpu_that_supports_nothing_at_all_is_still_listed(fake_nvml: FakeNvml, child: Start) -> None:
    """A GPU of which only the name is known is a GPU (row 164)."""
    fake_nvml.set_gpus(FakeGpu(state="unsupported"))
    sample = _first(child(fake_nvml, "provider"))
    assert (sample["health"], sample["name"], sample["memory_total"]) == ("ok", "Fake GPU", None)


def test_a_split_gpu_is_marked(fake_nvml: FakeNvml, child: Start) -> None:
    """A GPU in MIG mode says so and has no utilisation, and that is no failure (row 164)."""
    fake_nvml.set_gpus(FakeGpu(mig=1, utilization=None))
    sample = _first(child(fake_nvml, "provider"))
    assert (sample["mig"], sample["utilization"], sample["health"]) == (True, None, "ok")


def test_processes_of_all_lists_are_told_once_each(fake_nvml: FakeNvml, child: Start) -> None:
    """Compute, MPS and graphics processes: one entry a pid; slices of one process add up; N/A memory is None."""
    fake_nvml.set_gpus(
        FakeGpu(
            compute=((10, 100), (11, None), (12, 5), (12, 6)),
            mps=((10, 100), (13, 7)),
            graphics=((10, 100), (14, 8)),
        )
    )
    provider = child(fake_nvml, "provider")
    expected = [
        {"pid": 10, "memory": 100 * MIB, "kind": "compute"},
        {"pid": 11, "memory": None, "kind": "compute"},
        {"pid": 12, "memory": 11 * MIB, "kind": "compute"},
        {"pid": 13, "memory": 7 * MIB, "kind": "compute"},
        {"pid": 14, "memory": 8 * MIB, "kind": "graphics"},
    ]
    assert _first(provider)["processes"] == expected
    fake_nvml.change(0, compute=(), mps=None, graphics=None)
    assert provider.ask("processes", fake_nvml.uuid(0)) == []


def test_memory_beyond_all_memory_is_not_believed(fake_nvml: FakeNvml, child: Start) -> None:
    """Some drivers spell "not available" as a huge number."""
    fake_nvml.set_gpus(FakeGpu(total=1000, compute=((10, 1001),)))
    assert _first(child(fake_nvml, "provider"))["processes"][0]["memory"] is None


@pytest.mark.parametrize(
    ("state", "words"),
    [("lost", "fallen off the bus"), ("reset", "needs a reset"), ("unknown", "Unknown Error")],
)
def test_a_gpu_that_fails_is_lost_with_the_reason_and_comes_back(
    fake_nvml: FakeNvml, child: Start, state: str, words: str
) -> None:
    """A failing GPU keeps its identity, says why in a sentence, leaves its neighbour alone, and recovers (row 177)."""
    fake_nvml.set_gpus(FakeGpu(name="Good"), FakeGpu(name="Bad", utilization=50))
    provider = child(fake_nvml, "provider")
    provider.ask("open")
    good, bad = (provider.ask("identify", index)["uuid"] for index in (0, 1))
    fake_nvml.change(1, state=state)
    lost = provider.ask("sample", bad)
    assert (lost["health"], lost["index"], lost["name"], lost["memory_total"]) == (
        "lost",
        1,
        "Bad",
        81920 * MIB,
    )
    assert words in lost["detail"]
    assert lost["utilization"] is None
    assert provider.ask("processes", bad) is None
    assert provider.ask("sample", good)["health"] == "ok"
    fake_nvml.change(1, state="ok")
    assert provider.ask("sample", bad)["utilization"] == 0.5


def test_a_gpu_that_is_broken_from_the_start_has_a_place_and_a_reason(fake_nvml: FakeNvml, child: Start) -> None:
    """The numbers of the others do not shift, and what is wrong is told."""
    fake_nvml.set_gpus(FakeGpu(state="lost"), FakeGpu())
    provider = child(fake_nvml, "provider")
    assert provider.ask("open") == 2
    broken, well = provider.ask("identify", 0), provider.ask("identify", 1)
    assert (broken["index"], broken["uuid"]) == (0, "unknown-0")
    assert "fallen off the bus" in broken["problem"]
    assert (well["index"], well["problem"]) == (1, "")


def test_an_old_driver_is_read_by_its_own_functions(tmp_path: Path, fake_nvml: FakeNvml, child: Start) -> None:
    """Functions that the library lacks are replaced by their earlier versions, or unknown; nothing is raised."""
    old = FakeNvml(tmp_path / "old", old=True)
    old.set_gpus(FakeGpu(used=1024, temperature=41, compute=((10, 100),)))
    sample = _first(child(old, "provider"))
    assert sample["memory_used"] == (1024 + 500) * MIB  # old drivers cannot tell what they reserve for themselves
    assert sample["temperature_c"] == 41.0
    assert sample["processes"] == [{"pid": 10, "memory": 100 * MIB, "kind": "compute"}]


@pytest.mark.parametrize(
    ("init", "words"),
    [
        ("no_driver", "kernel driver is not loaded"),
        ("mismatch", "differ in version"),
        ("no_permission", "/dev/nvidia"),
    ],
)
def test_a_driver_that_cannot_be_used_says_why(fake_nvml: FakeNvml, child: Start, init: str, words: str) -> None:
    """No GPUs, one sentence, and they appear when the driver can be used (row 004)."""
    fake_nvml.set_gpus(FakeGpu())
    fake_nvml.set_init(init)
    provider = child(fake_nvml, "provider")
    assert provider.ask("open") == 0
    driver, error = provider.ask("driver")
    assert driver == "none"
    assert words in error
    fake_nvml.set_init("ok")
    assert provider.ask("open") == 1


def test_a_driver_without_gpus_says_so(fake_nvml: FakeNvml, child: Start) -> None:
    """A driver that lists nothing is told apart from no driver."""
    provider = child(fake_nvml, "provider")
    assert provider.ask("open") == 0
    assert provider.ask("driver") == ["NVIDIA 550.54.14", "The NVIDIA driver runs but lists no GPU."]


class _NvmlError(Exception):
    def __init__(self, value: int) -> None:
        self.value = value


class NVMLLibraryMismatchError(Exception):
    """As nvidia-ml-py's: no NVMLError."""


def _raise(error: Exception) -> Callable[..., Any]:
    def call(*_: object) -> Any:
        raise error

    return call


def _module(**functions: Any) -> Any:
    """A module like an old pynvml: returns bytes, knows no versions."""
    well: dict[str, Any] = {
        "NVMLError": _NvmlError,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlSystemGetDriverVersion": lambda: b"418.87",
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetUUID": lambda handle: b"GPU-1",
        "nvmlDeviceGetName": lambda handle: b"Tesla \xff",
        "nvmlDeviceGetMemoryInfo": lambda handle: SimpleNamespace(used=1, total=2),
    }
    return SimpleNamespace(**well | functions)


def test_a_binding_that_returns_bytes_is_understood() -> None:
    """Older bindings return bytes, nvidia-ml-py str; even bytes that are no UTF-8 do no harm."""
    gpus = NvmlGpus(lambda: _module())
    (identity,) = discover(gpus)
    assert (gpus.driver, identity.uuid, identity.name) == ("NVIDIA 418.87", "GPU-1", "Tesla \ufffd")


def test_the_mismatch_error_is_an_unsupported_number() -> None:
    """NVMLLibraryMismatchError, which is no NVMLError, makes a value None and is not asked for again."""
    mismatch = _raise(NVMLLibraryMismatchError("old"))
    gpus = NvmlGpus(lambda: _module(nvmlDeviceGetComputeRunningProcesses=mismatch, nvmlDeviceGetPowerUsage=mismatch))
    discover(gpus)
    sample = gpus.sample("GPU-1")
    assert (sample.health, sample.processes, sample.power_w, sample.memory_used) == ("ok", None, None, 1)


def _health(**functions: Any) -> str:
    gpus = NvmlGpus(lambda: _module(nvmlDeviceGetPowerUsage=lambda handle: 1000, **functions))
    discover(gpus)
    return gpus.sample("GPU-1").health


def test_one_number_that_fails_oddly_does_not_cost_the_gpu() -> None:
    """An unknown error of the fan (as under WSL) is the fan's; the same of the memory is the GPU's."""
    unknown = _raise(_NvmlError(999))
    assert _health(nvmlDeviceGetFanSpeed=unknown) == "ok"
    assert _health(nvmlDeviceGetMemoryInfo=unknown) == "lost"


def test_a_gpu_is_lost_whichever_call_says_so() -> None:
    """It may fall off the bus in the middle of a reading."""
    assert _health(nvmlDeviceGetFanSpeed=_raise(_NvmlError(15))) == "lost"


def test_a_gpu_that_was_reset_is_reached_by_a_new_handle() -> None:
    """A handle may not survive what its GPU went through, so a failing GPU is looked up again by its UUID."""
    dead: set[object] = set()

    def memory(handle: object) -> Any:
        if handle in dead:
            raise _NvmlError(15)
        return SimpleNamespace(used=1, total=2)

    gpus = NvmlGpus(
        lambda: _module(nvmlDeviceGetMemoryInfo=memory, nvmlDeviceGetHandleByUUID=lambda uuid: f"new {uuid}")
    )
    discover(gpus)
    dead.add(0)
    assert gpus.sample("GPU-1").health == "lost"
    assert gpus.sample("GPU-1").health == "ok"


def test_a_missing_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without nvidia-ml-py the program runs, without GPUs (row 004)."""
    monkeypatch.setitem(sys.modules, "pynvml", None)
    gpus = NvmlGpus()
    assert gpus.open() == 0
    assert "nvidia-ml-py" in gpus.driver_error


def test_a_missing_library_is_a_sentence() -> None:
    """A machine without any NVIDIA driver: no GPUs, and it says that no driver is installed (row 004)."""
    gpus = NvmlGpus(lambda: _module(nvmlInit=_raise(_NvmlError(12))))
    assert gpus.open() == 0
    assert gpus.driver == "none"
    assert "no NVIDIA driver is installed" in gpus.driver_error


def test_closing_twice_and_unopened_does_no_harm() -> None:
    """Closing is safe at any time, also when the library has gone already."""
    gpus = NvmlGpus(lambda: _module(nvmlShutdown=_raise(_NvmlError(1))))
    gpus.close()
    gpus.open()
    gpus.close()
    gpus.close()
    assert gpus.open() == 1
