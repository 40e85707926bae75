"""Mending a damaged journal: nothing is destroyed, and once is enough."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ant_tui.core import events as ev
from ant_tui.errors import JournalUnavailable
from ant_tui.journal import files
from ant_tui.journal.replay import read
from tests.journal.stories import Disk, Opened, after, contents, restore, submitted


def make(directory: Path, count: int = 6) -> None:
    """A journal of submissions with a snapshot after each pair."""
    events = [submitted(number) for number in range(1, count + 1)]
    with Opened(directory) as opened:
        for number in range(0, count, 2):
            opened.record(*events[number : number + 2])
            opened.snapshot(after(events[: number + 2]))
        opened.record(ev.QueuePaused(at=1.0), ev.QueueUnpaused(at=2.0), ev.QueuePaused(at=3.0))


def flip(path: Path, where: int) -> None:
    data = bytearray(path.read_bytes())
    data[where] ^= 1
    path.write_bytes(bytes(data))


def test_a_torn_end_is_cut_off_and_kept(tmp_path: Path) -> None:
    """The bytes are in a file whose name is told, and the next start has nothing to tell."""
    make(tmp_path)
    path = files.segment_path(tmp_path, 7)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    with Opened(tmp_path) as opened:
        notes = opened.replay.notes
        assert opened.record(ev.QueueUnpaused(at=4.0)) == 9
    torn = whole[whole[:-1].rfind(b"\n") + 1 : -10]
    aside = tmp_path / "000000000007.jsonl.torn-000000000009"
    assert aside.read_bytes() == torn
    assert any(aside.name in note and f"last {len(torn)} bytes of {path}" in note for note in notes)
    assert path.read_bytes() + torn == whole[:-10]
    assert read(tmp_path).notes == ()


def test_a_damaged_segment_is_set_aside_whole(tmp_path: Path) -> None:
    """The file as it was is there under a name that is told; its readable records stay in use. Row 243."""
    make(tmp_path)
    path = files.segment_path(tmp_path, 7)
    flip(path, len(path.read_bytes()) // 2)
    damaged = path.read_bytes()
    with Opened(tmp_path) as opened:
        notes, image = opened.replay.notes, opened.replay.state.image()
        assert opened.replay.lost == 1
    aside = tmp_path / "000000000007.jsonl.unreadable-1"
    assert aside.read_bytes() == damaged
    assert any(aside.name in note for note in notes)
    assert set(path.read_bytes().splitlines()) < set(damaged.splitlines())
    again = read(tmp_path)
    assert (again.notes, again.lost, again.state.image()) == ((), 0, image)


def test_an_unreadable_snapshot_is_set_aside(tmp_path: Path) -> None:
    """It is there under a name that is told, a good one has taken its place, and nothing is lost. Row 243."""
    make(tmp_path)
    expected = read(tmp_path).state.image()
    path = files.snapshot_path(tmp_path, 6)
    flip(path, 50)
    damaged = path.read_bytes()
    with Opened(tmp_path) as opened:
        assert opened.replay.state.image() == expected
        assert any("000000000006.snapshot.json.unreadable-1" in note for note in opened.replay.notes)
    assert (tmp_path / "000000000006.snapshot.json.unreadable-1").read_bytes() == damaged
    assert not path.exists()
    again = read(tmp_path)
    assert (again.notes, again.state.image(), again.snapshot_seq) == ((), expected, 9)


def test_starting_again_and_again_changes_nothing(tmp_path: Path) -> None:
    """Only the first start after the damage has something to do."""
    make(tmp_path)
    flip(files.snapshot_path(tmp_path, 6), 50)
    flip(files.segment_path(tmp_path, 5), 100)
    with Opened(tmp_path) as opened:
        image = opened.replay.state.image()
    before = contents(tmp_path)
    for _ in range(3):
        with Opened(tmp_path) as opened:
            assert opened.replay.notes == ()
            assert opened.replay.state.image() == image
        assert contents(tmp_path) == before


def test_files_that_were_set_aside_are_never_overwritten(tmp_path: Path) -> None:
    """The same damage at the same place a second time gets another name."""
    make(tmp_path)
    aside = tmp_path / "000000000007.jsonl.unreadable-1"
    aside.write_bytes(b"from long ago")
    torn = tmp_path / "000000000007.jsonl.torn-000000000009"
    torn.write_bytes(b"from long ago")
    path = files.segment_path(tmp_path, 7)
    path.write_bytes(path.read_bytes()[:-10])
    Opened(tmp_path).journal.close()
    flip(path, 100)
    files.snapshot_path(tmp_path, 8).unlink()
    Opened(tmp_path).journal.close()
    assert (aside.read_bytes(), torn.read_bytes()) == (b"from long ago", b"from long ago")
    assert (tmp_path / "000000000007.jsonl.unreadable-2").exists()
    assert (tmp_path / "000000000007.jsonl.torn-000000000009-2").exists()


def test_a_file_system_without_links_gets_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting aside does not depend on hard links."""
    make(tmp_path)
    path = files.segment_path(tmp_path, 7)
    flip(path, 100)
    damaged = path.read_bytes()

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    Opened(tmp_path).journal.close()
    assert (tmp_path / f"{path.name}.unreadable-1").read_bytes() == damaged
    assert read(tmp_path).notes == ()


def test_a_full_disk_at_the_start_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be mended now: the journal opens, says so, refuses records, and mends when there is room."""
    make(tmp_path)
    flip(files.segment_path(tmp_path, 7), 100)
    damaged = contents(tmp_path)
    with monkeypatch.context() as full:
        full.setattr(files, "write", Disk(0).write)
        opened = Opened(tmp_path)
        assert opened.journal.failure is not None
        assert "cannot be mended now: No space left on device" in opened.journal.failure.sentence
        with pytest.raises(JournalUnavailable, match="cannot be mended now"):
            opened.journal.append([submitted(7)])
        assert not opened.journal.recover()
        assert damaged.items() <= contents(tmp_path).items()
    image = opened.replay.state.image()
    opened.replay.state.apply(ev.QueueUnpaused(at=1.0))
    with opened:
        assert opened.journal.recover()
        assert "unreadable-1" in opened.note()
        assert opened.record(submitted(20)) == 10
    replay = read(tmp_path)
    assert replay.notes == ()
    assert set(replay.state.tasks) == {task.number for task in image.tasks} | {20}
    assert replay.state.paused == image.paused


class Killed(BaseException):
    """Stands for ``kill -9``."""


class Mortal:
    """Lets so many operations on files happen, and then none, as if the process had been killed."""

    NAMES = ("link", "rename", "unlink", "ftruncate", "fsync", "fdatasync", "write", "pwrite")

    def __init__(self, life: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.life = life
        for name in self.NAMES:
            monkeypatch.setattr(os, name, self._mortal(getattr(os, name)))

    def _mortal(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        def operate(*args: Any, **kwargs: Any) -> Any:
            if self.life == 0:
                raise Killed
            self.life -= 1
            return operation(*args, **kwargs)

        return operate


def test_being_killed_at_any_step_of_mending_does_no_harm(tmp_path: Path) -> None:
    """After every single operation: the same tasks are read, the next start mends, and every damaged byte is kept."""
    make(tmp_path)
    flip(files.snapshot_path(tmp_path, 6), 50)
    flip(files.segment_path(tmp_path, 5), 100)
    torn = files.segment_path(tmp_path, 7)
    torn.write_bytes(torn.read_bytes()[:-10])
    damaged = contents(tmp_path)
    tail = damaged[torn.name][damaged[torn.name].rfind(b"\n") + 1 :]
    expected = read(tmp_path)
    life, killed = 0, True
    while killed:
        restore(tmp_path, damaged)
        with pytest.MonkeyPatch.context() as patch:
            Mortal(life, patch)
            try:
                Opened(tmp_path).journal.close()
                killed = False
            except Killed:
                life += 1
        after_death = read(tmp_path)
        assert after_death.state.tasks == expected.state.tasks
        assert after_death.seq == expected.seq
        assert after_death.state.next_number >= expected.state.next_number
        Opened(tmp_path).journal.close()
        mended = read(tmp_path)
        assert mended.notes == ()
        assert mended.state.tasks == expected.state.tasks
        kept = set(contents(tmp_path).values())
        assert {damaged["000000000006.snapshot.json"], damaged["000000000005.jsonl"], tail} <= kept
    assert life > 10
