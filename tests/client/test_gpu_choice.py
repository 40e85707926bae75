"""The GPUs that were named at a start, and those of the scheduler that would be attached to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from ant_tui.api.schema import GpuNames
from ant_tui.client.gpu_choice import check_gpus, check_running
from ant_tui.core import events as ev
from ant_tui.errors import OtherSchedulerRunning
from tests.api.running import running
from tests.core.world import World, gpu, uuid_of


@pytest.fixture
def world() -> World:
    """A scheduler that manages four GPUs, two of which are handed out."""
    made = World()
    made.has_gpus(0, 1, 2, 3)
    made.happens(ev.GpusSwitched, disabled=(uuid_of(2),), removed=(uuid_of(3),))
    return made


def check(world: World, only: Sequence[str] = (), simulated: int | None = None) -> None:
    check_gpus(world.state.cluster, 77, only=only, simulated=simulated)


@pytest.mark.parametrize(
    "only", [(), ("0", "1"), ("1", uuid_of(0)), ("0", "1", "2"), ("3", "2", "1", "0")], ids=",".join
)
def test_the_same_gpus_are_no_matter(world: World, only: tuple[str, ...]) -> None:
    """Nothing named, or what is handed out, managed, or was asked for at its own start, in any order, by any name."""
    check(world, only)


@pytest.mark.parametrize(
    ("only", "switch"),
    [
        (("0",), "or switch GPUs: ant-tui gpus disable 1"),
        (("2",), "or switch GPUs: ant-tui gpus disable 0,1"),
        (("0", "1", "3"), "ant-tui stop"),
        (("0", "1", "9"), "ant-tui stop"),
        (("GPU-elsewhere",), "or switch GPUs: ant-tui gpus disable 0,1"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, tuple) else "",
)
def test_others_are_refused(world: World, only: tuple[str, ...], switch: str) -> None:
    """What it has, what was asked for, and what can be done about it; code 5."""
    with pytest.raises(OtherSchedulerRunning) as refused:
        check(world, only)
    sentence = refused.value.sentence
    assert f"(process 77) runs here already and manages GPU 0,1,2, not {','.join(only)}." in sentence
    assert sentence.endswith(switch)
    assert refused.value.exit_code == 5


def test_simulated_ones_are_told_from_real_ones(world: World) -> None:
    """Asking for simulated GPUs attaches to as many simulated ones only; naming real ones says nothing of that."""
    with pytest.raises(OtherSchedulerRunning, match="manages GPU 0,1,2, not 4 simulated"):
        check(world, simulated=4)
    world.has_gpus(*(replace(gpu(index), simulated=True) for index in range(4)))
    check(world, simulated=4)
    check(world, ("0", "1"), simulated=4)
    with pytest.raises(OtherSchedulerRunning, match=r"manages GPU 0,1,2 \(simulated\), not 8 simulated"):
        check(world, simulated=8)
    with pytest.raises(OtherSchedulerRunning, match=r"\(simulated\), not 0"):
        check(world, ("0",), simulated=4)


async def test_over_the_socket(tmp_path: Path) -> None:
    """Who only serves screens asks the scheduler before; where none runs, there is nothing to differ from."""
    check_running(str(tmp_path), only=("0",), simulated=9)
    async with running(tmp_path) as service:
        await service.dispatcher.call("gpus_disable", GpuNames(("1",)))

        def ask(*only: str, simulated: int | None = None) -> None:
            check_running(str(tmp_path), only=only, simulated=simulated)

        await asyncio.to_thread(ask, "0")
        await asyncio.to_thread(ask, simulated=2)
        with pytest.raises(OtherSchedulerRunning, match=r"manages GPU 0,1 \(simulated\), not 1\."):
            await asyncio.to_thread(ask, "1")
        with pytest.raises(OtherSchedulerRunning, match="not 3 simulated"):
            await asyncio.to_thread(ask, simulated=3)


def test_without_any_gpu(world: World) -> None:
    """A scheduler without GPUs is attached to by who asks for none."""
    world.has_gpus()
    check(world, simulated=0)
    with pytest.raises(OtherSchedulerRunning, match="manages no GPU, not 0"):
        check(world, ("0",))
