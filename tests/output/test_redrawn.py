"""What can be seen of a line that was drawn anew."""

from __future__ import annotations

import pytest

from ant_tui.output.redrawn import has_redraws, is_redrawn


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"", False),
        (b"a\nb\n", False),
        (b"a\r\nb\r\n", False),
        (b"a\rb\n", True),
        (b"a\r", True),
        (b"a\r\nb\rc\n", True),
    ],
)
def test_lines_with_redraws_are_known(data: bytes, answer: bool) -> None:
    """A carriage return at a line's end is none."""
    assert has_redraws(data) is answer


@pytest.mark.parametrize(
    ("data", "text", "answer"),
    [
        (b"10%\r20%\n", b"10%", True),
        (b"10%\r20%\n", b"20%", False),
        (b"downloading x\rdone\n", b"down", True),
        (b"downloading x\rdone\n", b"loading", False),  # the new text ends before it
        (b"10%\r\r\r20%\n", b"10%", True),  # empty redraws cover nothing, the next does
        (b"plain\r\n20%\r30%\n", b"plain", False),
        (b"a\nb 10%\rb 20%\n", b"a", False),
        (b"10%\r" + b"\r" * 50 + b"20%\n", b"10%", False),  # nobody looks for ever
    ],
)
def test_what_is_covered_is_known(data: bytes, text: bytes, answer: bool) -> None:
    """Text is covered when a later redraw of its line reaches its column."""
    start = data.index(text)
    assert is_redrawn(data, start, start + len(text)) is answer
