"""What the graphs see of the past: over which time, raw and smoothed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.monitor.history import History
from ant_tui.ui.graph_window import WINDOWS, GraphWindow
from tests.monitor.moments import gpu, moment

NOW = 1_700_000_000.0
UUID = "GPU-0"


def history_of(*values: float | None) -> History:
    """A reading each second, the last at NOW."""
    history = History()
    for place, value in enumerate(values):
        history.record(moment(NOW - (len(values) - 1 - place), gpu(utilization=value)))
    return history


def test_the_window_goes_from_a_minute_to_an_hour() -> None:
    """Four lengths, in words; beyond the ends nothing changes."""
    window, said = GraphWindow(60.0), []
    for _ in range(5):
        said.append(window.span)
        window.change(1)
    assert said == ["1 min", "5 min", "15 min", "1 h", "1 h"]
    for _ in WINDOWS:
        window.change(-1)
    assert window.window_s == 60.0
    window.smoothed = True
    assert window.words == "1 min, smoothed"


def test_raw_is_what_was_measured() -> None:
    """Unsmoothed, the series is the history's own, whatever alpha is."""
    history = history_of(*[0.0, 1.0] * 30)
    assert GraphWindow(60.0, alpha=0.01).series(history, "utilization", UUID, 60) == [0.0, 1.0] * 30


@settings(deadline=None)
@given(st.floats(0.05, 1.0), st.floats(0, 1, width=32), st.floats(0, 1, width=32))
def test_smoothing_arrives_exactly(alpha: float, before: float, after: float) -> None:
    """After a step the smoothed curve ends on the very value that is measured, as drawn raw (row 174)."""
    history = history_of(*[before] * 60, *[after] * 540)
    window = GraphWindow(60.0, alpha=alpha)
    raw = window.series(history, "utilization", UUID, 60)
    window.smoothed = True
    assert window.series(history, "utilization", UUID, 60)[-1] == raw[-1]


def test_smoothing_lags_and_keeps_between() -> None:
    """Right after a step the smoothed value is on its way, never beyond; gaps stay gaps."""
    window = GraphWindow(60.0, alpha=0.1)
    window.smoothed = True
    series = window.series(history_of(*[0.0] * 100, *[1.0] * 10), "utilization", UUID, 60)
    assert series[:50] == [0.0] * 50
    assert series[50] == pytest.approx(0.1, abs=1e-6)
    rise = [value for value in series[49:] if value is not None]
    assert rise == sorted(rise)
    assert rise[-1] < 1.0
    assert window.series(history_of(*[0.5] * 50, None, *[0.5] * 9), "utilization", UUID, 60).count(None) == 1


def test_a_value_looks_the_same_wherever_it_stands() -> None:
    """One second later the smoothed curve has moved by one place and changed by less than a dot."""
    values = [((place * 37) % 100) / 100 for place in range(400)]
    window = GraphWindow(60.0, alpha=0.1)
    window.smoothed = True
    first = window.series(history_of(*values[:-1]), "utilization", UUID, 60)
    then = history_of(*values)
    second = window.series(then, "utilization", UUID, 60)
    for old, new in zip(first[1:], second[:-1], strict=True):
        assert old == pytest.approx(new, abs=1 / 256)


def test_alpha_counts_readings_not_dots() -> None:
    """Over a longer window each part stands for many readings, so the curve keeps its slowness in seconds."""
    step = history_of(*[0.0] * 300, *[1.0] * 300)
    fine, coarse = GraphWindow(300.0, alpha=0.02), GraphWindow(300.0, alpha=0.02)
    fine.smoothed = coarse.smoothed = True
    by_second = fine.series(step, "utilization", UUID, 300)[99]
    by_part = coarse.series(step, "utilization", UUID, 30)[9]
    assert by_second is not None
    assert by_part == pytest.approx(by_second, abs=0.05)


def test_an_alpha_of_one_does_not_smooth() -> None:
    """``monitor.smoothing_alpha = 1`` is the raw curve."""
    window = GraphWindow(60.0, alpha=1.0)
    window.smoothed = True
    assert window.series(history_of(*[0.0, 1.0] * 30), "utilization", UUID, 60) == [0.0, 1.0] * 30
