"""How verbs are told which tasks they are for: names, or ``--state``, ``--tag``, ``--all``; and how they tell it."""

from __future__ import annotations

from ant_tui.cli.words import STATES, choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["add_names", "add_selection", "add_selectors", "exit_code_of", "finish", "selection", "states_of"]

_MOST_LINES = 50
"""Of each kind of outcome; nobody reads a hundred thousand lines."""


def add_names(parser: Parser) -> None:
    """Add the names of tasks, which may stand wherever they like between options."""
    parser.add_argument("tasks", nargs="*", metavar="ID", help="an id, a number, 3-9, 3,5,9, or last (@)")
    parser.rest = "tasks"


def add_selectors(parser: Parser) -> None:
    """Add what selects many tasks at once."""
    add = parser.add_argument
    add("--state", action="append", default=[], metavar="S", help="all tasks in this state (again for more)")
    add("--tag", default="", metavar="T", help="all tasks with this tag")
    add("--all", action="store_true", help="all tasks that the verb can be applied to")


def add_selection(parser: Parser) -> None:
    """Add names and selectors."""
    add_names(parser)
    add_selectors(parser)


def states_of(args: Namespace) -> list[str]:
    """The states that ``--state`` names, which may be joined by commas.

    Raises:
        UsageError: one of them is no state.
    """
    words = [word for text in args.state for word in text.split(",") if word]
    return [choice(word, STATES, "state") for word in words]


def selection(args: Namespace) -> dict[str, Any]:
    """The request's fields that say which tasks are meant.

    Raises:
        UsageError: none are, or names and selectors are mixed, which would leave open which of them count.
    """
    found = {"tasks": list(args.tasks), "states": states_of(args), "tag": args.tag, "all": args.all}
    selectors = bool(found["states"] or args.tag or args.all)
    if selectors == bool(args.tasks):
        from ant_tui.errors import UsageError

        if selectors:
            raise UsageError("Name tasks, or select them by --state, --tag or --all, but not both at once.")
        raise UsageError("Which task? Give an id or a number; ant-tui queue lists them.")
    return {name: value for name, value in found.items() if value}


def finish(call: Call, result: Mapping[str, Any]) -> int:
    """Print what became of each, and tell the exit code."""
    if call.json:
        call.out.document(result)
        return exit_code_of(result)
    from ant_tui.output.sanitise import plain

    outcomes = result["results"]
    done = [outcome["message"] for outcome in outcomes if outcome["ok"]]
    failed = [outcome["message"] for outcome in outcomes if not outcome["ok"]]
    if not call.out.quiet:
        # A person is told the first; what reads from a pipe may want each.
        most = _MOST_LINES if call.out.is_terminal else len(done)
        for message in done[:most]:
            call.out.line(plain(message))
        if len(done) > most:
            call.out.line(f"… and {len(done) - most:,} more")
    for message in failed[:_MOST_LINES]:
        call.out.complain(f"ant-tui: {plain(message)}")
    if len(failed) > _MOST_LINES:
        call.out.complain(f"ant-tui: … and {len(failed) - _MOST_LINES:,} more; --json names all of them")
    if not outcomes:
        call.out.say("No task matches.")
    return exit_code_of(result)


def exit_code_of(result: Mapping[str, Any]) -> int:
    """0 when all went well; 4 when one is unknown; else the code of the first failure, mostly 5."""
    kinds = [outcome["kind"] for outcome in result["results"] if not outcome["ok"]]
    if not kinds:
        return 0
    from ant_tui.errors import NoSuchTask, error_of_kind

    return NoSuchTask.exit_code if NoSuchTask.kind in kinds else error_of_kind(kinds[0], "").exit_code
