"""From ``sys.argv`` to an exit code: find the verb, read its options, run it, and let no traceback out."""

from __future__ import annotations

import os
import sys

from ant_tui.cli.arguments import command_start, parser_of, split
from ant_tui.cli.call import Call
from ant_tui.cli.printer import Printer
from ant_tui.cli.verbs import START, command_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_INTERRUPTED = 130
_LOOK_THEMSELVES = (START.name, "config", "doctor", "import")
"""Verbs that read the settings, or make the file; of all others ``--config`` is only seen to be one that is there."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: the words after the program's name; None takes the process's own.

    Returns:
        The exit code, as in the command-line contract. Never raises but for ``SystemExit`` after help.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    code = 0
    try:
        code = _run(words)
        _flush()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except BrokenPipeError:  # the reader had enough, as ``head`` has: no error, and what was done is done
        _drop_stdout()
    except Exception as problem:
        from ant_tui.cli.failure import report

        code = report(problem, words)
        _flush_or_drop()
    return code


def _run(words: list[str]) -> int:
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    verb, rest = split(words)
    if verb is START and ("-h" in rest or "--help" in rest):
        from ant_tui.cli.overview import print_overview

        print_overview()
        return 0
    command = command_of(verb)
    parser = parser_of(verb, command)
    typed: list[str] | None = None
    if command.split_command:
        start = command_start(parser, rest)
        rest, typed = rest[:start], rest[start:]
        if typed[:1] == ["--"]:
            typed = typed[1:]
        elif not typed:
            typed = None
    args = parser.read(rest)
    out = Printer(json=args.json, quiet=args.quiet, colour=not args.no_color)
    if args.version:
        from ant_tui import __version__

        out.line(f"ant-tui {__version__}")
        return 0
    if args.config and verb.name not in _LOOK_THEMSELVES and not os.path.exists(args.config):
        from ant_tui.errors import ConfigError

        raise ConfigError(f"{os.path.abspath(args.config)}: there is no such settings file; check --config")
    return command.run(Call(verb.name, args, out, typed))


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _flush_or_drop() -> None:
    """After a failure nothing that stdout does may change the story."""
    try:
        _flush()
    except OSError:
        _drop_stdout()


def _drop_stdout() -> None:
    """Python flushes stdout once more at the end, and would complain."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return  # it is no file of the operating system, so nothing is left to be flushed into it
