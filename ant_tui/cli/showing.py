"""``show`` and ``explain``: everything about tasks, and why they wait."""

from __future__ import annotations

from ant_tui.cli.call import Command
from ant_tui.cli.offline import ask_or_read
from ant_tui.cli.selection import add_selection, selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS"]


def _show_options(parser: Parser) -> None:
    add_selection(parser)
    parser.add_argument("--secrets", action="store_true", help="show the values of variables that look secret")


def _show(call: Call) -> int:
    asked = selection(call.args)
    if call.args.secrets:
        asked["secrets"] = True
    found = ask_or_read(call, "show", asked)
    if call.json:
        call.out.document(found)
        return 0
    for place, task in enumerate(found["tasks"]):
        if place:
            call.out.line()
        _print_task(call, task)
    if not found["tasks"]:
        call.out.say("No task matches.")
    return 0


def _print_task(call: Call, task: Mapping[str, Any]) -> None:
    from ant_tui.output.sanitise import plain

    out = call.out
    for name, value in _facts(task):
        text = plain(value)
        out.line(f"{name:12}{out.paint(text, text.partition(' ')[0]) if name == 'state' else text}")


def _facts(task: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What there is to tell, as names and texts; what does not apply is left out."""
    from ant_tui.cli.listing import outcome_text
    from ant_tui.cli.moments import clock, duration

    yield "id", task["id"]
    yield "number", str(task["number"])
    yield "state", outcome_text(task)
    if task["detail"]:
        yield "detail", task["detail"]
    for name, line in _lines("command", task["command"]):
        yield name, line
    if task["resolved_command"] != task["command"]:
        yield from _lines("resolved", task["resolved_command"])
    yield "directory", task["workdir"]
    yield "priority", str(task["priority"])
    if task["tags"]:
        yield "tags", ", ".join(task["tags"])
    if task["key"]:
        yield "key", task["key"]
    yield "gpus", _gpus(task)
    if task["pid"]:
        yield "pid", str(task["pid"])
    yield "submitted", clock(task["submitted_at"])
    if task["started_at"]:
        yield "started", clock(task["started_at"])
    if task["finished_at"]:
        yield "ended", clock(task["finished_at"])
    if task["runtime_s"] is not None:
        yield "runtime", duration(task["runtime_s"])
    if task["exit_code"] is not None:
        yield "exit code", str(task["exit_code"])
    if task["signal"]:
        yield "signal", str(task["signal"])
    yield from _places(task)
    for earlier in task["attempts"][:-1]:
        code = "unknown" if earlier["exit_code"] is None else earlier["exit_code"]
        yield "attempt", f"{earlier['attempt']}: {clock(earlier['started_at'])}, exit code {code}"
    for name, value in task["env"].items():
        yield "variable", f"{name}={value}"


def _places(task: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where its output goes: the log, and the file that was asked for."""
    asked, log_path = task.get("output"), task["log_path"]
    if asked:
        import os

        real = os.path.realpath(log_path) if log_path and os.path.islink(log_path) else ""
        # A later start has a file of its own beside the one that was asked for.
        another = real and real != os.path.realpath(asked)
        yield "output", f"{real} (asked for: {asked})" if another else asked
    if log_path:
        yield "log", log_path


def _lines(name: str, text: str) -> Iterator[tuple[str, str]]:
    """A command of several lines is shown as such."""
    for place, line in enumerate(text.split("\n")):
        yield "" if place else name, line


def _gpus(task: Mapping[str, Any]) -> str:
    wanted = task["resources"]
    parts = [str(wanted["gpus"])]
    if task["gpu_ids"]:
        parts.append(f"has {', '.join(map(str, task['gpu_ids']))}")
    if wanted["gpu_ids"]:
        parts.append(f"only from {', '.join(wanted['gpu_ids'])}")
    if wanted["exclude_gpus"]:
        parts.append(f"never {', '.join(wanted['exclude_gpus'])}")
    return "; ".join(parts)


def _explain(call: Call) -> int:
    found = ask_or_read(call, "explain", selection(call.args))
    if call.json:
        call.out.document(found)
        return 0
    from ant_tui.output.sanitise import plain

    for task in found["tasks"]:
        if task["state"] == "queued":
            place = f"queued at place {task['position']}; " if task["position"] else ""
            text = f"{place}{task['reason']}: {task['sentence']}"
        else:
            text = task["sentence"]
        call.out.line(plain(f"{task['id']} ({task['number']}): {text}"))
    if not found["tasks"]:
        call.out.say("No task matches.")
    return 0


COMMANDS = {"show": Command(_show_options, _show), "explain": Command(add_selection, _explain)}
"""The verbs of this module."""
