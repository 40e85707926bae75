"""Sampling goes on whatever the driver does: the real pynvml over the fake library in C, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fake_nvml import FakeGpu, FakeNvml
from tests.monitor.child import DEADLINE_S, PATIENCE_S, Child

Start = Callable[[FakeNvml | None, str], Child]


def _states(answer: Any) -> str:
    return " ".join(one["health"] for one in answer.get("gpus", ()))


def test_the_real_binding_survives_a_gpu_that_hangs_and_one_that_fails(fake_nvml: FakeNvml, child: Start) -> None:
    """The real pynvml, fake library: GPU 1 hangs and GPU 2 falls off the bus at run time; both are lost, and back."""
    fake_nvml.set_gpus(FakeGpu(compute=((4711, 100),)), FakeGpu(utilization=90), FakeGpu())
    sampler = child(fake_nvml, "sampler")
    sampler.until(lambda answer: _states(answer) == "ok ok ok")
    fake_nvml.change(1, state="hang")
    answer = sampler.until(lambda answer: _states(answer) == "ok lost ok")
    assert answer["gpus"][1]["detail"] == f"The driver has not answered for {DEADLINE_S:g} s."
    fake_nvml.change(2, state="lost")
    answer = sampler.until(lambda answer: _states(answer) == "ok lost lost")
    assert "fallen off the bus" in answer["gpus"][2]["detail"]
    sampler.tell("processes", *(fake_nvml.uuid(index) for index in range(3)))
    lists = sampler.until(lambda answer: "lists" in answer)["lists"]
    assert [entry["pid"] for entry in lists.pop(fake_nvml.uuid(0))] == [4711]
    assert set(lists.values()) == {None}
    fake_nvml.change(1, state="ok")
    fake_nvml.change(2, state="ok")
    answer = sampler.until(lambda answer: _states(answer) == "ok ok ok")
    assert answer["gpus"][1]["utilization"] == 0.9


def test_the_real_binding_survives_a_start_that_hangs(fake_nvml: FakeNvml, child: Start) -> None:
    """A hanging nvmlInit: samples of the host come with the reason, and the GPUs when it answers."""
    fake_nvml.set_gpus(FakeGpu())
    fake_nvml.set_init("hang")
    sampler = child(fake_nvml, "sampler")
    assert "has not answered" in sampler.answer()["driver_error"]
    fake_nvml.set_init("ok")
    answer = sampler.until(lambda answer: _states(answer) == "ok")
    assert (answer["driver"], answer["driver_error"]) == ("NVIDIA 550.54.14", "")


@pytest.mark.parametrize("hang", ["gpu", "init"])
def test_the_interpreter_can_exit_while_a_call_hangs(fake_nvml: FakeNvml, child: Start, hang: str) -> None:
    """A process that is told to end does end, with code 0, though the driver never answers."""
    fake_nvml.set_gpus(FakeGpu())
    if hang == "init":
        fake_nvml.set_init("hang")
    sampler = child(fake_nvml, "sampler")
    if hang == "gpu":
        sampler.until(lambda answer: _states(answer) == "ok")
        fake_nvml.change(0, state="hang")
        sampler.until(lambda answer: _states(answer) == "lost")
    else:
        assert sampler.answer()["gpus"] == []
    assert sampler.process.stdin is not None
    sampler.process.stdin.close()
    assert sampler.process.wait(PATIENCE_S) == 0
