"""``recover``: tasks that earlier sessions left, and what becomes of them."""

from __future__ import annotations

from ant_tui.cli.call import Command
from ant_tui.cli.words import choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["ACTIONS", "COMMANDS"]

ACTIONS = {
    "list": "what there is (default)",
    "restore": "bring them back: into the queue, or into the history",
    "forget": "remove them for ever; logs stay",
    "hide": "put them out of sight; they can still be restored",
    "show": "put hidden ones back in sight",
}
"""What can be done with what was left, and what it means."""

GROUPS = ("interrupted", "queued", "completed")
"""In which groups tasks are left; spelt out because the type that holds them costs too much to import."""

_LAST = "last"


def _options(parser: Parser) -> None:
    add = parser.add_argument
    text = "; ".join(f"{name}: {meaning}" for name, meaning in ACTIONS.items())
    add("words", nargs="*", metavar="|".join(ACTIONS), help=text)
    add("--all", action="store_true", help="all that were left (hidden ones with --hidden)")
    add("--group", default="", metavar="G", help=f"all of one group: {', '.join(GROUPS)}")
    add("--session", default="", metavar="S", help="all that this session left; last is the one before this")
    add("--hidden", action="store_true", help="hidden ones as well")
    add("--logs", action="store_true", help="remove their logs as well (forget)")
    parser.rest = "words"


def _recover(call: Call) -> int:
    words: list[str] = call.args.words
    action = choice(words[0] if words else "list", ACTIONS, "action on what was left")
    if call.args.group:
        choice(call.args.group, GROUPS, "group")
    if call.args.logs and action != "forget":
        raise _usage("--logs goes with forget: ant-tui recover forget ENTRY… --logs")
    if action == "list":
        return _list(call, words[1:])
    return _act(call, action, words[1:])


def _act(call: Call, action: str, entries: list[str]) -> int:
    from ant_tui.cli.selection import finish

    args = call.args
    if bool(entries) == bool(args.all or args.group or args.session):
        if entries:
            raise _usage("Name entries, or select them by --group, --session or --all, but not both at once.")
        raise _usage(f"Which ones? ant-tui recover {action} ENTRY… or --all; ant-tui recover lists them.")
    params: dict[str, Any] = {
        "entries": entries,
        "all": args.all,
        "group": args.group,
        "hidden": args.hidden or action == "show",  # what is not hidden need not be shown again
        "logs": args.logs,
    }
    with call.connect() as connection:
        if args.session:
            found = connection.call("recover_list")
            if args.session == _LAST and not found["sessions"]:
                return finish(call, {"results": [], "schema": found["schema"]})
            params["session"] = _session(found, args.session)
        return finish(call, connection.call(f"recover_{action}", {name: said for name, said in params.items() if said}))


def _session(found: Mapping[str, Any], name: str) -> str:
    """The id of a session, which may be shortened as long as it means one.

    Raises:
        Refused: it means several.
    """
    from ant_tui.errors import Refused

    sessions: list[str] = [one["session_id"] for one in found["sessions"]]
    if name == _LAST and sessions:
        return sessions[0]
    matching = [one for one in sessions if one.startswith(name)]
    if name in matching or not matching:
        return name  # one whose tasks are all hidden is not listed, so the scheduler has the last word
    if len(matching) > 1:
        raise Refused(f"'{name}' means several sessions: {', '.join(matching)}.")
    return matching[0]


def _list(call: Call, words: list[str]) -> int:
    if words:
        raise _usage("recover list takes no further word; select with --group, --session or --hidden.")
    from ant_tui.cli.offline import ask_or_read

    found = ask_or_read(call, "recover_list", {})
    if call.json:
        call.out.document(found)
        return 0
    rows = list(_rows(call, found))
    if rows:
        _print(call, rows)
        call.out.say("Bring them back: ant-tui recover restore NO… (or --all); remove them: ant-tui recover forget NO…")
    else:
        call.out.say("Earlier sessions left nothing to decide about.")
    if found["hidden"] and not call.args.hidden:
        count = len(found["hidden"])
        call.out.say(f"{count} hidden {'one is' if count == 1 else 'ones are'} shown by: ant-tui recover --hidden")
    return 0


def _rows(call: Call, found: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    """The entries that were asked for, newest session first.

    Raises:
        UsageError: a session that left nothing, or only what is hidden.
        Refused: the beginning of several sessions' names.
    """
    args = call.args
    wanted = _session(found, args.session) if args.session else ""
    listed = [one["session_id"] for one in found["sessions"]]
    if wanted not in ("", _LAST, *listed) and not args.hidden:  # of hidden ones the session is not told
        raise _usage(f"There is no session '{wanted}' among those that left tasks; ant-tui recover lists them.")
    for session in found["sessions"]:
        if wanted in ("", session["session_id"]):
            for entry in session["entries"]:
                if args.group in ("", entry["group"]):
                    yield _row(session["session_id"], entry)
    if args.hidden:
        for entry in found["hidden"]:
            if args.group in ("", entry["group"]):
                yield _row("(hidden)", entry)


def _row(session: str, entry: Mapping[str, Any]) -> Sequence[str]:
    task = entry["task"]
    conflict = f" — cannot be restored now: {entry['conflict']}" if entry["conflict"] else ""
    wanted = task["resources"]["gpus"]
    return (
        str(task["number"]),
        task["id"],
        entry["group"],
        entry["was"],
        str(wanted) if wanted else "-",
        session,
        f"{task['command']}{conflict}",
    )


def _print(call: Call, rows: Sequence[Sequence[str]]) -> None:
    from ant_tui.cli.table import print_table

    out = call.out
    heads = ("NO", "ID", "GROUP", "WAS", "GPUS", "SESSION", "COMMAND")
    print_table(heads, rows, width=out.width, line=out.line, paint=out.paint, right=(0, 4), coloured=3)


def _usage(sentence: str) -> Exception:
    from ant_tui.errors import UsageError

    return UsageError(sentence)


COMMANDS = {"recover": Command(_options, _recover)}
"""The verbs of this module."""
