"""The ends of many logs, read when they have changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ant_tui.output.log_file import LogFile
from ant_tui.ui.output_peeks import OutputPeeks


def test_the_last_lines_are_known_as_they_would_be_seen(tmp_path: Path) -> None:
    """Bars are resolved and escape sequences gone; there may be fewer lines than wanted, or no log at all."""
    log, short = tmp_path / "log", tmp_path / "short"
    log.write_text("one\ntwo\n\x1b[31mthree\x1b[0m\n10%\r55%")
    short.write_text("alone\n")
    peeks = OutputPeeks()
    assert peeks.look([(1, str(log)), (2, str(short)), (3, str(tmp_path / "none")), (4, "")], 3)
    assert peeks.known == {1: ("two", "three", "55%"), 2: ("alone",), 3: (), 4: ()}


def test_only_what_has_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that has not grown costs a look at its size; what is looked at no more is forgotten."""
    read: list[int] = []
    tail = LogFile.tail

    def recorded(log: LogFile, lines: int, most: int) -> bytes:
        read.append(lines)
        return tail(log, lines, most)

    monkeypatch.setattr(LogFile, "tail", recorded)
    logs = [(number, str(tmp_path / str(number))) for number in (1, 2)]
    for _, path in logs:
        Path(path).write_text("a\nb\n")
    peeks = OutputPeeks()
    assert peeks.look(logs, 2)
    assert not peeks.look(logs, 2)
    assert read == [2, 2]
    with open(logs[0][1], "a") as file:
        file.write("c\n")
    assert peeks.look(logs, 2)
    assert (read, peeks.known[1]) == ([2, 2, 2], ("b", "c"))
    assert peeks.look(logs, 1)
    assert peeks.known == {1: ("c",), 2: ("b",)}
    assert peeks.look(logs[:1], 1)
    assert set(peeks.known) == {1}


def test_a_log_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """What is in the way stands where the output would."""
    os.mkdir(tmp_path / "log")
    peeks = OutputPeeks()
    peeks.look([(1, str(tmp_path / "log"))], 3)
    assert len(peeks.known[1]) == 1
    assert "log" in peeks.known[1][0]
