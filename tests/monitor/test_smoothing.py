"""Exponential smoothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.monitor.smoothing import Smoothed


@given(
    start=st.floats(0, 1000),
    goal=st.floats(0, 1000),
    alpha=st.floats(0.01, 1),
    epsilon=st.sampled_from([1e-4, 0.01]),
)
def test_it_arrives_exactly(start: float, goal: float, alpha: float, epsilon: float) -> None:
    """A series that stays at a value is there in the end, not almost there (row 174)."""
    smoothed = Smoothed(alpha, epsilon)
    smoothed.update(start)
    for _ in range(3000):
        smoothed.update(goal)
    assert smoothed.value == goal


@pytest.mark.parametrize(("start", "goal"), [(0.0, 1.0), (1.0, 0.0), (0.24, 0.0)])
def test_the_predecessors_sticking_points_are_gone(start: float, goal: float) -> None:
    """0→100 stuck at 99.5 and 100→0 at 0.5 there (row 174)."""
    smoothed = Smoothed(0.1)
    smoothed.update(start)
    while smoothed.value != goal:
        before = abs(goal - (smoothed.value or 0.0))
        smoothed.update(goal)
        assert abs(goal - (smoothed.value or 0.0)) < before


def test_a_small_change_shows() -> None:
    """+0.3 GiB of 80 GiB moves the curve at the first step and in full (row 175)."""
    smoothed = Smoothed(0.1)
    smoothed.update(0.0)
    small = 0.3 / 80
    assert smoothed.update(small) == pytest.approx(small / 10)
    for _ in range(100):
        smoothed.update(small)
    assert smoothed.value == small


def test_the_raw_value_stays_beside() -> None:
    """Both are there (row 174)."""
    smoothed = Smoothed(0.5)
    smoothed.update(0.0)
    smoothed.update(1.0)
    assert (smoothed.raw, smoothed.value) == (1.0, 0.5)


def test_a_gap_is_a_gap() -> None:
    """A missing value is missing in the curve, too, which then begins at the next one."""
    smoothed = Smoothed(0.1)
    smoothed.update(1.0)
    assert smoothed.update(None) is None
    assert (smoothed.raw, smoothed.value) == (None, None)
    assert smoothed.update(0.25) == 0.25


@pytest.mark.parametrize("alpha", [0.0, -0.1, 1.1])
def test_a_weight_that_is_none_is_refused(alpha: float) -> None:
    """Alpha lies above 0 and at most at 1."""
    with pytest.raises(ValueError, match="alpha"):
        Smoothed(alpha)


def test_weight_one_does_not_smooth() -> None:
    """The curve is the series."""
    smoothed = Smoothed(1.0)
    assert [smoothed.update(value) for value in (0.0, 0.7, 0.1)] == [0.0, 0.7, 0.1]
