"""``env``: the workspace of variables that new tasks get, and its saved sets, the slots."""

from __future__ import annotations

from ant_tui.cli.call import Command
from ant_tui.cli.words import bounded, choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["ACTIONS", "COMMANDS"]

_USAGE = "ant-tui env set NAME=VALUE…, env unset NAME…, env slot list|save|load|rename|clear N"


def _options(parser: Parser) -> None:
    parser.add_argument("words", nargs="*", metavar="set|unset|slot …", help="what to do; shown is what there is")
    parser.add_argument("-y", "--yes", action="store_true", help="overwrite a slot or the workspace without asking")
    parser.add_argument("--secrets", action="store_true", help="show the values of variables that look secret")
    parser.rest = "words"


def _env(call: Call) -> int:
    words: list[str] = call.args.words
    if not words:
        return _show(call, _asked(call))
    choice(words[0], ACTIONS, "action on variables")
    return ACTIONS[words[0]](call, words[1:])


def _asked(call: Call) -> Mapping[str, Any]:
    """What there is, secrets only where ``--secrets`` asks for them."""
    found: Mapping[str, Any] = call.ask("env", {"secrets": True} if call.args.secrets else {})
    return found


def _set(call: Call, words: list[str]) -> int:
    from ant_tui.submission.env_values import typed

    values: dict[str, object] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name:
            raise _usage(f"env set takes NAME=VALUE, not {word!r}.")
        values[name] = typed(text)
    if not values:
        raise _usage(f"Which variables? {_USAGE}")
    return _changed(call, call.ask("env_set", {"values": values}), f"{_counted(len(values))} set for new tasks.")


def _unset(call: Call, words: list[str]) -> int:
    if not words:
        raise _usage(f"Which variables? {_USAGE}")
    return _changed(call, call.ask("env_set", {"unset": words}), f"{_counted(len(words))} taken out.")


def _slot(call: Call, words: list[str]) -> int:
    action = choice(words[0] if words else "list", SLOT_ACTIONS, "action on slots")
    return SLOT_ACTIONS[action](call, words[1:])


def _list(call: Call, words: list[str]) -> int:
    if words:
        raise _usage("env slot list takes no further word.")
    found = _asked(call)
    if call.json:
        call.out.document(found)
    else:
        _print_slots(call, found)
    return 0


def _save(call: Call, words: list[str]) -> int:
    slot, name = _number(words, "save"), " ".join(words[1:])
    found = call.ask("env")
    taken = _filled(found, slot)
    loss = f"Slot {slot} holds {_quoted(taken)}" if taken else ""
    request = {"slot": slot, "name": name, "overwrite": _may_overwrite(call, loss)}
    return _changed(call, call.ask("env_slot_save", request), f"The workspace is saved in slot {slot}.")


def _load(call: Call, words: list[str]) -> int:
    slot = _only(words, "load")
    found = call.ask("env")
    loss = ""
    if found["values"] and found["values"] != (_filled(found, slot) or {}).get("values"):
        loss = f"The workspace holds {_counted(len(found['values']))}"
    request = {"slot": slot, "overwrite": _may_overwrite(call, loss)}
    return _changed(call, call.ask("env_slot_load", request), f"Slot {slot} is loaded: new tasks get its variables.")


def _rename(call: Call, words: list[str]) -> int:
    slot = _number(words, "rename")
    if len(words) < 2:
        raise _usage(f"What is it to be called? ant-tui env slot rename {slot} NAME")
    request = {"slot": slot, "name": " ".join(words[1:])}
    return _changed(call, call.ask("env_slot_rename", request), f"Slot {slot} has another name.")


def _clear(call: Call, words: list[str]) -> int:
    from ant_tui.cli.asking import can_ask

    slot = _only(words, "clear")
    if can_ask() and not call.args.yes:
        taken = _filled(call.ask("env"), slot)
        _may_overwrite(call, f"Slot {slot} holds {_quoted(taken)}" if taken else "")
    return _changed(call, call.ask("env_slot_clear", {"slot": slot}), f"Slot {slot} is empty.")


def _may_overwrite(call: Call, loss: str) -> bool:
    """Whether something may be lost: ``--yes``, or the answer of whoever sits at the terminal.

    Args:
        call: the call.
        loss: what would be lost, as the beginning of a sentence; empty for nothing.

    Raises:
        Refused: the answer was no, or there is nobody to answer.
    """
    if call.args.yes or not loss:
        return bool(call.args.yes)
    from ant_tui.cli.asking import can_ask, confirmed
    from ant_tui.errors import Refused

    if not can_ask():
        raise Refused(f"{loss}; say --yes to overwrite that.")
    if not confirmed(call, f"{loss}. Overwrite that?"):
        raise Refused("Nothing was changed.")
    return True


def _filled(found: Mapping[str, Any], slot: int) -> Mapping[str, Any] | None:
    for one in found["slots"]:
        if one["slot"] == slot and not one["empty"]:
            filled: Mapping[str, Any] = one
            return filled
    return None


def _quoted(slot: Mapping[str, Any]) -> str:
    return f"'{slot['name']}' ({_counted(len(slot['values']))})"


def _number(words: list[str], action: str) -> int:
    from argparse import ArgumentTypeError

    if not words:
        raise _usage(f"Which slot? ant-tui env slot {action} N")
    try:
        return bounded(1)(words[0])
    except ArgumentTypeError as problem:
        raise _usage(f"The slot {problem}.") from problem


def _only(words: list[str], action: str) -> int:
    if len(words) > 1:
        raise _usage(f"env slot {action} takes one slot: ant-tui env slot {action} N")
    return _number(words, action)


def _changed(call: Call, found: Mapping[str, Any], sentence: str) -> int:
    if call.json:
        call.out.document(found)
    else:
        call.out.say(sentence)
    return 0


def _show(call: Call, found: Mapping[str, Any]) -> int:
    if call.json:
        call.out.document(found)
        return 0
    from ant_tui.cli.table import print_table
    from ant_tui.submission.env_values import cell

    out = call.out
    rows = [(name, cell(value)) for name, value in found["values"].items()]
    if rows:
        print_table(("NAME", "VALUE"), rows, width=out.width, line=out.line, paint=out.paint)
    else:
        out.say("New tasks get no variables from here. Set one with: ant-tui env set NAME=VALUE")
    if any(not slot["empty"] for slot in found["slots"]):
        out.say("Saved sets: ant-tui env slot list")
    return 0


def _print_slots(call: Call, found: Mapping[str, Any]) -> None:
    from ant_tui.cli.moments import clock
    from ant_tui.cli.table import print_table

    out = call.out
    rows = [
        (
            str(slot["slot"]),
            "(empty)" if slot["empty"] else slot["name"],
            clock(slot["saved_at"]) if slot["saved_at"] else "-",
            ", ".join(slot["values"]) or "-",
        )
        for slot in found["slots"]
    ]
    print_table(
        ("SLOT", "NAME", "SAVED", "VARIABLES"), rows, width=out.width, line=out.line, paint=out.paint, right=(0,)
    )


def _counted(count: int) -> str:
    return "1 variable" if count == 1 else f"{count} variables"


def _usage(sentence: str) -> Exception:
    from ant_tui.errors import UsageError

    return UsageError(sentence)


ACTIONS = {"set": _set, "unset": _unset, "slot": _slot}
"""What can be done with the workspace."""

SLOT_ACTIONS = {"list": _list, "save": _save, "load": _load, "rename": _rename, "clear": _clear}
"""What can be done with slots."""

COMMANDS = {"env": Command(_options, _env)}
"""The verbs of this module."""
