"""Real GPUs, as a driver shows them: who may have one, who still holds one, and what happens when one goes away.

In-process the driver is a stand-in that obeys the test; at the end the real ``pynvml`` runs over the fake library.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ant_tui.api.documents import GpuDocument
from ant_tui.api.schema import NoArguments
from ant_tui.core.resources import GpuRef
from ant_tui.core.task import TaskState
from ant_tui.errors import Refused
from ant_tui.monitor.samples import COMPUTE, GpuIdentity, GpuProcess, GpuSample, lost_sample
from ant_tui.scheduler import gpu_watch, scheduler
from ant_tui.scheduler.publisher import TroubleChanged
from tests.fake_nvml import FakeGpu, FakeNvml
from tests.fake_nvml import fake_nvml as fake_nvml
from tests.scheduler.child import Child
from tests.scheduler.world import World, options_for

MakeWorld = Callable[..., World]

MIB = 2**20


class FakeDriver:
    """A provider of GPUs that does what a test says (see ``monitor.provider.GpuProvider``)."""

    driver = "NVIDIA 1"

    def __init__(self, count: int) -> None:
        self.driver_error = "" if count else "There is no driver."
        self.count = count
        self.on: dict[int, tuple[GpuProcess, ...] | None] = dict.fromkeys(range(count), ())
        self.lost: set[int] = set()
        self.answers = {index: threading.Event() for index in range(count)}
        for event in self.answers.values():
            event.set()
        self.closed = False
        self.hangs_when_asked: set[int] = set()
        """GPUs that hang from the moment on at which they are asked who is on them."""

    def put(self, index: int, *pids: int) -> None:
        """These processes are on a GPU now, with 500 MiB each."""
        self.on[index] = tuple(GpuProcess(pid, 500 * MIB, COMPUTE) for pid in pids)

    def open(self) -> int:
        return self.count

    def identify(self, index: int) -> GpuIdentity:
        return GpuIdentity(index, f"GPU-{index}", "A GPU", 1000 * MIB)

    def sample(self, uuid: str) -> GpuSample:
        index = self._reached(uuid)
        if index in self.lost:
            return lost_sample(self.identify(index), "It fell off the bus.")
        return GpuSample(index, uuid, "A GPU", "ok", utilization=0.0, memory_used=0, processes=self.on[index])

    def processes(self, uuid: str) -> tuple[GpuProcess, ...] | None:
        for index in self.hangs_when_asked:
            self.answers[index].clear()
        self.hangs_when_asked.clear()
        index = self._reached(uuid)
        return None if index in self.lost else self.on[index]

    def _reached(self, uuid: str) -> int:
        index = int(uuid.removeprefix("GPU-"))
        self.answers[index].wait(20)
        return index

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> FakeDriver:
    """Two GPUs that are well and empty."""
    made = FakeDriver(2)
    monkeypatch.setattr(scheduler, "NvmlGpus", lambda: made)
    return made


@pytest.fixture
async def machine(make_world: MakeWorld, driver: FakeDriver) -> World:
    """A scheduler on that driver, which samples all the time and waits for no GPU for long."""
    return await make_world(simulate_gpus=None, sample_interval_s=0.02, deadline_s=0.3).open()


async def gpus(world: World) -> list[GpuDocument]:
    return list((await world.ask("gpus", NoArguments())).gpus)


async def until_seen(world: World, pid: int, number: int) -> None:
    """Wait until a process on a GPU has been seen to be a task's."""
    await world.until(lambda: world.scheduler.gpus.task_of(pid) == number, f"pid {pid} as one of task {number}")


async def on_gpu(world: World, driver: FakeDriver, command: str = "read x < $GO") -> tuple[int, int]:
    """Run a task on GPU 0 that is seen there; its number and pid."""
    number = await world.run(f"sh -c 'echo $$ > $SAID; {command}'", gpus=1)
    pid = int(await world.said.next())
    await world.until_state(number, TaskState.RUNNING)
    driver.put(0, pid)
    await until_seen(world, pid, number)
    return number, pid


class TestHolding:
    async def test_a_dead_process_that_still_holds_memory_keeps_the_gpu(
        self, machine: World, driver: FakeDriver
    ) -> None:
        """The command is over, the driver has not given the memory back: completing, and it is said what holds."""
        number, pid = await on_gpu(machine, driver)
        machine.go.say()
        await machine.until_state(number, TaskState.COMPLETING)
        await machine.until(lambda: machine.task(number).attempts[0].leftovers)
        assert machine.task(number).attempts[0].leftovers == f"pid {pid} still holds GPU 0, 500 MiB"
        following = await machine.run("true", gpus=1)
        await machine.end_of(following)
        assert machine.indices(following) == [1]
        assert (await gpus(machine))[0].state == "completing"
        driver.put(0)
        told = await machine.end_of(number)
        assert (told.state, told.exit_code) == ("completed", 0)
        assert len(machine.scheduler.state.cluster.free()) == 2

    async def test_a_task_of_another_process_list_ends_at_once(self, machine: World, driver: FakeDriver) -> None:
        """Nothing of the task is on its GPU: nothing is waited for, whoever else is there."""
        driver.put(0, os.getpid())
        await machine.until(lambda: machine.scheduler.gpus.sample and _pids(machine, 0) == [os.getpid()])
        number = await machine.run("true", gpus=1)
        assert (await machine.end_of(number)).state == "completed"

    async def test_a_process_that_was_never_seen_alive_is_waited_for_a_while(
        self, machine: World, driver: FakeDriver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A pid that does not exist here may be the task's or another container's: it holds, but not for ever."""
        number = await machine.run("read x < $GO", gpus=1)
        await machine.until_state(number, TaskState.RUNNING)
        driver.put(0, 2**22 + 7)
        machine.go.say()
        await machine.until_state(number, TaskState.COMPLETING)
        assert machine.state(number) is TaskState.COMPLETING
        monkeypatch.setattr(gpu_watch, "_STRANGER_S", 0.0)
        assert (await machine.end_of(number)).state == "completed"

    async def test_who_was_there_before_is_not_the_tasks(self, machine: World, driver: FakeDriver) -> None:
        """A process of another container was on the GPU when the task came: it is not waited for."""
        driver.put(0, 2**22 + 7)
        await machine.until(lambda: _pids(machine, 0) == [2**22 + 7])
        number = await machine.run("true", gpus=1)
        assert (await machine.end_of(number)).state == "completed"

    async def test_a_driver_that_names_nobody_holds_nobody_up(self, machine: World, driver: FakeDriver) -> None:
        """Lists of processes are not supported (MIG, some containers): tasks end all the same (row 164)."""
        driver.on[0] = driver.on[1] = None
        await machine.until(lambda: machine.scheduler.gpus.sample and _pids(machine, 0) is None)
        assert (await machine.end_of(await machine.run("exit 3", gpus=2))).exit_code == 3

    async def test_what_lives_on_the_gpu_is_shown_with_its_task(self, machine: World, driver: FakeDriver) -> None:
        """A child of the task that left its group is still the task's."""
        number = await machine.run("setsid sh -c 'echo $$ > $SAID; exec sleep 100' & read x < $GO", id="train", gpus=1)
        stray = int(await machine.said.next())
        driver.put(0, stray, os.getpid())
        await until_seen(machine, stray, number)
        shown = {process.pid: process.task_id for process in (await gpus(machine))[0].processes}
        assert shown == {stray: "train", os.getpid(): None}
        driver.put(0)
        await machine.do("cancel", number)
        await machine.end_of(number)

    async def test_is_found_again_after_a_restart(self, machine: World, driver: FakeDriver) -> None:
        """The command ended and the scheduler died; the memory is still held when the next one starts."""
        number, pid = await on_gpu(machine, driver)
        leader = os.pidfd_open(machine.task(number).attempts[0].pid)
        await machine.close()
        machine.go.say()
        select.select([leader], [], [], 20)
        os.close(leader)
        await machine.open()
        await machine.until(lambda: machine.task(number).attempts[0].leftovers)
        assert machine.state(number) is TaskState.COMPLETING
        assert f"pid {pid} still holds GPU 0" in machine.task(number).attempts[0].leftovers
        driver.put(0)
        assert (await machine.end_of(number)).state == "completed"


class TestLost:
    async def test_is_not_handed_out(self, machine: World, driver: FakeDriver) -> None:
        """Its neighbour is, and it comes back by itself."""
        driver.lost.add(0)
        await machine.until(lambda: len(machine.scheduler.state.cluster.free()) == 1)
        first, second = await machine.submit("true", "true", gpus=1)
        both = await machine.run("true", gpus=2)
        await machine.ended(first, second)
        assert machine.indices(first) == machine.indices(second) == [1]
        assert machine.state(both) is TaskState.QUEUED
        assert ((await gpus(machine))[0].state, (await gpus(machine))[0].detail) == ("lost", "It fell off the bus.")
        driver.lost.clear()
        assert (await machine.end_of(both)).state == "completed"

    async def test_under_a_task_leaves_the_task_alone(self, machine: World, driver: FakeDriver) -> None:
        """The task goes on as it can; when it ends, nobody gets the GPU before it is back."""
        number, _ = await on_gpu(machine, driver)
        driver.lost.add(0)
        await machine.until(lambda: machine.scheduler.state.cluster.gpus["GPU-0"].lost)
        assert machine.state(number) is TaskState.RUNNING
        machine.go.say()
        await machine.end_of(number)
        assert [gpu.index for gpu in machine.scheduler.state.cluster.free()] == [1]

    async def test_all_of_them_make_tasks_wait(self, machine: World, driver: FakeDriver) -> None:
        driver.lost.update((0, 1))
        await machine.until(lambda: not machine.scheduler.state.cluster.free())
        number = await machine.run("true", gpus=1)
        cpu = await machine.run("true")
        await machine.end_of(cpu)
        assert machine.state(number) is TaskState.QUEUED
        driver.lost.clear()
        await machine.end_of(number)

    async def test_all_of_them_are_the_schedulers_trouble(self, machine: World, driver: FakeDriver) -> None:
        """One lost GPU is its own affair; when none is left, that is told, and the rest still works."""
        told: list[str] = []
        machine.scheduler.publisher.subscribe(
            lambda one: told.append(machine.scheduler.trouble) if isinstance(one, TroubleChanged) else None
        )
        driver.lost.add(0)
        await machine.until(lambda: len(machine.scheduler.state.cluster.free()) == 1)
        driver.lost.add(1)
        await machine.until(lambda: told == ["no GPU can be used: It fell off the bus"])
        assert machine.scheduler.halted == ""
        await machine.end_of(await machine.run("true"))
        driver.lost.clear()
        await machine.until(lambda: told[1:] == [""])


class TestSilence:
    async def test_of_the_monitor_is_told(
        self, make_world: MakeWorld, driver: FakeDriver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """When nothing comes from the monitor any more, nobody takes old figures for new ones; tasks go on."""
        monkeypatch.setattr(gpu_watch, "_SILENCE_S", 0.02)
        monkeypatch.setattr(gpu_watch, "_SILENT_SAMPLES", 0)
        monkeypatch.setattr(gpu_watch, "_SILENT_DEADLINES", 0)
        world = await make_world(simulate_gpus=None, sample_interval_s=3600.0).open()
        await world.until(lambda: world.scheduler.trouble)
        assert "the monitor has not told anything for 0.02 s" in world.scheduler.trouble
        await world.end_of(await world.run("true", gpus=1))
        world.scheduler.gpus._patience_s = 3600.0
        world.scheduler.gpus._sampler.sample_now()
        await world.until(lambda: not world.scheduler.trouble)


class TestHanging:
    async def test_counts_as_lost_and_its_neighbour_goes_on(self, machine: World, driver: FakeDriver) -> None:
        """A GPU that does not answer is not handed out while it does not (row 177)."""
        driver.answers[0].clear()
        await machine.until(lambda: [gpu.index for gpu in machine.scheduler.state.cluster.free()] == [1])
        number = await machine.run("true", gpus=1)
        await machine.end_of(number)
        assert machine.indices(number) == [1]
        driver.answers[0].set()
        await machine.until(lambda: len(machine.scheduler.state.cluster.free()) == 2)

    async def test_at_the_end_of_its_task_frees_nothing_too_early(self, machine: World, driver: FakeDriver) -> None:
        """The GPU hangs in the moment in which its task ends: it is at no time taken for free."""
        number, _ = await on_gpu(machine, driver)
        other = await machine.run("true", gpus=2)
        free: list[list[int]] = []
        unsubscribe = machine.scheduler.publisher.subscribe(
            lambda _: free.append([gpu.index for gpu in machine.scheduler.state.cluster.free()])
        )
        driver.hangs_when_asked.add(0)
        driver.put(0)
        machine.go.say()
        await machine.until(lambda: machine.task(number).ended_at is not None)
        unsubscribe()
        assert machine.scheduler.state.cluster.gpus["GPU-0"].lost
        assert all(0 not in indices for indices in free)
        assert machine.state(other) is TaskState.QUEUED
        driver.answers[0].set()
        assert (await machine.end_of(other)).state == "completed"

    async def test_a_list_that_does_not_come_is_no_empty_list(
        self, machine: World, driver: FakeDriver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Unless nothing else can be expected: of a GPU that is known to be lost, or that never says."""
        watch = machine.scheduler.gpus
        nobody_knows: Callable[..., None] = lambda uuids, tell: tell(dict.fromkeys(uuids))  # noqa: E731
        monkeypatch.setattr(watch._sampler, "processes", nobody_knows)
        gpu = [GpuRef("GPU-0", 0)]
        assert await watch.holding(1, gpu) == ["GPU 0 does not say who holds it"]
        driver.on[0] = None
        await machine.until(lambda: _pids(machine, 0) is None)
        assert await watch.holding(1, gpu) == []
        driver.put(0)
        driver.lost.add(0)
        await machine.until(lambda: machine.scheduler.state.cluster.gpus["GPU-0"].lost)
        assert await watch.holding(1, gpu) == []
        watch.sample = None
        assert await watch.holding(1, gpu) != []

    async def test_does_not_keep_the_scheduler_from_ending(self, machine: World, driver: FakeDriver) -> None:
        """Tasks that wait for a GPU that hangs are left to the next scheduler."""
        number, _ = await on_gpu(machine, driver)
        driver.answers[0].clear()
        driver.answers[1].clear()
        await machine.close()
        for event in driver.answers.values():
            event.set()
        driver.put(0)
        machine.go.say()
        await machine.open()
        assert (await machine.end_of(number)).state == "completed"


class TestWithoutADriver:
    async def test_cpu_tasks_run_and_gpu_tasks_are_refused(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The reason is the driver's own sentence (row 004)."""
        monkeypatch.setattr(scheduler, "NvmlGpus", lambda: FakeDriver(0))
        world = await make_world(simulate_gpus=None).open()
        assert (await world.end_of(await world.run("true"))).state == "completed"
        with pytest.raises(Refused, match="no driver"):
            await world.run("true", gpus=1)


class TestFakeLibrary:
    """The real ``pynvml`` over the fake ``libnvidia-ml.so.1``, in a scheduler of its own process."""

    @pytest.fixture
    def child(self, tmp_path: Path, runtime: Path, nothing_left: str, fake_nvml: FakeNvml) -> Any:
        fake_nvml.set_gpus(FakeGpu(), FakeGpu())
        made = Child(
            tmp_path, env=fake_nvml.env, simulate_gpus=None, sample_interval_s=0.05, deadline_s=0.2, grace_s=0.2
        )
        yield made
        for task in made.ask("queue")["tasks"]:
            if task["state"] in ("running", "completing"):
                made.ask("cancel", tasks=[task["id"]])
        made.kill()

    def submit(self, child: Child, place: Path, command: str, gpus: int = 1) -> int:
        environment = {name: os.environ[name] for name in ("PATH", "ANT_TEST_TOKEN")}
        task = {"command": command, "workdir": str(place), "verbatim": True, "gpus": gpus}
        return int(child.ask("submit", tasks=[task], environment=environment)["tasks"][0]["number"])

    def until(self, child: Child, method: str, condition: Callable[[Any], object], **parameters: Any) -> Any:
        """Ask until the answer is as wanted; each question is answered, so nothing is waited for in vain."""
        for _ in range(20_000):
            answer = child.ask(method, **parameters)
            if condition(answer):
                return answer
        raise AssertionError(f"'{method}' never answers as wanted; the last answer: {answer}")

    def test_memory_of_a_dead_process_is_waited_for(self, child: Child, tmp_path: Path, fake_nvml: FakeNvml) -> None:
        """The pid is dead, the driver lists it: completing until it does not (row 222)."""
        number = self.submit(child, tmp_path, "exec sleep 100")
        task = self.until(child, "show", lambda a: a["tasks"][0]["state"] == "running", tasks=[str(number)])["tasks"][0]
        fake_nvml.change(0, compute=((task["pid"], 500),), used=504)
        name = task["id"]
        self.until(child, "gpus", lambda a: [p["task_id"] for p in a["gpus"][0]["processes"]] == [name])
        os.killpg(task["pid"], signal.SIGKILL)
        held = f"pid {task['pid']} still holds GPU 0, 500 MiB"
        self.until(child, "show", lambda a: a["tasks"][0]["detail"] == held, tasks=[str(number)])
        second = self.submit(child, tmp_path, "true")
        over = self.until(child, "show", lambda a: a["tasks"][0]["state"] == "completed", tasks=[str(second)])
        assert over["tasks"][0]["gpu_ids"] == [1]
        fake_nvml.change(0, compute=())
        over = self.until(child, "show", lambda a: a["tasks"][0]["state"] == "failed", tasks=[str(number)])
        assert over["tasks"][0]["signal"] == 9

    @pytest.mark.parametrize("state", ["lost", "hang"])
    def test_a_gpu_that_goes_away_is_not_handed_out(
        self, child: Child, tmp_path: Path, fake_nvml: FakeNvml, state: str
    ) -> None:
        """Lost or hanging at run time: the neighbour is used, and the GPU comes back."""
        fake_nvml.change(0, state=state)
        self.until(child, "gpus", lambda a: [gpu["state"] for gpu in a["gpus"]] == ["lost", "free"])
        number = self.submit(child, tmp_path, "true")
        over = self.until(child, "show", lambda a: a["tasks"][0]["state"] == "completed", tasks=[str(number)])
        assert over["tasks"][0]["gpu_ids"] == [1]
        fake_nvml.change(0, state="ok")
        self.until(child, "gpus", lambda a: [gpu["state"] for gpu in a["gpus"]] == ["free", "free"])

    def test_the_task_is_given_what_nvml_counts(self, child: Child, tmp_path: Path) -> None:
        """Indices as nvidia-smi shows them, identities as UUIDs."""
        number = self.submit(child, tmp_path, "echo $CUDA_VISIBLE_DEVICES", gpus=2)
        over = self.until(child, "show", lambda a: a["tasks"][0]["state"] == "completed", tasks=[str(number)])
        assert over["tasks"][0]["gpu_uuids"] == [FakeNvml.uuid(0), FakeNvml.uuid(1)]
        assert Path(options_for(tmp_path).jobs_dir, f"{number}.1", "output.log").read_text() == "0,1\n"


def _pids(world: World, index: int) -> list[int] | None:
    sample = world.scheduler.gpus.sample
    assert sample is not None
    processes = sample.gpus[index].processes
    return None if processes is None else [process.pid for process in processes]
