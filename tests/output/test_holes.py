"""Logs of which the middle was removed: one line in its place, and nobody reads through it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.output.holes import holes, removed_line
from ant_tui.output.line_index import LineIndex
from ant_tui.output.line_terminal import LineTerminal
from ant_tui.output.log_file import LogFile
from ant_tui.output.search import Match, Query, search
from tests.output.sparse import UNIT, filled, write_with_hole

MARK = "… 1.0 MiB of output were removed here (logs.max_size_mib) …\n".encode()
MIB = 1 << 20
HEAD = filled(b"first\nsecond\n")
TAIL = b"rest of a line\nlast but one\nlast\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "output.log"


def shown(log: LogFile, limit: int) -> bytes:
    """Everything that a reader who reads on is shown."""
    parts: list[bytes] = []
    at = 0
    while True:
        data, at = log.read_on(at, limit)
        if not data:
            assert at == log.size()
            return b"".join(parts)
        parts.append(data)


@pytest.mark.parametrize(
    ("size", "text"),
    [(1, "1 bytes"), (1023, "1,023 bytes"), (65536, "64.0 KiB"), (1288490189, "1.2 GiB"), (3 << 50, "3072.0 TiB")],
)
def test_the_line_says_how_much_is_missing(size: int, text: str) -> None:
    """Row 200: who reads a log that was cut sees how much is missing, and which setting did it."""
    assert removed_line(size).decode() == f"… {text} of output were removed here (logs.max_size_mib) …\n"


def test_a_log_without_holes_has_none(path: Path) -> None:
    """A log that ends, is empty, or holds NULs of its own has no part that was removed."""
    for content in (b"", b"x", b"\0" * 5000, b"line\n" * 100_000):
        path.write_bytes(content)
        with LogFile(path) as log:
            assert log.holes() == []
            assert shown(log, 4096) == content


def test_every_hole_is_found(path: Path) -> None:
    """Several holes are told in order, also one up to the end."""
    with path.open("wb") as file:
        for _ in range(3):
            file.write(b"x" * UNIT)
            file.seek(UNIT, os.SEEK_CUR)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
        found = holes(file.fileno())
    assert found == [(UNIT * n, UNIT * (n + 1)) for n in (1, 3, 5)]


@given(
    limit=st.integers(300, 3 * UNIT), ends=st.booleans(), tail=st.sampled_from([b"", b"x", b"\n", TAIL, TAIL * 9000])
)
@settings(deadline=None, max_examples=40)
def test_reading_on_shows_one_line_instead(
    tmp_path_factory: pytest.TempPathFactory, limit: int, ends: bool, tail: bytes
) -> None:
    """Row 200: however a reader cuts its reading, it sees the head, one line, and the tail, and no NUL."""
    head = HEAD[:-1] + b"\n" if ends else HEAD
    path = tmp_path_factory.mktemp("log") / "log"
    write_with_hole(path, head, MIB, tail or b"\0")
    with LogFile(path) as log:
        assert shown(log, limit) == head + (b"" if ends else b"\n") + MARK + (tail or b"\0")


def test_a_line_for_what_a_reader_missed(path: Path) -> None:
    """Who was still reading what was then removed is told how much of it went unseen."""
    write_with_hole(path, HEAD, MIB, TAIL)
    with LogFile(path) as log:
        data, at = log.read_on(len(HEAD) + MIB // 2)
        assert data == removed_line(MIB // 2) + TAIL
        assert at == log.size()


class TestEnds:
    def test_both_are_shown_with_the_line_between(self, path: Path) -> None:
        """Row 191: first and last lines with the marker for hidden ones, and above it the line about what is gone."""
        head = filled(b"".join(b"head %d\n" % n for n in range(1000)))
        write_with_hole(path, head, MIB, b"".join(b"tail %d\n" % n for n in range(1000)))
        with LogFile(path) as log:
            begin, hidden, end = log.head_and_tail(10)
        assert begin == b"".join(b"head %d\n" % n for n in range(5)) + MARK
        assert hidden == 995 + 995
        assert end == b"".join(b"tail %d\n" % n for n in range(995, 1000))

    def test_all_is_in_the_beginning_when_it_fits(self, path: Path) -> None:
        """What is small enough is shown whole, the line about what is gone among it."""
        write_with_hole(path, HEAD, MIB, TAIL)
        with LogFile(path) as log:
            assert log.head_and_tail(100) == (HEAD + b"\n" + MARK + TAIL, 0, b"")

    def test_tail_reaches_over_the_hole(self, path: Path) -> None:
        """Row 193: the last lines are counted on both sides of the hole; nothing reads through it."""
        write_with_hole(path, HEAD, 1 << 40, TAIL)  # 1 TiB of NULs would take hours
        gone = removed_line(1 << 40)
        with LogFile(path) as log:
            assert log.tail(2, 1 << 50) == b"last but one\nlast\n"
            assert log.tail(3, 1 << 50) == HEAD[13:] + b"\n" + gone + TAIL
            assert log.tail(5, 1 << 50) == HEAD + b"\n" + gone + TAIL
            assert log.head(100) == HEAD
            assert log.count_newlines(0, log.size()) == 2 + 3

    def test_a_tail_that_would_begin_in_the_hole_begins_with_its_line(self, path: Path) -> None:
        """The limit of bytes may fall into the hole: the line about it comes first then."""
        write_with_hole(path, HEAD, MIB, TAIL)
        with LogFile(path) as log:
            assert log.tail(100, MIB // 2) == MARK + TAIL


def test_a_terminal_shows_the_line_on_a_row_of_its_own(path: Path) -> None:
    """The screen's rows: the cut line, the line about what is gone, the rest; nothing of NULs."""
    write_with_hole(path, HEAD, MIB, TAIL)
    terminal = LineTerminal()
    with LogFile(path) as log:
        terminal.feed(log.read_on(0)[0])
    rows = [row.text for row in terminal.rows(terminal.first_row, terminal.end_row)]
    assert rows[:2] == ["first", "second"]
    assert rows[3:7] == [MARK.decode().rstrip("\n"), "rest of a line", "last but one", "last"]


def test_lines_are_numbered_across_a_hole_without_reading_it(path: Path) -> None:
    """Row 190: the index of a log with a terabyte missing is there at once; the hole is a part of one line."""
    head = filled(b"".join(b"head %d\n" % n for n in range(20_000)))
    tail = b"rest\n" + b"".join(b"tail %d\n" % n for n in range(20_000))
    gone = 1 << 36
    write_with_hole(path, head, gone, tail)
    with LogFile(path) as log:
        index = LineIndex(log)
        while not index.extend(100_000):
            assert index.indexed < log.size()
        assert index.total_lines == 40_001
        for line, text in (
            (0, b"head 0\n"),
            (19_999, b"head 19999\n"),
            (20_001, b"tail 0\n"),
            (40_000, b"tail 19999\n"),
        ):
            at = index.line_to_offset(line)
            assert log.read(at, len(text)) == text
            assert index.offset_to_line(at) == line
        assert index.offset_to_line(len(head) + gone) == 20_000


def test_an_index_that_stands_anywhere_gets_over_a_hole(tmp_path: Path) -> None:
    """However the looking through is cut into calls, and however the hole lies, the numbers are the same."""
    path = tmp_path / "log"
    head = filled(b"a\nb\n") + filled(b"c\n")
    write_with_hole(path, head, 5 * UNIT, b"d\ne\n")
    whole = path.read_bytes()
    for step in (1000, UNIT - 1, UNIT, UNIT + 1, 10 * UNIT):
        with LogFile(path) as log:
            index = LineIndex(log)
            while not index.extend(step):
                pass
            assert [index.line_to_offset(n) for n in range(5)] == [0, 2, 4, whole.index(b"c") + 2, whole.index(b"e")]
            assert index.total_lines == 5


@pytest.mark.parametrize("backwards", [False, True])
def test_search_finds_on_both_sides_and_does_not_read_the_hole(path: Path, backwards: bool) -> None:
    """A search goes over a terabyte that is missing at once, in both directions."""
    write_with_hole(path, HEAD, 1 << 40, TAIL)
    last = len(HEAD) + (1 << 40) + TAIL.index(b"last\n", 20)
    with LogFile(path) as log:
        found = search(log, Query("s(?:t|e)", regex=True), log.size() if backwards else 0, backwards=backwards)
        matches = [one.start for one in found if isinstance(one, Match)]
    middle = len(HEAD) + (1 << 40)
    expected = [3, 6, middle + 2, middle + 17, last + 2]
    assert matches == (expected[::-1] if backwards else expected)
