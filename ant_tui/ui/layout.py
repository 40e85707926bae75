"""How the main screen shares its room among the panes: a pure function of size, number of GPUs and wishes.

Wide screens show all panes at once, narrow or short ones a single pane with the GPUs in one or two lines above it and
the last line of output below it. Nothing is lost by a change of size: what has no room is one key away.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ant_tui.ui.situation import Pane

__all__ = ["LEAST", "Border", "Layout", "Room", "gpu_card_size", "lay_out", "resized_gpus", "resized_tasks"]

Border = Literal["gpus", "tasks"]
"""A border between panes: the lower edge of the GPUs, or the right edge of the tasks."""

LEAST = (40, 8)
"""Columns and rows below which nothing can be shown."""

_PANES_FROM = (100, 24)
_SUMMARY_FROM = 16
_TAIL_FROM = 12
_BORDER = 2
_LEAST_WORK_ROWS = 11
_LEAST_WORK_COLUMNS = 24
_COLUMNS_PER_STEP = 4
_GPU_SHARE, _TASK_SHARE = 0.36, 0.55


class Room(Struct, frozen=True):
    """What there is to be shared.

    Attributes:
        width: columns of the terminal.
        height: rows of the terminal.
        gpus: number of GPUs, the host's own line not counted.
        pane: where the focus is.
        zoomed: whether that pane was given the whole screen.
        wish: the setting ``screen.layout``.
        gpu_share: rows for the GPU pane as a share of the screen's; None for as many as its graphs are good with.
        task_share: columns for the tasks as a share of those of tasks and output together; None likewise.
    """

    width: int
    height: int
    gpus: int = 0
    pane: Pane = Pane.TASKS
    zoomed: bool = False
    wish: Literal["auto", "panes", "tabs"] = "auto"
    gpu_share: float | None = None
    task_share: float | None = None


class Layout(Struct, frozen=True):
    """What is shown.

    Attributes:
        too_small: nothing but a sentence has room.
        single: one pane at a time.
        panes: the panes that are shown.
        gpu_rows: rows of the GPU pane with its border, where it is shown beside others.
        task_columns: columns of the task pane with its border, where it stands beside the output.
        summary_rows: rows of the short form of the GPUs; 0 where the pane itself is shown.
        tail: whether the last line of output stands below a single pane.
    """

    too_small: bool = False
    single: bool = False
    panes: frozenset[Pane] = frozenset(Pane)
    gpu_rows: int = 0
    task_columns: int = 0
    summary_rows: int = 0
    tail: bool = False


def lay_out(room: Room) -> Layout:
    """Share the room."""
    if room.width < LEAST[0] or room.height < LEAST[1]:
        return Layout(too_small=True, panes=frozenset())
    enough = room.width >= _PANES_FROM[0] and room.height >= _PANES_FROM[1]
    single = room.zoomed or room.wish == "tabs" or (room.wish == "auto" and not enough)
    if single:
        summary = room.pane is not Pane.GPUS and room.height >= _SUMMARY_FROM and not room.zoomed
        return Layout(
            single=True,
            panes=frozenset({room.pane}),
            summary_rows=_summary_rows(room) if summary else 0,
            tail=room.pane is Pane.TASKS and room.height >= _TAIL_FROM and not room.zoomed,
        )
    return Layout(gpu_rows=_gpu_rows(room), task_columns=_task_columns(room))


def _task_columns(room: Room) -> int:
    share = _TASK_SHARE if room.task_share is None else room.task_share
    least = min(_LEAST_WORK_COLUMNS, room.width // 2)
    return max(least, min(room.width - least, round(room.width * share)))


def resized_tasks(room: Room, steps: int) -> float:
    """The share for the tasks after so many steps to the right (positive) or to the left, as far as there is room."""
    wanted = (_task_columns(room) + steps * _COLUMNS_PER_STEP) / room.width
    return _task_columns(replace(room, task_share=wanted)) / room.width


def resized_gpus(room: Room, steps: int) -> float | None:
    """The share for the GPU pane at which it is next taller (positive) or lower: cards grow by whole rows, all at once.

    Returns:
        The share; that of the room where there is no taller or lower one.
    """
    now, sign = _gpu_rows(room), 1 if steps > 0 else -1
    found = room.gpu_share
    for _ in range(abs(steps)):
        for rows in range(now + sign, room.height if sign > 0 else 0, sign):
            taken = _gpu_rows(replace(room, gpu_share=rows / room.height))
            if (taken - now) * sign > 0:
                found, now = taken / room.height, taken
                break
    return found


def _summary_rows(room: Room) -> int:
    per_row = max(1, (room.width - 2) // 19)
    return 1 if room.gpus <= per_row else 2


def _gpu_rows(room: Room) -> int:
    """Rows of the GPU pane: what its share allows, what its cards can use, and what tasks and output leave over."""
    lines = room.gpus + 1  # the host has a card of its own
    share = _GPU_SHARE if room.gpu_share is None else room.gpu_share
    inside = min(round(room.height * share), room.height - 2 - _LEAST_WORK_ROWS) - _BORDER
    columns, rows = gpu_card_size(lines, room.width - _BORDER, max(1, inside))
    if room.gpu_share is None:
        rows = min(rows, _GOOD_CARD_ROWS)
    deep = -(-lines // columns)
    return deep * rows + _BORDER


_CARD_WIDTH = 72
_NARROW_CARD_WIDTH = 58
"""Columns below which a card would cut the names of tasks."""
_LINE_WIDTH = 48
"""Columns of a GPU that has a single row."""
_CARD_ROWS = (3, 2)
_GOOD_CARD_ROWS = 8
"""Rows from which on a graph tells no more; somebody may want them taller all the same."""


def gpu_card_size(cards: int, width: int, height: int) -> tuple[int, int]:
    """How the cards of the GPUs stand in a pane.

    Args:
        cards: how many.
        width: columns inside the pane.
        height: rows inside the pane.

    Returns:
        How many stand side by side, and the rows of each: 1 (everything on one line), or 2 and more (a line of words
        over graphs). They are as tall as they can be.
    """
    wanted = max(1, width // _CARD_WIDTH)
    for least in _CARD_ROWS:
        for columns in range(wanted, max(1, width // _NARROW_CARD_WIDTH) + 1):
            rows = height // -(-cards // columns)
            if rows >= least:
                return min(columns, cards), rows
    most = max(1, width // _LINE_WIDTH)
    for columns in range(1, most + 1):
        if -(-cards // columns) <= height:
            return min(columns, cards), 1
    return min(most, cards), 1
