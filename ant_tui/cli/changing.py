"""Verbs that change tasks that are there: each is one request about a selection, and each task's outcome is told."""

from __future__ import annotations

from ant_tui.cli.call import Command
from ant_tui.cli.selection import add_selection, finish, selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS"]


def _plain(call: Call) -> int:
    """The verbs that need nothing but the tasks; the method is called as the verb."""
    return finish(call, call.ask(call.verb, selection(call.args)))


def _kill_options(parser: Parser) -> None:
    parser.add_argument("-s", "--signal", metavar="SIG", help="TERM, SIGUSR1, 9 …; required")
    add_selection(parser)


def _kill(call: Call) -> int:
    if not call.args.signal:
        from ant_tui.errors import UsageError

        raise UsageError("Say which signal: ant-tui kill -s USR1 ID; to end a task there is ant-tui cancel")
    return finish(call, call.ask("kill", {"signal": call.args.signal, **selection(call.args)}))


def _tag(call: Call) -> int:
    """``tag`` and ``untag``: the last word is the tag."""
    from ant_tui.errors import UsageError

    if not call.args.tasks:
        raise UsageError(f"Say which tasks and which tag: ant-tui {call.verb} ID… TAG")
    label = call.args.tasks.pop()
    if not label.strip() or "," in label:
        raise UsageError(f"A tag is one word without commas, not {label!r}.")
    if not call.args.tasks and not (call.args.state or call.args.tag or call.args.all):
        raise UsageError(f"Say which tasks: ant-tui {call.verb} ID… {label}")
    return finish(call, call.ask(call.verb, {"label": label, **selection(call.args)}))


def _forget_options(parser: Parser) -> None:
    add_selection(parser)
    parser.add_argument("--before", metavar="T", help="only those that ended before: 2026-11-21, 10:30, 7d (ago)")
    parser.add_argument("--logs", action="store_true", help="remove their logs as well")


def _forget(call: Call) -> int:
    args = call.args
    params = {}
    if args.before is not None:
        from ant_tui.cli.moments import moment

        params["before"] = moment(args.before)
        if not (args.tasks or args.state or args.tag):
            args.all = True
    if args.logs:
        params["logs"] = True
    return finish(call, call.ask("forget", {**selection(args), **params}))


_PLAIN = Command(add_selection, _plain)

COMMANDS = {
    "cancel": _PLAIN,
    "hold": _PLAIN,
    "release": _PLAIN,
    "suspend": _PLAIN,
    "resume": _PLAIN,
    "kill": Command(_kill_options, _kill),
    "tag": Command(add_selection, _tag),
    "untag": Command(add_selection, _tag),
    "forget": Command(_forget_options, _forget),
}
