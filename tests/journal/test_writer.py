"""Bringing records to the disk: in groups, and what happens when it cannot be done."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ant_tui.core import events as ev
from ant_tui.errors import JournalUnavailable
from ant_tui.journal import files, writer
from ant_tui.journal.format import without_reserve
from ant_tui.journal.replay import read
from tests.journal import appender
from tests.journal.stories import Disk, Opened, after, submitted

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No disk counts as quick here, so that every write is the thread's; the last tests say otherwise."""
    monkeypatch.setattr(writer, "_QUICK_S", 0.0)


class Gate:
    """Stands in for ``files.sync``: counts, and holds the next sync back while it is shut."""

    def __init__(self) -> None:
        self.syncs = 0
        self.entered = threading.Event()
        self.open = threading.Event()
        self.error: OSError | None = None

    def sync(self, descriptor: int) -> None:
        self.syncs += 1
        self.entered.set()
        assert self.open.wait(30)
        if self.error is not None:
            raise self.error
        os.fdatasync(descriptor)


def test_everything_that_waits_becomes_durable_with_one_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand records that come while a sync runs are one group: one more sync, one more word."""
    with Opened(tmp_path) as opened:
        gate = Gate()
        monkeypatch.setattr(files, "sync", gate.sync)
        first = opened.journal.append([submitted(1)])
        assert gate.entered.wait(30)
        for number in range(2, 10_002, 10):
            opened.journal.append([submitted(number + index) for index in range(10)])
        gate.open.set()
        last = opened.record(ev.QueuePaused(at=1.0))
        assert last == 10_002
        assert opened.durable[0] == first
        assert gate.syncs == len(opened.durable) <= 3
    assert len(read(tmp_path).state.tasks) == 10_001


def test_nothing_is_durable_before_its_sync_has_returned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the disk is busy, appending returns at once and nothing is acknowledged (row 241)."""
    with Opened(tmp_path) as opened:
        gate = Gate()
        monkeypatch.setattr(files, "sync", gate.sync)
        assert opened.journal.append([submitted(1)]) == 1
        assert gate.entered.wait(30)
        assert opened.journal.append([submitted(2)]) == 2
        assert (opened.durable, opened.journal.durable_seq, opened.journal.seq) == ([], 0, 2)
        gate.open.set()
        opened.record(submitted(3))


def test_a_new_segment_is_acknowledged_after_its_name_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose name is not on the disk yet holds nothing; the directory is synced before anything is told."""
    order: list[str] = []
    sync_directory = files.sync_directory

    def syncing(directory: Path) -> None:
        sync_directory(directory)
        order.append("name")

    monkeypatch.setattr(files, "sync_directory", syncing)
    with Opened(tmp_path) as opened:
        monkeypatch.setattr(opened.journal, "_on_durable", lambda seq: order.append("told"))
        opened.journal.append([submitted(1)])
    assert order == ["name", "told"]


@pytest.mark.parametrize("room", [0, 1, 90, 200, 5000])
def test_a_full_disk_hands_back_what_was_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """After a partial write the file ends with its last durable record, and every later event is handed back."""
    with Opened(tmp_path) as opened:
        opened.record(submitted(1))
        whole = without_reserve(files.segment_path(tmp_path, 1).read_bytes())
        monkeypatch.setattr(files, "write", Disk(room).write)
        lost = [submitted(number) for number in range(2, 102)]
        opened.journal.append(lost)
        failure = opened.failure()
        assert failure.first_seq == 2
        assert failure.events == tuple(enumerate(lost, 2))
        assert str(files.segment_path(tmp_path, 1)) in failure.sentence
        assert "No space left on device" in failure.sentence
        assert files.segment_path(tmp_path, 1).read_bytes() == whole
        assert opened.journal.failure == failure
        with pytest.raises(JournalUnavailable, match="No space left on device"):
            opened.journal.append([submitted(2)])
        assert not opened.journal.recover() or room > 64 * 1024


def test_after_recovery_the_lost_numbers_are_given_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When there is room again, recording goes on where the disk stands, in a new segment, and nothing is missing."""
    with Opened(tmp_path) as opened:
        opened.record(submitted(1), submitted(2))
        with monkeypatch.context() as full:
            full.setattr(files, "write", Disk(100).write)
            opened.journal.append([submitted(3), submitted(4)])
            opened.failure()
            assert not opened.journal.recover()
        assert opened.journal.reload().image() == after([submitted(1), submitted(2)]).image()
        assert opened.journal.recover()
        assert opened.journal.failure is None
        assert opened.record(submitted(3)) == 3
        assert opened.journal.records_since(0) == list(enumerate([submitted(1), submitted(2), submitted(3)], 1))
    replay = read(tmp_path)
    assert replay.state.image() == after([submitted(1), submitted(2), submitted(3)]).image()
    assert replay.notes == ()
    assert [first for first, _ in files.segments(tmp_path)] == [1, 3]


def test_a_journal_whose_first_write_fails_recovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that was full from the beginning leaves an empty segment, which is used when there is room."""
    with Opened(tmp_path) as opened:
        with monkeypatch.context() as full:
            full.setattr(files, "write", Disk(10).write)
            opened.journal.append([submitted(1)])
            assert opened.failure().first_seq == 1
        assert read(tmp_path).notes == ()
        assert opened.journal.recover()
        assert opened.record(submitted(1)) == 1
    assert read(tmp_path).state.image() == after([submitted(1)]).image()


def test_a_failed_sync_hands_back_what_waits_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk did not confirm is cut off, though it was written; what came meanwhile is handed back with it."""
    with Opened(tmp_path) as opened:
        opened.record(submitted(1))
        gate = Gate()
        with monkeypatch.context() as broken:
            broken.setattr(files, "sync", gate.sync)
            gate.error = OSError(errno.EIO, os.strerror(errno.EIO))
            opened.journal.append([submitted(2)])
            assert gate.entered.wait(30)
            opened.journal.append([submitted(3)])
            assert opened.journal.snapshot(after([submitted(1), submitted(2), submitted(3)]).image())
            gate.open.set()
            failure = opened.failure()
        assert [seq for seq, _ in failure.events] == [2, 3]
        assert "Input/output error" in failure.sentence
        opened.journal.wait_for_snapshot()
        assert files.snapshots(tmp_path) == []
        assert set(read(tmp_path).state.tasks) == {1}


def test_what_cannot_be_cut_off_is_cut_off_before_the_next_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that was handed back is not read by ``reload``, and is gone before anything else is recorded."""
    with Opened(tmp_path) as opened:
        opened.record(submitted(1))
        gate = Gate()
        gate.open.set()
        gate.error = OSError(errno.EIO, os.strerror(errno.EIO))

        def stuck(descriptor: int, size: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        with monkeypatch.context() as broken:
            broken.setattr(files, "sync", gate.sync)
            broken.setattr(files, "truncate", stuck)
            opened.journal.append([submitted(2)])
            opened.failure()
            gate.error = None
            assert not opened.journal.recover()
        assert set(read(tmp_path).state.tasks) == {1, 2}
        assert set(opened.journal.reload().tasks) == {1}
        assert opened.journal.recover()
        assert opened.record(ev.QueuePaused(at=1.0)) == 2
    replay = read(tmp_path)
    assert replay.notes == ()
    assert replay.state.image() == after([submitted(1), ev.QueuePaused(at=1.0)]).image()


def test_a_receiver_that_fails_does_not_stop_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception in a callback is logged, and the next record becomes durable all the same."""
    with Opened(tmp_path) as opened:
        monkeypatch.setattr(opened.journal, "_on_durable", lambda seq: [][0])
        opened.journal.append([submitted(1)])
        opened.journal.close()
    assert "what the journal was to call failed" in caplog.text
    assert set(read(tmp_path).state.tasks) == {1}


def test_a_process_that_hits_a_size_limit_goes_on_afterwards(tmp_path: Path) -> None:
    """The real thing: the kernel refuses to let the file grow; nothing acknowledged is lost, and numbers go on."""
    child = subprocess.run(
        [sys.executable, appender.__file__, str(tmp_path / "journal"), "limited"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told = json.loads(child.stdout)
    assert told["first_lost"] > 5
    assert "File too large" in told["sentence"]
    assert (told["recovered_while_full"], told["recovered"]) == (False, True)
    assert told["seq"] == told["first_lost"] == told["durable"]
    replay = read(tmp_path / "journal")
    assert set(replay.state.tasks) == set(range(1, told["seq"] + 1))
    assert (replay.seq, replay.notes) == (told["seq"], ())


def _warmed_up(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the journal learn that the disk is quick, and its thread fall asleep."""
    monkeypatch.setattr(writer, "_QUICK_S", 60.0)
    until = time.monotonic() + 30
    number = 1
    while time.monotonic() < until:
        before = threading.current_thread()
        seen: list[threading.Thread] = []
        real = files.sync

        def sync(descriptor: int, real: Callable[[int], None] = real, seen: list[threading.Thread] = seen) -> None:
            seen.append(threading.current_thread())
            real(descriptor)

        with monkeypatch.context() as watched:
            watched.setattr(files, "sync", sync)
            opened.record(submitted(number))
        number += 1
        if seen == [before]:
            return
    raise AssertionError("the journal never wrote at once")


def test_a_quick_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a sync takes less than waking the thread, ``append`` returns with the records on disk."""
    with Opened(tmp_path) as opened:
        _warmed_up(opened, monkeypatch)
        number = opened.journal.seq + 1
        last = opened.journal.append([submitted(number)])
        assert opened.journal.durable_seq == last
        assert number in read(tmp_path).state.tasks


def test_a_failure_while_we_wait_is_handed_back_as_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quick disk that fails: cut back, handed back, and refused from then on."""
    with Opened(tmp_path) as opened:
        _warmed_up(opened, monkeypatch)
        number = opened.journal.seq + 1

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as broken:
            broken.setattr(files, "sync", full)
            opened.journal.append([submitted(number)])
        assert [seq for seq, _ in opened.failure().events] == [number]
        with pytest.raises(JournalUnavailable):
            opened.journal.append([submitted(number)])
        assert opened.journal.recover()
        assert number not in read(tmp_path).state.tasks


def test_what_is_done_meanwhile_makes_no_disk_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Laying out many tasks takes longer than a quick disk: it is still the disk alone that is judged."""
    with Opened(tmp_path) as opened:
        _warmed_up(opened, monkeypatch)
        now = [0.0]
        monkeypatch.setattr(time, "perf_counter", lambda: now[0])

        def meanwhile() -> None:
            now[0] += 3600.0

        def sync(descriptor: int) -> None:
            now[0] += 0.5

        monkeypatch.setattr(files, "sync", sync)
        before = opened.journal._writer._sync_s
        opened.journal.append([submitted(opened.journal.seq + 1)], meanwhile)
        assert now[0] == 3600.5
        assert opened.journal._writer._sync_s == pytest.approx(before + (0.5 - before) / 8)


@pytest.mark.parametrize("quick", [True, False])
def test_what_can_be_done_meanwhile_is_done_before_anything_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: bool
) -> None:
    """While the disk works the caller does something else, once, and not where nothing is written."""
    with Opened(tmp_path) as opened:
        if quick:
            _warmed_up(opened, monkeypatch)
        seen: list[bool] = []

        def meanwhile() -> None:
            seen.append(opened.journal.durable_seq < opened.journal.seq)
            raise ValueError("a defect of the caller, which must not cost the record")

        last = opened.journal.append([submitted(opened.journal.seq + 1)], meanwhile)
        assert len(seen) == 1
        assert seen == [True] or not quick
        opened.record(submitted(last + 1))
        opened.journal.close()
        with pytest.raises(JournalUnavailable):
            opened.journal.append([submitted(last + 2)], meanwhile)
        assert len(seen) == 1
    assert read(tmp_path).seq == last + 1
