"""``gpus``: what every GPU does, and switching them."""

from __future__ import annotations

from ant_tui.cli.call import Command
from ant_tui.cli.words import choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["ACTIONS", "COMMANDS", "HEEDS"]

ACTIONS = {
    "enable": "hand them out again",
    "disable": "hand them out no more; what runs on them goes on",
    "add": "manage them again",
    "remove": "manage them no more",
}
"""What can be done with GPUs, and what it means."""

HEEDS = {
    "ignore": "a process (its number) or all of a user's keep us from no GPU, until the scheduler ends",
    "unignore": "they count again",
}
"""What can be done about somebody else's processes, and what it means."""

_GIB = 1 << 30


def _options(parser: Parser) -> None:
    text = "; ".join(f"{name}: {meaning}" for name, meaning in {**ACTIONS, **HEEDS}.items())
    shape = "enable|disable|add|remove GPU… | ignore|unignore PID|USER…"
    parser.add_argument("words", nargs="*", metavar=shape, help=text)
    parser.rest = "words"


def _gpus(call: Call) -> int:
    words: list[str] = call.args.words
    if words:
        return _switch(call, words[0], words[1:])
    found = call.ask("gpus")
    if call.json:
        call.out.document(found)
        return 0
    if not found["gpus"]:
        call.out.say(f"No GPU: {found['reason'] or 'none is managed.'}")
        return 0
    _print(call, found)
    return 0


def _switch(call: Call, action: str, words: list[str]) -> int:
    from ant_tui.cli.selection import finish
    from ant_tui.cli.submitting import gpu_list
    from ant_tui.errors import UsageError

    choice(action, {**ACTIONS, **HEEDS}, "action on GPUs")
    if action in HEEDS:
        pids = [int(word) for word in words if word.isascii() and word.isdigit()]
        users = [word for word in words if not (word.isascii() and word.isdigit())]
        if not words:
            raise UsageError(f"Whose processes? Say their numbers or their owner: ant-tui gpus {action} alice")
        return finish(call, call.ask(f"gpus_{action}", {"pids": pids, "users": users}))
    names = [name for word in words for name in gpu_list(word)]
    if not names:
        raise UsageError(f"Which GPUs? Say their indices or UUIDs: ant-tui gpus {action} 0,1")
    return finish(call, call.ask(f"gpus_{action}", {"gpus": names}))


def _print(call: Call, found: Mapping[str, Any]) -> None:
    from ant_tui.cli.table import print_table

    out = call.out
    heads = ("GPU", "STATE", "LOAD", "MEMORY", "POWER", "TEMP", "NAME", "TASKS")
    rows = [
        (
            str(gpu["index"]),
            gpu["state"],
            "-" if gpu["utilization"] is None else f"{gpu['utilization']:.0%}",
            _pair(gpu["memory_used"], gpu["memory_total"], _GIB, "GiB"),
            _pair(gpu["power_w"], gpu["power_limit_w"], 1, "W"),
            "-" if gpu["temperature_c"] is None else f"{gpu['temperature_c']:.0f} C",
            gpu["name"],
            _held_by(gpu),
        )
        for gpu in found["gpus"]
    ]
    print_table(heads, rows, width=out.width, line=out.line, paint=out.paint, right=(0, 2, 3, 4, 5), coloured=1)
    if found["removed"]:
        out.say(f"Not managed: {', '.join(found['removed'])}; manage them again with: ant-tui gpus add GPU")


def _pair(used: float | None, total: float | None, unit: float, name: str) -> str:
    if used is None:
        return "-"
    digits = 1 if unit > 1 else 0
    most = "" if total is None else f"/{total / unit:.0f}"
    return f"{used / unit:.{digits}f}{most} {name}"


def _held_by(gpu: Mapping[str, Any]) -> str:
    """Tasks on a GPU, then what else is to be said: foreign processes, or why it is lost."""
    parts = [", ".join(gpu["task_ids"])] if gpu["task_ids"] else []
    foreign = [process for process in gpu["processes"] if process["task_id"] is None]
    parts.extend(
        f"{process['user'] or 'somebody'}: process {process['pid']}{' (ignored)' if process.get('ignored') else ''}"
        for process in foreign
    )
    if gpu["detail"] and not foreign:
        parts.append(gpu["detail"])
    return "; ".join(parts) or "-"


COMMANDS = {"gpus": Command(_options, _gpus)}
"""The verbs of this module."""
