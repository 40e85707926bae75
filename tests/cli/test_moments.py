"""Times as people type and read them."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.cli.moments import clock, duration, moment, seconds
from ant_tui.errors import UsageError

NOW = datetime(2026, 11, 21, 12, 0, 0).timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", NOW - 7 * 86400),
        ("2h30m", NOW - 9000),
        ("90s", NOW - 90),
        ("10:30", datetime(2026, 11, 21, 10, 30).timestamp()),
        ("9:30", datetime(2026, 11, 21, 9, 30).timestamp()),
        ("10:30:15", datetime(2026, 11, 21, 10, 30, 15).timestamp()),
        ("2026-11-20", datetime(2026, 11, 20).timestamp()),
        ("2026-11-20 08:00", datetime(2026, 11, 20, 8).timestamp()),
        ("2026-11-20T08:00:00Z", 1795161600.0),
        ("2026-11-20T08:00+02:00", 1795154400.0),
    ],
)
def test_moments_are_understood(text: str, expected: float) -> None:
    """ISO times, times of today, and spans that mean so long ago."""
    assert moment(text, NOW) == expected


@pytest.mark.parametrize("text", ["", "now", "7", "7x", "25:00", "2026-13-01", "-1d", "1e9", "٣d", "0001-01-01"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    """Anything else is a usage error that shows how to write it."""
    with pytest.raises(UsageError, match="2026-11-21"):
        moment(text, NOW)


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0), ("90", 90), ("1.5", 1.5), ("10m", 600), ("1d2h3m4.5s", 93784.5)]
)
def test_spans_are_understood(text: str, expected: float) -> None:
    """A plain number is seconds."""
    assert seconds(text) == expected


@given(st.text(max_size=20))
def test_span_is_a_number_or_a_refusal(text: str) -> None:
    """Whatever is typed gives seconds from 0 on, or a usage error."""
    try:
        value = seconds(text)
    except UsageError:
        return
    assert value >= 0
    assert math.isfinite(value)


@pytest.mark.parametrize(
    ("span", "text"),
    [(None, "-"), (-1, "0s"), (0.9, "0s"), (59.9, "59s"), (60, "1:00"), (3723, "1:02:03"), (176_523, "2-01:02:03")],
)
def test_durations_are_short(span: float | None, text: str) -> None:
    """Seconds, then minutes, hours and days as in sbatch."""
    assert duration(span) == text


def test_clock_is_local_and_never_fails() -> None:
    """A document's time is shown in the local zone; none is a dash, and nonsense is shown as it is."""
    assert clock(None) == "-"
    assert clock("someday") == "someday"
    expected = datetime.fromisoformat("2026-11-21T10:00:00+00:00").astimezone().strftime("%Y-%m-%d %H:%M:%S")
    assert clock("2026-11-21T10:00:00.999Z") == expected
