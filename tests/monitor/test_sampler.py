"""Sampling goes on whatever the driver does.

Nothing here depends on how long anything takes: deadlines are short, and what must happen is waited for.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from ant_tui.monitor.sampler import ProcessLists, Sampler
from ant_tui.monitor.samples import GpuIdentity, GpuProcess, GpuSample, HostSample, MonitorSample
from tests.monitor.moments import HOST_SAMPLE, compute, gpu, identity, lost_gpu

PATIENCE_S = 30.0
NEVER_S = 3600.0
SHORT_S = 0.2


class Driver:
    """A provider whose calls hang, fail or answer as a test says."""

    driver = "NVIDIA 1"

    def __init__(self, count: int = 1) -> None:
        self.count = count
        self.driver_error = ""
        self.hang: dict[str, threading.Event] = {}
        self.fails: dict[str, Exception] = {}
        self.answers: dict[str, GpuSample] = {}
        self.opened = 0
        self.closed = threading.Event()
        self.entered = threading.Event()
        self.callers: dict[str, list[int]] = {}

    def _enter(self, what: str) -> None:
        self.callers.setdefault(what, []).append(threading.get_ident())
        gate = self.hang.get(what)
        if gate is not None:
            self.entered.set()
            assert gate.wait(PATIENCE_S)
        if what in self.fails:
            raise self.fails[what]

    def open(self) -> int:
        self._enter("open")
        self.opened += 1
        return self.count

    def identify(self, index: int) -> GpuIdentity:
        self._enter(f"identify {index}")
        return identity(index)

    def sample(self, uuid: str) -> GpuSample:
        self._enter(uuid)
        return self.answers.get(uuid) or gpu(int(uuid[4:]), processes=(compute(7),))

    def processes(self, uuid: str) -> tuple[GpuProcess, ...] | None:
        self._enter(f"processes {uuid}")
        return (compute(7),)

    def close(self) -> None:
        self.closed.set()


class Watched:
    """A sampler whose samples a test waits for."""

    def __init__(self, driver: Driver, interval_s: float, deadline_s: float, **options: Any) -> None:
        self.samples: queue.SimpleQueue[MonitorSample] = queue.SimpleQueue()
        options.setdefault("host", lambda: HOST_SAMPLE)
        self.sampler = Sampler(lambda: driver, interval_s, deadline_s, self.samples.put, **options)

    def next(self) -> MonitorSample:
        return self.samples.get(timeout=PATIENCE_S)

    def until(self, wanted: Callable[[MonitorSample], bool]) -> MonitorSample:
        while not wanted(sample := self.next()):
            continue
        return sample

    def until_health(self, health: str) -> MonitorSample:
        """The next sample with this health; others may come before it where the machine itself is slow."""
        return self.until(lambda sample: _health(sample) == health)

    def processes(self, *uuids: str) -> ProcessLists:
        answers: queue.SimpleQueue[ProcessLists] = queue.SimpleQueue()
        self.sampler.processes(uuids, answers.put)
        return answers.get(timeout=PATIENCE_S)


Watch = Callable[..., Watched]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Start samplers; each is stopped, and what hangs is let go, at the test's end."""
    started: list[tuple[Watched, Driver]] = []

    def start(driver: Driver, *, interval_s: float = SHORT_S, deadline_s: float = SHORT_S, **options: Any) -> Watched:
        watched = Watched(driver, interval_s, deadline_s, **options)
        started.append((watched, driver))
        watched.sampler.start()
        return watched

    yield start
    for watched, driver in started:
        for gate in driver.hang.values():
            gate.set()
        assert watched.sampler.stop(PATIENCE_S)
    for thread in threading.enumerate():
        if thread.name.startswith("ant-monitor"):
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def _health(sample: MonitorSample) -> str:
    return " ".join(one.health for one in sample.gpus)


def test_the_first_sample_comes_at_once_and_tells_everything(watch: Watch) -> None:
    """GPUs in order, the host, the driver, and a time that no reading is older than."""
    sample = watch(Driver(3), interval_s=NEVER_S, clock=lambda: 1234.5).next()
    assert [one.index for one in sample.gpus] == [0, 1, 2]
    assert (sample.at, sample.host, sample.driver, sample.driver_error) == (
        1234.5,
        HOST_SAMPLE,
        "NVIDIA 1",
        "",
    )
    assert sample.gpu("GPU-1") == sample.gpus[1]
    assert sample.gpu("GPU-9") is None


def test_samples_keep_coming(watch: Watch) -> None:
    """One after another, without being asked."""
    watched = watch(Driver(), interval_s=0.001)
    for _ in range(5):
        watched.next()


def test_a_sample_can_be_had_now(watch: Watch) -> None:
    """sample_now does not wait for the interval."""
    watched = watch(Driver(), interval_s=NEVER_S)
    watched.next()
    watched.sampler.sample_now()
    watched.next()


def test_a_shorter_interval_takes_effect_at_once(watch: Watch) -> None:
    """Changing the interval changes the reaction time, also of the wait that is under way (row 009)."""
    watched = watch(Driver(), interval_s=NEVER_S)
    watched.next()
    watched.sampler.set_interval(0.001)
    watched.next()
    watched.next()


def test_a_hanging_gpu_is_lost_and_the_others_go_on(watch: Watch) -> None:
    """A GPU whose call hangs is reported with the reason, its neighbours are read on; it comes back (row 177)."""
    driver = Driver(3)
    watched = watch(driver, interval_s=NEVER_S)
    watched.until_health("ok ok ok")
    driver.hang["GPU-1"] = threading.Event()
    watched.sampler.sample_now()
    sample = watched.until_health("ok lost ok")
    assert sample.gpus[1].detail == "The driver has not answered for 0.2 s."
    assert (sample.gpus[1].name, sample.gpus[1].memory_total) == ("A GPU", gpu().memory_total)
    watched.sampler.sample_now()
    watched.until_health("ok lost ok")
    driver.hang["GPU-1"].set()
    watched.until_health("ok ok ok")


def test_several_gpus_may_hang_at_once(watch: Watch) -> None:
    """Each costs only itself, and each comes back on its own."""
    driver = Driver(4)
    watched = watch(driver, interval_s=NEVER_S)
    watched.next()
    driver.hang = {"GPU-0": threading.Event(), "GPU-2": threading.Event()}
    watched.sampler.sample_now()
    watched.until_health("lost ok lost ok")
    driver.hang["GPU-2"].set()
    watched.until_health("lost ok ok ok")
    driver.hang["GPU-0"].set()
    watched.until_health("ok ok ok ok")


def test_a_hang_leaves_one_thread_behind_however_long_it_lasts(watch: Watch) -> None:
    """Threads do not pile up while a GPU hangs for many samples."""
    driver = Driver(2)
    watched = watch(driver, interval_s=0.005)
    watched.next()
    driver.hang["GPU-0"] = threading.Event()
    watched.until_health("lost ok")
    for _ in range(20):
        watched.until_health("lost ok")
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("ant-monitor")]
    assert sorted(names) == ["ant-monitor", "ant-monitor", "ant-monitor-watchdog"]


def test_a_gpu_that_answers_too_late_every_time_stays_lost_and_delays_nobody(watch: Watch) -> None:
    """It is back only after a whole reading in time; until then its own thread tries, and the others' beat is kept."""
    driver = Driver(2)
    watched = watch(driver, interval_s=0.02)
    watched.until_health("ok ok")
    gates = [threading.Event() for _ in range(3)]
    driver.hang["GPU-1"] = gates[0]
    watched.until_health("ok lost")
    for gate, next_gate in pairwise(gates):
        driver.hang["GPU-1"] = next_gate
        driver.entered.clear()
        gate.set()
        assert driver.entered.wait(PATIENCE_S)
        begin = watched.next().at
        while (sample := watched.next()).at < begin + 2 * SHORT_S:
            assert _health(sample) == "ok lost"
    assert len(set(driver.callers["GPU-1"][-3:])) == 1
    gates[-1].set()
    watched.until_health("ok ok")


def test_a_start_that_hangs_does_not_hold_up_anything(watch: Watch) -> None:
    """Opening the driver hangs: the host is sampled and the reason told; the GPUs are there as soon as it answers."""
    driver = Driver(2)
    driver.hang["open"] = threading.Event()
    watched = watch(driver)
    sample = watched.next()
    assert (sample.gpus, sample.host, sample.driver) == ((), HOST_SAMPLE, "none")
    assert sample.driver_error == (
        "The GPU driver has not answered for 0.2 s; its GPUs can be used as soon as it does."
    )
    driver.hang["open"].set()
    sample = watched.until(lambda one: bool(one.gpus))
    assert (_health(sample), sample.driver_error, sample.driver) == ("ok ok", "", "NVIDIA 1")


def test_a_gpu_that_hangs_at_the_start_does_not_cost_the_others(watch: Watch) -> None:
    """The GPU that cannot be identified has its place and a reason; it is named when it answers."""
    driver = Driver(3)
    driver.hang["identify 1"] = threading.Event()
    watched = watch(driver, interval_s=NEVER_S)
    sample = watched.until_health("ok lost ok")
    assert (sample.gpus[1].uuid, sample.gpus[1].index) == ("unknown-1", 1)
    assert "has not answered" in sample.gpus[1].detail
    driver.hang["identify 1"].set()
    assert watched.until_health("ok ok ok").gpus[1].uuid == "GPU-1"


def test_a_driver_that_appears_later_is_found(watch: Watch) -> None:
    """No driver at first: the reason is told; it is looked for again (rows 004, 177)."""
    driver = Driver(0)
    driver.driver_error = "There is no driver."
    watched = watch(driver, retry_s=0.0)
    sample = watched.next()
    assert (sample.gpus, sample.driver_error) == ((), "There is no driver.")
    driver.count, driver.driver_error = 1, ""
    assert _health(watched.until(lambda one: bool(one.gpus))) == "ok"


def test_a_driver_that_is_not_there_is_not_looked_for_all_the_time(watch: Watch) -> None:
    """Between two attempts lies the retry interval."""
    driver = Driver(0)
    watched = watch(driver, interval_s=0.001, retry_s=NEVER_S)
    for _ in range(5):
        watched.next()
    assert driver.opened == 1


def test_a_driver_that_lost_all_gpus_is_opened_anew(watch: Watch) -> None:
    """After a reload of the driver nothing works until it is opened again."""
    driver = Driver(2)
    watched = watch(driver, retry_s=0.0)
    watched.next()
    driver.answers = {f"GPU-{index}": lost_gpu(index) for index in range(2)}
    watched.until(lambda _: driver.opened >= 2)
    driver.answers = {}
    watched.until_health("ok ok")


def test_a_driver_is_not_opened_anew_while_a_call_hangs_in_it(watch: Watch) -> None:
    """Shutting a library down under a call would hang, too: it is done when the call has come back."""
    driver = Driver(2)
    watched = watch(driver, interval_s=0.01, retry_s=0.0)
    watched.until_health("ok ok")
    gate = driver.hang["GPU-0"] = threading.Event()
    driver.answers["GPU-1"] = lost_gpu(1)
    watched.until_health("lost lost")
    for _ in range(5):
        watched.next()
    assert driver.opened == 1
    driver.answers["GPU-0"] = lost_gpu(0)
    gate.set()
    watched.until(lambda _: driver.opened >= 2)


def test_a_gpu_that_is_not_listed_any_more_stays_visible_as_lost(watch: Watch) -> None:
    """What was there does not vanish without a word."""
    driver = Driver(2)
    watched = watch(driver, retry_s=0.0)
    watched.next()
    driver.answers = {f"GPU-{index}": lost_gpu(index) for index in range(2)}
    driver.count = 1
    watched.until(lambda _: driver.opened >= 2)
    driver.answers = {}
    sample = watched.until_health("ok lost")
    assert (sample.gpus[1].uuid, sample.gpus[1].detail) == (
        "GPU-1",
        "The driver does not list this GPU any more.",
    )


def test_a_gpu_that_cannot_be_opened_again_is_the_one_that_was_there(watch: Watch) -> None:
    """After the driver was opened anew, a GPU that cannot be identified keeps its identity and has one place."""
    driver = Driver(2)
    watched = watch(driver, retry_s=0.0)
    watched.until_health("ok ok")
    driver.answers = {f"GPU-{index}": lost_gpu(index) for index in range(2)}
    driver.fails["identify 1"] = ValueError("odd")
    watched.until(lambda _: driver.opened >= 2)
    driver.answers = {}
    sample = watched.until_health("ok lost")
    assert [one.uuid for one in sample.gpus] == ["GPU-0", "GPU-1"]
    assert sample.gpus[1].detail == "Identifying it failed: ValueError: odd."
    driver.fails.clear()
    watched.until_health("ok ok")


def test_an_exception_of_a_provider_costs_one_gpu_for_one_sample(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    """The thread does not die: the GPU is shown as lost with the error, and recovers (row 177)."""
    driver = Driver(2)
    driver.fails["GPU-0"] = ValueError("odd")
    watched = watch(driver, interval_s=NEVER_S)
    sample = watched.until_health("lost ok")
    assert sample.gpus[0].detail == "Reading it failed: ValueError: odd."
    watched.sampler.sample_now()
    watched.until_health("lost ok")
    assert caplog.text.count("Reading GPU 0 failed") == 1
    driver.fails.clear()
    watched.sampler.sample_now()
    watched.until_health("ok ok")


def test_an_exception_while_opening_is_told(watch: Watch) -> None:
    """A provider that cannot even be opened leaves the host's figures, and a sentence."""
    driver = Driver()
    driver.fails["open"] = OSError("no such luck")
    sample = watch(driver).next()
    assert sample.driver_error == "Looking for GPUs failed: OSError: no such luck."
    assert sample.host == HOST_SAMPLE


def test_a_receiver_that_fails_does_not_end_the_sampling(caplog: pytest.LogCaptureFixture) -> None:
    """An exception of on_sample is logged, and the next sample comes."""
    reached = threading.Event()
    calls: list[MonitorSample] = []

    def receive(sample: MonitorSample) -> None:
        calls.append(sample)
        if len(calls) == 2:
            reached.set()
        raise RuntimeError("receiver broken")

    sampler = Sampler(lambda: Driver(), 0.001, PATIENCE_S, receive, host=lambda: HOST_SAMPLE)
    sampler.start()
    assert reached.wait(PATIENCE_S)
    assert sampler.stop(PATIENCE_S)
    assert "receiver broken" in caplog.text


def test_a_host_that_cannot_be_read_once_is_read_again(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    """Even an unexpected failure in the thread itself is logged and survived (row 177)."""
    failures = [RuntimeError("no meminfo")]

    def host() -> HostSample:
        if failures:
            raise failures.pop()
        return HOST_SAMPLE

    assert watch(Driver(), host=host).next().host == HOST_SAMPLE
    assert "no meminfo" in caplog.text


def test_fresh_processes_come_without_waiting_for_a_sample(watch: Watch) -> None:
    """Who is on these GPUs right now; a GPU that nobody knows is None, not empty."""
    watched = watch(Driver(2), interval_s=NEVER_S)
    watched.next()
    assert watched.processes("GPU-1", "GPU-9") == {"GPU-1": (compute(7),), "GPU-9": None}
    assert watched.samples.empty()


def test_fresh_processes_of_a_hanging_gpu_are_not_known(watch: Watch) -> None:
    """A call for processes has the same deadline; the other GPUs of the question are answered."""
    driver = Driver(2)
    watched = watch(driver, interval_s=NEVER_S)
    watched.next()
    driver.hang["processes GPU-0"] = threading.Event()
    assert watched.processes("GPU-0", "GPU-1") == {"GPU-0": None, "GPU-1": (compute(7),)}
    driver.hang["processes GPU-0"].set()
    watched.until_health("ok ok")
    del driver.hang["processes GPU-0"]
    assert watched.processes("GPU-0") == {"GPU-0": (compute(7),)}


def test_fresh_processes_that_cannot_be_read_are_not_known(watch: Watch) -> None:
    """An error is None, which must not be taken for nobody."""
    driver = Driver()
    driver.fails["processes GPU-0"] = ValueError("odd")
    watched = watch(driver, interval_s=NEVER_S)
    watched.next()
    assert watched.processes("GPU-0") == {"GPU-0": None}


def test_stopping_is_at_once_and_closes_the_driver(watch: Watch) -> None:
    """It does not wait for the interval, ends all threads, and lets go of the driver; nothing is called later."""
    driver = Driver()
    watched = watch(driver, interval_s=NEVER_S, deadline_s=NEVER_S)
    watched.next()
    assert watched.sampler.stop(PATIENCE_S)
    assert driver.closed.is_set()
    watched.sampler.sample_now()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ant-monitor")]
    assert watched.samples.empty()


def test_stopping_does_not_wait_for_a_call_that_hangs(watch: Watch) -> None:
    """What hangs is left alone, also the driver, which must not be closed under it."""
    driver = Driver(2)
    driver.hang["GPU-0"] = threading.Event()
    watched = watch(driver)
    watched.next()
    assert watched.sampler.stop(PATIENCE_S)
    assert not driver.closed.is_set()


def test_stopping_in_the_middle_of_a_hang_gives_up_in_time(watch: Watch) -> None:
    """A call that hangs and is not overdue yet: stop returns after its own time and says that it is not done."""
    driver = Driver()
    driver.hang["GPU-0"] = threading.Event()
    watched = watch(driver, deadline_s=NEVER_S)
    assert driver.entered.wait(PATIENCE_S)
    assert not watched.sampler.stop(0.01)
    driver.hang["GPU-0"].set()
    assert watched.sampler.stop(PATIENCE_S)
    assert watched.samples.empty()


@pytest.mark.parametrize(("interval_s", "deadline_s"), [(0, 1), (-1, 1), (1, 0)])
def test_senseless_times_are_refused(interval_s: float, deadline_s: float) -> None:
    """An interval or a deadline must be above zero."""
    with pytest.raises(ValueError, match="above 0 s"):
        Sampler(Driver, interval_s, deadline_s, print)
