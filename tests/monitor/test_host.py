"""Processors and memory of the host."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ant_tui.monitor.host import HostMonitor, cpu_name


def _meminfo() -> dict[str, int]:
    with open("/proc/meminfo", encoding="ascii") as lines:
        return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}


def test_memory_is_counted_as_free_counts_it() -> None:
    """Used is total less available, as /proc/meminfo has them (row 170)."""
    before, sample, after = _meminfo(), HostMonitor().sample(), _meminfo()
    assert sample.memory_total == before["MemTotal"]
    least = min(before["MemAvailable"], after["MemAvailable"])
    most = max(before["MemAvailable"], after["MemAvailable"])
    slack = 256 << 20  # others use this machine, too
    assert sample.memory_total - most - slack <= sample.memory_used <= sample.memory_total - least + slack


def test_processors_are_named_and_counted() -> None:
    """Count, name and load are there (row 170)."""
    sample = HostMonitor().sample()
    assert sample.cpu_count == os.cpu_count()
    assert sample.cpu_name
    assert sample.load1 >= 0


class _Machine:
    """Counters and a clock that a test moves."""

    def __init__(self, proc: Path) -> None:
        self.now = 0.0
        self.proc = str(proc)
        self.times: dict[str, float] = {
            "user": 100.0,
            "nice": 0.0,
            "system": 50.0,
            "idle": 800.0,
            "iowait": 50.0,
            "irq": 0.0,
            "softirq": 0.0,
            "steal": 0.0,
            "guest": 30.0,
            "guest_nice": 0.0,
        }
        (proc / "meminfo").write_text(MEMINFO)
        self.pass_time(0.0)

    def pass_time(self, seconds: float, **spent: float) -> None:
        self.now += seconds
        for name, value in spent.items():
            self.times[name] += value
        ticks = " ".join(f"{value * 100:.0f}" for value in self.times.values())
        Path(self.proc, "stat").write_text(f"cpu  {ticks}\ncpu0 {ticks}\nintr 12 0 3\n")

    def clock(self) -> float:
        return self.now


MEMINFO = "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\nSwapTotal:     0 kB\n"


@pytest.fixture
def machine(tmp_path: Path) -> _Machine:
    return _Machine(tmp_path)


def test_the_share_of_busy_time_is_that_since_the_last_sample(machine: _Machine) -> None:
    """Waiting for a disk is not work, time of guests is counted once; before there is a difference it is unknown."""
    host = HostMonitor(machine.clock, proc=machine.proc)
    assert host.sample().cpu is None
    machine.pass_time(1.0, user=2.0, system=1.0, idle=4.0, iowait=1.0, guest=2.0)
    assert host.sample().cpu == pytest.approx(3 / 8)
    machine.pass_time(1.0, idle=8.0)
    assert host.sample().cpu == 0.0


def test_two_samples_in_one_moment_do_not_make_noise(machine: _Machine) -> None:
    """A difference over less than a few ticks of the kernel is not taken."""
    host = HostMonitor(machine.clock, proc=machine.proc)
    machine.pass_time(1.0, user=4.0, idle=4.0)
    assert host.sample().cpu == 0.5
    machine.pass_time(0.01, user=0.01)
    assert host.sample().cpu == 0.5
    machine.pass_time(0.99, idle=7.99)
    assert host.sample().cpu == pytest.approx(0.01 / 8)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("processor : 0\nmodel name\t: AMD  EPYC 9654\nmodel name : other\n", "AMD EPYC 9654"),
        ("Hardware : BCM2835\nprocessor: 0", "BCM2835"),
        ("cpu model : MIPS 24K", "MIPS 24K"),
    ],
)
def test_the_processors_name_is_found_on_several_architectures(text: str, name: str) -> None:
    """The first name that the kernel tells, without doubled blanks (row 170)."""
    assert cpu_name(text.splitlines()) == name


def test_a_processor_without_a_name_is_called_by_its_architecture() -> None:
    """Never empty."""
    assert cpu_name(["processor : 0", "model name :"])


def test_a_kernel_that_does_not_say_what_is_available(machine: _Machine) -> None:
    """What is free or a cache counts as available then."""
    host = HostMonitor(machine.clock, proc=machine.proc)
    assert (host.sample().memory_used, host.sample().memory_total) == (400 << 10, 1000 << 10)
    Path(machine.proc, "meminfo").write_text(
        "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 150 kB\nSwapTotal: 9 kB\n"
    )
    assert host.sample().memory_used == 700 << 10
