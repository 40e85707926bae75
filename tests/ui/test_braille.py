"""The rasteriser: numbers in, characters and levels out."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.ui.widgets.braille import OVERLAY, SAMPLES_PER_CELL, Glyphs, Raster, rasterise

GLYPHS: tuple[Glyphs, ...] = ("braille", "block", "ascii")
STEPS = {"braille": 4, "block": 8, "ascii": 4}
samples = st.lists(st.none() | st.just(math.nan) | st.floats(-10, 130), max_size=60)


def heights(raster: Raster, glyphs: Glyphs) -> list[int]:
    """How many steps of an area are filled, for each sample column."""
    found = []
    for column in zip(*raster.rows, strict=True):
        if glyphs == "braille":
            codes = [0 if character == " " else ord(character) - 0x2800 for character in column]
            left = sum((code & 0x47).bit_count() for code in codes)
            found += [left, sum((code & 0xB8).bit_count() for code in codes)]
        else:
            fill = " ▁▂▃▄▅▆▇█" if glyphs == "block" else " .:|#"
            found.append(sum(fill.index(character) for character in column))
    return found


@pytest.mark.parametrize("glyphs", GLYPHS)
@given(values=samples, width=st.integers(0, 20), height=st.integers(0, 6), line=st.booleans(), overlay=samples)
def test_a_raster_is_as_large_as_asked(
    glyphs: Glyphs, values: list[float | None], width: int, height: int, line: bool, overlay: list[float | None]
) -> None:
    """Whatever the numbers, every row has its width in single-cell characters, and a level for each."""
    raster = rasterise(values, width, height, glyphs=glyphs, line=line, overlay=overlay, bands=(0.1, 0.75))
    assert [len(row) for row in raster.rows] == [width] * height
    assert [len(levels) for levels in raster.levels] == [width] * height
    for row, levels in zip(raster.rows, raster.levels, strict=True):
        assert all((character == " ") == (level == 0) for character, level in zip(row, levels, strict=True))
        assert set(levels) <= {0, 1, 2, 3, OVERLAY}
        if not overlay:
            assert OVERLAY not in levels
        if glyphs == "ascii":
            assert row.isascii()


@pytest.mark.parametrize("glyphs", GLYPHS)
@given(values=samples.filter(lambda v: len(v) <= 40), height=st.integers(1, 6), cap=st.floats(1, 1e6))
def test_an_area_is_as_high_as_its_samples(glyphs: Glyphs, values: list[float | None], height: int, cap: float) -> None:
    """Each sample fills its share of the fixed scale: none for 0 and gaps, one at least above 0, all at the top."""
    steps = height * STEPS[glyphs]
    scaled = [None if value is None else value / 100 * cap for value in values]
    width = -(-len(values) // SAMPLES_PER_CELL[glyphs])
    found = heights(rasterise(scaled, width, height, cap=cap, glyphs=glyphs), glyphs)[-len(values) or None :]
    for value, shown, filled in zip(values, scaled, found if values else [], strict=True):
        if value is None or shown is None or math.isnan(value) or shown <= 0:
            assert filled == 0
        elif value >= 100.001:
            assert filled == steps
        else:
            assert filled == max(1, filled)
            assert abs(filled - value / 100 * steps) <= max(0.501, 1 - value / 100 * steps)


def test_the_scale_does_not_follow_the_data() -> None:
    """An idle GPU looks idle: small values stay small, whatever the largest of them is."""
    assert rasterise([1, 2, 3, 2], 2, 2).rows == ("  ", "⣀⣀")
    assert rasterise([100, 100, 200, 50], 2, 2).rows == ("⣿⡇", "⣿⣿")
    assert rasterise([60, 60], 1, 1, cap=700).rows == ("⣀",)


def test_the_newest_sample_is_at_the_right() -> None:
    """Too many samples lose the oldest, too few leave the left empty; a new one shifts the others by half a cell."""
    assert rasterise([100, 0, 0, 100], 1, 1).rows == ("⢸",)
    assert rasterise([100], 3, 1).rows == ("  ⢸",)
    assert rasterise([100, 0], 3, 1).rows == ("  ⡇",)


def test_a_gap_is_not_a_zero() -> None:
    """What was not measured is empty; with a base line a measured zero is not; NaN counts as not measured."""
    values = [50, None, 0, math.nan]
    assert rasterise(values, 2, 2, baseline=True).rows == ("  ", "⡇⡀")
    assert rasterise(values, 2, 2).rows == ("  ", "⡇ ")
    assert rasterise([None, None], 1, 1, line=True).rows == (" ",)
    assert rasterise([0, None], 1, 1, line=True).rows == ("⡀",)


@pytest.mark.parametrize(
    ("glyphs", "rows"),
    [("braille", (" ⣼", "⣰⣿")), ("block", ("  ▄█", "▂▆██")), ("ascii", ("  :#", ".|##"))],
)
def test_the_same_graph_in_each_alphabet(glyphs: Glyphs, rows: tuple[str, ...]) -> None:
    """Braille shows two samples a cell in four steps, blocks one in eight, ASCII one in four."""
    assert rasterise([12.5, 37.5, 75.0, 100.0], len(rows[0]), 2, glyphs=glyphs).rows == rows


@given(st.lists(st.floats(0, 100), min_size=2, max_size=12).filter(lambda v: len(v) % 2 == 0), st.integers(1, 5))
def test_a_line_joins_its_samples(values: list[float], height: int) -> None:
    """A line passes through every sample, and neighbours touch, however far apart they are."""
    raster = rasterise(values, len(values) // 2, height, line=True)
    columns: list[set[int]] = []
    for cells in zip(*raster.rows, strict=True):
        for dots in ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08)):
            codes = [0 if cell == " " else ord(cell) - 0x2800 for cell in reversed(cells)]
            columns.append({4 * row + i for row, code in enumerate(codes) for i, dot in enumerate(dots) if code & dot})
    for value, column in zip(values, columns, strict=True):
        assert max(0, max(1, round(value / 100 * 4 * height)) - 1 if value else 0) in column
        assert len(column) == max(column) - min(column) + 1
    for left, right in pairwise(columns):
        assert min(abs(a - b) for a in left for b in right) <= 1


def test_a_level_line_is_one_step_thick() -> None:
    """Where nothing changes a line stays a line."""
    assert rasterise([50, 50, 50, 50], 2, 1, line=True).rows == ("⠤⠤",)
    assert rasterise([0, 100], 1, 1, line=True, glyphs="ascii").rows == ("*",)


def test_levels_follow_the_height() -> None:
    """A cell has the band of the highest point that is drawn in it, so a full row has one colour."""
    raster = rasterise([5, 5, 50, 50, 100, 100], 3, 4, bands=(0.10, 0.75))
    assert [list(levels) for levels in raster.levels] == [[0, 0, 3], [0, 0, 3], [0, 2, 2], [1, 2, 2]]


def test_a_second_series_lies_over_the_first() -> None:
    """Outside the area the second series has its own level; inside, it is cut out of the area so that it is seen."""
    outside = rasterise([0, 0], 1, 1, overlay=[100, 100])
    assert (outside.rows, outside.levels) == (("⠉",), (bytes([OVERLAY]),))
    inside = rasterise([100, 100], 1, 1, overlay=[50, 50])
    assert (inside.rows, inside.levels) == (("⣛",), (bytes([1]),))
    both = rasterise([25, 25], 1, 1, overlay=[100, 100])
    assert (both.rows, both.levels) == (("⣉",), (bytes([1]),))
    assert rasterise([100], 1, 1, glyphs="ascii", overlay=[50]).rows == ("o",)
    assert rasterise([100], 1, 1, glyphs="block", overlay=[50]).levels == (bytes([OVERLAY]),)


@pytest.mark.parametrize("cap", [0, -1, math.nan])
def test_a_scale_without_a_top_is_refused(cap: float) -> None:
    """The top of the scale must be more than 0, and the error says what it was."""
    with pytest.raises(ValueError, match="more than 0"):
        rasterise([1], 1, 1, cap=cap)
