"""Reading a log by the numbers of its lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.output.line_index import LineIndex
from ant_tui.output.log_file import LogFile
from ant_tui.output.pages import LogPages
from ant_tui.output.row import Row
from tests.output.sparse import filled, write_with_hole


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "output.log"


def rows_of(path: Path) -> list[Row]:
    with LogFile(path) as log:
        index = LineIndex(log)
        index.extend()
        pages = LogPages(log, index)
        return [pages.row(line) for line in range(index.total_lines)]


def texts(path: Path) -> list[str]:
    return [row.text for row in rows_of(path)]


def test_every_line_is_one_row(path: Path) -> None:
    """Over many pages, in any order, each line is found under its number."""
    path.write_text("".join(f"line {number}\n" for number in range(1000)))
    with LogFile(path) as log:
        index = LineIndex(log)
        index.extend()
        pages = LogPages(log, index)
        for number in (999, 0, 500, 63, 64, 999, 1):
            assert pages.row(number).text == f"line {number}"
        with pytest.raises(IndexError):
            pages.row(1000)


def test_memory_does_not_grow(path: Path) -> None:
    """However much is read, a few pages are kept."""
    path.write_bytes(b"x\n" * 10_000)
    with LogFile(path) as log:
        index = LineIndex(log)
        index.extend()
        pages = LogPages(log, index)
        for number in range(10_000):
            pages.row(number)
        assert len(pages._kept) <= 16


def test_bars_and_cursors_stay_on_their_line(path: Path) -> None:
    """A bar shows its last state; a cursor that goes up, a cleared screen and a screen of its own move no line."""
    path.write_bytes(
        b"10%\r20%\r30%\none\x1b[A\x1b[2Jtwo\n\x1b[5A\x1b[Hthree\n\x1b[?1049hfull\n\x1b[?1049lafter\r\n\n\nend\x1b[3B"
    )
    assert texts(path) == ["30%", "   two", "three", "full", "after", "", "", "end"]


def test_colours_that_began_above_a_page_hold_in_it(path: Path) -> None:
    """A colour that nobody switched off goes on over the edge of a page."""
    path.write_bytes(b"plain\n" * 60 + b"\x1b[31mred\n" * 1 + b"also red\n" * 10)
    rows = rows_of(path)
    assert rows[0].runs == ()
    assert rows[70].runs[0][2].fg == 1


def test_an_unfinished_last_line_is_read_again_when_the_log_has_grown(path: Path) -> None:
    """Lines that are added to the last page appear."""
    path.write_bytes(b"one\ntwo\n")
    with LogFile(path) as log:
        index = LineIndex(log)
        index.extend()
        pages = LogPages(log, index)
        assert pages.row(1).text == "two"
        with path.open("ab") as file:
            file.write(b"three\n")
        index.extend()
        assert pages.row(2).text == "three"


def test_very_long_lines_are_read_in_part(path: Path) -> None:
    """Row 190: of a line of megabytes its beginning is shown, of a long bar its last state; numbers stay."""
    path.write_bytes(
        b"a" * (3 << 20) + b"\nafter\n" + b"".join(b"\rstep %07d" % n for n in range(300_000)) + b"\nend\n"
    )
    rows = texts(path)
    assert rows[0] == "a" * (64 * 1024)
    assert rows[1:] == ["after", "step 0299999", "end"]


def test_what_was_removed_is_told_in_its_line(path: Path) -> None:
    """Row 200: the line in which the middle of the log is gone says so; those behind it follow."""
    write_with_hole(path, filled(b"begin\n"), 1 << 30, b"end of it\nlast\n")
    rows = texts(path)
    assert rows[0] == "begin"
    assert "1.0 GiB of output were removed here" in rows[-2]
    assert rows[-2].endswith("end of it")
    assert rows[-1] == "last"


@given(st.binary(max_size=2000), st.lists(st.integers(0, 100), max_size=5))
@settings(deadline=None, max_examples=60)
def test_any_bytes_give_one_clean_row_a_line(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, breaks: list[int]
) -> None:
    """Row 196: whatever is in the file, there are as many rows as lines, and each can be printed."""
    for at in breaks:
        data = data[:at] + b"\n\x1b[" + data[at:]
    path = tmp_path_factory.mktemp("pages") / "log"
    path.write_bytes(data)
    rows = texts(path)
    assert len(rows) == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    assert all(row.isprintable() for row in rows)
