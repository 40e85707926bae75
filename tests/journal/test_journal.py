"""The journal as the scheduler uses it."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ant_tui.core import events as ev
from ant_tui.core.state import State
from ant_tui.errors import DataDirectoryError, JournalUnavailable
from ant_tui.journal import files, journal, snapshots
from ant_tui.journal.replay import read
from tests.journal import appender
from tests.journal.stories import Disk, Opened, after, restore, stories, submitted

ROOT = Path(__file__).resolve().parents[2]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories(), st.lists(st.integers(0, 4), min_size=1, max_size=8))
def test_what_was_appended_is_what_is_replayed(tmp_path: Path, events: list[ev.RecordedEvent], plan: list[int]) -> None:
    """In groups of any size, with snapshots and restarts anywhere between them: the same image comes back."""
    restore(tmp_path, {})
    state, appended = State(), 0
    for turn in range(len(events) + 1):
        with Opened(tmp_path) as opened:
            assert (opened.replay.seq, opened.replay.notes) == (appended, ())
            assert opened.replay.state.image() == state.image()
            for size in plan:
                group = events[appended : appended + size]
                for event in group:
                    state.apply(event)
                appended += len(group)
                assert opened.journal.append(group) == appended
                if size == 4:
                    opened.journal.snapshot(state.image())
        if appended == len(events) or turn == 3:
            break
    replay = read(tmp_path)
    assert replay.state.image() == state.image()
    assert (replay.seq, replay.notes) == (appended, ())


def test_a_second_start_continues_the_same_segment(tmp_path: Path) -> None:
    """Restarting costs no new file, and numbers go on."""
    for number in (1, 2, 3):
        with Opened(tmp_path) as opened:
            assert opened.record(submitted(number)) == number
    assert files.segments(tmp_path) == [(1, files.segment_path(tmp_path, 1))]


def test_what_a_snapshot_holds_is_not_read_at_every_start(tmp_path: Path) -> None:
    """After an end that left a snapshot a new segment begins, and the one before it is read only once more."""
    state = State()
    with Opened(tmp_path) as opened:
        for number in range(1, 6):
            state.apply(event := submitted(number))
            opened.record(event)
        opened.snapshot(state)
    for number in (6, 7):
        with Opened(tmp_path) as opened:
            assert opened.replay.seq == number - 1
            assert opened.replay.records == number - 6
            opened.record(submitted(number))
    assert [first for first, _ in files.segments(tmp_path)] == [1, 6]
    last = read(tmp_path)
    assert last.record_bytes == files.segment_path(tmp_path, 6).stat().st_size
    assert (last.seq, last.notes, len(last.state.tasks)) == (7, (), 7)


def test_an_event_that_cannot_be_written_takes_no_number(tmp_path: Path) -> None:
    """A defect raises where it was made; the group that it was in leaves no trace."""
    with Opened(tmp_path) as opened:
        opened.record(submitted(1))
        with pytest.raises(ValueError, match="TaskMoved"):
            opened.journal.append([submitted(2), ev.TaskMoved(at=1.0, number=1, position=math.nan)])
        with pytest.raises(TypeError, match="GpusObserved"):
            opened.journal.append([submitted(2), ev.GpusObserved(at=1.0, gpus=())])  # type: ignore[list-item]
        assert opened.record(ev.QueuePaused(at=1.0)) == 2
    assert set(read(tmp_path).state.tasks) == {1}


def test_nothing_can_be_appended_to_a_closed_journal(tmp_path: Path) -> None:
    """What comes after the end is refused, never forgotten; closing twice is no error."""
    with Opened(tmp_path) as opened:
        opened.journal.append([submitted(1)])
        opened.journal.close()
        assert opened.durable == [1]
        with pytest.raises(JournalUnavailable, match="ending"):
            opened.journal.append([submitted(2)])
        assert not opened.journal.snapshot(State().image())


def test_an_idle_journal_costs_nothing(tmp_path: Path) -> None:
    """With nothing to record, the thread sleeps in the kernel: no wake-up is counted."""
    with Opened(tmp_path) as opened:
        opened.record(submitted(1))
        (task,) = [thread.native_id for thread in threading.enumerate() if thread.name == "journal"]
        status = Path(f"/proc/self/task/{task}/status")

        def switches() -> list[str]:
            return [line for line in status.read_text().splitlines() if "ctxt_switches" in line]

        # On a busy machine it may still be on its way to sleep; one that looks now and then never gets there.
        for _ in range(20):
            before = switches()
            threading.Event().wait(0.3)
            if switches() == before:
                return
        pytest.fail("the thread wakes up although nothing happens")


# -- snapshots ---------------------------------------------------------------------------------------------------


def test_a_snapshot_while_events_come_loses_nothing(tmp_path: Path) -> None:
    """Events that come while a snapshot is being written are on the other side of the cut, whole."""
    state = State()
    with Opened(tmp_path) as opened:
        for number in range(1, 2001):
            event = submitted(number)
            state.apply(event)
            opened.journal.append([event])
            if number % 100 == 0:
                opened.journal.snapshot(state.image())
    replay = read(tmp_path)
    assert replay.state.image() == state.image()
    assert (replay.seq, replay.notes) == (2000, ())
    assert replay.snapshot_seq > 0


def test_the_previous_generation_is_kept(tmp_path: Path) -> None:
    """After each snapshot: the newest, the one before it, and every record since the older one; nothing more."""
    state = State()
    with Opened(tmp_path) as opened:
        for number in range(1, 10):
            event = submitted(number)
            state.apply(event)
            opened.record(event)
            opened.snapshot(state)
            assert [seq for seq, _ in files.snapshots(tmp_path)] == [number - 1, number][number == 1 :]
            assert [first for first, _ in files.segments(tmp_path)] == [number]
    files.snapshot_path(tmp_path, 9).write_bytes(b"")
    replay = read(tmp_path)
    assert replay.state.image() == state.image()
    assert (replay.seq, replay.lost, len(replay.notes)) == (9, 0, 1)


def test_a_snapshot_that_fails_is_a_note_and_deletes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room for a snapshot: told with its name; all records stay; the next attempt comes later, not at once."""
    state = after([submitted(1)])
    with Opened(tmp_path) as opened:
        opened.record(submitted(1))
        opened.snapshot(state)
        opened.record(submitted(2))
        state.apply(submitted(2))

        def no_room(directory: Path, seq: int, image: object) -> int:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as full:
            full.setattr(journal, "write_snapshot", no_room)
            opened.snapshot(state)
            assert "could not be written: [Errno 28] No space left" in opened.note()
        assert not opened.journal.wants_snapshot()
        opened.record(submitted(3))
    assert [seq for seq, _ in files.snapshots(tmp_path)] == [1]
    assert set(read(tmp_path).state.tasks) == {1, 2, 3}


def test_a_snapshot_that_is_interrupted_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A half-written snapshot never has a snapshot's name, and is swept away by the next start (row 241)."""
    monkeypatch.setattr(files, "write", Disk(40).write)
    with pytest.raises(OSError, match="No space"):
        snapshots.write_snapshot(tmp_path, 1, after([submitted(1)]).image())
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "000000000001.snapshot.json.unfinished").write_bytes(b"{")
    with Opened(tmp_path) as opened:
        assert opened.replay.notes == ()
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_is_wanted_after_many_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wish comes with the records, also those of the last run, and goes with the snapshot."""
    monkeypatch.setattr(snapshots, "_MIN_RECORDS", 3)
    with Opened(tmp_path) as opened:
        opened.record(submitted(1), submitted(2))
        assert not opened.journal.wants_snapshot()
    with Opened(tmp_path) as opened:
        assert not opened.journal.wants_snapshot()
        opened.record(submitted(3))
        assert opened.journal.wants_snapshot()
        opened.snapshot(after([submitted(1), submitted(2), submitted(3)]))
        assert not opened.journal.wants_snapshot()


def test_one_snapshot_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second snapshot is not begun while one is being written."""
    may_write = threading.Event()

    def slow(directory: Path, seq: int, image: object) -> int:
        assert may_write.wait(30)
        return 1

    monkeypatch.setattr(journal, "write_snapshot", slow)
    with Opened(tmp_path) as opened:
        opened.record(submitted(1))
        image = after([submitted(1)]).image()
        assert opened.journal.snapshot(image)
        assert not opened.journal.snapshot(image)
        may_write.set()
        opened.journal.wait_for_snapshot()
        assert opened.journal.snapshot(image)


# -- looking back ------------------------------------------------------------------------------------------------


def test_events_since_a_number_come_from_memory_and_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the asker has seen last: exactly what follows, each once; nothing for who knows all."""
    monkeypatch.setattr(journal, "_REMEMBERED", 5)
    events = [submitted(number) for number in range(1, 21)]
    with Opened(tmp_path) as opened:
        opened.record(*events[:10])
    with Opened(tmp_path) as opened:
        assert opened.journal.records_since(10) == []
        assert opened.journal.records_since(4) == list(enumerate(events, 1))[4:10]
        opened.record(*events[10:15])
        opened.record(*events[15:])
        for seq in range(21):
            assert opened.journal.records_since(seq) == list(enumerate(events, 1))[seq:]


def test_events_that_are_gone_or_never_were_are_none(tmp_path: Path) -> None:
    """Who asks for what a snapshot has swallowed, or knows more than there is, must begin with a snapshot."""
    state = State()
    with Opened(tmp_path) as opened:
        for number in (1, 2, 3):
            event = submitted(number)
            state.apply(event)
            opened.record(event)
            opened.snapshot(state)
        assert opened.journal.records_since(4) is None
    with Opened(tmp_path) as opened:
        assert opened.journal.records_since(1) is None
        assert opened.journal.records_since(2) == [(3, submitted(3))]
        assert opened.journal.records_since(3) == []


# -- the start ---------------------------------------------------------------------------------------------------


def test_files_are_private(tmp_path: Path) -> None:
    """0700 for directories and 0600 for files, whatever the umask; an open directory is closed."""
    directory = tmp_path / "data" / "journal"
    old = os.umask(0)
    try:
        with Opened(directory) as opened:
            opened.record(submitted(1))
            opened.snapshot(after([submitted(1)]))
            opened.record(submitted(2))
        (directory / "000000000009.snapshot.json").touch(0o600)
        directory.chmod(0o755)
        with Opened(directory) as opened:
            assert len(opened.replay.notes) > 0
    finally:
        os.umask(old)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
    assert len(list(directory.iterdir())) >= 4


def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    """Path, reason, and what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirectoryError, match=r"file/journal cannot be used: Not a directory; .*--data-dir"):
        Opened(tmp_path / "file" / "journal")


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_a_person_can_ask_the_files_what_happened(tmp_path: Path) -> None:
    """The command of docs/recovery.md tells the story of one task."""
    command = next(
        line.split("`")[1]
        for line in (ROOT / "docs" / "recovery.md").read_text().splitlines()
        if line.startswith("`jq ")
    )
    with Opened(tmp_path / "journal") as opened:
        opened.record(*[submitted(number) for number in (1, 2, 3)], ev.TaskHeld(at=1.0, number=3))
    told = subprocess.run(
        ["sh", "-c", command.replace("<data>", str(tmp_path))], capture_output=True, text=True, check=True
    )
    assert [json.loads(line)["type"] for line in told.stdout.split("\n")[:-1]] == ["task_submitted", "task_held"]


@pytest.mark.parametrize("rounds", [4])
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path, rounds: int) -> None:
    """Killed while it appends and writes snapshots, again and again: every acknowledged number is there (row 240)."""
    for turn in range(1, rounds + 1):
        child = subprocess.Popen(
            [sys.executable, appender.__file__, str(tmp_path), "forever"],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        try:
            acknowledged = [int(child.stdout.readline()) for _ in range(turn * 37)]
        finally:
            child.send_signal(signal.SIGKILL)
            rest = child.stdout.read()
            child.stdout.close()
            child.wait()
        acknowledged += [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        replay = read(tmp_path)
        assert replay.seq >= acknowledged[-1]
        assert set(replay.state.tasks) == set(range(1, replay.seq + 1))
        assert replay.lost == 0
        assert all("never acknowledged" in note for note in replay.notes)
    assert files.snapshots(tmp_path)
