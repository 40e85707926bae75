"""Searching a whole log bit by bit."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ant_tui.output.log_file import LogMissing
from ant_tui.output.query import Query
from ant_tui.ui import finder as finder_module
from ant_tui.ui.finder import Finder


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "output.log"


@pytest.fixture
def made() -> Iterator[list[Finder]]:
    """The searches of a test, which are closed after it."""
    finders: list[Finder] = []
    yield finders
    for finder in finders:
        finder.close()


def finish(finder: Finder) -> list[int]:
    """Search to the end; the places of all matches, in order."""
    while not finder.done and not finder.rests:
        finder.step()
    return [finder.offset(number) for number in finder.numbers]


@pytest.mark.parametrize("upwards", [True, False])
@pytest.mark.parametrize("start", [0, 3, 1000, 7001, 99_999])
def test_everything_is_found_wherever_the_search_begins(
    log: Path, made: list[Finder], start: int, upwards: bool
) -> None:
    """From any place and in both directions all matches are found, in order, and counted from the beginning."""
    chance = random.Random(start)
    data = b"".join(chance.choice([b"needle ", b"hay\n", b"\x1b[31mnee\x1b[0mdle\n"]) for _ in range(2000))
    log.write_bytes(data)
    finder = Finder(str(log), Query("needle"), start, upwards=upwards)
    made.append(finder)
    found = finish(finder)
    assert found == [m.start() for m in re.finditer(rb"nee(?:\x1b\[0m)?dle", data)]
    assert finder.count == len(found)
    assert [finder.rank(number) for number in finder.numbers] == list(range(1, len(found) + 1))
    assert finder.share == 1.0


def test_the_nearest_is_found_first(log: Path, made: list[Finder]) -> None:
    """Who reads the end of a huge log sees the last match after the first step, before all others are counted."""
    log.write_bytes(b"x needle\n" * 400_000)
    finder = Finder(str(log), Query("needle"), log.stat().st_size, upwards=True)
    made.append(finder)
    finder._next_piece()
    assert finder.offset(-1) == log.stat().st_size - 7
    assert finder.rank(-1) is None


def test_what_comes_later_is_found_too(log: Path, made: list[Finder]) -> None:
    """A growing log is searched on; a match that was written in two halves is found once."""
    log.write_bytes(b"needle\nnee")
    finder = Finder(str(log), Query("needle"), 10, upwards=True)
    made.append(finder)
    assert finish(finder) == [0]
    with log.open("ab", buffering=0) as file:
        file.write(b"dle\nneedle")
        assert not finder.done
        assert finish(finder) == [0, 7, 14]
        file.write(b"\nnothing\n")
        assert finish(finder) == [0, 7, 14]
        file.write(b"needle\n")
        assert finish(finder) == [0, 7, 14, 29]


def test_a_search_rests_after_many_matches(log: Path, made: list[Finder], monkeypatch: pytest.MonkeyPatch) -> None:
    """A common word does not fill the memory: the search rests, and goes on when somebody wants more."""
    monkeypatch.setattr(finder_module, "MANY", 1000)
    log.write_bytes(b"needle\n" * 100_000)
    finder = Finder(str(log), Query("needle"), 0, upwards=False)
    made.append(finder)
    finish(finder)
    assert finder.rests
    before = finder.count
    assert 1000 <= before < 100_000
    finder.turn(1)
    finish(finder)
    assert finder.count > before


def test_a_bar_counts_once(log: Path, made: list[Finder]) -> None:
    """Of a bar that was drawn ten thousand times only what can be seen is found."""
    bar = b"".join(b"\r%3d%%|####| %5d/10000" % (n // 100, n) for n in range(10_000))
    log.write_bytes(b"start 1/1\n" + bar + b"\nend 5/10\r\nlonger text/\rshort\n")
    finder = Finder(str(log), Query("/"), 0, upwards=False)
    made.append(finder)
    found = finish(finder)
    data = log.read_bytes()
    assert [data[at - 1 : at + 2] for at in found] == [b"1/1", b"9/1", b"5/1", b"t/\r"]


def test_closing_ends_it(log: Path) -> None:
    """After closing a step does nothing; closing again is no error."""
    log.write_bytes(b"needle\n" * 1000)
    finder = Finder(str(log), Query("needle"), 0, upwards=False)
    finder.close()
    finder.close()
    finder.step()
    assert finder.count == 0


def test_without_a_log_there_is_no_search(log: Path) -> None:
    """A log that is not there is told."""
    with pytest.raises(LogMissing):
        Finder(str(log), Query("x"), 0, upwards=True)


def test_a_search_can_be_turned_round(log: Path, made: list[Finder]) -> None:
    """Who wants the match above need not wait until all below was searched; nothing is found twice or left out."""
    log.write_bytes(b"needle\n" * 200_000)
    finder = Finder(str(log), Query("needle"), 700_000, upwards=False)
    made.append(finder)
    finder._next_piece()
    assert 0 in finder.numbers
    assert -1 not in finder.numbers
    finder.turn(-1)
    finder._next_piece()
    assert finder.offset(-1) == 699_993
    finder.turn(1)
    while not finder.done:
        finder.step()
        finder.turn(1)
    assert [finder.offset(number) for number in finder.numbers] == list(range(0, 1_400_000, 7))
