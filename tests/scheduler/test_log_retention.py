"""Which logs have to go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.scheduler.log_retention import LogLimits, TaskLogs, surplus

NOW = 1_000_000.0
LOGS = st.lists(
    st.builds(
        TaskLogs,
        number=st.integers(1, 10_000),
        ended_at=st.none() | st.floats(0, NOW + 100),
        size=st.integers(0, 1000),
    ),
    max_size=30,
    unique_by=lambda one: one.number,
)
LIMITS = st.builds(
    LogLimits,
    max_age_s=st.sampled_from([0.0, 1.0, 86_400.0, NOW]),
    max_count=st.integers(0, 12),
    max_total=st.sampled_from([0, 1, 500, 5000]),
)


def fits(logs: list[TaskLogs], limits: LogLimits) -> bool:
    """Whether a set of logs breaks no limit."""
    ended = [one for one in logs if one.ended_at is not None]
    young = not limits.max_age_s or all(NOW - (one.ended_at or 0) <= limits.max_age_s for one in ended)
    few = not limits.max_count or len(ended) <= limits.max_count
    small = not limits.max_total or sum(one.size for one in logs) <= limits.max_total
    return young and few and small


@given(LOGS, LIMITS)
def test_what_stays_fits_or_is_wanted_and_nothing_goes_in_vain(logs: list[TaskLogs], limits: LogLimits) -> None:
    """Row 200: the oldest ends go first, no more of them than needed, and never what is wanted."""
    gone = surplus(logs, limits, NOW)
    left = [one for one in logs if one not in gone]
    assert all(one.ended_at is not None for one in gone)
    assert fits(left, limits) or all(one.ended_at is None for one in left)
    ends = [one.ended_at or 0 for one in gone]
    assert ends == sorted(ends)
    assert all(one.ended_at is None or one.ended_at >= max(ends, default=0) for one in left)
    if gone:
        assert not fits([*left, gone[-1]], limits)


@pytest.mark.parametrize(
    ("limits", "numbers"),
    [
        (LogLimits(), []),
        (LogLimits(max_age_s=100), [1, 2]),
        (LogLimits(max_count=3), [1]),
        (LogLimits(max_count=2), [1, 2]),
        (LogLimits(max_total=10), [1, 2, 3, 4]),
        (LogLimits(max_total=40), [1, 2]),
        (LogLimits(max_total=45), [1]),
        (LogLimits(max_total=55), []),
        (LogLimits(max_total=45, max_count=1), [1, 2, 3]),
        (LogLimits(max_size=1), []),
    ],
)
def test_by_age_by_count_and_by_room(limits: LogLimits, numbers: list[int]) -> None:
    """Row 200: each limit alone and together; of the room, that of wanted logs is a part."""
    ages = {3: 80, 1: 1000, 4: 10, 2: 300}
    logs = [TaskLogs(number, NOW - age, 10) for number, age in ages.items()] + [TaskLogs(9, None, 15)]
    assert [one.number for one in surplus(logs, limits, NOW)] == numbers


def test_whether_whole_logs_ever_go() -> None:
    """A limit on one log's size removes none."""
    assert not LogLimits(max_size=5).any_goes
    assert LogLimits(max_age_s=1).any_goes
    assert LogLimits(max_count=1).any_goes
    assert LogLimits(max_total=1).any_goes
