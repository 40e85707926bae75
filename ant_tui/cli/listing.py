"""``queue`` and ``history``: tables of tasks. Answered by the scheduler, or from the data directory where none runs."""

from __future__ import annotations

from ant_tui.cli.call import Command
from ant_tui.cli.offline import ask_or_read
from ant_tui.cli.selection import states_of
from ant_tui.cli.words import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS", "outcome_text", "print_tasks"]

_ENDED = ("completed", "failed", "cancelled", "timeout", "out_of_memory", "lost")


def _queue_options(parser: Parser) -> None:
    add = parser.add_argument
    add("--state", action="append", default=[], metavar="S", help="only tasks in this state (again for more)")
    add("--tag", default="", metavar="T", help="only tasks with this tag")
    add("--all", action="store_true", help="all tasks that are known")
    add("--limit", type=bounded(1), metavar="N", help="at most N tasks")
    add("--find", default="", metavar="TEXT", help="only tasks in which every word of TEXT occurs")
    add("--parsable", action="store_true", help="only the ids, one a line")
    add("--secrets", action="store_true", help="show variables that look secret (with --json)")


def _queue(call: Call) -> int:
    args = call.args
    asked = {
        "states": states_of(args),
        "tag": args.tag,
        "all": args.all,
        "limit": args.limit or 0,
        "text": args.find,
        "secrets": args.secrets,
    }
    found = ask_or_read(call, "queue", {name: value for name, value in asked.items() if value})
    from ant_tui.output.sanitise import plain

    if call.json:
        call.out.document(found)
        return 0
    if found.get("trouble"):
        call.out.complain(f"ant-tui: {plain(found['trouble'])}")
    if args.parsable:
        for task in found["tasks"]:
            call.out.line(plain(task["id"]))
        return 0
    print_tasks(call, found["tasks"])
    if not found["tasks"]:
        narrowed = asked["states"] or args.tag or args.find
        call.out.say("No task matches." if narrowed else "No tasks. Queue one with: ant-tui submit -- CMD…")
    if found["paused"]:
        call.out.say("The queue is paused; let it go on with: ant-tui unpause")
    return 0


def _history_options(parser: Parser) -> None:
    add = parser.add_argument
    add("-n", "--limit", type=bounded(1), metavar="N", help="the newest N (default: all)")
    add("--failed", action="store_true", help="only those that did not complete")
    add("--since", metavar="T", help="only those that ended since: 2026-11-21, 10:30, 7d (ago)")
    add("--find", default="", metavar="TEXT", help="only tasks in which every word of TEXT occurs")


def _history(call: Call) -> int:
    args = call.args
    asked: dict[str, Any] = {}
    if args.limit is not None:
        asked["limit"] = args.limit
    if args.failed:
        asked["failed"] = True
    if args.find:
        asked["text"] = args.find
    if args.since is not None:
        from ant_tui.cli.moments import moment

        asked["since"] = moment(args.since)
    found = ask_or_read(call, "history", asked)
    if call.json:
        call.out.document(found)
        return 0
    print_tasks(call, found["tasks"], ended=True)
    if not found["tasks"]:
        narrowed = args.failed or args.find or args.since is not None
        call.out.say("No task matches." if narrowed else "No task has ended.")
    return 0


def print_tasks(call: Call, tasks: Sequence[Mapping[str, Any]], *, ended: bool = False) -> None:
    """Print a table of tasks; with ``ended`` the time at which each ended instead of its GPUs."""
    if not tasks:
        return
    from ant_tui.cli.moments import clock, duration
    from ant_tui.cli.table import print_table

    column = "ENDED" if ended else "GPUS"
    rows = [
        (
            str(task["number"]),
            task["id"],
            outcome_text(task),
            clock(task["finished_at"]) if ended else _gpus(task),
            duration(task["runtime_s"]),
            task["command"],
        )
        for task in tasks
    ]
    out = call.out
    heads = ("NO", "ID", "STATE", column, "TIME", "COMMAND")
    print_table(heads, rows, width=out.width, line=out.line, paint=out.paint, right=(0, 4), coloured=2)


def outcome_text(task: Mapping[str, Any]) -> str:
    """A task's state, with what makes it particular: ``queued (Held)``, ``failed (exit 3)``, ``cancelled``."""
    state: str = task["state"]
    if state == "queued" and task["reason"]:
        return f"{state} ({task['reason']})"
    if state in _ENDED and state != "completed":
        if task["signal"]:
            return f"{state} (signal {task['signal']})"
        if task["exit_code"]:
            return f"{state} (exit {task['exit_code']})"
    return state


def _gpus(task: Mapping[str, Any]) -> str:
    """The GPUs that a task has, or in parentheses how many it wants."""
    if task["gpu_ids"]:
        return ",".join(map(str, task["gpu_ids"]))
    wanted = task["resources"]["gpus"]
    return f"({wanted})" if wanted and task["state"] == "queued" else "-"


COMMANDS = {"queue": Command(_queue_options, _queue), "history": Command(_history_options, _history)}
"""The verbs of this module."""
