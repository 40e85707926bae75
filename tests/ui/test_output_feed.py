"""From a log that grows to lines."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ant_tui.ui.output_feed import OutputFeed, TextLines
from tests.output.sparse import filled, write_with_hole


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "output.log"


def texts(feed: OutputFeed) -> list[str]:
    source = feed.source
    return [source.line(number)[0] for number in range(source.first_line, source.first_line + source.line_count)]


def append(log: Path, text: str) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(text)


def counted(feed: OutputFeed) -> None:
    """Count all lines, as a thread would."""
    history = feed.to_count
    if history is not None:
        while not history.count():
            pass
        feed.counted_all(history)


def test_what_is_there_is_shown_at_once_and_what_comes_is_added(log: Path) -> None:
    """The end of the file is read at once; later only what is new."""
    log.write_text("one\ntwo\n")
    feed = OutputFeed(str(log))
    source = feed.source
    assert texts(feed) == ["one", "two"]
    assert not feed.poll()
    append(log, "three\n")
    assert feed.poll()
    assert feed.source is source
    assert texts(feed) == ["one", "two", "three"]
    assert feed.last_line == "three"
    feed.close()


def test_a_bar_stays_on_one_line(log: Path) -> None:
    """A carriage return rewrites its line, also across two looks at the file."""
    log.write_text("start\n 10%|#   |\r")
    feed = OutputFeed(str(log))
    append(log, " 20%|##  |\r 30%|### |")
    feed.poll()
    assert texts(feed) == ["start", " 30%|### |"]
    feed.close()


def test_a_log_that_is_not_there_yet_is_found_when_it_comes(log: Path) -> None:
    """Before a task has written anything there is a sentence, then its output."""
    feed = OutputFeed(str(log))
    assert "There is no log" in feed.problem
    assert not feed.poll()
    log.write_text("hello\n")
    assert feed.poll()
    assert feed.problem == ""
    assert texts(feed) == ["hello"]
    feed.close()


@pytest.mark.parametrize("way", ["truncated", "replaced"])
def test_a_log_that_begins_anew_is_read_anew(log: Path, way: str) -> None:
    """A log that was cut or replaced is shown from its new end, as another source."""
    log.write_text("old\n" * 100)
    feed = OutputFeed(str(log))
    source = feed.source
    if way == "truncated":
        log.write_text("new\n")
    else:
        other = log.with_name("other")
        other.write_text("new\n")
        os.replace(other, log)
    assert feed.poll()
    assert feed.source is not source
    assert texts(feed) == ["new"]
    feed.close()


def test_a_log_that_was_removed_stays_readable(log: Path) -> None:
    """What was read of a log that is gone is still shown."""
    log.write_text("kept\n")
    feed = OutputFeed(str(log))
    log.unlink()
    assert not feed.poll()
    assert texts(feed) == ["kept"]
    feed.close()


def test_memory_is_bounded(log: Path) -> None:
    """Of a long log the last rows are kept in memory; the others are read when somebody asks for them."""
    log.write_text("".join(f"line {number}\n" for number in range(1000)))
    feed = OutputFeed(str(log), max_rows=100)
    assert texts(feed) == [f"line {number}" for number in range(1000)]
    append(log, "".join(f"line {number}\n" for number in range(1000, 1500)))
    feed.poll()
    terminal = feed._terminal
    assert terminal.end_row - terminal.first_row <= 100
    assert texts(feed) == [f"line {number}" for number in range(1500)]
    assert feed.source.first_line == 0
    feed.close()


def test_who_is_far_behind_begins_again_at_the_end(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood that came while nobody looked is not read through; who reads in it loses nothing."""
    monkeypatch.setattr("ant_tui.ui.output_feed._BEHIND", 1000)
    log.write_text("begin\n")
    feed, reader = OutputFeed(str(log), max_rows=10), OutputFeed(str(log), max_rows=10)
    append(log, "flood\n" * 1000 + "end\n")
    source, same = feed.source, reader.source
    assert feed.poll()
    assert reader.poll(may_skip=False)
    assert feed.source is not source
    assert reader.source is same
    assert texts(feed) == texts(reader) == ["begin"] + ["flood"] * 1000 + ["end"]
    feed.close()
    reader.close()


def test_more_than_one_piece_is_read_piece_by_piece(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No look at the file takes longer than one piece; the rest comes with the next looks."""
    monkeypatch.setattr("ant_tui.ui.output_feed._PIECE", 64)
    log.write_text("")
    feed = OutputFeed(str(log))
    append(log, "".join(f"{number:03d}\n" for number in range(40)))
    looks = 0
    while feed.poll():
        looks += 1
    assert looks == 3
    assert texts(feed) == [f"{number:03d}" for number in range(40)]
    feed.close()


def test_plain_lines_are_a_source_too() -> None:
    """Where there is no output, a few sentences stand in its place."""
    lines = TextLines(["a", "b"])
    assert (lines.first_line, lines.line_count, lines.line(1)) == (0, 2, ("b", ()))


def test_a_line_stands_where_the_middle_was_removed(log: Path) -> None:
    """Row 200: of a log whose middle is gone, the screen shows one line in its place, and what comes after it."""
    write_with_hole(log, filled(b"begin\n"), 1 << 30, b"end\n")
    feed = OutputFeed(str(log))
    while feed.poll():
        pass
    assert texts(feed) == ["… 1.0 GiB of output were removed here (logs.max_size_mib) …", "end"]
    counted(feed)
    assert texts(feed)[0] == "begin"
    assert "1.0 GiB of output were removed here" in texts(feed)[-1]
    append(log, "later\n")
    assert feed.poll()
    assert feed.last_line == "later"
    feed.close()


def test_a_huge_log_opens_at_its_end_before_its_lines_are_counted(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end is there at once; the lines above come with their numbers when all were counted, and that is told."""
    monkeypatch.setattr("ant_tui.ui.output_history._AT_ONCE", 0)
    log.write_text("".join(f"line {number}\n" for number in range(50_000)))
    feed = OutputFeed(str(log), max_rows=100)
    source = feed.source
    assert (source.whole, source.first_line, texts(feed)) == (False, 0, [f"line {n}" for n in range(49_900, 50_000)])
    assert feed.counted == 0.0
    counted(feed)
    assert feed.counted is None
    assert (source.whole, source.first_line, source.line_count) == (True, 0, 50_000)
    assert source.take_moves() == [(0, 49_900)]
    assert source.take_moves() == []
    assert source.line(7)[0] == "line 7"
    feed.close()


def test_bytes_and_lines_are_found_from_each_other(log: Path) -> None:
    """Above the live end and in it, the line of a byte and the byte of a line are those of the file."""
    content = "".join(f"line {number}\n" for number in range(5000))
    log.write_text(content)
    feed = OutputFeed(str(log), max_rows=300)
    source = feed.source
    for number in (0, 1, 2500, 4699, 4700, 4701, 4999):
        start = content.index(f"line {number}\n")
        assert source.spot(start + 3) == (number, start)
        assert source.offset_of(number) == start
        assert source.knows(start)
    feed.close()


def test_rows_that_stand_for_many_lines_get_their_numbers_when_they_leave_the_live_end(log: Path) -> None:
    """A bar that goes up with the cursor is few rows at the end and many lines in the file; what is below moves on."""
    content = "top\n" + "bar\n\x1b[A" * 500 + "\n" + "".join(f"line {number}\n" for number in range(50))
    log.write_text(content)
    feed = OutputFeed(str(log), max_rows=1000)
    source = feed.source
    assert texts(feed)[:3] == ["top", "bar", "line 0"]
    rows = source.line_count
    append(log, "".join(f"line {number}\n" for number in range(50, 5000)))
    feed.poll()
    ((since, by),) = source.take_moves()
    assert since <= 1
    assert by == content.count("\n") - rows
    assert source.line(source.first_line + source.line_count - 1)[0] == "line 4999"
    assert source.spot(log.read_text().index("line 4999"))[0] == log.read_text().count("\n") - 1
    feed.close()


def test_when_the_middle_is_removed_lines_are_counted_anew(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 200: the running log is cut while it is shown; once counted, its numbers are those of what is left."""
    whole = filled(b"a\n" * 20_000) + b"\n" + filled(b"b\n" * 100_000) + b"c\n" * 500
    log.write_bytes(whole)
    feed = OutputFeed(str(log), max_rows=100)
    counted(feed)
    assert feed.source.line_count == whole.count(b"\n")
    kept = len(filled(b"a\n" * 20_000))
    hole = (len(whole) - kept) // (64 * 1024) * 64 * 1024
    write_with_hole(log.with_name("cut"), whole[:kept], hole, whole[kept + hole :] + b"d\n")
    log.write_bytes(b"")
    os.replace(log.with_name("cut"), log)  # a file system that punches holes keeps the file; this is near enough
    while feed.poll():
        pass
    counted(feed)
    assert texts(feed)[-1] == "d"
    assert any("were removed here" in text for text in texts(feed))
    feed.close()


def test_binary_output_is_told(log: Path) -> None:
    """Row 196: what is no text is shown as far as it can be, and known to be none."""
    log.write_bytes(os.urandom(5000))
    feed = OutputFeed(str(log))
    assert feed.binary
    assert all(text.isprintable() for text in texts(feed))
    feed.close()
