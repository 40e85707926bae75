"""The rings of the past."""

from __future__ import annotations

import math
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.monitor.history import HOST, History
from tests.monitor.moments import GIB, gpu, lost_gpu, moment

NOW = 1_700_000_000.0
UUID = "GPU-0"


def _filled(*values: float | None) -> History:
    """A history with one utilisation each second, the last at NOW."""
    history = History()
    for place, value in enumerate(values):
        history.record(moment(NOW - (len(values) - 1 - place), gpu(utilization=value)))
    return history


def test_the_last_seconds_come_back_as_they_were() -> None:
    """One value a second: what went in comes out, oldest first."""
    history = _filled(0.0, 0.25, 0.5, 1.0)
    assert history.series("utilization", UUID, 4, 4) == [0.0, 0.25, 0.5, 1.0]


def test_what_was_not_measured_is_a_gap_and_not_zero() -> None:
    """Missing numbers, lost GPUs, unknown GPUs and the time before the first sample are None (row 177)."""
    history = _filled(0.5, None, 0.75)
    assert history.series("utilization", UUID, 5, 5) == [None, None, 0.5, None, 0.75]
    history.record(moment(NOW + 3, lost_gpu()))
    assert history.series("utilization", UUID, 4, 4) == [0.75, None, None, None]
    assert history.series("utilization", "GPU-7", 4, 4) == [None] * 4


def test_all_metrics_of_gpus_and_host_are_kept() -> None:
    """Utilisation, share of memory, watts, degrees; for the host what it has (rows 171, 172)."""
    history = History()
    history.record(moment(NOW, gpu(utilization=0.5, memory=0.25, power_w=300.0, temperature_c=61.0)))
    metrics = ("utilization", "memory", "power", "temperature")
    assert [history.series(metric, UUID, 1, 1) for metric in metrics] == [[0.5], [0.25], [300.0], [61.0]]
    assert [history.series(metric, HOST, 1, 1) for metric in metrics] == [[0.5], [0.25], [None], [None]]


def test_a_small_change_of_memory_is_kept() -> None:
    """+0.3 GiB of 80 GiB is in the series, to a thousandth of it (row 175)."""
    history = History()
    history.record(moment(NOW - 1, gpu(memory=0.5)))
    history.record(moment(NOW, gpu(memory=0.5 + 0.3 / 80)))
    before, after = history.series("memory", UUID, 2, 2)
    assert before is not None
    assert after is not None
    assert (after - before) * 80 * GIB == pytest.approx(0.3 * GIB, rel=1e-3)


def test_several_samples_in_a_second_become_mean_least_and_greatest() -> None:
    """A short peak is in the greatest, not lost in the mean."""
    history = History()
    for place, value in enumerate((0.0, 0.0, 1.0, 0.0)):
        history.record(moment(NOW + place / 4, gpu(utilization=value)))
    kinds = ("mean", "min", "max")
    assert [history.series("utilization", UUID, 1, 1, kind=kind) for kind in kinds] == [[0.25], [0.0], [1.0]]


def test_a_long_window_is_drawn_from_coarser_steps() -> None:
    """An hour at one value a second: parts of a minute hold its mean, and its peak as greatest value."""
    history = History()
    for second in range(3600):
        value = 1.0 if second % 60 == 30 else 0.4
        history.record(moment(NOW - 3600 + second, gpu(utilization=value)))
    end = NOW - 1
    means = history.series("utilization", UUID, 3600, 60, until=end)
    peaks = history.series("utilization", UUID, 3600, 60, kind="max", until=end)
    assert all(value == pytest.approx(0.41, abs=0.02) for value in means[1:])
    assert peaks[1:-1] == [1.0] * 58


@pytest.mark.parametrize(
    ("age_s", "window_s"), [(500, 600), (6 * 3600 - 400, 6 * 3600), (7 * 86400 - 11_000, 7 * 86400)]
)
def test_each_level_reaches_back_as_far_as_it_says(age_s: int, window_s: int) -> None:
    """10 min, 6 h and 7 days (less the column that is under way, row 173); and what is older is forgotten."""
    history = History()
    history.record(moment(NOW - age_s, gpu(utilization=0.5)))
    history.record(moment(NOW, gpu(utilization=0.75)))
    known = [value for value in history.series("utilization", UUID, window_s, 60) if value is not None]
    assert known == [0.5, 0.75]
    history.record(moment(NOW + window_s, gpu(utilization=1.0)))
    later = [value for value in history.series("utilization", UUID, window_s, 60) if value is not None]
    assert 0.5 not in later


def test_an_old_turn_of_the_ring_never_shines_through() -> None:
    """After a pause longer than a ring, what it held before is gone, also in the slots that nothing has overwritten."""
    history = _filled(*[1.0] * 600)
    history.record(moment(NOW + 10_000, gpu(utilization=0.0)))
    assert history.series("utilization", UUID, 600, 600) == [None] * 599 + [0.0]


def test_a_window_beyond_the_rings_begins_with_gaps() -> None:
    """What is not kept any more is missing; nothing is told twice."""
    history = History(((1, 10),))
    for second in range(30):
        history.record(moment(NOW + second, gpu(utilization=1.0)))
    assert history.series("utilization", UUID, 20, 20) == [None] * 10 + [1.0] * 10


def test_a_clock_that_is_set_back_leaves_a_consistent_past() -> None:
    """After a jump back nothing comes from the future, and time goes on from there."""
    history = _filled(0.1, 0.2, 0.3)
    history.record(moment(NOW - 1, gpu(utilization=0.9)))
    series = history.series("utilization", UUID, 2, 2)
    assert series == [pytest.approx(0.1), pytest.approx(0.9)]
    history.record(moment(NOW, gpu(utilization=0.8)))
    assert history.series("utilization", UUID, 3, 3) == [pytest.approx(value) for value in (0.1, 0.9, 0.8)]


def test_a_graph_moves_by_whole_columns() -> None:
    """A second later every column has moved by one and none has changed: nothing flickers."""
    history = _filled(*[math.sin(second) ** 2 for second in range(120)])
    before = history.series("utilization", UUID, 60, 30)
    history.record(moment(NOW + 2, gpu(utilization=0.5)))
    after = history.series("utilization", UUID, 60, 30)
    assert after[:-2] == before[1:-1]


def test_more_points_than_seconds_repeat_values() -> None:
    """A window of seconds in many columns has no holes."""
    history = History()
    history.record(moment(NOW, gpu(utilization=0.25)))
    history.record(moment(NOW + 1.9, gpu(utilization=0.75)))
    assert history.series("utilization", UUID, 2, 8) == [0.25] * 4 + [0.75] * 4


@given(
    steps=st.lists(st.tuples(st.floats(0.05, 40), st.floats(0, 1, width=32)), min_size=1, max_size=60),
    window_s=st.sampled_from([10, 60, 600, 3600]),
    kind=st.sampled_from(["mean", "min", "max"]),
)
def test_a_series_is_what_a_plain_list_of_samples_would_give(
    steps: list[tuple[float, float]], window_s: int, kind: str
) -> None:
    """Property: for parts of one step, the series equals grouping all samples by their step."""
    history, at, groups = History(), NOW, dict[int, list[float]]()
    step_s = 1 if window_s <= 600 else 10
    for pause, value in steps:
        at += pause
        history.record(moment(at, gpu(utilization=value)))
        groups.setdefault(math.floor(at / step_s), []).append(value)
    points = window_s // step_s
    last = math.floor(at / step_s)
    expected: list[float | None] = []
    for step in range(last - points + 1, last + 1):
        values = groups.get(step)
        if values is None:
            expected.append(None)
        else:
            expected.append({"mean": sum(values) / len(values), "min": min(values), "max": max(values)}[kind])
    series = history.series("utilization", UUID, window_s, points, kind=kind)
    assert series == [None if value is None else pytest.approx(value, abs=1e-6) for value in expected]


def test_memory_does_not_grow_once_the_rings_are_full() -> None:
    """The length is what one asks for (row 173), here a few minutes: the second half hour costs nothing more."""
    history = History(((1, 60), (10, 30), (60, 10)))

    def live(first: int) -> None:
        for second in range(first, first + 1800):
            history.record(moment(NOW + second, gpu(utilization=0.5)))

    live(0)
    tracemalloc.start()
    live(1800)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 4096


@pytest.mark.parametrize(
    ("metric", "window_s", "points", "kind"),
    [("colour", 1, 1, "mean"), ("power", 0, 1, "mean"), ("power", 1, 0, "mean"), ("power", 1, 1, "median")],
)
def test_a_series_that_does_not_exist_is_refused(metric: str, window_s: int, points: int, kind: str) -> None:
    """Wrong metric, window, number of points or kind."""
    with pytest.raises(ValueError, match="no such series"):
        History().series(metric, UUID, window_s, points, kind=kind)


@given(
    values=st.lists(st.one_of(st.none(), st.floats(0, 1, width=32)), min_size=1, max_size=700),
    window_s=st.sampled_from([60.0, 600.0, 3600.0, 90_000.0, 1e9]),
)
def test_the_past_can_be_taken_over(values: list[float | None], window_s: float) -> None:
    """What one history tells of its past makes another show the same; the steps are those that the window needs."""
    theirs, ours = _filled(*values), History()
    past = theirs.past("utilization", UUID, window_s)
    assert past.step_s == (1 if window_s <= 600 else 10 if window_s <= 21_600 else 60)
    assert past.begins_at % past.step_s == 0
    assert len(past.values) == min(math.ceil(window_s / past.step_s), 10_080)
    ours.fill("utilization", UUID, past)
    assert ours.past("utilization", UUID, window_s) == past
    ours.record(moment(NOW + past.step_s, gpu(utilization=1.0)))
    assert ours.past("utilization", UUID, window_s).values[:-1] == past.values[1:]
    assert ours.past("utilization", UUID, window_s).values[-1] == 1.0


def test_an_hour_reaches_back_an_hour() -> None:
    """The longest window of the graphs is really kept: a value of 59 minutes ago is in it (row 173)."""
    history = History()
    begin = (NOW // 60 - 59) * 60
    for at in range(int(begin), int(NOW) + 1, 5):
        history.record(moment(at, gpu(utilization=1.0 if at < begin + 60 else 0.0)))
    series = history.series("utilization", UUID, 3600, 60)
    assert series == [1.0, *[0.0] * 59]


def test_what_is_taken_over_replaces_only_its_own_time() -> None:
    """After a break of the connection the past comes again: the gap is filled, nothing is counted twice."""
    theirs, ours = _filled(*[0.5] * 30), History()
    ours.record(moment(NOW - 29, gpu(utilization=0.5)))
    ours.record(moment(NOW, gpu(utilization=0.5)))
    ours.fill("utilization", UUID, theirs.past("utilization", UUID, 600))
    assert ours.series("utilization", UUID, 30, 30) == [0.5] * 30


@given(st.lists(st.tuples(st.integers(-700, 900), st.floats(0, 1, width=32)), min_size=1, max_size=60), st.booleans())
def test_the_past_is_the_same_as_the_series(moves: list[tuple[int, float]], wide: bool) -> None:
    """However the clock jumps: read in steps and read in parts of one step, the past is the same."""
    history, at = History(), NOW
    for move, value in moves:
        at = max(0.0, at + move)
        history.record(moment(at, gpu(utilization=value)))
    window_s = 21_600 if wide else 600
    past = history.past("utilization", UUID, window_s)
    assert list(past.values) == history.series("utilization", UUID, window_s, len(past.values))
