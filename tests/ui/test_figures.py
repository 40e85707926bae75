"""How numbers are written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.ui.figures import bar, count, elapsed, percent, size, size_like, spent, waited


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""), (-3, "0s"), (0.9, "0s"), (59, "59s"), (60, "1:00"), (3599, "59:59"), (8047, "2:14:07"),
        (172_799, "47:59:59"), (172_800, "2d 00h"), (100 * 86400, "100d 00h"),
    ],
)  # fmt: skip
def test_elapsed(seconds: float | None, text: str) -> None:
    """A length of time is as short as its reader needs it."""
    assert elapsed(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "ran", "stood"),
    [
        (-3, "0s", "0s"), (59, "59s", "59s"), (60, "1m 00s", "1m"), (3599, "59m 59s", "59m"),
        (8047, "2h 14m", "2h 14m"),
        (172_799, "47h 59m", "47h 59m"), (172_800, "2d 00h", "2d 00h"), (100 * 86400, "100d", "100d"),
    ],
)  # fmt: skip
def test_times_of_one_column_are_spelled_alike(seconds: float, ran: str, stood: str) -> None:
    """What ran and what waits: the same words, only that nobody watches waiting by the second."""
    assert (spent(seconds), waited(seconds)) == (ran, stood)
    assert spent(None) == ""


@settings(deadline=None)
@given(st.floats(0, 10**9))
def test_times_fit_into_their_column(seconds: float) -> None:
    """No length of time is wider than its column."""
    assert len(elapsed(seconds)) <= 8
    assert max(len(spent(seconds)), len(waited(seconds))) <= 7


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, "–"), (0, "0B"), (999, "999B"), (1024, "1K"), (7.5 * 2**20, "7.5M"), (80 * 2**30, "80G"), (2**41, "2.0T")],
)
def test_size(number: float | None, text: str) -> None:
    """A size says its unit, with one decimal only where that tells something."""
    assert size(number) == text


@settings(deadline=None)
@given(st.integers(0, 2**60))
def test_sizes_fit_into_their_column(number: int) -> None:
    """No size is wider than five cells."""
    assert len(size(number)) <= 5


@pytest.mark.parametrize(
    ("number", "whole", "text"),
    [(4 * 2**20, 80 * 2**30, "0"), (2**29, 80 * 2**30, "0.5"), (44.2 * 2**30, 80 * 2**30, "44"), (5, 900, "5")],
)
def test_size_in_the_unit_of_another(number: float, whole: float, text: str) -> None:
    """A part of something is written in the unit of the whole."""
    assert size_like(number, whole) == text


def test_words() -> None:
    """Nouns agree with their number; shares take four cells."""
    assert (count(1, "task"), count(0, "task"), count(12_000, "task")) == ("1 task", "0 tasks", "12,000 tasks")
    assert count(2, "task runs", "tasks run") == "2 tasks run"
    assert [percent(share) for share in (None, 0, 0.074, 1, 50)] == ["  –%", "  0%", "  7%", "100%", "999%"]


@settings(deadline=None)
@given(st.floats(-1, 2), st.integers(0, 40), st.booleans())
def test_bars_have_their_width(share: float, width: int, ascii_only: bool) -> None:
    """A bar's two parts always take its width together, and only its own characters."""
    full, rest = bar(share, width, ascii_only=ascii_only)
    assert len(full) + len(rest) == width
    assert set(full + rest) <= (set("#.") if ascii_only else set("█░"))
