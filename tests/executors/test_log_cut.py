"""Giving back the middle of a log while somebody writes it."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.executors import log_cut
from ant_tui.executors.log_cut import allocated, cut_middle, middle
from ant_tui.output.log_file import LogFile

MIB = 1 << 20
LINE = b"%09d " + b"y" * 53 + b"\n"


def lines(start: int, count: int) -> bytes:
    """64 bytes a line, each with its number."""
    return b"".join(LINE % number for number in range(start, start + count))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file on a file system that can punch holes."""
    probe = tmp_path / "probe"
    probe.write_bytes(b"x" * 4 * MIB)
    try:
        cut_middle(str(probe), MIB)
    except OSError:
        pytest.skip("this file system keeps no holes")
    return tmp_path / "output.log"


@given(
    size=st.integers(0, 1 << 45),
    limit=st.integers(MIB, 1 << 40),
    unit=st.sampled_from([512, 4096, 65536, MIB, 16 * MIB]),
    first_hole=st.none() | st.integers(0, 1 << 40),
)
def test_what_goes_lies_between_what_is_kept(size: int, limit: int, unit: int, first_hole: int | None) -> None:
    """Row 200: a part goes only from the middle; at least half the limit is kept at the end, and all before an
    earlier hole, or else about a quarter, at the beginning.
    """
    part = middle(size, limit, unit, first_hole)
    if part is None:
        assert size <= limit // 2 + limit // 4 + limit // 8 or (first_hole or 0) > size - limit
        return
    start, end = part
    assert 0 <= start < end <= size - limit // 2
    assert size - end < limit // 2 + limit // 8 + 1
    if first_hole:
        assert start <= first_hole
    else:
        assert limit // 8 <= start <= limit // 4


def test_a_log_within_its_limit_is_left_alone(path: Path) -> None:
    """What is small enough keeps every byte."""
    content = lines(0, MIB // 64)
    path.write_bytes(content)
    assert cut_middle(str(path), MIB) == 0
    assert path.read_bytes() == content


def test_head_and_tail_stay_and_the_writer_goes_on(path: Path) -> None:
    """Row 200: the middle is given back under a writer that appends; what it writes before and afterwards is there."""
    writer = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    content = lines(0, 16 * MIB // 64)
    os.write(writer, content)
    removed = cut_middle(str(path), 4 * MIB)
    later = lines(500_000, 100)
    os.write(writer, later)
    os.close(writer)
    assert removed >= 12 * MIB
    assert allocated(path.stat()) <= 3 * MIB + 65536
    assert path.stat().st_size == len(content) + len(later)
    with LogFile(path) as log:
        shown = log.read_on(0, 64 * MIB)[0]
    assert shown == content[:MIB] + b"".join((
        f"… {removed / MIB:.1f} MiB of output were removed here (logs.max_size_mib) …\n".encode(),
        content[-2 * MIB :],
        later,
    ))  # fmt: skip


def test_a_log_that_grows_on_is_cut_again_and_keeps_one_hole(path: Path) -> None:
    """Time and again, also after the limit was raised: the first lines stay, and there is one hole."""
    at = 0
    for limit in (4 * MIB, 4 * MIB, 8 * MIB, 8 * MIB, 2 * MIB):
        with path.open("ab") as writer:
            writer.write(lines(at, 10 * MIB // 64))
        at += 10 * MIB // 64
        assert cut_middle(str(path), limit) > 0
        assert allocated(path.stat()) <= limit
        with LogFile(path) as log:
            assert len(log.holes()) == 1
            assert log.head(3) == lines(0, 3)
            assert log.tail(3) == lines(at - 3, 3)


def test_a_hole_at_the_very_beginning_does_not_cost_the_head(path: Path) -> None:
    """A task may begin its log with zeros, which some file systems do not store; that is no earlier cut."""
    assert middle(100 * MIB, 4 * MIB, first_hole=0) == (MIB, 98 * MIB)


def test_only_a_log_is_cut(path: Path, tmp_path: Path) -> None:
    """What a task may have put in its log's place is not touched: no link is followed, no pipe is waited for."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"x" * 8 * MIB)
    path.symlink_to(victim)
    assert cut_middle(str(path), MIB) == 0
    path.unlink()
    os.mkfifo(path)
    assert cut_middle(str(path), MIB) == 0
    assert victim.read_bytes() == b"x" * 8 * MIB
    with pytest.raises(FileNotFoundError):
        cut_middle(str(tmp_path / "missing"), MIB)


def test_a_file_system_that_cannot_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where holes are not supported nothing is lost, and the caller is told."""

    def refuse(*_: object) -> int:
        ctypes.set_errno(errno.EOPNOTSUPP)
        return -1

    monkeypatch.setattr(log_cut, "_fallocate", lambda: refuse)
    path.write_bytes(b"x" * 8 * MIB)
    with pytest.raises(OSError, match="not supported") as caught:
        cut_middle(str(path), MIB)
    assert caught.value.errno == errno.EOPNOTSUPP
    assert path.read_bytes() == b"x" * 8 * MIB
