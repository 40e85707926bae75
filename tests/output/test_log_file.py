"""Reading a log from both ends, while it grows, is cut or replaced."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.errors import AntError
from ant_tui.output.log_file import LogFile, LogMissing, LogUnreadable

CONTENTS = st.lists(st.sampled_from([b"a", b"line", b"\n", b"\n\n", b"\r", "é".encode(), b"\xff", b"x" * 300])).map(
    b"".join
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "output.log"


def written(path: Path, content: bytes) -> LogFile:
    path.write_bytes(content)
    return LogFile(path)


@given(CONTENTS, st.integers(1, 12))
@settings(deadline=None)
def test_tail_and_head_are_the_last_and_first_lines(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, n: int
) -> None:
    """Row 193: exactly as many lines as were asked for, or all there are; their bytes as they stand in the file."""
    lines = data.split(b"\n")
    lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    with written(tmp_path_factory.mktemp("log") / "log", data) as log:
        assert log.tail(n) == b"".join(lines[-n:])
        assert log.head(n) == b"".join(lines[:n])


@given(CONTENTS, st.integers(2, 12))
@settings(deadline=None)
def test_head_and_tail_hide_what_does_not_fit(tmp_path_factory: pytest.TempPathFactory, data: bytes, cap: int) -> None:
    """Row 191: first and last half of the cap, and the number of lines between them; all of it when it fits."""
    lines = data.split(b"\n")
    lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    with written(tmp_path_factory.mktemp("log") / "log", data) as log:
        begin, hidden, end = log.head_and_tail(cap)
    if len(lines) <= cap:
        assert (begin, hidden, end) == (data, 0, b"")
    else:
        assert begin == b"".join(lines[: cap - cap // 2])
        assert end == b"".join(lines[len(lines) - cap // 2 :])
        assert hidden == len(lines) - cap


def test_tail_over_many_blocks(path: Path) -> None:
    """Lines are counted across the blocks in which the file is read backwards."""
    lines = [b"%06d %s\n" % (number, b"x" * (number % 200)) for number in range(5000)]
    with written(path, b"".join(lines)) as log:
        for count in (1, 700, 3001, 4999, 5000, 6000):
            assert log.tail(count) == b"".join(lines[-count:])


def test_a_long_line_is_cut_at_the_limit_and_not_inside_a_character(path: Path) -> None:
    """Row 190: of a line of megabytes the end is read, and no more."""
    with written(path, b"first\n" + "é".encode() * 1_000_000) as log:
        tail = log.tail(20, max_bytes=1001)
    assert tail == "é".encode() * 500


def test_head_and_tail_of_one_huge_line(path: Path) -> None:
    """Row 190: both ends are shown, and that something is hidden between them."""
    with written(path, b"a" * 5000 + b"b" * 5000) as log:
        assert log.head_and_tail(10, max_bytes=100) == (b"a" * 50, 1, b"b" * 50)


def test_full_log_in_parts(path: Path) -> None:
    """Row 192: any part can be read; past the end there is nothing."""
    with written(path, b"0123456789") as log:
        assert log.read(0, 1 << 40) == b"0123456789"
        assert log.read(3, 4) == b"3456"
        assert log.read(10, 5) == log.read(99, 5) == log.read(0, 0) == b""
        assert log.size() == 10


def test_following_a_growing_log(path: Path) -> None:
    """Rows 187 and 199: what is appended is read from where the last read ended, in limited parts."""
    log = written(path, b"one\n")
    offset = log.size()
    assert log.read_on(offset) == (b"", 4)
    with path.open("ab") as task:
        task.write(b"two\nthree\n")
    assert log.changed() == "grown"
    first, offset = log.read_on(offset, 4)
    assert (first, log.read_on(offset)) == (b"two\n", (b"three\n", 14))
    assert log.changed() == "same"
    log.close()


def test_truncation_is_noticed(path: Path) -> None:
    """A task that opens its log anew makes offsets meaningless; the reader is told."""
    log = written(path, b"x" * 100)
    log.read(0, 100)
    path.write_bytes(b"short")
    assert log.changed() == "truncated"
    assert log.changed() == "same"
    assert log.read_on(100) == (b"", 100)
    log.close()


def test_truncation_below_what_was_read_is_noticed_although_it_is_more_than_was_asked_about(path: Path) -> None:
    """What counts is how far the reader got, not only what the last question saw."""
    log = written(path, b"x" * 10)
    assert log.changed() == "grown"
    with path.open("ab") as task:
        task.write(b"y" * 90)
    log.read(0, 100)
    os.truncate(path, 50)
    assert log.changed() == "truncated"
    log.close()


def test_replacement_and_removal_are_noticed(path: Path, tmp_path: Path) -> None:
    """The old file stays readable, and the reader is told that the name means another, or none."""
    log = written(path, b"old")
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "new").rename(path)
    assert log.changed() == "replaced"
    path.unlink()
    assert log.changed() == "missing"
    assert log.read(0, 9) == b"old"
    log.close()
    log.close()


def test_a_missing_log_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Row 195: the path is named, cleaned of what a terminal would obey."""
    for name in ("nowhere.log", "a/b.log", "odd\x1b]0;x\x07.log"):
        with pytest.raises(LogMissing) as caught:
            LogFile(tmp_path / name)
        assert isinstance(caught.value, AntError)
        assert caught.value.sentence.startswith(f"There is no log at {tmp_path}")
        assert caught.value.sentence.isprintable()
    with pytest.raises(LogMissing):
        LogFile("nul\0.log")


def test_a_file_of_the_users_own_that_went_away_is_named(tmp_path: Path) -> None:
    """Of a log that is a link, the sentence names the file that was moved or removed, not the link."""
    log, theirs = tmp_path / "output.log", tmp_path / "run 7.txt"
    log.symlink_to(theirs)
    with pytest.raises(LogMissing) as told:
        LogFile(log)
    assert told.value.sentence == f"The output file {theirs} is not there any more: it was moved or removed."


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """A directory, or a pipe that nobody writes to, makes nobody wait."""
    os.mkfifo(tmp_path / "pipe")
    for name in (".", "pipe"):
        with pytest.raises(LogUnreadable, match="is not a file"):
            LogFile(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_log_is_told(path: Path) -> None:
    """The system's reason is in the sentence."""
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(LogUnreadable, match="Permission denied"):
        LogFile(path)


def test_a_failing_disk_is_told(path: Path) -> None:
    """Reading errors are the user's business too: a typed error, not a traceback."""
    log = written(path, b"x")
    log.close()
    with pytest.raises(LogUnreadable):
        log.read(0, 1)
    with pytest.raises(LogUnreadable):
        log.size()


def test_wrong_numbers_are_refused(path: Path) -> None:
    """Row 193: N is at least 1."""
    with written(path, b"x") as log:
        for wrong in (
            lambda: log.tail(0),
            lambda: log.head(0),
            lambda: log.head_and_tail(1),
            lambda: log.read(-1, 1),
            lambda: log.tail(1, max_bytes=0),
        ):
            with pytest.raises(ValueError, match=r"must not|at least"):
                wrong()


def test_a_log_with_a_huge_hole_is_read_at_its_end_at_once(path: Path) -> None:
    """Two gigabytes before the tail are not touched."""
    with path.open("wb") as task:
        task.truncate(2 << 30)
        task.seek(0, os.SEEK_END)
        task.write(b"\nlast but one\nlast\n")
    with LogFile(path) as log:
        assert log.tail(2) == b"last but one\nlast\n"
