"""The blanks behind a segment's last record: laid ahead, written over, never taken for anything."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ant_tui.core import events as ev
from ant_tui.journal import files
from ant_tui.journal.format import encode_events, encode_header, encode_records, without_reserve
from ant_tui.journal.replay import read
from tests.journal.stories import Disk, Opened, after, contents, restore, submitted

SECTOR = 512
"""What a disk writes whole or not at all."""


def segment(directory: Path, first: int = 1) -> bytes:
    return files.segment_path(directory, first).read_bytes()


def killed(directory: Path) -> dict[str, bytes]:
    """What is on the disk of a journal that is open."""
    return contents(directory)


def test_records_are_written_over_blanks(tmp_path: Path) -> None:
    """The first record lays room for many later ones: the file does not grow with them."""
    with Opened(tmp_path) as opened:
        opened.record(submitted(1))
        size = len(segment(tmp_path))
        for number in range(2, 30):
            opened.record(submitted(number))
            assert len(segment(tmp_path)) == size
        assert set(segment(tmp_path)[len(without_reserve(segment(tmp_path))) :]) == set(b" ")
        while len(segment(tmp_path)) == size:
            number += 1
            opened.record(submitted(number))
        assert size < len(without_reserve(segment(tmp_path))) < len(segment(tmp_path))
    replay = read(tmp_path)
    assert (replay.seq, replay.notes) == (number, ())
    assert set(replay.state.tasks) == set(range(1, number + 1))


def test_a_good_end_leaves_only_records(tmp_path: Path) -> None:
    """Segments that are left, at the end or for a new one, hold their lines and not a byte more."""
    with Opened(tmp_path) as opened:
        opened.record(submitted(1))
        opened.snapshot(after([submitted(1)]))
        assert segment(tmp_path).endswith(b"}\n")
        opened.record(submitted(2))
        assert segment(tmp_path, 2).endswith(b" ")
    assert segment(tmp_path, 2).endswith(b"}\n")


def test_blanks_that_cannot_be_taken_away_do_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The end of a scheduler is no worse for them, and the next one goes on there."""

    def stuck(descriptor: int, size: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken, Opened(tmp_path) as opened:
        opened.record(submitted(1))
        broken.setattr(files, "truncate", stuck)
    assert segment(tmp_path).endswith(b" ")
    with Opened(tmp_path) as opened:
        assert opened.replay.notes == ()
        opened.record(submitted(2))
    assert set(read(tmp_path).state.tasks) == {1, 2}


def test_a_killed_scheduler_is_continued_in_its_blanks(tmp_path: Path) -> None:
    """The next one finds nothing wrong, and writes its records right behind the last one, in the same segment."""
    first, second = tmp_path / "first", tmp_path / "second"
    with Opened(first) as opened:
        opened.record(submitted(1))
        restore(second, killed(first))
    with Opened(second) as opened:
        assert opened.replay.notes == ()
        size = len(segment(second))
        opened.record(submitted(2))
        assert len(segment(second)) == size
    assert [first for first, _ in files.segments(second)] == [1]
    assert segment(second) == encode_header(1) + encode_records(1, encode_events([submitted(1), submitted(2)]))


@pytest.mark.parametrize("held", [b"", encode_header(1)], ids=["nothing", "first line"])
def test_a_segment_of_blanks_is_an_empty_one(tmp_path: Path, held: bytes) -> None:
    """A scheduler that was killed before its first record was written leaves nothing to complain of."""
    files.segment_path(tmp_path, 1).write_bytes(held + b" " * 70_000)
    assert read(tmp_path).notes == ()
    with Opened(tmp_path) as opened:
        assert opened.replay.notes == ()
        opened.record(submitted(1))
    assert contents(tmp_path) == {
        "000000000001.jsonl": encode_header(1) + encode_records(1, encode_events([submitted(1)]))
    }


@pytest.mark.parametrize("room_for_blanks", [0, 1, 300])
def test_no_room_for_blanks_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room_for_blanks: int
) -> None:
    """A record that just fits is recorded, as is the next one once there is room; only one that does not fit fails."""
    line = encode_records(1, encode_events([submitted(1)]))
    disk = Disk(len(encode_header(1) + line) + room_for_blanks)
    with Opened(tmp_path) as opened:
        monkeypatch.setattr(files, "write", disk.write)
        opened.record(submitted(1))
        assert disk.room == 0
        disk.room = 100_000
        opened.record(submitted(2))
        disk.room = 0
        opened.journal.append([submitted(number) for number in range(3, 1000)])
        assert "No space left on device" in opened.failure().sentence
    assert set(read(tmp_path).state.tasks) == {1, 2}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.sets(st.integers(0, 9)), count=st.integers(1, 12))
def test_whatever_a_crash_left_of_the_last_write(tmp_path: Path, written: set[int], count: int) -> None:
    """A power failure may bring any of a write's sectors to the disk, in any order, and leave blanks for the others.

    Everything that was acknowledged is there, no number is given twice, and once mended nothing is complained of.
    """
    acknowledged: list[ev.RecordedEvent] = [submitted(1), ev.TaskHeld(at=1.0, number=1), submitted(2)]
    lost = [submitted(number) for number in range(3, 3 + count)]
    before = encode_header(1) + encode_records(1, encode_events(acknowledged))
    whole = before + encode_records(4, encode_events(lost))
    disk = bytearray(before + b" " * (64 * 1024))
    for sector in written:
        start = (len(before) // SECTOR + sector) * SECTOR
        piece = whole[max(start, len(before)) : start + SECTOR]
        disk[max(start, len(before)) : max(start, len(before)) + len(piece)] = piece
    restore(tmp_path, {"000000000001.jsonl": bytes(disk)})
    replay = read(tmp_path)
    assert {1, 2} <= set(replay.state.tasks)
    assert replay.state.next_number > max(replay.state.tasks)
    assert replay.seq >= 3
    with Opened(tmp_path) as opened:
        opened.record(submitted(opened.replay.state.next_number))
    mended = read(tmp_path)
    assert mended.notes == ()
    assert set(replay.state.tasks) < set(mended.state.tasks)


def test_what_is_read_while_it_is_written_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader beside a scheduler may see the second half of a write before the first: that is no damage."""
    whole = encode_header(1) + encode_records(1, encode_events([submitted(1), submitted(2)]))
    path = files.segment_path(tmp_path, 1)
    path.write_bytes(whole + b" " * 1000)
    halfway = whole[:200] + b" " * (len(whole) - 300) + whole[-100:] + b" " * 1000
    seen = [halfway]
    real = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: seen.pop() if self == path and seen else real(self))
    replay = read(tmp_path)
    assert not seen
    assert (replay.notes, set(replay.state.tasks)) == ((), {1, 2})
