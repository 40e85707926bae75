"""Whose processes keep us from a GPU can be said while the scheduler runs."""

from __future__ import annotations

from ant_tui.monitor.busy import BusySettings
from ant_tui.monitor.foreign import SeenProcess
from ant_tui.monitor.samples import COMPUTE, GpuProcess
from ant_tui.scheduler.external_use import ExternalUseOptions, ExternalUseWatch
from tests.monitor.moments import gpu, moment

NOW = 1_700_000_000.0
PID = 4_000_000_001
"""No process of this machine."""


def _watch(detection: BusySettings | None) -> ExternalUseWatch:
    return ExternalUseWatch(ExternalUseOptions(detection))


def _look(watch: ExternalUseWatch, at: float) -> set[str]:
    sample = moment(at, gpu(processes=(GpuProcess(PID, 1 << 30, COMPUTE),)))
    return set(watch.observe(sample, {}, {}))


def test_an_ignored_process_frees_its_gpu_and_comes_back() -> None:
    """From the next sample on an ignored process is not in the way; heeded again, it is (row 160)."""
    watch = _watch(BusySettings(mode="processes"))
    assert _look(watch, NOW) == {"GPU-0"}
    watch.ignore(frozenset({PID}), frozenset())
    assert _look(watch, NOW + 1) == set()
    watch.ignore(frozenset(), frozenset())
    assert _look(watch, NOW + 2) == {"GPU-0"}


def test_users_are_ignored_by_name_and_settings_go_on_to_hold() -> None:
    """What the settings ignore is what one begins with; users count by their name."""
    watch = _watch(BusySettings(mode="processes", ignored_pids=frozenset({PID}), ignored_users=frozenset({"eve"})))
    assert watch.looks
    assert _look(watch, NOW) == set()
    alice = SeenProcess("GPU-0", 5, COMPUTE, None, NOW, None, "alice", "python")
    assert not watch.ignores(alice)
    watch.ignore(watch.ignored_pids, watch.ignored_users | {"alice"})
    assert watch.ignores(alice)
    assert watch.ignored_users == {"alice", "eve"}


def test_without_detection_it_is_remembered_all_the_same() -> None:
    """Where nobody looks for others, ignoring does no harm and is shown."""
    watch = _watch(None)
    watch.ignore(frozenset({PID}), frozenset())
    assert not watch.looks
    assert _look(watch, NOW) == set()
    assert watch.ignored_pids == {PID}
