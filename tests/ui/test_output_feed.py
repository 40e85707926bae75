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
    """Of a long log the last rows are kept, and the status says that this is not all."""
    log.write_text("".join(f"line {number}\n" for number in range(1000)))
    feed = OutputFeed(str(log), max_rows=100)
    assert texts(feed)[-1] == "line 999"
    assert feed.source.line_count <= 100
    assert feed.status.endswith(", its end")
    append(log, "".join(f"line {number}\n" for number in range(1000, 1500)))
    feed.poll()
    assert feed.source.line_count <= 100
    assert texts(feed)[-1] == "line 1499"
    feed.close()


def test_who_is_far_behind_begins_again_at_the_end(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood that came while nobody looked is not read through."""
    monkeypatch.setattr("ant_tui.ui.output_feed._BEHIND", 1000)
    log.write_text("begin\n")
    feed = OutputFeed(str(log), max_rows=10)
    append(log, "flood\n" * 1000 + "end\n")
    source = feed.source
    assert feed.poll()
    assert feed.source is not source
    assert texts(feed) == ["flood"] * 9 + ["end"]
    feed.close()


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
    append(log, "later\n")
    assert feed.poll()
    assert feed.last_line == "later"
    feed.close()
