"""``retry``: queue tasks once more; with ``--edit`` changed in the person's editor first."""

from __future__ import annotations

from ant_tui.cli.call import Command
from ant_tui.cli.selection import add_selection, finish, selection
from ant_tui.errors import AntError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ant_tui.cli.arguments import Parser
    from ant_tui.cli.call import Call
    from ant_tui.client.connection import Connection

__all__ = ["COMMANDS"]


def _options(parser: Parser) -> None:
    add_selection(parser)
    parser.add_argument("--edit", action="store_true", help="change it in your editor first (one task)")


def _retry(call: Call) -> int:
    if not call.args.edit:
        return finish(call, call.ask("retry", selection(call.args)))
    return _edited(call)


def _edited(call: Call) -> int:
    """Edit the old task as a text, repeat it, and change the repetition before it can start.

    No single request does both, so the queue stands still for the few milliseconds between the two.
    """
    from ant_tui.cli.editor import edited_values
    from ant_tui.cli.logs import one_task
    from ant_tui.errors import UsageError

    if len(call.args.tasks) != 1:
        raise UsageError("retry --edit is for one task: ant-tui retry ID --edit")
    names = {"tasks": call.args.tasks}
    task = one_task(call.ask("show", {**names, "secrets": True}))
    head = f"A repetition of task {task['number']}, {task['id']}. Save and leave to queue it."
    values = edited_values(task, head=head)
    if values.get("id") == task["id"]:
        del values["id"]
    with call.connect() as connection:
        if not values:
            return finish(call, connection.call("retry", names))
        was_paused = connection.call("queue", {"limit": 1})["paused"]
        if not was_paused:
            connection.call("pause")
        try:
            result = connection.call("retry", names)
            _change(connection, result["results"][0], values)
        finally:
            if not was_paused:
                connection.call("unpause")
    return finish(call, result)


def _change(connection: Connection, new: Mapping[str, Any], values: Mapping[str, str]) -> None:
    """Edit the repetition; one that cannot become what was wanted must not run as it was."""
    if not new["ok"]:
        return
    name = str(new["number"])
    try:
        connection.call("edit", {"task": name, "values": values})
    except AntError:
        connection.call("cancel", {"tasks": [name]})
        connection.call("forget", {"tasks": [name]})
        raise


COMMANDS = {"retry": Command(_options, _retry)}
"""The verbs of this module."""
