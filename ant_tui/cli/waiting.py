"""``wait``: return when tasks have ended, with an exit code that says how."""

from __future__ import annotations

from ant_tui.cli.call import Command
from ant_tui.cli.selection import add_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS", "code_of", "finish"]

_FAILED = 1


def _options(parser: Parser) -> None:
    add_names(parser)
    parser.add_argument("--any", action="store_true", help="return when one of them has ended")
    parser.add_argument("--timeout", metavar="S", help="give up after so long (exit code 124): 90 (seconds), 10m, 2h")


def _wait(call: Call) -> int:
    args = call.args
    if not args.tasks:
        from ant_tui.errors import UsageError

        raise UsageError("Which task? Give an id or a number; ant-tui queue lists them.")
    params: dict[str, Any] = {"tasks": args.tasks}
    if args.any:
        params["any"] = True
    if args.timeout is not None:
        from ant_tui.cli.moments import seconds

        params["timeout"] = seconds(args.timeout)
    result = call.ask("wait", params, timeout=None)
    return finish(call, result, single=len(args.tasks) == 1)


def finish(call: Call, result: Mapping[str, Any], *, single: bool, silent: bool = False) -> int:
    """Print how tasks ended, and tell the exit code.

    Args:
        call: the call.
        result: the answer to ``wait``.
        single: whether one task was waited for, whose own code is returned then.
        silent: print nothing but JSON.
    """
    tasks = result["tasks"]
    if call.json:
        call.out.document(result)
    elif not call.out.quiet and not silent:
        from ant_tui.cli.listing import outcome_text
        from ant_tui.cli.moments import duration
        from ant_tui.output.sanitise import plain

        for task in tasks:
            after = f" after {duration(task['runtime_s'])}" if task["runtime_s"] is not None else ""
            call.out.line(plain(f"{task['id']} ({task['number']}): {outcome_text(task)}{after}"))
    if single and len(tasks) == 1:
        return code_of(tasks[0])
    return 0 if all(task["state"] == "completed" for task in tasks) else _FAILED


def code_of(task: Mapping[str, Any]) -> int:
    """A task's own exit code: 128+n for signal n; 1 where none is known and it did not complete."""
    if task["state"] == "completed":
        return 0
    signal: int | None = task["signal"]
    code: int | None = task["exit_code"]
    return code or (128 + signal if signal else _FAILED)


COMMANDS = {"wait": Command(_options, _wait)}
"""The verbs of this module."""
