"""Reading the journal back, whole and damaged."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ant_tui.core import events as ev
from ant_tui.core.state import State
from ant_tui.core.task import TaskState
from ant_tui.errors import DataDirectoryError
from ant_tui.journal import files
from ant_tui.journal.format import encode_events, encode_header, encode_records
from ant_tui.journal.replay import read
from ant_tui.journal.snapshots import write_snapshot
from tests.journal.stories import Opened, after, contents, restore, stories, submitted

STARTING = ev.TaskStarting(at=1.0, number=2, attempt=1)
STARTED = ev.TaskStarted(at=2.0, number=2, attempt=1, pid=1, pid_start=1, boot_id="b")
STORY: list[ev.RecordedEvent] = [
    ev.EnvironmentRecorded(at=0.5, digest="e", variables={"A": "1"}),
    submitted(1, environment="e"),
    submitted(2, gpus=1),
    STARTING,
    STARTED,
    submitted(3),
    ev.TaskEnded(at=3.0, number=2, state=TaskState.COMPLETED, exit_code=0),
    submitted(4, environment="e"),
    ev.TaskHeld(at=4.0, number=4),
]


def segment_of(directory: Path, first: int, events: list[ev.RecordedEvent]) -> Path:
    """Write a segment; its path."""
    directory.mkdir(exist_ok=True)
    path = files.segment_path(directory, first)
    path.write_bytes(encode_header(first) + encode_records(first, encode_events(events)))
    return path


def offset_of_line(path: Path, line: int) -> int:
    return sum(len(row) for row in path.read_bytes().splitlines(keepends=True)[: line - 1])


def spoil(path: Path, *lines: int) -> None:
    """Change a byte in the middle of lines, counted from 1."""
    rows = path.read_bytes().splitlines(keepends=True)
    for line in lines:
        row = bytearray(rows[line - 1])
        row[len(row) // 2] ^= 1
        rows[line - 1] = bytes(row)
    path.write_bytes(b"".join(rows))


def generations(directory: Path) -> dict[str, bytes]:
    """A journal with two snapshots, at 3 and at 6, the records between and after, and nothing older."""
    directory.mkdir(exist_ok=True)
    segment_of(directory, 4, STORY[3:6])
    segment_of(directory, 7, STORY[6:])
    for seq in (3, 6):
        write_snapshot(directory, seq, after(STORY[:seq]).image())
    return contents(directory)


def test_a_directory_that_is_not_there_is_an_empty_journal(tmp_path: Path) -> None:
    """The first start has nothing to read and nothing to complain of, and reading makes no directory."""
    replay = read(tmp_path / "journal")
    assert (replay.seq, replay.notes, replay.state.image()) == (0, (), State().image())
    assert not (tmp_path / "journal").exists()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories(), st.integers(0, 60))
def test_replay_gives_the_state_that_the_events_made(tmp_path: Path, events: list[ev.RecordedEvent], cut: int) -> None:
    """A snapshot anywhere and the records after it give the same image as the events themselves."""
    restore(tmp_path, {})
    cut = min(cut, len(events))
    write_snapshot(tmp_path, cut, after(events[:cut]).image())
    segment_of(tmp_path, 1, events)
    replay = read(tmp_path)
    assert replay.state.image() == after(events).image()
    assert replay.state.invariants() == []
    assert (replay.seq, replay.notes, replay.lost) == (len(events), (), 0)


def test_records_behind_a_number_are_left_out_on_request(tmp_path: Path) -> None:
    """``until`` gives the state of an earlier moment, without calling what follows lost."""
    segment_of(tmp_path, 1, STORY)
    replay = read(tmp_path, until=3)
    assert replay.state.image() == after(STORY[:3]).image()
    assert (replay.seq, replay.lost) == (3, 0)


def test_a_last_record_torn_at_any_byte_costs_nothing_else(tmp_path: Path) -> None:
    """Wherever the last write was interrupted: everything before it is there, and the torn end is told."""
    path = segment_of(tmp_path, 1, STORY)
    whole, start = path.read_bytes(), offset_of_line(path, len(STORY) + 1)
    before = after(STORY[:-1]).image()
    for end in range(start + 1, len(whole) - 1):
        path.write_bytes(whole[:end])
        replay = read(tmp_path)
        assert replay.state.image() == before
        assert replay.seq == len(STORY) - 1
        assert (replay.lost, replay.doubtful) == (0, frozenset())
        assert len(replay.notes) == 1
        assert f"{path}: line {len(STORY) + 1} (from byte {start}" in replay.notes[0]
        assert "never acknowledged" in replay.notes[0]


def test_a_last_record_without_its_line_end_is_kept(tmp_path: Path) -> None:
    """A record of which only the line end is missing is whole; it counts."""
    path = segment_of(tmp_path, 1, STORY)
    path.write_bytes(path.read_bytes()[:-1])
    replay = read(tmp_path)
    assert replay.state.image() == after(STORY).image()
    assert replay.notes == ()
    assert replay.open_segment is None


def test_a_first_line_torn_at_any_byte_is_an_empty_segment(tmp_path: Path) -> None:
    """A segment of which not even the first line was written holds nothing, and costs nothing."""
    segment_of(tmp_path, 1, STORY)
    path = files.segment_path(tmp_path, len(STORY) + 1)
    for end in range(len(encode_header(10))):
        path.write_bytes(encode_header(10)[:end])
        replay = read(tmp_path)
        assert replay.state.image() == after(STORY).image()
        assert (replay.seq, replay.lost, len(replay.notes)) == (len(STORY), 0, end > 0)


def test_a_tail_of_zeros_is_a_torn_tail(tmp_path: Path) -> None:
    """What a power failure leaves of an unfinished write on some file systems is not taken for lost records."""
    path = segment_of(tmp_path, 1, STORY)
    path.write_bytes(path.read_bytes() + b"\0" * 5000)
    replay = read(tmp_path)
    assert (replay.seq, replay.lost, len(replay.notes)) == (len(STORY), 0, 1)
    assert replay.state.image() == after(STORY).image()


def test_a_damaged_line_in_the_middle_costs_only_itself(tmp_path: Path) -> None:
    """All other records count; file, line and byte of the damaged one are told. Row 243."""
    path = segment_of(tmp_path, 1, STORY)
    spoil(path, 7)  # the submission of task 3
    replay = read(tmp_path)
    assert set(replay.state.tasks) == {1, 2, 4}
    assert replay.state.tasks[2].state is TaskState.COMPLETED
    assert (replay.seq, replay.lost) == (len(STORY), 1)
    assert any(f"line 7 (from byte {offset_of_line(path, 7)}" in note for note in replay.notes)
    assert any("record 6 is missing" in note for note in replay.notes)


def test_a_number_that_may_have_been_given_is_not_given_again(tmp_path: Path) -> None:
    """The last submission is lost, and the next one still gets another number."""
    path = segment_of(tmp_path, 1, [submitted(1), submitted(2)])
    spoil(path, 3)
    replay = read(tmp_path)
    assert set(replay.state.tasks) == {1}
    assert replay.state.next_number == 3
    assert replay.seq == 2


def test_after_a_loss_every_queued_task_is_doubtful(tmp_path: Path) -> None:
    """The record that says that a task was started may be the lost one, so nothing is started unseen."""
    path = segment_of(tmp_path, 1, STORY)
    spoil(path, 5, 6)  # starting and started of task 2
    replay = read(tmp_path)
    assert replay.state.tasks[2].state is not TaskState.RUNNING
    queued = {task.number for task in replay.state.queued()}
    assert queued <= replay.doubtful
    assert {1, 3, 4} <= replay.doubtful


def test_a_record_that_does_not_fit_is_left_out_and_told(tmp_path: Path) -> None:
    """A start without its claim does not fit: reported with its number, and the task is doubtful."""
    path = segment_of(tmp_path, 1, STORY[:5])
    spoil(path, 5)  # "starting"; "started" follows
    replay = read(tmp_path)
    assert any(f"{path}: record 5 does not fit" in note and "task 2 is queued" in note for note in replay.notes)
    assert 2 in replay.doubtful
    assert replay.state.tasks[2].state is TaskState.QUEUED


def test_a_lost_environment_is_told_for_each_task_that_needs_it(tmp_path: Path) -> None:
    """A task whose environment cannot be read would run in the wrong one."""
    path = segment_of(tmp_path, 1, STORY)
    spoil(path, 2)
    notes = read(tmp_path).notes
    assert any("the environment that task task-1 was submitted with is lost" in note for note in notes)
    assert any("the environment that task task-4 was submitted with is lost" in note for note in notes)


def test_a_missing_segment_is_told(tmp_path: Path) -> None:
    """A file that somebody deleted is noticed by the gap that it leaves."""
    segment_of(tmp_path, 1, STORY[:2])
    segment_of(tmp_path, 6, STORY[5:])
    replay = read(tmp_path)
    assert any("records 3 to 5 are missing" in note for note in replay.notes)
    assert replay.lost == 3
    assert {1, 3, 4} <= set(replay.state.tasks)


def test_many_findings_do_not_fill_the_screen(tmp_path: Path) -> None:
    """The first 20 are listed, the rest is counted."""
    path = segment_of(tmp_path, 1, [submitted(number) for number in range(1, 101)])
    spoil(path, *range(2, 102, 2))
    replay = read(tmp_path)
    assert len(replay.notes) == 21
    assert replay.notes[-1].endswith("more findings of this kind are not listed")
    assert len(replay.state.tasks) == 50


def test_an_unreadable_snapshot_costs_nothing(tmp_path: Path) -> None:
    """The snapshot before it and all records since give the same state."""
    generations(tmp_path)
    newest = files.snapshot_path(tmp_path, 6)
    spoil(newest, 2)
    replay = read(tmp_path)
    assert replay.state.image() == after(STORY).image()
    assert (replay.seq, replay.lost, replay.doubtful) == (len(STORY), 0, frozenset())
    assert len(replay.notes) == 1
    assert str(newest) in replay.notes[0]


def test_with_no_readable_snapshot_the_loss_is_told_and_no_number_comes_again(tmp_path: Path) -> None:
    """Both snapshots gone: what the records say is used, the rest is told, and numbers stay unique."""
    generations(tmp_path)
    for seq in (3, 6):
        spoil(files.snapshot_path(tmp_path, seq), 1)
    replay = read(tmp_path)
    assert replay.seq == len(STORY)
    assert any("records 1 to 3 are missing" in note for note in replay.notes)
    assert set(replay.state.tasks) == {3, 4}
    assert replay.state.next_number > 4
    assert replay.state.invariants() == []


def test_a_snapshot_alone_that_cannot_be_read_still_says_how_far_numbers_went(tmp_path: Path) -> None:
    """Only its name is left of the history: nothing in it is given again, neither task numbers nor record numbers."""
    write_snapshot(tmp_path, 6, after(STORY[:6]).image())
    spoil(files.snapshot_path(tmp_path, 6), 1)
    replay = read(tmp_path)
    assert (replay.seq, replay.lost) == (6, 6)
    assert replay.state.next_number > 3
    with Opened(tmp_path) as opened:
        assert opened.record(submitted(replay.state.next_number)) == 7
    assert read(tmp_path).notes == ()


def test_a_journal_of_garbage_does_not_stop_the_start(tmp_path: Path) -> None:
    """Every file overwritten: told, not fatal, and numbers begin behind all that can have been given. Row 243."""
    for name in generations(tmp_path):
        (tmp_path / name).write_bytes(b"garbage\nand more\n")
    replay = read(tmp_path)
    assert not replay.state.tasks
    assert replay.seq >= 6
    assert replay.state.next_number > 4
    assert sum("cannot be read" in note for note in replay.notes) >= 4


def test_what_was_set_aside_is_not_read_again(tmp_path: Path) -> None:
    """Files with other names than the journal's own are nobody's business."""
    expected = after(STORY).image()
    segment_of(tmp_path, 1, STORY)
    for ending in ("jsonl.unreadable-1", "jsonl.torn-000000000003", "snapshot.json.unfinished"):
        (tmp_path / f"000000000099.{ending}").write_bytes(b"garbage")
    replay = read(tmp_path)
    assert replay.state.image() == expected
    assert replay.notes == ()


@pytest.mark.parametrize("name", ["000000000001.jsonl", "000000000006.snapshot.json"])
def test_a_newer_format_is_refused_with_a_sentence(tmp_path: Path, name: str) -> None:
    """A file of a newer version is refused by name, and nothing is changed. Row 244."""
    segment_of(tmp_path, 1, STORY[:2])
    newer = (b'"format":2,"first":1}', b'"format":2,"seq":6,"image":{}}')["snapshot" in name]
    (tmp_path / name).write_bytes(b'{"crc":"%08x",%b\n' % (crc32(newer), newer))
    before = contents(tmp_path)
    with pytest.raises(DataDirectoryError, match="written by a newer ant-tui: it has format 2") as refusal:
        read(tmp_path)
    assert str(tmp_path / name) in refusal.value.sentence
    with pytest.raises(DataDirectoryError):
        Opened(tmp_path)
    assert contents(tmp_path) == before


def test_a_journal_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    """What the operating system refuses is told with the path and the reason."""
    (tmp_path / "journal").write_text("")
    with pytest.raises(DataDirectoryError, match=r"cannot be read: .*journal: Not a directory"):
        read(tmp_path / "journal")


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """A command that only reads may look at a damaged journal as often as it likes."""
    generations(tmp_path)
    spoil(files.snapshot_path(tmp_path, 6), 1)
    spoil(files.segment_path(tmp_path, 4), 3)
    before = contents(tmp_path)
    first, second = read(tmp_path), read(tmp_path)
    assert first.notes == second.notes
    assert first.state.image() == second.state.image()
    assert contents(tmp_path) == before


def test_a_file_that_a_running_scheduler_takes_away_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot that appears, and a segment that goes, while somebody reads: the files are listed again."""
    old = segment_of(tmp_path, 1, STORY)
    listed = files.segments

    def compacting(directory: Path) -> list[tuple[int, Path]]:
        found = listed(directory)
        if old.exists():
            write_snapshot(directory, len(STORY), after(STORY).image())
            old.unlink()
        return found

    monkeypatch.setattr(files, "segments", compacting)
    replay = read(tmp_path)
    assert replay.state.image() == after(STORY).image()
    assert replay.notes == ()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 3), st.integers(0, 2**32), st.integers(1, 255))
def test_a_flipped_byte_anywhere_never_raises_and_never_loses_silently(
    tmp_path: Path, which: int, where: int, flip: int
) -> None:
    """One wrong byte in any file costs at most its own record, is told, and is mended by the next start for good."""
    restore(tmp_path, {})
    whole = generations(tmp_path)
    name = sorted(whole)[which]
    data = bytearray(whole[name])
    where %= len(data)
    data[where] ^= flip
    restore(tmp_path, {**whole, name: bytes(data)})
    replay = read(tmp_path)
    expected = after(STORY)
    if not replay.notes:
        assert replay.state.image() == expected.image()
        assert replay.seq == len(STORY)
    if "snapshot" in name:
        assert replay.state.image() == expected.image()
    lost = set(expected.tasks) - set(replay.state.tasks)
    assert len(lost) <= 1
    assert replay.state.next_number >= expected.next_number or not replay.lost
    with Opened(tmp_path) as opened:
        assert opened.replay.state.image() == replay.state.image()
    again = read(tmp_path)
    assert again.notes == ()
    assert again.state.image() == replay.state.image()
    assert again.seq == replay.seq
