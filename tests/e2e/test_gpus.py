"""GPUs through the real ``pynvml`` over a driver that the test controls: what tasks get, and what keeps them away."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e.house import House, until
from tests.fake_nvml import FakeGpu, FakeNvml

_DEVICES = 'echo "$CUDA_DEVICE_ORDER [$CUDA_VISIBLE_DEVICES]"'
_WAITS = "while [ ! -e go ]; do sleep 0.02; done"


@pytest.fixture
def driver(house: House, fake_nvml: FakeNvml) -> FakeNvml:
    """A driver with four GPUs, and a scheduler that uses it and looks often."""
    fake_nvml.set_gpus(*[FakeGpu()] * 4)
    # A short deadline would be missed by GPUs that are well, where the machine is busy.
    quick = {"ANT_TUI_GPUS__SAMPLE_INTERVAL_S": "0.1", "ANT_TUI_GPUS__DEADLINE_S": "20"}
    house.env |= {**fake_nvml.env, **quick}
    house.options = ()
    return fake_nvml


def _gpus(house: House) -> list[Any]:
    gpus: list[Any] = house.ask("gpus")["gpus"]
    return gpus


@contextmanager
def _stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Somebody else's process, as it seems: it carries nobody's mark."""
    with subprocess.Popen(["sleep", "1000"], env={}) as process:
        try:
            yield process
        finally:
            process.kill()


class TestDevices:
    def test_are_what_a_task_was_given_and_nothing_else(self, house: House, driver: FakeNvml) -> None:
        """Lowest free index first, in PCI order; a task without GPUs sees none; wishes are kept."""
        house.start()
        wanted = {
            "two": (("-G", "2"), "[0,1]"),
            "one": (("-G", "1"), "[2]"),
            "none": ((), "[]"),
            "wish": (("-G", "1", "--gpu-ids", "3"), "[3]"),
        }
        for name, (options, _) in wanted.items():
            house.submit("-J", name, *options, f"{_DEVICES}; {_WAITS}")
        for name, (_, devices) in wanted.items():
            house.until_log(name, f"PCI_BUS_ID {devices}\n".encode())
        gpus = _gpus(house)
        assert [gpu["task_ids"] for gpu in gpus] == [["two"], ["two"], ["one"], ["wish"]]
        assert house.task("two")["gpu_uuids"] == [driver.uuid(0), driver.uuid(1)]
        house.submit("-J", "rest", "-G", "2", "--exclude-gpus", "0,3", _DEVICES)
        (house.work / "go").touch()
        house.run("wait", "rest")
        assert house.log("rest") == b"PCI_BUS_ID [1,2]\n"

    def test_are_only_those_that_the_start_names(self, house: House, driver: FakeNvml) -> None:
        """``ant-tui 3,1`` manages these GPUs alone, by their physical index; asking for more is refused."""
        house.start("3,1")
        assert [gpu["index"] for gpu in _gpus(house)] == [1, 3]
        house.run("submit", "--wait", "-J", "both", "-G", "2", _DEVICES)
        assert house.log("both") == b"PCI_BUS_ID [1,3]\n"
        refused = house.run("submit", "-G", "3", "true", code=5)
        assert "2" in refused.stderr

    def test_are_none_without_a_driver(self, house: House, driver: FakeNvml) -> None:
        """No driver: tasks without GPUs run, tasks with GPUs are refused with the reason."""
        driver.set_init("no_driver")
        house.start()
        gpus = house.ask("gpus")
        assert gpus["gpus"] == []
        assert "driver" in gpus["reason"].lower()
        refused = house.run("submit", "-G", "1", "true", code=5)
        assert gpus["reason"][1:].rstrip(".") in refused.stderr
        house.run("submit", "--wait", "-J", "cpu", _DEVICES)
        assert house.log("cpu") == b"PCI_BUS_ID []\n"
        assert list(house.tasks()) == ["cpu"]


class TestTrouble:
    @pytest.mark.parametrize(("state", "words"), [("hang", "not answered"), ("lost", "fallen off the bus")])
    def test_of_one_gpu_leaves_the_others_at_work(self, house: House, driver: FakeNvml, state: str, words: str) -> None:
        """A GPU that hangs or is lost while tasks run is shown and not handed out; its neighbours go on."""
        house.start(env={"ANT_TUI_GPUS__DEADLINE_S": "2"})
        for name in ("on-0", "on-1"):
            house.submit("-J", name, "-G", "1", _WAITS)
            house.until_state(name, "running")
        driver.change(1, state=state)
        driver.change(2, state=state)
        gpus = house.until_gpus("busy", "lost", "lost", "free")
        assert words in gpus[2]["detail"]
        assert words in house.run("gpus").stdout
        house.submit("-J", "many", "-G", "3", _DEVICES)
        house.run("submit", "--wait", "-J", "next", "-G", "1", _DEVICES)
        assert house.log("next") == b"PCI_BUS_ID [3]\n"
        assert "lost: 1, 2" in house.run("explain", "many").stdout
        (house.work / "go").touch()
        house.run("wait", "on-0", "on-1")
        assert house.task("many")["state"] == "queued"
        driver.change(1, state="ok")
        house.run("wait", "many")
        assert house.log("many") == b"PCI_BUS_ID [0,1,3]\n"
        house.until_gpus("free", "free", "lost", "free")


class TestMemory:
    def test_of_a_dead_process_keeps_its_task_completing(self, house: House, driver: FakeNvml) -> None:
        """The command has ended, the driver still lists its process: nobody gets that GPU, not even after kill -9."""
        house.start()
        house.submit("-J", "holds", "-G", "1", f"{_WAITS}; exit 3")
        pid = int(house.until_state("holds", "running")["pid"])
        driver.change(0, compute=((pid, 900),), used=904)
        until("the driver names it", lambda: [p["task_id"] for p in _gpus(house)[0]["processes"]] == ["holds"])
        (house.work / "go").touch()
        task = house.until_state("holds", "completing")
        assert f"pid {pid}" in house.run("show", "holds").stdout
        assert task["exit_code"] == 3
        house.until_gpus("completing", "free", "free", "free")
        house.run("submit", "--wait", "-J", "next", "-G", "1", _DEVICES)
        assert house.log("next") == b"PCI_BUS_ID [1]\n"

        house.kill()
        house.start()
        assert house.task("holds")["state"] == "completing"
        driver.change(0, compute=(), used=4)
        house.run("wait", "holds", code=3)
        house.until_gpus(*["free"] * 4)

    def test_of_a_process_that_it_left_behind_keeps_its_task_completing(self, house: House, driver: FakeNvml) -> None:
        """A child in a session of its own outlives the command: its GPU is free when the child has ended."""
        house.start()
        house.submit("-J", "leaves", "-G", "1", f"setsid sh -c '{_WAITS}' & echo done")
        house.until_state("leaves", "completing")
        house.until_gpus("completing", "free", "free", "free")
        assert "still live" in house.run("show", "leaves").stdout
        (house.work / "go").touch()
        house.run("wait", "leaves")
        house.until_gpus(*["free"] * 4)


class TestSomebodyElse:
    def test_keeps_us_away_by_a_process_and_is_named(self, house: House, driver: FakeNvml) -> None:
        """``busy_detection = "processes"``: who is in the way is told, and the GPU is free again when they are gone."""
        user = pwd.getpwuid(os.geteuid()).pw_name
        with _stranger() as process:
            driver.change(0, compute=((process.pid, 5000),), used=5004)
            # One that holds next to nothing does not count.
            driver.change(1, compute=((process.pid, 50),), used=54)
            house.start(env={"ANT_TUI_GPUS__BUSY_DETECTION": "processes"})
            house.until_gpus("external", "free", "free", "free")
            house.run("submit", "--wait", "-J", "beside", "-G", "3", _DEVICES)
            assert house.log("beside") == b"PCI_BUS_ID [1,2,3]\n"
            house.submit("-J", "all", "-G", "4", _DEVICES)
            explained = house.ask("explain", "all")["tasks"][0]
            assert explained["reason"] == "GpuBusyExternal"
            for word in (str(process.pid), user, "sleep", "5,000 MiB"):
                assert word in explained["sentence"], word
            external = _gpus(house)[0]["external"]
            assert (external["pid"], external["user"], external["memory"]) == (process.pid, user, 5000 * 2**20)
            assert "sleep 1000" in external["command"]
            assert f"{user}: process {process.pid}" in house.run("gpus").stdout
            assert house.task("all")["state"] == "queued"
            driver.change(0, compute=(), used=4)
            house.run("wait", "all")
        assert house.log("all") == b"PCI_BUS_ID [0,1,2,3]\n"

    def test_is_not_looked_for_unless_that_is_asked(self, house: House, driver: FakeNvml) -> None:
        """Row 156: Off by default: a foreign process alone keeps nobody away, and our own never count."""
        with _stranger() as process:
            driver.change(0, compute=((process.pid, 5000),), used=5004)
            house.start()
            house.run("submit", "--wait", "-J", "first", "-G", "1", _DEVICES)
        assert house.log("first") == b"PCI_BUS_ID [0]\n"
