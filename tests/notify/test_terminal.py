"""What a screen writes to its terminal when a task ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.notify.terminal import terminal_sequences
from tests.notify.tasks import ended


def test_nothing_is_written_unless_wanted() -> None:
    """Off by default means not a byte."""
    assert terminal_sequences(ended(), bell=False, desktop=False) == ""


def test_bell_is_one_byte() -> None:
    """Row 218: the terminal's own bell."""
    assert terminal_sequences(ended(), bell=True, desktop=False) == "\x07"


def test_desktop_notice_by_both_sequences() -> None:
    """Row 218: OSC 9 and OSC 777 with what happened."""
    assert terminal_sequences(ended(), bell=True, desktop=True) == (
        "\x1b]9;ant-tui: task-7: failed, exit code 3\x07\x1b]777;notify;ant-tui;task-7: failed, exit code 3\x07\x07"
    )


@pytest.mark.parametrize("terminal", ["WezTerm", "ghostty", "xterm-kitty"])
def test_terminals_that_know_both_are_sent_one(terminal: str) -> None:
    """Nobody sees the same notice twice."""
    written = terminal_sequences(ended(), bell=False, desktop=True, terminal=terminal)
    assert written == "\x1b]777;notify;ant-tui;task-7: failed, exit code 3\x07"


@given(st.text(), st.text())
def test_no_text_of_a_task_gets_out_of_its_sequence(task_id: str, detail: str) -> None:
    """Whatever an id or a reason holds: two sequences, each with its fields, and nothing else reaches the terminal."""
    written = terminal_sequences(ended(id=task_id, detail=detail), bell=False, desktop=True)
    first, second, rest = written.split("\x07")
    assert rest == ""
    assert first.startswith("\x1b]9;ant-tui: ")
    assert first[1:].isprintable()
    assert second.startswith("\x1b]777;notify;ant-tui;")
    assert second[1:].isprintable()
    assert second.count(";") == 3
    assert len(written) < 600
