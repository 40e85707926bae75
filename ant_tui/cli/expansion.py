"""``submit --export-csv``: what a text with sweeps or parameters became, as a table that ``--params`` reads again."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ant_tui.cli.call import Call

__all__ = ["check_writable", "write_csv"]

STDOUT = "-"


def check_writable(file: str) -> None:
    """See before anything is queued whether the table can be written.

    Raises:
        OSError: it cannot.
    """
    if file != STDOUT:
        with open(file, "ab"):
            pass


def write_csv(call: Call, file: str, tasks: Iterable[Mapping[str, Any]]) -> None:
    """Write a table: a column for each parameter, then id, number of GPUs and final command.

    Args:
        call: the call.
        file: where to; ``-`` is stdout. A file that is there is replaced.
        tasks: as the answer to a submission has them.

    Raises:
        OSError: it cannot be written.
    """
    from ant_tui.submission.drafts import TaskDraft
    from ant_tui.submission.sweeps import expansion_to_csv

    drafts = [
        TaskDraft(
            task["command"],
            task["resolved_command"],
            task["id"],
            task["gpus"],
            parameters=dict(task.get("parameters") or {}),
        )
        for task in tasks
    ]
    text = expansion_to_csv(drafts)
    if file == STDOUT:
        call.out.text(text)
        return
    with open(file, "w", encoding="utf-8", newline="") as table:
        table.write(text)
    call.out.say(f"The {len(drafts)} task{'s' if len(drafts) != 1 else ''} of this submission stand in {file}")
