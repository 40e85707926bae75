"""When a snapshot is due, and what it makes superfluous."""

from __future__ import annotations

from pathlib import Path

from ant_tui.core.image import StateImage
from ant_tui.journal import files
from ant_tui.journal.snapshots import Policy, remove_superfluous, write_snapshot


def test_one_is_left_at_the_end_where_it_is_worth_it() -> None:
    """For some hundred records, unless the state is so large that reading them is little beside it."""
    few, some = Policy(), Policy()
    few.add(499, 100_000)
    some.add(500, 100_000)
    assert (few.worth_leaving, some.worth_leaving, some.due) == (False, True, False)
    some.snapshot_size = 10_000_000
    assert not some.worth_leaving


def test_a_snapshot_is_due_after_many_records_or_many_bytes() -> None:
    """20,000 records or 16 MiB, whichever comes first."""
    few, many, large = Policy(), Policy(), Policy()
    few.add(19_999, 2_000_000)
    many.add(20_000, 2_000_000)
    large.add(10, 16 * 2**20)
    assert (few.due, many.due, large.due) == (False, True, True)
    many.begin()
    assert not many.due


def test_a_large_state_is_written_less_often() -> None:
    """The cost for each event does not grow with the number of tasks."""
    policy = Policy(snapshot_size=100_000_000)
    policy.add(1_000_000, 49_000_000)
    assert not policy.due
    policy.add(20_000, 1_000_000)
    assert policy.due


def test_only_what_two_generations_need_is_kept(tmp_path: Path) -> None:
    """Segments that end before the older of two snapshots go; what was set aside, and other files, stay."""
    for first in (1, 11, 21, 31):
        files.segment_path(tmp_path, first).touch()
    others = {"000000000001.jsonl.unreadable-1", "000000000005.snapshot.json.unreadable-1", "notes.txt"}
    for name in others:
        (tmp_path / name).touch()
    for seq in (5, 20, 35):
        write_snapshot(tmp_path, seq, StateImage())
    remove_superfluous(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left - others == {
        "000000000021.jsonl",
        "000000000031.jsonl",
        "000000000020.snapshot.json",
        "000000000035.snapshot.json",
    }
    assert others <= left


def test_the_first_snapshot_removes_nothing(tmp_path: Path) -> None:
    """Before there are two, the records from the very beginning are the other generation."""
    files.segment_path(tmp_path, 1).touch()
    files.segment_path(tmp_path, 8).touch()
    write_snapshot(tmp_path, 7, StateImage())
    remove_superfluous(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_segment_with_one_record_that_is_needed_is_kept(tmp_path: Path) -> None:
    """The older snapshot ends one record before the segment does: the whole segment stays."""
    for first in (1, 11, 21):
        files.segment_path(tmp_path, first).touch()
    for seq in (19, 30):
        write_snapshot(tmp_path, seq, StateImage())
    remove_superfluous(tmp_path)
    assert [first for first, _ in files.segments(tmp_path)] == [11, 21]
