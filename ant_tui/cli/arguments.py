"""Reading the command line: argparse with our errors, the options that every verb has, and finding the verb.

Only the parser of the verb that is used is ever built. Words that belong together: an *option* begins with ``-``, a
*word* does not.
"""

from __future__ import annotations

import argparse
import os

from ant_tui.cli.verbs import START, VERBS, find
from ant_tui.cli.words import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from ant_tui.cli.call import Command
    from ant_tui.cli.verbs import Verb

__all__ = ["Help", "Parser", "command_start", "looks_like_gpus", "parser_of", "split"]

_GLOBAL_VALUES = ("--data-dir", "--config")
_START_VALUES = ("--simulate-gpus", "--ready-fd")
_FLAGS = ("--json", "--quiet", "--verbose", "--no-color", "--version", "--help", "--no-ui", "--daemon", "--demo")
_SHORT_FLAGS = "qvh"


class Help(argparse.HelpFormatter):
    """Help as wide as the terminal. argparse asks for a formatter at every option, so the width is found only once."""

    _columns = 0

    def __init__(self, prog: str) -> None:
        """Make a formatter for a program of this name."""
        if not Help._columns:
            try:
                Help._columns = max(40, min(os.get_terminal_size().columns, 120) - 2)
            except OSError:
                Help._columns = 100
        super().__init__(prog, max_help_position=30, width=Help._columns)


class Parser(argparse.ArgumentParser):
    """A parser that raises :class:`UsageError` instead of ending the process, and does not guess abbreviations."""

    rest = ""
    """Name of the argument that takes words wherever they stand between options; empty for none."""

    def __init__(self, verb: Verb) -> None:
        """Make the parser of a verb with the options that every verb has."""
        prog = f"ant-tui {verb.name}".rstrip()
        super().__init__(
            prog=prog,
            usage=f"{prog} {verb.arguments}".rstrip(),
            description=verb.help[:1].upper() + verb.help[1:] + ".",
            formatter_class=Help,
            allow_abbrev=False,
            add_help=False,
        )

    def add_global_options(self) -> None:
        """Add what may stand before and after every verb."""
        add = self.add_argument
        add("--data-dir", metavar="DIR", help="where tasks and logs are kept (env ANT_TUI_DATA_DIR)")
        add("--config", metavar="FILE", help="the settings file (env ANT_TUI_CONFIG)")
        add("--json", action="store_true", help="print one JSON document")
        add("-q", "--quiet", action="store_true", help="say nothing but results and errors")
        add("-v", "--verbose", action="count", default=0, help="say more")
        add("--no-color", action="store_true", help="no colours (env NO_COLOR)")
        add("--version", action="store_true", help="print the version")
        add("-h", "--help", action="help", help="show this help")

    def takes_value(self, option: str) -> bool | None:
        """Whether an option is followed by a value; None when there is no such option."""
        action = self._option_string_actions.get(option)
        return None if action is None else action.nargs != 0

    def option_strings(self) -> list[str]:
        """All options, short and long ones, but for hidden ones."""
        options = self._option_string_actions.items()
        return [name for name, action in options if action.help is not argparse.SUPPRESS]

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse what follows a verb.

        Raises:
            UsageError: something is unknown, missing, or not what an option takes.
        """
        found, left = self.parse_known_args(list(words))
        for word in left:
            if word.startswith("-") and len(word) > 1 and not word[1:].isdigit():
                self.unknown_option(word)
            if not self.rest:
                self.error(f"Nothing can be done with the word {word!r}")
            getattr(found, self.rest).append(word)
        return found

    def unknown_option(self, option: str) -> NoReturn:
        """Refuse an option that does not exist, naming the nearest that does."""
        name = option.partition("=")[0]
        near = nearest(name, self.option_strings())
        self.error(f"There is no option {name}{f'; did you mean {near}?' if near else ''}")

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would have printed."""
        from ant_tui.errors import UsageError

        message = message.removeprefix("argument ")
        end = "" if message.endswith((".", "?")) else "."
        raise UsageError(f"{message[:1].upper()}{message[1:]}{end} See: {self.prog} --help")


def parser_of(verb: Verb, command: Command) -> Parser:
    """Build the parser of one verb."""
    parser = Parser(verb)
    command.options(parser)
    parser.add_global_options()
    return parser


def split(argv: Sequence[str]) -> tuple[Verb, list[str]]:
    """Find the verb among the options before it.

    Returns:
        The verb and all other words in their order; ``START`` where there is no verb.

    Raises:
        UsageError: an option before the verb, or the verb, is unknown.
    """
    at = 0
    while at < len(argv):
        word = argv[at]
        if not word.startswith("-"):
            verb = find(word)
            if verb is not None:
                return verb, [*argv[:at], *argv[at + 1 :]]
            if not looks_like_gpus(word):
                _unknown_verb(word)
        elif word in _GLOBAL_VALUES or word in _START_VALUES:
            at += 1
        elif not _is_known(word):
            _unknown_option(word)
        at += 1
    return START, list(argv)


def looks_like_gpus(word: str) -> bool:
    """Whether a word can be a list of GPUs: indices or UUIDs with commas between them."""
    parts = [part for part in word.split(",") if part]
    return bool(parts) and all(part.replace("-", "").isdigit() or part.startswith(("GPU-", "MIG-")) for part in parts)


def command_start(parser: Parser, words: Sequence[str]) -> int:
    """Where the command begins in ``submit [options] [--] CMD…``: at the first word that is no option, or after ``--``.

    Returns:
        Index of ``--`` or of the first word of the command; ``len(words)`` when there is none.
    """
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--" or not word.startswith("-"):
            return at
        if word == "-":  # stands for stdin
            at += 1
            continue
        name, equals, _ = word.partition("=")
        takes = parser.takes_value(name)
        if takes is None and not word.startswith("--"):
            at += _bundle_length(parser, word)
            continue
        if takes is None:
            parser.unknown_option(word)
        at += 2 if takes and not equals else 1
    return at


def _bundle_length(parser: Parser, word: str) -> int:
    """How many words a bundle of short options takes: ``-Hq`` one, ``-p5`` one, ``-Hp 5`` two."""
    for at in range(1, len(word)):
        takes = parser.takes_value("-" + word[at])
        if takes is None:
            parser.unknown_option(word)
        if takes:
            return 1 if at + 1 < len(word) else 2
    return 1


def _is_known(option: str) -> bool:
    name, equals, _ = option.partition("=")
    if equals:
        return name in _GLOBAL_VALUES or name in _START_VALUES
    return name in _FLAGS or (not name.startswith("--") and set(name[1:]) <= set(_SHORT_FLAGS) and len(name) > 1)


def _unknown_option(word: str) -> NoReturn:
    from ant_tui.errors import UsageError

    name = word.partition("=")[0]
    near = nearest(name, [*_FLAGS, *_GLOBAL_VALUES, "--simulate-gpus"])
    hint = f"did you mean {near}?" if near else "a verb's own options stand after it, see: ant-tui --help"
    raise UsageError(f"There is no option {name}; {hint}")


def _unknown_verb(word: str) -> NoReturn:
    from ant_tui.errors import UsageError

    near = nearest(word, [name for verb in VERBS for name in (verb.name, *verb.aliases)])
    hint = f"did you mean {near}?" if near else "see: ant-tui --help"
    raise UsageError(f"There is no verb {word!r}; {hint}")
