"""What a row of the task table says: which columns there are at which width, and the cells of one task.

Pure functions of a task and a few figures; texts are not yet made safe (the table does that to every cell).
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ant_tui.core.explain import Explanation, Reason
from ant_tui.core.task import ENDED, Task, TaskState
from ant_tui.ui.figures import bar, spent, waited
from ant_tui.ui.looks import look_of
from ant_tui.ui.task_name import id_was_made_up, name_of
from ant_tui.ui.widgets.table_rows import Cell, Column

__all__ = [
    "ABOUT",
    "COLUMNS",
    "RowFacts",
    "TaskProgress",
    "cells_of",
    "columns_for",
    "outcome",
    "outcome_beside_state",
]

_LONGEST = 400
"""Characters of a text that could ever be seen in a cell; what lies behind is not worth making safe."""

_BAR = 6

COLUMNS: Mapping[str, Column] = {
    "number": Column(key="number", title="#", width=2, align="right"),
    "id": Column(key="id", title="ID", width=10, flex=2, crop="middle"),
    "state": Column(key="state", title="STATE", width=12),
    "gpus": Column(key="gpus", title="GPU", width=5),
    "progress": Column(key="progress", title="PROGRESS · WHY", width=15, flex=5),
    "time": Column(key="time", title="TIME", width=7, align="right"),
    "command": Column(key="command", title="COMMAND", width=8, flex=5),
    "priority": Column(key="priority", title="PRIO", width=4, align="right"),
    "tags": Column(key="tags", title="TAGS", width=6, flex=2),
    "folder": Column(key="folder", title="FOLDER", width=8, flex=3, crop="middle"),
}
"""Every column, with the least width that it gets; that of the numbers grows with them."""

ABOUT: Mapping[str, str] = {
    "number": "its number, which never changes",
    "id": "its id",
    "state": "what it does, by glyph and word",
    "gpus": "which GPUs it has, or how many it wants",
    "progress": "how far it is, why it waits, how it ended",
    "time": "how long it ran, or waits",
    "command": "what the shell runs",
    "priority": "lower goes first",
    "tags": "its tags",
    "folder": "where it runs",
}
"""What each column says."""

_DROPPED_BELOW: Sequence[tuple[int, str]] = (
    (80, "command"), (80, "folder"), (70, "tags"), (60, "priority"), (60, "gpus"), (48, "time"), (38, "progress"),
)  # fmt: skip
"""Below which width of the table a column is left out."""


class TaskProgress(Struct, frozen=True):
    """How far a running task says that it is.

    Attributes:
        share: 0 to 1, or None where only words are known.
        words: what stands beside the bar, as "41% ~3:11".
    """

    share: float | None
    words: str


_NOTHING = Explanation()


class RowFacts(Struct, frozen=True):
    """What a row shows beside the task itself.

    Attributes:
        now: epoch seconds.
        why: why a queued task waits.
        progress: how far a running one is, where that is known.
        ascii_only: draw without anything but ASCII.
    """

    now: float
    why: Explanation = _NOTHING
    progress: TaskProgress | None = None
    ascii_only: bool = False


def columns_for(names: Sequence[str], width: int, largest: int = 0) -> tuple[Column, ...]:
    """The columns that are shown in a table of some width.

    Args:
        names: keys of ``COLUMNS`` in the order that is wanted.
        width: cells of the table.
        largest: the greatest number of a task.
    """
    dropped = {name for below, name in _DROPPED_BELOW if width < below}
    kept = [COLUMNS[name] for name in names if name not in dropped and name in COLUMNS]
    digits = max(COLUMNS["number"].width, len(str(largest)))
    return tuple(replace(one, width=digits) if one.key == "number" else one for one in kept or [COLUMNS["id"]])


def cells_of(task: Task, facts: RowFacts, columns: Sequence[Column]) -> tuple[Cell, ...]:
    """The cells of one task, one for each column."""
    cells = tuple(_CELLS[column.key](task, facts) for column in columns)
    return _with_name(cells, task, columns) if id_was_made_up(task) else cells


def _with_name(cells: tuple[Cell, ...], task: Task, columns: Sequence[Column]) -> tuple[Cell, ...]:
    """An id that nobody chose tells nothing: its beginning is enough, or the command where that has no column."""
    keys = [column.key for column in columns]
    shown = task.id[:8] if "command" in keys else name_of(task)
    return tuple(((shown, "quiet"),) if key == "id" else cell for key, cell in zip(keys, cells, strict=True))


def outcome(task: Task) -> str:
    """How an ended task ended, in a few words; empty where the state says it all."""
    attempt = task.attempt
    if task.state is TaskState.COMPLETED:
        return ""
    if task.detail:
        return task.detail
    if attempt is None:
        return ""
    if attempt.signal is not None:
        return f"ended by {_signal_name(attempt.signal)}"
    return f"exit code {attempt.exit_code}" if attempt.exit_code is not None else ""


def outcome_beside_state(task: Task) -> str:
    """The same where the state stands beside it: does not begin with the state's word again."""
    words = outcome(task)
    rest = words.removeprefix(task.state.value)
    return rest.lstrip(" ,:") if rest[:1] in ("", " ", ",", ":") else words


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _number(task: Task, _: RowFacts) -> Cell:
    return ((str(task.number), "quiet"),)


def _id(task: Task, _: RowFacts) -> Cell:
    return task.id[:_LONGEST]


def _state(task: Task, facts: RowFacts) -> Cell:
    look = look_of(task)
    return ((f"{look.ascii if facts.ascii_only else look.glyph} {look.word}", look.style),)


def _gpus(task: Task, _: RowFacts) -> Cell:
    if task.gpus:
        return _ranges([gpu.index for gpu in task.gpus])
    wanted = task.spec.resources.gpus
    return ((f"×{wanted}" if wanted else "–", "quiet"),)


def _ranges(indices: list[int]) -> str:
    """``0,2-5``: neighbours together, where three or more of them follow one another."""
    parts: list[str] = []
    indices = sorted(indices)
    while indices:
        length = 1
        while length < len(indices) and indices[length] == indices[0] + length:
            length += 1
        if length < 3:
            length = 1
        parts.append(str(indices[0]) if length == 1 else f"{indices[0]}-{indices[length - 1]}")
        indices = indices[length:]
    return ",".join(parts)


def _why(why: Explanation) -> str:
    """Why a task waits, without what stands beside it already."""
    if why.reason == Reason.HELD:
        return ""
    return "queue paused" if why.reason == Reason.QUEUE_PAUSED else why.sentence[:_LONGEST]


def _progress(task: Task, facts: RowFacts) -> Cell:
    attempt = task.attempt
    match task.state:
        case TaskState.QUEUED:
            return ((_why(facts.why), "quiet"),)
        case TaskState.RUNNING if facts.progress is not None:
            return _bar(facts.progress, facts.ascii_only)
        case TaskState.COMPLETING if attempt is not None:
            words = "being ended" if attempt.cancelled_at is not None else "ending"
            return ((attempt.leftovers[:_LONGEST] or words, "warn"),)
        case TaskState.SUSPENDED:
            return (("GPU memory stays taken" if task.gpus else "", "quiet"),)
        case state if state in ENDED:
            return ((outcome_beside_state(task)[:_LONGEST], "quiet" if state is TaskState.CANCELLED else "bad"),)
    return ""


def _bar(progress: TaskProgress, ascii_only: bool) -> Cell:
    if progress.share is None:
        return ((progress.words[:_LONGEST], "quiet"),)
    full, rest = bar(progress.share, _BAR, ascii_only=ascii_only)
    return ((full, "good"), (rest, "quiet"), (" " + progress.words[:_LONGEST], ""))


def _time(task: Task, facts: RowFacts) -> Cell:
    if task.state is TaskState.QUEUED:
        return ((waited(facts.now - task.submitted_at), "quiet"),)
    return ((spent(task.runtime(facts.now)), "quiet" if task.ended_at is not None else ""),)


def _command(task: Task, _: RowFacts) -> Cell:
    return ((task.spec.final_command[:_LONGEST], "quiet" if task.ended_at is not None else ""),)


def _priority(task: Task, _: RowFacts) -> Cell:
    return ((str(task.spec.priority), "quiet"),)


def _tags(task: Task, _: RowFacts) -> Cell:
    return " ".join(task.tags)[:_LONGEST]


def _folder(task: Task, _: RowFacts) -> Cell:
    return ((task.spec.workdir[:_LONGEST], "quiet"),)


_CELLS: Mapping[str, Callable[[Task, RowFacts], Cell]] = {
    "number": _number,
    "id": _id,
    "state": _state,
    "gpus": _gpus,
    "progress": _progress,
    "time": _time,
    "command": _command,
    "priority": _priority,
    "tags": _tags,
    "folder": _folder,
}
