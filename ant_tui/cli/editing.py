"""``edit``: change a queued task, by keys or in the person's editor."""

from __future__ import annotations

from ant_tui.cli.call import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS", "assigned"]


def _options(parser: Parser) -> None:
    parser.add_argument("words", nargs="*", metavar="ID", help="an id, a number, or last (@)")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="gpus=2, env.NAME=… (again for more)")
    parser.rest = "words"


def _edit(call: Call) -> int:
    if len(call.args.words) != 1:
        from ant_tui.errors import UsageError

        raise UsageError("edit changes one task: ant-tui edit ID --set gpus=2")
    name = call.args.words[0]
    values = assigned(call.args.set) if call.args.set else _from_editor(call, name)
    if not values:
        call.out.say("Nothing was changed.")
        if not call.json:
            return 0
    result = call.ask("edit", {"task": name, "values": values})
    if call.json:
        call.out.document(result)
    else:
        _print(call, result["tasks"][0], values)
    return 0


def assigned(words: Iterable[str]) -> dict[str, str]:
    """Read ``KEY=VALUE`` words.

    Raises:
        UsageError: one is none, or there is no such key.
    """
    from ant_tui.api.edit_text import KEYS
    from ant_tui.cli.submitting import gpu_list
    from ant_tui.cli.words import choice
    from ant_tui.errors import UsageError

    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"--set takes KEY=VALUE, not {word!r}.")
        if not (key.startswith("env.") and len(key) > 4):
            choice(key, (*KEYS, "env.NAME"), "key")
        found[key] = ",".join(gpu_list(value)) if key in ("gpu_ids", "exclude_gpus") else value
    return found


def _from_editor(call: Call, name: str) -> dict[str, str]:
    from ant_tui.cli.attempts import one_task
    from ant_tui.cli.editor import edited_values
    from ant_tui.errors import Refused

    task = one_task(call.ask("show", {"tasks": [name], "secrets": True}), "edit changes one at a time")
    if task["state"] != "queued":
        raise Refused(
            f"{task['id']} is {task['state']}; only a queued task can be edited. For another run: ant-tui retry --edit"
        )
    return edited_values(
        task, head=f"Task {task['number']}. Save and leave to change it; leave unchanged to do nothing."
    )


def _print(call: Call, task: Mapping[str, Any], values: Mapping[str, str]) -> None:
    from ant_tui.output.sanitise import plain

    call.out.say(plain(f"{task['id']} ({task['number']}) was changed: {', '.join(values)}."))


COMMANDS = {"edit": Command(_options, _edit)}
"""The verbs of this module."""
