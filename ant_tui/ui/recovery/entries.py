"""What a row about a task that was left says, and what is said below the list about the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from ant_tui.core.task import Group, Task, TaskState
from ant_tui.ui.figures import clock, count, spent, waited
from ant_tui.ui.looks import LOOKS
from ant_tui.ui.recovery.what_was_left import Left, Part, Tab
from ant_tui.ui.task_cells import outcome
from ant_tui.ui.widgets.table_rows import Cell, Column
from ant_tui.ui.widgets.text_line import Runs

__all__ = ["COLUMNS", "GROUP_KEYS", "LEADS", "about", "cells", "columns_for", "empty_words", "heading", "left_words"]

GROUP_KEYS = {Group.INTERRUPTED: "i", Group.QUEUED: "u", Group.COMPLETED: "c"}
TITLES = {Group.INTERRUPTED: "Interrupted", Group.QUEUED: "Queued", Group.COMPLETED: "Ended"}

COLUMNS: Sequence[Column] = (
    Column(key="number", title="#", width=5, align="right"),
    Column(key="id", title="ID", width=14, flex=2, crop="middle"),
    Column(key="was", title="WAS", width=12),
    Column(key="gpus", title="GPUS", width=4, align="right"),
    Column(key="ran", title="RAN", width=8, align="right"),
    Column(key="command", title="COMMAND", width=16, flex=5),
)
LEADS = {
    Tab.LAST: "Left by the scheduler before this one; nothing of it runs until restored.",
    Tab.EARLIER: "Left by schedulers before that one; nothing of it runs until restored.",
    Tab.HIDDEN: "Put out of sight; it can be restored all the same.",
}
"""What somebody is told who did not ask for the dialog."""
_LONGEST = 400


def columns_for(width: int) -> tuple[Column, ...]:
    """The columns that have room in a table of some width."""
    dropped = {"number"} if width < 72 else set()
    if width < 60:
        dropped |= {"ran", "gpus"}
    return tuple(column for column in COLUMNS if column.key not in dropped)


def cells(task: Task, conflict: str, columns: Sequence[Column]) -> tuple[Cell, ...]:
    """The cells of one task.

    Args:
        task: one that was left.
        conflict: why it could not be restored now; stands in place of its command.
        columns: what is shown.
    """
    aside = task.aside
    if aside is None:  # restored since the list was made; the next one is on its way
        return ()
    look = LOOKS[TaskState.RUNNING if aside.group is Group.INTERRUPTED else aside.was]
    wanted = task.spec.resources.gpus
    shown: dict[str, Cell] = {
        "number": ((str(task.number), "quiet"),),
        "id": task.id[:_LONGEST],
        "was": ((f"{look.glyph} {look.word}", look.style),),
        "gpus": str(wanted) if wanted else (("–", "quiet"),),
        "ran": spent(task.runtime(aside.at)) if aside.group is not Group.QUEUED else "",
        "command": ((f"! {conflict}"[:_LONGEST], "warn"),) if conflict else task.spec.command[:_LONGEST],
    }
    return tuple(shown[column.key] for column in columns)


def heading(part: Part, now: float) -> tuple[tuple[str, str], ...]:
    """What stands above the tasks of one group, with the key that selects them."""
    note = f"{GROUP_KEYS[part.group]} selects them"
    if part.at is not None:
        note = f"set aside {clock(part.at, now)} · t selects them"
    return ((f"{TITLES[part.group]} ", ""), (f"{len(part.tasks):,} · {note}", "quiet"))


def about(task: Task | None, conflict: str, now: float) -> tuple[Runs, Runs]:
    """Two lines about one task: what happened to it or what is in its way, and its whole command."""
    aside = task.aside if task is not None else None
    if task is None or aside is None:
        return (), ()
    if conflict:
        first: Runs = [(f" ! {conflict} It cannot be restored now.", "warn")]
    elif aside.group is Group.QUEUED:
        held = ", held" if task.held else ""
        first = [(f" It waited since {clock(task.submitted_at, now)}{held}.", "quiet")]
    else:
        took = task.runtime(aside.at)
        parts = [
            outcome(task),
            f"ran {spent(took)}" if took is not None else "",
            f"attempt {len(task.attempts)}" if len(task.attempts) > 1 else "",
        ]
        said = " · ".join(part.rstrip(".") for part in parts if part)
        first = [(f" {said[:1].upper()}{said[1:]}.", "quiet")]
    return first, [(" $ ", "quiet"), (task.spec.command[: _LONGEST * 4], "")]


def left_words(tab: Tab, left: Left, now: float) -> str:
    """What stands beside the tabs: when the last session was set aside, or how many sessions were before it."""
    if tab is Tab.HIDDEN or not left.tabs[tab]:
        return ""
    earlier = count(left.sessions, "earlier session") if left.sessions else ""
    if tab is Tab.EARLIER:
        return f"{earlier} "
    ago = f"set aside {waited(now - left.last_at)} ago" if left.last_at is not None else ""
    return f"{' · '.join(part for part in (ago, earlier) if part)} "


def empty_words(tab: Tab, left: Left) -> str:
    """What stands in a tab with nothing in it."""
    if tab is Tab.HIDDEN:
        return "Nothing is hidden."
    hidden = len(left.tabs[Tab.HIDDEN])
    which = "the last session" if tab is Tab.LAST else "earlier sessions"
    if not hidden:
        return f"Nothing is left of {which}."
    return f"Nothing of {which} is in sight; {count(hidden, 'task')} {'is' if hidden == 1 else 'are'} hidden."
