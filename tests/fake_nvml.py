"""A stand-in for NVIDIA's driver library, for programs that a test starts.

The library is C (``tests/monitor/fake_nvml.c``), so the real ``pynvml`` loads it as it would load the driver's. A child
process that gets ``FakeNvml.env`` finds it before any other; what it says is a text file that the test may change while
the child runs. The fixture ``fake_nvml`` is made known to all tests by ``tests/conftest.py`` or by a directory's own::

    from tests.fake_nvml import fake_nvml as fake_nvml

    def test_something(fake_nvml):
        fake_nvml.set_gpus(FakeGpu(), FakeGpu(utilization=90, compute=((4711, 500),)))
        child = subprocess.Popen([...], env={**os.environ, **fake_nvml.env})
        fake_nvml.change(1, state="hang")
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

__all__ = ["FakeGpu", "FakeNvml", "compiler", "fake_nvml"]

SOURCE = Path(__file__).parent / "monitor" / "fake_nvml.c"
LIBRARY = "libnvidia-ml.so.1"

Processes = tuple[tuple[int, int | None], ...]


class FakeGpu(msgspec.Struct, frozen=True):
    """One GPU of the fake library. None: the driver does not support that number or that list.

    Attributes:
        state: ok, lost, reset, unknown, unsupported, or hang (calls return once the state is another).
        utilization: percent.
        used: MiB.
        total: MiB.
        temperature: degrees Celsius.
        power: watts.
        limit: watts.
        clock: MHz.
        fan: percent.
        mig: 1 where the GPU is split.
        compute: (pid, MiB or None for "not available") of each compute process.
        mps: the same, clients of MPS.
        graphics: the same, graphics processes.
        name: of the product.
        uuid: its identity; default: made from its place.
    """

    state: str = "ok"
    utilization: int | None = 0
    used: int | None = 4
    total: int | None = 81920
    temperature: int | None = 35
    power: int | None = 70
    limit: int | None = 700
    clock: int | None = 345
    fan: int | None = None
    mig: int | None = None
    compute: Processes | None = ()
    mps: Processes | None = None
    graphics: Processes | None = ()
    name: str = "Fake GPU"
    uuid: str = ""


class FakeNvml:
    """The fake library, built, and the file that says how it behaves.

    Attributes:
        env: variables for a child process that shall see this driver.
        library: the path of the shared library.
    """

    def __init__(self, directory: Path, *, old: bool = False) -> None:
        """Build the library into ``directory``; ``old``: one without the functions that old drivers lack."""
        directory.mkdir(parents=True, exist_ok=True)
        self.library = directory / LIBRARY
        options = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O1", "-shared", "-fPIC"]
        options += ["-DFAKE_NVML_OLD"] if old else []
        cc = compiler()
        assert cc is not None, "no C compiler"
        subprocess.run([cc, *options, "-o", str(self.library), str(SOURCE)], check=True)
        self._state = directory / "state"
        self._gpus: tuple[FakeGpu, ...] = ()
        self._init = "ok"
        path = [str(directory), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        self.env = {"LD_LIBRARY_PATH": ":".join(path), "FAKE_NVML_STATE": str(self._state)}
        self._write()

    def set_gpus(self, *gpus: FakeGpu) -> None:
        """These are all GPUs now. (A program counts them when it opens the driver.)"""
        self._gpus = tuple(
            gpu if gpu.uuid else msgspec.structs.replace(gpu, uuid=self.uuid(index)) for index, gpu in enumerate(gpus)
        )
        self._write()

    def change(self, index: int, **changes: Any) -> None:
        """Change fields of one GPU; a program sees it at its next call."""
        gpus = list(self._gpus)
        gpus[index] = msgspec.structs.replace(gpus[index], **changes)
        self.set_gpus(*gpus)

    def set_init(self, init: str) -> None:
        """What starting the library does: ok, hang, no_driver, mismatch, no_permission."""
        self._init = init
        self._write()

    @staticmethod
    def uuid(index: int) -> str:
        """The UUID that a GPU gets by its place."""
        return f"GPU-fa4e0000-0000-0000-0000-{index:012d}"

    def _write(self) -> None:
        lines = [f"driver version=550.54.14 init={self._init}", *map(_line, self._gpus)]
        # By rename: a reader never sees half of it.
        new = self._state.with_suffix(".new")
        new.write_text("\n".join(lines) + "\n")
        new.replace(self._state)


def _line(gpu: FakeGpu) -> str:
    words = [f"{key}={_word(value)}" for key, value in msgspec.structs.asdict(gpu).items()]
    return " ".join(["gpu", *words])


def _word(value: str | int | Processes | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return ",".join(f"{pid}:{'-' if memory is None else memory}" for pid, memory in value) or "none"
    return str(value).replace(" ", "_")


def compiler() -> str | None:
    """The C compiler of this machine, if there is one."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


@pytest.fixture
def fake_nvml(tmp_path: Path) -> FakeNvml:
    """A driver without GPUs, until the test says otherwise; skipped only where there is no C compiler."""
    if compiler() is None:
        pytest.skip("no C compiler to build the fake NVML library with")
    return FakeNvml(tmp_path / "fake-nvml")
