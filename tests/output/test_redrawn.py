"""What can be seen of a line that was drawn anew."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.output import redrawn
from ant_tui.output.redrawn import has_redraws, is_redrawn, seen_parts


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


BARS = st.lists(st.sampled_from([b"a", b"bb", b"cccc", b"\r", b"\r", b"\r\n", b"\n"]), max_size=60).map(b"".join)


@given(BARS, st.integers(0, 100), st.integers(0, 9))
def test_what_is_left_out_is_covered(data: bytes, until: int, several: int) -> None:
    """The parts that can be seen are in order, and every letter outside of them was drawn over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redrawn, "_SEVERAL", several)
        parts = seen_parts(data, min(until, len(data)))
    assert [place for part in parts for place in part] == sorted(place for part in parts for place in part)
    assert parts[-1][1] == len(data)
    assert all(data[end - 1 : end] in (b"\r", b"\n") for _, end in parts[:-1])
    left_out = set(range(len(data))) - {at for start, end in parts for at in range(start, end)}
    assert all(at < until for at in left_out)
    assert all(is_redrawn(data, at, at + 1) for at in left_out if data[at] not in b"\r\n")


def test_of_a_bar_little_is_left() -> None:
    """Of a thousand redraws nearly all are left out, and the lines around them are not."""
    data = b"start\n" + b"".join(b"\rstep %4d" % number for number in range(1000)) + b"\nend\n"
    parts = seen_parts(data, len(data))
    left = b"".join(data[start:end] for start, end in parts)
    assert left.startswith(b"start\n")
    assert left.endswith(b"step  999\nend\n")
    assert len(left) < 60
