"""From numbers to characters: a graph as rows of text and, for each cell, a level that a colour can follow.

Pure and without Textual. A braille cell shows two samples, each in four steps; ``block`` shows one column in eight
steps, ``ascii`` one column in four. The scale is fixed (0 to ``cap``), so that an idle machine looks idle. What was not
measured (None) stays empty; a measured zero can stand on a base line, so that the two differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Literal

from msgspec import Struct

__all__ = ["OVERLAY", "SAMPLES_PER_CELL", "Glyphs", "Raster", "rasterise"]

Glyphs = Literal["braille", "block", "ascii"]
Samples = Sequence[float | None]

OVERLAY = 255
"""The level of a cell that belongs to the second series."""
SAMPLES_PER_CELL: dict[Glyphs, int] = {"braille": 2, "block": 1, "ascii": 1}

_STEPS: dict[Glyphs, int] = {"braille": 4, "block": 8, "ascii": 4}
_BLOCKS = " ▁▂▃▄▅▆▇█"
_ASCII = " .:|#"
_LINE_MARK = {"block": "━", "ascii": "*"}
_OVERLAY_MARK = {"block": "•", "ascii": "o"}
# The dots of a braille cell from the bottom up, left and right column.
_LEFT_DOTS = (0x40, 0x04, 0x02, 0x01)
_RIGHT_DOTS = (0x80, 0x20, 0x10, 0x08)

Column = tuple[tuple[str, ...], tuple[int, ...]]  # characters and levels of one column of cells, top first
Bits = int  # which of a column's steps are filled, the lowest step in bit 0


class Raster(Struct, frozen=True):
    """A drawn graph.

    Attributes:
        rows: the characters, top row first, all of the same length, all one cell wide.
        levels: for each row, a byte for each cell: 0 nothing is drawn here, 1 and up the band of the value, ``OVERLAY``
            the second series.
    """

    rows: tuple[str, ...]
    levels: tuple[bytes, ...]


def rasterise(
    values: Samples,
    width: int,
    height: int,
    *,
    cap: float = 100.0,
    glyphs: Glyphs = "braille",
    line: bool = False,
    baseline: bool = False,
    bands: Sequence[float] = (),
    overlay: Samples = (),
) -> Raster:
    """Draw a series so that its newest sample stands at the right edge.

    Args:
        values: samples, oldest first; None is a gap. More than fit are cut at the old end, fewer leave room there.
        width: cells, 0 or more.
        height: cells, 0 or more.
        cap: the value at the top edge, more than 0; higher values are drawn there, negative ones as 0.
        glyphs: the characters to draw with.
        line: draw a line instead of an area.
        baseline: draw a zero of an area as one step.
        bands: fractions of ``cap``, rising: a cell whose highest drawn point lies below ``bands[0]`` has level 1, below
            ``bands[1]`` level 2, and so on.
        overlay: a second series, drawn as a line. Over the area it is cut out, outside it is drawn.

    Raises:
        ValueError: ``cap`` is not more than 0.
    """
    if not cap > 0:
        raise ValueError(f"the top of a graph must be more than 0, not {cap}")
    if width <= 0 or height <= 0:
        return Raster(("",) * max(0, height), (b"",) * max(0, height))
    steps = height * _STEPS[glyphs]
    per_cell = SAMPLES_PER_CELL[glyphs]
    table = _levels(steps, tuple(bands))
    shape = _lines(values, steps, cap) if line else _areas(values, steps, cap, baseline)
    first = _right_aligned(shape, width * per_cell)
    second = _right_aligned(_lines(overlay, steps, cap), width * per_cell) if overlay else [0] * len(first)
    if glyphs == "braille":
        columns = list(map(_braille_column, first[::2], first[1::2], second[::2], second[1::2], repeat(table)))
    else:
        columns = list(map(_plain_column, first, second, repeat(table), repeat(glyphs), repeat(line)))
    return Raster(
        rows=tuple(map("".join, zip(*(column[0] for column in columns), strict=True))),
        levels=tuple(map(bytes, zip(*(column[1] for column in columns), strict=True))),
    )


def _right_aligned(shape: list[Bits], count: int) -> list[Bits]:
    shape = shape[-count:]
    return [0] * (count - len(shape)) + shape


def _step(value: float | None, steps: int, cap: float) -> int | None:
    """Return how many steps high a value is; None for a gap (NaN counts as one); anything above 0 is at least 1."""
    if value is None or value != value:
        return None
    if value <= 0:
        return 0
    if value >= cap:
        return steps
    return max(1, round(value / cap * steps))


def _areas(values: Samples, steps: int, cap: float, baseline: bool) -> list[Bits]:
    floor = 1 if baseline else 0
    heights = (_step(value, steps, cap) for value in values)
    return [0 if height is None else (1 << max(height, floor)) - 1 for height in heights]


def _lines(values: Samples, steps: int, cap: float) -> list[Bits]:
    """Return a line: each sample's own step, and upright strokes that join neighbours."""
    shape: list[Bits] = []
    before: int | None = None
    for value in values:
        height = _step(value, steps, cap)
        if height is None:
            shape.append(0)
        else:
            at = max(0, height - 1)
            bits = 1 << at
            if before is not None and before != at:  # fill what lies between, the neighbour's own step not
                low, high = (before + 1, at) if at > before else (at, before - 1)
                bits |= (1 << (high + 1)) - (1 << low)
            shape.append(bits)
        before = None if height is None else max(0, height - 1)
    return shape


@lru_cache(maxsize=64)
def _levels(steps: int, bands: tuple[float, ...]) -> tuple[int, ...]:
    """Return the level of a cell whose highest drawn step is ``n`` (1 to ``steps``); index 0 is an empty cell."""
    return (0, *(1 + sum(n / steps >= band for band in bands) for n in range(1, steps + 1)))


def _cells(bits: Bits, rows: int, steps: int) -> Iterable[int]:
    """Cut a column into the bits of its cells, top first."""
    mask = (1 << steps) - 1
    return [(bits >> (row * steps)) & mask for row in range(rows - 1, -1, -1)]


def _dots(left: int, right: int) -> int:
    code = 0
    for step in range(4):
        if left >> step & 1:
            code |= _LEFT_DOTS[step]
        if right >> step & 1:
            code |= _RIGHT_DOTS[step]
    return code


@lru_cache(maxsize=65536)
def _braille_column(a: Bits, b: Bits, c: Bits, d: Bits, table: tuple[int, ...]) -> Column:
    """Draw the samples ``a b`` of the first series and ``c d`` of the second as one column of braille cells."""
    rows = (len(table) - 1) // 4
    characters: list[str] = []
    levels: list[int] = []
    cells = zip(_cells(a, rows, 4), _cells(b, rows, 4), _cells(c, rows, 4), _cells(d, rows, 4), strict=True)
    for row, (left, right, over_left, over_right) in zip(range(rows - 1, -1, -1), cells, strict=True):
        base, over = _dots(left, right), _dots(over_left, over_right)
        inside = over and over & base == over and base.bit_count() > over.bit_count()
        code = base ^ over if inside else base | over
        if over.bit_count() > base.bit_count():
            level = OVERLAY
        else:
            level = table[row * 4 + max(left.bit_length(), right.bit_length())] if base else 0
        characters.append(chr(0x2800 + code) if code else " ")
        levels.append(level)
    return tuple(characters), tuple(levels)


@lru_cache(maxsize=8192)
def _plain_column(a: Bits, c: Bits, table: tuple[int, ...], glyphs: Glyphs, line: bool) -> Column:
    """Draw one sample of each series as one column of blocks or ASCII characters."""
    steps = _STEPS[glyphs]
    rows = (len(table) - 1) // steps
    fill = _BLOCKS if glyphs == "block" else _ASCII
    characters: list[str] = []
    levels: list[int] = []
    cells = zip(_cells(a, rows, steps), _cells(c, rows, steps), strict=True)
    for row, (base, over) in zip(range(rows - 1, -1, -1), cells, strict=True):
        if over:
            characters.append(_OVERLAY_MARK[glyphs])
            levels.append(OVERLAY)
        elif base:
            characters.append(_LINE_MARK[glyphs] if line else fill[base.bit_length()])
            levels.append(table[row * steps + base.bit_length()])
        else:
            characters.append(" ")
            levels.append(0)
    return tuple(characters), tuple(levels)
