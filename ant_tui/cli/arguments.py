"""Reading the command line: finding the verb, and where a command begins that is not ours to read.

Only the parser of the verb that is used is ever built.
"""

from __future__ import annotations

from ant_tui.cli.parser import Parser
from ant_tui.cli.verbs import START, VERBS, find
from ant_tui.cli.words import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from ant_tui.cli.call import Command
    from ant_tui.cli.verbs import Verb

__all__ = ["command_start", "looks_like_gpus", "parser_of", "split"]

_GLOBAL_VALUES = ("--data-dir", "--config")
_START_VALUES = ("--simulate-gpus", "--ready-fd")
_FLAGS = ("--json", "--quiet", "--verbose", "--no-color", "--version", "--help", "--no-ui", "--daemon", "--demo",
          "--served")  # fmt: skip
_SHORT_FLAGS = "qvh"


def parser_of(verb: Verb, command: Command) -> Parser:
    """Build the parser of one verb."""
    parser = Parser(verb.name, verb.arguments, verb.help)
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
