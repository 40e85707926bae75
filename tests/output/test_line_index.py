"""Finding lines in a huge log."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.output.line_index import BLOCK, LineIndex
from ant_tui.output.log_file import LogFile


def starts(data: bytes) -> list[int]:
    """Where lines begin, the obvious way."""
    offsets = [0] if data else []
    offsets += [at + 1 for at, byte in enumerate(data) if byte == 10 and at + 1 < len(data)]
    return offsets


@given(st.lists(st.integers(0, 3 * BLOCK), max_size=6), st.booleans(), st.integers(1, 4 * BLOCK))
@settings(deadline=None, max_examples=50)
def test_every_line_is_where_it_is(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], ends: bool, step: int
) -> None:
    """Lines longer and shorter than a block, with and without a last newline, built in slices of any size."""
    data = b"\n".join(b"x" * length for length in lengths) + b"\n" * ends
    path = tmp_path_factory.mktemp("index") / "log"
    path.write_bytes(data)
    with LogFile(path) as log:
        index = LineIndex(log)
        while not index.extend(step):
            assert index.indexed < len(data)
        expected = starts(data)
        assert (index.total_lines, index.indexed) == (len(expected), len(data))
        for line, offset in enumerate(expected):
            assert index.line_to_offset(line) == offset
            assert index.offset_to_line(offset) == line


def test_thousands_of_short_lines(tmp_path: Path) -> None:
    """Many lines in one block: all are found, from both sides."""
    lines = [b"%d\n" % (number * 7919) for number in range(40_000)]
    path = tmp_path / "log"
    path.write_bytes(b"".join(lines))
    with LogFile(path) as log:
        index = LineIndex(log)
        assert index.extend()
        offset = 0
        for number, line in enumerate(lines):
            if number % 97 == 0:
                assert index.line_to_offset(number) == offset
                assert index.offset_to_line(offset) == index.offset_to_line(offset + len(line) - 1) == number
            offset += len(line)


def test_it_grows_with_the_log(tmp_path: Path) -> None:
    """Rows 187 and 199: only what is new is looked through; a line that was unfinished is counted once."""
    path = tmp_path / "log"
    path.write_bytes(b"one\ntw")
    with LogFile(path) as log, path.open("ab", buffering=0) as task:
        index = LineIndex(log)
        assert index.extend()
        assert index.total_lines == 2
        task.write(b"o\nthree\n")
        assert index.extend()
        assert (index.total_lines, index.line_to_offset(2)) == (3, 8)


def test_a_truncated_log_is_indexed_anew(tmp_path: Path) -> None:
    """Old numbers are forgotten."""
    path = tmp_path / "log"
    path.write_bytes(b"x\n" * BLOCK)
    with LogFile(path) as log:
        index = LineIndex(log)
        index.extend()
        path.write_bytes(b"a\nb")
        assert index.extend()
        assert (index.total_lines, index.line_to_offset(1)) == (2, 2)


def test_a_log_that_was_cut_under_the_index_is_noticed(tmp_path: Path) -> None:
    """A line that is no longer there raises instead of giving a wrong place."""
    path = tmp_path / "log"
    path.write_bytes(b"x\n" * BLOCK)
    with LogFile(path) as log:
        index = LineIndex(log)
        index.extend()
        os.truncate(path, 10)
        with pytest.raises(IndexError):
            index.line_to_offset(BLOCK - 1)


def test_what_is_not_there_raises(tmp_path: Path) -> None:
    """Lines and offsets outside are errors, also in an empty log."""
    path = tmp_path / "log"
    path.write_bytes(b"")
    with LogFile(path) as log:
        index = LineIndex(log)
        assert index.extend()
        assert index.total_lines == 0
        assert index.offset_to_line(0) == 0
        for line in (0, -1):
            with pytest.raises(IndexError):
                index.line_to_offset(line)
        with pytest.raises(IndexError):
            index.offset_to_line(1)


def test_two_gigabytes_need_little_memory(tmp_path: Path) -> None:
    """The index is eight bytes per 64 KiB: under 1 MB for 2 GB (looked at on a file with a hole, in part)."""
    path = tmp_path / "log"
    with path.open("wb") as task:
        task.truncate(64 << 20)
    with LogFile(path) as log:
        index = LineIndex(log)
        assert index.extend()
        assert len(index._blocks) * index._blocks.itemsize * 32 < 1_000_000
