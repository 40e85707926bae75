"""``retry``: queue tasks once more; one of them changed on the way, by keys or in the person's editor."""

from __future__ import annotations

from ant_tui.cli.call import Command
from ant_tui.cli.selection import add_selection, finish, selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS"]


def _options(parser: Parser) -> None:
    add_selection(parser)
    parser.add_argument("--edit", action="store_true", help="change it in your editor first (one task)")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="change it: gpus=2, env.NAME=…")


def _retry(call: Call) -> int:
    params = selection(call.args)
    if call.args.edit or call.args.set:
        params |= _changes(call)
    return finish(call, call.ask("retry", params))


def _changes(call: Call) -> dict[str, dict[str, str]]:
    """What is to be different, as ``values``; nothing where nothing is.

    Raises:
        UsageError: several tasks, keys and editor at once, or values that cannot be.
    """
    from ant_tui.errors import UsageError

    option = "--edit" if call.args.edit else "--set"
    if len(call.args.tasks) != 1:
        raise UsageError(f"retry {option} is for one task: ant-tui retry ID {option}")
    if call.args.edit and call.args.set:
        raise UsageError("--edit and --set were both given; choose one.")
    values = _from_editor(call) if call.args.edit else _assigned(call)
    return {"values": values} if values else {}


def _assigned(call: Call) -> dict[str, str]:
    from ant_tui.cli.editing import assigned

    return assigned(call.args.set)


def _from_editor(call: Call) -> dict[str, str]:
    """Show the old task as a text, and take what is different in it.

    Raises:
        Refused: it is still queued, so that there is nothing to repeat.
        UsageError: the name means several.
    """
    from ant_tui.cli.attempts import one_task
    from ant_tui.cli.editor import edited_values
    from ant_tui.errors import Refused

    found = call.ask("show", {"tasks": call.args.tasks, "secrets": True})
    task = one_task(found, "one at a time is changed and queued again")
    if task["state"] == "queued":  # the scheduler would say so, too, but only after all the work in the editor
        name = task["id"]
        raise Refused(f"{name} is still queued; there is nothing to retry. Change it with: ant-tui edit {name}")
    head = f"A repetition of task {task['number']}, {task['id']}. Save and leave to queue it."
    values = edited_values(task, head=head)
    if values.get("id") == task["id"]:
        del values["id"]
    return values


COMMANDS = {"retry": Command(_options, _retry)}
"""The verbs of this module."""
