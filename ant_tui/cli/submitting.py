"""``submit``: from the words that were typed to a request; starts a scheduler where none runs."""

from __future__ import annotations

import os
import sys

from ant_tui.bounds import MOST_GPUS, PRIORITIES
from ant_tui.cli.call import Command
from ant_tui.cli.defaults import add_project_defaults
from ant_tui.cli.words import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.expansion import Table
    from ant_tui.cli.parser import Parser
    from ant_tui.client.connection import Connection

__all__ = ["COMMANDS", "quoted", "text_of"]

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")
_BY_DEFAULT = "all"


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add("-J", "--id", default="", metavar="ID", help="the task's id, also a template: run-[uuid8]")
    add("-G", "--gpus", type=bounded(0, MOST_GPUS), metavar="N", help="how many GPUs")
    add("--gpu-ids", default="", metavar="LIST", help="choose from these GPUs: 0,1, 0-3, or UUIDs")
    add("--exclude-gpus", default="", metavar="LIST", help="never use these GPUs")
    priority = bounded(PRIORITIES[0], PRIORITIES[-1])
    add("-p", "--priority", type=priority, metavar="N", help="lower runs sooner (default 10)")
    add("-H", "--hold", action="store_true", help="do not start it before ant-tui release")
    add("-D", "--chdir", metavar="DIR", help="where it runs (default: here)")
    add("-e", "--env", action="append", default=[], metavar="K=V", help="set a variable (again for more)")
    add("--export", default=_BY_DEFAULT, metavar="WHAT", help="all (default), none, or names: what it takes from here")
    add("--tag", action="append", default=[], metavar="T", help="put a tag on it (again for more)")
    add("--key", default="", metavar="K", help="submitting the same key again returns the first task")
    add("--pty", action="store_true", help="give it a terminal of its own")
    add("--conda-env", default="", metavar="NAME", help="run all of it in this conda environment")
    add("--conda-env-path", default="", metavar="DIR", help="run all of it in the conda environment of this directory")
    add("--conda-path", default="", metavar="FILE", help="the conda executable (default: conda)")
    add("--output", default="", metavar="FILE", help="write its output there; FILE must not exist (default: a log)")
    add("--file", metavar="FILE", help="many tasks, one a line; - reads stdin")
    add("--params", metavar="FILE", help="a CSV table: a task for each row, {column} is filled in; - reads stdin")
    add("--export-csv", metavar="FILE", help="write what the sweeps became as a new CSV table; - prints it")
    add("--wait", action="store_true", help="return when it has ended, with its exit code")
    add("--dry-run", action="store_true", help="only say what would be queued")
    add("--parsable", action="store_true", help="print only the id")
    add("--no-start", action="store_true", help="start no scheduler where none runs")
    add("words", nargs="*", help="the command: a shell line in quotes, or its words after --")
    parser.rest = "words"


def _submit(call: Call) -> int:
    request = _request(call)
    if not call.args.export_csv:
        return _send(call, *request)
    from ant_tui.cli.expansion import Table

    with Table(call, call.args.export_csv) as table:
        return _send(call, *request, table)


def _send(call: Call, method: str, params: Mapping[str, Any], table: Table | None = None) -> int:
    with call.connect_or_start(start=not (call.args.no_start or call.args.dry_run)) as connection:
        result = connection.call(method, params)
        if table is not None:
            table.write(result["tasks"])
        if call.args.wait and not call.args.dry_run:
            return _wait(call, connection, result)
    if call.args.export_csv != "-":
        _print(call, result)
    return 0


def _request(call: Call) -> tuple[str, dict[str, Any]]:
    """What to ask for.

    Raises:
        UsageError: no command, or two sources of commands.
    """
    args = call.args
    file = "-" if args.words == ["-"] else args.file
    if (args.words and args.words != ["-"]) or (file is not None and call.command is not None):
        raise _usage("Give a command, or a file of commands, but not both.")
    if file == args.params == "-":
        raise _usage("stdin can be read once: give --params or the tasks as a file.")
    form = _form(args)
    add_project_defaults(call, form)
    params = {"environment": exported_environment(call), "dry_run": args.dry_run}
    if file is None and not args.params:
        one = {"command": _command(call.command), **form}
        if call.command and len(call.command) > 1:
            _doubt(call, call.command, form["workdir"])
            # Words that a shell has already read are not read once more: nothing in them is filled in or cut out.
            one["verbatim"] = True
        return "submit", {"tasks": [one], **params}
    if args.key:
        raise _usage("--key names one task, so it cannot be used with many.")
    text = {"text": _command(call.command), "mode": "single"} if file is None else {"text": text_of(file)}
    if args.params:
        text["parameters"] = text_of(args.params)
    return "submit_text", {**text, "form": {"command": "", **form}, **params}


def exported_environment(call: Call) -> dict[str, str]:
    """What the task takes along from here."""
    from ant_tui.client.caller import exported

    return exported(call.args.export, os.environ, lambda text: call.out.say(f"ant-tui: {text}"))


def _form(args: Namespace) -> dict[str, Any]:
    """What is the same for all tasks of the request; what was not said is left to the scheduler."""
    form: dict[str, Any] = {"workdir": _directory(args.chdir)}
    if args.chdir is None:
        form["workdir_default"] = True
    given = {
        "id": args.id,
        "gpus": args.gpus,
        "gpu_ids": gpu_list(args.gpu_ids),
        "exclude_gpus": gpu_list(args.exclude_gpus),
        "priority": args.priority,
        "tags": args.tag,
        "key": args.key,
        "hold": args.hold,
        "pty": args.pty,
        "conda_env": args.conda_env,
        "conda_env_path": _absolute(args.conda_env_path),
        "conda_path": args.conda_path,
        "output": os.path.expanduser(args.output),
    }
    form.update((name, value) for name, value in given.items() if value or type(value) is int)
    if args.env:
        form["variables"] = _assignments(args.env)
    return form


def _assignments(words: Sequence[str]) -> dict[str, str]:
    """Read ``NAME=VALUE`` words; the last of a name counts.

    Raises:
        UsageError: one of them is none.
    """
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise _usage(f"-e takes NAME=VALUE, not {word!r}.")
        if not name.isidentifier() or not name.isascii():
            raise _usage(f"{name!r} is no name of a variable; use letters, digits and _, a letter or _ first.")
        found[name] = value
    return found


def gpu_list(text: str) -> list[str]:
    """``0,2-4,GPU-ab…`` as single names."""
    names: list[str] = []
    for word in text.split(","):
        first, dash, last = word.partition("-")
        if dash and first.isdigit() and last.isdigit() and 0 <= int(last) - int(first) < MOST_GPUS:
            names.extend(map(str, range(int(first), int(last) + 1)))
        elif word.strip():
            names.append(word.strip())
    return names


def _directory(chosen: str | None) -> str:
    """The working directory, absolute; whether it is there is asked where the task runs."""
    try:
        return os.path.abspath(os.path.expanduser(chosen) if chosen is not None else os.getcwd())
    except FileNotFoundError as problem:
        raise _usage("The current directory is gone; say with -D where the task runs.") from problem


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path)) if path else ""


def _doubt(call: Call, words: Sequence[str], workdir: str) -> None:
    """Say so where a shell line in quotes has words behind it, which makes it the name of a program.

    Mostly they are options of ours that came too late.
    """
    program = words[0]
    if len(program.split()) < 2:
        return
    import shutil

    if shutil.which(os.path.join(workdir, program) if "/" in program else program) is None:
        from ant_tui.output.sanitise import plain

        call.out.say(
            f"ant-tui: '{plain(program[:60])}' is taken as the name of a program (there is none), because more words "
            f"follow: {plain(' '.join(words[1:])[:60])}. Options of submit stand before the command; a shell line is "
            "one word."
        )


def _command(words: Sequence[str] | None) -> str:
    """One shell text: a single word is one already, several are quoted so that the shell gives them back as they are.

    Raises:
        UsageError: there is nothing to run.
    """
    if not words or not any(word.strip() for word in words):
        raise _usage("There is no command. Give one: ant-tui submit -- python train.py --lr 0.1")
    return words[0] if len(words) == 1 else " ".join(map(quoted, words))


def quoted(word: str) -> str:
    """Quote a word for a POSIX shell, as ``shlex.quote`` does (which takes 1 ms to import)."""
    return word if word and _SAFE.issuperset(word) else "'" + word.replace("'", "'\"'\"'") + "'"


def text_of(file: str) -> str:
    """The text of a file of commands; ``-`` is stdin.

    Raises:
        UsageError: it is no UTF-8 text.
        OSError: it cannot be read.
    """
    if file == "-":
        data = sys.stdin.buffer.read() if sys.stdin is not None else b""
    else:
        with open(file, "rb") as opened:
            data = opened.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        where = "stdin" if file == "-" else file
        raise _usage(f"{where}, line {line}: this is not UTF-8 text; nothing was queued.") from problem


def _print(call: Call, result: Mapping[str, Any]) -> None:
    out = call.out
    if call.json:
        out.document(result)
        return
    from ant_tui.output.sanitise import plain

    for warning in result["warnings"]:
        out.complain(f"ant-tui: {plain(warning)}")
    for task in result["tasks"]:
        if call.args.parsable:
            out.line(plain(task["id"]))
        elif not out.quiet:
            said = "would be queued" if result["dry_run"] else "is queued"
            if task["existing"]:
                said = f"is {task['state']}: it was submitted before with this key"
            gpus = f" with {task['gpus']} GPU{'s' if task['gpus'] != 1 else ''}" if task["gpus"] else ""
            out.line(plain(f"{task['id']} ({task['number']}) {said}{gpus}: {task['resolved_command']}"))


def _wait(call: Call, connection: Connection, submitted: Mapping[str, Any]) -> int:
    """Wait for all that was submitted. JSON is one document: how they ended."""
    from ant_tui.cli.waiting import finish

    if not call.json:
        _print(call, submitted)
        call.out.flush()
    numbers = [str(task["number"]) for task in submitted["tasks"]]
    result = connection.call("wait", {"tasks": numbers}, timeout=None)
    return finish(call, result, single=len(numbers) == 1, silent=call.args.parsable)


def _usage(sentence: str) -> Exception:
    from ant_tui.errors import UsageError

    return UsageError(sentence)


COMMANDS = {"submit": Command(_options, _submit, split_command=True)}
"""The verbs of this module."""
