"""``move`` and ``rename``: the place and the name of a queued task."""

from __future__ import annotations

from ant_tui.cli.call import Command
from ant_tui.cli.selection import add_names, finish
from ant_tui.cli.words import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS"]


def _move_options(parser: Parser) -> None:
    add_names(parser)
    where = parser.add_mutually_exclusive_group()
    add = where.add_argument
    add("--top", action="store_true", help="the next among those of its priority")
    add("--bottom", action="store_true", help="the last among them")
    add("--up", type=bounded(1), metavar="N", help="N places sooner")
    add("--down", type=bounded(1), metavar="N", help="N places later")
    add("--before", metavar="ID", help="right before another task")
    add("--after", metavar="ID", help="right after another task")


def _move(call: Call) -> int:
    args = call.args
    if not args.tasks:
        raise _usage("Which task? Give an id or a number; ant-tui queue lists them.")
    params: dict[str, Any] = {"tasks": args.tasks}
    for to in ("top", "bottom"):
        if getattr(args, to):
            params["to"] = to
    for to in ("up", "down"):
        if getattr(args, to) is not None:
            params |= {"to": to, "by": getattr(args, to)}
    for to in ("before", "after"):
        if getattr(args, to) is not None:
            params |= {"to": to, "other": getattr(args, to)}
    if "to" not in params:
        raise _usage("Where to? Say --top, --bottom, --up N, --down N, --before ID or --after ID.")
    return finish(call, call.ask("move", params))


def _rename_options(parser: Parser) -> None:
    parser.add_argument("words", nargs="*", metavar="ID NEW", help="the task, and its new id")
    parser.rest = "words"


def _rename(call: Call) -> int:
    words = call.args.words
    if len(words) != 2:
        raise _usage("Say which task, and its new id: ant-tui rename ID NEW")
    result = call.ask("rename", {"task": words[0], "id": words[1]})
    if call.json:
        call.out.document(result)
    else:
        from ant_tui.output.sanitise import plain

        task = result["tasks"][0]
        call.out.say(f"Task {task['number']} is called {plain(task['id'])} now.")
    return 0


def _usage(sentence: str) -> Exception:
    from ant_tui.errors import UsageError

    return UsageError(sentence)


COMMANDS = {"move": Command(_move_options, _move), "rename": Command(_rename_options, _rename)}
"""The verbs of this module."""
