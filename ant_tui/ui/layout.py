"""How the main screen shares its room among the panes: a pure function of size, number of GPUs and wishes.

Wide screens show all panes at once, narrow or short ones a single pane with the GPUs in one or two lines above it and
the last line of output below it. Nothing is lost by a change of size: what has no room is one key away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ant_tui.ui.situation import Pane

__all__ = ["LEAST", "Layout", "Room", "gpu_card_size", "lay_out"]

LEAST = (40, 8)
"""Columns and rows below which nothing can be shown."""

_PANES_FROM = (100, 24)
_SUMMARY_FROM = 16
_TAIL_FROM = 12
_BORDER = 2
_LEAST_WORK_ROWS = 11


@dataclass(frozen=True, slots=True)
class Room:
    """What there is to be shared.

    Attributes:
        width: columns of the terminal.
        height: rows of the terminal.
        gpus: number of GPUs, the host's own line not counted.
        pane: where the focus is.
        zoomed: whether that pane was given the whole screen.
        wish: the setting ``screen.layout``.
        gpu_share: rows for the GPU pane as a share of the screen's.
        task_share: columns for the tasks as a share of those of tasks and output together.
    """

    width: int
    height: int
    gpus: int = 0
    pane: Pane = Pane.TASKS
    zoomed: bool = False
    wish: Literal["auto", "panes", "tabs"] = "auto"
    gpu_share: float = 0.36
    task_share: float = 0.55


@dataclass(frozen=True, slots=True)
class Layout:
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
    columns = round(room.width * min(0.8, max(0.2, room.task_share)))
    return Layout(gpu_rows=_gpu_rows(room), task_columns=columns)


def _summary_rows(room: Room) -> int:
    per_row = max(1, (room.width - 2) // 19)
    return 1 if room.gpus <= per_row else 2


def _gpu_rows(room: Room) -> int:
    """Rows of the GPU pane: what its share allows, what its cards can use, and what tasks and output leave over."""
    lines = room.gpus + 1  # the host has a card of its own
    inside = min(round(room.height * room.gpu_share), room.height - 2 - _LEAST_WORK_ROWS) - _BORDER
    columns, rows = gpu_card_size(lines, room.width - _BORDER, max(1, inside))
    deep = -(-lines // columns)
    return deep * rows + _BORDER


_CARD_WIDTH = 72
_NARROW_CARD_WIDTH = 48
_CARD_ROWS, _MOST_CARD_ROWS = (3, 2), 8


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
    most = max(1, width // _NARROW_CARD_WIDTH)
    wanted = max(1, width // _CARD_WIDTH)
    for least in _CARD_ROWS:
        for columns in range(wanted, most + 1):
            rows = height // -(-cards // columns)
            if rows >= least:
                return min(columns, cards), min(rows, _MOST_CARD_ROWS)
    for columns in range(1, most + 1):
        if -(-cards // columns) <= height:
            return min(columns, cards), 1
    return min(most, cards), 1
